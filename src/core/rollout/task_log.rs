//! The tasks of a rollout with what they logged last, those that failed first.

use crate::core::oneoff::Line;
use jiff::Timestamp;
use serde::Serialize;

/// The newest deployment of a service, and its tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Logs {
    /// The deployment and the task definition that it went to, by their ARNs.
    pub deployment: String,
    pub task_definition: String,
    pub begun: Timestamp,
    /// True when nothing will come after it.
    pub ended: bool,
    pub tasks: Vec<TaskLog>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskLog {
    pub task: String,
    pub created: Timestamp,
    pub fate: Fate,
    /// AWS's own words for why it stopped, with the exit codes of its containers.
    pub reason: Option<String>,
    pub containers: Vec<ContainerLog>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It stopped by itself.
    Failed,
    /// It runs, and its health checks fail.
    Unhealthy,
    Running,
    Starting,
    /// It was stopped: there were too many of them, or somebody wanted it.
    Stopped,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContainerLog {
    pub container: String,
    pub exit_code: Option<i32>,
    pub lines: Vec<Line>,
    /// The reason why there are no lines, if something stands in the way.
    pub no_log: Option<String>,
}

/// A line that came while somebody followed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Said {
    pub task: String,
    pub container: String,
    #[serde(flatten)]
    pub line: Line,
}

/// Puts those that failed first, and of each kind the newest.
pub fn sort(tasks: &mut [TaskLog]) {
    tasks.sort_by(|one, other| one.fate.cmp(&other.fate).then_with(|| other.created.cmp(&one.created)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_failed_come_first_and_the_newest_of_them() {
        let task = |name: &str, fate, second| TaskLog {
            task: name.into(),
            created: Timestamp::from_second(second).unwrap(),
            fate,
            reason: None,
            containers: Vec::new(),
        };
        let mut tasks = [task("a", Fate::Running, 9), task("b", Fate::Stopped, 8), task("c", Fate::Failed, 1), task("d", Fate::Failed, 2)];
        sort(&mut tasks);
        assert_eq!(tasks.map(|task| task.task), ["d", "c", "a", "b"]);
    }
}
