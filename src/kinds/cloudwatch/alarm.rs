//! `cloudwatch.alarm`: what is told, and to whom, when a metric crosses a line.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
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
    /// What it means when this alarm goes off, and what to do.
    #[serde(default)]
    pub description: String,
    /// The metric's namespace, such as AWS/ECS; left out where `metrics` is given.
    #[serde(default)]
    pub namespace: Option<String>,
    #[serde(default)]
    pub metric_name: Option<String>,
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// Average unless said otherwise.
    #[serde(default)]
    pub statistic: Option<Statistic>,
    /// A percentile or trimmed mean instead of a statistic: p95, tm99.
    #[serde(default)]
    pub extended_statistic: Option<String>,
    /// Seconds a data point covers: 10, 20, 30 or a multiple of 60. 60 unless said otherwise.
    #[serde(default)]
    pub period: Option<u32>,
    /// Metric math instead of one metric: queries, of which exactly one returns data.
    #[serde(default)]
    pub metrics: Vec<Query>,
    /// How many periods are looked at.
    #[serde(default = "one")]
    pub evaluation_periods: u32,
    /// How many of them must cross the line; left out, all.
    #[serde(default)]
    pub datapoints_to_alarm: Option<u32>,
    pub threshold: f64,
    #[serde(default)]
    pub comparison_operator: Comparison,
    #[serde(default)]
    pub treat_missing_data: Missing,
    #[serde(default = "yes")]
    pub actions_enabled: bool,
    /// ARNs that are told when the alarm goes off: topics, scaling policies.
    #[serde(default)]
    pub alarm_actions: Vec<String>,
    /// ARNs that are told when all is well again.
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
    /// What expressions call it: a lower-case letter, then letters, digits and underscores.
    pub id: String,
    #[serde(default)]
    pub expression: Option<String>,
    #[serde(default)]
    pub metric: Option<Metric>,
    #[serde(default)]
    pub label: Option<String>,
    /// Whether this is the one that is compared with the threshold.
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
    /// Sum, Average, p95, …
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

/// What periods without data count as.
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

fn yes() -> bool {
    true
}

impl Kind for Alarm {
    type Spec = Spec;
    const NAME: &'static str = "cloudwatch.alarm";
    const ABOUT: About = About {
        doc: "What is told, and to whom, when a metric crosses a line.",
        outputs: &["name", "arn"],
        naming: Naming::Path { max: 255 },
        arn: "cloudwatch:alarm:",
        console: "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#alarmsV2:alarm/{name}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("description"),
        update("namespace"),
        update("metric_name"),
        update("dimensions"),
        update("statistic"),
        update("extended_statistic"),
        update("period"),
        update("metrics").document(),
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

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = if spec.metrics.is_empty() { metric_problems(spec) } else { math_problems(spec) };
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name))
            && (!(1..=255).contains(&name.len()) || name.chars().any(char::is_control))
        {
            problems.push(Problem::new("name", format!("`{name}` cannot be the name of an alarm")).help("1 to 255 characters"));
        }
        if spec.description.chars().count() > 1024 {
            problems.push(Problem::new("description", "the description is longer than 1024 characters"));
        }
        if spec.evaluation_periods == 0 {
            problems.push(Problem::new("evaluation_periods", "an alarm looks at one period at least"));
        }
        if let Some(points) = spec.datapoints_to_alarm.filter(|points| !(1..=spec.evaluation_periods).contains(points)) {
            problems.push(
                Problem::new("datapoints_to_alarm", format!("{points} of {} periods is not possible", spec.evaluation_periods))
                    .help("from 1 to `evaluation_periods`"),
            );
        }
        if !spec.threshold.is_finite() {
            problems.push(Problem::new("threshold", "the threshold is not a number"));
        }
        if matches!(
            spec.comparison_operator,
            Comparison::LessThanLowerOrGreaterThanUpperThreshold
                | Comparison::LessThanLowerThreshold
                | Comparison::GreaterThanUpperThreshold
        ) {
            problems.push(
                Problem::new("comparison_operator", "anomaly detection bands are not part of this kind").help("compare with a threshold"),
            );
        }
        let longest = spec.metrics.iter().filter_map(|query| query.metric.as_ref()).map(|metric| metric.period).max();
        let period = longest.or(spec.period).unwrap_or(60);
        let most = if period >= 3600 { 604_800 } else { 86_400 };
        if u64::from(period) * u64::from(spec.evaluation_periods) > most {
            problems.push(
                Problem::new(
                    "evaluation_periods",
                    format!("{} periods of {period} s are more than CloudWatch looks back", spec.evaluation_periods),
                )
                .help("a day together, or a week for periods of an hour and more"),
            );
        }
        for (field, actions) in [
            ("alarm_actions", &spec.alarm_actions),
            ("ok_actions", &spec.ok_actions),
            ("insufficient_data_actions", &spec.insufficient_data_actions),
        ] {
            if actions.len() > 5 {
                problems.push(Problem::new(field, "an alarm has at most 5 actions of each sort"));
            }
            for action in actions.iter().filter(|action| !is_symbolic(action) && !action.starts_with("arn:")) {
                problems.push(Problem::new(field, format!("`{action}` is not an ARN")).help("write the ARN of a topic"));
            }
        }
        problems
    }

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
}

impl Priced for Alarm {
    fn price(spec: &Spec, _facts: &Facts<'_>) -> Vec<Charge> {
        let band = matches!(
            spec.comparison_operator,
            Comparison::LessThanLowerOrGreaterThanUpperThreshold
                | Comparison::LessThanLowerThreshold
                | Comparison::GreaterThanUpperThreshold
        );
        let metrics = spec.metrics.iter().filter_map(|query| query.metric.as_ref());
        let (count, shortest) = match metrics.clone().map(|metric| metric.period).min() {
            Some(shortest) => (metrics.count(), shortest),
            None => (1, spec.period.unwrap_or_else(minute)),
        };
        vec![tariffs::cloudwatch::alarm(u32::try_from(count).unwrap_or(u32::MAX), shortest, band)]
    }
}

fn metric_problems(spec: &Spec) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (field, value) in [("namespace", &spec.namespace), ("metric_name", &spec.metric_name)] {
        match value.as_deref() {
            None => problems.push(Problem::new(field, format!("the alarm has no `{field}`")).help("give it, or `metrics` for metric math")),
            Some(text) if text.is_empty() || text.len() > 255 => problems.push(Problem::new(field, "1 to 255 characters are possible")),
            Some(_) => {}
        }
    }
    if spec.statistic.is_some() && spec.extended_statistic.is_some() {
        problems.push(Problem::new("extended_statistic", "the alarm has a statistic and an extended statistic").help("keep one of them"));
    }
    if let Some(extended) = spec.extended_statistic.as_deref().filter(|text| !is_extended(text)) {
        problems.push(Problem::new("extended_statistic", format!("`{extended}` is not a statistic")).help("p95, tm99, iqm, …"));
    }
    if let Some(period) = spec.period {
        problems.extend(period_problem("period", period));
    }
    if spec.dimensions.len() > 30 {
        problems.push(Problem::new("dimensions", "a metric has at most 30 dimensions"));
    }
    problems
}

fn math_problems(spec: &Spec) -> Vec<Problem> {
    let mut problems = Vec::new();
    let single = [
        ("namespace", spec.namespace.is_some()),
        ("metric_name", spec.metric_name.is_some()),
        ("dimensions", !spec.dimensions.is_empty()),
        ("statistic", spec.statistic.is_some()),
        ("extended_statistic", spec.extended_statistic.is_some()),
        ("period", spec.period.is_some()),
    ];
    for (field, _) in single.iter().filter(|(_, given)| *given) {
        problems.push(Problem::new(*field, format!("an alarm with `metrics` has no `{field}` of its own")).help("move it into the query"));
    }
    if spec.metrics.iter().filter(|query| query.return_data).count() != 1 {
        problems.push(Problem::new("metrics", "exactly one query returns data").help("set return_data = true on the one to compare"));
    }
    if spec.metrics.len() > 20 {
        problems.push(Problem::new("metrics", "an alarm has at most 20 queries"));
    }
    for (index, query) in spec.metrics.iter().enumerate() {
        let at = |part: &str| format!("metrics.{index}.{part}");
        let plain = query.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !plain || !query.id.starts_with(|first: char| first.is_ascii_lowercase()) || query.id.len() > 255 {
            problems.push(
                Problem::new(at("id"), format!("`{}` cannot be the id of a query", query.id))
                    .help("a lower-case letter, then letters, digits, _"),
            );
        }
        if spec.metrics[..index].iter().any(|other| other.id == query.id) {
            problems.push(Problem::new(at("id"), format!("two queries are called `{}`", query.id)));
        }
        match (&query.expression, &query.metric) {
            (Some(_), None) => {}
            (None, Some(metric)) => problems.extend(period_problem(&at("metric.period"), metric.period)),
            (Some(_), Some(_)) | (None, None) => {
                problems.push(Problem::new(at("expression"), "a query is either an expression or a metric"))
            }
        }
    }
    problems
}

fn period_problem(field: &str, period: u32) -> Option<Problem> {
    let possible = matches!(period, 10 | 20 | 30) || (period > 0 && period.is_multiple_of(60) && period <= 604_800);
    (!possible).then(|| Problem::new(field, format!("a period of {period} s is not possible")).help("10, 20, 30 or a multiple of 60"))
}

fn is_extended(text: &str) -> bool {
    let start = text.trim_end_matches(|letter: char| !letter.is_ascii_alphabetic());
    text.eq_ignore_ascii_case("iqm")
        || text.contains('(')
        || (["p", "tm", "tc", "ts", "wm", "pr"].iter().any(|prefix| start.eq_ignore_ascii_case(prefix)) && start.len() < text.len())
}
