//! `--set` arguments: what they reach, and what they do not.

use trueup::core::source::Source;

#[test]
fn a_set_reaches_only_what_the_file_has() {
    let file = "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[service.web]\nimage = \"x\"\n\
        [service.worker]\nfor_each = [\"eu\", \"us\"]\nimage = \"x\"\n\
        [resource.topic]\nkind = \"sns.topic\"\nfor_each = { eu = 1, us = 2 }\ndisplay_name = \"${each.key}\"\n";
    let parse = |set: &str| trueup::modules::parse(Source::new("stack.toml", file), None, &[set.to_owned()]);
    for (set, message, help) in [
        ("service.wbe.image=x", "the file has no `[service.wbe]` for this to set", "did you mean `web`?"),
        ("service.worker-uk.image=x", "the file has no `[service.worker-uk]` for this to set", "did you mean `worker-us`?"),
        ("service={ wbe = { image = \"x\" } }", "the file has no `[service.wbe]` for this to set", "did you mean `web`?"),
        ("database.main.class=x", "the file has no `[database.main]` for this to set", "write `[database.main]` into the file first"),
        ("monitoring.dashboard=false", "the file has no `[monitoring]` for this to set", "write `[monitoring]` into the file first"),
        ("resource.news.kind=x", "the file has no `[resource.news]` for this to set", "it has topic"),
        (
            "env.production.network.zones=3",
            "a --set lies over the environment that is chosen, so it names none",
            "choose it with --env, and leave `env.NAME.` out",
        ),
    ] {
        let wrong = parse(set).unwrap_err().diagnostics;
        let [one] = wrong.as_slice() else { panic!("{set}: {wrong:?}") };
        assert_eq!((one.code, one.message.as_str(), one.help.as_deref()), ("FILE010", message, Some(help)), "{set}");
        assert_eq!(one.span.map(|span| span.source), Some(1), "{set}");
    }
    let one = |set: &str, address: &str, field: &str| {
        let graph = trueup::core::expand::expand(&parse(set).unwrap()).unwrap();
        graph.nodes().find(|node| node.address.as_str() == address).map(|node| node.spec[field].clone())
    };
    assert_eq!(one("service.worker-eu.memory=1024", "service.worker-eu.task-definition", "memory"), Some(1024.into()));
    assert_eq!(one("service.worker-eu.memory=1024", "service.worker-us.task-definition", "memory"), Some(512.into()));
    assert_eq!(
        one("service.worker.memory=1024", "service.worker-us.task-definition", "memory"),
        Some(1024.into()),
        "the table is all of them"
    );
    assert_eq!(one("service.worker-eu.enabled=false", "service.worker-eu.task-definition", "memory"), None);
    assert_eq!(one("resource.topic.eu.display_name=Europe", "resource.topic.eu", "display_name"), Some("Europe".into()));
    assert_eq!(one("resource.topic.eu.display_name=Europe", "resource.topic.us", "display_name"), Some("us".into()));
    let misspelt = parse("service.worker-eu.memry=1024").unwrap_err().diagnostics;
    assert_eq!(misspelt[0].help.as_deref(), Some("did you mean `memory`?"));
}
