//! One row of a table while its cells are read: it becomes one line, unless the table only lays out the page.

use super::draft::{Line, LineKind};
use super::plain::join_cells;

/// An open row: per cell the lines in it.
#[derive(Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Vec<Line>>,
}

impl Row {
    /// Returns the row as one line. A row with headings, with rows of its own, with more than `longest` bytes or with
    /// a single filled cell holds the page's layout, not data: its lines come back as they are.
    pub(crate) fn close(self, longest: usize) -> Vec<Line> {
        let all = || self.cells.iter().flatten();
        let is_structured = all().any(|line| matches!(line.kind, LineKind::Heading(_) | LineKind::TableRow));
        let length: usize = all().map(|line| line.text.len()).sum();
        let filled = self.cells.iter().filter(|cell| !cell.is_empty()).count();
        if is_structured || length > longest || filled <= 1 {
            return self.cells.into_iter().flatten().collect();
        }
        let text = |cell: &Vec<Line>| {
            cell.iter().map(|line| line.text.replace('|', "/")).collect::<Vec<_>>().join(" ")
        };
        let cells: Vec<String> = self.cells.iter().map(text).collect();
        Line::new(&join_cells(cells.iter().map(String::as_str)), 1, LineKind::TableRow).into_iter().collect()
    }
}
