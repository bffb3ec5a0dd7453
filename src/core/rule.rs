//! Rules: checks over all resources together. They find what only shows when resources are seen side by side, and what AWS
//! accepts but a careful person would not.

use super::checks::Checks;
use super::code::{Code, Level};
use super::graph::Finding;
use super::plan::Plan;
use super::problem::Problem;
use super::reason::{Found, Note, Refusal};
use super::usage::{Remark, Usage};
use super::view::View;

/// One check. Its code is its documentation, with the examples that it is tested with.
///
/// A rule is pure, and the same for every run: no I/O, no clock. It is silent about what it cannot know, such as a reference to a
/// node that does not exist yet, since a false alarm costs more trust than a missed one. Each finding names the address of the
/// node at fault and a field of its spec, dotted (`ingress.0.cidr`); its code is put to it by `find`. The laws of rules are in
/// `tests/core/rules.rs` and `tests/core/codes.rs`.
#[derive(Debug)]
pub struct Rule {
    pub code: Code,
    pub look: Look,
}

/// The things that a rule looks at, and the function that does. It returns findings in an order that is always the same.
#[derive(Debug, Clone, Copy)]
pub enum Look {
    /// Resources, wanted or live: it holds for both.
    Resources(fn(&View<'_>) -> Vec<Finding>),
    /// Resources that are live: it is about something that no file says.
    Live(fn(&View<'_>) -> Vec<Finding>),
    /// The amounts of `[usage]`, beside what the stack wants.
    Usage(fn(&Usage, &View<'_>) -> Vec<Remark>),
    /// The reservations and Savings Plans of the account, beside what the stack wants.
    Commitments(fn(&Usage, &View<'_>) -> Vec<Remark>),
    /// A plan, beside what the stack wants.
    Plan(fn(&Plan, &View<'_>) -> Vec<Finding>),
}

impl Rule {
    /// Returns its findings in resources; none, if it looks at something else.
    pub fn find(&self, view: &View<'_>) -> Vec<Finding> {
        match self.look {
            Look::Resources(find) => self.own(find(view)),
            Look::Live(find) if view.live => self.own(find(view)),
            Look::Live(_) | Look::Usage(_) | Look::Commitments(_) | Look::Plan(_) => Vec::new(),
        }
    }

    /// Returns its remarks about `[usage]`, or about what is committed to; none, if it looks at something else.
    pub fn find_in_usage(&self, usage: &Usage, wanted: &View<'_>) -> Vec<Remark> {
        match self.look {
            Look::Usage(find) if !usage.tables.is_empty() => find(usage, wanted),
            Look::Commitments(find) if !usage.committed.is_empty() => find(usage, wanted),
            Look::Usage(_) | Look::Commitments(_) | Look::Resources(_) | Look::Live(_) | Look::Plan(_) => Vec::new(),
        }
    }

    /// Returns its findings in a plan; none, if it looks at something else.
    pub fn find_in_plan(&self, plan: &Plan, wanted: &View<'_>) -> Vec<Finding> {
        match self.look {
            Look::Plan(find) => self.own(find(plan, wanted)),
            Look::Resources(_) | Look::Live(_) | Look::Usage(_) | Look::Commitments(_) => Vec::new(),
        }
    }

    fn own(&self, findings: Vec<Finding>) -> Vec<Finding> {
        findings.into_iter().map(|finding| Finding { problem: finding.problem.of(self.code.id), ..finding }).collect()
    }
}

/// Adds the findings of rules to a plan: a warning that nobody has accepted is a note, an error refuses the plan.
pub fn judge_plan(mut plan: Plan, wanted: &View<'_>, rules: &[Rule], accepted: &[Accept], checks: &Checks) -> Plan {
    for rule in rules {
        for Finding { address, problem } in rule.find_in_plan(&plan, wanted) {
            let Problem { message, help, .. } = problem;
            let known = accepted.iter().any(|accept| accept.covers(rule.code.id, address.as_str()));
            let found = Found { code: rule.code.id.to_owned(), address, message, help };
            match (rule.code.level, checks.level(rule.code.id, rule.code.level)) {
                (Level::Warning, _) if known => {}
                (_, Some(Level::Error)) => plan.refusals.push(Refusal::Found(found)),
                (_, Some(Level::Warning)) => plan.notes.push(Note::Found(found)),
                (_, None) => {}
            }
        }
    }
    plan
}

/// `[[accept]]`: a warning that somebody has looked at and means to live with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    pub rule: String,
    /// A node, or the start of the addresses of several; empty for all.
    pub address: String,
    /// The last day on which it is accepted, such as `2027-01-31`; none for good.
    pub until: Option<String>,
    /// The reason why that is right.
    pub because: String,
}

/// Returns a day as a date, if it is written as one: `2027-01-31`.
pub fn day(text: &str) -> Option<jiff::civil::Date> {
    text.parse::<jiff::civil::Date>().ok().filter(|date| date.to_string() == text)
}

impl Accept {
    /// Returns the first day on which it is not accepted any more.
    pub fn ends(&self) -> Option<String> {
        Some(day(self.until.as_ref()?)?.tomorrow().ok()?.to_string())
    }
    pub fn covers(&self, code: &str, address: &str) -> bool {
        let within = address.strip_prefix(self.address.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.rule == code && (self.address.is_empty() || within)
    }
}
