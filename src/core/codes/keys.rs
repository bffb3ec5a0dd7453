//! KEY and TYPE: the keys of a file, and the values that they take.

use super::super::code::{Code, Example};

pub const UNKNOWN_KEY: Code = Code {
    id: "KEY001",
    about: "A table has a key that it does not take.",
    why: "A misspelt key would otherwise leave its default in force, and nobody would notice.",
    example: Example::Stack {
        wrong: &["[network]\nzone = 2", "[network]\n[database.main]\nmulti-az = true"],
        right: &["[network]\nzones = 2", "[network]\n[database.main]\nmulti_az = true"],
    },
    ..Code::NEW
};

pub const MISSING_KEY: Code = Code {
    id: "KEY002",
    about: "A table lacks a key that it needs.",
    why: "There is no value that is right for everybody, so there is no default.",
    example: Example::Stack {
        wrong: &["[resource.log]\nretention_in_days = 7", "[resource.vpc]\nkind = \"ec2.vpc\""],
        right: &["[resource.log]\nkind = \"logs.log_group\"\nretention_in_days = 7"],
    },
    ..Code::NEW
};

pub const UNKNOWN_SECTION: Code = Code {
    id: "KEY003",
    about: "The file has a table that is no module and no other section.",
    why: "The resources that it is meant to make would not be made.",
    example: Example::Stack { wrong: &["[netwrok]"], right: &["[network]"] },
    ..Code::NEW
};

pub const FOR_EACH_AND_COUNT: Code = Code {
    id: "KEY004",
    about: "A table has both `for_each` and `count`.",
    why: "Each says how many there are, so one of them would have to be ignored.",
    example: Example::Stack {
        wrong: &["[storage.files]\nfor_each = [\"a\", \"b\"]\ncount = 2"],
        right: &["[storage.files]\nfor_each = [\"a\", \"b\"]"],
    },
    ..Code::NEW
};

pub const NAMELESS_TABLE: Code = Code {
    id: "KEY005",
    about: "A key stands directly below a section whose tables have names.",
    why: "The name is part of the address by which the resources are found again, so it cannot be left out.",
    example: Example::Stack { wrong: &["[storage]\nversioning = true"], right: &["[storage.files]\nversioning = true"] },
    ..Code::NEW
};

pub const UNKNOWN_KIND: Code = Code {
    id: "KEY006",
    about: "A resource is of a kind that there is not.",
    why: "Only kinds that Trueup knows can be read, compared and changed.",
    example: Example::Stack { wrong: &["[resource.log]\nkind = \"logs.loggroup\""], right: &["[resource.log]\nkind = \"logs.log_group\""] },
    ..Code::NEW
};

pub const OVERLAY_IN_OVERLAY: Code = Code {
    id: "KEY007",
    about: "The overlay of an environment has overlays of its own.",
    why: "An environment is chosen once; which of the inner ones should count could not be said.",
    example: Example::Stack {
        wrong: &["[network]\n[env.production.env.eu.network]\nzones = 3"],
        right: &["[network]\n[env.production.network]\nzones = 3"],
    },
    ..Code::NEW
};

pub const NO_STACK: Code = Code {
    id: "KEY008",
    about: "The file has no `[stack]`.",
    why: "Its name and region are part of the proof that a resource is ours; nothing can be found again without them.",
    example: Example::Test("an_empty_file"),
    ..Code::NEW
};

pub const WRONG_TYPE: Code = Code {
    id: "TYPE001",
    about: "A value is of another type than its key takes.",
    why: "A number that is meant as text, or text that is meant as a list, would reach AWS as something else.",
    example: Example::Stack {
        wrong: &["[network]\ncidr = 10", "[storage.files]\nfor_each = \"a\"", "[network]\n[database.main]\nprotect = \"yes\""],
        right: &["[network]\ncidr = \"10.0.0.0/16\"", "[storage.files]\nfor_each = [\"a\"]"],
    },
    ..Code::NEW
};

pub const NO_CHOICE: Code = Code {
    id: "TYPE002",
    about: "A value is none of those that its key takes.",
    why: "The list is closed: AWS, or the module, knows no other.",
    example: Example::Stack {
        wrong: &["[network]\n[database.main]\nengine = \"postgras\""],
        right: &["[network]\n[database.main]\nengine = \"postgres\""],
    },
    ..Code::NEW
};

pub const OUT_OF_RANGE: Code = Code {
    id: "TYPE003",
    about: "A number is smaller or larger than its key takes.",
    why: "AWS would refuse it, or it would mean something that nobody wants.",
    example: Example::Stack {
        wrong: &["[network]\n[cache.main]\nnodes = 7", "[storage.files]\ncount = 1001"],
        right: &["[network]\n[cache.main]\nnodes = 6", "[storage.files]\ncount = 2"],
    },
    ..Code::NEW
};

pub const UNREADABLE: Code = Code {
    id: "TYPE004",
    about: "The fields of a resource do not fit its kind.",
    why: "A file is checked before; this is found in stacks that are built in code. Nothing can be compared by fields that do not fit.",
    example: Example::Test("what_does_not_fit_its_kind_or_module_has_a_code"),
    ..Code::NEW
};

pub const WRONG_LENGTH: Code = Code {
    id: "TYPE005",
    about: "A list has fewer or more items than its key takes.",
    why: "AWS would refuse it.",
    example: Example::Test("a_list_has_as_many_items_as_its_key_takes"),
    ..Code::NEW
};

pub const UNFIT_NODE: Code = Code {
    id: "MOD000",
    about: "A module makes a resource whose fields do not fit its kind, or whose address cannot be one.",
    why: "That is a fault of the module, not of the file; it is told so that nothing half is planned.",
    example: Example::Test("what_does_not_fit_its_kind_or_module_has_a_code"),
    ..Code::NEW
};
