//! What a stack costs a month, and what it would cost with a NAT gateway in each zone. No account, no network.
//!
//! `cargo run --no-default-features --example price_in_code`

use std::process::ExitCode;
use trueup::core::bill::Cost;
use trueup::core::diagnostic::Rejected;
use trueup::core::expand::expand;
use trueup::core::source::Source;
use trueup::kinds;
use trueup::modules;
use trueup::pricing::Estate;
use trueup::pricing::catalog::Catalog;
use trueup::pricing::cost::price;
use trueup::report;
use trueup::report::cost::{self, Side, View};

fn main() -> ExitCode {
    let (as_is, per_zone) = match (price_of(&[]), price_of(&["network.nat=per-zone"])) {
        (Ok(as_is), Ok(per_zone)) => (as_is, per_zone),
        (Err(rejected), _) | (_, Err(rejected)) => {
            report::talk(&rejected.render(report::colour()));
            return ExitCode::FAILURE;
        }
    };
    let view = View { title: "registry/production".into(), ..View::default() };
    report::data(&cost::render(&as_is, &view));
    let side = |name, cost| Side { name, cost, view: &view };
    report::data(&cost::compare(&view.title, side("as it is", &as_is), side("a gateway a zone", &per_zone)));
    ExitCode::SUCCESS
}

fn price_of(sets: &[&str]) -> Result<Cost, Rejected> {
    let file = Source::new("registry.toml", include_str!("../stacks/registry.toml"));
    let sets = sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>();
    let stack = modules::parse(file, Some("production"), &sets)?;
    let graph = expand(&stack)?;
    // The day is an argument: some prices begin on one.
    Ok(price(&Estate::wanted(&graph, &stack.settings.region, &kinds::priced), &stack.usage, Catalog::embedded(), "2026-11-21"))
}
