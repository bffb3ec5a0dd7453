//! The checks that CloudWatch makes of an alarm.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>

use crate::services::members::{items, number, text, texts};
use crate::world::Fault;
use serde_json::Value;
use std::collections::BTreeSet;

const DAY: i64 = 86_400;
const HOUR: i64 = 3600;
/// The most queries of one alarm.
const QUERIES: usize = 20;

pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

/// An alarm on a metric, or on the result of metric math.
pub fn metric_alarm(region: &str, input: &Value) -> Result<(), Fault> {
    let has = |name: &str| input.get(name).is_some();
    actions(region, input)?;
    if text(input, "AlarmName").chars().any(|sign| sign.is_ascii_control()) {
        return Err(invalid("AlarmName must not contain ASCII control characters"));
    }
    if has("EvaluationCriteria") {
        return Ok(());
    }
    if !has("EvaluationPeriods") || !has("ComparisonOperator") {
        return Err(invalid("Parameters EvaluationPeriods and ComparisonOperator are required"));
    }
    if has("Metrics") {
        if ["MetricName", "Namespace", "Period", "Statistic", "ExtendedStatistic", "Dimensions", "Unit"].into_iter().any(has) {
            return Err(invalid(
                "When Metrics is specified, MetricName, Namespace, Dimensions, Period, Unit, Statistic and ExtendedStatistic must not be",
            ));
        }
        let returned =
            items(input, "Metrics").iter().filter(|query| query.get("ReturnData").and_then(Value::as_bool).unwrap_or(true)).count();
        let banded = has("ThresholdMetricId");
        if returned == 0 || (!banded && returned != 1) {
            return Err(invalid("Exactly one element of the metrics list should return data."));
        }
        queries(items(input, "Metrics"))?;
    } else {
        if !has("MetricName") || !has("Namespace") || !has("Period") {
            return Err(invalid("Parameters MetricName, Namespace and Period are required"));
        }
        if has("Statistic") == has("ExtendedStatistic") {
            return Err(invalid("Exactly one of Statistic and ExtendedStatistic must be specified"));
        }
        let extended = text(input, "ExtendedStatistic");
        if has("ExtendedStatistic") && !is_extended(extended) {
            return Err(invalid(format!("The value {extended} for parameter ExtendedStatistic is not supported.")));
        }
        if !is_period(number(input, "Period").unwrap_or(0)) {
            return Err(invalid("Metric alarm periods must be 10, 20, 30 or a multiple of 60 seconds"));
        }
    }
    look_back(input)?;
    if has("Threshold") == has("ThresholdMetricId") {
        return Err(invalid("Exactly one of Threshold and ThresholdMetricId must be specified"));
    }
    let operator = text(input, "ComparisonOperator");
    let band = ["LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"].contains(&operator);
    if band != has("ThresholdMetricId") {
        return Err(invalid(format!("ComparisonOperator {operator} and ThresholdMetricId do not go together")));
    }
    if number(input, "DatapointsToAlarm") > number(input, "EvaluationPeriods") {
        return Err(invalid("Parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods"));
    }
    let missing = text(input, "TreatMissingData");
    if !missing.is_empty() && !["breaching", "notBreaching", "ignore", "missing"].contains(&missing) {
        return Err(invalid(format!("Value '{missing}' for TreatMissingData is not one of breaching, notBreaching, ignore, missing")));
    }
    Ok(())
}

/// Actions are ARNs of this partition and, where an ARN has a region, of this one.
/// The words: <https://github.com/aws-samples/amazon-cloudwatch-auto-alarms/issues/61>
pub fn actions(region: &str, input: &Value) -> Result<(), Fault> {
    let all = ["OKActions", "AlarmActions", "InsufficientDataActions"].iter().flat_map(|member| texts(input, member));
    for action in all {
        let parts = action.splitn(6, ':').collect::<Vec<_>>();
        let ["arn", partition, service, own, _, resource] = parts[..] else {
            return Err(invalid(format!("Invalid arn syntax: {action}")));
        };
        if service.is_empty() || resource.is_empty() {
            return Err(invalid(format!("Invalid arn syntax: {action}")));
        }
        if partition != "aws" {
            return Err(invalid(format!("Invalid partition {partition} specified. Only aws is supported.")));
        }
        if !own.is_empty() && own != region {
            return Err(invalid(format!("Invalid region {own} specified. Only {region} is supported.")));
        }
    }
    Ok(())
}

fn is_period(seconds: i64) -> bool {
    [10, 20, 30].contains(&seconds) || (seconds > 0 && seconds % 60 == 0)
}

/// A week where a period is an hour or longer, and a day otherwise.
fn look_back(input: &Value) -> Result<(), Fault> {
    let of_metric = |query: &Value| query.get("MetricStat").and_then(|metric| number(metric, "Period"));
    let queried = items(input, "Metrics").iter().filter_map(of_metric).max();
    let period = number(input, "Period").or(queried).unwrap_or(60);
    let (most, words) = if period >= HOUR { (7 * DAY, "7 days") } else { (DAY, "a day") };
    match period.saturating_mul(number(input, "EvaluationPeriods").unwrap_or(1)) > most {
        true => Err(invalid(format!("Metrics cannot be checked across more than {words} (EvaluationPeriods * Period must be <= {most})."))),
        false => Ok(()),
    }
}

/// `p95`, `tm98`, `TM(10%:90%)`, `IQM`, `PR(100:)` and their like.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>
fn is_extended(text: &str) -> bool {
    let upper = text.to_uppercase();
    let share = |text: &str| text.parse::<f64>().is_ok_and(|share| (0.0..=100.0).contains(&share));
    let bound = |text: &str| text.is_empty() || text.strip_suffix('%').unwrap_or(text).parse::<f64>().is_ok();
    let of = |prefixes: &[&str]| prefixes.iter().find_map(|prefix| upper.strip_prefix(prefix));
    let between = |range: &str| {
        let inside = range.strip_prefix('(').and_then(|range| range.strip_suffix(')'));
        inside.and_then(|inside| inside.split_once(':')).is_some_and(|(from, to)| bound(from) && bound(to) && inside != Some(":"))
    };
    upper == "IQM" || of(&["TM", "TC", "TS", "WM", "PR"]).is_some_and(|rest| share(rest) || between(rest)) || of(&["P"]).is_some_and(share)
}

/// Whatever is wrong with queries, CloudWatch says one thing of it.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html>
/// The words: <https://github.com/hashicorp/terraform-provider-aws/issues/19567>
fn queries(all: &[Value]) -> Result<(), Fault> {
    let ids = all.iter().map(|query| text(query, "Id")).collect::<BTreeSet<_>>();
    let plain = |id: &str| {
        id.starts_with(|first: char| first.is_ascii_lowercase()) && id.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
    };
    let one_of_two = |query: &Value| query.get("Expression").is_some() != query.get("MetricStat").is_some();
    let period = |query: &Value| query.get("MetricStat").and_then(|metric| number(metric, "Period")).is_none_or(is_period);
    let statistic = |query: &Value| query.get("MetricStat").is_none_or(|metric| is_statistic(text(metric, "Stat")));
    let known = |query: &Value| named(text(query, "Expression")).iter().all(|id| ids.contains(id.as_str()));
    let right = |query: &Value| plain(text(query, "Id")) && one_of_two(query) && period(query) && statistic(query) && known(query);
    match all.len() <= QUERIES && ids.len() == all.len() && all.iter().all(right) {
        true => Ok(()),
        false => Err(invalid("Invalid metrics list")),
    }
}

fn is_statistic(text: &str) -> bool {
    ["SampleCount", "Average", "Sum", "Minimum", "Maximum"].contains(&text) || is_extended(text)
}

/// The ids that an expression names: words with a small letter first, which are no functions and stand in no quotes.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>
fn named(expression: &str) -> Vec<String> {
    // A query of Metrics Insights has a language of its own.
    if expression.trim_start().to_uppercase().starts_with("SELECT ") {
        return Vec::new();
    }
    let (mut found, mut word, mut quote) = (Vec::new(), String::new(), None);
    for sign in expression.chars().chain([' ']) {
        match quote {
            Some(open) => quote = (sign != open).then_some(open),
            None if ['"', '\''].contains(&sign) => quote = Some(sign),
            None if sign.is_ascii_alphanumeric() || "._".contains(sign) => word.push(sign),
            None => {
                let word = std::mem::take(&mut word);
                if sign != '(' && word.starts_with(|first: char| first.is_ascii_lowercase()) {
                    found.push(word);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::merge;
    use serde_json::json;

    fn put(more: Value) -> Result<(), String> {
        let mut input = json!({
            "AlarmName": "a", "Namespace": "App", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 2, "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        });
        merge(&mut input, &more);
        metric_alarm("us-east-1", &input).map_err(|fault| fault.message)
    }

    fn math(queries: Value) -> Result<(), String> {
        put(json!({"Namespace": null, "MetricName": null, "Statistic": null, "Period": null, "Metrics": queries}))
    }

    #[test]
    fn actions_are_arns_of_the_region() {
        for right in
            ["arn:aws:sns:us-east-1:123456789012:people", "arn:aws:automate:us-east-1:ec2:stop", "arn:aws:ssm:us-east-1:1:opsitem:1"]
        {
            assert_eq!(put(json!({"AlarmActions": [right]})), Ok(()), "{right}");
        }
        for (wrong, said) in [
            ("people", "Invalid arn syntax: people"),
            ("arn:aws:sns:eu-west-1:123456789012:people", "Invalid region eu-west-1 specified. Only us-east-1 is supported."),
            ("arn:aws-cn:sns:us-east-1:123456789012:people", "Invalid partition aws-cn specified. Only aws is supported."),
        ] {
            assert_eq!(put(json!({"OKActions": [wrong]})), Err(said.into()));
        }
    }

    #[test]
    fn statistics_periods_and_bands_that_there_are() {
        for right in ["p99", "p99.9", "tm98", "TM(10%:90%)", "iqm", "PR(:300)", "wm(150:1000)"] {
            assert_eq!(put(json!({"Statistic": null, "ExtendedStatistic": right})), Ok(()), "{right}");
        }
        for wrong in ["p", "p101", "median", "TM(:)", "IQM90", "pr(1)"] {
            assert!(put(json!({"Statistic": null, "ExtendedStatistic": wrong})).is_err(), "{wrong}");
        }
        assert_eq!(put(json!({"Period": 300, "EvaluationPeriods": 288})), Ok(()));
        assert_eq!(put(json!({"Period": 3600, "EvaluationPeriods": 168})), Ok(()));
        assert!(put(json!({"Period": 300, "EvaluationPeriods": 289})).is_err_and(|said| said.contains("more than a day")));
        assert!(put(json!({"Period": 3600, "EvaluationPeriods": 169})).is_err_and(|said| said.contains("more than 7 days")));
        assert!(put(json!({"ComparisonOperator": "GreaterThanUpperThreshold"})).is_err());
        assert!(put(json!({"AlarmName": "one\ntwo"})).is_err());
    }

    #[test]
    fn queries_are_told_apart_and_name_each_other() {
        let metric = |id: &str, period: u32| {
            let metric = json!({"Namespace": "App", "MetricName": "m"});
            json!({"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": "Sum"}, "ReturnData": false})
        };
        let math_of = |text: &str| json!({"Id": "e", "Expression": text, "ReturnData": true});
        for right in
            ["FILL(m1, 0) + IF(m1 > 1e3, 1, 0)", "SUM(METRICS('m'))", "SELECT AVG(m) FROM \"App\"", "SEARCH('{App} any', 'Sum', 300)"]
        {
            assert_eq!(math(json!([metric("m1", 60), math_of(right)])), Ok(()), "{right}");
        }
        let both = json!({"Id": "e", "Expression": "m1", "MetricStat": metric("m1", 60)["MetricStat"], "ReturnData": true});
        for wrong in [
            json!([metric("m1", 60), math_of("2 * m2")]),
            json!([metric("m1", 45), math_of("m1")]),
            json!([metric("Errors", 60), math_of("1")]),
            json!([metric("e", 60), math_of("1")]),
            json!([metric("m1", 60), both]),
            json!([metric("m1", 60), {"Id": "e", "ReturnData": true}]),
        ] {
            assert_eq!(math(wrong.clone()), Err("Invalid metrics list".into()), "{wrong}");
        }
        let many = (0..20).map(|at| metric(&format!("m{at}"), 60)).chain([math_of("m1")]).collect::<Value>();
        assert_eq!(math(many), Err("Invalid metrics list".into()));
    }
}
