//! All that the preflight of a rollout looks at, as it was read at one time.

use crate::core::rollout::observation::{AlarmState, Reading};
use std::collections::BTreeMap;

/// The facts about one service and the version that it is to get.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The service as it runs; none where it is only to be made.
    pub service: Option<Reading<Service>>,
    /// The platform that its tasks have: `linux/amd64`.
    pub platform: String,
    /// Images by their names.
    pub images: Vec<Named<Image>>,
    pub roles: Vec<Named<Role>>,
    /// Secrets by the names of the variables that they fill.
    pub secrets: Vec<Named<Secret>>,
    pub subnets: Vec<Named<Subnet>>,
    /// Tasks that the new version is to have.
    pub tasks: u32,
    /// CPU units of each of them, 1024 to a vCPU.
    pub task_cpu: u32,
    /// True where some of them need capacity of EC2 instances.
    pub on_instances: bool,
    /// The parts of Fargate that they run on, by the names of their quotas.
    pub fargate: Vec<Fargate>,
    /// The way of the traffic; none where a load balancer's part of it is only to be made.
    pub front: Option<Front>,
    /// Alarms of the guard, and those by which ECS goes back.
    pub alarms: Vec<Named<AlarmState>>,
    /// Metrics of the guard, with the age of their newest value.
    pub metrics: Vec<Named<Age>>,
    /// Names of the alarms that the plan makes, and of metrics of what it makes.
    pub planned: Vec<String>,
    /// The version that a rollback would lead to; none where there is no version yet.
    pub back: Option<Reading<Back>>,
    /// True where the plan changes the health check of the target groups as well.
    pub health_check_changes: bool,
    pub scaling: Option<Scaling>,
    pub log_groups: Vec<Named<LogGroup>>,
}

/// Something by the name that people know it by.
#[derive(Debug, Clone, PartialEq)]
pub struct Named<T> {
    pub name: String,
    pub found: Reading<T>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// AWS's word: `ACTIVE`.
    pub status: String,
    /// AWS's word for who deploys: `ECS`.
    pub controller: String,
    pub desired: u32,
    pub running: u32,
    /// The deployment that is under way, by its ARN.
    pub open: Option<String>,
}

/// A part of Fargate with a quota of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Fargate {
    /// AWS's name of the quota.
    pub quota: String,
    /// New tasks that run on it.
    pub tasks: u32,
    /// None where CloudWatch has no value: it counts what runs.
    pub room: Reading<Option<Room>>,
}

/// The vCPUs of an account in one region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    pub quota: f64,
    pub used: f64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Image {
    /// It is in another registry than this account's and region's, which nobody here can ask.
    Elsewhere,
    /// Its repository is made by the plan.
    Planned,
    Missing,
    /// The platforms that its manifest lists; none where it is for one that its manifest does not name.
    There {
        platforms: Vec<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    Planned,
    Missing,
    There {
        /// The services that may assume it.
        trusts: Vec<String>,
        /// The one that has to.
        wanted: String,
        /// Says that whoever rolls out may not pass it to that service; none where they may, need not, or nobody can tell.
        denied: Option<Denied>,
    },
}

/// A right that IAM denies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The role or user that was asked about: `role/deploy`.
    pub to: String,
    /// True where a statement denies it, and not merely none allows it.
    pub explicit: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    Planned,
    /// It is a parameter of Systems Manager.
    Parameter,
    Missing,
    /// It is on its way out.
    Deleted,
    /// It holds no value yet.
    Empty,
    There,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subnet {
    Planned,
    Missing,
    There { zone: String, free: u32, vpc: String },
}

/// The load balancer's part of the way: rules, and the two groups that they lead to.
#[derive(Debug, Clone, PartialEq)]
pub struct Front {
    pub container_port: u16,
    /// Seconds after its start in which a task may fail its health check.
    pub grace: u32,
    /// The ARNs of both target groups.
    pub pair: [String; 2],
    /// The group that the version of now is in, where a deployment tells.
    pub active: Option<String>,
    pub production: Reading<Rule>,
    /// None where the service has none.
    pub test: Option<Reading<Rule>>,
    /// Each group of the pair.
    pub groups: [Reading<Group>; 2],
    /// Healthy targets of each.
    pub healthy: [Reading<u32>; 2],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    Missing,
    /// The weight of each target group, by its ARN.
    There(BTreeMap<String, u32>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Group {
    Missing,
    There(GroupSettings),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSettings {
    /// AWS's word: `ip`.
    pub target_type: String,
    pub vpc: String,
    /// `traffic-port`, or a number.
    pub health_port: String,
    /// Protocol, path and expected answers of the health check: `HTTP /health 200`.
    pub health: String,
    /// Seconds until a target that answers well is healthy.
    pub healthy_after: u32,
}

/// The age of a metric's newest value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    Minutes(u32),
    /// It has had none for so many hours.
    NoneFor {
        hours: u32,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Back {
    /// None of the deployments that AWS knows was successful. `all`: AWS knows all that there were.
    Nothing {
        all: bool,
    },
    To(Version),
}

/// An earlier version.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// `family:revision`.
    pub task_definition: String,
    /// False once it was deregistered.
    pub active: Reading<bool>,
    pub images: Vec<Named<Image>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scaling {
    pub least: u32,
    pub most: u32,
    /// True where it goes by the requests of one target group.
    pub by_requests: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogGroup {
    Planned,
    Missing,
    There,
    /// The tasks make it.
    MadeByTasks,
    /// It is in another region.
    Elsewhere,
}
