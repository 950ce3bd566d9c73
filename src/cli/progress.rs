//! Progress on a terminal, nothing otherwise.

use std::io::IsTerminal;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use crate::screen::run::{Progress, Stage};

/// Returns a bar on standard error, hidden if that is no terminal.
pub fn bar(total: u64, what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.set_message(what.to_owned());
    bar
}

/// Returns a progress receiver that shows the stages of a screening.
pub fn of_screening(name: &str) -> Progress {
    if !std::io::stderr().is_terminal() {
        return Arc::new(|_, _, _| {});
    }
    let bar = bar(0, name);
    let name = name.to_owned();
    Arc::new(move |stage, done, total| {
        let (verb, last) = match stage {
            Stage::Read => ("reading", false),
            Stage::Embed => ("embedding", false),
            Stage::Completeness => ("checking completeness", false),
            Stage::Risk => ("scanning for risk terms", false),
            Stage::Precedents => ("searching precedents", true),
        };
        bar.set_message(format!("{name}: {verb}"));
        bar.set_length(total.max(done));
        bar.set_position(done);
        if last {
            bar.finish_and_clear();
        }
    })
}
