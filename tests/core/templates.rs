//! The files that `trueup init` writes.

use trueup::core::source::Source;
use trueup::modules::template::{TEMPLATES, files};
use trueup::modules::validate;

#[test]
fn what_init_writes_is_valid_in_any_region() {
    for template in TEMPLATES {
        for region in ["us-east-1", "ap-northeast-1"] {
            let files = files(template.name, "my-shop", region).unwrap();
            let (name, text) = &files[0];
            assert!(text.contains("name = \"my-shop\"") && text.contains(region), "{}", template.name);
            let verdict = validate(Source::new(*name, text.clone()), None, &[]);
            assert_eq!(verdict.diagnostics, [], "{}", template.name);
            assert!(!verdict.good.is_empty());
        }
    }
}

#[test]
fn init_says_what_it_does_not_take() {
    assert_eq!(files("web-servise", "x", "us-east-1").unwrap_err().help.as_deref(), Some("did you mean `web-service`?"));
    assert_eq!(files("worker", "My Shop", "us-east-1").unwrap_err().field, "name");
    assert_eq!(files("worker", "shop", "us-east-7").unwrap_err().field, "region");
}
