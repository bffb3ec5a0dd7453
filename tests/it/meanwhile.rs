//! Somebody else's hand in the middle of an apply: what a plan stands on is looked at again just before each step.

use crate::stand::{Stand, fast, graph, stack};
use std::collections::BTreeSet;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::block_in_place;
use trueup::aws::Aws;
use trueup::core::event::{Event, Outcome};
use trueup::core::foreign::Foreign;
use trueup::core::plan::Verb;
use trueup::core::stack::Stack;
use trueup::engine::apply::Options;
use trueup::sandbox::Sandbox;

/// A chain of security groups, each let in by the next, beside things of their own. `to` is what changes.
fn sample(to: &str, more: &str) -> Stack {
    let group = |name: &str, from: &str| {
        format!(
            "[resource.{name}]\nkind = \"ec2.security_group\"\ndescription = \"{name}\"\nvpc_id = \"${{resource.vpc.id}}\"\ningress = [{{ from_port = {to}, {from} }}]\n"
        )
    };
    let text = format!(
        "[stack]\nname = \"shop\"\nregion = \"eu-west-1\"\n\
         [resource.vpc]\nkind = \"ec2.vpc\"\ncidr = \"10.0.0.0/16\"\n{}{}{}\
         [resource.log]\nkind = \"logs.log_group\"\nretention_in_days = {}\n\
         [resource.news]\nkind = \"sns.topic\"\ndisplay_name = \"shop {to}\"\n{more}",
        group("a", "cidr = \"10.1.0.0/16\""),
        group("b", "security_group_id = \"${resource.a.id}\""),
        group("c", "security_group_id = \"${resource.b.id}\""),
        if to == "80" { 30 } else { 60 },
    );
    stack(&text, None, &[])
}

/// Something that somebody else does, told the ids of the stack's resources.
type Hand = fn(&Aws, &Sandbox, &dyn Fn(&str) -> String);

struct Case {
    name: &'static str,
    /// The tables that the changed file has more.
    more: &'static str,
    /// The step after which the hand strikes.
    after: (&'static str, Verb),
    hand: Hand,
    /// The address whose step fails, and the one that it says is another.
    fails: &'static str,
    other: &'static str,
    is: fn(&Foreign) -> bool,
    skipped: &'static [&'static str],
    /// Lines that the failure says.
    says: &'static [&'static str],
}

/// Waits for a call of somebody else within the callback of an event, which cannot wait by itself.
fn now<T>(call: impl Future<Output = T>) -> T {
    block_in_place(|| Handle::current().block_on(call))
}

fn open_port(aws: &Aws, group: &str, port: i32) {
    let call = aws.ec2.authorize_security_group_ingress().group_id(group).ip_protocol("tcp").from_port(port).to_port(port);
    now(call.cidr_ip("203.0.113.0/24").send()).unwrap();
}

const UPDATED_A: (&str, Verb) = ("resource.a", Verb::Update);
/// The hand strikes before the first step.
const BEFORE_ALL: (&str, Verb) = ("", Verb::Wait);

const CASES: &[Case] = &[
    Case {
        name: "changed",
        more: "",
        after: UPDATED_A,
        hand: |aws, _, id| open_port(aws, &id("resource.b"), 22),
        fails: "resource.b",
        other: "resource.b",
        is: |foreign| matches!(foreign, Foreign::Changed { fields } if fields.len() == 1 && fields[0].field == "ingress"),
        skipped: &["resource.c"],
        says: &[
            "has another `ingress`",
            "+ ingress: {\"cidr\":\"203.0.113.0/24\",\"from_port\":22",
            "by arn:aws:iam::",
            "AuthorizeSecurityGroupIngress",
        ],
    },
    Case {
        name: "retagged",
        more: "",
        after: UPDATED_A,
        hand: |aws, _, id| {
            let mark = aws_sdk_ec2::types::Tag::builder().key("trueup:stack").build();
            now(aws.ec2.delete_tags().resources(id("resource.b")).tags(mark).send()).unwrap();
        },
        fails: "resource.b",
        other: "resource.b",
        is: |foreign| matches!(foreign, Foreign::Claimed { after: None, .. }),
        skipped: &["resource.c"],
        says: &["does not carry the mark of this stack any more", "DeleteTags"],
    },
    Case {
        name: "deleted",
        more: "",
        after: ("resource.b", Verb::Update),
        hand: |aws, _, id| drop(now(aws.ec2.delete_security_group().group_id(id("resource.c")).send()).unwrap()),
        fails: "resource.c",
        other: "resource.c",
        is: |foreign| *foreign == Foreign::Deleted,
        skipped: &[],
        says: &["is gone since the plan was made", "DeleteSecurityGroup"],
    },
    Case {
        name: "replaced",
        more: "",
        after: BEFORE_ALL,
        hand: |aws, _, id| {
            let name = id("resource.log");
            now(aws.logs.delete_log_group().log_group_name(&name).send()).unwrap();
            now(aws.logs.create_log_group().log_group_name(&name).send()).unwrap();
        },
        fails: "resource.log",
        other: "resource.log",
        is: |foreign| matches!(foreign, Foreign::Claimed { after: None, .. }),
        skipped: &[],
        says: &["CreateLogGroup"],
    },
    Case {
        name: "changed where a new one would stand",
        more: "[resource.d]\nkind = \"ec2.security_group\"\ndescription = \"d\"\nvpc_id = \"${resource.vpc.id}\"\ningress = [{ from_port = 1, security_group_id = \"${resource.a.id}\" }]\n",
        after: UPDATED_A,
        hand: |aws, _, id| {
            let off = aws_sdk_ec2::types::AttributeBooleanValue::builder().value(false).build();
            now(aws.ec2.modify_vpc_attribute().vpc_id(id("resource.vpc")).enable_dns_hostnames(off).send()).unwrap();
        },
        fails: "resource.d",
        other: "resource.vpc",
        is: |foreign| matches!(foreign, Foreign::Changed { .. }),
        skipped: &[],
        says: &["`resource.vpc` (vpc-", "~ dns_hostnames: true -> false", "ModifyVpcAttribute"],
    },
    Case {
        name: "changed, and CloudTrail says nothing",
        more: "",
        after: UPDATED_A,
        hand: |aws, sandbox, id| {
            sandbox.set_faults(vec!["deny:cloudtrail.LookupEvents".parse().unwrap()]);
            open_port(aws, &id("resource.b"), 22);
        },
        fails: "resource.b",
        other: "resource.b",
        is: |foreign| matches!(foreign, Foreign::Changed { .. }),
        skipped: &["resource.c"],
        says: &["by whom is not known: cloudtrail.LookupEvents was denied"],
    },
    Case {
        name: "changed, and CloudTrail does not know it yet",
        more: "",
        after: UPDATED_A,
        hand: |_, sandbox, id| {
            let id = id("resource.b");
            let drop_rules = |world: &mut trueup::sandbox::world::World| {
                let rules = world.tables.get_mut("eu-west-1/ec2.security_group_rule").unwrap();
                rules.retain(|_, rule| rule["GroupId"] != id.as_str() || rule["IsEgress"] == true);
            };
            sandbox.change(drop_rules).unwrap();
        },
        fails: "resource.b",
        other: "resource.b",
        is: |foreign| matches!(foreign, Foreign::Changed { .. }),
        skipped: &["resource.c"],
        says: &["- ingress: ", "by whom is not known yet: CloudTrail takes some fifteen minutes"],
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_foreign_is_overwritten_in_the_middle_of_an_apply() {
    assert!(trueup::core::codes::CHANGED_MEANWHILE.id == "LIVE001");
    for Case { name, more, after, hand, fails, other, is, skipped, says } in CASES {
        let sandbox = fast();
        let first = sample("80", "");
        let stand = Stand::over(sandbox.clone(), &first).await;
        // Somebody else, whose calls are none of the run's.
        let other_hand = Stand::over(sandbox.clone(), &first).await;
        stand.bring(&graph(&first)).await;
        let known = stand.read(&graph(&first)).await;
        let id = |address: &str| {
            let mut all = known.resources.values().flatten();
            all.find(|live| live.claim.as_ref().is_some_and(|claim| claim.address.as_str() == address)).unwrap().id.clone()
        };
        let plan = stand.plan(&graph(&sample("81", more))).await;
        assert_eq!(plan.refusals, [], "{name}");
        // One after the other, so that the hand strikes before the other steps begin.
        let options = Options::new(1, watch::channel(false).1);
        let strike = |event: &Event| {
            let is_time = match event {
                Event::Applying { .. } => *after == BEFORE_ALL,
                Event::Done { address, verb, .. } => (address.as_str(), *verb) == *after,
                _ => false,
            };
            if is_time {
                hand(&other_hand.aws, &sandbox, &id);
            }
        };
        let applied = stand.apply_watched(&plan, &options, strike).await;
        let trouble = format!("{name}: {:#?}", applied.trouble());
        assert_eq!(applied.outcome, Outcome::Partial, "{trouble}");
        let told = applied.events.iter().filter_map(|event| match event {
            Event::Foreign { address, foreign, who, .. } => Some((address.as_str(), foreign, who)),
            _ => None,
        });
        let told = told.collect::<Vec<_>>();
        let [(address, foreign, _)] = told.as_slice() else { panic!("{trouble}") };
        assert!(address == other && is(foreign), "{trouble}: {foreign:?}");
        let failed = applied.events.iter().filter_map(|event| match event {
            Event::Failed { address, error, details, requests, .. } => {
                Some((address.as_str(), format!("{error}\n{}", details.join("\n")), requests))
            }
            _ => None,
        });
        let failed = failed.collect::<Vec<_>>();
        let [(address, text, requests)] = failed.as_slice() else { panic!("{trouble}") };
        assert!(address == fails && text.starts_with("look: LIVE001: ") && requests.is_empty(), "{trouble}");
        for part in *says {
            assert!(text.contains(part), "{name}: no `{part}` in\n{text}");
        }
        let not_begun = applied.events.iter().filter_map(|event| match event {
            Event::Skipped { address, verb, .. } => Some((address.as_str(), *verb)),
            _ => None,
        });
        let not_begun = not_begun.collect::<Vec<_>>();
        // Whoever lent a rule to one that was not changed keeps it.
        let asked = not_begun.iter().filter(|(address, verb)| address != fails && *verb != Verb::Release);
        let others = asked.map(|(address, _)| *address).collect::<BTreeSet<_>>();
        assert_eq!(others.into_iter().collect::<Vec<_>>(), *skipped, "{trouble}");
        let done = applied.events.iter().filter(|event| matches!(event, Event::Done { .. })).count();
        assert_eq!(done, plan.steps.len() - 1 - not_begun.len(), "{name}: other branches go on");
        assert_eq!(sandbox.mismatches(), Vec::<String>::new());
    }
}

/// A change of the run itself is no difference, nor is what AWS shows of it late.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_changes_itself_is_no_foreign_hand() {
    let sandbox = fast();
    let first = sample("80", "");
    let stand = Stand::over(sandbox.clone(), &first).await;
    stand.bring(&graph(&first)).await;
    for to in ["81", "82"] {
        sandbox.set_faults(Vec::new());
        let plan = stand.plan(&graph(&sample(to, ""))).await;
        sandbox.set_faults(vec!["stale:ec2.Describe*:10%".parse().unwrap(), "stale:sns.*:20%".parse().unwrap()]);
        let applied = stand.apply(&plan).await;
        assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
        assert!(!applied.events.iter().any(|event| matches!(event, Event::Foreign { .. })));
    }
    let asked = sandbox.calls().into_iter().filter(|call| call.operation.ends_with("LookupEvents")).count();
    assert_eq!(asked, 0, "CloudTrail is asked on a difference alone");
}
