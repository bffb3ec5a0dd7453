//! Readiness: how far a stack is from one that people may depend on, as a score by area, with what blocks it first.
//!
//! ```text
//! stack ─▶ graph ─┐
//! rules, checks ──┼─▶ assess ─▶ Report ─▶ score, blockers, gate
//! Observed ───────┘
//! ```
//!
//! The table of checks is in `rules::readiness`; what is live is looked at by `ops::readiness`, and stands here as a value. Whatever
//! could not be told is unknown: it earns no points, is marked, and no gate lets it pass.

pub mod area;
pub mod assess;
pub mod check;
pub mod observed;
pub mod score;
