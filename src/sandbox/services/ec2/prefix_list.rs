//! AWS-managed prefix lists: the address ranges of S3, DynamoDB and CloudFront.

use super::filter::{self, Known};
use super::kind::PREFIX_LIST;
use super::managed_prefix_list;
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A service's name after the region, its list's id in us-east-1, some of its ranges, and whether a gateway endpoint leads to it.
const LISTS: [(&str, &str, &[&str], bool); 3] = [
    ("s3", "pl-63a5400a", &["3.5.0.0/19", "16.15.192.0/18", "52.216.0.0/15", "54.231.0.0/16"], true),
    ("dynamodb", "pl-02cd2c6b", &["3.218.182.0/24", "3.218.180.0/23", "52.94.0.0/22", "52.119.224.0/20"], true),
    ("cloudfront.origin-facing", "pl-3b927c52", &["13.124.199.0/24", "64.252.64.0/18", "130.176.0.0/17", "205.251.218.0/24"], false),
];

/// The weight of CloudFront's list; those of gateway endpoints count as one rule.
const ORIGIN_FACING: usize = 55;

/// The list behind a gateway endpoint's service.
pub fn of_service(region: &str, service: &str) -> Option<String> {
    let (_, (name, known, _, _)) =
        LISTS.iter().filter(|(.., gateway)| *gateway).map(|list| (full_name(region, list.0), list)).find(|(name, _)| name == service)?;
    Some(id(region, name, known))
}

/// True when AWS has the list, and not the account.
pub fn is_of_aws(call: &Call<'_>, id: &str) -> bool {
    rows(call).iter().any(|row| row["PrefixListId"] == json!(id))
}

/// Refuses an id that no list has, in AWS's words.
pub fn check(call: &Call<'_>, id: &str) -> Result<(), Fault> {
    match is_of_aws(call, id) {
        true => Ok(()),
        false => PREFIX_LIST.find(call, id).map(|_| ()),
    }
}

/// The number of rules that one with the list counts as: the size of a list of the account, the weight of one of AWS's.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html>
pub fn weight(call: &Call<'_>, id: &str) -> usize {
    match call.get(PREFIX_LIST.table, id) {
        Some(row) => row["MaxEntries"].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(1),
        None if rows(call).iter().any(|row| row["PrefixListId"] == json!(id) && row["_gateway"] == json!(false)) => ORIGIN_FACING,
        None => 1,
    }
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
    rows.extend(call.all(PREFIX_LIST.table).into_iter().filter_map(|(id, _)| managed_prefix_list::shown(call, id)));
    answer(call, rows, KNOWN)
}

/// The ranges of a list.
pub fn entries(call: &mut Call<'_>) -> Result<Value, Fault> {
    match rows(call).into_iter().find(|row| row["PrefixListId"] == call.text("PrefixListId")) {
        None => managed_prefix_list::entries(call),
        Some(row) => {
            let entries = row["Cidrs"].as_array().into_iter().flatten().map(|cidr| json!({"Cidr": cidr}));
            Ok(json!({"Entries": entries.collect::<Vec<_>>()}))
        }
    }
}

fn answer(call: &Call<'_>, mut rows: Vec<Value>, known: Known) -> Result<Value, Fault> {
    let ids = call.texts("PrefixListIds");
    for id in &ids {
        if !rows.iter().any(|row| row["PrefixListId"] == json!(id)) {
            return Err(PREFIX_LIST.unknown(id));
        }
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
