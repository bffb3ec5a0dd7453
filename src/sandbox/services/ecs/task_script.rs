//! The command of a task that somebody runs, played as far as a shell's simplest words go: what it logs, how long it takes, and
//! how it ends.
//!
//! ```text
//! sh -c "echo migrating; sleep 30; echo done; exit 3"
//! ```

use super::task_failure;
use super::task_state::Launch;
use crate::services::members::{items, number, text};
use crate::world::{Call, Comes};
use serde_json::{Value, json};

/// Seconds that a command takes of which nothing is known.
const UNKNOWN: f64 = 240.0;
/// Seconds from a container's start to the first word of its command, and from the last one to its end.
const BEGINS: f64 = 1.0;
const ENDS: f64 = 4.0;
/// Seconds until a line that was logged can be read. It is longer than a task takes to stop, so that its last lines come after that.
const LATE: f64 = 15.0;

/// The course of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// The container that it runs in.
    pub container: String,
    /// Its lines, with the seconds since the container's start at which each is logged.
    pub lines: Vec<(f64, String)>,
    /// Seconds until it ends.
    pub seconds: f64,
    pub exit_code: i64,
}

/// The command that a task is run with instead of its container's own; none for the tasks of services.
pub fn of(launch: &Launch) -> Option<Script> {
    if launch.service.is_some() {
        return None;
    }
    let own = items(&launch.overrides, "containerOverrides").iter().find(|one| !items(one, "command").is_empty())?;
    let container = items(&launch.definition, "containerDefinitions").iter().find(|one| text(one, "name") == text(own, "name"))?;
    Some(play(text(container, "name"), &task_failure::command(container, &launch.overrides)))
}

fn play(container: &str, words: &[String]) -> Script {
    let mut script = Script { container: container.to_owned(), lines: Vec::new(), seconds: BEGINS, exit_code: 0 };
    let shell = words.len() > 1 && words.iter().any(|word| word == "-c");
    let whole = if shell { words.last().cloned().unwrap_or_default() } else { words.join(" ") };
    // A command that is no shell's has no `;` of its own.
    let alone = shell || words.len() == 1;
    let statements = if alone { whole.split([';', '\n']).collect::<Vec<_>>() } else { vec![whole.as_str()] };
    for statement in statements.into_iter().map(str::trim).filter(|statement| !statement.is_empty()) {
        let (word, rest) = statement.split_once(' ').unwrap_or((statement, ""));
        match (word, rest.trim()) {
            ("echo", said) => script.lines.push((script.seconds, said.trim_matches(['"', '\'']).to_owned())),
            ("sleep", seconds) => script.seconds += seconds.parse().unwrap_or(UNKNOWN),
            ("true", "") => script.exit_code = 0,
            ("false", "") => script.exit_code = 1,
            ("exit", code) => {
                script.exit_code = code.parse().unwrap_or(2);
                break;
            }
            _ => script.seconds += UNKNOWN,
        }
    }
    script.seconds += ENDS;
    script
}

/// Writes the lines of a script that begins in `starts` seconds into the container's log, where each can be read some time after it was
/// logged. They feed no metric filter.
pub fn log(call: &mut Call<'_>, launch: &Launch, id: &str, script: &Script, starts: f64) {
    let Some((group, stream)) = stream(launch, id, &script.container) else { return };
    if call.get("logs.group", &group).is_none() {
        return;
    }
    let key = format!("{group}:{stream}");
    let arn = call.arn("logs", &format!("log-group:{group}:log-stream:{stream}"));
    let created = call.millis + (starts * 1000.0) as i64;
    call.put(
        "logs.stream",
        &key,
        json!({"logStreamName": stream, "arn": arn, "creationTime": created, "storedBytes": 0, "_from": created}),
    );
    for (after, message) in &script.lines {
        let at = created + (after * 1000.0) as i64;
        let read = at + (LATE * 1000.0) as i64;
        let event = call.hex(32);
        let row =
            json!({"timestamp": at, "message": message, "ingestionTime": read, "eventId": event, "logStreamName": stream, "_from": read});
        call.put("logs.event", &format!("{key}:{at:015}:{:012}", call.world.counter), row);
        call.wake("logs.stream", &key, starts + after + LATE, Comes::Settling);
    }
}

/// Takes back the lines that a task has not logged yet, since it is stopped.
pub fn silence(call: &mut Call<'_>, task: &Value) {
    let id = text(task, "taskArn").rsplit('/').next().unwrap_or_default().to_owned();
    let late = |row: &Value| number(row, "timestamp").is_some_and(|at| at > call.millis);
    let of_task = |row: &Value| text(row, "logStreamName").rsplit('/').next() == Some(&id);
    let gone: Vec<String> =
        call.all("logs.event").into_iter().filter(|(_, row)| of_task(row) && late(row)).map(|(key, _)| key.clone()).collect();
    for key in gone {
        call.remove("logs.event", &key);
    }
}

/// The log group and stream of a container that logs to CloudWatch.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>
fn stream(launch: &Launch, id: &str, container: &str) -> Option<(String, String)> {
    let definition = items(&launch.definition, "containerDefinitions").iter().find(|one| text(one, "name") == container)?;
    let log = definition.get("logConfiguration").filter(|log| text(log, "logDriver") == "awslogs")?;
    let options = &log["options"];
    let (group, prefix) = (text(options, "awslogs-group"), text(options, "awslogs-stream-prefix"));
    (!group.is_empty() && !prefix.is_empty()).then(|| (group.to_owned(), format!("{prefix}/{container}/{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(words: &[&str]) -> (Vec<(f64, String)>, f64, i64) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let script = play("web", &words);
        (script.lines, script.seconds, script.exit_code)
    }

    #[test]
    fn a_shells_simplest_words_are_played() {
        let line = |at: f64, said: &str| (at, said.to_owned());
        for (words, want) in [
            (&["sh", "-c", "echo one; sleep 30; echo two; exit 3; echo never"][..], (vec![line(1.0, "one"), line(31.0, "two")], 35.0, 3)),
            (&["echo", "a;", "b"], (vec![line(1.0, "a; b")], 5.0, 0)),
            (&["false"], (vec![], 5.0, 1)),
            (&["exit 137"], (vec![], 5.0, 137)),
            (&["true"], (vec![], 5.0, 0)),
            (&["bin/migrate", "up"], (vec![], 245.0, 0)),
            (&["sh", "-c", "echo begins; bin/migrate; false"], (vec![line(1.0, "begins")], 245.0, 1)),
        ] {
            assert_eq!(played(words), want, "{words:?}");
        }
    }
}
