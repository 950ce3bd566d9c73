"""Reads the results of `eia-screen eval run` and re-scores its TREC runs: python rescore.py RESULTS

    pip install ir_measures
"""
import json
import pathlib
import sys

import ir_measures

NAMES = {"MAP": "AP", "MRR": "RR"}
folder = pathlib.Path(sys.argv[1])
for suite in json.loads((folder / "results.json").read_text())["suites"]:
    qrels = folder / suite["suite"] / "qrels.txt"
    for arm in suite["arms"] if qrels.exists() else []:
        name = "-".join("".join(c if c.isalnum() else " " for c in arm["name"].lower()).split())
        run = list(ir_measures.read_trec_run(str(folder / suite["suite"] / f"{name}.run")))
        for figure in (own for own in arm["figures"] if own["value"] is not None):  # null: not defined
            measure = ir_measures.parse_measure(NAMES.get(figure["name"], figure["name"].replace("Recall", "R")))
            again = measure.calc_aggregate(ir_measures.read_trec_qrels(str(qrels)), run)
            print(f"{suite['suite']} {name} {figure['name']}: {figure['value']:.6f} here, {again:.6f} by ir_measures")
