//! EC2's answers about the account: it has no default VPC, and AWS's default limits.

use crate::world::{Call, Fault};
use serde_json::{Value, json};

const ATTRIBUTES: [(&str, &str); 6] = [
    ("supported-platforms", "VPC"),
    ("default-vpc", "none"),
    ("max-instances", "20"),
    ("vpc-max-security-groups-per-interface", "5"),
    ("max-elastic-ips", "5"),
    ("vpc-max-elastic-ips", "5"),
];

pub fn describe_attributes(call: &mut Call<'_>) -> Result<Value, Fault> {
    let wanted = call.texts("AttributeNames");
    let shown = ATTRIBUTES.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name));
    let attributes: Vec<Value> =
        shown.map(|(name, value)| json!({"AttributeName": name, "AttributeValues": [{"AttributeValue": value}]})).collect();
    Ok(json!({"AccountAttributes": attributes}))
}
