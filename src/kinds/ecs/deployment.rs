//! The deployment of a service: the way ECS replaces its tasks. Part of `ecs.service`.

use crate::core::problem::Problem;
use crate::kinds::yes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Deployment {
    pub strategy: Strategy,
    /// Per cent of the desired tasks that stay up while tasks are replaced.
    pub minimum_healthy_percent: u32,
    /// Per cent of the desired tasks that may run at once.
    pub maximum_percent: u32,
    /// Minutes that both revisions run after all traffic has shifted.
    pub bake_time_in_minutes: u32,
    /// The first step of a CANARY deployment.
    pub canary: Option<Canary>,
    /// Each step of a LINEAR deployment.
    pub linear: Option<Linear>,
    pub circuit_breaker: CircuitBreaker,
    /// CloudWatch alarms that end a deployment.
    pub alarms: Option<Alarms>,
    /// Stages at which a deployment waits: for someone to continue it (PAUSE), or for a Lambda function's answer.
    pub lifecycle_hooks: Vec<Hook>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Strategy {
    #[default]
    Rolling,
    BlueGreen,
    Linear,
    Canary,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Canary {
    /// Per cent of the traffic in the first step.
    pub percent: f64,
    pub bake_time_in_minutes: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Linear {
    /// Per cent of the traffic that each step adds.
    pub step_percent: f64,
    pub bake_time_in_minutes: u32,
}

/// Ends a deployment whose tasks keep failing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CircuitBreaker {
    pub enable: bool,
    pub rollback: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarms {
    pub alarm_names: Vec<String>,
    #[serde(default = "yes")]
    pub enable: bool,
    #[serde(default = "yes")]
    pub rollback: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    #[serde(default)]
    pub target_type: HookTarget,
    pub lifecycle_stages: Vec<Stage>,
    /// The Lambda function.
    #[serde(default)]
    pub hook_target_arn: Option<String>,
    /// The role that ECS calls the function with.
    #[serde(default)]
    pub role_arn: Option<String>,
    #[serde(default = "day")]
    pub timeout_in_minutes: u32,
    /// The action when nobody answers in time.
    #[serde(default)]
    pub timeout_action: TimeoutAction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HookTarget {
    #[default]
    Pause,
    AwsLambda,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stage {
    ReconcileService,
    PreScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeoutAction {
    #[default]
    Rollback,
    Continue,
}

/// Minutes of a day, which is how long a step or both revisions may run at most.
const DAY: u32 = 1440;

fn day() -> u32 {
    DAY
}

impl Deployment {
    /// Returns the minutes that a deployment rests while traffic shifts and after it has shifted.
    ///
    /// A linear one rests after each step but the last, which sends all traffic; its steps are 100 / `step_percent`.
    /// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-linear.html>
    pub fn rest(&self) -> f32 {
        let shifting = match self.strategy {
            Strategy::Rolling | Strategy::BlueGreen => 0.0,
            Strategy::Canary => f64::from(self.canary.clone().unwrap_or_default().bake_time_in_minutes),
            Strategy::Linear => {
                let Linear { step_percent, bake_time_in_minutes } = self.linear.clone().unwrap_or_default();
                let steps = (100.0 / step_percent.max(1.0)).ceil() - 1.0;
                steps.max(0.0) * f64::from(bake_time_in_minutes)
            }
        };
        (shifting + f64::from(self.bake_time_in_minutes)) as f32
    }

    /// Returns the minutes that hooks may hold a deployment until their time is up. Each stage of a shift in steps asks anew.
    pub fn held(&self) -> f32 {
        let steps = match self.strategy {
            Strategy::Rolling | Strategy::BlueGreen | Strategy::Canary => 2.0,
            Strategy::Linear => (100.0 / self.linear.clone().unwrap_or_default().step_percent.max(1.0)).ceil(),
        };
        let times = |stage: &Stage| match stage {
            Stage::PreProductionTrafficShift | Stage::ProductionTrafficShift => steps,
            _ => 1.0,
        };
        let hook = |hook: &Hook| f64::from(hook.timeout_in_minutes) * hook.lifecycle_stages.iter().map(times).sum::<f64>();
        self.lifecycle_hooks.iter().map(hook).sum::<f64>() as f32
    }
}

impl Default for Deployment {
    fn default() -> Self {
        Deployment {
            strategy: Strategy::Rolling,
            minimum_healthy_percent: 100,
            maximum_percent: 200,
            bake_time_in_minutes: 0,
            canary: None,
            linear: None,
            circuit_breaker: CircuitBreaker::default(),
            alarms: None,
            lifecycle_hooks: Vec::new(),
        }
    }
}

impl Default for Canary {
    fn default() -> Self {
        Canary { percent: 5.0, bake_time_in_minutes: 10 }
    }
}

impl Default for Linear {
    fn default() -> Self {
        Linear { step_percent: 10.0, bake_time_in_minutes: 6 }
    }
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        CircuitBreaker { enable: true, rollback: true }
    }
}

impl Deployment {
    pub(super) fn normalise(&mut self) {
        self.canary = (self.strategy == Strategy::Canary).then(|| self.canary.take().unwrap_or_default());
        self.linear = (self.strategy == Strategy::Linear).then(|| self.linear.take().unwrap_or_default());
        if self.strategy == Strategy::Rolling {
            self.bake_time_in_minutes = 0;
        }
        if !self.circuit_breaker.enable {
            self.circuit_breaker.rollback = false;
        }
        if let Some(alarms) = &mut self.alarms {
            alarms.alarm_names.sort();
            alarms.alarm_names.dedup();
        }
        // Alarms that are named but off do nothing: the same as none.
        self.alarms = self.alarms.take().filter(|alarms| alarms.enable && !alarms.alarm_names.is_empty());
        for hook in &mut self.lifecycle_hooks {
            hook.lifecycle_stages.sort();
            hook.lifecycle_stages.dedup();
        }
        self.lifecycle_hooks.sort_by(|a, b| {
            (a.target_type, &a.lifecycle_stages, &a.hook_target_arn).cmp(&(b.target_type, &b.lifecycle_stages, &b.hook_target_arn))
        });
    }
}

// The checks of deployments, which are rows of `ecs.service`.

fn refuse(field: &str, message: impl Into<String>, help: &str) -> Problem {
    Problem::new(format!("deployment.{field}"), message).help(help)
}

pub(super) fn room(deployment: &Deployment) -> Vec<Problem> {
    let stuck = deployment.maximum_percent <= deployment.minimum_healthy_percent && deployment.strategy == Strategy::Rolling;
    let problem = || refuse("maximum_percent", "no task could ever be replaced", "let it be above `minimum_healthy_percent`");
    stuck.then(problem).into_iter().collect()
}

pub(super) fn healthy(deployment: &Deployment) -> Vec<Problem> {
    let problem = || refuse("minimum_healthy_percent", "more than 100 % cannot be healthy", "0 to 100");
    (deployment.minimum_healthy_percent > 100).then(problem).into_iter().collect()
}

pub(super) fn at_once(deployment: &Deployment) -> Vec<Problem> {
    let problem = || refuse("maximum_percent", "more than 200 % is not possible", "100 to 200");
    (deployment.maximum_percent > 200).then(problem).into_iter().collect()
}

pub(super) fn bake_time(deployment: &Deployment) -> Vec<Problem> {
    let problem = || refuse("bake_time_in_minutes", "a day is the most", "0 to 1440");
    (deployment.bake_time_in_minutes > DAY).then(problem).into_iter().collect()
}

pub(super) fn needless_bake(deployment: &Deployment) -> Vec<Problem> {
    let wrong = deployment.strategy == Strategy::Rolling && deployment.bake_time_in_minutes > 0;
    let problem = || refuse("bake_time_in_minutes", "a rolling deployment does not bake", "leave it out, or choose another strategy");
    wrong.then(problem).into_iter().collect()
}

pub(super) fn other_strategy(deployment: &Deployment) -> Vec<Problem> {
    let canary = deployment.canary.is_some() && deployment.strategy != Strategy::Canary;
    let linear = deployment.linear.is_some() && deployment.strategy != Strategy::Linear;
    let canary = canary.then(|| refuse("canary", "only the strategy CANARY has it", "leave it out"));
    canary.into_iter().chain(linear.then(|| refuse("linear", "only the strategy LINEAR has it", "leave it out"))).collect()
}

pub(super) fn steps(deployment: &Deployment) -> Vec<Problem> {
    let canary = deployment.canary.iter().filter(|step| !(0.1..=100.0).contains(&step.percent) || step.bake_time_in_minutes > DAY);
    let linear = deployment.linear.iter().filter(|step| !(3.0..=100.0).contains(&step.step_percent) || step.bake_time_in_minutes > DAY);
    let canary = canary.map(|_| refuse("canary", "a canary takes 0.1 to 100 %, for up to 1440 minutes", "5 % for 10 minutes is AWS's own"));
    let linear = linear.map(|_| refuse("linear", "a step takes 3 to 100 %, for up to 1440 minutes", "10 % for 6 minutes is AWS's own"));
    canary.chain(linear).collect()
}

/// Refuses the hooks that `refused` is about: it says what is wrong, and what to write instead.
fn wrong_hooks(deployment: &Deployment, refused: fn(&Hook) -> Option<(String, &'static str)>) -> Vec<Problem> {
    let wrong = deployment.lifecycle_hooks.iter().enumerate().filter_map(|(index, hook)| Some((index, refused(hook)?)));
    wrong.map(|(index, (message, help))| refuse(&format!("lifecycle_hooks.{index}"), message, help)).collect()
}

pub(super) fn needless_function(deployment: &Deployment) -> Vec<Problem> {
    wrong_hooks(deployment, |hook| {
        let given = hook.hook_target_arn.is_some() || hook.role_arn.is_some();
        (hook.target_type == HookTarget::Pause && given)
            .then(|| ("a PAUSE calls no function".into(), "leave out `hook_target_arn` and `role_arn`"))
    })
}

pub(super) fn missing_function(deployment: &Deployment) -> Vec<Problem> {
    wrong_hooks(deployment, |hook| {
        let missing = hook.hook_target_arn.is_none() || hook.role_arn.is_none();
        (hook.target_type == HookTarget::AwsLambda && missing)
            .then(|| ("a Lambda hook needs its function and a role".into(), "give `hook_target_arn` and `role_arn`"))
    })
}

pub(super) fn pause_in_shift(deployment: &Deployment) -> Vec<Problem> {
    wrong_hooks(deployment, |hook| {
        let shifts = hook.lifecycle_stages.iter().any(|stage| matches!(stage, Stage::TestTrafficShift | Stage::ProductionTrafficShift));
        (hook.target_type == HookTarget::Pause && shifts)
            .then(|| ("a PAUSE cannot stand at a traffic shift itself".into(), "use the stage before or after it"))
    })
}

pub(super) fn some_stage(deployment: &Deployment) -> Vec<Problem> {
    wrong_hooks(deployment, |hook| hook.lifecycle_stages.is_empty().then(|| ("the hook has no stage".into(), "give `lifecycle_stages`")))
}

pub(super) fn hook_time(deployment: &Deployment) -> Vec<Problem> {
    wrong_hooks(deployment, |hook| {
        let minutes = hook.timeout_in_minutes;
        (!(1..=20_160).contains(&minutes))
            .then(|| (format!("a timeout of {minutes} minutes is not possible"), "1 to 20160, which is 14 days"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_is_waited_for_as_long_as_it_rests_and_is_held() {
        let rolling = Deployment { bake_time_in_minutes: 60, ..Deployment::default() };
        assert_eq!((rolling.rest(), rolling.held()), (60.0, 0.0));
        let canary = Deployment { strategy: Strategy::Canary, ..rolling.clone() };
        assert_eq!(canary.rest(), 70.0);
        let linear = Deployment {
            strategy: Strategy::Linear,
            linear: Some(Linear { step_percent: 25.0, bake_time_in_minutes: 10 }),
            lifecycle_hooks: vec![Hook {
                target_type: HookTarget::Pause,
                lifecycle_stages: vec![Stage::PreScaleUp, Stage::PreProductionTrafficShift],
                hook_target_arn: None,
                role_arn: None,
                timeout_in_minutes: 30,
                timeout_action: TimeoutAction::Rollback,
            }],
            ..rolling
        };
        assert_eq!((linear.rest(), linear.held()), (90.0, 150.0));
    }
}
