//! Options that several commands share: what shapes, shows and prices a plan.

use super::exit::Failure;
use crate::core::address::Pattern;
use crate::core::money::{Decimal, LARGEST, Money, from_float, number};
use crate::core::origin::Only;
use crate::core::planner::Policy;
use crate::report::plan::View;
use std::path::PathBuf;

/// The choices that shape and show a plan.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Let a protected resource be deleted or replaced; repeatable, and `*` stands for any part
    #[arg(long, value_name = "ADDRESS")]
    pub allow_delete: Vec<String>,
    /// Deploy a version again that was rolled back, or whose command failed; repeatable, and `*` stands for any part
    #[arg(long, value_name = "ADDRESS")]
    pub retry: Vec<String>,
    /// Print JSON, for machines
    #[arg(long)]
    pub json: bool,
    /// Show every field, and the number of API calls
    #[arg(long, short)]
    pub verbose: bool,
}

/// The usage that costs rest on, and the total that somebody agrees to.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Pricing {
    /// A file with [usage] tables, laid over those of the stack
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Cost")]
    pub usage: Option<PathBuf>,
    /// Accept a monthly total of up to this, in US dollars, although [stack.budget] does not allow it
    #[arg(long, value_name = "AMOUNT", value_parser = dollars, help_heading = "Cost")]
    pub accept_cost: Option<Money>,
}

/// The author of a plan that is saved, to be approved by others.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Authorship {
    /// The author of the plan, by a name of the file of signers: where two approve, they do not count [default: the user]
    #[arg(long, env = "TRUEUP_AUTHOR", value_name = "NAME")]
    pub author: Option<String>,
}

/// The one side that a plan is to be of.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Side {
    /// Put back what somebody has changed in AWS since the last apply, and nothing else
    #[arg(long, conflicts_with = "only_file")]
    pub only_drift: bool,
    /// Bring what the file has changed since the last apply, and leave what has drifted
    #[arg(long)]
    pub only_file: bool,
}

impl Side {
    pub fn under(self, policy: Policy) -> Policy {
        let only = if self.only_drift { Some(Only::Drift) } else { self.only_file.then_some(Only::File) };
        Policy { only: only.or(policy.only), ..policy }
    }
}

impl Authorship {
    pub fn under(&self, policy: Policy) -> Policy {
        Policy { author: self.author.clone().unwrap_or(policy.author), ..policy }
    }
}

impl Options {
    /// The choices of a command that plans nothing.
    #[cfg(feature = "aws")]
    pub fn plain(json: bool) -> Self {
        Options { allow_delete: Vec::new(), retry: Vec::new(), json, verbose: false }
    }
    pub fn policy(&self, destroy: bool) -> Result<Policy, Failure> {
        let parse = |option: &str, text: &String| Pattern::parse(text).map_err(|error| Failure::usage(format!("--{option}: {error}")));
        let allow_delete = self.allow_delete.iter().map(|text| parse("allow-delete", text)).collect::<Result<_, _>>()?;
        let retry = self.retry.iter().map(|text| parse("retry", text)).collect::<Result<_, _>>()?;
        let author = user();
        Ok(Policy { destroy, allow_delete, retry, only: None, created: jiff::Timestamp::now().to_string(), author })
    }
    pub fn view(&self) -> View {
        View { width: crate::report::width(), whole: self.verbose }
    }
}

/// Returns the user of this machine, as far as it has a name.
fn user() -> String {
    #[cfg(feature = "aws")]
    let user = whoami::username().unwrap_or_default();
    #[cfg(not(feature = "aws"))]
    let user = std::env::var("USER").unwrap_or_default();
    user
}

/// An amount as people write it, and as it is printed: `160.21`, `$1,160.21`.
pub fn dollars(text: &str) -> Result<Money, String> {
    let plain = text.strip_prefix('$').unwrap_or(text).replace(',', "");
    let amount = number(&plain).filter(|amount| *amount >= Decimal::ZERO).ok_or_else(|| "write the amount as 160.21".to_owned())?;
    // As in the file: more than that is computed with nowhere.
    let most = from_float(LARGEST).unwrap_or(Decimal::MAX);
    if amount > most { Err(format!("no month costs more than {most} dollars")) } else { Ok(Money::new(amount)) }
}

/// A time as people write it: `30m`, `2h`, `1h 30m`.
#[cfg(feature = "aws")]
pub fn time(text: &str) -> Result<jiff::SignedDuration, String> {
    let time = text.parse::<jiff::SignedDuration>().ok().filter(jiff::SignedDuration::is_positive);
    time.ok_or_else(|| "write a time with its unit, such as 90s, 5m, 2h or 1h30m".to_owned())
}

/// Returns the day that it is, such as `2026-11-29`.
pub fn today() -> String {
    jiff::Timestamp::now().strftime("%F").to_string()
}
