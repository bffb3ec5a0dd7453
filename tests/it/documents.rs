//! The commands that the documents show are commands: nothing there has an option or a name that the program does not take.

use clap::Parser;
use std::path::{Path, PathBuf};
use trueup::cmd::Cli;

#[test]
fn every_command_of_the_documents_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = vec![root.join("README.md")];
    let folder = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    documents.extend(folder.filter(|path| path.extension().is_some_and(|end| end == "md")));
    let (mut seen, mut wrong) = (0, Vec::new());
    for document in &documents {
        for (line, command) in commands(document) {
            seen += 1;
            if let Err(error) = Cli::try_parse_from(&command) {
                wrong.push(format!("{}:{line}: {}\n{error}", document.display(), command.join(" ")));
            }
        }
    }
    assert!(seen > 20, "only {seen} commands were found");
    assert_eq!(wrong.join("\n"), "");
}

#[test]
fn every_promise_names_tests_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut sources, mut folders) = (String::new(), vec![root.join("src"), root.join("tests")]);
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(end) if end == "rs" => sources += &std::fs::read_to_string(path).unwrap(),
                _ => {}
            }
        }
    }
    let text = std::fs::read_to_string(root.join("docs/promises.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.rsplit_once(" | "));
    let mut seen = 0;
    for (promise, tests) in rows.filter(|(promise, _)| *promise != "promise") {
        let names = tests.split(", ").map(|name| name.trim_matches('`')).collect::<Vec<_>>();
        for name in names {
            seen += 1;
            let is_test = |(at, _): (usize, &str)| {
                let above = sources[..at].trim_end_matches("async ").trim_end().lines().next_back();
                above.is_some_and(|line| line.trim_start().starts_with("#[") && line.contains("test"))
            };
            assert!(sources.match_indices(&format!("fn {name}(")).any(is_test), "{promise}: there is no test `{name}`");
        }
    }
    assert!(seen > 40, "only {seen} tests were found");
}

/// Returns the calls of `trueup` between fences of shell, each with its line.
fn commands(document: &PathBuf) -> Vec<(usize, Vec<String>)> {
    let text = std::fs::read_to_string(document).unwrap();
    let (mut found, mut shell) = (Vec::new(), false);
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            shell = line == "```sh";
        } else if shell {
            found.extend(calls(line).into_iter().map(|call| (at + 1, call)));
        }
    }
    found
}

/// Returns the calls of `trueup` in a line of shell, in pipes and substitutions as well, each as its arguments.
fn calls(line: &str) -> Vec<Vec<String>> {
    let (mut calls, mut call, mut word) = (Vec::new(), Vec::new(), String::new());
    let mut quote = None;
    for letter in line.replace("$(", "|").chars().chain(['|']) {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (None, ' ' | '|' | '&' | ';' | '<' | '>' | ')' | '#') => {
                if !word.is_empty() {
                    call.push(std::mem::take(&mut word));
                }
                if letter != ' ' {
                    calls.push(std::mem::take(&mut call));
                }
                if letter == '#' {
                    break;
                }
            }
            (_, _) => word.push(letter),
        }
    }
    calls.into_iter().filter(|call| call.first().is_some_and(|program| program == "trueup")).collect()
}

#[test]
fn calls_are_found_in_pipes_and_substitutions() {
    let found = |line: &str| calls(line).iter().map(|call| call.join(" ")).collect::<Vec<_>>();
    assert_eq!(found("name=$(trueup show --json | jq -r '.a | .b') # trueup x"), ["trueup show --json"]);
    assert_eq!(found("git revert HEAD && trueup apply --set 'a=${b.c}:1' > out"), ["trueup apply --set a=${b.c}:1"]);
    assert_eq!(found("aws ecs list-clusters"), Vec::<String>::new());
}
