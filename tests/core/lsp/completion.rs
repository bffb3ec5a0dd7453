//! Completion, at a cursor in a text that mostly is no TOML.

use super::{SHOP, facts, prices, typed};
use trueup::lsp::complete::{Item, complete};
use trueup::lsp::page::{Change, Page, changed};

fn items(lines: &str) -> (Page, Vec<Item>) {
    let (page, at) = typed(lines);
    let found = complete(&page, at, &|| facts(&page), prices()).items;
    (page, found)
}

fn labels(lines: &str) -> Vec<String> {
    items(lines).1.into_iter().map(|item| item.label).collect()
}

/// The lines after an item was chosen.
fn chosen(lines: &str, label: &str) -> String {
    let (page, found) = items(lines);
    let item = found.iter().find(|item| item.label == label).unwrap_or_else(|| panic!("{label} is not offered: {:?}", labels(lines)));
    let text = changed(&page.text, &[Change { range: item.range.clone(), text: item.insert.clone() }]);
    text.strip_prefix(SHOP).unwrap().to_owned()
}

#[track_caller]
fn offers(lines: &str, has: &[&str], has_not: &[&str]) {
    let found = labels(lines);
    for label in has {
        assert!(found.iter().any(|one| one == label), "{lines}: {label} is not in {found:?}");
    }
    for label in has_not {
        assert!(!found.iter().any(|one| one == label), "{lines}: {label} is in {found:?}");
    }
}

#[test]
fn tables_are_offered_in_headers() {
    offers("[|", &["service", "database", "network", "override", "env"], &["moved", "accept", "cache.sessions"]);
    offers("[ser|]", &["service", "search"], &[]);
    offers("[[|", &["moved", "adopt", "accept"], &["service", "stack"]);
    offers("[service.|", &["api", "worker"], &["main"]);
    offers("[service.api.|", &["health", "scale", "rollout", "environment"], &["port", "needs"]);
    offers("[[service.api.rollout.|", &["smoke"], &["guard"]);
    offers("[stack.|", &["budget", "tags"], &["name"]);
    offers("[env.|", &["production", "staging"], &["service"]);
    offers("[env.production.|", &["service", "network"], &["env"]);
    offers("[env.production.service.|", &["api", "worker"], &[]);
    offers("[usage.|", &["service.api", "network"], &[]);
    offers("[override.|", &["database.main.instance", "service.worker-eu.service"], &[]);
    offers("[service.api.storage] # |", &[], &["files"]);
    assert_eq!(chosen("[env.production.service.ap|", "api"), "[env.production.service.api]");
    assert_eq!(chosen("[usage.|]", "service.api"), "[usage.\"service.api\"]");
    assert_eq!(chosen("[[mo|", "moved"), "[[moved]]");
    let page = Page::new("st");
    let found = complete(&page, 2, &|| None, prices()).items;
    let insert = |label: &str| found.iter().find(|item| item.label == label).map(|item| item.insert.as_str());
    assert_eq!((insert("stack"), insert("service"), insert("moved")), (Some("[stack]"), Some("[service."), Some("[[moved]]")));
    assert_eq!(chosen("[serv|", "service"), "[service.", "a name comes next");
}

#[test]
fn keys_are_offered_that_are_not_there_yet() {
    offers("[database.other]\n|", &["class", "engine", "backup_days", "for_each"], &["port_", "instance_class"]);
    offers("[database.other]\nclass = \"x\"\n|\nstorage = 5\n", &["engine"], &["class", "storage"]);
    offers("[database.other]\nba|", &["backup_days"], &[]);
    offers("[service.b]\nhealth = { |", &["path", "grace"], &["port"]);
    offers("[service.b.health]\n|", &["path", "interval"], &["port"]);
    offers("[env.staging.database.main]\n|", &["class", "multi_az"], &[]);
    offers("[[moved]]\n|", &["from", "to"], &[]);
    offers("[[accept]]\nrule = \"SEC202\"\n|", &["because", "until"], &["rule"]);
    offers("[service.b]\nenvironment = { A = { | } }", &["secret", "key"], &[]);
    offers("[service.b.storage]\n|", &["files"], &[]);
    offers("[service.b.rollout.guard.database]\n|", &["main"], &[]);
    offers("[database.other.parameters]\nlog_min|", &["log_min_duration_statement"], &[]);
    offers("[usage.\"service.api\"]\n|", &["requests", "answered_gb"], &[]);
    offers("[resource.q]\n|", &["kind", "for_each"], &["cidr"]);
    offers("[resource.q]\nkind = \"ec2.vpc\"\n|", &["cidr", "retain"], &["kind", "desired_count"]);
    offers("[override.\"service.api.service\"]\n|", &["desired_count"], &["kind", "for_each"]);
    offers("[service.b]\nport = 80 |", &[], &["cpu"]);
}

#[test]
fn a_key_comes_with_room_for_its_value() {
    assert_eq!(chosen("[database.b]\ncl|\n", "class"), "[database.b]\nclass = \"\"\n");
    assert_eq!(chosen("[database.b]\n|\n", "multi_az"), "[database.b]\nmulti_az = \n");
    assert_eq!(chosen("[service.b]\nhea|", "health"), "[service.b]\nhealth = {  }");
    assert_eq!(chosen("[service.b]\nnee|", "needs"), "[service.b]\nneeds = []");
    assert_eq!(chosen("[service.b]\npo| = 80", "port"), "[service.b]\nport = 80", "its `=` is there");
    let (_, found) = items("[database.b]\n|");
    let class = found.iter().find(|item| item.label == "class").unwrap();
    assert_eq!((class.insert.as_str(), class.cursor), ("class = \"\"", Some(9)));
    assert_eq!(class.detail, "text, default \"db.t4g.micro\"");
    assert_eq!(class.doc, "The instance class.");
    let (_, found) = items("[stack.budget]\n|");
    let monthly = found.iter().find(|item| item.label == "monthly").unwrap();
    assert!(monthly.detail.ends_with("required") && monthly.rank == 0, "{monthly:?}");
}

#[test]
fn values_are_offered_that_the_key_can_have() {
    offers("[database.b]\nengine = |", &["postgres", "mysql", "mariadb"], &["redis"]);
    offers("[database.b]\nengine = \"|\"", &["postgres", "mysql"], &[]);
    offers("[database.b]\nmulti_az = |", &["true", "false"], &[]);
    offers("[database.b]\nclass = \"|", &["db.t4g.micro", "db.r7g.large"], &["cache.t4g.micro"]);
    offers("[cache.b]\nclass = \"|", &["cache.t4g.micro"], &["db.t4g.micro"]);
    offers("[search.b]\nclass = \"|", &["t3.small.search"], &[]);
    offers("[database.b]\nversion = \"|", &["17", "18", "16.15"], &["13", "8.4"]);
    offers("[database.b]\nengine = \"mysql\"\nversion = \"|", &["8.4"], &["17"]);
    offers("[database.b]\nengine = \"mysql\"\nlogs = [\"|", &["slowquery"], &["postgresql"]);
    offers("[cache.b]\nengine = \"valkey\"\nversion = \"|", &["8"], &["7.1"]);
    offers("[database.b]\nclass = \"\"\"db|\n\"\"\"", &[], &["db.t4g.micro"]);
    offers("[service.b]\ncpu = |", &["256", "1024"], &["true"]);
    offers("[service.b]\ncpu = 1024\nmemory = |", &["2048", "8192"], &["512"]);
    offers("[service.b]\nlog_days = |", &["7", "3653"], &["8"]);
    offers("[service.b]\nneeds = [\"|\"]", &["cache.sessions", "database.main"], &["service.b", "secrets.jwt"]);
    offers("[service.b]\nstorage = { files = \"|", &["read", "read-write"], &[]);
    offers("[service.b.environment]\nA = { secret = \"|", &["jwt"], &["main"]);
    offers("[cache.b]\npassword = \"|\"", &["jwt"], &[]);
    offers("[monitoring]\nalarms = [\"cpu\", \"|\"]", &["latency", "database-cpu"], &[]);
    offers("[resource.q]\nkind = \"|", &["ec2.security_group", "sns.topic"], &[]);
    offers("[[moved]]\nto = \"|", &["cache.sessions", "database.main.instance"], &[]);
    offers("[[adopt]]\naddress = \"|", &["database.main.instance"], &["database.main"]);
    offers("[[accept]]\nrule = \"|", &["SEC202"], &["SYNTAX"]);
    offers("[checks]\ndeny = [\"|", &["warnings", "SEC", "SEC202"], &[]);
    let region = SHOP.replace("region = \"us-east-1\"", "region = \"|\"");
    let at = region.find('|').unwrap();
    let page = Page::new(region.replacen('|', "", 1));
    assert!(complete(&page, at, &|| None, prices()).items.iter().any(|item| item.label == "eu-central-1"));
}

#[test]
fn a_value_comes_with_its_quotes_and_its_price() {
    assert_eq!(chosen("[database.b]\nengine = |\n", "mysql"), "[database.b]\nengine = \"mysql\"\n");
    assert_eq!(chosen("[database.b]\nengine =|\n", "mysql"), "[database.b]\nengine = \"mysql\"\n");
    assert_eq!(chosen("[database.b]\nengine = \"p|ost\"\n", "mysql"), "[database.b]\nengine = \"mysql\"\n");
    assert_eq!(chosen("[database.b]\nengine = \"my|\n", "mysql"), "[database.b]\nengine = \"mysql\"\n", "the quote was open");
    assert_eq!(chosen("[service.b.environment]\nA = { secret = \"j| }\n", "jwt"), "[service.b.environment]\nA = { secret = \"jwt\" }\n");
    assert_eq!(chosen("[service.b]\ncpu = 2|\n", "256"), "[service.b]\ncpu = 256\n");
    let (_, found) = items("[database.b]\nclass = \"|");
    let detail = |label: &str| found.iter().find(|item| item.label == label).unwrap().detail.clone();
    assert_eq!(detail("db.t4g.micro"), "$11.68 a month");
    let (_, found) = items("[database.b]\nmulti_az = true\nclass = \"|");
    assert_eq!(found.iter().find(|item| item.label == "db.t4g.micro").unwrap().detail, "$23.36 a month");
}

#[test]
fn references_are_offered_within_braces() {
    let head = "[service.b.environment]\n";
    offers(
        &format!("{head}A = \"${{|"),
        &["database.main.host", "cache.sessions.url", "service.api.url", "storage.files.bucket"],
        &["service.b.url"],
    );
    offers(&format!("{head}A = \"postgres://${{database.|}}:5432\""), &["database.main.port"], &[]);
    offers(&format!("{head}A = \"${{database.main.instance.|}}\""), &["database.main.instance.arn"], &[]);
    offers(&format!("{head}A = \"|"), &["${database.main.host}"], &[]);
    offers("[service.c]\nfor_each = [\"a\"]\nenvironment.A = \"${|", &["each.key", "each.value"], &["count.index"]);
    offers(&format!("{head}A = \"$${{|"), &[], &["database.main.host"]);
    offers(&format!("{head}A = \"${{database.main.host}}|"), &[], &["database.main.host"]);
    assert_eq!(chosen(&format!("{head}A = \"x${{data|\n"), "database.main.host"), format!("{head}A = \"x${{database.main.host}}\n"));
    assert_eq!(
        chosen(&format!("{head}A = \"${{data|base.main}}/x\"\n"), "database.main.host"),
        format!("{head}A = \"${{database.main.host}}/x\"\n")
    );
}

#[test]
fn an_answer_is_never_endless() {
    let many = (0..3000).map(|at| format!("[secrets.s{at}]\n")).collect::<String>();
    let (page, at) = typed(&format!("{many}[cache.b]\npassword = \"s29|"));
    let found = complete(&page, at, &|| None, prices());
    assert!(found.cut && found.items.len() <= 400 && found.items.iter().any(|item| item.label == "s2999"), "{}", found.items.len());
}
