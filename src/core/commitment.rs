//! `[stack.commitment]`: what an account has promised AWS to pay for one year or three, whether it uses it or not.

use super::codes;
use super::money::{Decimal, LARGEST, from_float};
use super::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A reservation, or a Savings Plan, that the account has or is to have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// The thing that it is for.
    pub service: Committed,
    /// The years that it lasts: 1 or 3.
    #[serde(default = "one")]
    pub years: u32,
    /// The way to pay for it: month by month, or a part or all of it on the day that it begins.
    #[serde(default)]
    pub payment: Payment,
    /// The day that it begins, such as `2026-12-01`; left out, it is there now and for as long as anybody looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<String>,
    /// The class that is reserved: `db.t4g.medium`, `cache.t4g.micro`, `r6g.large.search`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The engine that is reserved: `postgres`, `mysql` or `mariadb`; of caches `redis` or `valkey`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Reserves databases with a standby.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_az: Option<bool>,
    /// The number that is reserved; left out, one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Dollars an hour: of a Savings Plan what is committed to, of a reservation what each costs by the account's own contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hourly: Option<f64>,
    /// Dollars that each reservation costs once, by the account's own contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upfront: Option<f64>,
    /// The share that a Savings Plan takes off what it covers, such as 0.2, by the account's own contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<f64>,
}

/// All that a stack's account is committed to, by name.
pub type Commitments = BTreeMap<String, Commitment>;

/// The things that an account commits itself to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Committed {
    /// Reserved database instances.
    Rds,
    /// Reserved nodes of caches.
    Elasticache,
    /// Reserved nodes of search domains.
    Opensearch,
    /// A Compute Savings Plan, which covers tasks on Fargate.
    ComputeSavingsPlan,
    /// A Database Savings Plan, which covers databases and caches of the seventh generation and newer.
    DatabaseSavingsPlan,
    /// Reserved EC2 instances, or an EC2 Instance Savings Plan: refused, since nothing that a stack makes would use them.
    Ec2,
}

/// The ways to pay for a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Payment {
    /// Month by month.
    #[default]
    NoUpfront,
    /// A part at once, and the rest month by month.
    PartialUpfront,
    /// All of it at once.
    AllUpfront,
}

fn one() -> u32 {
    1
}

impl Committed {
    pub fn is_plan(self) -> bool {
        matches!(self, Committed::ComputeSavingsPlan | Committed::DatabaseSavingsPlan)
    }
}

impl Payment {
    /// Returns it as a sentence has it: `no upfront`.
    pub fn words(self) -> &'static str {
        match self {
            Payment::NoUpfront => "no upfront",
            Payment::PartialUpfront => "partial upfront",
            Payment::AllUpfront => "all upfront",
        }
    }
}

impl Commitment {
    /// The number that is reserved.
    pub fn number(&self) -> u32 {
        self.count.unwrap_or(1)
    }
    pub fn months(&self) -> u32 {
        self.years.saturating_mul(12)
    }
    /// Returns the dollars an hour that it says.
    pub fn hourly(&self) -> Option<Decimal> {
        self.hourly.and_then(from_float)
    }
    /// True while it lasts, on a day such as `2026-11-21`. Without a day of its own it always does.
    pub fn lasts(&self, today: &str) -> bool {
        let Some(begins) = self.begins.as_deref().filter(|_| !today.is_empty()) else { return true };
        let year = begins.get(..4).and_then(|year| year.parse::<u32>().ok()).unwrap_or_default();
        // Days of the same form are in order as text.
        let ends = format!("{:04}{}", year.saturating_add(self.years), begins.get(4..).unwrap_or_default());
        begins <= today && today < ends.as_str()
    }

    /// Returns everything wrong with it, below its own table.
    pub fn check(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let Commitment { service, years, payment: _, begins, class, engine, multi_az, count, hourly, upfront, discount } = self;
        if *service == Committed::Ec2 {
            let help = "take it out; a Compute Savings Plan covers tasks on Fargate as well: `service = \"compute-savings-plan\"`";
            let message = "nothing that a stack makes runs on EC2 instances of the account, so this would cover nothing";
            return vec![Problem::new("service", message).help(help).of(codes::NOT_COMMITTABLE.id)];
        }
        if !matches!(years, 1 | 3) {
            let message = format!("AWS sells commitments for 1 year or 3, not for {years}");
            found.push(Problem::new("years", message).help("write 1 or 3").of(codes::OUT_OF_RANGE.id));
        }
        if begins.as_ref().is_some_and(|day| day.parse::<jiff::civil::Date>().map(|date| date.to_string()).ok().as_ref() != Some(day)) {
            let message = format!("`{}` is no day", begins.as_deref().unwrap_or_default());
            found.push(Problem::new("begins", message).help("write it as \"2026-12-01\"").of(codes::WRONG_COMMITMENT.id));
        }
        for (field, amount) in [("hourly", hourly), ("upfront", upfront)] {
            if amount.is_some_and(|amount| !(0.0..=LARGEST).contains(&amount)) {
                let message = format!("`{field}` is an amount of US dollars");
                found.push(Problem::new(field, message).help("write a number from 0 on").of(codes::OUT_OF_RANGE.id));
            }
        }
        let given = [
            ("class", class.is_some()),
            ("engine", engine.is_some()),
            ("multi_az", multi_az.is_some()),
            ("count", count.is_some()),
            ("hourly", hourly.is_some()),
            ("upfront", upfront.is_some()),
            ("discount", discount.is_some()),
        ];
        let takes: &[&str] = match service {
            Committed::Rds => &["class", "engine", "multi_az", "count", "hourly", "upfront"],
            Committed::Elasticache => &["class", "engine", "count", "hourly", "upfront"],
            Committed::Opensearch => &["class", "count", "hourly", "upfront"],
            Committed::ComputeSavingsPlan | Committed::DatabaseSavingsPlan | Committed::Ec2 => &["hourly", "discount"],
        };
        for (field, _) in given.iter().filter(|(field, given)| *given && !takes.contains(field)) {
            let what = if service.is_plan() { "a Savings Plan" } else { "such a reservation" };
            let message = format!("{what} has no `{field}`");
            found.push(Problem::new(*field, message).help(format!("it takes {}", takes.join(", "))).of(codes::WRONG_COMMITMENT.id));
        }
        found.extend(if service.is_plan() { self.check_plan() } else { self.check_reservation() });
        found
    }

    fn check_plan(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        // https://docs.aws.amazon.com/savingsplans/latest/APIReference/API_CreateSavingsPlan.html
        match self.hourly {
            None => {
                let help = "write `hourly = 0.05` for five cents an hour";
                found.push(Problem::new("", "a Savings Plan is a number of dollars an hour").help(help).of(codes::WRONG_COMMITMENT.id));
            }
            Some(hourly) if (0.0..0.001).contains(&hourly) => {
                let problem = Problem::new("hourly", "a Savings Plan is $0.001 an hour at least");
                found.push(problem.help("write 0.001 or more").of(codes::OUT_OF_RANGE.id));
            }
            Some(_) => {}
        }
        if self.discount.is_some_and(|discount| !(0.0..1.0).contains(&discount)) {
            let problem = Problem::new("discount", "a discount is a share from 0 to less than 1");
            found.push(problem.help("write 0.2 where on-demand prices are 20 % higher than the plan leaves").of(codes::OUT_OF_RANGE.id));
        }
        found
    }

    fn check_reservation(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        let mut wrong = |problem: Problem, code: &'static str| found.push(problem.of(code));
        let (prefix, suffix, example) = match self.service {
            Committed::Elasticache => ("cache.", "", "cache.t4g.micro"),
            Committed::Opensearch => ("", ".search", "r6g.large.search"),
            _ => ("db.", "", "db.t4g.medium"),
        };
        match self.class.as_deref() {
            None => {
                let help = format!("write `class = \"{example}\"`");
                wrong(Problem::new("", "a reservation is for a class").help(help), codes::WRONG_COMMITMENT.id);
            }
            Some(class) => {
                let own = class.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix));
                if own
                    .and_then(|own| own.split_once('.'))
                    .is_none_or(|(family, size)| generation(family).is_none() || units(size).is_none())
                {
                    let message = format!("`{class}` is no class that can be reserved");
                    wrong(Problem::new("class", message).help(format!("write it as `{example}`")), codes::NOT_COMMITTABLE.id);
                }
            }
        }
        let engines: &[&str] = match self.service {
            Committed::Rds => &["postgres", "mysql", "mariadb"],
            Committed::Elasticache => &["redis", "valkey"],
            _ => &[],
        };
        match self.engine.as_deref() {
            None if !engines.is_empty() => {
                let help = format!("write `engine = \"{}\"`", engines[0]);
                wrong(Problem::new("", "a reservation is for an engine").help(help), codes::WRONG_COMMITMENT.id);
            }
            Some(engine) if !engines.is_empty() && !engines.contains(&engine) => {
                let message = format!("a stack has nothing with the engine `{engine}` that a reservation could cover");
                wrong(Problem::new("engine", message).help(format!("it is one of {}", engines.join(", "))), codes::NOT_COMMITTABLE.id);
            }
            _ => {}
        }
        if self.count.is_some_and(|count| !(1..=10_000).contains(&count)) {
            let problem = Problem::new("count", "a reservation is for 1 to 10000 of a class");
            wrong(problem.help("write how many there are, or take the table out"), codes::OUT_OF_RANGE.id);
        }
        // https://aws.amazon.com/rds/reserved-instances/
        if (self.service, self.years, self.payment) == (Committed::Rds, 3, Payment::NoUpfront) {
            let problem = Problem::new("payment", "AWS sells no three years of a database without anything upfront");
            wrong(problem.help("write `partial-upfront` or `all-upfront`, or `years = 1`"), codes::WRONG_COMMITMENT.id);
        }
        let (upfront, hourly) = (self.upfront.is_some_and(|it| it > 0.0), self.hourly.is_some_and(|it| it > 0.0));
        let paid = match self.payment {
            Payment::NoUpfront if upfront => Some(("upfront", "no-upfront", "`hourly` alone")),
            Payment::AllUpfront if hourly => Some(("hourly", "all-upfront", "`upfront` alone")),
            Payment::NoUpfront | Payment::PartialUpfront | Payment::AllUpfront => None,
        };
        if let Some((field, payment, remedy)) = paid {
            let message = format!("what is paid `{payment}` has no `{field}`");
            wrong(Problem::new(field, message).help(format!("say {remedy}, or another `payment`")), codes::WRONG_COMMITMENT.id);
        }
        if self.payment == Payment::PartialUpfront && self.upfront.is_some() != self.hourly.is_some() {
            let (said, other) = if self.upfront.is_some() { ("upfront", "hourly") } else { ("hourly", "upfront") };
            let message = format!("a price with a part upfront has an `{other}` as well");
            wrong(Problem::new(said, message).help("say both, as the console shows them, or neither"), codes::WRONG_COMMITMENT.id);
        }
        found
    }
}

/// Returns the generation of a family of classes: 4 of `t4g`, 7 of `r7g`.
pub fn generation(family: &str) -> Option<u32> {
    let digits = family.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
    let end = digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok().filter(|_| digits.len() < family.len())
}

/// Returns how many normalized units a size has, the same for databases and for caches of Redis:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithReservedDBInstances.html>
pub fn units(size: &str) -> Option<Decimal> {
    let times = size.strip_suffix("xlarge").map(|times| if times.is_empty() { Some(1) } else { times.parse::<u32>().ok() });
    Some(match (size, times) {
        ("nano", _) => Decimal::new(25, 2),
        ("micro", _) => Decimal::new(5, 1),
        ("small", _) => Decimal::ONE,
        ("medium", _) => Decimal::TWO,
        ("large", _) => Decimal::from(4),
        (_, Some(Some(times))) => Decimal::from(8) * Decimal::from(times),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_the_units_that_aws_says() {
        let all =
            [("micro", "0.5"), ("small", "1"), ("medium", "2"), ("large", "4"), ("xlarge", "8"), ("2xlarge", "16"), ("24xlarge", "192")];
        for (size, wanted) in all {
            assert_eq!(units(size).map(|units| units.to_string()).as_deref(), Some(wanted), "{size}");
        }
        assert_eq!(["tiny", "", "x2large", "-1xlarge"].map(units), [None; 4]);
        assert_eq!(["t4g", "r6id", "m7i-flex", "x", "7", ""].map(generation), [Some(4), Some(6), Some(7), None, None, None]);
    }

    #[test]
    fn it_lasts_for_its_years() {
        let text = "service = \"rds\"\nclass = \"db.t4g.micro\"\nengine = \"mysql\"\nyears = 3\nbegins = \"2026-12-01\"";
        let one = toml::from_str::<Commitment>(text).unwrap();
        let days = ["2026-11-30", "2026-12-01", "2029-11-30", "2029-12-01", ""].map(|day| one.lasts(day));
        assert_eq!(days, [false, true, true, false, true]);
        assert!(Commitment { begins: None, ..one }.lasts("1999-01-01"));
    }
}
