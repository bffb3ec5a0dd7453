//! The attributes of a VPC that AWS reads and sets one a call.

use super::kind::VPC;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// Each attribute's name in the read call, its member in both calls, and where the VPC keeps it.
const ATTRIBUTES: [(&str, &str, &str); 3] = [
    ("enableDnsSupport", "EnableDnsSupport", "_enableDnsSupport"),
    ("enableDnsHostnames", "EnableDnsHostnames", "_enableDnsHostnames"),
    ("enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics", "_enableNetworkAddressUsageMetrics"),
];

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("VpcId").to_owned();
    let row = VPC.find(call, &id)?.clone();
    let given: Vec<_> = ATTRIBUTES.iter().filter(|(_, member, _)| call.input.get(*member).is_some()).collect();
    match given[..] {
        [] => Err(Fault::new("InvalidParameterCombination", "No attributes specified.")),
        [(_, member, stored)] => {
            let value = call.input[*member].get("Value").and_then(Value::as_bool).unwrap_or(false);
            check(&row, stored, value)?;
            if let Some(row) = call.get_mut(VPC.table, &id) {
                row[*stored] = json!(value);
            }
            Ok(json!({}))
        }
        _ => {
            let names: Vec<&str> = given.iter().map(|(name, _, _)| *name).collect();
            Err(Fault::new("InvalidParameterCombination", format!("Fields for multiple attribute types specified: {}", names.join(", "))))
        }
    }
}

/// "You can only enable DNS hostnames if you've enabled DNS support." No page says that support stays on where host names are.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html>
fn check(row: &Value, stored: &str, value: bool) -> Result<(), Fault> {
    match stored == "_enableDnsHostnames" && value && row["_enableDnsSupport"] == false {
        true => Err(Fault::new("InvalidParameterValue", "DNS hostnames can only be enabled if DNS support is enabled.")),
        false => Ok(()),
    }
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("VpcId");
    let row = VPC.find(call, id)?;
    let asked = ATTRIBUTES.iter().find(|(name, _, _)| *name == call.text("Attribute"));
    let (_, member, stored) = asked.ok_or_else(|| {
        Fault::new("InvalidParameterValue", format!("Value ({}) for parameter attribute is invalid.", call.text("Attribute")))
    })?;
    Ok(json!({"VpcId": id, *member: {"Value": row[*stored]}}))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, vpc, world};
    use serde_json::json;

    #[test]
    fn one_attribute_a_call() {
        let mut world = world();
        let id = vpc(&mut world);
        let read = |world: &mut _, name: &str| call(world, "DescribeVpcAttribute", json!({"VpcId": id, "Attribute": name}));
        assert_eq!(read(&mut world, "enableDnsSupport")["EnableDnsSupport"]["Value"], true);
        call(&mut world, "ModifyVpcAttribute", json!({"VpcId": id, "EnableDnsHostnames": {"Value": true}}));
        assert_eq!(read(&mut world, "enableDnsHostnames"), json!({"VpcId": id, "EnableDnsHostnames": {"Value": true}}));
        let both = json!({"VpcId": id, "EnableDnsHostnames": {"Value": true}, "EnableDnsSupport": {"Value": true}});
        assert_eq!(fault(&mut world, "ModifyVpcAttribute", both), "InvalidParameterCombination");
    }

    #[test]
    fn host_names_need_the_resolver() {
        let mut world = world();
        let id = vpc(&mut world);
        let set = |name: &str, on: bool| json!({"VpcId": id, name: {"Value": on}});
        call(&mut world, "ModifyVpcAttribute", set("EnableDnsSupport", false));
        assert_eq!(fault(&mut world, "ModifyVpcAttribute", set("EnableDnsHostnames", true)), "InvalidParameterValue");
    }
}
