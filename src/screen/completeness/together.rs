//! Which words of a sentence speak for a subject only together?
//!
//! `together` lists of the vocabulary ([`crate::rules::vocabulary`]): what a sentence is about and what it says about
//! it, in any order. Every word that tells what the sentence is about counts once, if another word says something of it.

use super::reading::SubjectHit;
use super::subjects::{SubjectIndex, Subjects};
use super::units::Hit;

/// Weight of words that speak together.
const TOGETHER: f32 = 0.7;

/// Returns what words of one unit say together: once per word that tells what the unit is about.
pub fn said_together(hits: &[Hit], subjects: &Subjects) -> Vec<(SubjectIndex, SubjectHit)> {
    let mut sides: Vec<(u32, bool, &Hit)> = hits
        .iter()
        .flat_map(|hit| subjects.sides(hit.phrase).iter().map(move |side| (side.pair, side.is_of, hit)))
        .collect();
    sides.sort_by_key(|(pair, is_of, hit)| (*pair, *is_of, hit.phrase, hit.range.start));
    let mut found: Vec<(SubjectIndex, SubjectHit)> = Vec::new();
    for of_pair in sides.chunk_by(|a, b| a.0 == b.0) {
        let subject = subjects.of_pair(of_pair[0].0);
        let (said, about) = of_pair.split_at(of_pair.partition_point(|(_, is_of, _)| !is_of));
        for (_, _, word) in about {
            let is_said = said.iter().any(|(_, _, other)| !other.range.overlaps(word.range));
            let hit = SubjectHit { unit: word.unit, phrase: word.phrase, weight: TOGETHER };
            if is_said && !found.iter().any(|(own, known)| *own == subject && known.phrase == hit.phrase) {
                found.push((subject, hit));
            }
        }
    }
    found
}
