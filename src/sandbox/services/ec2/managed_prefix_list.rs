//! The prefix lists of the account itself: entries in versions, a size that is set beforehand, and who refers to them.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html>

use super::kind::{PREFIX_LIST, ROUTE_TABLE, SECURITY_GROUP_RULE};
use super::{cidr, idempotency, in_use, permission, security_group_rule, tag};
use crate::services::members::{items, text};
use crate::world::{Call, Fault, tag_list};
use serde_json::{Value, json};

/// Seconds that a list takes to be made or changed, and to go.
const CHANGING: f64 = 3.0;
const REQUEST_LIMIT: usize = 100;
/// AWS's quota of a list.
const SIZE_LIMIT: i64 = 1000;

type Answer = Result<Value, Fault>;

/// As the listings answer it. `_versions` holds the entries of every version, the first one first.
pub fn shown(call: &Call<'_>, id: &str) -> Option<Value> {
    let mut row = call.get(PREFIX_LIST.table, id)?.clone();
    row["Tags"] = tag_list(&call.tags(&PREFIX_LIST.arn(call, id)));
    Some(row)
}

fn answer(call: &Call<'_>, id: &str) -> Answer {
    Ok(json!({"PrefixList": shown(call, id)}))
}

/// The list of the call, which must not be in the middle of a change. AWS's own lists are not for changing.
fn wanted(call: &Call<'_>) -> Result<Value, Fault> {
    let id = call.text("PrefixListId");
    if super::prefix_list::is_of_aws(call, id) {
        return Err(Fault::new("UnsupportedOperation", format!("The prefix list {id} is managed by AWS and cannot be changed")));
    }
    let row = PREFIX_LIST.find(call, id)?;
    let state = text(row, "State");
    match state.ends_with("-in-progress") {
        true => {
            let message = format!("The prefix list ({id}) is in the current state ({state}), in which it cannot be changed");
            Err(Fault::new("IncorrectState", message))
        }
        false => Ok(row.clone()),
    }
}

pub fn create(call: &mut Call<'_>) -> Answer {
    if let Some(id) = idempotency::earlier(call, &PREFIX_LIST)? {
        return answer(call, &id);
    }
    let (name, family) = (call.text("PrefixListName").to_owned(), call.text("AddressFamily").to_owned());
    check_name(&name)?;
    if !["IPv4", "IPv6"].contains(&family.as_str()) {
        return Err(invalid(format!("Invalid value '{family}' for addressFamily. It is IPv4 or IPv6.")));
    }
    let size = checked_size(call)?.unwrap_or_default();
    let entries = added(call, "Entries", &family)?;
    check_count(entries.len(), size)?;
    let tags = tag::specified(call, &PREFIX_LIST)?;
    let id = call.new_id(PREFIX_LIST.prefix);
    let mut row = json!({
        "PrefixListId": id, "PrefixListArn": PREFIX_LIST.arn(call, &id), "PrefixListName": name, "AddressFamily": family, "MaxEntries": size,
        "OwnerId": call.account(), "Version": 1, "State": "create-in-progress", "_versions": [entries],
    });
    idempotency::remember(call, &mut row);
    PREFIX_LIST.insert(call, &id, row, tags);
    call.later(PREFIX_LIST.table, &id, CHANGING, json!({"State": "create-complete"}));
    answer(call, &id)
}

/// A change of the entries makes a new version, one of the name or of the size does not.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html>
pub fn modify(call: &mut Call<'_>) -> Answer {
    let mut row = wanted(call)?;
    check_version(call, &row)?;
    let id = call.text("PrefixListId").to_owned();
    let (adds, removals) = (items(call.input, "AddEntries"), items(call.input, "RemoveEntries"));
    if let Some(size) = checked_size(call)? {
        if !adds.is_empty() || !removals.is_empty() {
            let message = "You cannot modify the entries and the maximum entries for the prefix list in the same request.";
            return Err(Fault::new("InvalidParameterCombination", message));
        }
        check_count(entries_of(&row, None).len(), size)?;
        let full = security_group_rule::overfilled(call, &id, size);
        if !full.is_empty() {
            let message = format!("The following resources do not support the new maximum size: {}", full.join(", "));
            return change(call, &id, row, "modify-failed", json!(message));
        }
        row["MaxEntries"] = json!(size);
    }
    if !call.text("PrefixListName").is_empty() {
        check_name(call.text("PrefixListName"))?;
        row["PrefixListName"] = call.input["PrefixListName"].clone();
    }
    if !adds.is_empty() || !removals.is_empty() {
        let entries = changed(call, &row)?;
        add_version(&mut row, entries);
    }
    change(call, &id, row, "modify-complete", Value::Null)
}

pub fn restore(call: &mut Call<'_>) -> Answer {
    let mut row = wanted(call)?;
    check_version(call, &row)?;
    let previous = call.input["PreviousVersion"].as_i64();
    if previous.is_none_or(|version| version < 1 || Some(version) >= row["Version"].as_i64()) {
        return Err(invalid("The previous version must be one before the current version."));
    }
    let (id, entries) = (call.text("PrefixListId").to_owned(), entries_of(&row, previous));
    check_count(entries.len(), row["MaxEntries"].as_i64().unwrap_or_default())?;
    add_version(&mut row, entries);
    change(call, &id, row, "restore-complete", Value::Null)
}

/// Stores a list that changes from now on, and comes to the state in a moment.
fn change(call: &mut Call<'_>, id: &str, mut row: Value, state: &str, message: Value) -> Answer {
    let verb = state.split('-').next().unwrap_or_default();
    row["State"] = json!(format!("{verb}-in-progress"));
    if let Value::Object(members) = &mut row {
        members.remove("StateMessage");
    }
    call.put(PREFIX_LIST.table, id, row);
    call.later(PREFIX_LIST.table, id, CHANGING, json!({"State": state, "StateMessage": message}));
    answer(call, id)
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let id = call.text("PrefixListId").to_owned();
    if !referrers(call, &id).is_empty() {
        return Err(in_use::violation("prefix list", &id));
    }
    if let Some(row) = call.get_mut(PREFIX_LIST.table, &id) {
        row["State"] = json!("delete-in-progress");
    }
    call.remove_later(PREFIX_LIST.table, &id, CHANGING);
    answer(call, &id)
}

/// The entries of a list, of its version now or of an earlier one.
pub fn entries(call: &Call<'_>) -> Answer {
    let row = PREFIX_LIST.find(call, call.text("PrefixListId"))?;
    let version = call.input.get("TargetVersion").and_then(Value::as_i64);
    if version.is_some_and(|version| version < 1 || Some(version) > row["Version"].as_i64()) {
        return Err(invalid("The target version does not exist."));
    }
    Ok(json!({"Entries": entries_of(row, version)}))
}

pub fn associations(call: &mut Call<'_>) -> Answer {
    let id = call.text("PrefixListId");
    PREFIX_LIST.find(call, id)?;
    let shown = |resource| json!({"ResourceId": resource, "ResourceOwner": call.account()});
    let associations: Vec<Value> = referrers(call, id).into_iter().map(shown).collect();
    Ok(json!({"PrefixListAssociations": associations}))
}

/// The security groups and route tables that name the list.
fn referrers(call: &Call<'_>, id: &str) -> Vec<String> {
    let rules = call.all(SECURITY_GROUP_RULE.table).into_iter().filter(|(_, rule)| text(rule, "PrefixListId") == id);
    let mut groups: Vec<String> = rules.map(|(_, rule)| text(rule, "GroupId").to_owned()).collect();
    groups.sort();
    groups.dedup();
    let leads = |table: &Value| items(table, "Routes").iter().any(|route| text(route, "DestinationPrefixListId") == id);
    let tables = call.all(ROUTE_TABLE.table).into_iter().filter(|(_, table)| leads(table)).map(|(table, _)| table.clone());
    groups.into_iter().chain(tables).collect()
}

fn entries_of(row: &Value, version: Option<i64>) -> Vec<Value> {
    let version = version.or_else(|| row["Version"].as_i64()).and_then(|version| usize::try_from(version - 1).ok());
    version.and_then(|at| items(row, "_versions").get(at)?.as_array().cloned()).unwrap_or_default()
}

fn add_version(row: &mut Value, entries: Vec<Value>) {
    row["Version"] = json!(row["Version"].as_i64().unwrap_or_default() + 1);
    if let Some(versions) = row["_versions"].as_array_mut() {
        versions.push(entries.into());
    }
}

/// The entries after a change: what goes goes first, so that an entry may get another description.
fn changed(call: &Call<'_>, row: &Value) -> Result<Vec<Value>, Fault> {
    let family = text(row, "AddressFamily");
    let mut entries = entries_of(row, None);
    let removals = items(call.input, "RemoveEntries");
    check_request(removals.len())?;
    for removal in removals {
        let block = canonical(text(removal, "Cidr"), family)?;
        let before = entries.len();
        entries.retain(|entry| text(entry, "Cidr") != block);
        if entries.len() == before {
            return Err(Fault::new("InvalidPrefixListModification", format!("The prefix list has no entry {block}")));
        }
    }
    for entry in added(call, "AddEntries", family)? {
        if entries.iter().any(|present| present["Cidr"] == entry["Cidr"]) {
            return Err(Fault::new(
                "InvalidPrefixListModification",
                format!("The prefix list has an entry {} already", text(&entry, "Cidr")),
            ));
        }
        entries.push(entry);
    }
    check_count(entries.len(), row["MaxEntries"].as_i64().unwrap_or_default())?;
    Ok(entries)
}

/// The entries that a request adds, checked and canonical.
fn added(call: &Call<'_>, member: &str, family: &str) -> Result<Vec<Value>, Fault> {
    let given = items(call.input, member);
    check_request(given.len())?;
    let mut entries: Vec<Value> = Vec::new();
    for entry in given {
        let block = canonical(text(entry, "Cidr"), family)?;
        if entries.iter().any(|earlier| text(earlier, "Cidr") == block) {
            return Err(invalid(format!("The CIDR {block} is there more than once.")));
        }
        let mut row = json!({"Cidr": block});
        if let Some(description) = entry.get("Description").and_then(Value::as_str).filter(|description| !description.is_empty()) {
            if !permission::is_description(description) {
                return Err(invalid(format!("Invalid value '{description}' for the description of an entry.")));
            }
            row["Description"] = json!(description);
        }
        entries.push(row);
    }
    Ok(entries)
}

fn canonical(block: &str, family: &str) -> Result<String, Fault> {
    match family {
        "IPv4" => cidr::ipv4(block, "cidr").map(|net| net.to_string()),
        _ => cidr::ipv6(block, "cidr").map(|net| net.to_string()),
    }
}

fn check_name(name: &str) -> Result<(), Fault> {
    match name.starts_with("com.amazonaws") || name.is_empty() || name.chars().count() > 255 {
        true => Err(invalid(format!(
            "Invalid value '{name}' for prefixListName. It has up to 255 characters, and no com.amazonaws at its start."
        ))),
        false => Ok(()),
    }
}

fn checked_size(call: &Call<'_>) -> Result<Option<i64>, Fault> {
    match call.input.get("MaxEntries").and_then(Value::as_i64) {
        Some(size) if !(1..=SIZE_LIMIT).contains(&size) => {
            Err(invalid(format!("Invalid value '{size}' for maxEntries. It is 1 to {SIZE_LIMIT}.")))
        }
        size => Ok(size),
    }
}

fn check_request(count: usize) -> Result<(), Fault> {
    match count > REQUEST_LIMIT {
        true => Err(invalid(format!("The number of entries per request cannot exceeds limit ({REQUEST_LIMIT})."))),
        false => Ok(()),
    }
}

fn check_count(count: usize, size: i64) -> Result<(), Fault> {
    match i64::try_from(count).is_ok_and(|count| count <= size) {
        true => Ok(()),
        false => Err(Fault::new(
            "PrefixListMaxEntriesExceeded",
            format!("The prefix list can have {size} entries at most, and would have {count}"),
        )),
    }
}

fn check_version(call: &Call<'_>, row: &Value) -> Result<(), Fault> {
    match call.input.get("CurrentVersion").is_some_and(|version| *version != row["Version"]) {
        true => Err(Fault::new("PrefixListVersionMismatch", "The prefix list has the incorrect version number.")),
        false => Ok(()),
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValue", message)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, internet_gateway, pass, security_group, vpc, world};
    use crate::world::World;
    use serde_json::{Value, json};

    fn list(world: &mut World, size: u32) -> Value {
        let input = json!({"PrefixListName": "offices", "AddressFamily": "IPv4", "MaxEntries": size, "Entries": [{"Cidr": "192.0.2.7/28", "Description": "Vienna"}]});
        let made = call(world, "CreateManagedPrefixList", input)["PrefixList"].clone();
        assert_eq!((&made["State"], &made["Version"]), (&json!("create-in-progress"), &json!(1)));
        pass(world, 10);
        made["PrefixListId"].clone()
    }

    fn state(world: &mut World, id: &Value) -> (Value, Value) {
        pass(world, 10);
        let shown = call(world, "DescribeManagedPrefixLists", json!({"PrefixListIds": [id]}))["PrefixLists"][0].clone();
        (shown["State"].clone(), shown["Version"].clone())
    }

    #[test]
    fn entries_come_in_versions() {
        let mut world = world();
        let id = list(&mut world, 2);
        assert_eq!(state(&mut world, &id), (json!("create-complete"), json!(1)));
        let add = json!({"PrefixListId": id, "CurrentVersion": 1, "AddEntries": [{"Cidr": "198.51.100.0/24"}]});
        call(&mut world, "ModifyManagedPrefixList", add.clone());
        assert_eq!(fault(&mut world, "ModifyManagedPrefixList", add.clone()), "IncorrectState");
        assert_eq!(state(&mut world, &id), (json!("modify-complete"), json!(2)));
        assert_eq!(fault(&mut world, "ModifyManagedPrefixList", add), "PrefixListVersionMismatch");
        // Going and coming in one request gives an entry another description.
        let described = json!({"PrefixListId": id, "CurrentVersion": 2, "RemoveEntries": [{"Cidr": "192.0.2.0/28"}], "AddEntries": [{"Cidr": "192.0.2.0/28", "Description": "Graz"}]});
        call(&mut world, "ModifyManagedPrefixList", described);
        pass(&mut world, 10);
        let entries = |world: &mut World, input: Value| call(world, "GetManagedPrefixListEntries", input)["Entries"].clone();
        let now = json!([{"Cidr": "198.51.100.0/24"}, {"Cidr": "192.0.2.0/28", "Description": "Graz"}]);
        assert_eq!(entries(&mut world, json!({"PrefixListId": id})), now);
        let first = json!([{"Cidr": "192.0.2.0/28", "Description": "Vienna"}]);
        assert_eq!(entries(&mut world, json!({"PrefixListId": id, "TargetVersion": 1})), first);
        call(&mut world, "RestoreManagedPrefixListVersion", json!({"PrefixListId": id, "CurrentVersion": 3, "PreviousVersion": 1}));
        assert_eq!(state(&mut world, &id), (json!("restore-complete"), json!(4)));
        assert_eq!(entries(&mut world, json!({"PrefixListId": id})), first);
        call(&mut world, "ModifyManagedPrefixList", json!({"PrefixListId": id, "PrefixListName": "houses"}));
        assert_eq!(state(&mut world, &id), (json!("modify-complete"), json!(4)));
    }

    #[test]
    fn changes_that_aws_refuses() {
        let mut world = world();
        let id = list(&mut world, 1);
        let one = json!([{"Cidr": "198.51.100.0/24"}]);
        for (change, code) in [
            (json!({"AddEntries": one}), "PrefixListMaxEntriesExceeded"),
            (json!({"AddEntries": one, "MaxEntries": 5}), "InvalidParameterCombination"),
            (json!({"AddEntries": [{"Cidr": "192.0.2.0/28"}]}), "InvalidPrefixListModification"),
            (json!({"AddEntries": [{"Cidr": "2001:db8::/48"}]}), "InvalidParameterValue"),
            (json!({"RemoveEntries": one}), "InvalidPrefixListModification"),
            (json!({"MaxEntries": 1001}), "InvalidParameterValue"),
            (json!({"PrefixListName": "com.amazonaws.mine"}), "InvalidParameterValue"),
            (json!({"PrefixListId": "pl-63a5400a", "PrefixListName": "mine"}), "UnsupportedOperation"),
            (json!({"PrefixListId": "pl-0123456789abcdef0", "PrefixListName": "none"}), "InvalidPrefixListID.NotFound"),
        ] {
            let mut input = json!({"PrefixListId": id});
            crate::world::merge(&mut input, &change);
            assert_eq!(fault(&mut world, "ModifyManagedPrefixList", input), code, "{change}");
        }
    }

    #[test]
    fn a_list_in_use_stays_and_counts_with_its_size() {
        let mut world = world();
        let (id, vpc) = (list(&mut world, 59), vpc(&mut world));
        let (group, gateway) = (security_group(&mut world, &vpc, "one"), internet_gateway(&mut world, &vpc));
        let rule = |port: u16, list: &Value| json!({"GroupId": group, "IpPermissions": [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "PrefixListIds": [{"PrefixListId": list}]}]});
        call(&mut world, "AuthorizeSecurityGroupIngress", rule(22, &id));
        assert_eq!(fault(&mut world, "AuthorizeSecurityGroupIngress", rule(23, &id)), "RulesPerSecurityGroupLimitExceeded");
        // The list of CloudFront counts as 55 rules, that of S3 as one.
        assert_eq!(
            fault(&mut world, "AuthorizeSecurityGroupIngress", rule(80, &json!("pl-3b927c52"))),
            "RulesPerSecurityGroupLimitExceeded"
        );
        call(&mut world, "AuthorizeSecurityGroupIngress", rule(80, &json!("pl-63a5400a")));
        let table = call(&mut world, "CreateRouteTable", json!({"VpcId": vpc}))["RouteTable"]["RouteTableId"].clone();
        call(&mut world, "CreateRoute", json!({"RouteTableId": table, "DestinationPrefixListId": id, "GatewayId": gateway}));
        let associations =
            call(&mut world, "GetManagedPrefixListAssociations", json!({"PrefixListId": id}))["PrefixListAssociations"].clone();
        assert_eq!((&associations[0]["ResourceId"], &associations[1]["ResourceId"]), (&json!(group), &table));
        assert_eq!(fault(&mut world, "DeleteManagedPrefixList", json!({"PrefixListId": id})), "DependencyViolation");
        call(&mut world, "ModifyManagedPrefixList", json!({"PrefixListId": id, "MaxEntries": 60}));
        assert_eq!(state(&mut world, &id), (json!("modify-failed"), json!(1)));
        call(&mut world, "DeleteRoute", json!({"RouteTableId": table, "DestinationPrefixListId": id}));
        call(&mut world, "RevokeSecurityGroupIngress", rule(22, &id));
        call(&mut world, "DeleteManagedPrefixList", json!({"PrefixListId": id}));
        pass(&mut world, 10);
        assert_eq!(fault(&mut world, "DescribeManagedPrefixLists", json!({"PrefixListIds": [id]})), "InvalidPrefixListID.NotFound");
    }
}
