//! Nothing that is printed is wider than 80 columns in a pipe, however long names are: but for a path, an id or an address, which
//! is one word, and commands, which are there to be copied.

use super::costs::DAY;
use super::{Desk, shipped};

/// The flagship with long names.
fn long() -> String {
    let text = std::fs::read_to_string(shipped("stacks/registry.toml")).unwrap();
    let names = [
        ("name = \"registry\"\n", "name = \"registry-of-the-whole-company\"\n"),
        ("service.api", "service.public-api-of-the-package-registry"),
        ("database.main", "database.the-one-that-keeps-all-the-packages"),
        ("storage.packages", "storage.packages-that-anybody-has-published"),
        ("{ packages = \"read-write\"", "{ packages-that-anybody-has-published = \"read-write\""),
    ];
    // The name of the database itself is not the stack's.
    let text = names.iter().fold(text, |text, (short, long)| text.replacen(short, long, if *short == names[0].0 { 1 } else { usize::MAX }));
    assert!(names.iter().all(|(_, long)| text.contains(long)), "{text}");
    text
}

/// True for a line that no break would make shorter, or that is a command.
fn may_be_wide(line: &str) -> bool {
    let words = line.split_whitespace().map(|word| word.chars().count()).collect::<Vec<_>>();
    let indent = line.chars().take_while(|letter| *letter == ' ').count();
    words.len() == 1 && indent <= 10 && words[0] + indent > 80
        || line.trim_start().starts_with("trueup ")
        || line.trim_start().starts_with("--")
}

#[track_caller]
fn is_narrow(args: &[&str], text: &str) {
    assert!(!text.is_empty(), "{args:?}");
    for line in text.lines() {
        assert!(line.chars().count() <= 80 || may_be_wide(line), "{args:?}: {} columns\n{line}\n\nin\n{text}", line.chars().count());
    }
}

#[test]
fn costs_fit_whatever_names_there_are() {
    let desk = Desk::with(&long());
    let tag = format!("stack.tags.a={}", "x".repeat(200));
    let standby = "database.the-one-that-keeps-all-the-packages.multi_az=true";
    for more in [
        &["--env", "production"][..],
        &["--env", "production", "--detail"],
        &["--env", "production", "--advise"],
        &["--env", "production", "--by-tag", "stage"],
        &["--env", "production", "--compare", "staging"],
        &["--env", "production", "--compare", "staging", "--detail"],
        &["--env", "production", "--what-if", &tag],
        &["--env", "production", "--what-if", standby],
        &["--env", "production", "--what-if", "stack.region=eu-south-1"],
        &["--env", "production", "--set", "stack.region=eu-south-1"],
        &["--env", "production", "--currency", "IDR", "--rate", "16600"],
        &["--env", "production", "--compare", "staging", "--currency", "IDR", "--rate", "16600"],
        &["--all-envs"],
        &["--all-envs", "--set", "stack.region=eu-south-1"],
        &["--all-envs", "--currency", "IDR", "--rate", "16600"],
    ] {
        let args = [&["cost"], more, &DAY[..]].concat();
        is_narrow(&args, &desk.run(&args).out);
    }
}

#[test]
fn the_costs_of_all_that_is_shipped_fit() {
    let mut seen = 0;
    for folder in ["stacks", "templates", "examples"] {
        for file in std::fs::read_dir(shipped(folder)).unwrap().map(|file| file.unwrap().path()) {
            if file.extension() == Some("toml".as_ref()) {
                seen += 1;
                let file = file.display().to_string();
                for form in [&[][..], &["--detail"], &["--advise"]] {
                    let args = [&["cost", &file], form, &DAY[..]].concat();
                    is_narrow(&args, &Desk::new().run(&args).out);
                }
            }
        }
    }
    assert!(seen >= 8, "{seen}");
}

#[test]
fn tables_of_prices_fit() {
    for args in [
        &["prices", "age"][..],
        &["prices", "verify"],
        &["prices", "list"],
        &["prices", "show", "elb.alb.hour"],
        &["prices", "show", "datatransfer.out.internet"],
    ] {
        is_narrow(args, &Desk::new().run(args).exits(0).out);
    }
}

#[test]
fn what_is_live_fits_and_so_does_the_cost_of_a_plan() {
    let desk = Desk::with(&long());
    desk.sandbox(&["plan", "--env", "production", "--out", "plan.json"]);
    for args in [&["cost", "--plan", "plan.json"][..], &["cost", "--plan", "plan.json", "--detail"]] {
        is_narrow(args, &desk.run(args).out);
    }
    desk.sandbox(&["apply", "--env", "staging", "--yes"]).exits(0);
    is_narrow(&["show"], &desk.sandbox(&["show", "--env", "staging"]).exits(0).out);
}
