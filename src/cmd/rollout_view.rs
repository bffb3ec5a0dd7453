//! A rollout on a terminal: it is drawn while it goes on, and keys steer it.

use super::exit::{Exit, Failure};
use super::rollout_report::Record;
use crate::core::rollout::look::Look;
use crate::core::rollout::release::Release;
use crate::engine::rollout::conduct::End;
use crate::ops::rollout::{self, Back, Live};
use crate::ops::session::Session;
use crate::report::watch::screen::{Screen, colour};
use crate::report::watch::{Act, View};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// The time between two pictures, so that clocks move.
const TURN: Duration = Duration::from_millis(500);

/// Something that whoever carries a rollout through has to say.
pub enum Heard {
    Look(Box<Look>),
    Note(String),
}

/// Decides about a rollout from here on, and shows it.
pub async fn watch(session: &Session, live: &Live, record: &Record, mut interrupted: watch::Receiver<bool>) -> Result<End, Failure> {
    let (send, heard) = mpsc::unbounded_channel();
    let (leave, cancel) = watch::channel(false);
    let hear = |look: &Look| {
        record.take(look);
        let _ = send.send(Heard::Look(Box::new(look.clone())));
    };
    let note = |line: &str| {
        let _ = send.send(Heard::Note(line.to_owned()));
    };
    let work = rollout::watch(session, live, cancel, hear, note);
    let newest = Mutex::new(None);
    let keep = |look: &Look| drop(newest.lock().unwrap_or_else(PoisonError::into_inner).replace(Box::new(look.clone())));
    let stop = async {
        if interrupted.wait_for(|interrupted| *interrupted).await.is_ok() {
            leave.send_replace(true);
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        end = show(session, live, record.release(), heard, &leave, keep, work) => Ok(match end?? {
            End::Left(last) => End::Left(newest.lock().unwrap_or_else(PoisonError::into_inner).take().or(last)),
            end => end,
        }),
        () = stop => Ok(End::Left(None)),
    }
}

/// Shows a rollout while `work` carries it through and says how it goes. Leaving it, by a key or an interrupt, turns `leave` true, and
/// `work` comes to its end by itself. The answer is that of `work`. `keep` gets a look that was taken since the last one of `work`, where a
/// key has told ECS something and whoever told it leaves at once.
pub async fn show<T>(
    session: &Session,
    live: &Live,
    release: Release,
    mut heard: mpsc::UnboundedReceiver<Heard>,
    leave: &watch::Sender<bool>,
    keep: impl Fn(&Look),
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let mut told_ecs = false;
    let (send, mut keys) = mpsc::unbounded_channel();
    let failed = |error: std::io::Error| Failure::new(format!("failed to draw on the terminal: {error}"));
    let mut screen = Screen::open(move |key| {
        // Nobody takes a key any more once the view is closed.
        let _ = send.send(key);
    })
    .map_err(failed)?;
    let mut view = View::new(release, session.aws.calls.now(), colour());
    let mut told = (view.now, Instant::now());
    let mut turn = tokio::time::interval(TURN);
    tokio::pin!(work);
    loop {
        let key = tokio::select! {
            answer = &mut work => return Ok(answer),
            Some(heard) = heard.recv() => {
                match heard {
                    Heard::Look(look) => {
                        told_ecs = false;
                        view.take(&look);
                        told = (look.at, Instant::now());
                    }
                    Heard::Note(line) => view.notice = Some(line),
                }
                None
            }
            Some(key) = keys.recv() => Some(key),
            _ = turn.tick() => None,
        };
        let passed = told.1.elapsed().mul_f64(session.aws.clock.speed);
        view.now = told.0.saturating_add(jiff::SignedDuration::try_from(passed).unwrap_or_default()).unwrap_or(told.0);
        let act = key.and_then(|key| view.press(key));
        match act {
            Some(Act::Redraw) => screen.redraw(&view).map_err(failed)?,
            // Asked twice, it does not wait for an answer of AWS's.
            Some(Act::Leave) if *leave.borrow() => return Err(Failure::shown(Exit::Interrupted)),
            Some(Act::Leave) => {
                if told_ecs && let Ok(look) = rollout::look(session, live).await {
                    keep(&look);
                }
                view.notice = Some("leaves; ECS goes back at the next gate when nobody comes".into());
                leave.send_replace(true);
            }
            Some(act) => {
                view.notice = Some("tells AWS …".into());
                screen.draw(&view).map_err(failed)?;
                view.notice = Some(steer(session, live, act).await);
                told_ecs = true;
            }
            None => {}
        }
        screen.draw(&view).map_err(failed)?;
    }
}

/// Does what a key asks for, and says what came of it.
async fn steer(session: &Session, live: &Live, act: Act) -> String {
    let answer = match act {
        Act::Promote { force } => rollout::promote(session, live, force).await.map(|_| "ECS was told to go on"),
        Act::Pause(true) => rollout::set_paused(session, live, true).await.map(|_| "nothing goes on until it is resumed"),
        Act::Pause(false) => rollout::set_paused(session, live, false).await.map(|_| "it goes on again"),
        Act::Rollback => rollout::rollback(session, live, None, false).await.map(|back| match back {
            Back::Told => "ECS was told to go back",
            Back::Joined(_) => "this is the way back already",
            Back::Again(_) => "no rollout is under way; `trueup rollout rollback` brings an earlier version back",
        }),
        Act::Leave | Act::Redraw => Ok(""),
    };
    answer.map_or_else(|error| error.to_string(), str::to_owned)
}
