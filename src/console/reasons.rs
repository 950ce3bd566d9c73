//! Reasons of the program in the reader's language.
//!
//! Reports say why in English and, beside it, as codes with arguments ([`Code`]). Here a code is said in the words of
//! `locales/reasons`. What has no code – reports stored before there were codes – stays in English and is marked so.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use regex::{Captures, Regex};

use super::language::{Words, own_name};
use crate::domain::explanation::{Code, Explanation};
use crate::domain::language::Language;
use crate::rpc::v1;
use crate::text::translit::uzbek_to_cyrillic;

/// Arguments that are numbers of something.
const NUMBERS: [&str; 3] = ["n", "more", "page"];

/// A reason in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The words.
    pub text: String,
    /// True if they are the program's English ones although the reader asked for another language.
    pub is_english: bool,
}

impl Sentence {
    /// Words that are the reader's already.
    pub fn own(text: String) -> Self {
        Self { text, is_english: false }
    }
}

/// What a reason names by a code, in the reader's language.
#[derive(Default)]
pub struct Names<'a> {
    /// Title of a risk category.
    pub category: Option<&'a dyn Fn(&str) -> String>,
    /// The condition on which the requirement depends.
    pub condition: Option<&'a str>,
}

/// Says a reason; `english` are its words in the report, `joint` stands between its parts.
pub fn say(
    w: Words,
    english: &str,
    explanations: &[v1::Explanation],
    joint: &str,
    names: &Names<'_>,
) -> Sentence {
    if w.language() == Language::English {
        return Sentence::own(english.to_owned());
    }
    // The parts that are missing are listed on their own, in the reader's language.
    let wanted = explanations.iter().filter(|said| said.code != Code::PartsAbsent.as_str());
    let said: Option<Vec<String>> = wanted.map(|explanation| words(w, explanation, names)).collect();
    match said {
        Some(said) if !explanations.is_empty() => Sentence::own(said.join(joint)),
        _ => Sentence { text: english.to_owned(), is_english: !english.is_empty() },
    }
}

/// Says reasons that stand one by one.
pub fn said(
    w: Words,
    english: &[String],
    explanations: &[v1::Explanation],
    names: &Names<'_>,
) -> Vec<Sentence> {
    let of = |(at, english): (usize, &String)| {
        say(w, english, explanations.get(at..=at).unwrap_or(&[]), "", names)
    };
    english.iter().enumerate().map(of).collect()
}

/// Says one code, `None` if it is not known: a newer program stored it.
pub fn words(w: Words, explanation: &v1::Explanation, names: &Names<'_>) -> Option<String> {
    let code = Code::parse(&explanation.code)?;
    let Some(bundle) = bundle(w.language()) else { return english(explanation).map(|said| said.to_string()) };
    let joint = if matches!(code, Code::RaisedBy | Code::ModelNotCovering) { ", " } else { "; " };
    let within: Option<Vec<String>> =
        explanation.because.iter().map(|inner| words(w, inner, names)).collect();
    let mut arguments = FluentArgs::new();
    for name in ["page", "more"] {
        arguments.set(name, FluentValue::from(0));
    }
    arguments.set("because", FluentValue::from(within?.join(joint)));
    for (name, value) in &explanation.arguments {
        let value = match (name.as_str(), names) {
            ("category", Names { category: Some(title), .. }) => format!("{value} {}", title(value)),
            ("condition", Names { condition: Some(condition), .. }) => (*condition).to_owned(),
            ("language", _) => {
                Language::from_tag(value).map_or_else(|| value.clone(), |known| own_name(known).to_owned())
            }
            _ => value.clone(),
        };
        match value.parse::<i64>() {
            Ok(number) if NUMBERS.contains(&name.as_str()) => arguments.set(name.as_str(), number),
            _ => arguments.set(name.as_str(), value),
        }
    }
    let message = bundle.get_message(code.as_str())?.value()?;
    Some(bundle.format_pattern(message, Some(&arguments), &mut Vec::new()).into_owned())
}

/// The explanation with its English words, as those of the program itself.
fn english(explanation: &v1::Explanation) -> Option<Explanation> {
    let mut said = Explanation::from(Code::parse(&explanation.code)?);
    said.arguments.clone_from(&explanation.arguments);
    said.because.0 = explanation.because.iter().map(english).collect::<Option<_>>()?;
    Some(said)
}

/// Says a code of the program itself.
pub fn of_program(w: Words, explanation: &Explanation) -> Sentence {
    let message = crate::rpc::convert::explanation_message(explanation);
    say(w, &explanation.to_string(), std::slice::from_ref(&message), "", &Names::default())
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<(Language, Bundle)>> = LazyLock::new(|| {
    let languages = Language::ALL.into_iter();
    languages.filter_map(|language| Some((language, compiled(language, source(language)?)))).collect()
});

fn bundle(language: Language) -> Option<&'static Bundle> {
    BUNDLES.iter().find(|(known, _)| *known == language).map(|(_, bundle)| bundle)
}

fn compiled(language: Language, source: String) -> Bundle {
    let tag = language.tag().parse().expect("the tags of our languages are well formed");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source).expect("the embedded texts are checked by the tests");
    bundle.add_resource(resource).expect("no key occurs twice, as the tests check");
    bundle
}

/// The words of a language; English has the program's own.
fn source(language: Language) -> Option<String> {
    const LATIN: &str = include_str!("../../locales/reasons/uz-Latn.ftl");
    match language {
        Language::English => None,
        Language::Russian => Some(include_str!("../../locales/reasons/ru.ftl").to_owned()),
        Language::Korean => Some(include_str!("../../locales/reasons/ko.ftl").to_owned()),
        Language::UzbekLatin => Some(LATIN.to_owned()),
        Language::UzbekCyrillic => Some(in_cyrillic(LATIN)),
    }
}

/// The same words in Cyrillic letters; keys, placeables and names of programs stay as they are.
fn in_cyrillic(latin: &str) -> String {
    let line =
        Regex::new(r"(?m)^(\s*(?:[a-z0-9-]+ = |\*?\[\w+\] ))(.*)$").expect("the pattern is a constant");
    let kept = Regex::new(r"\{[^}]*(?:\}|$)|\b(?:Word|tesseract|cases import)\b")
        .expect("the pattern is a constant");
    let turned = line.replace_all(latin, |parts: &Captures<'_>| {
        let words = &parts[2];
        let mut out = parts[1].to_owned();
        let mut last = 0;
        for found in kept.find_iter(words) {
            out += &uzbek_to_cyrillic(&words[last..found.start()]);
            out += found.as_str();
            last = found.end();
        }
        out + &uzbek_to_cyrillic(&words[last..])
    });
    turned.into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rpc::convert::explanation_message;

    const TRANSLATED: [Language; 4] =
        [Language::UzbekLatin, Language::UzbekCyrillic, Language::Russian, Language::Korean];

    #[test]
    fn every_language_says_every_code_with_its_arguments() {
        let variable = Regex::new(r"\$([a-z]+)").unwrap();
        let place = Regex::new(r"\{([a-z]+)").unwrap();
        for language in TRANSLATED {
            let source = source(language).unwrap();
            let mut keys = BTreeSet::new();
            let mut message = (String::new(), String::new());
            for text in source.lines().chain(["end = "]).filter(|text| !text.starts_with('#')) {
                match text.split_once(" = ").filter(|_| !text.starts_with([' ', '}'])) {
                    None => message.1 += text,
                    Some((key, words)) => {
                        let (key, words) =
                            std::mem::replace(&mut message, (key.to_owned(), words.to_owned()));
                        if let Some(code) = Code::parse(&key) {
                            let names = |pattern: &Regex, text: &str| -> BTreeSet<String> {
                                pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
                            };
                            let mut expected = names(&place, code.english());
                            // English lists figures with their pages; the others leave pages to the quotations.
                            if expected.remove("listed") && code == Code::FiguresDiffer {
                                expected.insert("figures".to_owned());
                            } else if code == Code::CategoryNotInList {
                                expected.insert("listed".to_owned());
                            }
                            let mut said = names(&variable, &words);
                            // What has no word in a language may be left out: the class of a capacity.
                            if code == Code::SubjectCapacity {
                                said.insert("class".to_owned());
                            }
                            assert_eq!(said, expected, "{language} {key}");
                        }
                        keys.insert(key);
                    }
                }
            }
            keys.remove("");
            let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
            let missing: Vec<_> = codes.difference(&keys).collect();
            let extra: Vec<_> = keys.difference(&codes).collect();
            assert!(
                missing.is_empty() && extra.is_empty(),
                "{language}: missing {missing:?}, extra {extra:?}"
            );
        }
    }

    #[test]
    fn a_reason_is_said_in_the_readers_language_with_the_words_of_the_document() {
        let w = Words::of(Language::Russian);
        let weak = explanation_message(&Code::RequirementWeakEmpty.with("title", "2.1 Климат"));
        let parts = explanation_message(&Code::PartsAbsent.with("parts", "air, soil"));
        let due = explanation_message(&Code::DueUnknown.with("condition", "a hearing is needed"));
        let names = Names { condition: Some("нужны слушания?"), ..Names::default() };
        let said = say(w, "English", &[weak, parts, due], " ", &names);
        assert!(
            !said.is_english && said.text.contains("2.1 Климат") && said.text.contains("нужны слушания?")
        );
        assert!(!said.text.contains("soil") && !said.text.contains("hearing"), "{said:?}");
    }

    #[test]
    fn reasons_within_reasons_are_said_too() {
        let negated = Code::Negated.with("cue", "mavjud emas");
        let said = explanation_message(&Code::NotDone.because(negated));
        let said = say(Words::of(Language::Korean), "x", &[said], "; ", &Names::default());
        assert_eq!(said, Sentence::own("시행되지 않음, 부정됨: “mavjud emas”".to_owned()));
        let raised = Code::RaisedBy.because(vec![Code::CueLoss.into(), Code::CueInside.into()]);
        let said = of_program(Words::of(Language::UzbekCyrillic), &raised);
        assert_eq!(said.text, "даражасини оширган ҳолатлар: йўқотиш, ичида жойлашиш");
    }

    #[test]
    fn a_reason_of_the_priority_names_its_category_and_its_page() {
        let title = |code: &str| format!("[{code}]");
        let names = Names { category: Some(&title), ..Names::default() };
        let finding = Code::PriorityFinding
            .with("category", "R05")
            .with("term", "tailings")
            .with("quote", "The { $n } dam")
            .because(Code::Asserted);
        let w = Words::of(Language::Russian);
        let said = |finding: &Explanation| say(w, "", &[explanation_message(finding)], "", &names).text;
        assert_eq!(said(&finding), "R05 [R05]: tailings – «The { $n } dam»; утверждается");
        let finding = finding.with("page", 12).with("more", 4);
        assert_eq!(said(&finding), "R05 [R05]: tailings – «The { $n } dam» (с. 12); утверждается и ещё 4");
    }

    #[test]
    fn reasons_call_the_tab_of_unread_parts_by_its_name() {
        for language in Language::ALL {
            let w = Words::of(language);
            let tab = w.say("tab-unread");
            for code in [Code::GatePartsUnread, Code::PriorityUnread] {
                let said = of_program(w, &code.with("n", 3)).text;
                assert!(said.contains(&tab) && said.contains('3'), "{language} “{tab}”: {said}");
            }
        }
    }

    /// What a report states is not confirmed by that, and the finding says the same beside its term.
    #[test]
    fn a_risk_that_is_stated_is_not_called_confirmed() {
        for language in TRANSLATED {
            let w = Words::of(language);
            let stated = of_program(w, &Code::Asserted.into()).text;
            assert_eq!(stated, w.say("polarity-asserted"), "{language}");
            let codes = [Code::Asserted, Code::DepthNothing, Code::DepthMedium, Code::StatedElsewhere];
            for code in codes {
                let said = of_program(w, &code.with("n", 2)).text;
                for confirmed in ["tasdiq", "тасдиқ", "подтвержд", "단정", "확인"] {
                    assert!(!said.contains(confirmed), "{language}: {said}");
                }
            }
        }
    }

    #[test]
    fn what_has_no_code_stays_in_english_and_is_marked() {
        let w = Words::of(Language::Korean);
        let english = Sentence { text: "Stored long ago.".to_owned(), is_english: true };
        assert_eq!(say(w, "Stored long ago.", &[], " ", &Names::default()), english);
        let newer = v1::Explanation { code: "said-since-tomorrow".to_owned(), ..Default::default() };
        assert_eq!(say(w, "Stored long ago.", &[newer], " ", &Names::default()), english);
        let own = say(Words::of(Language::English), "As is.", &[], " ", &Names::default());
        assert_eq!(own, Sentence::own("As is.".to_owned()));
    }
}
