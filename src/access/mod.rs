//! Who may do what? Recognises callers, says what they may do and for which tenant, and keeps the
//! audit log. Used by the gRPC port and by the console alike.
//!
//! ```text
//! token, certificate ─► Authenticator ─► Principal ─┬─► authorize(permission)   permission, methods
//!                                                   └─► acting_for(tenant) ─► Caller ─► AuditedIndex
//! ```
//!
//! Invariants: what is not allowed in a table is refused; what a caller reads and writes belongs to the
//! tenant it acts for (the archive filters, not the caller); proofs never enter a log.

pub mod allowance;
pub mod attempts;
pub mod audit;
pub mod audited_index;
pub mod authenticator;
pub mod caller;
pub mod certificates;
pub mod check;
pub mod guard;
mod jwt;
mod jwt_provider;
#[cfg(test)]
mod jwt_tests;
pub mod methods;
mod noted;
pub mod permission;
pub mod principal;
pub mod settings;
mod subject_name;
pub mod tls;
pub mod tokens;
pub mod watched;

pub use audited_index::AuditedIndex;
pub use authenticator::{Authenticator, Proofs, Unrecognised};
pub use caller::Caller;
pub use guard::Guard;
pub use noted::Noted;
pub use permission::{Permission, authorize};
pub use principal::{Denied, Principal, Proof, Role, Tenants};
