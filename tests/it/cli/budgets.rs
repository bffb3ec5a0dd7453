//! The cost of a plan: in plan, apply and destroy, in saved plans, and against the budget.

use super::costs::{DAY, SECRETS, adds_up};
use super::{Desk, shipped};
use expect_test::expect;
use serde_json::Value;
use trueup::core::plan::Plan;
use trueup::core::sealed::{Sealed, seal};

#[test]
fn a_plan_says_what_it_adds_and_what_it_saves() {
    let desk = Desk::with(SECRETS);
    expect![[r#"
        exit 0
        --- stdout
        small/default in us-east-1, no account

        secrets
          + one.secret  secretsmanager.secret  +$0.40  The secret one
          + two.secret  secretsmanager.secret  +$0.40  The secret two

        Plan: 2 to create, 0 unchanged.
        Cost: $0.00 a month now, $0.80 after: +$0.80 ($0.80 to $0.90)
        Budget: $0.80 of $2.00 a month, 40 %
        --- stderr
    "#]]
    .assert_eq(&desk.run(&["plan", "--empty"]).all());
    let applied = desk.sandbox(&["apply", "--yes"]).exits(0);
    assert!(applied.out.contains("Cost: $0.00 a month now, $0.80 after: +$0.80 ($0.80 to $0.90)\n"), "{}", applied.out);
    expect![[r#"
        small/default in us-east-1, 123456789012

        No changes. 2 unchanged.
        Cost: $0.80 a month, unchanged ($0.80 to $0.90)
    "#]]
    .assert_eq(&desk.sandbox(&["plan"]).exits(0).out);
    let edited = SECRETS.replace("[secrets.two]", "[secrets.three]") + "\n[secrets.four]\n";
    desk.write("stack.toml", &edited);
    expect![[r#"
        small/default in us-east-1, 123456789012

        secrets
          + four.secret   secretsmanager.secret  +$0.40  The secret four
          + three.secret  secretsmanager.secret  +$0.40  The secret three
          - two.secret    secretsmanager.secret  -$0.40  arn:…:secret:/trueup/small/default/secrets.two.secret… · loses its data

        Plan: 2 to create, 1 to delete, 1 unchanged.
        Cost: $0.80 a month now, $1.20 after: +$0.40 ($1.20 to $1.35)
        Budget: $1.20 of $2.00 a month, 60 %
    "#]]
    .assert_eq(&desk.sandbox(&["plan", "--allow-delete", "secrets.two.secret"]).exits(0).out);
    expect![[r#"
        small/default in us-east-1, 123456789012

        secrets
          - one.secret  secretsmanager.secret  -$0.40  arn:…:secret:/trueup/small/default/secrets.one.secret-1… · loses its data
          - two.secret  secretsmanager.secret  -$0.40  arn:…:secret:/trueup/small/default/secrets.two.secret-p… · loses its data

        Plan: 2 to delete, 0 unchanged.
        Cost: $0.80 a month now, $0.00 after: -$0.80
    "#]]
    .assert_eq(&desk.sandbox(&["destroy", "--yes", "--allow-delete", "secrets.two.secret"]).exits(0).out);
}

#[test]
fn every_plan_shows_its_cost_and_its_delta_is_after_less_before() {
    let desk = Desk::new();
    let stacks: &[(&str, Option<&str>)] = &[
        ("stacks/registry.toml", Some("staging")),
        ("stacks/registry.toml", Some("production")),
        ("templates/web-service.toml", Some("production")),
        ("templates/web-service.toml", Some("staging")),
        ("templates/worker.toml", None),
        ("templates/static-site.toml", None),
        ("examples/hello.toml", None),
        ("examples/closed.toml", None),
        ("examples/tenants.toml", None),
        ("examples/workers.toml", None),
    ];
    for (file, env) in stacks {
        let (file, env) = (shipped(file), env.map_or(Vec::new(), |env| vec!["--env", env]));
        let ran = desk.run(&[&["plan", &file, "--empty"], env.as_slice()].concat()).exits(0);
        let line = ran.out.lines().find(|line| line.starts_with("Cost: $0.00 a month now, $")).unwrap_or_else(|| panic!("{}", ran.out));
        let plan = desk.run(&[&["plan", &file, "--empty", "--json"], env.as_slice()].concat()).exits(0).json();
        let cost = &plan["cost"];
        adds_up(&cost["delta"]["list"], &cost["before"]["list"], &cost["after"]["list"]);
        for one in cost["resources"].as_array().unwrap() {
            adds_up(&one["delta"]["list"], &one["before"]["list"], &one["after"]["list"]);
        }
        // The same figures as `trueup cost`.
        let alone = desk.run(&[&["cost", &file, "--json", "--allow-unpriced"], env.as_slice()].concat()).exits(0).json();
        assert_eq!(
            (&cost["after"]["list"], &cost["after"]["unknown"]["lines"]),
            (&alone["total"]["list"], &alone["total"]["unpriced"]),
            "{line}"
        );
    }
}

#[test]
fn a_saved_plan_is_priced_by_what_was_approved() {
    let desk = Desk::new();
    let file = shipped("stacks/registry.toml");
    let saved = desk.run(&["plan", &file, "--env", "production", "--empty", "--out", "plan.json"]).exits(0);
    assert!(saved.out.contains("Budget: $110.39 of $150.00 a month, 73 %"), "{}", saved.out);
    let cost = |more: &[&str]| desk.run(&[&["cost", "--plan", "plan.json"], more].concat());
    let text = cost(&[]).exits(0).out;
    assert!(text.starts_with("registry/production in us-east-1, planned at 20") && text.contains("\nresource "), "{text}");
    assert!(text.lines().any(|line| line.starts_with("a month ") && line.ends_with("$0.00    $110.39    +$110.39")), "{text}");
    let json = cost(&["--json"]).exits(0).json();
    adds_up(&json["delta"]["list"], &json["before"]["list"], &json["after"]["list"]);
    for module in json["by_module"].as_object().unwrap().values() {
        assert!(module["before"]["list"]["likely"] == "0" && module["after"]["list"]["likely"].is_string(), "{module}");
    }
    assert!(cost(&["--detail"]).exits(0).out.contains("730 hour × $0.045"));
    assert!(cost(&["--markdown"]).exits(0).out.starts_with("### registry/production: +$110.39 a month, $110.39 after the plan\n"));
    assert!(cost(&["--csv"]).exits(0).out.contains("\nnetwork.nat.a,0,32.85,32.85,32.85,38.25,exact,32.85,0,0,0,0\n"));
    assert!(cost(&["--currency", "EUR", "--rate", "0.5"]).exits(0).out.contains("55.19 EUR"));

    let whole = desk.read("plan.json");
    let edited = whole.replacen("110.38505", "1.38505", 1);
    assert_ne!(edited, whole);
    desk.write("plan.json", edited);
    assert!(cost(&[]).exits(3).err.contains("it was cut off or edited"));
    desk.write("plan.json", "{}");
    assert!(cost(&[]).exits(3).err.contains("it is no plan"));
    desk.write("plan.json", without_cost(&whole));
    assert!(cost(&[]).exits(1).err.contains("plan.json was saved without a cost"));
    for (option, value) in [("--set", "a=b"), ("--usage", "u.toml"), ("--prices", "p.tsv"), ("--day", DAY[1])] {
        cost(&[option, value]).exits(64);
    }
}

/// The same plan as a program makes it that asks for no prices.
fn without_cost(text: &str) -> String {
    let plan = Sealed::read(text.to_owned()).unwrap();
    assert!(plan.cost.is_some());
    seal(Plan { cost: None, ..Plan::clone(&plan) }).text().to_owned()
}

#[test]
fn a_plan_without_a_cost_applies_as_well() {
    let desk = Desk::with(SECRETS);
    desk.sandbox(&["plan", "--out", "plan.json"]).exits(0);
    desk.write("old.json", without_cost(&desk.read("plan.json")));
    let ran = desk.sandbox(&["apply", "--plan", "old.json"]).exits(0);
    assert!(ran.err.contains("2 created") && !ran.err.contains("Cost:"), "{}", ran.err);
}

#[test]
fn a_plan_over_the_budget_is_refused_until_its_figure_is_accepted() {
    let desk = Desk::with(&SECRETS.replace("monthly = 2", "monthly = 0.5"));
    expect![[r#"
        small/default in us-east-1, no account

        secrets
          + one.secret  secretsmanager.secret  +$0.40  The secret one
          + two.secret  secretsmanager.secret  +$0.40  The secret two

        refused[COST001]: the plan is over the budget: $0.80 a month is over the limit of $0.50
          = help: if it is meant: --accept-cost 0.80, the new monthly total, or mend [stack.budget]

        Plan: 2 to create, 0 unchanged. Refused.
        Cost: $0.00 a month now, $0.80 after: +$0.80 ($0.80 to $0.90)
    "#]]
    .assert_eq(&desk.run(&["plan", "--empty"]).exits(3).out);
    let json = desk.run(&["plan", "--empty", "--json"]).exits(3).json();
    assert_eq!((&json["refusals"][0]["code"], &json["cost"]["budget"]["is"]), (&"COST001".into(), &"over".into()));
    let small = desk.run(&["plan", "--empty", "--accept-cost", "0.79"]).exits(3).out;
    assert!(small.contains("$0.79 is accepted, and"), "{small}");
    let accepted = desk.run(&["plan", "--empty", "--accept-cost", "0.80"]).exits(0).out;
    assert!(accepted.ends_with("Over budget: $0.80 a month is over the limit of $0.50; accepted\n"), "{accepted}");

    let ran = desk.sandbox(&["apply", "--yes"]).exits(3);
    assert!(ran.out.contains("refused[COST001]") && !ran.err.contains("created"), "{}", ran.all());
    desk.sandbox(&["apply", "--yes", "--accept-cost", "0.80"]).exits(0);

    // The live resources are over it, and a plan that adds nothing is not in the way.
    let settled = desk.sandbox(&["plan", "--detailed-exitcode"]).exits(0).out;
    assert!(
        settled.ends_with("Over budget: $0.80 of $0.50 a month, 160 %; the plan adds nothing to it, so it is not refused\n"),
        "{settled}"
    );
    desk.write("stack.toml", desk.read("stack.toml").replace("\n[secrets.two]\nprotect = false\nrecovery_days = 0\n", ""));
    desk.write("stack.toml", desk.read("stack.toml").replace("monthly = 0.5", "monthly = 0.3"));
    let saves = desk.sandbox(&["apply", "--yes", "--allow-delete", "secrets.two.secret"]).exits(0);
    assert!(saves.out.contains("$0.80 a month now, $0.40 after: -$0.40"), "{}", saves.out);
    desk.run(&["cost"]).exits(3);
    desk.sandbox(&["destroy", "--yes"]).exits(0);
}

/// A network in a region whose prices the catalogue does not have, beside a dashboard, whose price is one everywhere.
const UNKNOWN: &str = r#"
[stack]
name = "small"
region = "mx-central-1"
account = "123456789012"
budget = { monthly = 50, largest_increase = 20 }

[network]
zones = 2
nat = "one"

[monitoring]
"#;

#[test]
fn a_budget_that_cannot_be_judged_refuses_until_a_bound_is_named() {
    let desk = Desk::with(UNKNOWN);
    let plan = |more: &[&str], code: i32| desk.run(&[&["plan", "--empty"], more].concat()).exits(code);
    let refused = plan(&[], 3).out;
    expect![[r#"
        refused[COST002]: the budget cannot be judged: a month costs at least $3.00 of $50.00, without 5 unpriced lines; it
            adds at least $3.00 to a month, without 5 unpriced lines, and $20.00 is the most that one plan may add
          = help: `trueup prices refresh` may fetch what is missing; or name what a month may cost at most:
                  --accept-cost AMOUNT, more than 3.00

        Plan: 14 to create, 0 unchanged. Refused.
        Cost: $0.00 a month now, at least $3.00 after: +$3.00 + ?
              5 unpriced lines not in it: monitoring.topic, network.eip.a, network.nat.a
    "#]]
    .assert_eq(&refused[refused.find("refused[").unwrap_or_default()..]);
    let json = plan(&["--json"], 3).json();
    assert_eq!((&json["refusals"][0]["code"], &json["cost"]["budget"]["is"]), (&"COST002".into(), &"unjudged".into()));
    assert!(plan(&["--accept-cost", "2.99"], 3).out.contains("refused[COST002]"));
    let sum = plan(&["--accept-cost", "3"], 3).out;
    assert!(sum.contains("refused[COST002]") && sum.contains("and what has no price comes on top"), "{sum}");
    let saved = plan(&["--out", "q.json"], 3).err;
    assert!(saved.contains("`trueup apply --plan q.json --accept-cost AMOUNT`, where AMOUNT is more than 3.00"), "{saved}");
    plan(&["--accept-cost", "3.01"], 0);
    assert!(plan(&["--accept-cost", "60"], 0).out.contains("; accepted"));
    assert!(desk.run(&["cost", "--allow-unpriced"]).exits(3).err.contains("the budget of small/default cannot be judged"));

    let ran = desk.sandbox(&["apply", "--yes"]).exits(3);
    assert!(ran.out.contains("refused[COST002]") && !ran.err.contains("created"), "{}", ran.all());
    desk.sandbox(&["apply", "--yes", "--accept-cost", "60"]).exits(0);
    // What has no price is there, and stays: a plan that adds nothing is not in the way.
    desk.sandbox(&["plan", "--detailed-exitcode"]).exits(0);
    desk.sandbox(&["destroy", "--yes"]).exits(0);
}

#[test]
fn a_bound_that_is_sure_judges_a_budget() {
    // ARM on Spot has no price, and costs no more than on demand.
    let spot = |monthly: u32| {
        let text = include_str!("../../../stacks/registry.toml").replace("monthly = 150", &format!("monthly = {monthly}"));
        let desk = Desk::with(&text);
        let set = ["--set", "service.api.spot=true", "--set", "service.api.architecture=arm64"];
        desk.run(&[&["plan", "--empty", "--env", "production"], &set[..]].concat())
    };
    let kept = spot(150).exits(0).out;
    assert!(kept.contains("Budget: at most $"), "{kept}");
    let open = spot(100).exits(3).out;
    assert!(open.contains("refused[COST002]") && open.contains("a month costs at least $"), "{open}");
}

#[test]
fn one_plan_may_add_no_more_than_was_said() {
    let desk = Desk::with(&SECRETS.replace("largest_increase = 1", "largest_increase = 0.5"));
    let over = desk.run(&["plan", "--empty"]).exits(3).out;
    assert!(over.contains("it adds $0.80 to a month, and $0.50 is the most that one plan may"), "{over}");
    desk.run(&["cost"]).exits(0);
    let saved = desk.run(&["plan", "--empty", "--out", "q.json"]).exits(3).err;
    assert!(saved.contains("run it with `trueup apply --plan q.json --accept-cost 0.80`"), "{saved}");
    let saved = desk.run(&["plan", "--empty", "--accept-cost", "0.8", "--out", "q.json"]).exits(0).err;
    assert!(saved.contains("run it with `trueup apply --plan q.json`"), "{saved}");
    let one = desk.read("stack.toml").replace("[secrets.two]\nprotect = false\nrecovery_days = 0\n", "");
    let whole = desk.read("stack.toml");
    desk.write("stack.toml", one);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", whole);
    desk.sandbox(&["apply", "--yes"]).exits(0);
}

#[test]
fn what_was_approved_is_what_runs_whatever_the_budget_says_by_then() {
    let desk = Desk::with(&SECRETS.replace("monthly = 2", "monthly = 0.5"));
    let plan = |more: &[&str], code: i32| desk.sandbox(&[&["plan", "--out", "plan.json"], more].concat()).exits(code);
    let apply = |more: &[&str]| desk.sandbox(&[&["apply", "--plan", "plan.json"], more].concat());
    // Saved over the budget: refused until somebody names the figure.
    plan(&[], 3);
    expect![[r#"
        on the embedded AWS, kept in .trueup/sandbox
        small/default, planned at TIME: Plan: 2 to create, 0 unchanged. Refused.
        Cost: $0.00 a month now, $0.80 after: +$0.80 ($0.80 to $0.90)

        refused[COST001]: the plan is over the budget: $0.80 a month is over the limit of $0.50
          = help: if it is meant: --accept-cost 0.80, the new monthly total, or mend [stack.budget]
    "#]]
    .assert_eq(&stable(&apply(&[]).exits(3).err));
    assert!(apply(&["--accept-cost", "0.79"]).exits(3).err.contains("refused[COST001]"));
    apply(&["--accept-cost", "0.80", "--usage", "x.toml"]).exits(64);
    expect![[r#"
        on the embedded AWS, kept in .trueup/sandbox
        small/default, planned at TIME: Plan: 2 to create, 0 unchanged.
        Cost: $0.00 a month now, $0.80 after: +$0.80 ($0.80 to $0.90)
        Over budget: $0.80 a month is over the limit of $0.50; accepted
    "#]]
    .assert_eq(&stable(&apply(&["--accept-cost", "0.80"]).exits(0).err));

    // Accepted when it was saved: nothing more is asked, and the file's budget of today does not matter.
    desk.write("stack.toml", desk.read("stack.toml") + "\n[secrets.three]\nprotect = false\n");
    plan(&["--accept-cost", "1.20"], 0);
    desk.write("stack.toml", desk.read("stack.toml").replace("monthly = 0.5", "monthly = 0.1"));
    apply(&["stack.toml"]).exits(0);
    let events = desk.sandbox(&["apply", "--yes", "--json", "--accept-cost", "2"]).exits(0).lines();
    assert_eq!(events[0]["plan"]["cost"]["delta"]["list"]["likely"], Value::from("0"));
}

/// Without the time, and without how the steps went.
fn stable(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.starts_with("applying "));
    let lines = lines.map(|line| match line.split_once("planned at ") {
        Some((before, rest)) => format!("{before}planned at TIME: {}", rest.split_once("Z: ").map_or("", |(_, rest)| rest)),
        None => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

#[test]
fn what_could_not_be_read_is_not_taken_for_nothing() {
    let desk = Desk::with(SECRETS);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let ran = desk.sandbox(&["plan", "--fault", "deny:secretsmanager.*"]).exits(3);
    assert!(ran.out.contains("INCOMPLETE") && ran.out.contains("resources that could not be read count as new"), "{}", ran.out);
}
