//! A few cases of each sort, in seconds: what CI runs.

use super::operations::{Change, Destroy, Ground};
use super::whole::{Blow, Came, play};

#[test]
fn a_process_killed_at_a_call_is_followed_by_one_that_finishes() {
    let ground = Ground::shared(Change);
    let calls = ground.calls.len();
    assert!(calls > 5, "{:?}", ground.calls);
    for (call, before) in [(1, true), (calls / 2, false), (calls, true)] {
        let blow = Blow::Kill { call, before };
        assert_eq!(play(ground, &blow), Ok(Came::Resumed), "{blow}, {}", ground.calls[call - 1]);
    }
}

#[test]
fn a_destroy_killed_half_way_is_finished_by_the_next_one() {
    let ground = Ground::shared(Destroy);
    let call = ground.calls.len() / 2;
    assert_eq!(play(ground, &Blow::Kill { call, before: false }), Ok(Came::Resumed), "{}", ground.calls[call - 1]);
}

#[test]
fn a_run_comes_through_throttling_and_503s() {
    let ground = Ground::shared(Change);
    let blow = Blow::Faults(vec!["throttle:*:30%".into(), "unavailable:*:10%".into()]);
    assert!(matches!(play(ground, &blow), Ok(Came::Through | Came::Resumed)), "{:?}", play(ground, &blow));
}
