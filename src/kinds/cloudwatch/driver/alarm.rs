//! Makes, reads, changes and deletes `cloudwatch.alarm` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::cloudwatch::alarm::*;
use crate::kinds::cloudwatch::driver;
use crate::kinds::spelling::{choice, number, word};
use aws_sdk_cloudwatch::types::{AlarmType, Dimension, Metric as AwsMetric, MetricAlarm, MetricDataQuery, MetricStat};
use futures::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

impl Driver for Alarm {
    const ABSENT: &'static [&'static str] = driver::ABSENT;
    const AGAIN: Again<Spec> = Again::Overwritten(|new| new.name.clone());

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let found = match select {
            Select::Ids(ids) => by_name(aws, ids.clone()).await?,
            Select::Owned { names, .. } => owned(aws, names).await?,
        };
        try_join_all(found.into_iter().map(async |alarm| {
            let arn = alarm.alarm_arn.clone().unwrap_or_default();
            let tags = aws.tagged.tags(aws, &arn, true, || driver::tags(aws, &arn)).await?;
            live(aws, alarm, arn, &tags)
        }))
        .await
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        put(aws, &new.name, &new.spec, Some(&new.tags)).await?;
        let arn = aws.scope.arn("cloudwatch", &format!("alarm:{}", new.name));
        Ok(Made::new(&new.name, [("name", new.name.clone()), ("arn", arn)]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        // The call replaces the whole alarm, so the whole is sent.
        put(aws, &change.live.id, &change.wanted, None).await?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.cloudwatch.delete_alarms().alarm_names(&live.id).send().await.during("cloudwatch.DeleteAlarms")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.arn, tags).await
    }
}

/// Returns the alarms under our prefix, and besides them those that carry our tag or a name that is wanted.
async fn owned(aws: &Aws, names: &[String]) -> Result<Vec<MetricAlarm>> {
    let path = aws.scope.path();
    let under = async {
        let mut found = Vec::new();
        let call = aws.cloudwatch.describe_alarms().alarm_types(AlarmType::MetricAlarm).alarm_name_prefix(&path);
        let mut pages = call.max_records(100).into_paginator().send();
        while let Some(page) = pages.next().await {
            found.extend(page.during("cloudwatch.DescribeAlarms")?.metric_alarms.unwrap_or_default());
        }
        Ok::<_, Error>(found)
    };
    let elsewhere = async {
        let tagged = aws.tagged.arns(aws, Alarm::ABOUT.arn).await?;
        let tagged = tagged.iter().filter_map(|arn| arn.splitn(7, ':').nth(6).map(String::from));
        let names = tagged.chain(names.iter().cloned()).filter(|name| !name.starts_with(&path)).collect::<BTreeSet<_>>();
        by_name(aws, names.into_iter().collect()).await
    };
    let (mut found, elsewhere) = tokio::try_join!(under, elsewhere)?;
    found.extend(elsewhere);
    Ok(found)
}

async fn by_name(aws: &Aws, names: Vec<String>) -> Result<Vec<MetricAlarm>> {
    let answers = try_join_all(names.chunks(100).map(async |names| {
        let call = aws.cloudwatch.describe_alarms().alarm_types(AlarmType::MetricAlarm).set_alarm_names(Some(names.to_vec()));
        call.max_records(100).send().await.during("cloudwatch.DescribeAlarms")
    }));
    Ok(answers.await?.into_iter().flat_map(|answer| answer.metric_alarms.unwrap_or_default()).collect())
}

async fn put(aws: &Aws, name: &str, spec: &Spec, tags: Option<&BTreeMap<String, String>>) -> Result<()> {
    const CALL: &str = "cloudwatch.PutMetricAlarm";
    let math = !spec.metrics.is_empty();
    let metrics = spec.metrics.iter().map(|one| query(CALL, one)).collect::<Result<Vec<_>>>()?;
    aws.cloudwatch
        .put_metric_alarm()
        .alarm_name(name)
        .alarm_description(&spec.description)
        .set_namespace(spec.namespace.clone())
        .set_metric_name(spec.metric_name.clone())
        .set_dimensions((!math).then(|| dimensions(&spec.dimensions)))
        .set_statistic(spec.statistic.map(|statistic| word(&statistic).as_str().into()))
        .set_extended_statistic(spec.extended_statistic.clone())
        .set_period(spec.period.map(|seconds| number(CALL, "period", seconds)).transpose()?)
        .set_metrics(math.then_some(metrics))
        .evaluation_periods(number(CALL, "evaluation_periods", spec.evaluation_periods)?)
        .set_datapoints_to_alarm(spec.datapoints_to_alarm.map(|points| number(CALL, "datapoints_to_alarm", points)).transpose()?)
        .threshold(spec.threshold)
        .comparison_operator(word(&spec.comparison_operator).as_str().into())
        .treat_missing_data(word(&spec.treat_missing_data))
        .actions_enabled(spec.actions_enabled)
        .set_alarm_actions(Some(spec.alarm_actions.clone()))
        .set_ok_actions(Some(spec.ok_actions.clone()))
        .set_insufficient_data_actions(Some(spec.insufficient_data_actions.clone()))
        .set_tags(tags.map(driver::tag_list))
        .send()
        .await
        .during(CALL)?;
    Ok(())
}

fn live(aws: &Aws, alarm: MetricAlarm, arn: String, tags: &BTreeMap<String, String>) -> Result<Live<Spec>> {
    const CALL: &str = "cloudwatch.DescribeAlarms";
    let name = alarm.alarm_name.unwrap_or_default();
    Ok(Live {
        id: name.clone(),
        claim: aws.claim(tags),
        state: State::Ready,
        outputs: BTreeMap::from([("name".into(), name.clone()), ("arn".into(), arn.clone())]),
        spec: Spec {
            name: Some(name.clone()),
            description: alarm.alarm_description.unwrap_or_default(),
            namespace: alarm.namespace,
            metric_name: alarm.metric_name,
            dimensions: from_dimensions(alarm.dimensions),
            statistic: alarm.statistic.map(|statistic| choice(CALL, statistic.as_str())).transpose()?,
            extended_statistic: alarm.extended_statistic,
            period: alarm.period.map(|seconds| number(CALL, "Period", seconds)).transpose()?,
            metrics: alarm.metrics.unwrap_or_default().into_iter().map(|one| from_query(CALL, one)).collect::<Result<_>>()?,
            evaluation_periods: number(CALL, "EvaluationPeriods", alarm.evaluation_periods.unwrap_or_default())?,
            datapoints_to_alarm: alarm.datapoints_to_alarm.map(|points| number(CALL, "DatapointsToAlarm", points)).transpose()?,
            threshold: alarm.threshold.unwrap_or_default(),
            comparison_operator: match &alarm.comparison_operator {
                Some(operator) => choice(CALL, operator.as_str())?,
                None => Comparison::default(),
            },
            treat_missing_data: match alarm.treat_missing_data.as_deref() {
                Some(word) => choice(CALL, word)?,
                None => Missing::Missing,
            },
            actions_enabled: alarm.actions_enabled.unwrap_or(true),
            alarm_actions: alarm.alarm_actions.unwrap_or_default(),
            ok_actions: alarm.ok_actions.unwrap_or_default(),
            insufficient_data_actions: alarm.insufficient_data_actions.unwrap_or_default(),
            tags: own_tags(tags),
        },
        name,
        arn,
    })
}

fn query(call: &'static str, query: &Query) -> Result<MetricDataQuery> {
    let stat = query.metric.as_ref().map(|metric| {
        let of = AwsMetric::builder()
            .namespace(&metric.namespace)
            .metric_name(&metric.metric_name)
            .set_dimensions(Some(dimensions(&metric.dimensions)))
            .build();
        let period = number(call, "period", metric.period)?;
        Ok::<_, Error>(MetricStat::builder().metric(of).stat(&metric.stat).period(period).build())
    });
    Ok(MetricDataQuery::builder()
        .id(&query.id)
        .set_expression(query.expression.clone())
        .set_metric_stat(stat.transpose()?)
        .set_label(query.label.clone())
        .return_data(query.return_data)
        .build())
}

fn from_query(call: &'static str, query: MetricDataQuery) -> Result<Query> {
    let metric = query.metric_stat.map(|stat| {
        let (of, period) = (stat.metric.unwrap_or_else(|| AwsMetric::builder().build()), stat.period);
        Ok::<_, Error>(Metric {
            namespace: of.namespace.unwrap_or_default(),
            metric_name: of.metric_name.unwrap_or_default(),
            dimensions: from_dimensions(of.dimensions),
            stat: stat.stat.unwrap_or_default(),
            period: number(call, "Period", period.unwrap_or_default())?,
        })
    });
    Ok(Query {
        id: query.id.unwrap_or_default(),
        expression: query.expression,
        metric: metric.transpose()?,
        label: query.label,
        // Left out, AWS takes it for true.
        return_data: query.return_data.unwrap_or(true),
    })
}

fn dimensions(map: &BTreeMap<String, String>) -> Vec<Dimension> {
    map.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build()).collect()
}

fn from_dimensions(list: Option<Vec<Dimension>>) -> BTreeMap<String, String> {
    list.unwrap_or_default().into_iter().map(|one| (one.name.unwrap_or_default(), one.value.unwrap_or_default())).collect()
}
