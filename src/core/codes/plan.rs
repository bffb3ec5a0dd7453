//! PLAN and COST: why a plan may not be applied.

use super::super::code::{Category, Code, Example};

const PLAN: Code = Code { category: Category::Plan, ..Code::NEW };

pub const CIRCLE: Code = Code {
    id: "PLAN001",
    about: "Resources refer to each other in a circle.",
    why: "Each would have to be made before the other. A file is refused before; this is found in graphs that are built in code.",
    example: Example::Test("a_circle_is_refused"),
    ..PLAN
};

pub const CLAIMED_TWICE: Code = Code {
    id: "PLAN002",
    about: "Two live resources claim the same address.",
    why: "Each holds data, or something with data stands on it. Nobody can know which of them is meant, and changing the wrong one may lose it.",
    example: Example::Test("two_that_both_hold_data_are_refused"),
    ..PLAN
};

pub const NAME_TAKEN: Code = Code {
    id: "PLAN003",
    about: "A resource of that name is there, and it is not of this stack.",
    why: "AWS allows one of that name. What is not ours is never changed unless the file says that it is to be taken over.",
    example: Example::Scenario("adopt"),
    ..PLAN
};

pub const NOTHING_TO_ADOPT: Code = Code {
    id: "PLAN004",
    about: "The resource to adopt is not there.",
    why: "Another would be made in its place, which is not what adopting means.",
    example: Example::Scenario("adopt-what-is-not-there"),
    ..PLAN
};

pub const ALREADY_OURS: Code = Code {
    id: "PLAN005",
    about: "The resource to adopt is of this stack already, at another address.",
    why: "It would be taken from that address, which would then make a new one.",
    example: Example::Test("what_is_ours_already_is_not_adopted"),
    ..PLAN
};

pub const ADOPT_REPLACES: Code = Code {
    id: "PLAN006",
    about: "The resource to adopt differs from the file in a field that is fixed at creation.",
    why: "Adopting it would replace it, and the resource that was to be kept would be gone.",
    example: Example::Scenario("adopt-what-is-not-there"),
    ..PLAN
};

pub const UNREAD: Code = Code {
    id: "PLAN007",
    about: "Some kinds of resources could not be read.",
    why: "Resources that are there may be unknown, so nothing is deleted and nothing is made twice.",
    example: Example::Scenario("incomplete"),
    ..PLAN
};

pub const PROTECTED: Code = Code {
    id: "PLAN008",
    about: "The plan would delete or replace a resource that is protected.",
    why: "Its data, or others' trust in it, would be lost; somebody has to say that this is meant.",
    example: Example::Scenario("protect"),
    ..PLAN
};

pub const NEEDS_FAILED: Code = Code {
    id: "PLAN009",
    about: "A resource needs an output of one that failed in AWS.",
    why: "The output is not there and will not come, so the apply would stop half way.",
    example: Example::Scenario("failed-in-aws"),
    ..PLAN
};

pub const OCCUPIED: Code = Code {
    id: "PLAN010",
    about: "A resource that AWS has only once is there, and it is not of this stack.",
    why: "AWS would answer the one that is there, or overwrite it. What is not ours is never changed unless the file says that it is to be taken over.",
    page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
    example: Example::Scenario("made-by-hand"),
    ..PLAN
};

pub const NO_ROOM: Code = Code {
    id: "PLAN011",
    about: "Something new has what AWS gives only once, of something that cannot go before the new one is there.",
    why: "AWS would refuse the new one for the old one, and the old one for what still uses it, whatever comes first.",
    page: "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html",
    example: Example::Scenario("subnets-trade-places"),
    ..PLAN
};

pub const USED: Code = Code {
    id: "PLAN012",
    about: "A resource is replaced, and something that the plan leaves in AWS uses the one that would go.",
    why: "AWS would refuse to delete the old one, and no later plan could change that: what uses it is not of the stack any more.",
    page: "https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html",
    example: Example::Scenario("retained-in-what-is-replaced"),
    ..PLAN
};

pub const ROLLED_BACK: Code = Code {
    id: "PLAN013",
    category: Category::Delivery,
    about: "A version of a service would be deployed again that was rolled back.",
    why: "It would most likely go the same way, and each time users meet it again. Whoever has mended what was outside of it says so.",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html",
    example: Example::Test("a_version_that_went_back_is_not_deployed_again_by_itself"),
    ..PLAN
};

pub const DEPLOYING: Code = Code {
    id: "PLAN014",
    category: Category::Delivery,
    about: "A version of a service would be deployed while another one is on its way.",
    why: "ECS would drop the one that is under way, whatever traffic it has, and whoever watches it would not know.",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html",
    example: Example::Test("a_version_is_not_planned_over_another_one_that_is_on_its_way"),
    ..PLAN
};

pub const COMMAND_FAILED: Code = Code {
    id: "PLAN016",
    category: Category::Delivery,
    about: "The command before a version of a service failed, or nobody can tell how it ended.",
    why: "The version needs what the command was to do, and half of it may be done. It runs again only when somebody who has looked asks for it.",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/standalone-tasks.html",
    example: Example::Test("a_version_whose_command_failed_is_refused_until_somebody_asks_for_it_again"),
    ..PLAN
};

pub const PREFLIGHT: Code = Code {
    id: "PLAN015",
    about: "A new version is to be rolled out, and what is live says that it would not go well.",
    why: "An image that is not there, a rule without both target groups or an alarm that rings already would send the rollout back, or leave it where nobody can go back to. It is said before anything is touched.",
    page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html",
    example: Example::Test("a_plan_whose_rollout_would_not_go_well_is_refused"),
    ..PLAN
};

pub const CHANGED_MEANWHILE: Code = Code {
    id: "LIVE001",
    about: "Something that a step of an apply touches or relies on was changed in AWS by somebody else since the plan was made.",
    why: "What the plan was approved for is not what is there: the step would overwrite what somebody else has just done, or stand on what is no more. It fails, whatever needs it is skipped, and all else goes on.",
    example: Example::Test("nothing_foreign_is_overwritten_in_the_middle_of_an_apply"),
    ..PLAN
};

pub const OF_ONE_SIDE: Code = Code {
    id: "PLAN018",
    about: "A plan is to be of one side alone, and cannot be.",
    why: "Only the record of the last apply tells what has changed in AWS from what has changed in the file; and a resource of the one side cannot be made or changed where it needs one that only the other side brings.",
    example: Example::Test("one_side_alone_is_put_back_or_brought"),
    ..PLAN
};

pub const OVER_BUDGET: Code = Code {
    id: "COST001",
    category: Category::Cost,
    about: "The cost after the plan is over the budget.",
    why: "The budget is what somebody has agreed to spend; more is for somebody to accept.",
    example: Example::Test("a_plan_over_the_budget_is_refused_until_its_figure_is_accepted"),
    ..Code::NEW
};

pub const UNJUDGED: Code = Code {
    id: "COST002",
    category: Category::Cost,
    about: "Lines without a price may take the cost over the budget.",
    why: "A line without a price costs something: a total without it says less than the bill will.",
    example: Example::Test("a_budget_that_cannot_be_judged_refuses_until_a_bound_is_named"),
    ..Code::NEW
};
