//! Flow logs of VPCs, subnets and network interfaces.

use super::kind::{FLOW_LOG, Kind, NETWORK_INTERFACE, SUBNET, VPC};
use super::list::{self, List};
use super::{idempotency, tag};
use crate::services::iam;
use crate::services::members::text;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const DEFAULT_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

/// The members of a request that make two flow logs of one resource the same.
const IDENTITY: [&str; 4] = ["LogDestination", "LogGroupName", "TrafficType", "LogFormat"];

const LIST: List = List {
    kind: &FLOW_LOG,
    ids: "FlowLogIds",
    filters: "Filter",
    output: "FlowLogs",
    tags: "Tags",
    known: &[
        ("deliver-log-status", "DeliverLogsStatus"),
        ("flow-log-id", "FlowLogId"),
        ("log-destination-type", "LogDestinationType"),
        ("log-group-name", "LogGroupName"),
        ("resource-id", "ResourceId"),
        ("traffic-type", "TrafficType"),
    ],
};

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    if let Some(id) = idempotency::earlier(call, &FLOW_LOG)? {
        let token = call.text("ClientToken");
        let made = call.all(FLOW_LOG.table).into_iter().filter(|(other, row)| **other == id || text(row, "_token") == token);
        return Ok(json!({"ClientToken": token, "FlowLogIds": made.map(|(id, _)| id).collect::<Vec<_>>()}));
    }
    let kind: &Kind = match call.text("ResourceType") {
        "VPC" => &VPC,
        "Subnet" => &SUBNET,
        "NetworkInterface" => &NETWORK_INTERFACE,
        other => return Err(Fault::new("InvalidParameter", format!("Flow logs of {other} are not in the sandbox"))),
    };
    let resources = call.texts("ResourceIds");
    for id in &resources {
        kind.find(call, id)?;
    }
    if call.text("TrafficType").is_empty() {
        return Err(Fault::new("MissingParameter", "The request must contain the parameter TrafficType"));
    }
    let settings = settings(call)?;
    let tags = tag::specified(call, &FLOW_LOG)?;
    let exists = |id: &String| {
        let same = |row: &Value| text(row, "ResourceId") == id && IDENTITY.iter().all(|member| row.get(*member) == settings.get(*member));
        call.all(FLOW_LOG.table).into_iter().any(|(_, row)| same(row))
    };
    if resources.iter().any(exists) {
        return Err(Fault::new(
            "FlowLogAlreadyExists",
            "Error. There is an existing Flow Log with the same configuration and log destination.",
        ));
    }
    if let Some(message) = missing_bucket(call) {
        let failed = |id: &String| json!({"ResourceId": id, "Error": {"Code": "400", "Message": message}});
        return Ok(json!({"FlowLogIds": [], "Unsuccessful": resources.iter().map(failed).collect::<Vec<_>>()}));
    }
    let mut made = Vec::new();
    for resource in resources {
        let id = call.new_id(FLOW_LOG.prefix);
        let mut row = settings.clone();
        row["FlowLogId"] = json!(id);
        row["ResourceId"] = json!(resource);
        row["CreationTime"] = json!(call.now());
        idempotency::remember(call, &mut row);
        FLOW_LOG.insert(call, &id, row, tags.clone());
        made.push(id);
    }
    let mut answer = json!({"FlowLogIds": made, "Unsuccessful": []});
    if !call.text("ClientToken").is_empty() {
        answer["ClientToken"] = json!(call.text("ClientToken"));
    }
    Ok(answer)
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut unsuccessful = Vec::new();
    for id in call.texts("FlowLogIds") {
        if call.remove(FLOW_LOG.table, &id).is_none() {
            let fault = FLOW_LOG.unknown(&id);
            unsuccessful.push(json!({"ResourceId": id, "Error": {"Code": fault.code, "Message": fault.message}}));
        }
    }
    Ok(json!({"Unsuccessful": unsuccessful}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    list::describe(call, &LIST, list::as_stored)
}

/// Everything that a request says about each log it makes, checked.
fn settings(call: &Call<'_>) -> Result<Value, Fault> {
    let given = |member: &str| call.input.get(member).cloned();
    let kind = if call.text("LogDestinationType").is_empty() { "cloud-watch-logs" } else { call.text("LogDestinationType") };
    let (destination, group, role) = (call.text("LogDestination"), call.text("LogGroupName"), call.text("DeliverLogsPermissionArn"));
    if kind == "cloud-watch-logs" && role.is_empty() {
        return Err(Fault::new("InvalidParameter", "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs."));
    }
    // <https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_flow_log.go>
    if call.world.role_lag > 0 && iam::is_unknown(call, role) {
        return Err(Fault::new("InvalidParameter", "Unable to assume given IAM role"));
    }
    if destination.is_empty() && (group.is_empty() || kind != "cloud-watch-logs") {
        return Err(Fault::new("InvalidParameter", "LogDestination can't be empty."));
    }
    if !destination.is_empty() && !group.is_empty() {
        return Err(Fault::new("InvalidParameter", "Please only provide LogGroupName or only provide LogDestination."));
    }
    let interval = call.input.get("MaxAggregationInterval").and_then(Value::as_i64).unwrap_or(600);
    if ![60, 600].contains(&interval) {
        return Err(Fault::new("InvalidParameter", "Invalid Flow Log Max Aggregation Interval"));
    }
    let mut settings = json!({
        "FlowLogStatus": "ACTIVE",
        "DeliverLogsStatus": "SUCCESS",
        "TrafficType": call.text("TrafficType"),
        "LogDestinationType": kind,
        "LogFormat": given("LogFormat").unwrap_or(json!(DEFAULT_FORMAT)),
        "MaxAggregationInterval": interval,
    });
    let of_arn = destination.split(":log-group:").nth(1).map(|rest| rest.trim_end_matches(":*"));
    let group = if group.is_empty() { of_arn.filter(|_| kind == "cloud-watch-logs").unwrap_or("") } else { group };
    let texts = [("LogDestination", destination), ("LogGroupName", group), ("DeliverLogsPermissionArn", role)];
    for (member, value) in texts {
        if !value.is_empty() {
            settings[member] = json!(value);
        }
    }
    if kind == "s3" {
        let asked = given("DestinationOptions").unwrap_or_default();
        settings["DestinationOptions"] = json!({
            "FileFormat": asked.get("FileFormat").cloned().unwrap_or(json!("plain-text")),
            "HiveCompatiblePartitions": asked.get("HiveCompatiblePartitions").cloned().unwrap_or(json!(false)),
            "PerHourPartition": asked.get("PerHourPartition").cloned().unwrap_or(json!(false)),
        });
    }
    Ok(settings)
}

/// AWS answers success with a list of failures when the bucket is not there.
fn missing_bucket(call: &Call<'_>) -> Option<String> {
    let path = call.text("LogDestination").strip_prefix("arn:aws:s3:::")?;
    let bucket = path.split('/').next().unwrap_or(path);
    call.get("s3.bucket", bucket).is_none().then(|| format!("LogDestination: {bucket} does not exist"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, vpc, world};
    use serde_json::json;

    #[test]
    fn a_log_group_as_destination() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let mut input = json!({"ResourceIds": [vpc], "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "flow"});
        assert_eq!(fault(&mut world, "CreateFlowLogs", input.clone()), "InvalidParameter");
        input["DeliverLogsPermissionArn"] = json!("arn:aws:iam::123456789012:role/flow");
        let id = call(&mut world, "CreateFlowLogs", input.clone())["FlowLogIds"][0].clone();
        assert_eq!(fault(&mut world, "CreateFlowLogs", input), "FlowLogAlreadyExists");
        let shown =
            call(&mut world, "DescribeFlowLogs", json!({"Filter": [{"Name": "resource-id", "Values": [vpc]}]}))["FlowLogs"][0].clone();
        assert_eq!((&shown["FlowLogStatus"], &shown["MaxAggregationInterval"]), (&json!("ACTIVE"), &json!(600)));
        call(&mut world, "DeleteFlowLogs", json!({"FlowLogIds": [id]}));
        let again = call(&mut world, "DeleteFlowLogs", json!({"FlowLogIds": [id]}));
        assert_eq!(again["Unsuccessful"][0]["Error"]["Code"], "InvalidFlowLogId.NotFound");
    }

    #[test]
    fn a_bucket_as_destination_must_be_there() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let input = json!({"ResourceIds": [vpc], "ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::flow/x"});
        assert_eq!(call(&mut world, "CreateFlowLogs", input.clone())["Unsuccessful"][0]["ResourceId"], json!(vpc));
        world.tables.entry("global/s3.bucket".into()).or_default().insert("flow".into(), json!({}));
        assert_eq!(call(&mut world, "CreateFlowLogs", input)["FlowLogIds"].as_array().unwrap().len(), 1);
    }
}
