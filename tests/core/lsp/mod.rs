//! The editor's server: its answers as tables, a client that speaks its protocol in memory and over a pipe, and what a hostile
//! client may send.

mod completion;
mod editor;
mod hostile;
mod hovers;
mod pipe;
mod protocol;

use std::rc::Rc;
use trueup::lsp::facts::{Facts, Prices};
use trueup::lsp::page::Page;
use trueup::pricing::catalog::Catalog;

/// A stack to type in.
const SHOP: &str = "\
[stack]
name = \"shop\"
region = \"us-east-1\"

[network]

[database.main]
engine = \"postgres\"

[cache.sessions]

[secrets.jwt]
generate = true

[storage.files]

[service.api]
port = 80
cpu = 512
memory = 1024

[service.worker]
for_each = [\"eu\", \"us\"]
image = \"public.ecr.aws/nginx/nginx:1.29\"

[env.production]
[env.staging]
";

fn prices() -> Prices<'static> {
    Prices { catalog: Catalog::embedded(), today: "2026-11-30" }
}

/// The page of the shop with lines behind it, and the place of `|` in them.
fn typed(lines: &str) -> (Page, usize) {
    let text = format!("{SHOP}{lines}");
    let at = text.find('|').expect("a cursor");
    (Page::new(text.replacen('|', "", 1)), at)
}

fn facts(page: &Page) -> Option<Rc<Facts>> {
    Facts::about(&page.text, Some(SHOP)).map(Rc::new)
}
