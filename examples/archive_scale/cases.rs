//! Synthetic cases: what real archives look like to an index, from a seed.
//!
//! *Vectors.* Embeddings of real passages lie near few directions: passages about one theme are alike,
//! passages of one case more so, and what remains varies along some dozens of directions of falling
//! weight rather than along all 384. So a vector is the sum of a theme, an offset of the case, a
//! variation in a space of 64 falling directions, and a little noise. *Texts.* Words follow Zipf's law,
//! half of them from a vocabulary of the theme. *Queries* are new passages of the same kind, half of them
//! near an archived one. The same number always gives the same case.

use eia_screen::domain::case::{Case, Facets};
use eia_screen::domain::ids::{CaseId, DocumentId};
use eia_screen::index::store::{IndexedDocument, IndexedPassage, SparseVector};
use eia_screen::index::{sparse_query, sparse_vector};

/// Vector length.
pub const DIMENSION: usize = 384;
/// Passages of every case.
pub const PASSAGES_PER_CASE: usize = 60;

const ACTIVITIES: usize = 20;
const THEMES: usize = 120;
const VARIATIONS: usize = 64;
const WORDS_PER_PASSAGE: usize = 110;
const SHARED_WORDS: u64 = 40_000;
const THEME_WORDS: u64 = 3_000;
const COUNTRIES: [&str; 4] = ["UZ", "KR", "US", "KZ"];

/// Share of a query that its archived model keeps.
const NEARNESS: f32 = 0.8;

/// A search.
pub struct Query {
    /// Its vector.
    pub dense: Vec<f32>,
    /// Its words.
    pub sparse: SparseVector,
    /// Activity type of the case it might come from.
    pub activity: String,
}

/// Makes cases and queries.
pub struct Generator {
    themes: Vec<Vec<f32>>,
    variations: Vec<Vec<f32>>,
}

impl Generator {
    /// Draws what all cases share.
    pub fn new() -> Self {
        let mut random = Random::seeded(1, 0);
        let themes = (0..THEMES).map(|_| random.direction(1.0)).collect();
        let variations = (0..VARIATIONS).map(|rank| random.direction(1.0 / (1.0 + rank as f32).sqrt()));
        Self { themes, variations: variations.collect() }
    }

    /// Returns a case with its document.
    pub fn case(&self, number: usize) -> (Case, Vec<IndexedDocument>) {
        let id = case_id(number);
        let case = Case {
            id,
            title: format!("Synthetic project {number}"),
            facets: facets(number),
            decision: "approved_with_conditions".to_owned(),
            conditions: vec!["Measure dust every month".to_owned()],
            documents: Vec::new(),
            positions: Vec::new(),
        };
        let passages = self.vectors(number).into_iter().zip(1..).map(|(dense, ordinal)| {
            let theme = theme_of(number, ordinal as usize);
            let terms = words(number as u64, u64::from(ordinal), theme);
            IndexedPassage {
                ordinal,
                heading_path: format!("Chapter {} > Section {ordinal}", ordinal / 8),
                page: Some(1 + ordinal / 2),
                text: terms.join(" "),
                language: "en".to_owned(),
                dense: Some(dense),
                sparse: sparse_vector(&terms),
            }
        });
        let document = IndexedDocument {
            id: DocumentId::of_content(&[&format!("synthetic {number}")]),
            name: format!("report-{number}.pdf"),
            sha256: format!("{number:064x}"),
            pages: 31,
            passages: passages.collect(),
        };
        (case, vec![document])
    }

    /// Returns the vectors of a case alone.
    fn vectors(&self, number: usize) -> Vec<Vec<f32>> {
        let mut random = Random::seeded(3, number as u64);
        let offset = self.variation(&mut random, 0.5);
        let vector = |ordinal| self.vector(&mut random, theme_of(number, ordinal), &offset);
        (1..=PASSAGES_PER_CASE).map(vector).collect()
    }

    fn vector(&self, random: &mut Random, theme: usize, offset: &[f32]) -> Vec<f32> {
        let (varied, noise) = (self.variation(random, 0.55), random.direction(0.15));
        let sum = |i: usize| self.themes[theme][i] * 0.7 + offset[i] + varied[i] + noise[i];
        unit((0..DIMENSION).map(sum).collect())
    }

    fn variation(&self, random: &mut Random, length: f32) -> Vec<f32> {
        let mut sum = vec![0.0; DIMENSION];
        for variation in &self.variations {
            let weight = random.normal();
            sum.iter_mut().zip(variation).for_each(|(sum, value)| *sum += weight * value);
        }
        let norm = norm(&sum);
        sum.iter_mut().for_each(|value| *value *= length / norm);
        sum
    }

    /// Returns a search over an archive of so many cases.
    pub fn query(&self, number: usize, cases: usize) -> Query {
        let mut random = Random::seeded(4, number as u64);
        let case = random.below(cases as u64) as usize;
        let ordinal = 1 + random.below(PASSAGES_PER_CASE as u64) as usize;
        let theme = theme_of(case, ordinal);
        let offset = self.variation(&mut random, 0.5);
        let mut dense = self.vector(&mut random, theme, &offset);
        if number.is_multiple_of(2) {
            let model = &self.vectors(case)[ordinal - 1];
            dense = unit(dense.iter().zip(model).map(|(q, m)| q * (1.0 - NEARNESS) + m * NEARNESS).collect());
        }
        let terms = words(u64::MAX - number as u64, 0, theme);
        Query { dense, sparse: sparse_query(&terms[..40]), activity: activity(case) }
    }

    /// Returns case and ordinal of the `top` nearest passages of each query among cases that pass, by
    /// comparing all of them.
    pub fn exact_nearest(
        &self,
        queries: &[Query],
        cases: usize,
        top: usize,
        passes: impl Fn(&Query, &Facets) -> bool,
    ) -> Vec<Vec<(String, u32)>> {
        let mut best: Vec<Vec<(f32, usize, u32)>> = vec![Vec::new(); queries.len()];
        for number in 0..cases {
            let (vectors, facets) = (self.vectors(number), facets(number));
            for (query, best) in queries.iter().zip(&mut best) {
                if !passes(query, &facets) {
                    continue;
                }
                for (vector, ordinal) in vectors.iter().zip(1..) {
                    let score: f32 = dot(&query.dense, vector);
                    if best.len() < top || score > best[top - 1].0 {
                        let at = best.partition_point(|(other, ..)| *other >= score);
                        best.insert(at, (score, number, ordinal));
                        best.truncate(top);
                    }
                }
            }
        }
        let name = |(_, number, ordinal): (f32, usize, u32)| (case_id(number).to_string(), ordinal);
        best.into_iter().map(|best| best.into_iter().map(name).collect()).collect()
    }
}

fn case_id(number: usize) -> CaseId {
    CaseId::parse(&format!("synthetic-{number:07}")).expect("letters, digits and a hyphen are an id")
}

fn facets(number: usize) -> Facets {
    let mut random = Random::seeded(2, number as u64);
    let year = 1998 + i32::try_from(random.below(28)).unwrap_or_default();
    Facets {
        activity_type: activity(number),
        jurisdiction: COUNTRIES[random.below(4) as usize].to_owned(),
        region: format!("region {}", random.below(60)),
        category: ["I", "II", "III"][random.below(3) as usize].to_owned(),
        agency: format!("agency {}", random.below(25)),
        document_type: ["EIS", "EA", "statement"][random.below(3) as usize].to_owned(),
        language: "en".to_owned(),
        year,
        decision_date: format!("{year}-{:02}-{:02}", 1 + random.below(12), 1 + random.below(28)),
        ..Facets::default()
    }
}

fn activity(number: usize) -> String {
    format!("activity {}", number % ACTIVITIES)
}

/// A case speaks of the themes of its activity, and of some that every case has.
fn theme_of(case: usize, ordinal: usize) -> usize {
    let chapter = ordinal / 5;
    if chapter.is_multiple_of(2) { chapter % 20 } else { 20 + (case % ACTIVITIES) * 5 + chapter % 5 }
}

fn words(case: u64, ordinal: u64, theme: usize) -> Vec<String> {
    let mut random = Random::seeded(5, case.wrapping_mul(1_009).wrapping_add(ordinal));
    let word = |_| {
        if random.below(2) == 0 {
            spelled(random.zipf(SHARED_WORDS))
        } else {
            spelled(SHARED_WORDS + theme as u64 * THEME_WORDS + random.zipf(THEME_WORDS))
        }
    };
    (0..WORDS_PER_PASSAGE).map(word).collect()
}

/// Spells a number in syllables, so that it looks like a word and is as long as one.
fn spelled(mut number: u64) -> String {
    const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let mut word = String::new();
    while word.len() < 4 || number > 0 {
        word.push(char::from(CONSONANTS[(number % 14) as usize]));
        number /= 14;
        word.push(char::from(VOWELS[(number % 5) as usize]));
        number /= 5;
    }
    word
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (mut lanes, chunks) = ([0.0_f32; 16], a.chunks_exact(16).zip(b.chunks_exact(16)));
    for (a, b) in chunks {
        for lane in 0..16 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum()
}

fn norm(vector: &[f32]) -> f32 {
    dot(vector, vector).sqrt()
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let norm = norm(&vector);
    vector.iter_mut().for_each(|value| *value /= norm);
    vector
}

/// SplitMix64: small, and the same on every machine.
struct Random(u64);

impl Random {
    fn seeded(purpose: u64, number: u64) -> Self {
        let mut random =
            Self(purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normally distributed: the sum of four uniform numbers, scaled to variance 1.
    fn normal(&mut self) -> f32 {
        let bits = self.next();
        let sum: u64 = (0..4).map(|part| (bits >> (16 * part)) & 0xFFFF).sum();
        ((sum as f32 / 65_535.0) - 2.0) * 1.732_050_8
    }

    fn direction(&mut self, length: f32) -> Vec<f32> {
        let drawn: Vec<f32> = (0..DIMENSION).map(|_| self.normal()).collect();
        let norm = norm(&drawn);
        drawn.into_iter().map(|value| value * length / norm).collect()
    }

    /// A rank below `count`, rank r drawn about as often as 1/(r+1).
    fn zipf(&mut self, count: u64) -> u64 {
        let rank = ((count as f64).ln() * self.share()).exp() as u64;
        rank.clamp(1, count) - 1
    }
}
