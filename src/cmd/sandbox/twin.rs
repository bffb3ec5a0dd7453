//! The embedded AWS as the twin of an account, for a rehearsal.

use super::{Fault, Place, of_calls, of_releases};
use crate::cmd::exit::Failure;
use crate::engine::neighbours::Interface;
use crate::ops::rehearse;
use crate::sandbox::rollouts::Rollouts;
use crate::sandbox::{FaultKind, Options, Sandbox, Speed};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// The ids of a twin are none that the embedded AWS gives where it is the account itself.
const SEED: u64 = 0x007A_11ED;

/// The embedded AWS that a plan is rehearsed on.
pub struct Twin {
    sandbox: Sandbox,
    faults: Vec<Fault>,
}

impl Twin {
    /// Makes one for an account, with nothing in it.
    pub fn new(account: &str) -> Result<Self, Failure> {
        let options = Options { account: account.to_owned(), speed: Speed::Instant, seed: SEED, ..Options::default() };
        let sandbox = Sandbox::open(options).map_err(|error| Failure::new(format!("failed to make a twin: {error}")))?;
        Ok(Twin { sandbox, faults: Vec::new() })
    }

    /// The same with faults, as `--fault` takes them.
    pub fn under(self, faults: &[&str]) -> Result<Self, Failure> {
        let faults = faults.iter().map(|fault| fault.parse::<Fault>().map_err(Failure::usage)).collect::<Result<_, _>>()?;
        Ok(Twin { faults, ..self })
    }

    /// Its embedded AWS.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl rehearse::Twin for Twin {
    fn http(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.sandbox.clone())
    }

    fn rename(&self, names: &[(String, String)]) {
        // Nothing of it is kept, so nothing can fail to be written.
        let _ = self.sandbox.change(|world| world.rename(names));
    }

    fn stand_in(&self, arn: &str) -> bool {
        self.sandbox.change(|world| world.stand_in(arn)).unwrap_or(false)
    }

    fn occupy(&self, region: &str, Interface { id, subnet, groups, description }: &Interface) {
        // One whose subnet is not there is in nobody's way there.
        let _ = self.sandbox.change(|world| world.occupy(region, id, subnet, groups, description));
    }

    fn begin(&self, speed: f64) {
        let rollouts = Rollouts { faults: of_releases(&self.faults), ..Rollouts::default() };
        let _ = self.sandbox.set_rollouts(rollouts);
        self.sandbox.set_faults(of_calls(&self.faults));
        self.sandbox.set_speed(Speed::Times(speed));
    }

    fn calm(&self) {
        self.sandbox.set_faults(Vec::new());
    }

    fn faults(&self) -> Vec<String> {
        let told = |fault: &Fault| match fault {
            Fault::Call(_, text) => text.clone(),
            Fault::Release(fault) => fault.to_string(),
        };
        self.faults.iter().map(told).collect()
    }
}

impl Place {
    /// Opens one for the rehearsal of a plan, which nobody keeps: in memory, with nothing in it yet. Its faults strike later.
    pub fn twin(&self, account: &str) -> Result<Twin, Failure> {
        for fault in &self.faults {
            if let Fault::Call(rule, text) = fault
                && matches!(rule.kind, FaultKind::Kill | FaultKind::KillBefore | FaultKind::Hold | FaultKind::HoldBefore)
            {
                let failure = Failure::usage(format!("`{text}` would end this process or let it wait for ever, and the rehearsal with it"));
                return Err(failure.hint("`unplug:N` lets every reply be lost from a call on"));
            }
        }
        Ok(Twin { faults: self.faults.clone(), ..Twin::new(account)? })
    }
}
