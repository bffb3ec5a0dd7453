//! Readiness: prices a stack, and assesses it with what was observed.

#[cfg(feature = "aws")]
mod live;

#[cfg(feature = "aws")]
pub use live::observe;

use super::Error;
use super::cost::{self, Basis};
use super::stack::{Choice, Loaded};
use crate::core::budget::Verdict;
use crate::core::readiness::assess::{Terms, assess as judge};
use crate::core::readiness::check::Bill;
use crate::core::readiness::observed::Observed;
use crate::core::readiness::score::Report;
use crate::core::source::Source;
use crate::core::stack::Stack;
use crate::modules;
use crate::rules::RULES;
use crate::rules::readiness::CHECKS;

/// Reads one environment of a stack, which need not be one that can be planned.
pub fn parse(source: Source, choice: Choice<'_>) -> Result<Stack, Error> {
    modules::parse_edited(source, choice.env, choice.set, choice.edits).map_err(Error::Rejected)
}

/// Assesses a stack; `live` is what was seen of it in AWS, where somebody has looked.
#[must_use]
pub fn assess(stack: &Stack, basis: Basis<'_>, live: Option<&Observed>) -> Report {
    // One that cannot be made has no price either.
    let bill = Loaded::of(stack.clone()).ok().map(|loaded| bill(&loaded, basis));
    judge(stack, CHECKS, RULES, Terms { today: basis.today, bill: bill.as_ref(), live })
}

fn bill(loaded: &Loaded, basis: Basis<'_>) -> Bill {
    let priced = cost::wanted(loaded, basis);
    let refused = priced.verdict.as_ref().filter(|verdict| matches!(verdict, Verdict::Over { .. })).map(|verdict| {
        let used = verdict.used();
        format!("{} of {} a month", used.monthly, used.limit)
    });
    let total = priced.cost.total();
    Bill { month: total.list.likely.to_string(), unpriced: total.unpriced(), refused }
}
