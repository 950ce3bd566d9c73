//! Whole-program tests.

mod api;
mod command_line;
mod index_conformance;
mod index_directory;
mod index_server;
mod qdrant_protocol;
mod scanned_pages;
