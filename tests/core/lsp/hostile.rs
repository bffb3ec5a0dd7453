//! Whatever is open, wherever the cursor is and whatever is sent: an answer comes, and it is of bounded size.

use super::editor::{Editor, URI, capable};
use super::{SHOP, facts, prices};
use proptest::prelude::*;
use serde_json::{Value, json};
use trueup::core::input::MAX_BYTES;
use trueup::lsp::complete::complete;
use trueup::lsp::hover::hover;
use trueup::lsp::names::mentions;
use trueup::lsp::page::{Page, changed};
use trueup::lsp::position::{Encoding, Lines};
use trueup::lsp::rename::{prepare, rename};
use trueup::lsp::symbols::symbols;

/// Asks everything at a place of a text.
fn ask_all(text: &str, at: usize) {
    let page = Page::new(text);
    let place = |range: &std::ops::Range<usize>| assert!(text.get(range.clone()).is_some(), "{range:?} is no place in {text:?}");
    let known = || facts(&page);
    let found = complete(&page, at, &known, prices());
    found.items.iter().for_each(|item| {
        place(&item.range);
        assert!(item.cursor.is_none_or(|cursor| item.insert.is_char_boundary(cursor)));
        assert!(!text[item.range.clone()].contains(['\n', '\r']), "an item replaces a part of one line");
    });
    if let Some(found) = hover(&page, at, &known, prices()) {
        place(&found.range);
    }
    mentions(&page.outline).iter().for_each(|mention| place(&mention.range));
    if let Some(range) = prepare(&page, at) {
        place(&range);
        if let Ok(changes) = rename(&page, at, "other-name") {
            changes.iter().for_each(|change| place(&change.range));
            changed(text, &changes);
        }
    }
    let mut open = symbols(&page);
    while let Some(symbol) = open.pop() {
        place(&symbol.range);
        place(&symbol.selection);
        open.extend(symbol.inner);
    }
}

#[test]
fn a_file_that_is_cut_anywhere_is_answered() {
    let text = include_str!("../../../stacks/registry.toml");
    // A step that falls on every kind of place in the course of the file.
    for at in (0..text.len()).step_by(97).filter(|at| text.is_char_boundary(*at)) {
        ask_all(&text[..at], at);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered_anywhere(pieces in proptest::collection::vec(any_piece(), 0..24), at in 0usize..400) {
        let text = pieces.concat();
        let at = trueup::lsp::position::floor(&text, at);
        ask_all(&text, at);
    }

    #[test]
    fn any_position_is_a_place(text in "[a-zü𝄞\r\n]{0,40}", line in 0u32..50, character in 0u32..50, wide in any::<bool>()) {
        let encoding = if wide { Encoding::Utf16 } else { Encoding::Utf8 };
        let lines = Lines::new(&text);
        let at = lines.offset(&text, lsp_types::Position { line, character }, encoding);
        prop_assert!(text.is_char_boundary(at));
        let back = lines.position(&text, at, encoding);
        prop_assert_eq!(lines.offset(&text, back, encoding), at);
    }
}

fn any_piece() -> impl Strategy<Value = String> {
    let known = [
        "[stack]\nname = \"a\"\nregion = \"us-east-1\"\n",
        "[network]\n",
        "[database.main]\n",
        "[service.api]\n",
        "[[moved]]\n",
        "[env.prod.",
        "[override.\"",
        "port = ",
        "needs = [",
        "\"${database.main.host}\"",
        "\"${",
        "'''",
        "\"\"\"",
        "{ secret = ",
        "}",
        "]",
        "[[",
        "\n",
        "\r\n",
        "\r",
        "=",
        ".",
        ",",
        "#",
        "\\",
        "\u{feff}",
        "\u{202e}",
        "\0",
        "ü𝄞",
        "for_each = [\"a\"]\n",
        "from = \"database.main\"\n",
        "to = \"cache.a\"\n",
        "cache.\"a b\".x = 1\n",
        "kind = \"ec2.vpc\"\n",
        "[resource.a]\n",
        "class = \"",
        "enabled = false\n",
    ];
    prop_oneof![6 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

#[test]
fn any_message_gets_an_answer_or_none() {
    let mut editor = Editor::with(SHOP);
    for (message, code) in [
        (json!(null), Some(-32600)),
        (json!([]), Some(-32600)),
        (json!("exit"), Some(-32600)),
        (json!({}), Some(-32600)),
        (json!({ "id": 1 }), Some(-32600)),
        (json!({ "id": null, "method": "shutdown" }), Some(-32600)),
        (json!({ "id": [1], "method": "shutdown" }), Some(-32600)),
        (json!({ "id": 1, "method": 5 }), Some(-32600)),
        (json!({ "id": 1, "method": "x\u{1b}[31m" }), Some(-32601)),
        (json!({ "id": 1.5, "method": "textDocument/hover", "params": [] }), Some(-32602)),
        (json!({ "id": 7, "result": null }), None),
        (json!({ "id": 7, "error": { "code": 1, "message": "" } }), None),
        (json!({ "method": "textDocument/didChange", "params": 5 }), None),
        (json!({ "method": "textDocument/didOpen", "params": { "textDocument": { "uri": 5 } } }), None),
        (
            json!({ "method": "textDocument/didChange", "params": { "textDocument": { "uri": "file:///no", "version": 1 }, "contentChanges": [{ "text": "x" }] } }),
            None,
        ),
        (
            json!({ "method": "textDocument/didChange", "params": { "textDocument": { "uri": URI, "version": 9 }, "contentChanges": [] } }),
            None,
        ),
        (json!({ "method": "textDocument/didClose", "params": { "textDocument": { "uri": "file:///no" } } }), None),
        (json!({ "method": "$/cancelRequest", "params": { "id": 1 } }), None),
    ] {
        let out = editor.raw(&message);
        assert_eq!(out.first().map(|one| one["error"]["code"].clone()), code.map(Value::from), "{message}");
    }
    let far = json!({ "textDocument": { "uri": URI }, "position": { "line": u32::MAX, "character": u32::MAX }, "newName": "x" });
    for method in ["completion", "hover", "definition", "references", "documentHighlight", "prepareRename"] {
        let answer = editor.ask(&format!("textDocument/{method}"), far.clone());
        assert!(answer.get("code").is_none(), "{method}: {answer}");
    }
    let ends = [json!({ "line": 99, "character": 0 }), json!({ "line": 0, "character": 0 })];
    let params = json!({ "textDocument": { "uri": URI }, "range": { "start": ends[0], "end": ends[1] }, "context": { "diagnostics": [] } });
    assert_eq!(editor.ask("textDocument/codeAction", params), json!([]));
    assert_eq!(editor.ask("codeAction/resolve", json!({ "data": { "uri": "file:///no", "version": 1 } }))["data"]["version"], 1);
}

#[test]
fn a_piece_of_a_text_is_not_taken_for_all_of_it() {
    let mut editor = Editor::with(SHOP);
    let place = json!({ "line": 0, "character": 0 });
    let changes = json!([{ "range": { "start": place, "end": place }, "text": "x" }]);
    editor.tell("textDocument/didChange", json!({ "textDocument": { "uri": URI, "version": 2 }, "contentChanges": changes }));
    editor.settle();
    assert!(editor.findings().iter().all(|(code, _)| code != "FILE003"), "{:?}", editor.findings());
}

#[test]
fn what_is_too_large_or_too_much_is_told_and_not_looked_at() {
    let large = format!("[stack]\n# {}\n", "x".repeat(MAX_BYTES));
    let mut editor = Editor::with(&large);
    editor.settle();
    assert_eq!(editor.findings(), [("FILE001".to_owned(), 0)]);
    assert_eq!(editor.at("textDocument/hover", 0, 2), Value::Null);
    editor.change(2, SHOP);
    editor.settle();
    assert!(!editor.findings().contains(&("FILE001".to_owned(), 0)));

    let mut many = Editor::able(capable());
    for number in 0..300 {
        let document = json!({ "uri": format!("file:///{number}/stack.toml"), "version": 1, "text": "" });
        many.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }
    let told = many.told.iter().filter(|one| one["method"] == "window/logMessage").count();
    assert_eq!(told, 100);

    // A finding for each of very many lines.
    let mut wrong = Editor::with(&format!("[stack]\n{}", (0..5000).map(|at| format!("k{at} = 1\n")).collect::<String>()));
    wrong.settle();
    assert_eq!(wrong.findings().len(), 1000);
}
