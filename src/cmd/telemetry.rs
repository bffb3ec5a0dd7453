//! The run as machines follow it: its name, its log, and its trace, by what the options and the environment say.

use super::exit::Exit;
use crate::report;
use std::sync::OnceLock;
use std::time::Duration;

/// The longest that a run waits in the end for its trace to be sent: runners that cancel a job give seven seconds for all of it.
pub const LAST: Duration = Duration::from_secs(2);
/// The same for one that is told to stop at once.
#[cfg(feature = "aws")]
pub const AT_ONCE: Duration = Duration::from_millis(300);

/// The form of what is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Log {
    /// Text for people
    Text,
    /// A JSON object a line, each AWS call among them
    Json,
}

static THIS: OnceLock<Telemetry> = OnceLock::new();

struct Telemetry {
    run: String,
    #[cfg(feature = "aws")]
    traces: traces::Traces,
}

/// Names the run, and says which command it is. Nothing is sent to anybody before AWS is asked for something.
pub fn begin(log: Log, command: &str) {
    let run = name();
    #[cfg(feature = "aws")]
    let traces = traces::Traces::new(&run, command, log);
    #[cfg(feature = "aws")]
    let trace = traces.id();
    #[cfg(not(feature = "aws"))]
    let (trace, _) = (None, command);
    if log == Log::Json {
        report::log::begin(&run, trace);
    }
    THIS.get_or_init(|| Telemetry {
        run,
        #[cfg(feature = "aws")]
        traces,
    });
}

/// Returns the name of the run, which no other run has.
#[cfg(feature = "aws")]
pub fn run() -> String {
    THIS.get().map_or_else(name, |this| this.run.clone())
}

#[cfg(feature = "aws")]
use crate::engine::events::new_run as name;

#[cfg(not(feature = "aws"))]
fn name() -> String {
    let now = jiff::Timestamp::now();
    let unlike = crate::core::identity::digest(&[&std::process::id().to_string(), &now.as_nanosecond().to_string()], 8);
    format!("{}-{unlike}", now.strftime("%Y%m%dT%H%M%SZ"))
}

#[cfg(feature = "aws")]
pub use traces::tracer;

/// Ends the trace, if there is one, and says once if some of it got lost.
pub fn end(exit: Exit, patience: Duration) {
    #[cfg(feature = "aws")]
    if let Some(this) = THIS.get() {
        this.traces.end(&this.run, exit, patience);
    }
    #[cfg(not(feature = "aws"))]
    let _ = (exit, patience, &THIS.get().map(|this| &this.run));
}

#[cfg(feature = "aws")]
mod traces {
    use super::super::exit::Exit;
    use super::{Log, THIS};
    use crate::aws::{Hear, Tracer};
    use crate::core::trace::settings::{Settings, settings};
    use crate::core::trace::{Attempt, Span, SpanId, TraceId, Value};
    use crate::engine::telemetry::{Exporter, Lost};
    use crate::report;
    use jiff::Timestamp;
    use sha2::{Digest, Sha256};
    use std::sync::{Arc, OnceLock};
    use std::time::Duration;

    pub(super) struct Traces {
        command: String,
        began: Timestamp,
        logs: bool,
        /// The collector that is wanted, or the reason why it cannot be had.
        wanted: Result<Option<Settings>, String>,
        trace: TraceId,
        root: SpanId,
        sends: OnceLock<Option<Arc<Exporter>>>,
    }

    impl Traces {
        pub fn new(run: &str, command: &str, log: Log) -> Self {
            let wanted = settings(|name| std::env::var(name).ok());
            let bytes: [u8; 32] = Sha256::digest(format!("{run} {}", Timestamp::now().as_nanosecond())).into();
            let parent = wanted.as_ref().ok().and_then(Option::as_ref).and_then(|settings| settings.parent.as_ref());
            let (root, trace) = (SpanId::of(&bytes), parent.map_or_else(|| TraceId::of(&bytes), |parent| parent.trace));
            Traces {
                command: command.to_owned(),
                began: Timestamp::now(),
                logs: log == Log::Json,
                wanted,
                trace,
                root,
                sends: OnceLock::new(),
            }
        }

        /// Returns the name of the trace, if there is to be one.
        pub fn id(&self) -> Option<String> {
            self.wanted.as_ref().ok()?.as_ref().map(|_| self.trace.to_string())
        }

        fn exporter(&self) -> Option<Arc<Exporter>> {
            let start = || match &self.wanted {
                Ok(None) => None,
                Ok(Some(settings)) => match Exporter::start(settings.clone(), self.trace) {
                    Ok(exporter) => Some(Arc::new(exporter)),
                    Err(why) => untraced(&why),
                },
                Err(why) => untraced(why),
            };
            self.sends.get_or_init(start).clone()
        }

        pub fn end(&self, run: &str, exit: Exit, patience: Duration) {
            let Some(Some(exporter)) = self.sends.get() else { return };
            let parent = self.wanted.as_ref().ok().and_then(Option::as_ref).and_then(|settings| settings.parent.as_ref());
            let code = exit.code();
            let fails = !matches!(exit, Exit::Done | Exit::Changes | Exit::Waiting);
            exporter.take(Span {
                id: self.root,
                parent: parent.map(|parent| parent.span),
                name: format!("trueup {}", self.command),
                calls: false,
                began: self.began,
                ended: Timestamp::now(),
                attributes: vec![("trueup.run", run.into()), ("process.exit.code", Value::Number(code.into()))],
                moments: Vec::new(),
                failed: fails.then(|| format!("exit {code}")),
            });
            if let Some(Lost { spans, of, at, why }) = exporter.end(patience) {
                report::untraced(&format!("{spans} of {of} spans did not reach {at}: {why}"));
            }
        }
    }

    fn untraced(why: &str) -> Option<Arc<Exporter>> {
        report::untraced(&format!("this run is not traced: {why}"));
        None
    }

    /// Returns what traces and logs the calls of this run, and begins to send what is traced.
    pub fn tracer() -> Tracer {
        let Some(this) = THIS.get() else { return Tracer::default() };
        let traces = &this.traces;
        let exporter = traces.exporter();
        if exporter.is_none() && !traces.logs {
            return Tracer::default();
        }
        Tracer::new(Box::new(Ear { logs: traces.logs, exporter }), traces.trace, traces.root)
    }

    struct Ear {
        logs: bool,
        exporter: Option<Arc<Exporter>>,
    }

    impl std::fmt::Debug for Ear {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Ear").field("logs", &self.logs).finish_non_exhaustive()
        }
    }

    impl Hear for Ear {
        fn span(&self, span: Span) {
            if let Some(exporter) = &self.exporter {
                exporter.take(span);
            }
        }

        fn attempt(&self, attempt: &Attempt) {
            if self.logs {
                report::log::attempt(attempt, self.exporter.is_some());
            }
        }
    }
}
