//! Prices a stack for a month, as it is and with a NAT gateway in each zone. No account, no network.
//!
//! `cargo run --no-default-features --example price_in_code`

use std::process::ExitCode;
use trueup::core::source::Source;
use trueup::ops::Error;
use trueup::ops::cost::{Basis, Priced, one};
use trueup::ops::stack::Choice;
use trueup::pricing::catalog::Catalog;
use trueup::report;
use trueup::report::cost::{self, Side, View};

fn main() -> ExitCode {
    let (as_is, per_zone) = match (price_of(&[]), price_of(&["network.nat=per-zone".to_owned()])) {
        (Ok(as_is), Ok(per_zone)) => (as_is, per_zone),
        (Err(error), _) | (_, Err(error)) => {
            report::error(&error.to_string(), error.hint().as_deref());
            return ExitCode::FAILURE;
        }
    };
    let view = View { title: as_is.owner, ..View::default() };
    report::data(&cost::render(&as_is.cost, &view));
    let side = |name, cost| Side { name, cost, view: &view };
    report::data(&cost::compare(&view.title, side("as it is", &as_is.cost), side("a gateway a zone", &per_zone.cost)));
    ExitCode::SUCCESS
}

fn price_of(set: &[String]) -> Result<Priced, Error> {
    let file = Source::new("registry.toml", include_str!("../stacks/registry.toml"));
    // The day is an argument: some prices begin on one.
    let basis = Basis { catalog: Catalog::embedded(), today: "2026-11-21", accepted: None };
    one(&file, Choice { env: Some("production"), set, ..Choice::default() }, basis)
}
