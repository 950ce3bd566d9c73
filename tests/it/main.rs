//! Whole-program tests.

mod api;
mod command_line;
mod contract;
mod evaluation;
mod index_conformance;
mod index_directory;
mod index_server;
mod limits;
mod qdrant_protocol;
mod scanned_pages;
mod service;
mod submissions;
