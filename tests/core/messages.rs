//! The messages that people see of a bad stack file: one short case for each thing that can be wrong.

use expect_test::{Expect, expect};
use trueup::core::expand::expand;
use trueup::core::source::Source;
use trueup::modules::parse;

const HEAD: &str = "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n";

fn check(rest: &str, expect: Expect) {
    check_whole(&format!("{HEAD}{rest}"), None, &[], expect);
}

fn check_whole(text: &str, env: Option<&str>, sets: &[&str], expect: Expect) {
    let sets = sets.iter().map(|set| set.to_string()).collect::<Vec<_>>();
    let rejected = match parse(Source::new("stack.toml", text), env, &sets) {
        Err(rejected) => rejected,
        Ok(stack) => match expand(&stack) {
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

            error[NET001]: `10.0.0.0/33` is not an IPv4 range
             --> stack.toml:6:8
              |
            6 | cidr = "10.0.0.0/33"
              |        ^^^^^^^^^^^^^
              |
              = help: write it as 10.0.0.0/16

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

#[test]
fn a_service_needs_a_network_only_once() {
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[service.api]\nimage = \"nginx:1.29\"\nport = 80\n",
        None,
        &[],
        expect![[r#"
        error[MOD001]: service.api stands in a network, and the file has none
         --> stack.toml:4:10
          |
        4 | [service.api]
          |          ^^^
          |
          = help: add `[network]`; its defaults are fine to start with
    "#]],
    );
}

#[test]
fn ten_lines_give_a_service() {
    check("[service.api]\nimage = \"nginx:1.29\"\nport = 80\n", expect!["27 nodes"]);
}

#[test]
fn syntax_errors_come_alone() {
    check_whole(
        "[stack\nname = \"shop\"\nregion = \n[network]\nx = 1\nx = 2\n",
        None,
        &[],
        expect![[r#"
        error[FILE003]: unclosed table, expected `]`
         --> stack.toml:1:7
          |
        1 | [stack
          |       ^

        error[FILE003]: duplicate key
         --> stack.toml:6:1
          |
        6 | x = 2
          | ^
          |
          = help: take one of the two out
    "#]],
    );
}

#[test]
fn an_empty_file() {
    check_whole(
        "",
        None,
        &[],
        expect![[r#"
        error[KEY008]: the file needs `[stack]`, with `name` and `region`
         --> stack.toml:1:1
          |
        1 |
          | ^
    "#]],
    );
}

#[test]
fn the_stack_must_be_named() {
    check_whole(
        "[stack]\nregion = \"us-east-1\"\n[network]\ncidr = \"10.0.0.0/8\"\n",
        None,
        &[],
        expect![[r#"
        error[KEY002]: `[stack]` needs `name`
         --> stack.toml:1:2
          |
        1 | [stack]
          |  ^^^^^
          |
          = help: name: The name of the stack: a-z, 0-9 and single hyphens. Part of every name and of the proof of ownership.

        error[NET002]: the network's range is from /16 to /24, not /8
         --> stack.toml:4:8
          |
        4 | cidr = "10.0.0.0/8"
          |        ^^^^^^^^^^^^
          |
          = help: sixteen subnets are cut out of it, and AWS wants /28 or more for each
    "#]],
    );
}

#[test]
fn a_region_that_does_not_exist() {
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-11\"\naccount = \"12345\"\n[stack.tags]\n\"aws:x\" = \"y\"\n",
        None,
        &[],
        expect![[r#"
        error[NAME003]: `us-east-11` is no AWS region
         --> stack.toml:3:10
          |
        3 | region = "us-east-11"
          |          ^^^^^^^^^^^^
          |
          = help: did you mean `us-east-1`?

        error[NAME004]: an AWS account id is twelve digits
         --> stack.toml:4:11
          |
        4 | account = "12345"
          |           ^^^^^^^
          |
          = help: write the account id as twelve digits in quotes

        error[TAG001]: AWS refuses the tag `aws:x`
         --> stack.toml:6:11
          |
        6 | "aws:x" = "y"
          |           ^^^
          |
          = help: the prefixes `aws:` and `trueup:` are taken
    "#]],
    );
}

#[test]
fn a_module_without_its_name() {
    check(
        "[service]\nport = 80\nimage = \"x\"\n",
        expect![[r#"
        error[KEY005]: `port` must stand in a table with a name
         --> stack.toml:6:1
          |
        6 | port = 80
          | ^^^^
          |
          = help: write `[service.main]`, and `port` below it

        error[KEY005]: `image` must stand in a table with a name
         --> stack.toml:7:1
          |
        7 | image = "x"
          | ^^^^^
          |
          = help: write `[service.main]`, and `image` below it
    "#]],
    );
}

#[test]
fn unknown_keys_and_wrong_types() {
    check(
        "[service.api]\nimage = \"x\"\nprot = 80\ncpu = \"256\"\narchitecture = \"arm\"\nenvironment = { A = [1], B = { secrt = \"x\" } }\nenabled = \"no\"\n",
        expect![[r#"
            error[KEY001]: unknown key `prot` in `[service.api]`
             --> stack.toml:7:1
              |
            7 | prot = 80
              | ^^^^
              |
              = help: did you mean `port`?

            error[TYPE001]: `cpu` must be a whole number, not a string
             --> stack.toml:8:7
              |
            8 | cpu = "256"
              |       ^^^^^ this is a string
              |
              = help: write it as 256, without quotes

            error[TYPE002]: `architecture` cannot be `arm`
             --> stack.toml:9:16
              |
            9 | architecture = "arm"
              |                ^^^^^
              |
              = help: it is one of `x86_64`, `arm64`

            error[TYPE001]: `A` must be a string, a whole number, true or false or a table, not a list
              --> stack.toml:10:21
               |
            10 | environment = { A = [1], B = { secrt = "x" } }
               |                     ^^^
               |
               = help: A: A value of an environment variable.

            error[KEY002]: `[service.api.environment.B]` needs `secret`
              --> stack.toml:10:26
               |
            10 | environment = { A = [1], B = { secrt = "x" } }
               |                          ^
               |
               = help: secret: The name of a `[secrets.NAME]`, or the ARN of a secret, such as `${database.main.secret}`.

            error[KEY001]: unknown key `secrt` in `[service.api.environment.B]`
              --> stack.toml:10:32
               |
            10 | environment = { A = [1], B = { secrt = "x" } }
               |                                ^^^^^
               |
               = help: did you mean `secret`?

            error[TYPE001]: `enabled` must be true or false
              --> stack.toml:11:11
               |
            11 | enabled = "no"
               |           ^^^^
        "#]],
    );
}

#[test]
fn a_required_key_is_missing_with_its_meaning() {
    check(
        "[service.api]\nimage = \"x\"\nscale = { min = 1 }\n[[storage.files.cors]]\n",
        expect![[r#"
            error[KEY002]: `[service.api.scale]` needs `max`
             --> stack.toml:7:1
              |
            7 | scale = { min = 1 }
              | ^^^^^
              |
              = help: max: The largest number of tasks.

            error[KEY002]: `[storage.files.cors.0]` needs `origins`
             --> stack.toml:8:1
              |
            8 | [[storage.files.cors]]
              | ^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: origins: The origins of the pages, such as `https://example.com`.
        "#]],
    );
}

#[test]
fn names_that_aws_would_refuse() {
    check(
        "[service.My_Api]\nimage = \"x\"\n[database.\"a--b\"]\n[service.cluster]\nimage = \"x\"\n",
        expect![[r#"
            error[NAME001]: `My_Api` cannot be a name: up to 40 of a-z, 0-9 and single hyphens inside
             --> stack.toml:5:10
              |
            5 | [service.My_Api]
              |          ^^^^^^
              |
              = help: `my-api` could

            error[NAME001]: `a--b` cannot be a name: up to 40 of a-z, 0-9 and single hyphens inside
             --> stack.toml:7:11
              |
            7 | [database."a--b"]
              |           ^^^^^^
              |
              = help: `a-b` could

            error[MOD106]: a service cannot be called `cluster`: that is where all services run
             --> stack.toml:8:10
              |
            8 | [service.cluster]
              |          ^^^^^^^
        "#]],
    );
}

#[test]
fn references_to_nothing_list_what_exists() {
    check(
        "[database.main]\n[cache.main]\n[service.api]\nimage = \"x\"\n[service.api.environment]\nA = \"postgres://${database.mian.host}:5432\"\nB = \"${database.main.hots}\"\nC = \"${queue.main.url}\"\nD = \"${cache}\"\nE = \"${cache.other.host}\"\nF = \"$${not.a.reference} ${aws:username}\"\nG = \"${each.key}\"\nH = \"${service.api.url}\"\nI = { secret = \"jwt\" }\n",
        expect![[r#"
        error[REF001]: `database.mian` is not in this stack
          --> stack.toml:10:17
           |
        10 | A = "postgres://${database.mian.host}:5432"
           |                 ^^^^^^^^^^^^^^^^^^^^^
           |
           = help: did you mean `${database.main.host}`?

        error[REF002]: `database.main` has no output `hots`
          --> stack.toml:11:6
           |
        11 | B = "${database.main.hots}"
           |      ^^^^^^^^^^^^^^^^^^^^^
           |
           = help: did you mean `host`? It has host, port, name, user, secret, id, arn, security_group

        error[REF001]: `queue.main` is not in this stack
          --> stack.toml:12:6
           |
        12 | C = "${queue.main.url}"
           |      ^^^^^^^^^^^^^^^^^
           |
           = help: there is cache.main, database.main, service.api

        error[REF004]: `${cache}` is no reference
          --> stack.toml:13:6
           |
        13 | D = "${cache}"
           |      ^^^^^^^^
           |
           = help: a reference is ${module.name.output}; write $${ for a literal ${

        error[REF001]: `cache.other` is not in this stack
          --> stack.toml:14:6
           |
        14 | E = "${cache.other.host}"
           |      ^^^^^^^^^^^^^^^^^^^
           |
           = help: there is cache.main

        error[REF007]: `${each.key}` stands outside of any `for_each`
          --> stack.toml:16:6
           |
        16 | G = "${each.key}"
           |      ^^^^^^^^^^^
           |
           = help: `each` and `count` are known inside a table that has `for_each` or `count`

        error[REF002]: `service.api` has no output `url`
          --> stack.toml:17:6
           |
        17 | H = "${service.api.url}"
           |      ^^^^^^^^^^^^^^^^^^
           |
           = help: it has name, cluster, role, log_group, security_group

        error[REF006]: there is no `[secrets.jwt]`
          --> stack.toml:18:16
           |
        18 | I = { secret = "jwt" }
           |                ^^^^^
           |
           = help: there is none of these in the file
    "#]],
    );
}

#[test]
fn uses_of_modules_that_are_not_there() {
    check(
        "[secrets.jwt]\n[service.api]\nimage = \"x\"\nneeds = [\"database.main\"]\nstorage = { files = \"read\" }\nenvironment = { JWT = { secret = \"jwtt\" } }\n",
        expect![[r#"
        error[REF006]: there is no `[database.main]`
         --> stack.toml:8:10
          |
        8 | needs = ["database.main"]
          |          ^^^^^^^^^^^^^^^
          |
          = help: there is secrets.jwt, service.api

        error[REF006]: there is no `[storage.files]`
         --> stack.toml:9:21
          |
        9 | storage = { files = "read" }
          |                     ^^^^^^
          |
          = help: there is none of these in the file

        error[REF006]: there is no `[secrets.jwtt]`
          --> stack.toml:10:34
           |
        10 | environment = { JWT = { secret = "jwtt" } }
           |                                  ^^^^^^
           |
           = help: did you mean `jwt`?
    "#]],
    );
}

#[test]
fn a_module_that_is_off_cannot_be_used() {
    check(
        "[search.products]\nenabled = false\n[service.api]\nimage = \"x\"\nenvironment = { SEARCH = \"${search.products.url}\" }\n",
        expect![[r#"
        error[REF005]: `search.products` is off (`enabled = false`)
         --> stack.toml:9:27
          |
        9 | environment = { SEARCH = "${search.products.url}" }
          |                           ^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: switch it on, or do not refer to it
    "#]],
    );
}

#[test]
fn what_depends_on_a_broken_module_is_not_reported_twice() {
    check(
        "[database.main]\nengin = \"mysql\"\n[service.api]\nimage = \"x\"\nenvironment = { DB = \"${database.main.host}\" }\n",
        expect![[r#"
        error[KEY001]: unknown key `engin` in `[database.main]`
         --> stack.toml:6:1
          |
        6 | engin = "mysql"
          | ^^^^^
          |
          = help: did you mean `engine`?
    "#]],
    );
}

#[test]
fn bad_ranges() {
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\ncidr = \"10.0.0.1/16\"\n",
        None,
        &[],
        expect![[r#"
        error[NET007]: `10.0.0.1/16` has bits set beyond its prefix
         --> stack.toml:5:8
          |
        5 | cidr = "10.0.0.1/16"
          |        ^^^^^^^^^^^^^
          |
          = help: the range is written 10.0.0.0/16
    "#]],
    );
}

#[test]
fn a_range_outside_of_the_network() {
    check(
        "subnets = { private-a = \"192.168.0.0/24\", private-b = \"10.0.0.0/33\" }\n",
        expect![[r#"
            error[NET004]: subnet `private-a` lies outside of the network's 10.0.0.0/16
             --> stack.toml:5:25
              |
            5 | subnets = { private-a = "192.168.0.0/24", private-b = "10.0.0.0/33" }
              |                         ^^^^^^^^^^^^^^^^ not inside 10.0.0.0/16
              |
              = help: subnets: Ranges of subnets that are not to be derived, by name: `private-a = "10.0.8.0/22"`.

            error[NET001]: `10.0.0.0/33` is not an IPv4 range
             --> stack.toml:5:55
              |
            5 | subnets = { private-a = "192.168.0.0/24", private-b = "10.0.0.0/33" }
              |                                                       ^^^^^^^^^^^^^
              |
              = help: write it as 10.0.8.0/22
        "#]],
    );
}

#[test]
fn a_full_network() {
    check(
        "cidr = \"10.0.0.0/24\"\nsubnets = { private-a = \"10.0.0.0/25\", private-b = \"10.0.0.128/25\" }\n",
        expect![[r#"
        error[NET104]: subnet `private-a` overlaps subnet `public-a`
         --> stack.toml:6:25
          |
        6 | subnets = { private-a = "10.0.0.0/25", private-b = "10.0.0.128/25" }
          |                         ^^^^^^^^^^^^^ overlaps 10.0.0.0/28
          |
          = help: there is no free /25 left in 10.0.0.0/24

        error[NET104]: subnet `private-a` overlaps subnet `public-b`
         --> stack.toml:6:25
          |
        6 | subnets = { private-a = "10.0.0.0/25", private-b = "10.0.0.128/25" }
          |                         ^^^^^^^^^^^^^ overlaps 10.0.0.16/28
          |
          = help: there is no free /25 left in 10.0.0.0/24
    "#]],
    );
}

#[test]
fn zones_and_endpoints() {
    check(
        "zones = 9\nendpoints = [\"s3\", \"s3\", \"ecr.dkrr\"]\n",
        expect![[r#"
            error[NET003]: `zones` is from 1 to 4 in us-east-1, not 9
             --> stack.toml:5:9
              |
            5 | zones = 9
              |         ^
              |
              = help: load balancers and databases need two

            error[NET010]: the endpoint `s3` is there twice
             --> stack.toml:6:20
              |
            6 | endpoints = ["s3", "s3", "ecr.dkrr"]
              |                    ^^^^
              |
              = help: endpoints: AWS services to be reached without leaving the VPC: `s3` and `dynamodb` are free, others cost by the hour and zone.

            error[NET006]: `ecr.dkrr` is no service with an endpoint that Trueup knows
             --> stack.toml:6:26
              |
            6 | endpoints = ["s3", "s3", "ecr.dkrr"]
              |                          ^^^^^^^^^^
              |
              = help: did you mean `ecr.dkr`?
        "#]],
    );
}

#[test]
fn one_zone_is_not_enough() {
    check(
        "zones = 1\n[database.main]\n[service.api]\nimage = \"x\"\nport = 80\n",
        expect![[r#"
        error[MOD202]: a database needs subnets in two zones, and the network has one
         --> stack.toml:6:11
          |
        6 | [database.main]
          |           ^^^^
          |
          = help: write zones = 2 in [network]

        error[MOD102]: a load balancer needs subnets in two zones, and the network has one
         --> stack.toml:9:8
          |
        9 | port = 80
          |        ^^
          |
          = help: write zones = 2 in [network]
    "#]],
    );
}

#[test]
fn workers_have_no_load_balancer() {
    check(
        "[service.worker]\nimage = \"x\"\ncertificate = \"arn:aws:acm:us-east-1:123456789012:certificate/x\"\ndeployment = \"blue-green\"\n",
        expect![[r#"
        error[MOD104]: `certificate` is the load balancer's, and a worker has none
         --> stack.toml:7:15
          |
        7 | certificate = "arn:aws:acm:us-east-1:123456789012:certificate/x"
          |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: give the service a `port`

        error[MOD107]: blue-green shifts a load balancer's traffic, and a worker has none
         --> stack.toml:8:14
          |
        8 | deployment = "blue-green"
          |              ^^^^^^^^^^^^
          |
          = help: give the service a `port`, or write deployment = "rolling"
    "#]],
    );
}

#[test]
fn scaling_backwards() {
    check(
        "[service.api]\nimage = \"x\"\nscale = { min = 5, max = 2 }\n",
        expect![[r#"
        error[MOD103]: `scale` goes from 5 to 2 tasks
         --> stack.toml:7:26
          |
        7 | scale = { min = 5, max = 2 }
          |                          ^
          |
          = help: `max` is at least `min`, and at least 1
    "#]],
    );
}

#[test]
fn what_fargate_refuses_is_shown_at_the_key() {
    check(
        "[service.api]\nimage = \"x\"\ncpu = 256\nmemory = 4096\nlog_days = 31\n",
        expect![[r#"
        error[ECS063]: Fargate has no task of 256 CPU units with 4096 MiB
         --> stack.toml:8:10
          |
        8 | memory = 4096
          |          ^^^^
          |
          = help: 512, 1024 or 2048

        error[LOG004]: CloudWatch Logs has no retention of 31 days
         --> stack.toml:9:12
          |
        9 | log_days = 31
          |            ^^
          |
          = help: the next one is 60; 0 keeps lines for ever
    "#]],
    );
}

#[test]
fn what_rds_refuses_is_shown_at_the_key() {
    check(
        "[database.main]\nclass = \"t4g.micro\"\nstorage = 5\nname = \"1-shop\"\nuser = \"postgres\"\nlogs = [\"slow\"]\n",
        expect![[r#"
            error[RDS015]: `t4g.micro` is not an instance class
             --> stack.toml:6:9
              |
            6 | class = "t4g.micro"
              |         ^^^^^^^^^^^
              |
              = help: such as db.t4g.micro

            error[RDS005]: gp3 storage is 20 to 65536 GiB, not 5
             --> stack.toml:7:11
              |
            7 | storage = 5
              |           ^
              |
              = help: write 20

            error[RDS014]: `1-shop` cannot be the name of a database
             --> stack.toml:8:8
              |
            8 | name = "1-shop"
              |        ^^^^^^^^
              |
              = help: a letter, then up to 62 letters, digits and `_`

            error[RDS018]: postgres has no log `slow`
              --> stack.toml:10:8
               |
            10 | logs = ["slow"]
               |        ^^^^^^^^
               |
               = help: one of postgresql, upgrade, iam-db-auth-error
        "#]],
    );
}

#[test]
fn what_elasticache_refuses() {
    check(
        "[cache.main]\nnodes = 9\nclass = \"db.t4g.micro\"\npassword = \"redis\"\n",
        expect![[r#"
        error[TYPE003]: a cache has 1 to 6 nodes, not 9
         --> stack.toml:6:9
          |
        6 | nodes = 9
          |         ^
          |
          = help: one writes, up to five more read

        error[ECA004]: `db.t4g.micro` is not a node type
         --> stack.toml:7:9
          |
        7 | class = "db.t4g.micro"
          |         ^^^^^^^^^^^^^^
          |
          = help: such as cache.t4g.micro

        error[REF006]: there is no `[secrets.redis]`
         --> stack.toml:8:12
          |
        8 | password = "redis"
          |            ^^^^^^^
          |
          = help: add `[secrets.redis]` with generate = true
    "#]],
    );
}

#[test]
fn storage_and_its_cdn() {
    check(
        "[storage.files]\nexpire_days = 7\ninfrequent_days = 7\ncdn = { aliases = [\"cdn.example.com\"] }\n[[storage.files.cors]]\norigins = [\"example.com\"]\n",
        expect![[r#"
        error[MOD405]: objects would be removed before they move
         --> stack.toml:7:19
          |
        7 | infrequent_days = 7
          |                   ^
          |
          = help: let `infrequent_days` be below `expire_days`

        error[MOD406]: S3 moves objects to the class for what is rarely read after 30 days at the earliest
         --> stack.toml:7:19
          |
        7 | infrequent_days = 7
          |                   ^
          |
          = help: write 30 or more

        error[MOD401]: names of its own need a certificate that covers them
         --> stack.toml:8:19
          |
        8 | cdn = { aliases = ["cdn.example.com"] }
          |                   ^^^^^^^^^^^^^^^^^^^
          |
          = help: write certificate = "arn:aws:acm:us-east-1:…"

        error[MOD404]: `example.com` is not an origin
          --> stack.toml:10:11
           |
        10 | origins = ["example.com"]
           |           ^^^^^^^^^^^^^^^
           |
           = help: an origin begins with its scheme: https://example.com
    "#]],
    );
}

#[test]
fn monitoring_addresses() {
    check(
        "[monitoring]\nemails = [\"ops\"]\nwebhooks = [\"http://example.com\"]\nalarms = [\"cpu\", \"latenzy\"]\n[monitoring.thresholds]\ncpu = 120\n",
        expect![[r#"
            error[MOD301]: `ops` is not an e-mail address
             --> stack.toml:6:11
              |
            6 | emails = ["ops"]
              |           ^^^^^
              |
              = help: write it as name@example.com

            error[MOD302]: `http://example.com` is not an HTTPS address
             --> stack.toml:7:13
              |
            7 | webhooks = ["******************"]
              |             ^^^^^^^^^^^^^^^^^^^^
              |
              = help: alarms are only sent encrypted

            error[MOD303]: there is no service whose CPU could be watched
             --> stack.toml:8:10
              |
            8 | alarms = ["cpu", "latenzy"]
              |          ^^^^^^^^^^^^^^^^^^
              |
              = help: take `cpu` out of `alarms`

            error[TYPE002]: `alarms.1` cannot be `latenzy`
             --> stack.toml:8:18
              |
            8 | alarms = ["cpu", "latenzy"]
              |                  ^^^^^^^^^
              |
              = help: did you mean `latency`? It is one of `cpu`, `memory`, `errors`, `latency`, `unhealthy`, `database-cpu`, `database-storage`, `database-connections`, `cache-cpu`, `cache-memory`, `search-storage`, `search-status`

            error[TYPE003]: `cpu` is a percentage, not 120
              --> stack.toml:10:7
               |
            10 | cpu = 120
               |       ^^^
               |
               = help: write it from 0 to 100
        "#]],
    );
}

#[test]
fn monitoring_thresholds() {
    check(
        "[monitoring]\nemails = [\"ops\"]\nwebhooks = [\"http://example.com\"]\n[monitoring.thresholds]\ncpu = 120\n",
        expect![[r#"
            error[MOD301]: `ops` is not an e-mail address
             --> stack.toml:6:11
              |
            6 | emails = ["ops"]
              |           ^^^^^
              |
              = help: write it as name@example.com

            error[MOD302]: `http://example.com` is not an HTTPS address
             --> stack.toml:7:13
              |
            7 | webhooks = ["******************"]
              |             ^^^^^^^^^^^^^^^^^^^^
              |
              = help: alarms are only sent encrypted

            error[TYPE003]: `cpu` is a percentage, not 120
             --> stack.toml:9:7
              |
            9 | cpu = 120
              |       ^^^
              |
              = help: write it from 0 to 100
        "#]],
    );
}

#[test]
fn what_is_written_is_judged_before_it_is_sorted_clamped_or_dropped() {
    check(
        r#"
[resource.files]
kind = "s3.bucket"
encryption = { kms_key_id = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d" }
[resource.group]
kind = "ec2.security_group"
vpc_id = "${network.vpc.id}"
ingress = [
  { from_port = 443, cidr = "10.0.0.0/8" },
  { protocol = "-1", from_port = 22, cidr = "10.0.0.0/8" },
  { from_port = 80, cidr = "10.0.0.0/33" },
]
[database.main]
[override."database.main.instance"]
max_allocated_storage = 20
"#,
        expect![[r#"
            error[S3B004]: AES256 uses no KMS key
             --> stack.toml:8:29
              |
            8 | encryption = { kms_key_id = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d" }
              |                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = help: set sse_algorithm = "aws:kms", or leave the key out

            error[VPC059]: protocol `all` has no ports
              --> stack.toml:14:34
               |
            14 |   { protocol = "-1", from_port = 22, cidr = "10.0.0.0/8" },
               |                                  ^^
               |
               = help: leave the ports out, or name tcp or udp

            error[VPC061]: `10.0.0.0/33` is not an IPv4 range
              --> stack.toml:15:28
               |
            15 |   { from_port = 80, cidr = "10.0.0.0/33" },
               |                            ^^^^^^^^^^^^^
               |
               = help: write it as 10.0.0.0/16

            error[RDS006]: 20 GiB leaves no room above 20
              --> stack.toml:19:25
               |
            19 | max_allocated_storage = 20
               |                         ^^
               |
               = help: 22 or more, or leave it out: then the storage does not grow by itself
        "#]],
    );
}

#[test]
fn reserved_tags_are_found_wherever_they_stand() {
    check(
        "[storage.files]\ntags = { \"aws:owner\" = \"x\" }\n[resource.log]\nkind = \"logs.log_group\"\ntags = { \"trueup:stack\" = \"x\", \"a\" = \"<b>\" }\n",
        expect![[r#"
            error[TAG001]: AWS refuses the tag `aws:owner`
             --> stack.toml:6:24
              |
            6 | tags = { "aws:owner" = "x" }
              |                        ^^^
              |
              = help: the prefixes `aws:` and `trueup:` are taken

            error[TAG001]: AWS refuses the tag `trueup:stack`
             --> stack.toml:9:27
              |
            9 | tags = { "trueup:stack" = "x", "a" = "<b>" }
              |                           ^^^
              |
              = help: the prefixes `aws:` and `trueup:` are taken

            error[TAG003]: AWS refuses the tag `a`
             --> stack.toml:9:38
              |
            9 | tags = { "trueup:stack" = "x", "a" = "<b>" }
              |                                      ^^^^^
              |
              = help: keys and values hold letters, digits, spaces and _ . : / = + - @
        "#]],
    );
}

#[test]
fn raw_resources() {
    check(
        "[resource.a]\n[resource.b]\nkind = \"ec2.security_grup\"\n[resource.c]\nkind = \"ec2.vpc\"\ncidr = \"10.1.0.0/8\"\ndns = true\n[resource.d]\nkind = \"ec2.vpc\"\ncidr = \"10.1.0.0/8\"\n",
        expect![[r#"
            error[KEY002]: `[resource.a]` needs `kind`
             --> stack.toml:5:11
              |
            5 | [resource.a]
              |           ^
              |
              = help: such as kind = "ec2.security_group"; `trueup schema` lists them

            error[KEY006]: there is no kind `ec2.security_grup`
             --> stack.toml:7:8
              |
            7 | kind = "ec2.security_grup"
              |        ^^^^^^^^^^^^^^^^^^^
              |
              = help: did you mean `ec2.security_group`?

            error[VPC102]: `10.1.0.0/8` has bits set beyond its prefix
              --> stack.toml:10:8
               |
            10 | cidr = "10.1.0.0/8"
               |        ^^^^^^^^^^^^
               |
               = help: the range is written 10.0.0.0/8

            error[VPC103]: a VPC is from /16 to /28, not /8
              --> stack.toml:10:8
               |
            10 | cidr = "10.1.0.0/8"
               |        ^^^^^^^^^^^^
               |
               = help: write 10.0.0.0/16

            error[KEY001]: unknown key `dns` in `[resource.c]`
              --> stack.toml:11:1
               |
            11 | dns = true
               | ^^^
               |
               = help: it takes cidr, dns_hostnames, dns_support, tags

            error[VPC102]: `10.1.0.0/8` has bits set beyond its prefix
              --> stack.toml:14:8
               |
            14 | cidr = "10.1.0.0/8"
               |        ^^^^^^^^^^^^
               |
               = help: the range is written 10.0.0.0/8

            error[VPC103]: a VPC is from /16 to /28, not /8
              --> stack.toml:14:8
               |
            14 | cidr = "10.1.0.0/8"
               |        ^^^^^^^^^^^^
               |
               = help: write 10.0.0.0/16
        "#]],
    );
}

#[test]
fn resources_that_need_each_other() {
    check(
        "[resource.a]\nkind = \"ec2.security_group\"\nvpc_id = \"${network.vpc.id}\"\ndescription = \"${resource.b.id}\"\n[resource.b]\nkind = \"ec2.security_group\"\nvpc_id = \"${network.vpc.id}\"\ndescription = \"${resource.a.id}\"\n",
        expect![[r#"
        error[REF003]: these refer to each other in a circle: resource.a → resource.b → resource.a
         --> stack.toml:5:11
          |
        5 | [resource.a]
          |           ^
          |
          = help: break the circle: one of them must not name the next
    "#]],
    );
}

#[test]
fn for_each_and_count() {
    check(
        "[resource.a]\nkind = \"ec2.vpc\"\nfor_each = [\"x\", \"x\", \"Y Z\"]\ncidr = \"${each.value.cidr}\"\n[resource.b]\nkind = \"ec2.vpc\"\ncount = 2\nfor_each = [\"x\"]\ncidr = \"10.1.0.0/16\"\n[resource.c]\nkind = \"ec2.vpc\"\ncount = -1\ncidr = \"10.1.0.0/16\"\n[resource.d]\nkind = \"ec2.vpc\"\nfor_each = { x = { cidr = \"10.1.0.0/16\" }, y = { cidr = 5 } }\ncidr = \"${each.value.cidr}\"\n",
        expect![[r#"
            error[NAME002]: `x` is there twice
             --> stack.toml:7:18
              |
            7 | for_each = ["x", "x", "Y Z"]
              |                  ^^^

            error[NAME001]: `Y Z` cannot be a name: up to 40 of a-z, 0-9 and single hyphens inside
             --> stack.toml:7:23
              |
            7 | for_each = ["x", "x", "Y Z"]
              |                       ^^^^^
              |
              = help: `y-z` could

            error[REF008]: `${each.value.cidr}` is not known here
             --> stack.toml:8:8
              |
            8 | cidr = "${each.value.cidr}"
              |        ^^^^^^^^^^^^^^^^^^^^
              |
              = help: there is each.key, each.value

            error[KEY004]: a table has `for_each` or `count`, not both
              --> stack.toml:12:1
               |
            12 | for_each = ["x"]
               | ^^^^^^^^

            error[TYPE003]: `count` is a whole number from 0 to 1000
              --> stack.toml:16:9
               |
            16 | count = -1
               |         ^^

            error[TYPE001]: `cidr` must be a string, not a whole number
              --> stack.toml:21:8
               |
            21 | cidr = "${each.value.cidr}"
               |        ^^^^^^^^^^^^^^^^^^^^ this is a whole number
               |
               = help: cidr: The IPv4 range, from /16 to /28.
        "#]],
    );
}

#[test]
fn overrides_moves_and_adoptions() {
    check(
        "[override.\"network.vpcc\"]\ndns_support = false\n[override.\"network.vpc\"]\ndns_suport = false\nprotect = \"yes\"\n[[moved]]\nfrom = \"network.vpc\"\nto = \"network.old\"\n[[moved]]\nfrom = \"network.old\"\nto = \"network.nothing\"\n[[adopt]]\naddress = \"network.vcp\"\nid = \"vpc-1\"\n[[adopt]]\naddress = \"network.vpc\"\nid = \"\"\n",
        expect![[r#"
        error[OVR001]: `network.vpcc` is no resource of this stack
         --> stack.toml:5:11
          |
        5 | [override."network.vpcc"]
          |           ^^^^^^^^^^^^^^
          |
          = help: did you mean `network.vpc`?

        error[KEY001]: unknown key `dns_suport` in `[override."network.vpc"]`
         --> stack.toml:8:1
          |
        8 | dns_suport = false
          | ^^^^^^^^^^
          |
          = help: did you mean `dns_support`?

        error[TYPE001]: `protect` must be true or false
         --> stack.toml:9:11
          |
        9 | protect = "yes"
          |           ^^^^^

        error[OVR006]: `network.vpc` is still in the file, so nothing has moved from there
          --> stack.toml:11:8
           |
        11 | from = "network.vpc"
           |        ^^^^^^^^^^^^^
           |
           = help: take this entry out, or rename the module

        error[OVR002]: `network.nothing` is no resource of this stack
          --> stack.toml:15:6
           |
        15 | to = "network.nothing"
           |      ^^^^^^^^^^^^^^^^^
           |
           = help: did you mean `network.nat.a`?

        error[OVR003]: `network.vcp` is no resource of this stack
          --> stack.toml:17:11
           |
        17 | address = "network.vcp"
           |           ^^^^^^^^^^^^^
           |
           = help: did you mean `network.vpc`?

        error[OVR008]: the id is empty
          --> stack.toml:21:6
           |
        21 | id = ""
           |      ^^
    "#]],
    );
}

#[test]
fn an_override_that_aws_would_refuse() {
    check(
        "[override.\"network.vpc\"]\ncidr = \"10.0.0.0/8\"\ndns_support = false\n",
        expect![[r#"
            error[VPC104]: ec2.vpc `network.vpc` cannot be made so: dns_hostnames: DNS host names need `dns_support`
             --> stack.toml:5:11
              |
            5 | [override."network.vpc"]
              |           ^^^^^^^^^^^^^
              |
              = help: set dns_support = true, or dns_hostnames = false

            error[VPC103]: a VPC is from /16 to /28, not /8
             --> stack.toml:6:8
              |
            6 | cidr = "10.0.0.0/8"
              |        ^^^^^^^^^^^^
              |
              = help: write 10.0.0.0/16
        "#]],
    );
}

#[test]
fn every_environment_is_looked_through() {
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[service.api]\nimage = \"x\"\n[env.staging.service.api]\nmemry = 512\n[env.staging.netwrk]\n[env.production.service.api]\ncpu = \"256\"\n[env.production.service.api.environment]\nA = \"${database.main.host}\"\n",
        Some("production"),
        &[],
        expect![[r#"
            warning[OPS205]: `x` is another image tomorrow
             --> stack.toml:6:9
              |
            6 | image = "x"
              |         ^^^
              |
              = help: name a version, or a digest: name@sha256:…

            error[KEY001]: unknown key `memry` in `[service.api]`
             --> stack.toml:8:1
              |
            8 | memry = 512
              | ^^^^^
              |
              = help: did you mean `memory`?

            error[KEY003]: unknown module `netwrk`
             --> stack.toml:9:14
              |
            9 | [env.staging.netwrk]
              |              ^^^^^^
              |
              = help: did you mean `network`?

            error[TYPE001]: `cpu` must be a whole number, not a string
              --> stack.toml:11:7
               |
            11 | cpu = "256"
               |       ^^^^^ this is a string
               |
               = help: write it as 256, without quotes

            error[REF001]: `database.main` is not in this stack
              --> stack.toml:13:6
               |
            13 | A = "${database.main.host}"
               |      ^^^^^^^^^^^^^^^^^^^^^
               |
               = help: add `[database.main]`, or refer to service.api
        "#]],
    );
}

#[test]
fn an_environment_must_be_chosen_and_exist() {
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[service.api]\nimage = \"x\"\n[env.staging]\n[env.production]\n",
        None,
        &[],
        expect![[r#"
        error[FILE008]: this file has the environments production, staging, and none is chosen
         --> stack.toml:8:6
          |
        8 | [env.production]
          |      ^^^^^^^^^^
          |
          = help: choose one with --env NAME
    "#]],
    );
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[service.api]\nimage = \"x\"\n[env.staging]\n[env.production]\n",
        Some("prod"),
        &[],
        expect![[r#"
            warning[OPS205]: `x` is another image tomorrow
             --> stack.toml:6:9
              |
            6 | image = "x"
              |         ^^^
              |
              = help: name a version, or a digest: name@sha256:…

            error[FILE005]: this file has no environment `prod`
             --> stack.toml:8:6
              |
            8 | [env.production]
              |      ^^^^^^^^^^
              |
              = help: it has production, staging
        "#]],
    );
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[service.api]\nimage = \"x\"\n[env.staging]\n[env.production]\n",
        Some("production"),
        &[],
        expect!["19 nodes"],
    );
}

#[test]
fn problems_in_a_set_argument_are_shown_there() {
    let sets = [
        "service.api.cpu=many",
        "service.api.imag=x",
        "stack.region",
        "service.api.image=repo@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[service.api]\nimage = \"x\"\n[env.staging]\n[env.production]\n",
        Some("staging"),
        &sets[..2],
        expect![[r#"
            error[TYPE001]: `cpu` must be a whole number, not a string
             --> --set argument 1:1:17
              |
            1 | service.api.cpu=many
              |                 ^^^^ this is a string
              |
              = help: cpu: CPU units of a task, 1024 to a vCPU.

            error[KEY001]: unknown key `imag` in `[service.api]`
             --> --set argument 2:1:13
              |
            1 | service.api.imag=x
              |             ^^^^
              |
              = help: did you mean `image`?
        "#]],
    );
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[service.api]\nimage = \"x\"\n[env.staging]\n[env.production]\n",
        Some("staging"),
        &sets[2..3],
        expect![[r#"
        error[FILE006]: a --set has the form path=value
         --> --set argument 1:1:1
          |
        1 | stack.region
          | ^^^^^^^^^^^^
          |
          = help: write it as --set service.api.image="repository/name@sha256:…"
    "#]],
    );
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[service.api]\nimage = \"x\"\n[env.staging]\n[env.production]\n",
        Some("staging"),
        &sets[3..],
        expect!["19 nodes"],
    );
}

#[test]
fn usage_is_of_something_that_is_there() {
    check(
        "[usage.netwrok]\nnat_gb = 5\n[usage.\"network.nat.a\"]\nnat_gp = 5\nnat_gb = -1\nnat_sent_gb = { low = 5, likely = 1 }\nlog_gb = 1\n",
        expect![[r#"
            error[USE001]: there is no `netwrok` in this stack
             --> stack.toml:5:8
              |
            5 | [usage.netwrok]
              |        ^^^^^^^
              |
              = help: did you mean `network`?

            error[KEY001]: unknown key `nat_gp` in `[usage."network.nat.a"]`
             --> stack.toml:8:1
              |
            8 | nat_gp = 5
              | ^^^^^^
              |
              = help: did you mean `nat_gb`?

            error[TYPE003]: -1 is less than nothing
             --> stack.toml:9:10
              |
            9 | nat_gb = -1
              |          ^^
              |
              = help: an amount is a number from 0 to 1000000000000, for a month

            error[USE003]: 5, 1, 1 do not rise
              --> stack.toml:10:1
               |
            10 | nat_sent_gb = { low = 5, likely = 1 }
               | ^^^^^^^^^^^
               |
               = help: `low` is at most `likely`, and that at most `high`

            warning[USE203]: `nat_sent_gb` says more of `network.nat.a` than there is: it is part of `nat_gb`
              --> stack.toml:10:1
               |
            10 | nat_sent_gb = { low = 5, likely = 1 }
               | ^^^^^^^^^^^
               |
               = help: give less, or more of `nat_gb`

            warning[USE002]: nothing in `network.nat.a` is billed by `log_gb`
              --> stack.toml:11:10
               |
            11 | log_gb = 1
               |          ^
               |
               = help: it takes nat_cross_zone_gb, nat_gb, nat_sent_gb
        "#]],
    );
}

#[test]
fn a_budget_is_more_than_nothing() {
    check_whole(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.budget]\nmonthly = 0\nwarn_at = 80\nlargest_increase = -5\n[network]\n",
        None,
        &[],
        expect![[r#"
            error[TYPE003]: the monthly limit must be more than 0
             --> stack.toml:5:11
              |
            5 | monthly = 0
              |           ^
              |
              = help: monthly: The most that a month may cost.

            error[TYPE003]: this share must be from 0 to 1
             --> stack.toml:6:11
              |
            6 | warn_at = 80
              |           ^^
              |
              = help: write 0.8 for a warning from 80 % of the limit on

            error[TYPE003]: the largest increase cannot be negative
             --> stack.toml:7:20
              |
            7 | largest_increase = -5
              |                    ^^
              |
              = help: largest_increase: The most that one plan may add to a month.
        "#]],
    );
}

#[test]
fn the_words_and_units_of_others_are_answered_in_ours() {
    let help = |table: &str| {
        let file = format!("[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n{table}");
        let found = trueup::modules::validate(Source::new("stack.toml", file), None, &[]).diagnostics;
        let told =
            found.iter().find(|one| ["KEY001", "KEY003", "TYPE001"].contains(&one.code)).unwrap_or_else(|| panic!("{table}: {found:?}"));
        told.help.clone().unwrap_or_default()
    };
    for (table, wanted) in [
        ("[network]\n[service.web]\nimage = \"x\"\ndesired_count = 2", "did you mean `tasks`?"),
        ("[network]\n[service.web]\nimage = \"x\"\n[service.web.env]\nA = \"b\"", "did you mean `environment`?"),
        ("[network]\n[cache.main]\nnode_type = \"cache.t4g.small\"", "did you mean `class`?"),
        ("[vpc]", "did you mean `network`?"),
        ("[network]\n[rds.main]", "did you mean `database`?"),
        (
            "[network]\n[service.web]\nimage = \"x\"\nmemory = \"1GB\"",
            "write it as 1024: MiB of a task; the possible values depend on `cpu`.",
        ),
        ("[network]\n[service.web]\nimage = \"x\"\nmemory = \"1024\"", "write it as 1024, without quotes"),
        ("[network]\n[database.main]\nstorage = \"20 GB\"", "write it as 20: GiB of storage. It can grow and never shrink."),
    ] {
        assert_eq!(help(table), wanted, "{table}");
    }
}
