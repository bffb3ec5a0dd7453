//! Deployments that shift traffic, played from beginning to end.

use crate::rollouts::{Rollouts, Stage, Traffic, Variants};
use crate::services::ec2::testing::{internet_gateway, subnet, vpc};
use crate::services::testing::fitting;
use crate::world::{Call, Fault, World};
use crate::{HttpRequest, Options, Sandbox, Speed};
use bytes::Bytes;
use serde_json::{Value, json};
use std::time::Duration;

const DAY: i64 = 24 * 60;

/// A service behind a pair of target groups, in its first, completed deployment.
struct Scene {
    world: World,
    groups: [String; 2],
    balancer: String,
    production: String,
    test: String,
    role: String,
}

fn aws(world: &mut World, service: &str, operation: &str, input: Value) -> Result<Value, Fault> {
    let handler = crate::services::handler(service, operation).unwrap();
    handler(&mut Call::new(world, &input, service, operation, "us-east-1")).map(|answer| fitting(service, operation, answer))
}

impl Scene {
    fn call(&mut self, service: &str, operation: &str, input: Value) -> Value {
        aws(&mut self.world, service, operation, input).unwrap_or_else(|fault| panic!("{service} {operation}: {fault:?}"))
    }

    fn new(configuration: Value) -> Scene {
        Scene::with(configuration, Rollouts::default())
    }

    fn with(configuration: Value, rollouts: Rollouts) -> Scene {
        let mut scene = Scene::bare("application", rollouts);
        scene.create(configuration);
        scene.minutes(60);
        assert_eq!(scene.deployment(0)["status"], "SUCCESSFUL");
        scene
    }

    /// Everything but the service.
    fn bare(kind: &str, rollouts: Rollouts) -> Scene {
        let mut world = World::new("123456789012", 1, 1_700_000_000_000);
        world.rollouts = rollouts;
        let w = &mut world;
        let vpc = vpc(w);
        internet_gateway(w, &vpc);
        let subnets = [subnet(w, &vpc, 1, 'a'), subnet(w, &vpc, 2, 'b')];
        let group = aws(w, "ec2", "CreateSecurityGroup", json!({"GroupName": "web", "Description": "d", "VpcId": vpc})).unwrap();
        let balancer = aws(w, "elbv2", "CreateLoadBalancer", json!({"Name": "lb", "Type": kind, "Subnets": subnets})).unwrap();
        let balancer = balancer["LoadBalancers"][0]["LoadBalancerArn"].as_str().unwrap().to_owned();
        let protocol = if kind == "application" { "HTTP" } else { "TCP" };
        let groups = ["blue", "green"].map(|name| {
            let input = json!({"Name": name, "Protocol": protocol, "Port": 8080, "VpcId": vpc, "TargetType": "ip"});
            aws(w, "elbv2", "CreateTargetGroup", input).unwrap()["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().to_owned()
        });
        let pair = json!([{"TargetGroupArn": groups[0], "Weight": 1}, {"TargetGroupArn": groups[1], "Weight": 0}]);
        let forward = json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": pair}}]);
        let listener = |w: &mut World, port: i64| {
            let input = json!({"LoadBalancerArn": balancer, "Protocol": protocol, "Port": port, "DefaultActions": forward});
            aws(w, "elbv2", "CreateListener", input).unwrap()["Listeners"][0]["ListenerArn"].as_str().unwrap().to_owned()
        };
        let listeners = [listener(w, 80), listener(w, 81)];
        let [production, test] = match kind {
            "application" => [0, 1].map(|at| {
                let conditions = json!([{"Field": "path-pattern", "Values": ["/*"]}]);
                let input = json!({"ListenerArn": listeners[at], "Priority": 1, "Conditions": conditions, "Actions": forward});
                aws(w, "elbv2", "CreateRule", input).unwrap()["Rules"][0]["RuleArn"].as_str().unwrap().to_owned()
            }),
            _ => listeners,
        };
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        let role = json!({"RoleName": "infrastructure", "AssumeRolePolicyDocument": trust.to_string()});
        let role = aws(w, "iam", "CreateRole", role).unwrap()["Role"]["Arn"].as_str().unwrap().to_owned();
        let policy = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers";
        aws(w, "iam", "AttachRolePolicy", json!({"RoleName": "infrastructure", "PolicyArn": policy})).unwrap();
        aws(w, "ecs", "CreateCluster", json!({"clusterName": "c1"})).unwrap();
        let network = json!({"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group["GroupId"]]}});
        w.tables.entry("us-east-1/test".into()).or_default().insert("network".into(), network);
        let mut scene = Scene { world, groups, balancer, production, test, role };
        scene.register("nginx:1");
        scene
    }

    fn create(&mut self, configuration: Value) {
        let balancer = json!({
            "targetGroupArn": self.groups[0], "containerName": "web", "containerPort": 8080,
            "advancedConfiguration": {"alternateTargetGroupArn": self.groups[1], "productionListenerRule": self.production, "testListenerRule": self.test, "roleArn": self.role},
        });
        let network = self.world.tables["us-east-1/test"]["network"].clone();
        let input = json!({
            "cluster": "c1", "serviceName": "web", "taskDefinition": "web", "desiredCount": 2, "launchType": "FARGATE", "networkConfiguration": network,
            "loadBalancers": [balancer], "deploymentConfiguration": configuration, "healthCheckGracePeriodSeconds": 30,
        });
        self.call("ecs", "CreateService", input);
    }

    fn register(&mut self, image: &str) {
        let input = json!({
            "family": "web", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512",
            "containerDefinitions": [{"name": "web", "image": image, "portMappings": [{"containerPort": 8080}]}],
        });
        self.call("ecs", "RegisterTaskDefinition", input);
    }

    /// Sets what the next deployment meets, and starts it.
    fn release(&mut self, faults: &[&str]) -> String {
        let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let rollouts = Rollouts { faults, ..self.world.rollouts.clone() };
        super::set_rollouts(&mut self.world, rollouts);
        self.register("nginx:2");
        self.call("ecs", "UpdateService", json!({"cluster": "c1", "service": "web", "taskDefinition": "web"}));
        self.deployment(0)["serviceDeploymentArn"].as_str().unwrap().to_owned()
    }

    fn minutes(&mut self, minutes: i64) {
        self.world.advance_to(self.world.now + minutes * 60_000);
    }

    fn seconds(&mut self, seconds: i64) {
        self.world.advance_to(self.world.now + seconds * 1000);
    }

    /// The deployment, counted back from the newest.
    fn deployment(&mut self, at: usize) -> Value {
        let listed = self.call("ecs", "ListServiceDeployments", json!({"cluster": "c1", "service": "web"}));
        let arn = listed["serviceDeployments"][at]["serviceDeploymentArn"].clone();
        self.call("ecs", "DescribeServiceDeployments", json!({"serviceDeploymentArns": [arn]}))["serviceDeployments"][0].clone()
    }

    fn stage(&mut self) -> String {
        self.deployment(0)["lifecycleStage"].as_str().unwrap_or_default().to_owned()
    }

    fn service(&mut self) -> Value {
        self.call("ecs", "DescribeServices", json!({"cluster": "c1", "services": ["web"]}))["services"][0].clone()
    }

    /// The weights of blue and green in a rule.
    fn weights(&mut self, rule: &str) -> [i64; 2] {
        let actions = match rule.contains(":listener/") {
            true => self.call("elbv2", "DescribeListeners", json!({"ListenerArns": [rule]}))["Listeners"][0]["DefaultActions"].clone(),
            false => self.call("elbv2", "DescribeRules", json!({"RuleArns": [rule]}))["Rules"][0]["Actions"].clone(),
        };
        let groups = actions[0]["ForwardConfig"]["TargetGroups"].as_array().unwrap().clone();
        let weight = |arn: &String| groups.iter().find(|group| group["TargetGroupArn"] == *arn).unwrap()["Weight"].as_i64().unwrap();
        [weight(&self.groups[0]), weight(&self.groups[1])]
    }

    fn production(&mut self) -> [i64; 2] {
        let rule = self.production.clone();
        self.weights(&rule)
    }

    fn states(&mut self, group: usize) -> Vec<String> {
        let arn = self.groups[group].clone();
        let health = self.call("elbv2", "DescribeTargetHealth", json!({"TargetGroupArn": arn}));
        let states =
            health["TargetHealthDescriptions"].as_array().unwrap().iter().map(|one| one["TargetHealth"]["State"].as_str().unwrap());
        states.map(String::from).collect()
    }

    /// The hook that waits, if one does.
    fn gate(&mut self) -> Option<Value> {
        waits(&self.deployment(0)).cloned()
    }

    fn answer(&mut self, action: &str) {
        let (deployment, gate) = (self.deployment(0)["serviceDeploymentArn"].clone(), self.gate().unwrap());
        self.call(
            "ecs",
            "ContinueServiceDeployment",
            json!({"serviceDeploymentArn": deployment, "hookId": gate["hookId"], "action": action}),
        );
    }

    /// Plays until the deployment has ended, minute by minute, and answers what it went through: stage and green's weight.
    fn watch(&mut self) -> Vec<(String, i64)> {
        let mut seen: Vec<(String, i64)> = Vec::new();
        for _ in 0..3 * DAY {
            let deployment = self.deployment(0);
            let [blue, green] = self.production();
            let now = (deployment["lifecycleStage"].as_str().unwrap().to_owned(), green * 100 / (blue + green));
            if seen.last() != Some(&now) {
                seen.push(now);
            }
            if deployment.get("finishedAt").is_some() {
                return seen;
            }
            self.seconds(20);
        }
        panic!("it does not end: {:?}", seen.last());
    }
}

fn waits(deployment: &Value) -> Option<&Value> {
    deployment["lifecycleHookDetails"].as_array()?.iter().find(|hook| hook["status"] == "AWAITING_ACTION")
}

fn blue_green() -> Value {
    json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5})
}

fn gates(strategy: Value, stages: &[Stage]) -> Value {
    let hooks: Vec<Value> = stages
        .iter()
        .map(|stage| json!({"targetType": "PAUSE", "lifecycleStages": [stage.name()], "timeoutConfiguration": {"timeoutInMinutes": 30}}))
        .collect();
    let mut configuration = strategy;
    configuration["lifecycleHooks"] = hooks.into();
    configuration
}

fn healthy(states: &[String]) -> usize {
    states.iter().filter(|state| *state == "healthy").count()
}

#[test]
fn a_first_deployment_goes_straight_into_the_first_group() {
    let mut scene = Scene::new(blue_green());
    assert_eq!(scene.production(), [1, 0], "what is split so already is not written");
    assert_eq!((healthy(&scene.states(0)), scene.states(1).len()), (2, 0));
    let service = scene.service();
    assert_eq!((&service["runningCount"], &service["deployments"][0]["rolloutState"]), (&json!(2), &json!("COMPLETED")));
}

#[test]
fn blue_green_brings_up_green_moves_the_traffic_and_takes_blue_away() {
    let mut scene = Scene::new(blue_green());
    scene.release(&[]);
    let service = scene.service();
    assert_eq!(service["currentServiceRevisions"].as_array().unwrap().len(), 2);
    scene.seconds(40);
    assert_eq!(scene.stage(), "SCALE_UP");
    assert_eq!(scene.service()["runningCount"], 4, "double the tasks");
    scene.seconds(40);
    let deployment = scene.deployment(0);
    assert_eq!((scene.production(), scene.stage().as_str()), ([0, 100], "BAKE_TIME"));
    let test = scene.test.clone();
    assert_eq!(scene.weights(&test), [0, 100]);
    let target = &deployment["targetServiceRevision"];
    assert_eq!((&target["requestedProductionTrafficWeight"], &target["requestedTestTrafficWeight"]), (&json!(100.0), &json!(100.0)));
    assert_eq!((&target["requestedTaskCount"], &target["runningTaskCount"]), (&json!(2), &json!(2)));
    assert_eq!(deployment["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"], 0.0);
    assert_eq!((healthy(&scene.states(0)), healthy(&scene.states(1))), (2, 2), "blue stays while it bakes");
    scene.minutes(5);
    assert_eq!(scene.stage(), "CLEAN_UP");
    assert!(scene.states(0).iter().all(|state| state == "draining"));
    scene.minutes(6);
    let ended = scene.deployment(0);
    assert_eq!(ended["status"], "SUCCESSFUL");
    let service = scene.service();
    assert_eq!((&service["runningCount"], service["deployments"].as_array().unwrap().len()), (&json!(2), 1));
    assert_eq!(service["deployments"][0]["taskDefinition"], service["taskDefinition"]);
    let revision = scene.call("ecs", "DescribeServiceRevisions", json!({"serviceRevisionArns": [ended["targetServiceRevision"]["arn"]]}));
    assert_eq!(revision["serviceRevisions"][0]["resolvedConfiguration"]["loadBalancers"][0]["targetGroupArn"], json!(scene.groups[1]));

    // The next one goes the other way.
    scene.release(&[]);
    scene.minutes(20);
    assert_eq!((scene.deployment(0)["status"].as_str().unwrap(), scene.production()), ("SUCCESSFUL", [100, 0]));
}

#[test]
fn steps_are_baked_before_or_after_the_gate() {
    for (configuration, want) in [
        (json!({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 15}}), vec![10, 100]),
        (json!({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 30.0, "stepBakeTimeInMinutes": 10}}), vec![30, 60, 90, 100]),
        (json!({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 33.3, "stepBakeTimeInMinutes": 1}}), vec![33, 66, 99, 100]),
    ] {
        for step_bake_after_hook in [false, true] {
            let variants = Variants { step_bake_after_hook, ..Variants::default() };
            let mut scene = Scene::with(configuration.clone(), Rollouts { variants, ..Rollouts::default() });
            let begun = scene.world.now;
            scene.release(&[]);
            let mut shares: Vec<i64> = scene.watch().into_iter().map(|(_, share)| share).filter(|share| *share > 0).collect();
            shares.dedup();
            assert_eq!(shares, want, "{configuration}");
            let bakes = i64::try_from(want.len() - 1).unwrap()
                * configuration
                    .pointer("/canaryConfiguration/canaryBakeTimeInMinutes")
                    .or(configuration.pointer("/linearConfiguration/stepBakeTimeInMinutes"))
                    .unwrap()
                    .as_i64()
                    .unwrap();
            let took = (scene.world.now - begun) / 60_000;
            // Tasks and targets, and the draining of blue, take some seven minutes.
            assert!((bakes + 5..=bakes + 9).contains(&took), "{bakes} {took} {step_bake_after_hook}");
            // After this step's bake comes the gate, or before it.
            let mut gated = Scene::with(
                gates(configuration.clone(), &[Stage::PreProductionTrafficShift]),
                Rollouts { variants, ..Rollouts::default() },
            );
            gated.release(&[]);
            gated.minutes(3);
            gated.answer("CONTINUE");
            assert_eq!(gated.gate().is_some(), step_bake_after_hook);
            assert!(gated.production()[1] > 0);
        }
    }
}

#[test]
fn every_stage_that_may_pauses_and_each_time_under_a_fresh_id() {
    let stages = [
        Stage::PreScaleUp,
        Stage::PostScaleUp,
        Stage::PostTestTrafficShift,
        Stage::PreProductionTrafficShift,
        Stage::PostProductionTrafficShift,
    ];
    let linear =
        json!({"strategy": "LINEAR", "bakeTimeInMinutes": 5, "linearConfiguration": {"stepPercent": 50.0, "stepBakeTimeInMinutes": 0}});
    let mut scene = Scene::new(gates(linear, &stages));
    scene.release(&[]);
    let (mut ids, mut seen) = (Vec::new(), Vec::new());
    while scene.deployment(0).get("finishedAt").is_none() {
        if let Some(gate) = scene.gate() {
            seen.push(scene.stage());
            assert!(!ids.contains(&gate["hookId"]));
            let left = gate["expiresAt"].as_f64().unwrap() - scene.world.now as f64 / 1000.0;
            assert!((1700.0..=1800.0).contains(&left) && gate["timeoutAction"] == "ROLLBACK", "{gate} {left}");
            ids.push(gate["hookId"].clone());
            scene.answer("CONTINUE");
            let again = json!({"serviceDeploymentArn": scene.deployment(0)["serviceDeploymentArn"], "hookId": gate["hookId"]});
            assert_eq!(aws(&mut scene.world, "ecs", "ContinueServiceDeployment", again).unwrap_err().code, "InvalidParameterException");
        }
        scene.seconds(20);
    }
    let want = [
        "PRE_SCALE_UP",
        "POST_SCALE_UP",
        "POST_TEST_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
    ];
    assert_eq!((seen, scene.deployment(0)["status"].clone()), (want.map(String::from).to_vec(), json!("SUCCESSFUL")));
    for stage in ["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"] {
        let hooks = json!({"strategy": "BLUE_GREEN", "lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": [stage]}]});
        let input = json!({"cluster": "c1", "service": "web", "deploymentConfiguration": hooks});
        assert_eq!(aws(&mut scene.world, "ecs", "UpdateService", input).unwrap_err().code, "InvalidParameterException");
    }
}

#[test]
fn gates_and_bakes_may_last_longer_than_a_stage_but_no_deployment_longer_than_a_month() {
    let long = json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1440});
    let mut configuration = gates(long, &[Stage::PostTestTrafficShift, Stage::PostProductionTrafficShift]);
    for hook in configuration["lifecycleHooks"].as_array_mut().unwrap() {
        hook["timeoutConfiguration"] = json!({"timeoutInMinutes": 20_160});
    }
    let mut scene = Scene::new(configuration.clone());
    scene.release(&[]);
    scene.minutes(10 * DAY);
    scene.answer("CONTINUE");
    scene.minutes(3 * DAY);
    scene.answer("CONTINUE");
    scene.minutes(DAY + 10);
    assert_eq!(scene.deployment(0)["status"], "SUCCESSFUL");

    let mut hook = configuration["lifecycleHooks"][0].clone();
    hook["lifecycleStages"] = json!(["PRE_SCALE_UP"]);
    configuration["lifecycleHooks"].as_array_mut().unwrap().push(hook);
    let mut scene = Scene::new(configuration);
    let arn = scene.release(&[]);
    scene.minutes(13 * DAY);
    scene.answer("CONTINUE");
    scene.minutes(13 * DAY);
    scene.answer("CONTINUE");
    scene.minutes(5 * DAY);
    is_back(&mut scene, &arn);
}

/// The service as it has to be after every rollback.
fn is_back(scene: &mut Scene, arn: &str) {
    let deployment =
        scene.call("ecs", "DescribeServiceDeployments", json!({"serviceDeploymentArns": [arn]}))["serviceDeployments"][0].clone();
    assert_eq!(deployment["status"], "ROLLBACK_SUCCESSFUL", "{deployment}");
    assert_eq!(deployment["rollback"]["serviceRevisionArn"], deployment["sourceServiceRevisions"][0]["arn"]);
    assert!(!deployment["rollback"]["reason"].as_str().unwrap().is_empty());
    let service = scene.service();
    assert!(service["taskDefinition"].as_str().unwrap().ends_with("web:1"), "{}", service["taskDefinition"]);
    assert_eq!((service["runningCount"].as_i64(), service["deployments"].as_array().unwrap().len()), (Some(2), 1));
    let [blue, green] = scene.production();
    assert!(blue > 0 && green == 0, "{blue} {green}");
    assert_eq!((healthy(&scene.states(0)), healthy(&scene.states(1))), (2, 0));
}

#[test]
fn a_gate_that_nobody_answers_does_its_timeout_action() {
    let stages = [Stage::PostTestTrafficShift, Stage::PostProductionTrafficShift];
    let mut scene = Scene::new(gates(blue_green(), &stages));
    let arn = scene.release(&[]);
    scene.minutes(5);
    scene.answer("CONTINUE");
    assert_eq!(scene.production(), [0, 100]);
    scene.minutes(29);
    assert!(scene.gate().is_some());
    scene.minutes(20);
    is_back(&mut scene, &arn);
    assert_eq!(scene.deployment(0)["lifecycleHookDetails"][0]["status"], "TIMED_OUT");

    let mut onward = gates(blue_green(), &[Stage::PostTestTrafficShift]);
    onward["lifecycleHooks"][0]["timeoutConfiguration"] = json!({"timeoutInMinutes": 10, "action": "CONTINUE"});
    let mut scene = Scene::new(onward);
    scene.release(&[]);
    scene.minutes(40);
    assert_eq!(scene.deployment(0)["status"], "SUCCESSFUL");
}

#[test]
fn a_rollback_is_asked_for_at_a_gate_or_by_a_stop_and_weights_go_first() {
    for by_stop in [false, true] {
        let mut scene = Scene::new(gates(blue_green(), &[Stage::PostProductionTrafficShift]));
        let arn = scene.release(&[]);
        scene.minutes(5);
        assert_eq!(scene.production(), [0, 100]);
        let stop = json!({"serviceDeploymentArn": arn, "stopType": "ROLLBACK"});
        match by_stop {
            true => drop(scene.call("ecs", "StopServiceDeployment", stop.clone())),
            false => scene.answer("ROLLBACK"),
        }
        assert_eq!(scene.deployment(0)["status"], "ROLLBACK_REQUESTED");
        assert!(scene.gate().is_none());
        scene.seconds(5);
        assert_eq!(scene.deployment(0)["status"], "ROLLBACK_IN_PROGRESS");
        scene.call("ecs", "StopServiceDeployment", stop.clone());
        assert_eq!((scene.production(), healthy(&scene.states(0))), ([100, 0], 2), "blue has the traffic at once");
        scene.minutes(10);
        is_back(&mut scene, &arn);
        assert_eq!(aws(&mut scene.world, "ecs", "StopServiceDeployment", stop).unwrap_err().code, "ConflictException");
    }
}

#[test]
fn a_stop_while_blue_is_taken_away_brings_it_up_again_first() {
    let mut scene = Scene::new(blue_green());
    let arn = scene.release(&[]);
    while scene.stage() != "CLEAN_UP" {
        scene.seconds(20);
    }
    scene.seconds(60);
    scene.call("ecs", "StopServiceDeployment", json!({"serviceDeploymentArn": arn}));
    scene.seconds(10);
    assert_eq!(scene.production(), [0, 100], "green serves until blue can");
    scene.minutes(15);
    is_back(&mut scene, &arn);
}

#[test]
fn what_is_wrong_with_green_brings_blue_back_where_ecs_heeds_it() {
    for breaker_where_shifted in [true, false] {
        for (fault, breaks) in [("image_pull", true), ("unhealthy", true), ("crash_loop:3", false), ("capacity", false)] {
            let variants = Variants { breaker_where_shifted, ..Variants::default() };
            let configuration =
                json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "deploymentCircuitBreaker": {"enable": true, "rollback": true}});
            let mut scene = Scene::with(configuration, Rollouts { variants, ..Rollouts::default() });
            let arn = scene.release(&[fault]);
            scene.minutes(60);
            assert_eq!(scene.production(), [1, 0], "{fault}");
            if breaks && breaker_where_shifted {
                is_back(&mut scene, &arn);
                continue;
            }
            assert_eq!(scene.stage(), "SCALE_UP", "{fault}");
            if fault == "capacity" {
                // Nothing but the limit of a stage ends it.
                scene.minutes(DAY);
                is_back(&mut scene, &arn);
                assert!(scene.deployment(0)["statusReason"].as_str().unwrap().contains("timed out"), "{fault}");
            }
        }
    }
}

#[test]
fn tasks_of_green_say_why_they_stopped() {
    for (fault, code, reason, exit) in [
        ("crash_loop:137", "EssentialContainerExited", "Essential container in task exited", json!(137)),
        ("image_pull", "TaskFailedToStart", "CannotPullContainerError", Value::Null),
        ("unhealthy", "ServiceSchedulerInitiated", "failed ELB health checks in (target-group", json!(0)),
    ] {
        let mut scene = Scene::new(blue_green());
        scene.release(&[fault]);
        scene.minutes(4);
        let stopped =
            scene.call("ecs", "ListTasks", json!({"cluster": "c1", "serviceName": "web", "desiredStatus": "STOPPED"}))["taskArns"].clone();
        let task = scene.call("ecs", "DescribeTasks", json!({"cluster": "c1", "tasks": [stopped[0]]}))["tasks"][0].clone();
        assert_eq!((&task["stopCode"], &task["containers"][0]["exitCode"]), (&json!(code), &exit), "{fault}");
        assert!(task["stoppedReason"].as_str().unwrap().contains(reason), "{task}");
        assert!(scene.service()["deployments"][1]["runningCount"] == 2, "blue is left alone");
    }
    let mut scene = Scene::new(blue_green());
    scene.release(&["capacity"]);
    scene.minutes(3);
    assert!(scene.service()["events"][0]["message"].as_str().unwrap().contains("Capacity is unavailable"));
    let slow = |fault: &[&str]| {
        let mut scene = Scene::new(blue_green());
        let begun = scene.world.now;
        scene.release(fault);
        scene.watch();
        scene.world.now - begun
    };
    assert!(slow(&["slow_start:x10"]) > slow(&[]) + 200_000);
}

fn alarm(scene: &mut Scene, name: &str) {
    let dimensions = json!([
        {"Name": "LoadBalancer", "Value": scene.balancer.split_once("loadbalancer/").unwrap().1},
        {"Name": "TargetGroup", "Value": scene.groups[1].rsplit(':').next().unwrap()},
    ]);
    let input = json!({
        "AlarmName": name, "Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count", "Dimensions": dimensions, "Statistic": "Sum",
        "Period": 60, "EvaluationPeriods": 2, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
    });
    scene.call("cloudwatch", "PutMetricAlarm", input);
}

#[test]
fn alarms_bring_it_back_unless_they_rang_before() {
    for heeded in [true, false] {
        for (fault, before) in [("errors:20%", false), ("alarm:bad@BAKE_TIME", false), ("errors:0%", true)] {
            let variants = Variants { alarms_where_shifted: heeded, ..Variants::default() };
            let configuration = json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 20, "alarms": {"alarmNames": ["bad"], "enable": true, "rollback": true}});
            let mut scene = Scene::with(configuration, Rollouts { variants, ..Rollouts::default() });
            alarm(&mut scene, "bad");
            if before {
                let mut call = Call::new(&mut scene.world, &Value::Null, "cloudwatch", "SetAlarmState", "us-east-1");
                crate::services::cloudwatch::ring(&mut call, "bad");
            }
            let arn = scene.release(&[fault]);
            scene.minutes(50);
            match heeded && !before {
                true => is_back(&mut scene, &arn),
                false => assert_eq!(scene.deployment(0)["status"], "SUCCESSFUL", "{fault} {heeded}"),
            }
        }
    }
}

/// The reason why the newest deployment went back, once it has.
fn reason(scene: &mut Scene) -> String {
    scene.watch();
    let deployment = scene.deployment(0);
    assert_eq!(deployment["status"], "ROLLBACK_SUCCESSFUL", "{deployment}");
    deployment["statusReason"].as_str().unwrap().to_owned()
}

#[test]
fn a_rule_without_both_groups_and_a_role_without_rights_are_refused() {
    let mut scene = Scene::new(blue_green());
    let (production, test, blue) = (scene.production.clone(), scene.test.clone(), scene.groups[0].clone());
    for rule in [&production, &test] {
        scene.call("elbv2", "ModifyRule", json!({"RuleArn": rule, "Actions": [{"Type": "forward", "TargetGroupArn": blue}]}));
    }
    scene.release(&[]);
    scene.minutes(10);
    let deployment = scene.deployment(0);
    let said = "Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule.";
    assert_eq!((&deployment["statusReason"], &deployment["status"]), (&json!(said), &json!("ROLLBACK_SUCCESSFUL")));

    let mut scene = Scene::new(blue_green());
    let arn = scene.release(&["role_denied"]);
    assert!(reason(&mut scene).contains("is not authorized to perform: elasticloadbalancing:ModifyRule on resource"));
    is_back(&mut scene, &arn);

    let mut scene = Scene::new(blue_green());
    let policy = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers";
    scene.call("iam", "DetachRolePolicy", json!({"RoleName": "infrastructure", "PolicyArn": policy}));
    scene.release(&[]);
    assert!(reason(&mut scene).contains("is not authorized"));
}

#[test]
fn a_rollback_that_may_not_write_the_weights_fails_and_touches_nothing() {
    let mut scene = Scene::new(gates(blue_green(), &[Stage::PostProductionTrafficShift]));
    scene.release(&[]);
    scene.minutes(5);
    let policy = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers";
    scene.call("iam", "DetachRolePolicy", json!({"RoleName": "infrastructure", "PolicyArn": policy}));
    scene.answer("ROLLBACK");
    scene.minutes(10);
    let deployment = scene.deployment(0);
    assert_eq!((deployment["status"].as_str().unwrap(), scene.production()), ("ROLLBACK_FAILED", [0, 100]));
    assert_eq!((healthy(&scene.states(0)), healthy(&scene.states(1))), (2, 2));
}

#[test]
fn without_an_earlier_deployment_there_is_nothing_to_go_back_to() {
    for (nothing_to_go_back_to_fails, want) in [(false, "STOPPED"), (true, "ROLLBACK_FAILED")] {
        let variants = Variants { nothing_to_go_back_to_fails, ..Variants::default() };
        let faults = vec!["web/image_pull".parse().unwrap(), "other/capacity".parse().unwrap()];
        let mut scene = Scene::bare("application", Rollouts { variants, faults, ..Rollouts::default() });
        let breaker = json!({"strategy": "BLUE_GREEN", "deploymentCircuitBreaker": {"enable": true, "rollback": true}});
        scene.create(breaker);
        scene.minutes(30);
        let deployment = scene.deployment(0);
        assert_eq!((deployment["status"].as_str().unwrap(), deployment.get("rollback")), (want, None));
        assert_eq!(scene.service()["deployments"][0]["rolloutState"], "FAILED");
        // A release that is good then arrives, beside what is left.
        scene.release(&[]);
        scene.minutes(30);
        assert_eq!((scene.deployment(0)["status"].as_str().unwrap(), healthy(&scene.states(0))), ("SUCCESSFUL", 2));
    }
}

#[test]
fn hooks_of_a_first_deployment_are_called_or_not() {
    for hooks_in_first in [false, true] {
        let variants = Variants { hooks_in_first, ..Variants::default() };
        let mut scene = Scene::bare("application", Rollouts { variants, ..Rollouts::default() });
        scene.create(gates(blue_green(), &[Stage::PreProductionTrafficShift]));
        scene.minutes(10);
        assert_eq!(scene.gate().is_some(), hooks_in_first);
        if hooks_in_first {
            scene.answer("CONTINUE");
            scene.minutes(10);
        }
        assert_eq!(scene.deployment(0)["status"], "SUCCESSFUL");
    }
}

#[test]
fn functions_answer_after_a_moment() {
    let hook = json!({"hookTargetArn": "arn:aws:lambda:us-east-1:123456789012:function:f", "roleArn": "arn:aws:iam::123456789012:role/r", "lifecycleStages": ["PRODUCTION_TRAFFIC_SHIFT"]});
    let mut scene = Scene::new(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5, "lifecycleHooks": [hook]}));
    scene.release(&[]);
    while scene.stage() != "PRODUCTION_TRAFFIC_SHIFT" {
        scene.seconds(1);
    }
    let running = scene.deployment(0)["lifecycleHookDetails"][0].clone();
    assert_eq!((&running["status"], &running["targetType"]), (&json!("IN_PROGRESS"), &json!("AWS_LAMBDA")));
    let answer = json!({"serviceDeploymentArn": scene.deployment(0)["serviceDeploymentArn"], "hookId": running["hookId"]});
    assert_eq!(aws(&mut scene.world, "ecs", "ContinueServiceDeployment", answer).unwrap_err().code, "InvalidParameterException");
    scene.seconds(10);
    assert_eq!(scene.production(), [0, 100]);
    // A rollback calls it again before it goes on.
    let arn = scene.deployment(0)["serviceDeploymentArn"].clone();
    scene.call("ecs", "StopServiceDeployment", json!({"serviceDeploymentArn": arn}));
    scene.seconds(3);
    let again = scene.deployment(0)["lifecycleHookDetails"][0].clone();
    assert_eq!((&again["status"], scene.production()), (&json!("IN_PROGRESS"), [0, 100]));
    assert_ne!(again["hookId"], running["hookId"]);
    scene.minutes(10);
    is_back(&mut scene, arn.as_str().unwrap());
}

#[test]
fn a_newer_deployment_takes_over_and_reconciles() {
    let mut scene = Scene::new(gates(blue_green(), &[Stage::PostProductionTrafficShift]));
    let first = scene.release(&[]);
    scene.minutes(5);
    assert_eq!(scene.production(), [0, 100]);
    scene.release(&[]);
    let old = scene.call("ecs", "DescribeServiceDeployments", json!({"serviceDeploymentArns": [first]}))["serviceDeployments"][0].clone();
    assert_eq!((&old["status"], scene.stage().as_str()), (&json!("STOPPED"), "RECONCILE_SERVICE"));
    assert_eq!(scene.production(), [100, 0]);
    scene.minutes(12);
    assert_eq!((scene.stage().as_str(), scene.production()), ("POST_PRODUCTION_TRAFFIC_SHIFT", [0, 100]));
    scene.answer("CONTINUE");
    scene.minutes(15);
    assert_eq!(scene.deployment(0)["status"], "SUCCESSFUL");
    assert!(scene.service()["taskDefinition"].as_str().unwrap().ends_with("web:3"));
}

#[test]
fn somebody_else_writes_meanwhile() {
    let mut scene = Scene::new(gates(blue_green(), &[Stage::PostProductionTrafficShift]));
    scene.release(&["external_writer:weights@POST_PRODUCTION_TRAFFIC_SHIFT"]);
    scene.minutes(5);
    assert_eq!(scene.production(), [100, 0]);
    assert_eq!(scene.deployment(0)["targetServiceRevision"]["requestedProductionTrafficWeight"], 100.0, "which ECS does not see");

    let mut scene = Scene::new(blue_green());
    scene.release(&["external_writer:count=4@POST_SCALE_UP"]);
    scene.minutes(20);
    assert_eq!((scene.service()["desiredCount"].clone(), healthy(&scene.states(1))), (json!(4), 4));

    let mut scene = Scene::new(blue_green());
    let arn = scene.release(&["external_writer:update@BAKE_TIME"]);
    scene.minutes(40);
    assert_ne!(scene.deployment(0)["serviceDeploymentArn"], json!(arn));
    assert_eq!((scene.deployment(0)["status"].clone(), scene.deployment(1)["status"].clone()), (json!("SUCCESSFUL"), json!("STOPPED")));
}

#[test]
fn a_network_load_balancer_takes_ten_minutes_more_a_shift() {
    let mut scene = Scene::bare("network", Rollouts::default());
    scene.create(blue_green());
    scene.minutes(60);
    let begun = scene.world.now;
    scene.release(&[]);
    let seen = scene.watch();
    assert_eq!(scene.deployment(0)["status"], "SUCCESSFUL");
    assert!(seen.contains(&("PRODUCTION_TRAFFIC_SHIFT".to_owned(), 100)));
    let took = (scene.world.now - begun) / 60_000;
    assert!((30..=35).contains(&took), "{took}");
}

#[test]
fn it_does_not_matter_who_looks_when() {
    let play = |step: i64, looks: bool| {
        let mut scene = Scene::new(gates(
            json!({"strategy": "CANARY", "bakeTimeInMinutes": 10, "canaryConfiguration": {"canaryPercent": 20.0, "canaryBakeTimeInMinutes": 5}}),
            &[Stage::PostTestTrafficShift],
        ));
        scene.release(&["slow_start:x2", "errors:3%"]);
        for _ in 0..120 * 60 / step {
            scene.seconds(step);
            if looks {
                scene.service();
                scene.deployment(0);
            }
        }
        let tables = ["elbv2.rule", "ecs.service_deployment", "ecs.service", "ecs.traffic", "elbv2.target"];
        tables.map(|table| json!(scene.world.tables[&format!("us-east-1/{table}")]))
    };
    let at_once = play(120 * 60, false);
    assert_eq!(at_once, play(10, false));
    assert_eq!(at_once, play(10, true));
}

fn metric(scene: &mut Scene, group: usize, name: &str, stat: &str, from: i64) -> Vec<f64> {
    let dimensions = json!([
        {"Name": "LoadBalancer", "Value": scene.balancer.split_once("loadbalancer/").unwrap().1},
        {"Name": "TargetGroup", "Value": scene.groups[group].rsplit(':').next().unwrap()},
    ]);
    let metric = json!({"Namespace": "AWS/ApplicationELB", "MetricName": name, "Dimensions": dimensions});
    let queries = json!([{"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}]);
    let input = json!({"StartTime": from as f64 / 1000.0, "EndTime": scene.world.now as f64 / 1000.0, "MetricDataQueries": queries});
    let values = scene.call("cloudwatch", "GetMetricData", input)["MetricDataResults"][0]["Values"].clone();
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn traffic_follows_the_weights_and_errors_are_greens() {
    let traffic = [("web".to_owned(), Traffic { requests_per_second: 50.0, errors: 0.001, seconds: 0.1 })].into();
    let canary = json!({"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 0}});
    let mut scene = Scene::with(gates(canary, &[Stage::PreProductionTrafficShift]), Rollouts { traffic, ..Rollouts::default() });
    scene.release(&["errors:5%", "latency:x3"]);
    scene.minutes(5);
    scene.answer("CONTINUE");
    scene.minutes(1);
    let from = scene.world.now;
    scene.minutes(30);
    // The gate of the next step has timed out by then, and what was measured before stays measured.
    let to = scene.world.now;
    scene.world.now = from + 25 * 60_000;
    let sum = |values: Vec<f64>| values.iter().sum::<f64>();
    let mut of = |group, name: &str, stat: &str| metric(&mut scene, group, name, stat, from);
    let (blue, green) = (sum(of(0, "RequestCount", "Sum")), sum(of(1, "RequestCount", "Sum")));
    assert!((blue + green - 75_000.0).abs() < 4_000.0 && (green / (blue + green) - 0.1).abs() < 0.01, "{blue} {green}");
    let bad = sum(of(1, "HTTPCode_Target_5XX_Count", "Sum"));
    assert!((bad / green - 0.05).abs() < 0.01, "{bad} {green}");
    assert!(sum(of(0, "HTTPCode_Target_5XX_Count", "Sum")) / blue < 0.003);
    for (stat, want) in [("p50", 0.1), ("p95", 0.22), ("p99", 0.34)] {
        let average = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let (blue, green) = (average(of(0, "TargetResponseTime", stat)), average(of(1, "TargetResponseTime", stat)));
        assert!((blue / want - 1.0).abs() < 0.1 && (green / blue - 3.0).abs() < 0.3, "{stat} {blue} {green}");
    }
    assert!(of(1, "HealthyHostCount", "Minimum").iter().all(|count| *count == 2.0));
    scene.world.now = to;
    let listed = scene.call("cloudwatch", "ListMetrics", json!({"Namespace": "AWS/ApplicationELB", "MetricName": "RequestCount"}));
    assert_eq!(listed["Metrics"].as_array().unwrap().len(), 2);
}

/// The scene behind the front door, at a speed.
struct Door {
    sandbox: Sandbox,
}

impl Door {
    fn of(scene: Scene, speed: Speed) -> Door {
        let sandbox = Sandbox::open(Options { speed, begin: Some(scene.world.now), ..Options::default() }).unwrap();
        sandbox.change(|world| *world = scene.world).unwrap();
        Door { sandbox }
    }

    fn call(&self, operation: &str, input: &Value) -> Value {
        let mut request = HttpRequest::new(Bytes::from(input.to_string()));
        *request.method_mut() = hyper::Method::POST;
        let scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=0";
        for (name, value) in [
            ("authorization", scope),
            ("x-amz-target", &format!("AmazonEC2ContainerServiceV20141113.{operation}")),
            ("content-type", "application/x-amz-json-1.1"),
        ] {
            request.headers_mut().insert(hyper::header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let answer = self.sandbox.handle(&request);
        let body = String::from_utf8(answer.body().to_vec()).unwrap();
        assert_eq!(answer.status(), 200, "{operation}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    fn release(&self) {
        self.call("UpdateService", &json!({"cluster": "c1", "service": "web", "forceNewDeployment": true}));
    }

    fn deployment(&self) -> Value {
        let listed = self.call("ListServiceDeployments", &json!({"cluster": "c1", "service": "web"}));
        let arn = &listed["serviceDeployments"][0]["serviceDeploymentArn"];
        self.call("DescribeServiceDeployments", &json!({"serviceDeploymentArns": [arn]}))["serviceDeployments"][0].clone()
    }

    /// The deployment once it was looked at so often.
    fn look(&self, times: usize) -> Value {
        for _ in 1..times {
            self.deployment();
        }
        self.deployment()
    }
}

#[test]
fn at_once_it_still_stops_at_gates_and_at_bakes_in_which_somebody_may_decide() {
    let door = Door::of(Scene::new(gates(blue_green(), &[Stage::PostTestTrafficShift])), Speed::Instant);
    door.release();
    let waits = door.look(30);
    let gate = waits["lifecycleHookDetails"][0].clone();
    assert_eq!((&waits["lifecycleStage"], &gate["status"]), (&json!("POST_TEST_TRAFFIC_SHIFT"), &json!("AWAITING_ACTION")));
    let minute = Duration::from_secs(60);
    let left = gate["expiresAt"].as_f64().unwrap() - door.sandbox.now() as f64 / 1000.0;
    assert!(left > 1700.0, "{left}");
    door.sandbox.advance(28 * minute).unwrap();
    assert_eq!(door.look(3)["lifecycleHookDetails"][0]["status"], "AWAITING_ACTION");
    door.call("ContinueServiceDeployment", &json!({"serviceDeploymentArn": waits["serviceDeploymentArn"], "hookId": gate["hookId"]}));
    assert_eq!(door.look(30)["lifecycleStage"], "BAKE_TIME");
    door.sandbox.advance(5 * minute).unwrap();
    assert_eq!(door.look(2)["status"], "SUCCESSFUL");
}

#[test]
fn at_once_a_bake_that_nobody_watches_passes_but_takes_its_time_on_the_clock() {
    for minutes in [5, 120] {
        let door = Door::of(Scene::new(json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": minutes})), Speed::Instant);
        let begun = door.sandbox.now();
        door.release();
        assert_eq!(door.look(6)["status"], "SUCCESSFUL");
        assert!(door.sandbox.now() - begun >= minutes * 60_000);
    }
}

/// Tasks that crash for ever never settle, so each look plays some of their failures, and the clock does not run away.
#[test]
fn at_once_tasks_that_crash_again_and_again_do_not_hold_the_next_answer_up() {
    for strategy in [gates(blue_green(), &[Stage::PostTestTrafficShift]), json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5})] {
        let door = Door::of(Scene::new(strategy), Speed::Instant);
        let faults = vec!["crash_loop:3".parse().unwrap()];
        door.sandbox.set_rollouts(Rollouts { faults, ..Rollouts::default() }).unwrap();
        door.release();
        let crashed = || {
            let tasks = door.sandbox.look(|world| world.tables["us-east-1/ecs.task"].values().cloned().collect::<Vec<_>>());
            tasks.iter().filter(|task| task["stopCode"] == "EssentialContainerExited").count()
        };
        door.deployment();
        let (begun, mut before) = (door.sandbox.now(), crashed());
        for _ in 0..10 {
            door.deployment();
            // Two calls, each with some failures of some tasks.
            assert!(crashed() - before <= 30, "{} after {before}", crashed());
            before = crashed();
        }
        assert!(before > 3 && door.sandbox.now() - begun < 4 * 3_600_000, "{before} crashes in {} ms", door.sandbox.now() - begun);
    }
}

#[test]
fn at_a_gate_hours_pass_in_no_time_where_a_test_says_so() {
    let door = Door::of(Scene::new(gates(blue_green(), &[Stage::PostTestTrafficShift])), Speed::Times(1.0));
    door.release();
    door.sandbox.advance(Duration::from_secs(2 * 3600)).unwrap();
    assert_eq!(door.deployment()["status"], "ROLLBACK_SUCCESSFUL");
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[usize::try_from(self.roll(list.len() as u64)).unwrap()]
    }
}

const ENDS: [&str; 4] = ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "STOPPED"];

/// Under each combination of the rules that AWS leaves open, with anything going wrong and anybody deciding anything at any time.
#[test]
fn every_deployment_ends_and_traffic_only_goes_where_somebody_answers() {
    let faults = [
        "crash_loop",
        "image_pull",
        "unhealthy",
        "slow_start:x4",
        "errors:30%",
        "latency:x3",
        "capacity",
        "alarm:bad@BAKE_TIME",
        "role_denied",
        "external_writer:update@POST_SCALE_UP",
        "external_writer:count=3@TEST_TRAFFIC_SHIFT",
    ];
    let strategies = [
        json!({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}),
        json!({"strategy": "CANARY", "bakeTimeInMinutes": 3, "canaryConfiguration": {"canaryPercent": 12.5, "canaryBakeTimeInMinutes": 4}}),
        json!({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 40.0, "stepBakeTimeInMinutes": 2}}),
    ];
    let stages = [
        Stage::ReconcileService,
        Stage::PreScaleUp,
        Stage::PostScaleUp,
        Stage::PostTestTrafficShift,
        Stage::PreProductionTrafficShift,
        Stage::PostProductionTrafficShift,
    ];
    let mut ended = std::collections::BTreeMap::new();
    // First deployments are other tests'.
    let fitting = |variants: &Variants| !variants.hooks_in_first && !variants.nothing_to_go_back_to_fails;
    for (seed, variants) in Variants::all().filter(fitting).enumerate() {
        let mut dice = Dice(seed as u64);
        let mut configuration = dice.pick(&strategies).clone();
        configuration["deploymentCircuitBreaker"] = json!({"enable": true, "rollback": true});
        configuration["alarms"] = json!({"alarmNames": ["bad"], "enable": true, "rollback": true});
        let gated: Vec<Stage> = stages.into_iter().filter(|_| dice.roll(3) == 0).collect();
        let mut scene = Scene::bare("application", Rollouts { variants, ..Rollouts::default() });
        alarm(&mut scene, "bad");
        scene.create(gates(configuration, &gated));
        scene.minutes(60);
        let struck: Vec<&str> = faults.into_iter().filter(|_| dice.roll(8) == 0).collect();
        let arn = scene.release(&struck);
        let mut over = 0;
        let mut rounds = 0;
        while over < 8 {
            rounds += 1;
            assert!(rounds < 8_000, "{seed} {struck:?} does not end: {}", scene.deployment(0));
            scene.seconds(if rounds < 200 { 40 } else { 600 });
            let deployment = scene.deployment(0);
            over += usize::from(deployment.get("finishedAt").is_some());
            assert_eq!(deployment.get("finishedAt").is_some(), ENDS.contains(&deployment["status"].as_str().unwrap()), "{deployment}");
            let weights = scene.production();
            assert!([1, 100, 1000].contains(&(weights[0] + weights[1])), "{seed} {weights:?}");
            for (group, weight) in weights.into_iter().enumerate() {
                if weight > 0 {
                    let states = scene.states(group);
                    assert!(healthy(&states) > 0, "{seed} {struck:?} {weights:?} {states:?} {deployment}");
                }
            }
            // Somebody loses patience with tasks that never stay, as nothing but the limit of a day would.
            let hopeless = rounds > 60 && struck.contains(&"crash_loop");
            match (dice.roll(40), waits(&deployment).is_some()) {
                (0..20, true) => scene.answer("CONTINUE"),
                (20, true) => scene.answer("ROLLBACK"),
                (roll, _) if deployment.get("finishedAt").is_none() && (hopeless || (roll == 21 && dice.roll(6) == 0)) => {
                    let stop = json!({"serviceDeploymentArn": deployment["serviceDeploymentArn"]});
                    scene.call("ecs", "StopServiceDeployment", stop);
                }
                _ => {}
            }
        }
        let first =
            scene.call("ecs", "DescribeServiceDeployments", json!({"serviceDeploymentArns": [arn]}))["serviceDeployments"][0].clone();
        assert!(ENDS.contains(&first["status"].as_str().unwrap()));
        let (last, service) = (scene.deployment(0), scene.service());
        if last["status"] != "ROLLBACK_FAILED" {
            assert_eq!(
                (service["deployments"].as_array().unwrap().len(), &service["runningCount"]),
                (1, &service["desiredCount"]),
                "{seed} {struck:?}"
            );
            assert_eq!(service["deployments"][0]["taskDefinition"], service["taskDefinition"]);
        }
        *ended.entry(last["status"].as_str().unwrap().to_owned()).or_insert(0) += 1;
    }
    assert!(ended["SUCCESSFUL"] > 2 && ended["ROLLBACK_SUCCESSFUL"] > 2, "{ended:?}");
}

#[test]
fn a_gate_that_was_shown_is_there_again_after_a_kill() {
    let home = tempfile::tempdir().unwrap();
    let scene = Scene::new(gates(blue_green(), &[Stage::PostTestTrafficShift]));
    let place = |name: &str| Options {
        directory: Some(home.path().join(name)),
        speed: Speed::Instant,
        begin: Some(scene.world.now),
        ..Options::default()
    };
    let door = Door { sandbox: Sandbox::open(place("one")).unwrap() };
    door.sandbox
        .change(|world| {
            let rows = scene.world.tables.iter().flat_map(|(table, rows)| rows.keys().map(move |id| (table.clone(), id.clone())));
            world.touched = rows.collect();
            world.tables = scene.world.tables.clone();
            (world.now, world.counter, world.due) = (scene.world.now, scene.world.counter, scene.world.due.clone());
        })
        .unwrap();
    door.release();
    let gate = door.look(10)["lifecycleHookDetails"][0].clone();
    assert_eq!(gate["status"], "AWAITING_ACTION");
    // A copy of the directory is what a process that is killed leaves.
    std::fs::create_dir(home.path().join("two")).unwrap();
    for file in std::fs::read_dir(home.path().join("one")).unwrap().map(|file| file.unwrap().path()) {
        std::fs::copy(&file, home.path().join("two").join(file.file_name().unwrap())).unwrap();
    }
    let again = Door { sandbox: Sandbox::open(place("two")).unwrap() };
    assert_eq!(again.deployment()["lifecycleHookDetails"][0], gate);
}
