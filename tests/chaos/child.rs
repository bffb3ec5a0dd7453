//! `trueup` as a process of its own.

use super::place::{Place, STILL};
use std::fs::{self, File};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use trueup::sandbox::Speed;

/// The longest that any run may take. None comes near it.
const LONGEST: Duration = Duration::from_secs(300);
/// The time between two looks at a child.
const LOOK: Duration = Duration::from_millis(3);

/// The directory of a stack, with its locks and its journals.
pub struct Desk {
    dir: TempDir,
    vars: Vec<(String, String)>,
}

/// A run that goes on.
pub struct Running<'a> {
    child: Child,
    desk: &'a Desk,
    since: Instant,
}

/// The end of one.
pub struct Ran {
    /// None for one that was killed.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn all(&self) -> String {
        format!("exit {:?}\n{}{}", self.code, self.out, self.err)
    }
}

impl Desk {
    pub fn with(stack: &str) -> Self {
        let desk = Desk { dir: tempfile::tempdir().unwrap(), vars: Vec::new() };
        desk.write(stack);
        desk
    }

    pub fn write(&self, stack: &str) {
        fs::write(self.dir.path().join("stack.toml"), stack).unwrap();
    }

    pub fn path(&self, file: &str) -> std::path::PathBuf {
        self.dir.path().join(file)
    }

    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.push((name.into(), value.into()));
        self
    }

    /// Starts `trueup`, whose AWS is the place. Nothing of the tester's own environment reaches it.
    pub fn start(&self, place: &Place, args: &[&str]) -> Running<'_> {
        let file = |name: &str| Stdio::from(File::create(self.dir.path().join(name)).unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command.args(args).current_dir(self.dir.path()).env_clear().stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
        command.env("HOME", self.dir.path()).env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_ENDPOINT_URL", &place.address);
        if !self.vars.iter().any(|(name, _)| name == "AWS_CONFIG_FILE") {
            command.env("AWS_ACCESS_KEY_ID", "x").env("AWS_SECRET_ACCESS_KEY", "x");
        }
        command.envs(self.vars.iter().map(|(name, value)| (name, value)));
        Running { child: command.spawn().unwrap(), desk: self, since: Instant::now() }
    }

    /// Runs it while time passes in the place. What was on its way when it started is still on its way when its plan is made.
    pub fn run(&self, place: &Place, speed: f64, args: &[&str]) -> Ran {
        let mut running = self.start(place, args);
        let mut still = true;
        loop {
            if let Some(ran) = running.ended() {
                place.sandbox.set_speed(STILL);
                return ran;
            }
            if still && running.says("applying ") {
                place.sandbox.set_speed(Speed::Times(speed));
                still = false;
            }
            std::thread::sleep(LOOK);
        }
    }
}

impl Running<'_> {
    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.desk.dir.path().join(name)).unwrap_or_default()).into_owned()
    }

    /// True once it has said so on stderr.
    pub fn says(&self, text: &str) -> bool {
        self.read("err").contains(text)
    }

    /// Waits until something is so; false if the run is over before.
    pub fn until(&mut self, mut so: impl FnMut(&Self) -> bool) -> bool {
        while !so(self) {
            if self.child.try_wait().unwrap().is_some() {
                return so(self);
            }
            assert!(self.since.elapsed() < LONGEST, "nothing happens: {}", self.read("err"));
            std::thread::sleep(LOOK);
        }
        true
    }

    /// Returns its end, if it has come.
    pub fn ended(&mut self) -> Option<Ran> {
        let status = self.child.try_wait().unwrap();
        if status.is_none() && self.since.elapsed() > LONGEST {
            let _ = self.child.kill();
        }
        status.map(|status| self.ran(status))
    }

    pub fn wait(mut self) -> Ran {
        loop {
            if let Some(ran) = self.ended() {
                return ran;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Kills it by SIGKILL, which nobody can hear.
    pub fn kill(mut self) -> Ran {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        self.ran(status)
    }

    fn ran(&self, status: ExitStatus) -> Ran {
        let ran = Ran { code: status.code(), out: self.read("out"), err: self.read("err") };
        assert!(!ran.err.contains("panicked") && ran.code != Some(101), "{}", ran.err);
        ran
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
