//! English words of a code with its arguments put in.
//!
//! `{name}` is an argument, `{because}` the clauses within, `{n|page|pages}` the first word for one and the second for
//! any other number, and `[…]` is left out where an argument in it is missing.

use std::fmt;

use super::{Code, Explanation};

/// Writes an explanation.
pub(super) fn write(out: &mut fmt::Formatter<'_>, explanation: &Explanation) -> fmt::Result {
    let mut rest = explanation.code.english();
    while let Some(start) = rest.find('[') {
        part(out, explanation, &rest[..start])?;
        let end = rest[start..].find(']').map_or(rest.len(), |at| start + at);
        let optional = &rest[start + 1..end];
        if names(optional).all(|name| explanation.arguments.contains_key(name)) {
            part(out, explanation, optional)?;
        }
        rest = rest.get(end + 1..).unwrap_or("");
    }
    part(out, explanation, rest)
}

/// Names of the arguments in a part.
pub(super) fn names(part: &str) -> impl Iterator<Item = &str> {
    let placeables = part.split('{').skip(1).filter_map(|piece| piece.split_once('}'));
    placeables.map(|(inside, _)| inside.split('|').next().unwrap_or("")).filter(|name| *name != "because")
}

fn part(out: &mut fmt::Formatter<'_>, explanation: &Explanation, text: &str) -> fmt::Result {
    let mut pieces = text.split('{');
    out.write_str(pieces.next().unwrap_or(""))?;
    for piece in pieces {
        let (inside, after) = piece.split_once('}').unwrap_or((piece, ""));
        let argument = |name: &str| explanation.arguments.get(name).map_or("", String::as_str);
        match inside.split('|').collect::<Vec<_>>().as_slice() {
            ["because"] => within(out, explanation)?,
            [name, one, other] => out.write_str(if argument(name) == "1" { one } else { other })?,
            _ => out.write_str(argument(inside))?,
        }
        out.write_str(after)?;
    }
    Ok(())
}

fn within(out: &mut fmt::Formatter<'_>, explanation: &Explanation) -> fmt::Result {
    let joint = match explanation.code {
        Code::RaisedBy => ", ",
        Code::ModelNotCovering => ", and ",
        _ => "; ",
    };
    super::join(out, &explanation.because.0, joint)
}
