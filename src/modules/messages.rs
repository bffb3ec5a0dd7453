//! What people see of a bad stack file: one short case for each thing that can be wrong.

use super::parse;
use crate::core::source::Source;
use expect_test::{Expect, expect};

const HEAD: &str = "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n";

fn check(rest: &str, expect: Expect) {
    check_whole(&format!("{HEAD}{rest}"), None, &[], expect);
}

fn check_whole(text: &str, env: Option<&str>, sets: &[&str], expect: Expect) {
    let sets = sets.iter().map(|set| set.to_string()).collect::<Vec<_>>();
    let rejected = match parse(Source::new("stack.toml", text), env, &sets) {
        Err(rejected) => rejected,
        Ok(stack) => match stack.expand() {
            Err(rejected) => rejected,
            Ok(graph) => return expect.assert_eq(&format!("{} nodes", graph.len())),
        },
    };
    expect.assert_eq(&rejected.render(false));
}

#[test]
fn a_network_alone_is_fine() {
    check("", expect!["12 nodes"]);
}

#[test]
fn several_problems_come_at_once_in_order_of_place() {
    check_whole(
        "[stack]\nname = \"My Shop\"\nregoin = \"us-east-1\"\n[netwrok]\n[network]\ncidr = \"10.0.0.0/33\"\nnat = 'two'\n",
        None,
        &[],
        expect![[r#"
            error[KEY002]: `[stack]` needs `region`
             --> stack.toml:1:2
              |
            1 | [stack]
              |  ^^^^^
              |
              = help: region: The AWS region, such as `us-east-1`.

            error[NAME001]: `My Shop` cannot be a name: up to 40 of a-z, 0-9 and single hyphens inside
             --> stack.toml:2:8
              |
            2 | name = "My Shop"
              |        ^^^^^^^^^
              |
              = help: `my-shop` could

            error[KEY001]: unknown key `regoin` in `[stack]`
             --> stack.toml:3:1
              |
            3 | regoin = "us-east-1"
              | ^^^^^^
              |
              = help: did you mean `region`?

            error[KEY003]: unknown module `netwrok`
             --> stack.toml:4:2
              |
            4 | [netwrok]
              |  ^^^^^^^
              |
              = help: did you mean `network`?

            error[TYPE002]: `nat` cannot be `two`
             --> stack.toml:7:7
              |
            7 | nat = 'two'
              |       ^^^^^
              |
              = help: it is one of `one`, `per-zone`, `none`
        "#]],
    );
}

#[test]
fn ranges_that_overlap_come_with_the_next_free_one() {
    check(
        "subnets = { private-a = \"10.0.0.0/22\", public-z = \"10.0.0.0/24\" }\n",
        expect![[r#"
        error[NET104]: subnet `private-a` overlaps subnet `public-a`
         --> stack.toml:5:25
          |
        5 | subnets = { private-a = "10.0.0.0/22", public-z = "10.0.0.0/24" }
          |                         ^^^^^^^^^^^^^ overlaps 10.0.0.0/20
          |
          = help: the next free range is 10.0.32.0/22

        error[NET005]: this network has no subnet `public-z`
         --> stack.toml:5:51
          |
        5 | subnets = { private-a = "10.0.0.0/22", public-z = "10.0.0.0/24" }
          |                                                   ^^^^^^^^^^^^^
          |
          = help: it has public-a, public-b, private-a, private-b
    "#]],
    );
}
