use super::*;
use crate::core::planner::Policy;
use crate::core::sealed::seal;
use crate::core::snapshot::Snapshot;
use crate::core::source::Source;
use crate::ops::plan::{Wish, draft};
use crate::ops::stack::{Choice, Loaded, parse};
use crate::pricing::catalog::Catalog;
use crate::testing::account::Account;

const STACK: &str = "[stack]\nname = \"small\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nclass = \"db.t4g.micro\"\nprotect = false\n\
    [service.api]\nimage = \"public.ecr.aws/docker/library/busybox:1.37\"\nport = 80\n";

fn loaded(text: &str) -> Loaded {
    parse(Source::new("stack.toml", text), Choice::default()).unwrap()
}

fn plan_of(loaded: &Loaded, snapshot: &Snapshot, destroy: bool) -> Plan {
    let policy = Policy { created: "2026-11-21T08:00:00Z".into(), destroy, ..Policy::default() };
    draft(loaded, snapshot, &Wish { policy, accepted: None, catalog: Catalog::embedded() })
}

#[test]
fn a_page_says_all_that_a_plan_does_and_loads_nothing() {
    let first = loaded(STACK);
    let mut account = Account::new(first.scope("123456789012"));
    let made = plan_of(&first, &Snapshot::empty(first.scope("123456789012")), false);
    let page = html(Paper { plan: &made, digest: None, demands: &[] });
    assert!(page.contains("default-src 'none'") && !page.contains("<script") && !page.contains("http:") && !page.contains("@import"));
    for change in &made.changes {
        assert!(page.contains(&format!("id=\"{}\"", change.address)), "{}", change.address);
    }
    assert!(page.contains("<h2>Order</h2>") && page.contains("<h2>Cost</h2>") && page.contains("db.t4g.micro"), "{page}");
    account.apply(&made).unwrap();

    let sealed = seal(plan_of(&first, account.snapshot(), true));
    let page = html(Paper { plan: &sealed, digest: Some(sealed.digest()), demands: &[] });
    assert!(page.contains(sealed.digest().as_str()));
    let lost = page.find("Loses its data").unwrap();
    assert!(lost < page.find("<h2>Order</h2>").unwrap() && page[lost..].contains("<code>database.main.instance</code>"), "{page}");

    let same = plan_of(&first, account.snapshot(), false);
    let page = html(Paper { plan: &same, digest: None, demands: &[] });
    assert!(page.contains("No changes") && !page.contains("<details") && !page.contains("<svg"), "{page}");
}

#[test]
fn colours_of_a_terminal_are_classes_of_a_page() {
    assert_eq!(coloured("a \u{1b}[1m\u{1b}[31m<b>\u{1b}[0m c"), "a <span class=\"strong minus\">&lt;b&gt;</span> c");
    assert_eq!(coloured("\u{1b}[2mcalm\u{1b}[0m"), "<span class=\"calm\">calm</span>");
    assert_eq!(coloured("\u{1b}]0;x\u{7}"), "\\u{1b}]0;x\\u{7}");
    assert_eq!(undented("      a\n        b\n\n      c"), "a\n  b\n\nc");
}
