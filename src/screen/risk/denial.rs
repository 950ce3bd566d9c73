//! How is a verb denied in each language?
//!
//! A cue file writes `measured!`, `измер!`, `olchan!` or `조사!` and means every way to say that it was not done: particles
//! before the verb, a syllable inside it, an auxiliary behind it.

use crate::domain::language::Language;

/// What follows the syllable of negation in an Uzbek verb: tenses, participles, verbal nouns.
const UZBEK_TAILS: [&str; 4] = ["gan", "y", "di", "s"];

/// Returns the patterns that a pattern with `!` stands for; a pattern without it, and an Uzbek one, stand for
/// themselves.
pub(super) fn denied_forms(pattern: &str, language: Language) -> Vec<String> {
    let Some(verb) = pattern.strip_suffix('!') else { return vec![pattern.to_owned()] };
    let with = |forms: &[&str]| forms.iter().map(|form| form.replace('X', verb)).collect();
    match language {
        Language::English => with(&[
            "not ~ X",
            "never ~ X",
            "nor ~ X",
            "none ~ X",
            "none of ~ X",
            "neither ~ X",
            "nobody ~ X",
            "no one ~ X",
            "nothing ~ X",
            "nowhere ~ X",
            "yet to be X",
        ]),
        Language::Russian => with(&["не X*", "не был* X*", "не буд* X*", "не ~ быть X*", "нигде не X*"]),
        Language::UzbekLatin | Language::UzbekCyrillic => vec![pattern.to_owned()],
        Language::Korean => with(&[
            "X되지않",
            "X되지못",
            "X되지아니",
            "X하지않",
            "X하지못",
            "X하지아니",
            "X되어있지않",
            "X되어있지못",
            "X되어있지아니",
            "X하고있지않",
            "X하고있지못",
            "X하고있지아니",
            "X가이루어지지않",
            "X이이루어지지않",
            "X은이루어지지않",
            "X는이루어지지않",
            "X가실시되지않",
            "X를실시하지않",
            "X는실시되지않",
            "X는실시하지않",
            "X을하지않",
            "X를하지않",
            "X은하지않",
            "X는하지않",
            "X도하지않",
            "X도되지않",
            "X된바없",
            "X한바없",
            "X한적이없",
            "X가없",
            "X이없",
            "X은없",
            "X는없",
            "X도없",
            "X없이",
            "X없음",
            "미X",
        ]),
    }
}

/// True if a word in matching form is a form of the Uzbek verb that begins so and is denied: the syllable `ma` with a
/// tense or participle behind it.
pub(super) fn is_denied_uzbek(word: &str, stem: &str) -> bool {
    let Some(rest) = word.strip_prefix(stem) else { return false };
    rest.match_indices("ma").any(|(at, _)| UZBEK_TAILS.iter().any(|tail| rest[at + 2..].starts_with(tail)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("olchanmagan", true)]
    #[case("olchanmaydi", true)]
    #[case("olchanmayapti", true)]
    #[case("olchanmadi", true)]
    #[case("olchanmasdan", true)]
    #[case("olchangan", false)]
    #[case("olchanmoqda", false)]
    #[case("hisoblanmagan", false)]
    fn uzbek_verbs_are_denied_inside(#[case] word: &str, #[case] denied: bool) {
        assert_eq!(is_denied_uzbek(word, "olchan"), denied);
    }

    #[test]
    fn every_language_denies_in_its_own_way() {
        let forms = |pattern, language| denied_forms(pattern, language);
        assert!(forms("measured!", Language::English).contains(&"not ~ measured".to_owned()));
        assert!(forms("измер!", Language::Russian).contains(&"не измер*".to_owned()));
        assert!(forms("조사!", Language::Korean).contains(&"조사하지않".to_owned()));
        assert_eq!(forms("조사되지않", Language::Korean), ["조사되지않"]);
        assert_eq!(forms("olchan!", Language::UzbekLatin), ["olchan!"]);
    }
}
