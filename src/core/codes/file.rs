//! FILE: the bytes of a stack file, and the arguments that are laid over it.

use super::super::code::{Code, Example};

pub const TOO_LARGE: Code = Code {
    id: "FILE001",
    about: "The file is larger than any stack file.",
    why: "A file of that size is most likely another one, and reading it would only take time and memory.",
    example: Example::Test("what_cannot_be_a_stack_file_is_refused_with_its_place"),
    ..Code::NEW
};

pub const NOT_UTF8: Code = Code {
    id: "FILE002",
    about: "The file is not UTF-8.",
    why: "TOML is UTF-8 by definition; other bytes would reach names and tags as something that nobody wrote.",
    page: "https://toml.io/en/v1.0.0#spec",
    example: Example::Test("what_cannot_be_a_stack_file_is_refused_with_its_place"),
    ..Code::NEW
};

pub const SYNTAX: Code = Code {
    id: "FILE003",
    about: "The file is not TOML.",
    why: "Nothing is known of what a broken line was meant to say, so nothing is planned.",
    page: "https://toml.io/en/v1.0.0",
    example: Example::Stack { wrong: &["[network", "[network]\ncidr = \"10.0.0.0/16"], right: &["[network]\ncidr = \"10.0.0.0/16\""] },
    ..Code::NEW
};

pub const NO_SUCH_NUMBER: Code = Code {
    id: "FILE004",
    about: "A number is too large to be read, or is no finite number.",
    why: "No key takes such a number, and rounding it would silently change what was written.",
    example: Example::Stack {
        wrong: &["[network]\nzones = 99999999999999999999", "[network]\nzones = inf"],
        right: &["[network]\nzones = 2"],
    },
    ..Code::NEW
};

pub const NO_SUCH_ENVIRONMENT: Code = Code {
    id: "FILE005",
    about: "The environment that was asked for has no overlay, although the file has some.",
    why: "Planning a mistyped environment would make a second stack beside the one that was meant.",
    example: Example::Test("an_environment_must_be_chosen_and_exist"),
    ..Code::NEW
};

pub const BAD_SET: Code = Code {
    id: "FILE006",
    about: "An argument of `--set` is not of the form `path=value`.",
    why: "It would be laid over the file somewhere else than was meant, or nowhere.",
    example: Example::Test("a_set_takes_toml_or_plain_text"),
    ..Code::NEW
};

pub const DATE: Code = Code {
    id: "FILE007",
    about: "A value is a date.",
    why: "No key takes a date, and as text it would have to stand in quotes.",
    example: Example::Stack { wrong: &["[network]\ncidr = 2020-01-01"], right: &["[network]\ncidr = \"10.0.0.0/16\""] },
    ..Code::NEW
};

pub const TOO_MUCH: Code = Code {
    id: "FILE011",
    about: "The tables that stand for several make more of the file than a stack can be.",
    why: "What is written once and stands for a thousand takes the memory of a thousand.",
    example: Example::Test("what_a_table_stands_for_has_room"),
    ..Code::NEW
};

pub const NO_ENVIRONMENT_CHOSEN: Code = Code {
    id: "FILE008",
    about: "The file has overlays for environments, and none is chosen.",
    why: "The choice decides over what is changed in AWS, so it is never guessed.",
    example: Example::Test("an_environment_must_be_chosen_and_exist"),
    ..Code::NEW
};

pub const SETS_NOTHING: Code = Code {
    id: "FILE010",
    about: "A `--set` names a table that the file does not have.",
    why: "It would make something new, and leave as it is what it was meant for.",
    example: Example::Test("a_set_reaches_only_what_the_file_has"),
    ..Code::NEW
};

pub const NOT_USAGE: Code = Code {
    id: "FILE009",
    about: "A file of usage holds something else than `[usage]`.",
    why: "It would be ignored without a word, since such a file only adds to the bill.",
    example: Example::Test("a_file_of_usage_lies_over_what_the_stack_says"),
    ..Code::NEW
};
