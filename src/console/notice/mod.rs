//! The defect notice: a draft letter made of the gaps that reviewers accepted, numbered and with law, page and quote.
//!
//! A draft and nothing more: a person edits, signs and sends it. The law allows no new grounds later (CMR 234, Annex 2
//! point 23), so the page says which gaps are still undecided before the letter is used.

mod letter;
mod page;

pub use page::{docx, page};
