//! How much does some part of the report read like what labelled passages say about a requirement?
//!
//! Phrases know the wording they list; this compares every sentence, and every two and three in a row, with labelled
//! passages through a classifier ([`crate::screen::classifier`]): which element or requirement does it speak of, does it
//! say something of substance about it, or does it only name, promise or point? What is found becomes features of the
//! decision beside headings, wording and meaning; it decides nothing by itself.
//!
//! Invariant: the same document gives the same figures whatever the number of threads.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::domain::document::Document;
use crate::domain::provenance::RulesIdentity;
use crate::domain::requirement::{Requirement, RequirementSet};
use crate::screen::classifier::wording::WordingReader;
use crate::screen::classifier::{Classifier, ClassifierError, Said, probability, sum_of_odds};

use super::announced::{HEADING, HeadingLabels, announced};
use super::units::{Unit, Units, Zone};

/// The classifier that ships with the program.
static BUILTIN: &[u8] = include_bytes!("../../../models/sentences/passages.bin");

/// Kinds of passages. Only the first is evidence of substance; the next four speak of a subject without it.
pub const KINDS: [&str; 6] = ["substance", "formal", "promise", "pointer", "absent", "decoy"];

/// Before labels that say what a passage speaks of, whatever its kind.
pub const TOPIC: &str = "topic:";

/// Before labels that say of what it says something of substance.
pub const SUBSTANCE: &str = "substance:";

/// Before the labels of the kinds.
pub const KIND: &str = "kind:";

/// Most sentences that are read as one passage.
const LONGEST_WINDOW: usize = 3;

/// Sentences that are read at a time.
const CHUNK: usize = 128;

/// Probability from which a passage supports a requirement.
const SUPPORTING: f32 = 0.5;

/// Log-odds of a label that the classifier does not have.
const UNKNOWN: f32 = -9.0;

/// What labelled passages say about one requirement of one document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// Greatest probability of speaking of it with substance, as a logarithm, 0 to 2.
    pub substance: f32,
    /// The least of its elements at its best, from log-odds, 0 to 2.
    pub least_element: f32,
    /// The requirement itself at its best, from log-odds, 0 to 2.
    pub own: f32,
    /// Greatest probability of speaking of it without substance.
    pub hollow: f32,
    /// Greatest probability of substance below a heading that announces it, as a logarithm, 0 to 1.75.
    pub announced: f32,
}

impl Likeness {
    /// Returns the same as if no heading announced anything.
    pub fn without_headings(self) -> Self {
        Self { announced: scaled_announcement(0.0), ..self }
    }
}

fn scaled_announcement(probability: f32) -> f32 {
    ((probability + 1e-3).ln() + 7.0) / 4.0
}

/// The labels of one requirement.
struct Target {
    own: Option<(usize, usize)>,
    elements: Vec<(usize, usize)>,
    headings: HeadingLabels,
}

impl Target {
    /// Returns the probability that a window speaks of the requirement or of one of its elements.
    fn topic(&self, odds: &[f32]) -> f32 {
        let own = self.own.map_or(UNKNOWN, |(topic, _)| odds[topic]);
        let elements = self.elements.iter().map(|(topic, _)| odds[*topic]).fold(UNKNOWN, f32::max);
        probability(sum_of_odds(own, elements))
    }
}

/// What a window says: log-odds of every label, probabilities of saying something of substance or nothing.
struct Weighed {
    odds: Vec<f32>,
    substance: f32,
    hollow: f32,
}

/// What is known of one requirement so far.
#[derive(Clone)]
struct Best {
    substance: f32,
    hollow: f32,
    own: f32,
    elements: Vec<f32>,
    announced: f32,
}

/// The classifier of passages.
#[derive(Debug)]
pub struct Passages {
    classifier: Classifier,
    reader: Arc<WordingReader>,
    /// Labels of topic and substance by element or requirement.
    places: HashMap<String, (usize, usize)>,
    kinds: [usize; KINDS.len()],
}

impl Passages {
    /// Reads the classifier that ships with the program.
    pub fn builtin() -> Result<Self, ClassifierError> {
        Self::new(Classifier::from_bytes(BUILTIN)?)
    }

    /// Makes ready a classifier with labels of topics, substance and kinds.
    pub fn new(classifier: Classifier) -> Result<Self, ClassifierError> {
        let missing = || ClassifierError::Damaged("it lacks a kind, or the substance of a topic");
        let mut kinds = [0; KINDS.len()];
        for (place, kind) in kinds.iter_mut().zip(KINDS) {
            *place = classifier.label(&format!("{KIND}{kind}")).ok_or_else(missing)?;
        }
        let mut places = HashMap::new();
        for (topic, label) in classifier.labels().iter().enumerate() {
            if let Some(subject) = label.strip_prefix(TOPIC) {
                let substance = classifier.label(&format!("{SUBSTANCE}{subject}")).ok_or_else(missing)?;
                places.insert(subject.to_owned(), (topic, substance));
            }
        }
        Ok(Self { classifier, reader: WordingReader::builtin()?, places, kinds })
    }

    /// Returns name, day and hash.
    pub fn identity(&self) -> &RulesIdentity {
        self.classifier.identity()
    }

    /// Compares a document with the labelled passages: one result per requirement of `sets`, in order.
    pub fn compare(&self, document: &Document, units: &Units, sets: &[&RequirementSet]) -> Vec<Likeness> {
        self.compare_until(document, units, sets, &|| false).expect("nobody cancels it")
    }

    /// As [`Self::compare`]; `None` if it was cancelled, which is asked for every stretch of sentences.
    pub fn compare_until(
        &self,
        document: &Document,
        units: &Units,
        sets: &[&RequirementSet],
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<Vec<Likeness>> {
        let targets: Vec<Target> = sets
            .iter()
            .flat_map(|set| &set.requirements)
            .map(|requirement| self.target(requirement))
            .collect();
        let labels: Vec<&HeadingLabels> = targets.iter().map(|target| &target.headings).collect();
        let announced = announced(document, &self.classifier, &self.reader, &labels);
        let start = || targets.iter().map(Best::of).collect::<Vec<_>>();
        let best = (0..units.units.len())
            .into_par_iter()
            .step_by(CHUNK)
            .fold(start, |mut best, first| {
                // What is left out is never looked at.
                if !is_cancelled() {
                    self.add_chunk(document, &units.units, first, &targets, &announced, &mut best);
                }
                best
            })
            .reduce(start, |mut one, other| {
                one.iter_mut().zip(&other).for_each(|(one, other)| one.join(other));
                one
            });
        (!is_cancelled()).then(|| best.iter().map(Best::likeness).collect())
    }

    /// Returns the units that say something of substance about a requirement, more likely than not: those of every
    /// window that does and holds no shorter one that does.
    pub fn supporting(
        &self,
        document: &Document,
        units: &Units,
        requirement: &Requirement,
    ) -> BTreeSet<usize> {
        let target = self.target(requirement);
        let mut windows: Vec<Range<usize>> = Vec::new();
        for first in (0..units.units.len()).step_by(CHUNK) {
            self.for_each_window(document, &units.units, first, |at, window| {
                let read = self.weigh(window);
                if target.topic(&read.odds) * read.substance >= SUPPORTING {
                    windows.push(at..at + window.len());
                }
            });
        }
        let holds_shorter = |window: &Range<usize>| {
            let inside = |other: &Range<usize>| {
                window.start <= other.start && other.end <= window.end && other != window
            };
            windows.iter().any(inside)
        };
        windows.iter().filter(|window| !holds_shorter(window)).cloned().flatten().collect()
    }

    /// Adds the windows that begin in the chunk at `first`.
    fn add_chunk(
        &self,
        document: &Document,
        units: &[Unit],
        first: usize,
        targets: &[Target],
        announced: &[Vec<f32>],
        best: &mut [Best],
    ) {
        self.for_each_window(document, units, first, |at, window| {
            let above = units[at].section.and_then(|section| announced.get(section));
            self.add(window, targets, above, best);
        });
    }

    /// Calls `each` with first unit and content of the windows that begin in the chunk at `first`.
    fn for_each_window(
        &self,
        document: &Document,
        units: &[Unit],
        first: usize,
        mut each: impl FnMut(usize, &[&Said]),
    ) {
        let main = document.languages.first().map(|share| share.language);
        let end = (first + CHUNK).min(units.len());
        let read = |unit: &Unit| {
            let language = unit.language.or(main).filter(|_| unit.zone != Zone::Contents)?;
            let said = self.classifier.read(&self.reader.read(unit.range.of(&document.text), language));
            Some(said).filter(|said| !said.is_nothing())
        };
        let ahead = (end + LONGEST_WINDOW - 1).min(units.len());
        let said: Vec<Option<Said>> = units[first..ahead].iter().map(read).collect();
        for at in first..end {
            let mut window: Vec<&Said> = Vec::new();
            for last in at..(at + LONGEST_WINDOW).min(units.len()) {
                let Some(own) = &said[last - first] else { break };
                if !belong_together(&units[at], &units[last]) {
                    break;
                }
                window.push(own);
                each(at, &window);
            }
        }
    }

    fn target(&self, requirement: &Requirement) -> Target {
        let heading = |id: &str| self.classifier.label(&format!("{HEADING}{id}"));
        Target {
            headings: HeadingLabels {
                own: heading(&requirement.id.0),
                elements: requirement.elements.iter().filter_map(|id| heading(&id.0)).collect(),
            },
            own: self.places.get(&requirement.id.0).copied(),
            elements: requirement.elements.iter().filter_map(|id| self.places.get(&id.0).copied()).collect(),
        }
    }

    /// Reads a window: the log-odds of every label, and how likely it has substance or none.
    fn weigh(&self, window: &[&Said]) -> Weighed {
        let odds = self.classifier.log_odds(window, &[]);
        let kinds = self.kinds.map(|kind| probability(odds[kind]));
        let all = kinds.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        Weighed { odds, substance: kinds[0] / all, hollow: kinds[1..5].iter().sum::<f32>() / all }
    }

    fn add(&self, window: &[&Said], targets: &[Target], above: Option<&Vec<f32>>, best: &mut [Best]) {
        let Weighed { odds, substance, hollow } = self.weigh(window);
        for (at, (target, best)) in targets.iter().zip(best).enumerate() {
            let own = target.own.map_or(UNKNOWN, |(_, substance)| odds[substance]);
            let topic = target.topic(&odds);
            best.substance = best.substance.max(topic * substance);
            best.hollow = best.hollow.max(topic * hollow);
            best.announced = best.announced.max(above.map_or(0.0, |above| above[at]) * substance);
            best.own = best.own.max(own);
            for (known, (_, label)) in best.elements.iter_mut().zip(&target.elements) {
                *known = known.max(odds[*label]);
            }
        }
    }
}

/// True if two units stand in one section, so that they can make one passage.
fn belong_together(one: &Unit, other: &Unit) -> bool {
    one.section == other.section && other.zone != Zone::Contents
}

impl Best {
    fn of(target: &Target) -> Self {
        Self {
            substance: 0.0,
            hollow: 0.0,
            own: UNKNOWN,
            elements: vec![UNKNOWN; target.elements.len()],
            announced: 0.0,
        }
    }

    fn join(&mut self, other: &Self) {
        self.substance = self.substance.max(other.substance);
        self.hollow = self.hollow.max(other.hollow);
        self.own = self.own.max(other.own);
        self.announced = self.announced.max(other.announced);
        self.elements.iter_mut().zip(&other.elements).for_each(|(one, other)| *one = one.max(*other));
    }

    fn likeness(&self) -> Likeness {
        let scaled = |log_odds: f32| (log_odds.clamp(-6.0, 2.0) + 6.0) / 4.0;
        let least = self.elements.iter().copied().reduce(f32::min).unwrap_or(self.own);
        Likeness {
            substance: scaled((self.substance + 1e-4).ln()),
            least_element: scaled(least),
            own: scaled(if self.own > UNKNOWN { self.own } else { least }),
            hollow: self.hollow,
            announced: scaled_announcement(self.announced),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::requirement::RequirementId;
    use crate::ingest::{Limits, read_document};
    use crate::rules::Rulebook;
    use crate::screen::completeness::subjects::Subjects;
    use crate::screen::completeness::units::collect;

    fn likeness(text: &str, pack: &str, id: &str) -> Likeness {
        let rulebook = Rulebook::load_builtin().unwrap();
        let subjects = Subjects::new(&rulebook).unwrap();
        let document = read_document("report.md", text.as_bytes(), &Limits::default()).unwrap();
        let units = collect(&document, &subjects.text, &subjects.cues);
        let set = rulebook.set(pack).unwrap();
        let found = Passages::builtin().unwrap().compare(&document, &units, &[set]);
        let place = set.requirements.iter().position(|one| one.id == RequirementId(id.to_owned())).unwrap();
        found[place]
    }

    const GASES: &str = "Burning 41 thousand tonnes of coal a year releases 98,400 t of CO2 equivalent; the second \
                         boiler will run on gas, which saves a third of it.";

    #[test]
    fn a_passage_is_like_those_of_its_subject_and_not_like_others() {
        let gases = likeness(GASES, "uz-234-draft", "UZ-D11");
        let hearing = likeness(GASES, "uz-234-draft", "UZ-D08");
        assert!(gases.substance > hearing.substance + 0.3, "{gases:?} {hearing:?}");
        assert!(gases.least_element > hearing.least_element, "{gases:?} {hearing:?}");
    }

    #[test]
    fn examples_in_one_language_serve_the_others() {
        // No passage in Korean is labelled with requirements of Uzbekistan.
        let gases = "보일러가 해마다 온실가스 98,400톤(이산화탄소 환산)을 배출한다.";
        let (gases, hearing) =
            (likeness(gases, "uz-234-draft", "UZ-D11"), likeness(gases, "uz-234-draft", "UZ-D08"));
        assert!(gases.own > hearing.own + 0.1, "{gases:?} {hearing:?}");
    }

    #[test]
    fn units_that_speak_of_a_requirement_support_it_without_a_known_phrase() {
        let text = format!("# Boiler house\n\nThe canteen opens at noon and closes at four.\n\n{GASES}\n");
        let rulebook = Rulebook::load_builtin().unwrap();
        let subjects = Subjects::new(&rulebook).unwrap();
        let document = read_document("report.md", text.as_bytes(), &Limits::default()).unwrap();
        let units = collect(&document, &subjects.text, &subjects.cues);
        let set = rulebook.set("uz-234-draft").unwrap();
        let passages = Passages::builtin().unwrap();
        let supporting = |id: &str| {
            let requirement = set.requirements.iter().find(|own| own.id == RequirementId(id.to_owned()));
            let found = passages.supporting(&document, &units, requirement.unwrap());
            found
                .into_iter()
                .map(|unit| units.units[unit].range.of(&document.text).to_owned())
                .collect::<Vec<_>>()
        };
        let gases = supporting("UZ-D11");
        assert!(!gases.is_empty() && gases.iter().all(|unit| GASES.contains(unit.trim())), "{gases:?}");
        assert_eq!(supporting("UZ-D08"), [""; 0], "nothing here is a public hearing");
    }

    #[test]
    fn a_heading_in_plain_words_announces_what_stands_below_it() {
        let above =
            "# Runway\n\nThe runway will be made 420 m longer so that heavier aircraft can take off.\n\n";
        let below = |heading: &str| {
            format!("{above}## {heading}\n\nFerrer, P. (2019): Stone curlews. Bird Notes 14, 33-58.\n")
        };
        let named = likeness(&below("Where do your figures come from?"), "eu", "EU-10");
        let other = likeness(&below("The canteen and its menu"), "eu", "EU-10");
        assert!(named.announced > other.announced + 0.2, "{named:?} {other:?}");
        assert_eq!(named.without_headings().announced, scaled_announcement(0.0));
        let empty = likeness(&format!("{above}## Where do your figures come from?\n"), "eu", "EU-10");
        let nothing = likeness(above, "eu", "EU-10");
        assert_eq!(empty.announced, nothing.announced, "a heading alone proves nothing");
    }

    #[test]
    fn a_promise_is_hollow() {
        let promise = "The carbon footprint of the plant will be presented later in a separate report.";
        let (promised, done) =
            (likeness(promise, "uz-234-draft", "UZ-D11"), likeness(GASES, "uz-234-draft", "UZ-D11"));
        assert!(
            promised.hollow > done.hollow && promised.substance < done.substance,
            "{promised:?} {done:?}"
        );
    }

    #[test]
    fn text_without_a_known_word_is_like_nothing() {
        let nothing =
            Best { substance: 0.0, hollow: 0.0, own: UNKNOWN, elements: vec![UNKNOWN], announced: 0.0 };
        assert_eq!(likeness("ѭѭѭѭ ѫѫѫѫ ѯѯѯѯ.", "uz-234-draft", "UZ-D11"), nothing.likeness());
    }
}
