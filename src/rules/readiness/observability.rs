//! RDY5: observability.

use super::of_rules;
use crate::core::code::{Code, Example};
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Answer, Asked, Check, Look, Subject, code};
use crate::kinds::cloudwatch::dashboard::Dashboard;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::elbv2::target_group::TargetGroup;
use crate::kinds::logs::log_group::LogGroup;
use crate::kinds::rds::instance::DbInstance;
use crate::rules::alarms::unwatched::things;
use crate::rules::alarms::watched::watched;

pub const WATCHED: Check = Check {
    code: Code {
        id: "RDY501",
        about: "A service, a database, a cache or a search domain has no alarm.",
        why: "When it is full or down, nobody hears of it before its users do.",
        page: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_monitor_aws_resources_monitor_resources.html",
        example: Example::Readiness {
            wrong: "[network]\n[database.main]",
            right: "[network]\n[database.main]\n[monitoring]\nemails = [\"ops@example.com\"]",
        },
        ..code(Area::Observability)
    },
    area: Area::Observability,
    weight: 4,
    question: "Has everything that can page someone an alarm?",
    remedy: "add one; a [monitoring] table without `alarms` watches all that its modules make",
    same: &["MON206"],
    look: Look::Stack(all_watched),
    ..Check::NEW
};

fn all_watched(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (word, things) in things(subject.view) {
        for (seen, watched) in things {
            asked.node(seen, "", Answer::of(watched, || format!("no alarm watches this {word}")));
        }
    }
    asked
}

pub const HEARD: Check = Check {
    code: of_rules("RDY502", Area::Observability, "Alarms go off and nobody hears them.", "An alarm that reaches nobody is none."),
    area: Area::Observability,
    weight: 3,
    question: "Does every alarm reach somebody?",
    remedy: "name a topic with a subscription: `emails` or `webhooks` in [monitoring]",
    look: Look::Rules { kinds: &["cloudwatch.alarm"], codes: &["MON201", "MON203"] },
    ..Check::NEW
};

pub const SLOWNESS: Check = Check {
    code: Code {
        id: "RDY503",
        about: "No alarm tells that a service behind a load balancer fails or becomes slow.",
        why: "CPU and memory can be fine while each request waits for a lock, a pool or a query.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[monitoring]\nemails = [\"ops@example.com\"]\nalarms = [\"cpu\", \"errors\"]",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[monitoring]\nemails = [\"ops@example.com\"]\nalarms = [\"errors\", \"latency\"]",
        },
        ..code(Area::Observability)
    },
    area: Area::Observability,
    weight: 2,
    question: "Is somebody told when answers fail or become slow?",
    remedy: "add \"errors\" and \"latency\" to `alarms` in [monitoring]",
    look: Look::Stack(slowness),
    ..Check::NEW
};

/// Metrics of a load balancer that tell of failures, and of slowness.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html> (2026-11-30)
const FAILURES: [&str; 4] = ["HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "HTTPCode_ELB_502_Count", "HTTPCode_ELB_504_Count"];
const SLOW: &str = "TargetResponseTime";

fn slowness(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    let metrics = watched(view);
    for (seen, spec) in view.all::<Service>().filter(|(_, spec)| !spec.load_balancers.is_empty()) {
        let groups = spec.load_balancers.iter().flat_map(|one| {
            let second = one.advanced_configuration.as_ref().map(|two| &two.alternate_target_group_arn);
            [Some(&one.target_group_arn), second].into_iter().flatten()
        });
        let suffixes = groups.filter_map(|arn| view.target::<TargetGroup>(arn)?.0.output("arn_suffix")).collect::<Vec<_>>();
        // An alarm on the load balancer as a whole watches whatever is behind it.
        let of_it = |one: &&crate::rules::alarms::watched::Watched<'_, '_>| match one.dimensions.get("TargetGroup") {
            Some(group) => suffixes.contains(group),
            None => one.dimensions.contains_key("LoadBalancer"),
        };
        let has = |names: &[&str]| metrics.iter().filter(of_it).any(|one| names.contains(&one.metric));
        let answer = match (has(&FAILURES), has(&[SLOW])) {
            (true, true) => Answer::Good,
            (true, false) => Answer::bad("nobody is told when its answers become slow"),
            (false, true) => Answer::bad("nobody is told when its answers fail"),
            (false, false) => Answer::bad("nobody is told when its answers fail or become slow"),
        };
        asked.node(seen, "", answer);
    }
    asked
}

pub const LOGS: Check = Check {
    code: Code {
        id: "RDY504",
        about: "A container of a service writes no log.",
        why: "When it fails, nothing tells why: what it said went with the task.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html",
        example: Example::Readiness {
            wrong: r#"
                [network]
                [service.web]
                image = "nginx:1.29"
                [override."service.web.task-definition"]
                containers = [{ name = "app", image = "nginx:1.29" }]
            "#,
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"",
        },
        ..code(Area::Observability)
    },
    area: Area::Observability,
    weight: 2,
    question: "Does every container write a log that outlives it?",
    remedy: "give the container a log_configuration",
    look: Look::Stack(logs),
    ..Check::NEW
};

fn logs(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, task) in subject.view.all::<TaskDefinition>() {
        for container in &task.containers {
            let says = || format!("nothing keeps what its container `{}` says", container.name);
            asked.node(seen, "containers", Answer::of(container.log_configuration.is_some(), says));
        }
    }
    asked
}

pub const LOG_DAYS: Check = Check {
    code: Code {
        id: "RDY505",
        about: "A log group keeps its lines for less than two weeks, or for ever.",
        why: "A fault that is looked into a week later has left no trace; and what is kept for ever is paid for each month.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html",
        example: Example::Readiness {
            wrong: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nlog_days = 3",
            right: "[network]\n[service.web]\nimage = \"nginx:1.29\"\nlog_days = 30",
        },
        ..code(Area::Observability)
    },
    area: Area::Observability,
    weight: 1,
    question: "Are logs kept for long enough, and not for ever?",
    remedy: "log_days = 30",
    same: &["COST201"],
    look: Look::Stack(log_days),
    ..Check::NEW
};

/// Days after which hardly any fault is still looked into.
const TWO_WEEKS: u32 = 14;

fn log_days(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<LogGroup>() {
        let answer = match spec.retention_in_days {
            0 => Answer::bad("its lines are kept for ever"),
            days if days < TWO_WEEKS => Answer::bad(format!("its lines are kept for {days} {}", if days == 1 { "day" } else { "days" })),
            _ => Answer::Good,
        };
        asked.node(seen, "retention_in_days", answer);
    }
    asked
}

pub const QUERIES: Check = Check {
    code: Code {
        id: "RDY506",
        about: "Nothing shows which queries of a database are slow.",
        why: "A database that is slow at night shows its CPU in the morning, and not the query that it waited for.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html",
        example: Example::Readiness { wrong: "[network]\n[database.main]", right: "[network]\n[database.main]\nlogs = [\"postgresql\"]" },
        ..code(Area::Observability)
    },
    area: Area::Observability,
    weight: 1,
    question: "Can somebody see which queries are slow?",
    remedy: "logs = [\"postgresql\"] with a parameter such as log_min_duration_statement, or performance_insights = true",
    look: Look::Stack(queries),
    ..Check::NEW
};

fn queries(subject: &Subject<'_>) -> Asked {
    let mut asked = Asked::default();
    for (seen, spec) in subject.view.all::<DbInstance>() {
        let shown = spec.performance_insights_enabled || !spec.enabled_cloudwatch_logs_exports.is_empty();
        let says = || "neither its logs nor Performance Insights can be looked at".into();
        asked.node(seen, "enabled_cloudwatch_logs_exports", Answer::of(shown, says));
    }
    asked
}

pub const DASHBOARD: Check = Check {
    code: Code {
        id: "RDY507",
        about: "A stack with services or stores has no dashboard.",
        why: "Whoever is woken begins by looking for the metrics, one by one.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html",
        example: Example::Readiness {
            wrong: "[network]\n[database.main]",
            right: "[network]\n[database.main]\n[monitoring]\nemails = [\"ops@example.com\"]",
        },
        ..code(Area::Observability)
    },
    area: Area::Observability,
    weight: 1,
    question: "Is there one page to look at when something is wrong?",
    remedy: "a [monitoring] table makes one, unless it says `dashboard = false`",
    look: Look::Stack(dashboard),
    ..Check::NEW
};

fn dashboard(subject: &Subject<'_>) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    if things(view).iter().any(|(_, things)| !things.is_empty()) {
        let answer = Answer::of(view.all::<Dashboard>().next().is_some(), || "the stack has no dashboard".into());
        asked.stack(&["monitoring"], answer);
    }
    asked
}

pub const REST: Check = Check {
    code: of_rules(
        "RDY508",
        Area::Observability,
        "A rule finds an alarm that cannot go off as it is meant: its metric, dimensions, threshold or period.",
        "It stays quiet while what it watches is down.",
    ),
    area: Area::Observability,
    weight: 3,
    question: "Can every alarm go off?",
    remedy: "mend what the rules find",
    look: Look::Rest { kinds: &["cloudwatch.alarm"] },
    ..Check::NEW
};
