//! CloudWatch: metric data, alarms, dashboards.

mod alarm;
mod check;
mod dashboard;
mod database;
mod expression;
mod insights;
mod metric;
mod rule;
mod tag;
mod usage;

pub use alarm::{evaluate, named, put_owned, remove_owned, ring};
pub use metric::record;

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "PutMetricAlarm" => alarm::put_metric,
        "PutCompositeAlarm" => alarm::put_composite,
        "DeleteAlarms" => alarm::delete,
        "DescribeAlarms" => alarm::describe,
        "DescribeAlarmHistory" => alarm::history,
        "SetAlarmState" => alarm::set_state,
        "EnableAlarmActions" => alarm::enable_actions,
        "DisableAlarmActions" => alarm::disable_actions,
        "PutDashboard" => dashboard::put,
        "GetDashboard" => dashboard::get,
        "DeleteDashboards" => dashboard::delete,
        "ListDashboards" => dashboard::list,
        "PutMetricData" => metric::put,
        "GetMetricData" => metric::get_data,
        "GetMetricStatistics" => metric::get_statistics,
        "ListMetrics" => metric::list,
        "TagResource" => tag::tag,
        "UntagResource" => tag::untag,
        "ListTagsForResource" => tag::list,
        _ => return None,
    };
    Some(handler)
}

#[cfg(test)]
mod tests {
    use crate::world::{Call, Fault, World};
    use serde_json::{Value, json};

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
        super::handler(operation).unwrap()(&mut Call::new(world, &input, "cloudwatch", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("cloudwatch", operation, answer))
    }

    fn alarm(threshold: f64) -> Value {
        json!({
            "AlarmName": "a1", "Namespace": "App", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 2, "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold", "Dimensions": [{"Name": "s", "Value": "x"}], "Tags": [{"Key": "proj", "Value": "demo"}],
        })
    }

    #[test]
    fn an_alarm_keeps_its_first_tags_and_its_state() {
        let mut world = World::new("123456789012", 1, 0);
        call(&mut world, "PutMetricAlarm", alarm(80.0)).unwrap();
        let read = |world: &mut World| call(world, "DescribeAlarms", json!({"AlarmNamePrefix": "a"})).unwrap()["MetricAlarms"][0].clone();
        assert_eq!(read(&mut world)["StateValue"], "INSUFFICIENT_DATA");
        call(&mut world, "SetAlarmState", json!({"AlarmName": "a1", "StateValue": "ALARM", "StateReason": "x"})).unwrap();
        let mut again = alarm(90.0);
        again["Tags"] = json!([{"Key": "other", "Value": "o"}]);
        call(&mut world, "PutMetricAlarm", again).unwrap();
        assert_eq!((&read(&mut world)["StateValue"], &read(&mut world)["Threshold"]), (&json!("ALARM"), &json!(90.0)));
        let arn = read(&mut world)["AlarmArn"].clone();
        let tags = call(&mut world, "ListTagsForResource", json!({"ResourceARN": arn})).unwrap();
        assert_eq!(tags["Tags"], json!([{"Key": "proj", "Value": "demo"}]));
        let history = call(&mut world, "DescribeAlarmHistory", json!({"AlarmName": "a1", "HistoryItemType": "StateUpdate"})).unwrap();
        assert_eq!(history["AlarmHistoryItems"].as_array().unwrap().len(), 1);
        call(&mut world, "DeleteAlarms", json!({"AlarmNames": ["a1", "nobody"]})).unwrap();
        assert!(world.tags.is_empty());
    }

    #[test]
    fn data_raises_an_alarm_and_sums_up() {
        let mut world = World::new("123456789012", 1, 1_700_000_040_000);
        call(&mut world, "PutMetricAlarm", alarm(4.0)).unwrap();
        let datum =
            |at: f64, value: f64| json!({"MetricName": "m", "Value": value, "Timestamp": at, "Dimensions": [{"Name": "s", "Value": "x"}]});
        call(&mut world, "PutMetricData", json!({"Namespace": "App", "MetricData": [datum(1_700_000_000.0, 2.0), datum(1_700_000_010.0, 3.0), datum(1_699_999_950.0, 9.0)]})).unwrap();
        let metric = json!({"Namespace": "App", "MetricName": "m", "Dimensions": [{"Name": "s", "Value": "x"}]});
        let queries =
            json!([{"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}, {"Id": "r", "Expression": "q * 2 + 1"}]);
        let span = json!({"StartTime": 1_699_999_980.0, "EndTime": 1_700_000_100.0, "MetricDataQueries": queries});
        let results = call(&mut world, "GetMetricData", span).unwrap()["MetricDataResults"].clone();
        assert_eq!(results[0]["Values"], json!([5.0]));
        assert_eq!(results[1]["Values"], json!([11.0]));
        let alarms = call(&mut world, "DescribeAlarms", json!({"AlarmNames": ["a1"]})).unwrap();
        assert_eq!(alarms["MetricAlarms"][0]["StateValue"], "ALARM");
    }

    #[test]
    fn an_alarm_goes_back_when_its_data_do_and_a_composite_with_it() {
        let mut world = World::new("123456789012", 1, 1_700_000_040_000);
        let mut composite = json!({"AlarmName": "all", "AlarmRule": "ALARM(a1) AND NOT ALARM(none)"});
        assert_eq!(call(&mut world, "PutCompositeAlarm", composite.clone()).unwrap_err().code, "ValidationError");
        composite["AlarmRule"] = json!("ALARM(a1) OR FALSE");
        call(&mut world, "PutMetricAlarm", alarm(4.0)).unwrap();
        call(&mut world, "PutCompositeAlarm", composite).unwrap();
        let states = |world: &mut World| {
            let alarms = call(world, "DescribeAlarms", json!({"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]})).unwrap();
            [alarms["MetricAlarms"][0]["StateValue"].clone(), alarms["CompositeAlarms"][0]["StateValue"].clone()]
        };
        let put = |world: &mut World, at: f64, value: f64| {
            let datum = json!({"MetricName": "m", "Value": value, "Timestamp": at, "Dimensions": [{"Name": "s", "Value": "x"}]});
            call(world, "PutMetricData", json!({"Namespace": "App", "MetricData": [datum]})).unwrap();
        };
        assert_eq!(states(&mut world), ["INSUFFICIENT_DATA", "OK"]);
        put(&mut world, 1_700_000_040.0, 5.0);
        assert_eq!(states(&mut world), ["ALARM", "ALARM"]);
        call(&mut world, "SetAlarmState", json!({"AlarmName": "all", "StateValue": "OK", "StateReason": "x"})).unwrap();
        assert_eq!(states(&mut world), ["ALARM", "OK"], "until one of those it names changes");
        world.advance_to(1_700_000_105_000);
        put(&mut world, 1_700_000_105.0, 1.0);
        assert_eq!(states(&mut world), ["OK", "OK"]);
        // Nothing more comes: what is missing is treated as the alarm says.
        world.advance_to(1_700_000_600_000);
        assert_eq!(states(&mut world)[0], "INSUFFICIENT_DATA");
        for (treatment, state) in [("breaching", "ALARM"), ("ignore", "ALARM"), ("notBreaching", "OK")] {
            let mut treated = alarm(4.0);
            treated["TreatMissingData"] = json!(treatment);
            call(&mut world, "PutMetricAlarm", treated).unwrap();
            assert_eq!(states(&mut world), [state, state], "{treatment}");
        }
        // A client whose clock the sandbox has outrun is taken by its own.
        put(&mut world, 1_700_000_120.0, 9.0);
        world.advance_to(1_700_000_610_000);
        assert_eq!(states(&mut world), ["ALARM", "ALARM"]);
    }

    #[test]
    fn a_query_in_sql_answers_a_series_for_each_group() {
        let mut world = World::new("123456789012", 1, 1_700_000_040_000);
        let datum = |path: &str, audience: &str, value: f64| json!({"MetricName": "m", "Value": value, "Dimensions": [{"Name": "Path", "Value": path}, {"Name": "Audience", "Value": audience}]});
        let data = [datum("/a", "us", 1.0), datum("/a", "eu", 5.0), datum("/b", "us", 2.0)];
        call(&mut world, "PutMetricData", json!({"Namespace": "App/x", "MetricData": data})).unwrap();
        let mut ask = |expression: &str| {
            let queries = json!([{"Id": "q", "Period": 60, "Expression": expression}]);
            let span = json!({"StartTime": 1_699_999_000.0, "EndTime": 1_700_001_000.0, "MetricDataQueries": queries});
            call(&mut world, "GetMetricData", span).map(|answer| answer["MetricDataResults"].clone())
        };
        let grouped = ask("SELECT SUM(m) FROM \"App/x\" WHERE Path = '/a' GROUP BY Audience ORDER BY SUM() DESC").unwrap();
        assert_eq!((&grouped[0]["Label"], &grouped[0]["Values"]), (&json!("eu"), &json!([5.0])));
        assert_eq!((&grouped[1]["Label"], &grouped[1]["Values"]), (&json!("us"), &json!([1.0])));
        let all = ask("SELECT SUM(m) FROM \"App/x\"").unwrap();
        assert_eq!((&all[0]["Label"], &all[0]["Values"]), (&json!("q"), &json!([8.0])));
        assert_eq!(ask("SELECT SUM(m) FROM \"App/y\"").unwrap(), json!([]));
        assert_eq!(ask("SELECT SUM(m").unwrap_err().code, "ValidationError");
    }

    #[test]
    fn the_use_of_fargate_is_told_beside_its_quota() {
        let mut world = World::new("123456789012", 1, 1_700_000_040_000);
        let task = |cpu: &str, provider: &str, created: f64, stopped: Option<f64>| json!({"cpu": cpu, "launchType": "FARGATE", "capacityProviderName": provider, "createdAt": created, "stoppedAt": stopped});
        let tasks = world.tables.entry("us-east-1/ecs.task".into()).or_default();
        tasks.insert("a".into(), task("1024", "", 1_699_999_900.0, None));
        tasks.insert("b".into(), task("512", "FARGATE", 1_699_999_900.0, Some(1_699_999_950.0)));
        tasks.insert("c".into(), task("256", "FARGATE_SPOT", 1_699_999_990.0, None));
        world.quotas.insert("L-36FBB829".into(), 40.0);
        let usage = |class: &str| json!([{"Name": "Service", "Value": "Fargate"}, {"Name": "Type", "Value": "Resource"}, {"Name": "Resource", "Value": "vCPU"}, {"Name": "Class", "Value": class}]);
        let mut ask = |namespace: &str, dimensions: Value, expression: &str| {
            let metric = json!({"Namespace": namespace, "MetricName": "ResourceCount", "Dimensions": dimensions});
            let queries = json!([{"Id": "used", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}, {"Id": "quota", "Expression": expression}]);
            let span = json!({"StartTime": 1_699_999_860.0, "EndTime": 1_700_000_100.0, "MetricDataQueries": queries, "ScanBy": "TimestampAscending"});
            let answer = call(&mut world, "GetMetricData", span)?;
            let values = |at: usize| answer["MetricDataResults"][at]["Values"].clone();
            Ok::<_, Fault>((values(0), values(1)))
        };
        // The minute that has begun is not told yet, and nothing is of those in which no task ran.
        assert_eq!(
            ask("AWS/Usage", usage("Standard/OnDemand"), "SERVICE_QUOTA(used)").unwrap(),
            (json!([1.5, 1.5, 1.0]), json!([6.0, 6.0, 6.0]))
        );
        assert_eq!(ask("AWS/Usage", usage("Standard/Spot"), "SERVICE_QUOTA(used) - used").unwrap(), (json!([0.25]), json!([39.75])));
        assert_eq!(ask("App", usage("Standard/OnDemand"), "SERVICE_QUOTA(used)").unwrap_err().code, "ValidationError");
        assert_eq!(ask("AWS/Usage", usage("Standard/OnDemand"), "SERVICE_QUOTA(other)").unwrap_err().code, "ValidationError");
        let listed = call(&mut world, "ListMetrics", json!({"Namespace": "AWS/Usage"})).unwrap();
        assert_eq!(listed["Metrics"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_database_has_the_metrics_that_a_guard_looks_at() {
        let mut world = World::new("123456789012", 1, 1_700_000_000_000);
        let row = json!({"DBInstanceIdentifier": "main", "InstanceCreateTime": 1_699_999_800.0});
        world.tables.entry("us-east-1/rds.instance".into()).or_default().insert("main".into(), row);
        let mut ask = |metric: &str, id: &str| {
            let metric =
                json!({"Namespace": "AWS/RDS", "MetricName": metric, "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": id}]});
            let queries = json!([{"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}}]);
            let span = json!({"StartTime": 1_699_999_000.0, "EndTime": 1_700_000_100.0, "MetricDataQueries": queries});
            let values = call(&mut world, "GetMetricData", span).unwrap()["MetricDataResults"][0]["Values"].clone();
            values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect::<Vec<_>>()
        };
        for (metric, most) in [("CPUUtilization", 20.0), ("DatabaseConnections", 15.0), ("ReadLatency", 0.002), ("WriteLatency", 0.002)] {
            let values = ask(metric, "main");
            // The minutes that are over since it is there: the one that has begun is not told yet.
            assert!(values.len() == 3 && values.iter().all(|value| (0.0..most).contains(value)), "{metric}: {values:?}");
        }
        assert_eq!((ask("CPUUtilization", "other"), ask("FreeableMemory", "main")), (Vec::new(), Vec::new()));
        let listed = call(&mut world, "ListMetrics", json!({"Namespace": "AWS/RDS"})).unwrap();
        assert_eq!(listed["Metrics"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn a_dashboard_is_json_with_widgets() {
        let mut world = World::new("123456789012", 1, 0);
        let put = |world: &mut World, body: &str| call(world, "PutDashboard", json!({"DashboardName": "d1", "DashboardBody": body}));
        for body in ["{", "[]", r#"{"widgets":[{"type":"metric"}]}"#, r#"{"widgets":{}}"#] {
            assert_eq!(put(&mut world, body).unwrap_err().code, "DashboardInvalidInputError", "{body}");
        }
        put(&mut world, r#"{"widgets":[{"type":"text","x":0,"y":0,"width":6,"height":6,"properties":{"markdown":"hi"}}]}"#).unwrap();
        assert_eq!(
            call(&mut world, "ListDashboards", json!({"DashboardNamePrefix": "d"})).unwrap()["DashboardEntries"][0]["DashboardName"],
            "d1"
        );
        assert_eq!(call(&mut world, "GetDashboard", json!({"DashboardName": "zz"})).unwrap_err().code, "DashboardNotFoundError");
    }

    #[test]
    fn old_data_are_forgotten_little_by_little() {
        let mut world = World::new("123456789012", 1, 0);
        let datum = json!({"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.0}]});
        for _ in 0..10 {
            call(&mut world, "PutMetricData", datum.clone()).unwrap();
        }
        world.advance_to(16 * 24 * 60 * 60 * 1000);
        for _ in 0..5 {
            call(&mut world, "PutMetricData", datum.clone()).unwrap();
        }
        assert_eq!(world.tables["us-east-1/cloudwatch.datum"].len(), 5);
    }
}
