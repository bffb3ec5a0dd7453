//! The words beside what the mouse is over.

use super::{facts, prices, typed};
use expect_test::{Expect, expect};
use trueup::lsp::hover::hover;

fn told(lines: &str) -> String {
    let (page, at) = typed(lines);
    let found = hover(&page, at, &|| facts(&page), prices());
    found.map_or_else(|| "nothing".into(), |found| format!("[{}]\n{}\n", &page.text[found.range], found.markdown))
}

#[track_caller]
fn check(lines: &str, want: Expect) {
    want.assert_eq(&told(lines));
}

#[test]
fn a_module_says_what_it_is_and_what_it_costs() {
    check(
        "[database.oth|er]\nclass = \"db.t4g.medium\"\n[env.production.database.other]\nmulti_az = true\n",
        expect![[r#"
            [other]
            **`database.other`**

            A relational database.

            - **$99.17 a month** ($99.17 to $99.22) in `production`
            - **$50.15 a month** ($50.15 to $50.20) in `staging`

            Others may name:
            - `${database.other.host}`: the host name that clients connect to
            - `${database.other.port}`: its port
            - `${database.other.name}`: the database in it
            - `${database.other.user}`: the master user
            - `${database.other.secret}`: the ARN of the secret with `username` and `password`
            - `${database.other.id}`: the instance
            - `${database.other.arn}`: the instance's ARN
            - `${database.other.security_group}`: the id of its security group
        "#]],
    );
    check(
        "[env.production.net|work]\nnat = \"none\"\n",
        expect![[r#"
            [network]
            **`network`**

            The network that everything else stands in.

            - **$0.00 a month** in `production`
            - **$37.04 a month** ($36.50 to $41.90) in `staging`
        "#]],
    );
    check(
        "[resource.alar|ms]\nkind = \"sns.topic\"\n",
        expect![[r#"
            [alarms]
            **`resource.alarms`**

            `sns.topic`: Delivers the messages published to it to its subscribers.

            - **$0.00 a month** ($0.00 to $0.01) in `production`
            - **$0.00 a month** ($0.00 to $0.01) in `staging`
        "#]],
    );
}

#[test]
fn a_key_says_what_it_takes_and_what_holds_without_it() {
    check(
        "[database.b]\nbackup|_days = 3\n",
        expect![[r#"
        [backup_days]
        **`backup_days`**: whole number

        Days that backups are kept; 0 makes none.

        Default: `7`
    "#]],
    );
    check(
        "[database.b]\nengi|ne = \"mysql\"\n",
        expect![[r#"
        [engine]
        **`engine`**: postgres | mysql | mariadb

        The engine.

        Default: `"postgres"`
    "#]],
    );
    check(
        "[storage.b]\ncdn.price|_class = \"everywhere\"\n",
        expect![[r#"
        [price_class]
        **`price_class`**: america-europe | most-regions | everywhere

        The edge locations that it is served from: further away costs more.

        - `america-europe`: North America and Europe.
        - `most-regions`: The same, with Asia, Africa and the Middle East.
        - `everywhere`: Every place that CloudFront has.

        Default: `"america-europe"`
    "#]],
    );
    check(
        "[service.b.hea|lth]\n",
        expect![[r#"
        [health]
        **`health`**: table

        The health checks of its tasks.

        Default: `{ command = [], grace = 60, healthy = 2, interval = 15, path = "/", status = "200-399", timeout = 5, unhealthy = 3 }`
    "#]],
    );
    check(
        "[override.\"service.api.service\"]\ndesired|_count = 3\n",
        expect![[r#"
        [desired_count]
        **`desired_count`**: whole number

        The number of tasks that run; left out, autoscaling decides and nothing here ever sets it.
    "#]],
    );
    check("[service.b]\nport = 80 # th|is\n", expect![["nothing"]]);
}

#[test]
fn a_value_or_a_reference_says_what_it_stands_for() {
    check(
        "[service.b.environment]\nA = \"${database.ma|in.host}\"\n",
        expect![[r#"
            [main]
            **`database.main`**

            A relational database.

            `host`: the host name that clients connect to

            - **$14.38 a month** ($14.38 to $14.43) in `production`
            - **$14.38 a month** ($14.38 to $14.43) in `staging`
        "#]],
    );
    check(
        "[service.b.environment]\nA = \"${database.main.ho|st}\"\n",
        expect![[r#"
            [${database.main.host}]
            **`database.main`**

            A relational database.

            `host`: the host name that clients connect to

            - **$14.38 a month** ($14.38 to $14.43) in `production`
            - **$14.38 a month** ($14.38 to $14.43) in `staging`
        "#]],
    );
    check(
        "[[accept]]\nrule = \"SEC2|02\"\n",
        expect![[r#"
        [SEC202]
        **`SEC202`**: A database has a public address.

        Only its password then stands between the data and the internet.
    "#]],
    );
    check(
        "[database.b]\nclass = \"db.r7g.lar|ge\"\n",
        expect![[r#"
        [db.r7g.large]
        **`db.r7g.large`**: $174.47 a month

        **`class`**: text

        The instance class.

        Default: `"db.t4g.micro"`
    "#]],
    );
    check(
        "[resource.q]\nkind = \"sns.top|ic\"\n",
        expect![[r#"
        [sns.topic]
        **`sns.topic`**: Delivers the messages published to it to its subscribers.
    "#]],
    );
    check(
        "[service.b.environment]\nA = { secret = \"jw|t\" }\n",
        expect![[r#"
            [jwt]
            **`secrets.jwt`**

            A value that only services see.

            - **$0.40 a month** ($0.40 to $0.45) in `production`
            - **$0.40 a month** ($0.40 to $0.45) in `staging`

            Others may name:
            - `${secrets.jwt.arn}`: the secret's ARN
            - `${secrets.jwt.name}`: the secret's name in AWS
        "#]],
    );
}

#[test]
fn nothing_of_the_file_is_markdown() {
    let shown = told("[service.\"a`](javascript:x)|<b>\"]\n");
    assert!(shown.contains("``service.a`](javascript:x)<b>``") && !shown.contains("Others may name"), "{shown}");
}
