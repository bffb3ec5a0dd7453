//! Releases at the command line: their reports.

use super::Desk;
use serde_json::Value;

fn shop(version: &str) -> String {
    format!(
        r#"
[stack]
name = "shop"
region = "eu-central-1"
[network]
nat = "none"
[service.web]
image = "nginx:{version}"
port = 8080
[service.web.rollout]
strategy = "canary"
dwell_minutes = 3
bake_minutes = 3
gate_minutes = 600
guard = {{ least_requests = 10 }}
"#
    )
}

#[test]
fn a_release_is_reported_in_each_form() {
    let desk = Desk::with(&shop("1.0"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", shop("2.0"));
    let refused = desk.sandbox(&["apply", "--yes", "--report", "release.pdf"]).exits(64);
    assert!(refused.err.contains(".md, .json or .html"), "{}", refused.err);

    let reports = ["--report", "release.md", "--report", "release.json", "--report", "release.html"];
    let ran = desk.run(&[&["apply", "--yes", "--sandbox", "--sandbox-speed", "300"][..], &reports].concat()).exits(0);
    assert!(ran.err.contains("wrote release.html"), "{}", ran.err);
    let release = |json: &Value| {
        assert_eq!((&json["version"], json["releases"].as_array().map(Vec::len)), (&Value::from(1), Some(1)), "{json}");
        let one = json["releases"][0].clone();
        assert_eq!((one["service"].as_str(), one["result"]["state"].as_str()), (Some("web"), Some("promoted")), "{one}");
        assert!(one["phases"].as_array().is_some_and(|phases| phases.len() >= 4), "{one}");
        assert!(one["green"]["images"][0]["image"] == "nginx:2.0", "{one}");
        one
    };
    let written = release(&serde_json::from_str(&desk.read("release.json")).unwrap());
    assert!(written["caller"].as_str().is_some_and(|caller| caller.starts_with("arn:aws:")), "{written}");
    let is_page = |page: &str| {
        page.starts_with("<!doctype html>")
            && page.contains("<svg")
            && page.contains(">promoted<")
            && !page.contains("http:")
            && !page.contains("https:")
    };
    assert!(is_page(&desk.read("release.html")) && desk.read("release.md").starts_with("# web: promoted\n"));

    // The journal and AWS say the same later.
    let again = release(&desk.sandbox(&["rollout", "report", "--json"]).exits(0).json());
    assert_eq!((&again["deployment"], &again["ended"]), (&written["deployment"], &written["ended"]));
    assert!(is_page(&desk.sandbox(&["rollout", "report", "--html"]).exits(0).out));
    assert!(desk.sandbox(&["rollout", "report"]).exits(0).out.starts_with("# web: promoted\n"));
    desk.sandbox(&["rollout", "report", "--deployment", "arn:none"]).exits(1);

    // There is nothing to watch any more, and a pipe gets lines.
    let watched = desk.sandbox(&["rollout", "watch", "--report", "watched.md"]).exits(0);
    assert!(watched.out.contains("the new version has taken over") && !watched.out.contains('\u{1b}'), "{}", watched.out);
    assert!(desk.read("watched.md").starts_with("# web: promoted\n"));
}

/// The states of the phases, and how each ended.
fn phases(release: &Value) -> Vec<(Option<&str>, Option<&str>)> {
    let phases = release["phases"].as_array().unwrap();
    phases.iter().map(|phase| (phase["state"]["state"].as_str(), phase["end"].as_str())).collect()
}

#[test]
fn a_machine_without_the_journal_reports_a_rollback_as_far_as_aws_knows_it() {
    let desk = Desk::with(&shop("1.0"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", shop("2.0"));
    desk.run(&["apply", "--yes", "--sandbox", "--sandbox-speed", "300", "--fault", "errors:50%"]).exits(5);
    let here = desk.sandbox(&["rollout", "report", "--json"]).exits(0).json()["releases"][0].clone();
    std::fs::remove_dir_all(desk.path(".trueup/shop")).unwrap();
    let there = desk.sandbox(&["rollout", "report", "--json"]).exits(0).json()["releases"][0].clone();
    assert_eq!((&there["started"], &there["ended"], &there["result"]), (&here["started"], &here["ended"], &here["result"]));
    assert_eq!(phases(&there), [(None, Some("back")), (Some("rolling_back"), Some("through"))], "{there}");
    assert_eq!(there["phases"][1]["began"], here["phases"].as_array().unwrap().last().unwrap()["began"], "{here}");
    let text = desk.sandbox(&["rollout", "report"]).exits(0).out;
    for part in ["by: unknown; its task definition was registered by arn:aws:", "the new version had its first requests"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_command_that_runs_again_is_reported_with_the_release_that_it_belongs_to() {
    let with = |version: &str, command: &str| format!("{}[service.web.rollout.migrate]\ncontract = [\"{command}\"]\n", shop(version));
    let desk = Desk::with(&with("1.0", "true"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", with("2.0", "false"));
    let apply =
        |rest: &[&str]| desk.run(&[&["apply", "--yes", "--sandbox", "--sandbox-speed", "300", "--report", "release.json"], rest].concat());
    let report = || serde_json::from_str::<Value>(&desk.read("release.json")).unwrap()["releases"][0].clone();
    apply(&[]).exits(4);
    let failed = report();
    assert_eq!(phases(&failed).last(), Some(&(Some("contracting"), Some("failed"))), "{failed}");
    desk.write("stack.toml", with("2.0", "true"));
    apply(&["--retry", "service.web.service"]).exits(0);
    let done = report();
    assert_eq!((&done["deployment"], &done["result"]["state"]), (&failed["deployment"], &"promoted".into()), "{done}");
    let (before, after) = (phases(&failed), phases(&done));
    assert_eq!((&after[..before.len()], after.last()), (&before[..], Some(&(Some("contracting"), Some("through")))), "{done}");
    let reason = done["phases"][before.len() - 1]["reason"].as_str();
    assert!(reason.is_some_and(|reason| reason.contains("exit code 1")), "{done}");
    assert!(after.iter().all(|(state, _)| state.is_some()), "nobody says that nobody looked: {after:?}");
}

#[test]
fn a_report_that_cannot_be_written_is_found_before_anything_begins() {
    let desk = Desk::with(&shop("1.0"));
    desk.write("file", "no directory");
    for bad in ["none/release.md", "file/release.html"] {
        for command in
            [&["apply", "--yes"][..], &["rollout", "start", "--yes"], &["rollout", "watch"], &["watch", "--for", "1m", "--every", "1m"]]
        {
            let refused = desk.sandbox(&[command, &["--report", bad]].concat()).exits(1);
            assert!(refused.err.contains(&format!("failed to write the report {bad}")), "{}", refused.err);
            assert!(!desk.path(".trueup").exists(), "{command:?}: nothing has begun");
        }
    }
    let refused = desk.sandbox(&["plan", "--out", "none/plan.json"]).exits(1);
    assert!(refused.err.contains("none/plan.json") && refused.out.is_empty(), "{}", refused.all());
}

#[test]
fn a_report_that_gets_lost_does_not_hide_how_it_ended() {
    let desk = Desk::with(&shop("1.0"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", shop("2.0"));
    desk.write("reports/other", "");
    let start = ["apply", "--yes", "--sandbox", "--sandbox-speed", "300", "--fault", "crash_loop:3", "--report", "reports/release.md"];
    let calls = || std::fs::read_to_string(desk.path(".trueup/sandbox/requests.jsonl")).unwrap_or_default();
    let before = calls().len();
    let mut child = desk.spawn(&start);
    // It has been looked at, and goes away while the rollout is under way.
    while child.try_wait().unwrap().is_none() && !calls().get(before..).is_some_and(|new| new.contains("UpdateService")) {
        std::thread::yield_now();
    }
    std::fs::remove_dir_all(desk.path("reports")).unwrap();
    let ran = desk.tidy(child.wait_with_output().unwrap()).exits(5);
    assert!(ran.err.contains("the report reports/release.md could not be written"), "{}", ran.err);
    assert!(ran.err.contains("`trueup rollout report`"), "{}", ran.err);
}

#[test]
fn a_version_that_crashes_goes_back_at_whatever_speed() {
    for speed in ["2000", "instant"] {
        let desk = Desk::with(&shop("1.0"));
        desk.sandbox(&["apply", "--yes"]).exits(0);
        let start = ["rollout", "start", "--yes", "--image", "nginx:2.0", "-s", "web", "--sandbox", "--sandbox-speed", speed];
        let ran = desk.run(&[&start[..], &["--fault", "web/crash_loop:3"]].concat()).exits(5);
        // AWS forgets tasks after an hour, which is over in no time on a busy machine.
        assert!(speed != "instant" || ran.err.contains("app exited with 3"), "{speed}: {}", ran.err);
    }
}

#[test]
fn a_fault_names_what_the_stack_has() {
    let text = shop("1.0") + "[monitoring]\nalarms = [\"errors\"]\n";
    let desk = Desk::with(&text);
    for (fault, said) in [
        ("api/crash_loop", "the stack has no service `api`"),
        ("alarm:other", "the stack has no alarm `other`"),
        ("hook_timeouts", "did you mean `hook_timeout`?"),
    ] {
        let refused = desk.sandbox(&["plan", "--fault", fault]).exits(64);
        assert!(refused.err.contains(said), "{fault}: {}", refused.err);
    }
    let listed = desk.sandbox(&["plan", "--fault", "api/crash_loop"]).exits(64);
    assert!(listed.err.contains("there are web"), "{}", listed.err);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    // By its address, and by the name that CloudWatch has.
    let alarms = desk.sandbox(&["show", "--json"]).exits(0).json();
    let live = alarms["resources"].as_array().unwrap();
    let alarm = live.iter().find(|one| one["kind"] == "cloudwatch.alarm").expect("there is an alarm");
    let names = [alarm["address"].as_str().unwrap(), alarm["id"].as_str().unwrap()];
    for name in ["web".to_owned(), "service.web.service".to_owned()] {
        desk.sandbox(&["plan", "--fault", &format!("{name}/errors:5%")]).exits(0);
    }
    for name in names {
        desk.sandbox(&["plan", "--fault", &format!("alarm:{name}@BAKE_TIME")]).exits(0);
    }
}

#[test]
fn a_plan_of_a_rollout_says_what_stands_in_its_way() {
    let checked = |version: &str| shop(version) + "[[service.web.rollout.smoke]]\npath = \"/\"\ntoken = { env = \"SMOKE_TOKEN\" }\n";
    let desk = Desk::with(&checked("1.0")).var("SMOKE_TOKEN", "good");
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", checked("2.0"));
    let desk = desk.var("SMOKE_TOKEN", "s3cret\r\nx: y");
    let planned = desk.sandbox(&["rollout", "plan"]).exits(3);
    assert!(!planned.out.contains("It may begin") && planned.out.contains("holds a line break"), "{}", planned.out);
    assert!(!planned.all().contains("s3cret"), "{}", planned.all());
    let refused = desk.sandbox(&["apply", "--yes", "--smoke-via", "localhost:1"]).exits(3);
    assert!(refused.err.contains("`SMOKE_TOKEN`") && !refused.all().contains("s3cret"), "{}", refused.err);
    let by_hand = desk.sandbox(&["rollout", "smoke", "--smoke-via", "localhost:1"]).exits(3);
    assert!(by_hand.err.contains("`SMOKE_TOKEN`"), "{}", by_hand.err);
}

#[test]
fn a_worker_is_planned_and_shown_without_shares_of_traffic() {
    let text = |version: &str| {
        let head = "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n";
        format!(
            "{head}[service.worker]\nimage = \"nginx:{version}\"\n[service.web]\nimage = \"nginx:{version}\"\nport = 8080\ndeployment = \"rolling\"\n"
        )
    };
    let desk = Desk::with(&text("1.0"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", text("2.0"));
    let planned = desk.sandbox(&["rollout", "plan"]).exits(0).out;
    assert!(planned.contains("worker\n") && planned.contains("web\n") && planned.contains("new tasks start"), "{planned}");
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let worker = desk.sandbox(&["rollout", "status", "--service", "worker"]).exits(0).out;
    assert!(worker.contains("new  1 of 1 tasks\n") && !worker.contains('%') && !worker.contains("healthy"), "{worker}");
    let web = desk.sandbox(&["rollout", "status", "--service", "web"]).exits(0).out;
    assert!(web.contains("both in one target group: 1 healthy") && !web.contains('%') && web.matches("requests").count() <= 1, "{web}");
}

/// A server that answers each path alike, and repeats the token that it is sent.
pub fn server(status: u16) -> u16 {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let head = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect::<Vec<_>>();
            let header =
                |name: &str| head.iter().find_map(|line| line.to_lowercase().strip_prefix(name).map(|rest| rest.trim().to_owned()));
            let body = serde_json::json!({ "test": header("x-trueup-test:"), "echo": header("authorization:") }).to_string();
            let reply = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            let _ = stream.write_all(reply.as_bytes());
        }
    });
    port
}

#[test]
fn checks_are_sent_to_what_is_live_and_tell_no_secret() {
    let desk = Desk::with(&shop("1.0")).var("SMOKE_TOKEN", "s3cr3t-v4lue");
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let none = desk.sandbox(&["rollout", "smoke"]).exits(3);
    assert!(none.err.contains("there is no smoke check") && none.err.contains("--file"), "{}", none.err);
    desk.write(
        "smoke.toml",
        "[[smoke]]\npath = \"/health\"\njson = { \"$.test\" = \"1\" }\n[[smoke]]\nname = \"who am I\"\npath = \"/me\"\ntoken = { env = \"SMOKE_TOKEN\" }\njson = { \"$.echo\" = \"nobody\" }\n[[smoke]]\npath = \"/last\"\n",
    );
    let via = format!("localhost:{}", server(200));
    let smoke = ["rollout", "smoke", "--file", "smoke.toml", "--smoke-via", &via];
    let ran = desk.sandbox(&smoke).exits(5);
    let words = |ran: &super::Ran| ran.out.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect::<Vec<_>>();
    let shown = words(&ran);
    assert!(shown[0] == "passed" && shown[1] == "failed" && shown.contains(&"not".to_owned()), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80) && !ran.all().contains("s3cr3t"), "{}", ran.all());
    let json = desk.sandbox(&[&smoke[..], &["--json"]].concat()).exits(5);
    let told = &json.json()["smoke"];
    assert_eq!((told["rule"].as_str(), told["end"]["check"].as_str()), (Some("test"), Some("who am I")), "{told}");
    assert_eq!((&told["checks"][0]["result"], &told["checks"][2]["result"]), (&"passed".into(), &"not_sent".into()), "{told}");
    assert!(!json.all().contains("s3cr3t"), "{}", json.all());

    // Where users' requests go, no header says that it is a test.
    desk.write("plain.toml", "[[smoke]]\npath = \"/health\"\nabsent = [\"$.test[?@ == 'x']\"]\njson = { \"$.test\" = \"\" }\n");
    let ran = desk.sandbox(&["rollout", "smoke", "--production", "--file", "plain.toml", "--smoke-via", &via]).exits(5);
    assert!(ran.out.contains("null"), "{}", ran.out);
    desk.write("plain.toml", "[[smoke]]\npath = \"/health\"\n");
    let plain = ["rollout", "smoke", "--file", "plain.toml", "--smoke-via"];
    desk.sandbox(&[&plain[..], &[&via, "--production"]].concat()).exits(0);
    desk.sandbox(&[&plain[..], &["localhost:1"]].concat()).exits(6);
    desk.write("plain.toml", "[[smoke]]\npath = \"health\"\n");
    let wrong = desk.sandbox(&["rollout", "smoke", "--file", "plain.toml"]).exits(3);
    assert!(wrong.err.contains("SMOKE001") && wrong.err.contains("plain.toml:2"), "{}", wrong.err);
    let gone = desk.sandbox(&["rollout", "smoke", "--file", "gone.toml"]).exits(3);
    assert!(gone.err.contains("[[smoke]]"), "{}", gone.err);
}

/// There is no service yet, and the version is no further than the command before it.
#[test]
fn a_first_version_whose_command_failed_is_told_by_every_command() {
    let failing = "[service.web.rollout.migrate]\nexpand = [\"sh\", \"-c\", \"exit 3\"]\n";
    let desk = Desk::with(&format!("{}{failing}", shop("1.0")));
    desk.sandbox(&["rollout", "history"]).exits(1);
    desk.sandbox(&["apply", "--yes"]).exits(4);
    let history = desk.sandbox(&["rollout", "history"]).exits(0);
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let says = one_line(&history.out);
    assert!(says.contains("the command before it failed") && says.contains("exit code 3"), "{says}");
    let json = desk.sandbox(&["rollout", "history", "--json"]).exits(0).json();
    assert_eq!((&json["deployments"], json["apart"]["expand"]["state"].as_str()), (&serde_json::json!([]), Some("failed")), "{json}");
    for command in [["watch", "--plain"].as_slice(), &["rollback"], &["promote"], &["report"], &["logs"]] {
        let ran = desk.sandbox(&[&["rollout"], command].concat()).exits(4);
        let says = one_line(&ran.err);
        assert!(says.contains("the command before it failed") && says.contains("--retry 'service.web.service'"), "{says}");
    }
}

#[test]
fn nothing_is_taken_back_unasked_or_where_nothing_is() {
    let desk = Desk::with(&format!("{}[service.web.rollout.migrate]\nexpand = [\"true\"]\nexpand_back = [\"true\"]\n", shop("1.0")));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let refused = desk.sandbox(&["rollout", "undo", "expand"]).exits(3);
    assert!(
        refused.err.contains("runs, and needs what `expand` did for it") && refused.err.contains("trueup rollout rollback"),
        "{}",
        refused.err
    );
    desk.sandbox(&["rollout", "undo", "contract", "--yes"]).exits(3);
    desk.sandbox(&["rollout", "undo", "dry-run"]).exits(64);
    // A version that goes back, which the end of the apply and the status say.
    let new = format!("{}[service.web.rollout.migrate]\nexpand = [\"true\"]\nexpand_back = [\"true\"]\n", shop("2.0"));
    desk.write("stack.toml", new);
    let ran = desk.run(&["apply", "--yes", "--sandbox", "--sandbox-speed", "300", "--fault", "crash_loop:3"]).exits(5);
    assert!(ran.err.contains("`trueup rollout undo expand`"), "{}", ran.err);
    let status = desk.sandbox(&["rollout", "status"]).exits(5);
    assert!(status.out.contains("`trueup rollout undo expand`"), "{}", status.out);
    let unasked = desk.sandbox(&["rollout", "undo", "expand"]).exits(64);
    assert!(unasked.err.contains("pass --yes"), "{}", unasked.err);
    let undone = desk.sandbox(&["rollout", "undo", "expand", "--yes", "--json"]).exits(0).json();
    assert_eq!(
        (undone["undo"]["command"].as_str(), undone["undo"]["end"]["state"].as_str()),
        (Some("expand"), Some("taken_back")),
        "{undone}"
    );
    let status = desk.sandbox(&["rollout", "status"]).exits(5);
    assert!(!status.out.contains("undo"), "{}", status.out);
}

#[test]
fn a_gate_is_passed_by_hand_and_the_next_one_is_named() {
    let desk = Desk::with(&shop("1.0"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let run = |args: &[&str]| desk.run(&[args, &["--sandbox", "--sandbox-speed", "300"]].concat());
    let left = run(&["rollout", "start", "--image", "web=nginx:2.0", "--detach", "--yes"]).exits(6);
    assert!(left.err.contains("Begun and left after") && left.err.contains("`trueup rollout watch`"), "{}", left.err);
    assert!(!left.err.contains("Interrupted") && !left.err.contains("plan and apply again"), "{}", left.err);
    let at_gate = (0..200).any(|_| run(&["rollout", "status", "--json"]).exits(6).json()["rollout"]["gate"].is_object());
    assert!(at_gate, "ECS waits at no gate");
    let promoted = run(&["rollout", "promote", "--force", "--json"]).exits(6);
    assert_eq!(promoted.json()["next"], serde_json::json!({ "phase": "share", "percent": 10.0 }), "{}", promoted.out);
    assert!(promoted.err.contains("waits at the gate after 10 % of the traffic"), "{}", promoted.err);
}

#[test]
fn what_a_rollout_needs_from_outside_is_found_before_it_begins() {
    let checked = |version: &str| shop(version) + "[[service.web.rollout.smoke]]\npath = \"/health\"\ntoken = { env = \"SMOKE_TOKEN\" }\n";
    let desk = Desk::with(&checked("1.0"));
    let noted = desk.sandbox(&["plan"]).exits(0);
    assert!(noted.err.contains("`SMOKE_TOKEN` is not set"), "{}", noted.err);
    let refused = desk.sandbox(&["apply", "--yes"]).exits(3);
    assert!(refused.err.contains("`SMOKE_TOKEN` is not set") && refused.err.contains("{ secret = \"NAME\" }"), "{}", refused.err);
    assert!(!desk.path(".trueup/shop/default/journal").exists(), "nothing has begun");
    let desk = desk.var("SMOKE_TOKEN", "s3cret");
    desk.sandbox(&["apply", "--yes"]).exits(0);
    // Its load balancer is only played, so nobody would answer the checks of another version.
    desk.write("stack.toml", checked("2.0"));
    let refused = desk.sandbox(&["apply", "--yes"]).exits(3);
    assert!(refused.err.contains("--smoke-via web=localhost:8080") && refused.err.contains("only played"), "{}", refused.err);
    let planned = desk.sandbox(&["rollout", "plan"]).exits(0);
    assert!(planned.err.contains("--smoke-via"), "{}", planned.err);
    let unset = desk.var("SMOKE_TOKEN", " ");
    let planned = unset.sandbox(&["rollout", "plan", "--json"]).exits(3).json();
    assert_eq!((&planned["unset"][0]["lacks"], &planned["unset"][0]["name"]), (&"variable".into(), &"SMOKE_TOKEN".into()));
}

#[test]
fn a_history_names_images_and_reasons_and_what_is_live() {
    let desk = Desk::with(&shop("1.0"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    desk.write("stack.toml", shop("2.0"));
    let back = desk.run(&["apply", "--yes", "--sandbox", "--sandbox-speed", "300", "--fault", "crash_loop:3"]).exits(5);
    let wide = |text: &str| text.lines().find(|line| line.chars().count() > 80 && line.contains('▸')).map(str::to_owned);
    assert_eq!(wide(&back.err), None, "{}", back.err);
    let history = desk.sandbox(&["rollout", "history"]).exits(0).out;
    let lines = history.lines().collect::<Vec<_>>();
    assert!(lines[0].ends_with("rolled back       revision 2  nginx:2.0") && lines[1].contains("stopped by themselves"), "{history}");
    assert!(lines.last().is_some_and(|line| line.ends_with("live, successful  revision 1  nginx:1.0")), "{history}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{history}");
    let status = desk.sandbox(&["rollout", "status"]).exits(5).out;
    assert!(status.contains("stopped by themselves"), "{status}");
    let refused = desk.sandbox(&["plan"]).exits(3).out;
    assert!(
        refused.contains("PLAN013") && refused.contains("stopped by themselves") && refused.contains("nginx:1.0 → nginx:2.0"),
        "{refused}"
    );
}

#[test]
fn the_demonstration_of_the_readme_goes_back() {
    let readme = std::fs::read_to_string(super::shipped("README.md")).unwrap();
    let command = readme.lines().find_map(|line| line.strip_prefix("trueup rollout start ")).expect("README shows a rollout");
    let desk = Desk::with(&shop("1.0"));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let words = command.split_whitespace().collect::<Vec<_>>();
    assert!(words.contains(&"--sandbox") && words.contains(&"--fault"), "{command}");
    let ran = desk.run(&[&["rollout", "start", "--sandbox-speed", "300"][..], &words].concat()).exits(5);
    // What README shows of it are lines of the run, but for their figures and times.
    let shown = readme.split(&format!("trueup rollout start {command}\n")).nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let bare = |text: &str| text.chars().filter(|letter| letter.is_alphabetic()).collect::<String>();
    let said = bare(&ran.err);
    for line in shown.lines().filter(|line| !line.trim().is_empty() && line.trim() != "…") {
        assert!(said.contains(&bare(line)), "README shows `{line}`, and it says:\n{}", ran.err);
    }
}
