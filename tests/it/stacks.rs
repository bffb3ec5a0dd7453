//! Every stack, template and example, in each of its environments: created, settled, destroyed.

use crate::stand::{Stand, graph, stack, stack_at};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tokio::task::JoinSet;
use trueup::core::event::Outcome;
use trueup::core::file::environments;
use trueup::core::module::ModuleRow;
use trueup::core::plan::{Action, Change, Plan, Step, Verb};
use trueup::core::source::Source;
use trueup::core::stack::Stack;
use trueup::modules;

#[path = "../../examples/build_in_code.rs"]
#[allow(dead_code, reason = "its main is for people")]
mod build_in_code;

/// Returns the stack files of this repository: stacks, templates and examples.
pub fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = ["stacks", "templates", "examples"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect::<Vec<_>>();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stack_is_created_settles_and_goes() {
    let files = files();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let envs = environments(&Source::new("stack.toml", &*text));
        let envs = if envs.is_empty() { vec![None] } else { envs.into_iter().map(Some).collect() };
        for env in envs {
            println!("{} {}", file.display(), env.as_deref().unwrap_or("default"));
            comes_and_goes(&stack(&text, env.as_deref(), &[])).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_built_in_code_does_as_well() {
    comes_and_goes(&build_in_code::shop()).await;
}

async fn comes_and_goes(stack: &Stack) {
    let graph = graph(stack);
    let stand = Stand::new(stack).await;
    stand.bring(&graph).await;
    stand.settled(&graph).await;

    let plan = stand.plan_destroy(&graph).await;
    assert_eq!(stand.apply(&plan).await.outcome, Outcome::Complete);
    let left = stand.read_all(&graph, true).await;
    let left = left.resources.values().flatten().filter(|live| live.claim.is_some()).map(|live| &live.id).collect::<Vec<_>>();
    assert!(left.is_empty(), "left {left:?}");
}

/// One resource of each kind stays when all the rest goes: with it stays what it uses, so AWS refuses nothing, and what stays is
/// whole.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_retained_keeps_what_it_uses() {
    let whole = graph(&stack_at("stacks/registry.toml", Some("production"), &["search.packages.enabled=true"]));
    let of_each_kind = whole.nodes().filter(|node| !node.kind.about.marked_by_name).map(|node| (node.kind.name, node.address.clone()));
    let mut running = JoinSet::new();
    for address in of_each_kind.collect::<BTreeMap<_, _>>().into_values() {
        running.spawn(async move {
            let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks/registry.toml")).unwrap();
            let text = format!("{text}\n[override.\"{address}\"]\nretain = true\n");
            let stack = stack(&text, Some("production"), &["search.packages.enabled=true"]);
            let graph = graph(&stack);
            let stand = Stand::new(&stack).await;
            stand.bring(&graph).await;
            let plan = stand.plan_destroy(&graph).await;
            let stays = plan.changes.iter().find(|change| change.address == address).map(|change| change.action);
            assert_eq!(stays, Some(Action::Forget), "{address}");
            let applied = stand.apply(&plan).await;
            assert_eq!(applied.outcome, Outcome::Complete, "{address}: {:#?}", applied.trouble());
            let left = stand.read_all(&graph, true).await;
            let left = left.resources.values().flatten().filter(|live| live.claim.is_some()).map(|live| &live.id).collect::<Vec<_>>();
            assert!(left.is_empty(), "{address}: {left:?} are still ours");
        });
    }
    running.join_all().await;
}

/// Whatever stands in a VPC moves to the new one; AWS lets subnet groups, load balancers and gateways not move along.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_network_is_replaced() {
    let before = stack_at("stacks/registry.toml", Some("staging"), &[]);
    let stand = Stand::new(&before).await;
    stand.bring(&graph(&before)).await;

    let after = graph(&stack_at("stacks/registry.toml", Some("staging"), &["network.cidr=\"10.9.0.0/16\""]));
    stand.bring(&after).await;
    stand.settled(&after).await;
}

/// The values by which a spec names its own resource follow from its name: no second step sets them.
#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_names_its_own_resource_goes_with_the_create() {
    let text = |days: u32| {
        format!(
            r#"
            [stack]
            name = "own"
            region = "eu-central-1"

            [network]

            [search.docs]
            class = "t3.small.search"

            [resource.files]
            kind = "s3.bucket"
            lifecycle_rules = [{{ id = "old", expiration_days = {days} }}]

            [resource.files.policy]
            Version = "2012-10-17"
            Statement = [{{ Effect = "Deny", Principal = "*", Action = "s3:*", Resource = ["${{resource.files.arn}}", "${{resource.files.arn}}/*"], Condition = {{ Bool = {{ "aws:SecureTransport" = "false" }} }} }}]
            "#
        )
    };
    let stack = stack(&text(30), None, &[]);
    let stand = Stand::new(&stack).await;
    let plan = stand.bring(&graph(&stack)).await;
    let steps = |plan: &Plan, address: &str| {
        let of = |step: &&Step| plan.changes[step.change].address.as_str() == address;
        plan.steps.iter().filter(of).map(|step| step.verb).collect::<Vec<_>>()
    };
    for address in ["resource.files", "search.docs.domain"] {
        assert_eq!(steps(&plan, address), [Verb::Create], "{address}");
    }
    stand.settled(&graph(&stack)).await;
    let plan = stand.bring(&graph(&self::stack(&text(60), None, &[]))).await;
    let fields = plan.changes.iter().flat_map(|change| &change.fields).map(|change| change.field.as_ref()).collect::<Vec<_>>();
    assert_eq!(fields, ["lifecycle_rules"]);
}

/// A module gets another name with a `[[moved]]` entry: its resources keep theirs, whatever the module made of the name.
#[tokio::test(flavor = "multi_thread")]
async fn a_module_that_is_renamed_keeps_all_its_resources() {
    let named = |row: &&ModuleRow| row.named;
    let search = "[stack]\nname = \"look\"\nregion = \"eu-west-1\"\n[network]\n[search.docs]\nclass = \"t3.small.search\"\n";
    let mut left = modules::MODULES.iter().filter(named).map(|row| row.section).collect::<BTreeSet<_>>();
    let texts = files().into_iter().map(|file| std::fs::read_to_string(file).unwrap()).chain([search.to_owned()]);
    for text in texts {
        let env = environments(&Source::new("stack.toml", &*text)).pop();
        let before = stack(&text, env.as_deref(), &[]);
        let stand = Stand::new(&before).await;
        stand.bring(&graph(&before)).await;
        let heads = before.parts.iter().filter(|part| part.row.named && text.contains(&format!("[{}]", part.label())));
        for part in heads {
            left.remove(part.row.section);
            let (from, to) = (part.label(), format!("{}.renamed", part.row.section));
            let entry = format!("\n[[moved]]\nfrom = \"{from}\"\nto = \"{to}\"\n");
            let after = graph(&stack(&(renamed(&text, &from, &to) + &entry), env.as_deref(), &[]));
            let plan = stand.plan(&after).await;
            let wrong = plan.changes.iter().filter(|change| !matches!(change.action, Action::Move | Action::Update));
            let wrong = wrong.map(|change| format!("{:?} {}", change.action, change.address)).collect::<Vec<_>>();
            assert_eq!((wrong, &plan.refusals), (Vec::new(), &Vec::new()), "{}: {from}", before.settings.name);
            // Nothing that runs is touched: what changes at all are tags and descriptions, those of rules too, at once.
            let words = |field: &str| {
                ["tags", "description", "alarm_description", "body", "ingress"].contains(&field.split('.').next().unwrap_or(field))
            };
            let touched = |change: &&Change| change.minutes > 0.0 || change.fields.iter().any(|one| !words(&one.field));
            let touched = plan.changes.iter().filter(touched).map(|change| change.address.to_string());
            assert_eq!(touched.collect::<BTreeSet<_>>(), BTreeSet::new(), "{}: {from}", before.settings.name);
            // Once moved, it is at rest without the entry as well; and it can move back.
            stand.bring(&after).await;
            stand.settled(&graph(&stack(&renamed(&text, &from, &to), env.as_deref(), &[]))).await;
            let back = format!("{text}\n[[moved]]\nfrom = \"{to}\"\nto = \"{from}\"\n");
            stand.bring(&graph(&stack(&back, env.as_deref(), &[]))).await;
        }
    }
    assert_eq!(left, BTreeSet::new(), "no stack has a module of these");
}

/// A resource that has moved keeps its names, so that whatever comes to its old address has to have others; and AWS may still know the client
/// token of what was made there.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_free_again_once_its_resources_have_moved() {
    let head = concat!(
        "[stack]\nname = \"again\"\nregion = \"eu-west-1\"\n[network]\n[resource.vpc]\nkind = \"ec2.vpc\"\ncidr = \"10.1.0.0/16\"\n",
        "[resource.subnet]\nkind = \"ec2.subnet\"\nvpc_id = \"${resource.vpc.id}\"\navailability_zone = \"eu-west-1a\"\n",
        "cidr = \"10.1.1.0/24\"\n"
    );
    let tables = [
        ("database.NAME", ""),
        ("cache.NAME", ""),
        ("storage.NAME", "cdn = {}\n"),
        ("secrets.NAME", ""),
        ("search.NAME", "class = \"t3.small.search\"\n"),
        ("service.NAME", "image = \"nginx:1.29\"\nport = 80\n"),
        ("resource.routes-NAME", "kind = \"ec2.route_table\"\nvpc_id = \"${resource.vpc.id}\"\n"),
        ("resource.nat-NAME", "kind = \"ec2.nat_gateway\"\nsubnet_id = \"${resource.subnet.id}\"\nconnectivity = \"private\"\n"),
        (
            "resource.endpoint-NAME",
            "kind = \"ec2.vpc_endpoint\"\nvpc_id = \"${resource.vpc.id}\"\nservice_name = \"com.amazonaws.eu-west-1.s3\"\n",
        ),
    ];
    for row in modules::MODULES.iter().filter(|row| row.named) {
        assert!(tables.iter().any(|(label, _)| label.starts_with(row.section)), "give `{}` a table here", row.section);
    }
    let named = |name: &str| {
        let table = |(label, keys): &(&str, &str)| format!("[{}]\n{keys}", label.replace("NAME", name));
        tables.iter().map(table).collect::<String>()
    };
    let entry = |(label, _): &(&str, &str)| {
        let [from, to] = ["one", "two"].map(|name| label.replace("NAME", name));
        format!("[[moved]]\nfrom = \"{from}\"\nto = \"{to}\"\n")
    };
    let moves = tables.iter().map(entry).collect::<String>();
    let made = |parts: &[&str]| graph(&stack(&(head.to_owned() + &parts.concat()), None, &[]));

    let stand = Stand::new(&stack(head, None, &[])).await;
    let (one, two) = (named("one"), named("two"));
    stand.bring(&made(&[&one])).await;
    stand.bring(&made(&[&two, &moves])).await;
    let both = made(&[&one, &two]);
    let plan = stand.bring(&both).await;
    let strange = plan.changes.iter().filter(|change| change.action != Action::Create);
    assert_eq!(strange.map(|change| change.address.as_str()).collect::<Vec<_>>(), [""; 0]);
    stand.settled(&both).await;
}

/// A file in which something of that label has another one, wherever it is named.
fn renamed(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut renamed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let inside = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        let whole = !renamed.ends_with(inside) && !part.starts_with(inside);
        renamed += if whole { to } else { from };
        renamed += part;
    }
    // A secret and a bucket are named by their names alone as well: `password = "redis"`, `storage = { files = "read" }`.
    let (section, from) = from.split_once('.').unwrap_or_default();
    let (_, to) = to.split_once('.').unwrap_or_default();
    let forms = [("secrets", "password = \"", "\""), ("secrets", "secret = \"", "\""), ("storage", "", " = \"read")];
    let own = forms.iter().filter(|(of, ..)| *of == section);
    own.fold(renamed, |text, (_, before, after)| text.replace(&format!("{before}{from}{after}"), &format!("{before}{to}{after}")))
}

/// AWS refuses a subnet whose range overlaps another one's in the VPC.
#[tokio::test(flavor = "multi_thread")]
async fn a_subnet_that_grows_into_its_own_range_is_deleted_first() {
    let with = |cidr: &str| {
        let text = format!(
            "[stack]\nname = \"ranges\"\nregion = \"us-east-1\"\n[resource.vpc]\nkind = \"ec2.vpc\"\ncidr = \"10.0.0.0/16\"\n\
             [resource.subnet]\nkind = \"ec2.subnet\"\nvpc_id = \"${{resource.vpc.id}}\"\navailability_zone = \"us-east-1a\"\ncidr = \"{cidr}\"\n"
        );
        graph(&stack(&text, None, &[]))
    };
    let stand = Stand::new(&stack("[stack]\nname = \"ranges\"\nregion = \"us-east-1\"\n", None, &[])).await;
    stand.bring(&with("10.0.1.0/24")).await;
    for (cidr, delete_first) in [("10.0.0.0/23", true), ("10.0.1.0/25", true), ("10.0.2.0/24", false)] {
        let plan = stand.bring(&with(cidr)).await;
        assert_eq!(plan.changes[0].action, Action::Replace { delete_first }, "{cidr}");
        stand.settled(&with(cidr)).await;
    }
}
