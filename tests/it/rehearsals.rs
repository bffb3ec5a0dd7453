//! Rehearsals: what the twin holds of an account, what goes well there, and what is found before the account is touched.

use crate::stand::{Stand, find, graph, sealed, stack, stack_at};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use std::fmt::Debug;
use trueup::cmd::sandbox::twin::Twin;
use trueup::core::address::{Address, Pattern};
use trueup::core::planner::{self, Policy};
use trueup::core::rehearsal::{Finding, Gap, Rehearsal, Verdict};
use trueup::core::snapshot::Snapshot;
use trueup::core::stack::Stack;
use trueup::engine::neighbours::{Interface, Neighbours, neighbours};
use trueup::ops::plan::{Planned, Wish};
use trueup::ops::rehearse::{self, rehearse};
use trueup::ops::stack::Loaded;
use trueup::pricing::catalog::Catalog;

fn policy(destroy: bool) -> Policy {
    let allow_delete = vec![Pattern::parse("*").unwrap()];
    Policy { destroy, allow_delete, created: "2026-01-01T00:00:00Z".into(), ..Policy::default() }
}

/// Plans for a stack on what is live, and rehearses that on a twin. The account is read, and nothing else.
async fn rehearsed_on(stand: &Stand, stack: &Stack, destroy: bool, twin: &dyn rehearse::Twin) -> (Planned, Rehearsal) {
    let (graph, policy) = (graph(stack), policy(destroy));
    let snapshot = stand.read_all(&graph, destroy).await;
    let plan = sealed(planner::plan(&graph, &snapshot, &policy, &find), snapshot);
    assert_eq!(plan.refusals, []);
    let loaded = Loaded::of(stack.clone()).unwrap();
    let wish = Wish { policy, accepted: None, catalog: Catalog::embedded() };
    stand.sandbox.forget_calls();
    let beside = neighbours(&stand.aws, &plan, &plan.snapshot).await.map_err(|error| error.to_string());
    let rehearsal = rehearse(&loaded, &plan, (&plan.snapshot, &beside), &wish, twin).await.unwrap();
    assert!(stand.sandbox.calls().iter().all(|call| !call.mutating), "{:?}", stand.sandbox.call_counts());
    (plan, rehearsal)
}

async fn rehearsed(stand: &Stand, stack: &Stack, destroy: bool) -> (Planned, Rehearsal) {
    let twin = Twin::new("123456789012").unwrap_or_else(|failure| panic!("{failure:?}"));
    let (plan, rehearsal) = rehearsed_on(stand, stack, destroy, &twin).await;
    assert_eq!(twin.sandbox().mismatches(), Vec::<String>::new());
    (plan, rehearsal)
}

/// All goes well, and the twin is as the account is.
#[track_caller]
fn is_well(plan: &Planned, rehearsal: &Rehearsal) {
    let telling = |gap: &&Gap| !matches!(gap, Gap::StandIn { .. });
    let gaps = rehearsal.gaps.iter().filter(telling).collect::<Vec<_>>();
    assert!(rehearsal.findings.is_empty() && gaps.is_empty(), "{:#?}\n{gaps:#?}", rehearsal.findings);
    let live = plan.snapshot.resources.values().map(Vec::len).sum::<usize>();
    assert_eq!((rehearsal.live, rehearsal.done, rehearsal.verdict()), (live, plan.steps.len(), Verdict::Well));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flagship_rehearses_well_from_its_first_day_to_its_last() {
    let of = |sets: &[&str]| stack_at("stacks/registry.toml", Some("production"), &[&["search.packages.enabled=true"], sets].concat());
    let first = of(&[]);
    let stand = Stand::new(&first).await;
    let (plan, rehearsal) = rehearsed(&stand, &first, false).await;
    assert!(plan.steps.len() > 57, "{}", plan.steps.len());
    is_well(&plan, &rehearsal);
    stand.bring(&graph(&first)).await;

    let changed = ["service.api.memory=1024", "network.zones=3", "network.nat=\"per-zone\"", "cache.main.class=\"cache.t4g.small\""];
    for sets in [&changed[..], &["network.cidr=\"10.9.0.0/16\""], &["storage.uploads.expire_days=3", "search.packages.enabled=false"]] {
        let (plan, rehearsal) = rehearsed(&stand, &of(sets), false).await;
        assert!(!plan.steps.is_empty(), "{sets:?}");
        is_well(&plan, &rehearsal);
    }
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/stacks/registry.toml")).unwrap();
    let text = text.replace("service.api", "service.web") + "\n[[moved]]\nfrom = \"service.api\"\nto = \"service.web\"\n";
    let (plan, rehearsal) = rehearsed(&stand, &stack(&text, Some("production"), &["search.packages.enabled=true"]), false).await;
    is_well(&plan, &rehearsal);
    // A second version has the traffic: its targets stand in the other group.
    stand.bring(&graph(&of(&["service.api.memory=1024"]))).await;
    let third = of(&["service.api.memory=2048"]);
    let (plan, rehearsal) = rehearsed(&stand, &third, false).await;
    is_well(&plan, &rehearsal);
    // A version that crashes is found before it is deployed, and what is throttled comes through.
    let under =
        |faults: &[&str]| Twin::new("123456789012").and_then(|twin| twin.under(faults)).unwrap_or_else(|failure| panic!("{failure:?}"));
    let (_, rehearsal) = rehearsed_on(&stand, &third, false, &under(&["service.api.service/crash_loop:137"])).await;
    let [(address, error)] = failures(&rehearsal)[..] else { panic!("{rehearsal:#?}") };
    assert!(address == "service.api.service" && error.contains("RolledBack") && error.contains("app exited with 137"), "{error}");
    let (_, rehearsal) = rehearsed_on(&stand, &third, false, &under(&["throttle:mutating:2", "drop:ecs.UpdateService"])).await;
    assert_eq!((rehearsal.verdict(), rehearsal.faults.len()), (Verdict::Well, 2), "{rehearsal:#?}");
    let (plan, rehearsal) = rehearsed(&stand, &first, true).await;
    is_well(&plan, &rehearsal);
}

const NETWORK: &str = "
    [stack]
    name = 'net'
    region = 'us-east-1'

    [network]
    nat = 'none'

    [resource.door]
    kind = 'ec2.security_group'
    vpc_id = '${network.vpc.id}'
    description = 'The door'
";

fn id_of(snapshot: &Snapshot, address: &str) -> String {
    let mut live = snapshot.resources.values().flatten();
    live.find(|live| live.claim.as_ref().is_some_and(|claim| claim.address.as_str() == address)).unwrap().id.clone()
}

/// The errors of the steps that would fail, by address.
fn failures(rehearsal: &Rehearsal) -> Vec<(&str, &str)> {
    let failed = rehearsal.findings.iter().filter_map(|finding| match finding {
        Finding::Failed { address, error, .. } => Some((address.as_str(), error.as_str())),
        _ => None,
    });
    failed.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_hold_on_to_is_found_before_it_is_deleted() {
    let whole = stack(NETWORK, None, &[]);
    let stand = Stand::new(&whole).await;
    stand.bring(&graph(&whole)).await;
    let without = stack(NETWORK.split("[resource.door]").next().unwrap(), None, &[]);
    let (plan, rehearsal) = rehearsed(&stand, &without, false).await;
    is_well(&plan, &rehearsal);

    // Somebody's group lets it in, by hand.
    let snapshot = stand.read(&graph(&whole)).await;
    let (vpc, door) = (id_of(&snapshot, "network.vpc"), id_of(&snapshot, "resource.door"));
    let ec2 = &stand.aws.ec2;
    let made = ec2.create_security_group().group_name("theirs").description("theirs").vpc_id(&vpc).send().await.unwrap();
    let pair = aws_sdk_ec2::types::UserIdGroupPair::builder().group_id(&door).build();
    let rule = aws_sdk_ec2::types::IpPermission::builder().ip_protocol("tcp").from_port(80).to_port(80).user_id_group_pairs(pair).build();
    ec2.authorize_security_group_ingress().group_id(made.group_id().unwrap()).ip_permissions(rule).send().await.unwrap();
    let (_, rehearsal) = rehearsed(&stand, &without, false).await;
    let [(address, error)] = failures(&rehearsal)[..] else { panic!("{rehearsal:#?}") };
    assert!(address == "resource.door" && error.contains("ec2.DeleteSecurityGroup: DependencyViolation"), "{error}");
    assert!(error.contains(&door), "the account's own id: {error}");
    assert_eq!((rehearsal.verdict(), rehearsal.gaps.as_slice()), (Verdict::Found, &[] as &[Gap]));

    // What AWS refuses on the day is the very same.
    let plan = stand.plan_destroy(&graph(&whole)).await;
    let applied = stand.apply(&plan).await;
    let trouble = format!("{:?}", applied.trouble());
    assert!(trouble.contains("resource.door") && trouble.contains(error.split(" (request").next().unwrap()), "{trouble}\n{error}");

    // It lives in the VPC, whatever it names.
    let id = made.group_id().unwrap();
    let rules = ec2.describe_security_groups().group_ids(id).send().await.unwrap().security_groups.unwrap().remove(0).ip_permissions;
    ec2.revoke_security_group_ingress().group_id(id).set_ip_permissions(rules).send().await.unwrap();
    let (_, rehearsal) = rehearsed(&stand, &whole, true).await;
    let [(address, error)] = failures(&rehearsal)[..] else { panic!("{rehearsal:#?}") };
    assert!(address == "network.vpc" && error.contains("ec2.DeleteVpc: DependencyViolation") && error.contains(&vpc), "{error}");
}

/// A file may name what others have: that is read by its id, with what it stands in.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_have_and_the_file_names_stands_on_the_twin() {
    let head = "[stack]\nname = 'guest'\nregion = 'us-east-1'\n";
    let stand = Stand::new(&stack(head, None, &[])).await;
    let ec2 = &stand.aws.ec2;
    let vpc = ec2.create_vpc().cidr_block("10.7.0.0/16").send().await.unwrap().vpc.unwrap().vpc_id.unwrap();
    let subnet = ec2.create_subnet().vpc_id(&vpc).cidr_block("10.7.1.0/24").availability_zone("us-east-1a").send().await.unwrap();
    let subnet = subnet.subnet.unwrap().subnet_id.unwrap();
    let text = format!(
        "{head}[resource.own]\nkind = 'ec2.subnet'\nvpc_id = '{vpc}'\ncidr = '10.7.2.0/24'\navailability_zone = 'us-east-1b'\n\
         [resource.group]\nkind = 'rds.subnet_group'\nvpc_id = '{vpc}'\ndescription = 'theirs and ours'\n\
         subnet_ids = ['{subnet}', '${{resource.own.id}}']\n"
    );
    let (plan, rehearsal) = rehearsed(&stand, &stack(&text, None, &[]), false).await;
    assert_eq!((rehearsal.live, rehearsal.done), (2, plan.steps.len()), "{rehearsal:#?}");
    assert_eq!((rehearsal.findings.as_slice(), rehearsal.gaps.as_slice()), (&[] as &[Finding], &[] as &[Gap]));
    // A range that is taken there is no free one on the twin either.
    let taken = stack(&text.replace("10.7.2.0", "10.7.1.0"), None, &[]);
    let (_, rehearsal) = rehearsed(&stand, &taken, false).await;
    let [(address, error)] = failures(&rehearsal)[..] else { panic!("{rehearsal:#?}") };
    assert!(address == "resource.own" && error.contains("InvalidSubnet.Conflict"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_of_somebodys_instance_keeps_a_subnet() {
    let whole = stack(NETWORK, None, &[]);
    let stand = Stand::new(&whole).await;
    stand.bring(&graph(&whole)).await;
    let (graph, policy) = (graph(&whole), policy(true));
    let snapshot = stand.read_all(&graph, true).await;
    let subnet = snapshot.resources["ec2.subnet"][0].clone();
    let plan = planner::plan(&graph, &snapshot, &policy, &find);
    let interface =
        Interface { id: "eni-0123456789abcdef0".into(), subnet: subnet.id.clone(), groups: Vec::new(), description: "i-1".into() };
    let beside = Ok(Neighbours { interfaces: vec![interface], ..Neighbours::default() });
    let (loaded, wish) = (Loaded::of(whole).unwrap(), Wish { policy, accepted: None, catalog: Catalog::embedded() });
    let twin = Twin::new("123456789012").unwrap_or_else(|failure| panic!("{failure:?}"));
    let rehearsal = rehearse(&loaded, &plan, (&snapshot, &beside), &wish, &twin).await.unwrap();
    let failed = failures(&rehearsal);
    assert_eq!(failed.first().map(|(address, _)| *address), subnet.claim.as_ref().map(|claim| claim.address.as_str()), "{failed:?}");
    assert!(failed[0].1.contains("DependencyViolation") && rehearsal.not_begun > 0, "{rehearsal:#?}");

    // Nobody was asked: that is said, where something is deleted.
    let unasked = Err("the account was not asked".to_owned());
    let twin = Twin::new("123456789012").unwrap_or_else(|failure| panic!("{failure:?}"));
    let rehearsal = rehearse(&loaded, &plan, (&snapshot, &unasked), &wish, &twin).await.unwrap();
    assert_eq!((rehearsal.verdict(), rehearsal.gaps), (Verdict::Well, vec![Gap::Unasked { reason: "the account was not asked".into() }]));
}

/// A twin that writes what it is told in its own way.
struct Mangling {
    twin: Twin,
    from: &'static str,
    to: &'static str,
}

#[derive(Debug, Clone)]
struct Mangler<C: Debug + Clone> {
    inner: C,
    from: &'static str,
    to: &'static str,
}

impl HttpClient for Mangler<trueup::sandbox::Sandbox> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Mangler { inner, from: self.from, to: self.to })
    }
}

impl HttpConnector for Mangler<SharedHttpConnector> {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let text = request.body().bytes().map(|bytes| String::from_utf8_lossy(bytes).replace(self.from, self.to));
        if let Some(text) = text {
            *request.body_mut() = SdkBody::from(text);
        }
        self.inner.call(request)
    }
}

impl rehearse::Twin for Mangling {
    fn http(&self) -> SharedHttpClient {
        SharedHttpClient::new(Mangler { inner: self.twin.sandbox().clone(), from: self.from, to: self.to })
    }
    fn rename(&self, names: &[(String, String)]) {
        rehearse::Twin::rename(&self.twin, names);
    }
    fn stand_in(&self, arn: &str) -> bool {
        rehearse::Twin::stand_in(&self.twin, arn)
    }
    fn occupy(&self, region: &str, interface: &Interface) {
        rehearse::Twin::occupy(&self.twin, region, interface);
    }
    fn begin(&self, speed: f64) {
        rehearse::Twin::begin(&self.twin, speed);
    }
    fn calm(&self) {
        rehearse::Twin::calm(&self.twin);
    }
    fn faults(&self) -> Vec<String> {
        Vec::new()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_aws_writes_otherwise_is_found_as_never_at_rest() {
    let of = |name: &str| {
        stack(
            &format!("[stack]\nname = 'news'\nregion = 'us-east-1'\n[resource.news]\nkind = 'sns.topic'\ndisplay_name = '{name}'\n"),
            None,
            &[],
        )
    };
    let stand = Stand::new(&of("Olds")).await;
    stand.bring(&graph(&of("Olds"))).await;
    let twin = Twin::new("123456789012").unwrap_or_else(|failure| panic!("{failure:?}"));
    let twin = Mangling { twin, from: "Newest", to: "newest" };
    let (_, rehearsal) = rehearsed_on(&stand, &of("Newest"), false, &twin).await;
    let fields = vec!["display_name".to_owned()];
    let address = Address::parse("resource.news").unwrap();
    assert_eq!((rehearsal.verdict(), rehearsal.done), (Verdict::Found, 1));
    assert_eq!(rehearsal.findings, [Finding::NotTaken { address, fields }]);
}

/// What the twin cannot hold is said, and nothing is found of what needs it.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_twin_refuses_is_no_finding() {
    let of = |days: u32| {
        stack_at("stacks/registry.toml", Some("production"), &[&format!("storage.uploads.expire_days={days}"), "service.api.memory=1024"])
    };
    let stand = Stand::new(&of(7)).await;
    stand.bring(&graph(&of(7))).await;
    let (graph, policy) = (graph(&of(5)), policy(false));
    let mut snapshot = stand.read(&graph).await;
    for (kind, field, value) in
        [("rds.instance", "engine_version", "15.99"), ("elasticache.replication_group", "cache_node_type", "cache.m1.none")]
    {
        snapshot.resources.get_mut(kind).unwrap()[0].spec[field] = value.into();
    }
    let plan = planner::plan(&graph, &snapshot, &policy, &find);
    let (loaded, wish) = (Loaded::of(of(5)).unwrap(), Wish { policy, accepted: None, catalog: Catalog::embedded() });
    let twin = Twin::new("123456789012").unwrap_or_else(|failure| panic!("{failure:?}"));
    let rehearsal = rehearse(&loaded, &plan, (&snapshot, &Ok(Neighbours::default())), &wish, &twin).await.unwrap();
    let absent = rehearsal.gaps.iter().filter_map(|gap| match gap {
        Gap::Absent { kind, error, .. } => Some((kind.as_str(), error.as_str())),
        _ => None,
    });
    let absent = absent.collect::<std::collections::BTreeMap<_, _>>();
    assert!(absent["rds.instance"].contains("rds.CreateDBInstance: "), "{absent:?}");
    assert_eq!(rehearsal.findings, [], "{:#?}", rehearsal.gaps);
    assert_eq!(rehearsal.verdict(), Verdict::Partly);
}
