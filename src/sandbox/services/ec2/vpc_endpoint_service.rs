//! The services that AWS offers behind VPC endpoints, with their default policies and DNS names.

use crate::services::members::{flag, text};
use crate::world::Fault;
use serde_json::{Value, json};

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
