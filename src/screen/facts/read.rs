//! What kind of fact is a figure, and what is it about?
//!
//! The unit narrows the kinds down, the wording around it decides. Where the wording does not say, a figure is no
//! fact: a length without a receptor, a mass that is neither emitted nor a capacity, a volume that is not water.

use super::cues::{Cue, CueFinder, Hit};
use super::sentence::Sentence;
use crate::domain::fact::{
    Base, FactKind, Flow, Period, Phase, Quantity, Standing, Statement, Subject, Unit,
};
use crate::domain::span::TextRange;

/// A fact and where its figure stands in the sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct SentenceFact {
    /// What was read.
    pub statement: Statement,
    /// What it is about.
    pub subject: Subject,
    /// How the sentence holds it.
    pub standing: Standing,
    /// When in the project's life.
    pub phase: Option<Phase>,
    /// True if the sentence says that this is the whole, the total, the design value or the nearest one.
    pub is_whole: bool,
    /// The figure as printed, within the sentence.
    pub range: TextRange,
}

/// Class and words of what a figure is about, and the statement it makes.
pub(super) type Read = (Statement, Subject);

/// Reads the figure at `index`; `None` if it is no fact.
pub(super) fn read(sentence: &Sentence<'_>, index: usize, finder: &CueFinder) -> Option<SentenceFact> {
    let reader = Reader { sentence, index, finder };
    let (statement, subject) = reader.statement()?;
    let standing = reader.standing(statement.kind());
    let phase = sentence.phase(index, finder);
    let is_whole = reader.is_whole(&statement);
    Some(SentenceFact { statement, subject, standing, phase, is_whole, range: sentence.amounts[index].range })
}

/// One figure in its sentence.
pub(super) struct Reader<'a, 's> {
    pub sentence: &'s Sentence<'a>,
    pub index: usize,
    pub finder: &'s CueFinder,
}

impl Reader<'_, '_> {
    fn statement(&self) -> Option<Read> {
        let quantity = self.sentence.amounts[self.index].quantity;
        match quantity.unit.base {
            Base::Metre => self.distance(quantity),
            Base::Hectare => Some(self.area(quantity)),
            // What is saved is neither emitted nor absorbed.
            Base::TonneCo2e | Base::Tonne if self.sentence.is_remarked(self.index, 24, Cue::Avoided) => None,
            Base::TonneCo2e => Some(self.greenhouse(quantity)),
            Base::Tonne | Base::Gram => self.mass(quantity),
            Base::CubicMetre => self.volume(quantity),
            Base::Megawatt => self.power(quantity),
            Base::Kilovolt => Some((Statement::Capacity(quantity), self.beside("voltage"))),
            Base::Head | Base::Place | Base::Piece => self.count(quantity),
        }
    }

    pub fn subject(&self, class: u16, hit: &Hit) -> Subject {
        Subject { class: self.finder.class(class).to_owned(), label: self.sentence.words(hit) }
    }

    /// A class without a word of its own takes the words behind the figure as label.
    fn beside(&self, class: &str) -> Subject {
        let range = self.sentence.amounts[self.index].range;
        let rest = &self.sentence.text[range.end..];
        let clause = rest.split([',', ';', '(', ')', ':', '|', '–']).next().unwrap_or("");
        let words: Vec<&str> = clause.split_whitespace().take(4).collect();
        let label = words.join(" ").trim_end_matches('.').to_owned();
        Subject { class: class.to_owned(), label }
    }

    fn timed(&self, quantity: Quantity) -> Quantity {
        let mut unit = quantity.unit;
        unit.period = unit.period.or_else(|| self.sentence.period(self.index, self.finder));
        Quantity { unit, ..quantity }
    }

    fn area(&self, quantity: Quantity) -> Read {
        let is_area = |cue| matches!(cue, Cue::Area(_));
        let hit = self.special_area().or_else(|| self.sentence.own_cue(self.index, is_area)).or_else(|| {
            let only =
                self.sentence.amounts.iter().filter(|a| a.quantity.unit.base == Base::Hectare).count() == 1;
            self.sentence.hits.iter().find(|hit| only && is_area(hit.cue)).copied()
        });
        let subject = match hit {
            Some(hit) => match hit.cue {
                Cue::Area(class) => self.subject(class, &hit),
                _ => self.beside("other"),
            },
            None => self.beside("other"),
        };
        (Statement::Area(quantity), subject)
    }

    /// What happens to the land says more than what it is called: lost before green before built on.
    fn special_area(&self) -> Option<Hit> {
        let s = self.sentence;
        let range = s.amounts[self.index].range;
        let own = s.own(self.index);
        ["disturbed", "green", "facility"]
            .iter()
            .find_map(|wanted| {
                s.hits.iter().find(|hit| {
                    let is_it = matches!(hit.cue, Cue::Area(class) if self.finder.class(class) == *wanted);
                    let before = hit.range.end <= range.start;
                    let gap =
                        if before { "" } else { &s.text[range.end.min(hit.range.start)..hit.range.start] };
                    is_it
                        && own.encloses(hit.range)
                        && (before || gap.len() <= 60 && !gap.contains([',', ';']))
                })
            })
            .copied()
    }

    /// A sink where absorbing is spoken of close by; if the figure's own words speak of emission too, the absorbing
    /// has to be its own: not that of the next figure, nor of a clause before.
    fn flow(&self) -> Flow {
        const REACH: usize = 60;
        let s = self.sentence;
        if !s.near(self.index, REACH, |cue| cue == Cue::Sink) {
            return Flow::Source;
        }
        let (range, own) = (s.amounts[self.index].range, s.own(self.index));
        let emits = || s.hits.iter().filter(move |hit| hit.cue == Cue::Emit && own.encloses(hit.range));
        let is_own = |hit: &Hit| {
            if hit.range.start >= range.end {
                let gap = &s.text[range.end..hit.range.start];
                let is_next = own.end < s.text.len() && own.end.saturating_sub(hit.range.end) < gap.len();
                gap.len() <= REACH && !gap.contains(';') && !is_next
            } else {
                let emits_since = emits().any(|emit| {
                    emit.range.start >= hit.range.end
                        && emit.range.end <= range.start
                        && s.text[hit.range.end..emit.range.start].contains([',', ';'])
                });
                range.start.saturating_sub(hit.range.end) <= REACH && !emits_since
            }
        };
        let mut sinks = s.hits.iter().filter(|hit| hit.cue == Cue::Sink && own.encloses(hit.range));
        if emits().next().is_none() || sinks.any(is_own) { Flow::Sink } else { Flow::Source }
    }

    fn is_greenhouse(&self, hit: &Hit) -> bool {
        matches!(hit.cue, Cue::Substance(class)
            if matches!(self.finder.class(class), "co2e" | "co2" | "ch4" | "n2o"))
    }

    fn greenhouse(&self, quantity: Quantity) -> Read {
        (Statement::Emission(self.timed(quantity), self.flow()), self.beside("co2e"))
    }

    fn mass(&self, quantity: Quantity) -> Option<Read> {
        let s = self.sentence;
        let is_substance = |cue| matches!(cue, Cue::Substance(_));
        if self.is_equivalent() {
            let unit = Unit { base: Base::TonneCo2e, ..quantity.unit };
            return Some(self.greenhouse(Quantity { unit, ..quantity }));
        }
        let emits = s.has(Cue::Emit) || self.is_listed_emission(quantity);
        let substance = s.belonging(self.index, is_substance).or_else(|| {
            let mut all = s.hits.iter().filter(|hit| is_substance(hit.cue));
            let first = all.next().copied();
            first.filter(|_| all.next().is_none())
        });
        // Only greenhouse gases have sinks: what a filter or the soil takes up of others is no fact.
        let is_taken_up = s.has(Cue::Sink) && substance.is_some_and(|hit| self.is_greenhouse(&hit));
        if (emits || is_taken_up)
            && !s.has(Cue::CapacityStrong)
            && let Some(hit) = substance
            && let Cue::Substance(class) = hit.cue
            && !self.is_consumption()
        {
            let flow = if self.is_greenhouse(&hit) { self.flow() } else { Flow::Source };
            return Some((Statement::Emission(self.timed(quantity), flow), self.subject(class, &hit)));
        }
        if emits && !s.has(Cue::Waste) && !s.has(Cue::Demand) && quantity.unit.base == Base::Gram {
            return Some((Statement::Emission(quantity, Flow::Source), self.beside("total")));
        }
        let water = s.own_cue(self.index, |cue| matches!(cue, Cue::Water(_)));
        if let Some(hit) = water
            && let Cue::Water(class) = hit.cue
            && self.finder.class(class) == "wastewater"
            && self.timed(quantity).unit.period == Some(Period::Day)
        {
            return Some((Statement::Water(self.timed(quantity)), self.subject(class, &hit)));
        }
        self.throughput(quantity, "production")
    }

    /// `CO2 эквивалентида йилига 15,3 минг т`: the gas stands before the figure.
    fn is_equivalent(&self) -> bool {
        let s = self.sentence;
        let own = s.own(self.index);
        let before = &s.folded[own.start..s.amounts[self.index].range.start];
        let gas = ["co2", "со2", "co₂", "со₂"].iter().filter_map(|gas| before.rfind(gas)).max();
        gas.is_some_and(|at| {
            let words = &before[at..];
            let is_near = words.len() <= 60 && !words.contains([',', ';']);
            is_near && ["equiv", "экв", "ekv", "환산"].iter().any(|word| words.contains(word))
        })
    }

    /// A pollutant beside a mass per time is an emission even where a table or note leaves the verb out, unless
    /// something is needed, made or thrown away; carbon dioxide is one in any case.
    fn is_listed_emission(&self, quantity: Quantity) -> bool {
        let s = self.sentence;
        let pollutant = |cue| match cue {
            Cue::Substance(class) => !matches!(self.finder.class(class), "total" | "co2e"),
            _ => false,
        };
        let Some(hit) = s.belonging(self.index, pollutant) else { return false };
        let is_co2 = matches!(hit.cue, Cue::Substance(class) if self.finder.class(class) == "co2");
        let other = s.near(self.index, 60, |cue| {
            matches!(cue, Cue::Demand | Cue::Waste | Cue::CapacityStrong | Cue::CapacityWeak | Cue::Storage)
        });
        !other && (is_co2 || self.timed(quantity).unit.period.is_some())
    }

    /// A demand word nearer than an emission word: what is burnt or used, not what is emitted.
    fn is_consumption(&self) -> bool {
        self.sentence.near(self.index, 30, |cue| cue == Cue::Demand)
            && !self.sentence.near(self.index, 60, |cue| matches!(cue, Cue::Emit | Cue::Sink))
    }

    /// A mass or a number of pieces per time, or a stored mass.
    fn throughput(&self, quantity: Quantity, class: &str) -> Option<Read> {
        let s = self.sentence;
        let timed = self.timed(quantity);
        // `quvvat 31 ming tonnadan 79 ming tonnaga yetadi`: the second figure continues the first.
        let continues = self.index > 0 && {
            let before = s.amounts[self.index - 1].range.end;
            let gap =
                &s.text[before.min(s.amounts[self.index].range.start)..s.amounts[self.index].range.start];
            gap.len() <= 12 && !gap.contains([',', ';'])
        };
        let strong = s.is_remarked(self.index, 120, Cue::CapacityStrong)
            || (continues && s.is_remarked(self.index - 1, 120, Cue::CapacityStrong));
        let weak = s.near(self.index, 90, |cue| cue == Cue::CapacityWeak);
        let facility = s.has(Cue::CapacityFacility);
        let waste = s.has(Cue::Waste) && !facility;
        let demand = s.near(self.index, 60, |cue| cue == Cue::Demand);
        if timed.unit.period.is_some() {
            let is_capacity = strong || ((weak || facility) && !waste && !demand);
            return is_capacity.then(|| (Statement::Capacity(timed), self.beside(class)));
        }
        let stored = s.near(self.index, 24, |cue| cue == Cue::Storage) && !waste;
        stored.then(|| (Statement::Capacity(quantity), self.beside("storage")))
    }

    fn volume(&self, quantity: Quantity) -> Option<Read> {
        let s = self.sentence;
        let is_water = |cue| matches!(cue, Cue::Water(_));
        let timed = self.timed(quantity);
        let strong = s.near(self.index, 120, |cue| cue == Cue::CapacityStrong);
        if timed.unit.period.is_some() && strong && s.has(Cue::Treatment) {
            return Some((Statement::Capacity(timed), self.beside("treatment")));
        }
        if timed.unit.period.is_none() && s.near(self.index, 60, |cue| cue == Cue::Storage) {
            return Some((Statement::Capacity(quantity), self.beside("storage")));
        }
        if timed.unit.period.is_none() && strong && !s.any(|cue| cue == Cue::NotWater && s.has(Cue::Waste)) {
            return Some((Statement::Capacity(quantity), self.beside("storage")));
        }
        // The nearer of the two decides what the volume is of.
        let of = s.own_cue(self.index, |cue| is_water(cue) || cue == Cue::NotWater);
        if of.is_some_and(|hit| hit.cue == Cue::NotWater) {
            return if strong { self.throughput(quantity, "production") } else { None };
        }
        let hit = of.or_else(|| s.belonging(self.index, is_water)).or_else(|| {
            (!s.has(Cue::NotWater)).then(|| s.hits.iter().find(|hit| is_water(hit.cue)).copied())?
        })?;
        let hit = self.special_use(hit);
        let Cue::Water(class) = hit.cue else { return None };
        Some((Statement::Water(timed), self.subject(class, &hit)))
    }

    /// `сточных вод`, `cooling water is recycled`: a use named close by says more than the word water.
    fn special_use(&self, hit: Hit) -> Hit {
        let Cue::Water(class) = hit.cue else { return hit };
        if self.finder.class(class) != "supply" {
            return hit;
        }
        let s = self.sentence;
        let own = s.own(self.index);
        let special = s.hits.iter().find(|other| {
            let is_special = matches!(other.cue, Cue::Water(index) if self.finder.class(index) != "supply");
            is_special && own.overlaps(other.range) && s.in_clause(self.index, other, usize::MAX)
        });
        special.copied().unwrap_or(hit)
    }

    fn power(&self, quantity: Quantity) -> Option<Read> {
        let demand = self.sentence.near(self.index, 40, |cue| cue == Cue::Demand)
            && !self.sentence.has(Cue::CapacityStrong);
        (!demand).then(|| (Statement::Capacity(quantity), self.beside("power")))
    }

    fn count(&self, quantity: Quantity) -> Option<Read> {
        let s = self.sentence;
        let strong = s.near(self.index, 120, |cue| cue == Cue::CapacityStrong);
        match quantity.unit.base {
            Base::Head => {
                let designed = strong || s.near(self.index, 40, |cue| cue == Cue::Livestock);
                designed.then(|| (Statement::Capacity(quantity), self.beside("livestock")))
            }
            Base::Place => {
                let designed = strong || s.near(self.index, 40, |cue| cue == Cue::Places);
                designed.then(|| (Statement::Capacity(quantity), self.beside("places")))
            }
            _ => {
                let timed = self.timed(quantity);
                timed.unit.period?;
                self.throughput(quantity, "production")
            }
        }
    }

    /// Only figures that claim to be the whole can contradict each other.
    fn is_whole(&self, statement: &Statement) -> bool {
        let s = self.sentence;
        let near = |reach, wanted| s.is_remarked(self.index, reach, wanted);
        // `of which 3 ha`, `each turbine … 6 MW`, `6 MW each`.
        let range = s.amounts[self.index].range;
        let is_part = s.hits.iter().filter(|hit| hit.cue == Cue::Part).any(|hit| {
            let before = hit.range.end <= range.start && range.start - hit.range.end <= 48;
            before || (hit.range.start >= range.end && hit.range.start - range.end <= 6)
        });
        if is_part {
            return false;
        }
        match statement {
            Statement::Location(_) => false,
            Statement::Distance(_) => near(120, Cue::Nearest),
            Statement::Capacity(_) => near(60, Cue::CapacityStrong),
            Statement::Area(_) | Statement::Emission(..) | Statement::Water(_) => near(60, Cue::Whole),
        }
    }

    fn standing(&self, kind: FactKind) -> Standing {
        let s = self.sentence;
        if s.has(Cue::Alternative) {
            return Standing::Alternative;
        }
        if kind == FactKind::Distance {
            if s.has(Cue::Required) {
                return Standing::Required;
            }
            // The nearest one exists, whatever is denied about it.
            if s.has(Cue::Negation) && s.has(Cue::Within) && !s.has(Cue::Nearest) {
                return Standing::Absent;
            }
        } else if s.near(self.index, 40, |cue| cue == Cue::Required) {
            return Standing::Required;
        }
        Standing::Stated
    }
}
