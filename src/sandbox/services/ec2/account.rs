//! EC2's answers about the account: it has no default VPC, and the quotas that Service Quotas tells.

use crate::services::quotas::applied;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const ATTRIBUTES: [(&str, &str); 3] = [("supported-platforms", "VPC"), ("default-vpc", "none"), ("max-instances", "20")];
/// The attributes that are quotas: service and code.
const QUOTAS: [(&str, &str, &str); 3] = [
    ("vpc-max-security-groups-per-interface", "vpc", "L-2AFB9258"),
    ("max-elastic-ips", "ec2", "L-0263D0A3"),
    ("vpc-max-elastic-ips", "ec2", "L-0263D0A3"),
];

pub fn describe_attributes(call: &mut Call<'_>) -> Result<Value, Fault> {
    let wanted = call.texts("AttributeNames");
    let fixed = ATTRIBUTES.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let quotas = QUOTAS.iter().filter_map(|(name, service, code)| Some((*name, applied(call, service, code)?.to_string())));
    let shown = fixed.chain(quotas).filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name));
    let attributes: Vec<Value> =
        shown.map(|(name, value)| json!({"AttributeName": name, "AttributeValues": [{"AttributeValue": value}]})).collect();
    Ok(json!({"AccountAttributes": attributes}))
}
