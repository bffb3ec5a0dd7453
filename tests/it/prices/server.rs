//! A web server of a few files that knows ranges and tags, and fails on demand.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};

/// The fault of one answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// Another status, with a header if there is one.
    Status(u16, Option<(&'static str, &'static str)>),
    /// No answer, until the client goes.
    Silence,
    /// Another file lies there from now on.
    Becomes(String),
    /// Headers in place of those that it would have.
    Header(&'static str, String),
    /// The whole file, as if ranges were not known.
    Whole,
    /// The whole file, without its length.
    Unmeasured,
}

/// A request that somebody made, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub path: String,
    pub range: Option<String>,
    pub if_range: Option<String>,
    pub if_none_match: Option<String>,
    pub status: u16,
}

#[derive(Default)]
struct File {
    body: String,
    faults: VecDeque<Fault>,
}

impl File {
    fn tag(&self) -> String {
        let sum = self.body.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        format!("\"{sum:x}\"")
    }
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, File>,
    asked: Vec<Asked>,
    ended: bool,
}

pub struct Server {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let thread = spawn(move || {
            for stream in listener.incoming() {
                if shared.lock().unwrap().ended {
                    break;
                }
                let shared = Arc::clone(&shared);
                // A client that goes away is one of the things that are tested.
                spawn(move || stream.and_then(|stream| answer(&stream, &shared)));
            }
        });
        Server { address, state, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn serve(&self, path: &str, body: &str) {
        self.state.lock().unwrap().files.entry(path.into()).or_default().body = body.into();
    }

    /// The next answers for a path, one after the other; then all is well again.
    pub fn fail(&self, path: &str, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().unwrap().files.entry(path.into()).or_default().faults.extend(faults);
    }

    pub fn body(&self, path: &str) -> String {
        self.state.lock().unwrap().files[path].body.clone()
    }

    pub fn tag(&self, path: &str) -> String {
        self.state.lock().unwrap().files[path].tag()
    }

    /// Returns the paths of all requests since the last time.
    pub fn all(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked).into_iter().map(|asked| asked.path).collect()
    }

    /// Returns the requests of a path since the last time, as `range if-range if-none-match → status`.
    pub fn asked(&self, path: &str) -> Vec<String> {
        let mut state = self.state.lock().unwrap();
        let (here, rest) = std::mem::take(&mut state.asked).into_iter().partition::<Vec<_>, _>(|asked| asked.path == path);
        state.asked = rest;
        let text = |header: Option<String>| header.unwrap_or_else(|| "-".into());
        let line =
            |asked: Asked| format!("{} {} {} → {}", text(asked.range), text(asked.if_range), text(asked.if_none_match), asked.status);
        here.into_iter().map(line).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.lock().unwrap().ended = true;
        // Wakes it, so that it sees that it has ended.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn answer(stream: &TcpStream, shared: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
    }
    let (head, body) = {
        let mut state = shared.lock().unwrap();
        let fault = state.files.get_mut(&path).and_then(|file| file.faults.pop_front());
        if let (Some(Fault::Becomes(body)), Some(file)) = (&fault, state.files.get_mut(&path)) {
            file.body.clone_from(body);
        }
        let (status, more, body) =
            state.files.get(&path).map_or((404, String::new(), String::new()), |file| respond(file, &fault, &headers));
        let header = |name: &str| headers.get(name).cloned();
        let asked = Asked { range: header("range"), if_range: header("if-range"), if_none_match: header("if-none-match"), path, status };
        state.asked.push(asked);
        let length = if matches!(fault, Some(Fault::Unmeasured)) { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let head = format!("HTTP/1.1 {status} X\r\n{length}connection: close\r\n{more}\r\n");
        match fault {
            Some(Fault::Cut(bytes)) => (head, body.as_bytes()[..bytes.min(body.len())].to_vec()),
            Some(Fault::Silence) => (String::new(), Vec::new()),
            _ => (head, body.into_bytes()),
        }
    };
    if head.is_empty() {
        reader.read_line(&mut String::new())?;
        return Ok(());
    }
    (&mut &*stream).write_all(&[head.as_bytes(), &body].concat())?;
    stream.shutdown(std::net::Shutdown::Write)
}

/// Status, headers and body.
fn respond(file: &File, fault: &Option<Fault>, headers: &BTreeMap<String, String>) -> (u16, String, String) {
    let tag = file.tag();
    let mut more = format!("etag: {tag}\r\n");
    if let Some(Fault::Header(name, value)) = fault {
        more = if *name == "etag" { String::new() } else { more } + &format!("{name}: {value}\r\n");
    }
    if let Some(Fault::Status(status, header)) = fault {
        return (*status, header.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default(), String::new());
    }
    if headers.get("if-none-match") == Some(&tag) {
        return (304, more, String::new());
    }
    let known = headers.get("if-range").is_none_or(|known| *known == tag) && !matches!(fault, Some(Fault::Whole));
    let start =
        headers.get("range").filter(|_| known).and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let length = file.body.len();
    match start {
        None => (200, more, file.body.clone()),
        Some(start) if start >= length => (416, format!("{more}content-range: bytes */{length}\r\n"), String::new()),
        Some(start) => {
            let range = format!("content-range: bytes {start}-{}/{length}\r\n", length - 1);
            (206, if more.contains("content-range") { more } else { more + &range }, file.body[start..].to_owned())
        }
    }
}
