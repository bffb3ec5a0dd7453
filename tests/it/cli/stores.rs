//! The store in a directory and in a bucket: each promise holds in both.

use super::Desk;

const SMALL: &str = "[stack]\nname = \"small\"\nregion = \"us-east-1\"\n\n[storage.a]\n[storage.b]\n[storage.c]\n";
const BUCKET: &str = "s3://the-store/team";

/// The promises, each with a desk of its own for each place.
const PROMISES: [fn(&Desk, bool); 6] = [
    a_saved_plan_runs_once,
    a_kept_plan_is_found_by_its_place,
    a_killed_run_is_taken_over,
    whoever_is_at_work_is_named,
    losing_it_loses_history_only,
    each_apply_is_told_and_its_file_comes_back,
];

#[test]
fn a_store_holds_its_promises_in_a_directory_and_in_a_bucket() {
    for promise in PROMISES {
        for (place, shared) in [("directory", false), (BUCKET, true)] {
            promise(&Desk::with(SMALL).var("TRUEUP_STORE", place), shared);
        }
    }
}

fn a_saved_plan_runs_once(desk: &Desk, shared: bool) {
    desk.sandbox(&["plan", "--out", "plan.json"]).exits(0);
    desk.sandbox(&["apply", "--plan", "plan.json", "--yes"]).exits(0);
    let again = desk.sandbox(&["apply", "--plan", "plan.json", "--yes"]);
    assert!(again.code != 0 && again.err.contains("was applied already"), "{}", again.all());
    assert_eq!(desk.path(".trueup/small").exists(), !shared, "the directory is used where it is the store, and only there");
    assert!(desk.sandbox(&["plan"]).exits(0).out.contains("No changes"));
}

/// No file is passed on: whoever applies names the place that `plan --keep` told.
fn a_kept_plan_is_found_by_its_place(desk: &Desk, shared: bool) {
    let kept = desk.sandbox(&["plan", "--keep"]).exits(0);
    let place = kept.err.split_whitespace().find(|word| word.contains("/small/default/plans/")).unwrap_or_else(|| panic!("{}", kept.err));
    let place = place.trim_end_matches(';');
    assert_eq!(place.starts_with(BUCKET), shared, "{place}");
    // The same plan is kept once, and found as often as it is asked for.
    desk.sandbox(&["approve", place, "--check"]).exits(0);
    assert!(desk.sandbox(&["apply", "--plan", place, "--yes"]).exits(0).err.contains("3 created"));
    let again = desk.sandbox(&["apply", "--plan", place, "--yes"]).exits(3);
    assert!(again.err.contains("was applied already"), "{}", again.all());
    let other = place.replace(".json", "0.json");
    let none = desk.sandbox(&["apply", "--plan", &other, "--yes"]).exits(1);
    assert!(none.err.contains(&other), "{}", none.all());
}

/// A directory's lock goes with its process; a lease is waited for, or taken by somebody who knows.
fn a_killed_run_is_taken_over(desk: &Desk, shared: bool) {
    let killed = desk.sandbox(&["apply", "--yes", "--fault", "kill-before:12"]);
    assert!(killed.code != 0, "{}", killed.all());
    if shared {
        let refused = desk.sandbox(&["apply", "--yes"]).exits(1);
        assert!(refused.err.contains("is at work on this stack already") && refused.err.contains(BUCKET), "{}", refused.err);
        let lock = &desk.sandbox(&["lock", "show", "--json"]).exits(0).json()["lock"];
        assert_eq!((&lock["held"], &lock["expired"], &lock["fence"]), (&true.into(), &false.into(), &1.into()), "{lock}");
        let broken = desk.sandbox(&["lock", "break", "--yes"]).exits(0);
        assert!(broken.err.contains("it is free now"), "{}", broken.all());
    } else {
        let held = desk.sandbox(&["lock", "break", "--yes"]).exits(0);
        assert!(held.err.contains("nobody holds it"), "{}", held.all());
    }
    desk.sandbox(&["apply", "--yes"]).exits(0);
    assert!(desk.sandbox(&["plan"]).exits(0).out.contains("No changes"));
    let shown = desk.sandbox(&["lock", "show"]).exits(0);
    assert!(shown.out.starts_with("free: ") && shown.out.contains("held it last"), "{}", shown.all());
}

fn whoever_is_at_work_is_named(desk: &Desk, shared: bool) {
    let free = desk.sandbox(&["lock", "show"]).exits(0);
    assert!(free.out.contains("nobody has held it so far"), "{}", free.all());
    if shared {
        desk.sandbox(&["apply", "--yes", "--fault", "kill-before:12"]);
        let held = desk.sandbox(&["lock", "show"]).exits(0);
        for part in ["held by ", "with an apply of plan ", "as its holder number 1", "ago"] {
            assert!(held.out.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{part}: {}", held.all());
        }
        // Without somebody to ask it is not taken from anybody.
        let asked = desk.sandbox(&["lock", "break"]).exits(64);
        assert!(asked.err.contains("--yes"), "{}", asked.all());
    }
}

fn losing_it_loses_history_only(desk: &Desk, shared: bool) {
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let other = if shared { "directory" } else { BUCKET };
    assert!(desk.sandbox(&["plan", "--store", other]).exits(0).out.contains("No changes"));
    desk.sandbox(&["apply", "--yes", "--store", other]).exits(0);
}

fn each_apply_is_told_and_its_file_comes_back(desk: &Desk, shared: bool) {
    let topics = |names: &[&str]| {
        let tables = names.iter().map(|name| format!("[resource.{name}]\nkind = \"sns.topic\"\n")).collect::<String>();
        desk.write("stack.toml", format!("[stack]\nname = \"small\"\nregion = \"us-east-1\"\n{tables}"));
    };
    topics(&["a", "b"]);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    topics(&["b", "c"]);
    let killed = desk.sandbox(&["apply", "--yes", "--fault", "kill:sns.CreateTopic"]);
    assert_ne!(killed.code, 0, "{}", killed.all());
    if shared {
        desk.sandbox(&["lock", "break", "--yes"]).exits(0);
    }
    let history = desk.sandbox(&["history", "--json"]).exits(0).json();
    let outcomes = history["history"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(outcomes, ["cut_off", "complete"]);
    desk.sandbox(&["rollback", "--to", "1", "--yes"]).exits(0);
    topics(&["a", "b"]);
    assert!(desk.sandbox(&["plan"]).exits(0).out.contains("No changes"));
    let diff = desk.sandbox(&["history", "diff", "1", "last"]).exits(0).out;
    assert!(diff.contains("both have the same file"), "{diff}");
    assert_eq!(desk.path(".trueup/small").exists(), !shared);
}

#[test]
fn a_place_that_is_none_is_refused_with_its_line() {
    for place in
        ["s3://", "s3://UPPER/x", "s3://ab/x", "https://the-store", "s3://the-store/../x", "s3://the-store/a b", "s3://the-store//x"]
    {
        let desk = Desk::with(&SMALL.replace("region", &format!("store = \"{place}\"\nregion")));
        let ran = desk.run(&["validate"]).exits(1);
        assert!(ran.err.contains("NAME005") && ran.err.contains("stack.toml:3"), "{place}: {}", ran.all());
        assert_eq!(desk.run(&["plan", "--store", place, "--sandbox"]).code, 64, "{place}");
    }
}

/// A plan says where the runner is to look; one that was changed to point elsewhere is refused as any other.
#[test]
fn a_plan_names_its_store() {
    let desk = Desk::with(&SMALL.replace("region", &format!("store = \"{BUCKET}\"\nregion")));
    desk.sandbox(&["plan", "--out", "plan.json"]).exits(0);
    let text = desk.read("plan.json");
    assert!(text.contains(BUCKET));
    desk.write("other.json", text.replace(BUCKET, "s3://elsewhere/team"));
    let altered = desk.sandbox(&["apply", "--plan", "other.json", "--yes"]).exits(3);
    assert!(altered.err.contains("other.json"), "{}", altered.all());
    desk.sandbox(&["apply", "--plan", "plan.json", "--yes"]).exits(0);
    assert!(!desk.path(".trueup/small").exists());
}

/// The bucket is somebody's to make: nothing is made in an account that no plan names.
#[test]
fn a_bucket_that_may_not_be_used_is_said_before_anything_is_done() {
    let desk = Desk::with(SMALL).var("TRUEUP_STORE", BUCKET);
    let ran = desk.sandbox(&["apply", "--yes", "--fault", "deny:s3.PutObject"]).exits(1);
    assert!(
        ran.err.contains("failed to write s3://the-store/team/small/default/lock") && ran.err.contains("s3:PutObject"),
        "{}",
        ran.all()
    );
    assert!(desk.sandbox(&["show", "--store", "directory"]).exits(0).out.contains("0 resources"));
}
