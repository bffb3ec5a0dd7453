//! The program itself, as an editor starts it: a client that speaks the protocol over a pipe.

use super::SHOP;
use super::editor::{URI, capable};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

struct Client {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    id: i64,
}

impl Client {
    fn start() -> Self {
        let home = std::env::temp_dir();
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        let command = command.args(["lsp", "--stdio"]).current_dir(&home).env_clear().env("HOME", &home);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (input, output) = (process.stdin.take(), BufReader::new(process.stdout.take().unwrap()));
        Client { process, input, output, id: 0 }
    }

    fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        // One that has ended already is seen by its exit code.
        let _ = input.write_all(bytes).and_then(|()| input.flush());
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn next(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "it has ended");
            match line.trim().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        self.send(&json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }));
        loop {
            let message = self.next();
            if message["id"] == json!(self.id) {
                return message.get("result").or(message.get("error")).cloned().unwrap();
            }
        }
    }

    /// The findings of a version, when they come.
    fn findings(&mut self, version: i64) -> Vec<String> {
        loop {
            let message = self.next();
            if message["method"] != "textDocument/publishDiagnostics" {
                continue;
            }
            let params = &message["params"];
            let told = params["version"].as_i64().unwrap();
            assert!(told <= version, "{message}");
            if told == version {
                return params["diagnostics"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect();
            }
        }
    }

    fn greet(&mut self) {
        self.ask("initialize", json!({ "processId": std::process::id(), "rootUri": null, "capabilities": capable() }));
        self.tell("initialized", json!({}));
    }

    fn open(&mut self, text: &str) {
        self.tell("textDocument/didOpen", json!({ "textDocument": { "uri": URI, "languageId": "toml", "version": 1, "text": text } }));
    }

    fn change(&mut self, version: i64, text: &str) {
        let params = json!({ "textDocument": { "uri": URI, "version": version }, "contentChanges": [{ "text": text }] });
        self.tell("textDocument/didChange", params);
    }

    /// Closes its input, and returns its exit code and what it has said.
    fn end(mut self) -> (i32, String) {
        drop(self.input.take());
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (self.process.wait().unwrap().code().unwrap(), said)
    }
}

#[test]
fn a_stack_is_typed() {
    let mut client = Client::start();
    client.greet();
    client.open(SHOP);
    assert_eq!(client.findings(1).iter().filter(|code| code.starts_with("KEY")).count(), 0);
    // Each key at once, as fast as they come: the last text is checked in the end, whatever was left out between.
    let typed = "[cache.new]\nnodez = 2\n";
    for at in 1..=typed.len() {
        client.change(1 + at as i64, &format!("{SHOP}{}", &typed[..at]));
    }
    assert!(client.findings(1 + typed.len() as i64).contains(&"KEY001".to_owned()));
    let line = SHOP.lines().count();
    let place = json!({ "textDocument": { "uri": URI }, "position": { "line": line + 1, "character": 4 } });
    let found = client.ask("textDocument/completion", place.clone());
    assert!(found["items"].as_array().unwrap().iter().any(|item| item["label"] == "nodes"), "{found}");
    let place = json!({ "textDocument": { "uri": URI }, "position": { "line": line, "character": 8 } });
    let shown = client.ask("textDocument/hover", place);
    assert!(shown["contents"]["value"].as_str().unwrap().contains("A cache."), "{shown}");
    assert_eq!(client.ask("shutdown", Value::Null), Value::Null);
    client.tell("exit", Value::Null);
    assert_eq!(client.end(), (0, String::new()));
}

#[test]
fn an_editor_that_goes_away_is_not_waited_for() {
    let mut client = Client::start();
    client.greet();
    client.open(SHOP);
    assert_eq!(client.end(), (1, String::new()));
}

#[test]
fn what_is_no_json_is_answered_and_the_next_message_is_read() {
    let mut client = Client::start();
    client.greet();
    client.raw(b"Content-Length: 5\r\n\r\n{nope");
    assert_eq!(client.next()["error"]["code"], -32700);
    client.open("[stack]\nname = 1\n");
    assert!(client.findings(1).contains(&"TYPE001".to_owned()));
}

#[test]
fn what_is_no_message_ends_it_with_the_reason() {
    for (bytes, words) in [
        (b"Content-Length: 18446744073709551615\r\n\r\n{}".as_slice(), "larger than 32 MiB"),
        (b"hello\r\n\r\n", "begins with headers"),
        (b"Content-Length: 50\r\n\r\n{}", "ends in its middle"),
    ] {
        let mut client = Client::start();
        client.raw(bytes);
        let (code, said) = client.end();
        assert!(code == 1 && said.contains(words) && said.contains("docs/editors.md"), "{code} {said}");
    }
}
