//! Pure types of the field: no I/O, no async, nothing above this module is imported.
//!
//! Every other module speaks in these words (see the vocabulary in `ARCHITECTURE.md`): a *case* holds
//! *documents*, a document has *sections* and *passages*, a *screening* yields *findings* with
//! *evidence*, a reviewer records *verdicts*, and every result carries its *provenance*.

pub mod case;
pub mod document;
pub mod explanation;
pub mod fact;
pub mod finding;
pub mod ids;
pub mod language;
pub mod provenance;
pub mod report;
pub mod requirement;
pub mod risk;
pub mod span;
pub mod tenant;
pub mod verdict;
pub mod working_days;
