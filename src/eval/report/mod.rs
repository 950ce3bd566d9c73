//! Shows results: files for programs, a table for the terminal, one self-contained page for people.

pub mod compared;
pub mod html;
pub mod store;
pub mod svg;
pub mod table;
