//! Placed pieces of text → lines in reading order: rows by baseline, cells by wide gaps, two columns
//! where a gutter runs through many rows of running text.

use crate::ingest::draft::{Line, LineKind, Looks, TidyLength, tidy};

use super::reader::{Piece, RawPage};
use super::table;

/// A stretch of a row without wide gaps.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) text: String,
    pub(super) left: f32,
    pub(super) right: f32,
    /// Baseline, growing downwards.
    pub(super) y: f32,
    size: f32,
    /// Characters in all, and of those bold and italic ones.
    solid: usize,
    bold: usize,
    italic: usize,
    lead: usize,
    leading: bool,
}

/// Pieces further apart than this many type sizes belong to different cells or columns.
const CELL_GAP: f32 = 1.6;
/// Rows that a gutter must run through to make columns.
const FEWEST_COLUMN_ROWS: usize = 6;

/// Lays out one page.
pub(crate) fn lines(page: &RawPage, number: u32) -> Vec<Line> {
    let (pieces, width, height) = upright(page);
    let rows = rows(pieces);
    let rows: Vec<Vec<Segment>> = rows.into_iter().map(segments).filter(|row| !row.is_empty()).collect();
    let mut lines = Vec::new();
    let mut left = table::MOST_LOOKED_AT;
    let mut at = 0;
    while at < rows.len() {
        match column_band(&rows[at..], width) {
            Some((length, gutter)) => {
                let band = &rows[at..at + length];
                for side in [true, false] {
                    let column: Vec<Vec<Segment>> = band
                        .iter()
                        .map(|row| {
                            row.iter()
                                .filter(|segment| ((segment.left + segment.right) / 2.0 < gutter) == side)
                                .cloned()
                                .collect::<Vec<_>>()
                        })
                        .filter(|row: &Vec<Segment>| !row.is_empty())
                        .collect();
                    emit(&column, number, height, &mut lines);
                }
                at += length;
            }
            None => {
                if let Some(found) = table::find(&rows[at..], width, &mut left) {
                    at += found.length;
                    emit_table(found, number, height, &mut lines);
                    continue;
                }
                let mut begins = |from: usize| {
                    rows[from].len() >= 2
                        && (column_band(&rows[from..], width).is_some()
                            || table::find(&rows[from..], width, &mut left).is_some())
                };
                let end = (at + 1..rows.len()).find(|from| begins(*from)).unwrap_or(rows.len());
                emit(&rows[at..end], number, height, &mut lines);
                at = end;
            }
        }
    }
    lines
}

/// Turns the page so that most of its text reads from left to right, with y growing downwards.
fn upright(page: &RawPage) -> (Vec<Piece>, f32, f32) {
    let mut votes = [0usize; 4];
    let quadrant = |degrees: f32| ((degrees / 90.0).round() as i32).rem_euclid(4) as usize;
    for piece in &page.pieces {
        votes[quadrant(piece.rotation)] += piece.text.len();
    }
    let turn = (0..4).max_by_key(|turn| (votes[*turn], 4 - *turn)).unwrap_or(0);
    let (width, height) = if turn % 2 == 0 { (page.width, page.height) } else { (page.height, page.width) };
    let mut pieces: Vec<Piece> = page
        .pieces
        .iter()
        .filter(|piece| {
            !piece.text.is_empty()
                && [piece.x, piece.y, piece.width, piece.height, piece.size].iter().all(|v| v.is_finite())
        })
        .cloned()
        .map(|mut piece| {
            let (x, y, w, h) = (piece.x, piece.y, piece.width, piece.height);
            (piece.x, piece.y, piece.width, piece.height) = match turn {
                0 => (x, page.height - y, w, h),
                1 => (y, x + w, h, w),
                2 => (page.width - x - w, y + h, w, h),
                _ => (page.height - y - h, page.width - x, h, w),
            };
            piece.rotation = quadrant(piece.rotation) as f32 - turn as f32;
            piece
        })
        .collect();
    // Text on its side (map labels, stamps) is read after the rest.
    pieces.sort_by_key(|piece| piece.rotation != 0.0);
    (pieces, width, height)
}

/// Groups pieces by baseline, top to bottom.
fn rows(mut pieces: Vec<Piece>) -> Vec<Vec<Piece>> {
    let turned = pieces.partition_point(|piece| piece.rotation == 0.0);
    let side = pieces.split_off(turned);
    pieces.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x.total_cmp(&b.x)));
    let mut rows: Vec<(f32, f32, Vec<Piece>)> = Vec::new();
    for piece in pieces {
        let size = piece.size.clamp(1.0, 200.0);
        match rows.last_mut() {
            // Superscripts and subscripts stand up to a third of the type size off the baseline.
            Some((y, row_size, row)) if (piece.y - *y).abs() <= 0.45 * size.max(*row_size).min(40.0) => {
                if size > *row_size {
                    *row_size = size;
                    *y = piece.y;
                }
                row.push(piece);
            }
            _ => rows.push((piece.y, size, vec![piece])),
        }
    }
    let mut rows: Vec<Vec<Piece>> = rows.into_iter().map(|(.., row)| row).collect();
    rows.extend(side.into_iter().map(|piece| vec![piece]));
    rows
}

/// Joins the pieces of a row, splitting at wide gaps.
fn segments(mut row: Vec<Piece>) -> Vec<Segment> {
    row.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut segments: Vec<Segment> = Vec::new();
    let mut tidied = TidyLength::default();
    let mut last: Option<(String, f32)> = None;
    for piece in row {
        let solid = piece.text.chars().filter(|c| !c.is_whitespace()).count();
        if solid == 0 {
            if let Some(segment) = segments.last_mut()
                && !segment.text.ends_with(' ')
            {
                segment.text.push(' ');
            }
            continue;
        }
        // Overprinted text (shadows, poor man's bold) comes twice at the same place.
        if last.as_ref().is_some_and(|(text, x)| *text == piece.text && (piece.x - x).abs() < 1.0) {
            continue;
        }
        last = Some((piece.text.clone(), piece.x));
        let size = piece.size.clamp(1.0, 200.0);
        let gap = segments.last().map_or(f32::MAX, |segment| piece.x - segment.right);
        let joins = gap < CELL_GAP * size.min(segments.last().map_or(size, |segment| segment.size.max(6.0)));
        if !joins {
            tidied = TidyLength::default();
            segments.push(Segment {
                text: String::new(),
                left: piece.x,
                right: piece.x,
                y: piece.y,
                size: 0.0,
                solid: 0,
                bold: 0,
                italic: 0,
                lead: 0,
                leading: true,
            });
        }
        let Some(segment) = segments.last_mut() else { continue };
        if joins && gap > 0.15 * size && !segment.text.ends_with(' ') && !piece.text.starts_with(' ') {
            segment.text.push(' ');
        }
        segment.text.push_str(&piece.text);
        segment.right = segment.right.max(piece.x + piece.width);
        // The size of a line is that of most of its characters; footnote marks do not count.
        if solid > segment.solid || segment.size == 0.0 {
            segment.size = size;
        }
        segment.solid += solid;
        segment.bold += if piece.bold { solid } else { 0 };
        segment.italic += if piece.italic { solid } else { 0 };
        segment.leading &= piece.bold || piece.italic;
        if segment.leading {
            segment.lead = tidied.of(&segment.text);
        }
    }
    segments.retain(|segment| !segment.text.trim().is_empty());
    segments
}

/// If two columns of running text start at the first row, returns how many rows they take and where
/// the gutter is.
fn column_band(rows: &[Vec<Segment>], width: f32) -> Option<(usize, f32)> {
    let first = rows.first()?;
    let [left, right] = first.as_slice() else { return None };
    let gutter = (left.right + right.left) / 2.0;
    if !(0.3 * width..0.7 * width).contains(&gutter) || right.left - left.right > 0.15 * width {
        return None;
    }
    let mut length = 0;
    let (mut both, mut long, mut all) = (0usize, 0usize, 0usize);
    for row in rows.iter().take(table::MOST_ROWS).take_while(|row| row.len() <= 2) {
        let clear = row.iter().all(|segment| segment.right <= gutter + 2.0 || segment.left >= gutter - 2.0);
        if !clear {
            break;
        }
        length += 1;
        both += usize::from(row.len() == 2);
        for segment in row {
            all += 1;
            long += usize::from(
                segment.text.split_whitespace().nth(3).is_some()
                    && segment.right - segment.left > 0.28 * width,
            );
        }
    }
    // Tables have short cells; columns of text have long lines on both sides.
    (both >= FEWEST_COLUMN_ROWS && both * 2 >= length && long * 10 >= all * 6).then_some((length, gutter))
}

/// Turns rows of one column into lines.
fn emit(rows: &[Vec<Segment>], number: u32, height: f32, lines: &mut Vec<Line>) {
    let left = rows.iter().flatten().map(|segment| segment.left).fold(f32::MAX, f32::min);
    let right = right_edge(rows);
    let pitch = pitch(rows);
    for (index, row) in rows.iter().enumerate() {
        let (kind, text) = row_text(row);
        let Some(mut line) = Line::new(&text, number, kind) else { continue };
        let solid: usize = row.iter().map(|segment| segment.solid).sum();
        let bold: usize = row.iter().map(|segment| segment.bold).sum();
        let italic: usize = row.iter().map(|segment| segment.italic).sum();
        let size = row.iter().max_by_key(|segment| segment.solid).map_or(0.0, |segment| segment.size);
        line.looks = Looks {
            size: (size * 2.0).round() / 2.0,
            bold: bold * 10 >= solid * 9,
            italic: italic * 10 >= solid * 9,
            lead: row.first().map_or(
                0,
                |segment| {
                    if segment.leading { 0 } else { segment.lead.min(text.len()) }
                },
            ),
            ..Looks::default()
        };
        while !line.text.is_char_boundary(line.looks.lead.min(line.text.len())) {
            line.looks.lead -= 1;
        }
        line.looks.lead = line.looks.lead.min(line.text.len());
        let (y, start, end) = (row[0].y, row[0].left, row.last().map_or(0.0, |segment| segment.right));
        let centre = (start + end) / 2.0;
        line.looks.centred = start - left > 2.0 * size && ((left + right) / 2.0 - centre).abs() < 1.5 * size;
        line.gap = match index.checked_sub(1).map(|before| &rows[before]) {
            None => true,
            Some(before) => {
                let distance = y - before[0].y;
                distance > 1.35 * pitch.max(1.02 * size) || distance < -size
            }
        };
        line.indent = start - left;
        line.height = y / height;
        let next_word = rows.get(index + 1).map_or(0.0, |next| first_word_width(&next[0]));
        line.full = end + next_word + 0.25 * size > right - 0.5 * size;
        lines.push(line);
    }
}

/// Turns a table with wrapped cells into one line per row of the table.
fn emit_table(found: table::Table, number: u32, height: f32, lines: &mut Vec<Line>) {
    for (index, (cells, first)) in found.rows.iter().zip(&found.first).enumerate() {
        let text = crate::ingest::plain::join_cells(cells.iter().map(String::as_str));
        if let Some(mut line) = Line::new(&text, number, LineKind::TableRow) {
            line.looks.size = (first.size * 2.0).round() / 2.0;
            line.gap = index == 0;
            line.height = first.y / height;
            lines.push(line);
        }
    }
}

/// The right edge of the column: the one that only few lines pass.
fn right_edge(rows: &[Vec<Segment>]) -> f32 {
    let mut edges: Vec<f32> = rows.iter().filter_map(|row| row.last()).map(|segment| segment.right).collect();
    edges.sort_by(f32::total_cmp);
    edges.get(edges.len().saturating_sub(1) * 9 / 10).copied().unwrap_or(0.0)
}

/// The usual distance between lines.
fn pitch(rows: &[Vec<Segment>]) -> f32 {
    let mut distances: Vec<f32> =
        rows.windows(2).map(|pair| pair[1][0].y - pair[0][0].y).filter(|distance| *distance > 1.0).collect();
    distances.sort_by(f32::total_cmp);
    // The lower third: wide gaps between paragraphs must not count as the usual distance.
    distances.get(distances.len() / 3).copied().unwrap_or(12.0)
}

fn first_word_width(segment: &Segment) -> f32 {
    let characters = segment.text.chars().count().max(1);
    let word = segment.text.split_whitespace().next().map_or(0, |word| word.chars().count());
    (segment.right - segment.left) * word as f32 / characters as f32
}

fn row_text(row: &[Segment]) -> (LineKind, String) {
    // A mark and its text, or a number and its title, are one line, however wide the gap.
    let label =
        |segment: &Segment| segment.text.trim().chars().count() <= 3 || is_number(segment.text.trim());
    let leader = row.iter().any(|segment| segment.text.contains("...") || segment.text.contains(". . ."));
    if row.len() == 1 || leader || (row.len() == 2 && label(&row[0])) {
        let text = row.iter().map(|segment| segment.text.trim()).collect::<Vec<_>>().join(" ");
        return (LineKind::Text, text);
    }
    let cells: Vec<String> = row.iter().map(|segment| tidy(&segment.text).replace('|', "/")).collect();
    (LineKind::TableRow, cells.join(" | "))
}

fn is_number(text: &str) -> bool {
    text.chars().count() <= 12
        && text.chars().any(|c| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | ')' | '(') || c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, x: f32, y: f32) -> Piece {
        Piece {
            text: text.to_owned(),
            x,
            y,
            width: text.len() as f32 * 5.0,
            height: 10.0,
            size: 10.0,
            bold: false,
            italic: false,
            rotation: 0.0,
        }
    }

    fn page(pieces: Vec<Piece>) -> RawPage {
        RawPage { width: 600.0, height: 800.0, pieces, ..RawPage::default() }
    }

    #[test]
    fn two_columns_are_read_one_after_the_other() {
        let mut pieces = vec![piece(
            "A headline over both columns that is long enough to pass the gutter between them",
            50.0,
            700.0,
        )];
        for row in 0..8u8 {
            let y = 680.0 - f32::from(row) * 12.0;
            pieces.push(piece(&format!("left column has its text line number {row}"), 50.0, y));
            pieces.push(piece(&format!("right column has its text line number {row}"), 310.0, y));
        }
        let texts: Vec<String> = lines(&page(pieces), 1).into_iter().map(|line| line.text).collect();
        assert!(texts[0].starts_with("A headline"));
        assert!(texts[1..9].iter().all(|text| text.starts_with("left")), "{texts:?}");
        assert!(texts[9..].iter().all(|text| text.starts_with("right")));
    }

    #[test]
    fn cells_of_a_row_are_separated_by_bars() {
        let pieces = vec![
            piece("Parameter", 50.0, 700.0),
            piece("Unit", 200.0, 700.0),
            piece("Value", 300.0, 701.0),
            piece("NO2", 50.0, 688.0),
            piece("mg/m3", 200.0, 688.0),
            piece("0.04", 300.0, 688.0),
        ];
        let lines = lines(&page(pieces), 1);
        assert_eq!(lines[0].text, "Parameter | Unit | Value");
        assert_eq!((lines[1].text.as_str(), lines[1].kind), ("NO2 | mg/m3 | 0.04", LineKind::TableRow));
    }

    #[test]
    fn wrapped_cells_are_read_cell_by_cell() {
        let mut pieces = Vec::new();
        for (row, name) in ["Water", "Noise", "Soils"].into_iter().enumerate() {
            let top = 700.0 - row as f32 * 60.0;
            pieces.push(piece(name, 50.0, top));
            for line in 0..4u8 {
                pieces.push(piece(
                    &format!("the measure {name} has its text line {line}"),
                    200.0,
                    top - f32::from(line) * 11.0,
                ));
                pieces.push(piece(&format!("cell {line}"), 480.0, top - f32::from(line) * 11.0));
            }
        }
        let texts: Vec<String> = lines(&page(pieces), 1).into_iter().map(|line| line.text).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert!(texts[0].starts_with(
            "Water | the measure Water has its text line 0 the measure Water has its text line 1"
        ));
        assert!(texts[1].ends_with(" | cell 0 cell 1 cell 2 cell 3"));
    }

    #[test]
    fn a_page_without_end_is_laid_out_at_once() {
        let begun = std::time::Instant::now();
        let mut pieces = Vec::new();
        for row in 0..5_000u16 {
            let shift = f32::from(row * 7 % 100);
            let y = -12.0 * f32::from(row);
            pieces.extend([0.0, 150.0, 300.0, 450.0].map(|x| piece("cell", x + shift, y)));
        }
        let found = lines(&page(pieces), 1);
        assert_eq!((found.len(), found[0].text.as_str()), (5_000, "cell | cell | cell | cell"));
        let letters = (0..100_000u32).map(|at| Piece { bold: true, ..piece("x", 5.0 * at as f32, 0.0) });
        assert_eq!(lines(&page(letters.collect()), 1)[0].text.len(), 100_000);
        assert!(begun.elapsed() < std::time::Duration::from_secs(15), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_number_and_its_title_are_one_line() {
        let lines = lines(&page(vec![piece("3.2", 50.0, 700.0), piece("Air quality", 120.0, 700.0)]), 1);
        assert_eq!((lines[0].text.as_str(), lines[0].kind), ("3.2 Air quality", LineKind::Text));
    }

    #[test]
    fn pages_on_their_side_are_turned() {
        let mut first = piece("first line of the page", 100.0, 50.0);
        let mut second = piece("second line of the page", 112.0, 50.0);
        for piece in [&mut first, &mut second] {
            piece.rotation = 90.0;
            std::mem::swap(&mut piece.width, &mut piece.height);
        }
        let texts: Vec<String> =
            lines(&page(vec![second, first]), 1).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["first line of the page", "second line of the page"]);
    }
}
