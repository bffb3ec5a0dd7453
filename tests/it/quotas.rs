//! The quotas of an account over the wire: a plan says what they have no room for before anything is made.

use crate::stand::{Stand, fast, graph, stack};
use std::collections::{BTreeMap, BTreeSet};
use trueup::core::plan::Plan;
use trueup::core::planner::Policy;
use trueup::core::quota::Quota;
use trueup::core::reason::{Found, Note};
use trueup::core::rollout::observation::Reading;
use trueup::core::stack::Stack;
use trueup::engine::events::Events;
use trueup::engine::quotas::read;
use trueup::ops::plan::Wish;
use trueup::ops::stack::Loaded;
use trueup::pricing::catalog::Catalog;

/// So many elastic IP addresses in a stack of a name.
fn addresses(name: &str, count: u32) -> Stack {
    let text = format!("[stack]\nname = \"{name}\"\nregion = \"eu-central-1\"\n[resource.door]\nkind = \"ec2.eip\"\ncount = {count}\n");
    stack(&text, None, &[])
}

async fn draft(stand: &Stand, wanted: &Stack) -> Plan {
    let loaded = Loaded { graph: graph(wanted), stack: wanted.clone() };
    let wish = Wish { policy: Policy::default(), accepted: None, catalog: Catalog::embedded() };
    stand.draft(&loaded, &wish, &Events::silent()).await.unwrap().0
}

/// What a plan says about quotas: a code with its address and message, or what is not known and why.
fn said(plan: &Plan) -> Vec<String> {
    let says = |note: &Note| match note {
        Note::Found(Found { code, address, message, .. }) if code.starts_with("LIM") => Some(format!("{code} {address}: {message}")),
        Note::QuotasUnread { quotas, reason } => Some(format!("{}: {reason}", quotas.join(", "))),
        _ => None,
    };
    plan.notes.iter().filter_map(says).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raised_quota_has_room_and_a_spent_one_is_told_before_anything_is_made() {
    let six = addresses("shop", 6);
    let sandbox = fast();
    let stand = Stand::over(sandbox.clone(), &six).await;
    let short = "LIM207 resource.door.5: 0 of 5 elastic IP addresses are in use in the account, and the plan makes 6 more";
    assert_eq!(said(&draft(&stand, &six).await), [short]);
    let raise = |most: f64| sandbox.change(|world| world.quotas.insert("L-0263D0A3".into(), most)).unwrap();
    raise(7.0);
    assert_eq!(said(&draft(&stand, &six).await), Vec::<String>::new(), "the default that it is beyond is not the account's");
    stand.bring(&graph(&six)).await;
    sandbox.forget_calls();

    // Those of another stack count as well.
    let others = addresses("other", 3);
    let other = Stand::over(sandbox.clone(), &others).await;
    let plan = draft(&other, &others).await;
    let spent = "LIM207 resource.door.1: 6 of 7 elastic IP addresses are in use in the account, and the plan makes 3 more";
    assert_eq!(said(&plan), [spent]);
    assert!(plan.refusals.is_empty() && sandbox.calls().iter().all(|call| !call.mutating));
    raise(9.0);
    assert_eq!(said(&draft(&other, &others).await), Vec::<String>::new());

    // Nobody is told that there is room where nobody could look.
    for (fault, was) in [("deny", "denied (UnauthorizedOperation)"), ("throttle", "throttled (RequestLimitExceeded)")] {
        sandbox.set_faults(vec![format!("{fault}:ec2.DescribeAccountAttributes:always").parse().unwrap()]);
        let unread = format!("elastic IP addresses: ec2.DescribeAccountAttributes was {was}");
        assert_eq!(said(&draft(&other, &others).await), [unread]);
    }
    // The default is all that is left to say.
    let many = addresses("other", 6);
    let shown = said(&draft(&other, &many).await);
    assert!(shown.len() == 2 && shown[0].starts_with("LIM201 resource.door.5: 6 elastic IP addresses"), "{shown:?}");
    assert_eq!(sandbox.mismatches(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_asks_for_the_quotas_of_what_it_makes_and_a_plan_without_creates_for_none() {
    let text = "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\n[database.main]\n[resource.door]\nkind = \"ec2.eip\"\n";
    let wanted = stack(text, None, &[]);
    let stand = Stand::new(&wanted).await;
    let calls = async || {
        // The first reading has tags that were asked for before.
        stand.read(&graph(&wanted)).await;
        stand.sandbox.forget_calls();
        stand.read(&graph(&wanted)).await;
        let before = stand.sandbox.call_counts();
        stand.sandbox.forget_calls();
        let plan = draft(&stand, &wanted).await;
        assert_eq!(said(&plan), Vec::<String>::new());
        let more = |(name, count): (String, u64)| {
            let more = count - before.get(&name).copied().unwrap_or_default();
            (more > 0).then_some((name, more))
        };
        stand.sandbox.call_counts().into_iter().filter_map(more).collect::<BTreeMap<_, _>>()
    };
    // One page for all quotas of VPCs, one answer for all of RDS, and a count of each kind that no answer tells.
    let asked = calls().await;
    let names = [
        "ec2.DescribeAccountAttributes",
        "ec2.DescribeAddresses",
        "ec2.DescribeInternetGateways",
        "ec2.DescribeNatGateways",
        "ec2.DescribeSecurityGroups",
        "ec2.DescribeVpcs",
        "rds.DescribeAccountAttributes",
        "service-quotas.ListServiceQuotas",
    ];
    assert_eq!(asked, names.map(|name| (name.to_owned(), 1)).into());
    stand.bring(&graph(&wanted)).await;
    assert_eq!(calls().await, BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_tells_every_quota_and_what_is_in_use_of_it() {
    let text = r#"
        [stack]
        name = "shop"
        region = "eu-central-1"
        [network]
        nat = "per-zone"
        [service.web]
        image = "nginx:1.0"
        port = 8080
        [database.main]
        [cache.main]
    "#;
    let wanted = stack(text, None, &[]);
    let stand = Stand::new(&wanted).await;
    stand.bring(&graph(&wanted)).await;
    let asked = Quota::ALL.into_iter().collect::<BTreeSet<_>>();
    for (quota, reading) in read(&stand.aws, &asked).await {
        let Reading::Known(own) = reading else { panic!("{quota:?}: {reading:?}") };
        assert_eq!(own.quota, quota.about().default, "{quota:?}: what the embedded AWS has is what the pages say");
        let kind = |kind: &str| graph(&wanted).nodes().filter(|node| node.kind.name == kind).count() as u64;
        let counted = match quota {
            // The account has its default VPC as well, with a gateway.
            Quota::Vpcs => kind("ec2.vpc") + 1,
            Quota::Addresses => kind("ec2.eip"),
            Quota::InternetGateways => kind("ec2.internet_gateway") + 1,
            // Each VPC comes with one of its own.
            Quota::SecurityGroups => kind("ec2.security_group") + kind("ec2.vpc") + 1,
            Quota::ApplicationLoadBalancers => kind("elbv2.load_balancer"),
            Quota::TargetGroups => kind("elbv2.target_group"),
            Quota::Databases => kind("rds.instance"),
            Quota::DbParameterGroups => kind("rds.parameter_group"),
            Quota::DbSubnetGroups => kind("rds.subnet_group"),
            Quota::NatGateways => {
                assert_eq!(own.used.values().sum::<u64>(), kind("ec2.nat_gateway"));
                assert!(own.used.len() > 1 && own.used.keys().all(|zone| zone.starts_with("eu-central-1")), "{:?}", own.used);
                continue;
            }
            Quota::CacheNodes | Quota::Roles => {
                assert!(own.used_in("") >= 1, "{quota:?}: {own:?}");
                continue;
            }
            Quota::NetworkLoadBalancers | Quota::SearchDomains | Quota::Distributions => 0,
        };
        assert_eq!(own.used_in(""), counted, "{quota:?}");
        assert!(counted > 0 || matches!(quota, Quota::NetworkLoadBalancers | Quota::SearchDomains | Quota::Distributions), "{quota:?}");
    }
    assert_eq!(stand.sandbox.mismatches(), Vec::<String>::new());
}
