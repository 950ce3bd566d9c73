//! Does a requirement apply to this case? Obligations against the facts the case system states.
//!
//! A fact nobody stated stays unknown: it is never taken to be false.

use std::collections::BTreeMap;

use crate::domain::requirement::Obligation;

/// Whether a requirement applies to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applicability {
    /// It applies.
    Applies,
    /// Its condition does not hold.
    DoesNotApply {
        /// The condition in words.
        condition: String,
    },
    /// The fact that decides was not stated.
    Unknown {
        /// Key of the fact, without negation.
        fact: String,
        /// The condition in words.
        condition: String,
    },
}

/// Decides whether an obligation applies, given the stated facts.
pub fn applicability(obligation: &Obligation, facts: &BTreeMap<String, bool>) -> Applicability {
    let Obligation::Conditional { fact, condition } = obligation else {
        return Applicability::Applies;
    };
    let (key, holds_when) = fact_of(fact);
    match facts.get(key) {
        None => Applicability::Unknown { fact: key.to_owned(), condition: condition.clone() },
        Some(stated) if *stated == holds_when => Applicability::Applies,
        Some(_) => Applicability::DoesNotApply { condition: condition.clone() },
    }
}

/// Splits a fact reference into its key and the value for which the condition holds.
pub fn fact_of(reference: &str) -> (&str, bool) {
    match reference.strip_prefix('!') {
        Some(key) => (key, false),
        None => (reference, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(fact: &str) -> Obligation {
        Obligation::Conditional { fact: fact.to_owned(), condition: "a hearing is needed".to_owned() }
    }

    fn stated(key: &str, value: bool) -> BTreeMap<String, bool> {
        BTreeMap::from([(key.to_owned(), value)])
    }

    #[test]
    fn mandatory_and_indicative_always_apply() {
        for obligation in [Obligation::Mandatory, Obligation::Indicative] {
            assert_eq!(applicability(&obligation, &BTreeMap::new()), Applicability::Applies);
        }
    }

    #[test]
    fn an_unstated_fact_stays_unknown() {
        let other = stated("operating_site", true);
        assert_eq!(
            applicability(&when("!hearing_required"), &other),
            Applicability::Unknown {
                fact: "hearing_required".to_owned(),
                condition: "a hearing is needed".to_owned()
            }
        );
    }

    #[test]
    fn a_negated_fact_holds_where_it_is_false() {
        let yes = stated("hearing_required", true);
        let no = stated("hearing_required", false);
        let does_not = Applicability::DoesNotApply { condition: "a hearing is needed".to_owned() };
        assert_eq!(applicability(&when("hearing_required"), &yes), Applicability::Applies);
        assert_eq!(applicability(&when("hearing_required"), &no), does_not);
        assert_eq!(applicability(&when("!hearing_required"), &yes), does_not);
        assert_eq!(applicability(&when("!hearing_required"), &no), Applicability::Applies);
    }
}
