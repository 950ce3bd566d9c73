//! Whole-program tests.

mod access;
mod access_commands;
mod api;
mod backup;
mod command_line;
mod console;
mod console_access;
mod console_tls;
mod contract;
mod deploy;
mod durability;
mod evaluation;
mod fuzz_seeds;
mod health;
mod index_conformance;
mod index_directory;
mod index_server;
mod isolation;
mod limits;
mod qdrant_protocol;
mod scanned_pages;
mod service;
mod submissions;
