//! Whole-program tests.

mod api;
mod backup;
mod command_line;
mod durability;
mod evaluation;
mod index_conformance;
mod index_directory;
mod index_server;
mod qdrant_protocol;
mod scanned_pages;
