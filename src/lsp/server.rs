//! The server as a value: a message in, messages out. It knows the open texts and what the client can take; the loop around it
//! reads, writes and checks.

use super::complete::{Items, Sort, complete};
use super::document::{Checked, Document, Job};
use super::facts::Prices;
use super::findings::{diagnostic, diagnostics, fixable};
use super::hover::hover;
use super::names::{Mention, Role, definitions, mentions, under};
use super::page::{Change, between};
use super::position::{Encoding, Lines};
use super::rename::{prepare, rename};
use super::symbols::{Symbol, symbols};
use super::wire::{Fault, answer, notification, refusal};
use crate::core::file::Terms;
use crate::core::layout::layout;
use crate::core::visible::line;
use crate::ops::fix;
use crate::ops::stack::Choice;
use crate::pricing::catalog::Catalog;
use lsp_types::{
    CodeActionOptions, CodeActionProviderCapability, CompletionItem, CompletionItemKind, CompletionOptions, CompletionTextEdit,
    DocumentSymbol, Documentation, HoverProviderCapability, InsertTextFormat, MarkupContent, MarkupKind, OneOf, Position,
    PositionEncodingKind, Range, RenameOptions, ServerCapabilities, SymbolKind, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextEdit,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most texts that are open at once, and the most bytes of all of them.
const MOST_DOCUMENTS: usize = 200;
const MOST_OPEN_BYTES: usize = 64 * 1024 * 1024;

/// The most symbols of one answer.
const MOST_SYMBOLS: usize = 20_000;

/// The abilities of a client that an answer depends on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Client {
    pub encoding: Encoding,
    pub markdown: bool,
    pub snippets: bool,
    pub versioned_edits: bool,
    pub related: bool,
    pub late_edits: bool,
    pub nested_symbols: bool,
    pub prepares_rename: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    /// It was told to shut down.
    Stopped,
}

pub struct Server {
    stage: Stage,
    client: Client,
    documents: BTreeMap<String, Document>,
    serial: u64,
    today: fn() -> String,
    catalog: &'static Catalog,
}

/// The end of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client said that it would go, and went.
    Orderly,
    Sudden,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    text_document: OpenedText,
}

#[derive(Deserialize)]
struct OpenedText {
    uri: String,
    version: i32,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    text_document: Versioned,
    content_changes: Vec<Content>,
}

#[derive(Deserialize)]
struct Versioned {
    uri: String,
    version: i32,
}

#[derive(Deserialize)]
struct Content {
    text: String,
    range: Option<Range>,
}

#[derive(Deserialize)]
struct Named {
    uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    text_document: Named,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct At {
    text_document: Named,
    position: Position,
    #[serde(default)]
    new_name: String,
    #[serde(default)]
    context: Context,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Context {
    include_declaration: bool,
    only: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Within {
    text_document: Named,
    range: Range,
    #[serde(default)]
    context: Context,
}

type Answer = Result<Value, (Fault, String)>;

impl Server {
    /// A server that nobody has greeted yet, with the prices that it says costs by.
    pub fn new(today: fn() -> String, catalog: &'static Catalog) -> Self {
        Server { stage: Stage::New, client: Client::default(), documents: BTreeMap::new(), serial: 0, today, catalog }
    }

    /// Takes a message, and adds what there is to answer.
    pub fn take(&mut self, message: &Value, out: &mut Vec<Value>) -> Option<End> {
        let method = message.get("method").and_then(Value::as_str);
        let params = message.get("params").cloned().unwrap_or(Value::Null);
        match (method, message.get("id")) {
            (Some(method), Some(id)) => {
                if !(id.is_string() || id.is_number()) {
                    out.push(refusal(&Value::Null, Fault::InvalidRequest, "the id of a request is a number or a text"));
                    return None;
                }
                let answered = self.request(method, params);
                out.push(match answered {
                    Ok(result) => answer(id, &result),
                    Err((fault, message)) => refusal(id, fault, &message),
                });
                None
            }
            (Some("exit"), None) => Some(if self.stage == Stage::Stopped { End::Orderly } else { End::Sudden }),
            (Some(method), None) => {
                if self.stage == Stage::Running {
                    self.notified(method, params, out);
                }
                None
            }
            // An answer to something that was never asked.
            (None, Some(_)) if message.get("result").is_some() || message.get("error").is_some() => None,
            (None, _) => {
                out.push(refusal(&Value::Null, Fault::InvalidRequest, "a message has a method"));
                None
            }
        }
    }

    /// Returns a text that is to be checked next, if there is one: the one that changed last.
    pub fn due(&mut self) -> Option<Job> {
        let waits = self.documents.iter_mut().filter(|(_, document)| !document.asked && document.is_stack);
        let (uri, document) = waits.max_by_key(|(_, document)| document.serial)?;
        document.asked = true;
        Some(Job { uri: uri.clone(), serial: document.serial, path: document.path.clone(), text: document.text.clone() })
    }

    /// Takes a verdict, and tells the client unless the text has become another one.
    pub fn checked(&mut self, checked: Checked, out: &mut Vec<Value>) {
        let Some(document) = self.documents.get_mut(&checked.uri) else { return };
        let checked = Arc::new(checked);
        if !document.take(checked.clone()) {
            return;
        }
        let lines = Lines::new(&checked.source.text);
        let found = diagnostics(&checked, &lines, self.client);
        out.push(published(&checked.uri, Some(document.version), &json!(found)));
    }

    fn request(&mut self, method: &str, params: Value) -> Answer {
        match (self.stage, method) {
            (Stage::New, "initialize") => {
                self.client = client(&params);
                self.stage = Stage::Running;
                let info = json!({ "name": "trueup", "version": env!("CARGO_PKG_VERSION") });
                return Ok(json!({ "capabilities": capabilities(self.client), "serverInfo": info }));
            }
            (_, "initialize") => return Err((Fault::InvalidRequest, "it is initialized already".into())),
            (Stage::New, _) => return Err((Fault::NotInitialized, "the first request is `initialize`".into())),
            (Stage::Stopped, _) => return Err((Fault::InvalidRequest, "it was told to shut down".into())),
            (Stage::Running, "shutdown") => {
                self.stage = Stage::Stopped;
                self.documents.clear();
                return Ok(Value::Null);
            }
            (Stage::Running, _) => {}
        }
        match method {
            "textDocument/completion" => self.at(params, |server, document, at, _| Ok(server.completion(document, at))),
            "textDocument/hover" => self.at(params, |server, document, at, _| Ok(server.hover(document, at))),
            "textDocument/definition" => {
                self.at(params, |server, document, at, asked| Ok(server.definition(document, at, &asked.text_document.uri)))
            }
            "textDocument/references" => self.at(params, |server, document, at, asked| {
                let found = server.alike(document, at, asked.context.include_declaration);
                Ok(found.iter().map(|mention| server.location(document, mention, &asked.text_document.uri)).collect())
            }),
            "textDocument/documentHighlight" => self.at(params, |server, document, at, _| {
                let found = server.alike(document, at, true);
                Ok(found.iter().map(|mention| json!({ "range": server.range(document, &mention.range) })).collect())
            }),
            "textDocument/prepareRename" => self.at(params, |server, document, at, _| {
                let range = prepare(&document.page, at);
                Ok(range.map_or(
                    Value::Null,
                    |range| json!({ "range": server.range(document, &range), "placeholder": document.page.text[range] }),
                ))
            }),
            "textDocument/rename" => self.at(params, |server, document, at, asked| {
                let changes = rename(&document.page, at, &asked.new_name).map_err(|reason| (Fault::Failed, reason))?;
                Ok(server.edit(document, &changes, &asked.text_document.uri))
            }),
            "textDocument/documentSymbol" => self.about(params, |server, document, uri| Ok(server.symbols(document, uri))),
            "textDocument/formatting" => self.about(params, |server, document, _| {
                // While something is broken there is no layout; the findings say so already.
                let laid = layout(&document.page.text).unwrap_or_else(|_| document.page.text.to_string());
                Ok(json!(server.edits(document, &between(&document.page.text, &laid))))
            }),
            "textDocument/codeAction" => self.code_actions(params),
            "codeAction/resolve" => self.resolve(params),
            _ => Err((Fault::MethodNotFound, format!("there is no method `{}`", line(method)))),
        }
    }

    fn notified(&mut self, method: &str, params: Value, out: &mut Vec<Value>) {
        match method {
            "textDocument/didOpen" => {
                if let Ok(Opened { text_document: OpenedText { uri, version, text } }) = serde_json::from_value(params) {
                    self.open(uri, version, text, out);
                }
            }
            "textDocument/didChange" => {
                let Ok(Changed { text_document: Versioned { uri, version }, content_changes }) = serde_json::from_value(params) else {
                    return;
                };
                // The whole text comes each time, as the server has asked for. A piece of one says nothing without what it was cut from.
                let whole = content_changes.into_iter().rfind(|content| content.range.is_none());
                if let (Some(document), Some(Content { text, .. })) = (self.documents.get_mut(&uri), whole) {
                    let was_stack = document.is_stack;
                    self.serial += 1;
                    document.change(version, self.serial, text);
                    if was_stack && !document.is_stack {
                        out.push(published(&uri, Some(version), &json!([])));
                    }
                }
            }
            "textDocument/didClose" => {
                if let Ok(About { text_document: Named { uri } }) = serde_json::from_value(params)
                    && self.documents.remove(&uri).is_some()
                {
                    out.push(published(&uri, None, &json!([])));
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, uri: String, version: i32, text: String, out: &mut Vec<Value>) {
        let Some(path) = file_path(&uri) else { return };
        let bytes = self.documents.values().map(|document| document.text.len()).sum::<usize>();
        if self.documents.len() >= MOST_DOCUMENTS || bytes + text.len() > MOST_OPEN_BYTES {
            let message = format!("trueup looks at {MOST_DOCUMENTS} open files and 64 MiB of text at most; {} is one more", line(&path));
            out.push(notification("window/logMessage", &json!({ "type": 2, "message": message })));
            return;
        }
        self.serial += 1;
        self.documents.insert(uri, Document::new(path, version, self.serial, text));
    }

    /// Answers null for a text that is not open, or is no stack file: editors ask about every TOML file.
    fn at(&self, params: Value, answer: impl FnOnce(&Self, &Document, usize, &At) -> Answer) -> Answer {
        let asked: At = read(params)?;
        match self.documents.get(&asked.text_document.uri).filter(|document| document.is_stack) {
            None => Ok(Value::Null),
            Some(document) => {
                let at = document.page.lines.offset(&document.page.text, asked.position, self.client.encoding);
                answer(self, document, at, &asked)
            }
        }
    }

    fn about(&self, params: Value, answer: impl FnOnce(&Self, &Document, &str) -> Answer) -> Answer {
        let About { text_document: Named { uri } } = read(params)?;
        match self.documents.get(&uri).filter(|document| document.is_stack) {
            None => Ok(Value::Null),
            Some(document) => answer(self, document, &uri),
        }
    }

    fn range(&self, document: &Document, range: &std::ops::Range<usize>) -> Range {
        document.page.lines.range(&document.page.text, range, self.client.encoding)
    }

    fn location(&self, document: &Document, mention: &Mention, uri: &str) -> Value {
        json!({ "uri": uri, "range": self.range(document, &mention.range) })
    }

    fn edits(&self, document: &Document, changes: &[Change]) -> Vec<TextEdit> {
        changes.iter().map(|change| TextEdit { range: self.range(document, &change.range), new_text: change.text.clone() }).collect()
    }

    /// Returns an edit of a text that holds for this version of it alone, where the client can tell.
    fn edit(&self, document: &Document, changes: &[Change], uri: &str) -> Value {
        let edits = self.edits(document, changes);
        if self.client.versioned_edits {
            return json!({ "documentChanges": [{ "textDocument": { "uri": uri, "version": document.version }, "edits": edits }] });
        }
        json!({ "changes": { uri: edits } })
    }

    fn completion(&self, document: &Document, at: usize) -> Value {
        let today = (self.today)();
        let prices = Prices { catalog: self.catalog, today: &today };
        let Items { items, cut } = complete(&document.page, at, &|| document.facts(), prices);
        let items = items.into_iter().enumerate().map(|(number, item)| {
            let (new_text, format) = match item.cursor.filter(|_| self.client.snippets) {
                Some(cursor) => {
                    let (before, behind) = item.insert.split_at(cursor);
                    (format!("{}$0{}", snippet(before), snippet(behind)), Some(InsertTextFormat::SNIPPET))
                }
                None => (item.insert, None),
            };
            let markup =
                MarkupContent { kind: if self.client.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText }, value: item.doc };
            CompletionItem {
                filter_text: Some(item.label.clone()),
                sort_text: Some(format!("{}{number:05}", item.rank)),
                label: item.label,
                kind: Some(match item.sort {
                    Sort::Table => CompletionItemKind::MODULE,
                    Sort::Key => CompletionItemKind::PROPERTY,
                    Sort::Value => CompletionItemKind::ENUM_MEMBER,
                    Sort::Name => CompletionItemKind::VARIABLE,
                    Sort::Reference => CompletionItemKind::REFERENCE,
                }),
                detail: (!item.detail.is_empty()).then_some(item.detail),
                documentation: (!markup.value.is_empty()).then_some(Documentation::MarkupContent(markup)),
                insert_text_format: format,
                text_edit: Some(CompletionTextEdit::Edit(TextEdit { range: self.range(document, &item.range), new_text })),
                ..CompletionItem::default()
            }
        });
        json!({ "isIncomplete": cut, "items": items.collect::<Vec<_>>() })
    }

    fn hover(&self, document: &Document, at: usize) -> Value {
        let today = (self.today)();
        let prices = Prices { catalog: self.catalog, today: &today };
        let Some(found) = hover(&document.page, at, &|| document.facts(), prices) else { return Value::Null };
        let kind = if self.client.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
        // Without Markdown its few signs are in the way.
        let value = if self.client.markdown { found.markdown } else { found.markdown.replace("**", "").replace('`', "") };
        json!({ "contents": MarkupContent { kind, value }, "range": self.range(document, &found.range) })
    }

    fn definition(&self, document: &Document, at: usize, uri: &str) -> Value {
        let mentions = mentions(&document.page.outline);
        let Some(mention) = under(&mentions, at).or_else(|| behind(&mentions, &document.page.text, at)) else { return Value::Null };
        let found = definitions(&mentions, &mention.section, &mention.name);
        found.into_iter().map(|mention| self.location(document, mention, uri)).collect()
    }

    /// Returns every mention of what is under the cursor, with its own tables if they are asked for.
    fn alike(&self, document: &Document, at: usize, tables: bool) -> Vec<Mention> {
        let mentions = mentions(&document.page.outline);
        let Some(Mention { section, name, .. }) = under(&mentions, at).cloned() else { return Vec::new() };
        let own = |mention: &Mention| matches!(mention.role, Role::Table | Role::Overlay);
        let found = mentions.into_iter().filter(|mention| mention.section == section && mention.name == name && mention.role != Role::Past);
        found.filter(|mention| tables || !own(mention)).collect()
    }

    fn symbols(&self, document: &Document, uri: &str) -> Value {
        let mut left = MOST_SYMBOLS;
        let all = symbols(&document.page);
        if self.client.nested_symbols {
            return json!(self.nested(document, all, &mut left));
        }
        let mut flat = Vec::new();
        let mut open = all;
        open.reverse();
        while let Some(mut symbol) = open.pop() {
            if flat.len() < MOST_SYMBOLS {
                let location = json!({ "uri": uri, "range": self.range(document, &symbol.range) });
                flat.push(json!({ "name": symbol.name, "kind": kind(&symbol), "location": location }));
            }
            symbol.inner.reverse();
            open.append(&mut symbol.inner);
        }
        Value::Array(flat)
    }

    fn nested(&self, document: &Document, symbols: Vec<Symbol>, left: &mut usize) -> Vec<DocumentSymbol> {
        let mut found = Vec::new();
        for symbol in symbols {
            if *left == 0 {
                break;
            }
            *left -= 1;
            let (range, selection_range) = (self.range(document, &symbol.range), self.range(document, &symbol.selection));
            let kind = kind(&symbol);
            let children = self.nested(document, symbol.inner, left);
            #[allow(deprecated, reason = "the type has the field, and the protocol another one in its place")]
            let one = DocumentSymbol {
                name: symbol.name,
                detail: None,
                kind,
                tags: None,
                deprecated: None,
                range,
                selection_range,
                children: (!children.is_empty()).then_some(children),
            };
            found.push(one);
        }
        found
    }

    /// Returns the verdict on a text as it is: the one that was found, or else one that is found now.
    fn verdict(&mut self, uri: &str) -> Option<Arc<Checked>> {
        let today = (self.today)();
        let document = self.documents.get_mut(uri).filter(|document| document.is_stack)?;
        if document.checked.is_none() {
            let job = Job { uri: uri.to_owned(), serial: document.serial, path: document.path.clone(), text: document.text.clone() };
            // The client is told by the check that is under way, or by the next.
            return Some(Arc::new(job.check(&today)));
        }
        document.checked.clone()
    }

    fn code_actions(&mut self, params: Value) -> Answer {
        let Within { text_document: Named { uri }, range, context } = read(params)?;
        let Some(checked) = self.verdict(&uri) else { return Ok(Value::Null) };
        let Some(document) = self.documents.get(&uri) else { return Ok(Value::Null) };
        let wants = |kind: &str| {
            context.only.as_ref().is_none_or(|only| only.iter().any(|only| kind == only || kind.starts_with(&format!("{only}."))))
        };
        let mut found = Vec::new();
        let today = (self.today)();
        let terms = Terms { today: &today, deny: &[] };
        if wants("quickfix") {
            let page = &document.page;
            let [start, end] = [range.start, range.end].map(|place| page.lines.offset(&page.text, place, self.client.encoding));
            for (number, title) in fixable(&checked, &(start..end)) {
                let Some(text) = document.fixed(&checked, number, terms) else { continue };
                // An editor makes the preferred one by a single key: that is for what is certain.
                found.push(json!({
                    "title": title,
                    "kind": "quickfix",
                    "isPreferred": checked.diagnostics[number].fix.is_some(),
                    "diagnostics": [diagnostic(&checked, number, &page.lines, self.client)],
                    "edit": self.edit(document, &between(&checked.source.text, &text), &uri),
                }));
            }
        }
        let all = checked.diagnostics.iter().filter(|one| one.fix.is_some()).count();
        if all > 0 && wants("source.fixAll.trueup") {
            let mut one = json!({ "title": "Make every fix that is certain", "kind": "source.fixAll.trueup" });
            if self.client.late_edits {
                one["data"] = json!({ "uri": uri, "version": document.version });
            } else {
                one["edit"] = self.all_fixed(document, &checked, &uri);
            }
            found.push(one);
        }
        Ok(Value::Array(found))
    }

    /// Fills in the edit of the one action that is offered without it, as it takes many checks.
    fn resolve(&mut self, mut action: Value) -> Answer {
        let uri = action.pointer("/data/uri").and_then(Value::as_str).map(str::to_owned);
        let version = action.pointer("/data/version").and_then(Value::as_i64);
        let Some(uri) = uri else { return Ok(action) };
        let Some(checked) = self.verdict(&uri) else { return Ok(action) };
        if let Some(document) = self.documents.get(&uri).filter(|document| Some(i64::from(document.version)) == version) {
            action["edit"] = self.all_fixed(document, &checked, &uri);
        }
        Ok(action)
    }

    fn all_fixed(&self, document: &Document, checked: &Checked, uri: &str) -> Value {
        let today = (self.today)();
        let fixed = fix::fix(&checked.source, Choice::default(), Terms { today: &today, deny: &[] });
        self.edit(document, &between(&checked.source.text, &fixed.text), uri)
    }
}

fn read<T: for<'de> Deserialize<'de>>(params: Value) -> Result<T, (Fault, String)> {
    serde_json::from_value(params).map_err(|error| (Fault::InvalidParams, format!("the parameters do not fit: {error}")))
}

/// Returns the mention whose output a place is in: of `${database.main.host}` the module, at `host`.
fn behind<'a>(mentions: &'a [Mention], text: &str, at: usize) -> Option<&'a Mention> {
    let mention = mentions.iter().rfind(|mention| mention.output.is_some() && mention.range.end <= at)?;
    let between = text.get(mention.range.end..at)?;
    (!between.contains(['}', '\n', '"', '\''])).then_some(mention)
}

fn kind(symbol: &Symbol) -> SymbolKind {
    if symbol.is_table { SymbolKind::MODULE } else { SymbolKind::PROPERTY }
}

/// Takes what means something in a snippet as the letter that it is.
fn snippet(text: &str) -> String {
    text.replace('\\', "\\\\").replace('$', "\\$").replace('}', "\\}")
}

/// Returns the path of a file's URI, decoded. Nothing else is a file: no http, no untitled text.
fn file_path(uri: &str) -> Option<String> {
    let path = uri.strip_prefix("file://")?;
    let path = &path[path.find('/')?..];
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..2).and_then(|two| std::str::from_utf8(two).ok()).and_then(|two| u8::from_str_radix(two, 16).ok());
        match (first, digits) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn published(uri: &str, version: Option<i32>, found: &Value) -> Value {
    let mut params = json!({ "uri": uri, "diagnostics": found });
    if let Some(version) = version {
        params["version"] = version.into();
    }
    notification("textDocument/publishDiagnostics", &params)
}

/// Reads what matters of a client's abilities; whatever else it says may be anything.
fn client(params: &Value) -> Client {
    let at = |path: &str| params.pointer(&format!("/capabilities/{path}"));
    let can = |path: &str| at(path).and_then(Value::as_bool).unwrap_or(false);
    let has = |path: &str, wanted: &str| at(path).and_then(Value::as_array).is_some_and(|all| all.iter().any(|one| one == wanted));
    let encodings = at("general/positionEncodings").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let encodings = encodings.map(|name| PositionEncodingKind::from(name.to_owned())).collect::<Vec<_>>();
    Client {
        encoding: Encoding::negotiated(&encodings),
        markdown: has("textDocument/hover/contentFormat", "markdown"),
        snippets: can("textDocument/completion/completionItem/snippetSupport"),
        versioned_edits: can("workspace/workspaceEdit/documentChanges"),
        related: can("textDocument/publishDiagnostics/relatedInformation"),
        late_edits: has("textDocument/codeAction/resolveSupport/properties", "edit") && can("textDocument/codeAction/dataSupport"),
        nested_symbols: can("textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
        prepares_rename: can("textDocument/rename/prepareSupport"),
    }
}

fn capabilities(client: Client) -> ServerCapabilities {
    let triggers = ["[", ".", "\"", "'", "{", "="].map(str::to_owned).to_vec();
    ServerCapabilities {
        position_encoding: Some(client.encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::FULL),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions { trigger_characters: Some(triggers), ..CompletionOptions::default() }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        rename_provider: Some(if client.prepares_rename {
            OneOf::Right(RenameOptions { prepare_provider: Some(true), work_done_progress_options: Default::default() })
        } else {
            OneOf::Left(true)
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec!["quickfix".to_owned().into(), "source.fixAll.trueup".to_owned().into()]),
            resolve_provider: Some(client.late_edits),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_have_a_path() {
        for (uri, want) in [
            ("file:///a/stack.toml", Some("/a/stack.toml")),
            ("file:///c%3A/a%20b/%C3%BC.toml", Some("/c:/a b/ü.toml")),
            ("file://host/a", Some("/a")),
            ("file:///%", Some("/%")),
            ("file:///%zz%f", Some("/%zz%f")),
            ("file:///%ff", Some("/\u{fffd}")),
            ("file:", None),
            ("file://x", None),
            ("http://a/stack.toml", None),
            ("untitled:Untitled-1", None),
            ("", None),
        ] {
            assert_eq!(file_path(uri).as_deref(), want, "{uri}");
        }
    }
}
