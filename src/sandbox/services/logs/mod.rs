//! CloudWatch Logs: groups, streams, events, metric filters, exports to S3.

mod event;
mod export;
mod group;
mod metric_filter;
mod pattern;

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "CreateLogGroup" => group::create,
        "DeleteLogGroup" => group::delete,
        "DescribeLogGroups" => group::describe,
        "AssociateKmsKey" => group::associate_key,
        "DisassociateKmsKey" => group::disassociate_key,
        "PutRetentionPolicy" => group::put_retention,
        "DeleteRetentionPolicy" => group::delete_retention,
        "TagResource" => group::tag,
        "UntagResource" => group::untag,
        "ListTagsForResource" => group::list_tags,
        "CreateLogStream" => event::create_stream,
        "DescribeLogStreams" => event::describe_streams,
        "PutLogEvents" => event::put,
        "GetLogEvents" => event::get,
        "FilterLogEvents" => event::filter,
        "CreateExportTask" => export::create,
        "CancelExportTask" => export::cancel,
        "DescribeExportTasks" => export::describe,
        "PutMetricFilter" => metric_filter::put,
        "DeleteMetricFilter" => metric_filter::delete,
        "DescribeMetricFilters" => metric_filter::describe,
        "TestMetricFilter" => metric_filter::test,
        _ => return None,
    };
    Some(handler)
}

#[cfg(test)]
mod tests {
    use crate::world::{Call, Fault, World};
    use serde_json::{Value, json};

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
        super::handler(operation).unwrap()(&mut Call::new(world, &input, "logs", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("logs", operation, answer))
    }

    fn world() -> World {
        let mut world = World::new("123456789012", 1, 1_700_000_000_000);
        call(&mut world, "CreateLogGroup", json!({"logGroupName": "/ecs/web", "tags": {"proj": "demo"}})).unwrap();
        world
    }

    #[test]
    fn a_group_has_two_arns_one_retention_and_its_tags() {
        let mut world = world();
        call(&mut world, "PutRetentionPolicy", json!({"logGroupName": "/ecs/web", "retentionInDays": 30})).unwrap();
        let group = call(&mut world, "DescribeLogGroups", json!({"logGroupNamePrefix": "/ecs/"})).unwrap()["logGroups"][0].clone();
        assert_eq!(group["arn"], "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web:*");
        assert_eq!(group["logGroupArn"], "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web");
        assert_eq!(group["retentionInDays"], 30);
        let tags = call(&mut world, "ListTagsForResource", json!({"resourceArn": group["logGroupArn"]})).unwrap();
        assert_eq!(tags["tags"]["proj"], "demo");
        let refused = |world: &mut World, operation: &str, input: Value| call(world, operation, input).unwrap_err().code;
        assert_eq!(
            refused(&mut world, "PutRetentionPolicy", json!({"logGroupName": "/ecs/web", "retentionInDays": 31})),
            "InvalidParameterException"
        );
        assert_eq!(refused(&mut world, "CreateLogGroup", json!({"logGroupName": "/ecs/web"})), "ResourceAlreadyExistsException");
        assert_eq!(refused(&mut world, "CreateLogGroup", json!({"logGroupName": "aws/lambda/a"})), "InvalidParameterException");
        call(&mut world, "DeleteLogGroup", json!({"logGroupName": "/ecs/web"})).unwrap();
        assert_eq!(refused(&mut world, "DeleteLogGroup", json!({"logGroupName": "/ecs/web"})), "ResourceNotFoundException");
    }

    #[test]
    fn events_are_found_by_pattern_and_feed_metrics() {
        let mut world = world();
        let transformation = json!([{"metricName": "errors", "metricNamespace": "App", "metricValue": "1"}]);
        let filter =
            json!({"logGroupName": "/ecs/web", "filterName": "f", "filterPattern": "ERROR", "metricTransformations": transformation});
        call(&mut world, "PutMetricFilter", filter).unwrap();
        call(&mut world, "CreateLogStream", json!({"logGroupName": "/ecs/web", "logStreamName": "s"})).unwrap();
        let at = 1_700_000_000_000_i64;
        let events = json!([{"timestamp": at, "message": "hello"}, {"timestamp": at + 1, "message": "an ERROR here"}]);
        call(&mut world, "PutLogEvents", json!({"logGroupName": "/ecs/web", "logStreamName": "s", "logEvents": events})).unwrap();
        let found = call(&mut world, "FilterLogEvents", json!({"logGroupName": "/ecs/web", "filterPattern": "ERROR"})).unwrap();
        assert_eq!(found["events"].as_array().unwrap().len(), 1);
        let page = json!({"logGroupName": "/ecs/web", "logStreamName": "s", "startFromHead": true, "limit": 1});
        let first = call(&mut world, "GetLogEvents", page.clone()).unwrap();
        assert_eq!(first["events"][0]["message"], "hello");
        let mut next = page;
        next["nextToken"] = first["nextForwardToken"].clone();
        assert_eq!(call(&mut world, "GetLogEvents", next).unwrap()["events"][0]["message"], "an ERROR here");
        assert_eq!(world.tables["us-east-1/cloudwatch.datum"].len(), 1);
    }

    #[test]
    fn the_key_of_a_group_changes_in_place() {
        let mut world = World::new("123456789012", 1, 0);
        let input = json!({});
        let mut kms = Call::new(&mut world, &input, "kms", "CreateKey", "us-east-1");
        let key = crate::services::handler("kms", "CreateKey").unwrap()(&mut kms).unwrap()["KeyMetadata"]["Arn"].clone();
        call(&mut world, "CreateLogGroup", json!({"logGroupName": "/a"})).unwrap();
        let shown = |world: &mut World| call(world, "DescribeLogGroups", json!({})).unwrap()["logGroups"][0]["kmsKeyId"].clone();
        call(&mut world, "AssociateKmsKey", json!({"logGroupName": "/a", "kmsKeyId": key})).unwrap();
        assert_eq!(shown(&mut world), key);
        call(&mut world, "DisassociateKmsKey", json!({"logGroupName": "/a"})).unwrap();
        assert_eq!(shown(&mut world), Value::Null);
        let absent = json!({"logGroupName": "/a", "kmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/none"});
        assert_eq!(call(&mut world, "AssociateKmsKey", absent).unwrap_err().code, "InvalidParameterException");
    }

    #[test]
    fn events_too_old_or_too_new_are_left_out() {
        let (now, hour) = (1_700_000_000_000_i64, 3_600_000);
        let mut world = world();
        call(&mut world, "PutRetentionPolicy", json!({"logGroupName": "/ecs/web", "retentionInDays": 3})).unwrap();
        call(&mut world, "CreateLogStream", json!({"logGroupName": "/ecs/web", "logStreamName": "s"})).unwrap();
        let put = |world: &mut World, times: &[i64]| {
            let events: Vec<Value> = times.iter().map(|at| json!({"timestamp": at, "message": "m"})).collect();
            call(world, "PutLogEvents", json!({"logGroupName": "/ecs/web", "logStreamName": "s", "logEvents": events}))
        };
        let rejected = put(&mut world, &[now - 73 * hour, now - 71 * hour]).unwrap()["rejectedLogEventsInfo"].clone();
        assert_eq!(rejected, json!({"expiredLogEventEndIndex": 1}));
        let rejected = put(&mut world, &[now - 15 * 24 * hour]).unwrap()["rejectedLogEventsInfo"].clone();
        assert_eq!(rejected, json!({"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 1}));
        let rejected = put(&mut world, &[now, now + 3 * hour]).unwrap()["rejectedLogEventsInfo"].clone();
        assert_eq!(rejected, json!({"tooNewLogEventStartIndex": 1}));
        assert_eq!(put(&mut world, &[now]).unwrap().get("rejectedLogEventsInfo"), None);
        let found = call(&mut world, "FilterLogEvents", json!({"logGroupName": "/ecs/web"})).unwrap()["events"].clone();
        assert_eq!(found.as_array().unwrap().len(), 3);
        assert_eq!(put(&mut world, &[now - 25 * hour, now]).unwrap_err().code, "InvalidParameterException");
        let large = json!([{"timestamp": now, "message": "x".repeat(1_048_576)}]);
        let large = json!({"logGroupName": "/ecs/web", "logStreamName": "s", "logEvents": large});
        assert_eq!(call(&mut world, "PutLogEvents", large).unwrap_err().code, "InvalidParameterException");
    }
}
