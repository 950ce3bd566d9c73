//! The defect notice: a draft letter made of the gaps that reviewers accepted, numbered and with law, page and quote.
//!
//! A draft and nothing more: a person edits, signs and sends it. The law allows no new grounds later (CMR 234, Annex 2
//! point 23), so the page and the letter say what is still open before the letter is used: gaps without a decision,
//! requirements that nobody has examined, parts of the file that were not examined.

mod letter;
mod page;
mod standing;

pub use page::{docx, page};
pub use standing::{Standing, standing};
