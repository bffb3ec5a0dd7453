//! The news of a rollout, from one look to the next.

use super::message::{News, Outcome};
use crate::core::rollout::decide::{Order, State};
use crate::core::rollout::judge::{Verdict, worst};
use crate::core::rollout::look::Look;

/// Returns what is new since the look before; `next` is the command that lets it go on. Whoever takes a rollout over has seen
/// none of it, and says where it is once more.
#[must_use]
pub fn news(before: Option<&Look>, now: &Look, next: &str) -> Vec<News> {
    let mut news = Vec::new();
    if let Some(gate) = &now.gate
        && before.and_then(|look| look.gate.as_ref()).is_none_or(|known| known.id != gate.id)
    {
        news.push(News::Gate {
            stage: gate.stage.clone(),
            weight: now.green.as_ref().map_or(0.0, |green| green.weight),
            expires: gate.expires,
            next: next.to_owned(),
        });
    }
    if let Some(verdict) = settled(now)
        && before.and_then(settled) != Some(verdict)
    {
        let told = now.decision.evidence.iter().filter(|one| one.verdict == verdict);
        news.push(News::Verdict { verdict, reasons: told.map(ToString::to_string).collect() });
    }
    let went_back = before.is_some_and(|look| goes_back(look).is_some());
    if let Some(reason) = goes_back(now).filter(|_| !went_back) {
        news.push(News::Rollback { reason });
    }
    if let Some(result) = result(&now.decision.state) {
        let reason = (!now.reason.is_empty() && result != Outcome::Promoted).then(|| now.reason.clone());
        news.push(News::Finish { result, reason });
    }
    news
}

/// A verdict that is not open is one to tell.
fn settled(look: &Look) -> Option<Verdict> {
    let judged = look.gate.is_some() && !look.decision.evidence.is_empty();
    judged.then(|| worst(&look.decision.evidence)).filter(|verdict| *verdict != Verdict::Inconclusive)
}

fn goes_back(look: &Look) -> Option<String> {
    match (&look.decision.order, &look.decision.state) {
        (Some(Order::Rollback { why, .. }), _) => Some(why.to_string()),
        (_, State::RollingBack) => Some(look.reason.clone()),
        _ => None,
    }
}

fn result(state: &State) -> Option<Outcome> {
    match state {
        State::Promoted => Some(Outcome::Promoted),
        State::RolledBack => Some(Outcome::RolledBack),
        State::RollbackFailed => Some(Outcome::RollbackFailed),
        state if state.is_end() => Some(Outcome::Stopped),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rollout::decide::{Decision, Why};
    use crate::core::rollout::notify::Event;
    use crate::core::rollout::observation::Gate;
    use jiff::Timestamp;

    fn look(state: State, order: Option<Order>, gate: Option<&str>) -> Look {
        let at = Timestamp::UNIX_EPOCH;
        let gate = gate.map(|id| Gate { id: id.into(), stage: "PRE_PRODUCTION_TRAFFIC_SHIFT".into(), opened: at, expires: at });
        let decision = Decision { state, order, holds: Vec::new(), evidence: Vec::new(), look: None };
        Look { gate, ..Look::bare(at, decision) }
    }

    #[test]
    fn each_piece_of_news_is_told_once() {
        let why = Why::NoHealthyTarget { weight: 10.0 };
        let back = Order::Rollback { gate: Some("a".into()), why };
        let story = [
            look(State::Scaling, None, None),
            look(State::Testing, None, Some("a")),
            look(State::Testing, None, Some("a")),
            look(State::Baking, None, Some("b")),
            look(State::Baking, Some(back), Some("b")),
            look(State::RollingBack, None, None),
            look(State::RolledBack, None, None),
        ];
        let mut before = None;
        let mut told = Vec::new();
        for look in &story {
            told.extend(news(before, look, "trueup rollout promote").iter().map(News::event));
            before = Some(look);
        }
        assert_eq!(told, [Event::Gate, Event::Gate, Event::Rollback, Event::Finish]);
    }
}
