//! UpgradeDomain: a newer engine version, which comes with a blue-green deployment.

use super::{DOMAINS, catalog, config, find, invalid};
use crate::world::{Call, Fault, merge};
use serde_json::{Value, json};

/// Assumed: AWS says from fifteen minutes to hours.
const UPGRADING: f64 = 1800.0;

pub fn upgrade(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, target) = (find(call)?, call.text("TargetVersion").to_owned());
    catalog::version(&target)?;
    let mut row = call.get(DOMAINS, &name).cloned().unwrap_or_default();
    if row["Processing"] == true || row["UpgradeProcessing"] == true {
        return Err(invalid("A change/update is in progress. Please wait for it to complete before requesting another change."));
    }
    let current = row["EngineVersion"].as_str().unwrap_or_default().to_owned();
    if !catalog::is_newer(&target, &current) {
        return Err(invalid(format!("Upgrade from version {current} to {target} is not supported.")));
    }
    let only_check = call.input["PerformCheckOnly"] == true;
    let mut answer = json!({"DomainName": name, "TargetVersion": target, "PerformCheckOnly": only_check});
    if only_check {
        return Ok(answer);
    }
    let details = config::change_details(call);
    answer["UpgradeId"] = details["ChangeId"].clone();
    answer["ChangeProgressDetails"] = details.clone();
    row["UpgradeProcessing"] = json!(true);
    row["DomainProcessingStatus"] = json!("UpgradingEngineVersion");
    row["ChangeProgressDetails"] = details;
    call.put(DOMAINS, &name, row);
    let mut done = config::settled(call.now() + UPGRADING);
    merge(&mut done, &json!({"UpgradeProcessing": false, "EngineVersion": target}));
    call.later(DOMAINS, &name, UPGRADING, done);
    Ok(answer)
}
