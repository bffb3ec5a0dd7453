//! `cloudwatch.dashboard`: graphs on one page. Its name is its mark: it carries no tags, so it cannot be adopted or renamed.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub struct Dashboard;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The dashboard body: its widgets, as CloudWatch's own JSON.
    pub body: Value,
}

// Pages of AWS that several checks rest on.
const BODY: &str = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html";

impl Kind for Dashboard {
    type Spec = Spec;
    const NAME: &'static str = "cloudwatch.dashboard";
    const ABOUT: About = About {
        doc: "Graphs on one page.",
        outputs: &["name", "arn"],
        naming: Naming::Underscores { max: 255 },
        // It has no tags: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
        marked_by_name: true,
        console: "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards/dashboard/{name}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[update("body").document().loose()];

    fn example() -> Spec {
        Spec {
            body: json!({
                "widgets": [{
                    "type": "metric", "x": 0, "y": 0, "width": 12, "height": 6,
                    "properties": {
                        "title": "CPU", "region": "us-east-1", "period": 60, "stat": "Average",
                        "metrics": [["AWS/ECS", "CPUUtilization", "ClusterName", "example"]],
                    },
                }],
            }),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "CWA061",
            about: "The body of a dashboard has no list of widgets.",
            why: "PutDashboard refuses it.",
            page: BODY,
            wrong: &[r#"{"body": {"widgets": null}}"#, r#"{"body": "CPU"}"#],
            right: &[r#"{"body": {"widgets": []}}"#],
            find: no_widgets,
        },
        Check {
            id: "CWA062",
            about: "A dashboard has more than 500 widgets.",
            why: "PutDashboard refuses it.",
            page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
            wrong: &[concat!(
                "{\"body\": {\"widgets\": [{\"type\": \"text\"}",
                ten_times!(ten_times!(
                    ",{\"type\":\"text\"},{\"type\":\"text\"},{\"type\":\"text\"},{\"type\":\"text\"},{\"type\":\"text\"}"
                )),
                "]}}"
            )],
            right: &[r#"{"body": {"widgets": [{"type": "text", "properties": {"markdown": "Shop"}}]}}"#],
            find: many_widgets,
        },
        Check {
            id: "CWA063",
            about: "A widget has a type that CloudWatch does not know.",
            why: "PutDashboard refuses it.",
            page: BODY,
            wrong: &[r#"{"body": {"widgets": [{"type": "graph"}]}}"#],
            right: &[r#"{"body": {"widgets": [{"type": "alarm", "properties": {"alarms": []}}]}}"#],
            find: unknown_type,
        },
        Check {
            id: "CWA064",
            about: "A widget has no type.",
            why: "PutDashboard refuses it, since it could not be drawn.",
            page: BODY,
            wrong: &[r#"{"body": {"widgets": [{"width": 6}]}}"#],
            right: &[r#"{"body": {"widgets": [{"type": "log", "width": 6, "properties": {"query": "fields @message"}}]}}"#],
            find: no_type,
        },
        Check {
            id: "CWA065",
            about: "A widget is larger than the page, or has no size.",
            why: "PutDashboard refuses widths beyond 24 units and heights beyond 1000.",
            page: BODY,
            wrong: &[
                r#"{"body": {"widgets": [{"type": "text", "width": 25}]}}"#,
                r#"{"body": {"widgets": [{"type": "text", "height": 0}]}}"#,
            ],
            right: &[r#"{"body": {"widgets": [{"type": "text", "width": 24, "height": 1000, "properties": {"markdown": "Shop"}}]}}"#],
            find: size,
        },
        Check {
            id: "CWA066",
            about: "A widget says nothing of what it shows.",
            why: "PutDashboard refuses it: each widget has an object `properties`.",
            page: BODY,
            wrong: &[r#"{"body": {"widgets": [{"type": "text"}]}}"#, r#"{"body": {"widgets": [{"type": "text", "properties": "Shop"}]}}"#],
            right: &[r#"{"body": {"widgets": [{"type": "text", "properties": {"markdown": "Shop"}}]}}"#],
            find: no_properties,
        },
    ];

    fn normalise(spec: &mut Spec) {
        if let Value::String(text) = &spec.body
            && let Ok(body @ Value::Object(_)) = serde_json::from_str::<Value>(text)
        {
            spec.body = body;
        }
    }
}

impl Priced for Dashboard {
    fn price(_spec: &Spec, _facts: &Facts<'_>) -> Vec<Charge> {
        vec![tariffs::cloudwatch::dashboard()]
    }
}

/// The widgets, or `None` for a body that has none or is not known yet.
fn widgets(spec: &Spec) -> Option<&Vec<Value>> {
    spec.body.get("widgets").and_then(Value::as_array)
}

/// Finds something wrong with widgets, each looked at by itself; fields are named from the widget.
fn in_widgets(spec: &Spec, find: impl Fn(&Value) -> Vec<Problem>) -> Vec<Problem> {
    let widgets = widgets(spec).into_iter().flatten().enumerate();
    let found = |(index, widget)| find(widget).into_iter().map(move |problem: Problem| problem.below(&format!("body.widgets.{index}")));
    widgets.flat_map(found).collect()
}

fn no_widgets(spec: &Spec) -> Vec<Problem> {
    let symbolic = spec.body.as_str().is_some_and(is_symbolic);
    let problem = || Problem::new("body", "the dashboard has no widgets").help("give the body a list `widgets`");
    (!symbolic && widgets(spec).is_none()).then(problem).into_iter().collect()
}

fn many_widgets(spec: &Spec) -> Vec<Problem> {
    let count = widgets(spec).map_or(0, Vec::len);
    let problem = || Problem::new("body", format!("the dashboard has {count} widgets, and CloudWatch allows 500"));
    (count > 500).then(problem).into_iter().collect()
}

fn type_of(widget: &Value) -> Option<&str> {
    widget.get("type").and_then(Value::as_str)
}

fn unknown_type(spec: &Spec) -> Vec<Problem> {
    const TYPES: [&str; 6] = ["metric", "text", "log", "alarm", "explorer", "custom"];
    let problem = |other: &str| Problem::new("type", format!("there is no widget type `{other}`"));
    in_widgets(spec, |widget| type_of(widget).filter(|known| !TYPES.contains(known)).map(problem).into_iter().collect())
}

fn no_type(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("", "the widget has no type");
    in_widgets(spec, |widget| type_of(widget).is_none().then(problem).into_iter().collect())
}

fn no_properties(spec: &Spec) -> Vec<Problem> {
    let given = |widget: &Value| widget.get("properties").is_some_and(|given| given.is_object() || given.as_str().is_some_and(is_symbolic));
    let problem =
        || Problem::new("", "the widget has no properties").help("give it a table `properties`, as { markdown = \"…\" } for text");
    in_widgets(spec, |widget| (!given(widget)).then(problem).into_iter().collect())
}

fn size(spec: &Spec) -> Vec<Problem> {
    let side = |widget: &Value, side: &str, most: i64| {
        let size = widget.get(side).and_then(Value::as_i64)?;
        (!(1..=most).contains(&size)).then(|| Problem::new(side, format!("a {side} is 1 to {most}")))
    };
    in_widgets(spec, |widget| [side(widget, "width", 24), side(widget, "height", 1000)].into_iter().flatten().collect())
}
