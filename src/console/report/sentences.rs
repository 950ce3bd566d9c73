//! Sentences of the program in the reader's language.
//!
//! The program explains its findings in English (stored reports say so word for word). Here the sentences it can say
//! are recognised and said again; one that is not known stays as it is and is marked as English, so nothing is lost
//! when the program learns to say more.

use std::sync::LazyLock;

use regex::Regex;

use crate::console::language::Words;

/// A sentence and the key of its words. Captures `what`, `n` and `more` are handed over.
struct Rule {
    pattern: Regex,
    key: &'static str,
}

fn rule(pattern: &str, key: &'static str) -> Rule {
    Rule { pattern: Regex::new(pattern).expect("the patterns are constants, compiled by the tests"), key }
}

/// Reasons of completeness findings; each pattern takes one sentence off the beginning.
static REASONS: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    vec![
        rule(
            r"^The section “(?P<what>[^”]*)” deals with it and its text speaks of it\.",
            "reason-present-both",
        ),
        rule(r"^The section “(?P<what>[^”]*)” deals with it\.", "reason-present"),
        rule(r"^No heading names it, but the text deals with it in substance\.", "reason-present-text"),
        rule(
            r"^The heading “(?P<what>[^”]*)” is there, but there is nothing below it\.",
            "reason-weak-empty",
        ),
        rule(
            r"^The heading “(?P<what>[^”]*)” is there, but what stands below it is a line, a promise or a pointer elsewhere\.",
            "reason-weak-line",
        ),
        rule(r"^The section “(?P<what>[^”]*)” touches it, but not in full\.", "reason-weak-partial"),
        rule(
            r"^The section “(?P<what>[^”]*)” is named after it, but its text says nothing that counts as it\.",
            "reason-weak-name",
        ),
        rule(r"^No heading names it; the text touches it in passing\.", "reason-weak-passing"),
        rule(
            r"^The heading “(?P<what>[^”]*)” comes close, but nothing below it or elsewhere counts as it\.",
            "reason-missing-close",
        ),
        rule(
            r"^No heading names it; single words occur, but nothing that counts as it \(see the closest text\)\.",
            "reason-missing-words",
        ),
        rule(
            r"^Neither a heading nor the wording of this element was found in the text\.",
            "reason-missing-nothing",
        ),
        // The parts are listed on their own, in the reader's language where the rules have words for them.
        rule(r"^Not found: [^.]*\.", ""),
        rule(r"^Due: the case system says that the condition holds \((?P<what>.*?)\)\.", "reason-due"),
        rule(r"^Due only if (?P<what>.*?); whether that holds was not stated\.", "reason-due-unknown"),
        rule(r"^(?P<n>\d+) page\(s\) could not be read\.", "reason-unread"),
    ]
});

/// Reasons of priority and depth; each pattern is a whole sentence.
static TRIAGE: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    vec![
        rule(r"^the activity is of category I$", "triage-category-i"),
        rule(r"^(?P<what>\S+): no result of public hearings was found; .*$", "triage-hearing"),
        rule(r"^no high risk finding and no aggravating fact$", "triage-nothing-high"),
        rule(r"^high findings in (?P<n>\d+) categories: (?P<what>.*)$", "triage-high-categories"),
        rule(r"^category I activity with high findings in (?P<what>.*)$", "triage-high-category-i"),
        rule(r"^complete, and no high or asserted medium risk finding$", "triage-complete"),
        rule(r"^high findings in (?P<what>.*)$", "triage-high"),
        rule(r"^(?P<n>\d+) asserted risk findings of medium severity$", "triage-medium"),
        rule(r"^the set is not known to be complete$", "triage-not-complete"),
        rule(r"^no requirement set was applied$", "triage-no-set"),
        rule(r"^every required element was found in the text$", "triage-every"),
    ]
});

/// `R05 term: "quote", p. 3 – why (and 4 more)`.
static PRIORITY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?P<code>R\d\d) (?P<term>.+?): \x22(?P<quote>.*)\x22(?:, p\. (?P<page>\d+))? – .*?(?: \(and (?P<more>\d+) more\))?$")
        .expect("the pattern is a constant, compiled by the tests")
});

/// A sentence, and whether it is still in English.
#[derive(Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The words.
    pub text: String,
    /// True if the program's own words stand unchanged.
    pub is_english: bool,
}

/// Says the reason of a completeness finding; `condition` is what it depends on, in the reader's language.
pub fn reason(w: Words, reason: &str, condition: Option<&str>) -> Sentence {
    let mut rest = reason.trim();
    let mut said: Vec<String> = Vec::new();
    while !rest.is_empty() {
        let found = REASONS.iter().find_map(|rule| Some((rule, rule.pattern.captures(rest)?)));
        let Some((rule, captures)) = found else {
            return Sentence { text: reason.to_owned(), is_english: true };
        };
        match (rule.key, condition) {
            ("", _) => {}
            ("reason-due" | "reason-due-unknown", Some(condition)) => {
                said.push(w.of_sentence(rule.key, condition, 0));
            }
            _ => said.push(speak(w, rule, &captures)),
        }
        rest = rest[captures[0].len()..].trim_start();
    }
    Sentence { text: said.join(" "), is_english: false }
}

/// Says a reason of the triage; `title` names a risk category in the reader's language.
pub fn triage(w: Words, reason: &str, title: impl Fn(&str) -> String) -> Sentence {
    if let Some(found) = PRIORITY.captures(reason) {
        let page = found.name("page").and_then(|page| page.as_str().parse::<i64>().ok());
        let place = page.map_or_else(String::new, |page| format!(" ({})", w.count("place-page", page)));
        let more = found.name("more").and_then(|more| more.as_str().parse::<i64>().ok());
        let more = more.map_or_else(String::new, |more| format!(" {}", w.count("triage-more", more)));
        let (code, term, quote) = (&found["code"], &found["term"], &found["quote"]);
        let text = format!("{code} {}: {term} – “{quote}”{place}{more}", title(code));
        return Sentence { text, is_english: false };
    }
    let found = TRIAGE.iter().find_map(|rule| Some((rule, rule.pattern.captures(reason)?)));
    match found {
        Some((rule, captures)) => Sentence { text: speak(w, rule, &captures), is_english: false },
        None => Sentence { text: reason.to_owned(), is_english: true },
    }
}

fn speak(w: Words, rule: &Rule, captures: &regex::Captures<'_>) -> String {
    let text = |name: &str| captures.name(name).map_or("", |found| found.as_str());
    w.of_sentence(rule.key, text("what"), text("n").parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;

    #[test]
    fn every_rule_compiles_and_sentences_are_said_again() {
        let w = Words::of(Language::Russian);
        let both = "The section “2.1 Климат” touches it, but not in full. Not found: air, soil. Due only if a hearing \
                    is needed; whether that holds was not stated. 3 page(s) could not be read.";
        let said = reason(w, both, None);
        assert!(!said.is_english && said.text.contains("2.1 Климат") && said.text.contains('3'), "{said:?}");
        assert!(!said.text.contains("Not found") && said.text.contains("a hearing is needed"), "{said:?}");
        let said = reason(w, both, Some("нужны слушания"));
        assert!(said.text.contains("нужны слушания") && !said.text.contains("hearing"), "{said:?}");
        for rule in TRIAGE.iter().chain(REASONS.iter()).filter(|rule| !rule.key.is_empty()) {
            assert_ne!(w.of_sentence(rule.key, "x", 1), rule.key);
        }
    }

    #[test]
    fn what_is_not_known_stays_in_english() {
        let w = Words::of(Language::Korean);
        let new = "Something the program says since yesterday.";
        assert_eq!(reason(w, new, None), Sentence { text: new.to_owned(), is_english: true });
        assert!(triage(w, new, str::to_owned).is_english);
        assert_eq!(reason(w, "", None), Sentence { text: String::new(), is_english: false });
    }

    #[test]
    fn a_reason_of_the_priority_names_its_category() {
        let w = Words::of(Language::English);
        let said = triage(
            w,
            "R05 tailings: \"The \"new\" dam – 30 m\", p. 12 – stated; near water (and 4 more)",
            |code| format!("[{code}]"),
        );
        assert_eq!(said.text, "R05 [R05]: tailings – “The \"new\" dam – 30 m” (p. 12) and 4 more");
    }
}
