//! How a matching section of an earlier case stands on a page: in which language, its place in two parts.

use super::report::precedents::MatchView;
use crate::text::language::detect;

impl MatchView {
    /// BCP 47 tag of the quotation, for whoever has the page read out; empty when unsure.
    pub fn language(&self) -> &'static str {
        detect(&self.text).map_or("", |language| language.tag())
    }

    /// Section and page of the case apart, so that letters of the one do not turn the figures of the other round. The
    /// page comes last.
    pub fn place(&self) -> (&str, &str) {
        self.there.rsplit_once(", ").unwrap_or((self.there.as_str(), ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(there: &str, text: &str) -> MatchView {
        MatchView { here: String::new(), there: there.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn section_and_page_stand_apart() {
        assert_eq!(found("3 Air, dust \u{202e}, p. 12", "").place(), ("3 Air, dust \u{202e}", "p. 12"));
        assert_eq!(found("3 Air", "").place(), ("3 Air", ""));
    }

    #[test]
    fn a_quotation_says_its_language_where_it_is_sure() {
        let language = |text| found("", text).language();
        assert_eq!(language("먼지는 매달 가장 가까운 집에서 사업자의 실험실이 측정한다."), "ko");
        assert_eq!(language("Dust is measured every month at the nearest house by the laboratory."), "en");
        assert_eq!(language("12 345"), "");
    }
}
