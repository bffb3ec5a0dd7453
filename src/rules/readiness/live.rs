//! The checks of every area that AWS alone can answer, since they are about what is live. `ops::readiness` asks it.

use super::of_live;
use crate::core::address::Address;
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Answer, Asked, Check, Look, Subject};
use crate::core::readiness::observed::{Alarm, Content, Image, Migrated, Observed, Targets, Tasks};
use crate::core::rollout::observation::Reading;
use crate::core::suggest::some_of;
use crate::kinds::cloudwatch::alarm;
use crate::kinds::sns::topic::Topic;
use crate::rules::limits::of_account::lack;

/// The answer to a reading: what could not be read is unknown.
fn told<T>(reading: &Reading<T>, answer: impl FnOnce(&T) -> Answer) -> Answer {
    match reading {
        Reading::Known(value) => answer(value),
        Reading::Unknown(why) => Answer::Unknown(why.clone()),
    }
}

const ABSENT: &str = "it is not in AWS yet";

/// The answer of something that is only to be made.
fn absent() -> Answer {
    Answer::bad(ABSENT).help("apply the stack")
}

pub const MIGRATIONS: Check = Check {
    code: of_live(
        "RDY251",
        Area::Data,
        "The command before the version that runs has not run, or has failed.",
        "The version finds tables and columns missing that it was written for.",
        "",
    ),
    area: Area::Data,
    weight: 5,
    question: "Has every migration run that the version which runs was declared with?",
    remedy: "`trueup rollout status` says how it went; deploy a version whose command succeeds",
    blocks: true,
    look: Look::Live(migrations),
    ..Check::NEW
};

fn migrations(_: &Subject<'_>, live: &Observed) -> Asked {
    let mut asked = Asked::default();
    for (address, reading) in &live.migrations {
        let answer = told(reading, |migrated| match migrated {
            Migrated::Succeeded => Answer::Good,
            Migrated::Absent => absent(),
            Migrated::NotRun { version } => {
                Answer::bad(format!("`expand` is declared, and no run of it is recorded for {version}, which runs"))
                    .help("apply a version of its own: its command runs before it; a version that was there before has none")
            }
            Migrated::Failed { how } => Answer::bad(format!("`expand` has failed: {how}")),
            Migrated::TakenBack => Answer::bad("what `expand` did was taken back, and the version runs"),
            Migrated::Open { task } => Answer::Unknown(format!("`expand` was begun as task {task}, and its end is not recorded")),
            Migrated::CleanupFailed { how } => Answer::bad(format!("`contract` has failed: {how}")).help(
                "what only the old version used is still there: look at the task's log, and deploy a version whose `contract` succeeds",
            ),
        });
        asked.at(address, "", answer);
    }
    asked
}

pub const SECRETS: Check = Check {
    code: of_live(
        "RDY351",
        Area::Security,
        "A secret holds no value, or only what stood in for one.",
        "Tasks that read it do not start, or start with a password that everybody can guess.",
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/create_secret.html",
    ),
    area: Area::Security,
    weight: 3,
    question: "Does every secret hold a value?",
    remedy: "trueup secret set NAME < FILE",
    blocks: true,
    look: Look::Live(secrets),
    ..Check::NEW
};

fn secrets(_: &Subject<'_>, live: &Observed) -> Asked {
    let mut asked = Asked::default();
    for (address, reading) in &live.secrets {
        let answer = told(reading, |content| match content {
            Content::Set => Answer::Good,
            Content::Absent => absent(),
            Content::Empty => Answer::bad("it holds no value"),
            Content::Placeholders => Answer::bad("its keys hold what stood in for values when it was made"),
        });
        asked.at(address, "", answer);
    }
    asked
}

pub const TARGETS: Check = Check {
    code: of_live(
        "RDY451",
        Area::Reliability,
        "A service behind a load balancer has no healthy target, or one that is not healthy.",
        "Requests are answered with 503, or by fewer tasks than were thought enough.",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
    ),
    area: Area::Reliability,
    weight: 4,
    question: "Is every target healthy?",
    remedy: "`trueup rollout logs` shows what its tasks said; look at the path and port of the health check",
    blocks: true,
    look: Look::Live(targets),
    ..Check::NEW
};

fn targets(_: &Subject<'_>, live: &Observed) -> Asked {
    let mut asked = Asked::default();
    for (address, reading) in &live.targets {
        let answer = told(reading, |targets| match targets {
            None => absent(),
            Some(Targets { healthy: 0, unhealthy: 0 }) => Answer::bad("it has no targets"),
            Some(Targets { healthy: 0, .. }) => Answer::bad("none of its targets is healthy"),
            Some(Targets { healthy, unhealthy }) => {
                Answer::of(*unhealthy == 0, || format!("{unhealthy} of its {} targets are not healthy", healthy + unhealthy))
            }
        });
        asked.at(address, "", answer);
    }
    asked
}

pub const TASKS: Check = Check {
    code: of_live(
        "RDY452",
        Area::Reliability,
        "A service runs fewer tasks than it is to.",
        "Its tasks stop by themselves, or AWS has no room for more.",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages.html",
    ),
    area: Area::Reliability,
    weight: 2,
    question: "Does every service run all of its tasks?",
    remedy: "`trueup rollout logs` shows why its tasks stopped",
    look: Look::Live(tasks),
    ..Check::NEW
};

fn tasks(_: &Subject<'_>, live: &Observed) -> Asked {
    let mut asked = Asked::default();
    for (address, reading) in &live.tasks {
        let answer = told(reading, |tasks| match tasks {
            Tasks::Absent => absent(),
            Tasks::There { desired: 0, .. } => Answer::bad("it is to run no task"),
            Tasks::There { desired, running } => Answer::of(running >= desired, || format!("{running} of {desired} tasks run")),
        });
        asked.at(address, "", answer);
    }
    asked
}

pub const ALARM_DATA: Check = Check {
    code: of_live(
        "RDY551",
        Area::Observability,
        "An alarm has no data.",
        "It cannot go off: its metric is sent by nothing, or under other dimensions.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    ),
    area: Area::Observability,
    weight: 3,
    question: "Has every alarm data?",
    remedy: "look at its metric and dimensions; one that is new has data after its period",
    look: Look::Live(alarm_data),
    ..Check::NEW
};

fn alarm_data(_: &Subject<'_>, live: &Observed) -> Asked {
    let mut asked = Asked::default();
    for (address, reading) in &live.alarms {
        let answer = told(reading, |alarm| match alarm {
            Alarm::Ok | Alarm::Alarm => Answer::Good,
            Alarm::Absent => absent(),
            Alarm::NoData => Answer::bad("it has no data"),
        });
        asked.at(address, "", answer);
    }
    asked
}

pub const CONFIRMED: Check = Check {
    code: of_live(
        "RDY552",
        Area::Observability,
        "A subscription of a topic is not confirmed.",
        "SNS sends it nothing but the request to confirm, which is void after two days.",
        "https://docs.aws.amazon.com/sns/latest/dg/SendMessageToHttp.confirm.html",
    ),
    area: Area::Observability,
    weight: 3,
    question: "Is every subscription confirmed?",
    remedy: "open the link in the message that AWS has sent; for another one delete the subscription, and apply",
    blocks: true,
    look: Look::Live(confirmed),
    ..Check::NEW
};

fn confirmed(subject: &Subject<'_>, live: &Observed) -> Asked {
    let view = subject.view;
    let mut asked = Asked::default();
    // A topic that alarms do not go to may be there for whoever wants to subscribe.
    let alarms = view.all::<alarm::Alarm>().flat_map(|(_, spec)| &spec.alarm_actions).collect::<Vec<_>>();
    let is_to_be_heard = |address: &Address| {
        let topic = view.get::<Topic>(address);
        topic.is_some_and(|(seen, spec)| !spec.subscriptions.is_empty() || seen.output("arn").is_some_and(|arn| alarms.contains(&&arn)))
    };
    for (address, reading) in live.subscriptions.iter().filter(|(address, _)| is_to_be_heard(address)) {
        let answer = told(reading, |all| match all.as_deref() {
            None => absent(),
            Some([]) => Answer::bad("alarms go to it, and nobody has subscribed").help("write `emails` or `webhooks` in [monitoring]"),
            Some(all) => {
                let open = all.iter().filter(|one| !one.confirmed).map(|one| one.end.as_str()).collect::<Vec<_>>();
                Answer::of(open.is_empty(), || format!("not confirmed: {}", some_of(&open)))
            }
        });
        asked.at(address, "", answer);
    }
    asked
}

pub const CALM: Check = Check {
    code: of_live(
        "RDY553",
        Area::Observability,
        "An alarm is in ALARM.",
        "Something is wrong by now, or the alarm is set so that nobody believes it any more.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    ),
    area: Area::Observability,
    weight: 2,
    question: "Is no alarm going off?",
    remedy: "look at what it watches",
    look: Look::Live(calm),
    ..Check::NEW
};

fn calm(_: &Subject<'_>, live: &Observed) -> Asked {
    let mut asked = Asked::default();
    // One that is not there, or has no data, is another question's.
    for (address, reading) in &live.alarms {
        match reading {
            Reading::Known(Alarm::Ok) => asked.at(address, "", Answer::Good),
            Reading::Known(Alarm::Alarm) => asked.at(address, "", Answer::bad("it is in ALARM")),
            Reading::Unknown(why) => asked.at(address, "", Answer::Unknown(why.clone())),
            Reading::Known(Alarm::Absent | Alarm::NoData) => {}
        }
    }
    asked
}

pub const APPLIED: Check = Check {
    code: of_live(
        "RDY751",
        Area::Delivery,
        "What is live is not what the file says.",
        "Everything else that is said of the file does not hold for what runs.",
        "",
    ),
    area: Area::Delivery,
    weight: 3,
    question: "Is all of the file applied?",
    remedy: "`trueup plan` shows what differs; apply it",
    look: Look::Live(applied),
    ..Check::NEW
};

fn applied(_: &Subject<'_>, live: &Observed) -> Asked {
    let mut asked = Asked::default();
    if let Some(reading) = &live.changes {
        let answer = told(reading, |changes| {
            let names = changes.iter().map(Address::as_str);
            Answer::of(changes.is_empty(), || match changes.len() {
                1 => format!("a plan would change {}", some_of(names)),
                count => format!("a plan would change {count} resources: {}", some_of(names)),
            })
        });
        asked.stack(&["stack"], answer);
    }
    asked
}

pub const ROOM: Check = Check {
    code: of_live(
        "RDY753",
        Area::Delivery,
        "The account has no room for what is still to be made.",
        "An apply stops in the middle, where AWS refuses what is beyond a quota.",
        "https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html",
    ),
    area: Area::Delivery,
    weight: 2,
    question: "Has the account room for what is still to be made?",
    remedy: "ask for a higher quota, or take out what is not needed",
    look: Look::Live(room),
    ..Check::NEW
};

fn room(subject: &Subject<'_>, live: &Observed) -> Asked {
    let mut asked = Asked::default();
    for (demand, reading) in &live.rooms {
        let lack = reading.known().and_then(|own| lack(demand, own, &subject.view.scope.region));
        let at = lack.as_ref().map(|lack| &lack.at).or(demand.made.first().map(|(address, _)| address));
        let answer = told(reading, |_| lack.as_ref().map_or(Answer::Good, |lack| Answer::bad(lack.says.clone()).help(lack.help.clone())));
        if let Some(address) = at {
            asked.at(address, "", answer);
        }
    }
    asked
}

pub const IMAGES: Check = Check {
    code: of_live(
        "RDY752",
        Area::Delivery,
        "An image that a service is to run is not in its repository.",
        "ECS takes the service, and each of its tasks fails as it starts.",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html",
    ),
    area: Area::Delivery,
    weight: 3,
    question: "Is every image there?",
    remedy: "push the image; `trueup show --outputs` has the repository",
    blocks: true,
    look: Look::Live(images),
    ..Check::NEW
};

fn images(_: &Subject<'_>, live: &Observed) -> Asked {
    let mut asked = Asked::default();
    for (address, images) in &live.images {
        // Those of other registries are not asked for, and so no part of the question.
        for (name, reading) in images.iter().filter(|(_, reading)| *reading != Reading::Known(Image::Elsewhere)) {
            let answer = told(reading, |image| match image {
                Image::There | Image::Elsewhere => Answer::Good,
                Image::Absent => {
                    Answer::bad(format!("{name}: its repository is not in AWS yet")).help("apply the stack, then push the image")
                }
                Image::Missing => Answer::bad(format!("{name} is not there")),
            });
            asked.at(address, "", answer);
        }
    }
    asked
}
