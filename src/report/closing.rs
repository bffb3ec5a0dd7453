//! The words for what is to be done now, after a rollout that was left or did not end well.

use crate::core::arn::last_part;
use crate::core::rollout::decide::{Order, State};
use crate::core::rollout::look::Look;
use crate::core::rollout::observation::{Migration, Reading, Side, Weights};
use crate::core::visible::line;
use serde_json::json;

/// A line; a command that is to be copied is not broken.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Text(String),
    Command(String),
}

/// Says what is to be done now; nothing where it has taken over or gone back as it should. `address` is that of the service.
#[must_use]
pub fn closing(look: &Look, address: &str) -> Vec<Line> {
    let text = |text: &str| vec![Line::Text(text.to_owned())];
    match &look.decision.state {
        State::Promoted | State::RolledBack => Vec::new(),
        State::RollbackFailed if look.unseen().is_some() => unseen(look),
        State::RollbackFailed | State::Stopped if look.blue.is_some() => by_hand(look),
        State::RollbackFailed | State::Stopped => text(&format!(
            "No version of it has come up, so there is none to go back to: mend it, and apply another version; or, if what was wrong lay elsewhere: --retry '{address}'."
        )),
        State::MigrationFailed => text(&format!(
            "No traffic has moved. The command is not run again by itself: mend it, and apply another version; or, if what was wrong lay elsewhere: --retry '{address}'."
        )),
        State::ContractFailed => text(&format!(
            "The new version runs. The command after it is owed until it succeeds: mend what is wrong, and apply with --retry '{address}', or another version."
        )),
        State::Superseded | State::Occupied => {
            text("`trueup rollout status` shows the other deployment: let it end, then plan and apply again.")
        }
        // It was told so, and nobody has looked since.
        _ if matches!(look.decision.order, Some(Order::Rollback { .. })) => text(GOES_BACK),
        State::RollingBack => text(GOES_BACK),
        State::Expanding => command(&look.expand, "before"),
        State::Contracting => command(&look.contract, "after"),
        State::Ready => {
            let told = "Nobody has seen a deployment of the new version yet: `trueup rollout status` shows whether ECS has begun one, and the next apply goes on.";
            match look.expand {
                Migration::Succeeded => text(&format!("{told} The command before it has run, and does not run again.")),
                _ => text(told),
            }
        }
        State::Finishing => text("The old version is taken down: `trueup rollout status` shows its end."),
        State::Scaling | State::Testing | State::Shifting { .. } | State::Baking => match look.gate.as_ref().filter(|_| !is_told(look)) {
            Some(gate) => text(&format!(
                "ECS waits at the gate {} until {} UTC, and then goes back by itself: `trueup rollout watch` or the next apply decides from here, `trueup rollout promote` goes on.",
                gate.stage,
                gate.expires.strftime("%Y-%m-%d %H:%M")
            )),
            None => text(
                "ECS goes on, to the next gate where it has one, and goes back there when nobody comes: `trueup rollout watch` decides from here.",
            ),
        },
    }
}

const GOES_BACK: &str = "ECS goes back to the old version: `trueup rollout watch` shows its end.";

/// True where ECS was told at this look to go on.
fn is_told(look: &Look) -> bool {
    matches!(look.decision.order, Some(Order::Continue { .. }))
}

/// Says what becomes of a command, `before` or `after` the version, that nobody waits for any more.
fn command(state: &Migration, which: &str) -> Vec<Line> {
    vec![Line::Text(match state {
        Migration::Running { task, back: true } => format!(
            "What the command {which} it did is taken back by task {}, which goes on: the next apply of this version waits for its end, and runs the command after that.",
            line(task)
        ),
        Migration::Running { task, back: false } => {
            format!("The command {which} it goes on as task {}: the next apply of this version finds it, and hears its end.", line(task))
        }
        _ => format!("The command {which} it was not seen to run: the next apply of this version finds it, or begins it."),
    })]
}

/// The same in one paragraph.
#[must_use]
pub fn paragraph(look: &Look, address: &str) -> String {
    let lines = closing(look, address).into_iter().map(|line| match line {
        Line::Text(text) | Line::Command(text) => text,
    });
    lines.collect::<Vec<_>>().join(" ")
}

/// The state of a rollback of which nobody could see the end, and the look that tells it.
fn unseen(look: &Look) -> Vec<Line> {
    let (Some(blue), Some(green)) = (&look.blue, &look.green) else { return Vec::new() };
    let live = look.seen.as_ref().and_then(|seen| seen.weights.known().copied());
    vec![
        Line::Text("ECS has gone back. Nothing is to be done but to look again, with the right to: `trueup rollout status`.".into()),
        Line::Text(state_of("old", blue, live.map(|Weights { blue, .. }| blue))),
        Line::Text(state_of("new", green, live.map(|Weights { green, .. }| green))),
    ]
}

/// The exact state of a rollback that failed, and the commands by which people end it. Weights are never touched by ourselves.
fn by_hand(look: &Look) -> Vec<Line> {
    let text = |text: String| Line::Text(text);
    let (Some(blue), Some(green)) = (&look.blue, &look.green) else { return Vec::new() };
    let deployment = look.seen.as_ref().and_then(|seen| seen.deployment.as_ref());
    let live = look.seen.as_ref().and_then(|seen| seen.weights.known().copied());
    let mut lines = vec![
        text(
            format!("The old version is not well, and nobody but you can say what comes next. {}", line(&look.reason))
                .trim_end()
                .to_owned(),
        ),
        text(state_of("old", blue, live.map(|Weights { blue, .. }| blue))),
        text(state_of("new", green, live.map(|Weights { green, .. }| green))),
    ];
    let well = [blue, green].into_iter().find(|side| side.healthy.known().is_some_and(|healthy| *healthy > 0));
    let rule = deployment.and_then(|deployment| deployment.rule.as_deref());
    match (well, rule, &blue.group, &green.group) {
        (Some(well), Some(rule), Some(old), Some(new)) if old != new => {
            let of = |side: &Side| u8::from(std::ptr::eq(side, well)) * 100;
            let groups = json!([{ "TargetGroupArn": old, "Weight": of(blue) }, { "TargetGroupArn": new, "Weight": of(green) }]);
            let actions = json!([{ "Type": "forward", "ForwardConfig": { "TargetGroups": groups } }]);
            lines.push(text(format!("All of the traffic to {}, which has healthy targets; the rule gets this action alone:", short(well))));
            lines.push(Line::Command(match rule.contains(":listener-rule/") {
                true => format!("aws elbv2 modify-rule --rule-arn {rule} --actions '{actions}'"),
                false => format!("aws elbv2 modify-listener --listener-arn {rule} --default-actions '{actions}'"),
            }));
        }
        (None, Some(_), _, _) if [blue, green].iter().all(|side| side.healthy == Reading::Known(0)) => {
            lines.push(text("Neither has a healthy target, so no weights would help; why:".into()));
        }
        (None, Some(_), _, _) => lines.push(text("The health of their targets could not be read; it stands here:".into())),
        _ => {}
    }
    for group in [&blue.group, &green.group].into_iter().flatten() {
        lines.push(Line::Command(format!("aws elbv2 describe-target-health --target-group-arn {group}")));
    }
    if let Some((cluster, service)) = look.deployment.as_deref().and_then(names) {
        lines.push(text("The tasks of the old version, started anew:".into()));
        lines.push(Line::Command(format!(
            "aws ecs update-service --cluster {cluster} --service {service} --task-definition {} --force-new-deployment",
            short(blue)
        )));
    }
    if let Some(deployment) = &look.deployment {
        lines.push(text("What ECS says of it:".into()));
        lines.push(Line::Command(format!("aws ecs describe-service-deployments --service-deployment-arns {deployment}")));
    }
    lines
}

fn state_of(name: &str, side: &Side, weight: Option<f64>) -> String {
    let weight = weight.map_or_else(|| "an unknown share".to_owned(), |weight| format!("{weight:.0} %"));
    let healthy = side.healthy.known().map_or_else(|| "an unknown number of".to_owned(), u32::to_string);
    let (running, requested) = (side.running, side.requested);
    format!("{name}: {} has {weight} of the traffic, {running} of {requested} tasks, {healthy} healthy targets.", short(side))
}

fn short(side: &Side) -> &str {
    last_part(&side.task_definition)
}

/// The cluster and the service that a deployment is of, by its ARN.
fn names(deployment: &str) -> Option<(&str, &str)> {
    let mut parts = deployment.split_once(":service-deployment/")?.1.split('/');
    Some((parts.next()?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rollout::decide::{Decision, Why};
    use crate::core::rollout::observation::{Gate, Status};
    use jiff::Timestamp;

    fn look(state: State) -> Look {
        let decision = Decision { state, order: None, holds: Vec::new(), evidence: Vec::new(), look: None };
        Look::bare(Timestamp::UNIX_EPOCH, decision)
    }

    fn side(number: u32, healthy: u32) -> Side {
        Side {
            revision: String::new(),
            task_definition: format!("arn:aws:ecs:eu-central-1:1:task-definition/web:{number}"),
            images: Vec::new(),
            requested: 2,
            running: healthy,
            pending: 0,
            shared: false,
            weight: 0.0,
            group: Some(format!("arn:group-{number}")),
            healthy: Reading::Known(healthy),
            unhealthy: Reading::Known(0),
        }
    }

    fn told(look: &Look) -> String {
        let lines = closing(look, "service.web.service").into_iter().map(|line| match line {
            Line::Text(text) | Line::Command(text) => text,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_end_says_what_is_to_be_done_and_none_that_nothing_is_lost_where_something_is() {
        assert_eq!(told(&look(State::Promoted)), "");
        let mut gate = look(State::Testing);
        gate.gate = Some(Gate {
            id: "g".into(),
            stage: "POST_TEST_TRAFFIC_SHIFT".into(),
            opened: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH,
        });
        let says = told(&gate);
        assert!(says.contains("until 1970-01-01 00:00 UTC") && says.contains("promote") && says.contains("watch"), "{says}");
        assert!(told(&look(State::MigrationFailed)).contains("--retry 'service.web.service'"));
        assert!(told(&look(State::Stopped)).contains("none to go back to"));

        // ECS was told, and nobody has looked since.
        gate.decision.order = Some(Order::Continue { gate: "g".into() });
        assert!(told(&gate).starts_with("ECS goes on, to the next gate"), "{}", told(&gate));
        let why = Why::NoHealthyTarget { weight: 10.0 };
        gate.decision.order = Some(Order::Rollback { gate: Some("g".into()), why });
        assert_eq!(told(&gate), GOES_BACK);
        let mut command = look(State::Expanding);
        assert!(told(&command).contains("was not seen to run"), "{}", told(&command));
        command.expand = Migration::Running { task: "0f3c".into(), back: false };
        assert!(told(&command).contains("goes on as task 0f3c"), "{}", told(&command));
        command.expand = Migration::Running { task: "0f3c".into(), back: true };
        assert!(told(&command).contains("is taken back by task 0f3c"), "{}", told(&command));

        let mut failed = look(State::RollbackFailed);
        failed.deployment = Some("arn:aws:ecs:eu-central-1:1:service-deployment/shop/web/x1".into());
        (failed.blue, failed.green) = (Some(side(41, 0)), Some(side(42, 2)));
        let says = told(&failed);
        for part in [
            "old: web:41 has an unknown share of the traffic, 0 of 2 tasks, 0 healthy targets.",
            "aws ecs update-service --cluster shop --service web --task-definition web:41 --force-new-deployment",
            "aws elbv2 describe-target-health --target-group-arn arn:group-41",
        ] {
            assert!(says.contains(part), "{part}\n{says}");
        }
        assert!(!says.contains("Nothing is lost"), "{says}");

        // Nothing is claimed that nobody could read, and nobody is told to start production anew.
        failed.status = Some(Status::RollbackSuccessful);
        let unread = Side { running: 2, healthy: Reading::Unknown("denied".into()), ..side(41, 0) };
        failed.blue = Some(unread);
        let says = told(&failed);
        assert!(says.contains("an unknown number of healthy targets") && says.contains("trueup rollout status"), "{says}");
        assert!(!says.contains("not well") && !says.contains("update-service"), "{says}");
    }
}
