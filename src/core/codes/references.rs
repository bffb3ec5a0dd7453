//! REF: references from one table to another.

use super::super::code::{Category, Code, Example};

pub const REFERS_TO_NOTHING: Code = Code {
    id: "REF001",
    about: "A reference names something that is not in this stack.",
    why: "There would be no value to put in its place.",
    example: Example::Stack {
        wrong: &["[resource.topic]\nkind = \"sns.topic\"\nkms_key_id = \"${resource.key.arn}\""],
        right: &["[storage.files]\n[resource.topic]\nkind = \"sns.topic\"\nkms_key_id = \"alias/aws/sns\""],
    },
    ..Code::NEW
};

pub const NO_OUTPUT: Code = Code {
    id: "REF002",
    about: "A reference names an output that its module or resource does not have.",
    why: "There would be no value to put in its place.",
    example: Example::Stack {
        wrong: &[concat!(
            "[resource.vpc]\nkind = \"ec2.vpc\"\ncidr = \"10.0.0.0/16\"\n",
            "[resource.gateway]\nkind = \"ec2.internet_gateway\"\nvpc_id = \"${resource.vpc.ident}\""
        )],
        right: &[concat!(
            "[resource.vpc]\nkind = \"ec2.vpc\"\ncidr = \"10.0.0.0/16\"\n",
            "[resource.gateway]\nkind = \"ec2.internet_gateway\"\nvpc_id = \"${resource.vpc.id}\""
        )],
    },
    ..Code::NEW
};

pub const REFERENCE_CIRCLE: Code = Code {
    id: "REF003",
    about: "Tables refer to each other in a circle.",
    why: "Each would have to be made before the other.",
    example: Example::Stack {
        wrong: &[concat!(
            "[resource.one]\nkind = \"logs.log_group\"\nname = \"/${resource.two.name}\"\n",
            "[resource.two]\nkind = \"logs.log_group\"\nname = \"/${resource.one.name}\""
        )],
        right: &["[resource.one]\nkind = \"logs.log_group\"\n[resource.two]\nkind = \"logs.log_group\"\nname = \"/${resource.one.name}\""],
    },
    ..Code::NEW
};

pub const NO_REFERENCE: Code = Code {
    id: "REF004",
    about: "The text between `${` and `}` is no reference, or nothing closes it.",
    why: "It would reach AWS as it is, which is seldom meant; a text that is meant so has `$${`.",
    example: Example::Stack {
        wrong: &[
            "[resource.role]\nkind = \"logs.log_group\"\nname = \"/app/${shop}\"",
            "[resource.news]\nkind = \"sns.topic\"\ndisplay_name = \"${shop.name\"",
            "[resource.news]\nkind = \"sns.topic\"\ndisplay_name = \"${}\"",
        ],
        right: &[
            "[resource.role]\nkind = \"logs.log_group\"\nname = \"/app/shop\"",
            "[resource.news]\nkind = \"sns.topic\"\ndisplay_name = \"$${shop.name\"",
        ],
    },
    ..Code::NEW
};

pub const REFERS_TO_WHAT_IS_OFF: Code = Code {
    id: "REF005",
    about: "A reference names a module that is switched off.",
    why: "It makes nothing, so there is no value to put in place of the reference.",
    example: Example::Stack {
        wrong: &["[storage.files]\nenabled = false\n[resource.log]\nkind = \"logs.log_group\"\nname = \"/${storage.files.bucket}\""],
        right: &["[storage.files]\n[resource.log]\nkind = \"logs.log_group\"\nname = \"/${storage.files.bucket}\""],
    },
    ..Code::NEW
};

pub const NO_SUCH_MODULE: Code = Code {
    id: "REF006",
    about: "A key names a module that is not in this stack.",
    why: "The password or permission, or whatever the key asks for, would lead nowhere.",
    example: Example::Stack {
        wrong: &["[network]\n[cache.main]\npassword = \"cache\""],
        right: &["[network]\n[cache.main]\npassword = \"cache\"\n[secrets.cache]\ngenerate = true"],
    },
    ..Code::NEW
};

pub const OUTSIDE_OF_FOR_EACH: Code = Code {
    id: "REF007",
    about: "A text names `each` or `count` in a table that has neither `for_each` nor `count`.",
    why: "There is no item that it could stand for.",
    example: Example::Stack {
        wrong: &["[resource.log]\nkind = \"logs.log_group\"\nname = \"/app/${each.key}\""],
        right: &["[resource.log]\nkind = \"logs.log_group\"\nfor_each = [\"api\"]\nname = \"/app/${each.key}\""],
    },
    ..Code::NEW
};

pub const NO_SUCH_ITEM: Code = Code {
    id: "REF008",
    about: "A text names something of `each` that the items of `for_each` do not have.",
    why: "There is no value to put in its place.",
    example: Example::Stack {
        wrong: &["[resource.log]\nkind = \"logs.log_group\"\nfor_each = { api = { path = \"a\" } }\nname = \"/app/${each.value.pth}\""],
        right: &["[resource.log]\nkind = \"logs.log_group\"\nfor_each = { api = { path = \"a\" } }\nname = \"/app/${each.value.path}\""],
    },
    ..Code::NEW
};

pub const NAME_NOT_KNOWN: Code = Code {
    id: "REF010",
    category: Category::Delivery,
    about: "The rules of a rollout name something by what AWS alone says, once it is made.",
    why: "They are decided by before that, and from any machine; names that Trueup gives are known beforehand.",
    example: Example::Stack {
        wrong: &[concat!(
            "[network]\n[database.main]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n",
            "rollout = { guard = { alarms = [\"${database.main.host}\"] } }"
        )],
        right: &[concat!(
            "[network]\n[monitoring]\nemails = [\"ops@example.com\"]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n",
            "rollout = { guard = { alarms = [\"${monitoring.service.web.errors.name}\"] } }"
        )],
    },
    ..Code::NEW
};

pub const NO_SUCH_SECRET_KEY: Code = Code {
    id: "REF009",
    about: "A service asks for a key that its secret does not have.",
    why: "ECS could not start a single task: it looks the key up each time.",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
    example: Example::Stack {
        wrong: &[concat!(
            "[network]\n[secrets.mail]\nkeys = [\"user\", \"password\"]\n[service.api]\nimage = \"nginx:1.29\"\n",
            "environment.MAIL = { secret = \"mail\", key = \"pass\" }"
        )],
        right: &[concat!(
            "[network]\n[secrets.mail]\nkeys = [\"user\", \"password\"]\n[service.api]\nimage = \"nginx:1.29\"\n",
            "environment.MAIL = { secret = \"mail\", key = \"password\" }"
        )],
    },
    ..Code::NEW
};
