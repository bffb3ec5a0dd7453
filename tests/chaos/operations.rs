//! The flagship's life: made, changed, replaced, renamed, migrated, destroyed. And its neighbours, who are to notice nothing.

use super::child::{Desk, Ran};
use super::holdings::{holdings, is_by_itself};
use super::place::{Place, STILL};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use trueup::sandbox::Speed;
use trueup::sandbox::world::World;

const FLAGSHIP: &str = include_str!("../../stacks/registry.toml");

/// Waiting costs next to nothing, and states still pass one after the other.
const FAST: f64 = 2000.0;
/// A rollout is looked at in each of its minutes.
const SLOW: f64 = 300.0;

/// A stack of somebody else's in the same account, and of the same sorts.
const NEIGHBOUR: &str = r#"
[stack]
name = "NAME"
region = "us-east-1"

[network]
nat = "none"
data_subnets = true

[storage.files]
protect = false

[secrets.key]
generate = true
protect = false

[resource.topic]
kind = "sns.topic"

[resource.log]
kind = "logs.log_group"
retention_in_days = 30

[resource.cluster]
kind = "ecs.cluster"
"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Create,
    Change,
    Replace,
    Rename,
    Migrate,
    Destroy,
}

pub use Operation::{Change, Create, Destroy, Migrate, Rename, Replace};

impl Operation {
    pub const ALL: [Operation; 6] = [Create, Change, Replace, Rename, Migrate, Destroy];

    pub fn name(self) -> &'static str {
        match self {
            Create => "create",
            Change => "change",
            Replace => "replace",
            Rename => "rename",
            Migrate => "migrate",
            Destroy => "destroy",
        }
    }

    /// The stack file that is there before, if there is one.
    fn before(self) -> Option<String> {
        match self {
            Create => None,
            Migrate => Some(released("1.28")),
            Change | Replace | Rename | Destroy => Some(FLAGSHIP.to_owned()),
        }
    }

    /// The stack file that is applied, or destroyed.
    pub fn stack(self) -> String {
        let changed = |pairs: &[(&str, &str)]| {
            pairs.iter().fold(FLAGSHIP.to_owned(), |text, (from, to)| {
                assert!(text.contains(from), "the flagship has no `{from}` any more");
                text.replace(from, to)
            })
        };
        match self {
            Create | Destroy => FLAGSHIP.to_owned(),
            Change => changed(&[
                ("memory = 512", "memory = 1024"),
                ("expire_days = 7", "expire_days = 9"),
                ("Signs session cookies", "Signs the cookies of sessions"),
                ("log_min_duration_statement = \"500\"", "log_min_duration_statement = \"700\""),
                ("max = 6\ncpu = 70", "max = 8\ncpu = 60"),
                ("project = \"registry\"", "project = \"the registry\""),
            ]),
            Replace => changed(&[
                ("port = 8080", "port = 9090"),
                ("engine = \"redis\"\nversion = \"7\"", "engine = \"valkey\"\nversion = \"8\""),
                ("name = \"registry\"\n\n[database.main.parameters]", "name = \"packages\"\n\n[database.main.parameters]"),
            ]),
            Rename => {
                let moves =
                    [("storage.uploads", "storage.inbox"), ("secrets.session-key", "secrets.cookie-key"), ("service.api", "service.web")];
                let text = changed(&[
                    ("uploads = \"read-write\"", "inbox = \"read-write\""),
                    ("secret = \"session-key\"", "secret = \"cookie-key\""),
                    moves[0],
                    moves[1],
                    moves[2],
                ]);
                moves.iter().fold(text, |text, (from, to)| format!("{text}\n[[moved]]\nfrom = \"{from}\"\nto = \"{to}\"\n"))
            }
            Migrate => released("1.29"),
        }
    }

    fn speed(self) -> f64 {
        if self == Migrate { SLOW } else { FAST }
    }

    /// The arguments of the run itself.
    pub fn args(self) -> Vec<String> {
        let verb = if self == Destroy { "destroy" } else { "apply" };
        let speed = self.speed().to_string();
        let args = [verb, "stack.toml", "--env", "production", "--yes", "--allow-delete", "*", "--sandbox-speed", &speed];
        args.into_iter().map(str::to_owned).collect()
    }

    pub fn run(self, desk: &Desk, place: &Place) -> Ran {
        let args = self.args();
        desk.run(place, self.speed(), &args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Time passes at the speed of the operation.
    pub fn goes_on(self, place: &Place) {
        place.sandbox.set_speed(Speed::Times(self.speed()));
    }
}

/// The flagship with a version of its service that is rolled out, and changes the database before and after.
fn released(version: &str) -> String {
    let image = format!("[service.api]\nimage = \"public.ecr.aws/nginx/nginx:{version}\"");
    let rollout = r#"
[service.api.rollout]
strategy = "canary"
dwell_minutes = 3
bake_minutes = 3
gate_minutes = 600
guard = { least_requests = 10 }

[service.api.rollout.migrate]
expand = ["true"]
contract = ["true"]

[service.api.scale]"#;
    FLAGSHIP.replacen("[service.api]", &image, 1).replacen("[service.api.scale]", rollout, 1)
}

/// The world that an operation begins in, and that which it leaves if nothing disturbs it.
pub struct Ground {
    pub operation: Operation,
    pub start: World,
    pub end: World,
    /// The mutating calls of the undisturbed run, in order.
    pub calls: Vec<String>,
    /// All that others have, byte by byte.
    foreign: BTreeMap<String, String>,
}

impl Ground {
    /// The same for all tests of one process, which wait for whoever makes it first.
    pub fn shared(operation: Operation) -> &'static Ground {
        static GROUNDS: [OnceLock<Ground>; Operation::ALL.len()] = [const { OnceLock::new() }; Operation::ALL.len()];
        let at = Operation::ALL.iter().position(|one| *one == operation).unwrap();
        GROUNDS[at].get_or_init(|| Ground::of(operation))
    }

    pub fn of(operation: Operation) -> Self {
        let place = Place::of(neighbours());
        let foreign = everything(neighbours());
        if let Some(stack) = operation.before() {
            let ran = Create.like(operation).run(&Desk::with(&stack), &place);
            assert_eq!(ran.code, Some(0), "{}", ran.all());
        }
        let start = place.world();
        place.sandbox.forget_calls();
        let desk = Desk::with(&operation.stack());
        let ran = operation.run(&desk, &place);
        assert_eq!(ran.code, Some(0), "{}: {}", operation.name(), ran.all());
        let calls = place.sandbox.calls().into_iter().filter(|call| call.mutating);
        let calls = calls.map(|call| format!("{}.{}", call.service, call.operation)).collect();
        let ground = Ground { operation, start, end: place.world(), calls, foreign };
        ground.is_well(&desk, &place).unwrap();
        ground
    }

    /// Makes the next run, which has to finish what is left, and says what is not as after an undisturbed one.
    pub fn finishes(&self, desk: &Desk, place: &Place) -> Result<(), String> {
        place.sandbox.set_faults(Vec::new());
        let ran = self.operation.run(desk, place);
        if ran.code != Some(0) {
            return Err(format!("the next run: {}", ran.all()));
        }
        self.is_well(desk, place).map_err(|wrong| format!("{wrong}\nafter {}", ran.all()))
    }

    /// Nothing is left to do, nothing is there twice or left over, and nothing of anybody else's was touched.
    pub fn is_well(&self, desk: &Desk, place: &Place) -> Result<(), String> {
        let (have, want) = (place.sandbox.look(holdings), holdings(&self.end));
        let more = have.iter().filter(|(what, count)| want.get(*what) != Some(*count)).collect::<Vec<_>>();
        let less = want.iter().filter(|(what, count)| have.get(*what) != Some(*count)).collect::<Vec<_>>();
        if !more.is_empty() || !less.is_empty() {
            return Err(format!("holds {more:?}, not {less:?}"));
        }
        let now = everything(&place.world());
        if let Some((what, was)) = self.foreign.iter().find(|(what, was)| now.get(*what) != Some(*was)) {
            return Err(format!("{what} is somebody else's, and was {was}; now it is {:?}", now.get(what)));
        }
        let wrong = place.sandbox.mismatches();
        if !wrong.is_empty() {
            return Err(format!("{wrong:?}"));
        }
        let again = if self.operation == Destroy {
            desk.run(place, FAST, &["destroy", "stack.toml", "--env", "production", "--yes", "--allow-delete", "*"])
        } else {
            desk.run(place, FAST, &["plan", "stack.toml", "--env", "production", "--detailed-exitcode"])
        };
        if again.code != Some(0) || !(again.out.contains("No changes") || again.out.contains("Nothing to destroy")) {
            return Err(format!("not settled: {}", again.all()));
        }
        Ok(())
    }
}

impl Operation {
    /// The same at the speed of another.
    fn like(self, other: Operation) -> Self {
        if other == Migrate { Migrate } else { self }
    }
}

/// An account in which others have things already: one stack of theirs, and one whose marks are gone, as if made by hand.
fn neighbours() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let place = Place::empty();
        for name in ["theirs", "by-hand"] {
            let desk = Desk::with(&NEIGHBOUR.replace("NAME", name));
            let ran = desk.run(&place, FAST, &["apply", "--yes", "--sandbox-speed", "2000"]);
            assert_eq!(ran.code, Some(0), "{}", ran.all());
        }
        place.sandbox.set_speed(STILL);
        let unmark = |world: &mut World| {
            for tags in world.tags.values_mut().filter(|tags| tags.get("trueup:stack").is_some_and(|stack| stack.starts_with("by-hand/"))) {
                tags.retain(|key, _| !key.starts_with("trueup:"));
            }
        };
        place.sandbox.change(unmark).unwrap();
        place.world()
    })
}

/// Every row and every tag, as JSON.
fn everything(world: &World) -> BTreeMap<String, String> {
    let tables = world.tables.iter().filter(|(table, _)| !is_by_itself(table));
    let rows = tables.flat_map(|(table, rows)| rows.iter().map(move |(id, row)| (format!("{table} {id}"), row.to_string())));
    let tags = world.tags.iter().map(|(arn, tags)| (format!("tags of {arn}"), format!("{tags:?}")));
    rows.chain(tags).collect()
}
