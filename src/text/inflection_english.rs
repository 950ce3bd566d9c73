//! Which English words are inflected forms of one word, and of nothing more?
//!
//! Snowball is right for search, where severance may meet several, and wrong for phrases. Here only
//! plurals, possessives and verb forms are undone. A phrase word is compared as it stands but for its
//! plural: *flood* finds *flooding*, *nesting* does not find *nest*.

use super::spelling_english::americanise;

/// Plurals that no rule covers, and words in -s that are none.
const IRREGULAR: &[(&str, &str)] = &[
    ("analyses", "analysis"),
    ("crises", "crisis"),
    ("hypotheses", "hypothesis"),
    ("syntheses", "synthesis"),
    ("gases", "gas"),
    ("buses", "bus"),
    ("viruses", "virus"),
    ("lenses", "lens"),
    ("censuses", "census"),
    ("leaves", "leaf"),
    ("lives", "life"),
    ("wolves", "wolf"),
    ("calves", "calf"),
    ("women", "woman"),
    ("men", "man"),
    ("children", "child"),
    ("mice", "mouse"),
    ("criteria", "criterion"),
    ("phenomena", "phenomenon"),
    ("indices", "index"),
    ("matrices", "matrix"),
    ("appendices", "appendix"),
    ("lens", "lens"),
    ("series", "series"),
    ("species", "species"),
    ("bias", "bias"),
    ("atlas", "atlas"),
    ("canvas", "canvas"),
    ("always", "always"),
    ("does", "does"),
];

/// Returns the folded word in American spelling, in the singular and without `'s`.
pub(super) fn singular(form: &str) -> String {
    let bare = form.strip_suffix("'s").unwrap_or(form).replace('\'', "");
    if let Some((_, singular)) = IRREGULAR.iter().find(|(plural, _)| *plural == bare) {
        return (*singular).to_owned();
    }
    americanise(&without_plural(&bare))
}

fn without_plural(word: &str) -> String {
    if word.len() <= 3
        || !word.ends_with('s')
        || word.ends_with("ss")
        || word.ends_with("us")
        || word.ends_with("is")
    {
        return word.to_owned();
    }
    if let Some(base) = word.strip_suffix("ies").filter(|base| base.len() >= 2) {
        return format!("{base}y");
    }
    for ending in ["sses", "xes", "ches", "shes", "zzes", "oes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    word[..word.len() - 1].to_owned()
}

/// Returns what the folded word may be a verb form of; empty if it has no verb ending.
pub(super) fn verb_bases(form: &str) -> Vec<String> {
    if let Some(base) = form.strip_suffix("ied").filter(|base| base.len() >= 2) {
        return vec![format!("{base}y")];
    }
    let Some(base) = form.strip_suffix("ing").or_else(|| form.strip_suffix("ed")) else {
        return Vec::new();
    };
    if base.len() < 2 || !base.contains(['a', 'e', 'i', 'o', 'u', 'y']) {
        return Vec::new();
    }
    let mut bases = vec![americanise(&format!("{base}e"))];
    if base.len() >= 3 {
        bases.push(americanise(base));
        // planning, planned: the consonant is doubled.
        let mut last = base.chars().rev();
        let (one, two) = (last.next(), last.next());
        if one == two
            && let Some(single) = one.and_then(|c| base.strip_suffix(c))
        {
            bases.push(single.to_owned());
        }
    }
    bases
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("areas", "area")]
    #[case("gases", "gas")]
    #[case("gas", "gas")]
    #[case("species", "species")]
    #[case("communities", "community")]
    #[case("processes", "process")]
    #[case("releases", "release")]
    #[case("marshes", "marsh")]
    #[case("river's", "river")]
    #[case("odours", "odor")]
    #[case("analysis", "analysis")]
    #[case("virus", "virus")]
    fn plurals_and_possessives_are_undone(#[case] form: &str, #[case] expected: &str) {
        assert_eq!(singular(form), expected);
    }

    #[test]
    fn verb_forms_name_their_verbs() {
        assert!(verb_bases("flooding").contains(&"flood".to_owned()));
        assert!(verb_bases("grazed").contains(&"graze".to_owned()));
        assert!(verb_bases("planning").contains(&"plan".to_owned()));
        assert_eq!(verb_bases("applied"), ["apply"]);
        assert!(verb_bases("spring").is_empty() && verb_bases("several").is_empty());
    }
}
