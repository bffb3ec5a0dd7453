//! `trueup reach` as a person or a pipeline runs it.

use super::Desk;
use expect_test::expect;

const SHOP: &str = r#"
[stack]
name = "shop"
region = "eu-central-1"

[network]
nat = "none"

[database.main]

[service.web]
image = "nginx:1.29"
port = 8080
environment = { DB_HOST = "${database.main.host}" }
"#;

#[test]
fn one_question_has_a_path_and_an_exit_code() {
    let desk = Desk::with(SHOP);
    let open = desk.run(&["reach", "service.web", "database.main"]).exits(0);
    expect![[r#"
        service.web to database.main, port 5432: reachable
          1. leaves `service.web.service`: `service.web.security-group` lets it
          2. stays in the VPC, from `network.subnet.public-a` to
             `network.subnet.private-a`
          3. enters `database.main.instance`: `database.main.security-group` lets
             it
    "#]]
    .assert_eq(&open.out);
    let shut = desk.run(&["reach", "internet", "database.main"]).exits(1);
    expect![[r#"
        internet to database.main, port 5432: blocked
          x  no route of `network.route-table.private-a` leads between
             `network.subnet.private-a` and the internet
    "#]]
    .assert_eq(&shut.out);
    let unknown = desk.run(&["reach", "10.0.64.9", "database.main"]).exits(3);
    assert!(unknown.out.contains("unknown") && unknown.out.contains("?  `database.main.security-group`"), "{}", unknown.out);
    let json = desk.run(&["reach", "service.web", "database.main", "22", "--json"]).exits(1).json();
    assert_eq!((&json["version"], &json["verdict"], &json["port"]), (&1.into(), &"blocked".into(), &"22".into()));
    assert_eq!((&json["blocked_by"]["cause"], &json["blocked_by"]["at"]), (&"ingress".into(), &"database.main.security-group".into()));
    assert_eq!(json["path"].as_array().unwrap().len(), 2);
}

#[test]
fn without_ends_all_pairs_that_should_talk_are_a_table() {
    let desk = Desk::with(SHOP);
    let table = desk.run(&["reach"]).exits(0);
    assert!(table.out.contains("database.main.instance") && table.out.contains("0 blocked, 0 unknown"), "{}", table.out);
    assert!(table.out.lines().all(|line| line.chars().count() <= 80), "{}", table.out);
    let closed = SHOP.to_owned() + "[override.\"database.main.security-group\"]\ningress = []\n";
    desk.write("closed.toml", &closed);
    let json = desk.run(&["reach", "--file", "closed.toml", "--json"]).exits(1).json();
    let pairs = json["pairs"].as_array().unwrap();
    let shut = pairs.iter().filter(|pair| pair["verdict"] == "blocked").map(|pair| pair["to"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(shut, ["database.main.instance"]);
}

#[test]
fn a_name_that_is_none_is_refused_with_the_nearest() {
    let desk = Desk::with(SHOP);
    let wrong = desk.run(&["reach", "service.wep", "internet"]).exits(3);
    assert!(wrong.out.is_empty() && wrong.err.contains("did you mean `service.web`?"), "{}", wrong.err);
    desk.run(&["reach", "service.web", "8.8.8.8"]).exits(3);
    desk.run(&["reach", "service.web"]).exits(64);
    desk.run(&["reach", "service.web", "internet", "0"]).exits(64);
}

#[test]
fn what_is_live_is_asked_in_the_same_words() {
    let desk = Desk::with(SHOP);
    desk.sandbox(&["apply", "--yes"]).exits(0);
    // The file wants the port closed, and nobody has applied that yet.
    desk.write("stack.toml", &(SHOP.to_owned() + "[override.\"database.main.security-group\"]\ningress = []\n"));
    desk.run(&["reach", "service.web", "database.main"]).exits(1);
    let live = desk.sandbox(&["reach", "service.web", "database.main", "--live"]).exits(0);
    assert!(live.out.contains("port 5432: reachable"), "{}", live.out);
    let all = desk.sandbox(&["reach", "--live", "--json"]).exits(0).json();
    let pairs = all["pairs"].as_array().unwrap();
    let named = pairs.iter().find(|pair| pair["to"] == "database.main.instance").unwrap_or_else(|| panic!("{all}"));
    assert_eq!((&named["verdict"], &all["live"]), (&"reachable".into(), &true.into()));
}
