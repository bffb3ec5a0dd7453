//! The Resource Groups Tagging API, over the one tag store.
//!
//! It sees what the real one sees, which by its page of supported services is every type that can be tagged but IAM's
//! users and roles. It may lag (`World::tagging_lag`): then it shows old tags, and ghosts of what is gone.
//! <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html>

use super::Handler;
use crate::world::{Call, Fault, World};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "GetResources" => get_resources,
        "GetTagKeys" => get_tag_keys,
        "GetTagValues" => get_tag_values,
        "TagResources" => tag_resources,
        "UntagResources" => untag_resources,
        _ => return None,
    })
}

/// Taggable types of the sandbox's services that the tagging API does not show.
const UNSEEN: &[&str] = &["iam:role", "iam:user"];

fn get_resources(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arns = call.texts("ResourceARNList");
    let (types, filters) = (call.texts("ResourceTypeFilters"), tag_filters(call.input)?);
    let filtered = !types.is_empty() || !filters.is_empty();
    if filtered && !arns.is_empty() {
        return Err(invalid("ResourceARNList cannot be combined with TagFilters or ResourceTypeFilters"));
    }
    let found = visible(call).into_iter().filter(|(arn, tags)| {
        (arns.is_empty() || arns.contains(arn))
            && (types.is_empty() || types.iter().any(|wanted| of_type(arn, wanted)))
            && filters.iter().all(|(key, values)| tags.get(key).is_some_and(|value| values.is_empty() || values.contains(value)))
    });
    let list: Vec<Value> = found.map(|(arn, tags)| json!({"ResourceARN": arn, "Tags": crate::world::tag_list(&tags)})).collect();
    Ok(json!({"ResourceTagMappingList": list, "PaginationToken": ""}))
}

fn get_tag_keys(call: &mut Call<'_>) -> Result<Value, Fault> {
    let keys: BTreeSet<String> = visible(call).into_values().flat_map(BTreeMap::into_keys).collect();
    Ok(json!({"TagKeys": keys, "PaginationToken": ""}))
}

fn get_tag_values(call: &mut Call<'_>) -> Result<Value, Fault> {
    let values: BTreeSet<String> = visible(call).into_values().filter_map(|mut tags| tags.remove(call.text("Key"))).collect();
    Ok(json!({"TagValues": values, "PaginationToken": ""}))
}

fn tag_resources(call: &mut Call<'_>) -> Result<Value, Fault> {
    let tags: Vec<(String, String)> = crate::world::tags_from(call.input.get("Tags"));
    for_each_arn(call, |call, arn| call.set_tags(arn, tags.clone()))
}

fn untag_resources(call: &mut Call<'_>) -> Result<Value, Fault> {
    let keys = call.texts("TagKeys");
    for_each_arn(call, |call, arn| call.unset_tags(arn, &keys))
}

/// Changes each resource that can be changed, and names the others in the answer.
fn for_each_arn(call: &mut Call<'_>, change: impl Fn(&mut Call<'_>, &str)) -> Result<Value, Fault> {
    let mut failed = Map::new();
    for arn in call.texts("ResourceARNList") {
        if exists(&call.world, &arn) && in_region(call, &arn) && !UNSEEN.contains(&resource_type(&arn).as_str()) {
            change(call, &arn);
        } else {
            let failure = json!({"StatusCode": 400, "ErrorCode": "InvalidParameterException", "ErrorMessage": format!("{arn} is not a resource here")});
            failed.insert(arn, failure);
        }
    }
    Ok(json!({"FailedResourcesMap": failed}))
}

/// Tags by ARN of everything that the caller's region shows.
fn visible(call: &Call<'_>) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut tags = call.world.tags_as_indexed(call.millis);
    tags.retain(|arn, _| in_region(call, arn) && !UNSEEN.contains(&resource_type(arn).as_str()));
    tags
}

fn tag_filters(input: &Value) -> Result<Vec<(String, Vec<String>)>, Fault> {
    let mut filters = Vec::new();
    for filter in input.get("TagFilters").and_then(Value::as_array).into_iter().flatten() {
        let key = filter.get("Key").and_then(Value::as_str).ok_or_else(|| invalid("a tag filter has no Key"))?;
        let values = filter.get("Values").and_then(Value::as_array).into_iter().flatten();
        filters.push((key.to_owned(), values.filter_map(Value::as_str).map(String::from).collect()));
    }
    Ok(filters)
}

/// Global resources show in us-east-1, buckets in the region that they were made in.
fn in_region(call: &Call<'_>, arn: &str) -> bool {
    let region = arn.split(':').nth(3).unwrap_or("");
    if let Some(bucket) = arn.strip_prefix("arn:aws:s3:::") {
        let home =
            call.get("s3.bucket", bucket).and_then(|row| row.get("_region").or_else(|| row.get("BucketRegion"))).and_then(Value::as_str);
        return home.unwrap_or("us-east-1") == call.region;
    }
    if region.is_empty() { call.region == "us-east-1" } else { region == call.region }
}

/// `ec2:vpc` out of `arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1`.
fn resource_type(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next().unwrap_or(""), parts.nth(2).unwrap_or(""));
    let noun = match service {
        "s3" => "bucket",
        "sns" => "topic",
        "sqs" => "queue",
        _ => resource.split([':', '/']).find(|part| !part.is_empty()).unwrap_or(""),
    };
    format!("{service}:{noun}")
}

/// `ec2` wants all of EC2, `ec2:vpc` one type.
fn of_type(arn: &str, wanted: &str) -> bool {
    let own = resource_type(arn);
    own == wanted || own.split(':').next() == Some(wanted)
}

fn exists(world: &World, arn: &str) -> bool {
    world.tags.contains_key(arn)
        || world.tables.values().flat_map(BTreeMap::values).any(|row| row.get("_arn").and_then(Value::as_str) == Some(arn))
}

fn invalid(text: &str) -> Fault {
    Fault::new("InvalidParameterException", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(world: &mut World, operation: &str, input: Value) -> Value {
        let mut call = Call::new(world, &input, "resourcegroupstaggingapi", operation, "us-east-1");
        handler(operation).unwrap()(&mut call).unwrap()
    }

    fn seen(world: &mut World, input: Value) -> Vec<String> {
        let answer = ask(world, "GetResources", input);
        answer["ResourceTagMappingList"].as_array().unwrap().iter().map(|row| row["ResourceARN"].as_str().unwrap().to_owned()).collect()
    }

    const VPC: &str = "arn:aws:ec2:us-east-1:1:vpc/vpc-1";

    fn world() -> World {
        let mut world = World::new("1", 0, 0);
        let input = json!({});
        let mut call = Call::new(&mut world, &input, "ec2", "", "us-east-1");
        for arn in [
            VPC,
            "arn:aws:ec2:us-east-1:1:subnet/s-1",
            "arn:aws:iam::1:role/r",
            "arn:aws:ec2:eu-west-1:1:vpc/vpc-2",
            "arn:aws:cloudfront::1:distribution/E",
        ] {
            call.set_tags(arn, [("proj".to_owned(), "demo".to_owned())]);
        }
        world
    }

    #[test]
    fn filters_by_tag_type_and_region() {
        let mut world = world();
        assert_eq!(seen(&mut world, json!({})).len(), 3, "not the role, not the other region");
        assert_eq!(seen(&mut world, json!({"ResourceTypeFilters": ["ec2:vpc"]})), [VPC]);
        assert_eq!(seen(&mut world, json!({"ResourceTypeFilters": ["ec2"]})).len(), 2);
        assert!(seen(&mut world, json!({"TagFilters": [{"Key": "proj", "Values": ["other"]}]})).is_empty());
        assert_eq!(ask(&mut world, "GetTagValues", json!({"Key": "proj"}))["TagValues"], json!(["demo"]));
    }

    #[test]
    fn with_a_lag_it_shows_what_was() {
        let mut world = world();
        world.tagging_lag = 1000;
        ask(&mut world, "TagResources", json!({"ResourceARNList": [VPC], "Tags": {"proj": "new"}}));
        let filter = json!({"TagFilters": [{"Key": "proj", "Values": ["new"]}]});
        assert!(seen(&mut world, filter.clone()).is_empty());
        world.advance_to(1001);
        assert_eq!(seen(&mut world, filter), [VPC]);
    }
}
