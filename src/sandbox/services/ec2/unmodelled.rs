//! Members that the sandbox would have to ignore: it says so instead.

use crate::world::{Call, Fault};

/// Refuses a request that has any of these members.
pub fn refuse(call: &Call<'_>, members: &[&str]) -> Result<(), Fault> {
    match members.iter().find(|member| call.input.get(**member).is_some()) {
        None => Ok(()),
        Some(member) => {
            let message = format!("{} with {member} is not in the sandbox; docs/sandbox.md lists what is", call.operation);
            Err(Fault::new("NotInSandbox", message).status(501))
        }
    }
}
