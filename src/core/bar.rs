//! The reasons for which a plan is not admitted.

use super::approval::judge::{Demand, Judged, Why};
use super::codes;
use super::plan::Plan;
use super::reason::Refusal;
use super::snapshot::Unread;

/// The reason why a plan is not admitted. The text reads after "cannot use plan.json: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Bar {
    /// The file ends too early, or never was JSON.
    #[error("it is cut off, or no plan ({0})")]
    CutOff(String),
    #[error("it is no plan{}", .0.as_ref().map(|why| format!(" ({why})")).unwrap_or_default())]
    NoPlan(Option<String>),
    #[error("it was written by another version of trueup (plan format {found}, this one reads {})", Plan::VERSION)]
    OtherVersion { found: u64 },
    /// Its bytes are not those that were sealed.
    #[error("its content does not match its own digest: it was cut off or edited")]
    Altered,
    /// It says something that would be passed over.
    #[error("it has a member `{0}`, which this trueup does not know")]
    Unknown(String),
    /// It was made for another stack, environment, account or region.
    #[error("it is of stack `{found}`, not `{wanted}`")]
    OtherStack { found: String, wanted: String },
    #[error("it is of environment `{found}`, not `{wanted}`")]
    OtherEnvironment { found: String, wanted: String },
    /// It was printed, and what it sends is not in it.
    #[error("its secrets are masked, since it was printed and not saved")]
    Masked,
    #[error("it was applied already")]
    Applied,
    /// A kind that it relies on could not be read now, so nobody knows whether it still holds.
    #[error("{} could not be read: {}", .0.kind, .0.reason)]
    Unread(Unread),
    /// Some of its basis no longer holds: the addresses, or `kind id` for resources to be adopted.
    #[error("AWS has changed since it was made: {}", .0.join(", "))]
    Stale(Vec<String>),
    /// Reasons of its own that still stand, a budget among them unless its figure was accepted.
    #[error("it is refused: {}", .0.iter().map(Refusal::code).collect::<Vec<_>>().join(", "))]
    Refused(Vec<Refusal>),
    /// It has nothing to do as far as is known, and not everything is known.
    #[error("not everything could be read when it was made")]
    Incomplete,
    /// It does what it does not show.
    #[error("[{}] it does not show all that it does: {}", codes::UNSHOWN.id, .0.join(", "))]
    Unshown(Vec<String>),
    /// It needs approvals, and was made just now.
    #[error("{}", needs(.0))]
    NeedsApproval(Vec<Demand>),
    /// It has not the approvals that it needs.
    #[error("{0}")]
    Unapproved(Box<Judged>),
}

fn needs(demands: &[Demand]) -> String {
    let count = demands.iter().map(|demand| demand.count).max().unwrap_or_default();
    let why = demands.iter().flat_map(|demand| &demand.why).map(Why::to_string).collect::<Vec<_>>().join("; ");
    let noun = if count == 1 { "approval" } else { "approvals" };
    format!("[{}] it needs {count} {noun}, since {why}; a plan is approved once it is saved", codes::NOT_APPROVED.id)
}
