//! The pairs of target groups between which a deployment shifts traffic, and the rules that split it.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html>
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/nlb-resources-for-blue-green.html>

use super::REVISION;
use crate::services::elbv2::action;
use crate::services::elbv2::kind::{LISTENER, RULE};
use crate::services::iam;
use crate::services::members::{flag, items, number, set, text};
use crate::world::Call;
use serde_json::{Value, json};

/// Two target groups, and what splits traffic between them: rules of an application load balancer, listeners of a network one.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The group that serves now.
    pub blue: String,
    pub green: String,
    production: String,
    test: Option<String>,
    role: String,
}

/// The two kinds of traffic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Production,
    Test,
}

/// Returns the load balancers of a service with the target groups that its next revision goes into: the members of the pairs that
/// `source`, the revision that serves, is not in. Without one they are the first members. A rolling deployment stays where tasks are.
pub fn next(call: &Call<'_>, service: &Value, source: Option<&str>) -> Vec<Value> {
    let shifts = super::shifts(service);
    let used: Vec<String> = source.map(|source| groups(call, source)).unwrap_or_default();
    let place = |balancer: &Value| {
        let mut balancer = balancer.clone();
        let (first, second) = (text(&balancer, "targetGroupArn").to_owned(), alternate(&balancer).to_owned());
        let second_serves = !second.is_empty() && used.contains(&second);
        let first_serves = used.contains(&first);
        if !second.is_empty() && ((shifts && first_serves) || (!shifts && second_serves)) {
            set(&mut balancer, "targetGroupArn", second.into());
        }
        balancer
    };
    items(service, "loadBalancers").iter().map(place).collect()
}

fn alternate(balancer: &Value) -> &str {
    balancer.pointer("/advancedConfiguration/alternateTargetGroupArn").and_then(Value::as_str).unwrap_or("")
}

/// The target groups that a revision's tasks are in.
fn groups(call: &Call<'_>, revision: &str) -> Vec<String> {
    let row = call.get(REVISION, revision).cloned().unwrap_or_default();
    items(&row["resolvedConfiguration"], "loadBalancers").iter().map(|one| text(one, "targetGroupArn").to_owned()).collect()
}

/// The load balancers of a service with the target groups that a revision's tasks go into.
pub fn of_revision(call: &Call<'_>, service: &Value, revision: &str) -> Vec<Value> {
    let groups = groups(call, revision);
    let place = |(at, balancer): (usize, &Value)| {
        let mut balancer = balancer.clone();
        if let Some(group) = groups.get(at).filter(|group| !group.is_empty()) {
            set(&mut balancer, "targetGroupArn", group.clone().into());
        }
        balancer
    };
    items(service, "loadBalancers").iter().enumerate().map(place).collect()
}

/// The pairs of a service, green being the groups of this revision.
pub fn of(call: &Call<'_>, service: &Value, revision: &str) -> Vec<Pair> {
    let greens = of_revision(call, service, revision);
    let pair = |(balancer, green): (&Value, &Value)| {
        let advanced = balancer.get("advancedConfiguration")?;
        let (first, green) = (text(balancer, "targetGroupArn").to_owned(), text(green, "targetGroupArn").to_owned());
        let blue = if green == first { alternate(balancer).to_owned() } else { first };
        let test = Some(text(advanced, "testListenerRule").to_owned()).filter(|test| !test.is_empty());
        let (production, role) = (text(advanced, "productionListenerRule").to_owned(), text(advanced, "roleArn").to_owned());
        Some(Pair { blue, green, production, test, role })
    };
    items(service, "loadBalancers").iter().zip(&greens).filter_map(pair).collect()
}

impl Pair {
    fn splitter(&self, kind: Kind) -> Option<&str> {
        match kind {
            Kind::Production => Some(&self.production),
            Kind::Test => self.test.as_deref(),
        }
    }

    /// True for a network load balancer, where each shift takes ten minutes more.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/nlb-resources-for-blue-green.html>
    pub fn is_network(&self) -> bool {
        self.production.contains(":listener/net/")
    }

    /// Refuses, in AWS's words, rules that do not lead to both target groups.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/migrate-code-deploy-to-ecs-blue-green.html>
    pub fn check(&self, call: &Call<'_>) -> Result<(), String> {
        let splitters = [Some(self.production.as_str()), self.test.as_deref()];
        let leads = |group: &str| {
            let mut found = splitters.into_iter().flatten().filter_map(|arn| actions(call, arn)).flatten();
            found.any(|action| action::leads_to(&action, group))
        };
        match leads(&self.blue) && leads(&self.green) {
            true => Ok(()),
            false => {
                Err("Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule."
                    .into())
            }
        }
    }

    /// Sends this percentage of a kind of traffic to green, and the rest to blue. What is split so already stays as it is written.
    pub fn split(&self, call: &mut Call<'_>, kind: Kind, percent: f64, denied: bool) -> Result<(), String> {
        let Some(arn) = self.splitter(kind).map(String::from) else { return Ok(()) };
        let Some(mut actions) = actions(call, &arn) else { return Err(format!("The listener rule {arn} does not exist.")) };
        let (green, blue) = shares(percent);
        let Some(action) = actions.iter_mut().find(|action| text(action, "Type") == "forward") else {
            return Err(format!("The listener rule {arn} does not forward to a target group."));
        };
        let live = |group: &str| share(action, group);
        if (live(&self.green) - percent / 100.0).abs() < 1e-9 && (live(&self.blue) - (1.0 - percent / 100.0)).abs() < 1e-9 {
            return Ok(());
        }
        self.may(call, &arn, denied)?;
        let stickiness = action["ForwardConfig"]["TargetGroupStickinessConfig"].clone();
        let weight = |group: &str| if group == self.green { green } else { blue };
        // The groups stay in the order in which they stand.
        let mut order: Vec<String> =
            items(&action["ForwardConfig"], "TargetGroups").iter().map(|group| text(group, "TargetGroupArn").to_owned()).collect();
        order.retain(|group| *group == self.green || *group == self.blue);
        for group in [&self.blue, &self.green] {
            if !order.contains(group) {
                order.push(group.clone());
            }
        }
        let groups: Vec<Value> = order.iter().map(|group| json!({"TargetGroupArn": group, "Weight": weight(group)})).collect();
        *action = json!({"Type": "forward", "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness}});
        write(call, &arn, actions);
        Ok(())
    }

    /// Sends all production traffic to blue, as somebody else would by hand.
    pub fn reset(&self, call: &mut Call<'_>) {
        let Some(mut actions) = actions(call, &self.production) else { return };
        let groups = json!([{"TargetGroupArn": self.blue, "Weight": 100}, {"TargetGroupArn": self.green, "Weight": 0}]);
        if let Some(action) = actions.iter_mut().find(|action| text(action, "Type") == "forward") {
            action["ForwardConfig"]["TargetGroups"] = groups;
            write(call, &self.production, actions);
        }
    }

    /// Refuses a change that the infrastructure role may not make.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html>
    fn may(&self, call: &Call<'_>, arn: &str, denied: bool) -> Result<(), String> {
        let operation = if self.is_network() { "ModifyListener" } else { "ModifyRule" };
        let action = format!("elasticloadbalancing:{operation}");
        match iam::role_may(call, &self.role, &action, arn) {
            None => Err(format!("ECS was unable to assume the role '{}' that was provided for this service.", self.role)),
            Some(allowed) if denied || !allowed => {
                let session = self.role.replacen(":iam:", ":sts:", 1).replacen(":role/", ":assumed-role/", 1);
                Err(format!("User: {session}/ecs-service-scheduler is not authorized to perform: {action} on resource: {arn}"))
            }
            Some(_) => Ok(()),
        }
    }
}

/// The share of what a rule or listener forwards that goes to a group, from 0 to 1.
pub fn forward_share(call: &Call<'_>, arn: &str, group: &str) -> f64 {
    actions(call, arn).unwrap_or_default().iter().map(|action| share(action, group)).fold(0.0, f64::max)
}

/// Weights for a percentage. ELB takes whole ones up to 999, ECS percentages with one digit behind the point.
fn shares(percent: f64) -> (i64, i64) {
    if percent.fract() == 0.0 {
        return (percent as i64, 100 - percent as i64);
    }
    let green = (percent * 10.0).round() as i64;
    (green, 1000 - green)
}

fn share(action: &Value, group: &str) -> f64 {
    let groups = items(&action["ForwardConfig"], "TargetGroups");
    let weight = |one: &Value| number(one, "Weight").unwrap_or(1) as f64;
    let whole: f64 = groups.iter().map(weight).sum();
    let own: f64 = groups.iter().filter(|one| text(one, "TargetGroupArn") == group).map(weight).sum();
    if whole > 0.0 { own / whole } else { 0.0 }
}

/// The actions of a rule, or of a listener. A default rule has its listener's.
fn actions(call: &Call<'_>, arn: &str) -> Option<Vec<Value>> {
    match call.get(RULE.table, arn) {
        Some(rule) if !flag(rule, "IsDefault") => Some(items(rule, "Actions").to_vec()),
        Some(rule) => Some(items(call.get(LISTENER.table, text(rule, "_listener"))?, "DefaultActions").to_vec()),
        None => Some(items(call.get(LISTENER.table, arn)?, "DefaultActions").to_vec()),
    }
}

fn write(call: &mut Call<'_>, arn: &str, actions: Vec<Value>) {
    let (table, id, member) = match call.get(RULE.table, arn) {
        Some(rule) if !flag(rule, "IsDefault") => (RULE.table, arn.to_owned(), "Actions"),
        Some(rule) => (LISTENER.table, text(rule, "_listener").to_owned(), "DefaultActions"),
        None => (LISTENER.table, arn.to_owned(), "DefaultActions"),
    };
    if let Some(row) = call.get_mut(table, &id) {
        set(row, member, actions.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_whole_and_fit() {
        for (percent, want) in [(0.0, (0, 100)), (5.0, (5, 95)), (33.3, (333, 667)), (0.1, (1, 999)), (99.9, (999, 1)), (100.0, (100, 0))] {
            assert_eq!(shares(percent), want);
        }
    }
}
