//! A task that runs once, as a service's tasks do: the things that are heard of it meanwhile, and how it ended.

use jiff::Timestamp;
use serde::Serialize;

/// One line of a log. It may hold anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    pub at: Timestamp,
    pub text: String,
}

/// Something that is heard of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// AWS has no room for it now; it is asked again after so many seconds.
    Waiting {
        reason: String,
        seconds: u64,
    },
    Started(Started),
    /// AWS's own word for where it is: `PENDING`.
    Status {
        status: String,
    },
    Line(Line),
    /// Its lines cannot be shown, and why. It runs all the same.
    NoLog {
        reason: String,
    },
    /// ECS has been asked to stop it.
    Stopping {
        why: Stop,
    },
    Ended(End),
}

/// A task that ECS has taken on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Started {
    /// Its ARN.
    pub task: String,
    pub cluster: String,
    /// The revision that it runs, by its ARN.
    pub task_definition: String,
    pub container: String,
    pub image: String,
    /// The place of its log; none where it does not log to CloudWatch in this region.
    pub log: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    pub group: String,
    pub stream: String,
}

/// The reason why ECS was asked to stop a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    Interrupted,
    TooLong,
}

/// A task that has stopped, as AWS tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stopped {
    /// AWS's own word: `EssentialContainerExited`.
    pub code: String,
    pub reason: String,
    /// True when its containers ran.
    pub ran: bool,
    /// The exit code of the command's container.
    pub exit_code: Option<i32>,
    /// AWS's words about that container.
    pub container_reason: Option<String>,
}

/// The end of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct End {
    pub task: String,
    #[serde(flatten)]
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// The command ended by itself. AWS may have a reason for it: no memory was left.
    Exited { exit_code: i32, reason: Option<String> },
    /// It took longer than it may, and was stopped.
    TimedOut,
    /// Somebody interrupted, and it was stopped.
    Interrupted,
    /// It never ran.
    NotStarted { reason: String },
    /// It was stopped by something else, or has no exit code: nobody can tell whether the command did its work.
    Stopped { reason: String },
    /// AWS does not know it any more.
    Lost,
}

/// The exit code for what was not the command's own end, as docker and env have it.
pub const OWN_FAILURE: u8 = 125;
/// The exit code of a command that took too long, as timeout has it.
pub const TOO_LONG: u8 = 124;
const INTERRUPTED: u8 = 130;

/// Says how a task ended. `asked` is the reason why we stopped it, if we did.
#[must_use]
pub fn outcome(stopped: &Stopped, asked: Option<Stop>) -> Outcome {
    let by_itself = stopped.code == "EssentialContainerExited";
    let reason = || {
        let own = stopped.container_reason.iter().map(String::as_str);
        let said = std::iter::once(stopped.reason.as_str()).chain(own).filter(|text| !text.is_empty()).collect::<Vec<_>>();
        if said.is_empty() { "AWS gives no reason".to_owned() } else { said.join("; ") }
    };
    match (asked, stopped.exit_code) {
        // It was at its end before it was stopped.
        (_, Some(exit_code)) if by_itself => Outcome::Exited { exit_code, reason: stopped.container_reason.clone() },
        (Some(Stop::TooLong), _) => Outcome::TimedOut,
        (Some(Stop::Interrupted), _) => Outcome::Interrupted,
        (None, None) if !stopped.ran => Outcome::NotStarted { reason: reason() },
        // A task that AWS takes away, such as from Spot, may still end with 0: that is no success.
        (None, Some(exit_code)) if exit_code != 0 => Outcome::Exited { exit_code, reason: Some(reason()) },
        (None, _) => Outcome::Stopped { reason: reason() },
    }
}

impl Outcome {
    /// Returns the exit code that says so.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            // Windows has codes that do not fit.
            Outcome::Exited { exit_code, .. } => u8::try_from(*exit_code).unwrap_or(u8::MAX),
            Outcome::TimedOut => TOO_LONG,
            Outcome::Interrupted => INTERRUPTED,
            Outcome::NotStarted { .. } | Outcome::Stopped { .. } | Outcome::Lost => OWN_FAILURE,
        }
    }
}

/// True for a reason not to place a task that passes by itself: there is no room at present.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html>
/// <https://repost.aws/knowledge-center/ecs-fargate-runtask-capacity>
#[must_use]
pub fn passes(reason: &str) -> bool {
    reason.starts_with("RESOURCE:") || reason == "AGENT" || reason.contains("apacity is unavailable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped(code: &str, exit_code: Option<i32>) -> Stopped {
        Stopped { code: code.into(), reason: "said".into(), ran: true, exit_code, container_reason: None }
    }

    #[test]
    fn only_a_command_that_ended_by_itself_succeeds() {
        let (exited, user) = ("EssentialContainerExited", "UserInitiated");
        for (stopped, asked, code) in [
            (stopped(exited, Some(0)), None, 0),
            (stopped(exited, Some(3)), None, 3),
            (stopped(exited, Some(-1_073_741_510)), None, 255),
            (stopped(exited, Some(0)), Some(Stop::TooLong), 0),
            (stopped(exited, None), None, OWN_FAILURE),
            (stopped("SpotInterruption", Some(0)), None, OWN_FAILURE),
            (stopped("SpotInterruption", Some(137)), None, 137),
            (stopped(user, Some(0)), None, OWN_FAILURE),
            (stopped(user, Some(143)), Some(Stop::TooLong), TOO_LONG),
            (stopped(user, Some(0)), Some(Stop::Interrupted), 130),
            (Stopped { ran: false, ..stopped("TaskFailedToStart", None) }, None, OWN_FAILURE),
            (Stopped { ran: false, ..stopped(user, None) }, Some(Stop::Interrupted), 130),
        ] {
            assert_eq!(outcome(&stopped, asked).code(), code, "{stopped:?} {asked:?}");
        }
        let never = Stopped { ran: false, container_reason: Some("no image".into()), ..stopped("TaskFailedToStart", None) };
        assert_eq!(outcome(&never, None), Outcome::NotStarted { reason: "said; no image".into() });
    }

    #[test]
    fn room_comes_back_and_a_wrong_name_does_not() {
        for (reason, want) in [
            ("RESOURCE:ENI", true),
            ("AGENT", true),
            ("Capacity is unavailable at this time. Please try again later or in a different availability zone", true),
            ("MISSING", false),
            ("INACTIVE", false),
        ] {
            assert_eq!(passes(reason), want, "{reason}");
        }
    }
}
