//! Rules of the house: who may import whom, who may print, what is pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file below `src`, by its path from there.
fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![root().join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root().join("src")).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(found.len() > 200, "only {} files", found.len());
    found
}

/// Lines of code with their numbers, comments left out, up to the tests at the end.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().take_while(|(_, line)| !line.starts_with("mod tests"));
    lines.map(|(at, line)| (at + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Files that only tests compile.
fn is_test(name: &str) -> bool {
    let tests = ["tests.rs", "specimens.rs"];
    tests.iter().any(|test| name.ends_with(test)) || name.contains("/tests/")
}

/// The folder that a file stands in; a file beside the folders is one by itself.
fn folder(name: &str) -> &str {
    name.split_once('/').map_or(name.trim_end_matches(".rs"), |(folder, _)| folder)
}

#[test]
fn imports_point_one_way() {
    // Each folder may name these, besides itself. `cmd` may name all; the sandbox is a crate of its own, and so names nothing of ours.
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("core", [].as_slice()),
        ("pricing", &["core", "files"]),
        ("kinds", &["core", "pricing", "aws"]),
        ("modules", &["core", "kinds", "rules"]),
        ("rules", &["core", "kinds", "pricing"]),
        ("aws", &["core"]),
        ("engine", &["core", "kinds", "aws", "files"]),
        ("ops", &["core", "kinds", "modules", "rules", "pricing", "aws", "engine", "files"]),
        ("report", &["core", "pricing"]),
        ("lsp", &["core", "kinds", "modules", "ops", "pricing"]),
        ("files", &[]),
        ("testing", &["core", "kinds", "modules", "report"]),
    ]);
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let Some(allowed) = allowed.get(folder(&name)) else { continue };
        for (line, code) in code(&text) {
            for other in code.split("crate::").skip(1) {
                let other = other.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
                if other != folder(&name) && !allowed.contains(&other) && !is_test(&name) {
                    wrong.push(format!("src/{name}:{line} imports {other}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_files_of_the_core_import_each_other_in_a_circle() {
    let sources = sources();
    let core = sources.iter().filter(|(name, _)| folder(name) == "core").map(|(name, text)| (name.as_str(), text.as_str()));
    let core = core.collect::<BTreeMap<_, _>>();
    let imports = core.iter().map(|(name, text)| (*name, imports(name, text, &core))).collect::<BTreeMap<_, _>>();
    assert!(imports["core/planner.rs"].contains("core/plan.rs") && imports["core/file.rs"].contains("core/input.rs"), "{imports:?}");
    let told = |circle: &Vec<&str>| {
        let list = |name: &&str| {
            let within = imports[name].iter().filter(|other| circle.contains(other)).copied().collect::<Vec<_>>();
            format!("{name} imports {}", within.join(", "))
        };
        circle.iter().map(list).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(circles(&imports).iter().map(told).collect::<Vec<_>>().join("\n\n"), "");
}

#[test]
fn a_circle_is_found_however_its_imports_are_written() {
    let files = BTreeMap::from([
        ("core/one.rs", "use super::{\n    money::{self, Money},\n    two::Two,\n};"),
        ("core/two.rs", "fn three() -> u32 {\n    super::deep::three::count()\n}"),
        ("core/deep/mod.rs", "mod three;\nuse super::money::Money;"),
        ("core/deep/three.rs", "use super::super::money;\nuse crate::core::one::{One as First};"),
        ("core/money.rs", "// use super::one;\nmod tests {\n    use super::one;\n}"),
    ]);
    let imports = files.iter().map(|(name, text)| (*name, imports(name, text, &files))).collect();
    assert_eq!(circles(&imports), BTreeSet::from([vec!["core/deep/three.rs", "core/one.rs", "core/two.rs"]]));
}

/// Returns the files of the core that one of them names, outside of its tests. One that only holds its parts' `mod` lines is no
/// file here.
fn imports<'a>(name: &str, text: &str, core: &BTreeMap<&'a str, &str>) -> BTreeSet<&'a str> {
    let text = code(text).map(|(_, line)| line).collect::<Vec<_>>().join("\n");
    let own = name.trim_end_matches(".rs").trim_end_matches("/mod").split('/').collect::<Vec<_>>();
    let mut found = BTreeSet::new();
    let starts = ["crate::core::", "super::"].into_iter().flat_map(|start| text.match_indices(start).map(move |(at, _)| (at, start)));
    for (at, start) in starts.filter(|(at, _)| !text[..*at].ends_with("super::")) {
        let (mut base, mut rest) = (own.clone(), &text[at..]);
        if start == "super::" {
            while let Some(above) = rest.strip_prefix("super::") {
                base.pop();
                rest = above;
            }
        } else {
            (base, rest) = (vec!["core"], &rest[start.len()..]);
        }
        for path in paths(rest) {
            let whole = base.iter().copied().chain(path).collect::<Vec<_>>();
            let files = (2..=whole.len()).rev().flat_map(|length| {
                let path = whole[..length].join("/");
                [format!("{path}.rs"), format!("{path}/mod.rs")]
            });
            found.extend(files.into_iter().find_map(|file| core.get_key_value(file.as_str())).map(|(file, _)| *file));
        }
    }
    found.remove(name);
    found
}

/// The paths that begin here, each as its segments: of `a::{b, c::d}` these are `a::b` and `a::c::d`.
fn paths(text: &str) -> Vec<Vec<&str>> {
    let (end, segment) = text
        .char_indices()
        .find(|(_, letter)| !letter.is_alphanumeric() && *letter != '_')
        .map_or((text.len(), text), |(at, _)| (at, &text[..at]));
    let rest = &text[end..];
    if segment.is_empty() {
        let Some(list) = rest.strip_prefix('{') else { return vec![Vec::new()] };
        let (mut depth, mut from, mut found) = (0, 0, Vec::new());
        for (at, letter) in list.char_indices() {
            match letter {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    found.extend(paths(list[from..at].trim_start()));
                    from = at + 1;
                    if letter == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
        return found;
    }
    let below = rest.strip_prefix("::").map_or_else(|| vec![Vec::new()], paths);
    below.into_iter().map(|path| std::iter::once(segment).chain(path).collect()).collect()
}

/// Groups of files of which each reaches each other by imports.
fn circles<'a>(imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<Vec<&'a str>> {
    let reached = |from: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), imports[from].iter().copied().collect::<Vec<_>>());
        while let Some(name) = open.pop() {
            if seen.insert(name) {
                open.extend(&imports[name]);
            }
        }
        seen
    };
    let reach = imports.keys().map(|name| (*name, reached(name))).collect::<BTreeMap<_, _>>();
    let with = |name: &str| reach[name].iter().copied().filter(|other| reach[other].contains(name)).collect::<Vec<_>>();
    imports.keys().map(|name| with(name)).filter(|circle| !circle.is_empty()).collect()
}

#[test]
fn the_pure_half_is_pure() {
    let impure = [
        "std::fs",
        "std::env",
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "std::process",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "thread::sleep",
        "tokio::",
    ];
    let sources = sources();
    let drivers = gated(&sources["kinds/mod.rs"]);
    let mut wrong = Vec::new();
    let pure = ["core", "modules", "rules", "pricing", "kinds"];
    // The price list is fetched from AWS and kept in files; a service's drivers stand in a folder of their own.
    let effects = |name: &str| name.starts_with("pricing/fetch/") || name.contains("/driver/");
    for (name, text) in sources.iter().filter(|(name, _)| pure.contains(&folder(name)) && !is_test(name) && !effects(name)) {
        if drivers.iter().any(|driver| *name == format!("kinds/{driver}.rs")) {
            continue;
        }
        let found = code(text).filter(|(_, code)| impure.iter().any(|word| code.contains(word)));
        wrong.extend(found.map(|(line, code)| format!("src/{name}:{line} {}", code.trim())));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

const GATE: &str = "#[cfg(feature = \"aws\")]";

/// The modules that are there only with the feature.
fn gated(table: &str) -> Vec<&str> {
    let pairs = table.lines().zip(table.lines().skip(1)).filter(|(gate, _)| *gate == GATE);
    let names = pairs.filter_map(|(_, line)| line.trim_start_matches("pub(crate) ").strip_prefix("mod ")?.strip_suffix(';'));
    names.collect()
}

#[test]
fn only_report_prints() {
    let printing = ["println!", "print!(", "eprint", "dbg!(", "io::stdout()", "io::stderr()"];
    let places = sources().into_iter().filter(|(name, _)| folder(name) != "report" && !is_test(name)).flat_map(|(name, text)| {
        let lines = code(&text).filter(|(_, code)| printing.iter().any(|word| code.contains(word)));
        lines.map(|(line, code)| format!("src/{name}:{line} {}", code.trim())).collect::<Vec<_>>()
    });
    assert_eq!(places.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn use_cases_neither_print_nor_ask_nor_read_arguments() {
    let talking = ["clap::", "stdin", "env::args", "IsTerminal", "process::exit", "report::", "cmd::", "anstream"];
    let places = sources().into_iter().filter(|(name, _)| folder(name) == "ops").flat_map(|(name, text)| {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        let lines = lines.filter(|(_, line)| talking.iter().any(|word| line.contains(word)));
        lines.map(|(at, line)| format!("src/{name}:{} {}", at + 1, line.trim())).collect::<Vec<_>>()
    });
    assert_eq!(places.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn no_shell_is_started_anywhere() {
    // A name from a stack that reached one would be a command. Git shows the file of an earlier commit, by arguments.
    let programs = ["Command::new(\"git\")"];
    let places = sources().into_iter().filter(|(name, _)| folder(name) != "testing" && !is_test(name)).flat_map(|(name, text)| {
        let started = |line: &str| {
            let own = programs.iter().any(|program| line.contains(program));
            (line.contains("Command::new(") && !own) || line.contains("process::Command::") || line.contains("libc::system")
        };
        let lines = code(&text).filter(|(_, line)| started(line));
        lines.map(|(line, code)| format!("src/{name}:{line} {}", code.trim())).collect::<Vec<_>>()
    });
    assert_eq!(places.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn nothing_is_left_for_later() {
    let marks = ["todo!(", "unimplemented!(", "TODO", "FIXME", "not implemented yet"];
    let places = sources().into_iter().flat_map(|(name, text)| {
        let lines = text.lines().enumerate().filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)));
        lines.map(|(at, line)| format!("src/{name}:{} {}", at + 1, line.trim())).collect::<Vec<_>>()
    });
    assert_eq!(places.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn comments_open_with_a_subject() {
    // A reader of "What is sent" looks for its verb in vain, and reads it twice; "The tags that are sent" is read once.
    let openings = ["What", "Whether", "Of", "That", "How", "Which", "Who", "Whose"];
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    let places = sources().into_iter().flat_map(|(name, text)| {
        let lines = std::iter::once("").chain(text.lines()).zip(text.lines()).enumerate();
        let first = lines.filter(|(_, (before, line))| is_comment(line) && !is_comment(before));
        let bare = first.filter(|(_, (_, line))| {
            let words = line.trim_start().trim_start_matches(['/', '!']).trim_start();
            openings.contains(&words.split(' ').next().unwrap_or_default())
        });
        bare.map(|(at, (_, line))| format!("src/{name}:{} {}", at + 1, line.trim())).collect::<Vec<_>>()
    });
    assert_eq!(places.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_field_that_takes_another_resource_stands_beside_its_page() {
    // AWS learns to change more and more in place, and a replacement loses data: each table says where it was looked up.
    let mut tables = 0;
    let bare = sources().into_iter().filter(|(name, text)| {
        let Some((before, rest)) = text.split_once(": &'static [Field] =").or(text.split_once(": &[Field] =")) else { return false };
        let table = rest.split("];").next().unwrap_or_default();
        let above =
            before.lines().rev().take_while(|line| line.trim_start().starts_with("//") || line.contains("const ")).collect::<String>();
        let fixed = name.starts_with("kinds/") && table.contains("replace(");
        tables += usize::from(fixed);
        fixed && !format!("{above}{table}").contains("https://docs.aws.amazon.com/")
    });
    assert_eq!(bare.map(|(name, _)| name).collect::<Vec<_>>(), Vec::<String>::new());
    assert!(tables > 20, "only {tables} tables were looked at");
}

#[test]
fn files_are_named_for_what_they_hold() {
    let vague = ["utils", "util", "helpers", "helper", "common", "manager", "misc"];
    let places = sources().into_keys().filter(|name| vague.iter().any(|word| name.split(['/', '.']).any(|part| part == *word)));
    assert_eq!(places.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut documents = vec!["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].into_iter().map(|name| root().join(name)).collect::<Vec<_>>();
    documents.extend(
        fs::read_dir(root().join("docs"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "md")),
    );
    let mut wrong = Vec::new();
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !target(&document, file).exists() {
                wrong.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

fn target(document: &Path, link: &str) -> PathBuf {
    document.parent().unwrap().join(link)
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    let command = readme.lines().find(|line| line.starts_with("cargo test")).expect("README has a test command");
    assert!(ci.lines().any(|line| line.trim() == command), "`{command}` is not a line of .ci/run");
}

#[test]
fn every_kind_rule_and_module_is_in_a_file_of_its_own() {
    let sources = sources();
    for (table, rows) in
        [("kinds", trueup::kinds::KINDS.len()), ("modules", trueup::modules::MODULES.len()), ("rules", trueup::rules::RULES.len())]
    {
        let files = sources.keys().filter(|name| folder(name) == table && !name.contains("/driver/")).count();
        assert!(files > rows, "src/{table} has {files} files for {rows} rows of its table");
    }
}

#[test]
fn a_new_service_is_added_where_contributing_says() {
    let guide = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let (_, list) = guide.split_once("### A service that Trueup does not know yet").expect("CONTRIBUTING says how a service is added");
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(place, _)| place)).collect::<Vec<_>>();
    assert!(rows.len() > 5, "{rows:?}");
    let names = |place: &str| fs::read_to_string(root().join(place)).is_ok_and(|text| text.to_lowercase().contains("sns"));
    assert_eq!(rows.iter().filter(|place| !names(place)).collect::<Vec<_>>(), Vec::<&&str>::new(), "SNS is not there");
    // Tables that name every service, by file; what is SNS's own, and what speaks of topics, is no table.
    let tables = sources().into_iter().filter(|(name, text)| {
        let all = ["sns", "secretsmanager", "opensearch", "elasticache"];
        !is_test(name) && all.iter().all(|service| code(text).any(|(_, line)| line.to_lowercase().contains(service)))
    });
    let missing = tables.map(|(name, _)| format!("src/{name}")).filter(|name| !rows.contains(&name.as_str())).collect::<Vec<_>>();
    assert_eq!(missing, Vec::<String>::new(), "name every service too, and CONTRIBUTING does not say so");
}
