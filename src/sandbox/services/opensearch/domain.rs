//! Domains: create, describe, delete, list.

use super::{DOMAINS, catalog, check, config, find, invalid, tag};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const CREATING: f64 = 1200.0;
const DELETING: f64 = 600.0;
/// Members that the input and the answer call alike.
pub const OPTIONS: &[&str] = &[
    "AccessPolicies",
    "AdvancedOptions",
    "ClusterConfig",
    "CognitoOptions",
    "DeploymentStrategyOptions",
    "DomainEndpointOptions",
    "EBSOptions",
    "EncryptionAtRestOptions",
    "IPAddressType",
    "LogPublishingOptions",
    "NodeToNodeEncryptionOptions",
    "OffPeakWindowOptions",
    "SnapshotOptions",
    "SoftwareUpdateOptions",
];

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, input) = (call.text("DomainName").to_owned(), call.input);
    if call.get(DOMAINS, &name).is_some() {
        return Err(Fault::new("ResourceAlreadyExistsException", format!("Domain already exists: {name}")).status(409));
    }
    let version = catalog::version(call.text("EngineVersion"))?;
    let tags = tag::given(call)?;
    let (arn, now, host) = (call.arn("es", &format!("domain/{name}")), call.now(), call.hex(26));
    let mut domain = json!({
        "DomainId": format!("{}/{name}", call.account()), "DomainName": name, "ARN": arn, "_arn": arn, "EngineVersion": version, "Created": true,
        "Deleted": false, "Processing": true, "UpgradeProcessing": false, "DomainProcessingStatus": "Creating",
        "AccessPolicies": "", "CognitoOptions": {"Enabled": false}, "IPAddressType": "ipv4",
        "AdvancedOptions": {"override_main_response_version": "false", "rest.action.multi.allow_explicit_index": "true"},
        "SnapshotOptions": {"AutomatedSnapshotStartHour": 0}, "SoftwareUpdateOptions": {"AutoSoftwareUpdateEnabled": false},
        "OffPeakWindowOptions": {"Enabled": true, "OffPeakWindow": {"WindowStartTime": {"Hours": 22, "Minutes": 0}}},
        "ClusterConfig": {}, "DomainEndpointOptions": {}, "AutoTuneOptions": auto_tune(call, None), "ModifyingProperties": [],
        "ServiceSoftwareOptions": {
            "CurrentVersion": format!("{version}-P1"), "NewVersion": "", "UpdateAvailable": false, "Cancellable": false, "UpdateStatus": "COMPLETED",
            "Description": "There is no software update available for this domain.", "AutomatedUpdateDate": 0, "OptionalDeployment": true,
        },
    });
    set_options(call, &mut domain);
    if input.get("VPCOptions").is_some_and(|given| given["SubnetIds"].as_array().is_some_and(|ids| !ids.is_empty())) {
        // The check of the access policy looks at this.
        domain["VPCOptions"] = json!({});
    }
    check::check(call, &mut domain)?;
    if domain["VPCOptions"].is_object() {
        domain["VPCOptions"] = check::vpc(call, &input["VPCOptions"], check::zones(&domain["ClusterConfig"]))?;
    }
    let inside = domain["VPCOptions"].is_object();
    let kind = if inside { "vpc" } else { "search" };
    let address = format!("{kind}-{name}-{host}.{}.es.amazonaws.com", call.region);
    let change = config::change_details(call);
    domain["ChangeProgressDetails"] = change;
    domain["_dates"] = config::dates(&domain, now);
    call.put(DOMAINS, &name, domain);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    let mut up = config::settled(now + CREATING);
    match inside {
        true => up["Endpoints"] = json!({"vpc": address}),
        false => up["Endpoint"] = json!(address),
    }
    call.later(DOMAINS, &name, CREATING, up);
    Ok(json!({"DomainStatus": call.get(DOMAINS, &name)}))
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = find(call)?;
    Ok(json!({"DomainStatus": call.get(DOMAINS, &name)}))
}

/// Domains that do not exist are left out.
pub fn describe_many(call: &mut Call<'_>) -> Result<Value, Fault> {
    let names = call.texts("DomainNames");
    if names.len() > 5 {
        return Err(invalid("Please provide a maximum of 5 domain names to describe."));
    }
    let found: Vec<&Value> = names.iter().filter_map(|name| call.get(DOMAINS, name)).collect();
    Ok(json!({"DomainStatusList": found}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = find(call)?;
    if call.get(DOMAINS, &name).is_some_and(|row| row["Deleted"] != true) {
        let table = format!("{}/{DOMAINS}", call.region);
        call.world.due.retain(|due| due.table != table || due.id != name);
        if let Some(row) = call.get_mut(DOMAINS, &name) {
            row["Deleted"] = json!(true);
            row["Processing"] = json!(true);
            row["DomainProcessingStatus"] = json!("Deleting");
        }
        call.remove_later(DOMAINS, &name, DELETING);
    }
    Ok(json!({"DomainStatus": call.get(DOMAINS, &name)}))
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let wanted = call.text("EngineType");
    let engine = |row: &Value| row["EngineVersion"].as_str().and_then(|version| version.split('_').next()).unwrap_or_default().to_owned();
    let all = call.all(DOMAINS).into_iter().map(|(name, row)| (name, engine(row)));
    let names = all.filter(|(_, engine)| wanted.is_empty() || engine == wanted);
    Ok(json!({"DomainNames": names.map(|(name, engine)| json!({"DomainName": name, "EngineType": engine})).collect::<Value>()}))
}

/// Takes the options of the input into the domain; what cannot be told from the answer alone is kept apart.
pub fn set_options(call: &Call<'_>, domain: &mut Value) {
    let input = call.input;
    for member in OPTIONS {
        let Some(given) = input.get(*member) else { continue };
        match *member {
            // Members of these that are not given stay.
            "AdvancedOptions" | "LogPublishingOptions" | "ClusterConfig" | "DomainEndpointOptions" => {
                let mut merged = domain[*member].clone();
                crate::world::merge(&mut merged, given);
                domain[*member] = merged;
            }
            _ => domain[*member] = given.clone(),
        }
    }
    if let Some(given) = input.get("AdvancedSecurityOptions") {
        let mut options = domain["AdvancedSecurityOptions"].clone();
        for member in ["Enabled", "InternalUserDatabaseEnabled", "AnonymousAuthEnabled"] {
            if let Some(value) = given.get(member) {
                options[member] = value.clone();
            }
        }
        domain["AdvancedSecurityOptions"] = options;
    }
    if let Some(given) = input.get("AutoTuneOptions") {
        domain["AutoTuneOptions"] = auto_tune(call, Some(given));
    }
}

fn auto_tune(call: &Call<'_>, given: Option<&Value>) -> Value {
    let small = call.input["ClusterConfig"]["InstanceType"].as_str().is_some_and(|kind| kind.starts_with("t2") || kind.starts_with("t3"));
    let default = if small { "DISABLED" } else { "ENABLED" };
    let state = given.and_then(|given| given["DesiredState"].as_str()).unwrap_or(default);
    json!({"State": state, "UseOffPeakWindow": given.is_some_and(|given| given["UseOffPeakWindow"] == true)})
}
