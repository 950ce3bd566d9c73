//! To whom does something in the archive belong? An agency or a region that may not see what others
//! hold, named by its operator.

use serde::{Deserialize, Serialize};

use super::ids::InvalidId;

/// Name of a tenant: 1 to 63 of `a-z 0-9 -`, starting and ending with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

impl TenantId {
    /// Name of the tenant that owns everything stored without one.
    pub const DEFAULT: &'static str = "default";
    /// Name of the tenant whose archive every other tenant reads.
    pub const SHARED: &'static str = "shared";

    /// Parses a tenant name.
    pub fn parse(value: &str) -> Result<Self, InvalidId> {
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let ends_well = !value.starts_with('-') && !value.ends_with('-');
        if (1..=63).contains(&value.len()) && ends_well && value.chars().all(legal) {
            Ok(Self(value.to_owned()))
        } else {
            Err(InvalidId {
                kind: "tenant",
                value: value.chars().take(80).collect(),
                rule: "use 1 to 63 of a-z 0-9 -, starting and ending with a letter or digit",
            })
        }
    }

    /// Returns the tenant whose archive every other tenant reads.
    pub fn shared() -> Self {
        Self(Self::SHARED.to_owned())
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the tenant that owns everything stored without one.
    pub fn is_default(&self) -> bool {
        self.0 == Self::DEFAULT
    }

    /// True for the tenant whose archive every other tenant reads.
    pub fn is_shared(&self) -> bool {
        self.0 == Self::SHARED
    }
}

impl Default for TenantId {
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl TryFrom<String> for TenantId {
    type Error = InvalidId;
    fn try_from(value: String) -> Result<Self, InvalidId> {
        Self::parse(&value)
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> String {
        id.0
    }
}

impl std::fmt::Display for TenantId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenant_names_are_plain_labels() {
        for bad in ["", "-a", "a-", "A", "a b", "a=b", "ташкент", "*", &"a".repeat(64)] {
            assert!(TenantId::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(TenantId::parse("uz-tashkent-2").unwrap().as_str(), "uz-tashkent-2");
        assert!(TenantId::default().is_default() && TenantId::shared().is_shared());
    }
}
