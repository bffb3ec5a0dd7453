//! An SSH agent: the two messages that a signature takes. <https://datatracker.ietf.org/doc/draft-ietf-sshm-ssh-agent/>

use crate::core::approval::armor::{encoded, part, put};
use ssh_key::public::KeyData;
use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

/// A connection to an agent.
#[cfg(unix)]
pub struct Agent(std::os::unix::net::UnixStream);
#[cfg(not(unix))]
pub struct Agent(std::convert::Infallible);

/// The outcome of asking it, if not an answer.
#[derive(Debug)]
pub enum Told {
    Failed(io::Error),
    /// It says no: it is locked, or somebody has declined, or was not there to touch the key.
    No,
    /// It speaks otherwise.
    Strange,
}

const FAILURE: u8 = 5;
const LIST: u8 = 11;
const LISTED: u8 = 12;
const SIGN: u8 = 13;
const SIGNED: u8 = 14;
/// The largest answer of OpenSSH's agent.
const MOST: u32 = 256 << 10;
/// Nobody is asked for anything by a listing; a signature may wait for a touch, or for the word of somebody.
const LISTS_WITHIN: Duration = Duration::from_secs(10);
const SIGNS_WITHIN: Duration = Duration::from_secs(120);

impl Agent {
    #[cfg(unix)]
    pub fn at(socket: &Path) -> Result<Self, Told> {
        std::os::unix::net::UnixStream::connect(socket).map(Agent).map_err(Told::Failed)
    }
    #[cfg(not(unix))]
    pub fn at(_: &Path) -> Result<Self, Told> {
        Err(Told::Failed(io::Error::new(io::ErrorKind::Unsupported, "agents are reached on Unix alone")))
    }

    /// True when it has a key.
    pub fn has(&mut self, key: &KeyData) -> Result<bool, Told> {
        let wanted = encoded(key).ok_or(Told::Strange)?;
        let answer = self.ask(&[LIST], LISTS_WITHIN)?;
        let mut rest = answer.strip_prefix(&[LISTED]).ok_or(Told::Strange)?;
        let (count, keys) = rest.split_first_chunk::<4>().ok_or(Told::Strange)?;
        rest = keys;
        for _ in 0..u32::from_be_bytes(*count) {
            let own = part(&mut rest).ok_or(Told::Strange)?;
            part(&mut rest).ok_or(Told::Strange)?;
            if own == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Has something signed, and answers the signature as SSH writes it.
    pub fn sign(&mut self, key: &KeyData, bytes: &[u8]) -> Result<Vec<u8>, Told> {
        let mut asked = vec![SIGN];
        put(&mut asked, &encoded(key).ok_or(Told::Strange)?);
        put(&mut asked, bytes);
        // No flags: they choose among the hashes of RSA alone.
        asked.extend([0; 4]);
        let answer = self.ask(&asked, SIGNS_WITHIN)?;
        let mut rest = answer.strip_prefix(&[SIGNED]).ok_or(Told::Strange)?;
        part(&mut rest).map(<[u8]>::to_vec).ok_or(Told::Strange)
    }

    fn ask(&mut self, message: &[u8], within: Duration) -> Result<Vec<u8>, Told> {
        let answer = self.exchange(message, within).map_err(Told::Failed)?;
        match answer.first() {
            Some(&FAILURE) => Err(Told::No),
            Some(_) => Ok(answer),
            None => Err(Told::Strange),
        }
    }

    #[cfg(unix)]
    fn exchange(&mut self, message: &[u8], within: Duration) -> io::Result<Vec<u8>> {
        let stream = &mut self.0;
        stream.set_read_timeout(Some(within))?;
        stream.set_write_timeout(Some(LISTS_WITHIN))?;
        let mut framed = Vec::new();
        put(&mut framed, message);
        stream.write_all(&framed)?;
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > MOST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its answer is too long"));
        }
        let mut answer = Vec::new();
        stream.take(length.into()).read_to_end(&mut answer)?;
        Ok(answer)
    }
    #[cfg(not(unix))]
    fn exchange(&mut self, _: &[u8], _: Duration) -> io::Result<Vec<u8>> {
        match self.0 {}
    }
}

impl Told {
    pub fn remedy(&self) -> &'static str {
        match self {
            Told::Failed(_) => "start one with `eval $(ssh-agent)`, add the key with `ssh-add KEY`, or name a private key that lies open",
            Told::No => "unlock it, touch the key when it asks, or add the key again without a constraint that forbids this",
            Told::Strange => "let SSH_AUTH_SOCK name an SSH agent",
        }
    }
}

/// Reads after "the agent".
impl fmt::Display for Told {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Failed(error) if error.kind() == io::ErrorKind::WouldBlock => out.write_str("does not answer"),
            Told::Failed(error) => write!(out, "cannot be asked: {error}"),
            Told::No => out.write_str("has not signed"),
            Told::Strange => out.write_str("gives an answer that is none"),
        }
    }
}
