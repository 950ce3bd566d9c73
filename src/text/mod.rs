//! Pure text functions: what do these characters say, whatever script, keyboard or layout wrote them?
//!
//! `ingest` cuts and tags text with [`language`] and [`sentences`], `rules` and `screen` look for wording
//! with [`phrases`], `index` searches with the terms of [`tokens`], [`gloss`] puts other languages into English
//! words; all of them rest on [`normalize`].
//! Nothing here reads files, keeps settings or panics on any input, and every range that is handed out
//! lies on `char` boundaries of the text that was handed in.

pub mod gloss;
pub mod language;
pub mod names;
pub mod ngrams;
pub mod normalize;
pub mod numerals;
pub mod phrases;
pub mod script;
pub mod sentences;
pub mod stretches;
pub mod tokens;

mod abbreviations;
mod characters;
mod gloss_kin;
mod inflection_english;
mod language_cues;
mod lookalike;
mod offsets;
mod particles_korean;
mod phrase_build;
mod phrase_keys;
mod phrases_korean;
mod spelling_english;
mod stem_russian;
mod stem_uzbek;
mod stopwords;
pub(crate) mod translit;
mod words;
