//! Approvals as files: whose count, by the stack file of whoever asks; those that were handed in; and new ones, signed.

use super::Error;
use super::agent::{Agent, Told};
use super::stack::{DEFAULT_FILE, source};
use crate::core::admission::of_stack;
use crate::core::approval::armor::{self, Approval, Genuine, KNOWN, fingerprint, is_known};
#[cfg(feature = "aws")]
use crate::core::approval::judge::demands;
use crate::core::approval::judge::{Bench, Given};
use crate::core::approval::rule::Rule;
use crate::core::approval::shown::unshown;
use crate::core::approval::signers::{Signers, Standing};
use crate::core::approval::statement::{Statement, is_principal};
use crate::core::bar::Bar;
use crate::core::identity::Scope;
use crate::core::plan::Plan;
use crate::core::sealed::Sealed;
#[cfg(feature = "aws")]
use crate::engine::store::Store;
use crate::files;
use crate::kinds;
use crate::modules;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ssh_key::public::KeyData;
use ssh_key::rand_core::{OsRng, RngCore};
use ssh_key::{PrivateKey, PublicKey};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The word of whoever asks about a plan: not its author's, as far as its files are not.
#[derive(Debug, Clone, Default)]
pub struct Word {
    /// The rule of the plan's environment; none where nothing is asked.
    pub rule: Option<Rule>,
    /// Those whose approval counts.
    pub signers: Option<Signers>,
    /// The file that names them.
    pub file: Option<PathBuf>,
}

/// The largest file of signers, and the largest key.
const MOST: u64 = 1 << 20;

/// Answers what whoever asks says about the approvals of a plan: the rule of their stack file, which is `stack.toml` where that is at
/// hand and none is named, and the file of signers beside it, unless another one is named. A stack file that has a rule has to be of
/// the plan's stack: otherwise a plan of another name would run without.
pub fn word(stack: Option<&Path>, signers: Option<&Path>, plan: &Plan) -> Result<Word, Error> {
    let near = Path::new(DEFAULT_FILE);
    let file = stack.or_else(|| near.exists().then_some(near));
    let scope = &plan.scope;
    let settings = match file {
        Some(file) => modules::approval(source(file)?, &scope.env).map_err(Error::Rejected)?,
        None => None,
    };
    let mut rule = None;
    if let (Some(settings), Some(file)) = (settings, file) {
        let account = settings.account.clone().unwrap_or_else(|| scope.account.clone());
        let own = Scope { stack: settings.name, env: scope.env.clone(), account, region: settings.region };
        of_stack(plan, &own).map_err(|bar| Error::barred(format!("the plan with {}", file.display()), bar))?;
        rule = settings.approval.filter(Rule::is_on);
    }
    let beside = || Some(file?.parent()?.join(&rule.as_ref()?.signers));
    let named = signers.map(Path::to_owned).or_else(beside);
    let read = named.as_deref().map(read_signers).transpose()?;
    // Whoever names signers wants them asked, whatever else nobody says.
    let rule = rule.or_else(|| signers.map(|_| Rule::least()));
    Ok(Word { rule, signers: read, file: named })
}

/// The approvals of a plan, from wherever they come.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    pub given: Vec<Given>,
    /// The ids of those that were used.
    pub used: BTreeSet<String>,
}

impl Word {
    /// Adds the approvals that the store has to those that were handed in. It is not asked where the plan needs none.
    #[cfg(feature = "aws")]
    pub async fn kept(&self, store: &Store, plan: &Sealed, handed: Vec<Given>) -> Result<Kept, Error> {
        if demands(plan, self.rule.as_ref(), holds_data).is_empty() {
            return Ok(Kept::default());
        }
        let found = store.approvals(plan.digest()).await?;
        let stored = found.files.into_iter().map(|(place, bytes)| given(place, &bytes));
        Ok(Kept { given: handed.into_iter().chain(stored).collect(), used: found.used })
    }

    /// Answers all that approvals are judged by.
    pub fn bench<'a>(&'a self, kept: &'a Kept, now: Timestamp) -> Bench<'a> {
        let Kept { given, used } = kept;
        Bench { rule: self.rule.as_ref(), signers: self.signers.as_ref(), given, used, now, holds_data }
    }
}

/// Reads a file of signers.
pub fn read_signers(file: &Path) -> Result<Signers, Error> {
    let text = files::read_text(file, MOST).map_err(|source| {
        let hint =
            Some("it names who may approve: a line each of a name and a public key, such as `anna@example.com ssh-ed25519 AAAA…`".into());
        Error::File { doing: "read the signers in", path: file.to_owned(), source, hint }
    })?;
    Signers::read(&text, &TimeZone::system()).map_err(|wrong| {
        let lines = wrong.iter().map(|one| format!("line {}: {}", one.line, one.why)).collect::<Vec<_>>();
        let why = format!("cannot be used as a file of signers, since nothing in one is passed over:\n{}", lines.join("\n"));
        Error::Unfit { path: file.to_owned(), why, hint: Some("`man ssh-keygen`, under ALLOWED SIGNERS, has its form".into()) }
    })
}

/// Reads an approval that was handed in. One that is none is told with the others.
pub fn read(file: &Path) -> Result<Given, Error> {
    let bytes = files::read(file, MOST).map_err(|error| Error::file("read", file, error))?;
    Ok(given(file.display().to_string(), &bytes))
}

/// Reads the bytes of an approval that stand in a place.
pub fn given(place: String, bytes: &[u8]) -> Given {
    Given { place, read: Approval::read(bytes) }
}

/// True for a kind of resource that holds data.
pub fn holds_data(kind: &str) -> bool {
    // A kind that is not known may hold anything.
    kinds::find(kind).is_none_or(|entry| entry.row.about.stateful)
}

/// Refuses a plan that shows something else than it sends: whoever approves it would approve what they have not read.
pub fn shows(plan: &Sealed, name: &Path) -> Result<(), Error> {
    let find = |kind: &str| kinds::find(kind).map(|entry| &entry.row);
    let hidden = unshown(plan, &find);
    let told = hidden.iter().map(|one| format!("of `{}` {}", one.address, one.what)).collect::<Vec<_>>();
    if told.is_empty() { Ok(()) } else { Err(Error::barred(name.display(), Bar::Unshown(told))) }
}

/// Answers a new statement about a plan, good for some time from now on.
pub fn statement(plan: &Sealed, principal: &str, now: Timestamp, time: SignedDuration) -> Result<Statement, Error> {
    let unsigned = |why: String, hint: &str| Error::Unsigned { why, hint: Some(hint.to_owned()) };
    if !is_principal(principal) {
        return Err(unsigned(
            format!("`{principal}` cannot be a principal"),
            "write the name as the file of signers has it, such as anna@example.com",
        ));
    }
    let mut id = [0; 16];
    OsRng.try_fill_bytes(&mut id).map_err(|error| unsigned(format!("the system gives no random numbers: {error}"), "try again"))?;
    let second = |time: Timestamp| Timestamp::from_second(time.as_second()).unwrap_or(time);
    let expires = now.checked_add(time).map_err(|_| unsigned("no approval is good for so long".into(), "write a time such as 4h"))?;
    Ok(Statement {
        plan: plan.digest().to_string(),
        scope: plan.scope.clone(),
        principal: principal.to_owned(),
        made: second(now),
        expires: second(expires),
        id: id.iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

/// Answers the name that a key approves in: the one that is given, or the only one that the signers have it under. One in which its
/// approval would not count is refused.
pub fn principal(named: Option<&str>, signers: Option<&Signers>, key: &KeyData, now: Timestamp) -> Result<String, Error> {
    let unsigned = |why: String, hint: &str| Error::Unsigned { why, hint: Some(hint.to_owned()) };
    let print = fingerprint(key);
    let principal = match (named, signers) {
        (Some(named), _) => named.to_owned(),
        (None, None) => {
            return Err(unsigned("nobody says in whose name to approve".into(), "name yourself with --as, as the file of signers does"));
        }
        (None, Some(signers)) => match signers.principals(key).as_slice() {
            [one] => (*one).to_owned(),
            [] => {
                return Err(unsigned(
                    format!("the file of signers names nobody for {print}"),
                    "add your public key to it, or choose another key; a pattern needs --as",
                ));
            }
            several => {
                let why = format!("the file of signers has {print} under several names: {}", several.join(", "));
                return Err(unsigned(why, "choose one with --as"));
            }
        },
    };
    let Some(signers) = signers else { return Ok(principal) };
    let would_not = |why: String| {
        Err(unsigned(format!("the approval would not count: {print} {why}"), "mend the file of signers, or choose another key or name"))
    };
    match signers.standing(&principal, key, now) {
        Standing::Good => Ok(principal),
        Standing::Unknown => would_not("is nobody's in the file of signers".into()),
        Standing::Others(others) => would_not(format!("is the key of `{others}` and not of `{principal}`")),
        Standing::Restricted(why) => would_not(format!("is restricted: {why}")),
    }
}

/// A key to sign with.
pub enum Key {
    /// It lies open in its file, or was opened.
    Open(Box<PrivateKey>),
    /// It wants a passphrase.
    Closed(Box<PrivateKey>),
    /// Only an agent has it.
    Agent(KeyData),
}

/// Reads a key: a private one in the form of OpenSSH, or a public one whose other half an agent has.
pub fn key(file: &Path) -> Result<Key, Error> {
    let unfit = |why: &str, hint: &str| Error::Unfit { path: file.to_owned(), why: why.into(), hint: Some(hint.into()) };
    let text = files::read_text(file, MOST).map_err(|error| Error::file("read", file, error))?;
    let strange = |key: &KeyData| !is_known(key.algorithm().as_str());
    let refused = || unfit("holds a key of a sort that is not verified here", &format!("approve with another key: {KNOWN}"));
    if text.trim_start().starts_with("-----BEGIN") {
        // The error might show what stands in the file, so it is not told.
        let no_key = |_| unfit("holds no private key in the form of OpenSSH", "`ssh-keygen -p -f KEY` brings an older one to this form");
        let private = PrivateKey::from_openssh(&text).map_err(no_key)?;
        let public = private.public_key().key_data().clone();
        return match (public.is_sk_ed25519() || public.is_sk_ecdsa_p256(), private.is_encrypted()) {
            _ if strange(&public) => Err(refused()),
            // The file of a security key holds a handle, and no key.
            (true, _) => Ok(Key::Agent(public)),
            (false, true) => Ok(Key::Closed(Box::new(private))),
            (false, false) => Ok(Key::Open(Box::new(private))),
        };
    }
    let no_key = |_| unfit("holds no key", "name a private key, or the public key of one that the agent has");
    let public = PublicKey::from_openssh(text.trim()).map_err(no_key)?.key_data().clone();
    if strange(&public) { Err(refused()) } else { Ok(Key::Agent(public)) }
}

impl Key {
    pub fn public(&self) -> &KeyData {
        match self {
            Key::Open(key) | Key::Closed(key) => key.public_key().key_data(),
            Key::Agent(key) => key,
        }
    }

    /// True when a person has to touch it for each signature.
    pub fn is_touched(&self) -> bool {
        self.public().is_sk_ed25519() || self.public().is_sk_ecdsa_p256()
    }

    /// Leaves a closed key to an agent that has it.
    #[must_use]
    pub fn or_of_agent(self, socket: Option<&Path>) -> Self {
        let has = |key: &KeyData| socket.is_some_and(|socket| Agent::at(socket).and_then(|mut agent| agent.has(key)).unwrap_or(false));
        match self {
            Key::Closed(key) if has(key.public_key().key_data()) => Key::Agent(key.public_key().key_data().clone()),
            key => key,
        }
    }

    /// Opens a closed key with its passphrase.
    pub fn opened(self, passphrase: &str) -> Result<Self, Error> {
        match self {
            Key::Closed(key) => key.decrypt(passphrase).map(|key| Key::Open(Box::new(key))).map_err(|_| Error::Unsigned {
                why: "the passphrase does not open the key".into(),
                hint: Some("try again, or add the key to an agent: ssh-add KEY".into()),
            }),
            key => Ok(key),
        }
    }

    /// Signs a statement, and makes sure that what comes of it is an approval. `socket` is where the agent is.
    pub fn sign(&self, statement: &Statement, socket: Option<&Path>) -> Result<String, Error> {
        let unsigned = |why: String, hint: &str| Error::Unsigned { why, hint: Some(hint.to_owned()) };
        let file = match self {
            Key::Open(key) => {
                armor::sign(statement, key).map_err(|error| unsigned(format!("failed to sign: {error}"), "try another key"))?
            }
            Key::Closed(_) => return Err(unsigned("the key is closed".into(), "add it to an agent: ssh-add KEY")),
            Key::Agent(key) => {
                let add = "add it to an agent, and let SSH_AUTH_SOCK name that: ssh-add KEY";
                let socket = socket.ok_or_else(|| unsigned("the key is in an agent, and no agent is known".into(), add))?;
                let failed = |told: Told| unsigned(format!("the agent at {} {told}", socket.display()), told.remedy());
                let mut agent = Agent::at(socket).map_err(failed)?;
                if !agent.has(key).map_err(failed)? {
                    return Err(unsigned(format!("the agent does not have {}", fingerprint(key)), add));
                }
                let signature = agent.sign(key, &armor::to_sign(statement)).map_err(failed)?;
                armor::file(statement, key, &signature)
            }
        };
        match Approval::read(file.as_bytes()).map(|approval| approval.genuine()) {
            Ok(Genuine::Yes) => Ok(file),
            Ok(Genuine::Untouched) => {
                Err(unsigned("the security key has signed without being touched".into(), "use one that was made without no-touch-required"))
            }
            Ok(Genuine::No | Genuine::Unknown) | Err(_) => Err(unsigned(
                "what was signed is no signature of the statement".into(),
                "try another key; if it is the agent's, restart that",
            )),
        }
    }
}
