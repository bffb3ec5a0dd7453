//! IpPermissions, AWS's nested form of security group rules, to single rules and back.

use super::kind::SECURITY_GROUP;
use super::{cidr, prefix_list};
use crate::services::members::{items, text};
use crate::world::{Call, Fault};
use serde_json::{Map, Value, json};

/// The members that make a rule what it is; the description is not among them.
const IDENTITY: [&str; 7] = ["IpProtocol", "FromPort", "ToPort", "CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupInfo"];

/// The characters that AWS allows in descriptions.
pub fn is_description(text: &str) -> bool {
    text.chars().count() <= 255 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(letter))
}

/// The single rules of a request, checked: its IpPermissions, or its own members in the flat form.
pub fn flatten(call: &Call<'_>, group: &Value) -> Result<Vec<Value>, Fault> {
    let input = call.input;
    let permissions = items(input, "IpPermissions");
    let mut rules = Vec::new();
    if permissions.is_empty() {
        if input.get("IpProtocol").is_none() && input.get("CidrIp").is_none() && input.get("SourceSecurityGroupName").is_none() {
            return Err(Fault::new("MissingParameter", "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided."));
        }
        let mut flat = json!({"IpProtocol": input.get("IpProtocol").cloned().unwrap_or(json!("-1"))});
        for member in ["FromPort", "ToPort"] {
            flat[member] = input.get(member).cloned().unwrap_or(Value::Null);
        }
        if let Some(block) = input.get("CidrIp") {
            flat["IpRanges"] = json!([{"CidrIp": block}]);
        }
        if let Some(name) = input.get("SourceSecurityGroupName") {
            flat["UserIdGroupPairs"] = json!([{"GroupName": name}]);
        }
        rules.extend(of_permission(call, group, &flat)?);
    }
    for permission in permissions {
        rules.extend(of_permission(call, group, permission)?);
    }
    for (at, rule) in rules.iter().enumerate() {
        if rules[..at].iter().any(|earlier| same(earlier, rule)) {
            return Err(Fault::new("InvalidParameterValue", "The same permission must not appear multiple times"));
        }
    }
    Ok(rules)
}

/// True when two rules allow the same, whatever their descriptions.
pub fn same(one: &Value, other: &Value) -> bool {
    IDENTITY.iter().all(|member| one.get(*member) == other.get(*member))
}

/// One rule as ModifySecurityGroupRules gives it, checked.
pub fn of_request(call: &Call<'_>, group: &Value, request: &Value) -> Result<Value, Fault> {
    let mut permission = json!({"IpProtocol": request.get("IpProtocol").cloned().unwrap_or(json!("-1"))});
    for member in ["FromPort", "ToPort"] {
        permission[member] = request.get(member).cloned().unwrap_or(Value::Null);
    }
    let description = request.get("Description").cloned().unwrap_or(Value::Null);
    let sources = [
        ("CidrIpv4", "IpRanges", "CidrIp"),
        ("CidrIpv6", "Ipv6Ranges", "CidrIpv6"),
        ("PrefixListId", "PrefixListIds", "PrefixListId"),
        ("ReferencedGroupId", "UserIdGroupPairs", "GroupId"),
    ];
    for (member, list, source) in sources {
        if let Some(value) = request.get(member) {
            permission[list] = json!([{source: value, "Description": description}]);
        }
    }
    match of_permission(call, group, &permission)?.as_slice() {
        [rule] => Ok(rule.clone()),
        _ => Err(Fault::new("InvalidParameterCombination", "A security group rule has exactly one source or destination")),
    }
}

/// Stored rules as IpPermissions: one entry a protocol and port range.
pub fn nest(rules: &[&Value]) -> Value {
    let mut permissions: Vec<Value> = Vec::new();
    for rule in rules {
        let all = text(rule, "IpProtocol") == "-1";
        let matches = |permission: &Value| {
            permission["IpProtocol"] == rule["IpProtocol"]
                && (all || permission["FromPort"] == rule["FromPort"] && permission["ToPort"] == rule["ToPort"])
        };
        let at = permissions.iter().position(matches).unwrap_or_else(|| {
            let mut permission =
                json!({"IpProtocol": rule["IpProtocol"], "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []});
            if !all {
                permission["FromPort"] = rule["FromPort"].clone();
                permission["ToPort"] = rule["ToPort"].clone();
            }
            permissions.push(permission);
            permissions.len() - 1
        });
        let (list, mut source) = if let Some(block) = rule.get("CidrIpv4") {
            ("IpRanges", json!({"CidrIp": block}))
        } else if let Some(block) = rule.get("CidrIpv6") {
            ("Ipv6Ranges", json!({"CidrIpv6": block}))
        } else if let Some(id) = rule.get("PrefixListId") {
            ("PrefixListIds", json!({"PrefixListId": id}))
        } else {
            (
                "UserIdGroupPairs",
                json!({"GroupId": rule["ReferencedGroupInfo"]["GroupId"], "UserId": rule["ReferencedGroupInfo"]["UserId"]}),
            )
        };
        if let Some(description) = rule.get("Description") {
            source["Description"] = description.clone();
        }
        if let Some(list) = permissions[at][list].as_array_mut() {
            list.push(source);
        }
    }
    permissions.into()
}

/// Returns a rule as AWS spells it in its errors.
pub fn spell(rule: &Value) -> String {
    let peer = ["CidrIpv4", "CidrIpv6", "PrefixListId"].iter().find_map(|member| rule.get(*member)?.as_str());
    let peer = peer.unwrap_or_else(|| text(&rule["ReferencedGroupInfo"], "GroupId"));
    let protocol = text(rule, "IpProtocol");
    if protocol == "-1" {
        return format!("peer: {peer}, ALL, ALLOW");
    }
    format!("peer: {peer}, {}, from port: {}, to port: {}, ALLOW", protocol.to_uppercase(), rule["FromPort"], rule["ToPort"])
}

fn of_permission(call: &Call<'_>, group: &Value, permission: &Value) -> Result<Vec<Value>, Fault> {
    let protocol = protocol(text(permission, "IpProtocol"))?;
    let (from, to) = ports(&protocol, permission)?;
    let base = json!({"IpProtocol": protocol, "FromPort": from, "ToPort": to});
    let mut rules = Vec::new();
    let mut add = |source: Map<String, Value>, description: &str| -> Result<(), Fault> {
        if !is_description(description) {
            let message = "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*";
            return Err(Fault::new("InvalidParameterValue", message));
        }
        let mut rule = base.clone();
        if let Value::Object(rule) = &mut rule {
            rule.extend(source);
            if !description.is_empty() {
                rule.insert("Description".into(), json!(description));
            }
        }
        rules.push(rule);
        Ok(())
    };
    let one = |member: &str, value: Value| Map::from_iter([(member.to_owned(), value)]);
    let malformed = |block: &str| Fault::new("InvalidParameterValue", format!("CIDR block {block} is malformed"));
    for range in items(permission, "IpRanges") {
        let block = text(range, "CidrIp");
        let net = cidr::ipv4(block, "cidrIp").map_err(|_| malformed(block))?;
        add(one("CidrIpv4", json!(net.to_string())), text(range, "Description"))?;
    }
    for range in items(permission, "Ipv6Ranges") {
        let block = text(range, "CidrIpv6");
        let net = cidr::ipv6(block, "cidrIpv6").map_err(|_| malformed(block))?;
        add(one("CidrIpv6", json!(net.to_string())), text(range, "Description"))?;
    }
    for list in items(permission, "PrefixListIds") {
        let id = text(list, "PrefixListId");
        prefix_list::check(call, id)?;
        add(one("PrefixListId", json!(id)), text(list, "Description"))?;
    }
    for pair in items(permission, "UserIdGroupPairs") {
        let id = referenced(call, group, pair)?;
        add(one("ReferencedGroupInfo", json!({"GroupId": id, "UserId": call.account()})), text(pair, "Description"))?;
    }
    if rules.is_empty() {
        return Err(Fault::new("MissingParameter", "Missing source specification: include source security group or CIDR information"));
    }
    Ok(rules)
}

/// The group that a pair names, by id or by name in the same VPC.
fn referenced(call: &Call<'_>, group: &Value, pair: &Value) -> Result<String, Fault> {
    let (id, name) = (text(pair, "GroupId"), text(pair, "GroupName"));
    if id.is_empty() {
        let found =
            call.all(SECURITY_GROUP.table).into_iter().find(|(_, row)| text(row, "GroupName") == name && row["VpcId"] == group["VpcId"]);
        return found.map(|(id, _)| id.clone()).ok_or_else(|| SECURITY_GROUP.unknown(name));
    }
    if SECURITY_GROUP.find(call, id)?["VpcId"] != group["VpcId"] {
        return Err(Fault::new("InvalidGroup.NotFound", "You have specified two resources that belong to different networks."));
    }
    Ok(id.to_owned())
}

fn protocol(given: &str) -> Result<String, Fault> {
    let lower = given.to_lowercase();
    match lower.as_str() {
        "tcp" | "6" => Ok("tcp".into()),
        "udp" | "17" => Ok("udp".into()),
        "icmp" | "1" => Ok("icmp".into()),
        "icmpv6" | "58" => Ok("icmpv6".into()),
        "-1" | "all" => Ok("-1".into()),
        number if number.parse::<u8>().is_ok() => Ok(number.into()),
        _ => Err(Fault::new("InvalidParameterValue", format!("Invalid value '{given}' for IP protocol. Unknown protocol."))),
    }
}

fn ports(protocol: &str, permission: &Value) -> Result<(i64, i64), Fault> {
    let port = |member: &str| permission.get(member).and_then(Value::as_i64);
    let invalid = |message: String| Err(Fault::new("InvalidParameterValue", message));
    match (protocol, port("FromPort"), port("ToPort")) {
        ("tcp" | "udp", Some(from), Some(to)) => {
            if let Some(port) = [from, to].into_iter().find(|port| !(0..=65535).contains(port)) {
                return invalid(format!("TCP/UDP port ({port}) out of range"));
            }
            if from > to {
                return invalid(format!("Invalid TCP/UDP port range ({from}-{to})"));
            }
            Ok((from, to))
        }
        ("tcp" | "udp", _, _) => invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.".into()),
        ("icmp" | "icmpv6", from, to) => {
            // Type and code, or -1 for all. <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>
            let (kind, code) = (from.unwrap_or(-1), to.unwrap_or(-1));
            for (name, number) in [("type", kind), ("code", code)] {
                if !(-1..=255).contains(&number) {
                    return invalid(format!("ICMP {name} ({number}) out of range"));
                }
            }
            Ok((kind, code))
        }
        _ => Ok((-1, -1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_icmp_are_types_and_codes() {
        let of =
            |protocol: &str, from: i64, to: i64| ports(protocol, &json!({"FromPort": from, "ToPort": to})).map_err(|fault| fault.message);
        assert_eq!((of("icmp", 8, -1), of("icmpv6", 255, 255)), (Ok((8, -1)), Ok((255, 255))));
        assert_eq!(of("icmp", 256, -1), Err("ICMP type (256) out of range".into()));
        assert_eq!(of("icmp", 3, 300), Err("ICMP code (300) out of range".into()));
    }
}
