//! `validate`, `fmt`, `explain` and `rules` as a pipeline runs them. They need no account, and so no feature.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A database that is open, and one without backups, said in an untidy way.
const OPEN: &str = "[stack]\nname = 'shop' # ours\nregion = \"us-east-1\"\n[network]\n[database.main]\n\n\
                    [override.\"database.main.instance\"]\npublicly_accessible = true   # for now\n";

struct Desk(TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Desk {
    fn with(stack: &str) -> Self {
        let desk = Desk(tempfile::tempdir().unwrap());
        desk.write("stack.toml", stack);
        desk
    }
    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }
    fn write(&self, file: &str, text: &str) {
        fs::write(self.path(file), text).unwrap();
    }
    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command.args(args).current_dir(self.0.path()).env_clear().env("HOME", self.0.path()).stdin(Stdio::null());
        command
    }
    #[track_caller]
    fn run(&self, args: &[&str], code: i32) -> Ran {
        let output = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ran = Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
        assert_eq!(ran.code, code, "stdout:\n{}\nstderr:\n{}", ran.out, ran.err);
        ran
    }
    #[track_caller]
    fn json(&self, args: &[&str], code: i32) -> Value {
        let ran = self.run(args, code);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.out))
    }
}

#[test]
fn each_form_says_the_same_and_ends_the_same() {
    let desk = Desk::with(OPEN);
    assert!(desk.run(&["validate"], 0).err.contains("warning[SEC202]"));
    assert!(desk.run(&["validate", "--deny", "warnings"], 3).err.contains("error[SEC202]"));
    desk.run(&["validate", "--deny", "SEC"], 3);
    desk.run(&["validate", "--deny", "NET", "--deny", "OPS"], 0);
    assert_eq!(desk.json(&["validate", "--json"], 0)["diagnostics"][0]["code"], "SEC202");
    assert_eq!(desk.json(&["validate", "--format", "json"], 0)["valid"][0]["env"], "default");
    let log = desk.json(&["validate", "--format", "sarif", "--deny", "SEC202"], 3);
    let result = &log["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&"SEC202".into(), &"error".into()));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!((&place["artifactLocation"]["uri"], &place["region"]["startLine"]), (&"stack.toml".into(), &8.into()));
    let ran = desk.run(&["validate", "--format", "junit"], 0);
    assert!(
        ran.out.starts_with("<?xml ") && ran.out.contains("failures=\"0\"") && ran.out.contains("warning: stack.toml:8:"),
        "{}",
        ran.out
    );
    let ran = desk.run(&["validate", "./stack.toml", "--format", "github"], 0);
    assert!(ran.out.starts_with("::warning file=./stack.toml,line=8,endLine=8,col=23,endColumn=27,title=SEC202::"), "{}", ran.out);
    assert!(ran.out.lines().count() == 1 && ran.err.is_empty(), "{}{}", ran.out, ran.err);
    // A file that is no text at all is found as well, in each form.
    fs::write(desk.path("bad.toml"), b"a = \"\xff\"").unwrap();
    assert_eq!(desk.json(&["validate", "bad.toml", "--format", "sarif"], 1)["runs"][0]["results"][0]["ruleId"], "FILE002");
    assert!(desk.run(&["validate", "bad.toml", "--format", "github"], 1).out.starts_with("::error file=bad.toml,line=1,"));
    let wrong = desk.run(&["validate", "--deny", "sce202"], 64);
    assert!(wrong.err.contains("there is no code or family `SCE202`") && wrong.err.contains("did you mean `SEC202`?"), "{}", wrong.err);
    desk.run(&["validate", "--json", "--format", "sarif"], 64);
    desk.run(&["validate", "missing.toml", "--format", "sarif"], 1);
}

#[test]
fn a_fix_is_shown_or_written_and_the_rest_of_the_file_stays() {
    let desk = Desk::with(OPEN);
    let ran = desk.run(&["validate", "--fix", "--dry-run"], 0);
    assert!(
        ran.out.starts_with("--- stack.toml\n+++ stack.toml\n@@ ") && ran.out.contains("\n-publicly_accessible = true "),
        "{}",
        ran.out
    );
    assert!(ran.err.contains("would fix SEC202 at override.\"database.main.instance\".publicly_accessible"), "{}", ran.err);
    assert_eq!(desk.read("stack.toml"), OPEN);
    let ran = desk.run(&["validate", "--fix", "--deny", "warnings"], 0);
    assert!(ran.err.contains("fixed SEC202 at") && ran.out.contains("stack.toml is valid for default"), "{}{}", ran.out, ran.err);
    assert_eq!(desk.read("stack.toml"), OPEN.replace("accessible = true", "accessible = false"));
    assert_eq!(fs::read_dir(desk.0.path()).unwrap().count(), 1);
    assert_eq!(desk.run(&["validate", "--fix", "--dry-run"], 0).out, "");
    desk.run(&["validate", "--dry-run"], 64);
    desk.run(&["validate", "--fix", "--set", "stack.name=x"], 64);
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_and_a_file_keeps_its_mode() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let desk = Desk::with(OPEN);
    fs::set_permissions(desk.path("stack.toml"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("stack.toml", desk.path("link.toml")).unwrap();
    desk.run(&["fmt", "link.toml"], 0);
    desk.run(&["validate", "link.toml", "--fix"], 0);
    assert!(fs::symlink_metadata(desk.path("link.toml")).unwrap().is_symlink());
    assert_eq!(fs::metadata(desk.path("stack.toml")).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(
        desk.read("stack.toml").contains("name = \"shop\" # ours\n") && desk.read("stack.toml").contains("accessible = false # for now\n")
    );
}

#[test]
fn a_file_is_checked_again_when_it_was_saved() {
    let desk = Desk::with("[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n");
    let mut child = desk.command(&["validate", "--watch", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["diagnostics"], Value::Array(Vec::new()));
    desk.write("other.toml", OPEN);
    fs::rename(desk.path("other.toml"), desk.path("stack.toml")).unwrap();
    let second = next();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(second["diagnostics"][0]["code"], "SEC202");
}

#[test]
fn the_layout_is_written_or_asked_for() {
    let desk = Desk::with(OPEN);
    assert_eq!(desk.run(&["fmt", "--check"], 1).out, "stack.toml\n");
    assert_eq!(desk.read("stack.toml"), OPEN);
    assert_eq!(desk.run(&["fmt"], 0).out, "stack.toml\n");
    assert!(
        desk.read("stack.toml").starts_with("[stack]\nname = \"shop\" # ours\nregion = \"us-east-1\"\n\n[network]\n\n[database.main]\n")
    );
    assert_eq!(desk.run(&["fmt", "--check"], 0).out, "");
    desk.write("bad.toml", "a = \n");
    let ran = desk.run(&["fmt", "bad.toml"], 1);
    assert!(ran.err.contains("failed to lay out bad.toml: it is no TOML") && desk.read("bad.toml") == "a = \n", "{}", ran.err);
}

#[test]
fn a_code_has_a_page_and_all_have_a_line() {
    let desk = Desk::with("");
    let page = desk.run(&["explain", "sec202"], 0).out;
    assert!(
        page.starts_with("SEC202 · warning · security\n") && page.contains("\nWrong\n") && page.contains("rule = \"SEC202\""),
        "{page}"
    );
    let one = desk.json(&["explain", "SEC202", "--json"], 0);
    assert!(one["wrong"][0].as_str().unwrap().starts_with("[stack]\n") && one["acceptable"] == true, "{one}");
    let near = desk.run(&["explain", "sce202"], 64);
    assert!(near.err.contains("did you mean `SEC202`?"), "{}", near.err);
    let all = desk.json(&["rules", "--json"], 0);
    assert!(all["rules"].as_array().unwrap().len() > 200);
    let sec = desk.run(&["rules", "--family", "sec"], 0).out;
    assert!(sec.starts_with("SEC\n  SEC") && sec.lines().all(|line| line.chars().count() <= 80), "{sec}");
    desk.run(&["rules", "--family", "nothing"], 64);
}

#[test]
fn readiness_ends_by_its_gate_and_prints_each_form() {
    let desk = Desk::with(OPEN);
    let ran = desk.run(&["readiness"], 0);
    assert!(ran.out.contains(" of 100\n") && ran.out.contains("\nBlockers\n  SEC202  ") && ran.err.is_empty(), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80 || line.contains(['`', '/'])), "{}", ran.out);
    let json = desk.json(&["readiness", "--json"], 0);
    assert_eq!((&json["version"], &json["cap"], &json["live"]), (&1.into(), &65.into(), &false.into()));
    assert_eq!((&json["blockers"][0]["code"], &json["blockers"][0]["place"]["line"]), (&"SEC202".into(), &8.into()));
    let score = json["score"].as_u64().unwrap();
    desk.run(&["readiness", "--min", &score.to_string()], 0);
    let refused = desk.run(&["readiness", "--min", &(score + 1).to_string()], 3);
    assert!(
        refused.out.contains("Blockers")
            && refused.err.contains(&format!("error: {score} points are less than the {} of --min", score + 1))
    );
    assert!(desk.run(&["readiness", "--markdown"], 0).out.starts_with("# shop/default: "));
    assert!(desk.run(&["readiness", "--html"], 0).out.starts_with("<!doctype html>\n"));
    // What nobody can tell is let through by no gate.
    let foreign = "subnet_ids = [\"subnet-0123456789abcdef0\", \"subnet-0123456789abcdef1\"]";
    desk.write(
        "stack.toml",
        &format!("[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[service.web]\nimage = \"nginx:1.29\"\n[override.\"service.web.service\"]\n{foreign}\n"),
    );
    let unknown = desk.run(&["readiness", "--min", "1"], 3);
    assert!(unknown.out.contains("\nUnknown\n") && unknown.err.contains("--min lets nothing unknown pass"), "{}", unknown.err);
    desk.run(&["readiness", "--min", "0"], 64);
    desk.run(&["readiness", "--json", "--html"], 64);
    desk.write("stack.toml", "[stack]\nname = 1\n");
    desk.run(&["readiness"], 1);
}
