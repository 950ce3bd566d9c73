#!/usr/bin/env python3
"""Makes the two random-weight models of this folder and their reference vectors with PyTorch.

Needs torch, transformers, tokenizers, safetensors. Every dimension is odd on purpose: nothing is a multiple of
what the kernels work in. The seed is fixed, but other library versions may draw other weights: then replace
models and vectors together.
"""
import json
import os

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

HERE = os.path.dirname(os.path.abspath(__file__))
MAX_TOKENS = 24
TEXTS = [
    "",
    "a",
    "tailings dam",
    "the river is near the quarry",
    "хвостохранилище у реки",
    "oʻzbekiston 환경영향평가 noise and dust",
    "dust noise river dam quarry " * 20,
]


def wordpiece():
    letters = sorted(set("abcdefghijklmnopqrstuvwxyzхвостхранилищеуркиʻ환경영향평가"))
    words = ["the", "river", "dam", "dust", "noise", "quarry", "tail", "##ings", "near", "is"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + letters + ["##" + c for c in letters] + words
    tok = Tokenizer(models.WordPiece({p: i for i, p in enumerate(pieces)}, unk_token="[UNK]"))
    tok.normalizer = normalizers.BertNormalizer(lowercase=True)
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tok, len(pieces)


def unigram():
    letters = sorted(set("abcdefghijklmnopqrstuvwxyzхвостхранилищеуркиʻ환경영향평가"))
    words = ["▁the", "▁river", "▁dam", "▁dust", "▁noise", "▁quarry", "tailings", "▁хвост", "▁реки", "▁환경"]
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0)]
    pieces += [(c, -6.0) for c in letters] + [(w, -4.0) for w in words]
    tok = Tokenizer(models.Unigram(pieces, unk_id=3))
    tok.pre_tokenizer = pre_tokenizers.Metaspace()
    tok.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return tok, len(pieces)


def make(name, tok, model, dtype):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    tok.save(os.path.join(folder, "tokenizer.json"))
    for p in model.parameters():
        p.data = torch.randn_like(p) * 0.25
    for n, p in model.named_parameters():
        if n.endswith("LayerNorm.weight"):
            p.data = 1.0 + 0.2 * torch.randn_like(p)
        p.data = p.data.to(dtype).to(torch.float32)
    state = {k: v.to(dtype).contiguous() for k, v in model.state_dict().items() if "position_ids" not in k and "pooler" not in k}
    save_file(state, os.path.join(folder, "model.safetensors"))
    config = {k: v for k, v in model.config.to_dict().items() if k in (
        "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
        "max_position_embeddings", "layer_norm_eps", "pad_token_id", "type_vocab_size", "vocab_size")}
    with open(os.path.join(folder, "config.json"), "w") as f:
        json.dump(config, f, indent=1)
    rows = []
    with torch.inference_mode():
        for text in TEXTS:
            ids = tok.encode(text).ids
            if len(ids) > MAX_TOKENS:
                ids = ids[:MAX_TOKENS - 1] + ids[-1:]
            ids = torch.tensor([ids])
            hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0].double()
            unit = lambda v: [round(x, 8) for x in (v / v.norm()).tolist()]
            rows.append({"text": text, "tokens": ids.shape[1], "mean": unit(hidden.mean(dim=0)), "cls": unit(hidden[0])})
    with open(os.path.join(folder, "reference.jsonl"), "w", encoding="utf-8") as f:
        for row in rows:
            f.write(json.dumps(row, ensure_ascii=False) + "\n")


torch.manual_seed(20261121)
tok, size = wordpiece()
make("tiny-bert", tok, BertModel(BertConfig(
    vocab_size=size, hidden_size=36, num_hidden_layers=2, num_attention_heads=3, intermediate_size=50,
    max_position_embeddings=40, hidden_act="gelu", attn_implementation="eager"), add_pooling_layer=False).eval(), torch.float32)
tok, size = unigram()
make("tiny-xlm-roberta", tok, XLMRobertaModel(XLMRobertaConfig(
    vocab_size=size, hidden_size=35, num_hidden_layers=2, num_attention_heads=5, intermediate_size=70, pad_token_id=1,
    bos_token_id=0, eos_token_id=2, max_position_embeddings=42, type_vocab_size=1, hidden_act="gelu_new",
    layer_norm_eps=1e-5, attn_implementation="eager"), add_pooling_layer=False).eval(), torch.bfloat16)
