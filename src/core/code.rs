//! The registry of codes: every finding has one, and a code says the same thing forever.
//!
//! A code is a family and a number. Families by who finds it: `FILE` `KEY` `TYPE` `NAME` `TAG` `REF` `OVR` `USE` reading and
//! expanding a stack file, `PLAN` and `COST` planning (both in `core::codes`); `MOD` and `NET` below 200 the modules
//! (`modules::codes`); by AWS service what AWS itself would refuse (`VPC` `ELB` `ECS` `RDS` …, in the checks of each kind); the
//! rules have families by what they are about (`NET` `SEC` `OPS` …, and `PLAN` and `USE` from 201 on, in the rule itself; `USE002` is a rule as well); `RDY` are the checks of readiness (`rules::readiness`). `Catalog::all_codes` has them all.
//!
//! A code has one reason. The number of a code that is gone is never used again.

use super::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One kind of finding, with all that a person may want to know of it.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    pub id: &'static str,
    pub level: Level,
    pub category: Category,
    /// One sentence that says what is found.
    pub about: &'static str,
    /// The reason why that matters, and the consequence if nothing is done.
    pub why: &'static str,
    /// The URL of the page on which AWS, or whoever decides it, says so; empty where the code is about our own file format.
    pub page: &'static str,
    pub example: Example,
}

impl Code {
    /// An error in a file, about which everything else is still to be said.
    pub const NEW: Code = Code {
        id: "",
        level: Level::Error,
        category: Category::File,
        about: "",
        why: "",
        page: "",
        example: Example::Stack { wrong: &[], right: &[] },
    };

    /// Returns the family of the code: `SEC` of `SEC201`.
    pub fn family(&self) -> &'static str {
        self.id.trim_end_matches(|letter: char| letter.is_ascii_digit())
    }
}

/// The weight of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The stack cannot be planned, or the plan cannot be applied.
    Error,
    /// It is shown until it is mended, or accepted with a reason.
    Warning,
}

impl Level {
    /// Returns the word for it, as people and machines read it.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
        }
    }
}

/// The side of a stack that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// The file does not say what it is meant to say.
    File,
    /// AWS would refuse the request.
    Request,
    /// The plan may not be applied as things are.
    Plan,
    Network,
    Security,
    Data,
    Reliability,
    Observability,
    Cost,
    Delivery,
    Integration,
}

impl Category {
    /// Returns the word for it, as people and machines read it.
    pub const fn name(self) -> &'static str {
        match self {
            Category::File => "file",
            Category::Request => "request",
            Category::Plan => "plan",
            Category::Network => "network",
            Category::Security => "security",
            Category::Data => "data",
            Category::Reliability => "reliability",
            Category::Observability => "observability",
            Category::Cost => "cost",
            Category::Delivery => "delivery",
            Category::Integration => "integration",
        }
    }
}

/// The examples of a code, which are its tests: each wrong one has the finding, each right one does not.
#[derive(Debug, Clone, Copy)]
pub enum Example {
    /// Stack files; one that is not about its `[stack]` table is written without it (`whole_file` adds one).
    Stack { wrong: &'static [&'static str], right: &'static [&'static str] },
    /// Stack files in the same way, which an assessment of readiness finds wrong and right: no other command says so.
    Readiness { wrong: &'static str, right: &'static str },
    /// Fields, as JSON, laid over the example of a kind. The example by itself is right.
    Spec { wrong: &'static [&'static str], right: &'static [&'static str] },
    /// It depends on what is live: a scenario of `tests/scenarios` by its name shows it.
    Scenario(&'static str),
    /// It depends on the bytes of a file, on an argument, or on a stack that is built in code: a test by its name shows it.
    Test(&'static str),
}

/// Returns an example as a whole stack file: with a `[stack]` table, unless it has one.
pub fn whole_file(example: &str) -> String {
    if example.lines().any(|line| line.trim() == "[stack]") {
        return example.to_owned();
    }
    format!("[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n{example}")
}

/// One thing that AWS refuses in the spec of a kind.
///
/// A check looks at a spec as the file says it. Strings that are still symbolic (`reference::is_symbolic`) are left alone, since
/// nobody can say yet what they will be.
pub struct Check<S: 'static> {
    pub id: &'static str,
    /// One sentence that says what is found.
    pub about: &'static str,
    /// The sentence that says what AWS does about it, and why.
    pub why: &'static str,
    /// The URL of AWS's page that says so.
    pub page: &'static str,
    /// Fields, as JSON, laid over the kind's example: each is found wrong by this check.
    pub wrong: &'static [&'static str],
    /// The same, and no check of the kind finds anything: the nearest that AWS takes.
    pub right: &'static [&'static str],
    /// Names the field as it is written, dotted and with the index it has in the file (`rules.0.port`).
    pub find: fn(&S) -> Vec<Problem>,
}

impl<S> Check<S> {
    pub const fn code(&self) -> Code {
        Code {
            id: self.id,
            level: Level::Error,
            category: Category::Request,
            about: self.about,
            why: self.why,
            page: self.page,
            example: Example::Spec { wrong: self.wrong, right: self.right },
        }
    }
}

/// Lays fields over a spec, table by table; `null` takes a field out, everything else replaces what was there. A table inside that
/// says its `type` is one of several shapes, so it replaces the whole table.
pub fn lay_over(spec: &mut Value, fields: &Map<String, Value>) {
    for (key, value) in fields {
        match (spec.get_mut(key), value) {
            (Some(_), Value::Null) => {
                spec.as_object_mut().map(|spec| spec.remove(key));
            }
            (Some(inner @ Value::Object(_)), Value::Object(fields)) if !fields.contains_key("type") => lay_over(inner, fields),
            _ => spec[key] = value.clone(),
        }
    }
}
