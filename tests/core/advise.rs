//! Advice: each row finds its choice, and promises nothing else than what the edited file costs.

use expect_test::{Expect, expect};
use std::collections::BTreeSet;
use trueup::core::advice::{Advised, LEAST};
use trueup::core::bill::{Cost, Difference, Sense};
use trueup::core::file::environments;
use trueup::core::source::Source;
use trueup::ops::advise;
use trueup::ops::cost::{self, Basis};
use trueup::ops::stack::{Choice, parse};
use trueup::pricing::catalog::Catalog;

const TODAY: &str = "2026-11-29";

fn basis() -> Basis<'static> {
    Basis { catalog: Catalog::embedded(), today: TODAY, accepted: None }
}

fn advised(text: &str) -> (Cost, Advised) {
    let source = Source::new("stack.toml", text);
    let all = advise::each(&source, Choice::default(), basis()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let [(priced, advised)] = <[_; 1]>::try_from(all).unwrap();
    (priced.cost, advised)
}

const DOCUMENTED: &str = include_str!("../../docs/cost.md");

/// The advice on a stack, a line each with its edits below, and the numbers of those that go together.
#[track_caller]
fn check(text: &str, expect: Expect) {
    let (_, advised) = advised(&format!("[stack]\nname = \"small\"\nregion = \"us-east-1\"\n{text}"));
    let mut said = String::new();
    for one in &advised.advice {
        assert!(DOCUMENTED.contains(&format!("| `{}` |", one.choice)), "docs/cost.md does not name {}", one.choice);
        said += &format!("{} {}: {} {}\n", -one.difference.list.likely, one.choice, one.place, one.what);
        one.edits.iter().for_each(|edit| said += &format!("    {edit}\n"));
    }
    if let Some(together) = &advised.together {
        said += &format!("{} together: {:?}\n", -together.difference.list.likely, together.parts);
    }
    expect.assert_eq(&said);
}

#[test]
fn tasks_on_arm64_and_workers_on_spot_are_cheaper_one_at_a_time() {
    // Spot capacity for arm64 has no price, so nothing is promised of both.
    check(
        "[network]\nnat = \"none\"\n[service.worker]\nspot = false\n",
        expect![[r#"
        $6.14 spot: service.worker on Spot capacity
            service.worker.spot=true
        $1.80 arm64: service.worker on arm64
            service.worker.architecture=arm64
    "#]],
    );
    // A task that the file declares itself has AWS's own word for it.
    check(
        "[resource.job]\nkind = \"ecs.task_definition\"\ncpu = 256\nmemory = 512\ncontainers = [{ name = \"job\", image = \"busybox\" }]\n\
         [resource.jobs]\nkind = \"ecs.service\"\ncluster = \"default\"\ntask_definition_arn = \"${resource.job.arn}\"\n\
         subnet_ids = [\"subnet-0a1b2c3d\"]",
        expect![[r#"
            $1.80 arm64: resource.job on arm64
                resource.job.cpu_architecture=ARM64
        "#]],
    );
}

#[test]
fn a_table_with_for_each_is_edited_once_where_all_that_it_stands_for_are_alike() {
    check(
        "[network]\nnat = \"none\"\n[service.worker]\nport = 80\narchitecture = \"${each.value.on}\"\n[service.worker.for_each]\na = { on = \"x86_64\" }\nb = { on = \"arm64\" }",
        expect![[r#"
            $1.80 arm64: service.worker-a on arm64
                service.worker-a.architecture=arm64
        "#]],
    );
    check(
        "[network]\nnat = \"none\"\n[service.api]\nport = 80\nfor_each = [\"a\", \"b\"]",
        expect![[r#"
        $3.60 arm64: service.api on arm64
            service.api.architecture=arm64
    "#]],
    );
}

#[test]
fn newer_classes_have_as_much_and_cost_less() {
    check(
        "[network]\nnat = \"none\"\n[database.main]\nclass = \"db.m5.large\"\n[cache.main]\nengine = \"valkey\"\nclass = \"cache.r5.large\"\n\
         [cache.small]\nengine = \"valkey\"\nclass = \"cache.t2.small\"\n\
         [search.main]\nclass = \"m5.large.search\"\n[resource.search]\nkind = \"opensearch.domain\"\nengine_version = \"OpenSearch_2.19\"\n\
         instance_type = \"t3.small.search\"\nvolume_type = \"gp2\"\nvolume_size = 100",
        expect![[r#"
            $50.63 reserved: database.main reserved for a year, partial upfront
                stack.commitment.database-main.service=rds
                stack.commitment.database-main.class=db.m5.large
                stack.commitment.database-main.engine=postgres
                stack.commitment.database-main.payment=partial-upfront
            $32.12 reserved: search.main reserved for a year, no upfront
                stack.commitment.search-main.service=opensearch
                stack.commitment.search-main.class=m5.large.search
                stack.commitment.search-main.payment=no-upfront
            $13.87 newer-class: database.main on db.m6g.large instead of db.m5.large
                database.main.class=db.m6g.large
            $10.22 newer-class: search.main on m6g.large.search instead of m5.large.search
                search.main.class=m6g.large.search
            $5.84 newer-class: cache.main on cache.r6g.large instead of cache.r5.large
                cache.main.class=cache.r6g.large
            $1.30 gp3: resource.search on gp3 storage
                resource.search.volume_type=gp3
            $89.89 together: [0, 1, 4, 5]
        "#]],
    );
}

#[test]
fn an_override_that_decides_is_what_the_edit_sets() {
    check(
        "[network]\nnat = \"none\"\n[database.main]\nstorage = 400\n[override.\"database.main.instance\"]\nstorage_type = \"io1\"\niops = 3000",
        expect![[r#"
            $304.00 gp3: database.main on gp3 storage
                override."database.main.instance".storage_type=gp3
                override."database.main.instance".iops=12000
            $3.21 reserved: database.main reserved for a year, no upfront
                stack.commitment.database-main.service=rds
                stack.commitment.database-main.class=db.t4g.micro
                stack.commitment.database-main.engine=postgres
                stack.commitment.database-main.payment=no-upfront
            $307.21 together: [0, 1]
        "#]],
    );
}

#[test]
fn engines_and_versions_that_cost_extra_are_left() {
    check(
        "[network]\nnat = \"none\"\n[database.old]\nversion = \"13\"\n[database.older]\nengine = \"mysql\"\nversion = \"8.0\"\n\
         [database.new]\n[search.main]\nversion = \"2.9\"\n[cache.main]\nversion = \"7.1\"\nsnapshot_days = 7\n\
         [cache.plain]\n[usage.\"cache.main\"]\ncache_snapshot_gb = 10",
        expect![[r#"
            $146.00 supported-version: database.old on version 17 instead of 13
                database.old.version="17"
            $146.00 supported-version: database.older on version 8.4 instead of 8.0
                database.older.version="8.4"
            $26.28 supported-version: search.main on version 2.19 instead of 2.9
                search.main.version="2.19"
            $5.10 fewer-snapshots: cache.main with the last day's snapshot
                cache.main.snapshot_days=1
            $3.65 reserved: cache.main reserved for a year, no upfront
                stack.commitment.cache-main.service=elasticache
                stack.commitment.cache-main.class=cache.t4g.micro
                stack.commitment.cache-main.engine=redis
                stack.commitment.cache-main.payment=no-upfront
            $3.65 reserved: cache.plain reserved for a year, no upfront
                stack.commitment.cache-plain.service=elasticache
                stack.commitment.cache-plain.class=cache.t4g.micro
                stack.commitment.cache-plain.engine=redis
                stack.commitment.cache-plain.payment=no-upfront
            $3.21 reserved: database.new reserved for a year, no upfront
                stack.commitment.database-new.service=rds
                stack.commitment.database-new.class=db.t4g.micro
                stack.commitment.database-new.engine=postgres
                stack.commitment.database-new.payment=no-upfront
            $3.21 reserved: database.old reserved for a year, no upfront
                stack.commitment.database-old.service=rds
                stack.commitment.database-old.class=db.t4g.micro
                stack.commitment.database-old.engine=postgres
                stack.commitment.database-old.payment=no-upfront
            $2.34 valkey: cache.main on Valkey
                cache.main.engine=valkey
                cache.main.version="8.0"
            $2.34 valkey: cache.plain on Valkey
                cache.plain.engine=valkey
            $337.10 together: [0, 1, 2, 3, 4, 5, 6, 7]
        "#]],
    );
}

#[test]
fn a_version_that_is_advised_has_no_extended_support_on_that_day() {
    let text = "[network]\nnat = \"none\"\n[database.old]\nengine = \"mysql\"\nversion = \"5.7\"\nclass = \"db.t3.micro\"";
    let advice = |today: &'static str| {
        let source = Source::new("stack.toml", format!("[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n{text}"));
        let all = advise::each(&source, Choice::default(), Basis { today, ..basis() }).unwrap();
        let found = all[0].1.advice.iter().find(|one| one.choice == "supported-version").expect("Extended Support is billed");
        (found.what.clone(), found.otherwise.contains("AWS upgrades it to 8.0 first"))
    };
    assert_eq!(advice("2026-07-31"), ("on version 8.0 instead of 5.7".into(), false));
    assert_eq!(advice("2026-08-01"), ("on version 8.4 instead of 5.7".into(), true));
}

#[test]
fn a_network_has_fewer_ways_out_with_the_traffic_that_is_said_of_them() {
    check(
        "[network]\nzones = 3\nnat = \"per-zone\"\n[service.api]\nport = 80\narchitecture = \"arm64\"\n\
         [usage.network]\nnat_gb = { likely = 300, high = 3000 }\nnat_sent_gb = 20",
        expect![[r#"
            $119.35 no-nat: network without NAT gateways
                network.nat=none
                usage.service.task_sent_gb=20
            $69.00 one-nat: network with one NAT gateway
                network.nat=one
                usage.network.nat_cross_zone_gb={likely=200,high=2000}
            $56.10 endpoints: network with endpoints instead of NAT gateways
                network.nat=none
                network.endpoints=["s3","ecr.api","ecr.dkr","logs"]
                service.api.subnets=private
                usage.network.endpoint_gb={likely=300,high=3000}
        "#]],
    );
    // What the file keeps in private subnets cannot do without, nor can a task whose image is elsewhere.
    check(
        "[network]\nzones = 3\nnat = \"per-zone\"\n[service.api]\nport = 80\narchitecture = \"arm64\"\nsubnets = \"private\"\nimage = \"nginx\"",
        expect![[r#"
            $74.08 one-nat: network with one NAT gateway
                network.nat=one
        "#]],
    );
    check(
        "[network]",
        expect![[r#"
        $37.04 no-nat: network without NAT gateways
            network.nat=none
    "#]],
    );
}

#[test]
fn what_is_kept_may_be_kept_for_less() {
    check(
        "[resource.lines]\nkind = \"logs.log_group\"\nretention_in_days = 365\n[usage.\"resource.lines\"]\nlog_gb = 100\n\
         [storage.site]\ncdn = { price_class = \"everywhere\" }\n[usage.\"storage.site\"]\ncdn_japan_gb = 1000\n\
         [resource.keyed]\nkind = \"s3.bucket\"\nencryption = { sse_algorithm = \"aws:kms\" }\n[usage.\"resource.keyed\"]\nobject_reads = 10_000_000",
        expect![[r#"
            $30.00 bucket-key: resource.keyed with a bucket key
                resource.keyed.encryption.bucket_key_enabled=true
            $29.00 price-class: storage.site served from America and Europe
                storage.site.cdn.price_class=america-europe
            $5.03 log-retention: resource.lines with log lines of 30 days
                resource.lines.retention_in_days=30
            $64.03 together: [0, 1, 2]
        "#]],
    );
}

#[test]
fn what_a_rule_warns_of_already_takes_no_advice_away() {
    check(
        "[network]\nnat = \"none\"\n[database.main]\nclass = \"db.m5.large\"\nbackup_days = 0",
        expect![[r#"
            $50.63 reserved: database.main reserved for a year, partial upfront
                stack.commitment.database-main.service=rds
                stack.commitment.database-main.class=db.m5.large
                stack.commitment.database-main.engine=postgres
                stack.commitment.database-main.payment=partial-upfront
            $13.87 newer-class: database.main on db.m6g.large instead of db.m5.large
                database.main.class=db.m6g.large
        "#]],
    );
}

#[test]
fn a_stack_with_nothing_to_advise_has_no_advice() {
    check("[storage.files]", expect![[""]]);
}

#[test]
fn nothing_is_advised_where_prices_are_missing() {
    let (cost, advised) = advised("[stack]\nname = \"small\"\nregion = \"af-south-1\"\n[network]\n[service.worker]\n[cache.main]");
    assert!(!cost.total().is_known());
    assert_eq!(advised.advice, []);
}

/// Every stack that comes with the program, by its file and environment.
fn shipped() -> Vec<(Source, Option<String>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["stacks", "templates", "examples"].map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let files =
        files.into_iter().flatten().map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let sources = files.map(|path| Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
    let each = |source: Source| {
        let all = environments(&source);
        let all = if all.is_empty() { vec![None] } else { all.into_iter().map(Some).collect() };
        all.into_iter().map(|env| (source.clone(), env)).collect::<Vec<_>>()
    };
    sources.flat_map(each).collect()
}

#[test]
fn every_advice_saves_what_its_edits_save_and_breaks_nothing() {
    let (mut seen, mut choices) = (0, BTreeSet::new());
    for (source, env) in shipped() {
        let choice = Choice { env: env.as_deref(), ..Choice::default() };
        let loaded = parse(source.clone(), choice).unwrap();
        let warned = loaded.judge("2026-11-29").unwrap().diagnostics.into_iter().map(|one| (one.code, one.path)).collect::<BTreeSet<_>>();
        let all = advise::each(&source, choice, basis()).unwrap();
        let [(before, advised)] = <[_; 1]>::try_from(all).unwrap();
        let together = advised.together.iter().map(|together| (&together.edits, together.difference, "together"));
        for (edits, difference, name) in advised.advice.iter().map(|one| (&one.edits, one.difference, one.choice)).chain(together) {
            let place = format!("{} {env:?} {name}", source.name);
            let with = parse(source.clone(), Choice { edits, ..choice }).unwrap_or_else(|wrong| panic!("{place}: {wrong:?}"));
            let new =
                with.judge("2026-11-29").unwrap().diagnostics.into_iter().filter(|one| !warned.contains(&(one.code, one.path.clone())));
            // Of traffic through gateways nothing comes where there are none.
            let new = new.filter(|one| !one.code.starts_with("USE"));
            assert_eq!(new.map(|one| one.message).collect::<Vec<_>>(), Vec::<String>::new(), "{place}");
            let after = cost::wanted(&with, basis()).cost;
            assert_eq!(after.total().list.likely - before.cost.total().list.likely, difference.list.likely, "{place}");
            assert_eq!(Difference::of(&before.cost, &after), difference, "{place}");
            assert!(matches!(difference.likely().0, Sense::Exact | Sense::AtMost), "{place}");
            assert!(-difference.likely().1 >= LEAST, "{place}");
            seen += 1;
            choices.insert(name);
        }
        let savings = advised.advice.iter().map(|one| -one.difference.list.likely).collect::<Vec<_>>();
        assert!(savings.is_sorted_by(|one, next| one >= next), "{} {env:?}: {savings:?}", source.name);
        if let Some(together) = &advised.together {
            assert!(together.parts.len() > 1 && together.parts.first() == Some(&0), "{} {env:?}", source.name);
            assert_eq!(together.total.list.likely, (before.cost.total().list + together.difference.list).likely);
        }
    }
    assert!(seen > 20 && choices.len() > 4, "{seen} of {choices:?}");
}
