//! APPR: why an approval does not count, and a plan is not applied.

use super::super::code::{Category, Code, Example};

const APPROVAL: Code = Code {
    category: Category::Plan,
    page: "https://man.openbsd.org/ssh-keygen#ALLOWED_SIGNERS",
    example: Example::Test("each_approval_that_does_not_count_says_why"),
    ..Code::NEW
};

pub const NOT_APPROVED: Code = Code {
    id: "APPR001",
    about: "A plan has fewer approvals than it needs.",
    why: "`[stack.approval]` says how many people have to read what will run, and the very bytes that they signed run, or nothing does.",
    page: "",
    example: Example::Test("a_plan_that_needs_approval_runs_with_it_once_and_not_without"),
    ..APPROVAL
};

pub const NO_SIGNERS: Code = Code {
    id: "APPR002",
    about: "A plan needs approvals, and nobody says whose would count.",
    why: "Whoever makes a plan could name their own key in it. The stack file of a checkout that is trusted says it, or `--signers`.",
    page: "",
    example: Example::Test("whose_approval_counts_is_never_the_word_of_the_plan"),
    ..APPROVAL
};

pub const NO_APPROVAL: Code = Code {
    id: "APPR003",
    about: "A file is no approval, or was written anew.",
    why: "A statement has one form, so that nobody signs what reads otherwise elsewhere.",
    page: "https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig",
    ..APPROVAL
};

pub const OTHER_PLAN: Code = Code {
    id: "APPR004",
    about: "An approval is of another plan.",
    why: "It names the digest of the bytes that somebody has read. A plan that differs by one letter is another one.",
    page: "",
    ..APPROVAL
};

pub const OTHER_PLACE: Code = Code {
    id: "APPR005",
    about: "An approval is for another stack, environment, account or region.",
    why: "It says where its plan is to run.",
    page: "",
    ..APPROVAL
};

pub const NOT_GENUINE: Code = Code {
    id: "APPR006",
    about: "The signature of an approval is not of what stands in it, or was made for something else.",
    why: "The approval was altered, or somebody took a signature from a commit or a file for one of a plan.",
    page: "https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig",
    ..APPROVAL
};

pub const UNSUPPORTED_KEY: Code = Code {
    id: "APPR007",
    about: "An approval is signed by a sort of key that is not verified here.",
    why: "Certificates, RSA and larger curves are refused, and not taken unverified.",
    page: "https://rustsec.org/advisories/RUSTSEC-2023-0071.html",
    ..APPROVAL
};

pub const UNTOUCHED: Code = Code {
    id: "APPR008",
    about: "An approval is signed by a security key that nobody touched.",
    why: "A program may have signed it while its owner was away.",
    page: "https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.u2f",
    ..APPROVAL
};

pub const UNKNOWN_SIGNER: Code = Code {
    id: "APPR009",
    about: "An approval is signed by a key that is nobody's in the file of signers.",
    why: "Anybody can make a key and sign with it.",
    ..APPROVAL
};

pub const OTHER_PERSON: Code = Code {
    id: "APPR010",
    about: "An approval is signed in the name of somebody whose key it is not.",
    why: "The name in an approval counts as far as the file of signers has the key under it.",
    ..APPROVAL
};

pub const RESTRICTED_KEY: Code = Code {
    id: "APPR011",
    about: "The file of signers does not have the key for this: its time is over or still to come, or it signs for other namespaces.",
    why: "What restricts a key there is never passed over.",
    ..APPROVAL
};

pub const EXPIRED: Code = Code {
    id: "APPR012",
    about: "An approval has expired.",
    why: "It was good until the time that it says, and for no longer than `valid` of `[stack.approval]`: what was right then may be wrong now.",
    page: "",
    ..APPROVAL
};

pub const FROM_THE_FUTURE: Code = Code {
    id: "APPR013",
    about: "An approval was made at a time that is still to come.",
    why: "It would be good for longer than the rule allows. Clocks may differ by five minutes.",
    page: "",
    ..APPROVAL
};

pub const USED_APPROVAL: Code = Code {
    id: "APPR014",
    about: "An approval was used before.",
    why: "It is good for one apply, whose beginning the store knows.",
    page: "",
    ..APPROVAL
};

pub const NOT_ASKED: Code = Code {
    id: "APPR015",
    about: "An approval is of somebody whom `by` does not name.",
    why: "Not everybody whose key is known decides about every environment.",
    page: "",
    ..APPROVAL
};

pub const BY_ITS_AUTHOR: Code = Code {
    id: "APPR016",
    about: "An approval is of the author of the plan, where two or more people are asked.",
    why: "Those who are asked beside the author are to be others.",
    page: "",
    ..APPROVAL
};

pub const SAME_PERSON: Code = Code {
    id: "APPR017",
    about: "An approval is of a person who has approved already, under the same name or with the same key.",
    why: "Two approvals of one person are one.",
    page: "",
    ..APPROVAL
};

pub const UNSHOWN: Code = Code {
    id: "APPR018",
    about: "A plan does something that it does not show.",
    why: "Somebody has written it by hand. Whoever approves it would approve what they have not read.",
    page: "",
    example: Example::Test("a_plan_that_shows_something_else_than_it_sends_is_not_signed"),
    ..APPROVAL
};
