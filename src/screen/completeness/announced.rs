//! How much does each heading read like labelled headings that announce a requirement?
//!
//! Titles that the rules list are known word for word ([`super::reading`]); this judges those that no list has
//! ("Where do your figures come from?") by a classifier. A heading alone proves nothing: [`super::likeness`] counts it with
//! what stands below it.

use rayon::prelude::*;

use crate::domain::document::Document;
use crate::screen::classifier::wording::WordingReader;
use crate::screen::classifier::{Classifier, probability, sum_of_odds};

/// Before labels that say what a heading announces.
pub const HEADING: &str = "heading:";

/// The labels of what headings announce for one requirement.
#[derive(Debug)]
pub struct HeadingLabels {
    /// Of the requirement itself.
    pub own: Option<usize>,
    /// Of its elements.
    pub elements: Vec<usize>,
}

impl HeadingLabels {
    /// Returns the probability that a heading with these log-odds announces the requirement.
    fn probability(&self, odds: &[f32]) -> f32 {
        let elements = self.elements.iter().map(|label| odds[*label]).reduce(f32::max);
        let own = self.own.map(|label| odds[label]);
        match (own, elements) {
            (Some(own), Some(elements)) => probability(sum_of_odds(own, elements)),
            (Some(odds), None) | (None, Some(odds)) => probability(odds),
            (None, None) => 0.0,
        }
    }
}

/// Returns for every section how probable it is that its heading announces each requirement.
pub fn announced(
    document: &Document,
    classifier: &Classifier,
    reader: &WordingReader,
    requirements: &[&HeadingLabels],
) -> Vec<Vec<f32>> {
    let main = document.languages.first().map(|share| share.language);
    document
        .sections
        .par_iter()
        .map(|section| {
            let said = section
                .language
                .or(main)
                .map(|language| classifier.read(&reader.read(&section.title, language)));
            match said.filter(|said| !said.is_nothing()) {
                Some(said) => {
                    let odds = classifier.log_odds(&[&said], &[]);
                    requirements.iter().map(|labels| labels.probability(&odds)).collect()
                }
                None => vec![0.0; requirements.len()],
            }
        })
        .collect()
}
