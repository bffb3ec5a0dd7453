//! The stream of one run's events: here each gets its time, its run and its number.

use crate::core::event::{Envelope, Event};
use crate::core::identity::digest;
use jiff::Timestamp;
use std::sync::{Mutex, PoisonError};

/// Takes what a run says, numbers it, and hands it on.
pub struct Events<'a> {
    run: String,
    /// The number of the last one.
    last: Mutex<u64>,
    hear: Box<dyn Fn(&Envelope) + Send + Sync + 'a>,
}

impl<'a> Events<'a> {
    /// The stream of a new run, to `hear`.
    pub fn new(hear: impl Fn(&Envelope) + Send + Sync + 'a) -> Self {
        Events { run: new_run(), last: Mutex::new(0), hear: Box::new(hear) }
    }

    /// The stream of the run of that name.
    pub fn of(run: &str, hear: impl Fn(&Envelope) + Send + Sync + 'a) -> Self {
        Events { run: run.to_owned(), ..Events::new(hear) }
    }

    /// A stream that nobody hears.
    pub fn silent() -> Self {
        Events::new(|_| {})
    }

    /// The run, by a name that no other run has.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Puts what is said into an envelope with the next number. Nobody hears it.
    pub fn seal<E>(&self, event: E) -> Envelope<E> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last += 1;
        Envelope { at: now(), run: self.run.clone(), number: *last, event }
    }

    /// Says it.
    pub fn say(&self, event: Event) {
        self.hear(&self.seal(event));
    }

    /// Says what is in its envelope already.
    pub fn hear(&self, envelope: &Envelope) {
        (self.hear)(envelope);
    }
}

/// This moment, to the millisecond: more would only make lines longer.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A name that sorts by time and that no other process, on no other host, gives.
pub fn new_run() -> String {
    let now = Timestamp::now();
    let host = whoami::hostname().unwrap_or_default();
    let unlike = digest(&[&host, &std::process::id().to_string(), &now.as_nanosecond().to_string()], 8);
    format!("{}-{unlike}", now.strftime("%Y%m%dT%H%M%SZ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_the_next_number_of_its_run() {
        let heard = Mutex::new(Vec::new());
        let events = Events::new(|envelope: &Envelope| heard.lock().unwrap().push((envelope.run.clone(), envelope.number)));
        events.say(Event::Verifying { kinds: 1 });
        assert_eq!(events.seal("in between").number, 2);
        events.say(Event::Verifying { kinds: 2 });
        let run = events.run().to_owned();
        drop(events);
        assert_eq!(heard.into_inner().unwrap(), [(run.clone(), 1), (run.clone(), 3)]);
        assert_ne!(Events::silent().run(), run);
    }

    #[test]
    fn the_keys_of_an_envelope_stand_beside_those_of_its_event() {
        let at = "2026-01-01T00:00:00.123Z".parse().unwrap();
        let envelope = Envelope { at, run: "r".into(), number: 7, event: Event::Verifying { kinds: 2 } };
        let text = serde_json::to_string(&envelope).unwrap();
        assert_eq!(text, r#"{"at":"2026-01-01T00:00:00.123Z","run":"r","number":7,"event":"verifying","kinds":2}"#);
        assert_eq!(serde_json::from_str::<Envelope>(&text).unwrap(), envelope);
    }
}
