//! Whole-program tests.

mod index_conformance;
