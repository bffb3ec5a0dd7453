//! Assesses a stack: asks every check, by what rules find, what the file says, and what is live.

use super::super::code::{Category, Level};
use super::super::diagnostic::Diagnostic;
use super::super::expand::{Beside, rejected, survey};
use super::super::graph::Graph;
use super::super::place::{at_fault, place};
use super::super::problem::Problem;
use super::super::rule::{Accept, Look as RuleLook, Rule};
use super::super::source::{Lines, Path};
use super::super::stack::Stack;
use super::super::usage::Remark;
use super::super::view::View;
use super::super::visible::line;
use super::check::{Answer, Asked, At, Bill, Check, Look, Subject, Thing};
use super::observed::Observed;
use super::score::{Answered, Found, Is, Place, Report, State};
use std::collections::BTreeSet;

/// Everything that an assessment rests on beside the stack.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms<'a> {
    /// The day on which it is made, such as `2026-11-30`: what was accepted until a day is not accepted after it.
    pub today: &'a str,
    pub bill: Option<&'a Bill>,
    /// None where nobody has looked at what is live.
    pub live: Option<&'a Observed>,
}

/// Assesses a stack that could be read. One that cannot be planned is assessed by as much of it as can be made.
#[must_use]
pub fn assess(stack: &Stack, checks: &'static [Check], rules: &[Rule], terms: Terms<'_>) -> Report {
    let (graph, wrong) = survey(stack);
    let wrong = wrong.into_iter().filter(Diagnostic::is_error).collect::<Vec<_>>();
    let view = View::of_graph(&graph, stack.scope(terms.live.map_or("", |live| live.account.as_str())));
    let subject = Subject { stack, view: &view, bill: terms.bill };
    let beside = Beside::new(&wrong, wrong.is_empty());
    let lines = stack.sources.iter().map(|source| Lines::new(&source.text)).collect();
    let mut assessor = Assessor { stack, graph: &graph, checks, today: terms.today, lines, used: BTreeSet::new(), by_rules: Vec::new() };
    assessor.rules(&view, rules, &beside);
    let answers = checks.iter().map(|check| assessor.answer(check, &subject, terms.live)).collect::<Vec<_>>();
    let errors = rejected(stack, wrong).diagnostics.into_iter().map(|one| assessor.found(one, String::new(), Is::Bad, true)).collect();
    let of_no_check =
        |one: &ByRule| one.found.is == Is::Bad && !checks.iter().any(|check| assessor.is_for(check, one) || names(check, one.found.code));
    let refused = assessor.by_rules.iter().filter(|one| of_no_check(one)).map(|one| one.found.clone()).collect();
    let vain = stack.accepted.iter().enumerate().filter(|(at, accept)| {
        let looked = |check: &Check| check.code.id == accept.rule && (terms.live.is_some() || !check.look.is_live());
        checks.iter().any(looked) && !assessor.used.contains(at)
    });
    Report {
        owner: format!("{}/{}", stack.settings.name, stack.env),
        region: stack.settings.region.clone(),
        account: terms.live.map(|live| live.account.clone()),
        day: terms.today.to_owned(),
        live: terms.live.is_some(),
        vain: vain.map(|(_, accept)| accept.rule.clone()).collect(),
        answers,
        errors,
        refused,
    }
}

/// One finding of a rule.
struct ByRule {
    category: Category,
    level: Level,
    found: Found,
}

struct Assessor<'a> {
    stack: &'a Stack,
    graph: &'a Graph,
    checks: &'static [Check],
    today: &'a str,
    /// The lines of each of the stack's texts.
    lines: Vec<Lines>,
    /// Places of the acceptances that silence something.
    used: BTreeSet<usize>,
    by_rules: Vec<ByRule>,
}

impl Assessor<'_> {
    /// Asks every rule once, whatever check its findings then belong to.
    fn rules(&mut self, view: &View<'_>, rules: &[Rule], beside: &Beside) {
        for rule in rules {
            let level = rule.code.level;
            for finding in rule.find(view) {
                let Some((node, finding)) = at_fault(self.stack, self.graph, finding) else { continue };
                let one = place(self.stack, node, level, finding.problem);
                if beside.is_news(self.stack, node, &one) {
                    self.by_rule(rule, one, node.address.as_str());
                }
            }
            for Remark { label, measure, message, help, begins } in rule.find_in_usage(&self.stack.usage, view) {
                let path = match rule.look {
                    RuleLook::Commitments(_) => label.split('.').fold(Path::new(["stack"]), |path, key| path.key(key)),
                    _ => Path::new(["usage"]).key(&label).key(&measure),
                };
                let one = Diagnostic { begins, ..Diagnostic::new(&rule.code, path, message).help(help) };
                if one.is_due(self.today) && beside.is_sound(&label) {
                    self.by_rule(rule, one, &label);
                }
            }
        }
    }

    fn by_rule(&mut self, rule: &Rule, one: Diagnostic, address: &str) {
        let code = rule.code;
        let is = self.standing(&[code.id], code.level, address);
        // A warning that the stack denies is as much of an error as others.
        let denied = self.stack.checks.level(code.id, code.level) == Some(Level::Error);
        let blocks = denied || code.level == Level::Error || self.checks.iter().any(|check| check.blocks && names(check, code.id));
        let found = self.found(one, address.to_owned(), is, blocks);
        self.by_rules.push(ByRule { category: code.category, level: code.level, found });
    }

    /// Says if somebody lives with a finding, by any of its codes. An error cannot be lived with.
    fn standing(&mut self, codes: &[&str], level: Level, address: &str) -> Is {
        if level == Level::Error {
            return Is::Bad;
        }
        let due = |accept: &Accept| self.today.is_empty() || accept.ends().is_none_or(|ends| self.today < ends.as_str());
        let covers = |accept: &Accept| codes.iter().any(|code| accept.covers(code, address)) && due(accept);
        if let Some((at, accept)) = self.stack.accepted.iter().enumerate().find(|(_, accept)| covers(accept)) {
            self.used.insert(at);
            return Is::Accepted { because: accept.because.clone() };
        }
        match codes.iter().all(|code| self.stack.checks.level(code, level).is_some()) {
            true => Is::Bad,
            false => Is::Accepted { because: "`[checks]` allows it".into() },
        }
    }

    fn answer(&mut self, check: &'static Check, subject: &Subject<'_>, live: Option<&Observed>) -> Answered {
        let none = |state: State| Answered { check, state, asked: 0, good: 0, unknown: 0, found: Vec::new() };
        match check.look {
            Look::Live(_) if live.is_none() => none(State::NotLooked),
            Look::Rules { kinds, .. } | Look::Rest { kinds } => {
                let of_check = self.by_rules.iter().filter(|one| self.is_for(check, one)).map(|one| one.found.clone());
                let mut found = of_check.collect::<Vec<_>>();
                let doubts = check.doubt.map(|doubt| doubt(subject)).unwrap_or_default().into_iter();
                let doubts = doubts.map(|(address, why)| Thing { at: At::Node(address, "".into()), answer: Answer::Unknown(why) });
                found.extend(doubts.filter_map(|thing| self.thing(check, thing)).collect::<Vec<_>>());
                if found.is_empty() && !self.has(kinds) {
                    return none(State::NotApplicable);
                }
                let has = |is: &Is| found.iter().any(|one| one.is == *is);
                let (failed, unknown) = (has(&Is::Bad), has(&Is::Unknown));
                let state = match (failed, unknown) {
                    (true, _) => State::Failed,
                    (false, true) => State::Unknown,
                    (false, false) => State::Passed,
                };
                let unknown = usize::from(state == State::Unknown);
                Answered { check, state, asked: 1, good: usize::from(state == State::Passed), unknown, found }
            }
            Look::Stack(look) => self.asked(check, look(subject)),
            Look::Live(look) => live.map_or_else(|| none(State::NotLooked), |live| self.asked(check, look(subject, live))),
        }
    }

    fn asked(&mut self, check: &'static Check, Asked(things): Asked) -> Answered {
        let mut asked = things.len();
        let mut found = things.into_iter().filter_map(|thing| self.thing(check, thing)).collect::<Vec<_>>();
        for ByRule { found: one, .. } in self.by_rules.iter().filter(|one| check.same.contains(&one.found.code)) {
            match found.iter_mut().find(|known| known.address == one.address) {
                Some(known) => known.blocks |= one.blocks && known.is == Is::Bad,
                None => {
                    asked += 1;
                    found.push(one.clone());
                }
            }
        }
        let count = |is: &Is| found.iter().filter(|one| one.is == *is).count();
        let (bad, unknown) = (count(&Is::Bad), count(&Is::Unknown));
        let state = match (asked, bad, unknown) {
            (0, _, _) => State::NotApplicable,
            (_, 0, 0) => State::Passed,
            (_, 0, _) => State::Unknown,
            (_, _, _) => State::Failed,
        };
        Answered { check, state, asked, good: asked - bad - unknown, unknown, found }
    }

    fn thing(&mut self, check: &'static Check, Thing { at, answer }: Thing) -> Option<Found> {
        let (says, help, unknown) = match answer {
            Answer::Good => return None,
            Answer::Bad { says, help } => (says, help, false),
            Answer::Unknown(why) => (why, None, true),
        };
        let help = help.unwrap_or_else(|| check.remedy.to_owned());
        let (address, one) = match &at {
            At::Node(address, field) => {
                let problem = Problem::new(field.as_ref(), says).help(help).of(check.code.id);
                let node = self.graph.get(address)?;
                // The field is where to look, and its own words say the rest.
                (address.to_string(), Diagnostic { message: problem.message.clone(), ..place(self.stack, node, Level::Warning, problem) })
            }
            At::File(table) => (String::new(), Diagnostic::new(&check.code, Path::new(table.iter().copied()), says).help(help)),
        };
        let codes = std::iter::once(check.code.id).chain(check.same.iter().copied()).collect::<Vec<_>>();
        let is = match self.standing(&codes, Level::Warning, &address) {
            Is::Bad if unknown => Is::Unknown,
            is => is,
        };
        let denied = self.stack.checks.level(check.code.id, Level::Warning) == Some(Level::Error);
        Some(self.found(one, address, is, !unknown && (check.blocks || denied)))
    }

    fn found(&self, one: Diagnostic, address: String, is: Is, blocks: bool) -> Found {
        let Diagnostic { code, message, help, span, path, .. } = one;
        let located = || self.stack.input.as_ref().filter(|_| !path.is_empty()).map(|input| input.locate(&path));
        let place = span.or_else(located).and_then(|span| {
            let (source, lines) = (self.stack.sources.get(span.source)?, self.lines.get(span.source)?);
            let (number, _) = lines.position(&source.text, span.start);
            Some(Place { file: line(&source.name).into_owned(), line: number })
        });
        let flat = |text: &str| line(text).into_owned();
        Found { code, is, says: flat(&message), help: help.as_deref().map(flat), address, place, blocks }
    }

    fn has(&self, kinds: &[&str]) -> bool {
        self.graph.nodes().any(|node| kinds.is_empty() || kinds.contains(&node.kind.name))
    }

    fn is_for(&self, check: &Check, one: &ByRule) -> bool {
        match check.look {
            Look::Rules { codes, .. } => codes.contains(&one.found.code),
            Look::Rest { .. } => {
                let is_named = self.checks.iter().any(|other| names(other, one.found.code));
                is_rest_of(check, one.category, one.level) && !is_named
            }
            Look::Stack(_) | Look::Live(_) => false,
        }
    }
}

/// True for a check that has the findings of rules of a category. Those that AWS may refuse keep a version from being delivered.
#[must_use]
pub fn is_rest_of(check: &Check, category: Category, level: Level) -> bool {
    let may_be_refused = level == Level::Warning && matches!(category, Category::File | Category::Request | Category::Plan);
    let own = if may_be_refused { Category::Delivery } else { category };
    matches!(check.look, Look::Rest { .. }) && check.code.category == own
}

/// True for a check that has the findings of a rule by its name.
fn names(check: &Check, code: &str) -> bool {
    check.same.contains(&code) || matches!(check.look, Look::Rules { codes, .. } if codes.contains(&code))
}
