//! The preflight: fifteen checks of what is live, before a rollout is begun. `judge(policy, facts)` asks nobody.

mod checks;
pub mod facts;
#[cfg(test)]
mod tests;

use super::phases::{Phase, phases};
use super::policy::Policy;
use crate::core::address::Address;
use crate::core::money::Money;
use facts::Facts;
use serde::{Deserialize, Serialize};

/// The answer to one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// 1 to 15, which never changes its meaning.
    pub number: u8,
    pub title: String,
    pub result: Answer,
    /// Why it is so, in a fragment.
    pub says: String,
    /// A remedy, where something is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It does not apply, or AWS has no way to ask.
    Skipped,
    Ok,
    /// AWS was asked and did not say, or said what can be read in two ways.
    Unknown,
    Fail,
}

impl Answer {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Answer::Skipped => "skipped",
            Answer::Ok => "ok",
            Answer::Unknown => "unknown",
            Answer::Fail => "fail",
        }
    }
}

/// The number of checks.
pub const CHECKS: u8 = 15;

/// Returns the answers to all checks, by number.
#[must_use]
pub fn judge(policy: &Policy, facts: &Facts) -> Vec<Checked> {
    checks::all(policy, facts)
}

/// Returns the checks that keep a rollout from being begun: what fails, and what is not known and nobody has allowed.
#[must_use]
pub fn standing<'a>(checked: &'a [Checked], allowed: &[u8]) -> Vec<&'a Checked> {
    let stands = |one: &&Checked| match one.result {
        Answer::Fail => true,
        Answer::Unknown => !allowed.contains(&one.number),
        Answer::Ok | Answer::Skipped => false,
    };
    checked.iter().filter(stands).collect()
}

/// A service that a plan rolls out, and the answers to all checks.
#[derive(Debug, Clone)]
pub struct Preflight {
    pub address: Address,
    /// The name that commands call it by: `web` for `[service.web]`.
    pub name: String,
    pub policy: Policy,
    pub checked: Vec<Checked>,
}

impl Preflight {
    /// Returns the checks with one answer.
    #[must_use]
    pub fn of(&self, result: Answer) -> Vec<Checked> {
        self.checked.iter().filter(|one| one.result == result).cloned().collect()
    }

    /// Returns the phases that it goes through.
    #[must_use]
    pub fn phases(&self) -> Vec<Phase> {
        phases(&self.policy)
    }
}

/// The cost of the tasks that run twice during a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Doubled {
    /// In the shortest time that it takes.
    pub at_least: Money,
    /// While every gate stays open for as long as it may.
    pub at_most: Money,
    /// Lines without a price, which come on top.
    pub unpriced: usize,
}
