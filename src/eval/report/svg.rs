//! Pictures of results as SVG text: curves, reliability, heat maps, intervals.
//!
//! Pure functions from data to markup. Invariants: everything written into the markup is escaped; numbers
//! have fixed digits, so that the same data give the same bytes; colours can be told apart by colour-blind
//! readers (Okabe and Ito) and every line is named in the legend.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Colours of lines, in order.
pub const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/// Returns text for use in markup.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Markup has no control characters.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// Frame of a unit square with grid, numbers and axis titles.
struct Square {
    svg: String,
}

const SIDE: f64 = 260.0;
const LEFT: f64 = 46.0;
const TOP: f64 = 12.0;

fn x(value: f64) -> f64 {
    LEFT + value.clamp(0.0, 1.0) * SIDE
}

fn y(value: f64) -> f64 {
    TOP + (1.0 - value.clamp(0.0, 1.0)) * SIDE
}

impl Square {
    fn new(label: &str, across: &str, up: &str, legend_rows: usize) -> Self {
        let (width, height) = (LEFT + SIDE + 14.0, TOP + SIDE + 44.0 + 18.0 * legend_rows as f64);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" \
             aria-label=\"{}\">",
            escaped(label)
        );
        for step in 0..=5 {
            let at = f64::from(step) / 5.0;
            let _ = write!(
                svg,
                "<path class=\"grid\" d=\"M{0:.1} {1:.1}V{2:.1}M{3:.1} {4:.1}H{5:.1}\"/>\
                 <text x=\"{0:.1}\" y=\"{6:.1}\" text-anchor=\"middle\">{at:.1}</text>\
                 <text x=\"{7:.1}\" y=\"{8:.1}\" text-anchor=\"end\">{at:.1}</text>",
                x(at),
                y(0.0),
                y(1.0),
                x(0.0),
                y(at),
                x(1.0),
                y(0.0) + 15.0,
                LEFT - 6.0,
                y(at) + 4.0
            );
        }
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" class=\"axis\">{}</text>\
             <text transform=\"translate(12 {:.1}) rotate(-90)\" text-anchor=\"middle\" class=\"axis\">{}</text>",
            LEFT + SIDE / 2.0,
            y(0.0) + 32.0,
            escaped(across),
            TOP + SIDE / 2.0,
            escaped(up)
        );
        Self { svg }
    }

    fn end(mut self) -> String {
        self.svg.push_str("</svg>");
        self.svg
    }
}

/// Draws precision over recall; `order` gives the lines their order and colours.
pub fn precision_recall(lines: &BTreeMap<String, Vec<(f64, f64)>>, order: &[String]) -> String {
    let named: Vec<(&String, &Vec<(f64, f64)>)> =
        order.iter().filter_map(|name| lines.get_key_value(name)).collect();
    let mut square = Square::new("precision over recall", "recall", "precision", named.len());
    for (at, (name, points)) in named.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let path: Vec<String> = points
            .iter()
            .map(|(recall, precision)| format!("{:.1} {:.1}", x(*recall), y(*precision)))
            .collect();
        if points.len() > 3 {
            let _ = write!(
                square.svg,
                "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                path.join("L")
            );
        }
        // Few points are results of a decision, not a curve: show where they lie.
        if points.len() <= 3 {
            for (recall, precision) in *points {
                let _ = write!(
                    square.svg,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\"/>",
                    x(*recall),
                    y(*precision)
                );
            }
        }
        let line = TOP + SIDE + 52.0 + 18.0 * at as f64;
        let _ = write!(
            square.svg,
            "<path d=\"M{LEFT:.0} {0:.1}h22\" stroke=\"{colour}\" stroke-width=\"3\"/>\
             <text x=\"{1:.1}\" y=\"{2:.1}\">{3}</text>",
            line - 4.0,
            LEFT + 30.0,
            line,
            escaped(name)
        );
    }
    square.end()
}

/// Draws the share that is right over the stated confidence; the size of a dot says how many answers it
/// stands for.
pub fn reliability(bins: &[(usize, f64, f64)]) -> String {
    let mut square = Square::new("share right over stated confidence", "stated confidence", "share right", 0);
    let most = bins.iter().map(|bin| bin.0).max().unwrap_or(1).max(1);
    let _ = write!(
        square.svg,
        "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"#888\" stroke-dasharray=\"4 4\"/>",
        x(0.0),
        y(0.0),
        x(1.0),
        y(1.0)
    );
    let path: Vec<String> = bins.iter().map(|(_, c, r)| format!("{:.1} {:.1}", x(*c), y(*r))).collect();
    if path.len() > 1 {
        let colour = COLOURS[0];
        let _ = write!(
            square.svg,
            "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
            path.join("L")
        );
    }
    for (count, confidence, right) in bins {
        let radius = 3.0 + 7.0 * (*count as f64 / most as f64).sqrt();
        let _ = write!(
            square.svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius:.1}\" fill=\"{}\" fill-opacity=\"0.75\">\
             <title>{count} answers, stated {confidence:.2}, right {right:.2}</title></circle>",
            x(*confidence),
            y(*right),
            COLOURS[0]
        );
    }
    square.end()
}

/// Draws values by row and column as coloured cells.
pub fn heat_map(columns: &[String], rows: &[(String, Vec<Option<f64>>)]) -> String {
    const CELL: f64 = 88.0;
    const LINE: f64 = 22.0;
    let names = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0) as f64;
    let left = names * 7.0 + 14.0;
    let (width, height) = (left + CELL * columns.len() as f64 + 2.0, 26.0 + LINE * rows.len() as f64 + 2.0);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" \
         aria-label=\"heat map\">"
    );
    for (at, column) in columns.iter().enumerate() {
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"16\" text-anchor=\"middle\">{}</text>",
            left + CELL * (at as f64 + 0.5),
            escaped(column)
        );
    }
    for (at, (name, values)) in rows.iter().enumerate() {
        let top = 26.0 + LINE * at as f64;
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            left - 8.0,
            top + 15.0,
            escaped(name)
        );
        for (column, value) in values.iter().enumerate() {
            let (fill, ink, shown) = match value {
                Some(value) => (shade(*value), ink(*value), format!("{value:.2}")),
                None => ("none".to_owned(), "#888", "–".to_owned()),
            };
            let start = left + CELL * column as f64;
            let _ = write!(
                svg,
                "<rect x=\"{start:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{fill}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" style=\"fill:{ink}\">{shown}</text>",
                CELL - 2.0,
                LINE - 2.0,
                start + CELL / 2.0 - 1.0,
                top + 15.0
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// From orange (0) over pale (one half) to blue (1); equally dark at both ends.
fn shade(value: f64) -> String {
    let value = value.clamp(0.0, 1.0);
    let (from, to, share) = if value < 0.5 {
        ([213.0, 94.0, 0.0], [247.0, 240.0, 232.0], value * 2.0)
    } else {
        ([247.0, 240.0, 232.0], [0.0, 114.0, 178.0], value * 2.0 - 1.0)
    };
    let mix = |at: usize| (from[at] + (to[at] - from[at]) * share).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}

fn ink(value: f64) -> &'static str {
    if value > 0.8 || value < 0.15 { "#fff" } else { "#1a1a1a" }
}

/// One line of a forest plot.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestLine {
    /// What is shown.
    pub name: String,
    /// Value.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Text at the right.
    pub note: String,
    /// Whether the line stands out.
    pub is_strong: bool,
}

/// Draws values with their intervals below one another, around a zero line if there is one in reach.
pub fn forest(lines: &[ForestLine]) -> String {
    const LINE: f64 = 24.0;
    const PLOT: f64 = 300.0;
    let longest = |part: &dyn Fn(&ForestLine) -> usize| lines.iter().map(part).max().unwrap_or(0) as f64;
    let left = longest(&|line| line.name.chars().count()) * 6.6 + 16.0;
    let right = longest(&|line| line.note.chars().count()) * 6.6 + 16.0;
    let least = lines.iter().map(|line| line.low.min(0.0)).fold(0.0, f64::min);
    let most = lines.iter().map(|line| line.high.max(0.0)).fold(0.0, f64::max);
    let step = nice_step(most - least);
    let (least, most) = ((least / step).floor() * step, (most / step).ceil() * step);
    let span = (most - least).max(step);
    let at = |value: f64| left + (value - least) / span * PLOT;
    let (width, height) = (left + PLOT + right, LINE * lines.len() as f64 + 34.0);
    let bottom = LINE * lines.len() as f64 + 6.0;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" \
         aria-label=\"values with intervals\">"
    );
    for tick in 0..=((span / step).round() as usize).min(20) {
        let value = least + step * tick as f64;
        let class = if value.abs() < step / 1e6 { "zero" } else { "grid" };
        let digits = usize::from(step < 1.0) + usize::from(step < 0.1) + usize::from(step < 0.01);
        let _ = write!(
            svg,
            "<path class=\"{class}\" d=\"M{0:.1} 2V{bottom:.1}\"/>\
             <text x=\"{0:.1}\" y=\"{1:.1}\" text-anchor=\"middle\">{2:.digits$}</text>",
            at(value),
            bottom + 18.0,
            value + 0.0
        );
    }
    for (position, line) in lines.iter().enumerate() {
        let middle = LINE * position as f64 + LINE / 2.0 + 2.0;
        let colour = if line.is_strong { COLOURS[0] } else { "#777" };
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <path d=\"M{:.1} {middle:.1}H{:.1}\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <circle cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"4.5\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            left - 10.0,
            middle + 4.0,
            escaped(&line.name),
            at(line.low),
            at(line.high),
            at(line.value),
            left + PLOT + 10.0,
            middle + 4.0,
            escaped(&line.note)
        );
    }
    svg.push_str("</svg>");
    svg
}

/// A round step that divides a span into four to ten parts.
fn nice_step(span: f64) -> f64 {
    if !span.is_finite() || span <= 0.0 {
        return 0.1;
    }
    let power = 10f64.powf((span / 5.0).log10().floor());
    let wanted = span / 5.0 / power;
    power
        * if wanted <= 1.0 {
            1.0
        } else if wanted <= 2.0 {
            2.0
        } else if wanted <= 5.0 {
            5.0
        } else {
            10.0
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_markup() {
        let lines = BTreeMap::from([("<script>\"&".to_owned(), vec![(0.0, 1.0), (1.0, 0.5)])]);
        let svg = precision_recall(&lines, &["<script>\"&".to_owned()]);
        assert!(svg.contains("&lt;script&gt;&quot;&amp;") && !svg.contains("<script"), "{svg}");
        let svg = heat_map(&["a<b".to_owned()], &[("r&".to_owned(), vec![None])]);
        assert!(svg.contains("a&lt;b") && svg.contains("r&amp;"));
    }

    #[test]
    fn values_out_of_range_stay_in_the_frame() {
        assert_eq!((x(-1.0), x(2.0)), (LEFT, LEFT + SIDE));
        assert_eq!(shade(7.0), shade(1.0));
    }

    #[test]
    fn steps_are_round_and_few() {
        for span in [0.003, 0.04, 0.9, 1.0, 73.0, 5e4] {
            let step = nice_step(span);
            assert!((1.0..=10.0).contains(&(span / step)), "{span} {step}");
        }
        assert_eq!(nice_step(0.0), 0.1);
    }

    #[test]
    fn a_forest_shows_zero_and_every_line() {
        let line = |name: &str, value: f64| ForestLine {
            name: name.to_owned(),
            value,
            low: value - 0.02,
            high: value + 0.02,
            note: String::new(),
            is_strong: value > 0.03,
        };
        let svg = forest(&[line("one", 0.05), line("two", -0.01)]);
        assert!(svg.contains("class=\"zero\"") && svg.contains("one") && svg.contains("two"));
        assert!(forest(&[]).ends_with("</svg>"));
    }
}
