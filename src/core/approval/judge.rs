//! The judgement of approvals: which of them count for a plan, what is wrong with the others, and what is still missing. It is a
//! function of values: the clock, the files and the store were read before.

use super::super::address::Address;
use super::super::bill::PlanCost;
use super::super::codes;
use super::super::identity::Scope;
use super::super::money::{Money, from_float};
use super::super::plan::{Change, Plan, Verb};
use super::armor::{Approval, Genuine, KNOWN, encoded, fingerprint};
use super::rule::{Need, Rule};
use super::signers::{Signers, Standing};
use super::statement::NAMESPACE;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// An approval that was handed in, by the place that it comes from.
#[derive(Debug, Clone)]
pub struct Given {
    pub place: String,
    /// The error says why it is none.
    pub read: Result<Approval, String>,
}

/// All that approvals are judged by, beside the plan.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// The rule of whoever runs the plan; none where nothing asks for approvals. That of the plan itself counts as well.
    pub rule: Option<&'a Rule>,
    /// Those whose keys count, from a place that whoever made the plan does not write to. The plan names none.
    pub signers: Option<&'a Signers>,
    pub given: &'a [Given],
    /// The ids of approvals of this plan that were used before.
    pub used: &'a BTreeSet<String>,
    pub now: Timestamp,
    /// True for a kind of resource that holds data.
    pub holds_data: fn(&str) -> bool,
}

/// The outcome. A plan is approved when nothing of it is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// The demands on the plan; none where it needs no approval.
    pub demands: Vec<Demand>,
    /// True when nobody can say whose approval would count.
    pub no_signers: bool,
    pub counted: Vec<Counted>,
    pub refused: Vec<Refused>,
}

/// One rule's demand, and how far it is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Demand {
    pub count: u32,
    /// Those whose approval counts; none means all of the signers.
    pub by: Vec<String>,
    pub why: Vec<Why>,
    /// The number of people who have approved.
    pub has: u32,
}

/// Why a plan needs approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "because")]
pub enum Why {
    Anything,
    Deletes {
        addresses: Vec<Address>,
    },
    DataLoss {
        addresses: Vec<Address>,
    },
    /// It rests on these; none where the plan does not say what it rests on.
    Exceptions {
        named: Vec<String>,
    },
    /// It adds more than this to a month, or may.
    CostOver {
        most: String,
    },
}

/// An approval that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counted {
    pub place: String,
    pub principal: String,
    pub key: String,
    pub id: String,
    pub expires: String,
}

/// An approval that does not count, with all that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    pub place: String,
    /// The principal that it names; none where it cannot be read.
    pub principal: Option<String>,
    pub flaws: Vec<Flaw>,
}

/// Something that is wrong with an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "flaw")]
pub enum Flaw {
    /// It is no approval.
    Malformed {
        why: String,
    },
    OtherPlan {
        found: String,
    },
    OtherPlace {
        found: String,
        wanted: String,
    },
    /// The signature is not of these bytes, or not made for plans.
    NotGenuine {
        namespace: String,
    },
    /// Signatures of such keys are not verified here.
    Unsupported {
        key: String,
    },
    Untouched,
    UnknownKey {
        key: String,
    },
    OtherPerson {
        key: String,
        principals: String,
    },
    Restricted {
        key: String,
        why: String,
    },
    Expired {
        at: String,
    },
    /// It was made later than now.
    FromTheFuture {
        made: String,
    },
    Used,
    NotAsked,
    Author {
        name: String,
    },
    /// The same person has approved already: as the same principal, or by the same key.
    SamePerson {
        as_well: String,
    },
}

/// The most that clocks of those who approve and of those who apply may differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

impl Judged {
    pub fn is_approved(&self) -> bool {
        !self.no_signers && self.demands.iter().all(Demand::is_met)
    }
}

impl Demand {
    pub fn is_met(&self) -> bool {
        self.has >= self.count
    }
}

/// Returns the demands of a plan by itself and of whoever runs it, before anybody has approved.
pub fn demands(plan: &Plan, rule: Option<&Rule>, holds_data: fn(&str) -> bool) -> Vec<Demand> {
    rules(plan, rule, holds_data).into_iter().map(|(_, demand)| demand).collect()
}

/// Each rule that asks for something, with what it asks. A rule that whoever made the plan left out, or made weaker, is asked as
/// whoever runs the plan has it; one that they made stricter is asked as well.
fn rules<'a>(plan: &'a Plan, rule: Option<&'a Rule>, holds_data: fn(&str) -> bool) -> Vec<(&'a Rule, Demand)> {
    let own = plan.approval.as_ref().map(|frozen| &frozen.rule);
    let mut asked = Vec::<(&Rule, Demand)>::new();
    for rule in own.into_iter().chain(rule) {
        let why = why(rule, plan, holds_data);
        if !why.is_empty()
            && !asked.iter().any(|(other, _)| (other.count, &other.by, other.valid()) == (rule.count, &rule.by, rule.valid()))
        {
            asked.push((rule, Demand { count: rule.count, by: rule.by.clone(), why, has: 0 }));
        }
    }
    asked
}

/// Judges the approvals of a plan whose digest is given.
pub fn judge(plan: &Plan, digest: &str, bench: Bench<'_>) -> Judged {
    let Bench { rule, signers, given, used: _, now, holds_data } = bench;
    let mut asked = rules(plan, rule, holds_data);
    if asked.is_empty() {
        return Judged::default();
    }
    let Some(signers) = signers else {
        return Judged { demands: asked.into_iter().map(|(_, demand)| demand).collect(), no_signers: true, ..Judged::default() };
    };
    let mut seen = BTreeSet::new();
    // The same file may come from two places.
    let once = given.iter().filter(|one| one.read.as_ref().map_or(true, |read| seen.insert(read.whole())));
    let looked = once.map(|one| (one, flaws(one, plan, digest, signers, &bench))).collect::<Vec<_>>();
    let mut refused = looked.iter().map(|(one, flaws)| (*one, flaws.clone())).collect::<Vec<_>>();
    let mut counted = Vec::<Counted>::new();
    let author = plan.approval.as_ref().map(|frozen| &frozen.author);
    for (rule, demand) in &mut asked {
        let mut people = Vec::<Vec<&Approval>>::new();
        let mut of_it = Vec::new();
        for (at, (one, flaws)) in looked.iter().enumerate() {
            let Some(approval) = one.read.as_ref().ok().filter(|_| flaws.is_empty()) else { continue };
            let principal = &approval.statement.principal;
            let mut own = Vec::new();
            if !rule.by.is_empty() && !rule.by.contains(principal) {
                own.push(Flaw::NotAsked);
            }
            if let Some(author) = author.filter(|author| rule.count > 1 && author.is(principal)) {
                own.push(Flaw::Author { name: author.name.clone() });
            }
            let good_until = rule.valid().and_then(|time| approval.statement.made.checked_add(time).ok());
            if good_until.is_none_or(|until| until <= now) {
                own.push(Flaw::Expired { at: good_until.map_or_else(String::new, |until| until.to_string()) });
            }
            if own.is_empty() {
                // Those who share a name or a key with each other are one person.
                let (mut same, others): (Vec<_>, Vec<_>) =
                    people.into_iter().partition(|group| group.iter().any(|other| is_same_person(approval, other)));
                match same.first().and_then(|group| group.first()) {
                    Some(other) => own.push(Flaw::SamePerson { as_well: other.statement.principal.clone() }),
                    None => of_it.push(*one),
                }
                let mut group = same.drain(..).flatten().collect::<Vec<_>>();
                group.push(approval);
                people = others;
                people.push(group);
            }
            refused[at].1.extend(own);
        }
        demand.has = u32::try_from(people.len()).unwrap_or(u32::MAX);
        counted.extend(of_it.into_iter().filter_map(Counted::of));
    }
    counted.sort_by(|one, other| (&one.principal, &one.id).cmp(&(&other.principal, &other.id)));
    counted.dedup();
    let refused = refused.into_iter().filter(|(_, flaws)| !flaws.is_empty()).map(|(one, mut flaws)| {
        let mut kept = Vec::new();
        flaws.retain(|flaw| {
            !kept.contains(flaw) && {
                kept.push(flaw.clone());
                true
            }
        });
        let principal = one.read.as_ref().ok().map(|read| read.statement.principal.clone());
        Refused { place: one.place.clone(), principal, flaws }
    });
    let refused = refused.collect();
    Judged { demands: asked.into_iter().map(|(_, demand)| demand).collect(), no_signers: false, counted, refused }
}

/// Returns all that is wrong with an approval, whichever rule asks for it.
fn flaws(one: &Given, plan: &Plan, digest: &str, signers: &Signers, bench: &Bench<'_>) -> Vec<Flaw> {
    let approval = match &one.read {
        Ok(approval) => approval,
        Err(why) => return vec![Flaw::Malformed { why: why.clone() }],
    };
    let statement = &approval.statement;
    match approval.genuine() {
        Genuine::Yes => {}
        // Nobody has said what stands in it, so nothing of that is worth telling.
        Genuine::No => return vec![Flaw::NotGenuine { namespace: approval.namespace().to_owned() }],
        Genuine::Unknown => return vec![Flaw::Unsupported { key: approval.key_name() }],
        Genuine::Untouched => return vec![Flaw::Untouched],
    }
    let mut found = Vec::new();
    if let Some(key) = approval.key() {
        let name = fingerprint(key);
        match signers.standing(&statement.principal, key, bench.now) {
            Standing::Good => {}
            Standing::Unknown => found.push(Flaw::UnknownKey { key: name }),
            Standing::Others(principals) => found.push(Flaw::OtherPerson { key: name, principals }),
            Standing::Restricted(why) => found.push(Flaw::Restricted { key: name, why }),
        }
    }
    if statement.plan != digest {
        found.push(Flaw::OtherPlan { found: statement.plan.clone() });
    }
    if statement.scope != plan.scope {
        let name = |scope: &Scope| format!("{} in {} {}", scope.owner(), scope.account, scope.region);
        found.push(Flaw::OtherPlace { found: name(&statement.scope), wanted: name(&plan.scope) });
    }
    if statement.expires <= bench.now {
        found.push(Flaw::Expired { at: statement.expires.to_string() });
    }
    if bench.now.checked_add(CLOCKS).is_ok_and(|latest| statement.made > latest) {
        found.push(Flaw::FromTheFuture { made: statement.made.to_string() });
    }
    if bench.used.contains(&statement.id) {
        found.push(Flaw::Used);
    }
    found
}

fn is_same_person(one: &Approval, other: &Approval) -> bool {
    let key = |approval: &Approval| approval.key().and_then(encoded);
    one.statement.principal == other.statement.principal || key(one) == key(other)
}

/// Says why a rule wants approval of a plan. It goes by what apply does, its steps, and not by what the plan says of them.
fn why(rule: &Rule, plan: &Plan, holds_data: fn(&str) -> bool) -> Vec<Why> {
    let has = |at: usize, verb: Verb| plan.steps.iter().any(|step| step.change == at && step.verb == verb);
    let of = |wanted: &dyn Fn(usize, &Change) -> bool| {
        let changes = plan.changes.iter().enumerate().filter(|(at, change)| wanted(*at, change));
        changes.map(|(_, change)| change.address.clone()).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for need in &rule.needs {
        match need {
            Need::Anything if !plan.steps.is_empty() => found.push(Why::Anything),
            Need::Anything => {}
            Need::Deletes => {
                let addresses = of(&|at, _| has(at, Verb::Delete) && !has(at, Verb::Create));
                found.extend((!addresses.is_empty()).then_some(Why::Deletes { addresses }));
            }
            Need::DataLoss => {
                let addresses = of(&|at, change| has(at, Verb::Delete) && (change.data_loss || holds_data(&change.kind)));
                found.extend((!addresses.is_empty()).then_some(Why::DataLoss { addresses }));
            }
            Need::Exceptions => {
                let named = plan.approval.as_ref().map(|frozen| &frozen.exceptions);
                // Unknown is not nothing: a plan that does not say may rest on any.
                if !plan.steps.is_empty() && named.is_none_or(|named| !named.is_empty()) {
                    found.push(Why::Exceptions { named: named.cloned().unwrap_or_default() });
                }
            }
        }
    }
    if let Some(most) = rule.cost_over
        && !plan.steps.is_empty()
    {
        let limit = from_float(most).map(Money::new).unwrap_or_default();
        // Where nobody knows the most that it may add, it may add more.
        let within = |cost: &PlanCost| cost.delta.list.likely <= limit && cost.delta.most().is_some_and(|most| most.likely <= limit);
        if !plan.cost.as_ref().is_some_and(within) {
            found.push(Why::CostOver { most: format!("{most:.2}") });
        }
    }
    found
}

impl Counted {
    fn of(given: &Given) -> Option<Self> {
        let approval = given.read.as_ref().ok()?;
        let statement = &approval.statement;
        Some(Counted {
            place: given.place.clone(),
            principal: statement.principal.clone(),
            key: approval.key_name(),
            id: statement.id.clone(),
            expires: statement.expires.to_string(),
        })
    }
}

impl Flaw {
    /// The stable name of the flaw.
    pub fn code(&self) -> &'static str {
        match self {
            Flaw::Malformed { .. } => codes::NO_APPROVAL.id,
            Flaw::OtherPlan { .. } => codes::OTHER_PLAN.id,
            Flaw::OtherPlace { .. } => codes::OTHER_PLACE.id,
            Flaw::NotGenuine { .. } => codes::NOT_GENUINE.id,
            Flaw::Unsupported { .. } => codes::UNSUPPORTED_KEY.id,
            Flaw::Untouched => codes::UNTOUCHED.id,
            Flaw::UnknownKey { .. } => codes::UNKNOWN_SIGNER.id,
            Flaw::OtherPerson { .. } => codes::OTHER_PERSON.id,
            Flaw::Restricted { .. } => codes::RESTRICTED_KEY.id,
            Flaw::Expired { .. } => codes::EXPIRED.id,
            Flaw::FromTheFuture { .. } => codes::FROM_THE_FUTURE.id,
            Flaw::Used => codes::USED_APPROVAL.id,
            Flaw::NotAsked => codes::NOT_ASKED.id,
            Flaw::Author { .. } => codes::BY_ITS_AUTHOR.id,
            Flaw::SamePerson { .. } => codes::SAME_PERSON.id,
        }
    }

    /// Says what to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Flaw::Malformed { .. } => "`trueup approve` writes one; pass it on as it is".into(),
            Flaw::OtherPlan { .. } => "approve the plan that is to run".into(),
            Flaw::OtherPlace { .. } => "approve the plan where it is to run".into(),
            Flaw::NotGenuine { .. } => format!("approve again; by hand: ssh-keygen -Y sign -n {NAMESPACE} -f KEY"),
            Flaw::Unsupported { .. } => format!("approve with another key: {KNOWN}"),
            Flaw::Untouched => "approve with a key that was made without no-touch-required".into(),
            Flaw::UnknownKey { .. } => "add the key to the file of signers, where those are to be trusted who may write to it".into(),
            Flaw::OtherPerson { .. } => "whoever has the key approves in their own name".into(),
            Flaw::Restricted { .. } => "mend its line in the file of signers".into(),
            Flaw::Expired { .. } => "approve again".into(),
            Flaw::FromTheFuture { .. } => "set the clock right, and approve again".into(),
            Flaw::Used => "an approval is good for one apply: approve again".into(),
            Flaw::NotAsked => "ask somebody whom `by` names".into(),
            Flaw::Author { .. } => "somebody else has to approve".into(),
            Flaw::SamePerson { .. } => "another person has to approve, with a key of their own".into(),
        }
    }
}

/// Reads after the name of an approval.
impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Malformed { why } => write!(out, "is no approval: {why}"),
            Flaw::OtherPlan { found } => write!(out, "is of another plan, {}…", &found[..found.len().min(12)]),
            Flaw::OtherPlace { found, wanted } => write!(out, "is for `{found}`, not `{wanted}`"),
            Flaw::NotGenuine { namespace } if namespace != NAMESPACE => write!(out, "is signed as `{namespace}`, not as `{NAMESPACE}`"),
            Flaw::NotGenuine { .. } => out.write_str("was altered: its signature is not of what stands in it"),
            Flaw::Unsupported { key } => write!(out, "is signed by a key of the sort {key}, which is not verified here"),
            Flaw::Untouched => out.write_str("is signed by a security key that nobody touched"),
            Flaw::UnknownKey { key } => write!(out, "is signed by {key}, which is nobody's in the file of signers"),
            Flaw::OtherPerson { key, principals } => write!(out, "is signed by {key}, which is the key of `{principals}`"),
            Flaw::Restricted { key, why } => write!(out, "is signed by {key}, and {why}"),
            Flaw::Expired { at } => write!(out, "expired at {at}"),
            Flaw::FromTheFuture { made } => write!(out, "was made at {made}, which is still to come"),
            Flaw::Used => out.write_str("was used before"),
            Flaw::NotAsked => out.write_str("is of somebody whose approval is not asked for"),
            Flaw::Author { name } => write!(out, "is of the author of the plan, `{name}`, where others are asked as well"),
            Flaw::SamePerson { as_well } => write!(out, "is of a person who has approved already, as {as_well}"),
        }
    }
}

/// Says why a plan needs approval, as it reads after "because".
impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |addresses: &[Address]| {
            let named = addresses.iter().take(3).map(|address| format!("`{address}`")).collect::<Vec<_>>().join(", ");
            if addresses.len() > 3 { format!("{named} and {} more", addresses.len() - 3) } else { named }
        };
        match self {
            Why::Anything => out.write_str("every change does"),
            Why::Deletes { addresses } => write!(out, "it deletes {}", list(addresses)),
            Why::DataLoss { addresses } => write!(out, "data is lost with {}", list(addresses)),
            Why::Exceptions { named } if named.is_empty() => out.write_str("it does not say which exceptions it rests on"),
            Why::Exceptions { named } => write!(out, "it rests on exceptions: {}", named.join(", ")),
            Why::CostOver { most } => write!(out, "it adds more than {most} dollars to a month, or may"),
        }
    }
}

/// Reads after the name of a plan: `it needs 2 approvals and has 1, …`, and what is wrong with each approval in a line of its own.
impl fmt::Display for Judged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Judged { demands, no_signers, counted, refused } = self;
        let unmet = demands.iter().filter(|demand| *no_signers || !demand.is_met());
        for (at, Demand { count, by, why, has }) in unmet.enumerate() {
            let of = if by.is_empty() { String::new() } else { format!(" of {}", by.join(", ")) };
            let noun = if *count == 1 { "approval" } else { "approvals" };
            let has = if *no_signers {
                String::new()
            } else if *has == 0 {
                ", and has none".into()
            } else {
                format!(", and has {has}")
            };
            let why = why.iter().map(Why::to_string).collect::<Vec<_>>().join("; ");
            let head = if at == 0 { format!("[{}] it", codes::NOT_APPROVED.id) } else { "\nit also".into() };
            write!(out, "{head} needs {count} {noun}{of}{has}, since {why}")?;
        }
        if *no_signers {
            write!(
                out,
                "\n[{}] nobody here says whose approval counts; what the plan says of that is its author's word",
                codes::NO_SIGNERS.id
            )?;
        }
        for Counted { place, principal, .. } in counted {
            write!(out, "\n{place} of {principal} counts")?;
        }
        for Refused { place, principal, flaws } in refused {
            let of = principal.as_ref().map(|principal| format!(" of {principal}")).unwrap_or_default();
            for flaw in flaws {
                write!(out, "\n[{}] {place}{of} {flaw}", flaw.code())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::armor::tests::key;
    use super::super::armor::{file, sign, to_sign};
    use super::super::author::Author;
    use super::super::rule::Frozen;
    use super::super::signers::tests::{public, read};
    use super::super::statement::Statement;
    use super::super::statement::tests::statement;
    use super::*;
    use crate::core::graph::Graph;
    use crate::core::plan::{Action, Step};
    use crate::core::planner::{self, Policy};
    use crate::core::snapshot::Snapshot;
    use serde_json::Value;

    const NOW: &str = "2026-11-30T09:00:00Z";

    /// A plan with one change, of a kind, by these verbs.
    fn plan(kind: &str, action: Action, verbs: &[Verb]) -> Plan {
        let mut made = planner::plan(&Graph::default(), &Snapshot::empty(statement().scope), &Policy::default(), &|_| None);
        made.changes.push(Change {
            address: Address::parse("resource.news").unwrap(),
            kind: kind.into(),
            action,
            fields: Vec::new(),
            why: Vec::new(),
            downtime: String::new(),
            data_loss: false,
            minutes: 0.0,
            live: None,
            wanted: Value::Null,
            claim: None,
            name: String::new(),
            rollout: None,
            origin: None,
            since: None,
        });
        made.steps.extend(verbs.iter().map(|verb| Step { change: 0, verb: *verb, fields: Vec::new(), after: Vec::new() }));
        made
    }

    fn any() -> Plan {
        plan("sns.topic", Action::Update, &[Verb::Update])
    }

    fn by(plan: Plan, rule: Rule, author: &str) -> Plan {
        let author = Author { name: author.into(), arn: String::new() };
        Plan { approval: Some(Box::new(Frozen { rule, author, exceptions: Vec::new() })), ..plan }
    }

    fn given(statement: &Statement, seed: u8) -> Given {
        Given { place: format!("{}.approval", statement.principal), read: Approval::read(sign(statement, &key(seed)).unwrap().as_bytes()) }
    }

    fn of(principal: &str, seed: u8) -> Given {
        given(&Statement { principal: principal.into(), id: format!("{seed:02x}").repeat(16), ..statement() }, seed)
    }

    fn signers() -> Signers {
        let lines = ["anna@example.com", "bert@example.com", "carl@example.com"];
        let lines = lines.iter().zip(1..).map(|(name, seed)| format!("{name} {}", public(seed)));
        let more = format!("anna@home.org {0}\nold@example.com valid-before=\"20251231Z\" {1}", public(1), public(9));
        read(&lines.chain([more]).collect::<Vec<_>>().join("\n")).unwrap()
    }

    fn judged(plan: &Plan, rule: Option<&Rule>, given: &[Given]) -> Judged {
        let (signers, used) = (signers(), BTreeSet::from(["07".repeat(16)]));
        let now = NOW.parse().unwrap();
        let bench = Bench { rule, signers: Some(&signers), given, used: &used, now, holds_data: |kind| kind == "rds.db_instance" };
        judge(plan, &statement().plan, bench)
    }

    /// The codes of all that is wrong, in their order.
    fn codes(judged: &Judged) -> Vec<&'static str> {
        judged.refused.iter().flat_map(|refused| &refused.flaws).map(Flaw::code).collect()
    }

    #[test]
    fn one_approval_is_enough_where_one_is_asked() {
        let rule = Rule::least();
        let good = judged(&any(), Some(&rule), &[of("anna@example.com", 1)]);
        assert!(good.is_approved() && good.counted.len() == 1 && good.refused.is_empty(), "{good:?}");
        let none = judged(&any(), Some(&rule), &[]);
        assert!(!none.is_approved());
        assert_eq!(none.to_string(), "[APPR001] it needs 1 approval, and has none, since every change does");
        // Its author may be that one.
        assert!(judged(&by(any(), rule, "anna"), None, &[of("anna@example.com", 1)]).is_approved());
        assert_eq!(judged(&any(), None, &[]), Judged::default(), "nobody asks");
        assert!(judged(&plan("sns.topic", Action::Wait, &[]), Some(&Rule::least()), &[]).is_approved(), "it does nothing");
    }

    #[test]
    fn whoever_makes_the_plan_cannot_leave_the_rule_out_nor_name_the_signers() {
        let own = Rule { count: 2, ..Rule::least() };
        let weak = by(any(), Rule { count: 1, needs: Vec::new(), cost_over: Some(1e6), ..Rule::least() }, "mallory");
        for plan in [any(), weak] {
            let judged = judged(&plan, Some(&own), &[of("anna@example.com", 1)]);
            assert!(!judged.is_approved() && judged.demands.iter().any(|demand| demand.count == 2), "{judged:?}");
        }
        // One that is stricter counts as well.
        let strict = by(any(), Rule { count: 3, ..Rule::least() }, "");
        let both = [of("anna@example.com", 1), of("bert@example.com", 2)];
        assert!(!judged(&strict, Some(&own), &both).is_approved());
        assert!(judged(&any(), Some(&own), &both).is_approved());
        let used = BTreeSet::new();
        let bench = Bench { rule: None, signers: None, given: &both, used: &used, now: NOW.parse().unwrap(), holds_data: |_| false };
        let nobody = judge(&strict, &statement().plan, bench);
        assert!(nobody.no_signers && !nobody.is_approved() && nobody.to_string().contains("[APPR002]"), "{nobody}");
    }

    #[test]
    fn each_approval_that_does_not_count_says_why() {
        let rule = Rule { by: vec!["anna@example.com".into(), "bert@example.com".into(), "old@example.com".into()], ..Rule::least() };
        let as_anna = |change: &dyn Fn(&mut Statement)| {
            let mut anna = statement();
            change(&mut anna);
            given(&anna, 1)
        };
        let altered = |old: &str, new: &str| {
            let text = sign(&statement(), &key(1)).unwrap().replacen(old, new, 1);
            Given { place: "altered".into(), read: Approval::read(text.as_bytes()) }
        };
        let elsewhere = |anna: &mut Statement| anna.scope.env = "staging".into();
        let commit = {
            let whole = key(1).sign("git", ssh_key::HashAlg::Sha512, statement().to_string().as_bytes()).unwrap();
            let text = format!("{}{}", statement(), whole.to_pem(ssh_key::LineEnding::LF).unwrap());
            Given { place: "commit".into(), read: Approval::read(text.as_bytes()) }
        };
        let table: Vec<(Given, &[&str])> = vec![
            (Given { place: "x".into(), read: Approval::read(b"yes") }, &["APPR003"]),
            (as_anna(&|anna| anna.plan = "00".repeat(32)), &["APPR004"]),
            (as_anna(&elsewhere), &["APPR005"]),
            (altered("expires 2026-11-30T12", "expires 2027-11-30T12"), &["APPR006"]),
            (commit, &["APPR006"]),
            (rsa(), &["APPR007"]),
            (security_key(0), &["APPR008"]),
            (of("anna@example.com", 8), &["APPR009"]),
            (of("bert@example.com", 1), &["APPR010"]),
            (of("old@example.com", 9), &["APPR011"]),
            (as_anna(&|anna| anna.expires = NOW.parse().unwrap()), &["APPR012"]),
            (as_anna(&|anna| anna.made = "2026-11-30T05:00:00Z".parse().unwrap()), &["APPR012"]),
            (as_anna(&|anna| anna.made = "2026-11-30T09:05:01Z".parse().unwrap()), &["APPR013"]),
            (as_anna(&|anna| anna.id = "07".repeat(16)), &["APPR014"]),
            (of("carl@example.com", 3), &["APPR015"]),
            (
                as_anna(&|anna| {
                    elsewhere(anna);
                    anna.expires = NOW.parse().unwrap();
                    anna.id = "07".repeat(16);
                }),
                &["APPR005", "APPR012", "APPR014"],
            ),
        ];
        for (given, wanted) in &table {
            let judged = judged(&any(), Some(&rule), std::slice::from_ref(given));
            assert_eq!((codes(&judged).as_slice(), judged.is_approved()), (*wanted, false), "{judged}");
        }
        // All of them at once, and beside one that counts they harm nothing.
        let mut all = table.into_iter().map(|(given, _)| given).collect::<Vec<_>>();
        let told = judged(&any(), Some(&rule), &all);
        assert!(told.refused.len() == all.len() && told.to_string().lines().count() > all.len(), "{told}");
        all.push(of("bert@example.com", 2));
        assert!(judged(&any(), Some(&rule), &all).is_approved());
        // Where two are asked.
        let two = Rule { count: 2, ..Rule::least() };
        let author = by(any(), two.clone(), "bert");
        let judged_by_author = judged(&author, None, &[of("anna@example.com", 1), of("bert@example.com", 2)]);
        assert_eq!((codes(&judged_by_author), judged_by_author.demands[0].has), (vec!["APPR016"], 1));
        let again = given(&Statement { id: "aa".repeat(16), ..statement() }, 1);
        for other in [again, of("anna@home.org", 1)] {
            let judged = judged(&any(), Some(&two), &[of("anna@example.com", 1), other]);
            assert_eq!((codes(&judged), judged.demands[0].has), (vec!["APPR017"], 1));
        }
        // The same file from two places is no second approval, and nothing to tell of.
        let same = judged(&any(), Some(&two), &[of("anna@example.com", 1), of("anna@example.com", 1)]);
        assert_eq!((codes(&same), same.demands[0].has), (vec![], 1));
    }

    /// An approval by an RSA key, whose signature nobody looks at.
    fn rsa() -> Given {
        let text = sign(&statement(), &key(1)).unwrap();
        let key = key(1).public_key().to_bytes().unwrap();
        let (text, armored) = text.split_at(text.find("-----BEGIN").unwrap());
        let blob = armored.lines().filter(|line| !line.starts_with('-')).collect::<String>();
        use base64::Engine;
        let engine = base64::engine::general_purpose::STANDARD;
        let blob = engine.decode(blob).unwrap();
        let at = blob.windows(key.len()).position(|part| part == key).unwrap();
        let mut other = blob[..at - 4].to_vec();
        let mut rsa = Vec::new();
        super::super::armor::put(&mut rsa, b"ssh-rsa");
        super::super::armor::put(&mut rsa, b"\x03");
        super::super::armor::put(&mut other, &rsa);
        other.extend(&blob[at + key.len()..]);
        let body =
            engine.encode(other).as_bytes().chunks(70).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect::<String>();
        let text = format!("{text}-----BEGIN SSH SIGNATURE-----\n{body}-----END SSH SIGNATURE-----\n");
        Given { place: "rsa".into(), read: Approval::read(text.as_bytes()) }
    }

    /// An approval by a security key, made as one makes it, with these flags.
    fn security_key(flags: u8) -> Given {
        use sha2::{Digest, Sha256};
        use signature::Signer;
        let private = key(1);
        let ed25519 = private.public_key().key_data().ed25519().copied().unwrap();
        let public = ssh_key::public::KeyData::SkEd25519(ssh_key::public::SkEd25519::new(ed25519, "ssh:"));
        let mut signed = Sha256::digest(b"ssh:").to_vec();
        signed.push(flags);
        signed.extend(7_u32.to_be_bytes());
        signed.extend(Sha256::digest(to_sign(&statement())));
        let plain: ssh_key::Signature = private.try_sign(&signed).unwrap();
        let mut signature = Vec::new();
        super::super::armor::put(&mut signature, b"sk-ssh-ed25519@openssh.com");
        super::super::armor::put(&mut signature, plain.as_bytes());
        signature.push(flags);
        signature.extend(7_u32.to_be_bytes());
        let text = file(&statement(), &public, &signature);
        Given { place: "token".into(), read: Approval::read(text.as_bytes()) }
    }

    #[test]
    fn a_security_key_counts_when_it_was_touched() {
        let genuine = |given: &Given| given.read.as_ref().ok().map(Approval::genuine);
        assert_eq!(genuine(&security_key(1)), Some(Genuine::Yes));
        assert_eq!(genuine(&security_key(5)), Some(Genuine::Yes), "its owner was known as well");
        assert_eq!(genuine(&security_key(0)), Some(Genuine::Untouched));
    }

    #[test]
    fn plans_need_approval_for_what_they_do_and_not_for_what_they_say() {
        let needs = |needs: &[Need], plan: Plan| {
            let rule = Rule { needs: needs.to_vec(), ..Rule::least() };
            !demands(&plan, Some(&rule), |kind| kind == "rds.db_instance").is_empty()
        };
        let delete = |kind: &str| plan(kind, Action::Delete, &[Verb::Delete]);
        let replace = |kind: &str| plan(kind, Action::Replace { delete_first: false }, &[Verb::Create, Verb::Delete]);
        assert!(
            needs(&[Need::Deletes], delete("sns.topic"))
                && !needs(&[Need::Deletes], replace("sns.topic"))
                && !needs(&[Need::Deletes], any())
        );
        assert!(needs(&[Need::DataLoss], delete("rds.db_instance")) && needs(&[Need::DataLoss], replace("rds.db_instance")));
        assert!(!needs(&[Need::DataLoss], delete("sns.topic")));
        // Whoever makes a plan may call a deletion what they like.
        assert!(needs(&[Need::Deletes], plan("sns.topic", Action::Update, &[Verb::Delete])));
        assert!(needs(&[Need::Deletes], plan("sns.topic", Action::Replace { delete_first: true }, &[Verb::Delete])));
        let frozen = |exceptions: &[&str]| {
            let exceptions = exceptions.iter().map(|&text| text.to_owned()).collect();
            let frozen = Frozen { rule: Rule { needs: Vec::new(), ..Rule::least() }, author: Author::default(), exceptions };
            Plan { approval: Some(Box::new(frozen)), ..any() }
        };
        assert!(needs(&[Need::Exceptions], frozen(&["SEC201"])) && !needs(&[Need::Exceptions], frozen(&[])));
        assert!(needs(&[Need::Exceptions], any()), "it does not say");
        let over = Rule { needs: Vec::new(), cost_over: Some(5.0), ..Rule::least() };
        let demand = demands(&any(), Some(&over), |_| false);
        assert_eq!(demand[0].why, [Why::CostOver { most: "5.00".into() }], "nobody knows what it costs");
        let cheap = Plan { cost: Some(free()), ..any() };
        assert_eq!(demands(&cheap, Some(&over), |_| false), []);
    }

    /// The cost of a plan that changes none.
    fn free() -> PlanCost {
        PlanCost {
            before: Default::default(),
            after: Default::default(),
            delta: Default::default(),
            year: None,
            modules: Default::default(),
            resources: Vec::new(),
            overlap: Default::default(),
            budget: None,
            today: "2026-11-30".into(),
            catalogue: "embedded".into(),
            generated: String::new(),
        }
    }
}
