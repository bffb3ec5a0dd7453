//! The log of a task's container in CloudWatch, read line by line and none of them twice.

use crate::aws::{Aws, During, Result};
use crate::core::oneoff::{Line, Place};
use crate::kinds::ecs::driver;
use aws_sdk_cloudwatchlogs::operation::get_log_events::GetLogEventsOutput;
use aws_sdk_ecs::types::{ContainerDefinition, LogDriver};
use jiff::Timestamp;

const OPERATION: &str = "logs.GetLogEvents";
/// The most pages that are read at once, of up to ten thousand lines each: a log that grows faster is read on at the next look.
const PAGES: usize = 50;

/// A container's log, and how far it has been read. One writer fills it in order of time, so that what comes late comes at its end.
#[derive(Debug, Clone)]
pub struct Stream {
    pub place: Place,
    token: Option<String>,
}

impl Stream {
    /// Returns the log of a container of a task, or the reason why there is none to be read.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>
    pub fn of(aws: &Aws, container: &ContainerDefinition, task: &str) -> std::result::Result<Self, String> {
        let name = container.name().unwrap_or_default();
        let Some(log) = container.log_configuration() else {
            return Err(format!("the container `{name}` has no log driver"));
        };
        if *log.log_driver() != LogDriver::Awslogs {
            return Err(format!("the container `{name}` logs by the driver `{}`, not to CloudWatch Logs", log.log_driver().as_str()));
        }
        let option = |key: &str| log.options().and_then(|options| options.get(key)).filter(|value| !value.is_empty());
        if let Some(region) = option("awslogs-region").filter(|region| **region != aws.scope.region) {
            return Err(format!("the container `{name}` logs to {region}, and this is {}", aws.scope.region));
        }
        let (Some(group), Some(prefix)) = (option("awslogs-group"), option("awslogs-stream-prefix")) else {
            return Err(format!("the log of the container `{name}` has no group or no prefix of its streams, so it cannot be found"));
        };
        let stream = format!("{prefix}/{name}/{}", driver::last_part(task));
        Ok(Stream { place: Place { group: group.clone(), stream }, token: None })
    }

    /// Returns the lines that have come since the last reading, oldest first. A log that nothing has been written to yet has none.
    ///
    /// A page may be empty and not the last: at the end AWS answers the token that it was given.
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>
    pub async fn more(&mut self, aws: &Aws) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        for _ in 0..PAGES {
            let call = aws.logs.get_log_events().log_group_name(&self.place.group).log_stream_name(&self.place.stream);
            let answer = call.start_from_head(true).set_next_token(self.token.clone()).send().await.during(OPERATION);
            let Some(page) = written(answer)? else { break };
            let next = page.next_forward_token.clone();
            lines.extend(read(page));
            let same = next == self.token;
            self.token = next.or(self.token.take());
            if same {
                break;
            }
        }
        Ok(lines)
    }

    /// Returns the last lines; `more` goes on behind them.
    pub async fn last(&mut self, aws: &Aws, count: u32) -> Result<Vec<Line>> {
        let call = aws.logs.get_log_events().log_group_name(&self.place.group).log_stream_name(&self.place.stream);
        let most = i32::try_from(count.clamp(1, 10_000)).unwrap_or(10_000);
        let answer = call.start_from_head(false).limit(most).send().await.during(OPERATION);
        let Some(page) = written(answer)? else { return Ok(Vec::new()) };
        self.token = page.next_forward_token.clone();
        Ok(if count == 0 { Vec::new() } else { read(page) })
    }
}

/// A stream is made with the container's first line, or shortly before.
fn written(answer: Result<GetLogEventsOutput>) -> Result<Option<GetLogEventsOutput>> {
    match answer {
        Ok(page) => Ok(Some(page)),
        Err(error) if error.is(&["ResourceNotFoundException"]) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(page: GetLogEventsOutput) -> Vec<Line> {
    let line = |event: aws_sdk_cloudwatchlogs::types::OutputLogEvent| {
        let at = event.timestamp.and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
        Some(Line { at, text: event.message?.trim_end_matches(['\n', '\r']).to_owned() })
    };
    page.events.unwrap_or_default().into_iter().filter_map(line).collect()
}
