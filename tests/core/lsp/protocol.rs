//! The protocol: what a client sends, and what comes back.

use super::SHOP;
use super::editor::{Editor, URI, capable};
use serde_json::{Value, json};
use trueup::core::file::Terms;
use trueup::core::source::{Lines, Source};
use trueup::lsp::server::End;
use trueup::ops::stack::{Choice, validate};

/// A database that is open, in an overlay as well.
const OPEN: &str = "[stack]\nname = 'shop' # ours\nregion = \"us-east-1\"\n[network]\n[database.main]\nbackup_days = 0\n\n\
                    [override.\"database.main.instance\"]\npublicly_accessible = true   # for now\n\
                    [env.test.database.main]\nbackup_days = 0\n";

fn line_of(text: &str, part: &str) -> u32 {
    text[..text.find(part).unwrap()].matches('\n').count() as u32
}

/// Makes the edits of an answer in a text.
fn edited(text: &str, edits: &Value) -> String {
    let lines = trueup::lsp::position::Lines::new(text);
    let changes = edits.as_array().unwrap().iter().map(|edit| {
        let range: lsp_types::Range = serde_json::from_value(edit["range"].clone()).unwrap();
        let at = |place| lines.offset(text, place, trueup::lsp::position::Encoding::Utf16);
        trueup::lsp::page::Change { range: at(range.start)..at(range.end), text: edit["newText"].as_str().unwrap().to_owned() }
    });
    trueup::lsp::page::changed(text, &changes.collect::<Vec<_>>())
}

#[test]
fn it_says_what_it_can_and_ends_in_order() {
    let mut editor = Editor::new();
    assert_eq!(editor.ask("textDocument/hover", json!({}))["code"], -32002, "nobody has greeted it");
    editor.tell("textDocument/didOpen", json!({ "textDocument": { "uri": URI, "version": 1, "text": OPEN } }));
    assert!(editor.server.due().is_none());
    let said = editor.ask("initialize", json!({ "capabilities": capable(), "processId": null, "rootUri": null }));
    let can = &said["capabilities"];
    assert_eq!((&can["positionEncoding"], &said["serverInfo"]["name"]), (&json!("utf-16"), &json!("trueup")));
    assert_eq!(can["renameProvider"]["prepareProvider"], true);
    assert_eq!(editor.ask("initialize", json!({}))["code"], -32600);
    assert_eq!(editor.ask("textDocument/inlayHint", json!({}))["code"], -32601);
    assert_eq!(editor.ask("textDocument/hover", json!({ "textDocument": 5 }))["code"], -32602);
    editor.tell("$/setTrace", json!({ "value": "off" }));
    assert_eq!(editor.ask("shutdown", Value::Null), Value::Null);
    assert_eq!(editor.ask("textDocument/hover", json!({}))["code"], -32600);
    assert_eq!(editor.end, None);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end, Some(End::Orderly));
    let mut sudden = Editor::able(json!({}));
    sudden.tell("exit", Value::Null);
    assert_eq!(sudden.end, Some(End::Sudden));
}

#[test]
fn it_finds_what_validate_finds_in_the_text_that_is_not_saved() {
    let broken = OPEN.replace("[network]", "[network]\nzones = \"many\"\n[cache.ü𝄞]");
    for text in [OPEN, &broken, SHOP, "", "[", "x = ", "[stack]\n\u{feff}", "[stack]\r\nname = \"a\"\r\nregion = 1\r\n"] {
        let mut editor = Editor::with(text);
        editor.settle();
        let terms = Terms { today: "2026-11-30", deny: &[] };
        let verdict = validate(Source::new("stack.toml", text), Choice::default(), terms);
        let lines = Lines::new(text);
        let want = verdict.diagnostics.iter().map(|one| {
            let line = one.span.map_or(0, |span| lines.position(text, span.start).0 - 1);
            (one.code.to_owned(), line as u64)
        });
        assert_eq!(editor.findings(), want.collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn a_finding_has_its_place_its_reason_its_remedy_and_its_page() {
    let mut editor = Editor::with(OPEN);
    editor.settle();
    let told = &editor.told.last().unwrap()["params"];
    assert_eq!((&told["uri"], &told["version"]), (&json!(URI), &json!(1)));
    let one = told["diagnostics"].as_array().unwrap().iter().find(|one| one["code"] == "SEC202").unwrap();
    assert_eq!(one["range"], json!({ "start": { "line": 8, "character": 22 }, "end": { "line": 8, "character": 26 } }));
    assert_eq!((&one["severity"], &one["source"]), (&json!(2), &json!("trueup")));
    assert!(one["message"].as_str().unwrap().contains("\nhelp: "), "{one}");
    assert!(one["codeDescription"]["href"].as_str().unwrap().starts_with("https://docs.aws.amazon.com/"), "{one}");
}

#[test]
fn what_is_told_is_never_of_an_older_text() {
    let mut editor = Editor::with(OPEN);
    let old = editor.server.due().unwrap();
    assert!(editor.server.due().is_none(), "one check of one text");
    editor.change(2, SHOP);
    let mut out = Vec::new();
    editor.server.checked(old.check("2026-11-30"), &mut out);
    assert_eq!(out, Vec::<Value>::new());
    editor.change(3, &SHOP.replace("port = 80", "port = 0"));
    editor.settle();
    assert_eq!(editor.told.len(), 1, "the text between was never checked");
    assert_eq!(editor.told[0]["params"]["version"], 3);
    editor.change(4, SHOP);
    editor.settle();
    assert!(editor.findings().iter().all(|(code, _)| !code.starts_with("MOD")), "{:?}", editor.findings());
    let last = editor.server.due();
    assert!(last.is_none());
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    assert_eq!(editor.findings(), [], "a text that is closed has none");
}

#[test]
fn other_files_are_left_alone() {
    let mut editor = Editor::able(capable());
    for (uri, text) in [
        ("file:///work/Cargo.toml", "[package]\nname = 1\n"),
        ("untitled:Untitled-1", OPEN),
        ("http://example.com/stack.toml", OPEN),
        ("git:/work/stack.toml", OPEN),
    ] {
        editor.tell("textDocument/didOpen", json!({ "textDocument": { "uri": uri, "version": 1, "text": text } }));
        editor.settle();
        let place = json!({ "textDocument": { "uri": uri }, "position": { "line": 0, "character": 1 } });
        assert_eq!(editor.ask("textDocument/completion", place.clone()), Value::Null, "{uri}");
        assert_eq!(editor.ask("textDocument/documentSymbol", place), Value::Null);
    }
    assert_eq!(editor.told, Vec::<Value>::new());
    // It becomes one, and is none again.
    let mut change = |version: i32, text: &str| {
        let params =
            json!({ "textDocument": { "uri": "file:///work/Cargo.toml", "version": version }, "contentChanges": [{ "text": text }] });
        editor.tell("textDocument/didChange", params);
        editor.settle();
        editor.told.last().map(|one| one["params"]["diagnostics"].as_array().unwrap().len())
    };
    assert_eq!(change(2, "[stack]\nname = 1\n"), Some(2));
    assert_eq!(change(3, "[package]\n"), Some(0));
}

#[test]
fn columns_are_counted_as_the_client_counts_them() {
    let text = "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\ntags = { \"𝄞ü\" = \"x\", owner = 5 }\n";
    for (encodings, name, column) in [
        (json!(["utf-8", "utf-16"]), "utf-8", 33),
        (json!(["utf-16"]), "utf-16", 30),
        (json!(["utf-32"]), "utf-16", 30),
        (Value::Null, "utf-16", 30),
    ] {
        let mut editor = Editor::new();
        let said = editor.ask("initialize", json!({ "capabilities": { "general": { "positionEncodings": encodings } } }));
        assert_eq!(said["capabilities"]["positionEncoding"], name);
        editor.open(text);
        editor.settle();
        let found = editor.told[0]["params"]["diagnostics"].as_array().unwrap().iter().find(|one| one["code"] == "TYPE001").unwrap();
        assert_eq!(&found["range"]["start"], &json!({ "line": 3, "character": column }), "{name}");
    }
}

#[test]
fn definitions_and_mentions_of_a_module_are_found() {
    let text = format!(
        "{SHOP}\n[env.staging.database.main]\nprotect = false\n[service.b.environment]\nHOST = \"${{database.main.host}}\"\nK = {{ secret = \"jwt\" }}\n"
    );
    let mut editor = Editor::with(&text);
    let line = line_of(&text, "HOST");
    for character in [20, 25] {
        let found = editor.at("textDocument/definition", line, character);
        assert_eq!(
            found,
            json!([{ "uri": URI, "range": { "start": { "line": 6, "character": 10 }, "end": { "line": 6, "character": 14 } } }])
        );
    }
    let found = editor.at("textDocument/definition", line + 1, 17);
    assert_eq!(found[0]["range"]["start"]["line"], line_of(&text, "[secrets.jwt]"));
    assert_eq!(editor.at("textDocument/definition", line, 2), Value::Null);
    let place =
        json!({ "textDocument": { "uri": URI }, "position": { "line": 6, "character": 11 }, "context": { "includeDeclaration": false } });
    let found = editor.ask("textDocument/references", place);
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(editor.at("textDocument/documentHighlight", 6, 11).as_array().unwrap().len(), 3);
}

#[test]
fn a_fix_is_offered_at_its_finding_and_all_of_them_at_once() {
    let mut editor = Editor::with(OPEN);
    let range = |line: u32| json!({ "start": { "line": line, "character": 24 }, "end": { "line": line, "character": 24 } });
    let ask = |editor: &mut Editor, line: u32, only: Value| {
        editor.ask(
            "textDocument/codeAction",
            json!({ "textDocument": { "uri": URI }, "range": range(line), "context": { "diagnostics": [], "only": only } }),
        )
    };
    // Also before the first check has come.
    let found = ask(&mut editor, 8, json!(["quickfix"]));
    let [one] = found.as_array().unwrap().as_slice() else { panic!("{found}") };
    assert_eq!((&one["title"], &one["kind"]), (&json!("Set `publicly_accessible` to false (SEC202)"), &json!("quickfix")));
    assert_eq!(one["diagnostics"][0]["code"], "SEC202");
    let edit = &one["edit"]["documentChanges"][0];
    assert_eq!(edit["textDocument"], json!({ "uri": URI, "version": 1 }));
    assert_eq!(edited(OPEN, &edit["edits"]), OPEN.replace("accessible = true", "accessible = false"));
    assert_eq!(ask(&mut editor, 2, json!(["quickfix"])), json!([]));
    editor.settle();

    let found = ask(&mut editor, 2, json!(["source.fixAll"]));
    let [all] = found.as_array().unwrap().as_slice() else { panic!("{found}") };
    assert_eq!((&all["kind"], all.get("edit")), (&json!("source.fixAll.trueup"), None));
    let resolved = editor.ask("codeAction/resolve", all.clone());
    let mended = edited(OPEN, &resolved["edit"]["documentChanges"][0]["edits"]);
    let fixed = trueup::ops::fix::fix(&Source::new("stack.toml", OPEN), Choice::default(), Terms { today: "2026-11-30", deny: &[] });
    assert_eq!(mended, fixed.text);
    assert!(!mended.contains("publicly_accessible = true") && mended.contains("# ours") && mended.contains("# for now"), "{mended}");
    // An action of an older text has no edit.
    editor.change(2, SHOP);
    assert_eq!(editor.ask("codeAction/resolve", all.clone()).get("edit"), None);

    let mut plain = Editor::able(json!({}));
    plain.open(OPEN);
    let found = ask(&mut plain, 2, json!(["source"]));
    assert_eq!(edited(OPEN, &found[0]["edit"]["changes"][URI]), fixed.text);
}

#[test]
fn what_a_wrong_name_was_meant_to_be_is_offered_and_not_preferred() {
    let text = "[stack]\nname = \"shop\"\nregion = \"eu-west-1\"\n\n[network]\ncidrr = \"10.1.0.0/16\"\nnat = \"per-zne\"\n\n[cache.main]\n\n\
                [service.api]\nimage = \"nginx:1.29\"\nprot = 8080\n[service.api.environment]\n\
                A = \"${cache.main.url}\" # ours\nB = \"${cache.mian.url}, ${cache.main.hots}\"\n";
    let mut editor = Editor::with(text);
    editor.settle();
    let mut offered = |wrong: &str, meant: &str, code: &str| {
        let line = text.lines().position(|line| line.contains(wrong)).unwrap();
        let column = text.lines().nth(line).unwrap().find(wrong).unwrap();
        let place = json!({ "line": line, "character": column });
        let params = json!({ "textDocument": { "uri": URI }, "range": { "start": place, "end": place }, "context": { "diagnostics": [] } });
        let found = editor.ask("textDocument/codeAction", params);
        let title = format!("Change `{wrong}` to `{meant}` ({code})");
        let one = found.as_array().unwrap().iter().find(|one| one["title"] == *title).unwrap_or_else(|| panic!("{title}: {found}")).clone();
        assert_eq!((&one["kind"], &one["isPreferred"], &one["diagnostics"][0]["code"]), (&json!("quickfix"), &json!(false), &json!(code)));
        assert_eq!(edited(text, &one["edit"]["documentChanges"][0]["edits"]), text.replace(wrong, meant), "{title}");
    };
    offered("cidrr", "cidr", "KEY001");
    offered("per-zne", "per-zone", "TYPE002");
    offered("prot", "port", "KEY001");
    offered("cache.mian.url", "cache.main.url", "REF001");
    offered("cache.main.hots", "cache.main.host", "REF002");
}

#[test]
fn a_wrong_name_that_stands_beside_the_right_one_is_not_renamed() {
    let text = format!("{SHOP}[service.c]\nimage = \"nginx:1.29\"\nport = 80\nprot = 8080\n");
    let mut editor = Editor::with(&text);
    let place = json!({ "line": line_of(&text, "prot = 8080"), "character": 1 });
    let params = json!({ "textDocument": { "uri": URI }, "range": { "start": place, "end": place }, "context": { "only": ["quickfix"], "diagnostics": [] } });
    assert_eq!(editor.ask("textDocument/codeAction", params), json!([]));
}

#[test]
fn a_module_gets_another_name_with_all_that_mentions_it() {
    let text = format!("{SHOP}[service.b.environment]\nURL = \"${{cache.sessions.url}}\"\n");
    let mut editor = Editor::with(&text);
    let line = line_of(&text, "[cache.sessions]");
    let found = editor.at("textDocument/prepareRename", line, 9);
    assert_eq!(found["placeholder"], "sessions");
    assert_eq!(editor.at("textDocument/prepareRename", line + 3, 2), Value::Null);
    let ask = |editor: &mut Editor, name: &str| {
        editor.ask(
            "textDocument/rename",
            json!({ "textDocument": { "uri": URI }, "position": { "line": line, "character": 9 }, "newName": name }),
        )
    };
    let wrong = ask(&mut editor, "No Name");
    assert!(wrong["code"] == -32803 && wrong["message"].as_str().unwrap().contains("cannot be a name"), "{wrong}");
    let edit = ask(&mut editor, "tokens");
    let out = edited(&text, &edit["documentChanges"][0]["edits"]);
    assert_eq!(out, text.replace("cache.sessions", "cache.tokens") + "\n[[moved]]\nfrom = \"cache.sessions\"\nto = \"cache.tokens\"\n");
}

#[test]
fn layout_and_symbols_are_those_of_the_text() {
    let text = "[stack]\nname   = 'a'\nregion=\"us-east-1\"\n[network]\nzones=2\n";
    let mut editor = Editor::with(text);
    let options = json!({ "textDocument": { "uri": URI }, "options": { "tabSize": 4, "insertSpaces": true } });
    let edits = editor.ask("textDocument/formatting", options.clone());
    assert_eq!(edited(text, &edits), trueup::core::layout::layout(text).unwrap());
    let symbols = editor.ask("textDocument/documentSymbol", options.clone());
    assert_eq!((&symbols[0]["name"], &symbols[1]["children"][0]["name"]), (&json!("stack"), &json!("zones")));
    editor.change(2, "[stack\nname=1");
    assert_eq!(editor.ask("textDocument/formatting", options.clone()), json!([]));
    let mut plain = Editor::able(json!({}));
    plain.open(text);
    let symbols = plain.ask("textDocument/documentSymbol", options);
    assert_eq!((&symbols[1]["name"], &symbols[1]["location"]["uri"]), (&json!("name"), &json!(URI)));
}

#[test]
fn completion_and_hover_are_said_as_the_client_can_show_them() {
    let text = format!("{SHOP}[database.b]\ncla\n");
    let line = line_of(&text, "cla\n");
    let mut editor = Editor::with(&text);
    let found = editor.at("textDocument/completion", line, 3);
    let class = found["items"].as_array().unwrap().iter().find(|item| item["label"] == "class").unwrap();
    assert_eq!((&class["textEdit"]["newText"], &class["insertTextFormat"]), (&json!("class = \"$0\""), &json!(2)));
    assert_eq!(class["textEdit"]["range"]["start"], json!({ "line": line, "character": 0 }));
    let shown = editor.at("textDocument/hover", 6, 11);
    assert!(shown["contents"]["kind"] == "markdown" && shown["contents"]["value"].as_str().unwrap().contains("a month**"), "{shown}");
    let mut plain = Editor::able(json!({}));
    plain.open(&text);
    let found = plain.at("textDocument/completion", line, 3);
    let class = found["items"].as_array().unwrap().iter().find(|item| item["label"] == "class").unwrap();
    assert_eq!((&class["textEdit"]["newText"], class.get("insertTextFormat")), (&json!("class = \"\""), None));
    let shown = plain.at("textDocument/hover", 6, 11);
    assert!(shown["contents"]["kind"] == "plaintext" && !shown["contents"]["value"].as_str().unwrap().contains("**"), "{shown}");
}
