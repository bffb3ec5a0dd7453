//! NAME and TAG: what things are called, and the tags of every resource.

use super::super::code::{Category, Code, Example};

pub const BAD_NAME: Code = Code {
    id: "NAME001",
    about: "Something has a name that cannot be one.",
    why: "Names become part of physical names, policies and log groups, so they keep to what all of AWS takes: a-z, 0-9 and hyphens, and the stack's begins with a letter.",
    example: Example::Stack {
        wrong: &[
            "[storage.\"My Files\"]",
            "[storage.files]\nfor_each = [\"A B\"]",
            "[stack]\nname = \"My Shop\"\nregion = \"us-east-1\"",
            "[stack]\nname = \"1shop\"\nregion = \"us-east-1\"",
        ],
        right: &["[storage.my-files]", "[storage.files]\nfor_each = [\"a-b\"]"],
    },
    ..Code::NEW
};

pub const NAMED_TWICE: Code = Code {
    id: "NAME002",
    about: "Two things have the same name.",
    why: "An address finds one resource again; two of the same address would take turns in replacing each other.",
    example: Example::Stack {
        wrong: &["[storage.files]\nfor_each = [\"a\", \"a\"]", "[storage.files]\nfor_each = [\"a\"]\n[storage.files-a]"],
        right: &["[storage.files]\nfor_each = [\"a\", \"b\"]"],
    },
    ..Code::NEW
};

pub const UNKNOWN_REGION: Code = Code {
    id: "NAME003",
    about: "The region is none of AWS's.",
    why: "No request would reach anything. A region that is newer than this version passes if it is written like one.",
    page: "https://docs.aws.amazon.com/general/latest/gr/rande.html",
    example: Example::Stack {
        wrong: &["[stack]\nname = \"shop\"\nregion = \"us-east-7\""],
        right: &["[stack]\nname = \"shop\"\nregion = \"us-east-2\""],
    },
    ..Code::NEW
};

pub const BAD_ACCOUNT: Code = Code {
    id: "NAME004",
    about: "The account is not twelve digits.",
    why: "It guards against the credentials of another account, so it has to be one that can be compared.",
    page: "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html",
    example: Example::Stack {
        wrong: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\naccount = \"12345\""],
        right: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\naccount = \"123456789012\""],
    },
    ..Code::NEW
};

pub const BAD_STORE: Code = Code {
    id: "NAME005",
    about: "The store is no bucket.",
    why: "Locks and journals of several machines are kept under it, so it has to be one place for all of them.",
    page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    example: Example::Stack {
        wrong: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\nstore = \"https://bucket\""],
        right: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\nstore = \"s3://shop-trueup/stacks\""],
    },
    ..Code::NEW
};

const TAG: Code =
    Code { category: Category::Request, page: "https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html", ..Code::NEW };

pub const IGNORES_NO_TAG: Code = Code {
    id: "TAG005",
    about: "An entry of `ignore_tags` is of no tag that others could set.",
    why: "Nobody would be left alone by it; or the file sets the tag itself, and whoever reads it would expect that to hold.",
    example: Example::Stack {
        wrong: &[
            "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\nignore_tags = [\"trueup:*\"]",
            "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\nignore_tags = [\"te*\"]\ntags = { team = \"web\" }",
            "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\nignore_tags = [\"a|b\"]",
        ],
        right: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\nignore_tags = [\"team-x/*\", \"*:cost\"]\ntags = { team = \"web\" }"],
    },
    ..TAG
};

pub const RESERVED_TAG: Code = Code {
    id: "TAG001",
    about: "A tag has a prefix that is taken.",
    why: "AWS refuses `aws:`; `trueup:` is the proof that a resource is ours.",
    example: Example::Stack {
        wrong: &[
            "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\ntags = { \"aws:team\" = \"web\" }",
            "[storage.files]\ntags = { \"trueup:stack\" = \"web\" }",
            "[resource.vpc]\nkind = \"ec2.vpc\"\ncidr = \"10.0.0.0/16\"\ntags = { \"aws:owner\" = \"x\" }",
        ],
        right: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\ntags = { team = \"web\" }"],
    },
    ..TAG
};

pub const LONG_TAG: Code = Code {
    id: "TAG002",
    about: "A tag has an empty key, or a key or value that is too long.",
    why: "AWS refuses every request that carries it.",
    example: Example::Stack {
        wrong: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\ntags = { \"\" = \"web\" }"],
        right: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\ntags = { team = \"\" }"],
    },
    ..TAG
};

pub const TAG_LETTERS: Code = Code {
    id: "TAG003",
    about: "A tag has a letter in it that AWS does not take.",
    why: "EC2 takes any letter, and most other services refuse the request that carries it; a stack's tags go to all of them.",
    example: Example::Stack {
        wrong: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\ntags = { team = \"web & mail\" }"],
        right: &["[stack]\nname = \"shop\"\nregion = \"us-east-1\"\ntags = { team = \"web + mail\" }"],
    },
    ..TAG
};

pub const TOO_MANY_TAGS: Code = Code {
    id: "TAG004",
    about: "The stack has more tags than a resource can carry.",
    why: "AWS takes 50, of which Trueup needs some to know its own resources again.",
    example: Example::Test("more_tags_than_a_resource_can_carry"),
    ..TAG
};
