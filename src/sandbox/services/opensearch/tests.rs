//! OpenSearch Service as a caller sees it.

use super::*;
use crate::services::testing::fitting;
use crate::world::{World, merge};
use serde_json::{Value, json};

fn call(world: &mut World, operation: &str, mut input: Value) -> Result<Value, String> {
    if input["DomainName"].is_null() {
        input["DomainName"] = json!("dom1");
    }
    let mut call = Call::new(world, &input, "opensearch", operation, "us-east-1");
    let answer = handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
    answer.map(|answer| fitting("opensearch", operation, answer))
}

fn world() -> World {
    let mut world = World::new("123456789012", 1, 0);
    let input = Value::Null;
    let mut seed = Call::new(&mut world, &input, "ec2", "", "us-east-1");
    for (id, zone) in [("subnet-1", "us-east-1a"), ("subnet-2", "us-east-1b")] {
        seed.put("ec2.subnet", id, json!({"SubnetId": id, "VpcId": "vpc-1", "AvailabilityZone": zone}));
    }
    seed.put("ec2.security_group", "sg-1", json!({"GroupId": "sg-1", "GroupName": "default", "VpcId": "vpc-1"}));
    world
}

fn domain(more: Value) -> Value {
    let mut input = json!({
        "EngineVersion": "OpenSearch_2.13", "ClusterConfig": {"InstanceType": "t3.small.search", "InstanceCount": 2, "ZoneAwarenessEnabled": true},
        "EBSOptions": {"EBSEnabled": true, "VolumeType": "gp3", "VolumeSize": 20}, "VPCOptions": {"SubnetIds": ["subnet-1", "subnet-2"]},
        "EncryptionAtRestOptions": {"Enabled": true}, "NodeToNodeEncryptionOptions": {"Enabled": true}, "TagList": [{"Key": "proj", "Value": "demo"}],
    });
    merge(&mut input, &more);
    input
}

#[test]
fn a_domain_comes_up_changes_and_goes() {
    let world = &mut world();
    let made = call(world, "CreateDomain", domain(json!({}))).unwrap()["DomainStatus"].clone();
    assert_eq!((made["Processing"].as_bool(), made.get("Endpoints")), (Some(true), None));
    assert_eq!(call(world, "CreateDomain", domain(json!({}))), Err("ResourceAlreadyExistsException".into()));
    let volumes = |size: i64| json!({"EBSOptions": {"EBSEnabled": true, "VolumeType": "gp3", "VolumeSize": size}});
    assert_eq!(call(world, "UpdateDomainConfig", volumes(30)), Err("ValidationException".into()));
    world.advance_to(1_300_000);
    let up = call(world, "DescribeDomain", json!({})).unwrap()["DomainStatus"].clone();
    assert!(up["Processing"] == false && up["Endpoints"]["vpc"].as_str().unwrap().starts_with("vpc-dom1-"));
    assert_eq!((up["EBSOptions"]["Iops"].as_i64(), up["VPCOptions"]["VPCId"].as_str()), (Some(3000), Some("vpc-1")));
    let config = call(world, "UpdateDomainConfig", volumes(30)).unwrap()["DomainConfig"].clone();
    assert_eq!(config["EBSOptions"]["Status"]["State"], "Processing");
    assert_eq!(config["ClusterConfig"]["Status"]["State"], "Active");
    world.advance_to(2_300_000);
    assert_eq!(call(world, "DescribeDomain", json!({})).unwrap()["DomainStatus"]["EBSOptions"]["VolumeSize"], 30);
    let off = json!({"EncryptionAtRestOptions": {"Enabled": false}});
    assert_eq!(call(world, "UpdateDomainConfig", off), Err("ValidationException".into()));
    assert_eq!(call(world, "ListTags", json!({"ARN": up["ARN"]})).unwrap()["TagList"][0]["Key"], "proj");
    call(world, "DeleteDomain", json!({})).unwrap();
    call(world, "DeleteDomain", json!({})).unwrap();
    world.advance_to(3_000_000);
    assert_eq!(call(world, "DescribeDomain", json!({})), Err("ResourceNotFoundException".into()));
    assert!(world.tags.is_empty());
}

#[test]
fn bad_domains_are_refused() {
    let world = &mut world();
    let open = json!({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "es:*", "Resource": "*"}]}).to_string();
    for more in [
        json!({"EngineVersion": "OpenSearch_0.1"}),
        json!({"ClusterConfig": {"InstanceType": "t9.huge.search"}}),
        json!({"ClusterConfig": {"InstanceCount": 1}}),
        json!({"ClusterConfig": {"DedicatedMasterEnabled": true, "DedicatedMasterCount": 2}}),
        json!({"VPCOptions": {"SubnetIds": ["subnet-1"]}}),
        json!({"VPCOptions": {"SubnetIds": ["subnet-1", "subnet-9"]}}),
        json!({"VPCOptions": {"SecurityGroupIds": ["sg-9"]}}),
        json!({"EBSOptions": null}),
        json!({"EBSOptions": {"VolumeSize": 5}}),
        json!({"AdvancedSecurityOptions": {"Enabled": true}}),
        json!({"VPCOptions": null, "AccessPolicies": open}),
        json!({"AccessPolicies": json!({"Statement": []}).to_string()}),
        json!({"AccessPolicies": open.replace("Allow", "Maybe")}),
        json!({"ClusterConfig": {"InstanceCount": 82}}),
        json!({"ClusterConfig": {
            "InstanceCount": 12, "DedicatedMasterEnabled": true, "DedicatedMasterCount": 3, "DedicatedMasterType": "t3.small.search",
        }}),
    ] {
        assert_eq!(call(world, "CreateDomain", domain(more.clone())), Err("ValidationException".into()), "{more}");
    }
}

#[test]
fn a_domain_is_upgraded_to_newer_versions_only() {
    let world = &mut world();
    call(world, "CreateDomain", domain(json!({}))).unwrap();
    let to = |version: &str| json!({"TargetVersion": version});
    assert_eq!(call(world, "UpgradeDomain", to("OpenSearch_2.19")), Err("ValidationException".into()), "still being made");
    world.advance_to(1_300_000);
    for bad in ["OpenSearch_2.13", "OpenSearch_2.11", "Elasticsearch_7.10", "OpenSearch_9.9"] {
        assert_eq!(call(world, "UpgradeDomain", to(bad)), Err("ValidationException".into()), "{bad}");
    }
    call(world, "UpgradeDomain", to("OpenSearch_2.19")).unwrap();
    let volumes = json!({"EBSOptions": {"EBSEnabled": true, "VolumeType": "gp3", "VolumeSize": 30}});
    assert_eq!(call(world, "UpdateDomainConfig", volumes), Err("ValidationException".into()));
    let version = |world: &mut World| call(world, "DescribeDomain", json!({})).unwrap()["DomainStatus"]["EngineVersion"].clone();
    assert_eq!(version(world), "OpenSearch_2.13");
    world.advance_to(3_200_000);
    assert_eq!(version(world), "OpenSearch_2.19");
}

#[test]
fn encryption_is_turned_on_where_the_domain_is() {
    let world = &mut world();
    let plain = |version: &str| {
        let off = json!({"Enabled": false});
        domain(json!({"EngineVersion": version, "EncryptionAtRestOptions": off, "NodeToNodeEncryptionOptions": off}))
    };
    let on = json!({"EncryptionAtRestOptions": {"Enabled": true}, "NodeToNodeEncryptionOptions": {"Enabled": true}});
    for version in ["OpenSearch_2.13", "Elasticsearch_6.7"] {
        call(world, "CreateDomain", plain(version)).unwrap();
        world.advance_to(world.now + 1_300_000);
        call(world, "UpdateDomainConfig", on.clone()).unwrap();
        world.advance_to(world.now + 1_000_000);
        let status = call(world, "DescribeDomain", json!({})).unwrap()["DomainStatus"].clone();
        assert!(status["EncryptionAtRestOptions"]["Enabled"] == true && status["NodeToNodeEncryptionOptions"]["Enabled"] == true);
        call(world, "DeleteDomain", json!({})).unwrap();
        world.advance_to(world.now + 1_000_000);
    }
    call(world, "CreateDomain", plain("Elasticsearch_5.6")).unwrap();
    world.advance_to(world.now + 1_300_000);
    assert_eq!(call(world, "UpdateDomainConfig", on), Err("ValidationException".into()));
}

#[test]
fn a_domain_moves_to_other_subnets_of_its_vpc() {
    let world = &mut world();
    let input = Value::Null;
    let subnet = json!({"SubnetId": "subnet-3", "VpcId": "vpc-1", "AvailabilityZone": "us-east-1c"});
    Call::new(world, &input, "ec2", "", "us-east-1").put("ec2.subnet", "subnet-3", subnet);
    call(world, "CreateDomain", domain(json!({}))).unwrap();
    world.advance_to(1_300_000);
    call(world, "UpdateDomainConfig", json!({"VPCOptions": {"SubnetIds": ["subnet-2", "subnet-3"]}})).unwrap();
    world.advance_to(2_300_000);
    let status = call(world, "DescribeDomain", json!({})).unwrap()["DomainStatus"].clone();
    assert_eq!(status["VPCOptions"]["AvailabilityZones"], json!(["us-east-1b", "us-east-1c"]));
}

#[test]
fn a_new_account_lets_nothing_into_a_vpc_before_the_role_is_made() {
    let world = &mut world();
    world.fresh_account = true;
    assert_eq!(call(world, "CreateDomain", domain(json!({}))), Err("ValidationException".into()));
    let input = json!({"AWSServiceName": "opensearchservice.amazonaws.com"});
    let mut iam = Call::new(world, &input, "iam", "CreateServiceLinkedRole", "us-east-1");
    crate::services::handler("iam", "CreateServiceLinkedRole").unwrap()(&mut iam).unwrap();
    call(world, "CreateDomain", domain(json!({}))).unwrap();
}
