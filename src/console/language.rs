//! In which words does the console speak? Fluent files of five languages, embedded; a cookie or the browser's
//! `Accept-Language` chooses.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::domain::language::Language;
use crate::domain::requirement::LegalPlace;

/// Cookie that holds the chosen language.
pub const COOKIE: &str = "eia_language";

/// Order in which the languages are offered.
pub const OFFERED: [Language; 5] =
    [Language::UzbekLatin, Language::UzbekCyrillic, Language::Russian, Language::Korean, Language::English];

/// The source text of a language.
pub(super) fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../locales/en.ftl"),
        Language::Russian => include_str!("../../locales/ru.ftl"),
        Language::UzbekLatin => include_str!("../../locales/uz-Latn.ftl"),
        Language::UzbekCyrillic => include_str!("../../locales/uz-Cyrl.ftl"),
        Language::Korean => include_str!("../../locales/ko.ftl"),
    }
}

/// The name of a language in itself.
pub fn own_name(language: Language) -> &'static str {
    match language {
        Language::English => "English",
        Language::Russian => "Русский",
        Language::UzbekLatin => "Oʻzbekcha",
        Language::UzbekCyrillic => "Ўзбекча",
        Language::Korean => "한국어",
    }
}

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<(Language, Bundle)>> =
    LazyLock::new(|| Language::ALL.into_iter().map(|language| (language, bundle(language))).collect());

fn bundle(language: Language) -> Bundle {
    let tag = language.tag().parse().expect("the tags of our languages are well formed");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The pages mark the language of quotations by elements; isolating characters would end up in letters.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source(language).to_owned());
    let resource = resource.expect("the embedded texts are checked by the tests");
    bundle.add_resource(resource).expect("no key occurs twice, as the tests check");
    bundle
}

/// A number that words can be about; templates hand over references.
pub trait Number {
    /// Returns it; the largest number where it is larger.
    fn number(&self) -> i64;
}

macro_rules! numbers {
    ($($kind:ty),*) => {
        $(impl Number for $kind {
            fn number(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        })*
    };
}

numbers!(u32, u64, usize, i32);

impl Number for i64 {
    fn number(&self) -> i64 {
        *self
    }
}

impl<T: Number + ?Sized> Number for &T {
    fn number(&self) -> i64 {
        (**self).number()
    }
}

/// The words of one language.
#[derive(Clone, Copy)]
pub struct Words {
    language: Language,
    bundle: &'static Bundle,
}

impl Words {
    /// Returns the words of a language.
    pub fn of(language: Language) -> Self {
        let bundle = BUNDLES.iter().find(|(known, _)| *known == language).map(|(_, bundle)| bundle);
        Self { language, bundle: bundle.expect("every language has a bundle") }
    }

    /// Returns the language.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Returns its BCP 47 tag.
    pub fn tag(&self) -> &'static str {
        self.language.tag()
    }

    /// Says something.
    pub fn say(&self, key: &str) -> String {
        self.format(key, None)
    }

    /// Says something about a number.
    pub fn count(&self, key: &str, n: impl Number) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("n", FluentValue::from(n.number()));
        self.format(key, Some(&arguments))
    }

    /// Says something about a text.
    pub fn about(&self, key: &str, what: &str) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("what", FluentValue::from(what));
        self.format(key, Some(&arguments))
    }

    /// Says something about a number of another, e.g. `page 3 of 12`.
    pub fn part(&self, key: &str, n: impl Number, all: impl Number) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("n", FluentValue::from(n.number()));
        arguments.set("all", FluentValue::from(all.number()));
        self.format(key, Some(&arguments))
    }

    /// Says a place in a law.
    pub fn legal_place(&self, place: LegalPlace) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set("annex", place.annex);
        arguments.set("point", place.point);
        arguments.set("indent", place.indent);
        self.format("letter-place", Some(&arguments))
    }

    fn format(&self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            // A key that no file has is excluded by a test; showing it is better than an empty place.
            return key.to_owned();
        };
        self.bundle.format_pattern(pattern, arguments, &mut Vec::new()).into_owned()
    }
}

/// Chooses the language: the cookie, then `Accept-Language` by weight, then Uzbek in Latin letters.
pub fn choose(cookie: Option<&str>, accept: Option<&str>) -> Language {
    if let Some(language) = cookie.and_then(Language::from_tag) {
        return language;
    }
    let mut asked: Vec<(f32, Language)> = accept
        .unwrap_or("")
        .split(',')
        .filter_map(|entry| {
            let (tag, weight) = match entry.split_once(";q=") {
                Some((tag, weight)) => (tag, weight.trim().parse().ok()?),
                None => (entry, 1.0),
            };
            Some((weight, of_accepted(tag.trim())?))
        })
        .collect();
    // A stable sort: of equal weights the first one asked for wins.
    asked.sort_by(|a, b| b.0.total_cmp(&a.0));
    asked.first().map_or(Language::UzbekLatin, |(_, language)| *language)
}

/// `uz-Cyrl-UZ`, `ru-RU` … ; the longest prefix that is a language of ours.
fn of_accepted(tag: &str) -> Option<Language> {
    let mut rest = tag;
    loop {
        if let Some(language) = Language::from_tag(rest) {
            return Some(language);
        }
        rest = rest.rsplit_once('-')?.0;
    }
}

#[cfg(test)]
#[path = "language_tests.rs"]
mod tests;
