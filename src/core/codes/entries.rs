//! OVR and USE: overrides, moves, adoptions, accepted warnings, and usage, each of which speaks of something else in the file.

use super::super::code::{Code, Example, Level};

pub const OVERRIDES_NOTHING: Code = Code {
    id: "OVR001",
    about: "An override names a resource that is not in this stack.",
    why: "Its values would be set nowhere.",
    example: Example::Stack {
        wrong: &["[network]\n[override.\"network.vcp\"]\ndns_support = true"],
        right: &["[network]\n[override.\"network.vpc\"]\ndns_support = true"],
    },
    ..Code::NEW
};

pub const MOVED_TO_NOTHING: Code = Code {
    id: "OVR002",
    about: "A move leads to an address that is not in this stack.",
    why: "The resource would be deleted as one that the file no longer has.",
    example: Example::Stack {
        wrong: &["[storage.files]\n[[moved]]\nfrom = \"storage.old\"\nto = \"storage.fils\""],
        right: &["[storage.files]\n[[moved]]\nfrom = \"storage.old\"\nto = \"storage.files\""],
    },
    ..Code::NEW
};

pub const ADOPTS_NOTHING: Code = Code {
    id: "OVR003",
    about: "An adoption names a resource that is not in this stack.",
    why: "Nothing would be taken over, and a second resource might be made beside the one that is there.",
    example: Example::Stack {
        wrong: &["[network]\n[[adopt]]\naddress = \"network.vcp\"\nid = \"vpc-1\""],
        right: &["[network]\n[[adopt]]\naddress = \"network.vpc\"\nid = \"vpc-1\""],
    },
    ..Code::NEW
};

pub const ACCEPTED_IN_VAIN: Code = Code {
    id: "OVR004",
    level: Level::Warning,
    about: "An accepted warning is not there any more.",
    why: "The entry would silence the next one of its kind, which nobody has looked at.",
    example: Example::Stack {
        wrong: &["[network]\n[[accept]]\nrule = \"SEC202\"\nbecause = \"it was public once\""],
        right: &[concat!(
            "[network]\n[database.main]\n[override.\"database.main.instance\"]\npublicly_accessible = true\n",
            "[[accept]]\nrule = \"SEC202\"\nbecause = \"it holds public data\""
        )],
    },
    ..Code::NEW
};

pub const IGNORES_NOTHING: Code = Code {
    id: "OVR010",
    about: "A name in `ignore` is of nothing.",
    why: "What it was meant for would be compared all the same, and changed back by the next apply.",
    example: Example::Stack {
        wrong: &["[storage.files]\nignore = [\"verzioning\"]"],
        right: &["[storage.files]\nignore = [\"tags.Owner\"]"],
    },
    ..Code::NEW
};

pub const MOVED_NOWHERE: Code = Code {
    id: "OVR005",
    about: "A move leads from an address to itself.",
    why: "It says nothing, so it was meant to say something else.",
    example: Example::Stack {
        wrong: &["[storage.files]\n[[moved]]\nfrom = \"storage.files\"\nto = \"storage.files\""],
        right: &["[storage.files]\n[[moved]]\nfrom = \"storage.old\"\nto = \"storage.files\""],
    },
    ..Code::NEW
};

pub const MOVED_AND_STILL_THERE: Code = Code {
    id: "OVR006",
    about: "A move leads away from an address that the file still has.",
    why: "Two addresses would claim the one resource that is there.",
    example: Example::Stack {
        wrong: &["[storage.files]\n[storage.old]\n[[moved]]\nfrom = \"storage.old\"\nto = \"storage.files\""],
        right: &["[storage.files]\n[[moved]]\nfrom = \"storage.old\"\nto = \"storage.files\""],
    },
    ..Code::NEW
};

pub const ADOPTED_TWICE: Code = Code {
    id: "OVR007",
    about: "An address adopts twice.",
    why: "One address takes over one resource; the other would be left behind, claimed by nobody.",
    example: Example::Stack {
        wrong: &[concat!(
            "[network]\n[[adopt]]\naddress = \"network.vpc\"\nid = \"vpc-1\"\n",
            "[[adopt]]\naddress = \"network.vpc\"\nid = \"vpc-2\""
        )],
        right: &["[network]\n[[adopt]]\naddress = \"network.vpc\"\nid = \"vpc-1\""],
    },
    ..Code::NEW
};

pub const ADOPTS_NO_ID: Code = Code {
    id: "OVR008",
    about: "An adoption has an empty id.",
    why: "There is nothing that could be looked up in AWS.",
    example: Example::Stack {
        wrong: &["[network]\n[[adopt]]\naddress = \"network.vpc\"\nid = \"\""],
        right: &["[network]\n[[adopt]]\naddress = \"network.vpc\"\nid = \"vpc-1\""],
    },
    ..Code::NEW
};

pub const MARKED_BY_NAME: Code = Code {
    id: "OVR011",
    about: "A dashboard is to be adopted, or to stay in AWS when it goes from the file.",
    why: "It has no tags: its name alone says whose it is, and a name cannot be changed.",
    page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html",
    example: Example::Stack {
        wrong: &[
            "[resource.board]\nkind = \"cloudwatch.dashboard\"\nbody = { widgets = [] }\nretain = true",
            concat!(
                "[resource.board]\nkind = \"cloudwatch.dashboard\"\nbody = { widgets = [] }\n",
                "[[adopt]]\naddress = \"resource.board\"\nid = \"board\""
            ),
        ],
        right: &["[resource.board]\nkind = \"cloudwatch.dashboard\"\nbody = { widgets = [] }"],
    },
    ..Code::NEW
};

pub const NO_WARNING_TO_ACCEPT: Code = Code {
    id: "OVR009",
    about: "An `[[accept]]` names a code that is no warning.",
    why: "Errors are what AWS would refuse: accepting them changes nothing.",
    example: Example::Stack {
        wrong: &["[network]\n[[accept]]\nrule = \"NET201\"\nbecause = \"it is meant so\""],
        right: &[concat!(
            "[network]\n[database.main]\nbackup_days = 0\n",
            "[[accept]]\nrule = \"OPS201\"\nbecause = \"it is filled anew each night\""
        )],
    },
    ..Code::NEW
};

pub const NO_REASON: Code = Code {
    id: "OVR015",
    about: "An `[[accept]]` gives no reason.",
    why: "Whoever reads the file next cannot tell whether the warning may be accepted still.",
    example: Example::Stack {
        wrong: &[concat!("[network]\n[database.main]\nbackup_days = 0\n", "[[accept]]\nrule = \"OPS201\"\nbecause = \" \"")],
        right: &[concat!(
            "[network]\n[database.main]\nbackup_days = 0\n",
            "[[accept]]\nrule = \"OPS201\"\nbecause = \"it is filled anew each night\""
        )],
    },
    ..Code::NEW
};

pub const ACCEPTED_UNTIL: Code = Code {
    id: "OVR012",
    about: "The last day of an `[[accept]]` is over.",
    why: "Whoever accepted the warning meant to look at it again by then, and nobody has.",
    example: Example::Test("an_accepted_warning_is_an_error_after_its_last_day"),
    ..Code::NEW
};

pub const NO_LAST_DAY: Code = Code {
    id: "OVR013",
    about: "The `until` of an `[[accept]]` is no day.",
    why: "It would never be over, or nobody could say when.",
    example: Example::Stack {
        wrong: &[concat!(
            "[network]\n[database.main]\nbackup_days = 0\n",
            "[[accept]]\nrule = \"OPS201\"\nuntil = \"31.01.2099\"\nbecause = \"it is filled anew each night\""
        )],
        right: &[concat!(
            "[network]\n[database.main]\nbackup_days = 0\n",
            "[[accept]]\nrule = \"OPS201\"\nbecause = \"it is filled anew each night\""
        )],
    },
    ..Code::NEW
};

pub const NO_SUCH_CHECK: Code = Code {
    id: "OVR014",
    about: "`[checks]` names what is no code and no family, an error that it cannot lower, or the same twice.",
    why: "It would weigh nothing, and whoever wrote it would rely on it.",
    example: Example::Stack {
        wrong: &["[checks]\ndeny = [\"SEC999\"]", "[checks]\nallow = [\"NET201\"]", "[checks]\ndeny = [\"SEC\"]\nwarn = [\"SEC\"]"],
        right: &["[checks]\ndeny = [\"SEC\"]\nwarn = [\"SEC202\"]", "[checks]\ndeny = [\"warnings\"]\nallow = [\"OPS201\"]"],
    },
    ..Code::NEW
};

pub const USED_BY_NOTHING: Code = Code {
    id: "USE001",
    about: "`[usage]` speaks of something that is not in this stack.",
    why: "Its amounts would be missing from the bill.",
    example: Example::Stack {
        wrong: &["[storage.files]\n[usage.\"storage.fils\"]\nstored_gb = 5"],
        right: &["[storage.files]\n[usage.\"storage.files\"]\nstored_gb = 5"],
    },
    ..Code::NEW
};

pub const FALLING_RANGE: Code = Code {
    id: "USE003",
    about: "A range of usage does not rise from low over likely to high.",
    why: "The bill shows what is likely between two bounds, which would be the wrong way round.",
    example: Example::Stack {
        wrong: &["[storage.files]\n[usage.\"storage.files\"]\nstored_gb = { low = 9, likely = 5 }"],
        right: &["[storage.files]\n[usage.\"storage.files\"]\nstored_gb = { low = 1, likely = 5 }"],
    },
    ..Code::NEW
};

pub const WRONG_COMMITMENT: Code = Code {
    id: "COM001",
    about: "A `[stack.commitment]` lacks something, or says something that such a commitment does not have.",
    why: "Nobody could tell what it covers and what it costs.",
    page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithReservedDBInstances.html",
    example: Example::Stack {
        wrong: &[
            "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"rds\"\nclass = \"db.t4g.medium\"",
            "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.tasks]\nservice = \"compute-savings-plan\"\nupfront = 9",
            concat!(
                "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"rds\"\n",
                "class = \"db.t4g.medium\"\nengine = \"mysql\"\npayment = \"all-upfront\"\nupfront = 300\nhourly = 0.02",
            ),
        ],
        right: &[
            concat!(
                "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"rds\"\n",
                "class = \"db.t4g.medium\"\nengine = \"mysql\"\npayment = \"all-upfront\"\nupfront = 300\n",
                "[network]\n[database.main]\nengine = \"mysql\"\nclass = \"db.t4g.medium\"",
            ),
            concat!(
                "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.tasks]\n",
                "service = \"compute-savings-plan\"\nhourly = 0.001\n[network]\n[service.api]\nimage = \"nginx:1.29\"",
            ),
        ],
    },
    ..USED_BY_NOTHING
};

pub const NOT_COMMITTABLE: Code = Code {
    id: "COM002",
    about: "A `[stack.commitment]` is for something that no resource of a stack can be.",
    why: "It would be paid for without ever being used.",
    page: "",
    example: Example::Stack {
        wrong: &[
            "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"ec2\"",
            concat!(
                "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"rds\"\n",
                "class = \"db.t4g.medium\"\nengine = \"oracle\"",
            ),
            concat!(
                "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"elasticache\"\n",
                "class = \"db.t4g.medium\"\nengine = \"redis\"",
            ),
        ],
        right: &[concat!(
            "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\nservice = \"elasticache\"\n",
            "class = \"cache.t4g.micro\"\nengine = \"redis\"\n[network]\n[cache.main]\nclass = \"cache.t4g.micro\"",
        )],
    },
    ..WRONG_COMMITMENT
};
