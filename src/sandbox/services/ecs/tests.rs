use crate::world::{Call, Fault, World};
use serde_json::{Value, json};

fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
    super::handler(operation).unwrap()(&mut Call::new(world, &input, "ecs", operation, "us-east-1"))
        .map(|answer| crate::services::testing::fitting("ecs", operation, answer))
}

fn ok(world: &mut World, operation: &str, input: Value) -> Value {
    call(world, operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault:?}"))
}

fn code(answer: Result<Value, Fault>) -> String {
    answer.unwrap_err().code
}

fn pass(world: &mut World, seconds: i64) {
    world.advance_to(world.now + seconds * 1000);
}

fn definition(image: &str) -> Value {
    json!({
        "family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512", "executionRoleArn": "arn:aws:iam::123456789012:role/r",
        "containerDefinitions": [{"name": "web", "image": image, "portMappings": [{"containerPort": 8080}], "healthCheck": {"command": ["CMD", "true"]}}],
    })
}

fn network() -> Value {
    json!({"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}})
}

fn service(count: i64) -> Value {
    json!({"cluster": "c1", "serviceName": "web", "taskDefinition": "web", "desiredCount": count, "launchType": "FARGATE", "networkConfiguration": network(), "tags": [{"key": "a", "value": "b"}]})
}

fn world() -> World {
    let mut world = World::new("123456789012", 1, 0);
    let put = |world: &mut World, table: &str, id: &str, row: Value| {
        world.tables.entry(format!("us-east-1/{table}")).or_default().insert(id.into(), row);
    };
    put(&mut world, "ec2.subnet", "subnet-1", json!({"VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"}));
    put(&mut world, "ec2.security_group", "sg-1", json!({"VpcId": "vpc-1"}));
    put(&mut world, "elbv2.target_group", "tg", json!({"TargetGroupArn": "tg", "TargetType": "ip"}));
    ok(&mut world, "CreateCluster", json!({"clusterName": "c1", "capacityProviders": ["FARGATE", "FARGATE_SPOT"]}));
    ok(&mut world, "RegisterTaskDefinition", definition("nginx:1"));
    world
}

fn read(world: &mut World) -> Value {
    ok(world, "DescribeServices", json!({"cluster": "c1", "services": ["web"], "include": ["TAGS"]}))["services"][0].clone()
}

#[test]
fn a_cluster_goes_only_when_nothing_runs_in_it_and_lingers() {
    let mut world = world();
    ok(&mut world, "CreateService", service(1));
    assert_eq!(code(call(&mut world, "DeleteCluster", json!({"cluster": "c1"}))), "ClusterContainsServicesException");
    ok(&mut world, "DeleteService", json!({"cluster": "c1", "service": "web", "force": true}));
    assert_eq!(read(&mut world)["status"], "DRAINING");
    pass(&mut world, 60);
    assert_eq!(read(&mut world)["status"], "INACTIVE");
    ok(&mut world, "DeleteCluster", json!({"cluster": "c1"}));
    assert_eq!(ok(&mut world, "DescribeClusters", json!({"clusters": ["c1"]}))["clusters"][0]["status"], "INACTIVE");
    assert_eq!(ok(&mut world, "ListClusters", json!({}))["clusterArns"], json!([]));
    pass(&mut world, 4000);
    assert_eq!(ok(&mut world, "DescribeClusters", json!({"clusters": ["c1"]}))["failures"][0]["reason"], "MISSING");
}

#[test]
fn a_definition_is_filled_in_and_checked() {
    let mut world = world();
    let shown = ok(&mut world, "DescribeTaskDefinition", json!({"taskDefinition": "web"}))["taskDefinition"].clone();
    assert_eq!(shown["containerDefinitions"][0]["portMappings"][0], json!({"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}));
    assert_eq!(shown["containerDefinitions"][0]["healthCheck"]["retries"], 3);
    let refused = |world: &mut World, change: &dyn Fn(&mut Value)| {
        let mut input = definition("nginx:1");
        change(&mut input);
        code(call(world, "RegisterTaskDefinition", input))
    };
    for change in [
        &(|input: &mut Value| input["memory"] = json!("3072")) as &dyn Fn(&mut Value),
        &|input| input["networkMode"] = json!("bridge"),
        &|input| {
            input["executionRoleArn"] = json!("");
            input["containerDefinitions"][0]["image"] = json!("1.dkr.ecr.us-east-1.amazonaws.com/x:1");
        },
        &|input| input["containerDefinitions"][0]["essential"] = json!(false),
        &|input| input["containerDefinitions"][0]["portMappings"][0]["hostPort"] = json!(80),
        &|input| input["containerDefinitions"][0]["dependsOn"] = json!([{"containerName": "nobody", "condition": "START"}]),
    ] {
        assert_eq!(refused(&mut world, change), "ClientException");
    }
    ok(&mut world, "RegisterTaskDefinition", definition("nginx:2"));
    assert_eq!(ok(&mut world, "DescribeTaskDefinition", json!({"taskDefinition": "web"}))["taskDefinition"]["revision"], 2);
    ok(&mut world, "DeregisterTaskDefinition", json!({"taskDefinition": "web:2"}));
    assert_eq!(ok(&mut world, "DescribeTaskDefinition", json!({"taskDefinition": "web"}))["taskDefinition"]["revision"], 1);
    ok(&mut world, "DeleteTaskDefinitions", json!({"taskDefinitions": ["web:2"]}));
    pass(&mut world, 4000);
    assert_eq!(ok(&mut world, "RegisterTaskDefinition", definition("nginx:3"))["taskDefinition"]["revision"], 3);
}

#[test]
fn a_service_arrives_and_rolls() {
    let mut world = world();
    let created = ok(&mut world, "CreateService", service(2))["service"].clone();
    assert_eq!(
        (&created["runningCount"], &created["pendingCount"], &created["deployments"][0]["rolloutState"]),
        (&json!(0), &json!(2), &json!("IN_PROGRESS"))
    );
    pass(&mut world, 60);
    let up = read(&mut world);
    assert_eq!((&up["runningCount"], &up["deployments"][0]["rolloutState"]), (&json!(2), &json!("COMPLETED")));
    assert!(up["events"][0]["message"].as_str().unwrap().ends_with("has reached a steady state."));
    assert_eq!(up["tags"][0]["key"], "a");

    ok(&mut world, "RegisterTaskDefinition", definition("nginx:2"));
    let updated = ok(&mut world, "UpdateService", json!({"cluster": "c1", "service": "web", "taskDefinition": "web:2", "desiredCount": 3}))
        ["service"]
        .clone();
    assert_eq!(updated["deployments"].as_array().unwrap().len(), 2);
    assert_eq!((&updated["networkConfiguration"], &updated["desiredCount"]), (&up["networkConfiguration"], &json!(3)));
    pass(&mut world, 60);
    read(&mut world);
    pass(&mut world, 60);
    let rolled = read(&mut world);
    assert_eq!(rolled["deployments"].as_array().unwrap().len(), 1);
    assert_eq!((&rolled["runningCount"], &rolled["deployments"][0]["taskDefinition"]), (&json!(3), &rolled["taskDefinition"]));
    let records = ok(&mut world, "ListServiceDeployments", json!({"cluster": "c1", "service": "web"}))["serviceDeployments"].clone();
    assert!(records.as_array().unwrap().iter().all(|record| record["status"] == "SUCCESSFUL"));
    let whole = ok(&mut world, "DescribeServiceDeployments", json!({"serviceDeploymentArns": [records[0]["serviceDeploymentArn"]]}))["serviceDeployments"][0].clone();
    let revision = ok(&mut world, "DescribeServiceRevisions", json!({"serviceRevisionArns": [whole["targetServiceRevision"]["arn"]]}));
    assert_eq!(revision["serviceRevisions"][0]["taskDefinition"], rolled["taskDefinition"]);
}

#[test]
fn a_count_alone_starts_no_deployment() {
    let mut world = world();
    ok(&mut world, "CreateService", service(1));
    pass(&mut world, 60);
    let before = read(&mut world)["deployments"][0]["id"].clone();
    ok(&mut world, "UpdateService", json!({"cluster": "c1", "service": "web", "desiredCount": 4}));
    pass(&mut world, 60);
    let after = read(&mut world);
    assert_eq!((&after["deployments"][0]["id"], &after["runningCount"]), (&before, &json!(4)));
    let tasks = ok(&mut world, "ListTasks", json!({"cluster": "c1", "serviceName": "web"}))["taskArns"].clone();
    assert_eq!(tasks.as_array().unwrap().len(), 4);
    ok(&mut world, "StopTask", json!({"cluster": "c1", "task": tasks[0], "reason": "bye"}));
    pass(&mut world, 60);
    read(&mut world);
    pass(&mut world, 60);
    assert_eq!(read(&mut world)["runningCount"], 4);
}

#[test]
fn a_stopped_deployment_goes_back() {
    let mut world = world();
    ok(&mut world, "CreateService", service(1));
    pass(&mut world, 60);
    let first = read(&mut world)["taskDefinition"].clone();
    ok(&mut world, "RegisterTaskDefinition", definition("nginx:2"));
    let open = ok(&mut world, "UpdateService", json!({"cluster": "c1", "service": "web", "taskDefinition": "web:2"}))["service"]["currentServiceDeployment"].clone();
    ok(&mut world, "StopServiceDeployment", json!({"serviceDeploymentArn": open, "stopType": "ROLLBACK"}));
    for _ in 0..3 {
        pass(&mut world, 60);
        read(&mut world);
    }
    assert_eq!(read(&mut world)["taskDefinition"], first);
    let record = ok(&mut world, "DescribeServiceDeployments", json!({"serviceDeploymentArns": [open]}))["serviceDeployments"][0].clone();
    assert_eq!(record["status"], "ROLLBACK_SUCCESSFUL");
}

#[test]
fn a_role_by_its_name_alone_is_one_of_the_account() {
    let mut world = world();
    let mut named = definition("nginx");
    named["taskRoleArn"] = json!("web");
    let made = ok(&mut world, "RegisterTaskDefinition", named)["taskDefinition"].clone();
    assert_eq!(made["taskRoleArn"], "arn:aws:iam::123456789012:role/web");
}

#[test]
fn what_a_service_names_must_be_there() {
    let mut world = world();
    let with = |change: Value| {
        let mut input = service(1);
        for (name, value) in change.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    for (change, want) in [
        (json!({"cluster": "nope"}), "ClusterNotFoundException"),
        (json!({"taskDefinition": "nope:1"}), "ClientException"),
        (json!({"networkConfiguration": null}), "InvalidParameterException"),
        (json!({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-9"]}}}), "InvalidParameterException"),
        (
            json!({"loadBalancers": [{"targetGroupArn": "none", "containerName": "web", "containerPort": 8080}]}),
            "InvalidParameterException",
        ),
        (json!({"platformVersion": "9.9"}), "PlatformUnknownException"),
        (
            json!({"availabilityZoneRebalancing": "ENABLED", "deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 50}}),
            "InvalidParameterException",
        ),
        (json!({"capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]}), "InvalidParameterException"),
    ] {
        assert_eq!(code(call(&mut world, "CreateService", with(change.clone()))), want, "{change}");
    }
    let balanced = with(json!({"loadBalancers": [{"targetGroupArn": "tg", "containerName": "web", "containerPort": 8080}]}));
    let fault = call(&mut world, "CreateService", balanced.clone()).unwrap_err();
    assert!(fault.message.ends_with("does not have an associated load balancer."), "{}", fault.message);
    world.tables.entry("us-east-1/elbv2.rule".into()).or_default().insert("r".into(), json!({"Actions": [{"TargetGroupArn": "tg"}]}));
    ok(&mut world, "CreateService", balanced);
    assert_eq!(code(call(&mut world, "CreateService", service(1))), "InvalidParameterException");
    assert_eq!(code(call(&mut world, "DeleteService", json!({"cluster": "c1", "service": "web"}))), "InvalidParameterException");
    assert_eq!(code(call(&mut world, "DeleteService", json!({"cluster": "c1", "service": "zzz"}))), "ServiceNotFoundException");
}

#[test]
fn a_one_off_task_ends_by_itself_and_is_run_once() {
    let mut world = world();
    let run = json!({
        "cluster": "c1", "taskDefinition": "web", "launchType": "FARGATE", "networkConfiguration": network(), "startedBy": "iac", "clientToken": "t",
        "overrides": {"containerOverrides": [{"name": "web", "command": ["migrate"]}]},
    });
    let first = ok(&mut world, "RunTask", run.clone())["tasks"][0]["taskArn"].clone();
    assert_eq!(ok(&mut world, "RunTask", run.clone())["tasks"][0]["taskArn"], first);
    let mut other = run;
    other["startedBy"] = json!("else");
    assert_eq!(code(call(&mut world, "RunTask", other)), "ConflictException");
    pass(&mut world, 60);
    let task = |world: &mut World| ok(world, "DescribeTasks", json!({"cluster": "c1", "tasks": [first]}))["tasks"][0].clone();
    let running = task(&mut world);
    assert_eq!((&running["lastStatus"], &running["attachments"][0]["status"]), (&json!("RUNNING"), &json!("ATTACHED")));
    pass(&mut world, 600);
    let stopped = task(&mut world);
    assert_eq!(
        (&stopped["lastStatus"], &stopped["stopCode"], &stopped["containers"][0]["exitCode"]),
        (&json!("STOPPED"), &json!("EssentialContainerExited"), &json!(0))
    );
}

/// Any service's operation, for the tests in which ECS meets its neighbours.
fn aws(world: &mut World, service: &str, operation: &str, input: Value) -> Result<Value, Fault> {
    let handler = crate::services::handler(service, operation).unwrap();
    handler(&mut Call::new(world, &input, service, operation, "us-east-1"))
}

#[test]
fn tasks_stand_in_subnets_and_behind_load_balancers() {
    let mut world = World::new("123456789012", 1, 0);
    let w = &mut world;
    let vpc = aws(w, "ec2", "CreateVpc", json!({"CidrBlock": "10.0.0.0/16"})).unwrap()["Vpc"]["VpcId"].clone();
    let subnet = |w: &mut World, cidr: &str, zone: &str| {
        aws(w, "ec2", "CreateSubnet", json!({"VpcId": vpc, "CidrBlock": cidr, "AvailabilityZone": zone})).unwrap()["Subnet"]["SubnetId"]
            .clone()
    };
    let subnets = [subnet(w, "10.0.1.0/24", "us-east-1a"), subnet(w, "10.0.2.0/24", "us-east-1b")];
    let group =
        aws(w, "ec2", "CreateSecurityGroup", json!({"GroupName": "web", "Description": "d", "VpcId": vpc})).unwrap()["GroupId"].clone();
    let balancer = json!({"Name": "lb", "Subnets": subnets, "Scheme": "internal"});
    let balancer = aws(w, "elbv2", "CreateLoadBalancer", balancer).unwrap()["LoadBalancers"][0]["LoadBalancerArn"].clone();
    let targets = json!({"Name": "tg", "Protocol": "HTTP", "Port": 8080, "VpcId": vpc, "TargetType": "ip"});
    let targets = aws(w, "elbv2", "CreateTargetGroup", targets).unwrap()["TargetGroups"][0]["TargetGroupArn"].clone();
    let forward = json!([{"Type": "forward", "TargetGroupArn": targets}]);
    aws(w, "elbv2", "CreateListener", json!({"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": forward}))
        .unwrap();
    ok(w, "CreateCluster", json!({"clusterName": "c1"}));
    ok(w, "RegisterTaskDefinition", definition("nginx:1"));
    let mut input = service(2);
    input["networkConfiguration"] = json!({"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group]}});
    input["loadBalancers"] = json!([{"targetGroupArn": targets, "containerName": "web", "containerPort": 8080}]);
    ok(w, "CreateService", input);
    pass(w, 90);
    assert_eq!(read(w)["deployments"][0]["rolloutState"], "COMPLETED");
    let health = aws(w, "elbv2", "DescribeTargetHealth", json!({"TargetGroupArn": targets})).unwrap()["TargetHealthDescriptions"].clone();
    let states: Vec<&Value> = health.as_array().unwrap().iter().map(|target| &target["TargetHealth"]["State"]).collect();
    assert_eq!(states, ["healthy", "healthy"]);
    let refused = aws(w, "ec2", "DeleteSecurityGroup", json!({"GroupId": group})).unwrap_err();
    assert_eq!(refused.code, "DependencyViolation");
    ok(w, "DeleteService", json!({"cluster": "c1", "service": "web", "force": true}));
    pass(w, 30);
    assert_eq!(read(w)["status"], "DRAINING");
    pass(w, 400);
    assert_eq!(read(w)["status"], "INACTIVE");
    aws(w, "ec2", "DeleteSecurityGroup", json!({"GroupId": group})).unwrap();
}

/// The service once it has been looked at every ten seconds for so long.
fn watch(world: &mut World, seconds: i64) -> Value {
    for _ in 0..seconds / 10 {
        pass(world, 10);
        read(world);
    }
    read(world)
}

fn seed(world: &mut World, service: &str, operation: &str, input: Value) -> Value {
    crate::services::handler(service, operation).unwrap()(&mut Call::new(world, &input, service, operation, "us-east-1")).unwrap()
}

fn with_container(more: Value) -> Value {
    let mut definition = definition("nginx:1");
    crate::world::merge(&mut definition["containerDefinitions"][0], &more);
    definition
}

#[test]
fn a_task_that_fails_says_why() {
    let own = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web";
    let secret = |from: &str| json!({"secrets": [{"name": "S", "valueFrom": from}]});
    for (more, code, reason, exit) in [
        (json!({"image": format!("{own}:2")}), "TaskFailedToStart", "CannotPullContainerError", Value::Null),
        (
            secret("arn:aws:secretsmanager:us-east-1:123456789012:secret:none-abcdef"),
            "TaskFailedToStart",
            "can't find the specified secret",
            Value::Null,
        ),
        (
            json!({"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/none", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "a"}}}),
            "TaskFailedToStart",
            "The specified log group does not exist",
            Value::Null,
        ),
        (json!({"command": ["sh", "-c", "exit 3"]}), "EssentialContainerExited", "Essential container in task exited", json!(3)),
        (
            json!({"healthCheck": {"command": ["CMD-SHELL", "exit 1"]}}),
            "ServiceSchedulerInitiated",
            "failed container health checks",
            Value::Null,
        ),
    ] {
        let mut world = world();
        ok(&mut world, "RegisterTaskDefinition", with_container(more.clone()));
        ok(&mut world, "CreateService", service(1));
        watch(&mut world, 200);
        let stopped = ok(&mut world, "ListTasks", json!({"cluster": "c1", "desiredStatus": "STOPPED"}))["taskArns"].clone();
        assert!(!stopped.as_array().unwrap().is_empty(), "{more}");
        let task = ok(&mut world, "DescribeTasks", json!({"cluster": "c1", "tasks": [stopped[0]]}))["tasks"][0].clone();
        assert_eq!(task["stopCode"], code, "{more}");
        assert!(task["stoppedReason"].as_str().unwrap().contains(reason), "{task}");
        assert_eq!(task["containers"][0]["exitCode"], exit, "{more}");
    }
}

#[test]
fn a_breaker_opens_and_brings_back_what_ran() {
    let mut world = world();
    let breaker = json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}});
    let mut input = service(2);
    input["deploymentConfiguration"] = breaker.clone();
    ok(&mut world, "CreateService", input);
    assert_eq!(watch(&mut world, 120)["deployments"][0]["rolloutState"], "COMPLETED");
    ok(&mut world, "RegisterTaskDefinition", with_container(json!({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/none:1"})));
    ok(&mut world, "UpdateService", json!({"cluster": "c1", "service": "web", "taskDefinition": "web:2"}));
    let after = watch(&mut world, 20);
    assert!(after["deployments"][0]["failedTasks"].as_i64().unwrap() > 0 && after["runningCount"] == 2, "{after}");
    let after = watch(&mut world, 300);
    assert_eq!((after["deployments"].as_array().unwrap().len(), after["runningCount"].as_i64()), (1, Some(2)));
    assert!(after["taskDefinition"].as_str().unwrap().ends_with("web:1"), "{after}");
    let arn = ok(&mut world, "ListServiceDeployments", json!({"cluster": "c1", "service": "web"}))["serviceDeployments"][0]["serviceDeploymentArn"].clone();
    let record = ok(&mut world, "DescribeServiceDeployments", json!({"serviceDeploymentArns": [arn]}))["serviceDeployments"][0].clone();
    assert_eq!((&record["status"], &record["deploymentCircuitBreaker"]["threshold"]), (&json!("ROLLBACK_SUCCESSFUL"), &json!(3)));
    assert!(record["rollback"]["reason"].as_str().unwrap().contains("circuit breaker"));
}

#[test]
fn without_a_breaker_it_tries_on_ever_more_slowly() {
    let mut world = world();
    ok(&mut world, "RegisterTaskDefinition", with_container(json!({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/none:1"})));
    ok(&mut world, "CreateService", service(1));
    let early = watch(&mut world, 600)["deployments"][0]["failedTasks"].as_i64().unwrap();
    let later = watch(&mut world, 3000)["deployments"][0]["failedTasks"].as_i64().unwrap();
    assert!(early > 10 && later > early && later - early < early, "{early} {later}");
    assert_eq!(read(&mut world)["deployments"][0]["rolloutState"], "IN_PROGRESS");
}

#[test]
fn an_alarm_stops_a_deployment() {
    let mut world = world();
    let alarm = json!({
        "AlarmName": "errors", "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    });
    seed(&mut world, "cloudwatch", "PutMetricAlarm", alarm);
    let mut input = service(1);
    input["deploymentConfiguration"] = json!({"alarms": {"alarmNames": ["errors"], "enable": true, "rollback": true}});
    ok(&mut world, "CreateService", input);
    watch(&mut world, 120);
    ok(&mut world, "RegisterTaskDefinition", definition("nginx:2"));
    ok(&mut world, "UpdateService", json!({"cluster": "c1", "service": "web", "taskDefinition": "web:2"}));
    seed(&mut world, "cloudwatch", "SetAlarmState", json!({"AlarmName": "errors", "StateValue": "ALARM", "StateReason": "by hand"}));
    assert!(read(&mut world)["events"].to_string().contains("alarms detected"));
    seed(&mut world, "cloudwatch", "SetAlarmState", json!({"AlarmName": "errors", "StateValue": "OK", "StateReason": "by hand"}));
    assert!(watch(&mut world, 200)["taskDefinition"].as_str().unwrap().ends_with("web:1"));
}

#[test]
fn only_where_it_is_asked_for_does_an_empty_repository_fail_a_task() {
    for (strict, running) in [(false, 1), (true, 0)] {
        let mut world = world();
        world.strict_tasks = strict;
        seed(&mut world, "ecr", "CreateRepository", json!({"repositoryName": "web"}));
        ok(&mut world, "RegisterTaskDefinition", with_container(json!({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1"})));
        ok(&mut world, "CreateService", service(1));
        assert_eq!(watch(&mut world, 60)["runningCount"], running, "{strict}");
    }
}

#[test]
fn old_deployments_are_forgotten() {
    let mut world = world();
    ok(&mut world, "CreateService", service(0));
    for _ in 0..60 {
        ok(&mut world, "UpdateService", json!({"cluster": "c1", "service": "web", "forceNewDeployment": true}));
        pass(&mut world, 1);
    }
    assert_eq!(world.tables["us-east-1/ecs.service_deployment"].len(), 50);
    assert!(world.tables["us-east-1/ecs.service_revision"].len() <= 51);
}
