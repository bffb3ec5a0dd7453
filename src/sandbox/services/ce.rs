//! Cost Explorer. Nothing is billed in a sandbox, so it answers as for a tag that nobody has activated: periods without groups.
//!
//! Rows of the table `ce.line`, which only tests put there, are what it has to answer: one for each day and usage type, with the
//! dimensions (`SERVICE`, `USAGE_TYPE`, `RECORD_TYPE`, `LINKED_ACCOUNT`), `Tags`, and the amounts of the metrics.

use super::Handler;
use super::members::{items, text, texts};
use crate::world::{Call, Fault};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const TABLE: &str = "ce.line";

pub fn handler(operation: &str) -> Option<Handler> {
    match operation {
        "GetCostAndUsage" => Some(get_cost_and_usage),
        _ => None,
    }
}

fn get_cost_and_usage(call: &mut Call<'_>) -> Result<Value, Fault> {
    let period = &call.input["TimePeriod"];
    let [from, to] = ["Start", "End"].map(|end| text(period, end).parse::<Date>());
    let (Ok(from), Ok(to)) = (from, to) else {
        return Err(invalid("Start and End dates must be of the form yyyy-MM-dd here"));
    };
    let today = jiff::Timestamp::from_millisecond(call.millis).map(|now| now.to_zoned(jiff::tz::TimeZone::UTC).date());
    if from >= to {
        return Err(invalid("Start date (and hour) should be before end date (and hour)"));
    }
    if today.as_ref().is_ok_and(|today| from > *today) {
        return Err(invalid("start date is in the future"));
    }
    let monthly = match call.text("Granularity") {
        "MONTHLY" => true,
        "DAILY" => false,
        other => return Err(absent(&format!("granularity {other}"))),
    };
    let groups = items(call.input, "GroupBy").iter().map(|group| (text(group, "Type"), text(group, "Key"))).collect::<Vec<_>>();
    if groups.len() > 2 {
        return Err(invalid("GroupBy can have at most 2 groups"));
    }
    if let Some((_, key)) = groups.iter().find(|(kind, _)| *kind != "DIMENSION") {
        return Err(absent(&format!("grouping by {key}")));
    }
    let metrics = call.texts("Metrics");
    let mut results = Vec::new();
    let mut start = from;
    while start < to {
        let next = if monthly { start.first_of_month().saturating_add(1.month()) } else { start.saturating_add(1.day()) };
        let end = next.min(to);
        let mut sums = BTreeMap::<Vec<String>, BTreeMap<&str, (f64, String)>>::new();
        for (_, row) in call.all(TABLE) {
            let day = text(row, "Day").parse::<Date>().ok();
            if !day.is_some_and(|day| (start..end).contains(&day)) || !fits(row, call.input.get("Filter"))? {
                continue;
            }
            let sum = sums.entry(groups.iter().map(|(_, key)| text(row, key).to_owned()).collect()).or_default();
            for metric in &metrics {
                let amount = text(row, metric).parse::<f64>().unwrap_or(0.0);
                let unit = if metric == "UsageQuantity" { text(row, "Unit") } else { "USD" };
                let entry = sum.entry(metric).or_insert_with(|| (0.0, unit.to_owned()));
                entry.0 += amount;
                if entry.1 != unit {
                    entry.1 = "N/A".into();
                }
            }
        }
        let amounts = |sum: &BTreeMap<&str, (f64, String)>| {
            let amount =
                |(name, (amount, unit)): (&&str, &(f64, String))| ((*name).to_owned(), json!({"Amount": amount.to_string(), "Unit": unit}));
            Value::Object(sum.iter().map(amount).collect::<Map<_, _>>())
        };
        let (total, groups) = match (groups.is_empty(), sums.get(&Vec::new())) {
            (true, Some(sum)) => (amounts(sum), Vec::new()),
            (true, None) => (amounts(&metrics.iter().map(|metric| (metric.as_str(), (0.0, "USD".to_owned()))).collect()), Vec::new()),
            (false, _) => (json!({}), sums.iter().map(|(keys, sum)| json!({"Keys": keys, "Metrics": amounts(sum)})).collect()),
        };
        // A month is an estimate until AWS has made its invoice.
        let estimated = today.as_ref().is_ok_and(|today| start.first_of_month() == today.first_of_month());
        results.push(json!({
            "TimePeriod": {"Start": start.to_string(), "End": end.to_string()}, "Total": total, "Groups": groups, "Estimated": estimated,
        }));
        start = end;
    }
    Ok(json!({"GroupDefinitions": items(call.input, "GroupBy"), "ResultsByTime": results, "DimensionValueAttributes": []}))
}

/// True when a row is meant by an expression.
fn fits(row: &Value, filter: Option<&Value>) -> Result<bool, Fault> {
    let Some(filter) = filter else { return Ok(true) };
    if filter.get("CostCategories").is_some() {
        return Err(absent("a filter by CostCategories"));
    }
    let mut all = Vec::new();
    for part in items(filter, "And") {
        all.push(fits(row, Some(part))?);
    }
    let mut any = Vec::new();
    for part in items(filter, "Or") {
        any.push(fits(row, Some(part))?);
    }
    if !any.is_empty() {
        all.push(any.contains(&true));
    }
    if let Some(part) = filter.get("Not") {
        all.push(!fits(row, Some(part))?);
    }
    for (member, of) in [("Dimensions", row), ("Tags", &row["Tags"])] {
        let Some(part) = filter.get(member) else { continue };
        if part.get("MatchOptions").is_some() {
            return Err(absent("a filter with MatchOptions"));
        }
        all.push(texts(part, "Values").iter().any(|value| value == text(of, text(part, "Key"))));
    }
    Ok(!all.contains(&false))
}

fn invalid(message: &str) -> Fault {
    Fault::new("ValidationException", message)
}

fn absent(what: &str) -> Fault {
    Fault::new("NotInSandbox", format!("GetCostAndUsage with {what} is not in the sandbox; docs/sandbox.md lists what is")).status(501)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::fitting;
    use crate::world::World;

    fn asked(world: &mut World, input: Value) -> Result<Value, Fault> {
        let mut call = Call::new(world, &input, "ce", "GetCostAndUsage", "us-east-1");
        get_cost_and_usage(&mut call).map(|answer| fitting("ce", "GetCostAndUsage", answer))
    }

    #[test]
    fn costs_are_grouped_filtered_and_cut_into_periods() {
        let mut world = World::new("123456789012", 0, 1_795_000_000_000); // 2026-11-18
        let none = json!(null);
        let mut call = Call::new(&mut world, &none, "ce", "", "us-east-1");
        for (at, (day, service, usage, record, owner, cost)) in [
            ("2026-10-31", "EC2 - Other", "NatGateway-Hours", "Usage", "shop/live", "1.5"),
            ("2026-11-01", "EC2 - Other", "NatGateway-Hours", "Usage", "shop/live", "2"),
            ("2026-11-01", "EC2 - Other", "NatGateway-Bytes", "Usage", "shop/live", "0.25"),
            ("2026-11-02", "EC2 - Other", "NatGateway-Bytes", "Credit", "shop/live", "-1"),
            ("2026-11-02", "AmazonCloudWatch", "CW:Requests", "Usage", "shop/test", "9"),
        ]
        .into_iter()
        .enumerate()
        {
            let row = json!({
                "Day": day, "SERVICE": service, "USAGE_TYPE": usage, "RECORD_TYPE": record, "Tags": {"owner": owner},
                "UnblendedCost": cost, "UsageQuantity": "1", "Unit": "Hrs",
            });
            call.put(TABLE, &at.to_string(), row);
        }
        let input = |granularity: &str, group: &str, filter: Value| {
            json!({
                "TimePeriod": {"Start": "2026-10-30", "End": "2026-11-03"}, "Granularity": granularity,
                "Metrics": ["UnblendedCost"], "GroupBy": [{"Type": "DIMENSION", "Key": group}], "Filter": filter,
            })
        };
        let mine = json!({"Tags": {"Key": "owner", "Values": ["shop/live"]}});
        let usage = json!({"And": [mine, {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit"]}}}]});
        let mut groups = |input: Value| {
            let answer = asked(&mut world, input).unwrap();
            let results = items(&answer, "ResultsByTime").iter().flat_map(|result| {
                let (start, estimated) = (text(&result["TimePeriod"], "Start"), result["Estimated"].as_bool().unwrap());
                let group = move |group: &Value| {
                    format!(
                        "{start} {estimated} {} {}",
                        group["Keys"][0].as_str().unwrap(),
                        group["Metrics"]["UnblendedCost"]["Amount"].as_str().unwrap()
                    )
                };
                items(result, "Groups").iter().map(group)
            });
            results.collect::<Vec<_>>()
        };
        assert_eq!(
            groups(input("MONTHLY", "USAGE_TYPE", usage)),
            ["2026-10-30 false NatGateway-Hours 1.5", "2026-11-01 true NatGateway-Bytes 0.25", "2026-11-01 true NatGateway-Hours 2"]
        );
        assert_eq!(groups(input("DAILY", "RECORD_TYPE", mine.clone())).last().unwrap(), "2026-11-02 true Credit -1");
        let either = json!({"Or": [{"Dimensions": {"Key": "SERVICE", "Values": ["AmazonCloudWatch"]}}, {"Tags": {"Key": "owner", "Values": ["none"]}}]});
        assert_eq!(groups(input("MONTHLY", "SERVICE", either)), ["2026-11-01 true AmazonCloudWatch 9"]);
        assert_eq!(groups(input("MONTHLY", "SERVICE", json!({"Tags": {"Key": "owner", "Values": ["none"]}}))), Vec::<String>::new());
    }

    #[test]
    fn wrong_periods_are_refused() {
        let mut world = World::new("123456789012", 0, 1_795_000_000_000);
        let mut refused = |start: &str, end: &str| {
            let input = json!({"TimePeriod": {"Start": start, "End": end}, "Granularity": "DAILY", "Metrics": ["UnblendedCost"]});
            asked(&mut world, input).map(drop).map_err(|fault| fault.code)
        };
        assert_eq!(refused("2026-11-02", "2026-11-02"), Err("ValidationException".into()));
        assert_eq!(refused("2026-12-02", "2026-12-03"), Err("ValidationException".into()));
        assert_eq!(refused("2026-11-01", "2026-11-02"), Ok(()));
    }
}
