//! Which role may do what? One table, for gRPC methods and pages of the console alike.

use super::principal::{Denied, Principal, Role};

/// Something that can be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Ask what the service offers: reflection, requirement sets.
    Describe,
    /// Hand in a document and have it screened.
    Screen,
    /// Read screenings and their reports.
    ReadScreenings,
    /// Record verdicts about findings.
    RecordVerdicts,
    /// Read verdicts.
    ReadVerdicts,
    /// Search and read the archive of earlier cases.
    ReadCases,
    /// Import and delete cases.
    CurateCases,
    /// Delete screenings with their files: what a procedure or a law on records asks for.
    DeleteScreenings,
    /// Run and read evaluations.
    Evaluate,
    /// See how the service is doing; ask it to do upkeep.
    Operate,
}

impl Permission {
    /// All permissions, in the order of the documentation.
    pub const ALL: [Permission; 10] = [
        Self::Describe,
        Self::Screen,
        Self::ReadScreenings,
        Self::RecordVerdicts,
        Self::ReadVerdicts,
        Self::ReadCases,
        Self::CurateCases,
        Self::DeleteScreenings,
        Self::Evaluate,
        Self::Operate,
    ];

    /// Returns what is allowed, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Describe => "ask what the service offers",
            Self::Screen => "screen documents",
            Self::ReadScreenings => "read screenings",
            Self::RecordVerdicts => "record verdicts",
            Self::ReadVerdicts => "read verdicts",
            Self::ReadCases => "search and read cases",
            Self::CurateCases => "import and delete cases",
            Self::DeleteScreenings => "delete screenings",
            Self::Evaluate => "evaluate",
            Self::Operate => "operate",
        }
    }

    /// Returns the roles that have the permission.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Curator, DataScientist, Operator, Reviewer, Submitter};
        match self {
            Self::Describe => &Role::ALL,
            Self::Screen => &[Submitter, Reviewer],
            Self::ReadScreenings => &[Submitter, Reviewer, DataScientist],
            Self::RecordVerdicts => &[Reviewer],
            Self::ReadVerdicts => &[Submitter, Reviewer, DataScientist],
            Self::ReadCases => &[Reviewer, Curator, DataScientist],
            Self::CurateCases => &[Curator],
            Self::DeleteScreenings => &[Curator, Operator],
            Self::Evaluate => &[DataScientist],
            Self::Operate => &[Operator],
        }
    }
}

/// Allows or denies.
pub fn authorize(principal: &Principal, permission: Permission) -> Result<(), Denied> {
    let roles = permission.roles();
    if roles.iter().any(|role| principal.roles.contains(role)) {
        Ok(())
    } else {
        Err(Denied::Role { roles: roles.to_vec() })
    }
}

/// Returns the table of roles for the documentation.
pub fn roles_table() -> String {
    let mut table = String::from("| May |");
    for role in Role::ALL {
        table.push_str(&format!(" {role} |"));
    }
    table.push_str("\n| --- |");
    table.push_str(&" :-: |".repeat(Role::ALL.len()));
    table.push('\n');
    for permission in Permission::ALL {
        table.push_str(&format!("| {} |", permission.words()));
        for role in Role::ALL {
            table.push_str(if permission.roles().contains(&role) { " yes |" } else { " – |" });
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_decides_and_curates_deletes_or_operates_by_one_role() {
        for role in Role::ALL {
            let may = |permission: Permission| permission.roles().contains(&role);
            assert!(!(may(Permission::RecordVerdicts) && may(Permission::CurateCases)), "{role}");
            assert!(!(may(Permission::RecordVerdicts) && may(Permission::DeleteScreenings)), "{role}");
            assert!(!(may(Permission::Screen) && may(Permission::DeleteScreenings)), "{role}");
            assert!(!(may(Permission::Operate) && may(Permission::ReadScreenings)), "{role}");
        }
    }

    #[test]
    fn the_documentation_shows_the_table() {
        let page = include_str!("../../docs/security.md");
        assert!(page.contains(&roles_table()), "docs/security.md needs this table:\n{}", roles_table());
    }
}
