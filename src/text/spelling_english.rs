//! Is this British or American spelling of the same word? Both become the American form before stemming.

/// Words in -ise that are not variants of -ize.
const KEEPS_ISE: &[&str] = &[
    "advise",
    "arise",
    "comprise",
    "compromise",
    "concise",
    "demise",
    "devise",
    "disguise",
    "enterprise",
    "excise",
    "exercise",
    "expertise",
    "franchise",
    "improvise",
    "merchandise",
    "noise",
    "poise",
    "praise",
    "precise",
    "premise",
    "promise",
    "raise",
    "revise",
    "rise",
    "supervise",
    "surmise",
    "surprise",
    "televise",
    "treatise",
    "turquoise",
    "wise",
    "otherwise",
    "likewise",
    "incise",
    "circumcise",
    "appraise",
    "disease",
    "bruise",
    "cruise",
    "anise",
    "paradise",
    "chemise",
    "cerise",
    "mayonnaise",
    "sunrise",
    "braise",
];

/// Words in -our that are not variants of -or.
const KEEPS_OUR: &[&str] = &[
    "four", "hour", "pour", "sour", "tour", "our", "your", "flour", "contour", "detour", "scour", "velour",
    "devour", "downpour",
];

/// Spellings that no rule covers.
const SINGLE: &[(&str, &str)] = &[
    ("aluminium", "aluminum"),
    ("caesium", "cesium"),
    ("defence", "defense"),
    ("draught", "draft"),
    ("grey", "gray"),
    ("licence", "license"),
    ("mould", "mold"),
    ("offence", "offense"),
    ("plough", "plow"),
    ("practise", "practice"),
    ("programme", "program"),
    ("programmes", "programs"),
    ("tyre", "tire"),
    ("tyres", "tires"),
    ("faeces", "feces"),
    ("artefact", "artifact"),
    ("artefacts", "artifacts"),
];

/// Returns the American spelling of a lower-case word.
pub(super) fn americanise(word: &str) -> String {
    if let Some((_, american)) = SINGLE.iter().find(|(british, _)| *british == word) {
        return (*american).to_owned();
    }
    let mut word = word.to_owned();
    if word.len() < 5 || !word.is_ascii() {
        return word;
    }
    for (british, american) in
        [("sulph", "sulf"), ("archaeo", "archeo"), ("palaeo", "paleo"), ("haem", "hem"), ("oedema", "edema")]
    {
        if let Some(rest) = word.strip_prefix(british) {
            word = format!("{american}{rest}");
        }
    }
    for (british, american) in [
        ("isation", "ization"),
        ("isations", "izations"),
        ("yse", "yze"),
        ("ysed", "yzed"),
        ("ogue", "og"),
        ("ogues", "ogs"),
        ("metre", "meter"),
        ("metres", "meters"),
        ("litre", "liter"),
        ("litres", "liters"),
        ("centre", "center"),
        ("centres", "centers"),
        ("fibre", "fiber"),
        ("fibres", "fibers"),
    ] {
        if let Some(base) = word.strip_suffix(british) {
            return format!("{base}{american}");
        }
    }
    if let Some(changed) = ise(&word).or_else(|| our(&word)).or_else(|| doubled(&word)) {
        word = changed;
    }
    word
}

fn ise(word: &str) -> Option<String> {
    for (ending, american) in [("ise", "ize"), ("ised", "ized"), ("ises", "izes"), ("ising", "izing")] {
        if let Some(base) = word.strip_suffix(ending) {
            let infinitive = format!("{base}ise");
            let is_variant = base.len() >= 3 && !KEEPS_ISE.contains(&infinitive.as_str());
            return is_variant.then(|| format!("{base}{american}"));
        }
    }
    None
}

fn our(word: &str) -> Option<String> {
    let at = word.rfind("our")?;
    let (base, tail) = (&word[..at], &word[at + 3..]);
    let is_ending =
        matches!(tail, "" | "s" | "ed" | "ing" | "hood" | "hoods" | "less" | "able" | "al" | "ful");
    let whole = format!("{base}our");
    let is_variant = is_ending && base.len() >= 2 && !KEEPS_OUR.contains(&whole.as_str());
    is_variant.then(|| format!("{base}or{tail}"))
}

/// modelled, labelling, tunnelling: one l in American spelling.
fn doubled(word: &str) -> Option<String> {
    for ending in ["lled", "lling", "ller", "llers"] {
        if let Some(base) = word.strip_suffix(ending) {
            let vowels = base.chars().filter(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')).count();
            let is_variant = vowels >= 2 && base.ends_with(['a', 'e', 'i', 'o', 'u']) && base.len() >= 4;
            return is_variant.then(|| format!("{base}{}", &ending[1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("salinisation", "salinization")]
    #[case("minimise", "minimize")]
    #[case("odour", "odor")]
    #[case("neighbouring", "neighboring")]
    #[case("sulphuric", "sulfuric")]
    #[case("modelling", "modeling")]
    #[case("kilometres", "kilometers")]
    #[case("programme", "program")]
    #[case("archaeological", "archeological")]
    fn british_becomes_american(#[case] british: &str, #[case] american: &str) {
        assert_eq!(americanise(british), american);
    }

    #[rstest]
    #[case("noise")]
    #[case("otherwise")]
    #[case("contour")]
    #[case("drilling")]
    #[case("labor")]
    #[case("premises")]
    fn words_without_a_variant_are_kept(#[case] word: &str) {
        assert_eq!(americanise(word), word);
    }
}
