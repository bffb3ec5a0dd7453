//! Engine versions and instance types on offer. Assumed: what the service offered in 2025.

use super::invalid;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// The versions, from newest to oldest.
const VERSIONS: &[&str] = &[
    "OpenSearch_3.1",
    "OpenSearch_2.19",
    "OpenSearch_2.17",
    "OpenSearch_2.15",
    "OpenSearch_2.13",
    "OpenSearch_2.11",
    "OpenSearch_2.9",
    "OpenSearch_2.7",
    "OpenSearch_2.5",
    "OpenSearch_2.3",
    "OpenSearch_1.3",
    "OpenSearch_1.2",
    "OpenSearch_1.1",
    "OpenSearch_1.0",
    "Elasticsearch_7.10",
    "Elasticsearch_7.9",
    "Elasticsearch_7.8",
    "Elasticsearch_7.7",
    "Elasticsearch_7.4",
    "Elasticsearch_7.1",
    "Elasticsearch_6.8",
    "Elasticsearch_6.7",
    "Elasticsearch_5.6",
];

/// Families with their sizes, of those that the service model names; the flag tells whether they need EBS volumes.
const FAMILIES: &[(&str, bool, &[&str])] = &[
    ("t3", true, &["small", "medium"]),
    ("m5", true, &["large", "xlarge", "2xlarge", "4xlarge", "12xlarge"]),
    ("m6g", true, &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge"]),
    ("c5", true, &["large", "xlarge", "2xlarge", "4xlarge", "9xlarge", "18xlarge"]),
    ("c6g", true, &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge"]),
    ("r5", true, &["large", "xlarge", "2xlarge", "4xlarge", "12xlarge"]),
    ("r6g", true, &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge"]),
    ("r6gd", false, &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]),
    ("i3", false, &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"]),
    ("or1", true, &["medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]),
];

pub const DEFAULT_INSTANCE: &str = "m5.large.search";

/// The version asked for, or the newest.
pub fn version(asked: &str) -> Result<&'static str, Fault> {
    if asked.is_empty() {
        return Ok(VERSIONS[0]);
    }
    let found = VERSIONS.iter().find(|version| **version == asked).copied();
    found.ok_or_else(|| invalid(format!("The engine version {asked} is not one that this service offers.")))
}

/// True when one version comes after another.
pub fn is_newer(version: &str, than: &str) -> bool {
    let place = |wanted: &str| VERSIONS.iter().position(|version| *version == wanted);
    matches!((place(version), place(than)), (Some(version), Some(than)) if version < than)
}

/// True when a type of data node needs EBS volumes; an error if there is no such type.
pub fn needs_volume(instance_type: &str) -> Result<bool, Fault> {
    let is = |family: &str, size: &&str| instance_type == format!("{family}.{size}.search");
    let found = FAMILIES.iter().find(|(family, _, sizes)| sizes.iter().any(|size| is(family, size))).map(|(_, volume, _)| *volume);
    found.ok_or_else(|| invalid(format!("The instance type {instance_type} is not available in this region.")))
}

pub fn versions(_: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(json!({"Versions": VERSIONS}))
}

pub fn instance_types(call: &mut Call<'_>) -> Result<Value, Fault> {
    version(call.text("EngineVersion"))?;
    let wanted = call.text("InstanceType");
    let zones: Vec<String> = ["a", "b", "c"].iter().map(|zone| format!("{}{zone}", call.region)).collect();
    let all = FAMILIES.iter().flat_map(|(family, _, sizes)| sizes.iter().map(move |size| (*family, format!("{family}.{size}.search"))));
    let details = all.filter(|(_, name)| wanted.is_empty() || name == wanted).map(|(family, name)| {
        let mut detail = json!({
            "InstanceType": name, "EncryptionEnabled": true, "CognitoEnabled": true, "AppLogsEnabled": true, "AdvancedSecurityEnabled": true,
            "WarmEnabled": family != "t3", "InstanceRole": ["data", "master"],
        });
        if call.input["RetrieveAZs"] == true {
            detail["AvailabilityZones"] = json!(zones);
        }
        detail
    });
    Ok(json!({"InstanceTypeDetails": details.collect::<Value>()}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::fitting;

    #[test]
    fn every_type_is_one_of_the_model() {
        let types = FAMILIES
            .iter()
            .flat_map(|(family, _, sizes)| sizes.iter().map(move |size| json!({"InstanceType": format!("{family}.{size}.search")})));
        fitting("opensearch", "ListInstanceTypeDetails", json!({"InstanceTypeDetails": types.collect::<Value>()}));
    }
}
