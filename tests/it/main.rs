//! Whole-program tests.

mod access;
mod access_commands;
mod allowance;
mod api;
mod backup;
mod command_line;
mod console;
mod console_access;
mod contract;
mod deletion;
mod durability;
mod evaluation;
mod fuzz_seeds;
mod index_conformance;
mod index_directory;
mod index_server;
mod isolation;
mod limits;
mod load;
mod program;
mod qdrant_protocol;
mod reindex;
mod scanned_pages;
mod service;
mod submissions;
mod traces;
