//! Every metric that an alarm of a view watches, by itself or in an expression.

use crate::core::view::{Seen, View};
use crate::kinds::cloudwatch::alarm::{Alarm, Spec};
use std::collections::BTreeMap;

/// One metric of one alarm.
pub struct Watched<'v, 'a> {
    pub seen: &'v Seen<'a>,
    pub spec: &'v Spec,
    pub namespace: &'v str,
    pub metric: &'v str,
    pub dimensions: &'v BTreeMap<String, String>,
    /// Seconds that a data point covers.
    pub period: u32,
    /// The place of its query among those of metric math; none for the alarm's own metric.
    query: Option<usize>,
}

impl Watched<'_, '_> {
    /// Returns the field of the alarm that a field of the metric is.
    pub fn field(&self, name: &str) -> String {
        match self.query {
            Some(at) => format!("metrics.{at}.metric.{name}"),
            None => name.to_owned(),
        }
    }

    /// True when the threshold is one of the metric itself.
    pub fn is_alone(&self) -> bool {
        self.query.is_none()
    }
}

pub fn watched<'v, 'a>(view: &'v View<'a>) -> Vec<Watched<'v, 'a>> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Alarm>() {
        if let (Some(namespace), Some(metric)) = (&spec.namespace, &spec.metric_name) {
            let period = spec.period.unwrap_or(60);
            found.push(Watched { seen, spec, namespace, metric, dimensions: &spec.dimensions, period, query: None });
        }
        for (at, metric) in spec.metrics.iter().enumerate().filter_map(|(at, query)| Some((at, query.metric.as_ref()?))) {
            found.push(Watched {
                seen,
                spec,
                namespace: &metric.namespace,
                metric: &metric.metric_name,
                dimensions: &metric.dimensions,
                period: metric.period,
                query: Some(at),
            });
        }
    }
    found
}
