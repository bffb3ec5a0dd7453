//! Export tasks: the events of a group into a bucket, one task at a time.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html>

use super::event;
use super::group::wanted;
use crate::services::iam::{statements, strings};
use crate::services::members::{matches, number, pick, text, uuid};
use crate::services::s3;
use crate::world::{Call, Fault};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

type Answer = Result<Value, Fault>;

/// By id.
const TASKS: &str = "logs.export_task";
/// Seconds that a task waits, and runs.
const PENDING: f64 = 1.0;
const RUNNING: f64 = 4.0;
const ACTIVE: [&str; 2] = ["PENDING", "RUNNING"];

fn invalid(message: &str) -> Fault {
    Fault::new("InvalidParameterException", message)
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let (group, bucket) = (wanted(call)?, call.text("destination").to_owned());
    let (from, to) = (number(call.input, "from").unwrap_or(0), number(call.input, "to").unwrap_or(0));
    if from >= to {
        return Err(invalid("The specified time range is not valid: from must be before to."));
    }
    check_bucket(call, &bucket)?;
    if call.all(TASKS).iter().any(|(_, row)| ACTIVE.contains(&text(&row["status"], "code"))) {
        return Err(Fault::new("LimitExceededException", "Resource limit exceeded."));
    }
    let (id, now) = (uuid(call), call.millis);
    let prefix = if call.text("destinationPrefix").is_empty() { "exportedlogs" } else { call.text("destinationPrefix") }.to_owned();
    let mut row = json!({
        "taskId": id, "logGroupName": group, "from": from, "to": to, "destination": bucket, "destinationPrefix": prefix, "status": {"code": "PENDING"},
        "executionInfo": {"creationTime": now},
    });
    if !call.text("taskName").is_empty() {
        row["taskName"] = json!(call.text("taskName"));
    }
    s3::deposit(call, &bucket, "aws-logs-write-test", b"Permission Check Successful")?;
    for (stream, lines) in exported(call, &group, from, to) {
        s3::deposit(call, &bucket, &format!("{prefix}/{id}/{}/000000.gz", stream.replace('/', "-")), &packed(&lines))?;
    }
    call.put(TASKS, &id, row);
    call.later(TASKS, &id, PENDING, json!({"status": {"code": "RUNNING"}}));
    let done = now + ((PENDING + RUNNING) * 1000.0) as i64;
    let end = json!({"status": {"code": "COMPLETED", "message": "Completed successfully"}, "executionInfo": {"completionTime": done}});
    call.later(TASKS, &id, PENDING + RUNNING, end);
    Ok(json!({"taskId": id}))
}

/// The bucket is there, in this region, and its policy lets the logs of this region in.
fn check_bucket(call: &Call<'_>, bucket: &str) -> Result<(), Fault> {
    let absent = "The given bucket does not exist. Please make sure the bucket is valid.";
    let policy = s3::bucket_policy(call, bucket).ok_or_else(|| invalid(absent))?;
    let service = format!("logs.{}.amazonaws.com", call.region);
    for (operation, action) in [("GetBucketAcl", "s3:GetBucketAcl"), ("PutObject", "s3:PutObject")] {
        let lets = |statement: &&Value| {
            let named = |service: &str| strings(statement["Principal"].get("Service")).iter().any(|own| own == service);
            let principal = statement["Principal"] == "*" || named(&service) || named("logs.amazonaws.com");
            text(statement, "Effect") == "Allow" && principal && strings(statement.get("Action")).iter().any(|own| matches(own, action))
        };
        if !statements(&policy).iter().any(lets) {
            return Err(invalid(&format!(
                "{operation} call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation."
            )));
        }
    }
    Ok(())
}

/// The lines to export by stream, each with its time.
fn exported(call: &Call<'_>, group: &str, from: i64, to: i64) -> BTreeMap<String, String> {
    let prefix = call.text("logStreamNamePrefix");
    let mut streams: BTreeMap<String, String> = BTreeMap::new();
    for event in event::between(call, group, from, to).into_iter().filter(|event| text(event, "logStreamName").starts_with(prefix)) {
        let at = number(event, "timestamp").and_then(|at| jiff::Timestamp::from_millisecond(at).ok()).unwrap_or_default();
        let lines = streams.entry(text(event, "logStreamName").to_owned()).or_default();
        lines.push_str(&format!("{} {}\n", at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"), text(event, "message")));
    }
    streams
}

fn packed(lines: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    packer.write_all(lines.as_bytes()).and_then(|()| packer.finish()).unwrap_or_default()
}

pub fn cancel(call: &mut Call<'_>) -> Answer {
    let id = call.text("taskId").to_owned();
    let missing = || Fault::new("ResourceNotFoundException", "The specified export task does not exist.");
    let mut row = call.get(TASKS, &id).cloned().ok_or_else(missing)?;
    if !ACTIVE.contains(&text(&row["status"], "code")) {
        return Err(Fault::new("InvalidOperationException", "The specified export task has already finished"));
    }
    row["status"] = json!({"code": "CANCELLED", "message": "Cancelled by user"});
    row["executionInfo"]["completionTime"] = json!(call.millis);
    // Putting it anew takes back what was still to happen to it.
    call.remove(TASKS, &id);
    call.put(TASKS, &id, row);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let (id, code) = (call.text("taskId"), call.text("statusCode"));
    if !id.is_empty() && !code.is_empty() {
        return Err(invalid("taskId and statusCode cannot be given together."));
    }
    let fits = |row: &Value| (id.is_empty() || text(row, "taskId") == id) && (code.is_empty() || text(&row["status"], "code") == code);
    let mut rows: Vec<Value> = call.all(TASKS).into_iter().map(|(_, row)| row.clone()).filter(fits).collect();
    rows.sort_by_key(|row| row["executionInfo"]["creationTime"].as_i64());
    let members = ["taskId", "taskName", "logGroupName", "from", "to", "destination", "destinationPrefix", "status", "executionInfo"];
    Ok(json!({"exportTasks": rows.iter().map(|row| pick(row, &members)).collect::<Vec<_>>()}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use std::io::Read;

    fn call(world: &mut World, service: &str, operation: &str, input: Value) -> Answer {
        let handler = crate::services::handler(service, operation).unwrap();
        handler(&mut Call::new(world, &input, service, operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting(service, operation, answer))
    }

    #[test]
    fn events_come_into_a_bucket_that_lets_logs_in() {
        let mut world = World::new("123456789012", 1, 1_700_000_000_000);
        call(&mut world, "logs", "CreateLogGroup", json!({"logGroupName": "/g"})).unwrap();
        call(&mut world, "logs", "CreateLogStream", json!({"logGroupName": "/g", "logStreamName": "a/b"})).unwrap();
        let event = json!({"timestamp": 1_700_000_000_000_i64, "message": "hello"});
        call(&mut world, "logs", "PutLogEvents", json!({"logGroupName": "/g", "logStreamName": "a/b", "logEvents": [event]})).unwrap();
        let task = json!({"logGroupName": "/g", "from": 1_699_999_999_000_i64, "to": 1_700_000_001_000_i64, "destination": "the-logs", "taskName": "t"});
        let refused = |world: &mut World| call(world, "logs", "CreateExportTask", task.clone()).unwrap_err();
        assert!(refused(&mut world).message.contains("bucket does not exist"));
        call(&mut world, "s3", "CreateBucket", json!({"Bucket": "the-logs"})).unwrap();
        assert!(refused(&mut world).message.starts_with("GetBucketAcl call"));
        let principal = json!({"Service": "logs.us-east-1.amazonaws.com"});
        let statement =
            |action: &str, resource: &str| json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource});
        let statements = [statement("s3:GetBucketAcl", "arn:aws:s3:::the-logs"), statement("s3:PutObject", "arn:aws:s3:::the-logs/*")];
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        call(&mut world, "s3", "PutBucketPolicy", json!({"Bucket": "the-logs", "Policy": policy})).unwrap();
        let id = call(&mut world, "logs", "CreateExportTask", task.clone()).unwrap()["taskId"].clone();
        assert_eq!(refused(&mut world).code, "LimitExceededException");
        world.advance_to(1_700_000_010_000);
        let done = call(&mut world, "logs", "DescribeExportTasks", json!({"taskId": id})).unwrap()["exportTasks"][0].clone();
        assert_eq!((&done["status"]["code"], &done["taskName"]), (&json!("COMPLETED"), &json!("t")));
        assert_eq!(call(&mut world, "logs", "CancelExportTask", json!({"taskId": id})).unwrap_err().code, "InvalidOperationException");
        let key = format!("exportedlogs/{}/a-b/000000.gz", id.as_str().unwrap());
        let body = call(&mut world, "s3", "GetObject", json!({"Bucket": "the-logs", "Key": key})).unwrap()["Body"].clone();
        let (mut text, packed) = (String::new(), STANDARD.decode(body.as_str().unwrap()).unwrap());
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "2023-11-14T22:13:20.000Z hello\n");
    }

    #[test]
    fn a_task_may_be_cancelled_while_it_is_active() {
        let mut world = World::new("123456789012", 1, 0);
        let mut seed = Call::new(&mut world, &Value::Null, "logs", "", "us-east-1");
        seed.put(TASKS, "t", json!({"taskId": "t", "status": {"code": "RUNNING"}, "executionInfo": {"creationTime": 0}}));
        seed.later(TASKS, "t", 1.0, json!({"status": {"code": "COMPLETED"}}));
        call(&mut world, "logs", "CancelExportTask", json!({"taskId": "t"})).unwrap();
        world.advance_to(10_000);
        let listed = call(&mut world, "logs", "DescribeExportTasks", json!({"statusCode": "CANCELLED"})).unwrap();
        assert_eq!(listed["exportTasks"].as_array().unwrap().len(), 1);
        assert_eq!(call(&mut world, "logs", "CancelExportTask", json!({"taskId": "x"})).unwrap_err().code, "ResourceNotFoundException");
    }
}
