//! Tags of domains.

use super::{DOMAINS, invalid};
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

pub fn add(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = resource(call)?;
    let tags = given(call)?;
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn remove(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = resource(call)?;
    call.unset_tags(&arn, &call.texts("TagKeys"));
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = resource(call)?;
    Ok(json!({"TagList": tag_list(&call.tags(&arn))}))
}

/// The tags of the input, refused if AWS would refuse them.
pub fn given(call: &Call<'_>) -> Result<Vec<(String, String)>, Fault> {
    let tags = tags_from(call.input.get("TagList"));
    if let Some((key, _)) = tags.iter().find(|(key, _)| key.to_lowercase().starts_with("aws:")) {
        return Err(invalid(format!("Tag keys may not begin with aws: ({key})")));
    }
    match tags.len() > 10 {
        true => Err(Fault::new("LimitExceededException", "A domain may have no more than 10 tags.").status(409)),
        false => Ok(tags),
    }
}

fn resource(call: &Call<'_>) -> Result<String, Fault> {
    let (arn, prefix) = (call.text("ARN"), call.arn("es", "domain/"));
    match arn.strip_prefix(&prefix) {
        Some(name) if call.get(DOMAINS, name).is_some() => Ok(arn.to_owned()),
        Some(name) => Err(Fault::new("ResourceNotFoundException", format!("Domain not found: {name}")).status(409)),
        None => Err(invalid(format!("Invalid ARN: {arn}"))),
    }
}
