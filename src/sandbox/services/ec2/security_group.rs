//! Security groups; their rules are in `security_group_rule`.

use super::kind::{SECURITY_GROUP, SECURITY_GROUP_RULE, VPC};
use super::list::{self, List};
use super::{default_vpc, filter, in_use, permission, security_group_rule, tag};
use crate::services::members::{flag, items, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const LIST: List = List {
    kind: &SECURITY_GROUP,
    ids: "GroupIds",
    filters: "Filters",
    output: "SecurityGroups",
    tags: "Tags",
    known: &[
        ("description", "Description"),
        ("egress.ip-permission.cidr", "IpPermissionsEgress.IpRanges.CidrIp"),
        ("egress.ip-permission.from-port", "IpPermissionsEgress.FromPort"),
        ("egress.ip-permission.group-id", "IpPermissionsEgress.UserIdGroupPairs.GroupId"),
        ("egress.ip-permission.ipv6-cidr", "IpPermissionsEgress.Ipv6Ranges.CidrIpv6"),
        ("egress.ip-permission.prefix-list-id", "IpPermissionsEgress.PrefixListIds.PrefixListId"),
        ("egress.ip-permission.protocol", "IpPermissionsEgress.IpProtocol"),
        ("egress.ip-permission.to-port", "IpPermissionsEgress.ToPort"),
        ("egress.ip-permission.user-id", "IpPermissionsEgress.UserIdGroupPairs.UserId"),
        ("group-id", "GroupId"),
        ("group-name", "GroupName"),
        ("ip-permission.cidr", "IpPermissions.IpRanges.CidrIp"),
        ("ip-permission.from-port", "IpPermissions.FromPort"),
        ("ip-permission.group-id", "IpPermissions.UserIdGroupPairs.GroupId"),
        ("ip-permission.ipv6-cidr", "IpPermissions.Ipv6Ranges.CidrIpv6"),
        ("ip-permission.prefix-list-id", "IpPermissions.PrefixListIds.PrefixListId"),
        ("ip-permission.protocol", "IpPermissions.IpProtocol"),
        ("ip-permission.to-port", "IpPermissions.ToPort"),
        ("ip-permission.user-id", "IpPermissions.UserIdGroupPairs.UserId"),
        ("owner-id", "OwnerId"),
        ("vpc-id", "VpcId"),
    ],
};

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, description, vpc) =
        (call.text("GroupName").trim_end().to_owned(), call.text("Description").to_owned(), call.text("VpcId").to_owned());
    check_name(&name)?;
    if description.is_empty() || !permission::is_description(&description) {
        let message = "Invalid security group description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";
        return Err(Fault::new(
            "InvalidParameterValue",
            format!("Value ({description}) for parameter GroupDescription is invalid. {message}"),
        ));
    }
    let vpc = match vpc.as_str() {
        "" => default_vpc::id(call)?.ok_or_else(|| Fault::new("VPCIdNotSpecified", "No default VPC for this user"))?,
        _ => vpc,
    };
    VPC.find(call, &vpc)?;
    if by_name(call, &vpc, &name).is_some() {
        return Err(Fault::new("InvalidGroup.Duplicate", format!("The security group '{name}' already exists for VPC '{vpc}'")));
    }
    let tags = tag::specified(call, &SECURITY_GROUP)?;
    let id = insert(call, &vpc, &name, &description, tags.clone());
    let answer = json!({"GroupId": id, "SecurityGroupArn": SECURITY_GROUP.arn(call, &id)});
    Ok(list::with_tags(answer, &tags))
}

/// The group that comes with a VPC: its members may talk to each other, and to anyone.
pub fn create_default(call: &mut Call<'_>, vpc: &str) {
    let id = insert(call, vpc, "default", "default VPC security group", Vec::new());
    let among_members =
        json!({"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "ReferencedGroupInfo": {"GroupId": id, "UserId": call.account()}});
    security_group_rule::insert(call, &id, false, among_members, Vec::new());
}

/// The default group goes with its VPC.
pub fn delete_default(call: &mut Call<'_>, vpc: &str) {
    if let Some(id) = by_name(call, vpc, "default") {
        security_group_rule::delete_all(call, &id);
        call.remove(SECURITY_GROUP.table, &id);
    }
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("GroupId").to_owned();
    if id.is_empty() {
        let message = "Either GroupId or GroupName should be provided. A group that is not in a default VPC is named by its GroupId";
        return Err(Fault::new("MissingParameter", message));
    }
    if text(SECURITY_GROUP.find(call, &id)?, "GroupName") == "default" {
        return Err(Fault::new("CannotDelete", format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user")));
    }
    if in_use::security_group(call, &id) {
        return Err(Fault::new("DependencyViolation", format!("resource {id} has a dependent object")));
    }
    security_group_rule::delete_all(call, &id);
    call.remove(SECURITY_GROUP.table, &id);
    Ok(json!({"Return": true, "GroupId": id}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    default_vpc::show(call, &LIST)?;
    let names = call.texts("GroupNames");
    let mut answer = {
        let rules = rules_by_group(call);
        let add_permissions = |_: &Call<'_>, row: &mut Value| {
            let own = rules.get(text(row, "GroupId")).map_or(&[] as &[&Value], Vec::as_slice);
            let (out, into): (Vec<&Value>, Vec<&Value>) = own.iter().partition(|rule| flag(rule, "IsEgress"));
            row["IpPermissions"] = permission::nest(&into);
            row["IpPermissionsEgress"] = permission::nest(&out);
        };
        list::describe(call, &LIST, add_permissions)?
    };
    if !names.is_empty() {
        let shown = answer[LIST.output].as_array_mut().map(std::mem::take).unwrap_or_default();
        if let Some(missing) = names.iter().find(|name| !shown.iter().any(|row| text(row, "GroupName") == **name)) {
            return Err(SECURITY_GROUP.unknown(missing));
        }
        answer[LIST.output] = filter::select(shown, Some(&json!([{"Name": "group-name", "Values": names}])), LIST.known, LIST.tags)?.into();
    }
    Ok(answer)
}

fn insert(call: &mut Call<'_>, vpc: &str, name: &str, description: &str, tags: Vec<(String, String)>) -> String {
    let id = call.new_id(SECURITY_GROUP.prefix);
    let row = json!({
        "GroupId": id, "GroupName": name, "Description": description, "VpcId": vpc, "OwnerId": call.account(),
        "SecurityGroupArn": SECURITY_GROUP.arn(call, &id),
    });
    SECURITY_GROUP.insert(call, &id, row, tags);
    let everywhere = json!({"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0"});
    security_group_rule::insert(call, &id, true, everywhere, Vec::new());
    // <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
    if call.get(VPC.table, vpc).is_some_and(|vpc| !items(vpc, "Ipv6CidrBlockAssociationSet").is_empty()) {
        let everywhere = json!({"IpProtocol": "-1", "FromPort": -1, "ToPort": -1, "CidrIpv6": "::/0"});
        security_group_rule::insert(call, &id, true, everywhere, Vec::new());
    }
    id
}

/// The group of a VPC with this name, in whatever letters.
pub fn by_name(call: &Call<'_>, vpc: &str, name: &str) -> Option<String> {
    let is_it = |row: &Value| text(row, "VpcId") == vpc && text(row, "GroupName").eq_ignore_ascii_case(name);
    let found = call.all(SECURITY_GROUP.table).into_iter().find(|(_, row)| is_it(row));
    found.map(|(id, _)| id.clone())
}

fn check_name(name: &str) -> Result<(), Fault> {
    let invalid = |why: &str| Err(Fault::new("InvalidParameterValue", format!("Value ({name}) for parameter GroupName is invalid. {why}")));
    if name.starts_with("sg-") {
        return invalid("Group names may not be in the format sg-*");
    }
    if name == "default" {
        return Err(Fault::new("InvalidParameterValue", "Cannot use reserved security group name: default"));
    }
    if name.is_empty() || !permission::is_description(name) {
        return invalid("Character sets beyond ASCII are not supported.");
    }
    Ok(())
}

/// The rules of every group, so that describing many groups looks at each rule once.
fn rules_by_group<'c>(call: &'c Call<'_>) -> BTreeMap<&'c str, Vec<&'c Value>> {
    let mut groups: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (_, rule) in call.all(SECURITY_GROUP_RULE.table) {
        groups.entry(text(rule, "GroupId")).or_default().push(rule);
    }
    groups
}
