//! The reasons why a plan says what it says, and why a run left something undone, as data.
//!
//! The core says which reason it is and what it is about; `report` alone puts it into words. The names that are
//! serialised are part of the plan's format: docs/json.md lists them.

use super::address::Address;
use super::budget::Excess;
use super::codes;
use super::money::Money;
use super::origin::Only;
use super::rollout::phases::Phase;
use super::rollout::preflight::Checked;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One reason why a resource changes as it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Reason {
    /// Nothing that is live claims its address.
    NotInAws,
    /// It cannot be made before `id` is gone, which is being deleted.
    InTheWay { id: String },
    /// The file calls it by another address than `from`, under which it was made.
    Renamed { from: Address },
    /// It shall stay in AWS from now on when it goes from the file.
    Retained,
    /// It shall be deleted from now on when it goes from the file.
    Released,
    /// AWS has given up on it; `state` is AWS's own word for that.
    FailedInAws { state: String },
    /// Something that it refers to becomes another.
    Refers { cause: Cause },
    /// The field can only be set when the resource is made; `cause` is why it differs, where that is not the file itself.
    Fixed {
        field: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
    /// AWS allows only one resource with these fields (`name` is the physical name), so the old one goes first.
    Exclusive { fields: Vec<String> },
    /// It goes first because `address`, which it needs, goes before its replacement is made.
    GoesWith { address: Address },
    /// The file keeps it no more, and it is to stay in AWS.
    Forgotten,
    /// It is forgotten, not deleted, since `address` uses it, which stays in AWS.
    Used { address: Address },
    /// An earlier run has made another in its place.
    Superseded,
    /// A run beside the one that made `kept` made it a second time.
    Duplicate { kept: String },
    /// The file has no such resource any more.
    GoneFromFile,
}

/// A resource that another one refers to, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "becomes")]
pub enum Cause {
    Replaced {
        address: Address,
    },
    New {
        address: Address,
    },
    /// It stays, and its update renews this output.
    Renewed {
        address: Address,
        output: String,
    },
}

/// Something worth knowing about a plan; it stands in nobody's way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "note")]
pub enum Note {
    /// These are on their way to ready, and nothing that the plan does waits for them.
    NotReady { resources: Vec<Unready> },
    /// AWS has given up on this one, and nothing that the plan does needs it.
    FailedInAws { address: Address, id: String, state: String },
    /// The version of a service is well, and the command after it failed; `state` says how. It is owed until it succeeds.
    OwesACommand { address: Address, state: String },
    /// The command before the version of a service has run already, and is not run again.
    CommandRan { address: Address, version: String, command: String },
    /// The plan is of one side alone.
    Narrowed {
        only: Only,
        /// Resources that differ, and that the plan leaves as they are.
        left: Vec<Address>,
        /// Fields that both sides have changed, which stay as they are live.
        both: Vec<String>,
    },
    /// AWS has not told, for a reason, if the version that a service gets was rolled back before.
    PastUnread { address: Address, version: String, reason: String },
    /// The rollout of a service to a `version` is under way, and the plan goes on with it: `left` begins with the phase that it is in.
    TakesOver { address: Address, version: String, left: Vec<Phase> },
    /// These services would not start, since the secret that their tasks read holds no value; `name` is how commands call it.
    EmptySecret { secret: Address, name: String, services: Vec<Address> },
    /// These services would not start, since their repository does not hold the image: a tag, or a digest.
    NoImage { repository: Address, image: String, services: Vec<Address> },
    /// Nobody could answer these checks of a service that the plan rolls out.
    Preflight { address: Address, checks: Vec<Checked> },
    /// AWS has not told, for a reason, if the account has room for what the plan makes of these, as people call them.
    QuotasUnread { quotas: Vec<String>, reason: String },
    /// The plan goes back to an earlier file, and this of the resource does not come back with it.
    NotBack { address: Address, loss: Loss },
    /// A rule that looks at plans warns of this; its words are the rule's.
    Found(Found),
}

/// The part of a resource that no earlier file brings back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Loss {
    /// The data that it held: it is made anew, and empty.
    Data,
    /// The value of a secret: it is made anew, without the one that it had.
    Value,
    /// The images of a repository: it is made anew, and empty.
    Images,
    /// The address by which others know it: it is made anew, under another one.
    Endpoint,
    /// It was there before the stack, and this apply has taken it over: going back would delete it, and not give it back.
    TakenOver { apply: u64 },
}

/// A finding of a rule in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The rule's code.
    pub code: String,
    pub address: Address,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

/// A resource that is on its way to ready, and AWS's own word for where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unready {
    pub address: Address,
    pub state: String,
}

/// One reason why a plan may not be applied. Each has a code that never changes its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code")]
pub enum Refusal {
    /// These refer to each other in a circle, each to the next.
    #[serde(rename = "PLAN001")]
    Circle { path: Vec<Address> },
    /// Two live resources, by their ids, claim the same address and generation. `data`: by resource, what holds data and cannot be
    /// without it.
    #[serde(rename = "PLAN002")]
    ClaimedTwice {
        address: Address,
        ids: [String; 2],
        #[serde(default, skip_serializing_if = "is_on_neither")]
        data: [Vec<Address>; 2],
    },
    /// A resource with the same values in `fields` is there, `id`, of which AWS has only one, and it is not of this stack.
    #[serde(rename = "PLAN010")]
    Occupied { address: Address, kind: String, id: String, fields: Vec<String> },
    /// A resource of that name is there, `id`, and it is not of this stack.
    #[serde(rename = "PLAN003")]
    NameTaken { address: Address, kind: String, name: String, id: String },
    /// The resource cannot be made before `other` has gone, with which it shares `fields`; and `other` cannot go before
    /// `holder` has let go of it, which waits for the new one.
    #[serde(rename = "PLAN011")]
    NoRoom { address: Address, fields: Vec<String>, other: Address, holder: Option<Address> },
    /// The resource to adopt is not there.
    #[serde(rename = "PLAN004")]
    NothingToAdopt { address: Address, kind: String, id: String },
    /// The resource to adopt is of this stack already, as `owner`.
    #[serde(rename = "PLAN005")]
    AlreadyOurs { address: Address, id: String, owner: Address },
    /// The resource to adopt has another value in a field that is fixed at creation.
    #[serde(rename = "PLAN006")]
    AdoptReplaces { address: Address, id: String, field: String, before: Value, after: Value },
    /// These kinds could not be read, so nothing may be deleted, and what is there may not be known.
    #[serde(rename = "PLAN007")]
    Unread { kinds: Vec<String> },
    /// The resource is protected, and nobody has allowed to delete or replace it.
    #[serde(rename = "PLAN008")]
    Protected { address: Address, threat: Threat, data_loss: bool },
    /// `by` needs an output that the resource does not have, since AWS has given up on it.
    #[serde(rename = "PLAN009")]
    NeedsFailed { address: Address, by: Address, output: String, state: String },
    /// The resource is replaced, and `by`, which the plan leaves in AWS, uses the one that would go.
    #[serde(rename = "PLAN012")]
    Used { address: Address, by: Address },
    /// The version was deployed, and its rollout went back `at` that time, for a `reason`: the finding for which it was told to, or AWS's words.
    #[serde(rename = "PLAN013")]
    RolledBack { address: Address, version: String, at: String, reason: String },
    /// Another version of the service is on its way, or a command of another version runs.
    #[serde(rename = "PLAN014")]
    Deploying {
        address: Address,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<Running>,
    },
    /// A command before the version failed, or nobody can tell how it ended, so the version is not deployed.
    #[serde(rename = "PLAN016")]
    CommandFailed { address: Address, version: String, command: String, lost: bool, reason: String },
    /// The plan rolls the service out, and these checks of what is live say that it would not go well.
    #[serde(rename = "PLAN015")]
    Preflight { address: Address, checks: Vec<Checked> },
    /// The cost is over the budget; `monthly` is the figure that somebody may accept.
    #[serde(rename = "COST001")]
    OverBudget { monthly: Money, reasons: Vec<Excess> },
    /// Lines without a price may take the cost over the budget; `monthly` is the least figure that somebody may accept.
    #[serde(rename = "COST002")]
    Unjudged { monthly: Money, reasons: Vec<Excess> },
    /// A rule that looks at plans finds an error; the code is the rule's.
    #[serde(untagged)]
    Found(Found),
}

/// A command of a version of a service, and the task that runs it in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    pub version: String,
    pub command: String,
    pub task: String,
    pub cluster: String,
}

/// The harm that a plan would do to a protected resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threat {
    Replace,
    /// It is deleted although the file has it: all of the stack goes, or the address is of another kind now.
    Delete,
    /// It is deleted because the file has it no more.
    GoneFromFile,
}

/// The reason why a step was not begun or not awaited to its end, or why a run begins nothing new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Because {
    /// A step of this address, which it comes after, was not done.
    NotDone { address: Address },
    /// The run ended before.
    NotReached,
    /// AWS goes on with it; the wait for it was interrupted.
    StillGoing,
    /// The run was interrupted.
    Interrupted,
    /// AWS takes the credentials no more.
    Credentials,
    /// Another run makes the same stack.
    AnotherRun,
    /// The journal cannot be written, for this error of the system.
    Journal { error: String },
}

fn is_on_neither(data: &[Vec<Address>; 2]) -> bool {
    data.iter().all(Vec::is_empty)
}

impl Refusal {
    /// The stable name of the reason, as plans and messages show it.
    pub fn code(&self) -> &str {
        match self {
            Refusal::Circle { .. } => codes::CIRCLE.id,
            Refusal::ClaimedTwice { .. } => codes::CLAIMED_TWICE.id,
            Refusal::NameTaken { .. } => codes::NAME_TAKEN.id,
            Refusal::Occupied { .. } => codes::OCCUPIED.id,
            Refusal::NoRoom { .. } => codes::NO_ROOM.id,
            Refusal::NothingToAdopt { .. } => codes::NOTHING_TO_ADOPT.id,
            Refusal::AlreadyOurs { .. } => codes::ALREADY_OURS.id,
            Refusal::AdoptReplaces { .. } => codes::ADOPT_REPLACES.id,
            Refusal::Unread { .. } => codes::UNREAD.id,
            Refusal::Protected { .. } => codes::PROTECTED.id,
            Refusal::NeedsFailed { .. } => codes::NEEDS_FAILED.id,
            Refusal::Used { .. } => codes::USED.id,
            Refusal::RolledBack { .. } => codes::ROLLED_BACK.id,
            Refusal::Deploying { .. } => codes::DEPLOYING.id,
            Refusal::CommandFailed { .. } => codes::COMMAND_FAILED.id,
            Refusal::Preflight { .. } => codes::PREFLIGHT.id,
            Refusal::OverBudget { .. } => codes::OVER_BUDGET.id,
            Refusal::Unjudged { .. } => codes::UNJUDGED.id,
            Refusal::Found(Found { code, .. }) => code,
        }
    }
    /// The resource that cannot be changed as it should, if it is one.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Refusal::ClaimedTwice { address, .. }
            | Refusal::NameTaken { address, .. }
            | Refusal::Occupied { address, .. }
            | Refusal::NoRoom { address, .. }
            | Refusal::NothingToAdopt { address, .. }
            | Refusal::AlreadyOurs { address, .. }
            | Refusal::AdoptReplaces { address, .. }
            | Refusal::Protected { address, .. }
            | Refusal::NeedsFailed { address, .. }
            | Refusal::Used { address, .. }
            | Refusal::RolledBack { address, .. }
            | Refusal::Deploying { address, .. }
            | Refusal::CommandFailed { address, .. }
            | Refusal::Preflight { address, .. }
            | Refusal::Found(Found { address, .. }) => Some(address),
            Refusal::Circle { .. } | Refusal::Unread { .. } | Refusal::OverBudget { .. } | Refusal::Unjudged { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rollout::phases::Name;
    use super::super::rollout::preflight::Answer;
    use super::*;
    use expect_test::expect;
    use serde_json::to_string;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    fn running() -> Running {
        let [version, command, task, cluster] = ["web:1", "expand", "0f3c", "shop"].map(str::to_owned);
        Running { version, command, task, cluster }
    }

    fn checked() -> Checked {
        let says = "there is no image `web:1`".into();
        Checked { number: 2, title: "image".into(), result: Answer::Fail, says, remedy: Some("push it".into()) }
    }

    #[test]
    fn the_form_of_reasons_and_notes_is_the_documented_one() {
        let (a, b) = (address("database.main.instance"), address("network.vpc"));
        let reasons = [
            Reason::NotInAws,
            Reason::InTheWay { id: "i-1".into() },
            Reason::Renamed { from: b.clone() },
            Reason::Retained,
            Reason::Released,
            Reason::FailedInAws { state: "failed".into() },
            Reason::Refers { cause: Cause::New { address: b.clone() } },
            Reason::Fixed { field: "engine".into(), cause: None },
            Reason::Fixed { field: "vpc_id".into(), cause: Some(Cause::Replaced { address: b.clone() }) },
            Reason::Refers { cause: Cause::Renewed { address: b.clone(), output: "arn".into() } },
            Reason::Exclusive { fields: vec!["name".into()] },
            Reason::GoesWith { address: b },
            Reason::Forgotten,
            Reason::Used { address: a.clone() },
            Reason::Superseded,
            Reason::Duplicate { kept: "vpc-1".into() },
            Reason::GoneFromFile,
        ];
        let lines = reasons.iter().map(|reason| {
            let text = to_string(reason).unwrap();
            assert_eq!(serde_json::from_str::<Reason>(&text).unwrap(), *reason);
            text
        });
        expect![[r#"
            {"reason":"not_in_aws"}
            {"reason":"in_the_way","id":"i-1"}
            {"reason":"renamed","from":"network.vpc"}
            {"reason":"retained"}
            {"reason":"released"}
            {"reason":"failed_in_aws","state":"failed"}
            {"reason":"refers","cause":{"becomes":"new","address":"network.vpc"}}
            {"reason":"fixed","field":"engine"}
            {"reason":"fixed","field":"vpc_id","cause":{"becomes":"replaced","address":"network.vpc"}}
            {"reason":"refers","cause":{"becomes":"renewed","address":"network.vpc","output":"arn"}}
            {"reason":"exclusive","fields":["name"]}
            {"reason":"goes_with","address":"network.vpc"}
            {"reason":"forgotten"}
            {"reason":"used","address":"database.main.instance"}
            {"reason":"superseded"}
            {"reason":"duplicate","kept":"vpc-1"}
            {"reason":"gone_from_file"}"#]]
        .assert_eq(&lines.collect::<Vec<_>>().join("\n"));
        let notes = [
            Note::NotReady { resources: vec![Unready { address: a.clone(), state: "modifying".into() }] },
            Note::FailedInAws { address: a.clone(), id: "db-1".into(), state: "failed".into() },
            Note::OwesACommand { address: a.clone(), state: "it failed".into() },
            Note::CommandRan { address: a.clone(), version: "web:2".into(), command: "expand".into() },
            Note::PastUnread { address: a.clone(), version: "web:2".into(), reason: "denied".into() },
            Note::TakesOver {
                address: a.clone(),
                version: "web:2".into(),
                left: vec![Phase { name: Name::Share { percent: 10.0 }, minutes_at_least: 5, minutes_at_most: Some(60) }],
            },
            Note::EmptySecret { secret: address("secrets.jwt.secret"), name: "jwt".into(), services: vec![address("service.api")] },
            Note::NoImage { repository: address("service.api.repository"), image: "latest".into(), services: Vec::new() },
            Note::Preflight { address: a.clone(), checks: vec![checked()] },
            Note::Narrowed { only: Only::Drift, left: vec![a.clone()], both: vec!["database.main.instance.size".into()] },
            Note::QuotasUnread { quotas: vec!["VPCs".into()], reason: "it was denied".into() },
            Note::Found(Found { code: "TEST901".into(), address: a, message: "three databases go at once".into(), help: None }),
        ];
        expect![[r#"
            {"note":"not_ready","resources":[{"address":"database.main.instance","state":"modifying"}]}
            {"note":"failed_in_aws","address":"database.main.instance","id":"db-1","state":"failed"}
            {"note":"owes_a_command","address":"database.main.instance","state":"it failed"}
            {"note":"command_ran","address":"database.main.instance","version":"web:2","command":"expand"}
            {"note":"past_unread","address":"database.main.instance","version":"web:2","reason":"denied"}
            {"note":"takes_over","address":"database.main.instance","version":"web:2","left":[{"phase":"share","percent":10.0,"minutes_at_least":5,"minutes_at_most":60}]}
            {"note":"empty_secret","secret":"secrets.jwt.secret","name":"jwt","services":["service.api"]}
            {"note":"no_image","repository":"service.api.repository","image":"latest","services":[]}
            {"note":"preflight","address":"database.main.instance","checks":[{"number":2,"title":"image","result":"fail","says":"there is no image `web:1`","remedy":"push it"}]}
            {"note":"narrowed","only":"drift","left":["database.main.instance"],"both":["database.main.instance.size"]}
            {"note":"quotas_unread","quotas":["VPCs"],"reason":"it was denied"}
            {"note":"found","code":"TEST901","address":"database.main.instance","message":"three databases go at once"}"#]]
        .assert_eq(&notes.map(|note| to_string(&note).unwrap()).join("\n"));
    }

    #[test]
    fn each_refusal_is_written_with_its_code() {
        let (a, b) = (address("database.main.instance"), address("network.vpc"));
        let [kind, name, id, state, field, output] = ["rds.db_instance", "shop", "db-1", "failed", "engine", "host"].map(str::to_owned);
        let monthly = Money::new(81.into());
        let refusals = [
            Refusal::Circle { path: vec![a.clone(), b.clone()] },
            Refusal::ClaimedTwice { address: a.clone(), ids: ["db-1".into(), "db-2".into()], data: Default::default() },
            Refusal::NameTaken { address: a.clone(), kind: kind.clone(), name, id: id.clone() },
            Refusal::Occupied { address: a.clone(), kind: kind.clone(), id: id.clone(), fields: vec!["port".into()] },
            Refusal::NothingToAdopt { address: a.clone(), kind: kind.clone(), id: id.clone() },
            Refusal::AlreadyOurs { address: a.clone(), id: id.clone(), owner: b.clone() },
            Refusal::AdoptReplaces { address: a.clone(), id, field, before: "mysql".into(), after: Value::Null },
            Refusal::Unread { kinds: vec![kind] },
            Refusal::Protected { address: a.clone(), threat: Threat::GoneFromFile, data_loss: true },
            Refusal::NeedsFailed { address: a.clone(), by: b.clone(), output, state },
            Refusal::Used { address: b, by: a.clone() },
            Refusal::RolledBack { address: a.clone(), version: "web:2".into(), at: "2026-11-21T08:00:00Z".into(), reason: "errors".into() },
            Refusal::Deploying { address: a.clone(), command: None },
            Refusal::Deploying { address: a.clone(), command: Some(running()) },
            Refusal::CommandFailed {
                address: a.clone(),
                version: "web:2".into(),
                command: "expand".into(),
                lost: false,
                reason: "it ended with exit code 1".into(),
            },
            Refusal::Preflight { address: a.clone(), checks: vec![checked()] },
            Refusal::OverBudget { monthly, reasons: vec![Excess::Accepted { accepted: Money::ZERO, monthly }] },
            Refusal::Unjudged {
                monthly,
                reasons: vec![Excess::MaybeLimit { monthly, at_most: None, limit: Money::new(99.into()), unpriced: 1 }],
            },
            Refusal::Found(Found { code: "TEST901".into(), address: a, message: "it goes".into(), help: Some("keep it".into()) }),
        ];
        let lines = refusals.iter().map(|refusal| {
            let json = serde_json::to_value(refusal).unwrap();
            assert_eq!(json["code"], refusal.code());
            assert_eq!(json.get("address").and_then(Value::as_str), refusal.address().map(Address::as_str));
            let text = to_string(refusal).unwrap();
            assert_eq!(serde_json::from_str::<Refusal>(&text).unwrap(), *refusal);
            text
        });
        expect![[r#"
            {"code":"PLAN001","path":["database.main.instance","network.vpc"]}
            {"code":"PLAN002","address":"database.main.instance","ids":["db-1","db-2"]}
            {"code":"PLAN003","address":"database.main.instance","kind":"rds.db_instance","name":"shop","id":"db-1"}
            {"code":"PLAN010","address":"database.main.instance","kind":"rds.db_instance","id":"db-1","fields":["port"]}
            {"code":"PLAN004","address":"database.main.instance","kind":"rds.db_instance","id":"db-1"}
            {"code":"PLAN005","address":"database.main.instance","id":"db-1","owner":"network.vpc"}
            {"code":"PLAN006","address":"database.main.instance","id":"db-1","field":"engine","before":"mysql","after":null}
            {"code":"PLAN007","kinds":["rds.db_instance"]}
            {"code":"PLAN008","address":"database.main.instance","threat":"gone_from_file","data_loss":true}
            {"code":"PLAN009","address":"database.main.instance","by":"network.vpc","output":"host","state":"failed"}
            {"code":"PLAN012","address":"network.vpc","by":"database.main.instance"}
            {"code":"PLAN013","address":"database.main.instance","version":"web:2","at":"2026-11-21T08:00:00Z","reason":"errors"}
            {"code":"PLAN014","address":"database.main.instance"}
            {"code":"PLAN014","address":"database.main.instance","command":{"version":"web:1","command":"expand","task":"0f3c","cluster":"shop"}}
            {"code":"PLAN016","address":"database.main.instance","version":"web:2","command":"expand","lost":false,"reason":"it ended with exit code 1"}
            {"code":"PLAN015","address":"database.main.instance","checks":[{"number":2,"title":"image","result":"fail","says":"there is no image `web:1`","remedy":"push it"}]}
            {"code":"COST001","monthly":"81","reasons":[{"over":"accepted","accepted":"0","monthly":"81"}]}
            {"code":"COST002","monthly":"81","reasons":[{"over":"maybe_limit","monthly":"81","at_most":null,"limit":"99","unpriced":1}]}
            {"code":"TEST901","address":"database.main.instance","message":"it goes","help":"keep it"}"#]]
        .assert_eq(&lines.collect::<Vec<_>>().join("\n"));
    }
}
