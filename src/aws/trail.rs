//! CloudTrail: whoever changed a resource last, as far as it says.

use super::{Aws, During, Error, Result};
use crate::core::foreign::By;
use crate::core::identity::partition;
use crate::core::trail::{Call, newest};
use aws_sdk_cloudtrail::config::{Builder, Region};
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use std::time::Duration;

const OPERATION: &str = "cloudtrail.LookupEvents";

/// Two calls a second are all that an account has in a region.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
const PACE: Duration = Duration::from_millis(600);

/// Asks who changed a resource of a kind last since then, but for the calls of this process. `names` are its id, its name and its ARN, as
/// far as they are known.
///
/// The history is asked by the id, by the name, and, since not every service says what its calls are about, for the calls of the whole service.
pub async fn who(aws: &Aws, kind: &str, names: &[&str], since: Timestamp) -> By {
    match asked(aws, kind, names, since).await {
        Ok(Some(call)) => By::Known { arn: call.arn, event: call.event, at: call.at },
        Ok(None) => By::NotYet,
        Err(error) => By::Unread { reason: error.unread() },
    }
}

async fn asked(aws: &Aws, kind: &str, names: &[&str], since: Timestamp) -> Result<Option<Call>> {
    let (service, global) = source(kind);
    let ours = aws.calls.sent();
    let mut asked = names.iter().take(2).filter(|name| !name.is_empty()).map(|name| (*name).to_owned()).collect::<Vec<_>>();
    asked.dedup();
    let mut questions = asked.into_iter().map(|name| (LookupAttributeKey::ResourceName, name)).collect::<Vec<_>>();
    questions.push((LookupAttributeKey::EventSource, service.to_owned()));
    for (at, (key, value)) in questions.into_iter().enumerate() {
        if at > 0 {
            aws.clock.sleep(PACE).await;
        }
        let named = key == LookupAttributeKey::ResourceName;
        let calls = lookup(aws, key, &value, since, global).await?;
        let about = |call: &Call| named || call.mentions(names);
        // Services share names: a bucket and a log group may have the same.
        let found = newest(calls.into_iter().filter(|call| call.source == service && about(call)), &ours);
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

async fn lookup(aws: &Aws, key: LookupAttributeKey, value: &str, since: Timestamp, global: bool) -> Result<Vec<Call>> {
    let attribute = LookupAttribute::builder().attribute_key(key).attribute_value(value).build();
    let attribute = attribute.map_err(|error| Error::new(OPERATION, "InvalidRequest", error.to_string()))?;
    let call =
        aws.cloudtrail.lookup_events().lookup_attributes(attribute).start_time(DateTime::from_secs(since.as_second())).max_results(50);
    // Calls to services without a region are told of in one. <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html>
    let here = aws.scope.region.as_str();
    let region = if global && partition(here) == "aws" { "us-east-1" } else { here };
    let there = Builder::new().region(Region::new(region.to_owned()));
    let answer = call.customize().config_override(there).send().await.during(OPERATION)?;
    Ok(answer.events().iter().filter_map(|event| Call::read(event.cloud_trail_event()?)).collect())
}

/// Returns who a kind's calls are made to, as CloudTrail has it, and true where that has no region.
fn source(kind: &str) -> (&'static str, bool) {
    match kind.split('.').next().unwrap_or_default() {
        "autoscaling" => ("autoscaling.amazonaws.com", false),
        "cloudfront" => ("cloudfront.amazonaws.com", true),
        "cloudwatch" => ("monitoring.amazonaws.com", false),
        "ecr" => ("ecr.amazonaws.com", false),
        "ecs" => ("ecs.amazonaws.com", false),
        "elasticache" => ("elasticache.amazonaws.com", false),
        "elbv2" => ("elasticloadbalancing.amazonaws.com", false),
        "iam" => ("iam.amazonaws.com", true),
        "logs" => ("logs.amazonaws.com", false),
        "opensearch" => ("es.amazonaws.com", false),
        "rds" => ("rds.amazonaws.com", false),
        "s3" => ("s3.amazonaws.com", false),
        "secretsmanager" => ("secretsmanager.amazonaws.com", false),
        "sns" => ("sns.amazonaws.com", false),
        _ => ("ec2.amazonaws.com", false),
    }
}
