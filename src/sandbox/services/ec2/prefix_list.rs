//! AWS-managed prefix lists: the address ranges of S3, DynamoDB and CloudFront.

use super::filter::{self, Known};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A service's name after the region, its list's id in us-east-1, some of its ranges, and whether a gateway endpoint leads to it.
const LISTS: [(&str, &str, &[&str], bool); 3] = [
    ("s3", "pl-63a5400a", &["3.5.0.0/19", "16.15.192.0/18", "52.216.0.0/15", "54.231.0.0/16"], true),
    ("dynamodb", "pl-02cd2c6b", &["3.218.182.0/24", "3.218.180.0/23", "52.94.0.0/22", "52.119.224.0/20"], true),
    ("cloudfront.origin-facing", "pl-3b927c52", &["13.124.199.0/24", "64.252.64.0/18", "130.176.0.0/17", "205.251.218.0/24"], false),
];

/// The list behind a gateway endpoint's service.
pub fn of_service(region: &str, service: &str) -> Option<String> {
    let (_, (name, known, _, _)) =
        LISTS.iter().filter(|(.., gateway)| *gateway).map(|list| (full_name(region, list.0), list)).find(|(name, _)| name == service)?;
    Some(id(region, name, known))
}

/// The list with this id, or AWS's error.
pub fn find(call: &Call<'_>, wanted: &str) -> Result<(), Fault> {
    if rows(call).iter().any(|row| row["PrefixListId"] == json!(wanted)) {
        return Ok(());
    }
    Err(Fault::new("InvalidPrefixListID.NotFound", format!("The prefix list ID '{wanted}' does not exist")))
}

/// Answers only the lists that gateway endpoints use.
pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    const KNOWN: Known = &[("prefix-list-id", "PrefixListId"), ("prefix-list-name", "PrefixListName")];
    let rows = rows(call).into_iter().filter(|row| row["_gateway"] == json!(true)).collect();
    answer(call, rows, KNOWN)
}

pub fn describe_managed(call: &mut Call<'_>) -> Result<Value, Fault> {
    const KNOWN: Known = &[("owner-id", "OwnerId"), ("prefix-list-id", "PrefixListId"), ("prefix-list-name", "PrefixListName")];
    let mut rows = rows(call);
    for row in &mut rows {
        row["PrefixListArn"] = json!(format!("arn:aws:ec2:{}:aws:prefix-list/{}", call.region, row["PrefixListId"].as_str().unwrap_or("")));
        row["OwnerId"] = json!("AWS");
        row["AddressFamily"] = json!("IPv4");
        row["State"] = json!("create-complete");
        row["Version"] = json!(1);
        row["MaxEntries"] = json!(row["Cidrs"].as_array().map_or(0, Vec::len));
        row["Tags"] = json!([]);
        if let Value::Object(members) = row {
            members.remove("Cidrs");
        }
    }
    answer(call, rows, KNOWN)
}

/// The ranges of a list.
pub fn entries(call: &mut Call<'_>) -> Result<Value, Fault> {
    find(call, call.text("PrefixListId"))?;
    let row = rows(call).into_iter().find(|row| row["PrefixListId"] == call.text("PrefixListId")).unwrap_or_default();
    let entries = row["Cidrs"].as_array().into_iter().flatten().map(|cidr| json!({"Cidr": cidr}));
    Ok(json!({"Entries": entries.collect::<Vec<_>>()}))
}

fn answer(call: &Call<'_>, mut rows: Vec<Value>, known: Known) -> Result<Value, Fault> {
    let ids = call.texts("PrefixListIds");
    for id in &ids {
        find(call, id)?;
    }
    rows.retain(|row| ids.is_empty() || ids.iter().any(|id| row["PrefixListId"] == json!(id)));
    Ok(json!({"PrefixLists": filter::select(rows, call.input.get("Filters"), known, "Tags")?}))
}

fn rows(call: &Call<'_>) -> Vec<Value> {
    let row = |(service, known, ranges, gateway): &(&str, &str, &[&str], bool)| {
        let name = if *gateway { full_name(call.region, service) } else { format!("com.amazonaws.global.{service}") };
        json!({"PrefixListId": id(call.region, service, known), "PrefixListName": name, "Cidrs": ranges, "_gateway": gateway})
    };
    LISTS.iter().map(row).collect()
}

fn full_name(region: &str, service: &str) -> String {
    format!("com.amazonaws.{region}.{service}")
}

/// The real id in us-east-1; elsewhere one that is only stable.
fn id(region: &str, service: &str, known: &str) -> String {
    if region == "us-east-1" {
        return known.to_owned();
    }
    let digest = Sha256::digest(format!("{region}/{service}"));
    format!("pl-{}", digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>())
}
