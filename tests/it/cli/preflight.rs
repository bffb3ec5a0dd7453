//! `trueup rollout plan`, and the same checks before an apply.

use super::Desk;
use expect_test::expect;

fn shop(version: &str, rollout: &str) -> String {
    format!(
        "[stack]\nname = \"shop\"\nregion = \"eu-central-1\"\n[network]\nnat = \"none\"\n[service.web]\nimage = \"nginx:{version}\"\nport = 8080\n\
         [service.web.rollout]\nstrategy = \"canary\"\ngate_minutes = 600\n{rollout}"
    )
}

#[test]
fn a_rollout_is_checked_before_it_begins() {
    let desk = Desk::with(&shop("1.0", ""));
    desk.sandbox(&["apply", "--yes"]).exits(0);
    let nothing = desk.sandbox(&["rollout", "plan"]).exits(0);
    assert_eq!(nothing.out, "nothing would be rolled out\n");

    desk.write("stack.toml", shop("2.0", ""));
    let good = desk.sandbox(&["rollout", "plan", "--service", "web"]).exits(0);
    expect![[r#"
        web
          1 ok       service             ACTIVE, 1 of 1 tasks run
          2 skipped  image               `nginx:2.0` is in a registry that cannot be
                                         asked from here
          3 ok       roles               3 roles are there, and trust whom they are for
          4 skipped  secrets             the task reads no secret
          5 ok       addresses           8179 free addresses for 1
          6 ok       capacity            0.25 of 5.75 vCPUs that are left of 6
          7 ok       rules               they lead to both target groups
          8 ok       target groups       HTTP / 200-399, healthy after 30 s, 60 s of
                                         grace
          9 ok       healthy targets     `shop-default-service-web-wvfltz` has the
                                         traffic, and 1 healthy
         10 skipped  alarms and metrics  the guard names none
         11 ok       way back            to
                                         `shop-default-service-web-task-definition-
                                         pmyxbs:1`
         12 ok       health check        it stays as it is
         13 skipped  autoscaling         it does not scale by itself
         14 ok       time                at least 17 min, at most 1 d 6 h at gates and
                                         commands
         15 ok       log groups          `/trueup/shop/default/service.web.log-group-
                                         bpb805`
                                         is there

          new tasks start         about 1 min or more
          all of them healthy     up to 10 h
          10 % of the traffic     5 min to 10 h
          100 % of the traffic    10 min to 10 h
          old tasks stop          about 1 min or more

          It takes at least 17 min; gates and commands take at most 1 d 6 h, and ECS
          the time that it needs to start and stop tasks.
          Meanwhile its tasks run twice, for $0.01 to $0.58.

          It may begin: `trueup apply`.
    "#]]
    .assert_eq(&good.out);
    assert!(good.out.lines().all(|line| line.chars().count() <= 80), "{}", good.out);
    let json = desk.sandbox(&["rollout", "plan", "--json"]).exits(0).json();
    let web = &json["services"][0];
    assert_eq!((web["service"].as_str(), web["may_begin"].as_bool()), (Some("web"), Some(true)), "{json}");
    assert_eq!(web["checks"].as_array().map(Vec::len), Some(15), "{json}");
    assert_eq!(web["time"], serde_json::json!({ "minutes_at_least": 17, "minutes_at_most": 1800 }), "{json}");

    desk.write("stack.toml", shop("2.0", "guard = { alarms = [\"web-errors\"] }\n"));
    let bad = desk.sandbox(&["rollout", "plan", "--allow", "10"]).exits(3);
    assert!(bad.out.contains(" 10 fail     alarms and metrics  there is no alarm `web-errors`"), "{}", bad.out);
    assert!(bad.out.contains("It may not begin: check 10 fails."), "{}", bad.out);
    let refused = desk.sandbox(&["apply", "--yes"]).exits(3);
    assert!(refused.out.contains("refused[PLAN015]") && refused.out.contains("there is no alarm"), "{}", refused.out);
    desk.sandbox(&["rollout", "plan", "--allow", "16"]).exits(64);
    desk.sandbox(&["rollout", "plan", "--service", "wbe"]).exits(1);

    // Nothing of it was begun.
    desk.write("stack.toml", shop("1.0", ""));
    assert_eq!(desk.sandbox(&["rollout", "plan"]).exits(0).out, "nothing would be rolled out\n");
}
