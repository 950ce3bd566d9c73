//! Tables whose cells hold several printed lines: read cell by cell, not line by line.
//!
//! A band of rows is such a table if gutters run through nearly all of it and one column holds running
//! text. Rows of the table are told apart by the wider gaps in that column; where there are none (cells
//! centred against each other) each column is read as one cell, which keeps its sentences whole.

use super::layout::Segment;

/// Rows that a band needs, and rows that must have cells on both sides of a gutter.
const FEWEST_ROWS: usize = 4;
const FEWEST_SUPPORTERS: usize = 3;
/// Rows of a page that are looked at together: printed pages have a hundred, endless ones are cut.
pub(super) const MOST_ROWS: usize = 500;
/// Gutters of a table.
const MOST_GUTTERS: usize = 100;
/// Segments that are looked at for the tables of one page, each as often as it is: some seconds. The fullest printed
/// pages need a twentieth of it.
pub(super) const MOST_LOOKED_AT: usize = 10_000_000;

/// A table found at the start of some rows.
pub(super) struct Table {
    /// Printed rows it takes.
    pub(super) length: usize,
    /// Cells of each row of the table.
    pub(super) rows: Vec<Vec<String>>,
    /// First segment of each row of the table, for its place and looks.
    pub(super) first: Vec<Segment>,
}

/// Finds a table with wrapped cells that begins at the first of `rows`. `left` is how many segments may still be
/// looked at.
pub(super) fn find(rows: &[Vec<Segment>], width: f32, left: &mut usize) -> Option<Table> {
    if rows.first()?.len() < 2 {
        return None;
    }
    let is_text = |row: &[Segment]| row.len() == 1 && row[0].right - row[0].left > 0.62 * width;
    let mut length = rows.iter().take(MOST_ROWS).take_while(|row| !is_text(row)).count();
    *left = left.checked_sub(rows[..length].iter().map(Vec::len).sum())?;
    let gutters = gutters(&rows[..length]);
    let crosses = |row: &[Segment]| {
        row.iter().any(|segment| gutters.iter().any(|x| segment.left < x - 1.0 && segment.right > x + 1.0))
    };
    while length > 0
        && (crosses(&rows[length - 1]) || (rows[length - 1].len() == 1 && rows[length - 1][0].left > width))
    {
        length -= 1;
    }
    if gutters.is_empty() || gutters.len() > MOST_GUTTERS || length < FEWEST_ROWS || crosses(&rows[0]) {
        return None;
    }
    let band = &rows[..length];
    let column_of =
        |segment: &Segment| gutters.iter().filter(|x| (segment.left + segment.right) / 2.0 > **x).count();
    let mut columns: Vec<Vec<&Segment>> = vec![Vec::new(); gutters.len() + 1];
    for segment in band.iter().flatten() {
        columns[column_of(segment)].push(segment);
    }
    let prose = columns.iter().position(|column| is_prose(column, width))?;
    let starts = row_starts(&columns[prose]);
    let mut table = Table { length, rows: Vec::new(), first: Vec::new() };
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(f32::MAX);
        let from = if index == 0 { f32::MIN } else { *start };
        let inside = |segment: &&&Segment| segment.y >= from && segment.y < end;
        let cells: Vec<String> =
            columns.iter().map(|column| cell(column.iter().filter(inside).copied())).collect();
        let first = columns
            .iter()
            .flatten()
            .filter(inside)
            .min_by(|a, b| a.y.total_cmp(&b.y).then(a.left.total_cmp(&b.left)));
        if let Some(first) = first {
            table.rows.push(cells);
            table.first.push((*first).clone());
        }
    }
    Some(table)
}

/// Places where hardly any row has text and several rows have text on both sides.
fn gutters(rows: &[Vec<Segment>]) -> Vec<f32> {
    let mut candidates: Vec<f32> =
        rows.iter().flat_map(|row| row.windows(2).map(|pair| (pair[0].right + pair[1].left) / 2.0)).collect();
    candidates.sort_by(f32::total_cmp);
    candidates.dedup_by(|a, b| (*a - *b).abs() < 2.0);
    let (crossing, supporting) = crossing_and_supporting(rows, &candidates);
    let mut centres: Vec<f32> =
        rows.iter().flatten().map(|segment| (segment.left + segment.right) / 2.0).collect();
    centres.sort_by(f32::total_cmp);
    let is_something_between = |from: f32, to: f32| {
        let next = centres.partition_point(|centre| *centre <= from);
        centres.get(next).is_some_and(|centre| *centre < to)
    };
    let mut found: Vec<(f32, usize)> = Vec::new();
    for ((x, crossing), supporting) in candidates.into_iter().zip(crossing).zip(supporting) {
        let fits =
            crossing * 25 <= rows.len() && supporting >= FEWEST_SUPPORTERS && supporting * 5 >= rows.len();
        if !fits {
            continue;
        }
        match found.last_mut() {
            // Two places with nothing in between are one gutter.
            Some((last, best)) if !is_something_between(*last, x) => {
                if supporting > *best {
                    (*last, *best) = (x, supporting);
                }
            }
            _ => found.push((x, supporting)),
        }
    }
    found.into_iter().map(|(x, _)| x).collect()
}

/// How many segments cross each of some places, and how many rows have segments on both sides close to it. The places
/// are in order, so those that a segment or a gap concerns follow each other.
fn crossing_and_supporting(rows: &[Vec<Segment>], places: &[f32]) -> (Vec<usize>, Vec<usize>) {
    let mut crossing = Coverage(vec![0; places.len() + 1]);
    let mut supporting = Coverage(vec![0; places.len() + 1]);
    for row in rows {
        for segment in row {
            let from = places.partition_point(|x| segment.left >= x - 1.0);
            crossing.add(from, places.partition_point(|x| segment.right > x + 1.0));
        }
        // A row counts once where two of its gaps meet.
        let mut counted = 0;
        for pair in row.windows(2) {
            let from = places.partition_point(|x| pair[0].right > x + 1.0).max(counted);
            let to = places.partition_point(|x| pair[1].left >= x - 1.0);
            supporting.add(from, to);
            counted = counted.max(to);
        }
    }
    (crossing.counts(), supporting.counts())
}

/// By how much the count of each place differs from that of the place before.
struct Coverage(Vec<isize>);

impl Coverage {
    fn add(&mut self, from: usize, to: usize) {
        if from < to {
            self.0[from] += 1;
            self.0[to] -= 1;
        }
    }

    fn counts(self) -> Vec<usize> {
        let sums = self.0.into_iter().scan(0_isize, |sum, step| {
            *sum += step;
            Some(sum.unsigned_abs())
        });
        sums.collect()
    }
}

/// True if the column has several long lines of words.
fn is_prose(column: &[&Segment], width: f32) -> bool {
    let long = column
        .iter()
        .filter(|segment| {
            segment.text.split_whitespace().nth(3).is_some() && segment.right - segment.left > 0.2 * width
        })
        .count();
    long >= FEWEST_ROWS && long * 2 >= column.len()
}

/// Where the rows of the table begin, by the wider gaps in its column of running text.
fn row_starts(column: &[&Segment]) -> Vec<f32> {
    let mut lines: Vec<f32> = column.iter().map(|segment| segment.y).collect();
    lines.sort_by(f32::total_cmp);
    let mut distances: Vec<f32> =
        lines.windows(2).map(|pair| pair[1] - pair[0]).filter(|distance| *distance > 1.0).collect();
    distances.sort_by(f32::total_cmp);
    let pitch = distances.get(distances.len() / 3).copied().unwrap_or(12.0);
    let mut starts = vec![lines.first().copied().unwrap_or(0.0)];
    starts.extend(
        lines.windows(2).filter(|pair| pair[1] - pair[0] > 1.3 * pitch).map(|pair| pair[1] - 0.5 * pitch),
    );
    starts
}

fn cell<'a>(segments: impl Iterator<Item = &'a Segment>) -> String {
    let mut segments: Vec<&Segment> = segments.collect();
    segments.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.left.total_cmp(&b.left)));
    let mut out = String::new();
    for segment in segments {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(segment.text.trim());
    }
    out.replace('|', "/")
}
