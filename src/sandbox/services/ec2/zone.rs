//! Regions and their availability zones, as an account sees them that has opted in to nothing.

use super::filter;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// A region: its name, what its zone ids start with, its zones as letter and zone-id number, its long name.
struct Region {
    name: &'static str,
    prefix: &'static str,
    zones: &'static [(char, u8)],
    long_name: &'static str,
}

const fn region(name: &'static str, prefix: &'static str, zones: &'static [(char, u8)], long_name: &'static str) -> Region {
    Region { name, prefix, zones, long_name }
}

const ABC: &[(char, u8)] = &[('a', 1), ('b', 2), ('c', 3)];
const ABCD: &[(char, u8)] = &[('a', 1), ('b', 2), ('c', 3), ('d', 4)];

/// The regions that every account has.
const REGIONS: [Region; 17] = [
    region("ap-northeast-1", "apne1", &[('a', 4), ('c', 1), ('d', 2)], "Asia Pacific (Tokyo)"),
    region("ap-northeast-2", "apne2", ABCD, "Asia Pacific (Seoul)"),
    region("ap-northeast-3", "apne3", &[('a', 3), ('b', 1), ('c', 2)], "Asia Pacific (Osaka)"),
    region("ap-south-1", "aps1", &[('a', 1), ('b', 3), ('c', 2)], "Asia Pacific (Mumbai)"),
    region("ap-southeast-1", "apse1", ABC, "Asia Pacific (Singapore)"),
    region("ap-southeast-2", "apse2", &[('a', 3), ('b', 1), ('c', 2)], "Asia Pacific (Sydney)"),
    region("ca-central-1", "cac1", &[('a', 1), ('b', 2), ('d', 4)], "Canada (Central)"),
    region("eu-central-1", "euc1", &[('a', 2), ('b', 3), ('c', 1)], "Europe (Frankfurt)"),
    region("eu-north-1", "eun1", ABC, "Europe (Stockholm)"),
    region("eu-west-1", "euw1", ABC, "Europe (Ireland)"),
    region("eu-west-2", "euw2", &[('a', 2), ('b', 3), ('c', 1)], "Europe (London)"),
    region("eu-west-3", "euw3", ABC, "Europe (Paris)"),
    region("sa-east-1", "sae1", ABC, "South America (Sao Paulo)"),
    region("us-east-1", "use1", &[('a', 1), ('b', 2), ('c', 4), ('d', 6), ('e', 3), ('f', 5)], "US East (N. Virginia)"),
    region("us-east-2", "use2", ABC, "US East (Ohio)"),
    region("us-west-1", "usw1", &[('a', 3), ('c', 1)], "US West (N. California)"),
    region("us-west-2", "usw2", &[('a', 2), ('b', 1), ('c', 3), ('d', 4)], "US West (Oregon)"),
];

/// The regions that an account must opt in to.
const OPT_IN: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

/// Local and wavelength zones, not opted in: region, zone, zone id, group, type, parent zone id.
const EXTRA_ZONES: [(&str, &str, &str, &str, &str, &str); 6] = [
    ("us-east-1", "us-east-1-bos-1a", "use1-bos1-az1", "us-east-1-bos-1", "local-zone", "use1-az4"),
    ("us-east-1", "us-east-1-chi-2a", "use1-chi2-az1", "us-east-1-chi-2", "local-zone", "use1-az5"),
    ("us-east-1", "us-east-1-mia-2a", "use1-mia2-az1", "us-east-1-mia-2", "local-zone", "use1-az4"),
    ("us-east-1", "us-east-1-wl1-bos-wlz-1", "use1-wl1-bos-wlz1", "us-east-1-wl1", "wavelength-zone", "use1-az4"),
    ("us-west-2", "us-west-2-lax-1a", "usw2-lax1-az1", "us-west-2-lax-1", "local-zone", "usw2-az3"),
    ("us-west-2", "us-west-2-lax-1b", "usw2-lax1-az2", "us-west-2-lax-1", "local-zone", "usw2-az3"),
];

/// A zone by both of its names.
pub struct Zone {
    pub name: String,
    pub id: String,
}

/// The availability zones of a region. One that this table does not know gets three.
pub fn of(name: &str) -> Vec<Zone> {
    let known = REGIONS.iter().find(|region| region.name == name);
    let (prefix, zones) = known.map_or((name, ABC), |region| (region.prefix, region.zones));
    zones.iter().map(|(letter, number)| Zone { name: format!("{name}{letter}"), id: format!("{prefix}-az{number}") }).collect()
}

/// The zone that a request names by name or id; the first one if it names none.
pub fn chosen(region: &str, name: &str, id: &str) -> Result<Zone, Fault> {
    let zones = of(region);
    let names: Vec<String> = zones.iter().map(|zone| zone.name.clone()).collect();
    let wanted = if name.is_empty() { id } else { name };
    let fits = |zone: &Zone| (name.is_empty() || zone.name == name) && (id.is_empty() || zone.id == id);
    zones.into_iter().find(fits).ok_or_else(|| {
        let message = "is invalid. Subnets can currently only be created in the following availability zones";
        Fault::new("InvalidParameterValue", format!("Value ({wanted}) for parameter availabilityZone {message}: {}.", names.join(", ")))
    })
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let known = REGIONS.iter().find(|region| region.name == call.region);
    let mut rows: Vec<Value> = of(call.region)
        .into_iter()
        .map(|zone| {
            json!({
                "ZoneName": zone.name, "ZoneId": zone.id, "ZoneType": "availability-zone", "RegionName": call.region, "State": "available",
                "OptInStatus": "opt-in-not-required", "GroupName": format!("{}-zg-1", call.region), "NetworkBorderGroup": call.region,
                "GroupLongName": format!("{} 1", known.map_or(call.region, |region| region.long_name)), "Messages": [],
            })
        })
        .collect();
    let (names, ids) = (call.texts("ZoneNames"), call.texts("ZoneIds"));
    let every = call.input.get("AllAvailabilityZones").and_then(Value::as_bool).unwrap_or(false);
    if every {
        let extra = EXTRA_ZONES.iter().filter(|(region, ..)| *region == call.region);
        rows.extend(extra.map(|(region, name, id, group, kind, parent)| {
            let parent_name = of(region).into_iter().find(|zone| zone.id == *parent).map(|zone| zone.name);
            json!({
                "ZoneName": name, "ZoneId": id, "ZoneType": kind, "RegionName": region, "State": "available", "OptInStatus": "not-opted-in",
                "GroupName": group, "NetworkBorderGroup": group, "ParentZoneId": parent, "ParentZoneName": parent_name, "Messages": [],
            })
        }));
    }
    for (wanted, member) in names.iter().map(|name| (name, "ZoneName")).chain(ids.iter().map(|id| (id, "ZoneId"))) {
        if !rows.iter().any(|row| row[member] == json!(wanted)) {
            return Err(Fault::new("InvalidParameterValue", format!("Invalid availability zone: [{wanted}]")));
        }
    }
    let asked =
        |row: &Value, member: &str, wanted: &[String]| wanted.is_empty() || wanted.iter().any(|wanted| row[member] == json!(wanted));
    rows.retain(|row| asked(row, "ZoneName", &names) && asked(row, "ZoneId", &ids));
    let known = &[
        ("group-long-name", "GroupLongName"),
        ("group-name", "GroupName"),
        ("message", "Messages.Message"),
        ("opt-in-status", "OptInStatus"),
        ("parent-zone-id", "ParentZoneId"),
        ("parent-zone-name", "ParentZoneName"),
        ("region-name", "RegionName"),
        ("state", "State"),
        ("zone-id", "ZoneId"),
        ("zone-name", "ZoneName"),
        ("zone-type", "ZoneType"),
    ];
    Ok(json!({"AvailabilityZones": filter::select(rows, call.input.get("Filters"), known, "Tags")?}))
}

pub fn describe_regions(call: &mut Call<'_>) -> Result<Value, Fault> {
    let row =
        |name: &str, status: &str| json!({"RegionName": name, "Endpoint": format!("ec2.{name}.amazonaws.com"), "OptInStatus": status});
    let mut rows: Vec<Value> = REGIONS.iter().map(|region| row(region.name, "opt-in-not-required")).collect();
    let wanted = call.texts("RegionNames");
    if call.input.get("AllRegions").and_then(Value::as_bool).unwrap_or(false) || !wanted.is_empty() {
        rows.extend(OPT_IN.iter().map(|name| row(name, "not-opted-in")));
    }
    if let Some(unknown) = wanted.iter().find(|wanted| !rows.iter().any(|row| row["RegionName"] == json!(wanted))) {
        return Err(Fault::new("InvalidParameterValue", format!("Invalid region provided: [{unknown}]")));
    }
    rows.retain(|row| wanted.is_empty() || wanted.iter().any(|wanted| row["RegionName"] == json!(wanted)));
    let known = &[("endpoint", "Endpoint"), ("opt-in-status", "OptInStatus"), ("region-name", "RegionName")];
    Ok(json!({"Regions": filter::select(rows, call.input.get("Filters"), known, "Tags")?}))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, world};
    use serde_json::json;

    #[test]
    fn zones_that_need_opting_in_show_only_when_asked_for() {
        let mut world = world();
        let count = |world: &mut _, input| call(world, "DescribeAvailabilityZones", input)["AvailabilityZones"].as_array().unwrap().len();
        assert_eq!(count(&mut world, json!({})), 6);
        assert_eq!(count(&mut world, json!({"AllAvailabilityZones": true})), 10);
        let local = json!({"AllAvailabilityZones": true, "Filters": [{"Name": "zone-type", "Values": ["local-zone"]}]});
        assert_eq!(count(&mut world, local), 3);
        assert_eq!(fault(&mut world, "DescribeAvailabilityZones", json!({"ZoneNames": ["mars-1a"]})), "InvalidParameterValue");
    }

    #[test]
    fn regions() {
        let mut world = world();
        let count = |world: &mut _, input| call(world, "DescribeRegions", input)["Regions"].as_array().unwrap().len();
        assert_eq!((count(&mut world, json!({})), count(&mut world, json!({"AllRegions": true}))), (17, 34));
        assert_eq!(fault(&mut world, "DescribeRegions", json!({"RegionNames": ["mars-1"]})), "InvalidParameterValue");
    }
}
