//! Readiness as machines read it.

use crate::core::readiness::score::{Answered, CAP, Found, Is, Report, Score, State};
use serde_json::{Value, json};

/// The version of the JSON that readiness is printed as.
pub const VERSION: u32 = 1;

#[must_use]
pub fn json(report: &Report) -> Value {
    let Report { owner, region, account, day, live, answers, errors, refused: _, vain } = report;
    let Score { points, uncapped, at_most, blockers, unknown } = report.score();
    let areas = report.shares().into_iter().map(|share| {
        json!({
            "area": share.area.name(),
            "weight": share.area.weight(),
            "per_cent": share.per_cent,
            "passed": share.passed,
            "counted": share.counted,
            "unknown": share.unknown,
            "not_applicable": share.apart,
            "not_looked": share.not_looked,
        })
    });
    json!({
        "version": VERSION,
        "stack": owner,
        "region": region,
        "account": account,
        "day": day,
        "live": live,
        "score": points,
        "uncapped": uncapped,
        "at_most": at_most,
        "cap": (blockers > 0).then_some(CAP),
        "unknown": unknown,
        "errors": errors.len(),
        "blockers": report.blockers().map(found).collect::<Value>(),
        "areas": areas.collect::<Value>(),
        "checks": answers.iter().map(|one| check(report, one)).collect::<Value>(),
        "accepted_in_vain": vain,
    })
}

fn check(report: &Report, one: &Answered) -> Value {
    let Answered { check, state, asked, good, unknown, found: all } = one;
    let counts = state.counts();
    json!({
        "code": check.code.id,
        "area": check.area.name(),
        "weight": check.weight,
        "question": check.question,
        "remedy": check.remedy,
        "blocks": check.blocks,
        "live": check.look.is_live(),
        "state": state.name(),
        "asked": asked,
        "good": good,
        "unknown": unknown,
        "points_lost": counts.then(|| (report.lost(one) * 100.0).round() / 100.0),
        "reason": match state {
            State::NotApplicable => Some("the stack has nothing that it asks about"),
            State::NotLooked => Some("it is about what is live: --live"),
            State::Passed | State::Failed | State::Unknown => None,
        },
        "found": all.iter().map(found).collect::<Value>(),
    })
}

fn found(one: &Found) -> Value {
    let Found { code, is, address, says, help, place, blocks } = one;
    let (word, because) = match is {
        Is::Bad => ("bad", None),
        Is::Unknown => ("unknown", None),
        Is::Accepted { because } => ("accepted", Some(because)),
    };
    json!({
        "code": code,
        "is": word,
        "because": because,
        "address": (!address.is_empty()).then_some(address),
        "says": says,
        "help": help,
        "place": place.as_ref().map(|place| json!({ "file": place.file, "line": place.line })),
        "blocks": blocks,
    })
}
