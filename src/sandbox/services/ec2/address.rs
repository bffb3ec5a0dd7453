//! Elastic IP addresses.

use super::kind::ADDRESS;
use super::list::{self, List};
use super::{filter, tag, unmodelled};
use crate::services::members::text;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const LIST: List = List {
    kind: &ADDRESS,
    ids: "AllocationIds",
    filters: "Filters",
    output: "Addresses",
    tags: "Tags",
    known: &[
        ("allocation-id", "AllocationId"),
        ("association-id", "AssociationId"),
        ("domain", "Domain"),
        ("instance-id", "InstanceId"),
        ("network-border-group", "NetworkBorderGroup"),
        ("network-interface-id", "NetworkInterfaceId"),
        ("network-interface-owner-id", "NetworkInterfaceOwnerId"),
        ("private-ip-address", "PrivateIpAddress"),
        ("public-ip", "PublicIp"),
    ],
};

pub fn allocate(call: &mut Call<'_>) -> Result<Value, Fault> {
    unmodelled::refuse(call, &["Address", "CustomerOwnedIpv4Pool", "IpamPoolId", "NetworkBorderGroup", "PublicIpv4Pool"])?;
    let tags = tag::specified(call, &ADDRESS)?;
    let id = call.new_id(ADDRESS.prefix);
    let address = fresh_public_ip(call);
    let row = json!({
        "AllocationId": id, "Domain": "vpc", "NetworkBorderGroup": call.region, "PublicIp": address, "PublicIpv4Pool": "amazon",
    });
    ADDRESS.insert(call, &id, row.clone(), tags);
    Ok(row)
}

pub fn release(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (id, address) = (call.text("AllocationId").to_owned(), call.text("PublicIp"));
    let id = match (id.is_empty(), address.is_empty()) {
        (true, true) => return Err(Fault::new("MissingParameter", "Either public IP or allocation id must be specified")),
        (false, false) => {
            return Err(Fault::new(
                "InvalidParameterCombination",
                "You may specify public IP or allocation id, but not both in the same call",
            ));
        }
        (false, true) => id,
        (true, false) => {
            let found = call.all(ADDRESS.table).into_iter().find(|(_, row)| text(row, "PublicIp") == address).map(|(id, _)| id.clone());
            found.ok_or_else(|| Fault::new("InvalidAddress.NotFound", format!("Address '{address}' not found.")))?
        }
    };
    let row = ADDRESS.find(call, &id)?;
    if row.get("AssociationId").is_some() {
        return Err(Fault::new("InvalidIPAddress.InUse", format!("Address {} is in use.", text(row, "PublicIp"))));
    }
    call.remove(ADDRESS.table, &id);
    Ok(json!({}))
}

/// Here an address is only ever associated by a NAT gateway, which keeps it for life.
pub fn disassociate(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (association, address) = (call.text("AssociationId"), call.text("PublicIp"));
    let held = call.all(ADDRESS.table).into_iter().filter(|(_, row)| row.get("AssociationId").is_some());
    let named = |row: &Value| text(row, "AssociationId") == association || text(row, "PublicIp") == address;
    if held.into_iter().any(|(_, row)| named(row)) {
        return Err(Fault::new("AuthFailure", "You do not have permission to access the specified resource.").status(403));
    }
    Err(Fault::new("InvalidAssociationID.NotFound", format!("The association ID '{association}' does not exist")))
}

/// The reverse DNS names of addresses, of which nothing here has any.
pub fn describe_attribute(call: &mut Call<'_>) -> Result<Value, Fault> {
    for id in call.texts("AllocationIds") {
        ADDRESS.find(call, &id)?;
    }
    Ok(json!({"Addresses": []}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let wanted = call.texts("PublicIps");
    let mut answer = list::describe(call, &LIST, list::as_stored)?;
    if !wanted.is_empty() {
        let shown = answer[LIST.output].as_array_mut().map(std::mem::take).unwrap_or_default();
        if let Some(missing) =
            wanted.iter().find(|wanted| !call.all(ADDRESS.table).iter().any(|(_, row)| text(row, "PublicIp") == **wanted))
        {
            return Err(Fault::new("InvalidAddress.NotFound", format!("Address '{missing}' not found.")));
        }
        let by_address = json!([{"Name": "public-ip", "Values": wanted}]);
        answer[LIST.output] = filter::select(shown, Some(&by_address), LIST.known, LIST.tags)?.into();
    }
    Ok(answer)
}

/// An address from Amazon's own ranges that nothing in this world has yet.
pub fn fresh_public_ip(call: &mut Call<'_>) -> String {
    loop {
        let number = u32::from_str_radix(&call.hex(6), 16).unwrap_or(0);
        let [_, second, third, fourth] = number.to_be_bytes();
        let address = format!("54.{second}.{third}.{fourth}");
        if call.referrers(ADDRESS.table, &address).is_empty() {
            return address;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, world};
    use serde_json::json;

    #[test]
    fn allocate_find_release() {
        let mut world = world();
        let made = call(&mut world, "AllocateAddress", json!({"Domain": "vpc"}));
        let by_address = json!({"PublicIps": [made["PublicIp"]]});
        assert_eq!(call(&mut world, "DescribeAddresses", by_address.clone())["Addresses"][0]["AllocationId"], made["AllocationId"]);
        call(&mut world, "ReleaseAddress", json!({"AllocationId": made["AllocationId"]}));
        assert_eq!(fault(&mut world, "ReleaseAddress", json!({"AllocationId": made["AllocationId"]})), "InvalidAllocationID.NotFound");
        assert_eq!(fault(&mut world, "DescribeAddresses", by_address), "InvalidAddress.NotFound");
        assert_eq!(fault(&mut world, "ReleaseAddress", json!({})), "MissingParameter");
    }
}
