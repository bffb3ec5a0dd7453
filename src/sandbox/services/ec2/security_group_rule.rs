//! Security group rules, each with an id and tags of its own.

use super::kind::{SECURITY_GROUP, SECURITY_GROUP_RULE};
use super::list::{self, List};
use super::{permission, prefix_list, tag};
use crate::services::members::{flag, items, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// AWS's default quota, each way.
const RULES_EACH_WAY: usize = 60;

const LIST: List = List {
    kind: &SECURITY_GROUP_RULE,
    ids: "SecurityGroupRuleIds",
    filters: "Filters",
    output: "SecurityGroupRules",
    tags: "Tags",
    known: &[("group-id", "GroupId"), ("security-group-rule-id", "SecurityGroupRuleId")],
};

pub fn authorize(call: &mut Call<'_>) -> Result<Value, Fault> {
    let egress = call.operation.ends_with("Egress");
    let (id, group) = group(call)?;
    let rules = permission::flatten(call, &group)?;
    let tags = tag::specified(call, &SECURITY_GROUP_RULE)?;
    let present = of_group(call, &id, egress);
    for rule in &rules {
        if present.iter().any(|(_, present)| permission::same(present, rule)) {
            let message = format!("the specified rule \"{}\" already exists", permission::spell(rule));
            return Err(Fault::new("InvalidPermission.Duplicate", message));
        }
    }
    if present.iter().map(|(_, rule)| rule).chain(&rules).map(|rule| weight(call, rule)).sum::<usize>() > RULES_EACH_WAY {
        return Err(Fault::new("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached."));
    }
    let made: Vec<Value> = rules.into_iter().map(|rule| list::with_tags(insert(call, &id, egress, rule, tags.clone()), &tags)).collect();
    Ok(json!({"Return": true, "SecurityGroupRules": made}))
}

/// The number of rules that a rule counts as: one with a prefix list as many as the list has room for.
fn weight(call: &Call<'_>, rule: &Value) -> usize {
    rule.get("PrefixListId").and_then(Value::as_str).map_or(1, |list| prefix_list::weight(call, list))
}

/// The groups that would have too many rules if the prefix list were as large.
pub fn overfilled(call: &Call<'_>, list: &str, size: i64) -> Vec<String> {
    let size = usize::try_from(size).unwrap_or_default();
    let weight = |rule: &Value| if text(rule, "PrefixListId") == list { size } else { weight(call, rule) };
    let too_many =
        |group: &str, egress: bool| of_group(call, group, egress).iter().map(|(_, rule)| weight(rule)).sum::<usize>() > RULES_EACH_WAY;
    let groups = call.all(SECURITY_GROUP.table).into_iter().map(|(group, _)| group);
    groups.filter(|group| [true, false].into_iter().any(|egress| too_many(group, egress))).cloned().collect()
}

/// All of the named rules go, or none.
pub fn revoke(call: &mut Call<'_>) -> Result<Value, Fault> {
    let egress = call.operation.ends_with("Egress");
    let (id, group) = group(call)?;
    let present = of_group(call, &id, egress);
    let named = call.texts("SecurityGroupRuleIds");
    let mut doomed: Vec<String> = Vec::new();
    for rule in &named {
        SECURITY_GROUP_RULE.find(call, rule)?;
        if !present.iter().any(|(present, _)| present == rule) {
            return Err(SECURITY_GROUP_RULE.unknown(rule));
        }
        doomed.push(rule.clone());
    }
    if named.is_empty() || !items(call.input, "IpPermissions").is_empty() {
        for rule in permission::flatten(call, &group)? {
            let found = present.iter().find(|(_, present)| permission::same(present, &rule));
            let (found, _) = found
                .ok_or_else(|| Fault::new("InvalidPermission.NotFound", "The specified rule does not exist in this security group."))?;
            doomed.push(found.clone());
        }
    }
    let mut revoked = Vec::new();
    for rule in doomed {
        if let Some(mut row) = call.remove(SECURITY_GROUP_RULE.table, &rule) {
            if let Some(other) = row.pointer("/ReferencedGroupInfo/GroupId").cloned() {
                row["ReferencedGroupId"] = other;
            }
            if let Value::Object(members) = &mut row {
                for member in ["ReferencedGroupInfo", "GroupOwnerId", "SecurityGroupRuleArn"] {
                    members.remove(member);
                }
            }
            revoked.push(row);
        }
    }
    Ok(json!({"Return": true, "RevokedSecurityGroupRules": revoked}))
}

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (group_id, group) = group(call)?;
    let mut changed = Vec::new();
    for update in items(call.input, "SecurityGroupRules") {
        let id = text(update, "SecurityGroupRuleId").to_owned();
        let row = SECURITY_GROUP_RULE.find(call, &id)?;
        if text(row, "GroupId") != group_id {
            return Err(SECURITY_GROUP_RULE.unknown(&id));
        }
        let rule = permission::of_request(call, &group, &update["SecurityGroupRule"])?;
        let source = |rule: &Value| {
            ["CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupInfo"].into_iter().find(|member| rule.get(*member).is_some())
        };
        if source(row) != source(&rule) {
            return Err(Fault::new("InvalidParameterValue", format!("The kind of source or destination of rule {id} cannot be changed.")));
        }
        let others = of_group(call, &group_id, flag(row, "IsEgress"));
        if others.iter().any(|(other, present)| *other != id && permission::same(present, &rule)) {
            let message = format!("the specified rule \"{}\" already exists", permission::spell(&rule));
            return Err(Fault::new("InvalidPermission.Duplicate", message));
        }
        changed.push((id, rule));
    }
    for (id, rule) in changed {
        if let (Some(Value::Object(row)), Value::Object(rule)) = (call.get_mut(SECURITY_GROUP_RULE.table, &id), rule) {
            row.remove("Description");
            row.extend(rule);
        }
    }
    Ok(json!({"Return": true}))
}

pub fn update_descriptions(call: &mut Call<'_>) -> Result<Value, Fault> {
    let egress = call.operation.ends_with("Egress");
    let (group_id, group) = group(call)?;
    let present = of_group(call, &group_id, egress);
    let mut changed: Vec<(String, Value)> = Vec::new();
    let by_id = items(call.input, "SecurityGroupRuleDescriptions");
    for update in by_id {
        let id = text(update, "SecurityGroupRuleId");
        if !present.iter().any(|(present, _)| present == id) {
            return Err(SECURITY_GROUP_RULE.unknown(id));
        }
        changed.push((id.to_owned(), update.get("Description").cloned().unwrap_or(Value::Null)));
    }
    if by_id.is_empty() {
        for rule in permission::flatten(call, &group)? {
            let found = present.iter().find(|(_, present)| permission::same(present, &rule));
            let (id, _) = found
                .ok_or_else(|| Fault::new("InvalidPermission.NotFound", "The specified rule does not exist in this security group."))?;
            changed.push((id.clone(), rule.get("Description").cloned().unwrap_or(Value::Null)));
        }
    }
    for (id, description) in changed {
        if let Some(Value::Object(row)) = call.get_mut(SECURITY_GROUP_RULE.table, &id) {
            row.remove("Description");
            if description.as_str().is_some_and(|text| !text.is_empty()) {
                row.insert("Description".into(), description);
            }
        }
    }
    Ok(json!({"Return": true}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    list::describe(call, &LIST, list::as_stored)
}

/// Stores one rule of a group; it answers the rule as AWS shows it, without tags.
pub fn insert(call: &mut Call<'_>, group: &str, egress: bool, mut rule: Value, tags: Vec<(String, String)>) -> Value {
    let id = call.new_id(SECURITY_GROUP_RULE.prefix);
    rule["SecurityGroupRuleId"] = json!(id);
    rule["SecurityGroupRuleArn"] = json!(SECURITY_GROUP_RULE.arn(call, &id));
    rule["GroupId"] = json!(group);
    rule["GroupOwnerId"] = json!(call.account());
    rule["IsEgress"] = json!(egress);
    SECURITY_GROUP_RULE.insert(call, &id, rule.clone(), tags);
    rule
}

pub fn delete_all(call: &mut Call<'_>, group: &str) {
    for (rule, _) in of_group(call, group, false).into_iter().chain(of_group(call, group, true)) {
        call.remove(SECURITY_GROUP_RULE.table, &rule);
    }
}

fn of_group(call: &Call<'_>, group: &str, egress: bool) -> Vec<(String, Value)> {
    let own = |rule: &Value| text(rule, "GroupId") == group && flag(rule, "IsEgress") == egress;
    call.all(SECURITY_GROUP_RULE.table).into_iter().filter(|(_, rule)| own(rule)).map(|(id, rule)| (id.clone(), rule.clone())).collect()
}

/// The group that a request is about.
fn group(call: &Call<'_>) -> Result<(String, Value), Fault> {
    let id = call.text("GroupId");
    if id.is_empty() {
        let message =
            "The request must contain the parameter groupName or groupId. A group that is not in a default VPC is named by its groupId";
        return Err(Fault::new("MissingParameter", message));
    }
    Ok((id.to_owned(), SECURITY_GROUP.find(call, id)?.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, security_group, vpc, world};
    use crate::world::World;
    use serde_json::{Value, json};

    fn tcp(port: u16, source: Value) -> Value {
        let mut permission = json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port});
        let list = if source.get("CidrIp").is_some() { "IpRanges" } else { "UserIdGroupPairs" };
        permission[list] = json!([source]);
        permission
    }
    fn shown(world: &mut World, group: &str) -> Value {
        call(world, "DescribeSecurityGroups", json!({"GroupIds": [group]}))["SecurityGroups"][0].clone()
    }

    #[test]
    fn rules_nest_and_have_ids() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let group = security_group(&mut world, &vpc, "web");
        let everywhere = json!([{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}]);
        assert_eq!(shown(&mut world, &group)["IpPermissionsEgress"], everywhere);
        let rule = json!({"GroupId": group, "IpPermissions": [tcp(443, json!({"CidrIp": "10.1.2.3/8", "Description": "tls"}))]});
        let made = call(&mut world, "AuthorizeSecurityGroupIngress", rule.clone())["SecurityGroupRules"][0].clone();
        assert_eq!((&made["CidrIpv4"], &made["IsEgress"]), (&json!("10.0.0.0/8"), &json!(false)));
        assert_eq!(fault(&mut world, "AuthorizeSecurityGroupIngress", rule.clone()), "InvalidPermission.Duplicate");
        assert_eq!(shown(&mut world, &group)["IpPermissions"][0]["IpRanges"], json!([{"CidrIp": "10.0.0.0/8", "Description": "tls"}]));
        let other = json!({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIpv4": "10.0.0.0/8"});
        let update = json!({"GroupId": group, "SecurityGroupRules": [{"SecurityGroupRuleId": made["SecurityGroupRuleId"], "SecurityGroupRule": other}]});
        call(&mut world, "ModifySecurityGroupRules", update);
        assert_eq!(shown(&mut world, &group)["IpPermissions"][0]["IpRanges"], json!([{"CidrIp": "10.0.0.0/8"}]));
        assert_eq!(fault(&mut world, "RevokeSecurityGroupIngress", rule), "InvalidPermission.NotFound");
        let by_id = json!({"GroupId": group, "SecurityGroupRuleIds": [made["SecurityGroupRuleId"]]});
        call(&mut world, "RevokeSecurityGroupIngress", by_id.clone());
        assert_eq!(fault(&mut world, "RevokeSecurityGroupIngress", by_id), "InvalidSecurityGroupRuleId.NotFound");
        assert_eq!(shown(&mut world, &group)["IpPermissions"], json!([]));
    }

    #[test]
    fn descriptions_change_in_place() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let group = security_group(&mut world, &vpc, "web");
        let rule = |description: &str| json!({"GroupId": group, "IpPermissions": [tcp(80, json!({"CidrIp": "10.0.0.0/8", "Description": description}))]});
        assert_eq!(fault(&mut world, "UpdateSecurityGroupRuleDescriptionsIngress", rule("a")), "InvalidPermission.NotFound");
        call(&mut world, "AuthorizeSecurityGroupIngress", rule("a"));
        call(&mut world, "UpdateSecurityGroupRuleDescriptionsIngress", rule("b"));
        assert_eq!(shown(&mut world, &group)["IpPermissions"][0]["IpRanges"][0]["Description"], "b");
        assert_eq!(fault(&mut world, "UpdateSecurityGroupRuleDescriptionsIngress", rule("é")), "InvalidParameterValue");
    }

    #[test]
    fn a_group_that_another_names_stays() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let (web, db) = (security_group(&mut world, &vpc, "web"), security_group(&mut world, &vpc, "db"));
        for (group, peer) in [(&db, &web), (&web, &web)] {
            call(
                &mut world,
                "AuthorizeSecurityGroupIngress",
                json!({"GroupId": group, "IpPermissions": [tcp(5432, json!({"GroupId": peer}))]}),
            );
        }
        assert_eq!(fault(&mut world, "DeleteSecurityGroup", json!({"GroupId": web})), "DependencyViolation");
        call(&mut world, "DeleteSecurityGroup", json!({"GroupId": db}));
        call(&mut world, "DeleteSecurityGroup", json!({"GroupId": web}));
        assert_eq!(fault(&mut world, "DeleteSecurityGroup", json!({"GroupId": web})), "InvalidGroup.NotFound");
    }

    #[test]
    fn what_aws_refuses() {
        let mut world = world();
        let (vpc, other) = (vpc(&mut world), vpc(&mut world));
        let (group, far) = (security_group(&mut world, &vpc, "web"), security_group(&mut world, &other, "web"));
        for (permission, code) in [
            (tcp(80, json!({"CidrIp": "10.0.0.0/33"})), "InvalidParameterValue"),
            (tcp(80, json!({"GroupId": far})), "InvalidGroup.NotFound"),
            (tcp(80, json!({"GroupId": "sg-0123456789abcdef0"})), "InvalidGroup.NotFound"),
            (tcp(80, json!({"GroupId": "banana"})), "InvalidGroupId.Malformed"),
            (json!({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}), "InvalidParameterValue"),
            (json!({"IpProtocol": "tcp", "FromPort": 9, "ToPort": 8, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}), "InvalidParameterValue"),
            (json!({"IpProtocol": "carrier-pigeon", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}), "InvalidParameterValue"),
            (json!({"IpProtocol": "-1"}), "MissingParameter"),
        ] {
            assert_eq!(
                fault(&mut world, "AuthorizeSecurityGroupIngress", json!({"GroupId": group, "IpPermissions": [permission]})),
                code,
                "{permission}"
            );
        }
        for (name, code) in [
            ("sg-x", "InvalidParameterValue"),
            ("default", "InvalidParameterValue"),
            ("é", "InvalidParameterValue"),
            ("web", "InvalidGroup.Duplicate"),
        ] {
            assert_eq!(
                fault(&mut world, "CreateSecurityGroup", json!({"GroupName": name, "Description": "d", "VpcId": vpc})),
                code,
                "{name}"
            );
        }
    }
}
