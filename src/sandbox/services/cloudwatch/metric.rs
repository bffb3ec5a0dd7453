//! Metric data: what was put, and its statistics over periods.

use super::super::ecs::traffic;
use super::super::members::{items, number, present, set, text};
use super::expression::{self, Series};
use super::insights::Query;
use super::{database, usage};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

type Answer = Result<Value, Fault>;

/// Keeps one value. `at` is in seconds.
pub fn record(call: &mut Call<'_>, namespace: &str, metric: &str, dimensions: &[(String, String)], at: f64, value: f64, unit: &str) {
    let dimensions: Vec<Value> = dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    store(call, namespace, metric, dimensions, at, vec![(value, 1.0)], unit);
}

fn store(call: &mut Call<'_>, namespace: &str, metric: &str, dimensions: Vec<Value>, at: f64, values: Vec<(f64, f64)>, unit: &str) {
    let unit = if unit.is_empty() { "None" } else { unit };
    call.world.counter += 1;
    let (id, came) = (format!("{:015}:{:012}", (at * 1000.0) as i64, call.world.counter), call.now());
    let row = json!({"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions, "_at": at, "_came": came, "_values": values, "Unit": unit});
    call.put("cloudwatch.datum", &id, row);
    forget_old(call);
}

/// The days for which values by the minute are kept. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>
const KEPT_DAYS: i64 = 15;

/// Forgets what is older than that: two values for each that comes, so that a long list shrinks and nobody waits for it. Ids are times.
fn forget_old(call: &mut Call<'_>) {
    let oldest = format!("{:015}", call.millis - KEPT_DAYS * 24 * 60 * 60 * 1000);
    let old: Vec<String> = call.first("cloudwatch.datum", 2).into_iter().filter(|id| ***id < *oldest).cloned().collect();
    for id in old {
        call.remove("cloudwatch.datum", &id);
    }
}

pub fn put(call: &mut Call<'_>) -> Answer {
    let namespace = call.text("Namespace").to_owned();
    if namespace.starts_with("AWS/") {
        return Err(Fault::new("InvalidParameterValueException", "The value AWS/ for parameter Namespace is invalid."));
    }
    let nested = items(call.input, "EntityMetricData").iter().flat_map(|entity| items(entity, "MetricData"));
    let data: Vec<Value> = items(call.input, "MetricData").iter().chain(nested).cloned().collect();
    for datum in data {
        let name = text(&datum, "MetricName");
        let at = datum.get("Timestamp").and_then(Value::as_f64).unwrap_or_else(|| call.now());
        let numbers = |member: &str| items(&datum, member).iter().filter_map(Value::as_f64).collect::<Vec<f64>>();
        let values: Vec<(f64, f64)> = if let Some(value) = datum.get("Value").and_then(Value::as_f64) {
            vec![(value, 1.0)]
        } else if let Some(set) = datum.get("StatisticValues") {
            spread(set)
        } else {
            let counts = numbers("Counts");
            let values = numbers("Values");
            if values.is_empty() || (!counts.is_empty() && counts.len() != values.len()) {
                return Err(Fault::new(
                    "InvalidParameterCombinationException",
                    format!("The metric {name} needs Value, StatisticValues, or Values with as many Counts."),
                ));
            }
            values.iter().enumerate().map(|(at, value)| (*value, counts.get(at).copied().unwrap_or(1.0))).collect()
        };
        store(call, &namespace, name, items(&datum, "Dimensions").to_vec(), at, values, text(&datum, "Unit"));
    }
    Ok(json!({}))
}

/// A statistic set as values with the same count, sum, least and greatest.
fn spread(set: &Value) -> Vec<(f64, f64)> {
    let of = |member: &str| set.get(member).and_then(Value::as_f64).unwrap_or(0.0);
    let (count, sum, least, most) = (of("SampleCount"), of("Sum"), of("Minimum"), of("Maximum"));
    if count <= 2.0 {
        return if count <= 1.0 { vec![(sum, count)] } else { vec![(least, 1.0), (most, 1.0)] };
    }
    vec![(least, 1.0), (most, 1.0), ((sum - least - most) / (count - 2.0), count - 2.0)]
}

fn dimensions(value: &Value) -> BTreeSet<(String, String)> {
    items(value, "Dimensions").iter().map(|one| (text(one, "Name").to_owned(), text(one, "Value").to_owned())).collect()
}

/// The values of one metric from `from` to before `to`, by period.
fn collect(call: &Call<'_>, metric: &Value, period: i64, from: f64, to: f64) -> BTreeMap<i64, Vec<(f64, f64)>> {
    let wanted = dimensions(metric);
    let mut found: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
    for (_, datum) in call.all("cloudwatch.datum") {
        let at = datum["_at"].as_f64().unwrap_or(0.0);
        let start = (at as i64).div_euclid(period) * period;
        let same = text(datum, "Namespace") == text(metric, "Namespace") && text(datum, "MetricName") == text(metric, "MetricName");
        if same && start as f64 >= (from / period as f64).floor() * period as f64 && at < to && dimensions(datum) == wanted {
            found.entry(start).or_default().extend(values(datum));
        }
    }
    if text(metric, "Namespace") == traffic::NAMESPACE {
        for (at, values) in traffic::values(call, text(metric, "MetricName"), &wanted, from, to) {
            found.entry(at.div_euclid(period) * period).or_default().extend(values);
        }
    }
    if text(metric, "Namespace") == usage::NAMESPACE {
        for (at, value) in usage::values(call, text(metric, "MetricName"), &wanted, from, to) {
            found.entry(at.div_euclid(period) * period).or_default().push((value, 1.0));
        }
    }
    if text(metric, "Namespace") == database::NAMESPACE {
        // Whoever puts values of their own means them to be seen.
        let own = found.keys().copied().collect::<BTreeSet<_>>();
        for (at, value) in database::values(call, text(metric, "MetricName"), &wanted, from, to) {
            let start = at.div_euclid(period) * period;
            if !own.contains(&start) {
                found.entry(start).or_default().push((value, 1.0));
            }
        }
    }
    found
}

/// The values of a datum, each with how often it was seen.
fn values(datum: &Value) -> impl Iterator<Item = (f64, f64)> {
    items(datum, "_values").iter().filter_map(|pair| Some((pair.get(0)?.as_f64()?, pair.get(1)?.as_f64()?)))
}

fn statistic(values: &[(f64, f64)], name: &str) -> Option<f64> {
    let count: f64 = values.iter().map(|(_, count)| count).sum();
    let sum: f64 = values.iter().map(|(value, count)| value * count).sum();
    match name {
        "SampleCount" => Some(count),
        "Sum" => Some(sum),
        "Average" => (count > 0.0).then(|| sum / count),
        "Minimum" => values.iter().map(|(value, _)| *value).reduce(f64::min),
        "Maximum" => values.iter().map(|(value, _)| *value).reduce(f64::max),
        _ => percentile(values, name.strip_prefix('p')?.parse().ok()?, count),
    }
}

fn percentile(values: &[(f64, f64)], percent: f64, count: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut left = (percent / 100.0 * count).max(f64::MIN_POSITIVE);
    for (value, count) in &sorted {
        left -= count;
        if left <= 0.0 {
            return Some(*value);
        }
    }
    sorted.last().map(|(value, _)| *value)
}

fn series(call: &Call<'_>, stat: &Value, from: f64, to: f64) -> Series {
    let period = number(stat, "Period").unwrap_or(60).max(1);
    let metric = stat.get("Metric").cloned().unwrap_or_default();
    collect(call, &metric, period, from, to)
        .into_iter()
        .filter_map(|(at, values)| Some((at, statistic(&values, text(stat, "Stat"))?)))
        .collect()
}

pub fn get_data(call: &mut Call<'_>) -> Answer {
    let time = |member: &str| call.input.get(member).and_then(Value::as_f64).unwrap_or(0.0);
    let (from, to) = (time("StartTime"), time("EndTime"));
    if from >= to {
        return Err(Fault::new("ValidationError", "The parameter EndTime must be greater than StartTime"));
    }
    let asked = items(call.input, "MetricDataQueries");
    let (searches, asked): (Vec<&Value>, Vec<&Value>) = asked.iter().partition(|query| is_search(query));
    let mut results = queries(call, &asked, from, to)?.into_iter().map(|(query, series)| (query, None, series)).collect::<Vec<_>>();
    for query in searches {
        results.extend(search(call, query, from, to)?.into_iter().map(|(label, series)| (query, Some(label), series)));
    }
    let ascending = call.text("ScanBy") == "TimestampAscending";
    let shown = results.into_iter().filter(|(query, ..)| query.get("ReturnData").and_then(Value::as_bool).unwrap_or(true)).map(
        |(query, group, series)| {
            let mut points: Vec<(i64, f64)> = series.into_iter().collect();
            if !ascending {
                points.reverse();
            }
            let (times, values): (Vec<i64>, Vec<f64>) = points.into_iter().unzip();
            let name = query.pointer("/MetricStat/Metric/MetricName").and_then(Value::as_str).unwrap_or(text(query, "Id"));
            let label = match (text(query, "Label"), group.as_deref()) {
                ("", Some(group)) if !group.is_empty() => group,
                ("", _) => name,
                (label, _) => label,
            };
            json!({"Id": query["Id"], "Label": label, "Timestamps": times, "Values": values, "StatusCode": "Complete"})
        },
    );
    Ok(json!({"MetricDataResults": shown.collect::<Vec<_>>(), "Messages": []}))
}

fn is_search(query: &Value) -> bool {
    text(query, "Expression").trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

/// The series of a query in SQL, each with the values of the group that it is of.
fn search(call: &Call<'_>, asked: &Value, from: f64, to: f64) -> Result<Vec<(String, Series)>, Fault> {
    let expression = text(asked, "Expression");
    let malformed = || Fault::new("ValidationError", format!("Error in expression '{}': the query cannot be read", text(asked, "Id")));
    let query = Query::parse(expression).ok_or_else(malformed)?;
    let period =
        number(asked, "Period").ok_or_else(|| Fault::new("ValidationError", "Period must be set for Metrics Insights queries"))?.max(1);
    let mut groups: BTreeMap<String, BTreeMap<i64, Vec<(f64, f64)>>> = BTreeMap::new();
    for (_, datum) in call.all("cloudwatch.datum") {
        let own: BTreeMap<&str, &str> = items(datum, "Dimensions").iter().map(|one| (text(one, "Name"), text(one, "Value"))).collect();
        let at = datum["_at"].as_f64().unwrap_or(0.0);
        let named = text(datum, "Namespace") == query.namespace && text(datum, "MetricName") == query.metric;
        if named && at >= from && at < to && query.means(&own) {
            let group: Vec<&str> = query.group_by.iter().filter_map(|name| own.get(name.as_str()).copied()).collect();
            let start = (at as i64).div_euclid(period) * period;
            groups.entry(group.join(" ")).or_default().entry(start).or_default().extend(values(datum));
        }
    }
    let series = |points: BTreeMap<i64, Vec<(f64, f64)>>| -> Series {
        points.into_iter().filter_map(|(at, values)| Some((at, statistic(&values, query.statistic)?))).collect()
    };
    let mut found: Vec<(String, Series)> = groups.into_iter().map(|(group, points)| (group, series(points))).collect();
    if let Some(descending) = query.descending {
        let whole = |series: &Series| series.values().sum::<f64>();
        found.sort_by(|a, b| whole(&a.1).total_cmp(&whole(&b.1)));
        if descending {
            found.reverse();
        }
    }
    found.truncate(query.limit);
    Ok(found)
}

/// Every query with its series; an expression may use the ids of all others.
fn queries<'q>(call: &Call<'_>, queries: &[&'q Value], from: f64, to: f64) -> Result<Vec<(&'q Value, Series)>, Fault> {
    let mut known: BTreeMap<String, Series> = BTreeMap::new();
    let mut quotas: BTreeMap<String, f64> = BTreeMap::new();
    let mut open: Vec<&Value> = Vec::new();
    for query in queries.iter().copied() {
        match query.get("MetricStat") {
            Some(stat) => {
                let metric = stat.get("Metric").cloned().unwrap_or_default();
                if text(&metric, "Namespace") == usage::NAMESPACE
                    && let Some(quota) = usage::quota(call, text(&metric, "MetricName"), &dimensions(&metric))
                {
                    quotas.insert(text(query, "Id").to_owned(), quota);
                }
                known.insert(text(query, "Id").to_owned(), series(call, stat, from, to));
            }
            None => open.push(query),
        }
    }
    let shortest = queries.iter().filter_map(|query| number(query.get("MetricStat")?, "Period")).min();
    while !open.is_empty() {
        let before = open.len();
        let period = |query: &Value| number(query, "Period").or(shortest).unwrap_or(60).max(1);
        let value = |query: &Value| expression::evaluate(text(query, "Expression"), &known, &quotas, period(query), from as i64, to as i64);
        let found: Vec<Option<Series>> = open.iter().map(|query| value(query)).collect();
        let mut found = found.into_iter();
        open.retain(|query| match found.next().flatten() {
            Some(series) => {
                known.insert(text(query, "Id").to_owned(), series);
                false
            }
            None => true,
        });
        if open.len() == before {
            return Err(Fault::new(
                "ValidationError",
                format!("Error in expression '{}': it cannot be evaluated here", text(open[0], "Id")),
            ));
        }
    }
    Ok(queries.iter().map(|query| (*query, known.get(text(query, "Id")).cloned().unwrap_or_default())).collect())
}

pub fn get_statistics(call: &mut Call<'_>) -> Answer {
    let time = |member: &str| call.input.get(member).and_then(Value::as_f64).unwrap_or(0.0);
    let (from, to, period) = (time("StartTime"), time("EndTime"), number(call.input, "Period").unwrap_or(60));
    if from >= to {
        return Err(Fault::new("InvalidParameterCombinationException", "The parameter StartTime must be less than the parameter EndTime."));
    }
    if !([1, 5, 10, 20, 30].contains(&period) || period % 60 == 0) {
        return Err(Fault::new("InvalidParameterValueException", "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."));
    }
    if (to - from) / period as f64 > 1440.0 {
        return Err(Fault::new(
            "InvalidParameterCombinationException",
            "You have requested up to more than 1440 datapoints, which exceeds the limit. You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
        ));
    }
    let (plain, extended) = (call.texts("Statistics"), call.texts("ExtendedStatistics"));
    if plain.is_empty() && extended.is_empty() {
        return Err(Fault::new("MissingRequiredParameterException", "The parameter Statistics or ExtendedStatistics is required."));
    }
    let points = collect(call, call.input, period, from, to).into_iter().map(|(at, values)| {
        let mut point = json!({"Timestamp": at, "Unit": "None"});
        for name in &plain {
            set(&mut point, name, json!(statistic(&values, name)));
        }
        if !extended.is_empty() {
            let of: BTreeMap<&String, Option<f64>> = extended.iter().map(|name| (name, statistic(&values, name))).collect();
            set(&mut point, "ExtendedStatistics", json!(of));
        }
        present(point)
    });
    Ok(json!({"Label": call.text("MetricName"), "Datapoints": points.collect::<Vec<_>>()}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let (namespace, metric) = (call.text("Namespace"), call.text("MetricName"));
    let mut seen = BTreeSet::new();
    let mut metrics = Vec::new();
    for (_, datum) in call.all("cloudwatch.datum") {
        let own = dimensions(datum);
        let fits = items(call.input, "Dimensions").iter().all(|filter| {
            own.iter()
                .any(|(name, value)| name == text(filter, "Name") && (text(filter, "Value").is_empty() || value == text(filter, "Value")))
        });
        let named =
            (namespace.is_empty() || text(datum, "Namespace") == namespace) && (metric.is_empty() || text(datum, "MetricName") == metric);
        if named && fits && seen.insert((text(datum, "Namespace"), text(datum, "MetricName"), own)) {
            metrics.push(json!({"Namespace": datum["Namespace"], "MetricName": datum["MetricName"], "Dimensions": datum["Dimensions"]}));
        }
    }
    let of_traffic = traffic::listed(call).into_iter().filter(|(name, own)| {
        let fits = items(call.input, "Dimensions").iter().all(|filter| {
            own.iter()
                .any(|(name, value)| name == text(filter, "Name") && (text(filter, "Value").is_empty() || value == text(filter, "Value")))
        });
        fits && ["", traffic::NAMESPACE].contains(&namespace) && ["", *name].contains(&metric)
    });
    metrics.extend(of_traffic.map(|(name, own)| {
        let dimensions: Vec<Value> = own.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        json!({"Namespace": traffic::NAMESPACE, "MetricName": name, "Dimensions": dimensions})
    }));
    let of_usage = usage::listed(call).into_iter().filter(|own| {
        let fits = items(call.input, "Dimensions").iter().all(|filter| {
            own.iter()
                .any(|(name, value)| name == text(filter, "Name") && (text(filter, "Value").is_empty() || value == text(filter, "Value")))
        });
        fits && ["", usage::NAMESPACE].contains(&namespace) && ["", usage::METRIC].contains(&metric)
    });
    metrics.extend(of_usage.map(|own| {
        let dimensions: Vec<Value> = own.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        json!({"Namespace": usage::NAMESPACE, "MetricName": usage::METRIC, "Dimensions": dimensions})
    }));
    let of_databases = database::listed(call).into_iter().filter(|(name, own)| {
        let fits = items(call.input, "Dimensions").iter().all(|filter| {
            own.iter()
                .any(|(name, value)| name == text(filter, "Name") && (text(filter, "Value").is_empty() || value == text(filter, "Value")))
        });
        fits && ["", database::NAMESPACE].contains(&namespace) && ["", *name].contains(&metric)
    });
    metrics.extend(of_databases.map(|(name, own)| {
        let dimensions: Vec<Value> = own.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        json!({"Namespace": database::NAMESPACE, "MetricName": name, "Dimensions": dimensions})
    }));
    Ok(json!({"Metrics": metrics}))
}

/// The state that an alarm's data says it is in, with the reason; `None` where its state stays as it is, as it does while its metric never had data.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>
pub fn verdict(call: &Call<'_>, alarm: &Value) -> Option<(&'static str, String)> {
    let threshold = alarm.get("Threshold").and_then(Value::as_f64)?;
    let periods = number(alarm, "EvaluationPeriods").unwrap_or(1).max(1);
    let needed = number(alarm, "DatapointsToAlarm").unwrap_or(periods).min(periods);
    let period = number(alarm, "Period")
        .or_else(|| items(alarm, "Metrics").iter().find_map(|query| number(query.get("MetricStat")?, "Period")))
        .unwrap_or(60)
        .max(1);
    let now = by_clients_clock(call, alarm)?;
    let end = ((now as i64).div_euclid(period) + 1) * period;
    let from = (end - period * (periods + 1)) as f64;
    let points = match alarm.get("Metrics") {
        Some(_) => {
            let asked: Vec<&Value> = items(alarm, "Metrics").iter().collect();
            let results = queries(call, &asked, from, end as f64).ok()?;
            results.into_iter().find(|(query, _)| query.get("ReturnData").and_then(Value::as_bool).unwrap_or(true))?.1
        }
        None => {
            let name = if text(alarm, "Statistic").is_empty() { text(alarm, "ExtendedStatistic") } else { text(alarm, "Statistic") };
            collect(call, alarm, period, from, end as f64)
                .into_iter()
                .filter_map(|(at, values)| Some((at, statistic(&values, name)?)))
                .collect()
        }
    };
    let operator = text(alarm, "ComparisonOperator");
    let breaching = |value: f64| match operator {
        "GreaterThanOrEqualToThreshold" => value >= threshold,
        "GreaterThanThreshold" => value > threshold,
        "LessThanThreshold" => value < threshold,
        "LessThanOrEqualToThreshold" => value <= threshold,
        _ => false,
    };
    // The period that has just begun counts as soon as it has a value.
    let newest: Vec<f64> = points.values().rev().take(usize::try_from(periods).unwrap_or(1)).copied().collect();
    let bad = count(newest.iter().filter(|value| breaching(**value)).count());
    let absent = periods - count(newest.len());
    let shown: Vec<String> = newest.iter().rev().map(f64::to_string).collect();
    let state = match text(alarm, "TreatMissingData") {
        _ if bad >= needed => "ALARM",
        _ if bad + absent < needed => "OK",
        "breaching" => "ALARM",
        "notBreaching" => "OK",
        "ignore" => return None,
        _ if newest.is_empty() => "INSUFFICIENT_DATA",
        // Those that exist decide.
        _ if bad >= needed.min(count(newest.len())) => "ALARM",
        _ => "OK",
    };
    let reason = match newest.is_empty() {
        true => format!("Unchecked: no datapoints were received for {periods} period(s)."),
        false => format!("Threshold Crossed: {bad} datapoint(s) [{}] against the threshold ({threshold}).", shown.join(", ")),
    };
    Some((state, reason))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The present time by the clock of whoever puts an alarm's data, which the sandbox's outruns; `None` while there are none.
fn by_clients_clock(call: &Call<'_>, alarm: &Value) -> Option<f64> {
    let watched = |stat: &Value| stat["MetricStat"]["Metric"].clone();
    let metrics: Vec<Value> = match alarm.get("Metrics") {
        Some(_) => items(alarm, "Metrics").iter().map(watched).filter(Value::is_object).collect(),
        None => vec![alarm.clone()],
    };
    // The sandbox makes these by its own clock, and tells a minute when it is over.
    let told = |metric: &Value| match text(metric, "Namespace") {
        traffic::NAMESPACE => traffic::has(call, text(metric, "MetricName"), &dimensions(metric)),
        usage::NAMESPACE => usage::has(text(metric, "MetricName"), &dimensions(metric)),
        database::NAMESPACE => database::has(call, text(metric, "MetricName"), &dimensions(metric)),
        _ => false,
    };
    if metrics.iter().any(told) {
        return Some(call.now() - 60.0);
    }
    let own = |datum: &&Value| {
        metrics.iter().any(|metric| {
            let member = |name: &str| text(datum, name) == text(metric, name);
            member("Namespace") && member("MetricName") && dimensions(datum) == dimensions(metric)
        })
    };
    let newest = call.all("cloudwatch.datum").into_iter().map(|(_, datum)| datum).rfind(own)?;
    let (at, came) = (newest["_at"].as_f64()?, newest["_came"].as_f64().unwrap_or(call.now()));
    // Data of now are taken as they are; a clock that is minutes off is another one.
    let behind = if (came - at).abs() < CLOSE { 0.0 } else { came - at };
    Some(call.now() - behind)
}

/// Seconds by which the time of a datum may differ from that of its coming.
const CLOSE: f64 = 120.0;
