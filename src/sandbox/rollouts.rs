//! The conditions that deployments of ECS services meet in a sandbox: traffic, faults, and the rules of ECS that its
//! documentation leaves open.
//!
//! ```text
//! [SERVICE/]KIND[:VALUE][@STAGE]
//!
//! crash_loop:137                 its container exits with this code soon after it started (1 if it says nothing)
//! image_pull                     its image cannot be pulled
//! unhealthy                      its target groups find it unhealthy
//! slow_start:x3                  its tasks take three times as long to start
//! errors:5%                      it answers this share of requests with 500
//! latency:x3                     it answers three times as slowly
//! capacity                       AWS has no capacity for its tasks
//! alarm:NAME@BAKE_TIME           this alarm goes off when the deployment reaches a stage
//! role_denied                    its infrastructure role may not change the load balancer
//! external_writer:weights@STAGE  somebody sends all production traffic back; or `update`, or `count=N`
//! ```
//!
//! A fault strikes the revisions that are made after it was set, and that of a deployment that is open then; `errors` and `latency`
//! strike what runs as well, where somebody asks for that.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The conditions that deployments meet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rollouts {
    pub faults: Vec<RolloutFault>,
    /// The traffic of services by name; others have `Traffic::default()`.
    pub traffic: BTreeMap<String, Traffic>,
    pub variants: Variants,
    /// True where `errors` and `latency` strike the revisions that run already, as well.
    pub running: bool,
}

/// The requests that come to a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    pub requests_per_second: f64,
    /// The share of them that a healthy revision answers with 500, from 0 to 1.
    pub errors: f64,
    /// The time that half of the answers take at most, in seconds.
    pub seconds: f64,
}

impl Default for Traffic {
    fn default() -> Self {
        Traffic { requests_per_second: 3.0, errors: 0.0, seconds: 0.08 }
    }
}

/// One way or the other where AWS documents neither, or both. `docs/sandbox.md` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variants {
    /// The alarms of a deployment are heeded where traffic is shifted, too.
    pub alarms_where_shifted: bool,
    /// So is its circuit breaker.
    pub breaker_where_shifted: bool,
    /// The bake of a step comes after the hooks of the next step's PRE_PRODUCTION_TRAFFIC_SHIFT, not before.
    pub step_bake_after_hook: bool,
    /// Hooks are called in a service's first deployment, too, which has nothing to go back to.
    pub hooks_in_first: bool,
    /// ECS waits for healthy targets before it shifts production traffic.
    pub shift_waits_for_health: bool,
    /// A deployment that fails with nothing to go back to ends as ROLLBACK_FAILED, not as STOPPED.
    pub nothing_to_go_back_to_fails: bool,
}

impl Default for Variants {
    fn default() -> Self {
        Variants {
            alarms_where_shifted: true,
            breaker_where_shifted: true,
            step_bake_after_hook: false,
            hooks_in_first: false,
            shift_waits_for_health: true,
            nothing_to_go_back_to_fails: false,
        }
    }
}

impl Variants {
    /// Returns every combination.
    pub fn all() -> impl Iterator<Item = Variants> {
        (0_u8..64).map(|bits| {
            let on = |bit: u8| bits & (1 << bit) != 0;
            Variants {
                alarms_where_shifted: on(0),
                breaker_where_shifted: on(1),
                step_bake_after_hook: on(2),
                hooks_in_first: on(3),
                shift_waits_for_health: on(4),
                nothing_to_go_back_to_fails: on(5),
            }
        })
    }
}

/// Something wrong with what a service deploys, or with what happens around it.
#[derive(Debug, Clone, PartialEq)]
pub struct RolloutFault {
    /// The name of the service that it strikes; every service, if `None`.
    pub service: Option<String>,
    pub trouble: Trouble,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    CrashLoop {
        exit_code: i64,
    },
    ImagePull,
    Unhealthy,
    /// The factor by which a start takes longer.
    SlowStart(f64),
    /// The share of requests that fail, from 0 to 1.
    Errors(f64),
    /// The factor by which answers take longer.
    Latency(f64),
    Capacity,
    Alarm {
        name: String,
        stage: Stage,
    },
    RoleDenied,
    ExternalWriter {
        writes: Writes,
        stage: Stage,
    },
}

impl Trouble {
    /// True for what strikes the answers of tasks that run.
    #[must_use]
    pub fn is_of_answers(&self) -> bool {
        matches!(self, Trouble::Errors(_) | Trouble::Latency(_))
    }
}

/// The things that somebody else changes while a deployment is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// All production traffic goes back to where it was.
    Weights,
    /// The service is told to deploy again.
    Update,
    /// The count of tasks that are wanted.
    Count(i64),
}

/// The stages of a deployment that shifts traffic, in their order.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    ReconcileService,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
    BakeTime,
    CleanUp,
}

impl Stage {
    pub const ALL: [Stage; 11] = [
        Stage::ReconcileService,
        Stage::PreScaleUp,
        Stage::ScaleUp,
        Stage::PostScaleUp,
        Stage::TestTrafficShift,
        Stage::PostTestTrafficShift,
        Stage::PreProductionTrafficShift,
        Stage::ProductionTrafficShift,
        Stage::PostProductionTrafficShift,
        Stage::BakeTime,
        Stage::CleanUp,
    ];

    /// AWS's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::ReconcileService => "RECONCILE_SERVICE",
            Stage::PreScaleUp => "PRE_SCALE_UP",
            Stage::ScaleUp => "SCALE_UP",
            Stage::PostScaleUp => "POST_SCALE_UP",
            Stage::TestTrafficShift => "TEST_TRAFFIC_SHIFT",
            Stage::PostTestTrafficShift => "POST_TEST_TRAFFIC_SHIFT",
            Stage::PreProductionTrafficShift => "PRE_PRODUCTION_TRAFFIC_SHIFT",
            Stage::ProductionTrafficShift => "PRODUCTION_TRAFFIC_SHIFT",
            Stage::PostProductionTrafficShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
            Stage::BakeTime => "BAKE_TIME",
            Stage::CleanUp => "CLEAN_UP",
        }
    }

    pub fn named(name: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

const KINDS: [&str; 10] =
    ["crash_loop", "image_pull", "unhealthy", "slow_start", "errors", "latency", "capacity", "alarm", "role_denied", "external_writer"];

impl RolloutFault {
    /// The names of all faults.
    pub const KINDS: &'static [&'static str] = &KINDS;
}

impl FromStr for RolloutFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (service, rest) = match text.split_once('/').filter(|(service, _)| !service.contains(':')) {
            Some((service, rest)) => (Some(service.to_owned()), rest),
            None => (None, text),
        };
        if service.as_deref() == Some("") {
            return Err(format!("fault `{text}`: it names no service before `/`"));
        }
        let trouble = parse(rest).map_err(|error| format!("fault `{text}`: {error}"))?;
        Ok(RolloutFault { service, trouble })
    }
}

fn parse(text: &str) -> Result<Trouble, String> {
    let (text, stage) = match text.split_once('@') {
        Some((text, stage)) => (text, Some(stage)),
        None => (text, None),
    };
    let (kind, value) = match text.split_once(':') {
        Some((kind, value)) => (kind, Some(value)),
        None => (text, None),
    };
    let at = || match stage {
        None => Ok(Stage::ProductionTrafficShift),
        Some(name) => Stage::named(name).ok_or_else(|| {
            let names = Stage::ALL.map(Stage::name).join(", ");
            format!("`{name}` is no stage of a deployment; there are {names}")
        }),
    };
    let bare = |trouble: Trouble| match value {
        None => Ok(trouble),
        Some(value) => Err(format!("`{kind}` takes no value, and `{value}` is one")),
    };
    let trouble = match kind {
        "crash_loop" => {
            let exit_code = value.map_or(Ok(1), |value| {
                value.parse().ok().filter(|code| (1..=255).contains(code)).ok_or_else(|| format!("`{value}` is no exit code from 1 to 255"))
            })?;
            Trouble::CrashLoop { exit_code }
        }
        "image_pull" => bare(Trouble::ImagePull)?,
        "unhealthy" => bare(Trouble::Unhealthy)?,
        "capacity" => bare(Trouble::Capacity)?,
        "role_denied" => bare(Trouble::RoleDenied)?,
        "slow_start" => Trouble::SlowStart(factor(kind, value)?),
        "latency" => Trouble::Latency(factor(kind, value)?),
        "errors" => Trouble::Errors(share(value)?),
        "alarm" => match value {
            None | Some("") => return Err("it names no alarm; write alarm:NAME or alarm:NAME@STAGE".into()),
            Some(name) => Trouble::Alarm { name: name.to_owned(), stage: at()? },
        },
        "external_writer" => Trouble::ExternalWriter { writes: writes(value)?, stage: at()? },
        _ => return Err(format!("`{kind}` is nothing that can be wrong with a deployment; there are {}", KINDS.join(", "))),
    };
    let staged = matches!(trouble, Trouble::Alarm { .. } | Trouble::ExternalWriter { .. });
    if stage.is_some() && !staged {
        return Err(format!("`{kind}` comes with the revision, at no stage of its own; leave `@…` out"));
    }
    Ok(trouble)
}

/// `x3`, or `×3`: at least 1.
fn factor(kind: &str, value: Option<&str>) -> Result<f64, String> {
    let number = value.and_then(|value| value.strip_prefix(['x', '×'])).and_then(|number| number.parse::<f64>().ok());
    number.filter(|factor| factor.is_finite() && *factor >= 1.0).ok_or_else(|| format!("write {kind}:x3, with a factor of at least 1"))
}

/// `5%`.
fn share(value: Option<&str>) -> Result<f64, String> {
    let percent = value.and_then(|value| value.strip_suffix('%')).and_then(|percent| percent.parse::<f64>().ok());
    percent
        .filter(|percent| (0.0..=100.0).contains(percent))
        .map(|percent| percent / 100.0)
        .ok_or_else(|| "write errors:5%, with a percentage from 0 to 100".into())
}

fn writes(value: Option<&str>) -> Result<Writes, String> {
    let count = |value: &str| value.strip_prefix("count=")?.parse().ok().filter(|count| (0..=10_000).contains(count)).map(Writes::Count);
    match value {
        None | Some("weights") => Ok(Writes::Weights),
        Some("update") => Ok(Writes::Update),
        Some(value) => count(value).ok_or_else(|| format!("`{value}` is nothing that is written; there are weights, update and count=N")),
    }
}

impl fmt::Display for RolloutFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.service {
            write!(f, "{service}/")?;
        }
        match &self.trouble {
            Trouble::CrashLoop { exit_code } => write!(f, "crash_loop:{exit_code}"),
            Trouble::ImagePull => f.write_str("image_pull"),
            Trouble::Unhealthy => f.write_str("unhealthy"),
            Trouble::SlowStart(factor) => write!(f, "slow_start:x{factor}"),
            Trouble::Errors(share) => write!(f, "errors:{}%", (share * 1e8).round() / 1e6),
            Trouble::Latency(factor) => write!(f, "latency:x{factor}"),
            Trouble::Capacity => f.write_str("capacity"),
            Trouble::Alarm { name, stage } => write!(f, "alarm:{name}@{}", stage.name()),
            Trouble::RoleDenied => f.write_str("role_denied"),
            Trouble::ExternalWriter { writes, stage } => {
                let writes = match writes {
                    Writes::Weights => "weights".to_owned(),
                    Writes::Update => "update".to_owned(),
                    Writes::Count(count) => format!("count={count}"),
                };
                write!(f, "external_writer:{writes}@{}", stage.name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_as_it_is_written() {
        for (text, again) in [
            ("crash_loop", "crash_loop:1"),
            ("api/crash_loop:137", "api/crash_loop:137"),
            ("image_pull", "image_pull"),
            ("unhealthy", "unhealthy"),
            ("slow_start:x2.5", "slow_start:x2.5"),
            ("errors:5%", "errors:5%"),
            ("latency:×3", "latency:x3"),
            ("capacity", "capacity"),
            ("alarm:5xx", "alarm:5xx@PRODUCTION_TRAFFIC_SHIFT"),
            ("web/alarm:5xx@BAKE_TIME", "web/alarm:5xx@BAKE_TIME"),
            ("role_denied", "role_denied"),
            ("external_writer", "external_writer:weights@PRODUCTION_TRAFFIC_SHIFT"),
            ("external_writer:count=9@POST_SCALE_UP", "external_writer:count=9@POST_SCALE_UP"),
            ("external_writer:update@BAKE_TIME", "external_writer:update@BAKE_TIME"),
        ] {
            let fault: RolloutFault = text.parse().unwrap();
            assert_eq!(fault.to_string(), again);
            assert_eq!(again.parse::<RolloutFault>().unwrap(), fault);
        }
    }

    #[test]
    fn a_wrong_fault_says_what_is_wrong() {
        for (text, want) in [
            ("crash", "there are crash_loop"),
            ("crash_loop:0", "no exit code"),
            ("image_pull:2", "takes no value"),
            ("slow_start", "slow_start:x3"),
            ("latency:x0.5", "at least 1"),
            ("errors:5", "errors:5%"),
            ("errors:101%", "from 0 to 100"),
            ("alarm", "names no alarm"),
            ("alarm:a@LATER", "no stage of a deployment"),
            ("errors:5%@BAKE_TIME", "no stage of its own"),
            ("external_writer:everything", "weights, update and count=N"),
            ("/capacity", "names no service"),
        ] {
            let error = text.parse::<RolloutFault>().unwrap_err();
            assert!(error.contains(want) && error.contains(text), "{error}");
        }
    }

    #[test]
    fn each_combination_of_variants_comes_once() {
        let all: Vec<Variants> = Variants::all().collect();
        assert!(all.iter().enumerate().all(|(at, one)| !all[..at].contains(one)));
        assert!(all.contains(&Variants::default()));
    }
}
