//! ElastiCache as a caller sees it.

use super::*;
use crate::services::testing::fitting;
use crate::world::{World, merge};

fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, String> {
    let mut call = Call::new(world, &input, "elasticache", operation, "us-east-1");
    let answer = handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
    answer.map(|answer| fitting("elasticache", operation, answer))
}

fn world() -> World {
    let mut world = World::new("123456789012", 1, 0);
    let input = Value::Null;
    let mut seed = Call::new(&mut world, &input, "ec2", "", "us-east-1");
    for (id, zone) in [("subnet-1", "us-east-1a"), ("subnet-2", "us-east-1b")] {
        seed.put("ec2.subnet", id, json!({"SubnetId": id, "VpcId": "vpc-1", "AvailabilityZone": zone}));
    }
    seed.put("ec2.security_group", "sg-1", json!({"GroupId": "sg-1", "GroupName": "default", "VpcId": "vpc-1"}));
    let input = json!({"CacheSubnetGroupName": "csg", "CacheSubnetGroupDescription": "d", "SubnetIds": ["subnet-1", "subnet-2"]});
    call(&mut world, "CreateCacheSubnetGroup", input).unwrap();
    world
}

fn group(more: Value) -> Value {
    let mut input = json!({
        "ReplicationGroupId": "rg1", "ReplicationGroupDescription": "d", "EngineVersion": "7.1", "CacheNodeType": "cache.t4g.small",
        "NumCacheClusters": 2, "AutomaticFailoverEnabled": true, "CacheSubnetGroupName": "csg", "TransitEncryptionEnabled": true,
        "AuthToken": "0123456789abcdef", "Tags": [{"Key": "proj", "Value": "demo"}],
    });
    merge(&mut input, &more);
    input
}

fn describe(world: &mut World) -> Value {
    let answer = call(world, "DescribeReplicationGroups", json!({"ReplicationGroupId": "rg1"}));
    answer.map(|answer| answer["ReplicationGroups"][0].clone()).unwrap_or_default()
}

fn pass(world: &mut World, minutes: i64) {
    world.advance_to(world.now + minutes * 60_000);
}

#[test]
fn a_group_comes_up_grows_shrinks_and_goes() {
    let world = &mut world();
    call(world, "CreateReplicationGroup", group(json!({}))).unwrap();
    let made = describe(world);
    assert_eq!((made["Status"].as_str(), made.get("NodeGroups")), (Some("creating"), None));
    assert_eq!(call(world, "DeleteReplicationGroup", json!({"ReplicationGroupId": "rg1"})), Err("InvalidReplicationGroupState".into()));
    pass(world, 7);
    let made = describe(world);
    assert_eq!(made["MemberClusters"], json!(["rg1-001", "rg1-002"]));
    assert!(made["NodeGroups"][0]["PrimaryEndpoint"]["Address"].as_str().unwrap().starts_with("master.rg1."));
    assert!(made["AuthToken"].is_null() && made["AuthTokenEnabled"] == true);
    let nodes = call(world, "DescribeCacheClusters", json!({"CacheClusterId": "rg1-001", "ShowCacheNodeInfo": true})).unwrap();
    let node = &nodes["CacheClusters"][0];
    assert_eq!((node["EngineVersion"].as_str(), node["CacheSubnetGroupName"].as_str()), (Some("7.1.0"), Some("csg")));
    assert_eq!(call(world, "DeleteCacheSubnetGroup", json!({"CacheSubnetGroupName": "csg"})), Err("CacheSubnetGroupInUse".into()));
    assert_eq!(call(world, "ListTagsForResource", json!({"ResourceName": node["ARN"]})).unwrap()["TagList"][0]["Key"], "proj");

    let count = |count| json!({"ReplicationGroupId": "rg1", "NewReplicaCount": count, "ApplyImmediately": true});
    assert_eq!(call(world, "DecreaseReplicaCount", count(0)), Err("InvalidParameterCombination".into()));
    call(world, "IncreaseReplicaCount", count(2)).unwrap();
    pass(world, 6);
    assert_eq!(describe(world)["MemberClusters"].as_array().unwrap().len(), 3);
    call(world, "DecreaseReplicaCount", count(1)).unwrap();
    pass(world, 6);
    assert_eq!(describe(world)["MemberClusters"], json!(["rg1-001", "rg1-002"]));
    call(world, "DeleteReplicationGroup", json!({"ReplicationGroupId": "rg1"})).unwrap();
    pass(world, 6);
    assert_eq!(call(world, "DeleteReplicationGroup", json!({"ReplicationGroupId": "rg1"})), Err("ReplicationGroupNotFoundFault".into()));
    assert!(world.tags.is_empty() && world.tables["us-east-1/elasticache.cache_cluster"].is_empty());
}

#[test]
fn changes_take_their_time() {
    let world = &mut world();
    call(world, "CreateReplicationGroup", group(json!({}))).unwrap();
    pass(world, 7);
    let arn = describe(world)["ARN"].clone();
    let modify = |more: Value| {
        let mut input = json!({"ReplicationGroupId": "rg1", "ApplyImmediately": true});
        merge(&mut input, &more);
        input
    };
    call(world, "ModifyReplicationGroup", modify(json!({"CacheNodeType": "cache.t4g.medium", "SnapshotRetentionLimit": 5}))).unwrap();
    assert_eq!(
        (describe(world)["Status"].as_str(), describe(world)["CacheNodeType"].as_str()),
        (Some("modifying"), Some("cache.t4g.small"))
    );
    let tag = json!({"ResourceName": arn, "Tags": [{"Key": "a", "Value": "b"}]});
    assert_eq!(call(world, "AddTagsToResource", tag.clone()), Err("InvalidReplicationGroupState".into()));
    pass(world, 11);
    let row = describe(world);
    assert_eq!((row["CacheNodeType"].as_str(), row["SnapshottingClusterId"].as_str()), (Some("cache.t4g.medium"), Some("rg1-002")));
    call(world, "AddTagsToResource", tag).unwrap();
    call(world, "ModifyReplicationGroup", modify(json!({"CacheNodeType": "cache.m7g.large", "ApplyImmediately": false}))).unwrap();
    pass(world, 2);
    assert_eq!(describe(world)["CacheNodeType"], "cache.t4g.medium");
    pass(world, 7 * 24 * 60 + 10);
    assert_eq!(describe(world)["CacheNodeType"], "cache.m7g.large");
    assert_eq!(call(world, "ModifyReplicationGroup", modify(json!({"EngineVersion": "6.2"}))), Err("InvalidParameterCombination".into()));
    assert_eq!(
        call(world, "ModifyReplicationGroup", modify(json!({"TransitEncryptionEnabled": false}))),
        Err("InvalidParameterCombination".into())
    );
    call(world, "ModifyReplicationGroup", modify(json!({"Engine": "valkey", "EngineVersion": "8.0"}))).unwrap();
    pass(world, 11);
    let nodes = call(world, "DescribeCacheClusters", json!({"CacheClusterId": "rg1-001"})).unwrap();
    let node = &nodes["CacheClusters"][0];
    assert_eq!(
        (node["Engine"].as_str(), node["CacheParameterGroup"]["CacheParameterGroupName"].as_str()),
        (Some("valkey"), Some("default.valkey8"))
    );
}

#[test]
fn bad_groups_are_refused() {
    let world = &mut world();
    let cases = [
        (json!({"ReplicationGroupId": "a".repeat(41)}), "InvalidParameterValue"),
        (json!({"CacheNodeType": "cache.t9.huge"}), "InvalidParameterValue"),
        (json!({"EngineVersion": "7.1.0"}), "InvalidParameterCombination"),
        (json!({"NumCacheClusters": 1}), "InvalidParameterCombination"),
        (json!({"AutomaticFailoverEnabled": false, "MultiAZEnabled": true}), "InvalidParameterCombination"),
        (json!({"TransitEncryptionEnabled": false}), "InvalidParameterCombination"),
        (json!({"AuthToken": "short"}), "InvalidParameterValue"),
        (json!({"CacheSubnetGroupName": "nope"}), "CacheSubnetGroupNotFoundFault"),
        (json!({"CacheParameterGroupName": "nope"}), "CacheParameterGroupNotFound"),
        (json!({"CacheParameterGroupName": "default.redis6.x"}), "InvalidParameterCombination"),
        (json!({"SecurityGroupIds": ["sg-9"]}), "InvalidParameterValue"),
        (json!({"NumNodeGroups": 2}), "InvalidParameterCombination"),
        (json!({"SnapshotWindow": "03:00-03:30"}), "InvalidParameterValue"),
        (json!({"Tags": [{"Key": "role", "Value": "redis (video)"}]}), "InvalidParameterValue"),
    ];
    for (more, code) in cases {
        assert_eq!(call(world, "CreateReplicationGroup", group(more.clone())), Err(code.into()), "{more}");
    }
    for name in ["1st", "a--b", "a-", "default"] {
        let input = json!({"CacheSubnetGroupName": name, "CacheSubnetGroupDescription": "d", "SubnetIds": ["subnet-1"]});
        assert_eq!(call(world, "CreateCacheSubnetGroup", input), Err("InvalidParameterValue".into()), "{name}");
    }
}

#[test]
fn cluster_mode_has_shards() {
    let world = &mut world();
    let more = json!({"NumCacheClusters": null, "NumNodeGroups": 2, "ReplicasPerNodeGroup": 1, "CacheParameterGroupName": "default.redis7.cluster.on"});
    call(world, "CreateReplicationGroup", group(more)).unwrap();
    pass(world, 7);
    let row = describe(world);
    assert_eq!(row["MemberClusters"].as_array().unwrap().len(), 4);
    assert_eq!((row["NodeGroups"][1]["Slots"].as_str(), row["ClusterEnabled"].as_bool()), (Some("8192-16383"), Some(true)));
    assert!(row["ConfigurationEndpoint"]["Address"].is_string());
}

#[test]
fn parameters_are_set_and_reset() {
    let world = &mut world();
    call(
        world,
        "CreateCacheParameterGroup",
        json!({"CacheParameterGroupName": "cpg", "CacheParameterGroupFamily": "redis7", "Description": "d"}),
    )
    .unwrap();
    let set = |name: &str, value: &str| json!({"CacheParameterGroupName": "cpg", "ParameterNameValues": [{"ParameterName": name, "ParameterValue": value}]});
    call(world, "ModifyCacheParameterGroup", set("maxmemory-policy", "allkeys-lru")).unwrap();
    assert_eq!(call(world, "ModifyCacheParameterGroup", set("maxmemory-policy", "x")), Err("InvalidParameterValue".into()));
    assert_eq!(call(world, "ModifyCacheParameterGroup", set("appendonly", "yes")), Err("InvalidParameterValue".into()));
    let user = json!({"CacheParameterGroupName": "cpg", "Source": "user"});
    assert_eq!(call(world, "DescribeCacheParameters", user.clone()).unwrap()["Parameters"][0]["ParameterValue"], "allkeys-lru");
    call(world, "ResetCacheParameterGroup", json!({"CacheParameterGroupName": "cpg", "ResetAllParameters": true})).unwrap();
    assert_eq!(call(world, "DescribeCacheParameters", user).unwrap()["Parameters"], json!([]));
    call(world, "DeleteCacheParameterGroup", json!({"CacheParameterGroupName": "cpg"})).unwrap();
    assert_eq!(
        call(world, "DescribeCacheParameterGroups", json!({"CacheParameterGroupName": "cpg"})),
        Err("CacheParameterGroupNotFound".into())
    );
    assert!(call(world, "DescribeCacheParameterGroups", json!({"CacheParameterGroupName": "default.redis7"})).is_ok());
}

#[test]
fn a_node_stays_in_the_subnet_that_it_was_made_in() {
    let world = &mut world();
    let input = Value::Null;
    let other = json!({"SubnetId": "subnet-0", "VpcId": "vpc-1", "AvailabilityZone": "us-east-1a"});
    Call::new(world, &input, "ec2", "", "us-east-1").put("ec2.subnet", "subnet-0", other);
    call(world, "CreateReplicationGroup", group(json!({}))).unwrap();
    pass(world, 7);
    let to = |subnets: &[&str]| json!({"CacheSubnetGroupName": "csg", "SubnetIds": subnets});
    call(world, "ModifyCacheSubnetGroup", to(&["subnet-0", "subnet-1", "subnet-2"])).unwrap();
    assert_eq!(call(world, "ModifyCacheSubnetGroup", to(&["subnet-0", "subnet-2"])), Err("SubnetInUse".into()));
    call(world, "ModifyCacheSubnetGroup", to(&["subnet-1", "subnet-2"])).unwrap();
}

#[test]
fn redis_becomes_valkey_where_it_is_and_never_goes_back() {
    let world = &mut world();
    call(world, "CreateReplicationGroup", group(json!({"Engine": "redis"}))).unwrap();
    pass(world, 7);
    let to = |engine: &str, version: &str| json!({"ReplicationGroupId": "rg1", "Engine": engine, "EngineVersion": version, "ApplyImmediately": true});
    call(world, "ModifyReplicationGroup", to("valkey", "8.0")).unwrap();
    pass(world, 20);
    assert_eq!((describe(world)["Engine"].as_str(), describe(world)["Status"].as_str()), (Some("valkey"), Some("available")));
    let nodes = call(world, "DescribeCacheClusters", json!({"CacheClusterId": "rg1-001"})).unwrap()["CacheClusters"].clone();
    assert_eq!((nodes[0]["Engine"].as_str(), nodes[0]["EngineVersion"].as_str()), (Some("valkey"), Some("8.0.1")));
    assert_eq!(nodes[0]["CacheParameterGroup"]["CacheParameterGroupName"], "default.valkey8");
    for back in [to("redis", "7.1"), to("valkey", "7.2")] {
        assert_eq!(call(world, "ModifyReplicationGroup", back), Err("InvalidParameterCombination".into()));
    }
}

#[test]
fn encryption_in_transit_comes_in_two_steps() {
    let world = &mut world();
    call(world, "CreateReplicationGroup", group(json!({"TransitEncryptionEnabled": false, "AuthToken": null}))).unwrap();
    pass(world, 7);
    let mode = |mode: &str| json!({"ReplicationGroupId": "rg1", "TransitEncryptionEnabled": true, "TransitEncryptionMode": mode, "ApplyImmediately": true});
    assert_eq!(call(world, "ModifyReplicationGroup", mode("required")), Err("InvalidParameterCombination".into()));
    for step in ["preferred", "required"] {
        call(world, "ModifyReplicationGroup", mode(step)).unwrap();
        pass(world, 7);
        let now = describe(world);
        assert_eq!((&now["TransitEncryptionEnabled"], &now["TransitEncryptionMode"]), (&json!(true), &json!(step)));
    }
}

#[test]
fn versions_below_six_have_three_parts() {
    let world = &mut world();
    let of = |version: &str| group(json!({"Engine": "redis", "EngineVersion": version}));
    for version in ["5.0", "5", "7.0.7"] {
        assert_eq!(call(world, "CreateReplicationGroup", of(version)), Err("InvalidParameterCombination".into()), "{version}");
    }
    call(world, "CreateReplicationGroup", of("5.0.6")).unwrap();
}
