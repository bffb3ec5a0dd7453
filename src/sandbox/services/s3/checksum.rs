//! Checksums of contents: the ETag, and those that a client sends along and S3 compares.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use md5::{Digest, Md5};
use serde_json::{Value, json};

/// The members of requests and answers that carry one; the rest that the model knows are refused.
pub const MEMBERS: [&str; 5] = ["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"];

/// The member for an algorithm's name, such as `CRC32`.
pub fn member(algorithm: &str) -> Option<&'static str> {
    MEMBERS.into_iter().find(|member| member.strip_prefix("Checksum") == Some(algorithm))
}

fn digest(member: &str, content: &[u8]) -> Vec<u8> {
    let crc = |algorithm, width: usize| {
        let bytes = crc_fast::checksum(algorithm, content).to_be_bytes();
        bytes[bytes.len() - width..].to_vec()
    };
    match member {
        "ChecksumCRC32" => crc(CrcAlgorithm::Crc32IsoHdlc, 4),
        "ChecksumCRC32C" => crc(CrcAlgorithm::Crc32Iscsi, 4),
        "ChecksumCRC64NVME" => crc(CrcAlgorithm::Crc64Nvme, 8),
        "ChecksumSHA1" => sha1::Sha1::digest(content).to_vec(),
        _ => <sha2::Sha256 as sha2::Digest>::digest(content).to_vec(),
    }
}

/// As the members carry it.
pub fn of(member: &str, content: &[u8]) -> String {
    STANDARD.encode(digest(member, content))
}

/// The checksum of a content in parts, made of the checksums of the parts.
pub fn composite<'p>(member: &str, parts: impl ExactSizeIterator<Item = &'p [u8]>) -> String {
    let count = parts.len();
    let joined: Vec<u8> = parts.flat_map(|part| digest(member, part)).collect();
    format!("{}-{count}", of(member, &joined))
}

/// Quoted, as it is answered.
pub fn etag(content: &[u8]) -> String {
    format!("\"{}\"", hex(&Md5::digest(content)))
}

/// The ETag of a content in parts, made of the ETags of the parts.
pub fn composite_etag(parts: &[&str]) -> String {
    let mut all = Md5::new();
    for part in parts {
        let digits = part.trim_matches('"').as_bytes().chunks(2);
        let bytes = digits.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        all.update(bytes.collect::<Vec<u8>>());
    }
    format!("\"{}-{}\"", hex(&all.finalize()), parts.len())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares what the request says of the content with the content, and answers the checksums to keep: those that were sent, or the
/// one asked for by `ChecksumAlgorithm`, or S3's own choice.
pub fn check(call: &Call<'_>, content: &[u8]) -> Result<Value, Fault> {
    let md5 = call.text("ContentMD5");
    if !md5.is_empty() {
        let given = STANDARD.decode(md5).ok().filter(|given| given.len() == 16);
        let given = given.ok_or_else(|| Fault::new("InvalidDigest", "The Content-MD5 you specified was invalid."))?;
        if given != Md5::digest(content).to_vec() {
            return Err(Fault::new("BadDigest", "The Content-MD5 you specified did not match what we received."));
        }
    }
    let mut kept = json!({});
    for member in MEMBERS {
        let given = call.text(member);
        if given.is_empty() {
            continue;
        }
        if given != of(member, content) {
            let name = member.trim_start_matches("Checksum");
            return Err(Fault::new("BadDigest", format!("The {name} you specified did not match the calculated checksum.")));
        }
        kept[member] = json!(given);
    }
    if kept.as_object().is_some_and(serde_json::Map::is_empty) {
        let member = member(call.text("ChecksumAlgorithm")).unwrap_or("ChecksumCRC64NVME");
        kept[member] = json!(of(member, content));
    }
    kept["ChecksumType"] = json!("FULL_OBJECT");
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_known_ones() {
        assert_eq!(etag(b""), "\"d41d8cd98f00b204e9800998ecf8427e\"");
        // The check values of these algorithms: <https://reveng.sourceforge.io/crc-catalogue/all.htm>
        let check = |member: &str| hex(&digest(member, b"123456789"));
        assert_eq!((check("ChecksumCRC32"), check("ChecksumCRC32C")), ("cbf43926".into(), "e3069283".into()));
        assert_eq!(check("ChecksumCRC64NVME"), "ae8b14860a799888");
        assert_eq!(check("ChecksumSHA1"), "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
        let parts = [etag(b"a"), etag(b"b")];
        assert!(composite_etag(&[&parts[0], &parts[1]]).ends_with("-2\""));
    }
}
