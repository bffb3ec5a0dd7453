//! An editor for tests: it opens texts, asks, and is told.

use serde_json::{Value, json};
use trueup::lsp::server::{End, Server};
use trueup::pricing::catalog::Catalog;

pub const URI: &str = "file:///work/stack.toml";

/// All that today's editors can do.
pub fn capable() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "workspace": { "workspaceEdit": { "documentChanges": true } },
        "textDocument": {
            "hover": { "contentFormat": ["markdown", "plaintext"] },
            "completion": { "completionItem": { "snippetSupport": true } },
            "publishDiagnostics": { "relatedInformation": true },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
            "rename": { "prepareSupport": true },
            "codeAction": { "dataSupport": true, "resolveSupport": { "properties": ["edit"] } },
        },
    })
}

/// A client of a server in the same thread. Checks are made when it says so.
pub struct Editor {
    pub server: Server,
    pub told: Vec<Value>,
    pub end: Option<End>,
    id: i64,
}

impl Editor {
    pub fn new() -> Self {
        let server = Server::new(|| "2026-11-30".into(), Catalog::embedded());
        Editor { server, told: Vec::new(), end: None, id: 0 }
    }

    /// One that has greeted the server, with these abilities.
    pub fn able(capabilities: Value) -> Self {
        let mut editor = Editor::new();
        editor.ask("initialize", json!({ "capabilities": capabilities }));
        editor.tell("initialized", json!({}));
        editor
    }

    pub fn with(text: &str) -> Self {
        let mut editor = Editor::able(capable());
        editor.open(text);
        editor
    }

    pub fn open(&mut self, text: &str) {
        let document = json!({ "uri": URI, "languageId": "toml", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub fn change(&mut self, version: i32, text: &str) {
        let changes = json!([{ "text": text }]);
        self.tell("textDocument/didChange", json!({ "textDocument": { "uri": URI, "version": version }, "contentChanges": changes }));
    }

    pub fn raw(&mut self, message: &Value) -> Vec<Value> {
        let mut out = Vec::new();
        self.end = self.server.take(message, &mut out).or(self.end);
        out
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        let out = self.raw(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
        self.told.extend(out);
    }

    /// The result, or the error.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let out = self.raw(&json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }));
        let [answer] = out.as_slice() else { panic!("{method}: {out:?}") };
        assert_eq!(answer["id"], json!(self.id));
        answer.get("result").or(answer.get("error")).cloned().unwrap()
    }

    /// The same about a place.
    pub fn at(&mut self, method: &str, line: u32, character: u32) -> Value {
        self.ask(method, json!({ "textDocument": { "uri": URI }, "position": { "line": line, "character": character } }))
    }

    /// Makes every check that is due.
    pub fn settle(&mut self) {
        while let Some(job) = self.server.due() {
            let checked = job.check("2026-11-30");
            let mut out = Vec::new();
            self.server.checked(checked, &mut out);
            self.told.extend(out);
        }
    }

    /// The findings that it was told of last, as code and line.
    pub fn findings(&self) -> Vec<(String, u64)> {
        let last = self.told.iter().rfind(|one| one["method"] == "textDocument/publishDiagnostics").expect("findings");
        let all = last["params"]["diagnostics"].as_array().unwrap();
        all.iter().map(|one| (one["code"].as_str().unwrap().to_owned(), one["range"]["start"]["line"].as_u64().unwrap())).collect()
    }
}
