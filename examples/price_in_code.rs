//! What a stack costs a month, and what it would cost with a NAT gateway in each zone. No account, no network.
//!
//! `cargo run --no-default-features --example price_in_code`

use std::process::ExitCode;
use trueup::core::price::catalog::Catalog;
use trueup::core::price::cost::{Cost, price};
use trueup::core::price::estate::Estate;
use trueup::core::source::Source;
use trueup::core::stack::Rejected;
use trueup::modules;
use trueup::report;

fn main() -> ExitCode {
    let (as_is, per_zone) = match (cost(&[]), cost(&["network.nat=per-zone"])) {
        (Ok(as_is), Ok(per_zone)) => (as_is, per_zone),
        (Err(rejected), _) | (_, Err(rejected)) => {
            report::talk(&rejected.render(report::colour()));
            return ExitCode::FAILURE;
        }
    };
    let view = report::cost::View { title: "registry/production".into(), ..Default::default() };
    report::data(&report::cost::render(&as_is, &view));
    report::data(&report::cost::compare(("as it is", &as_is), ("a gateway a zone", &per_zone), &view));
    ExitCode::SUCCESS
}

fn cost(sets: &[&str]) -> Result<Cost, Rejected> {
    let file = Source::new("registry.toml", include_str!("../stacks/registry.toml"));
    let sets = sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>();
    let stack = modules::parse(file, Some("production"), &sets)?;
    let graph = stack.expand()?;
    // The day is an argument: some prices begin on one.
    Ok(price(&Estate::wanted(&graph, &stack.settings.region), &stack.usage, Catalog::embedded(), "2026-11-21"))
}
