//! Advice: cheaper choices that are equal but for what each says it costs otherwise. Data alone; `ops` finds and prices them.

use super::address::Address;
use super::bill::{Difference, Total};
use super::money::{Decimal, Money};
use serde::Serialize;

/// The advice on one environment of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Advised {
    /// The environment that was chosen, if one was.
    pub env: Option<String>,
    /// The largest saving first.
    pub advice: Vec<Advice>,
    /// All that go together, priced together; `None` where no two do.
    pub together: Option<Together>,
}

/// One cheaper choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// The name of the choice, which does not change with its wording: `arm64`.
    pub choice: &'static str,
    /// The table of the file that it is about: `service.api`.
    pub place: String,
    /// The choice as it reads after its place: `on arm64`.
    pub what: String,
    /// The edits of the file that make it, as `--what-if` takes them.
    pub edits: Vec<String>,
    /// The cost that is no money, such as `its images have to be built for arm64`.
    pub otherwise: String,
    /// The month with it less the month without.
    pub difference: Difference,
    /// The resources of a stack that runs already which it changes.
    pub changes: Vec<Change>,
}

/// A resource that a choice changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    pub address: Address,
    #[serde(flatten)]
    pub how: How,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum How {
    Create,
    /// In place; users notice the downtime, which is empty for none.
    Update {
        downtime: Vec<&'static str>,
    },
    /// By a new one in its place.
    Replace {
        loses_data: bool,
    },
    Delete,
}

/// Several choices at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Together {
    /// The places of those among all advice that take part, from 0.
    pub parts: Vec<usize>,
    pub edits: Vec<String>,
    pub difference: Difference,
    /// The month with all of them.
    pub total: Total,
}

/// The least that a choice saves in a likely month to be advised: half a dollar.
pub const LEAST: Money = Money::new(Decimal::from_parts(50, 0, 0, false, 2));
