//! Stack files made up at random, and edits of them. They are text, so that what fails can be read, kept and run.

use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::BTreeMap;
use std::fmt;

/// A table that a file may have, and the keys that may stand in it. The first of the values is the plainest.
struct Choice {
    table: &'static str,
    /// Always there.
    fixed: &'static [(&'static str, &'static str)],
    keys: &'static [(&'static str, &'static [&'static str])],
    /// Tables without which it cannot be.
    needs: &'static [&'static str],
    /// The name that it may be renamed to; empty: it stays.
    renamed: &'static str,
}

/// Chosen once and never edited: AWS keeps a database in the subnets that it was made in.
const LASTING: &str = "data_subnets";

const CHOICES: &[Choice] = &[
    Choice {
        table: "network",
        fixed: &[],
        keys: &[
            ("data_subnets", &["false", "true"]),
            ("zones", &["2", "3"]),
            ("nat", &["\"none\"", "\"one\"", "\"per-zone\""]),
            ("endpoints", &["[]", "[\"s3\"]", "[\"s3\", \"logs\"]"]),
            ("tags", &["{}", "{ layer = \"network\" }"]),
        ],
        needs: &[],
        renamed: "",
    },
    Choice {
        table: "service.api",
        fixed: &[("image", "\"public.ecr.aws/nginx/nginx:1.29\""), ("port", "80")],
        keys: &[
            ("memory", &["512", "1024", "2048"]),
            ("tasks", &["1", "2"]),
            ("scale", &["{ min = 1, max = 2 }", "{ min = 1, max = 3, memory = 60 }"]),
            ("log_days", &["30", "7"]),
            ("idle_timeout", &["60", "90"]),
            ("health", &["{}", "{ path = \"/health\", interval = 20 }"]),
            ("deployment", &["\"rolling\"", "\"blue-green\""]),
            ("command", &["[]", "[\"serve\"]"]),
        ],
        needs: &["network"],
        renamed: "",
    },
    Choice {
        table: "service.jobs",
        fixed: &[("image", "\"public.ecr.aws/docker/library/busybox:1.37\"")],
        keys: &[
            ("command", &["[]", "[\"sleep\", \"60\"]"]),
            ("for_each", &["[\"a\"]", "[\"a\", \"b\"]", "[\"b\", \"c\"]"]),
            ("stop_timeout", &["30", "60"]),
            ("architecture", &["\"x86_64\"", "\"arm64\""]),
        ],
        needs: &["network"],
        renamed: "",
    },
    Choice {
        table: "database.main",
        fixed: &[("protect", "false"), ("skip_final_snapshot", "true")],
        keys: &[
            ("engine", &["\"postgres\"", "\"mysql\""]),
            ("storage", &["20", "30"]),
            ("backup_days", &["7", "1"]),
            ("multi_az", &["false", "true"]),
            ("class", &["\"db.t4g.micro\"", "\"db.t4g.small\""]),
        ],
        needs: &["network"],
        renamed: "",
    },
    Choice {
        table: "cache.jobs",
        fixed: &[],
        keys: &[
            ("nodes", &["1", "2"]),
            ("tls", &["true", "false"]),
            ("parameters", &["{}", "{ maxmemory-policy = \"allkeys-lru\" }"]),
            ("snapshot_days", &["0", "3"]),
        ],
        needs: &["network"],
        renamed: "",
    },
    Choice {
        table: "storage.files",
        fixed: &[("protect", "false"), ("force_destroy", "true")],
        keys: &[
            ("versioning", &["false", "true"]),
            ("expire_days", &["0", "7"]),
            ("cors", &["[]", "[{ origins = [\"*\"] }]", "[{ origins = [\"https://a.example\", \"https://b.example\"] }]"]),
            ("cdn", &["{}", "{ index = \"index.html\" }", "{ price_class = \"everywhere\" }"]),
            ("tags", &["{}", "{ layer = \"files\" }"]),
        ],
        needs: &[],
        renamed: "storage.archive",
    },
    Choice {
        table: "secrets.token",
        fixed: &[("protect", "false")],
        keys: &[("description", &["\"\"", "\"Signs tokens\""]), ("generate", &["false", "true"]), ("recovery_days", &["30", "7"])],
        needs: &[],
        renamed: "secrets.key",
    },
    Choice {
        table: "monitoring",
        fixed: &[],
        keys: &[("emails", &["[]", "[\"ops@example.com\"]"]), ("dashboard", &["true", "false"])],
        needs: &[],
        renamed: "",
    },
    Choice {
        table: "resource.notices",
        fixed: &[("kind", "\"sns.topic\"")],
        keys: &[
            ("display_name", &["\"Notices\"", "\"News\""]),
            (
                "subscriptions",
                &[
                    "[]",
                    "[{ protocol = \"email\", endpoint = \"a@example.com\" }, { protocol = \"email\", endpoint = \"b@example.com\" }]",
                    "[{ protocol = \"email\", endpoint = \"b@example.com\" }, { protocol = \"email\", endpoint = \"a@example.com\" }]",
                ],
            ),
        ],
        needs: &[],
        renamed: "resource.news",
    },
    Choice {
        table: "resource.lines",
        fixed: &[("kind", "\"logs.log_group\""), ("protect", "false"), ("retention_in_days", "30")],
        keys: &[("for_each", &["[\"a\"]", "[\"a\", \"b\", \"c\"]", "[\"c\", \"d\"]"]), ("retention_in_days", &["30", "90"])],
        needs: &[],
        renamed: "",
    },
    // Two groups that name each other: a circle, closed by late fields.
    Choice {
        table: "resource.left",
        fixed: &[
            ("kind", "\"ec2.security_group\""),
            ("vpc_id", "\"${network.vpc.id}\""),
            ("ingress", "[{ from_port = 80, to_port = 80, security_group_id = \"${resource.right.id}\" }]"),
        ],
        keys: &[("description", &["\"Left\"", "\"Left side\""])],
        needs: &["network", "resource.right"],
        renamed: "",
    },
    Choice {
        table: "resource.right",
        fixed: &[
            ("kind", "\"ec2.security_group\""),
            ("vpc_id", "\"${network.vpc.id}\""),
            ("ingress", "[{ from_port = 80, to_port = 80, security_group_id = \"${resource.left.id}\" }]"),
        ],
        keys: &[("description", &["\"Right\"", "\"Right side\""])],
        needs: &["network", "resource.left"],
        renamed: "",
    },
    Choice {
        table: "override.\"network.vpc\"",
        fixed: &[],
        keys: &[("tags", &["{ by = \"hand\" }", "{ by = \"somebody else\" }"])],
        needs: &["network"],
        renamed: "",
    },
];

/// A stack file as its tables: keys and values as they are written.
#[derive(Clone, PartialEq)]
pub struct Design {
    stack: String,
    tables: BTreeMap<String, BTreeMap<String, String>>,
    moved: Vec<(String, String)>,
}

/// A file, and the same after one edit.
#[derive(Clone)]
pub struct Edited {
    pub before: Design,
    pub after: Design,
}

impl Design {
    /// The file; the order of its tables means nothing.
    pub fn text(&self) -> String {
        self.written(self.tables.keys())
    }

    /// The same stack by another name.
    pub fn named(&self, stack: &str) -> Self {
        Design { stack: stack.to_owned(), ..self.clone() }
    }

    /// The same with its tables the other way round.
    pub fn text_backwards(&self) -> String {
        self.written(self.tables.keys().rev())
    }

    fn written<'a>(&self, tables: impl Iterator<Item = &'a String>) -> String {
        let mut text = format!("[stack]\nname = \"{}\"\nregion = \"us-east-1\"\n", self.stack);
        for table in tables {
            text += &format!("\n[{table}]\n");
            for (key, value) in &self.tables[table] {
                text += &format!("{key} = {value}\n");
            }
            text += &self.mentions(table);
        }
        for (from, to) in &self.moved {
            text += &format!("\n[[moved]]\nfrom = \"{from}\"\nto = \"{to}\"\n");
        }
        text
    }

    /// Services use whatever else is there, as real ones do.
    fn mentions(&self, table: &str) -> String {
        if !table.starts_with("service.") {
            return String::new();
        }
        let has = |table: &str| self.tables.contains_key(table);
        let lines = [
            (has("database.main"), "DATABASE = \"${database.main.host}:${database.main.port}\""),
            (has("cache.jobs"), "CACHE = \"${cache.jobs.url}\""),
            (has("storage.files"), "FILES = \"${storage.files.bucket}\""),
            (has("storage.archive"), "FILES = \"${storage.archive.bucket}\""),
            (has("secrets.token"), "TOKEN = { secret = \"token\" }"),
            (has("secrets.key"), "TOKEN = { secret = \"key\" }"),
            (has("resource.notices"), "TOPIC = \"${resource.notices.arn}\""),
            (has("resource.news"), "TOPIC = \"${resource.news.arn}\""),
        ];
        let lines = lines.iter().filter(|(there, _)| *there).map(|(_, line)| format!("{line}\n")).collect::<String>();
        if lines.is_empty() { lines } else { format!("[{table}.environment]\n{lines}") }
    }

    fn add(&mut self, choice: &Choice, picks: &[Option<Index>]) {
        let name = if self.tables.contains_key(choice.renamed) { choice.renamed } else { choice.table };
        let mut table = choice.fixed.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>();
        for ((key, values), pick) in choice.keys.iter().zip(picks) {
            if let Some(pick) = pick {
                table.insert((*key).to_owned(), (*pick.get(values)).to_owned());
            }
        }
        self.tables.insert(name.to_owned(), table);
        for need in choice.needs.iter().filter_map(|need| choice_of(need)) {
            if !self.tables.contains_key(need.table) {
                self.add(need, &[]);
            }
        }
    }

    /// Takes a table out, and with it all that needs it.
    fn remove(&mut self, table: &str) {
        self.tables.remove(table);
        for user in CHOICES.iter().filter(|choice| choice.needs.contains(&table)) {
            if self.tables.contains_key(user.table) {
                self.remove(user.table);
            }
        }
    }

    /// One edit: what it is, and where.
    fn edit(&mut self, what: Edit, at: Index, key: Index, value: Index) {
        let there = CHOICES.iter().filter(|choice| self.name_of(choice).is_some()).collect::<Vec<_>>();
        match what {
            Edit::Change if !there.is_empty() => {
                let choice = *at.get(&there);
                let keys = choice.keys.iter().filter(|(key, _)| *key != LASTING).collect::<Vec<_>>();
                let (key, values) = *key.get(&keys);
                if let Some(table) = self.name_of(choice).and_then(|name| self.tables.get_mut(name)) {
                    let other = values.iter().filter(|value| table.get(*key).map(String::as_str) != Some(**value)).collect::<Vec<_>>();
                    table.insert((*key).to_owned(), (**value.get(&other)).to_owned());
                }
            }
            Edit::Default if !there.is_empty() => {
                let choice = *at.get(&there);
                if let Some(table) = self.name_of(choice).and_then(|name| self.tables.get_mut(name)) {
                    let stays = |key: &str| key == LASTING || choice.fixed.iter().any(|(fixed, _)| *fixed == key);
                    let set = choice.keys.iter().map(|(key, _)| *key).filter(|key| table.contains_key(*key) && !stays(key));
                    let set = set.collect::<Vec<_>>();
                    if !set.is_empty() {
                        table.remove(*key.get(&set));
                    }
                }
            }
            Edit::Remove if !there.is_empty() => {
                if let Some(name) = self.name_of(at.get::<&Choice>(&there)) {
                    self.remove(name);
                }
            }
            Edit::Rename => {
                let may = there.iter().filter(|choice| !choice.renamed.is_empty()).collect::<Vec<_>>();
                if let Some(choice) = (!may.is_empty()).then(|| at.get(&may))
                    && let Some(table) = self.tables.remove(choice.table)
                {
                    self.tables.insert(choice.renamed.to_owned(), table);
                    self.moved.push((choice.table.to_owned(), choice.renamed.to_owned()));
                }
            }
            Edit::Add | Edit::Change | Edit::Default | Edit::Remove => {
                let absent = CHOICES.iter().filter(|choice| self.name_of(choice).is_none()).collect::<Vec<_>>();
                if !absent.is_empty() {
                    self.add(at.get::<&Choice>(&absent), &[]);
                }
            }
        }
    }

    fn name_of(&self, choice: &Choice) -> Option<&'static str> {
        [choice.table, choice.renamed].into_iter().find(|name| self.tables.contains_key(*name))
    }
}

#[derive(Debug, Clone, Copy)]
enum Edit {
    Change,
    Default,
    Add,
    Remove,
    Rename,
}

fn choice_of(table: &str) -> Option<&'static Choice> {
    CHOICES.iter().find(|choice| choice.table == table)
}

/// A stack of some tables with some keys each.
pub fn design() -> impl Strategy<Value = Design> {
    let keys = CHOICES.iter().map(|choice| choice.keys.len()).max().unwrap_or_default();
    let picks = prop::collection::vec(prop::option::weighted(0.4, any::<Index>()), keys);
    prop::collection::vec(prop::option::weighted(0.35, picks), CHOICES.len()).prop_map(|chosen| {
        let mut design = Design { stack: "laws".into(), tables: BTreeMap::new(), moved: Vec::new() };
        for (choice, picks) in CHOICES.iter().zip(chosen) {
            if let Some(picks) = picks {
                design.add(choice, &picks);
            }
        }
        design
    })
}

/// A stack, and the same after one edit.
pub fn edited() -> impl Strategy<Value = Edited> {
    let what = prop_oneof![
        4 => Just(Edit::Change),
        1 => Just(Edit::Default),
        2 => Just(Edit::Add),
        2 => Just(Edit::Remove),
        2 => Just(Edit::Rename),
    ];
    (design(), what, any::<[Index; 3]>()).prop_map(|(before, what, [at, key, value])| {
        let mut after = before.clone();
        after.edit(what, at, key, value);
        Edited { before, after }
    })
}

/// Quick, the same on every run, and without files of its own. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` search further.
pub fn config(cases: u32, shrinks: u32) -> ProptestConfig {
    proptest::test_runner::contextualize_config(ProptestConfig {
        cases,
        max_shrink_iters: shrinks,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })
}

impl fmt::Debug for Design {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.text())
    }
}

impl fmt::Debug for Edited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n# before\n{}\n# after\n{}", self.before.text(), self.after.text())
    }
}
