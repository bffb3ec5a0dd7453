//! History and the way back: what each apply leaves in the store, how it is listed, and a plan to the file of an earlier one.

use super::{Desk, Ran};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const ONE: &str = r#"
[stack]
name = "web"
region = "us-east-1"

[resource.news]
kind = "sns.topic"
display_name = "One"

[resource.old]
kind = "sns.topic"
"#;

/// The same a week later: a changed topic, a new one, and one that is gone.
const TWO: &str = r#"
[stack]
name = "web"
region = "us-east-1"

[resource.news]
kind = "sns.topic"
display_name = "Two"

[resource.extra]
kind = "sns.topic"
"#;

fn apply(desk: &Desk, stack: &str) -> Ran {
    desk.write("stack.toml", stack);
    desk.sandbox(&["apply", "--yes"]).exits(0)
}

/// A desk on which both were applied.
fn twice() -> Desk {
    let desk = Desk::with(ONE);
    apply(&desk, ONE);
    apply(&desk, TWO);
    desk
}

fn no_changes(desk: &Desk) -> bool {
    desk.sandbox(&["plan"]).exits(0).out.contains("No changes")
}

/// The records that a directory holds, the oldest first.
fn records(desk: &Desk) -> Vec<Value> {
    let mut files = fs::read_dir(desk.path(".trueup/web/default/history")).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    files.sort();
    files.iter().map(|file| serde_json::from_slice(&fs::read(file).unwrap()).unwrap()).collect()
}

/// The applies that a list has, the newest first.
fn listed(desk: &Desk, args: &[&str]) -> Vec<u64> {
    let json = desk.run(&[&["history", "--json"], args].concat()).exits(0).json();
    json["history"].as_array().unwrap().iter().map(|one| one["apply"].as_u64().unwrap()).collect()
}

#[test]
fn applies_are_listed_shown_and_compared_without_an_account() {
    let desk = Desk::with(ONE);
    let none = desk.run(&["history"]).exits(0);
    assert!(none.out.contains("nothing was applied yet"), "{}", none.out);
    let absent = desk.run(&["history", "show", "1"]).exits(1);
    assert!(absent.err.contains("nothing was applied yet of web/default"), "{}", absent.err);
    apply(&desk, ONE);
    apply(&desk, TWO);
    desk.sandbox(&["destroy", "--yes"]).exits(0);

    let list = desk.run(&["history"]).exits(0);
    let lines = list.out.lines().collect::<Vec<_>>();
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{}", list.out);
    let rows = lines.iter().filter(|line| line.contains("complete")).collect::<Vec<_>>();
    assert_eq!(rows.len(), 3, "{}", list.out);
    assert!(rows[0].trim_start().starts_with('3') && rows[0].contains("-2") && rows[0].contains("destroy"), "{}", list.out);
    assert!(rows[1].contains("+1 ~1 -1") && rows[2].contains("+2"), "{}", list.out);

    let json = desk.run(&["history", "--json", "--limit", "2", "--page", "2"]).exits(0).json();
    assert_eq!((&json["version"], &json["all"], &json["page"], &json["pages"]), (&json!(1), &json!(3), &json!(2), &json!(2)));
    let first = &json["history"][0];
    assert_eq!((&first["apply"], &first["outcome"], &first["scope"]["stack"]), (&json!(1), &json!("complete"), &json!("web")));
    assert!(first.get("resources").is_none() && first["caller"].as_str().unwrap().starts_with("arn:aws:"), "{first}");
    let csv = desk.run(&["history", "--csv"]).exits(0).out;
    assert!(csv.starts_with("stack,env,apply,at,") && csv.lines().count() == 4 && csv.contains("web,default,2,"), "{csv}");

    let shown = desk.run(&["history", "show", "2"]).exits(0).out;
    for part in [
        "web/default apply 2",
        "complete",
        "stack.toml (11 lines)",
        "+ resource.extra",
        "~ resource.news",
        "display_name",
        "- resource.old",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    assert_eq!(desk.run(&["history", "show", "2", "--file-text"]).exits(0).out, TWO);
    let whole = desk.run(&["history", "show", "2", "--json"]).exits(0).json();
    let resources = whole["apply"]["resources"].as_array().unwrap();
    let news = resources.iter().find(|one| one["address"] == "resource.news").unwrap();
    assert_eq!((&news["spec"]["display_name"], &news["since"]["apply"]), (&json!("Two"), &json!(2)));
    assert!(news["id"].as_str().unwrap().starts_with("arn:aws:sns:"), "{news}");
    let plan = whole["apply"]["plan"].as_str().unwrap();
    assert!(desk.run(&["history", "show", &plan[..8]]).exits(0).out.contains("apply 2"));
    assert!(desk.run(&["history", "show", "last"]).exits(0).out.contains("apply 3"));

    let diff = desk.run(&["history", "diff", "1", "2"]).exits(0).out;
    for part in
        ["--- apply-1/stack.toml", "-display_name = \"One\"", "+display_name = \"Two\"", "+ resource.extra", "- resource.old", "One → Two"]
    {
        assert!(diff.contains(part), "{part}: {diff}");
    }
    let diff = desk.run(&["history", "diff", "1", "2", "--json"]).exits(0).json();
    assert_eq!((diff["texts"].as_array().unwrap().len(), diff["resources"].as_array().unwrap().len()), (1, 3), "{diff}");
    let unknown = desk.run(&["history", "diff", "1", "9"]).exits(1);
    assert!(unknown.err.contains("web/default has no apply `9`") && unknown.err.contains("`trueup history` lists them"), "{}", unknown.err);
}

#[test]
fn a_list_is_of_those_that_are_asked_for() {
    let desk = twice();
    desk.write("stack.toml", TWO);
    desk.sandbox(&["apply", "--yes", "--set", "resource.news.display_name=Three"]).exits(0);
    for (args, wanted) in [
        (&["--action", "delete"][..], &[2][..]),
        (&["--action", "update"], &[3, 2]),
        (&["--action", "replace"], &[]),
        (&["--resource", "resource.news"], &[3, 2, 1]),
        (&["--resource", "resource.e*"], &[2]),
        (&["--resource", "resource.news", "--action", "create"], &[1]),
        (&["--since", "1h"], &[3, 2, 1]),
        (&["--since", "2020-01-01", "--until", "2020-01-31"], &[]),
        (&["--until", "2020-01-01T00:00:00Z"], &[]),
        (&["--by", "NOBODY-of-that-name"], &[]),
        (&["--by", "ROOT"], &[3, 2, 1]),
        (&["--limit", "1"], &[3]),
        (&["--limit", "1", "--page", "3"], &[1]),
    ] {
        assert_eq!(listed(&desk, args), wanted, "{args:?}");
    }
    desk.run(&["history", "--since", "some day"]).exits(64);
    desk.run(&["history", "--resource", "../x"]).exits(64);
    let shown = desk.run(&["history", "show", "3"]).exits(0).out;
    assert!(shown.contains("--set resource.news.display_name=Three"), "{shown}");
}

#[test]
fn the_whole_stack_goes_back_to_the_file_of_an_earlier_apply() {
    let desk = twice();
    let refused = desk.sandbox(&["rollback", "--to", "1"]).exits(64);
    for part in ["+ old", "~ news", "Two → One", "- extra"] {
        assert!(refused.out.contains(part), "{part}: {}", refused.out);
    }
    assert!(refused.err.contains("the stack file of apply 1") && refused.err.contains("--yes"), "{}", refused.err);
    let ran = desk.sandbox(&["rollback", "--to", "1", "--yes"]).exits(0);
    assert!(ran.err.contains("your stack file stays as it is"), "{}", ran.err);
    assert_eq!(desk.read("stack.toml"), TWO);
    assert!(!no_changes(&desk), "today's file leads forward again");
    desk.write("stack.toml", ONE);
    assert!(no_changes(&desk));
    let json = desk.run(&["history", "--json"]).exits(0).json();
    assert_eq!((&json["history"][0]["back_to"]["apply"], &json["history"][0]["outcome"]), (&json!(1), &json!("complete")));
    assert!(desk.run(&["history"]).exits(0).out.contains("back to 1"));
    // Back and forth: its own record has a file as well.
    desk.write("stack.toml", TWO);
    desk.sandbox(&["rollback", "--to", "2", "--yes"]).exits(0);
    assert!(no_changes(&desk));
    desk.sandbox(&["rollback", "--to", "3", "--yes", "--write"]).exits(0);
    assert_eq!(desk.read("stack.toml"), ONE);
    assert!(no_changes(&desk));
    let gone = desk.sandbox(&["rollback", "--to", "77"]).exits(1);
    assert!(gone.err.contains("has no apply `77`"), "{}", gone.err);
}

#[test]
fn a_plan_back_is_saved_approved_and_applied_as_any_other() {
    let desk = twice();
    let saved = desk.sandbox(&["rollback", "--to", "1", "--out", "back.json"]).exits(0);
    assert!(saved.err.contains("trueup apply --plan back.json"), "{}", saved.err);
    let plan = serde_json::from_str::<Value>(&desk.read("back.json")).unwrap();
    assert_eq!(plan["ground"]["back_to"]["apply"], 1);
    desk.sandbox(&["apply", "--plan", "back.json"]).exits(0);
    let record = records(&desk).pop().unwrap();
    assert_eq!(
        (&record["back_to"]["apply"], &record["texts"]["files"][0]["text"]),
        (&json!(1), &json!(ONE)),
        "what was saved is recorded whole"
    );
    assert_eq!(record["resources"].as_array().unwrap().len(), 2);
    // The rule of today counts, and not that of the recorded file, which had none.
    desk.write("stack.toml", format!("{TWO}\n[stack.approval]\nsigners = \"allowed_signers\"\n"));
    let refused = desk.sandbox(&["rollback", "--to", "2", "--yes"]).exits(3);
    assert!(refused.err.contains("APPR001"), "{}", refused.err);
}

#[test]
fn what_does_not_come_back_is_said_before_anybody_is_asked() {
    let data = format!("{ONE}\n[storage.files]\nprotect = false\nforce_destroy = true\n[secrets.key]\ngenerate = true\nprotect = false\n");
    let desk = Desk::with(&data);
    apply(&desk, &data);
    desk.write("stack.toml", ONE);
    desk.sandbox(&["apply", "--yes", "--allow-delete", "*"]).exits(0);
    let ran = desk.sandbox(&["rollback", "--to", "1"]).exits(64);
    for part in [
        "comes back empty",
        "comes back without its value",
        "`storage.files.bucket`: comes back empty: the data that it held is not in the file",
    ] {
        assert!(ran.out.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{part}: {}", ran.out);
    }
    let json = desk.sandbox(&["rollback", "--to", "1", "--out", "back.json"]).exits(0);
    assert!(json.out.contains("comes back empty"), "{}", json.out);
    let notes = serde_json::from_str::<Value>(&desk.read("back.json")).unwrap()["notes"].clone();
    let of = |what: &str| notes.as_array().unwrap().iter().filter(|note| note["loss"]["what"] == what).count();
    assert_eq!((of("data"), of("value")), (1, 1), "{notes}");
}

#[test]
fn renames_since_then_are_turned_around() {
    let moved = ONE.replace("[resource.old]", "[resource.new]") + "\n[[moved]]\nfrom = \"resource.old\"\nto = \"resource.new\"\n";
    let desk = Desk::with(ONE);
    apply(&desk, ONE);
    apply(&desk, &moved);
    let again = moved
        .replace("[resource.new]", "[resource.newest]")
        .replace("\"resource.new\"", "\"resource.newest\"")
        .replace("resource.old\"", "resource.new\"");
    apply(&desk, &again);
    let ran = desk.sandbox(&["rollback", "--to", "1", "--yes"]).exits(0);
    assert!(ran.out.contains("→ old") && !ran.out.contains("+ ") && !ran.out.contains("- "), "{}", ran.out);
    desk.write("stack.toml", ONE);
    assert!(no_changes(&desk));
}

#[test]
fn what_was_taken_over_since_is_not_deleted_by_going_back() {
    let other = "[stack]\nname = \"other\"\nregion = \"us-east-1\"\n";
    let desk = Desk::with(ONE);
    apply(&desk, ONE);
    apply(&desk, &format!("{other}[resource.theirs]\nkind = \"sns.topic\"\nretain = true\n"));
    let id = desk.sandbox(&["show", "--json"]).exits(0).json()["resources"][0]["id"].as_str().unwrap().to_owned();
    apply(&desk, other);
    let adopting = format!("{ONE}[resource.theirs]\nkind = \"sns.topic\"\n\n[[adopt]]\naddress = \"resource.theirs\"\nid = \"{id}\"\n");
    apply(&desk, &adopting);
    let ran = desk.sandbox(&["rollback", "--to", "1", "--yes"]).exits(3);
    assert!(ran.out.contains("was there before apply 2 took it over") && ran.out.contains("--allow-delete"), "{}", ran.all());
    assert!(no_changes(&desk));
}

#[test]
fn a_failed_apply_names_the_way_back() {
    let desk = Desk::with(ONE);
    let first = desk.sandbox(&["apply", "--yes", "--fault", "deny:sns.CreateTopic"]).exits(4);
    assert!(!first.err.contains("trueup rollback"), "there is nothing to go back to: {}", first.err);
    apply(&desk, ONE);
    desk.write("stack.toml", TWO);
    let failed = desk.sandbox(&["apply", "--yes", "--fault", "deny:sns.CreateTopic"]).exits(4);
    assert!(failed.err.contains("\n  trueup rollback --to 2\n"), "{}", failed.err);
    let record = records(&desk).pop().unwrap();
    let went = |name: &str| record["changes"].as_array().unwrap().iter().find(|one| one["address"] == name).unwrap()["went"].clone();
    assert_eq!((went("resource.extra"), went("resource.news"), went("resource.old")), (json!("in_part"), json!("done"), json!("done")));
    let listed = desk.run(&["history"]).exits(0).out;
    assert!(listed.contains("in part"), "{listed}");
    // A second failure goes back to the same one, and not to the first failure.
    let failed = desk.sandbox(&["apply", "--yes", "--fault", "deny:sns.CreateTopic"]).exits(4);
    assert!(failed.err.contains("trueup rollback --to 2\n"), "{}", failed.err);
    desk.sandbox(&["rollback", "--to", "2", "--yes"]).exits(0);
    desk.write("stack.toml", ONE);
    assert!(no_changes(&desk));
}

#[test]
fn an_apply_that_was_cut_off_is_told_from_its_journal() {
    let desk = Desk::with(ONE);
    apply(&desk, ONE);
    desk.write("stack.toml", TWO);
    let killed = desk.sandbox(&["apply", "--yes", "--parallel", "1", "--fault", "kill-before:2"]);
    assert_ne!(killed.code, 0, "{}", killed.all());
    let raw = records(&desk).pop().unwrap();
    assert!(raw.get("end").is_none() && !raw["before"].as_array().unwrap().is_empty(), "it was begun, and not ended: {raw}");
    let shown = desk.run(&["history", "show", "last", "--json"]).exits(0).json()["apply"].clone();
    assert_eq!(shown["outcome"], "cut_off");
    let went = shown["changes"].as_array().unwrap().iter().map(|one| one["went"].as_str().unwrap()).collect::<Vec<_>>();
    assert!(went.contains(&"done") && went.contains(&"in_part") && went.contains(&"not_begun"), "{went:?}");
    // Whatever nobody knows, nobody says.
    let of = |name: &str| shown["resources"].as_array().unwrap().iter().find(|one| one["address"] == name).cloned();
    for (change, went) in shown["changes"].as_array().unwrap().iter().zip(&went) {
        let spec = of(change["address"].as_str().unwrap()).map(|one| one["spec"].clone());
        if *went == "in_part" {
            assert_eq!(spec, Some(Value::Null), "{change}");
        }
    }
    desk.sandbox(&["apply", "--yes"]).exits(0);
    assert!(no_changes(&desk));
    assert_eq!(listed(&desk, &[]), [3, 2, 1]);
}

#[test]
fn applies_of_before_there_were_records_are_listed_as_far_as_they_tell() {
    let desk = twice();
    fs::remove_dir_all(desk.path(".trueup/web/default/history")).unwrap();
    let list = desk.run(&["history"]).exits(0).out;
    assert!(list.contains("+1 ~1 -1") && list.contains("no file kept") && list.lines().all(|line| line.chars().count() <= 80), "{list}");
    let refused = desk.sandbox(&["rollback", "--to", "1", "--yes"]).exits(1);
    assert!(refused.err.contains("of apply 1 no file is known") && refused.err.contains("version control"), "{}", refused.err);
    assert!(desk.run(&["history", "diff", "1", "2"]).exits(0).out.contains("only the journal is left"));
    assert!(no_changes(&desk));
    // The next one takes all down again.
    apply(&desk, &TWO.replace("\"Two\"", "\"Three\""));
    let record = records(&desk).pop().unwrap();
    assert_eq!((&record["apply"], &record["whole"], record["resources"].as_array().unwrap().len()), (&json!(3), &json!(true), 2));
    // A damaged record is as good as none.
    let file = fs::read_dir(desk.path(".trueup/web/default/history")).unwrap().next().unwrap().unwrap().path();
    fs::write(file, "{\"version\": 99").unwrap();
    assert!(no_changes(&desk) && desk.run(&["history"]).exits(0).out.contains("no file kept"));
}

#[test]
fn a_plan_says_which_side_has_changed_and_since_when() {
    let desk = Desk::with(ONE);
    let first = desk.sandbox(&["plan"]).exits(0).out;
    assert!(!first.contains("changed in"), "without history it says nothing of it: {first}");
    apply(&desk, ONE);
    // Somebody else, with another store, changes one topic and deletes the other.
    desk.write("stack.toml", ONE.replace("\"One\"", "\"By hand\"").replace("[resource.old]\nkind = \"sns.topic\"\n", ""));
    desk.sandbox(&["apply", "--yes", "--store", "s3://elsewhere/x"]).exits(0);
    desk.write("stack.toml", format!("{ONE}\n[resource.more]\nkind = \"sns.topic\"\n"));
    let plan = desk.sandbox(&["plan"]).exits(0).out;
    let words = plan.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "UTC: 1 changed in the file, 2 changed in AWS.",
        "changed in AWS since apply 1 of 20",
        ": display_name",
        "deleted in AWS since apply 1",
    ] {
        assert!(words.contains(part), "{part}: {plan}");
    }
    let json = desk.sandbox(&["plan", "--json"]).exits(0).json();
    let of = |name: &str| json["changes"].as_array().unwrap().iter().find(|one| one["address"] == name).unwrap().clone();
    let (news, old, more) = (of("resource.news"), of("resource.old"), of("resource.more"));
    assert_eq!((&news["origin"], &news["since"]["apply"], &news["fields"][0]["origin"]), (&json!("aws"), &json!(1), &json!("aws")));
    assert_eq!((&old["origin"], &more["origin"], &json["ground"]["last"]["apply"]), (&json!("aws"), &json!("file"), &json!(1)));
    let markdown = desk.sandbox(&["plan", "--markdown"]).exits(0).out;
    assert!(markdown.contains("**changed in AWS since apply 1 of 20") && markdown.contains("**deleted in AWS"), "{markdown}");
    // Both sides: the file wants a third thing.
    desk.write("stack.toml", ONE.replace("\"One\"", "\"Third\""));
    let both = desk.sandbox(&["plan", "--json"]).exits(0).json();
    let news = both["changes"].as_array().unwrap().iter().find(|one| one["address"] == "resource.news").unwrap().clone();
    assert_eq!(news["origin"], "both");
    let whole = desk.sandbox(&["plan", "-v"]).exits(0).out;
    assert!(whole.contains("in both: display_name"), "{whole}");
}

const PLANTED: &str = "s3cret-PLANTED";

#[test]
fn no_record_holds_a_secret_and_the_way_back_takes_it_from_the_file_of_today() {
    let with = |name: &str, more: &str| {
        format!(
            "[stack]\nname = \"web\"\nregion = \"us-east-1\"\n\n[resource.news]\nkind = \"sns.topic\"\ndisplay_name = \"{name}\"\n{more}\n"
        )
    };
    let secret = format!(
        "tags = {{ DB_PASSWORD = \"{PLANTED}\" }}\nsubscriptions = [{{ protocol = \"https\", endpoint = \"https://anna:{PLANTED}@example.com/in\" }}]"
    );
    let desk = Desk::with(&with("One", &secret));
    apply(&desk, &with("One", &secret));
    desk.write("stack.toml", with("Two", &secret));
    desk.sandbox(&["apply", "--yes", "--set", &format!("resource.news.tags.DB_PASSWORD={PLANTED}-2")]).exits(0);
    let mut said = String::new();
    for args in [
        &["history", "show", "2", "--json"][..],
        &["history", "diff", "1", "2"],
        &["history", "show", "1", "--file-text"],
        &["history", "show", "2"],
    ] {
        said += &desk.run(args).exits(0).all();
    }
    said += &texts(&desk.path(".trueup/web"));
    assert!(said.contains("****") && !said.contains(PLANTED), "{said}");

    let lost = desk.sandbox(&["rollback", "--to", "2", "--yes"]).exits(1);
    assert!(
        lost.err.contains("no record keeps secrets") && lost.err.contains("--set 'resource.news.tags.DB_PASSWORD=VALUE'"),
        "{}",
        lost.err
    );
    let ran = desk.sandbox(&["rollback", "--to", "1", "--yes", "--write"]).exits(0);
    assert!(ran.out.contains("Two → One"), "{}", ran.all());
    assert_eq!(desk.read("stack.toml"), with("One", &secret));
    assert!(no_changes(&desk));

    // Where it is gone from the file, somebody has to say it.
    apply(&desk, &with("Two", ""));
    let lost = desk.sandbox(&["rollback", "--to", "1", "--yes"]).exits(1);
    let wanted = ["--set 'resource.news.subscriptions=VALUE'", "--set 'resource.news.tags.DB_PASSWORD=VALUE'"];
    assert!(wanted.iter().all(|part| lost.err.contains(part)), "{}", lost.err);
    let sets = [format!("resource.news.tags.DB_PASSWORD={PLANTED}"), "resource.news.subscriptions=[]".to_owned()];
    desk.sandbox(&["rollback", "--to", "1", "--yes", "--set", &sets[0], "--set", &sets[1]]).exits(0);
    assert!(!texts(&desk.path(".trueup/web")).contains(PLANTED));
}

/// All that files below a directory hold.
fn texts(directory: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        all += &if path.is_dir() { texts(&path) } else { String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned() };
    }
    all
}

#[test]
fn what_somebody_wrote_into_the_store_is_checked_as_any_file() {
    let desk = twice();
    let dir = desk.path(".trueup/web/default/history");
    let file = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    let mut record = serde_json::from_slice::<Value>(&fs::read(&file).unwrap()).unwrap();
    for (text, code, words) in [
        ("[stack]\nname = \"web\"\nregion = \"us-east-1\"\n[resource.x]\nkind = \"no.such\"\n", 1, "apply-1/stack.toml:5"),
        ("[stack]\nname = \"other\"\nregion = \"us-east-1\"\n", 1, "is of other in us-east-1, and that of today of web in us-east-1"),
        ("[stack]\nname = \"web\"\nregion = \"eu-west-1\"\n", 1, "that is another stack"),
        ("no toml", 1, "apply-1/stack.toml:1"),
    ] {
        record["texts"]["files"][0]["text"] = text.into();
        fs::write(&file, record.to_string()).unwrap();
        let ran = desk.sandbox(&["rollback", "--to", "1", "--yes"]).exits(code);
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    let shown = desk.run(&["history", "show", "1", "--file-text"]).exits(0);
    assert!(shown.out.contains("no toml"), "{}", shown.out);
    assert!(no_changes(&desk));
}
