//! Reads files that nobody vouches for in a process of their own: what they do there, they do to it alone.
//!
//! The parent (`process`) starts this very program once per file, hands it the bytes and takes back the
//! document. Before it looks at a byte of the file the child (`child`) gives up what it does not need
//! (`confine`): files, network, other programs, more memory or time than a report may cost. `frames` is
//! what the two say to each other, `pipes` how they hear it.
//!
//! A child that crashes, hangs or grows too large costs what it was busy with: the pages it had in hand are
//! reported as *not examined: parser failed* and another child reads the rest; if it was busy with the bookmarks,
//! another child reads all pages without them. If it fails before either, the whole file is not examined. The caller never sees more than a document that says so. Pictures of
//! pages for people are drawn the same way (`draw`).

mod attempt;
pub mod child;
mod confine;
mod draw;
mod frames;
mod pipes;
mod process;
mod room;

pub(crate) use attempt::{Attempt, BOOKMARKS};
pub use confine::Confinement;
pub use process::{Isolation, IsolationError};
