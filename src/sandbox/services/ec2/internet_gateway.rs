//! Internet gateways: at most one a VPC, and not to be pulled out from under public addresses.

use super::kind::{INTERNET_GATEWAY, NETWORK_INTERFACE, VPC};
use super::list::{self, List};
use super::{default_vpc, in_use, tag};
use crate::services::members::{items, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const LIST: List = List {
    kind: &INTERNET_GATEWAY,
    ids: "InternetGatewayIds",
    filters: "Filters",
    output: "InternetGateways",
    tags: "Tags",
    known: &[
        ("attachment.state", "Attachments.State"),
        ("attachment.vpc-id", "Attachments.VpcId"),
        ("internet-gateway-id", "InternetGatewayId"),
        ("owner-id", "OwnerId"),
    ],
};

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let tags = tag::specified(call, &INTERNET_GATEWAY)?;
    let id = call.new_id(INTERNET_GATEWAY.prefix);
    let row = json!({"InternetGatewayId": id, "Attachments": [], "OwnerId": call.account()});
    INTERNET_GATEWAY.insert(call, &id, row.clone(), tags.clone());
    Ok(json!({"InternetGateway": list::with_tags(row, &tags)}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = call.text("InternetGatewayId").to_owned();
    if !items(INTERNET_GATEWAY.find(call, &id)?, "Attachments").is_empty() {
        return Err(in_use::violation("internetGateway", &id));
    }
    call.remove(INTERNET_GATEWAY.table, &id);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    default_vpc::show(call, &LIST)?;
    list::describe(call, &LIST, list::as_stored)
}

pub fn attach(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (id, vpc) = (call.text("InternetGatewayId").to_owned(), call.text("VpcId").to_owned());
    let gateway = INTERNET_GATEWAY.find(call, &id)?;
    VPC.find(call, &vpc)?;
    if let Some(attachment) = items(gateway, "Attachments").first() {
        let message = format!("resource {id} is already attached to network {}", text(attachment, "VpcId"));
        return Err(Fault::new("Resource.AlreadyAssociated", message));
    }
    if of_vpc(call, &vpc).is_some() {
        return Err(Fault::new("InvalidParameterValue", format!("Network {vpc} already has an internet gateway attached")));
    }
    if let Some(row) = call.get_mut(INTERNET_GATEWAY.table, &id) {
        // AWS says `available` here, which its own model does not list.
        row["Attachments"] = json!([{"State": "available", "VpcId": vpc}]);
    }
    Ok(json!({}))
}

pub fn detach(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (id, vpc) = (call.text("InternetGatewayId").to_owned(), call.text("VpcId").to_owned());
    let gateway = INTERNET_GATEWAY.find(call, &id)?;
    VPC.find(call, &vpc)?;
    if !items(gateway, "Attachments").iter().any(|attachment| text(attachment, "VpcId") == vpc) {
        return Err(Fault::new("Gateway.NotAttached", format!("resource {id} is not attached to network {vpc}")));
    }
    let public = |row: &Value| text(row, "VpcId") == vpc && row.get("Association").is_some();
    if call.all(NETWORK_INTERFACE.table).into_iter().any(|(_, row)| public(row)) {
        let message = format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        );
        return Err(Fault::new("DependencyViolation", message));
    }
    if let Some(row) = call.get_mut(INTERNET_GATEWAY.table, &id) {
        row["Attachments"] = json!([]);
    }
    Ok(json!({}))
}

/// The gateway attached to a VPC.
pub fn of_vpc(call: &Call<'_>, vpc: &str) -> Option<String> {
    let attached = |row: &Value| items(row, "Attachments").iter().any(|attachment| text(attachment, "VpcId") == vpc);
    call.all(INTERNET_GATEWAY.table).into_iter().find(|(_, row)| attached(row)).map(|(id, _)| id.clone())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, internet_gateway, vpc, world};
    use serde_json::json;

    #[test]
    fn one_gateway_a_vpc_and_one_vpc_a_gateway() {
        let mut world = world();
        let (one, two) = (vpc(&mut world), vpc(&mut world));
        let gateway = internet_gateway(&mut world, &one);
        let other = call(&mut world, "CreateInternetGateway", json!({}))["InternetGateway"]["InternetGatewayId"].clone();
        assert_eq!(fault(&mut world, "AttachInternetGateway", json!({"InternetGatewayId": other, "VpcId": one})), "InvalidParameterValue");
        assert_eq!(
            fault(&mut world, "AttachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": two})),
            "Resource.AlreadyAssociated"
        );
        assert_eq!(fault(&mut world, "DetachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": two})), "Gateway.NotAttached");
        assert_eq!(fault(&mut world, "DeleteInternetGateway", json!({"InternetGatewayId": gateway})), "DependencyViolation");
        call(&mut world, "DetachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": one}));
        call(&mut world, "DeleteInternetGateway", json!({"InternetGatewayId": gateway}));
        assert_eq!(
            fault(&mut world, "DeleteInternetGateway", json!({"InternetGatewayId": "banana"})),
            "InvalidInternetGatewayId.Malformed"
        );
    }
}
