//! RDS as a caller sees it.

use super::*;
use crate::services::testing::fitting;
use crate::world::World;
use serde_json::json;

fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, String> {
    let mut call = Call::new(world, &input, "rds", operation, "us-east-1");
    let answer = handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
    answer.map(|answer| fitting("rds", operation, answer))
}

/// A world with two subnets in two zones, a security group, and a subnet group over the subnets.
fn world() -> World {
    let mut world = World::new("123456789012", 1, 0);
    let input = Value::Null;
    let mut seed = Call::new(&mut world, &input, "ec2", "", "us-east-1");
    for (id, zone) in [("subnet-1", "us-east-1a"), ("subnet-2", "us-east-1b"), ("subnet-3", "us-east-1a")] {
        seed.put("ec2.subnet", id, json!({"SubnetId": id, "VpcId": "vpc-1", "AvailabilityZone": zone}));
    }
    seed.put("ec2.security_group", "sg-1", json!({"GroupId": "sg-1", "GroupName": "default", "VpcId": "vpc-1"}));
    let subnets = ["subnet-1", "subnet-2"];
    call(&mut world, "CreateDBSubnetGroup", json!({"DBSubnetGroupName": "SNG", "DBSubnetGroupDescription": "d", "SubnetIds": subnets}))
        .unwrap();
    world
}

fn instance(more: Value) -> Value {
    let mut input = json!({
        "DBInstanceIdentifier": "db1", "Engine": "postgres", "EngineVersion": "16.4", "DBInstanceClass": "db.t4g.medium", "AllocatedStorage": 20,
        "MasterUsername": "app", "ManageMasterUserPassword": true, "DBSubnetGroupName": "sng", "BackupRetentionPeriod": 7,
        "Tags": [{"Key": "proj", "Value": "demo"}],
    });
    crate::world::merge(&mut input, &more);
    input
}

fn describe(world: &mut World) -> Value {
    call(world, "DescribeDBInstances", json!({"DBInstanceIdentifier": "db1"}))
        .map(|answer| answer["DBInstances"][0].clone())
        .unwrap_or_default()
}

fn pass(world: &mut World, minutes: i64) {
    world.advance_to(world.now + minutes * 60_000);
}

#[test]
fn an_instance_comes_up_and_goes() {
    let world = &mut world();
    call(world, "CreateDBInstance", instance(json!({"DeletionProtection": true}))).unwrap();
    let made = describe(world);
    assert_eq!((made["DBInstanceStatus"].as_str(), made.get("Endpoint")), (Some("creating"), None));
    assert_eq!(call(world, "ModifyDBInstance", json!({"DBInstanceIdentifier": "db1"})), Err("InvalidDBInstanceState".into()));
    pass(world, 6);
    let made = describe(world);
    assert_eq!(made["DBInstanceStatus"], "available");
    assert_eq!((made["Endpoint"]["Port"].as_i64(), made["TagList"][0]["Key"].as_str()), (Some(5432), Some("proj")));
    assert_eq!(made["DBSubnetGroup"]["VpcId"], "vpc-1");
    assert_eq!(made["VpcSecurityGroups"], json!([{"VpcSecurityGroupId": "sg-1", "Status": "active"}]));
    let secret = made["MasterUserSecret"]["SecretArn"].as_str().unwrap();
    assert_eq!(world.tags[secret]["aws:rds:primaryDBInstanceArn"], made["DBInstanceArn"].as_str().unwrap());
    assert_eq!(call(world, "DeleteDBSubnetGroup", json!({"DBSubnetGroupName": "sng"})), Err("InvalidDBSubnetGroupStateFault".into()));

    let delete = json!({"DBInstanceIdentifier": "db1", "FinalDBSnapshotIdentifier": "last"});
    assert_eq!(call(world, "DeleteDBInstance", delete.clone()), Err("InvalidParameterCombination".into()));
    call(world, "ModifyDBInstance", json!({"DBInstanceIdentifier": "db1", "DeletionProtection": false})).unwrap();
    assert_eq!(call(world, "DeleteDBInstance", json!({"DBInstanceIdentifier": "db1"})), Err("InvalidParameterCombination".into()));
    call(world, "DeleteDBInstance", delete.clone()).unwrap();
    assert_eq!(call(world, "DeleteDBInstance", delete), Err("InvalidDBInstanceState".into()));
    pass(world, 10);
    assert_eq!(call(world, "DescribeDBInstances", json!({"DBInstanceIdentifier": "db1"})), Err("DBInstanceNotFound".into()));
    let snapshots = call(world, "DescribeDBSnapshots", json!({"DBInstanceIdentifier": "db1"})).unwrap();
    assert_eq!(snapshots["DBSnapshots"][0]["Status"], "available");
    assert!(world.tables["us-east-1/secretsmanager.secret"].is_empty());
    assert!(world.tags.is_empty());
}

#[test]
fn changes_wait_for_the_maintenance_window_unless_told_otherwise() {
    let world = &mut world();
    call(world, "CreateDBInstance", instance(json!({"PreferredMaintenanceWindow": "sun:05:00-sun:06:00"}))).unwrap();
    pass(world, 6);
    call(world, "ModifyDBInstance", json!({"DBInstanceIdentifier": "db1", "DBInstanceClass": "db.t4g.large", "BackupRetentionPeriod": 14}))
        .unwrap();
    let row = describe(world);
    assert_eq!((row["DBInstanceClass"].as_str(), row["BackupRetentionPeriod"].as_i64()), (Some("db.t4g.medium"), Some(14)));
    assert_eq!(row["PendingModifiedValues"], json!({"DBInstanceClass": "db.t4g.large"}));
    pass(world, 7 * 24 * 60);
    let row = describe(world);
    assert_eq!((row["DBInstanceClass"].as_str(), &row["PendingModifiedValues"]), (Some("db.t4g.large"), &json!({})));

    let input = json!({"DBInstanceIdentifier": "db1", "AllocatedStorage": 40, "ApplyImmediately": true});
    call(world, "ModifyDBInstance", input.clone()).unwrap();
    assert_eq!(describe(world)["DBInstanceStatus"], "modifying");
    assert_eq!(call(world, "ModifyDBInstance", input), Err("InvalidDBInstanceState".into()));
    pass(world, 4);
    let row = describe(world);
    assert_eq!((row["AllocatedStorage"].as_i64(), row["DBInstanceStatus"].as_str()), (Some(40), Some("storage-optimization")));
    let again = |size| json!({"DBInstanceIdentifier": "db1", "AllocatedStorage": size, "ApplyImmediately": true});
    assert_eq!(call(world, "ModifyDBInstance", again(80)), Err("InvalidParameterCombination".into()));
    pass(world, 7 * 60);
    assert_eq!(call(world, "ModifyDBInstance", again(30)), Err("InvalidParameterCombination".into()));
    call(world, "ModifyDBInstance", again(41)).unwrap();
    pass(world, 4);
    assert_eq!(describe(world)["AllocatedStorage"], 44);
}

#[test]
fn bad_instances_are_refused() {
    let world = &mut world();
    let cases = [
        (json!({"DBSubnetGroupName": "nope"}), "DBSubnetGroupNotFoundFault"),
        (json!({"DBParameterGroupName": "nope"}), "DBParameterGroupNotFound"),
        (json!({"DBParameterGroupName": "default.postgres15"}), "InvalidParameterCombination"),
        (json!({"EngineVersion": "16.99"}), "InvalidParameterCombination"),
        (json!({"Engine": "db2"}), "InvalidParameterValue"),
        (json!({"DBInstanceClass": "db.t9.huge"}), "InvalidParameterValue"),
        (json!({"MasterUsername": "admin"}), "InvalidParameterValue"),
        (json!({"MasterUsername": "pg_app"}), "InvalidParameterValue"),
        (json!({"Tags": [{"Key": "team", "Value": "web & mail"}]}), "InvalidParameterValue"),
        (json!({"Tags": [{"Key": "team", "Value": "v".repeat(257)}]}), "InvalidParameterValue"),
        (json!({"MasterUserPassword": "longenough"}), "InvalidParameterCombination"),
        (json!({"ManageMasterUserPassword": null}), "InvalidParameterValue"),
        (json!({"VpcSecurityGroupIds": ["sg-9"]}), "InvalidParameterValue"),
        (json!({"PubliclyAccessible": true}), "InvalidVPCNetworkStateFault"),
        (json!({"EnableCloudwatchLogsExports": ["slowquery"]}), "InvalidParameterCombination"),
        (json!({"DBInstanceIdentifier": "-db"}), "InvalidParameterValue"),
        (json!({"MultiAZ": true, "AvailabilityZone": "us-east-1a"}), "InvalidParameterCombination"),
        (json!({"MonitoringInterval": 60}), "InvalidParameterCombination"),
        (json!({"MonitoringInterval": 60, "MonitoringRoleArn": "arn:aws:iam::123456789012:role/none"}), "InvalidParameterValue"),
        (json!({"BackupRetentionPeriod": 36}), "InvalidParameterValue"),
        (json!({"StorageEncrypted": true, "KmsKeyId": "alias/none"}), "KMSKeyNotAccessibleFault"),
    ];
    for (more, code) in cases {
        assert_eq!(call(world, "CreateDBInstance", instance(more.clone())), Err(code.into()), "{more}");
    }
}

#[test]
fn subnet_groups_cover_two_zones() {
    let world = &mut world();
    let input = |subnets: Value| json!({"DBSubnetGroupName": "other", "DBSubnetGroupDescription": "d", "SubnetIds": subnets});
    assert_eq!(
        call(world, "CreateDBSubnetGroup", input(json!(["subnet-1", "subnet-3"]))),
        Err("DBSubnetGroupDoesNotCoverEnoughAZs".into())
    );
    assert_eq!(call(world, "CreateDBSubnetGroup", input(json!(["subnet-1", "subnet-9"]))), Err("InvalidSubnet".into()));
    let found = call(world, "DescribeDBSubnetGroups", json!({"DBSubnetGroupName": "SNG"})).unwrap();
    assert_eq!(found["DBSubnetGroups"][0]["DBSubnetGroupName"], "sng");
}

#[test]
fn parameters_are_set_and_reset() {
    let world = &mut world();
    call(
        world,
        "CreateDBParameterGroup",
        json!({"DBParameterGroupName": "PG", "DBParameterGroupFamily": "postgres16", "Description": "d"}),
    )
    .unwrap();
    let set = |name: &str, value: &str, method: &str| json!({"DBParameterGroupName": "pg", "Parameters": [{"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}]});
    call(world, "CreateDBInstance", instance(json!({"DBParameterGroupName": "pg"}))).unwrap();
    pass(world, 6);
    call(world, "ModifyDBParameterGroup", set("log_statement", "ddl", "immediate")).unwrap();
    pass(world, 2);
    assert_eq!(describe(world)["DBParameterGroups"][0]["ParameterApplyStatus"], "in-sync");
    assert_eq!(
        call(world, "ModifyDBParameterGroup", set("max_connections", "100", "immediate")),
        Err("InvalidParameterCombination".into())
    );
    call(world, "ModifyDBParameterGroup", set("max_connections", "100", "pending-reboot")).unwrap();
    pass(world, 2);
    assert_eq!(describe(world)["DBParameterGroups"][0]["ParameterApplyStatus"], "pending-reboot");
    call(world, "RebootDBInstance", json!({"DBInstanceIdentifier": "db1"})).unwrap();
    pass(world, 2);
    assert_eq!(describe(world)["DBParameterGroups"][0]["ParameterApplyStatus"], "in-sync");
    let user = call(world, "DescribeDBParameters", json!({"DBParameterGroupName": "pg", "Source": "user"})).unwrap();
    assert_eq!(user["Parameters"].as_array().unwrap().len(), 2);
    assert_eq!(call(world, "DeleteDBParameterGroup", json!({"DBParameterGroupName": "pg"})), Err("InvalidDBParameterGroupState".into()));
    call(world, "ResetDBParameterGroup", json!({"DBParameterGroupName": "pg", "ResetAllParameters": true})).unwrap();
    let user = call(world, "DescribeDBParameters", json!({"DBParameterGroupName": "pg", "Source": "user"})).unwrap();
    assert_eq!(user["Parameters"], json!([]));
    let many: Vec<Value> =
        (0..21).map(|_| json!({"ParameterName": "work_mem", "ParameterValue": "64", "ApplyMethod": "immediate"})).collect();
    assert_eq!(
        call(world, "ModifyDBParameterGroup", json!({"DBParameterGroupName": "pg", "Parameters": many})),
        Err("InvalidParameterValue".into())
    );
}

#[test]
fn versions_and_classes_are_on_offer() {
    let world = &mut world();
    let answer =
        call(world, "DescribeDBEngineVersions", json!({"Engine": "postgres", "EngineVersion": "16", "DefaultOnly": true})).unwrap();
    assert_eq!(answer["DBEngineVersions"][0]["EngineVersion"], "16.10");
    let options = json!({"Engine": "postgres", "EngineVersion": "16.4", "DBInstanceClass": "db.t4g.medium"});
    assert_eq!(
        call(world, "DescribeOrderableDBInstanceOptions", options).unwrap()["OrderableDBInstanceOptions"].as_array().unwrap().len(),
        3
    );
}

#[test]
fn a_managed_password_comes_goes_and_rotates() {
    let mut world = world();
    call(&mut world, "CreateDBInstance", instance(json!({}))).unwrap();
    pass(&mut world, 60);
    let modify = |world: &mut World, more: Value| {
        let mut input = json!({"DBInstanceIdentifier": "db1", "ApplyImmediately": true});
        crate::world::merge(&mut input, &more);
        call(world, "ModifyDBInstance", input).unwrap()["DBInstance"].clone()
    };
    let shown = |world: &mut World| call(world, "DescribeDBInstances", json!({})).unwrap()["DBInstances"][0].clone();
    let later = |world: &mut World| world.advance_to(world.now + 100_000);
    let rotating = modify(&mut world, json!({"RotateMasterUserPassword": true}));
    assert_eq!(rotating["MasterUserSecret"]["SecretStatus"], "rotating");
    later(&mut world);
    assert_eq!(shown(&mut world)["MasterUserSecret"]["SecretStatus"], "active");
    let plain = modify(&mut world, json!({"ManageMasterUserPassword": false, "MasterUserPassword": "long-enough-1"}));
    assert_eq!((&plain["MasterUserSecret"], &plain["PendingModifiedValues"]["MasterUserPassword"]), (&Value::Null, &json!("****")));
    later(&mut world);
    assert_eq!(shown(&mut world)["PendingModifiedValues"], json!({}));
    assert!(world.tables["us-east-1/secretsmanager.secret"].is_empty());
    let managed = modify(&mut world, json!({"ManageMasterUserPassword": true}));
    assert_eq!(managed["MasterUserSecret"]["SecretStatus"], "creating");
    later(&mut world);
    assert_eq!(shown(&mut world)["MasterUserSecret"]["SecretStatus"], "active");
}
