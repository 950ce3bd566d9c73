//! How much evidence is there for a group of subjects, of which kind and where?
//!
//! Third step of the completeness check. A profile joins the evidence of several subjects (the elements of
//! a requirement and its own phrases) into a few numbers: titles, wording under those titles, the densest
//! passage, the whole document, quantities. It decides nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::span::TextRange;

use super::reading::{Reading, SubjectHit};
use super::subjects::SubjectIndex;
use super::units::{Unit, UnitClass, Zone};

/// Units that make one window for the densest passage.
const WINDOW: usize = 8;

/// Strength from which a title clearly names its subjects.
pub const CLEAR_TITLE: f32 = 0.6;

/// Content below a title, in scaled letters, under which it is no more than a line.
pub const ONE_LINE: f32 = 85.0;

/// What a reader of these subjects believes that others would not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lens {
    /// Law citations are the content (legal framework).
    pub law: bool,
    /// A list of sources is the content.
    pub references: bool,
    /// A list of names is the content.
    pub people: bool,
    /// Denials and gaps are the content (difficulties, unavoidable effects, no action).
    pub limits: bool,
    /// A list of annexes is the content.
    pub annexes: bool,
}

impl Lens {
    /// Returns the lens for a group of elements.
    pub fn of<'a>(elements: impl IntoIterator<Item = &'a str>) -> Self {
        let mut lens = Self::default();
        for element in elements {
            match element {
                "C04" => lens.law = true,
                "C33" => lens.references = true,
                "C34" | "C01" => lens.people = true,
                "C30" | "C31" | "C41" => lens.limits = true,
                "C35" => lens.annexes = true,
                _ => {}
            }
        }
        lens
    }

    /// Returns how far a unit is believed, 0 to 1.
    pub fn trust(self, unit: &Unit) -> f32 {
        let class = match unit.class {
            UnitClass::Statement => 1.0,
            UnitClass::Denial if self.limits => 1.0,
            UnitClass::Denial => 0.5,
            UnitClass::Citation if self.law => 1.0,
            UnitClass::Citation => 0.4,
            UnitClass::NotDone if self.limits => 0.9,
            UnitClass::NotDone => 0.15,
            UnitClass::Formal => 0.5,
            UnitClass::Promise => 0.2,
            UnitClass::Pointer => 0.15,
            UnitClass::Label => 0.3,
        };
        class * self.place(unit)
    }

    /// Returns how far the place of a unit lets it count, 0 to 1.
    pub fn place(self, unit: &Unit) -> f32 {
        match unit.zone {
            Zone::Body => 1.0,
            Zone::References if self.references => 1.0,
            Zone::Preparers if self.people => 1.0,
            Zone::Listing if self.annexes => 1.0,
            Zone::References => 0.05,
            Zone::Preparers => 0.1,
            Zone::Listing => 0.2,
            Zone::Contents => 0.0,
        }
    }
}

/// Evidence for a group of subjects.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Strongest title, whatever stands below it; 0 to 1.
    pub title: f32,
    /// Strongest title that has content below it; 0 to 1.
    pub heading: f32,
    /// That title: where it stands.
    pub heading_at: Option<TextRange>,
    /// Units below strong titles.
    pub scope: BTreeSet<usize>,
    /// Units with wording and those around them in the same section.
    pub near: BTreeSet<usize>,
    /// Content below the titles, scaled letters.
    pub below: f32,
    /// Distinct wording below the titles.
    pub inside: f32,
    /// Distinct wording in the densest passage.
    pub local: f32,
    /// Distinct wording in the whole document.
    pub total: f32,
    /// Content of the units with wording, scaled letters.
    pub size: f32,
    /// Numbers in units with wording.
    pub numbers: f32,
    /// Distinct wording in the whole document, whatever the sentences do with it.
    pub mention: f32,
    /// Share of the wording that stands in denials, citations, pointers and the like, 0 to 1.
    pub doubt: f32,
    /// Share of the wording that stands in promises, pointers and the like, 0 to 1.
    pub deferred: f32,
    /// Share of the wording that stands in sentences which any report could have, 0 to 1.
    pub formal: f32,
    /// A heading of its own names the subjects and has at most a line below it, and no other one has more.
    pub is_bare: bool,
    /// Units that speak of the subjects.
    pub speaking: f32,
    /// Figures in units that speak of the subjects or stand below their titles.
    pub figures: f32,
    /// Units by strength, strongest first, at most eight.
    pub best: Vec<(usize, f32)>,
}

impl Profile {
    /// Joins the evidence of `subjects`.
    pub fn of(reading: &Reading, subjects: &[SubjectIndex], lens: Lens) -> Self {
        let mut profile = Self::default();
        let scope = profile.read_titles(reading, subjects, lens);
        let mut hits = joined_hits(reading, subjects);
        weaken_lone_words(&reading.units.units, &mut hits, &scope);
        profile.read_hits(reading, &hits, &scope, lens);
        profile.scope = scope;
        profile
    }

    fn read_titles(&mut self, reading: &Reading, subjects: &[SubjectIndex], lens: Lens) -> BTreeSet<usize> {
        let mut under_title = BTreeSet::new();
        let (mut is_named, mut has_more) = (false, false);
        for title in subjects.iter().flat_map(|subject| &reading.titles[*subject as usize]) {
            let units = title.units.clone();
            let content: f32 = if lens.annexes || lens.references || lens.people {
                reading.units.units[units.clone()].iter().map(|unit| unit.size).sum()
            } else {
                reading.substance(&units)
            };
            let heading = title.strength * (1.0 - (-content / 140.0).exp());
            self.title = self.title.max(title.strength);
            if heading > self.heading || self.heading_at.is_none() {
                self.heading = self.heading.max(heading);
                self.heading_at = Some(title.heading);
            }
            is_named |= title.is_heading && title.strength >= CLEAR_TITLE;
            if title.strength >= 0.35 {
                has_more |= content >= ONE_LINE;
                under_title.extend(units);
            }
        }
        self.is_bare = is_named && !has_more;
        self.below = under_title
            .iter()
            .map(|unit| reading.units.units[*unit].size * lens.trust(&reading.units.units[*unit]).min(1.0))
            .sum();
        under_title
    }

    fn read_hits(
        &mut self,
        reading: &Reading,
        hits: &[SubjectHit],
        under_title: &BTreeSet<usize>,
        lens: Lens,
    ) {
        let units = &reading.units.units;
        let mut everywhere: HashMap<u32, f32> = HashMap::new();
        let mut inside: HashMap<u32, f32> = HashMap::new();
        let mut per_unit: BTreeMap<usize, f32> = BTreeMap::new();
        let mut mentioned: HashMap<u32, f32> = HashMap::new();
        let (mut plain, mut trusted, mut deferred, mut formal) = (0.0, 0.0, 0.0, 0.0);
        for hit in hits {
            let value = hit.weight * lens.trust(&units[hit.unit]);
            keep_strongest(&mut mentioned, hit.phrase, hit.weight * lens.place(&units[hit.unit]));
            plain += hit.weight;
            trusted += value;
            if matches!(
                units[hit.unit].class,
                UnitClass::NotDone | UnitClass::Promise | UnitClass::Pointer | UnitClass::Label
            ) {
                deferred += hit.weight;
            }
            if units[hit.unit].class == UnitClass::Formal {
                formal += hit.weight;
            }
            keep_strongest(&mut everywhere, hit.phrase, value);
            if under_title.contains(&hit.unit) {
                keep_strongest(&mut inside, hit.phrase, value);
            }
            *per_unit.entry(hit.unit).or_insert(0.0) += value;
        }
        self.doubt = if plain > 0.0 { 1.0 - trusted / plain } else { 0.0 };
        self.deferred = if plain > 0.0 { deferred / plain } else { 0.0 };
        self.formal = if plain > 0.0 { formal / plain } else { 0.0 };
        self.mention = sum_in_order(&mentioned);
        self.total = sum_in_order(&everywhere);
        self.inside = sum_in_order(&inside);
        self.local = densest(units, hits, lens);
        self.near = neighbourhood(units, &per_unit);
        self.speaking = per_unit.values().filter(|score| **score >= SPEAKS).count() as f32;
        let telling = |unit: usize| {
            lens.trust(&units[unit]) >= 0.35
                && (under_title.contains(&unit) || per_unit.get(&unit).is_some_and(|score| *score >= SPEAKS))
        };
        let said: Vec<usize> = (0..units.len()).filter(|unit| telling(*unit)).collect();
        self.figures = said.iter().map(|unit| units[*unit].figures as f32).sum();
        let mut best = Vec::new();
        for (&unit, &score) in &per_unit {
            if score <= 0.0 {
                continue;
            }
            let share = score.min(1.0);
            self.size += units[unit].size.min(600.0) * share * lens.trust(&units[unit]);
            self.numbers += units[unit].numbers as f32 * share;
            let place = if under_title.contains(&unit) { 1.5 } else { 1.0 };
            let figures = 1.0 + 0.1 * units[unit].numbers.min(5) as f32;
            let length = (units[unit].size / 60.0).clamp(0.3, 1.0);
            best.push((unit, score * place * figures * length));
        }
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.truncate(8);
        self.best = best;
    }
}

/// Units on either side that belong to what a unit speaks of.
const NEIGHBOURS: usize = 3;

/// Trusted wording from which a unit speaks of the subjects.
const SPEAKS: f32 = 0.3;

fn neighbourhood(units: &[Unit], per_unit: &BTreeMap<usize, f32>) -> BTreeSet<usize> {
    let mut near = BTreeSet::new();
    for (&unit, _) in per_unit.iter().filter(|(_, score)| **score >= SPEAKS) {
        let last = (unit + NEIGHBOURS).min(units.len() - 1);
        let around = unit.saturating_sub(NEIGHBOURS)..=last;
        near.extend(around.filter(|other| units[*other].section == units[unit].section));
    }
    near
}

/// Weight from which a phrase says by itself what a unit is about: several words, or words that speak together.
const TELLING: f32 = 0.65;

/// Units on either side within which a telling phrase vouches for single words.
const VOUCHED: usize = 2;

/// What is left of a single word that stands alone: `protocol`, `quarterly` and `remarks` belong to many subjects.
const ALONE: f32 = 0.4;

/// Weakens single words that neither a title of the subjects nor a telling phrase nearby vouches for.
fn weaken_lone_words(units: &[Unit], hits: &mut [SubjectHit], under_title: &BTreeSet<usize>) {
    let telling: BTreeSet<usize> =
        hits.iter().filter(|hit| hit.weight >= TELLING).map(|hit| hit.unit).collect();
    for hit in hits.iter_mut().filter(|hit| hit.weight < TELLING && !under_title.contains(&hit.unit)) {
        let around = hit.unit.saturating_sub(VOUCHED)..=hit.unit + VOUCHED;
        let is_vouched = telling.range(around).any(|other| units[*other].section == units[hit.unit].section);
        if !is_vouched {
            hit.weight *= ALONE;
        }
    }
}

/// What is left of a phrase in a unit that has a decoy of the same subjects.
const BESIDE_DECOY: f32 = 0.3;

/// Returns the hits of all subjects in document order, each phrase and place once; decoys weaken what
/// stands in the same unit and vanish.
fn joined_hits(reading: &Reading, subjects: &[SubjectIndex]) -> Vec<SubjectHit> {
    let mut hits: Vec<SubjectHit> =
        subjects.iter().flat_map(|subject| reading.hits[*subject as usize].iter().copied()).collect();
    hits.sort_by(|a, b| (a.unit, a.phrase).cmp(&(b.unit, b.phrase)).then(b.weight.total_cmp(&a.weight)));
    hits.dedup_by_key(|hit| (hit.unit, hit.phrase));
    let decoyed: BTreeSet<usize> = hits.iter().filter(|hit| hit.weight < 0.0).map(|hit| hit.unit).collect();
    hits.retain(|hit| hit.weight > 0.0);
    for hit in &mut hits {
        if decoyed.contains(&hit.unit) {
            hit.weight *= BESIDE_DECOY;
        }
    }
    hits
}

/// Where the wording of a part counts how much: general words (`plan`, `reduce`) belong to a requirement
/// only where the requirement is spoken of.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// Units below the requirement's titles; they count in full.
    pub scope: &'a BTreeSet<usize>,
    /// Units around the requirement's own wording.
    pub near: &'a BTreeSet<usize>,
    /// Weight near the requirement's own wording.
    pub nearby: f32,
    /// Weight anywhere else.
    pub elsewhere: f32,
}

/// Returns the distinct wording of a subject, weighted by place.
pub fn wording_in_scope(reading: &Reading, subject: SubjectIndex, lens: Lens, places: Places) -> f32 {
    let mut distinct: HashMap<u32, f32> = HashMap::new();
    for hit in joined_hits(reading, &[subject]) {
        let place = if places.scope.contains(&hit.unit) {
            1.0
        } else if places.near.contains(&hit.unit) {
            places.nearby
        } else {
            places.elsewhere
        };
        let value = hit.weight * place * lens.trust(&reading.units.units[hit.unit]);
        keep_strongest(&mut distinct, hit.phrase, value);
    }
    sum_in_order(&distinct)
}

fn keep_strongest(values: &mut HashMap<u32, f32>, phrase: u32, value: f32) {
    let known = values.entry(phrase).or_insert(value);
    if value > *known {
        *known = value;
    }
}

/// Adds in the order of the phrases, so that the rounding does not depend on the hash map.
fn sum_in_order(values: &HashMap<u32, f32>) -> f32 {
    let mut sorted: Vec<(u32, f32)> = values.iter().map(|(phrase, value)| (*phrase, *value)).collect();
    sorted.sort_by_key(|(phrase, _)| *phrase);
    sorted.into_iter().map(|(_, value)| value).sum()
}

/// Returns the distinct wording of the densest run of [`WINDOW`] units within one section.
fn densest(units: &[Unit], hits: &[SubjectHit], lens: Lens) -> f32 {
    let mut strongest = 0.0f32;
    let mut first = 0;
    for last in 0..hits.len() {
        while hits[last].unit - hits[first].unit >= WINDOW
            || units[hits[last].unit].section != units[hits[first].unit].section
        {
            first += 1;
        }
        let is_last_of_unit = hits.get(last + 1).is_none_or(|next| next.unit != hits[last].unit);
        if !is_last_of_unit {
            continue;
        }
        let mut distinct: HashMap<u32, f32> = HashMap::new();
        for hit in &hits[first..=last] {
            keep_strongest(&mut distinct, hit.phrase, hit.weight * lens.trust(&units[hit.unit]));
        }
        strongest = strongest.max(sum_in_order(&distinct));
    }
    strongest
}

/// What a heading that names something else says against a sentence below it.
const OTHER_HEADING: f32 = 1.0;

/// What is said of some subjects where a sentence says no more of anything else.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Focus {
    /// Wording of the densest passage, that of each unit by how far it outweighs what the unit says of other elements: a
    /// sentence about rain that contains `cumulative` is about rain.
    pub wording: f32,
    /// Units that are about the subjects first of all.
    pub units: f32,
    /// Their content, scaled letters.
    pub size: f32,
    /// Their figures.
    pub figures: f32,
}

/// Length of one formal sentence, scaled letters.
const SLIM: f32 = 170.0;

impl Focus {
    /// True if what is said first of all of the subjects is no more than a sentence without a figure.
    pub fn is_slim(self) -> bool {
        self.figures == 0.0 && self.size <= SLIM
    }

    /// Weighs the wording of `subjects` against that of the elements that are not among `kin`.
    pub fn of(
        reading: &Reading,
        subjects: &[SubjectIndex],
        kin: &[SubjectIndex],
        scope: &BTreeSet<usize>,
        lens: Lens,
    ) -> Self {
        let units = &reading.units.units;
        let mut hits = joined_hits(reading, subjects);
        weaken_lone_words(units, &mut hits, scope);
        let mut focus = Self::default();
        for of_unit in hits.chunk_by_mut(|a, b| a.unit == b.unit) {
            let (index, unit) = (of_unit[0].unit, &units[of_unit[0].unit]);
            let own: f32 = of_unit.iter().map(|hit| hit.weight).sum();
            let others = reading.spoken[index].iter().filter(|(element, _)| !kin.contains(element));
            let mut rival = others.map(|(_, score)| *score).fold(0.0, f32::max);
            let headed = &reading.headed[index];
            if !headed.is_empty() && !headed.iter().any(|own| kin.contains(own)) && !scope.contains(&index) {
                rival = rival.max(OTHER_HEADING);
            }
            of_unit.iter_mut().for_each(|hit| hit.weight *= own / (own + rival).max(1e-6));
            let trust = lens.trust(unit);
            if own >= rival && own * trust >= SPEAKS {
                focus.units += 1.0;
                focus.size += trust * unit.size.min(600.0);
                focus.figures += unit.figures as f32;
            }
        }
        focus.wording = densest(units, &hits, lens);
        focus
    }
}
