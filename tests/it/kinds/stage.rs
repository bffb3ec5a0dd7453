//! One kind on an embedded AWS of its own, with all that its example refers to already there.

use super::examples;
use crate::stand::{Stand, graph, stack};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use trueup::aws::{Create, Error, Retag, Select, Update};
use trueup::core::address::Address;
use trueup::core::diff::{FieldChange, diff};
use trueup::core::graph::Graph;
use trueup::core::identity::{Claim, TAG_GENERATION, TAG_NODE, TAG_STACK, digest};
use trueup::core::reference::{Reference, is_open, resolve};
use trueup::core::snapshot::{Live, State};
use trueup::kinds::Entry;
use trueup::sandbox::world::World;
use trueup::sandbox::{Options, Sandbox, Speed};

pub struct Stage {
    pub stand: Stand,
    pub graph: Graph,
    pub entry: &'static Entry,
    /// The address of the kind's own example.
    pub address: Address,
    outputs: BTreeMap<Address, BTreeMap<String, String>>,
    made: usize,
    /// The operations that the kind's driver has called.
    called: Mutex<BTreeSet<String>>,
}

impl Stage {
    /// Plans and applies the example as a stack file has it; a second plan is empty.
    pub async fn new(entry: &'static Entry) -> Self {
        let stack = stack(&examples::stack_file(entry), None, &[]);
        let graph = graph(&stack);
        // Every state is reached by the next call, so that nothing here waits.
        let sandbox = Sandbox::open(Options { speed: Speed::Instant, ..Options::default() }).unwrap();
        sandbox.change(furnish).unwrap();
        let stand = Stand::at(sandbox, &stack, 1e6).await;
        stand.bring(&graph).await;
        stand.settled(&graph).await;
        let live = stand.read(&graph).await.resources.into_values().flatten();
        let outputs = live.filter_map(|live| Some((live.claim?.address, live.outputs))).collect();
        let address = Address::parse(&format!("resource.{}", examples::noun(entry.row.name))).unwrap();
        Stage { stand, graph, entry, address, outputs, made: 0, called: Mutex::default() }
    }

    /// The example as the stack wants it, resolved.
    pub fn example(&self) -> Value {
        self.resolved(&self.graph.get(&self.address).unwrap().spec)
    }

    /// A spec in normal form, with the outputs of what is there filled in.
    pub fn resolved(&self, spec: &Value) -> Value {
        let spec =
            resolve(&examples::here(spec), &|reference: &Reference| self.outputs.get(&reference.address)?.get(&reference.output).cloned());
        assert!(!is_open(&spec), "{}: {spec}", self.entry.row.name);
        (self.entry.row.normalise)(&spec).unwrap_or_else(|problem| panic!("{}: {}", self.entry.row.name, problem.message))
    }

    /// Makes another one of the kind through its driver, as the engine would.
    pub async fn create(&mut self, wanted: &Value) -> Live {
        self.made += 1;
        let scope = &self.stand.aws.scope;
        let claim = Claim::new(Address::parse(&format!("law.number-{}", self.made)).unwrap(), "g1");
        let name = match wanted.get("name").and_then(Value::as_str) {
            Some(name) => name.to_owned(),
            None => scope.physical_name(self.entry.row.about.naming, &claim),
        };
        let mut tags = own_tags(wanted);
        tags.extend(scope.claim_tags(&claim));
        let token = digest(&[claim.address.as_str()], 32);
        let create = Create { claim, name, spec: wanted.clone(), tags, token };
        let made = self
            .insist(|| (self.entry.effects.create)(&self.stand.aws, create.clone()))
            .await
            .unwrap_or_else(|error| panic!("create: {error}"));
        self.ready(&made.id).await
    }

    /// Changes fields through the driver; tags are a call of their own.
    pub async fn update(&self, live: &Live, wanted: &Value, fields: &[String]) -> Live {
        let (tags, changed) = fields.iter().cloned().partition::<Vec<_>, _>(|field| field == "tags");
        if !tags.is_empty() {
            let (before, set) = (own_tags(&live.spec), own_tags(wanted));
            let unset = before.into_keys().filter(|key| !set.contains_key(key)).collect();
            let retag = Retag { set, unset, claim: None };
            let sent = self.insist(|| (self.entry.effects.retag)(&self.stand.aws, live.clone(), retag.clone())).await;
            sent.unwrap_or_else(|error| panic!("retag: {error}"));
        }
        if !changed.is_empty() {
            let update = Update { live: live.clone(), wanted: wanted.clone(), changed };
            let sent = self.insist(|| (self.entry.effects.update)(&self.stand.aws, update.clone())).await;
            sent.unwrap_or_else(|error| panic!("update {fields:?}: {error}"));
        }
        self.ready(&live.id).await
    }

    /// Takes the proof of ownership off, so that it is somebody else's.
    pub async fn forget(&self, live: &Live) {
        let unset = [TAG_STACK, TAG_NODE, TAG_GENERATION].map(String::from).to_vec();
        let retag = Retag { set: BTreeMap::new(), unset, claim: None };
        let sent = self.insist(|| (self.entry.effects.retag)(&self.stand.aws, live.clone(), retag.clone())).await;
        sent.unwrap_or_else(|error| panic!("retag: {error}"));
        self.stand.aws.forget();
        assert_eq!(self.by_id(&live.id).await.and_then(|live| live.claim), None);
        self.stand.aws.forget();
    }

    /// Deletes it, and deletes what is gone once more.
    pub async fn delete(&self, live: &Live) {
        for again in [false, true] {
            match self.insist(|| (self.entry.effects.delete)(&self.stand.aws, live.clone())).await {
                Ok(()) => {}
                Err(error) if again && error.is(self.entry.effects.absent) => {}
                Err(error) => panic!("delete{}: {error}", if again { " twice" } else { "" }),
            }
            for _ in 0..TRIES {
                if self.by_id(&live.id).await.is_none() {
                    break;
                }
            }
            assert_eq!(self.by_id(&live.id).await, None, "it is still there");
        }
        self.stand.aws.forget();
        assert!(self.owned().await.iter().all(|other| other.id != live.id), "it is still listed");
    }

    /// It, once AWS calls it ready, as the listing of all that is ours shows it.
    pub async fn ready(&self, id: &str) -> Live {
        for _ in 0..TRIES {
            match self.by_id(id).await {
                Some(Live { state: State::Ready, .. }) => break,
                Some(Live { state: State::Failed(why), .. }) => panic!("{id} failed: {why}"),
                Some(_) | None => {}
            }
        }
        let listed = self.owned().await.into_iter().find(|live| live.id == id).unwrap_or_else(|| panic!("{id} is not listed"));
        assert_eq!(listed.state, State::Ready, "{id}");
        let alone = self.by_id(id).await;
        assert_eq!(alone.as_ref().map(|live| &live.spec), Some(&listed.spec), "listed, and asked for by its id");
        listed
    }

    /// All that is ours, as a new reading finds it.
    pub async fn owned(&self) -> Vec<Live> {
        self.stand.aws.forget();
        let select = Select::Owned { names: Vec::new(), count: None };
        let found = self.watched(async || (self.entry.effects.list)(&self.stand.aws, &select).await).await;
        found.unwrap_or_else(|error| panic!("list: {error}"))
    }

    pub async fn by_id(&self, id: &str) -> Option<Live> {
        let select = Select::Ids(vec![id.to_owned()]);
        let found = self.watched(async || (self.entry.effects.list)(&self.stand.aws, &select).await).await;
        let found = found.unwrap_or_else(|error| panic!("list {id}: {error}"));
        assert!(found.iter().all(|live| live.id == id), "asked for {id}, got {found:#?}");
        found.into_iter().next()
    }

    pub fn diff(&self, wanted: &Value, live: &Value) -> Vec<FieldChange> {
        diff(&self.entry.row, wanted, live)
    }

    /// The operations that the driver has called so far.
    pub fn called(&self) -> BTreeSet<String> {
        self.called.lock().unwrap().clone()
    }

    /// Runs a call of the driver, and keeps which operations it came to.
    async fn watched<T>(&self, call: impl AsyncFnOnce() -> T) -> T {
        let before = self.stand.aws.calls.counts();
        let answer = call().await;
        let after = self.stand.aws.calls.counts();
        let new = after.into_iter().filter(|(operation, count)| before.get(operation) != Some(count));
        self.called.lock().unwrap().extend(new.map(|(operation, _)| operation));
        answer
    }

    // As the engine does with what passes by itself.
    async fn insist<T>(&self, call: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
        self.watched(async || self.insist_on(call).await).await
    }

    async fn insist_on<T>(&self, call: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
        for _ in 0..TRIES {
            match call().await {
                Err(error) if error.is(self.entry.effects.passing) => {}
                answer => return answer,
            }
        }
        call().await
    }
}

const TRIES: usize = 20;

/// Adds resources that no kind makes but some may name: two keys and two certificates.
fn furnish(world: &mut World) {
    for last in 1..=2 {
        let id = format!("12345678-1234-1234-1234-12345678901{last}");
        let arn = format!("arn:aws:kms:us-east-1:123456789012:key/{id}");
        let key = json!({
            "KeyId": id, "Arn": arn, "_arn": arn, "AWSAccountId": "123456789012", "KeyManager": "CUSTOMER", "KeyState": "Enabled", "Enabled": true,
            "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
        });
        world.tables.entry("us-east-1/kms.key".into()).or_default().insert(id.clone(), key);
        let arn = format!("arn:aws:acm:us-east-1:123456789012:certificate/{id}");
        let certificate = json!({
            "CertificateArn": arn, "_arn": arn, "DomainName": "*.example.com", "SubjectAlternativeNames": ["*.example.com"], "Status": "ISSUED",
            "Type": "AMAZON_ISSUED", "InUseBy": [],
        });
        world.tables.entry("us-east-1/acm.certificate".into()).or_default().insert(arn, certificate);
    }
}

fn own_tags(spec: &Value) -> BTreeMap<String, String> {
    spec.get("tags").map(|tags| serde_json::from_value(tags.clone()).unwrap()).unwrap_or_default()
}
