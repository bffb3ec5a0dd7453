//! Rules: checks over all resources together. They find what only shows when resources are seen side by side, and what AWS
//! accepts but a careful person would not.

use super::checks::Checks;
use super::code::{Code, Level};
use super::graph::Finding;
use super::plan::Plan;
use super::problem::Problem;
use super::quota::{Quota, Uses};
use super::reason::{Found, Note, Refusal};
use super::rollout::observation::Reading;
use super::usage::{Remark, Usage};
use super::view::View;
use std::collections::BTreeMap;

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
    /// Resources, beside the quotas that AWS gives to every account, of those that are asked about. An account's own quotas, where
    /// they are known, say it better.
    Defaults(fn(&View<'_>, &dyn Fn(Quota) -> bool) -> Vec<Finding>),
    /// A plan, beside what the account has of the quotas that it needs.
    Quotas(fn(&Plan, &View<'_>, &Uses) -> Vec<Finding>),
}

impl Rule {
    /// Returns its findings in resources; none, if it looks at something else.
    pub fn find(&self, view: &View<'_>) -> Vec<Finding> {
        match self.look {
            Look::Resources(find) => self.own(find(view)),
            Look::Live(find) if view.live => self.own(find(view)),
            Look::Defaults(find) => self.own(find(view, &|_| true)),
            Look::Live(_) | Look::Usage(_) | Look::Commitments(_) | Look::Plan(_) | Look::Quotas(_) => Vec::new(),
        }
    }

    /// Returns its remarks about `[usage]`, or about what is committed to; none, if it looks at something else.
    pub fn find_in_usage(&self, usage: &Usage, wanted: &View<'_>) -> Vec<Remark> {
        match self.look {
            Look::Usage(find) if !usage.tables.is_empty() => find(usage, wanted),
            Look::Commitments(find) if !usage.committed.is_empty() => find(usage, wanted),
            Look::Usage(_) | Look::Commitments(_) | Look::Resources(_) | Look::Live(_) => Vec::new(),
            Look::Plan(_) | Look::Defaults(_) | Look::Quotas(_) => Vec::new(),
        }
    }

    /// Returns its findings in a plan; none, if it looks at something else.
    pub fn find_in_plan(&self, plan: &Plan, wanted: &View<'_>) -> Vec<Finding> {
        match self.look {
            Look::Plan(find) => self.own(find(plan, wanted)),
            Look::Resources(_) | Look::Live(_) | Look::Usage(_) | Look::Commitments(_) => Vec::new(),
            Look::Defaults(_) | Look::Quotas(_) => Vec::new(),
        }
    }

    /// Returns its findings in a plan for an account whose quotas were asked for. The default of a quota counts where AWS has not
    /// told the account's own, and something is to be made of it.
    pub fn find_in_account(&self, plan: &Plan, wanted: &View<'_>, uses: &Uses) -> Vec<Finding> {
        match self.look {
            Look::Quotas(find) => self.own(find(plan, wanted, uses)),
            Look::Defaults(find) => self.own(find(wanted, &|quota| matches!(uses.get(&quota), Some(Reading::Unknown(_))))),
            Look::Resources(_) | Look::Live(_) | Look::Usage(_) | Look::Commitments(_) | Look::Plan(_) => Vec::new(),
        }
    }

    fn own(&self, findings: Vec<Finding>) -> Vec<Finding> {
        findings.into_iter().map(|finding| Finding { problem: finding.problem.of(self.code.id), ..finding }).collect()
    }
}

/// The decisions of a stack about what rules find in it.
#[derive(Debug, Clone, Copy)]
pub struct Judgement<'a> {
    pub accepted: &'a [Accept],
    pub checks: &'a Checks,
}

/// Adds the findings of rules to a plan: a warning that nobody has accepted is a note, an error refuses the plan.
pub fn judge_plan(mut plan: Plan, wanted: &View<'_>, rules: &[Rule], accepted: &[Accept], checks: &Checks) -> Plan {
    for rule in rules {
        let found = rule.find_in_plan(&plan, wanted);
        add(&mut plan, rule, found, Judgement { accepted, checks });
    }
    plan
}

/// Does the same with what rules find of it in an account whose quotas were asked for. What nobody could tell is a note.
pub fn judge_account(plan: &mut Plan, wanted: &View<'_>, rules: &[Rule], uses: &Uses, by: Judgement<'_>) {
    for rule in rules {
        let found = rule.find_in_account(plan, wanted, uses);
        add(plan, rule, found, by);
    }
    let mut unread = BTreeMap::<&str, Vec<String>>::new();
    for (quota, reading) in uses {
        if let Reading::Unknown(reason) = reading {
            unread.entry(reason).or_default().push(quota.about().many.to_owned());
        }
    }
    let notes = unread.into_iter().map(|(reason, quotas)| Note::QuotasUnread { quotas, reason: reason.to_owned() });
    plan.notes.extend(notes);
}

fn add(plan: &mut Plan, rule: &Rule, findings: Vec<Finding>, Judgement { accepted, checks }: Judgement<'_>) {
    for Finding { address, problem, .. } in findings {
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
