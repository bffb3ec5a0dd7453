//! `[stack.approval]`: how many have to approve a plan, who, and which plans need it.

use super::super::codes;
use super::super::problem::Problem;
use super::author::Author;
use super::statement::is_principal;
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The approvals that a plan needs before it may be applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The file of those who may approve and their public keys, beside the stack file: `allowed_signers` as ssh-keygen reads it.
    pub signers: String,
    /// The number of people who have to approve. From two on, the author of the plan does not count.
    #[serde(default = "one")]
    pub count: u32,
    /// Those of the signers whose approval counts, by their principals; left out, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
    /// The time for which an approval is good, such as "4h", whatever longer it says itself.
    #[serde(default = "four_hours")]
    pub valid: String,
    /// The plans that need approval; an empty list with no `cost_over` means none.
    #[serde(default = "anything")]
    pub needs: Vec<Need>,
    /// A plan also needs approval that adds more than this to a month, in US dollars, or may do so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_over: Option<f64>,
}

/// Something in a plan for which it needs approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Any step.
    Anything,
    /// Something is deleted and nothing comes in its place.
    Deletes,
    /// Something that holds data is deleted, also where another one takes its place.
    DataLoss,
    /// The plan rests on an exception: a warning that is accepted or allowed, a cost that somebody accepted, or leave to delete.
    Exceptions,
}

/// A rule as a plan has it from the time when it was made, with what only then was known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    pub rule: Rule,
    /// The author, as far as they say.
    pub author: Author,
    /// The exceptions that the plan rests on, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<String>,
}

/// The most people that a rule asks, and names.
const MOST: u32 = 20;

fn one() -> u32 {
    1
}

fn four_hours() -> String {
    "4h".into()
}

fn anything() -> Vec<Need> {
    vec![Need::Anything]
}

impl Rule {
    /// The rule that holds where somebody names signers and no file says more: one of them, for any step.
    pub fn least() -> Self {
        Rule { signers: String::new(), count: one(), by: Vec::new(), valid: four_hours(), needs: anything(), cost_over: None }
    }

    /// False for a rule by which no plan needs approval.
    pub fn is_on(&self) -> bool {
        !self.needs.is_empty() || self.cost_over.is_some()
    }

    /// The time for which an approval is good; none for a text that is no time.
    pub fn valid(&self) -> Option<SignedDuration> {
        self.valid.parse::<SignedDuration>().ok().filter(|time| time.is_positive() && *time <= SignedDuration::from_hours(24 * 366))
    }

    /// Returns everything wrong with it, each problem with its code.
    pub fn check(&self) -> Vec<Problem> {
        let Rule { signers, count, by, valid: _, needs, cost_over } = self;
        let mut found = Vec::new();
        let mut wrong = |code: &'static str, problem: Problem| found.push(problem.of(code));
        if !is_inside(signers) {
            let problem = Problem::new("signers", "the file of signers lies beside the stack file or below it");
            let help = "write a path without `..`, such as \"allowed_signers\"; one that lies elsewhere is named with --signers";
            wrong(codes::OUT_OF_RANGE.id, problem.help(help));
        }
        if !(1..=MOST).contains(count) {
            let problem = Problem::new("count", format!("the number of approvals is from 1 to {MOST}"));
            wrong(codes::OUT_OF_RANGE.id, problem.help("a stack that needs none has no [stack.approval], or `needs = []`"));
        }
        if !by.is_empty() && u32::try_from(by.len()).is_ok_and(|named| named < *count) {
            let problem = Problem::new("by", format!("{} can never be enough for {count} approvals", people(by.len())));
            wrong(codes::OUT_OF_RANGE.id, problem.help("name more people, or lower `count`"));
        }
        if let Some(name) = by.iter().find(|name| !is_principal(name)) {
            let problem = Problem::new("by", format!("`{name}` cannot be a principal"));
            wrong(codes::BAD_NAME.id, problem.help("write each as the file of signers does, such as anna@example.com"));
        }
        if self.valid().is_none() {
            let problem = Problem::new("valid", "this is no time that an approval is good for");
            wrong(codes::OUT_OF_RANGE.id, problem.help("write it with its unit, such as \"4h\" or \"90m\", of a year at most"));
        }
        if cost_over.is_some_and(|most| !(0.0..=super::super::money::LARGEST).contains(&most)) {
            let problem = Problem::new("cost_over", "this is no amount that a plan could add to a month");
            wrong(codes::OUT_OF_RANGE.id, problem.help("write US dollars, as 50 or 0.5"));
        } else if cost_over.is_some() && needs.contains(&Need::Anything) {
            let problem = Problem::new("cost_over", "this changes nothing, since every plan needs approval already");
            wrong(codes::OUT_OF_RANGE.id, problem.help("leave it out, or write what else needs approval: `needs = [\"deletes\"]`"));
        }
        found
    }
}

impl Need {
    pub fn as_str(self) -> &'static str {
        match self {
            Need::Anything => "anything",
            Need::Deletes => "deletes",
            Need::DataLoss => "data_loss",
            Need::Exceptions => "exceptions",
        }
    }
}

/// True for a path that leads to a file beside another one, or below it.
fn is_inside(path: &str) -> bool {
    let parts = path.split('/').collect::<Vec<_>>();
    let plain = |part: &&str| !part.is_empty() && *part != "." && *part != "..";
    parts.iter().all(plain) && !path.contains(['\\', ':']) && path.len() <= 200 && !path.chars().any(super::super::visible::is_active)
}

fn people(count: usize) -> String {
    if count == 1 { "1 person".into() } else { format!("{count} people") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> Vec<String> {
        let rule = toml::from_str::<Rule>(&format!("signers = \"allowed_signers\"\n{text}")).unwrap();
        rule.check().into_iter().map(|problem| format!("{} {}", problem.code, problem.field)).collect()
    }

    #[test]
    fn a_rule_that_cannot_be_kept_is_refused() {
        assert_eq!(wrong(""), Vec::<String>::new());
        assert_eq!(
            wrong("count = 2\nby = [\"anna@example.com\", \"bert\"]\nvalid = \"90m\"\nneeds = [\"deletes\"]\ncost_over = 5"),
            [""; 0]
        );
        assert_eq!(wrong("count = 0"), ["TYPE003 count"]);
        assert_eq!(wrong("count = 2\nby = [\"anna\"]"), ["TYPE003 by"]);
        assert_eq!(wrong("by = [\"*@example.com\"]"), ["NAME001 by"]);
        assert_eq!(wrong("valid = \"4\""), ["TYPE003 valid"]);
        assert_eq!(wrong("valid = \"-4h\""), ["TYPE003 valid"]);
        assert_eq!(wrong("cost_over = 5"), ["TYPE003 cost_over"]);
        assert_eq!(wrong("needs = []\ncost_over = -1"), ["TYPE003 cost_over"]);
        for path in ["/etc/signers", "../signers", "a/../../b", "", "c:\\x", "a//b"] {
            assert_eq!(Rule { signers: path.into(), ..Rule::least() }.check().len(), 1, "{path}");
        }
        assert!(Rule::least().is_on() && !Rule { needs: Vec::new(), ..Rule::least() }.is_on());
    }
}
