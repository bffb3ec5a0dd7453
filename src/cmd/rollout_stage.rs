//! An apply whose rollout is drawn once it has begun.

use super::exit::Failure;
use super::rollout_view::{Heard, show};
use crate::core::event::{Envelope, Event};
use crate::core::graph::Node;
use crate::core::rollout::look::Look;
use crate::core::rollout::release::Release;
use crate::ops::rollout;
use crate::ops::session::Session;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{mpsc, watch};

/// A sender that turns its receiver true, and does so at an interrupt by itself.
pub fn leaving(mut interrupted: watch::Receiver<bool>) -> (watch::Sender<bool>, watch::Receiver<bool>) {
    let (leave, cancel) = watch::channel(false);
    let told = leave.clone();
    tokio::spawn(async move {
        if interrupted.wait_for(|interrupted| *interrupted).await.is_ok() {
            told.send_replace(true);
        }
    });
    (leave, cancel)
}

/// Takes the events of an apply while a rollout is drawn.
#[derive(Default)]
pub struct Stage(Mutex<Scene>);

#[derive(Default)]
struct Scene {
    /// Whoever draws, once there is something to draw.
    to: Option<mpsc::UnboundedSender<Heard>>,
    /// True while it is drawn: nothing else may be written to the terminal.
    drawn: bool,
    kept: Vec<Envelope>,
    /// The newest look that was drawn, and nowhere else told.
    newest: Option<Envelope>,
}

impl Stage {
    fn scene(&self) -> std::sync::MutexGuard<'_, Scene> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an event, and says whether nobody else is to show it now.
    pub fn takes(&self, event: &Envelope) -> bool {
        let mut scene = self.scene();
        let heard = match &event.event {
            Event::RollingOut { look, .. } => Some(Heard::Look(look.clone())),
            Event::Noted { note, .. } => Some(Heard::Note(note.clone())),
            _ => None,
        };
        let is_drawn = heard.is_some();
        if let (Some(to), Some(heard)) = (&scene.to, heard) {
            // The view may be over before the run is.
            let _ = to.send(heard);
        }
        if scene.drawn && !is_drawn {
            scene.kept.push(event.clone());
        }
        if scene.drawn && matches!(event.event, Event::RollingOut { .. }) {
            scene.newest = Some(event.clone());
        }
        scene.drawn
    }

    /// Returns the events that were to wait until the view was closed.
    pub fn rest(&self) -> Vec<Envelope> {
        let mut scene = self.scene();
        scene.drawn = false;
        std::mem::take(&mut scene.kept)
    }

    /// Returns the newest look at the rollout that was drawn: the last words of the run are about it.
    pub fn newest(&self) -> Option<Envelope> {
        self.scene().newest.clone()
    }

    /// Keeps a look that whoever draws has taken.
    fn keep(&self, new: &Look) {
        if let Some(Envelope { event: Event::RollingOut { look, .. }, .. }) = &mut self.scene().newest {
            **look = new.clone();
        }
    }

    /// Waits for `work`, and draws the rollout of a service from the time on that it has a deployment. `begin` is called before.
    pub async fn play<T>(
        &self,
        session: &Session,
        node: &Node,
        leave: &watch::Sender<bool>,
        begin: impl FnOnce(),
        work: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        let (send, mut heard) = mpsc::unbounded_channel();
        self.scene().to = Some(send.clone());
        tokio::pin!(work);
        let first = loop {
            tokio::select! {
                answer = &mut work => return Ok(answer),
                Some(heard) = heard.recv() => match heard {
                    Heard::Look(look) if look.deployment.is_some() => break look,
                    Heard::Look(_) | Heard::Note(_) => {}
                },
            }
        };
        // A service that nobody finds is not drawn, and its rollout goes on.
        let live = tokio::select! {
            answer = &mut work => return Ok(answer),
            live = rollout::live(session, node) => match live {
                Ok(live) => live,
                Err(_) => return Ok(work.await),
            },
        };
        begin();
        self.scene().drawn = true;
        let _ = send.send(Heard::Look(first));
        let release = Release::new(rollout::of(session, rollout::short(node)), live.subject.policy.clone());
        show(session, &live, release, heard, leave, |look| self.keep(look), work).await
    }
}
