//! Whole-program tests.

mod index_conformance;
mod index_directory;
mod index_server;
mod qdrant_protocol;
