//! Do the cues of a requirement do what its own examples say?
//!
//! Four things are tried with the matcher that screening uses: every cue can match at all; no decoy matches
//! a cue of its own element; every accept example is recognised and no reject example is; and where a
//! requirement has examples in a language, each of its own cue lists in that language matches one of them.
//!
//! Recognition here is lexical and deliberately simple: a heading cue above enough text of its own, or
//! wording in a sentence that is not a mere pointer. Meaning and calibration belong to screening.

use std::collections::BTreeSet;

use super::load::Rulebook;
use super::problem::Problem;
use crate::domain::language::Language;
use crate::domain::requirement::{Example, Phrases, Requirement};
use crate::text::phrases::{PhraseSet, plain};
use crate::text::sentences::sentences;

/// Letters below a heading from which on it is more than a bare heading (a Hangul syllable counts two).
const SUBSTANCE: usize = 40;

/// Letters from which on a sentence says more than where to look: "Alternatives are in Volume 2" has 25.
const POINTER: usize = 80;

/// Tries every cue and example of `rulebook`.
pub(super) fn check(rulebook: &Rulebook, problems: &mut Vec<Problem>) {
    let cues = Cues::of(rulebook);
    cues.check_each_phrase(problems);
    for set in &rulebook.sets {
        let file = format!("packs/{}.toml", set.name);
        for requirement in &set.requirements {
            cues.check_requirement(requirement, &file, problems);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Heading,
    Wording,
    Decoy,
}

/// Where a list of cues stands.
struct CueList<'a> {
    file: String,
    /// Element or requirement it belongs to.
    owner: &'a str,
    /// How the list is called in the file.
    name: String,
    language: Language,
    kind: Kind,
}

/// Every cue of a rulebook in one matcher.
struct Cues<'a> {
    lists: Vec<CueList<'a>>,
    /// Phrase by id, with the index of its list.
    phrases: Vec<(usize, &'a str)>,
    matcher: PhraseSet,
}

impl<'a> Cues<'a> {
    fn of(rulebook: &'a Rulebook) -> Self {
        let mut lists = Vec::new();
        let mut phrases = Vec::new();
        let mut add = |file: &str, owner: &'a str, name: &str, kind: Kind, from: &'a Phrases| {
            for (language, list) in from {
                // Every element carries the pointers; in the matcher they stand once, without owner.
                let pointers = rulebook.pointers.get(language).filter(|_| !owner.is_empty());
                let at = lists.len();
                lists.push(CueList {
                    file: file.to_owned(),
                    owner,
                    name: format!("{name}.{language}"),
                    language: *language,
                    kind,
                });
                let is_pointer = |phrase: &String| pointers.is_some_and(|known| known.contains(phrase));
                let own = list.iter().filter(|phrase| kind != Kind::Decoy || !is_pointer(phrase));
                phrases.extend(own.map(|phrase| (at, phrase.as_str())));
            }
        };
        add("elements.toml", "", "pointers", Kind::Decoy, &rulebook.pointers);
        for element in &rulebook.elements {
            let owner = &element.id.0;
            add("elements.toml", owner, "headings", Kind::Heading, &element.headings);
            add("evidence/", owner, "wording", Kind::Wording, &element.wording);
            add("evidence/", owner, "decoys", Kind::Decoy, &element.decoys);
        }
        for set in &rulebook.sets {
            let file = format!("packs/{}.toml", set.name);
            for requirement in &set.requirements {
                let owner = &requirement.id.0;
                add(&file, owner, "headings", Kind::Heading, &requirement.headings);
                add(&file, owner, "wording", Kind::Wording, &requirement.wording);
                for part in &requirement.parts {
                    let name = format!("part `{}`: wording", part.name);
                    add(&file, owner, &name, Kind::Wording, &part.wording);
                }
            }
        }
        let matcher =
            PhraseSet::build(phrases.iter().enumerate().filter_map(|(id, (at, phrase))| {
                Some((u32::try_from(id).ok()?, lists[*at].language, *phrase))
            }));
        Self { lists, phrases, matcher }
    }

    /// A phrase that does not even match itself is misspelt for the matcher; one that its own element's
    /// decoy matches as well would count against itself.
    fn check_each_phrase(&self, problems: &mut Vec<Problem>) {
        let mut reported = BTreeSet::new();
        for (id, (at, phrase)) in self.phrases.iter().enumerate() {
            let list = &self.lists[*at];
            let text = plain(phrase);
            let found = self.matcher.find(&text, Some(list.language));
            let ids: BTreeSet<usize> =
                found.iter().filter_map(|found| usize::try_from(found.phrase).ok()).collect();
            if !ids.contains(&id) {
                let message = format!("{}: `{phrase}` can match nothing", list.name);
                problems.push(Problem::new(&list.file, list.owner, message));
            }
            for other in ids {
                let (other_at, decoy) = self.phrases[other];
                let against = &self.lists[other_at];
                let is_own = against.owner == list.owner && list.kind != Kind::Decoy;
                if against.kind == Kind::Decoy && is_own && reported.insert(other) {
                    let message = format!("{}: `{decoy}` matches `{phrase}` of {}", against.name, list.name);
                    problems.push(Problem::new(&against.file, against.owner, message));
                }
            }
        }
    }

    fn check_requirement(&self, requirement: &Requirement, file: &str, problems: &mut Vec<Problem>) {
        let mut fault = |message| problems.push(Problem::new(file, &requirement.id.0, message));
        for (at, example) in requirement.accept.iter().enumerate() {
            if !self.recognises(requirement, example) {
                fault(format!("accept example {} is not recognised: {}", at + 1, shown(example)));
            }
        }
        for (at, example) in requirement.reject.iter().enumerate() {
            if self.recognises(requirement, example) {
                fault(format!("reject example {} is recognised: {}", at + 1, shown(example)));
            }
        }
        let languages: BTreeSet<Language> = requirement.accept.iter().map(|e| e.language).collect();
        let matched = self.lists_matched(requirement);
        for (at, list) in self.lists.iter().enumerate() {
            let own = list.owner == requirement.id.0 && languages.contains(&list.language);
            if own && !matched.contains(&at) {
                fault(format!("{}: no phrase matches an accept example", list.name));
            }
        }
    }

    /// Lists of which at least one phrase matches an accept example.
    fn lists_matched(&self, requirement: &Requirement) -> BTreeSet<usize> {
        let mut matched = BTreeSet::new();
        for example in &requirement.accept {
            for (text, is_heading) in [(&example.heading, true), (&example.text, false)] {
                for at in self.hits(text, example.language) {
                    if is_heading || self.lists[at].kind == Kind::Wording {
                        matched.insert(at);
                    }
                }
            }
        }
        matched
    }

    fn recognises(&self, requirement: &Requirement, example: &Example) -> bool {
        if has_dot_leaders(&example.heading) || has_dot_leaders(&example.text) {
            return false;
        }
        let of_parts = requirement.parts.iter().flat_map(|part| &part.elements);
        let owners: BTreeSet<&str> = std::iter::once(requirement.id.0.as_str())
            .chain(requirement.elements.iter().chain(of_parts).map(|element| element.0.as_str()))
            .collect();
        let counts = |list: &CueList, kind: Kind| list.kind == kind && owners.contains(list.owner);
        let mut substance = 0;
        for range in sentences(&example.text) {
            let sentence = range.of(&example.text);
            let hits = self.hits(sentence, example.language);
            let decoy = hits
                .iter()
                .map(|at| &self.lists[*at])
                .any(|list| list.kind == Kind::Decoy && (list.owner.is_empty() || counts(list, Kind::Decoy)));
            if decoy && weight(sentence) < POINTER {
                continue;
            }
            if hits.iter().any(|at| counts(&self.lists[*at], Kind::Wording)) {
                return true;
            }
            substance += weight(sentence);
        }
        let headed = self
            .hits(&example.heading, example.language)
            .iter()
            .any(|at| counts(&self.lists[*at], Kind::Heading));
        headed && substance >= SUBSTANCE
    }

    /// Lists with a phrase in `text`.
    fn hits(&self, text: &str, language: Language) -> BTreeSet<usize> {
        self.matcher
            .find(text, Some(language))
            .iter()
            .filter_map(|found| self.phrases.get(usize::try_from(found.phrase).ok()?))
            .map(|(at, _)| *at)
            .collect()
    }
}

/// True for a line of a contents page: `Alternatives ........ 23`.
fn has_dot_leaders(text: &str) -> bool {
    let tight: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    tight.contains("....") || tight.contains("……")
}

fn weight(text: &str) -> usize {
    let one =
        |c: char| if ('\u{ac00}'..='\u{d7a3}').contains(&c) { 2 } else { usize::from(c.is_alphanumeric()) };
    text.chars().map(one).sum()
}

fn shown(example: &Example) -> String {
    let text: String = example.text.chars().take(60).collect();
    format!("[{}] {} | {text}", example.language, example.heading)
}
