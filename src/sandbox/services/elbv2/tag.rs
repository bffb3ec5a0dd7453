//! Tags: at creation and by their own calls, on all four kinds.

use super::invalid;
use super::kind::Kind;
use crate::services::members::texts;
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

const LIMIT: usize = 50;
/// The most resources that one call may ask about.
const ASKED: usize = 20;

/// The tags that a create call asks for.
pub fn given(call: &Call<'_>) -> Result<Vec<(String, String)>, Fault> {
    let tags = tags_from(call.input.get("Tags"));
    for (at, (key, _)) in tags.iter().enumerate() {
        if tags[..at].iter().any(|(earlier, _)| earlier == key) {
            return Err(Fault::new("DuplicateTagKeys", format!("The tag key '{key}' was specified more than once")));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(invalid(format!("Tag key '{key}' begins with aws:, which is reserved for AWS")));
        }
    }
    if tags.len() > LIMIT {
        return Err(too_many());
    }
    Ok(tags)
}

pub fn add(call: &mut Call<'_>) -> Result<Value, Fault> {
    let tags = given(call)?;
    let arns = resources(call)?;
    for arn in &arns {
        let mut all = call.tags(arn);
        all.extend(tags.iter().cloned());
        if all.len() > LIMIT {
            return Err(too_many());
        }
    }
    for arn in arns {
        call.set_tags(&arn, tags.clone());
    }
    Ok(json!({}))
}

pub fn remove(call: &mut Call<'_>) -> Result<Value, Fault> {
    let keys = texts(call.input, "TagKeys");
    for arn in resources(call)? {
        call.unset_tags(&arn, &keys);
    }
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arns = resources(call)?;
    if arns.len() > ASKED {
        return Err(invalid(format!("Cannot have more than {ASKED} resources described at once")));
    }
    let described: Vec<Value> = arns.iter().map(|arn| json!({"ResourceArn": arn, "Tags": tag_list(&call.tags(arn))})).collect();
    Ok(json!({"TagDescriptions": described}))
}

/// The resources that a tag call names; all of them must exist.
fn resources(call: &Call<'_>) -> Result<Vec<String>, Fault> {
    let arns = call.texts("ResourceArns");
    for arn in &arns {
        Kind::of(arn).ok_or_else(|| invalid(format!("'{arn}' is not a valid ARN")))?.find(call, arn)?;
    }
    Ok(arns)
}

fn too_many() -> Fault {
    Fault::new("TooManyTags", format!("The maximum number of tags per resource is {LIMIT}"))
}
