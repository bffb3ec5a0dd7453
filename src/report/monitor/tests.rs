//! A watch as it goes, sample by sample, and its reports.

use super::{html, json, markdown, render};
use crate::core::rollout::monitor::{Health, Monitor, Rules, Seen, judge};
use crate::core::rollout::observation::{Alarm, AlarmState, Reading, Traffic};
use crate::core::rollout::policy::Policy;
use crate::report::release::tests::{at, policy};
use expect_test::expect_file;
use jiff::SignedDuration;

/// All that is live at a minute. From the fifteenth on a tenth of the answers fails, for so many minutes.
fn seen(now: i64, bad: i64, quantiles: bool) -> Seen {
    let wave = |of: i64| (of * 7 % 5) as f64 / 100.0;
    let minute = |of: i64| {
        let errors = if (15..15 + bad).contains(&of) { 20 } else { u64::from(of % 6 == 0) };
        let seconds = |base: f64| Some(base + wave(of)).filter(|_| quantiles);
        (at(of), Reading::Known(Traffic { requests: 180, errors, p50: seconds(0.08), p95: seconds(0.176), p99: seconds(0.272) }))
    };
    Seen {
        at: at(now),
        health: Reading::Known(Health { desired: 3, running: 3, healthy: 3, unhealthy: 0 }),
        crashed: Reading::Known(Vec::new()),
        minutes: Some((-30..now).map(minute).collect()),
        alarms: Reading::Known(vec![Alarm { name: "web-errors".into(), state: AlarmState::Ok }]),
        metrics: vec![if now == 30 { Reading::Known(140.0) } else { Reading::Known(10.0 + (now % 7) as f64) }],
    }
}

fn monitor(bad: i64, quantiles: bool) -> Monitor {
    let Policy { guard, crashes, .. } = policy();
    let rules = Rules { guard, crashes, begun: at(0), length: SignedDuration::from_hours(1), every: SignedDuration::from_mins(5) };
    let mut samples = Vec::new();
    let mut counted = at(0);
    for now in (0..=60).step_by(5) {
        let sample = judge(&rules, &seen(now, bad, quantiles), counted);
        counted = sample.counted_to;
        samples.push(sample);
    }
    Monitor { service: "web".into(), begun: at(0), until: at(60), every_seconds: 300, interrupted: false, has_traffic: true, samples }
}

#[test]
fn reports_look_as_they_do() {
    let bad = monitor(20, true);
    expect_file!["goldens/bad.html"].assert_eq(&html(&bad));
    expect_file!["goldens/bad.md"].assert_eq(&markdown(&bad));
    let told = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let rendered = told(anstream::adapter::strip_str(&render(&bad)).to_string());
    assert!(rendered.contains("samples failed, in 2 breaches") && rendered.contains("to the end"), "{rendered}");
    let json = json(&bad);
    let breach = &json["breaches"][0];
    assert_eq!((&breach["at"], &breach["last"], &breach["samples"]), (&at(20).to_string().into(), &at(60).to_string().into(), &9.into()));
}

/// The page shows the errors of before, which the guard compares with, beside the limit.
#[test]
fn a_curve_of_errors_has_the_line_that_it_is_compared_with() {
    let figure = |page: &str, title: &str| {
        let figures = page.split("<figure>").filter(|figure| figure.contains(&format!("<figcaption>{title} <")));
        figures.map(str::to_owned).next()
    };
    let page = html(&monitor(20, true));
    let errors = figure(&page, "Answers of 500 and above").unwrap();
    assert!(errors.contains("class=\"old\"") && errors.contains("class=\"limit\""), "{errors}");
    assert!(!page.contains("Nothing was measured"), "{page}");

    let page = html(&monitor(0, false));
    assert_eq!(figure(&page, "Time to answer, p95"), None);
    assert!(page.contains("Nothing was measured of: Time to answer, p50; Time to answer, p95; Time to answer, p99."), "{page}");
}
