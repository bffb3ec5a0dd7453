//! DescribeDBEngineVersions and DescribeOrderableDBInstanceOptions.

use super::catalog::{self, ENGINES, Engine, Major};
use super::filter;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

pub fn engine_versions(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (engine, version, family) = (call.text("Engine").to_lowercase(), call.text("EngineVersion"), call.text("DBParameterGroupFamily"));
    let only_default = call.input["DefaultOnly"] == true;
    let mut versions = Vec::new();
    for own in ENGINES.iter().filter(|own| engine.is_empty() || own.name == engine) {
        for (major, minor) in minors(own) {
            let asked = version.is_empty() || version == minor || version == major.name;
            let default = if version == major.name { major.default } else { own.version("").map_or("", |(_, version)| version) };
            if asked && (family.is_empty() || family == major.family) && (!only_default || minor == default) {
                versions.push(describe(own, major, minor));
            }
        }
    }
    filter(call, &mut versions, |version, name| {
        let member = match name {
            "db-parameter-group-family" => "DBParameterGroupFamily",
            "engine" => "Engine",
            "engine-version" => "EngineVersion",
            "status" => "Status",
            _ => return None,
        };
        Some(version[member].as_str().into_iter().map(String::from).collect())
    })?;
    Ok(json!({"DBEngineVersions": versions}))
}

pub fn orderable(call: &mut Call<'_>) -> Result<Value, Fault> {
    let engine = catalog::engine(call.text("Engine"))?;
    let (version, class, license) = (call.text("EngineVersion"), call.text("DBInstanceClass"), call.text("LicenseModel"));
    let zones: Vec<Value> = ["a", "b", "c"].iter().map(|zone| json!({"Name": format!("{}{zone}", call.region)})).collect();
    let mut options = Vec::new();
    for (_, minor) in minors(engine).filter(|(_, minor)| version.is_empty() || version == *minor) {
        for class in catalog::classes().filter(|own| class.is_empty() || class == own) {
            for kind in ["gp2", "gp3", "io1"] {
                if license.is_empty() || license == engine.license {
                    options.push(option(engine, minor, &class, kind, &zones));
                }
            }
        }
    }
    Ok(json!({"OrderableDBInstanceOptions": options}))
}

fn minors(engine: &'static Engine) -> impl Iterator<Item = (&'static Major, &'static str)> {
    engine.majors.iter().flat_map(|major| major.minors.iter().map(move |minor| (major, *minor)))
}

fn describe(engine: &'static Engine, major: &Major, minor: &str) -> Value {
    let newer = minors(engine).filter(|(_, other)| catalog::numbers(other) > catalog::numbers(minor));
    let targets: Vec<Value> = newer
        .map(|(target, other)| {
            let description = format!("{} {other}", engine.description);
            let is_major = target.name != major.name;
            json!({"Engine": engine.name, "EngineVersion": other, "Description": description, "AutoUpgrade": false, "IsMajorVersionUpgrade": is_major})
        })
        .collect();
    json!({
        "Engine": engine.name, "EngineVersion": minor, "MajorEngineVersion": major.name, "DBParameterGroupFamily": major.family,
        "DBEngineDescription": engine.description, "DBEngineVersionDescription": format!("{} {minor}", engine.description),
        "ValidUpgradeTarget": targets, "ExportableLogTypes": engine.logs, "SupportsLogExportsToCloudwatchLogs": true, "SupportsReadReplica": true,
        "Status": "available", "SupportedCACertificateIdentifiers": ["rds-ca-rsa2048-g1", "rds-ca-ecc384-g1", "rds-ca-rsa4096-g1"],
        "SupportsCertificateRotationWithoutRestart": engine.name == "postgres", "SupportsParallelQuery": false, "SupportsGlobalDatabases": false,
    })
}

fn option(engine: &Engine, version: &str, class: &str, kind: &str, zones: &[Value]) -> Value {
    json!({
        "Engine": engine.name, "EngineVersion": version, "DBInstanceClass": class, "LicenseModel": engine.license, "AvailabilityZones": zones,
        "StorageType": kind, "MinStorageSize": if kind == "io1" { 100 } else { 20 }, "MaxStorageSize": 65_536, "MultiAZCapable": true,
        "ReadReplicaCapable": true, "Vpc": true, "SupportsStorageEncryption": true, "SupportsIops": kind != "gp2",
        "SupportsStorageThroughput": kind == "gp3", "SupportsStorageAutoscaling": true, "SupportsEnhancedMonitoring": true,
        "SupportsIAMDatabaseAuthentication": true, "SupportsPerformanceInsights": true, "OutpostCapable": false,
        "SupportedEngineModes": ["provisioned"], "SupportedNetworkTypes": ["IPV4"], "SupportsGlobalDatabases": false,
    })
}
