//! The options of a domain: what AWS fills in, and what it refuses.

use super::{catalog, invalid};
use crate::services::iam::{self, strings};
use crate::services::kms;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// Fills defaults into the options of a domain (which have the shapes of DescribeDomain) and checks them.
pub fn check(call: &mut Call<'_>, domain: &mut Value) -> Result<(), Fault> {
    cluster(&mut domain["ClusterConfig"])?;
    let volume = catalog::needs_volume(domain["ClusterConfig"]["InstanceType"].as_str().unwrap_or_default())?;
    volumes(domain, volume)?;
    encryption(call, domain)?;
    endpoint(&mut domain["DomainEndpointOptions"])?;
    security(domain)?;
    policy(call, domain)?;
    logs(&domain["LogPublishingOptions"])?;
    let hour = domain["SnapshotOptions"]["AutomatedSnapshotStartHour"].as_i64().unwrap_or(0);
    if !(0..24).contains(&hour) {
        return Err(invalid(format!("The automated snapshot start hour must be between 0 and 23: {hour}")));
    }
    Ok(())
}

/// VPCOptions as they are answered, from the ids given. A domain has as many subnets as zones.
pub fn vpc(call: &Call<'_>, given: &Value, zones: usize) -> Result<Value, Fault> {
    let ids = |member: &str| -> Vec<String> {
        given[member].as_array().into_iter().flatten().filter_map(|id| id.as_str().map(String::from)).collect()
    };
    let (subnets, mut groups) = (ids("SubnetIds"), ids("SecurityGroupIds"));
    // <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/slr-aos.html>
    if !iam::has_service_linked(call, "opensearchservice.amazonaws.com") {
        let message = "Before you can proceed, you must enable a service-linked role to give Amazon OpenSearch Service permissions to access your \
                       VPC.";
        return Err(invalid(message));
    }
    if let Some(unknown) = subnets.iter().find(|id| call.get("ec2.subnet", id).is_none()) {
        return Err(invalid(format!("The subnet ID '{unknown}' does not exist")));
    }
    if subnets.len() != zones {
        return Err(invalid(match zones {
            1 => "You must specify exactly one subnet.".to_owned(),
            2 => "You must specify exactly two subnets because you've set zone count to two.".to_owned(),
            _ => "You must specify exactly three subnets because you've set zone count to three.".to_owned(),
        }));
    }
    let column = |member: &str| -> Vec<&str> {
        let mut column: Vec<&str> = subnets.iter().filter_map(|id| call.get("ec2.subnet", id)?[member].as_str()).collect();
        column.sort_unstable();
        column.dedup();
        column
    };
    let (vpcs, places) = (column("VpcId"), column("AvailabilityZone"));
    let [vpc] = vpcs[..] else { return Err(invalid("All subnets must be in the same VPC.")) };
    if places.len() != zones {
        return Err(invalid("Each subnet must be in an Availability Zone of its own."));
    }
    if groups.is_empty() {
        let own = call.all("ec2.security_group").into_iter().filter(|(_, row)| row["VpcId"] == vpc && row["GroupName"] == "default");
        groups.extend(own.map(|(id, _)| id.clone()));
    }
    if let Some(strange) = groups.iter().find(|id| call.get("ec2.security_group", id).is_none_or(|group| group["VpcId"] != vpc)) {
        return Err(invalid(format!("The security group '{strange}' does not exist in the VPC {vpc}")));
    }
    Ok(json!({"VPCId": vpc, "SubnetIds": subnets, "AvailabilityZones": places, "SecurityGroupIds": groups}))
}

/// Returns the number of zones that a cluster is in.
pub fn zones(cluster: &Value) -> usize {
    match cluster["ZoneAwarenessEnabled"] == true {
        true => cluster["ZoneAwarenessConfig"]["AvailabilityZoneCount"].as_u64().unwrap_or(2) as usize,
        false => 1,
    }
}

const MOST_NODES: usize = 80;
/// The most data nodes beside burstable masters.
const BURSTABLE: usize = 10;

fn cluster(config: &mut Value) -> Result<(), Fault> {
    for (member, value) in [
        ("InstanceType", json!(catalog::DEFAULT_INSTANCE)),
        ("InstanceCount", json!(1)),
        ("DedicatedMasterEnabled", json!(false)),
        ("ZoneAwarenessEnabled", json!(false)),
        ("WarmEnabled", json!(false)),
        ("ColdStorageOptions", json!({"Enabled": false})),
        ("MultiAZWithStandbyEnabled", json!(false)),
    ] {
        or(config, member, value);
    }
    if config["ZoneAwarenessEnabled"] == true {
        or(config, "ZoneAwarenessConfig", json!({"AvailabilityZoneCount": 2}));
    } else if let Some(config) = config.as_object_mut() {
        config.remove("ZoneAwarenessConfig");
    }
    let (zones, count) = (zones(config), config["InstanceCount"].as_u64().unwrap_or(0) as usize);
    if config["ZoneAwarenessEnabled"] == true && ![2, 3].contains(&zones) {
        return Err(invalid("The number of Availability Zones must be 2 or 3."));
    }
    if count < zones.max(1) {
        let words = if zones == 3 { "three data nodes for a three" } else { "two data nodes for a two" };
        return Err(invalid(format!("You must choose a minimum of {words} Availability Zone deployment.")));
    }
    // <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html>
    if count > MOST_NODES {
        return Err(invalid(format!("A domain has at most {MOST_NODES} data nodes.")));
    }
    if config["DedicatedMasterEnabled"] == true {
        let kind = config["InstanceType"].clone();
        or(config, "DedicatedMasterType", kind);
        catalog::needs_volume(config["DedicatedMasterType"].as_str().unwrap_or_default())?;
        if !matches!(config["DedicatedMasterCount"].as_i64(), Some(3 | 5)) {
            return Err(invalid("A domain with dedicated master nodes has three or five of them."));
        }
        if count > BURSTABLE
            && config["DedicatedMasterType"].as_str().is_some_and(|kind| kind.starts_with("t2.") || kind.starts_with("t3."))
        {
            return Err(invalid(format!("Dedicated master nodes of T2 and T3 are for at most {BURSTABLE} data nodes.")));
        }
    } else if let Some(config) = config.as_object_mut() {
        config.remove("DedicatedMasterType");
        config.remove("DedicatedMasterCount");
    }
    match config["MultiAZWithStandbyEnabled"] == true
        && (zones != 3 || config["DedicatedMasterEnabled"] != true || !count.is_multiple_of(3))
    {
        true => Err(invalid("Multi-AZ with standby needs three zones, dedicated master nodes, and data nodes in multiples of three.")),
        false => Ok(()),
    }
}

fn volumes(domain: &mut Value, needed: bool) -> Result<(), Fault> {
    let kind = domain["ClusterConfig"]["InstanceType"].as_str().unwrap_or_default().to_owned();
    or(domain, "EBSOptions", json!({}));
    let volumes = &mut domain["EBSOptions"];
    or(volumes, "EBSEnabled", json!(false));
    if volumes["EBSEnabled"] != true {
        return match needed {
            true => Err(invalid(format!("EBS storage must be selected for {kind}"))),
            false => Ok(()),
        };
    }
    if !needed {
        return Err(invalid(format!("EBS storage cannot be selected for {kind}, which has storage of its own")));
    }
    or(volumes, "VolumeType", json!("gp3"));
    let largest = if kind.starts_with("t3.small") { 200 } else { 24_576 };
    let size = volumes["VolumeSize"].as_i64().unwrap_or(10);
    if !(10..=largest).contains(&size) {
        return Err(invalid(format!("Volume size must be between 10 and {largest} GiB for {kind}: {size}")));
    }
    volumes["VolumeSize"] = json!(size);
    match volumes["VolumeType"].as_str().unwrap_or_default() {
        "gp3" => {
            or(volumes, "Iops", json!(3000));
            or(volumes, "Throughput", json!(125));
        }
        "io1" if volumes["Iops"].is_null() => return Err(invalid("Iops must be given for volumes of type io1.")),
        "io1" => {}
        other if !volumes["Iops"].is_null() || !volumes["Throughput"].is_null() => {
            return Err(invalid(format!("Iops and throughput cannot be given for volumes of type {other}.")));
        }
        _ => {}
    }
    Ok(())
}

fn encryption(call: &mut Call<'_>, domain: &mut Value) -> Result<(), Fault> {
    or(domain, "NodeToNodeEncryptionOptions", json!({"Enabled": false}));
    or(domain, "EncryptionAtRestOptions", json!({"Enabled": false}));
    let rest = &mut domain["EncryptionAtRestOptions"];
    match (rest["Enabled"] == true, rest["KmsKeyId"].as_str()) {
        (true, None) => rest["KmsKeyId"] = json!(kms::managed_key(call, "es")),
        (true, Some(name)) => {
            let name = name.to_owned();
            let key = kms::key_arn(call, &name).ok_or_else(|| invalid(format!("The KMS key {name} does not exist or is not enabled.")))?;
            rest["KmsKeyId"] = json!(key);
        }
        (false, _) => {}
    }
    Ok(())
}

fn endpoint(options: &mut Value) -> Result<(), Fault> {
    for (member, value) in [
        ("EnforceHTTPS", json!(false)),
        ("TLSSecurityPolicy", json!("Policy-Min-TLS-1-2-2019-07")),
        ("CustomEndpointEnabled", json!(false)),
    ] {
        or(options, member, value);
    }
    match options["CustomEndpointEnabled"] == true
        && (options["CustomEndpoint"].is_null() || options["CustomEndpointCertificateArn"].is_null())
    {
        true => Err(invalid("A custom endpoint needs a host name and a certificate.")),
        false => Ok(()),
    }
}

/// Fine-grained access control stands on everything being encrypted. The master user is never answered.
fn security(domain: &mut Value) -> Result<(), Fault> {
    or(domain, "AdvancedSecurityOptions", json!({}));
    let options = &mut domain["AdvancedSecurityOptions"];
    for member in ["Enabled", "InternalUserDatabaseEnabled", "AnonymousAuthEnabled"] {
        or(options, member, json!(false));
    }
    if options["Enabled"] != true {
        return Ok(());
    }
    let on = |options: &str, member: &str| domain[options][member] == true;
    match () {
        () if !on("NodeToNodeEncryptionOptions", "Enabled") => {
            Err(invalid("You must enable node-to-node encryption to use advanced security options."))
        }
        () if !on("EncryptionAtRestOptions", "Enabled") => {
            Err(invalid("You must enable encryption at rest to use advanced security options."))
        }
        () if !on("DomainEndpointOptions", "EnforceHTTPS") => Err(invalid("You must enforce HTTPS to use advanced security options.")),
        () => Ok(()),
    }
}

/// Nobody may open a public domain to everybody.
fn policy(call: &Call<'_>, domain: &Value) -> Result<(), Fault> {
    let text = domain["AccessPolicies"].as_str().unwrap_or_default();
    if text.is_empty() {
        return Ok(());
    }
    let policy: Value = serde_json::from_str(text).map_err(|_| invalid("Error setting policy: the policy is not valid JSON"))?;
    let statements: Vec<&Value> = match &policy["Statement"] {
        Value::Array(list) => list.iter().collect(),
        Value::Object(_) => vec![&policy["Statement"]],
        _ => return Err(invalid("Error setting policy: the policy has no statement")),
    };
    // <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html>
    let effect = |statement: &&Value| statement["Effect"] == "Allow" || statement["Effect"] == "Deny";
    if statements.is_empty() || !statements.iter().all(effect) {
        return Err(invalid("Error setting policy: a statement has an Effect of Allow or Deny"));
    }
    let unknown = |statement: &&Value| strings(statement["Principal"].get("AWS")).iter().any(|name| iam::is_unknown(call, name));
    if statements.iter().any(unknown) {
        return Err(invalid("Error setting policy: the policy names a principal that does not exist"));
    }
    let open = |statement: &&Value| {
        let everybody =
            statement["Principal"] == "*" || statement["Principal"]["AWS"] == "*" || statement["Principal"]["AWS"] == json!(["*"]);
        statement["Effect"] == "Allow" && everybody && statement["Condition"].is_null()
    };
    let guarded = domain["VPCOptions"].is_object() || domain["AdvancedSecurityOptions"]["Enabled"] == true;
    match !guarded && statements.iter().any(open) {
        true => Err(invalid("Enable fine-grained access control or apply a restrictive access policy to your domain.")),
        false => Ok(()),
    }
}

fn logs(options: &Value) -> Result<(), Fault> {
    for (kind, log) in options.as_object().into_iter().flatten() {
        if log["Enabled"] != false && log["CloudWatchLogsLogGroupArn"].is_null() {
            return Err(invalid(format!("The log type {kind} needs a CloudWatch Logs log group.")));
        }
    }
    Ok(())
}

fn or(value: &mut Value, member: &str, default: Value) {
    if value[member].is_null() {
        value[member] = default;
    }
}
