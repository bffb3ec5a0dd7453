//! Quotas that only large stacks break, which would make long examples.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use trueup::core::code::whole_file;
use trueup::core::expand::expand;
use trueup::core::graph::{Graph, Node};
use trueup::core::identity::Claim;
use trueup::core::plan::{Plan, Step, Verb};
use trueup::core::planner::{Policy, plan};
use trueup::core::quota::{Quota, Share, Use, Uses, demands};
use trueup::core::reason::{Note, Refusal};
use trueup::core::rollout::observation::Reading;
use trueup::core::rule::{Judgement, judge_account};
use trueup::core::snapshot::{Live, Snapshot, State};
use trueup::core::source::Source;
use trueup::core::stack::Stack;
use trueup::core::view::View;
use trueup::kinds;
use trueup::modules::{self, validate};
use trueup::rules::RULES;
use trueup::rules::limits::of_account::needs;

fn codes(text: &str) -> Vec<&'static str> {
    validate(Source::new("stack.toml", whole_file(text)), None, &[]).diagnostics.into_iter().map(|one| one.code).collect()
}

#[test]
fn a_security_group_has_sixty_rules_of_a_direction() {
    let group = |count: u32, rule: &str| {
        let rules = (0..count).map(|at| format!("{{ from_port = {}, {rule} }}", 8000 + at)).collect::<Vec<_>>().join(", ");
        codes(&format!("[network]\n[resource.door]\nkind = \"ec2.security_group\"\nvpc_id = \"${{network.vpc.id}}\"\ningress = [{rules}]"))
    };
    assert_eq!(group(60, "self = true"), Vec::<&str>::new());
    assert_eq!(group(61, "self = true"), ["LIM203"]);
    assert_eq!(group(61, "ipv6_cidr = \"2001:db8::/32\""), ["LIM203"]);
}

#[test]
fn a_load_balancer_has_fifty_listeners_and_a_hundred_rules() {
    let balancer = |listeners: u32, rules: u32| {
        let mut text = r#"
            [network]
            [resource.front]
            kind = "ec2.security_group"
            vpc_id = "${network.vpc.id}"
            ingress = [{ from_port = 1, to_port = 100, cidr = "10.0.0.0/16" }]
            [resource.balancer]
            kind = "elbv2.load_balancer"
            subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
            security_group_ids = ["${resource.front.id}"]
        "#
        .to_owned();
        for at in 1..=listeners {
            let table = format!("[resource.door-{at}]\nkind = \"elbv2.listener\"\nport = {at}\n");
            let rest =
                "load_balancer_arn = \"${resource.balancer.arn}\"\ndefault_action = { type = \"fixed-response\", status_code = 404 }\n";
            write!(text, "{table}{rest}").unwrap();
        }
        for at in 1..=rules {
            let table = format!("[resource.rule-{at}]\nkind = \"elbv2.listener_rule\"\npriority = {at}\n");
            let rest = "listener_arn = \"${resource.door-1.arn}\"\naction = { type = \"fixed-response\", status_code = 404 }\n";
            let condition = format!("conditions = [{{ field = \"path-pattern\", values = [\"/{at}\"] }}]\n");
            write!(text, "{table}{rest}{condition}").unwrap();
        }
        codes(&text)
    };
    assert_eq!(balancer(50, 100), Vec::<&str>::new());
    assert_eq!(balancer(51, 0), ["LIM204"]);
    assert_eq!(balancer(1, 101), ["LIM204"]);
}

#[test]
fn a_task_definition_has_64_kib() {
    let task = |bytes: usize| {
        let text = "[network]\n[service.api]\nimage = \"nginx:1.29\"\n[service.api.environment]\nTEXT = ";
        codes(&format!("{text}\"{}\"", "word ".repeat(bytes / 5)))
    };
    assert_eq!(task(60_000), Vec::<&str>::new());
    assert_eq!(task(66_000), ["LIM206"]);
}

#[test]
fn a_route_table_has_five_hundred_routes() {
    let table = |count: u32| {
        let route = |at| {
            format!("{{ destination = \"172.{}.{}.0/24\", gateway_id = \"${{network.internet-gateway.id}}\" }}", 16 + at / 256, at % 256)
        };
        let routes = (0..count).map(route).collect::<Vec<_>>().join(", ");
        codes(&format!("[network]\n[resource.far]\nkind = \"ec2.route_table\"\nvpc_id = \"${{network.vpc.id}}\"\nroutes = [{routes}]"))
    };
    assert_eq!(table(500), Vec::<&str>::new());
    assert_eq!(table(501), ["LIM202"]);
}

/// A stack of so many elastic IP addresses, and a plan of it in an account that has some of the same stack, under another name.
fn addresses(count: u32, old: u32) -> (Stack, Graph, Plan) {
    let of = |name: &str, count: u32| {
        let text = whole_file(&format!("[resource.{name}]\nkind = \"ec2.eip\"\ncount = {count}\n"));
        let stack = modules::parse(Source::new("stack.toml", text), None, &[]).unwrap();
        let graph = expand(&stack).unwrap();
        (stack, graph)
    };
    let live = |node: &Node| Live {
        id: format!("eipalloc-{}", node.address),
        name: String::new(),
        arn: String::new(),
        claim: Some(Claim::new(node.address.clone(), "")),
        state: State::Ready,
        spec: node.spec.clone(),
        outputs: BTreeMap::new(),
    };
    let (stack, graph) = of("door", count);
    let resources = [("ec2.eip".to_owned(), of("old", old).1.nodes().map(live).collect())].into();
    let snapshot = Snapshot { resources, ..Snapshot::empty(stack.scope("123456789012")) };
    let plan = plan(&graph, &snapshot, &Policy::default(), &|name| kinds::find(name).map(|entry| &entry.row));
    (stack, graph, plan)
}

fn uses(quota: u64, used: u64) -> Uses {
    [(Quota::Addresses, Reading::Known(Use { quota, used: [(String::new(), used)].into() }))].into()
}

/// The notes and refusals that a plan has in an account.
fn judged((stack, graph, plan): &(Stack, Graph, Plan), uses: &Uses) -> (Vec<Note>, Vec<Refusal>) {
    let mut plan = plan.clone();
    let by = Judgement { accepted: &stack.accepted, checks: &stack.checks };
    judge_account(&mut plan, &View::of_graph(graph, stack.scope("")), RULES, uses, by);
    (plan.notes, plan.refusals)
}

#[test]
fn a_plan_has_no_room_in_its_account() {
    let three = addresses(3, 0);
    let (notes, refusals) = judged(&three, &uses(5, 3));
    let Some(Note::Found(found)) = notes.first() else { panic!("{notes:?}") };
    assert_eq!((notes.len(), found.code.as_str(), found.address.as_str()), (1, "LIM207", "resource.door.2"));
    assert_eq!(found.message, "3 of 5 elastic IP addresses are in use in the account, and the plan makes 3 more");
    let help = found.help.as_deref().unwrap();
    assert!(
        help.contains("--service-code ec2 --quota-code L-0263D0A3 --desired-value 6 --region us-east-1") && help.contains("https://"),
        "{help}"
    );
    assert!(refusals.is_empty());
    // The last that there is room for, a quota that was raised, and one that nobody asked about.
    for fits in [uses(5, 2), uses(20, 17), Uses::new()] {
        assert_eq!(judged(&three, &fits), (vec![], vec![]), "{fits:?}");
    }
    // `[checks]` makes it a refusal, and an accepted one is not said.
    let own = |line: &str| addresses_with(line, 3);
    let (notes, refusals) = judged(&own("[checks]\ndeny = [\"LIM207\"]"), &uses(5, 3));
    assert!(notes.is_empty() && refusals.iter().map(Refusal::code).eq(["LIM207"]), "{notes:?} {refusals:?}");
    let accepted = own("[[accept]]\nrule = \"LIM207\"\nbecause = \"more was granted today\"");
    assert_eq!(judged(&accepted, &uses(5, 3)), (vec![], vec![]));
}

/// The same with more in the file.
fn addresses_with(more: &str, count: u32) -> (Stack, Graph, Plan) {
    let text = whole_file(&format!("[resource.door]\nkind = \"ec2.eip\"\ncount = {count}\n{more}\n"));
    let stack = modules::parse(Source::new("stack.toml", text), None, &[]).unwrap();
    let (graph, plan) = (expand(&stack).unwrap(), addresses(count, 0).2);
    (stack, graph, plan)
}

#[test]
fn the_default_of_a_quota_counts_where_the_own_one_is_not_known() {
    let six = addresses(6, 0);
    // The account has been given more than the default, so that it fits.
    assert_eq!(judged(&six, &uses(10, 4)), (vec![], vec![]));
    let denied = [(Quota::Addresses, Reading::Unknown("ec2.DescribeAccountAttributes was denied".into()))].into();
    let (notes, refusals) = judged(&six, &denied);
    let [Note::Found(found), Note::QuotasUnread { quotas, reason }] = &notes[..] else { panic!("{notes:?}") };
    assert_eq!((found.code.as_str(), found.address.as_str()), ("LIM201", "resource.door.5"));
    assert_eq!((quotas.join(" "), reason.as_str()), ("elastic IP addresses".into(), "ec2.DescribeAccountAttributes was denied"));
    assert!(refusals.is_empty());
}

#[test]
fn what_goes_first_makes_room_and_what_goes_later_does_not() {
    let plan = addresses(3, 2).2;
    let at = |address: &str| plan.changes.iter().position(|change| change.address.as_str() == address).unwrap();
    let step = |address: &str, verb, after: &[usize]| Step { change: at(address), verb, fields: Vec::new(), after: after.to_vec() };
    let [create, delete] = [Verb::Create, Verb::Delete];
    let [a, b, c] = ["resource.door.0", "resource.door.1", "resource.door.2"];
    let [old, older] = ["resource.old.0", "resource.old.1"];
    for (steps, freed, peak) in [
        // Nothing waits for the old ones.
        (vec![step(a, create, &[]), step(b, create, &[]), step(c, create, &[]), step(old, delete, &[]), step(older, delete, &[])], 0, 3),
        // One takes the place of an old one.
        (vec![step(old, delete, &[]), step(a, create, &[0]), step(b, create, &[])], 1, 1),
        // Two do, one of them by way of another step; a third waits for nothing.
        (vec![step(old, delete, &[]), step(older, delete, &[0]), step(a, create, &[1]), step(b, create, &[0]), step(c, create, &[])], 2, 1),
        // The two that wait for nothing may be there before the old one goes.
        (vec![step(old, delete, &[]), step(a, create, &[0]), step(b, create, &[]), step(c, create, &[])], 1, 2),
    ] {
        let plan = Plan { steps, ..plan.clone() };
        let count = |kind: &str, _: &Value| (kind == "ec2.eip").then(|| Share { quota: Quota::Addresses, zone: String::new(), count: 1 });
        let found = demands(&plan, &count);
        assert_eq!(found.iter().map(|one| (one.freed, one.peak)).collect::<Vec<_>>(), [(freed, peak)], "{:#?}", plan.steps);
        let own = |quota| Use { quota, used: [(String::new(), 2)].into() };
        assert_eq!(found[0].beyond(&own(2 + peak)), None);
        assert!(found[0].beyond(&own(1 + peak)).is_some());
    }
    // A plan that only takes away needs nothing.
    assert_eq!(demands(&Plan { steps: vec![step(old, delete, &[])], ..plan.clone() }, &|_, _| None), vec![]);
}

#[test]
fn resources_count_as_aws_counts_them() {
    let text = whole_file(
        r#"
        [network]
        nat = "per-zone"
        [service.web]
        image = "nginx:1.0"
        port = 8080
        [cache.main]
        nodes = 3
        "#,
    );
    let stack = modules::parse(Source::new("stack.toml", text), None, &[]).unwrap();
    let graph = expand(&stack).unwrap();
    let nothing = Snapshot::empty(stack.scope("123456789012"));
    let plan = plan(&graph, &nothing, &Policy::default(), &|name| kinds::find(name).map(|entry| &entry.row));
    let needs = needs(&plan, &View::of_graph(&graph, stack.scope("")));
    let found = needs.iter().map(|one| format!("{:?} {} {}", one.quota, one.zone, one.peak)).collect::<Vec<_>>();
    let wanted = "Vpcs  1|Addresses  2|InternetGateways  1|NatGateways us-east-1a 1|NatGateways us-east-1b 1|SecurityGroups  3|\
                  ApplicationLoadBalancers  1|TargetGroups  2|CacheNodes  3|Roles  3";
    assert_eq!(found.join("|"), wanted);
}
