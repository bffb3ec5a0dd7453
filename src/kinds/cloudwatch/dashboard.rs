//! `cloudwatch.dashboard`: graphs on one page. Its name is its mark: it carries no tags, so it cannot be adopted or renamed.

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

impl Kind for Dashboard {
    type Spec = Spec;
    const NAME: &'static str = "cloudwatch.dashboard";
    const ABOUT: About = About {
        doc: "Graphs on one page.",
        outputs: &["name", "arn"],
        naming: Naming::Underscores { max: 255 },
        console: "https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards/dashboard/{name}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[update("body").document()];

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

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        let widgets = match &spec.body {
            Value::String(text) if is_symbolic(text) => return problems,
            body => body.get("widgets").and_then(Value::as_array),
        };
        let Some(widgets) = widgets else {
            problems.push(Problem::new("body", "the dashboard has no widgets").help("give the body a list `widgets`"));
            return problems;
        };
        if widgets.len() > 500 {
            problems.push(Problem::new("body", format!("the dashboard has {} widgets, and CloudWatch allows 500", widgets.len())));
        }
        for (index, widget) in widgets.iter().enumerate() {
            match widget.get("type").and_then(Value::as_str) {
                Some("metric" | "text" | "log" | "alarm" | "explorer" | "custom") => {}
                Some(other) => {
                    problems.push(Problem::new(format!("body.widgets.{index}.type"), format!("there is no widget type `{other}`")))
                }
                None => problems.push(Problem::new(format!("body.widgets.{index}"), "the widget has no type")),
            }
            for (side, most) in [("width", 24), ("height", 1000)] {
                if widget.get(side).and_then(Value::as_i64).is_some_and(|size| !(1..=most).contains(&size)) {
                    problems.push(Problem::new(format!("body.widgets.{index}.{side}"), format!("a {side} is 1 to {most}")));
                }
            }
        }
        problems
    }

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
