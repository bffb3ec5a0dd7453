//! Tags of alarms and dashboards.

use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

fn tagged(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("ResourceARN");
    let known = match arn.splitn(6, ':').nth(5).unwrap_or("").split_once([':', '/']) {
        Some(("alarm", name)) => call.get("cloudwatch.alarm", name).is_some(),
        Some(("dashboard", name)) => call.get("cloudwatch.dashboard", name).is_some(),
        _ => false,
    };
    known.then(|| arn.to_owned()).ok_or_else(|| Fault::new("ResourceNotFoundException", "Unknown resource").status(404))
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (tagged(call)?, tags_from(call.input.get("Tags")));
    let mut after = call.tags(&arn);
    after.extend(tags.clone());
    if after.len() > 50 {
        return Err(Fault::new("InvalidParameterValueException", "Too many tags: a resource has at most 50"));
    }
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (arn, keys) = (tagged(call)?, call.texts("TagKeys"));
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    Ok(json!({"Tags": tag_list(&call.tags(&tagged(call)?))}))
}
