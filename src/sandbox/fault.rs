//! Faults on request: what `--fault` and the tests can make go wrong, and its grammar.
//!
//! ```text
//! KIND[:TARGET[@FIRST]][:DURATION][:TIMES]
//!
//! throttle:ec2.CreateVpc:2      refuse two calls as too many
//! error-before:iam.*            500, without the effect
//! error-after:rds.*             500, after the effect
//! unavailable:*:10%             503, without the effect
//! drop:mutating@7               lose the reply of the seventh mutating call
//! drop-before:s3.*:10%          lose every tenth request, drawn from the seed
//! slow:cloudfront.*:2s          reply two seconds late
//! stale:ec2.Describe*:3         answer three reads as if the last change had not happened yet
//! expired-credentials           refuse everything
//! short-keys:3s                 refuse each access key from three seconds after its first call on
//! deny:s3.GetBucketPolicy       refuse this action for good
//! kill:25                       end this process after the 25th mutating call took effect, before its reply
//! kill-before:25                end it before that call takes effect
//! hold:25                       carry out the 25th mutating call, and answer nothing from then on
//! hold-before:25                answer nothing from that call on, and carry nothing out
//! unplug:25                     from the 25th mutating call's reply on, lose everything
//! new-roles:10s                 no service but IAM knows a role before it is this old, by the sandbox's clock
//! fresh-account                 no service has its service-linked role yet
//! strict-tasks                  tasks fail where a repository of the account or a secret is still empty
//! ```
//!
//! TARGET is `service.Operation` with `*` for any letters, `*` for every call, or `mutating`. TIMES is a number, a
//! percentage, or `always`; a fault happens once if it says nothing, but `deny` and `expired-credentials` always.

use super::model;
use sha2::{Digest, Sha256};
use std::str::FromStr;
use std::time::Duration;

/// One `--fault`.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    pub kind: FaultKind,
    target: Target,
    /// The first matching call that it concerns, from one.
    first: u64,
    times: Times,
    matched: u64,
    happened: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FaultKind {
    Throttle,
    ErrorBefore,
    ErrorAfter,
    Unavailable,
    Drop,
    DropBefore,
    Slow(Duration),
    Stale,
    ExpiredCredentials,
    /// It strikes the calls of an access key that was seen for so long.
    ShortKeys(Duration),
    Deny,
    Kill,
    KillBefore,
    /// The call is carried out and never answered; those after it are neither.
    Hold,
    HoldBefore,
    Unplug,
    /// A state of the account, which strikes no call.
    NewRoles(Duration),
    /// Another one.
    FreshAccount,
    /// And another.
    StrictTasks,
}

#[derive(Debug, Clone, PartialEq)]
enum Target {
    Every,
    Mutating,
    Named { service: String, operation: String },
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Times {
    Number(u64),
    Percent(f64),
    Always,
}

/// A call as faults see it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    pub service: &'a str,
    pub operation: &'a str,
    pub mutating: bool,
}

impl FaultRule {
    /// True when the fault happens to this call. Counts, so ask once a call.
    pub fn strikes(&mut self, call: Seen<'_>, seed: u64) -> bool {
        if matches!(self.kind, FaultKind::NewRoles(_) | FaultKind::ShortKeys(_) | FaultKind::FreshAccount | FaultKind::StrictTasks) {
            return false;
        }
        // Reads alone can be stale.
        let fits = self.target.fits(call) && !(self.kind == FaultKind::Stale && call.mutating);
        self.matched += u64::from(fits);
        let due = self.matched >= self.first
            && match self.times {
                Times::Number(times) => self.happened < times,
                Times::Percent(percent) => chance(seed, self.matched) * 100.0 < percent,
                Times::Always => true,
            };
        // A line once unplugged, or held, stays so, for reads, too.
        let strikes = due && (fits || (self.kind.stays() && self.happened > 0));
        self.happened += u64::from(strikes);
        strikes
    }
}

impl FaultKind {
    /// True for one that strikes everything once it has struck.
    fn stays(self) -> bool {
        matches!(self, FaultKind::Unplug | FaultKind::Hold | FaultKind::HoldBefore)
    }
}

/// Evenly drawn from 0..1, the same for the same seed and place.
fn chance(seed: u64, place: u64) -> f64 {
    let digest = Sha256::digest(format!("fault {seed} {place}"));
    let bits = digest.iter().take(4).fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

impl Target {
    fn fits(&self, call: Seen<'_>) -> bool {
        match self {
            Target::Every => true,
            Target::Mutating => call.mutating,
            Target::Named { service, operation } => glob(service, call.service) && glob(operation, call.operation),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "*" | "" => return Ok(Target::Every),
            "mutating" => return Ok(Target::Mutating),
            _ => {}
        }
        let (service, operation) =
            text.split_once('.').ok_or_else(|| format!("`{text}` is no target; write service.Operation, `*` or `mutating`"))?;
        let services: Vec<&str> = model::names().filter(|name| glob(service, name)).collect();
        if services.is_empty() {
            return Err(format!("no service is named `{service}`{}", nearest(service, model::names())));
        }
        let operations =
            || services.iter().filter_map(|name| model::model(name)).flat_map(|model| model.operations.keys().map(String::as_str));
        if !operations().any(|name| glob(operation, name)) {
            return Err(format!("{service} has no operation `{operation}` in the sandbox{}", nearest(operation, operations())));
        }
        Ok(Target::Named { service: service.into(), operation: operation.into() })
    }
}

impl FaultRule {
    /// Returns the names of all kinds.
    pub fn kinds() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|(name, _)| *name).chain(STORIES.iter().map(|(name, ..)| *name))
    }
}

impl FromStr for FaultRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or("");
        let rest: Vec<&str> = parts.collect();
        if let Some((_, short, whole)) = STORIES.iter().find(|(story, ..)| *story == name) {
            return match (rest.as_slice(), *whole) {
                ([], _) => short.parse(),
                (rest, Some(kind)) => parse(kind, rest).map_err(|error| format!("fault `{text}`: {error}")),
                (_, None) => Err(format!("fault `{text}`: it takes nothing more")),
            };
        }
        parse(name, &rest).map_err(|error| format!("fault `{text}`: {error}"))
    }
}

/// Names for what befalls whoever rolls a version out, as other faults do it: alone, and with a target or a count of their own.
const STORIES: &[(&str, &str, Option<&str>)] = &[
    // ECS has been told, and nobody is there any more.
    ("kill_controller", "kill:ecs.UpdateService", Some("kill")),
    ("lost_reply", "drop:ecs.UpdateService", Some("drop")),
    // ECS never hears that it may go on.
    ("hook_timeout", "throttle:ecs.ContinueServiceDeployment:always", None),
];

const KINDS: &[(&str, FaultKind)] = &[
    ("throttle", FaultKind::Throttle),
    ("error-before", FaultKind::ErrorBefore),
    ("error-after", FaultKind::ErrorAfter),
    ("unavailable", FaultKind::Unavailable),
    ("drop", FaultKind::Drop),
    ("drop-before", FaultKind::DropBefore),
    ("slow", FaultKind::Slow(Duration::from_secs(5))),
    ("stale", FaultKind::Stale),
    ("expired-credentials", FaultKind::ExpiredCredentials),
    ("short-keys", FaultKind::ShortKeys(Duration::from_secs(10))),
    ("deny", FaultKind::Deny),
    ("kill", FaultKind::Kill),
    ("kill-before", FaultKind::KillBefore),
    ("hold", FaultKind::Hold),
    ("hold-before", FaultKind::HoldBefore),
    ("unplug", FaultKind::Unplug),
    ("new-roles", FaultKind::NewRoles(Duration::from_secs(10))),
    ("fresh-account", FaultKind::FreshAccount),
    ("strict-tasks", FaultKind::StrictTasks),
];

fn parse(name: &str, rest: &[&str]) -> Result<FaultRule, String> {
    let names = FaultRule::kinds;
    let (_, mut kind) = *KINDS.iter().find(|(known, _)| *known == name).ok_or_else(|| {
        format!("`{name}` is no kind of fault{}; there are {}", nearest(name, names()), names().collect::<Vec<_>>().join(", "))
    })?;
    let rule = |kind, target, first, times| FaultRule { kind, target, first, times, matched: 0, happened: 0 };
    if kind.stays() || matches!(kind, FaultKind::Kill | FaultKind::KillBefore) {
        let [count] = rest else { return Err(format!("write {name}:K, K counting the mutating calls")) };
        if count.contains('.') {
            return Ok(rule(kind, Target::parse(count)?, 1, if kind.stays() { Times::Always } else { Times::Number(1) }));
        }
        let first = count.parse().ok().filter(|count| *count > 0).ok_or_else(|| format!("`{count}` is no count of calls"))?;
        let times = if kind.stays() { Times::Always } else { Times::Number(1) };
        return Ok(rule(kind, Target::Mutating, first, times));
    }
    match (&mut kind, rest) {
        (FaultKind::FreshAccount | FaultKind::StrictTasks, []) => return Ok(rule(kind, Target::Every, 1, Times::Always)),
        (FaultKind::FreshAccount | FaultKind::StrictTasks, _) => return Err("it takes nothing more".into()),
        (FaultKind::NewRoles(lag) | FaultKind::ShortKeys(lag), rest) => {
            *lag = match rest {
                [] => *lag,
                [one] => duration(one).ok_or_else(|| format!("`{one}` is no time; write it like 10s"))?,
                _ => return Err(format!("write {name}:10s")),
            };
            return Ok(rule(kind, Target::Every, 1, Times::Always));
        }
        _ => {}
    }
    let forever = matches!(kind, FaultKind::Deny | FaultKind::ExpiredCredentials);
    let mut times = if forever { Times::Always } else { Times::Number(1) };
    let (target, options) = rest.split_first().unwrap_or((&"*", &[]));
    if *target == "*" && rest.is_empty() && kind != FaultKind::ExpiredCredentials {
        return Err("it names no target; write service.Operation, `*` or `mutating`".into());
    }
    let (target, first) = match target.split_once('@') {
        Some((target, first)) => {
            (target, first.parse().ok().filter(|first| *first > 0).ok_or_else(|| format!("`@{first}` is no count of calls"))?)
        }
        None => (*target, 1),
    };
    for option in options {
        match (duration(option), kind) {
            (Some(wait), FaultKind::Slow(_)) => kind = FaultKind::Slow(wait),
            _ => times = Times::parse(option)?,
        }
    }
    Ok(rule(kind, Target::parse(target)?, first, times))
}

impl Times {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "always" {
            return Ok(Times::Always);
        }
        let percent =
            text.strip_suffix('%').and_then(|percent| percent.parse::<f64>().ok()).filter(|percent| (0.0..=100.0).contains(percent));
        let number = text.parse().ok().filter(|number| *number > 0).map(Times::Number);
        number.or(percent.map(Times::Percent)).ok_or_else(|| format!("`{text}` is neither a number of times nor a percentage nor `always`"))
    }
}

/// `250ms`, `2s`, `1m`, `3h`.
pub fn duration(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: f64 = digits.parse().ok()?;
    let seconds = match &text[digits.len()..] {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "h" => number * 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// `*` stands for any letters.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    text.strip_prefix(head).is_some_and(|rest| (0..=rest.len()).any(|at| rest.is_char_boundary(at) && glob(tail, &rest[at..])))
}

fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> String {
    let near = names.map(|name| (strsim::jaro_winkler(text, name), name)).filter(|(likeness, _)| *likeness > 0.8);
    near.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, name)| format!("; did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strikes(rule: &str, calls: &[(&str, bool)]) -> Vec<bool> {
        let mut rule: FaultRule = rule.parse().unwrap();
        let seen = |(name, mutating): &(&'static str, bool)| {
            name.split_once('.').map(|(service, operation)| Seen { service, operation, mutating: *mutating })
        };
        // The names are literals.
        let calls: Vec<(&'static str, bool)> =
            calls.iter().map(|(name, mutating)| (Box::leak(name.to_string().into_boxed_str()) as &str, *mutating)).collect();
        calls.iter().map(|call| rule.strikes(seen(call).unwrap(), 1)).collect()
    }

    #[test]
    fn faults_strike_where_and_as_often_as_they_say() {
        let vpc = ("ec2.CreateVpc", true);
        let read = ("ec2.DescribeVpcs", false);
        assert_eq!(strikes("throttle:ec2.CreateVpc:2", &[vpc, read, vpc, vpc]), [true, false, true, false]);
        assert_eq!(strikes("error-after:ec2.*", &[read, vpc]), [true, false]);
        assert_eq!(strikes("deny:ec2.Create*", &[vpc, read, vpc]), [true, false, true]);
        assert_eq!(strikes("drop:mutating@2", &[vpc, read, vpc, vpc]), [false, false, true, false]);
        assert_eq!(strikes("kill:2", &[vpc, read, vpc]), [false, false, true]);
        assert_eq!(strikes("unplug:1", &[read, vpc, read]), [false, true, true]);
        assert_eq!(strikes("hold:2", &[vpc, read, vpc, read]), [false, false, true, true]);
        assert_eq!(strikes("unavailable:ec2.*", &[read, vpc]), [true, false]);
        assert_eq!(strikes("short-keys:3s", &[read, vpc]), [false, false]);
        assert_eq!(strikes("stale:*:always", &[read, vpc, read]), [true, false, true]);
        assert_eq!(strikes("expired-credentials", &[read, vpc]), [true, true]);
        let (update, go_on) = (("ecs.UpdateService", true), ("ecs.ContinueServiceDeployment", true));
        assert_eq!(strikes("kill_controller", &[vpc, update, update]), [false, true, false]);
        assert_eq!(strikes("kill_controller:2", &[vpc, update]), [false, true]);
        assert_eq!(strikes("lost_reply", &[vpc, update, update]), [false, true, false]);
        assert_eq!(strikes("lost_reply:ec2.CreateVpc", &[update, vpc]), [false, true]);
        assert_eq!(strikes("hook_timeout", &[go_on, update, go_on]), [true, false, true]);
        let some = strikes("throttle:*:30%", &[vpc; 200]).into_iter().filter(|struck| *struck).count();
        assert!((40..80).contains(&some), "{some}");
    }

    #[test]
    fn a_wrong_fault_says_what_is_wrong() {
        for (text, want) in [
            ("hook_timeout:2", "takes nothing more"),
            ("lost_replies", "did you mean `lost_reply`?"),
            ("throtle:ec2.*", "did you mean `throttle`?"),
            ("throttle", "names no target"),
            ("throttle:elb2.CreateRule", "no service is named `elb2`; did you mean `elbv2`?"),
            ("throttle:ec2.CreateVcp", "did you mean `CreateVpc`?"),
            ("throttle:ec2.CreateVpc:often", "neither a number of times"),
            ("kill", "write kill:K"),
            ("kill:0", "no count of calls"),
            ("new-roles:soon", "no time"),
            ("fresh-account:ecs.*", "takes nothing more"),
        ] {
            let error = text.parse::<FaultRule>().unwrap_err();
            assert!(error.contains(want), "{error}");
        }
        assert_eq!("slow:ec2.*:250ms".parse::<FaultRule>().unwrap().kind, FaultKind::Slow(Duration::from_millis(250)));
    }
}
