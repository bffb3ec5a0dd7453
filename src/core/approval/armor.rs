//! A statement with the signature under it, as a file: SSHSIG, the format that `ssh-keygen -Y sign` writes.
//! <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig>

use super::statement::{NAMESPACE, Statement};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, PrivateKey, PublicKey, Signature, SshSig};

/// An approval as somebody hands it in: it is well formed, and nothing is known yet of who signed it.
#[derive(Debug, Clone)]
pub struct Approval {
    pub statement: Statement,
    /// The bytes that are signed.
    text: String,
    /// The key that the signature names, and what it is called.
    key: Key,
    namespace: String,
    hash: HashAlg,
    signature: Vec<u8>,
}

/// The key of a signature.
#[derive(Debug, Clone)]
enum Key {
    Known(KeyData),
    /// A key that cannot be judged here, by the name of its kind: a certificate, or one that is not known.
    Strange(String),
}

/// The verdict on the signature alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Genuine {
    Yes,
    /// The security key says that nobody touched it.
    Untouched,
    No,
    /// Nobody here can tell, since its sort of key is not known.
    Unknown,
}

/// The largest file that is taken for an approval.
pub const MOST: usize = 64 << 10;

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----\n";
const END: &str = "-----END SSH SIGNATURE-----\n";
const MAGIC: &[u8] = b"SSHSIG";
/// The columns of the armor, as ssh-keygen writes it.
const COLUMNS: usize = 70;
/// The flag of a security key that somebody was there, and the bytes that stand behind its signature: flags and a counter.
/// <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.u2f>
const TOUCHED: u8 = 1;
const TRAILER: usize = 5;

impl Approval {
    /// Reads a file. What is not exactly as it is written, by trueup or by ssh-keygen, is none: a file has one form.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MOST {
            return Err("it is too large to be one".into());
        }
        let file = std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8 text")?;
        let Some(at) = file.find(BEGIN) else {
            return Err(match Statement::read(file) {
                Ok(_) => "nobody has signed it yet".into(),
                Err(why) => format!("it has no SSH signature, and {why}"),
            });
        };
        let (text, armored) = file.split_at(at);
        let statement = Statement::read(text)?;
        let wrong = || "its signature is not written as ssh-keygen writes it".to_owned();
        let body = armored[BEGIN.len()..].strip_suffix(END).ok_or_else(wrong)?;
        let blob = STANDARD.decode(body.replace('\n', "")).map_err(|_| wrong())?;
        if armor(&blob) != armored {
            return Err(wrong());
        }
        let parts = Parts::of(&blob).ok_or_else(wrong)?;
        let hash = HashAlg::new(parts.hash).map_err(|_| wrong())?;
        let key = Key::of(parts.key).ok_or_else(wrong)?;
        let namespace = parts.namespace.to_owned();
        Ok(Approval { statement, text: text.to_owned(), key, namespace, hash, signature: parts.signature.to_vec() })
    }

    /// Says whether the key that the signature names has made it, under these very bytes and for plans.
    pub fn genuine(&self) -> Genuine {
        let Key::Known(key) = &self.key else { return Genuine::Unknown };
        let Ok(signature) = Signature::try_from(self.signature.as_slice()) else { return Genuine::No };
        // One signature has one form.
        if blob(&signature) != self.signature || self.namespace != NAMESPACE {
            return Genuine::No;
        }
        let is_sk = matches!(signature.algorithm(), Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256);
        let flags = signature.as_bytes().iter().rev().nth(TRAILER - 1).copied().unwrap_or_default();
        let Ok(whole) = SshSig::new(key.clone(), &self.namespace, self.hash, signature) else { return Genuine::No };
        match PublicKey::from(key.clone()).verify(NAMESPACE, self.text.as_bytes(), &whole) {
            Ok(()) if is_sk && flags & TOUCHED == 0 => Genuine::Untouched,
            Ok(()) => Genuine::Yes,
            Err(_) => Genuine::No,
        }
    }

    /// The key that the signature names, if it is of a sort that is known.
    pub fn key(&self) -> Option<&KeyData> {
        match &self.key {
            Key::Known(key) => Some(key),
            Key::Strange(_) => None,
        }
    }

    /// The name that a person knows the key by: its fingerprint, or the name of its sort.
    pub fn key_name(&self) -> String {
        match &self.key {
            Key::Known(key) => fingerprint(key),
            Key::Strange(name) => name.clone(),
        }
    }

    /// All that tells it from another file.
    pub fn whole(&self) -> (&str, String, &[u8]) {
        (&self.text, self.key_name(), &self.signature)
    }

    /// The namespace that the signature was made for.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }
}

impl Key {
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let name = std::str::from_utf8(part(&mut rest)?).ok()?;
        // Verified by none of our crates, and so never taken.
        let strange = !is_known(name);
        match PublicKey::from_bytes(bytes) {
            _ if strange => Some(Key::Strange(name.to_owned())),
            Ok(key) => (encoded(key.key_data())? == bytes).then(|| Key::Known(key.key_data().clone())),
            Err(_) => None,
        }
    }
}

/// True for a sort of key whose signatures are verified here. RSA is not among them: the crate for it has an open advisory
/// (<https://rustsec.org/advisories/RUSTSEC-2023-0071.html>). Certificates are not: ssh-key verifies none under SSHSIG.
pub fn is_known(algorithm: &str) -> bool {
    ["ssh-ed25519", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"].contains(&algorithm)
}

/// The sorts of keys whose signatures are verified here, for a person.
pub const KNOWN: &str = "Ed25519, ECDSA over P-256, or a security key of either";

pub fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// The bytes that a key, or its agent, signs for a statement.
pub fn to_sign(statement: &Statement) -> Vec<u8> {
    // It fails for an empty namespace alone.
    SshSig::signed_data(NAMESPACE, HashAlg::Sha512, statement.to_string().as_bytes()).unwrap_or_default()
}

/// Signs with a private key that lies open.
pub fn sign(statement: &Statement, key: &PrivateKey) -> Result<String, ssh_key::Error> {
    let whole = key.sign(NAMESPACE, HashAlg::Sha512, statement.to_string().as_bytes())?;
    Ok(file(statement, key.public_key().key_data(), &blob(whole.signature())))
}

/// Writes the file of an approval; `signature` is what an agent answers: the sort, the signature, of security keys flags and counter.
pub fn file(statement: &Statement, key: &KeyData, signature: &[u8]) -> String {
    let mut whole = MAGIC.to_vec();
    whole.extend(1_u32.to_be_bytes());
    for part in [encoded(key).unwrap_or_default().as_slice(), NAMESPACE.as_bytes(), b"", HashAlg::Sha512.as_str().as_bytes(), signature] {
        put(&mut whole, part);
    }
    format!("{statement}{}", armor(&whole))
}

fn armor(blob: &[u8]) -> String {
    let text = STANDARD.encode(blob);
    let lines = text.as_bytes().chunks(COLUMNS).map(|line| String::from_utf8_lossy(line) + "\n").collect::<String>();
    format!("{BEGIN}{lines}{END}")
}

/// A signature as SSH writes it. The crate's own writer has another form for security keys of ECDSA.
fn blob(signature: &Signature) -> Vec<u8> {
    let (algorithm, bytes) = (signature.algorithm(), signature.as_bytes());
    let is_sk = matches!(algorithm, Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256);
    let (bytes, trailer) = bytes.split_at(bytes.len().saturating_sub(if is_sk { TRAILER } else { 0 }));
    let mut out = Vec::new();
    put(&mut out, algorithm.as_str().as_bytes());
    put(&mut out, bytes);
    out.extend(trailer);
    out
}

pub fn encoded(key: &KeyData) -> Option<Vec<u8>> {
    PublicKey::from(key.clone()).to_bytes().ok()
}

/// Writes a `string` of RFC 4251: its length, then itself.
pub fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(bytes);
}

/// Reads one.
pub fn part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (part, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(part)
}

/// The parts of a signature's blob.
struct Parts<'a> {
    key: &'a [u8],
    namespace: &'a str,
    hash: &'a str,
    signature: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(blob: &'a [u8]) -> Option<Self> {
        let mut rest = blob.strip_prefix(MAGIC)?.strip_prefix(&1_u32.to_be_bytes())?;
        let [key, namespace, reserved, hash, signature] =
            [part(&mut rest)?, part(&mut rest)?, part(&mut rest)?, part(&mut rest)?, part(&mut rest)?];
        let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).ok();
        let parts = Parts { key, namespace: text(namespace)?, hash: text(hash)?, signature };
        (rest.is_empty() && reserved.is_empty()).then_some(parts)
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::statement::tests::statement;
    use super::*;
    use ssh_key::private::{Ed25519Keypair, KeypairData};

    pub fn key(seed: u8) -> PrivateKey {
        PrivateKey::new(KeypairData::from(Ed25519Keypair::from_seed(&[seed; 32])), "").unwrap()
    }

    #[test]
    fn what_was_signed_is_genuine() {
        let text = sign(&statement(), &key(1)).unwrap();
        let approval = Approval::read(text.as_bytes()).unwrap();
        assert_eq!((approval.statement.clone(), approval.genuine()), (statement(), Genuine::Yes));
        assert_eq!(approval.key(), Some(key(1).public_key().key_data()));
    }

    /// Each byte in turn is made another one: what is still read is never taken for genuine.
    #[test]
    fn no_byte_of_an_approval_can_be_another() {
        let text = sign(&statement(), &key(1)).unwrap();
        let taken =
            |bytes: &[u8]| Approval::read(bytes).is_ok_and(|approval| matches!(approval.genuine(), Genuine::Yes | Genuine::Untouched));
        assert!(taken(text.as_bytes()));
        for at in 0..text.len() {
            // Two of them, others each time: all eight take their time without being optimised.
            for bit in [at % 8, (at + 3) % 8] {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                assert!(!taken(&bytes), "bit {bit} of byte {at}");
            }
            assert!(!taken(&text.as_bytes()[..at]), "cut off at {at}");
            assert!(!taken(format!("{}\n{}", &text[..at], &text[at..]).as_bytes()), "a line break at {at}");
        }
        assert!(!taken(format!("{text}{text}").as_bytes()) && !taken(b"") && !taken(&[0xff; 100]));
    }

    #[test]
    fn a_signature_for_something_else_is_none() {
        let whole = key(1).sign("git", HashAlg::Sha512, statement().to_string().as_bytes()).unwrap();
        let pem = whole.to_pem(ssh_key::LineEnding::LF).unwrap();
        let approval = Approval::read(format!("{}{pem}", statement()).as_bytes()).unwrap();
        assert_eq!((approval.namespace(), approval.genuine()), ("git", Genuine::No));
    }
}
