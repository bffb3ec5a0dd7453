//! A release as it goes, minute by minute, and its reports.

use super::{html, json, markdown};
use crate::core::rollout::decide::State;
use crate::core::rollout::look::Look;
use crate::core::rollout::observation::{
    Alarm, AlarmState, Awaited, Crash, Deployment, Gate, Image, Migration, Minute, Observation, Reading, Side, Smoke, Status, Traffic,
    Weights,
};
use crate::core::rollout::policy::{Errors, Guard, Latency, Policy, Quantile, Shift, Threshold};
use crate::core::rollout::release::{End, Of, Release};
use expect_test::expect_file;
use jiff::Timestamp;
use std::collections::BTreeMap;

pub(in crate::report) fn policy() -> Policy {
    let latency = |quantile| Latency { quantile, tolerance: 0.2, floor: 0.05 };
    Policy {
        shift: Shift::Canary { percent: 10.0 },
        dwell: 5,
        bake: 10,
        gate: 60,
        patience: 10,
        crashes: 3,
        smoke: vec![serde_json::from_value(serde_json::json!({ "path": "/", "headers": { "x-key": "not for others" } })).unwrap()],
        host: None,
        notify: None,
        guard: Guard {
            confidence: 0.99,
            least_requests: 50,
            errors: Some(Errors { tolerance: 0.005, most: 0.05 }),
            latency: vec![latency(Quantile::P95), latency(Quantile::P99)],
            alarms: vec!["web-errors".into()],
            metrics: vec![Threshold {
                name: "queue".into(),
                namespace: "AWS/SQS".into(),
                metric: "ApproximateNumberOfMessagesVisible".into(),
                dimensions: BTreeMap::new(),
                statistic: "Maximum".into(),
                times: 1.0,
                value: 100.0,
                above: true,
            }],
        },
        dry_run: Vec::new(),
        expand: Vec::new(),
        contract: Vec::new(),
        expand_back: Vec::new(),
        contract_back: Vec::new(),
        command_minutes: 15,
        again: None,
        expanded: false,
        contracted: false,
    }
}

pub(in crate::report) fn of() -> Of {
    Of {
        stack: "shop".into(),
        env: "production".into(),
        service: "web".into(),
        account: "123456789012".into(),
        region: "eu-central-1".into(),
        caller: "arn:aws:sts::123456789012:assumed-role/deploy/anna".into(),
    }
}

pub(in crate::report) fn at(minute: i64) -> Timestamp {
    "2026-11-29T12:00:00Z".parse::<Timestamp>().unwrap().saturating_add(jiff::SignedDuration::from_mins(minute)).unwrap()
}

fn side(number: u32, weight: f64, running: u32) -> Side {
    Side {
        revision: format!("arn:aws:ecs:eu-central-1:123456789012:service-revision/shop/web/{number}000"),
        task_definition: format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/web:{number}"),
        images: vec![Image {
            container: "web".into(),
            image: format!("123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:{number}"),
            digest: Some(format!("sha256:{}", format!("{number:02}").repeat(32))),
        }],
        requested: 3,
        running,
        pending: 3 - running,
        shared: false,
        weight,
        group: None,
        healthy: Reading::Known(running),
        unhealthy: Reading::Known(0),
    }
}

/// A minute of the traffic of both sides. It is never quite the same.
fn minute(of: i64, weight: f64, bad: bool) -> Minute {
    let wave = |at: i64| (at * 7 % 5) as f64 / 10.0;
    let traffic = |share: f64, slow: f64, failing: u64| {
        let requests = (share * (180.0 + 20.0 * wave(of))).round() as u64;
        let some = requests > 0;
        let seconds = |base: f64| some.then(|| base * slow * (1.0 + wave(of + requests as i64) / 4.0));
        let errors = (requests * failing).div_ceil(100).min(requests) * u64::from(failing > 0 || of % 6 == 0);
        Traffic {
            requests,
            errors: errors.max(u64::from(some && of % 6 == 0)),
            p50: seconds(0.08),
            p95: seconds(0.176),
            p99: seconds(0.272),
        }
    };
    let (slow, failing) = if bad { (1.1, 20) } else { (0.95, 0) };
    let green = if weight > 0.0 { traffic(weight / 10.0, slow, failing) } else { Traffic::default() };
    let blue = if weight < 100.0 { traffic((100.0 - weight) / 10.0, 1.0, 0) } else { Traffic::default() };
    Minute { at: at(of), blue: Reading::Known(blue), green: Reading::Known(green) }
}

/// The share of the new version at a minute.
fn weight(of: i64, bad: bool) -> f64 {
    match of {
        ..5 => 0.0,
        5..10 => 10.0,
        _ if bad => 0.0,
        10.. => 100.0,
    }
}

/// Everything that is live at a minute of a release that takes over, or of one that fails a fifth of its answers.
pub(in crate::report) fn seen(now: i64, bad: bool) -> Observation {
    let weight = weight(now, bad);
    let (status, stage, gate) = match now {
        ..3 => (Status::InProgress, "SCALE_UP", None),
        3 => (Status::InProgress, "POST_TEST_TRAFFIC_SHIFT", Some(3)),
        4 => (Status::InProgress, "PRE_PRODUCTION_TRAFFIC_SHIFT", Some(4)),
        5..10 => (Status::InProgress, "PRE_PRODUCTION_TRAFFIC_SHIFT", Some(5)),
        10 if !bad => (Status::InProgress, "PRE_PRODUCTION_TRAFFIC_SHIFT", Some(5)),
        10 | 11 if bad => (Status::RollbackInProgress, "CLEAN_UP", None),
        _ if bad => (Status::RollbackSuccessful, "CLEAN_UP", None),
        11.. if now < 22 => (Status::InProgress, "POST_PRODUCTION_TRAFFIC_SHIFT", Some(11)),
        22.. if now < 24 => (Status::InProgress, "CLEAN_UP", None),
        _ => (Status::Successful, "CLEAN_UP", None),
    };
    let weight = if now == 10 && !bad { 10.0 } else { weight };
    let over = matches!(status, Status::Successful | Status::RollbackSuccessful);
    let gate = gate.map(|opened| Gate { id: format!("gate-{opened}"), stage: stage.into(), opened: at(opened), expires: at(opened + 60) });
    let crash = Crash {
        task: "arn:aws:ecs:eu-central-1:123456789012:task/shop/0f2e".into(),
        reason: "Essential container in task exited; web exited with 137".into(),
        log: vec!["listening on 8080".into(), "out of memory".into()],
    };
    Observation {
        awaited: None,
        deployment: Some(Deployment {
            arn: "arn:aws:ecs:eu-central-1:123456789012:service-deployment/shop/web/8c1d".into(),
            task_definition: "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:42".into(),
            status,
            stage: stage.into(),
            started: at(0),
            finished: over.then(|| at(now)),
            turned: None,
            again: false,
            reason: if bad && now >= 10 { "Service deployment rolled back because of a rollback request.".into() } else { String::new() },
            blue: Some(side(41, 100.0 - weight, 3)),
            green: side(42, weight, now.clamp(0, 3).try_into().unwrap()),
            moves_traffic: true,
            stalled: at(0),
            gates: gate.into_iter().collect(),
            rule: None,
        }),
        superseded_by: None,
        occupied_by: None,
        paused: false,
        crashed: Vec::from_iter((bad && now >= 8).then_some(crash)),
        weights: Reading::Known(Weights { blue: 100.0 - weight, green: weight }),
        minutes: (-30..now).map(|of| minute(of, self::weight(of, bad), bad)).collect(),
        alarms: Reading::Known(vec![Alarm { name: "web-errors".into(), state: AlarmState::Ok }]),
        metrics: vec![Reading::Known(10.0 + (now * 3 % 7) as f64)],
        smoke: (now >= 3).then_some(Smoke::Passed { checks: 3 }),
        expand: Migration::NotRun,
        contract: Migration::NotRun,
        owed: true,
    }
}

/// The looks of a release up to a minute.
pub(in crate::report) fn looks(until: i64, bad: bool) -> Vec<Look> {
    (0..=until).map(|now| Look::new(&policy(), &seen(now, bad), at(now))).collect()
}

pub(in crate::report) fn release(until: i64, bad: bool) -> Release {
    let mut release = Release::new(of(), policy());
    looks(until, bad).iter().for_each(|look| release.take(look));
    release
}

#[test]
fn a_release_is_told_from_its_looks() {
    let good = release(24, false);
    assert_eq!((good.result.clone(), good.started, good.ended), (Some(State::Promoted), Some(at(0)), Some(at(24))));
    let times = good.phases.iter().map(|phase| (phase.began, phase.ended)).collect::<Vec<_>>();
    assert!(times.windows(2).all(|two| two[0].1 == Some(two[1].0)), "no gap and no overlap: {times:?}");
    assert_eq!(times.last().and_then(|last| last.1), Some(at(24)));
    assert_eq!(good.minutes.len(), 54, "each minute once");

    let bad = release(12, true);
    assert_eq!(bad.result, Some(State::RolledBack));
    assert!(bad.why.is_some() && bad.crashes.len() == 1);

    // A journal has no more than the looks themselves.
    let mut journal = Release::new(of(), policy());
    for mut look in looks(12, true) {
        look.seen = None;
        journal.take(&look);
    }
    assert_eq!((journal.result, journal.why, journal.phases.len()), (bad.result, bad.why, bad.phases.len()));
}

/// A service's first version, whose tasks stop by themselves before it has had a request.
fn first(until: i64) -> Release {
    let mut release = Release::new(of(), policy());
    for now in 0..=until {
        let mut seen = seen(now.min(2), true);
        let crash = |task: i64| Crash { task: format!("task/shop/{task}"), reason: "exited with 1".into(), log: Vec::new() };
        seen.crashed = (0..now).map(crash).collect();
        let none = || Reading::Known(Traffic::default());
        seen.minutes = (-30..now).map(|of| Minute { at: at(of), blue: none(), green: none() }).collect();
        let deployment = seen.deployment.as_mut().unwrap();
        deployment.blue = None;
        if now > 4 {
            (deployment.status, deployment.turned) = (Status::RollbackInProgress, Some(at(4)));
        }
        if now > 6 {
            (deployment.status, deployment.finished) = (Status::RollbackFailed, Some(at(7)));
        }
        release.take(&Look::new(&policy(), &seen, at(now)));
    }
    release
}

fn ends(release: &Release) -> Vec<(i64, Option<i64>, Option<End>)> {
    let minute = |time: Timestamp| (time.as_second() - at(0).as_second()) / 60;
    release.phases.iter().map(|phase| (minute(phase.began), phase.ended.map(minute), phase.end)).collect()
}

#[test]
fn a_phase_says_how_it_ended() {
    use End::{Back, Failed, Interrupted, Through};
    let good = release(24, false);
    assert!(good.phases.iter().all(|phase| phase.end == Some(Through)), "{:?}", ends(&good));
    let bad = release(12, true);
    assert_eq!(ends(&bad)[3..], [(5, Some(10), Some(Back)), (10, Some(12), Some(Through))]);
    assert_eq!(ends(&release(7, false)).last(), Some(&(5, None, None)), "it is under way");
    // Nobody can go back to a version that was not there.
    assert_eq!(ends(&first(7)), [(0, Some(4), Some(Failed)), (4, Some(7), Some(Failed))]);

    let mut pushed_aside = release(7, false);
    let seen = Observation { superseded_by: Some("arn:another".into()), ..seen(8, false) };
    pushed_aside.take(&Look::new(&policy(), &seen, at(8)));
    assert_eq!(ends(&pushed_aside).last(), Some(&(5, Some(8), Some(Interrupted))));

    let commands = Policy { expand: vec!["up".into()], ..policy() };
    let mut refused = Release::new(of(), commands.clone());
    for (now, expand) in [(0, Migration::NotRun), (3, Migration::Failed { reason: "it ended with exit code 3".into() })] {
        let seen = Observation { deployment: None, expand, ..self::seen(0, false) };
        refused.take(&Look::new(&commands, &seen, at(now)));
    }
    assert_eq!(ends(&refused), [(0, Some(3), Some(Failed))]);
    let page = html(&[bad, first(7), release(7, false)]);
    for part in ["class=\"bad\">went back", "class=\"bad\">failed", "class=\"none\">under way", "<i class=\"back\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// A command after a version runs once more when somebody asks for it, whose looks come after those of the journal.
#[test]
fn a_command_that_runs_again_goes_on_with_the_release_that_it_belongs_to() {
    let contract = Policy { contract: vec!["clean".into()], ..policy() };
    let mut release = Release::new(of(), contract.clone());
    let mut look = |now: i64, contract_is: Migration, again: bool| {
        let seen = Observation { contract: contract_is, owed: true, ..seen(now.min(24), false) };
        let mut look = Look::new(&contract, &seen, at(now));
        if !again {
            look.seen = None;
        }
        release.take(&look);
        (release.result.clone(), release.ended)
    };
    let running = || Migration::Running { task: "0f2e".into(), back: false };
    for now in 0..24 {
        look(now, Migration::NotRun, false);
    }
    look(25, running(), false);
    assert_eq!(look(27, Migration::Failed { reason: "exit code 4".into() }, false), (Some(State::ContractFailed), Some(at(27))));
    assert_eq!(look(40, running(), true), (None, None));
    assert_eq!(look(43, Migration::Succeeded, true), (Some(State::Promoted), Some(at(43))));
    assert_eq!(ends(&release)[6..], [(25, Some(27), Some(End::Failed)), (40, Some(43), Some(End::Through))]);
    assert!(release.phases.iter().all(|phase| phase.state.is_some()), "{:?}", release.phases);
    let text = markdown(std::slice::from_ref(&release));
    assert!(text.contains("| failed | exit code 4 |") && text.contains("| 12:27:00 | the command failed: exit code 4 |"), "{text}");
    // Somebody looks at it again, long after.
    let seen = Observation { contract: Migration::Succeeded, owed: true, ..seen(24, false) };
    release.take(&Look::new(&contract, &seen, at(500)));
    assert_eq!(release.ended, Some(at(43)));
}

/// A machine without a journal knows what AWS does: when it began, when ECS turned, its minutes, and who registered the version.
#[test]
fn a_release_at_which_nobody_looked_is_told_from_what_aws_keeps() {
    let mut seen = seen(12, true);
    let deployment = seen.deployment.as_mut().unwrap();
    (deployment.turned, deployment.again) = (Some(at(10)), true);
    seen.expand = Migration::Succeeded;
    // The version before had the same target group until a while ago.
    for minute in seen.minutes.iter_mut().filter(|minute| minute.at < at(-5)) {
        minute.green = Reading::Known(Traffic { requests: 1800, ..Traffic::default() });
    }
    let mut release = Release::new(Of { caller: String::new(), ..of() }, policy());
    release.registered_by = Some("arn:aws:iam::123456789012:user/ben".into());
    release.take(&Look::back(&policy(), seen, at(600)));
    assert_eq!(ends(&release), [(0, Some(10), Some(End::Back)), (10, Some(12), Some(End::Through))]);
    let text = markdown(std::slice::from_ref(&release));
    for part in [
        "- by: unknown; its task definition was registered by arn:aws:iam::123456789012:user/ben\n",
        "| before anybody looked | 12:00:00 | 10 min | went back | |",
        "| back to the old version | 12:10:00 | 2 min | done | |",
        "| 12:05:00 | the new version had its first requests |",
        "- largest share of the traffic: unknown\n",
        "- command before: ended well when this version was deployed before\n",
    ] {
        assert!(text.replace("  |", " |").contains(part), "{part}: {text}");
    }
    let page = html(&[release]);
    assert!(page.contains("by unknown; its task definition was registered by") && page.contains("<b>unknown</b>"), "{page}");
}

/// A journal knows when somebody looked, and AWS when it was.
#[test]
fn the_times_of_aws_count_wherever_it_has_some() {
    let mut release = Release::new(of(), policy());
    for mut look in looks(12, true) {
        look.seen = None;
        release.take(&look);
    }
    let mut seen = seen(12, true);
    let deployment = seen.deployment.as_mut().unwrap();
    let half = |minute: i64| at(minute).saturating_sub(jiff::SignedDuration::from_secs(30)).unwrap();
    (deployment.turned, deployment.finished) = (Some(half(10)), Some(half(12)));
    let before = release.phases.len();
    release.take(&Look::back(&policy(), seen, at(900)));
    let times = release.phases[3..].iter().map(|phase| (phase.began, phase.ended, phase.end)).collect::<Vec<_>>();
    assert_eq!(times, [(at(5), Some(half(10)), Some(End::Back)), (half(10), Some(half(12)), Some(End::Through))]);
    assert_eq!((release.ended, release.phases.len()), (Some(half(12)), before));
}

#[test]
fn whoever_comes_late_says_so() {
    let mut release = Release::new(of(), policy());
    release.take(&Look::new(&policy(), &seen(7, false), at(7)));
    let states = release.phases.iter().map(|phase| phase.state.is_some()).collect::<Vec<_>>();
    assert_eq!((states, release.phases[1].began), (vec![false, true], at(5)));
}

#[test]
fn reports_look_as_they_do() {
    let (good, bad) = (release(24, false), release(12, true));
    expect_file!["goldens/promoted.md"].assert_eq(&markdown(std::slice::from_ref(&good)));
    expect_file!["goldens/rolled_back.md"].assert_eq(&markdown(std::slice::from_ref(&bad)));
    expect_file!["goldens/rolled_back.html"].assert_eq(&html(std::slice::from_ref(&bad)));
    assert!(!json(std::slice::from_ref(&good)).to_string().contains("not for others"), "requests of checks may carry what is secret");
    expect_file!["goldens/promoted.html"].assert_eq(&html(std::slice::from_ref(&good)));
    let first = first(7);
    expect_file!["goldens/first.md"].assert_eq(&markdown(std::slice::from_ref(&first)));
    expect_file!["goldens/first.html"].assert_eq(&html(std::slice::from_ref(&first)));
    let back: Vec<Release> = serde_json::from_value(json(&[good.clone(), bad.clone(), first.clone()])["releases"].clone()).unwrap();
    assert_eq!(back, [good, bad, first]);
}

/// No deployment has begun where the command before a version failed.
#[test]
fn a_version_that_did_not_begin_has_its_name_its_images_and_the_reason() {
    let arn = |number: u32| format!("arn:aws:ecs:eu-central-1:123456789012:task-definition/web:{number}");
    let image = Image { container: "web".into(), image: "shop:43".into(), digest: None };
    let awaited = Awaited { task_definition: arn(43), images: vec![image], runs: Some(arn(42)) };
    let expand = Migration::Failed { reason: "it ended with exit code 3, task 0f2e\n    column exists".into() };
    let seen = Observation { deployment: None, awaited: Some(awaited), expand, ..seen(0, false) };
    let mut release = Release::new(of(), Policy { expand: vec!["bin/migrate".into()], ..policy() });
    release.take(&Look::new(&release.policy.clone(), &seen, at(3)));
    for page in [html(std::slice::from_ref(&release)), markdown(std::slice::from_ref(&release))] {
        for part in ["web:42", "web:43", "shop:43", "exit code 3, task 0f2e", "column exists"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("\\n"), "{page}");
    }
    // Once there is a deployment it says all of that itself.
    release.take(&looks(1, false)[1]);
    assert_eq!((release.awaited.clone(), release.versions()[1]), (None, Some(arn(42).as_str())));
}

/// A chart without a curve says nothing; a line says why there is none.
#[test]
fn charts_without_a_point_are_left_out() {
    let page = html(&[first(7)]);
    assert!(page.contains("No traffic was measured: no request came from 12:00:00 to 12:07:00."), "{page}");
    assert!(!page.contains("Requests a minute") && !page.contains("Time to answer"), "{page}");
    assert!(page.contains("<figcaption>queue"), "{page}");
    let mut unread = release(12, true);
    (unread.minutes, unread.unread) = (Vec::new(), Some("AccessDenied".into()));
    let (page, text) = (html(std::slice::from_ref(&unread)), markdown(&[unread]));
    assert!(page.contains("AWS did not say: AccessDenied") && text.contains("AWS did not say: AccessDenied"), "{text}");
    let mut slow = release(12, true);
    for minute in &mut slow.minutes {
        for side in [&mut minute.blue, &mut minute.green] {
            if let Reading::Known(traffic) = side {
                traffic.p99 = None;
            }
        }
    }
    let page = html(&[slow]);
    assert!(page.contains("Nothing was measured of: Time to answer, p99.") && page.contains("Time to answer, p95"), "{page}");
}

/// A reader may take all of it for text: of AWS's and of the file's words none becomes markup.
#[test]
fn nothing_that_others_wrote_becomes_markup() {
    let evil = "<script>alert(1)</script>\"'&\u{1b}[2J\u{202e}\n# x|y @all";
    let mut release = release(12, true);
    release.of =
        Of { stack: evil.into(), env: evil.into(), service: evil.into(), account: evil.into(), region: evil.into(), caller: evil.into() };
    release.deployment = Some(evil.into());
    release.reason = evil.into();
    release.why = None;
    release.smoke = Some(Smoke::Failed { check: evil.into(), reason: evil.into() });
    release.expand = Migration::Failed { reason: evil.into() };
    release.crashes = vec![Crash { task: evil.into(), reason: evil.into(), log: vec![evil.into()] }];
    release.metrics[0].name = evil.into();
    for side in [&mut release.blue, &mut release.green].into_iter().flatten() {
        side.task_definition = evil.into();
        side.revision = evil.into();
        side.images = vec![Image { container: evil.into(), image: evil.into(), digest: Some(evil.into()) }];
    }
    for phase in &mut release.phases {
        phase.gate = Some(Gate { id: evil.into(), stage: evil.into(), opened: at(0), expires: at(1) });
    }
    let page = html(&[release.clone()]);
    assert!(!page.contains("<script") && !page.contains('\u{1b}') && !page.contains('\u{202e}'), "{page}");
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("url("), "it loads nothing");
    let text = markdown(&[release]);
    let outside = text.split("```").step_by(2).collect::<String>();
    assert!(!outside.lines().any(|line| line.starts_with("# x")) && !text.contains('\u{1b}'), "{text}");
}

/// A release of which next to nothing is known is a page as well.
#[test]
fn little_is_enough() {
    let empty = Release::new(of(), policy());
    assert!(html(std::slice::from_ref(&empty)).contains("under way"));
    assert!(markdown(&[empty]).contains("under way"));
    assert!(html(&[release(0, false)]).contains("under way"));
}
