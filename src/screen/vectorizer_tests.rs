use tokio_util::sync::CancellationToken;

use super::*;
use crate::domain::explanation::Code;
use crate::domain::finding::NotExaminedReason;
use crate::domain::provenance::ModelIdentity;
use crate::embed::model::{EmbedError, TextKind};
use crate::ingest::given::{GivenSection, document_from_sections};
use crate::screen::likeness;
use crate::screen::prepare::prepare;

/// Covers English; its vectors say how many Latin letters a text has, its tokens are bytes.
struct EnglishOnly {
    identity: ModelIdentity,
    room: usize,
}

impl EnglishOnly {
    fn new(room: usize) -> Self {
        let identity = ModelIdentity {
            name: "english-only".to_owned(),
            revision: String::new(),
            sha256: String::new(),
            dimension: 1,
            precision: String::new(),
        };
        Self { identity, room }
    }
}

impl Embedder for EnglishOnly {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn dimension(&self) -> usize {
        1
    }

    fn max_tokens(&self) -> usize {
        // Prompt and special tokens take the rest.
        self.room + 100
    }

    fn room(&self, _: TextKind) -> usize {
        self.room
    }

    fn covers(&self, language: Language) -> bool {
        language == Language::English
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len()
    }

    fn embed(&self, _: TextKind, texts: &[&str], _: &CancellationToken) -> Result<Vec<Vec<f32>>, EmbedError> {
        Ok(texts.iter().map(|text| vec![Histogram::of(text).latin as f32]).collect())
    }
}

fn with<R>(run: impl FnOnce(&Vectorizer<'_>) -> R) -> R {
    with_room(10_000, run)
}

fn with_room<R>(room: usize, run: impl FnOnce(&Vectorizer<'_>) -> R) -> R {
    let (embedder, glossary) = (EnglishOnly::new(room), Glossary::load_builtin().unwrap());
    run(&Vectorizer { embedder: Some(&embedder), glossary: Some(&glossary) })
}

fn section(title: &str, text: &str) -> GivenSection {
    GivenSection { title: title.to_owned(), level: 1, text: text.repeat(3), ..GivenSection::default() }
}

const ENGLISH: &str = "Dust settles near the houses and the school of the village. ";
const RUSSIAN: &str = "Цементный завод загрязняет воздух пылью. Подземные воды используются для охлаждения.";

#[test]
fn a_text_shares_terms_with_english_text_about_the_same() {
    with(|vectorizer| {
        let vector = |text: &str, language| {
            let gloss = vectorizer.gloss(text, language);
            vectorizer.lexical_vector(text, Some(language), gloss.as_ref())
        };
        let english = vector("cement plant, dust, groundwater", Language::English);
        let uzbek = "Sement zavodi havoni chang bilan ifloslantiradi. Yer osti suvlari ishlatiladi.";
        let korean = "시멘트 공장의 분진이 대기를 오염시킨다. 지하수를 사용한다.";
        for (text, language) in
            [(RUSSIAN, Language::Russian), (uzbek, Language::UzbekLatin), (korean, Language::Korean)]
        {
            let found = vector(text, language);
            let shared = english.indices.iter().filter(|id| found.indices.contains(id)).count();
            assert!(shared >= 3, "{language}: {shared} of {}", english.indices.len());
        }
    });
}

#[test]
fn own_terms_of_a_query_weigh_more_than_those_of_its_gloss() {
    with(|vectorizer| {
        let gloss = vectorizer.gloss(RUSSIAN, Language::Russian);
        let query = vectorizer.lexical_query(RUSSIAN, Some(Language::Russian), gloss.as_ref());
        let weight = |term: &str| {
            let at = query.indices.iter().position(|id| *id == sparse::term_id(term));
            at.map(|at| query.values[at])
        };
        assert_eq!((weight("завод"), weight("dust")), (Some(1.0), Some(GLOSS_WEIGHT)));
    });
}

#[test]
fn the_gloss_is_embedded_only_where_the_model_does_not_cover_the_language() {
    with(|vectorizer| {
        let embedded = |text, language| {
            let gloss = vectorizer.gloss(text, language);
            vectorizer.embedded(text, Some(language), gloss.as_ref()).map(|found| found.text().to_owned())
        };
        assert_eq!(embedded("dust", Language::English).as_deref(), Some("dust"));
        assert!(embedded(RUSSIAN, Language::Russian).is_some_and(|text| text.contains("cement")));
        assert_eq!(embedded("Жил-был у бабушки серенький козлик.", Language::Russian), None);
        assert_eq!(vectorizer.embedded("dust", None, None), None);
    });
}

#[test]
fn names_agree_across_scripts_and_other_names_do_not() {
    with(|vectorizer| {
        let zarafshan = vectorizer.concept("Zarafshan");
        for name in ["Зарафшан", "Зеравшан", "Zarafshon", "자라프샨"] {
            assert_eq!(vectorizer.concept(name), zarafshan, "{name}");
        }
        assert_ne!(vectorizer.concept("Чирчик"), zarafshan);
        assert_eq!(vectorizer.concept("gas pipeline"), vectorizer.concept("газопровод"));
        assert!(vectorizer.concept("").is_empty());
    });
}

#[test]
fn the_report_says_by_language_what_was_judged_through_the_glossary() {
    with(|vectorizer| {
        let document = document_from_sections(
            "report",
            vec![
                section("A", RUSSIAN),
                section("B", "Жил-был у бабушки серенький козлик, очень его любила. "),
                section("C", ENGLISH),
            ],
        );
        let nothing = CancellationToken::new();
        let prepared = prepare(document, vectorizer, &nothing, &mut |_, _| {}).unwrap();
        let shown: Vec<(bool, bool)> =
            prepared.dense.iter().map(Option::is_some).zip(prepared.is_glossed.iter().copied()).collect();
        assert_eq!(shown, [(true, true), (false, false), (true, false)]);
        let [said] = prepared.not_examined.as_slice() else { panic!("{:?}", prepared.not_examined) };
        assert_eq!(said.reason, NotExaminedReason::LanguageNotCovered);
        assert_eq!(
            said.detail.to_string(),
            "the model english-only does not cover ru: the meaning of 1 passage was judged through a word \
             glossary, which is weaker evidence, and 1 passage was judged by words only, not by meaning; use a \
             multilingual model for them"
        );
        assert_eq!(prepared.to_indexed().passages[0].text, RUSSIAN.repeat(3), "quotations stay as they are");
    });
}

#[test]
fn a_passage_is_no_longer_than_the_model_reads_beside_its_own_tokens() {
    with_room(100, |vectorizer| {
        let document = document_from_sections("report", vec![section("A", ENGLISH)]);
        let prepared = prepare(document, vectorizer, &CancellationToken::new(), &mut |_, _| {}).unwrap();
        let lengths: Vec<usize> = (0..prepared.passages.len()).map(|i| prepared.text(i).len()).collect();
        assert!(lengths.len() > 1 && lengths.iter().all(|length| *length <= 100), "{lengths:?}");
        assert!(prepared.not_examined.is_empty(), "{:?}", prepared.not_examined);
    });
}

#[test]
fn passages_of_which_only_the_beginning_was_embedded_are_counted() {
    with_room(20, |vectorizer| {
        let document = document_from_sections("report", vec![section("A", RUSSIAN)]);
        let prepared = prepare(document, vectorizer, &CancellationToken::new(), &mut |_, _| {}).unwrap();
        let [_, cut] = prepared.not_examined.as_slice() else { panic!("{:?}", prepared.not_examined) };
        assert_eq!(cut.detail, Code::PassagesCutShort.with("n", 3).with("tokens", 20));
        assert!(!cut.leaves_file_unread(), "the words were all searched");
    });
}

#[test]
fn a_query_longer_than_the_model_reads_says_so() {
    let limits = |room: usize, query: &str| -> Vec<(NotExaminedReason, Code)> {
        with_room(room, |vectorizer| {
            let limits = likeness::query_limits(vectorizer, query);
            limits.into_iter().map(|limit| (limit.reason, limit.detail.code)).collect()
        })
    };
    let cut = (NotExaminedReason::LimitReached, Code::QueryCutShort);
    assert!(limits(ENGLISH.len(), ENGLISH).is_empty());
    assert_eq!(limits(ENGLISH.len() - 1, ENGLISH), [cut]);
    assert_eq!(limits(20, RUSSIAN), [(NotExaminedReason::LanguageNotCovered, Code::QueryByGlossary), cut]);
}
