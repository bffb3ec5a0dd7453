//! No file costs more than its size deserves: twice the file is about twice the work, and what one mistake costs does not grow with
//! the rest. Work is counted in bytes that are allocated, which every step of the checks takes some of; no clock is asked.

use allocation_counter::measure;
use trueup::core::diagnostic::to_json;
use trueup::core::excerpt::render;
use trueup::core::source::Source;
use trueup::modules;

/// The bytes that are allocated to check a file and to show what is found, and the most that are held at once.
fn work(text: &str) -> (u64, u64) {
    let counted = measure(|| {
        let verdict = modules::validate(Source::new("stack.toml", text), None, &[]);
        let shown = render(&verdict.diagnostics, &verdict.sources, false);
        assert!(shown.len() < 1_000_000, "{} bytes are shown", shown.len());
        to_json(&verdict.diagnostics, &verdict.sources);
    });
    (counted.bytes_total, counted.bytes_max)
}

type Grow = fn(usize) -> String;

const SERVICE: &str = "[service.api]\nimage = \"nginx:1.29\"\n";

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    format!("[{}]\n", (0..count).map(item).collect::<Vec<_>>().join(", "))
}

/// Kinds of files that grow in one way, each with the number to begin with.
fn growing() -> Vec<(&'static str, usize, Grow)> {
    vec![
        ("unknown keys", 300, |n| format!("{SERVICE}{}", lines(n, |at| format!("key{at} = 1\n")))),
        ("unknown keys on one line", 300, |n| {
            format!("{SERVICE}health = {{ {} }}\n", list(n, |at| format!("k{at} = 1")).trim().trim_matches(['[', ']']))
        }),
        ("unknown modules", 300, |n| lines(n, |at| format!("[netwrk{at}]\n"))),
        ("unknown kinds", 300, |n| lines(n, |at| format!("[resource.r{at}]\nkind = \"logs.log_grou\"\n"))),
        ("syntax errors", 300, |n| lines(n, |_| "= \n".into())),
        ("keys that are there twice", 300, |n| lines(n, |_| "cidr = \"10.0.0.0/16\"\n".into())),
        ("tables that are there twice", 300, |n| lines(n, |_| SERVICE.into())),
        ("services", 40, |n| lines(n, |at| format!("[service.s{at}]\nimage = \"x\"\n"))),
        ("services that use all alike", 40, |n| {
            format!(
                "[secrets.x]\n[storage.x]\n{}",
                lines(n, |at| format!("[service.s{at}]\nimage = \"x\"\nstorage.x = \"read\"\nenvironment.A = {{ secret = \"x\" }}\n"))
            )
        }),
        ("databases and their users", 40, |n| {
            lines(n, |at| format!("[database.d{at}]\n[service.s{at}]\nimage = \"x\"\nenvironment.A = \"${{database.d{at}.host}}\"\n"))
        }),
        ("count of a service", 40, |n| format!("{SERVICE}count = {n}\n")),
        ("for_each", 100, |n| format!("[storage.x]\nfor_each = {}", list(n, |at| format!("\"a{at}\"")))),
        ("for_each of one name", 300, |n| format!("[storage.x]\nfor_each = {}", list(n, |_| "\"a\"".into()))),
        ("secrets", 100, |n| lines(n, |at| format!("[secrets.s{at}]\n"))),
        ("secrets that are not there", 200, |n| {
            format!("{SERVICE}[service.api.environment]\n{}", lines(n, |at| format!("A{at} = {{ secret = \"x{at}\" }}\n")))
        }),
        ("references in one text", 500, |n| {
            format!("[database.main]\n{SERVICE}environment.A = \"{}\"\n", "${database.main.host}".repeat(n))
        }),
        ("references to nothing in one text", 200, |n| {
            format!("[database.main]\n{SERVICE}environment.A = \"{}\"\n", lines(n, |at| format!("${{database.m{at}.host}}")))
        }),
        ("references to nothing among many modules", 120, |n| {
            format!(
                "{}{SERVICE}[service.api.environment]\n{}",
                lines(n, |at| format!("[secrets.s{at}]\n")),
                lines(n, |at| format!("A{at} = \"${{secrets.x{at}.arn}}\"\n"))
            )
        }),
        ("references to one of many modules", 60, |n| {
            format!(
                "{}{SERVICE}[service.api.environment]\n{}",
                lines(n, |at| format!("[secrets.s{at}]\n")),
                lines(n, |at| format!("A{at} = \"${{secrets.s{at}.arn}}\"\n"))
            )
        }),
        ("references that nothing closes", 500, |n| format!("{SERVICE}environment.A = \"{}\"\n", "${".repeat(n))),
        ("references in references", 500, |n| format!("{SERVICE}environment.A = \"{}}}\"\n", "${".repeat(n))),
        ("overrides of nothing", 200, |n| lines(n, |at| format!("[override.\"service.api.t{at}\"]\ncpu = 1\n"))),
        ("overrides", 60, |n| lines(n, |at| format!("[secrets.s{at}]\n[override.\"secrets.s{at}.secret\"]\ndescription = \"x\"\n"))),
        ("moved", 200, |n| lines(n, |at| format!("[[moved]]\nfrom = \"service.a{at}\"\nto = \"service.b{at}\"\n"))),
        ("adopt", 200, |n| lines(n, |at| format!("[[adopt]]\naddress = \"service.a{at}\"\nid = \"b{at}\"\n"))),
        ("accept", 200, |n| lines(n, |at| format!("[[accept]]\nrule = \"SEC201\"\naddress = \"service.a{at}\"\nbecause = \"b\"\n"))),
        ("usage of nothing", 200, |n| lines(n, |at| format!("[usage.\"service.a{at}\"]\nlog_gb = 1\n"))),
        ("measures of nothing", 200, |n| format!("[usage.network]\n{}", lines(n, |at| format!("log_gb{at} = 1\n")))),
        ("ignored names", 40, |n| format!("{SERVICE}ignore = {}", list(n, |at| format!("\"x{at}\"")))),
        ("needs of nothing", 200, |n| format!("{SERVICE}needs = {}", list(n, |at| format!("\"database.a{at}\"")))),
        ("ranges", 300, |n| format!("[database.main]\nallow = {}", list(n, |at| format!("\"10.{}.{}.0/24\"", at / 250, at % 250)))),
        ("no ranges", 300, |n| format!("[database.main]\nallow = {}", list(n, |at| format!("\"x{at}\"")))),
        ("zones", 300, |n| format!("[network]\nzones = {}", list(n, |_| "\"a\"".into()))),
        ("subnets", 200, |n| format!("[network.subnets]\n{}", lines(n, |at| format!("private-{at} = \"10.0.{}.0/24\"\n", at % 250)))),
        ("endpoints", 300, |n| format!("[network]\nendpoints = {}", list(n, |at| format!("\"s{at}\"")))),
        ("containers", 100, |n| {
            format!(
                "[resource.t]\nkind = \"ecs.task_definition\"\ncpu = 256\nmemory = 512\ncontainers = {}",
                list(n, |at| format!("{{ name = \"a{at}\", image = \"x\" }}"))
            )
        }),
        ("rules of a security group", 100, |n| {
            format!(
                "[resource.g]\nkind = \"ec2.security_group\"\nvpc_id = \"vpc-0123456789abcdef0\"\ningress = {}",
                list(n, |at| format!("{{ from_port = {at}, to_port = {at}, cidr = \"0.0.0.0/0\" }}"))
            )
        }),
        ("statements", 100, |n| {
            format!(
                "{SERVICE}{}",
                lines(n, |_| "[[service.api.statements]]\nEffect = \"Allow\"\nAction = \"s3:GetObject\"\nResource = \"*\"\n".into())
            )
        }),
        ("variables", 300, |n| format!("{SERVICE}[service.api.environment]\n{}", lines(n, |at| format!("A{at} = \"x\"\n")))),
        ("groups that are open", 60, |n| {
            lines(n, |at| {
                format!(
                    "[resource.g{at}]\nkind = \"ec2.security_group\"\nvpc_id = \"vpc-0123456789abcdef0\"\ningress = [{{ from_port = 22, to_port = 22, cidr = \"0.0.0.0/0\" }}]\n"
                )
            })
        }),
        ("groups of one name", 100, |n| lines(n, |at| format!("[resource.g{at}]\nkind = \"logs.log_group\"\nname = \"same\"\n"))),
        ("nodes in a circle", 60, |n| {
            lines(n, |at| format!("[resource.r{at}]\nkind = \"sns.topic\"\ndisplay_name = \"${{resource.r{}.name}}\"\n", (at + 1) % n))
        }),
        ("tags", 100, |n| format!("[stack.tags]\n{}{SERVICE}", lines(n, |at| format!("t{at} = \"x\"\n")))),
        ("e-mail addresses", 200, |n| format!("[monitoring]\nemails = {}", list(n, |at| format!("\"a{at}\"")))),
        ("a long text", 20_000, |n| format!("{SERVICE}environment.A = \"{}\"\n", "x".repeat(n))),
        ("a long key", 20_000, |n| format!("{SERVICE}{} = 1\n", "x".repeat(n))),
        ("a long kind", 20_000, |n| format!("[resource.a]\nkind = \"{}\"\n", "x".repeat(n))),
        ("empty lines", 20_000, |n| format!("{}{SERVICE}foo = 1\n", "\n".repeat(n))),
        ("lists in lists", 20, |n| format!("{SERVICE}command = {}{}\n", "[".repeat(n), "]".repeat(n))),
        ("lists in lists of a rule", 10, |n| {
            format!("[resource.r]\nkind = \"elbv2.listener_rule\"\nconditions = {}{}\n", "[".repeat(n), "]".repeat(n))
        }),
        ("a name in every tag", 20_000, |n| format!("[stack]\nname = \"{}\"\nregion = \"us-east-1\"\n{SERVICE}", "x".repeat(n))),
    ]
}

fn whole(rest: &str) -> String {
    let stack = if rest.contains("[stack]") { "" } else { "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n" };
    let tags = if rest.starts_with("[stack.tags]") { (rest, "") } else { ("", rest) };
    let network = if rest.contains("[network") { "" } else { "[network]\n" };
    format!("{stack}{}{network}{}", tags.0, tags.1)
}

#[test]
fn twice_the_file_is_twice_the_work() {
    work(&whole(""));
    let rest = work(&whole("")).0;
    let mut wrong = Vec::new();
    for (name, count, grow) in growing() {
        let once = work(&whole(&grow(count))).0.saturating_sub(rest).max(50_000);
        let text = whole(&grow(count * 4));
        let (four, most) = work(&text);
        // Four times as much is four times the work; the square of it would be sixteen times.
        if four.saturating_sub(rest) > 7 * once {
            wrong.push(format!("{name}: {once} bytes for {count}, {four} for four times as many"));
        }
        // Counts and names make nodes of their own, of some ten thousand bytes each; a stack of these is not large.
        if most > 8_000_000 + 1000 * text.len() as u64 {
            wrong.push(format!("{name}: {most} bytes at once for a file of {}", text.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_check_refuses_is_not_expanded() {
    let most = |rest: &str| work(&whole(rest)).1;
    for rest in [
        "[cache.m]\nnodes = 2147483647\n[monitoring]\n",
        "[cache.m]\nnodes = 4294967295\n[monitoring]\n",
        "[search.m]\nnodes = 2147483647\n[monitoring]\n",
        "[network]\nzones = 255\n",
        "[service.api]\nimage = \"x\"\ntasks = 2147483647\nscale = { min = 2147483647, max = 2147483647 }\n",
        "[service.api]\nimage = \"x\"\ncount = 1000000000000\n",
        "[database.m]\nstorage = 2147483647\n[monitoring]\n",
    ] {
        assert!(most(rest) < 20_000_000, "{} bytes at once for {rest}", most(rest));
    }
}
