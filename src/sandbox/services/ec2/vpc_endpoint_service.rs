//! The services that AWS offers behind VPC endpoints, with their default policies and DNS names.

use super::filter::{self, Known};
use super::zone;
use crate::services::members::{flag, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The policies that AWS writes where the request has none.
pub const GATEWAY_POLICY: &str = r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
pub const INTERFACE_POLICY: &str = "{\n  \"Statement\": [\n    {\n      \"Action\": \"*\", \n      \"Effect\": \"Allow\", \n      \"Principal\": \"*\", \n      \"Resource\": \"*\"\n    }\n  ]\n}";

/// The services that have interface endpoints, by the part of their names behind `com.amazonaws.REGION.`.
const INTERFACE_SERVICES: [&str; 34] = [
    "application-autoscaling",
    "autoscaling",
    "cloudformation",
    "cloudtrail",
    "ec2",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "ecs-agent",
    "ecs-telemetry",
    "elasticache",
    "elasticfilesystem",
    "elasticloadbalancing",
    "email-smtp",
    "events",
    "execute-api",
    "glue",
    "guardduty-data",
    "kinesis-firehose",
    "kinesis-streams",
    "kms",
    "lambda",
    "logs",
    "monitoring",
    "rds",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "ssmmessages",
    "sts",
    "xray",
];
const GATEWAY_SERVICES: [&str; 2] = ["dynamodb", "s3"];

/// True when the service exists in the region and has endpoints of this type.
pub fn check(region: &str, service: &str, kind: &str) -> Result<(), Fault> {
    let name = service.strip_prefix(&format!("com.amazonaws.{region}.")).unwrap_or("");
    let mut types = Vec::new();
    types.extend(GATEWAY_SERVICES.contains(&name).then_some("Gateway"));
    types.extend(INTERFACE_SERVICES.contains(&name).then_some("Interface"));
    if types.is_empty() {
        return Err(Fault::new("InvalidServiceName", format!("The Vpc Endpoint Service '{service}' does not exist")));
    }
    if !types.contains(&kind) {
        let message = format!("Endpoint type ({kind}) does not match available service types ([{}]).", types.join(", "));
        return Err(Fault::new("InvalidParameter", message));
    }
    Ok(())
}

/// Answers the services of the region, a service that has both types of endpoints twice.
pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    const KNOWN: Known = &[
        ("owner", "Owner"),
        ("service-name", "ServiceName"),
        ("service-region", "ServiceRegion"),
        ("service-type", "ServiceType.ServiceType"),
        ("supported-ip-address-types", "SupportedIpAddressTypes"),
    ];
    let regions = call.texts("ServiceRegions");
    if regions.iter().any(|region| region != call.region) {
        return Err(Fault::new("NotInSandbox", "endpoint services of other regions are not in the sandbox").status(501));
    }
    let gateways = GATEWAY_SERVICES.iter().map(|name| (*name, "Gateway"));
    let interfaces = INTERFACE_SERVICES.iter().map(|name| (*name, "Interface"));
    let mut rows: Vec<Value> = gateways.chain(interfaces).map(|(name, kind)| shown(call.region, name, kind)).collect();
    let wanted = call.texts("ServiceNames");
    if let Some(unknown) = wanted.iter().find(|name| !rows.iter().any(|row| text(row, "ServiceName") == name.as_str())) {
        return Err(Fault::new("InvalidServiceName", format!("The Vpc Endpoint Service '{unknown}' does not exist")));
    }
    rows.retain(|row| wanted.is_empty() || wanted.iter().any(|name| text(row, "ServiceName") == name));
    rows.sort_by(|one, other| text(one, "ServiceName").cmp(text(other, "ServiceName")));
    let details = filter::select(rows, call.input.get("Filters"), KNOWN, "Tags")?;
    let mut names: Vec<Value> = details.iter().map(|row| row["ServiceName"].clone()).collect();
    names.dedup();
    Ok(json!({"ServiceNames": names, "ServiceDetails": details}))
}

fn shown(region: &str, name: &str, kind: &str) -> Value {
    let full = format!("com.amazonaws.{region}.{name}");
    let id = Sha256::digest(format!("{full}/{kind}")).iter().take(9).map(|byte| format!("{byte:02x}")).collect::<String>();
    let host = name.split('.').rev().collect::<Vec<_>>().join(".");
    let private = format!("{host}.{region}.amazonaws.com");
    let mut row = json!({
        "ServiceName": full, "ServiceId": format!("vpce-svc-{}", &id[..17]), "ServiceType": [{"ServiceType": kind}], "ServiceRegion": region,
        "AvailabilityZones": zone::of(region).iter().map(|zone| zone.name.clone()).collect::<Vec<_>>(),
        "AvailabilityZoneIds": zone::of(region).iter().map(|zone| zone.id.clone()).collect::<Vec<_>>(),
        "Owner": "amazon", "VpcEndpointPolicySupported": true, "AcceptanceRequired": false, "ManagesVpcEndpoints": false, "Tags": [],
        "SupportedIpAddressTypes": ["ipv4"],
    });
    if kind == "Interface" {
        row["BaseEndpointDnsNames"] = json!([format!("{host}.{region}.vpce.amazonaws.com")]);
        row["PrivateDnsName"] = json!(private);
        row["PrivateDnsNames"] = json!([{"PrivateDnsName": private}]);
        row["PrivateDnsNameVerificationState"] = json!("verified");
    } else {
        row["BaseEndpointDnsNames"] = json!([private]);
    }
    row
}

/// The names of an interface endpoint: its own, and the service's if private DNS is on.
pub fn dns_entries(region: &str, row: &Value) -> Value {
    let (id, suffix) = (text(row, "VpcEndpointId"), text(row, "_suffix"));
    let service = text(row, "ServiceName").rsplit_once(&format!("{region}.")).map_or("", |(_, service)| service);
    let host = service.split('.').rev().collect::<Vec<_>>().join(".");
    let mut entries =
        vec![json!({"DnsName": format!("{id}-{suffix}.{host}.{region}.vpce.amazonaws.com"), "HostedZoneId": "Z7HUB22UULQXV"})];
    if flag(row, "PrivateDnsEnabled") {
        entries.push(json!({"DnsName": format!("{host}.{region}.amazonaws.com"), "HostedZoneId": "ZONEIDPENDING"}));
    }
    entries.into()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, world};
    use serde_json::json;

    #[test]
    fn services_are_found_by_name_and_type() {
        let mut world = world();
        let gateways = json!({"Filters": [{"Name": "service-type", "Values": ["Gateway"]}]});
        let found = call(&mut world, "DescribeVpcEndpointServices", gateways);
        assert_eq!(found["ServiceNames"], json!(["com.amazonaws.us-east-1.dynamodb", "com.amazonaws.us-east-1.s3"]));
        let of_s3 = call(&mut world, "DescribeVpcEndpointServices", json!({"ServiceNames": ["com.amazonaws.us-east-1.s3"]}));
        assert_eq!((of_s3["ServiceNames"].as_array().unwrap().len(), of_s3["ServiceDetails"].as_array().unwrap().len()), (1, 2));
        let unknown = json!({"ServiceNames": ["com.amazonaws.us-east-1.none"]});
        assert_eq!(fault(&mut world, "DescribeVpcEndpointServices", unknown), "InvalidServiceName");
    }
}
