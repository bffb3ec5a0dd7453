//! The state of the embedded AWS: resources as JSON, tags, and changes that fall due as its clock runs.

use super::rollouts::Rollouts;
use super::services::ecs;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

/// Everything the embedded AWS remembers. Serialised as it is into the sandbox directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct World {
    pub account: String,
    /// Makes ids deterministic: the same calls on the same seed give the same ids.
    pub seed: u64,
    pub counter: u64,
    /// The sandbox clock, in milliseconds since the Unix epoch.
    pub now: i64,
    /// The rows by table (`ec2.vpc`, one per region: `us-east-1/ec2.vpc`; global services use `global/`), then by id.
    pub tables: BTreeMap<String, BTreeMap<String, Value>>,
    /// Tags by ARN.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Changes to come, in order of time.
    pub due: Vec<Due>,
    /// Milliseconds for which the tagging API goes on showing old tags. Its answers lag in AWS, too.
    #[serde(default)]
    pub tagging_lag: i64,
    /// The time for which services but IAM do not know a new role, in milliseconds.
    #[serde(skip)]
    pub role_lag: i64,
    /// True in an account that is new: no service has its service-linked role yet.
    #[serde(skip)]
    pub fresh_account: bool,
    /// True when tasks fail for want of what nobody fills in a sandbox: images of an empty repository, values of an empty secret.
    #[serde(skip)]
    pub strict_tasks: bool,
    /// The values of quotas that somebody has raised or lowered, by their codes.
    #[serde(skip)]
    pub quotas: BTreeMap<String, f64>,
    /// The conditions that ECS's deployments meet.
    #[serde(skip)]
    pub rollouts: Rollouts,
    /// The tags that the tagging API still shows, by ARN.
    #[serde(default)]
    pub lagging: BTreeMap<String, Lagging>,
    /// Rows and tags that changed since the state was last written: `(table, id)`, or `(TAGS, arn)`.
    #[serde(skip)]
    pub touched: BTreeSet<(String, String)>,
    /// Rows and tags as they were before the present call changed them.
    #[serde(skip)]
    undo: Vec<Undo>,
}

/// A row or a tag set as it was.
#[derive(Debug, Clone)]
enum Undo {
    Row { table: String, id: String, before: Option<Value> },
    Tags { arn: String, before: Option<BTreeMap<String, String>> },
}

/// The world outside of rows and tags, as it was before a call.
#[derive(Debug)]
pub struct Before {
    counter: u64,
    due: Vec<Due>,
    lagging: BTreeMap<String, Lagging>,
    touched: BTreeSet<(String, String)>,
}

/// Stands for a table in `touched` where tags changed; the id is an ARN.
pub const TAGS: &str = "tags";

/// The tags that an ARN had before they changed; `None` if it was not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lagging {
    pub until: i64,
    pub before: Option<BTreeMap<String, String>>,
}

/// A change that happens by itself once the clock reaches `at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Due {
    pub at: i64,
    pub table: String,
    pub id: String,
    /// Merged into the resource (RFC 7396, so null removes a member); `None` removes the resource and its tags.
    pub patch: Option<Value>,
    /// Absent in a world that was kept by an earlier version.
    #[serde(default, skip_serializing_if = "Comes::is_settling")]
    pub comes: Comes,
}

/// The way in which a change comes about where the clock may jump, which is at `instant`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comes {
    /// The clock jumps to it: nobody has anything to decide until then.
    #[default]
    Settling,
    /// The clock never jumps past it: somebody may decide before.
    Waiting,
    /// The clock neither jumps to it nor stops for it.
    Passing,
}

impl Comes {
    fn is_settling(&self) -> bool {
        *self == Comes::Settling
    }
}

impl World {
    /// `now` in milliseconds since the epoch.
    pub fn new(account: &str, seed: u64, now: i64) -> Self {
        World {
            account: account.into(),
            seed,
            counter: 0,
            now,
            tables: BTreeMap::new(),
            tags: BTreeMap::new(),
            due: Vec::new(),
            tagging_lag: 0,
            role_lag: 0,
            fresh_account: false,
            strict_tasks: false,
            quotas: BTreeMap::new(),
            rollouts: Rollouts::default(),
            lagging: BTreeMap::new(),
            touched: BTreeSet::new(),
            undo: Vec::new(),
        }
    }

    /// Called before a handler runs.
    pub fn begin(&mut self) -> Before {
        self.undo.clear();
        Before { counter: self.counter, due: self.due.clone(), lagging: self.lagging.clone(), touched: self.touched.clone() }
    }

    /// Takes back what a handler changed before it failed: a call that is refused has no effect.
    pub fn take_back(&mut self, before: Before) {
        for undo in std::mem::take(&mut self.undo).into_iter().rev() {
            match undo {
                Undo::Row { table, id, before: Some(row) } => drop(self.tables.entry(table).or_default().insert(id, row)),
                Undo::Row { table, id, before: None } => drop(self.tables.get_mut(&table).map(|rows| rows.remove(&id))),
                Undo::Tags { arn, before: Some(tags) } => drop(self.tags.insert(arn, tags)),
                Undo::Tags { arn, before: None } => drop(self.tags.remove(&arn)),
            }
        }
        let Before { counter, due, lagging, touched } = before;
        (self.counter, self.due, self.lagging, self.touched) = (counter, due, lagging, touched);
    }

    /// Notes that a row is about to change. Called before every such change.
    fn touch(&mut self, table: &str, id: &str) {
        let before = self.tables.get(table).and_then(|rows| rows.get(id)).cloned();
        self.undo.push(Undo::Row { table: table.to_owned(), id: id.to_owned(), before });
        self.touched.insert((table.to_owned(), id.to_owned()));
    }

    /// Notes that the tags of an ARN are about to change. Called before every such change.
    fn touch_tags(&mut self, arn: &str) {
        self.touched.insert((TAGS.into(), arn.to_owned()));
        self.undo.push(Undo::Tags { arn: arn.to_owned(), before: self.tags.get(arn).cloned() });
        let now = self.now;
        self.lagging.retain(|_, lagging| lagging.until > now);
        if self.tagging_lag > 0 && !self.lagging.contains_key(arn) {
            let before = self.tags.get(arn).cloned();
            self.lagging.insert(arn.to_owned(), Lagging { until: now + self.tagging_lag, before });
        }
    }

    /// All tags by ARN as the tagging API shows them: late, and with ghosts of what is gone.
    pub fn tags_as_indexed(&self, now: i64) -> BTreeMap<String, BTreeMap<String, String>> {
        let mut tags = self.tags.clone();
        for (arn, lagging) in self.lagging.iter().filter(|(_, lagging)| lagging.until > now) {
            match &lagging.before {
                Some(before) => drop(tags.insert(arn.clone(), before.clone())),
                None => drop(tags.remove(arn)),
            }
        }
        tags
    }

    /// Moves the clock forward and applies what fell due. Time never runs backwards.
    pub fn advance_to(&mut self, now: i64) {
        self.advance_through(now, usize::MAX);
    }

    /// The same until tasks have failed so many times; true where it stopped at that.
    pub fn advance_through(&mut self, now: i64, failures: usize) -> bool {
        let mut failed = 0;
        while failed < failures
            && let Some(next) = self.due.iter().map(|due| due.at).min().filter(|at| *at <= now)
        {
            failed += usize::from(self.fall_due(next));
        }
        let stopped = failed >= failures;
        self.now = if stopped { self.now } else { self.now.max(now) };
        // Nothing that the clock did is ever taken back.
        self.undo.clear();
        stopped
    }

    /// Applies what falls due at a time; true where a task failed.
    fn fall_due(&mut self, at: i64) -> bool {
        self.now = self.now.max(at);
        let (ripe, later): (Vec<Due>, Vec<Due>) = std::mem::take(&mut self.due).into_iter().partition(|due| due.at <= at);
        self.due = later;
        let (moves, failed) = (ripe.iter().any(ecs::is_moved_by), ripe.iter().any(ecs::is_failure));
        for due in ripe {
            self.touched.insert((due.table.clone(), due.id.clone()));
            let Some(rows) = self.tables.get_mut(&due.table) else { continue };
            match due.patch {
                Some(patch) => {
                    if let Some(row) = rows.get_mut(&due.id) {
                        merge(row, &patch);
                    }
                }
                None => {
                    if let Some(arn) = rows.remove(&due.id).and_then(|row| row.get("_arn").and_then(Value::as_str).map(String::from)) {
                        self.touch_tags(&arn);
                        self.tags.remove(&arn);
                    }
                }
            }
        }
        if moves {
            ecs::play(self);
        }
        failed
    }
}

/// RFC 7396: objects merge, null removes, everything else replaces.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    if let Value::Object(target) = target {
        for (key, value) in patch {
            if value.is_null() {
                target.remove(key);
            } else {
                merge(target.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// An error as AWS sends it: a code, a text, an HTTP status. The codec gives it the service's own shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub code: String,
    pub message: String,
    pub status: u16,
    /// True when what the call changed before it was refused stays changed.
    pub lasting: bool,
    /// More that is said of it, where a service's errors have more elements. A name in small letters is a header's.
    pub details: Vec<(&'static str, String)>,
}

impl Fault {
    /// A client error, status 400 (most services' status for most errors).
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Fault { code: code.into(), message: message.into(), status: 400, lasting: false, details: Vec::new() }
    }
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
    pub fn detail(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.details.push((name, value.into()));
        self
    }
    /// A refusal that does not take back what it changed.
    pub fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }
}

/// The world as a call holds it.
pub enum Held<'a> {
    /// Alone, to change.
    Own(&'a mut World),
    /// Beside other readers.
    Shared(&'a World),
    /// A copy of its own, since it changed what it shared: what it did there counts for nothing.
    Copied(Box<World>),
}

impl Deref for Held<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        match self {
            Held::Own(world) => world,
            Held::Shared(world) => world,
            Held::Copied(world) => world,
        }
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut World {
        if let Held::Shared(world) = self {
            *self = Held::Copied(Box::new(world.clone()));
        }
        match self {
            Held::Own(world) => world,
            Held::Copied(world) => world,
            Held::Shared(_) => unreachable!("it was copied above"),
        }
    }
}

/// One decoded request, and the world it acts on.
pub struct Call<'a> {
    pub world: Held<'a>,
    /// Members by model name. Valid by the model; absent members are absent.
    pub input: &'a Value,
    pub service: &'a str,
    pub operation: &'a str,
    /// The caller's region, from the signature (`us-east-1` for global services).
    pub region: &'a str,
    /// The sandbox clock, in milliseconds since the Unix epoch. A world that is shared may be a little behind.
    pub millis: i64,
}

impl<'a> Call<'a> {
    pub fn new(world: &'a mut World, input: &'a Value, service: &'a str, operation: &'a str, region: &'a str) -> Self {
        let millis = world.now;
        Call { world: Held::Own(world), input, service, operation, region, millis }
    }
    /// One that only looks. Should it change something after all, `changed` says so, and it has to be made again on a world of its own.
    pub fn looking(world: &'a World, millis: i64, input: &'a Value, service: &'a str, operation: &'a str, region: &'a str) -> Self {
        Call { world: Held::Shared(world), input, service, operation, region, millis }
    }
    /// True when a call that only looks has changed something.
    pub fn changed(&self) -> bool {
        matches!(self.world, Held::Copied(_))
    }
    // --- input -------------------------------------------------------------------------------
    /// A string member of the input, `""` if absent.
    pub fn text(&self, member: &str) -> &str {
        self.input.get(member).and_then(Value::as_str).unwrap_or("")
    }
    /// The strings of a list member, empty if absent.
    pub fn texts(&self, member: &str) -> Vec<String> {
        self.input
            .get(member)
            .and_then(Value::as_array)
            .map(|list| list.iter().filter_map(Value::as_str).map(String::from).collect())
            .unwrap_or_default()
    }

    // --- ids and time ------------------------------------------------------------------------
    /// A fresh deterministic hex string of `length` digits (at most 64).
    pub fn hex(&mut self, length: usize) -> String {
        self.world.counter += 1;
        let digest = Sha256::digest(format!("{}/{}", self.world.seed, self.world.counter));
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..length].to_owned()
    }
    /// A fresh id in EC2's form: `vpc` gives `vpc-0` and sixteen more hex digits.
    pub fn new_id(&mut self, prefix: &str) -> String {
        format!("{prefix}-0{}", self.hex(16))
    }
    /// The sandbox clock in seconds since the epoch: what the codec expects in every timestamp member.
    pub fn now(&self) -> f64 {
        self.millis as f64 / 1000.0
    }
    pub fn account(&self) -> String {
        self.world.account.clone()
    }
    /// `arn:aws:{service}:{region}:{account}:{rest}`
    pub fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.world.account)
    }

    // --- resources ---------------------------------------------------------------------------
    // A table is named `service.noun`. Cost Explorer, IAM, CloudFront, Route 53 and S3 live in `global`, the rest in the caller's region.
    fn table(&self, name: &str) -> String {
        let global = ["ce.", "iam.", "cloudfront.", "route53.", "s3."].iter().any(|service| name.starts_with(service));
        format!("{}/{name}", if global { "global" } else { self.region })
    }
    pub fn get(&self, table: &str, id: &str) -> Option<&Value> {
        self.world.tables.get(&self.table(table))?.get(id)
    }
    /// The resource, to change in place; counts as changed.
    pub fn get_mut(&mut self, table: &str, id: &str) -> Option<&mut Value> {
        let table = self.table(table);
        if self.world.tables.get(&table)?.contains_key(id) {
            self.world.touch(&table, id);
        }
        self.world.tables.get_mut(&table)?.get_mut(id)
    }
    /// Every resource of a table with its id, in order of id.
    pub fn all(&self, table: &str) -> Vec<(&String, &Value)> {
        self.world.tables.get(&self.table(table)).map(|rows| rows.iter().collect()).unwrap_or_default()
    }
    /// The first ids of a table, in order.
    pub fn first(&self, table: &str, count: usize) -> Vec<&String> {
        self.world.tables.get(&self.table(table)).map(|rows| rows.keys().take(count).collect()).unwrap_or_default()
    }
    /// Adds or replaces. A resource with an ARN carries it as `_arn`; its tags go with it when it is removed.
    pub fn put(&mut self, table: &str, id: &str, value: Value) {
        let table = self.table(table);
        self.world.touch(&table, id);
        self.world.tables.entry(table).or_default().insert(id.to_owned(), value);
    }
    /// Removes it, its tags, and what was still to happen to it.
    pub fn remove(&mut self, table: &str, id: &str) -> Option<Value> {
        let table = self.table(table);
        self.world.touch(&table, id);
        self.world.due.retain(|due| due.table != table || due.id != id);
        let row = self.world.tables.get_mut(&table)?.remove(id)?;
        if let Some(arn) = row.get("_arn").and_then(Value::as_str) {
            self.world.touch_tags(arn);
            self.world.tags.remove(arn);
        }
        Some(row)
    }
    /// Merges `patch` into the resource after `seconds` of sandbox time (0 = before the next request).
    pub fn later(&mut self, table: &str, id: &str, seconds: f64, patch: Value) {
        let (table, at) = (self.table(table), self.millis + (seconds * 1000.0) as i64);
        self.world.due.push(Due { at, table, id: id.to_owned(), patch: Some(patch), comes: Comes::Settling });
    }
    /// Lets the resource be looked at again after `seconds` of sandbox time, with nothing else changed.
    pub fn wake(&mut self, table: &str, id: &str, seconds: f64, comes: Comes) {
        let (table, at) = (self.table(table), self.millis + (seconds * 1000.0).ceil() as i64);
        self.world.due.push(Due { at, table, id: id.to_owned(), patch: Some(Value::Object(Map::new())), comes });
    }
    /// Removes the resource after `seconds` of sandbox time.
    pub fn remove_later(&mut self, table: &str, id: &str, seconds: f64) {
        let (table, at) = (self.table(table), self.millis + (seconds * 1000.0) as i64);
        self.world.due.push(Due { at, table, id: id.to_owned(), patch: None, comes: Comes::Settling });
    }
    /// The reference graph: `(table, id)` of every other resource in which some string value, private members
    /// included, equals `name` (an id, a name or an ARN). It is derived, so it cannot be forgotten.
    /// `table` names where `name` itself lives, which is left out.
    pub fn referrers(&self, table: &str, name: &str) -> Vec<(String, String)> {
        let own = self.table(table);
        let mut found = Vec::new();
        for (table, rows) in &self.world.tables {
            for (id, row) in rows {
                if !(*table == own && id == name) && mentions(row, name) {
                    found.push((table.split_once('/').map_or(table.as_str(), |(_, noun)| noun).to_owned(), id.clone()));
                }
            }
        }
        found
    }

    // --- tags: one store behind every tag call and filter --------------------------------------
    pub fn tags(&self, arn: &str) -> BTreeMap<String, String> {
        self.world.tags.get(arn).cloned().unwrap_or_default()
    }
    pub fn set_tags(&mut self, arn: &str, tags: impl IntoIterator<Item = (String, String)>) {
        self.world.touch_tags(arn);
        self.world.tags.entry(arn.to_owned()).or_default().extend(tags);
    }
    pub fn unset_tags(&mut self, arn: &str, keys: &[String]) {
        self.world.touch_tags(arn);
        if let Some(tags) = self.world.tags.get_mut(arn) {
            tags.retain(|key, _| !keys.contains(key));
        }
    }
}

fn mentions(value: &Value, name: &str) -> bool {
    match value {
        Value::String(text) => text == name,
        Value::Array(list) => list.iter().any(|item| mentions(item, name)),
        Value::Object(map) => map.values().any(|item| mentions(item, name)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Tags out of AWS's usual list form, whatever the case of its members (`Key`/`key`, `TagKey`).
pub fn tags_from(list: Option<&Value>) -> Vec<(String, String)> {
    let text =
        |tag: &Value, names: [&str; 3]| names.iter().find_map(|name| tag.get(*name)).and_then(Value::as_str).unwrap_or("").to_owned();
    match list {
        Some(Value::Array(list)) => {
            list.iter().map(|tag| (text(tag, ["Key", "key", "TagKey"]), text(tag, ["Value", "value", "TagValue"]))).collect()
        }
        Some(Value::Object(map)) => map.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap_or("").to_owned())).collect(),
        _ => Vec::new(),
    }
}

/// Tags into the usual list form with members `Key` and `Value`.
pub fn tag_list(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| serde_json::json!({"Key": key, "Value": value})).collect()
}
