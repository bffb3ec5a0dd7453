//! A domain's configuration: UpdateDomainConfig, DescribeDomainConfig, and how far a change has come.

use super::domain::{OPTIONS, set_options};
use super::{DOMAINS, catalog, check, find, invalid};
use crate::world::{Call, Fault};
use serde_json::{Map, Value, json};

const CHANGING: f64 = 900.0;
/// Members that DescribeDomainConfig shows besides the plain options.
const OTHERS: &[&str] = &["AdvancedSecurityOptions", "EngineVersion", "VPCOptions"];

pub fn update(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, input) = (find(call)?, call.input);
    let before = call.get(DOMAINS, &name).cloned().unwrap_or_default();
    if before["Processing"] == true || before["UpgradeProcessing"] == true {
        let message = "A change/update is in progress. Please wait for it to complete before requesting another change.";
        return Err(invalid(message));
    }
    let mut after = before.clone();
    set_options(call, &mut after);
    for options in ["EncryptionAtRestOptions", "NodeToNodeEncryptionOptions", "AdvancedSecurityOptions"] {
        if before[options]["Enabled"] == true && after[options]["Enabled"] != true {
            return Err(invalid(format!("{options} cannot be disabled once they are enabled.")));
        }
    }
    check_enabling(&before, &after)?;
    check::check(call, &mut after)?;
    let zones = check::zones(&after["ClusterConfig"]);
    match (before["VPCOptions"].is_object(), input.get("VPCOptions")) {
        (false, Some(given)) if given["SubnetIds"].as_array().is_some_and(|ids| !ids.is_empty()) => {
            return Err(invalid("You can't move a domain with a public endpoint into a VPC."));
        }
        (true, given) => {
            let mut wanted = before["VPCOptions"].clone();
            for member in ["SubnetIds", "SecurityGroupIds"] {
                if let Some(ids) = given.and_then(|given| given.get(member)) {
                    wanted[member] = ids.clone();
                }
            }
            if wanted["SubnetIds"].as_array().is_none_or(Vec::is_empty) {
                return Err(invalid("You can't move a domain out of its VPC."));
            }
            after["VPCOptions"] = check::vpc(call, &wanted, zones)?;
        }
        (false, _) => {}
    }
    let changed: Vec<&str> =
        OPTIONS.iter().chain(OTHERS).chain(&["AutoTuneOptions"]).copied().filter(|option| before[*option] != after[*option]).collect();
    if input["DryRun"] == true {
        let (kind, message) = match changed.as_slice() {
            [] => ("None", "This change will not cause a deployment."),
            [..] if changed.iter().any(|option| ["ClusterConfig", "VPCOptions", "EncryptionAtRestOptions"].contains(option)) => {
                ("Blue/Green", "This change will require a blue/green deployment.")
            }
            [..] => ("DynamicUpdate", "This change won't require a blue/green deployment."),
        };
        let config = view(&after);
        return Ok(json!({"DomainConfig": config, "DryRunResults": {"DeploymentType": kind, "Message": message}}));
    }
    if !changed.is_empty() {
        let now = call.now();
        for option in &changed {
            touch(&mut after, option, now);
        }
        after["Processing"] = json!(true);
        after["DomainProcessingStatus"] = json!("Modifying");
        after["ChangeProgressDetails"] = change_details(call);
        call.put(DOMAINS, &name, after);
        call.later(DOMAINS, &name, CHANGING, settled(now + CHANGING));
    }
    Ok(json!({"DomainConfig": view(call.get(DOMAINS, &name).unwrap_or(&Value::Null))}))
}

/// Encryption can be turned on where a domain is, but not in old engines, nor at rest beside UltraWarm.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html>
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ntn.html>
fn check_enabling(before: &Value, after: &Value) -> Result<(), Fault> {
    let enabled = |options: &str| before[options]["Enabled"] != true && after[options]["Enabled"] == true;
    let version = before["EngineVersion"].as_str().unwrap_or_default();
    for options in ["EncryptionAtRestOptions", "NodeToNodeEncryptionOptions"] {
        if enabled(options) && catalog::is_newer("Elasticsearch_6.7", version) {
            return Err(invalid(format!(
                "{options} can be enabled on an existing domain from Elasticsearch 6.7 on, and this is {version}."
            )));
        }
    }
    match enabled("EncryptionAtRestOptions") && before["ClusterConfig"]["WarmEnabled"] == true {
        true => Err(invalid("Encryption at rest cannot be enabled on a domain with UltraWarm.")),
        false => Ok(()),
    }
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = find(call)?;
    Ok(json!({"DomainConfig": view(call.get(DOMAINS, &name).unwrap_or(&Value::Null))}))
}

pub fn progress(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = find(call)?;
    let row = call.get(DOMAINS, &name).unwrap_or(&Value::Null);
    let details = &row["ChangeProgressDetails"];
    let asked = call.text("ChangeId");
    if !asked.is_empty() && details["ChangeId"] != asked {
        return Err(Fault::new("ResourceNotFoundException", format!("No change of the domain has the id {asked}")).status(409));
    }
    let busy = row["Processing"] == true;
    let mut status = json!({
        "Status": if busy { "PROCESSING" } else { "COMPLETED" }, "TotalNumberOfStages": 1, "PendingProperties": [], "CompletedProperties": [],
        "ChangeProgressStages": [{"Name": "Applying changes", "Status": if busy { "PROCESSING" } else { "COMPLETED" }}],
    });
    for member in ["ChangeId", "StartTime", "LastUpdatedTime", "ConfigChangeStatus", "InitiatedBy"] {
        status[member] = details[member].clone();
    }
    Ok(json!({"ChangeProgressStatus": status}))
}

/// A change that has just been asked for.
pub fn change_details(call: &mut Call<'_>) -> Value {
    let (digits, now) = (call.hex(32), call.now());
    let id = format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
    json!({"ChangeId": id, "ConfigChangeStatus": "ApplyingChanges", "InitiatedBy": "CUSTOMER", "StartTime": now, "LastUpdatedTime": now})
}

/// The patch that ends a change.
pub fn settled(at: f64) -> Value {
    json!({
        "Processing": false, "DomainProcessingStatus": "Active", "ChangeProgressDetails": {"ConfigChangeStatus": "Completed", "LastUpdatedTime": at},
    })
}

/// Returns the times at which each option was first set and last changed, and its version.
pub fn dates(domain: &Value, now: f64) -> Value {
    let shown = OPTIONS.iter().chain(OTHERS).chain(&["AutoTuneOptions"]).filter(|option| !domain[**option].is_null());
    shown.map(|option| ((*option).to_owned(), json!({"created": now, "updated": now, "version": 1}))).collect::<Map<_, _>>().into()
}

fn touch(domain: &mut Value, option: &str, now: f64) {
    let dates = &mut domain["_dates"][option];
    let version = dates["version"].as_i64().unwrap_or(0) + 1;
    if dates["created"].is_null() {
        dates["created"] = json!(now);
    }
    dates["updated"] = json!(now);
    dates["version"] = json!(version);
}

/// The configuration with the state of each option.
fn view(domain: &Value) -> Value {
    let busy = domain["Processing"] == true;
    let latest = domain["ChangeProgressDetails"]["StartTime"].as_f64().unwrap_or(0.0);
    let status = |option: &str, active: &str| {
        let dates = &domain["_dates"][option];
        let pending = busy && dates["updated"].as_f64().is_some_and(|updated| updated >= latest);
        json!({
            "CreationDate": dates["created"].as_f64().unwrap_or(latest), "UpdateDate": dates["updated"].as_f64().unwrap_or(latest),
            "UpdateVersion": dates["version"].as_i64().unwrap_or(1), "PendingDeletion": domain["Deleted"] == true,
            "State": if pending && active == "Active" { "Processing" } else { active },
        })
    };
    let mut config = Map::new();
    for option in OPTIONS.iter().chain(OTHERS).filter(|option| !domain[**option].is_null()) {
        config.insert((*option).into(), json!({"Options": domain[*option], "Status": status(option, "Active")}));
    }
    let tuning = &domain["AutoTuneOptions"];
    let state = tuning["State"].as_str().unwrap_or("DISABLED");
    let options = json!({"DesiredState": state, "UseOffPeakWindow": tuning["UseOffPeakWindow"], "MaintenanceSchedules": [], "RollbackOnDisable": "NO_ROLLBACK"});
    config.insert("AutoTuneOptions".into(), json!({"Options": options, "Status": status("AutoTuneOptions", state)}));
    config.insert("ChangeProgressDetails".into(), domain["ChangeProgressDetails"].clone());
    config.insert("ModifyingProperties".into(), json!([]));
    Value::Object(config)
}
