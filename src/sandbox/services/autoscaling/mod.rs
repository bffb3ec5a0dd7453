//! Application Auto Scaling: scalable targets, their policies and scheduled actions.

mod policy;
mod scheduled_action;
mod target;

use super::Handler;

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "RegisterScalableTarget" => target::register,
        "DeregisterScalableTarget" => target::deregister,
        "DescribeScalableTargets" => target::describe,
        "DescribeScalingActivities" => target::describe_activities,
        "TagResource" => target::tag,
        "UntagResource" => target::untag,
        "ListTagsForResource" => target::list_tags,
        "PutScalingPolicy" => policy::put,
        "DeleteScalingPolicy" => policy::delete,
        "DescribeScalingPolicies" => policy::describe,
        "PutScheduledAction" => scheduled_action::put,
        "DeleteScheduledAction" => scheduled_action::delete,
        "DescribeScheduledActions" => scheduled_action::describe,
        _ => return None,
    };
    Some(handler)
}

#[cfg(test)]
mod tests {
    use crate::world::{Call, Fault, World, merge};
    use serde_json::{Value, json};

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, Fault> {
        let mut whole = json!({"ServiceNamespace": "ecs", "ResourceId": "service/c1/web", "ScalableDimension": "ecs:service:DesiredCount"});
        merge(&mut whole, &input);
        super::handler(operation).unwrap()(&mut Call::new(world, &whole, "application-autoscaling", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("application-autoscaling", operation, answer))
    }

    fn world() -> World {
        let mut world = World::new("123456789012", 1, 0);
        let service = json!({"status": "ACTIVE", "desiredCount": 1});
        world.tables.entry("us-east-1/ecs.service".into()).or_default().insert("c1/web".into(), service);
        world
    }

    fn tracking(metric: &str) -> Value {
        json!({
            "PolicyName": "p", "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60.0, "PredefinedMetricSpecification": {"PredefinedMetricType": metric}},
        })
    }

    #[test]
    fn a_target_needs_its_service_and_moves_it_into_its_bounds() {
        let mut world = world();
        assert_eq!(
            call(&mut world, "RegisterScalableTarget", json!({"ResourceId": "service/c1/no", "MinCapacity": 1, "MaxCapacity": 2}))
                .unwrap_err()
                .code,
            "ValidationException"
        );
        assert_eq!(
            call(&mut world, "RegisterScalableTarget", json!({"MinCapacity": 3, "MaxCapacity": 2})).unwrap_err().code,
            "ValidationException"
        );
        let arn = call(&mut world, "RegisterScalableTarget", json!({"MinCapacity": 2, "MaxCapacity": 5, "Tags": {"a": "b"}})).unwrap()["ScalableTargetARN"].clone();
        assert_eq!(world.tables["us-east-1/ecs.service"]["c1/web"]["desiredCount"], 2);
        assert_eq!(call(&mut world, "RegisterScalableTarget", json!({"MaxCapacity": 6})).unwrap()["ScalableTargetARN"], arn);
        let target = call(&mut world, "DescribeScalableTargets", json!({"ResourceId": null, "ResourceIds": ["service/c1/web"]})).unwrap()["ScalableTargets"][0].clone();
        assert_eq!((&target["MinCapacity"], &target["MaxCapacity"]), (&json!(2), &json!(6)));
        assert_eq!(call(&mut world, "ListTagsForResource", json!({"ResourceARN": arn})).unwrap()["Tags"], json!({"a": "b"}));
    }

    #[test]
    fn tracking_makes_alarms_that_go_with_the_policy() {
        let mut world = world();
        assert_eq!(
            call(&mut world, "PutScalingPolicy", tracking("ECSServiceAverageCPUUtilization")).unwrap_err().code,
            "ObjectNotFoundException"
        );
        call(&mut world, "RegisterScalableTarget", json!({"MinCapacity": 1, "MaxCapacity": 5})).unwrap();
        let made = call(&mut world, "PutScalingPolicy", tracking("ECSServiceAverageCPUUtilization")).unwrap();
        assert_eq!(made["Alarms"].as_array().unwrap().len(), 2);
        let again = call(&mut world, "PutScalingPolicy", tracking("ECSServiceAverageCPUUtilization")).unwrap();
        assert_eq!(again["PolicyARN"], made["PolicyARN"]);
        assert_eq!(world.tables["us-east-1/cloudwatch.alarm"].len(), 2);
        call(&mut world, "DeregisterScalableTarget", json!({})).unwrap();
        assert!(world.tables["us-east-1/cloudwatch.alarm"].is_empty() && world.tables["us-east-1/autoscaling.policy"].is_empty());
        assert_eq!(call(&mut world, "DeregisterScalableTarget", json!({})).unwrap_err().code, "ObjectNotFoundException");
    }
}
