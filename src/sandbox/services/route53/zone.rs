//! Hosted zones.

use super::change::note;
use super::name::{normal, order, valid};
use super::record;
use crate::services::members::{last_part, pick, present, text};
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const TABLE: &str = "route53.zone";

/// The key of a zone that exists, by its id with or without `/hostedzone/`.
pub fn wanted(call: &Call<'_>, given: &str) -> Result<String, Fault> {
    let id = last_part(given);
    call.get(TABLE, id)
        .map(|_| id.to_owned())
        .ok_or_else(|| Fault::new("NoSuchHostedZone", format!("No hosted zone found with ID: {id}")).status(404))
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let (name, reference) = (call.text("Name").to_owned(), call.text("CallerReference").to_owned());
    if !valid(&name) {
        return Err(Fault::new("InvalidDomainName", format!("{name} is not a valid domain name.")));
    }
    if call.all(TABLE).iter().any(|(_, zone)| text(zone, "CallerReference") == reference) {
        let message = format!("A hosted zone has already been created with the specified caller reference: {reference}");
        return Err(Fault::new("HostedZoneAlreadyExists", message).status(409));
    }
    let vpc = call.input.get("VPC").cloned();
    if let Some(vpc) = &vpc {
        let (id, region) = (text(vpc, "VPCId"), text(vpc, "VPCRegion"));
        let region = if region.is_empty() { call.region } else { region };
        let known = call.world.tables.get(&format!("{region}/ec2.vpc")).is_some_and(|rows| rows.contains_key(id));
        if !known {
            return Err(Fault::new(
                "InvalidVPCId",
                format!("The VPC {id} in region {region} that you provided is not authorized to make the association."),
            ));
        }
    }
    let id = format!("Z{}", call.hex(20).to_uppercase());
    let name = normal(&name);
    let servers: Vec<String> = ["com", "net", "org", "co.uk"]
        .iter()
        .enumerate()
        .map(|(at, top)| {
            let number = u32::from_str_radix(&call.hex(3), 16).unwrap_or(0) % 512 + at as u32 * 512;
            format!("ns-{number}.awsdns-{:02}.{top}", number % 64)
        })
        .collect();
    let config = present(json!({"Comment": call.input["HostedZoneConfig"].get("Comment"), "PrivateZone": vpc.is_some()}));
    let row = json!({
        "Id": format!("/hostedzone/{id}"), "_arn": arn(&id), "Name": name, "CallerReference": reference, "Config": config, "_servers": servers, "_vpcs": vpc.iter().collect::<Vec<_>>(),
    });
    call.put(TABLE, &id, row);
    let lines: Vec<Value> = servers.iter().map(|server| json!({"Value": format!("{server}.")})).collect();
    record::put(call, &id, json!({"Name": name, "Type": "NS", "TTL": 172_800, "ResourceRecords": lines}));
    let authority = format!("{}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", servers[0]);
    record::put(call, &id, json!({"Name": name, "Type": "SOA", "TTL": 900, "ResourceRecords": [{"Value": authority}]}));
    let change = note(call, &Value::Null);
    let answer = json!({
        "HostedZone": shown(call, &id), "ChangeInfo": change, "DelegationSet": {"NameServers": servers}, "VPC": vpc,
        "Location": format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{id}"),
    });
    Ok(present(answer))
}

fn arn(id: &str) -> String {
    format!("arn:aws:route53:::hostedzone/{id}")
}

fn shown(call: &Call<'_>, id: &str) -> Value {
    let row = call.get(TABLE, id).cloned().unwrap_or_default();
    let mut shown = pick(&row, &["Id", "Name", "CallerReference", "Config"]);
    shown["ResourceRecordSetCount"] = record::of(call, id).len().into();
    shown
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let id = wanted(call, call.text("Id"))?;
    let row = call.get(TABLE, &id).cloned().unwrap_or_default();
    let private = row["_vpcs"].as_array().is_some_and(|vpcs| !vpcs.is_empty());
    let answer = json!({
        "HostedZone": shown(call, &id), "DelegationSet": if private { Value::Null } else { json!({"NameServers": row["_servers"]}) },
        "VPCs": if private { row["_vpcs"].clone() } else { Value::Null },
    });
    Ok(present(answer))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let id = wanted(call, call.text("Id"))?;
    let apex = call.get(TABLE, &id).map(|row| text(row, "Name").to_owned()).unwrap_or_default();
    let own = |row: &Value| text(row, "Name") == apex && ["NS", "SOA"].contains(&text(row, "Type"));
    let records = record::of(call, &id);
    if records.iter().any(|(_, row)| !own(row)) {
        return Err(Fault::new(
            "HostedZoneNotEmpty",
            "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
        ));
    }
    let keys: Vec<String> = records.into_iter().map(|(key, _)| key).collect();
    for key in keys {
        call.remove("route53.record", &key);
    }
    call.remove(TABLE, &id);
    Ok(json!({"ChangeInfo": note(call, &Value::Null)}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let private = call.text("HostedZoneType") == "PrivateHostedZone";
    let ids = call.all(TABLE).into_iter().filter(|(_, row)| !private || row["Config"]["PrivateZone"] == true).map(|(id, _)| id);
    let zones: Vec<Value> = ids.map(|id| shown(call, id)).collect();
    let limit = if call.text("MaxItems").is_empty() { "100" } else { call.text("MaxItems") };
    Ok(json!({"HostedZones": zones, "Marker": call.text("Marker"), "IsTruncated": false, "MaxItems": limit}))
}

pub fn list_by_name(call: &mut Call<'_>) -> Answer {
    let (from, after) = (call.text("DNSName"), last_part(call.text("HostedZoneId")));
    let limit: usize = call.text("MaxItems").parse().unwrap_or(100);
    let mut rows: Vec<(Vec<String>, &String)> = call.all(TABLE).into_iter().map(|(id, row)| (order(text(row, "Name")), id)).collect();
    rows.sort();
    if !from.is_empty() {
        let start = (order(&normal(from)), after.to_owned());
        rows.retain(|(name, id)| (name, id.as_str()) >= (&start.0, start.1.as_str()));
    }
    let next = rows.get(limit).map(|(_, id)| (*id).clone());
    let zones: Vec<Value> = rows.iter().take(limit).map(|(_, id)| shown(call, id)).collect();
    let name = next.as_ref().and_then(|id| call.get(TABLE, id)).map(|row| row["Name"].clone());
    let given = |member: &str| call.input.get(member).cloned();
    Ok(present(json!({
        "HostedZones": zones, "DNSName": given("DNSName"), "HostedZoneId": given("HostedZoneId"), "IsTruncated": next.is_some(), "MaxItems": limit.to_string(), "NextDNSName": name,
        "NextHostedZoneId": next,
    })))
}

/// The ARN of a tag call. Health checks are not in the sandbox, so none is ever found.
fn tagged(call: &Call<'_>) -> Result<String, Fault> {
    let id = call.text("ResourceId");
    // The model has no limit here, but Route 53 does: an id in the form `/hostedzone/Z…` is too long.
    if id.len() > 32 {
        let rule = "failed to satisfy constraint: Member must have length less than or equal to 32";
        return Err(Fault::new("InvalidInput", format!("1 validation error detected: Value '{id}' at 'resourceId' {rule}")));
    }
    if call.text("ResourceType") == "healthcheck" {
        return Err(Fault::new("NoSuchHealthCheck", format!("No health check exists with the specified ID: {id}")).status(404));
    }
    let missing = || Fault::new("NoSuchHostedZone", format!("No hosted zone found with ID: {id}")).status(404);
    call.get(TABLE, id).map(|_| arn(id)).ok_or_else(missing)
}

pub fn change_tags(call: &mut Call<'_>) -> Answer {
    let arn = tagged(call)?;
    let (add, remove) = (tags_from(call.input.get("AddTags")), call.texts("RemoveTagKeys"));
    if add.is_empty() && remove.is_empty() {
        return Err(Fault::new("InvalidInput", "Tags to add or to remove must be given."));
    }
    call.unset_tags(&arn, &remove);
    call.set_tags(&arn, add);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    let arn = tagged(call)?;
    Ok(
        json!({"ResourceTagSet": {"ResourceType": call.text("ResourceType"), "ResourceId": call.text("ResourceId"), "Tags": tag_list(&call.tags(&arn))}}),
    )
}
