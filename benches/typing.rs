//! Typing: from a key to its findings, through pipes, as an editor has it.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

mod sheet;

use serde_json::{Value, json};
use sheet::Sheet;
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};
use trueup::lsp::serve::serve;
use trueup::pricing::catalog::Catalog;

const URI: &str = "file:///bench/stack.toml";

/// A finding later than this after its key is one that is waited for.
const LIMIT: Duration = Duration::from_millis(50);

fn main() -> ExitCode {
    let mut sheet = Sheet::new("Typing: from a key to its findings");
    let flagship = include_str!("../stacks/registry.toml");
    let thousand = include_str!("thousand.toml");
    for (name, text, keys, limit) in
        [("the flagship, 57 resources", flagship, 200, Some(LIMIT)), ("a thousand small resources", thousand, 40, None)]
    {
        let mut editor = Editor::new();
        editor.open(text);
        // A name that is typed at the end of the file, letter by letter; every second time the text is broken.
        let typed = |at: usize| format!("{text}\n[secrets.{}{}", "k".repeat(at / 2 + 1), if at.is_multiple_of(2) { "" } else { "]" });
        sheet.times(&format!("{name}: findings"), (0..keys).map(|at| editor.key(&typed(at))).collect(), limit);
        let place = json!({ "line": text.matches('\n').count() + 1, "character": 9 });
        let ask = |editor: &mut Editor, method: &str| editor.ask(method, json!({ "textDocument": { "uri": URI }, "position": place }));
        let mut times = |method: &str| {
            let each = |at| {
                editor.key(&typed(2 * at));
                ask(&mut editor, method)
            };
            (0..keys / 4).map(each).collect::<Vec<_>>()
        };
        let completion = times("textDocument/completion");
        let hover = times("textDocument/hover");
        sheet.times(&format!("{name}: completion"), completion, limit);
        sheet.times(&format!("{name}: hover, with its cost"), hover, limit);
    }
    sheet.end()
}

struct Editor {
    to: PipeWriter,
    from: BufReader<PipeReader>,
    version: i64,
}

impl Editor {
    fn new() -> Self {
        let (input, to) = pipe().unwrap();
        let (from, output) = pipe().unwrap();
        thread::spawn(move || serve(input, output, || "2026-11-30".to_owned(), Catalog::embedded()));
        let mut editor = Editor { to, from: BufReader::new(from), version: 1 };
        editor.ask("initialize", json!({ "capabilities": {} }));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.from.read_line(&mut line).unwrap();
            match line.trim().strip_prefix("Content-Length: ") {
                Some(bytes) => length = bytes.parse().unwrap(),
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn open(&mut self, text: &str) {
        let document = json!({ "uri": URI, "languageId": "toml", "version": self.version, "text": text });
        self.send(&json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument": document } }));
        self.read();
    }

    /// Sends the text after a key, and returns the time until its findings were there.
    fn key(&mut self, text: &str) -> Duration {
        self.version += 1;
        let document = json!({ "uri": URI, "version": self.version });
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        let message = json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": params });
        let begun = Instant::now();
        self.send(&message);
        let found = self.read();
        let time = begun.elapsed();
        assert_eq!((&found["params"]["version"], &found["method"]), (&json!(self.version), &json!("textDocument/publishDiagnostics")));
        time
    }

    fn ask(&mut self, method: &str, params: Value) -> Duration {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let begun = Instant::now();
        self.send(&message);
        let answer = self.read();
        let time = begun.elapsed();
        assert!(answer.get("error").is_none(), "{answer}");
        time
    }
}
