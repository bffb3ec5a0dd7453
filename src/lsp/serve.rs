//! The loop around the server: one thread reads, one checks, and this one answers.
//!
//! A check begins as soon as a text has changed and no other check is under way. Whatever is typed meanwhile is checked next, the
//! newest text alone, so that nothing waits for a pause and nothing old is checked at length.

use super::document::{Checked, Job};
use super::server::{End, Server};
use super::wire::{Fault, Incoming, read, refusal, write};
use crate::pricing::catalog::Catalog;
use serde_json::Value;
use std::io::{self, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

/// The stack of a thread that reads files of any shape, as that of a main thread is.
const STACK: usize = 8 * 1024 * 1024;

/// The messages that are read ahead of their answers; an editor that sends more waits.
const AHEAD: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// No message any more, for this reason.
    #[error("{0}")]
    Wire(String),
    #[error("failed to answer: {0}")]
    Output(io::Error),
    #[error("failed to begin: {0}")]
    Thread(io::Error),
}

enum Event {
    Read(Incoming),
    Checked(Box<Checked>),
}

/// Talks to an editor until it ends.
pub fn serve(
    input: impl Read + Send + 'static,
    mut output: impl Write,
    today: fn() -> String,
    catalog: &'static Catalog,
) -> Result<End, Broken> {
    let (events, inbox) = sync_channel(AHEAD);
    let (jobs, orders) = channel();
    let to_read = events.clone();
    let reader = move || reads(BufReader::new(input), &to_read);
    thread::Builder::new().name("reader".into()).spawn(reader).map_err(Broken::Thread)?;
    let checker = move || checks(&orders, &events, today);
    thread::Builder::new().name("checker".into()).stack_size(STACK).spawn(checker).map_err(Broken::Thread)?;
    answers(&inbox, &jobs, &mut output, Server::new(today, catalog))
}

fn reads(mut input: BufReader<impl Read>, events: &SyncSender<Event>) {
    loop {
        let incoming = read(&mut input);
        let last = matches!(incoming, Incoming::End | Incoming::Broken(_));
        if events.send(Event::Read(incoming)).is_err() || last {
            return;
        }
    }
}

fn checks(orders: &Receiver<Job>, events: &SyncSender<Event>, today: fn() -> String) {
    while let Ok(job) = orders.recv() {
        if events.send(Event::Checked(Box::new(job.check(&today())))).is_err() {
            return;
        }
    }
}

fn answers(inbox: &Receiver<Event>, jobs: &Sender<Job>, output: &mut impl Write, mut server: Server) -> Result<End, Broken> {
    let mut busy = false;
    let mut out = Vec::new();
    // Without a reader or a checker nothing comes any more.
    while let Ok(event) = inbox.recv() {
        // All that has come by now, so that the newest text is checked.
        let mut events = vec![event];
        events.extend(inbox.try_iter().take(AHEAD));
        for event in events {
            let end = match event {
                Event::Read(Incoming::Message(message)) => server.take(&message, &mut out),
                Event::Read(Incoming::Unreadable(reason)) => {
                    out.push(refusal(&Value::Null, Fault::Parse, &reason));
                    None
                }
                Event::Read(Incoming::End) => Some(End::Sudden),
                Event::Read(Incoming::Broken(reason)) => return Err(Broken::Wire(reason)),
                Event::Checked(checked) => {
                    busy = false;
                    server.checked(*checked, &mut out);
                    None
                }
            };
            for message in out.drain(..) {
                write(output, &message).map_err(Broken::Output)?;
            }
            if let Some(end) = end {
                return Ok(end);
            }
        }
        if !busy && let Some(job) = server.due() {
            busy = jobs.send(job).is_ok();
        }
    }
    Ok(End::Sudden)
}
