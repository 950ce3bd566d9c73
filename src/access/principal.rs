//! Who calls, in which roles, for which tenants?
//!
//! A [`Principal`] exists only where [`super::Authenticator`] accepted a proof, or where the operator
//! turned authentication off. Invariant: a principal acts for exactly one tenant at a time.

use std::collections::BTreeSet;

use crate::domain::tenant::TenantId;

/// What a person or program does at the review centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Hands in reports and follows their screenings: the case-management system.
    Submitter,
    /// Screens, reads reports and records verdicts.
    Reviewer,
    /// Keeps the archive of earlier cases.
    Curator,
    /// Reads screenings, verdicts and cases to measure how good the results are; changes nothing.
    DataScientist,
    /// Runs the service; sees no document.
    Operator,
}

impl Role {
    /// All roles, in the order of the documentation.
    pub const ALL: [Role; 5] =
        [Self::Submitter, Self::Reviewer, Self::Curator, Self::DataScientist, Self::Operator];

    /// Returns the name used in files, tokens and settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitter => "submitter",
            Self::Reviewer => "reviewer",
            Self::Curator => "curator",
            Self::DataScientist => "data-scientist",
            Self::Operator => "operator",
        }
    }

    /// Parses a name.
    pub fn parse(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or_else(|| UnknownRole { name: name.chars().take(80).collect() })
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Role {
    type Err = UnknownRole;
    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::parse(name)
    }
}

/// There is no such role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no role; use submitter, reviewer, curator, data-scientist or operator")]
pub struct UnknownRole {
    /// What was given, cut to 80 characters.
    pub name: String,
}

/// For whom a principal may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenants {
    /// Any tenant it names; the default tenant where it names none. Written `*`.
    Any,
    /// These; the first where it names none.
    Listed(Vec<TenantId>),
}

impl Tenants {
    /// No tenant: everything that needs one is refused.
    pub const NONE: Self = Self::Listed(Vec::new());

    /// Parses names; `*` among them means any tenant, none at all the default tenant.
    pub fn parse<'a>(
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, crate::domain::ids::InvalidId> {
        let mut listed: Vec<TenantId> = Vec::new();
        for name in names {
            if name == "*" {
                return Ok(Self::Any);
            }
            let tenant = TenantId::parse(name)?;
            if !listed.contains(&tenant) {
                listed.push(tenant);
            }
        }
        if listed.is_empty() {
            listed.push(TenantId::default());
        }
        Ok(Self::Listed(listed))
    }

    fn first(&self) -> Option<TenantId> {
        match self {
            Self::Any => Some(TenantId::default()),
            Self::Listed(tenants) => tenants.first().cloned(),
        }
    }

    fn contain(&self, tenant: &TenantId) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tenants) => tenants.contains(tenant),
        }
    }
}

impl std::fmt::Display for Tenants {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Listed(tenants) => {
                let names: Vec<&str> = tenants.iter().map(TenantId::as_str).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

/// By what a principal was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Authentication is off.
    None,
    /// A static token.
    Token,
    /// A signed token of an identity provider.
    Jwt,
    /// A client certificate.
    Certificate,
}

impl Proof {
    /// Returns the word for logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Token => "token",
            Self::Jwt => "jwt",
            Self::Certificate => "certificate",
        }
    }
}

/// Someone who was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Name in logs and in the audit log.
    pub subject: String,
    /// What it may do.
    pub roles: BTreeSet<Role>,
    /// For whom.
    pub tenants: Tenants,
    /// How it was recognised.
    pub proof: Proof,
}

/// A recognised principal may not do this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// None of its roles has the permission.
    #[error("this needs one of the roles {}", roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Role {
        /// Roles that have it.
        roles: Vec<Role>,
    },
    /// It named a tenant that it may not act for, or that is no tenant name.
    #[error("the caller may not act for the tenant it named")]
    Tenant,
    /// Its token names no tenant.
    #[error("the caller acts for no tenant: its token names none")]
    NoTenant,
    /// The shared archive is written by curators.
    #[error("only curators act for the shared archive; every tenant reads it anyway")]
    Shared,
}

impl Principal {
    /// Returns who calls where authentication is off: everything is allowed.
    pub fn anonymous() -> Self {
        Self {
            subject: "anonymous".to_owned(),
            roles: Role::ALL.into_iter().collect(),
            tenants: Tenants::Any,
            proof: Proof::None,
        }
    }

    /// Returns the tenant for which the principal acts, given the one it named, if any.
    pub fn acting_for(&self, named: Option<&str>) -> Result<TenantId, Denied> {
        let first = self.tenants.first().ok_or(Denied::NoTenant)?;
        let tenant = match named {
            None | Some("") => first,
            Some(name) => TenantId::parse(name).map_err(|_| Denied::Tenant)?,
        };
        if !self.tenants.contain(&tenant) {
            return Err(Denied::Tenant);
        }
        if tenant.is_shared() && !self.roles.contains(&Role::Curator) {
            return Err(Denied::Shared);
        }
        Ok(tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(roles: &[Role], tenants: &[&str]) -> Principal {
        Principal {
            subject: "x".to_owned(),
            roles: roles.iter().copied().collect(),
            tenants: Tenants::parse(tenants.iter().copied()).unwrap(),
            proof: Proof::Token,
        }
    }

    #[test]
    fn a_principal_acts_for_its_own_tenants_only() {
        let of_two = principal(&[Role::Reviewer], &["north", "south"]);
        assert_eq!(of_two.acting_for(None).unwrap().as_str(), "north");
        assert_eq!(of_two.acting_for(Some("south")).unwrap().as_str(), "south");
        for other in ["east", "*", "default", "North"] {
            assert_eq!(of_two.acting_for(Some(other)), Err(Denied::Tenant), "{other}");
        }
        let of_none = principal(&[Role::Reviewer], &[]);
        assert!(of_none.acting_for(None).unwrap().is_default());
        let of_no_tenant = Principal { tenants: Tenants::NONE, ..of_none };
        for named in [None, Some("default"), Some("north")] {
            assert_eq!(of_no_tenant.acting_for(named), Err(Denied::NoTenant), "{named:?}");
        }
        let of_any = principal(&[Role::Reviewer], &["*"]);
        assert_eq!(of_any.acting_for(Some("east")).unwrap().as_str(), "east");
    }

    #[test]
    fn the_shared_archive_is_kept_by_curators() {
        assert_eq!(principal(&[Role::Reviewer], &["*"]).acting_for(Some("shared")), Err(Denied::Shared));
        assert!(principal(&[Role::Curator], &["north", "shared"]).acting_for(Some("shared")).is_ok());
        assert_eq!(principal(&[Role::Curator], &["north"]).acting_for(Some("shared")), Err(Denied::Tenant));
    }

    #[test]
    fn role_names_round_trip() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Ok(role));
        }
        assert!(Role::parse("root").unwrap_err().to_string().contains("data-scientist"));
    }
}
