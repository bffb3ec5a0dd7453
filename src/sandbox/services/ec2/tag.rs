//! Tags on EC2 resources: in TagSpecifications at creation, and by their own calls.

use super::filter;
use super::kind::Kind;
use crate::services::members::{items, text};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

/// The most tags a resource can have.
const LIMIT: usize = 50;

/// The tags that a create call asks for. They must be for the kind that it creates.
pub fn specified(call: &Call<'_>, kind: &Kind) -> Result<Vec<(String, String)>, Fault> {
    let mut tags = Vec::new();
    for specification in items(call.input, "TagSpecifications") {
        let resource = text(specification, "ResourceType");
        if resource != kind.resource {
            return Err(Fault::new(
                "InvalidParameterValue",
                format!("'{resource}' is not a valid taggable resource type for this operation."),
            ));
        }
        tags.extend(tags_from(specification.get("Tags")));
    }
    check(&tags)?;
    Ok(tags)
}

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arns = resources(call)?;
    let tags = tags_from(call.input.get("Tags"));
    check(&tags)?;
    for arn in &arns {
        let mut all = call.tags(arn);
        all.extend(tags.iter().cloned());
        if all.len() > LIMIT {
            return Err(limit_exceeded());
        }
    }
    for arn in arns {
        call.set_tags(&arn, tags.clone());
    }
    Ok(json!({}))
}

/// A tag without a value goes whatever its value; without any tags, all of them go.
pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    for arn in resources(call)? {
        let present = call.tags(&arn);
        let keys: Vec<String> = match call.input.get("Tags") {
            None => present.keys().filter(|key| !key.starts_with("aws:")).cloned().collect(),
            Some(tags) => {
                let matches =
                    |tag: &&Value| tag.get("Value").is_none_or(|value| present.get(text(tag, "Key")).map(String::as_str) == value.as_str());
                tags.as_array().map(|tags| tags.iter().filter(matches).map(|tag| text(tag, "Key").to_owned()).collect()).unwrap_or_default()
            }
        };
        call.unset_tags(&arn, &keys);
    }
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let own = call.arn("ec2", "");
    let mut rows = Vec::new();
    for (arn, tags) in &call.world.tags {
        let Some((resource, id)) = arn.strip_prefix(&own).and_then(|rest| rest.split_once('/')) else { continue };
        for (key, value) in tags {
            rows.push(
                json!({"Key": key, "Value": value, "ResourceId": id, "ResourceType": resource, "_tags": [{"Key": key, "Value": value}]}),
            );
        }
    }
    let known = &[("key", "Key"), ("value", "Value"), ("resource-id", "ResourceId"), ("resource-type", "ResourceType")];
    Ok(json!({"Tags": filter::select(rows, call.input.get("Filters"), known, "_tags")?}))
}

/// The ARNs of the resources a tag call names; all of them must exist.
fn resources(call: &Call<'_>) -> Result<Vec<String>, Fault> {
    let arn = |id: String| {
        let kind = Kind::of(&id).ok_or_else(|| Fault::new("InvalidID", format!("The ID '{id}' is not valid")))?;
        kind.find(call, &id)?;
        Ok(kind.arn(call, &id))
    };
    call.texts("Resources").into_iter().map(arn).collect()
}

/// "EC2 allows for any character in its tags": the letters are not looked at.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions>
fn check(tags: &[(String, String)]) -> Result<(), Fault> {
    let invalid = |message: String| Err(Fault::new("InvalidParameterValue", message));
    if tags.len() > LIMIT {
        return Err(limit_exceeded());
    }
    for (at, (key, value)) in tags.iter().enumerate() {
        if key.is_empty() || key.chars().count() > 127 {
            return invalid(format!("Tag key exceeds the maximum length of 127 characters or is empty: '{key}'"));
        }
        if value.chars().count() > 256 {
            return invalid("Tag value exceeds the maximum length of 256 characters".into());
        }
        if key.to_lowercase().starts_with("aws:") {
            return invalid("Tag keys starting with 'aws:' are reserved for internal use".into());
        }
        if tags[..at].iter().any(|(earlier, _)| earlier == key) {
            return invalid(format!("Duplicate tag key '{key}' specified."));
        }
    }
    Ok(())
}

fn limit_exceeded() -> Fault {
    Fault::new("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, vpc, world};
    use serde_json::json;

    #[test]
    fn tags_come_with_creation_and_by_call_and_go_with_the_resource() {
        let mut world = world();
        let tags = json!([{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "main"}]}]);
        let vpc = call(&mut world, "CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": tags}));
        let id = &vpc["Vpc"]["VpcId"];
        assert_eq!(vpc["Vpc"]["Tags"], json!([{"Key": "Name", "Value": "main"}]));
        call(&mut world, "CreateTags", json!({"Resources": [id], "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}));
        call(&mut world, "DeleteTags", json!({"Resources": [id], "Tags": [{"Key": "a"}, {"Key": "b", "Value": "other"}]}));
        let filter = json!([{"Name": "resource-id", "Values": [id]}]);
        let left = call(&mut world, "DescribeTags", json!({"Filters": filter}));
        assert_eq!(left["Tags"].as_array().unwrap().iter().map(|tag| tag["Key"].clone()).collect::<Vec<_>>(), ["Name", "b"]);
        call(&mut world, "DeleteVpc", json!({"VpcId": id}));
        assert!(world.tags.is_empty());
    }

    #[test]
    fn what_aws_refuses() {
        let mut world = world();
        let tags = json!([{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": "main"}]}]);
        assert_eq!(fault(&mut world, "CreateVpc", json!({"CidrBlock": "10.0.0.0/16", "TagSpecifications": tags})), "InvalidParameterValue");
        let id = vpc(&mut world);
        let aws = json!({"Resources": [id], "Tags": [{"Key": "aws:x", "Value": "1"}]});
        assert_eq!(fault(&mut world, "CreateTags", aws), "InvalidParameterValue");
        let many: Vec<_> = (0..51).map(|number| json!({"Key": format!("k{number}"), "Value": ""})).collect();
        assert_eq!(fault(&mut world, "CreateTags", json!({"Resources": [id], "Tags": many})), "TagLimitExceeded");
        assert_eq!(fault(&mut world, "CreateTags", json!({"Resources": ["banana"], "Tags": []})), "InvalidID");
        assert_eq!(fault(&mut world, "CreateTags", json!({"Resources": ["vpc-0123456789abcdef0"], "Tags": []})), "InvalidVpcID.NotFound");
    }
}
