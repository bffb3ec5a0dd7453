//! Tags of distributions, the only resources of ours here that have any.

use super::DISTRIBUTIONS;
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

pub fn add(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (arn, tags) = (resource(call)?, given(&call.input["Tags"])?);
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn remove(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = resource(call)?;
    let keys: Vec<String> =
        call.input["TagKeys"]["Items"].as_array().into_iter().flatten().filter_map(|key| key.as_str().map(String::from)).collect();
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = resource(call)?;
    Ok(json!({"Tags": {"Items": tag_list(&call.tags(&arn))}}))
}

/// The tags of a `Tags` structure, refused if AWS would refuse them.
pub fn given(tags: &Value) -> Result<Vec<(String, String)>, Fault> {
    let tags = tags_from(tags.get("Items"));
    match tags.len() > 50 || tags.iter().any(|(key, _)| key.to_lowercase().starts_with("aws:")) {
        true => Err(Fault::new("InvalidTagging", "A resource has no more than 50 tags, and none that begins with aws:")),
        false => Ok(tags),
    }
}

fn resource(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("Resource");
    let prefix = format!("arn:aws:cloudfront::{}:distribution/", call.world.account);
    match arn.strip_prefix(&prefix) {
        Some(id) if call.get(DISTRIBUTIONS, id).is_some() => Ok(arn.to_owned()),
        Some(_) => Err(Fault::new("NoSuchResource", format!("A resource that was specified is not valid: {arn}")).status(404)),
        None => Err(Fault::new("InvalidArgument", format!("The ARN is not one of a distribution in this account: {arn}"))),
    }
}
