//! `cost --advise`: what it prints, and that its commands show what it says.

use super::costs::DAY;
use super::{Desk, Ran, shipped};
use expect_test::expect;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// One environment of a stack that leaves much to be said.
const SHOP: &str = r#"
[stack]
name = "shop"
region = "us-east-1"

[network]
nat = "per-zone"

[database.main]
class = "db.t3.medium"

[service.worker]
image = "${each.value.image}"

[service.worker.for_each]
one = { image = "busybox" }
two = { image = "alpine" }
"#;

fn advise(desk: &Desk, args: &[&str]) -> Ran {
    desk.run(&[&["cost", "--advise"], &DAY[..], args].concat())
}

/// Runs a line as a shell does that somebody copied it into.
#[track_caller]
fn shell(desk: &Desk, line: &str) -> Ran {
    let program = Path::new(env!("CARGO_BIN_EXE_trueup"));
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(desk.path("")).env_clear();
    command.env("PATH", format!("{}:/usr/bin:/bin", program.parent().unwrap().display())).env("HOME", desk.path(""));
    desk.tidy(command.output().unwrap()).exits(0)
}

/// The commands of a text, each with all the lines that it goes over.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::<String>::new();
    let mut open = false;
    for line in text.lines() {
        if open {
            *found.last_mut().unwrap() += &format!("\n{line}");
        } else if line.trim_start().starts_with("trueup cost") {
            found.push(line.trim_start().to_owned());
        } else {
            continue;
        }
        open = line.ends_with('\\');
    }
    found
}

#[test]
fn the_text_says_what_each_saves_and_what_it_costs_otherwise() {
    let desk = Desk::with(SHOP);
    let ran = advise(&desk, &[]).exits(0);
    assert_eq!(ran.err, "");
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    expect![[r#"
        shop/default in us-east-1
        730 hours a month, on demand, before tax, no support plan
        list prices of 2024-09-25 to 2026-10-03, catalogue of 2026-11-28 (embedded)

        $148.41 a month as it is.

        1. network without NAT gateways saves $66.60 a month, $74.70 in a busy one
           otherwise: tasks stand in public subnets, each with an address of its own
           that changes with it, and their security groups alone keep the internet out
           once it runs: deletes network.eip.a, network.eip.b and 2 more; changes
           network.route-table.private-a, network.route-table.private-b and 2 more in
           place
           trueup cost --day 2026-11-21 --what-if network.nat=none

        2. network with one NAT gateway saves $37.04 a month, $41.90 in a busy one
           otherwise: if its zone fails, private subnets of the others have no way out
           once it runs: deletes network.eip.b and network.nat.b; changes
           network.route-table.private-b in place
           trueup cost --day 2026-11-21 --what-if network.nat=one

        3. database.main reserved for a year, partial upfront saves $16.60 a month
           otherwise: it is paid for the year, also if it goes: cheaper from 9 months
           on
           once it runs: changes nothing
           trueup cost --day 2026-11-21 \
             --what-if stack.commitment.database-main.service=rds \
             --what-if stack.commitment.database-main.class=db.t3.medium \
             --what-if stack.commitment.database-main.engine=postgres \
             --what-if stack.commitment.database-main.payment=partial-upfront

        4. service.worker on Spot capacity saves $12.28 a month
           otherwise: AWS may stop its tasks with two minutes' notice, and may have no
           capacity to start others
           once it runs: changes service.cluster, service.worker-one.service and
           service.worker-two.service in place
           trueup cost --day 2026-11-21 --what-if service.worker.spot=true

        5. database.main on db.t4g.medium instead of db.t3.medium saves $5.11 a
           month
           otherwise: nothing, it has as many processors and as much memory, of a newer
           make
           once it runs: changes database.main.instance in place (restarts; about a
           minute with a standby, minutes without)
           trueup cost --day 2026-11-21 --what-if database.main.class=db.t4g.medium

        6. service.worker on arm64 saves $3.60 a month
           otherwise: its images have to be built for arm64
           once it runs: changes service.worker-one.task-definition and
           service.worker-two.task-definition in place
           trueup cost --day 2026-11-21 --what-if service.worker.architecture=arm64

        1, 3 and 4 together, without 2, 5 and 6, which do not go with them, save $95.49
        a month, $103.59 in a busy one, which leaves $52.92
           trueup cost --day 2026-11-21 --what-if network.nat=none \
             --what-if stack.commitment.database-main.service=rds \
             --what-if stack.commitment.database-main.class=db.t3.medium \
             --what-if stack.commitment.database-main.engine=postgres \
             --what-if stack.commitment.database-main.payment=partial-upfront \
             --what-if service.worker.spot=true
    "#]]
    .assert_eq(&ran.out);
    expect![[r#"
        ### shop/default in us-east-1: what would be cheaper than $148.41 a month

        | | | saves | otherwise | once it runs |
        |---:|---|---|---|---|
        | 1 | network without NAT gateways | $66.60 a month, $74.70 in a busy one | tasks stand in public subnets, each with an address of its own that changes with it, and their security groups alone keep the internet out | deletes network.eip.a, network.eip.b and 2 more; changes network.route-table.private-a, network.route-table.private-b and 2 more in place |
        | 2 | network with one NAT gateway | $37.04 a month, $41.90 in a busy one | if its zone fails, private subnets of the others have no way out | deletes network.eip.b and network.nat.b; changes network.route-table.private-b in place |
        | 3 | database.main reserved for a year, partial upfront | $16.60 a month | it is paid for the year, also if it goes: cheaper from 9 months on | changes nothing |
        | 4 | service.worker on Spot capacity | $12.28 a month | AWS may stop its tasks with two minutes' notice, and may have no capacity to start others | changes service.cluster, service.worker-one.service and service.worker-two.service in place |
        | 5 | database.main on db.t4g.medium instead of db.t3.medium | $5.11 a month | nothing, it has as many processors and as much memory, of a newer make | changes database.main.instance in place (restarts; about a minute with a standby, minutes without) |
        | 6 | service.worker on arm64 | $3.60 a month | its images have to be built for arm64 | changes service.worker-one.task-definition and service.worker-two.task-definition in place |

        1, 3 and 4 together, without 2, 5 and 6, which do not go with them, save $95.49 a month, $103.59 in a busy one, which leaves $52.92.

        <details><summary>Commands</summary>

        ```sh
        trueup cost --day 2026-11-21 --what-if network.nat=none
        trueup cost --day 2026-11-21 --what-if network.nat=one
        trueup cost --day 2026-11-21 \
          --what-if stack.commitment.database-main.service=rds \
          --what-if stack.commitment.database-main.class=db.t3.medium \
          --what-if stack.commitment.database-main.engine=postgres \
          --what-if stack.commitment.database-main.payment=partial-upfront
        trueup cost --day 2026-11-21 --what-if service.worker.spot=true
        trueup cost --day 2026-11-21 --what-if database.main.class=db.t4g.medium
        trueup cost --day 2026-11-21 --what-if service.worker.architecture=arm64
        trueup cost --day 2026-11-21 --what-if network.nat=none \
          --what-if stack.commitment.database-main.service=rds \
          --what-if stack.commitment.database-main.class=db.t3.medium \
          --what-if stack.commitment.database-main.engine=postgres \
          --what-if stack.commitment.database-main.payment=partial-upfront \
          --what-if service.worker.spot=true
        ```

        </details>

        <sub>730 hours a month, on demand, before tax, no support plan; list prices of 2024-09-25 to 2026-10-03, catalogue of 2026-11-28 (embedded).</sub>
    "#]].assert_eq(&advise(&desk, &["--markdown"]).exits(0).out);
}

#[test]
fn every_printed_command_runs_in_a_shell_and_shows_that_saving() {
    let mut checked = 0;
    for folder in ["stacks", "templates", "examples"] {
        let files = std::fs::read_dir(shipped(folder)).unwrap().map(|entry| entry.unwrap().path());
        for path in files.filter(|path| path.extension().is_some_and(|end| end == "toml")) {
            let desk = Desk::new();
            // A name that a shell takes apart if it is not quoted.
            desk.write("it's mine.toml", std::fs::read(&path).unwrap());
            let args = ["it's mine.toml", "--set", "stack.tags.note=a b"];
            let text = advise(&desk, &args).exits(0);
            let json = advise(&desk, &[&args[..], &["--json"]].concat()).exits(0).json();
            let all = json["environments"].as_array().cloned().unwrap_or_else(|| vec![json.clone()]);
            let choices = |one: &Value| {
                [
                    one["advice"].as_array().unwrap().clone(),
                    one["together"].is_object().then(|| one["together"].clone()).into_iter().collect(),
                ]
                .concat()
            };
            let choices = all.iter().flat_map(choices).collect::<Vec<_>>();
            let printed = commands(&text.out);
            assert_eq!(printed.len(), choices.len(), "{}", text.out);
            for (printed, choice) in printed.iter().zip(&choices) {
                let shown = shell(&desk, &format!("{printed} --json")).json();
                assert_eq!(shown["delta"], choice["delta"], "{printed}");
                assert_eq!(shell(&desk, &format!("{} --json", choice["command"].as_str().unwrap())).json(), shown, "{printed}");
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "{checked}");
}

#[test]
fn a_stack_for_which_nothing_is_found_says_so() {
    let desk = Desk::with("[stack]\nname = \"small\"\nregion = \"us-east-1\"\n[secrets.one]\n");
    let ran = advise(&desk, &[]).exits(0);
    assert!(ran.out.ends_with("\nNo equal choice is known that saves $0.50 a month or more.\n"), "{}", ran.out);
    let json = advise(&desk, &["--json"]).exits(0).json();
    assert_eq!((&json["advice"], &json["together"]), (&serde_json::json!([]), &Value::Null));
}

#[test]
fn it_ends_as_the_cost_does_and_takes_no_other_question() {
    let desk = Desk::with(&SHOP.replace("[network]", "[stack.budget]\nmonthly = 1\n[network]"));
    assert!(advise(&desk, &[]).exits(3).out.contains("saves"));
    advise(&desk, &["--accept-cost", "1000"]).exits(0);
    let unknown = Desk::with(&SHOP.replace("us-east-1", "af-south-1"));
    advise(&unknown, &[]).exits(3);
    advise(&unknown, &["--allow-unpriced"]).exits(0);
    for other in [
        "--what-if=network.nat=one",
        "--compare=staging",
        "--plan=plan.json",
        "--live",
        "--all-envs",
        "--by-tag=team",
        "--detail",
        "--csv",
        "--html",
    ] {
        desk.run(&["cost", "--advise", other]).exits(64);
    }
}
