//! Messages as they come over a pipe: a length and a body, both within bounds.

use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};

/// The largest message that is read. A text of four MiB takes six times as much where all of it is escaped.
pub const MOST_BYTES: usize = 32 * 1024 * 1024;

/// The headers of a message are two lines at most.
const MOST_HEADER: u64 = 4096;

/// The next thing that comes over the pipe.
#[derive(Debug)]
pub enum Incoming {
    Message(Value),
    /// The body is no JSON: one can answer so, and go on with the next.
    Unreadable(String),
    /// Nothing comes any more.
    End,
    /// Nobody can tell where the next message begins.
    Broken(String),
}

/// Reads the next message.
pub fn read(input: &mut impl BufRead) -> Incoming {
    match body(input) {
        Err(reason) => Incoming::Broken(reason),
        Ok(None) => Incoming::End,
        Ok(Some(body)) => match serde_json::from_slice(&body) {
            Ok(value) => Incoming::Message(value),
            Err(error) => Incoming::Unreadable(format!("the message is no JSON: {error}")),
        },
    }
}

fn body(input: &mut impl BufRead) -> Result<Option<Vec<u8>>, String> {
    let failed = |error: io::Error| format!("failed to read: {error}");
    let mut length = None;
    let mut headers = input.by_ref().take(MOST_HEADER);
    let mut first = true;
    loop {
        let mut line = Vec::new();
        headers.read_until(b'\n', &mut line).map_err(failed)?;
        if line.is_empty() && first {
            return Ok(None);
        }
        first = false;
        let Some(line) = line.strip_suffix(b"\n") else { return Err("a message begins with headers, each on a line of its own".into()) };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.split_once(':') else {
            return Err("a message begins with headers, such as Content-Length: 2".into());
        };
        if name.trim().eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse::<usize>().map_err(|_| "the Content-Length of a message is no number".to_owned())?);
        }
    }
    let Some(length) = length else { return Err("a message has no Content-Length".into()) };
    if length > MOST_BYTES {
        return Err(format!("a message of {length} bytes is larger than {} MiB", MOST_BYTES / 1024 / 1024));
    }
    // As much as comes is kept, and never as much as is only promised.
    let mut body = Vec::new();
    input.by_ref().take(length as u64).read_to_end(&mut body).map_err(failed)?;
    if body.len() < length { Err("a message ends in its middle".into()) } else { Ok(Some(body)) }
}

/// Writes a message.
pub fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    output.flush()
}

/// An error as the protocol numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Parse,
    InvalidRequest,
    MethodNotFound,
    InvalidParams,
    NotInitialized,
    /// The request is fine, and what it asks for is not possible.
    Failed,
}

impl Fault {
    fn number(self) -> i32 {
        match self {
            Fault::Parse => -32700,
            Fault::InvalidRequest => -32600,
            Fault::MethodNotFound => -32601,
            Fault::InvalidParams => -32602,
            Fault::NotInitialized => -32002,
            Fault::Failed => -32803,
        }
    }
}

pub fn answer(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

pub fn refusal(id: &Value, fault: Fault, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": fault.number(), "message": message } })
}

pub fn notification(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that is read of some bytes, in words.
    fn told(bytes: &[u8]) -> Vec<String> {
        let mut input = bytes;
        let mut found = Vec::new();
        loop {
            match read(&mut input) {
                Incoming::Message(value) => found.push(value.to_string()),
                Incoming::Unreadable(_) => found.push("unreadable".into()),
                Incoming::End => return found,
                Incoming::Broken(reason) => {
                    found.push(reason);
                    return found;
                }
            }
        }
    }

    #[test]
    fn messages_are_read_one_after_the_other() {
        let mut bytes = Vec::new();
        write(&mut bytes, &json!({ "a": "ü" })).unwrap();
        write(&mut bytes, &json!([1])).unwrap();
        assert_eq!(told(&bytes), ["{\"a\":\"ü\"}", "[1]"]);
        assert_eq!(
            told(b"content-length:2\nContent-Type: x\n\n{}Content-Length: 3\r\n\r\n{}{Content-Length: 2\r\n\r\n{}"),
            ["{}", "unreadable", "{}"]
        );
        assert_eq!(told(b""), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_message_or_too_large_ends_it_with_the_reason() {
        let huge = format!("Content-Length: {}\r\n\r\n", usize::MAX);
        let long = "x".repeat(100_000);
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for (bytes, want) in [
            (huge.as_str(), "is larger than 32 MiB"),
            ("Content-Length: 99999999999999999999999\r\n\r\n", "is no number"),
            ("Content-Length: -1\r\n\r\n", "is no number"),
            ("Content-Length: 5\r\n\r\n{}", "ends in its middle"),
            ("Content-Length: 5\r\n", "a line of its own"),
            ("Content-Type: x\r\n\r\n{}", "no Content-Length"),
            ("nonsense\r\n\r\n", "begins with headers"),
            ("\r\n", "no Content-Length"),
            (long.as_str(), "a line of its own"),
        ] {
            let found = told(bytes.as_bytes());
            assert!(found.len() == 1 && found[0].contains(want), "{found:?}");
        }
        let message = format!("Content-Length: {}\r\n\r\n{deep}", deep.len());
        assert_eq!(told(message.as_bytes()), ["unreadable"], "no depth overflows the stack");
    }
}
