//! Takes the wrapping off a request body: gzip, and S3's signed chunks.

use super::codec::HttpRequest;
use super::world::Fault;
use bytes::Bytes;
use flate2::read::GzDecoder;
use std::io::Read;

/// The most that a request may carry: an object in one piece. AWS takes 5 GB; clients send what is larger than 8 MB in parts.
pub const MAX_BODY: usize = 64 * 1024 * 1024;
/// The most that an API call may carry, packed or not. The largest that AWS documents take 10 MB.
const MAX_CALL: usize = 10 * 1024 * 1024;

pub fn body(request: &HttpRequest) -> Result<Bytes, Fault> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    if header("x-amz-content-sha256").starts_with("STREAMING-") || header("content-encoding").contains("aws-chunked") {
        return unchunked(request.body());
    }
    // An object in S3 may well be gzip itself; only API calls are wrapped.
    let api_call = ["application/cbor", "application/x-amz-json", "application/x-www-form-urlencoded"];
    let api_call = api_call.iter().any(|kind| header("content-type").starts_with(kind));
    if api_call && header("content-encoding").split(',').any(|encoding| encoding.trim() == "gzip") {
        let (mut plain, most) = (Vec::new(), u64::try_from(MAX_CALL).unwrap_or(u64::MAX));
        let read = GzDecoder::new(&request.body()[..]).take(most + 1).read_to_end(&mut plain);
        read.map_err(|error| Fault::new("MalformedInput", format!("the body is not gzip: {error}")))?;
        return if plain.len() > MAX_CALL { Err(too_large()) } else { Ok(plain.into()) };
    }
    if api_call && request.body().len() > MAX_CALL {
        return Err(too_large());
    }
    Ok(request.body().clone())
}

/// The refusal of a body that is larger than any that is taken.
pub fn too_large() -> Fault {
    Fault::new("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size").status(413)
}

/// `SIZE;chunk-signature=…\r\n…\r\n`, ended by a chunk of no size and, perhaps, trailing headers.
fn unchunked(body: &[u8]) -> Result<Bytes, Fault> {
    let broken = || Fault::new("IncompleteBody", "the aws-chunked body is not complete");
    let mut plain = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").ok_or_else(broken)?;
        let line = std::str::from_utf8(&rest[..end]).map_err(|_| broken())?;
        let size = usize::from_str_radix(line.split(';').next().unwrap_or("").trim(), 16).map_err(|_| broken())?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Ok(plain.into());
        }
        plain.extend_from_slice(rest.get(..size).ok_or_else(broken)?);
        rest = rest[size..].strip_prefix(b"\r\n").ok_or_else(broken)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_trailers_dropped() {
        let body = b"5;chunk-signature=abc\r\nhello\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n";
        assert_eq!(&unchunked(body).unwrap()[..], b"hello!");
        assert_eq!(unchunked(b"9\r\nhello").unwrap_err().code, "IncompleteBody");
    }

    #[test]
    fn a_small_body_that_unpacks_to_a_huge_one_is_refused() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..=MAX_CALL / 1024 {
            std::io::Write::write_all(&mut packed, &[b'a'; 1024]).unwrap();
        }
        let bomb = packed.finish().unwrap();
        assert!(bomb.len() < MAX_CALL / 100);
        let request = |body: Vec<u8>, encoding: &str| {
            let request =
                hyper::Request::builder().header("content-type", "application/x-amz-json-1.1").header("content-encoding", encoding);
            request.body(Bytes::from(body)).unwrap()
        };
        assert_eq!(body(&request(bomb, "gzip")).unwrap_err().status, 413);
        assert_eq!(body(&request(vec![b'a'; MAX_CALL + 1], "")).unwrap_err().status, 413);
        assert!(body(&request(vec![b'a'; MAX_CALL], "")).is_ok());
    }
}
