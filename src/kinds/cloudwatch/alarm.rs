//! `cloudwatch.alarm`: watches a metric, and sends notifications when it crosses a threshold.

use crate::core::code::Check;
use crate::core::identity::Scope;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::money::Decimal;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::yes;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Alarm;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The alarm's name; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The description of the alarm: its meaning, and what to do when it goes off.
    #[serde(default)]
    pub description: String,
    /// The metric's namespace, such as AWS/ECS; left out where `metrics` is given.
    #[serde(default)]
    pub namespace: Option<String>,
    #[serde(default)]
    pub metric_name: Option<String>,
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// The statistic of the metric; left out, Average.
    #[serde(default)]
    pub statistic: Option<Statistic>,
    /// A percentile or trimmed mean instead of a statistic: p95, tm99.
    #[serde(default)]
    pub extended_statistic: Option<String>,
    /// Seconds that a data point covers: 10, 20, 30 or a multiple of 60; left out, 60.
    #[serde(default)]
    pub period: Option<u32>,
    /// Metric math instead of one metric: queries, of which exactly one returns data.
    #[serde(default)]
    pub metrics: Vec<Query>,
    /// The number of the most recent periods that are compared with the threshold.
    #[serde(default = "one")]
    pub evaluation_periods: u32,
    /// The number of data points in them that must be breaching for the alarm to go off; left out, all.
    #[serde(default)]
    pub datapoints_to_alarm: Option<u32>,
    pub threshold: f64,
    #[serde(default)]
    pub comparison_operator: Comparison,
    #[serde(default)]
    pub treat_missing_data: Missing,
    #[serde(default = "yes")]
    pub actions_enabled: bool,
    /// The ARNs that are notified when the alarm goes off: topics, scaling policies.
    #[serde(default)]
    pub alarm_actions: Vec<String>,
    /// The ARNs that are notified when the alarm is OK again.
    #[serde(default)]
    pub ok_actions: Vec<String>,
    #[serde(default)]
    pub insufficient_data_actions: Vec<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// One query of metric math: a metric, or an expression over the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The name that expressions refer to it by: a lower-case letter, then letters, digits and underscores.
    pub id: String,
    #[serde(default)]
    pub expression: Option<String>,
    #[serde(default)]
    pub metric: Option<Metric>,
    #[serde(default)]
    pub label: Option<String>,
    /// True for the one query whose data is compared with the threshold.
    #[serde(default)]
    pub return_data: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    pub namespace: String,
    pub metric_name: String,
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// The statistic: Sum, Average, p95, …
    pub stat: String,
    #[serde(default = "minute")]
    pub period: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Statistic {
    Average,
    Maximum,
    Minimum,
    SampleCount,
    Sum,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Comparison {
    GreaterThanOrEqualToThreshold,
    #[default]
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
    LessThanLowerOrGreaterThanUpperThreshold,
    LessThanLowerThreshold,
    GreaterThanUpperThreshold,
}

/// The state that missing data points count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Missing {
    Breaching,
    NotBreaching,
    Ignore,
    #[default]
    Missing,
}

fn one() -> u32 {
    1
}

fn minute() -> u32 {
    60
}

/// An alarm on these queries in place of the example's metric.
macro_rules! math {
    ($first:expr $(, $more:expr)*) => {
        concat!(
            r#"{"namespace": null, "metric_name": null, "dimensions": null, "statistic": null, "period": null, "metrics": ["#,
            $first,
            $(", ", $more,)*
            "]}"
        )
    };
}

/// A query for a metric, with more of its fields.
macro_rules! age {
    ($($more:literal)?) => {
        concat!(r#"{"id": "m1", "metric": {"namespace": "AWS/SQS", "metric_name": "Age", "stat": "Maximum"}"#, $($more,)? "}")
    };
}

/// A query over that one, which is compared.
macro_rules! double {
    () => {
        r#"{"id": "e1", "expression": "m1 * 2", "return_data": true}"#
    };
}

// Pages of AWS that several checks rest on.
const PUT: &str = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html";

impl Kind for Alarm {
    type Spec = Spec;
    const NAME: &'static str = "cloudwatch.alarm";
    const ABOUT: About = About {
        doc: "Watches a metric, and sends notifications when it crosses a threshold.",
        outputs: &["name", "arn"],
        foretold: &["name", "arn"],
        naming: Naming::Path { max: 255 },
        arn: "cloudwatch:alarm:",
        console: "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#alarmsV2:alarm/{name}",
        ..About::NEW
    };
    // PutMetricAlarm knows an alarm by its name.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("description"),
        update("namespace"),
        update("metric_name"),
        update("dimensions").loose(),
        update("statistic"),
        update("extended_statistic"),
        update("period"),
        update("metrics").document().loose(),
        update("evaluation_periods"),
        update("datapoints_to_alarm"),
        update("threshold"),
        update("comparison_operator"),
        update("treat_missing_data"),
        update("actions_enabled"),
        update("alarm_actions").set(),
        update("ok_actions").set(),
        update("insufficient_data_actions").set(),
        update("tags"),
    ];

    fn foretell(scope: &Scope, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("name".into(), name.to_owned()), ("arn".into(), scope.arn("cloudwatch", &format!("alarm:{name}")))])
    }

    fn example() -> Spec {
        Spec {
            name: None,
            description: "The tasks of the example are short of CPU".into(),
            namespace: Some("AWS/ECS".into()),
            metric_name: Some("CPUUtilization".into()),
            dimensions: BTreeMap::from([("ClusterName".into(), "${example.cluster.name}".into())]),
            statistic: Some(Statistic::Average),
            extended_statistic: None,
            period: Some(60),
            metrics: Vec::new(),
            evaluation_periods: 3,
            datapoints_to_alarm: Some(2),
            threshold: 80.0,
            comparison_operator: Comparison::GreaterThanThreshold,
            treat_missing_data: Missing::Missing,
            actions_enabled: true,
            alarm_actions: vec!["${example.topic.arn}".into()],
            ok_actions: Vec::new(),
            insufficient_data_actions: Vec::new(),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "CWA001",
            about: "An alarm has no metric, or a metric without its namespace.",
            why: "PutMetricAlarm refuses an alarm that watches nothing.",
            page: PUT,
            wrong: &[r#"{"namespace": null}"#, r#"{"metric_name": null}"#],
            right: &[r#"{"namespace": "AWS/SQS", "metric_name": "ApproximateAgeOfOldestMessage"}"#],
            find: no_metric,
        },
        Check {
            id: "CWA002",
            about: "A metric's name or namespace is empty, or longer than 255 characters.",
            why: "PutMetricAlarm refuses it.",
            page: PUT,
            wrong: &[r#"{"namespace": ""}"#, r#"{"metric_name": ""}"#],
            right: &[r#"{"namespace": "Shop"}"#],
            find: metric_name,
        },
        Check {
            id: "CWA003",
            about: "An alarm has a statistic and an extended statistic.",
            why: "PutMetricAlarm takes one of the two.",
            page: PUT,
            wrong: &[r#"{"extended_statistic": "p95"}"#],
            right: &[r#"{"statistic": null, "extended_statistic": "p95"}"#],
            find: two_statistics,
        },
        Check {
            id: "CWA004",
            about: "The extended statistic is none of CloudWatch's.",
            why: "PutMetricAlarm refuses it.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html",
            wrong: &[
                r#"{"statistic": null, "extended_statistic": "median"}"#,
                r#"{"statistic": null, "extended_statistic": "p"}"#,
                r#"{"statistic": null, "extended_statistic": "p101"}"#,
            ],
            right: &[r#"{"statistic": null, "extended_statistic": "tm99"}"#],
            find: extended,
        },
        Check {
            id: "CWA005",
            about: "A period is not one that CloudWatch collects by.",
            why: "PutMetricAlarm refuses all but 10, 20, 30 and multiples of 60 seconds.",
            page: PUT,
            wrong: &[
                r#"{"period": 45}"#,
                r#"{"period": 0}"#,
                math!(
                    r#"{"id": "m1", "metric": {"namespace": "AWS/SQS", "metric_name": "Age", "stat": "Maximum", "period": 45}, "return_data": true}"#
                ),
            ],
            right: &[r#"{"period": 300}"#],
            find: periods,
        },
        Check {
            id: "CWA006",
            about: "A metric has more than 30 dimensions.",
            why: "PutMetricAlarm refuses it: no metric can have so many.",
            page: PUT,
            wrong: &[
                r#"{"dimensions": {"d1": "x", "d2": "x", "d3": "x", "d4": "x", "d5": "x", "d6": "x", "d7": "x", "d8": "x", "d9": "x", "d10": "x", "d11": "x", "d12": "x", "d13": "x", "d14": "x", "d15": "x", "d16": "x", "d17": "x", "d18": "x", "d19": "x", "d20": "x", "d21": "x", "d22": "x", "d23": "x", "d24": "x", "d25": "x", "d26": "x", "d27": "x", "d28": "x", "d29": "x", "d30": "x", "d31": "x"}}"#,
            ],
            right: &[r#"{"dimensions": {"ServiceName": "api"}}"#],
            find: dimensions,
        },
        Check {
            id: "CWA007",
            about: "An alarm with queries has fields of a single metric as well.",
            why: "PutMetricAlarm refuses the two together.",
            page: PUT,
            wrong: &[r#"{"metrics": [{"id": "m1", "expression": "1", "return_data": true}]}"#],
            right: &[math!(age!(), double!())],
            find: single,
        },
        Check {
            id: "CWA008",
            about: "Not exactly one query of an alarm returns data.",
            why: "PutMetricAlarm refuses it: the one that does is compared with the threshold.",
            page: PUT,
            wrong: &[math!(age!()), math!(age!(r#", "return_data": true"#), double!())],
            right: &[math!(age!(), double!())],
            find: one_returns,
        },
        Check {
            id: "CWA009",
            about: "An alarm has more queries than CloudWatch takes.",
            why: "PutMetricAlarm refuses more than 20.",
            page: PUT,
            wrong: &[math!(concat!(
                r#"{"id": "m1", "expression": "1", "return_data": true}"#,
                ten_times!(r#", {"id": "m2", "expression": "1"}, {"id": "m3", "expression": "1"}"#)
            ))],
            right: &[math!(age!(), double!())],
            find: many_queries,
        },
        Check {
            id: "CWA010",
            about: "The id of a query has another form than expressions can name.",
            why: "PutMetricAlarm refuses it: ids begin with a lower-case letter, unlike functions.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html",
            wrong: &[math!(r#"{"id": "Errors", "expression": "1", "return_data": true}"#)],
            right: &[math!(age!(), double!())],
            find: query_id,
        },
        Check {
            id: "CWA011",
            about: "Two queries of an alarm have the same id.",
            why: "PutMetricAlarm refuses it: an expression could not say which one it means.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html",
            wrong: &[math!(age!(), r#"{"id": "m1", "expression": "m1 * 2", "return_data": true}"#)],
            right: &[math!(age!(), double!())],
            find: query_twice,
        },
        Check {
            id: "CWA012",
            about: "A query is both an expression and a metric, or neither.",
            why: "PutMetricAlarm takes one of the two.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html",
            wrong: &[math!(age!(r#", "expression": "1", "return_data": true"#)), math!(r#"{"id": "m1", "return_data": true}"#)],
            right: &[math!(age!(), double!())],
            find: query_kind,
        },
        Check {
            id: "CWA013",
            about: "The name of an alarm is empty, longer than 255 characters, or has control characters.",
            why: "PutMetricAlarm refuses it.",
            page: PUT,
            wrong: &[r#"{"name": ""}"#, r#"{"name": "one\ntwo"}"#],
            right: &[r#"{"name": "The shop is slow"}"#],
            find: name,
        },
        Check {
            id: "CWA014",
            about: "The description of an alarm is longer than 1024 characters.",
            why: "PutMetricAlarm refuses it.",
            page: PUT,
            wrong: &[concat!(
                "{\"description\": \"",
                ten_times!(ten_times!("and then ")),
                ten_times!("and at last "),
                ten_times!("."),
                "\"}"
            )],
            right: &[r#"{"description": "Look at the queue first"}"#],
            find: description,
        },
        Check {
            id: "CWA015",
            about: "An alarm looks at no period.",
            why: "PutMetricAlarm refuses less than one.",
            page: PUT,
            wrong: &[r#"{"evaluation_periods": 0, "datapoints_to_alarm": null}"#],
            right: &[r#"{"evaluation_periods": 1, "datapoints_to_alarm": null}"#],
            find: no_period,
        },
        Check {
            id: "CWA016",
            about: "More periods are to cross the line than are looked at, or none.",
            why: "PutMetricAlarm refuses it: such an alarm could never go off, or never rest.",
            page: PUT,
            wrong: &[r#"{"datapoints_to_alarm": 4}"#, r#"{"datapoints_to_alarm": 0}"#],
            right: &[r#"{"datapoints_to_alarm": 3}"#],
            find: datapoints,
        },
        Check {
            id: "CWA017",
            about: "An alarm compares with the band of an anomaly detection.",
            why: "PutMetricAlarm refuses such a comparison without the metric that draws the band, which this kind has no place for.",
            page: PUT,
            wrong: &[r#"{"comparison_operator": "GreaterThanUpperThreshold"}"#],
            right: &[r#"{"comparison_operator": "LessThanThreshold"}"#],
            find: band,
        },
        Check {
            id: "CWA018",
            about: "An alarm looks back further than CloudWatch does.",
            why: "PutMetricAlarm refuses more than a day in all, or a week where a period is an hour or more.",
            page: PUT,
            wrong: &[
                r#"{"period": 300, "evaluation_periods": 289}"#,
                r#"{"period": 3600, "evaluation_periods": 169}"#,
                r#"{"evaluation_periods": 4294967295}"#,
            ],
            right: &[r#"{"period": 300, "evaluation_periods": 288}"#, r#"{"period": 3600, "evaluation_periods": 168}"#],
            find: look_back,
        },
        Check {
            id: "CWA019",
            about: "An alarm has more than five actions of one sort.",
            why: "PutMetricAlarm refuses it; a topic tells as many as subscribe.",
            page: PUT,
            wrong: &[
                r#"{"ok_actions": ["${example.topic.arn}", "${example.topic.arn}", "${example.topic.arn}", "${example.topic.arn}", "${example.topic.arn}", "${example.topic.arn}"]}"#,
            ],
            right: &[r#"{"ok_actions": ["${example.topic.arn}"]}"#],
            find: many_actions,
        },
        Check {
            id: "CWA020",
            about: "An action of an alarm is not an ARN.",
            why: "PutMetricAlarm refuses it.",
            page: PUT,
            wrong: &[r#"{"alarm_actions": ["operations@example.com"]}"#, r#"{"insufficient_data_actions": ["alarms"]}"#],
            right: &[r#"{"alarm_actions": ["arn:aws:sns:us-east-1:123456789012:alarms"]}"#],
            find: actions,
        },
        Check {
            id: "CWA021",
            about: "The expression of a query names a query that the alarm does not have.",
            why: "PutMetricAlarm refuses it: nobody could say what it is worked out of.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html",
            wrong: &[math!(age!(), r#"{"id": "double", "expression": "2 * age", "return_data": true}"#)],
            right: &[
                math!(age!(), double!()),
                math!(age!(), r#"{"id": "known", "expression": "FILL(m1, 0) + IF(m1 > 1e3, 1, 0)", "return_data": true}"#),
            ],
            find: unknown_ids,
        },
    ];

    fn normalise(spec: &mut Spec) {
        spec.datapoints_to_alarm = spec.datapoints_to_alarm.or(Some(spec.evaluation_periods));
        if spec.metrics.is_empty() {
            spec.period = spec.period.or(Some(60));
            if spec.extended_statistic.is_none() {
                spec.statistic = spec.statistic.or(Some(Statistic::Average));
            }
        }
        for actions in [&mut spec.alarm_actions, &mut spec.ok_actions, &mut spec.insufficient_data_actions] {
            actions.sort();
            actions.dedup();
        }
        spec.metrics.sort_by(|a, b| a.id.cmp(&b.id));
    }

    const USAGE: &'static [Measure] = &[Measure::new(
        "metrics_analyzed",
        "metrics",
        [1, 10, 100],
        "Metrics that an alarm's Metrics Insights query reads, all that it matches; 10,000 for each query at the most.",
    )
    .idle("no alarm there has a Metrics Insights query", "say it of one that has")];
}

impl Priced for Alarm {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let metrics = spec.metrics.iter().filter_map(|query| query.metric.as_ref());
        if spec.metrics.iter().any(is_insights) {
            let beside = metrics.count();
            let most = "a Metrics Insights query reads 10,000 metrics at the most";
            let analyzed = facts.usage("metrics_analyzed").within(Decimal::ZERO, MOST_ANALYZED, most);
            let all = match beside {
                0 => analyzed,
                beside => analyzed.becomes(&format!("and {beside} beside the query"), |number| number + Decimal::from(beside)),
            };
            return vec![tariffs::cloudwatch::query_alarm(all)];
        }
        let (count, shortest) = match metrics.clone().map(|metric| metric.period).min() {
            Some(shortest) => (metrics.count(), shortest),
            None => (1, spec.period.unwrap_or_else(minute)),
        };
        let band = is_band(spec.comparison_operator);
        vec![tariffs::cloudwatch::alarm(u32::try_from(count).unwrap_or(u32::MAX), shortest, band)]
    }
}

/// The most metrics that one query reads:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html>
const MOST_ANALYZED: Decimal = Decimal::from_parts(10_000, 0, 0, false, 0);

/// True for a query in SQL, which may read many metrics.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html>
fn is_insights(query: &Query) -> bool {
    let word = query.expression.as_deref().and_then(|text| text.split_whitespace().next());
    word.is_some_and(|word| word.eq_ignore_ascii_case("SELECT"))
}

/// True for an alarm on one metric, without metric math.
fn is_single(spec: &Spec) -> bool {
    spec.metrics.is_empty()
}

fn no_metric(spec: &Spec) -> Vec<Problem> {
    let fields = [("namespace", &spec.namespace), ("metric_name", &spec.metric_name)];
    let missing = fields.into_iter().filter(|(_, value)| is_single(spec) && value.is_none());
    let problem = |field| Problem::new(field, format!("the alarm has no `{field}`")).help("give it, or `metrics` for metric math");
    missing.map(|(field, _)| problem(field)).collect()
}

fn metric_name(spec: &Spec) -> Vec<Problem> {
    let fields = [("namespace", &spec.namespace), ("metric_name", &spec.metric_name)];
    let wrong = |value: &Option<String>| value.as_ref().is_some_and(|text| !(1..=255).contains(&text.len()));
    let fields = fields.into_iter().filter(|(_, value)| is_single(spec) && wrong(value));
    fields.map(|(field, _)| Problem::new(field, "1 to 255 characters are possible")).collect()
}

fn two_statistics(spec: &Spec) -> Vec<Problem> {
    let both = is_single(spec) && spec.statistic.is_some() && spec.extended_statistic.is_some();
    let problem = || Problem::new("extended_statistic", "the alarm has a statistic and an extended statistic").help("keep one of them");
    both.then(problem).into_iter().collect()
}

fn extended(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.extended_statistic.as_deref().filter(|text| is_single(spec) && !is_extended(text));
    let problem = |text| Problem::new("extended_statistic", format!("`{text}` is not a statistic")).help("p95, tm99, iqm, …");
    wrong.map(problem).into_iter().collect()
}

fn is_extended(text: &str) -> bool {
    let start = text.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
    let number = text.get(start.len()..).and_then(|number| number.parse::<f64>().ok());
    let share = number.is_some_and(|share| (0.0..=100.0).contains(&share));
    text.eq_ignore_ascii_case("iqm")
        || text.contains('(')
        || (["p", "tm", "tc", "ts", "wm", "pr"].iter().any(|prefix| start.eq_ignore_ascii_case(prefix)) && share)
}

/// Finds something wrong with queries, each looked at by itself; fields are named from the query.
fn in_queries(spec: &Spec, find: impl Fn(&Query) -> Option<Problem>) -> Vec<Problem> {
    let queries = spec.metrics.iter().enumerate();
    queries.filter_map(|(index, query)| Some(find(query)?.below(&format!("metrics.{index}")))).collect()
}

fn periods(spec: &Spec) -> Vec<Problem> {
    let possible = |period: u32| matches!(period, 10 | 20 | 30) || (period > 0 && period.is_multiple_of(60) && period <= 604_800);
    let problem = |field: &str, period: u32| {
        let problem = || Problem::new(field, format!("a period of {period} s is not possible")).help("10, 20, 30 or a multiple of 60");
        (!possible(period)).then(problem)
    };
    let own = spec.period.filter(|_| is_single(spec)).and_then(|period| problem("period", period));
    let queried = in_queries(spec, |query| match (&query.expression, &query.metric) {
        (None, Some(metric)) => problem("metric.period", metric.period),
        _ => None,
    });
    own.into_iter().chain(queried).collect()
}

fn dimensions(spec: &Spec) -> Vec<Problem> {
    let many = is_single(spec) && spec.dimensions.len() > 30;
    many.then(|| Problem::new("dimensions", "a metric has at most 30 dimensions")).into_iter().collect()
}

fn single(spec: &Spec) -> Vec<Problem> {
    let fields = [
        ("namespace", spec.namespace.is_some()),
        ("metric_name", spec.metric_name.is_some()),
        ("dimensions", !spec.dimensions.is_empty()),
        ("statistic", spec.statistic.is_some()),
        ("extended_statistic", spec.extended_statistic.is_some()),
        ("period", spec.period.is_some()),
    ];
    let given = fields.into_iter().filter(|(_, given)| *given && !is_single(spec));
    let problem =
        |field| Problem::new(field, format!("an alarm with `metrics` has no `{field}` of its own")).help("move it into the query");
    given.map(|(field, _)| problem(field)).collect()
}

fn one_returns(spec: &Spec) -> Vec<Problem> {
    let count = spec.metrics.iter().filter(|query| query.return_data).count();
    let problem = || Problem::new("metrics", "exactly one query returns data").help("set return_data = true on the one to compare");
    (!is_single(spec) && count != 1).then(problem).into_iter().collect()
}

fn many_queries(spec: &Spec) -> Vec<Problem> {
    (spec.metrics.len() > 20).then(|| Problem::new("metrics", "an alarm has at most 20 queries")).into_iter().collect()
}

fn query_id(spec: &Spec) -> Vec<Problem> {
    let good = |id: &str| {
        id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && id.starts_with(|first: char| first.is_ascii_lowercase())
            && id.len() <= 255
    };
    let problem =
        |id: &str| Problem::new("id", format!("`{id}` cannot be the id of a query")).help("a lower-case letter, then letters, digits, _");
    in_queries(spec, |Query { id, .. }| (!good(id)).then(|| problem(id)))
}

fn query_twice(spec: &Spec) -> Vec<Problem> {
    // Only the second of the two is accused.
    let first = |query: &Query| spec.metrics.iter().find(|other| other.id == query.id);
    let again = |query: &Query| first(query).is_some_and(|first| !std::ptr::eq(first, query));
    let problem = |query: &Query| Problem::new("id", format!("two queries are called `{}`", query.id));
    in_queries(spec, |query| again(query).then(|| problem(query)))
}

fn unknown_ids(spec: &Spec) -> Vec<Problem> {
    let known = |id: &str| spec.metrics.iter().any(|query| query.id == id);
    let ids = || spec.metrics.iter().map(|query| query.id.as_str()).collect::<Vec<_>>().join(", ");
    in_queries(spec, |query| {
        let text = query.expression.as_deref().filter(|text| !is_insights(query) && !is_symbolic(text))?;
        let id = named(text).find(|id| !known(id))?;
        Some(Problem::new("expression", format!("there is no query `{id}`")).help(format!("there is {}", ids())))
    })
}

/// Returns the ids that an expression names: words in small letters that are no function and no text in quotes.
fn named(expression: &str) -> impl Iterator<Item = &str> {
    // Every second part stands in quotes.
    let plain = expression.split(['\'', '"']).step_by(2);
    let words = plain.flat_map(|part| part.split(|sign: char| !sign.is_ascii_alphanumeric() && !matches!(sign, '_' | '.')));
    words.filter(|word| word.starts_with(|first: char| first.is_ascii_lowercase()) && !word.contains('.'))
}

fn query_kind(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("expression", "a query is either an expression or a metric");
    in_queries(spec, |query| (query.expression.is_some() == query.metric.is_some()).then(problem))
}

fn name(spec: &Spec) -> Vec<Problem> {
    let good = |name: &str| (1..=255).contains(&name.len()) && !name.chars().any(char::is_control);
    let wrong = spec.name.as_deref().filter(|name| !is_symbolic(name) && !good(name));
    let problem = |name| Problem::new("name", format!("`{name}` cannot be the name of an alarm")).help("1 to 255 characters");
    wrong.map(problem).into_iter().collect()
}

fn description(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("description", "the description is longer than 1024 characters");
    (spec.description.chars().count() > 1024).then(problem).into_iter().collect()
}

fn no_period(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("evaluation_periods", "an alarm looks at one period at least");
    (spec.evaluation_periods == 0).then(problem).into_iter().collect()
}

fn datapoints(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.datapoints_to_alarm.filter(|points| !(1..=spec.evaluation_periods).contains(points));
    let problem = |points| {
        Problem::new("datapoints_to_alarm", format!("{points} of {} periods is not possible", spec.evaluation_periods))
            .help("from 1 to `evaluation_periods`")
    };
    wrong.map(problem).into_iter().collect()
}

/// True for a comparison with the band of an anomaly detection.
fn is_band(comparison: Comparison) -> bool {
    match comparison {
        Comparison::LessThanLowerOrGreaterThanUpperThreshold
        | Comparison::LessThanLowerThreshold
        | Comparison::GreaterThanUpperThreshold => true,
        Comparison::GreaterThanOrEqualToThreshold
        | Comparison::GreaterThanThreshold
        | Comparison::LessThanThreshold
        | Comparison::LessThanOrEqualToThreshold => false,
    }
}

fn band(spec: &Spec) -> Vec<Problem> {
    let problem =
        || Problem::new("comparison_operator", "anomaly detection bands are not part of this kind").help("compare with a threshold");
    is_band(spec.comparison_operator).then(problem).into_iter().collect()
}

fn look_back(spec: &Spec) -> Vec<Problem> {
    let longest = spec.metrics.iter().filter_map(|query| query.metric.as_ref()).map(|metric| metric.period).max();
    let period = longest.or(spec.period).unwrap_or_else(minute);
    let most = if period >= 3600 { 604_800 } else { 86_400 };
    let problem = || {
        let periods = spec.evaluation_periods;
        Problem::new("evaluation_periods", format!("{periods} periods of {period} s are more than CloudWatch looks back"))
            .help("a day together, or a week for periods of an hour and more")
    };
    (u64::from(period) * u64::from(spec.evaluation_periods) > most).then(problem).into_iter().collect()
}

fn all_actions(spec: &Spec) -> [(&'static str, &[String]); 3] {
    [
        ("alarm_actions", &spec.alarm_actions),
        ("ok_actions", &spec.ok_actions),
        ("insufficient_data_actions", &spec.insufficient_data_actions),
    ]
}

fn many_actions(spec: &Spec) -> Vec<Problem> {
    let many = all_actions(spec).into_iter().filter(|(_, actions)| actions.len() > 5);
    many.map(|(field, _)| Problem::new(field, "an alarm has at most 5 actions of each sort")).collect()
}

fn actions(spec: &Spec) -> Vec<Problem> {
    let all = all_actions(spec).into_iter().flat_map(|(field, actions)| actions.iter().map(move |action| (field, action)));
    let wrong = all.filter(|(_, action)| !is_symbolic(action) && !action.starts_with("arn:"));
    wrong.map(|(field, action)| Problem::new(field, format!("`{action}` is not an ARN")).help("write the ARN of a topic")).collect()
}
