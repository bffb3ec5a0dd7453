//! SMOKE and NOTE: the checks of a new revision, and who is told of a rollout.

use super::super::code::{Category, Code, Example};

/// A service with these checks, wrong and right.
macro_rules! smoke {
    ($wrong:literal, $right:literal) => {
        Example::Stack { wrong: &[smoke!($wrong)], right: &[smoke!($right)] }
    };
    ($checks:literal) => {
        concat!("[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { smoke = [", $checks, "] }")
    };
}

/// A service of whose rollouts these are told, wrong and right.
macro_rules! note {
    ($wrong:literal, $right:literal) => {
        Example::Stack { wrong: &[note!($wrong)], right: &[note!($right)] }
    };
    ($notify:literal) => {
        concat!("[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nrollout = { notify = {", $notify, "} }")
    };
}

const SMOKE: Code = Code { category: Category::Delivery, ..Code::NEW };

pub const CHECK_PATH: Code = Code {
    id: "SMOKE001",
    about: "The path of a smoke check is none.",
    why: "A request goes to the service itself, and its path begins with `/`; other letters would have to be escaped.",
    page: "https://www.rfc-editor.org/rfc/rfc3986#section-3.3",
    example: smoke!("{ path = \"health\" }", "{ path = \"/health\" }"),
    ..SMOKE
};

pub const CHECK_HEADER: Code = Code {
    id: "SMOKE002",
    about: "A header of a smoke check cannot be sent.",
    why: "It could make two requests of one or lead to another host, or the load balancer drops it.",
    page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#load-balancer-attributes",
    example: smoke!(
        "{ path = \"/\", headers = { Host = \"example.com\" } }",
        "{ path = \"/\", headers = { Accept = \"application/json\" } }"
    ),
    ..SMOKE
};

pub const CHECK_STATUS: Code = Code {
    id: "SMOKE003",
    about: "A smoke check waits for a status that no answer has.",
    why: "It could never pass, so no release would get traffic.",
    page: "https://www.rfc-editor.org/rfc/rfc9110#section-15",
    example: smoke!("{ path = \"/\", status = 700 }", "{ path = \"/\", status = \"200-299\" }"),
    ..SMOKE
};

pub const CHECK_JSONPATH: Code = Code {
    id: "SMOKE004",
    about: "A JSONPath of a smoke check is none.",
    why: "It selects nothing, or takes longer than anybody waits.",
    page: "https://www.rfc-editor.org/rfc/rfc9535",
    example: smoke!("{ path = \"/\", exists = [\"$.a[\"] }", "{ path = \"/\", exists = [\"$.a[0]\"] }"),
    ..SMOKE
};

pub const CHECK_VARIABLE: Code = Code {
    id: "SMOKE005",
    about: "A smoke check uses a variable that no check before it saves, or a reference.",
    why: "There would be nothing to send in its place.",
    example: smoke!("{ path = \"/orders/{{id}}\" }", "{ path = \"/orders\", save = { id = \"$.id\" } }, { path = \"/orders/{{id}}\" }"),
    ..SMOKE
};

pub const CHECK_TOKEN: Code = Code {
    id: "SMOKE006",
    category: Category::Security,
    about: "The token of a smoke check is not there, or stands where it would be shown.",
    why: "Paths end up in the logs of load balancers and services, and whoever reads a token there can use it.",
    page: "https://www.rfc-editor.org/rfc/rfc6750#section-5.3",
    example: smoke!("{ path = \"/?key={{token}}\", token = { env = \"SMOKE\" } }", "{ path = \"/\", token = { env = \"SMOKE\" } }"),
    ..SMOKE
};

pub const CHECK_HEAD: Code = Code {
    id: "SMOKE007",
    about: "A smoke check looks at the body of an answer that has none.",
    why: "HEAD is answered with headers alone.",
    page: "https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2",
    example: smoke!("{ path = \"/\", method = \"HEAD\", contains = [\"ok\"] }", "{ path = \"/\", method = \"HEAD\" }"),
    ..SMOKE
};

pub const CHECK_TWICE: Code = Code {
    id: "SMOKE008",
    about: "Two smoke checks have the same name.",
    why: "A report of a failure names the check, and nobody would know which of them it was.",
    example: smoke!("{ path = \"/\" }, { path = \"/\" }", "{ path = \"/\" }, { path = \"/\", name = \"again\" }"),
    ..SMOKE
};

pub const CHECK_TOO_LARGE: Code = Code {
    id: "SMOKE009",
    about: "Smoke checks are more, or a part of one is larger, than is sent.",
    why: "They run while the old and the new revision both wait, and the load balancer refuses what is too large.",
    page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html",
    example: Example::Test("each_mistake_in_a_smoke_check_has_its_code_and_place"),
    ..SMOKE
};

pub const CHECK_EMPTY: Code = Code {
    id: "SMOKE010",
    about: "A smoke check looks for the empty text.",
    why: "Every answer contains it, so the check would always pass, or never.",
    example: smoke!("{ path = \"/\", contains = [\"\"] }", "{ path = \"/\", contains = [\"ok\"] }"),
    ..SMOKE
};

pub const NO_SOURCE: Code = Code {
    id: "SMOKE011",
    category: Category::Security,
    about: "A token or webhook comes from a secret or environment variable that cannot have this name.",
    why: "It would not be found when the rollout waits for it.",
    example: smoke!("{ path = \"/\", token = { env = \"MY-TOKEN\" } }", "{ path = \"/\", token = { env = \"MY_TOKEN\" } }"),
    ..SMOKE
};

pub const TOKEN_IN_FILE: Code = Code {
    id: "SMOKE012",
    category: Category::Security,
    about: "A smoke check holds a token, a cookie or a key that stands in the file.",
    why: "A file and the plans that are made of it are read by more people than may use it.",
    page: "https://www.rfc-editor.org/rfc/rfc6750#section-5.2",
    example: smoke!(
        "{ path = \"/\", headers = { Authorization = \"Bearer s3cret\" } }",
        "{ path = \"/\", token = { env = \"SMOKE_TOKEN\" } }"
    ),
    ..SMOKE
};

const NOTE: Code = Code { category: Category::Delivery, ..Code::NEW };

pub const NOTE_URL: Code = Code {
    id: "NOTE001",
    category: Category::Security,
    about: "A webhook is no HTTPS address, or one inside a network.",
    why: "Notes on a rollout are sent encrypted, and never to the host itself, a private network or a metadata service.",
    page: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html",
    example: note!("webhook = \"http://example.com/x\"", "webhook = \"https://example.com/x\""),
    ..NOTE
};

pub const NOTE_TOPIC: Code = Code {
    id: "NOTE002",
    about: "A topic is no ARN of a standard topic of SNS.",
    why: "SNS publishes to a topic by its ARN.",
    page: "https://docs.aws.amazon.com/sns/latest/api/API_Publish.html",
    example: note!("sns = \"releases\"", "sns = \"arn:aws:sns:us-east-1:123456789012:releases\""),
    ..NOTE
};

pub const NOTE_IN_FILE: Code = Code {
    id: "NOTE003",
    category: Category::Security,
    about: "The address of a Slack webhook stands in the file.",
    why: "Whoever knows it can write into the channel, and a file is read by more people than that.",
    page: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
    example: note!("slack = \"https://hooks.slack.com/services/T0/B0/x\"", "slack = { env = \"SLACK_WEBHOOK\" }"),
    ..NOTE
};

pub const NOTE_TO_NOBODY: Code = Code {
    id: "NOTE004",
    about: "Nobody is told of a rollout, although there is a table for it.",
    why: "Whoever wrote it relies on being told.",
    example: note!("on = [\"gate\"]", "on = [\"gate\"], slack = { env = \"SLACK_WEBHOOK\" }"),
    ..NOTE
};
