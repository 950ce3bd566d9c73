//! One finding with its count, sent again after a verdict on it was recorded.

use askama::Template;

use super::entries::{self, Item};
use super::page::decided;
use super::precedents::{self, PrecedentView};
use super::view::{self, FindingView};
use super::{Reading, Tab, Wanted};
use crate::console::error::Problem;
use crate::console::language::Words;
use crate::console::opened::Opened;
use crate::console::visit::Visit;
use crate::domain::verdict::Verdict;

/// The finding of a verdict, shown again after it was recorded.
pub fn again(
    visit: &Visit,
    opened: &Opened,
    verdicts: &[Verdict],
    wanted: &Wanted,
) -> Result<Option<String>, Problem> {
    let reading = Reading {
        opened,
        screener: &visit.backend.screener,
        w: visit.words,
        verdicts,
        wanted,
        no_picture: None,
    };
    let tab = Tab::parse(&wanted.tab);
    let Some(entry) = entries::all(&opened.report, tab).into_iter().find(|e| e.id() == wanted.finding) else {
        return Ok(None);
    };
    let base = reading.base();
    let csrf = visit.session.csrf.clone();
    let (decided, to_decide) = decided(&reading);
    let count = DecidedCount { w: visit.words, decided, to_decide }.render()?;
    let html = match entry.item {
        Item::Precedent(precedent) => {
            let precedent = precedents::view(&reading, precedent);
            OnePrecedent { w: visit.words, base, csrf, precedent }.render()?
        }
        _ => {
            let finding = view::finding(&reading, tab, &entry);
            OneFinding { w: visit.words, base, csrf, finding }.render()?
        }
    };
    Ok(Some(html + &count))
}

/// The count in the head of the report, replaced beside the finding.
#[derive(Template)]
#[template(
    source = r#"<span class="soft" id="decided" hx-swap-oob="true">{{ w.part("gaps-decided", decided, to_decide) }}</span>"#,
    ext = "html"
)]
struct DecidedCount {
    w: Words,
    decided: usize,
    to_decide: usize,
}

#[derive(Template)]
#[template(path = "console/finding.html")]
struct OneFinding {
    w: Words,
    base: String,
    csrf: String,
    finding: FindingView,
}

#[derive(Template)]
#[template(path = "console/precedent.html")]
struct OnePrecedent {
    w: Words,
    base: String,
    csrf: String,
    precedent: PrecedentView,
}
