//! Prices AWS's own worked examples, and writes the table of them in docs/cost.md:
//! `UPDATE_EXPECT=1 cargo test --no-default-features published`.

use expect_test::expect_file;
use serde::Deserialize;
use std::fmt::Write;
use trueup::core::bill::{Line, Rated};
use trueup::core::expand::expand;
use trueup::core::money::{Decimal, Money, number, shown};
use trueup::core::source::Source;
use trueup::kinds;
use trueup::pricing::Estate;
use trueup::pricing::HOURS;
use trueup::pricing::catalog::Catalog;
use trueup::pricing::cost::price;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cost.md");

/// The row that the table begins with.
const HEAD: &str = "| service | example | page of AWS | day | AWS | Trueup | why it differs |\n|---|---|---|---|--:|--:|---|\n";

/// AWS rounds its figures to the cent, and often each line of them.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    example: Vec<Example>,
}

/// One example, with the keys that the file explains.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    service: String,
    example: String,
    page: String,
    day: String,
    #[serde(default = "virginia")]
    region: String,
    aws: String,
    of: Vec<String>,
    #[serde(default)]
    free: bool,
    hours: Option<u32>,
    differs: Option<String>,
    stack: String,
}

fn virginia() -> String {
    "us-east-1".into()
}

impl Example {
    fn name(&self) -> String {
        format!("{}, {}", self.service, self.example)
    }

    fn aws(&self) -> Decimal {
        number(&self.aws.replace(',', "")).unwrap()
    }

    /// Returns what the stack costs in a month of 730 hours, and in one of as many as AWS counts.
    fn trueup(&self) -> (Decimal, Decimal) {
        let text = format!("[stack]\nname = \"example\"\nregion = \"{}\"\n{}", self.region, self.stack);
        let stack =
            trueup::modules::parse(Source::new(self.name(), text), None, &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
        let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
        let mut usage = stack.usage;
        usage.bare = true;
        let cost = price(&Estate::wanted(&graph, &self.region, &kinds::priced), &usage, Catalog::embedded(), "2026-11-29");
        let counts = |line: &&Line| self.of.iter().any(|key| line.key.starts_with(key));
        let lines = cost.items.iter().flat_map(|item| &item.lines).filter(counts).collect::<Vec<_>>();
        assert!(!lines.is_empty(), "{}: nothing of {:?}", self.name(), self.of);
        let amount = |line: &Line, hours: Decimal| {
            let Rated::Priced(priced) = &line.price else { panic!("{}: {} has no price", self.name(), line.key) };
            let free = if self.free { priced.free.likely.dollars() } else { Decimal::ZERO };
            let share = if line.unit.contains("hour") { hours / HOURS } else { Decimal::ONE };
            (priced.cost.likely.dollars() - free) * share
        };
        let sum = |hours: Decimal| lines.iter().map(|line| amount(line, hours)).sum();
        (sum(HOURS), sum(self.hours.map_or(HOURS, Decimal::from)))
    }

    /// Returns an amount in cents, or in tenths of them where AWS has those.
    fn money(&self, amount: Decimal) -> String {
        let finer = self.aws.split_once('.').is_some_and(|(_, decimals)| decimals.len() > 2);
        if finer { shown(amount.round_dp(3)) } else { Money::new(amount).grouped() }
    }
}

fn examples() -> Vec<Example> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/prices/published.toml")).unwrap();
    toml::from_str::<File>(&text).unwrap().example
}

#[test]
fn published_examples_agree_to_the_cent_where_none_says_why_not() {
    let examples = examples();
    assert!(examples.len() >= 25, "{}", examples.len());
    let mut wrong = Vec::new();
    for example in &examples {
        let off = example.trueup().1 - example.aws();
        if (off.abs() <= CENT) != example.differs.is_none() {
            wrong.push(format!("{}: {off} off, and said: {:?}", example.name(), example.differs));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn published_examples_stand_in_the_document_beside_what_they_come_to() {
    let mut table = HEAD.to_owned();
    for example in examples() {
        let (month, theirs) = example.trueup();
        let mut trueup = example.money(month);
        if let Some(hours) = example.hours {
            write!(trueup, " ({} in {hours} h)", example.money(theirs)).unwrap();
        }
        let off = theirs - example.aws();
        let sign = if off.is_sign_negative() { "−" } else { "+" };
        let why = example.differs.as_ref().map(|why| format!("{sign}{}: {why}", example.money(off.abs()))).unwrap_or_default();
        let Example { service, example, page, day, aws, .. } = &example;
        let path = page.trim_start_matches("https://aws.amazon.com/").trim_end_matches('/');
        let name =
            if path.contains("/guidance-for-") { "Guidance" } else { path.rsplit_once("repost.aws/").map_or(path, |(_, path)| path) };
        writeln!(table, "| {service} | {example} | [{name}]({page}) | {day} | {aws} | {trueup} | {why} |").unwrap();
    }
    let document = std::fs::read_to_string(DOCUMENT).unwrap();
    let (before, rest) = document.split_once(HEAD).expect("docs/cost.md has the table");
    let after = rest.lines().skip_while(|line| line.starts_with('|')).map(|line| format!("{line}\n")).collect::<String>();
    expect_file![DOCUMENT].assert_eq(&format!("{before}{table}{after}"));
}
