//! An AWS resource type without any I/O: its spec, its field table, its own checks.

use super::code::{Check, Code};
use super::codes;
use super::identity::Scope;
use super::problem::Problem;
use super::usage::Measure;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;

pub use super::identity::Naming;

/// The pure half of a kind. Wanted and live resources are both a `Spec`, so that one comparison serves for all.
///
/// An implementer holds to this, and laws over the table of kinds test it (`src/kinds/laws.rs`, `tests/it/kinds`):
/// - **Pure**: constants and functions of their arguments, without I/O, clock or randomness.
/// - **A spec has AWS's names and AWS's units**, and a unit stands in the field's comment. It serialises every field, null for one
///   without a value: a field that is skipped would never be compared.
/// - **Any string may be a reference** to another node's output until apply has made that node (`reference::is_symbolic`).
///   Such a string is left alone by checks, normal form and durations alike.
/// - **Problems are values.** Checks gather all of them; nothing here panics on a spec that deserialises, however odd.
pub trait Kind: 'static {
    /// The resource as the file wants it and as AWS has it. Unknown fields are refused (`deny_unknown_fields`), since a misspelt
    /// one would be passed over.
    type Spec: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static;
    /// AWS's service and resource name: `ec2.subnet`.
    const NAME: &'static str;
    /// All that is the same for every resource of the kind.
    const ABOUT: About;
    /// Every top-level field of the spec once, and the way it changes.
    const FIELDS: &'static [Field];
    /// Returns a spec in normal form that no check finds anything in: documentation, test fixture and template in one. It names
    /// other resources as `${example.cluster.name}`, by the noun of their kind.
    fn example() -> Self::Spec;
    /// Everything that AWS itself would refuse, one row a code, in the order of its number.
    const CHECKS: &'static [Check<Self::Spec>] = &[];
    /// Returns the typical durations of a resource of this spec, in minutes; `ABOUT.minutes` where the spec does not matter.
    fn minutes(_spec: &Self::Spec) -> Minutes {
        Self::ABOUT.minutes
    }
    /// Brings wanted and live specs to one form, so that what means the same to AWS compares equal: AWS's defaults filled in,
    /// spelling and order as AWS answers them. Doing it twice changes nothing more.
    fn normalise(_spec: &mut Self::Spec) {}
    /// Returns the fields that AWS takes only in a second call, when it is done with what the others have begun.
    fn later(_live: &Self::Spec, _wanted: &Self::Spec) -> &'static [&'static str] {
        &[]
    }
    /// Says of which thing AWS allows only one, where it refuses a new resource beside a live one, of any kind, although no
    /// group of `ABOUT.exclusive` is equal. What is wanted may hold references to what is not there yet.
    const CROWDS: Option<Crowds<Self::Spec>> = None;
    /// Answers the things that only one resource of the kind can have, where a spec may name several, so that no group of
    /// `ABOUT.exclusive` says it: the field that names it, and the thing as people call it, equal for equal things.
    const HOLDS: Option<Holds<Self::Spec>> = None;
    /// Returns the outputs that `ABOUT.foretold` names, and no others, of a resource with this physical name. They are exactly what
    /// `list` answers once it is made.
    fn foretell(_scope: &Scope, _name: &str) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
    /// The amounts that its bill depends on and no spec tells, so that a file may give them in `[usage]`. A name that another kind
    /// has too means the same there.
    const USAGE: &'static [Measure] = &[];
}

/// The properties of a kind as a whole that planning and reporting need.
#[derive(Debug)]
pub struct About {
    /// One short sentence that says what the resource is.
    pub doc: &'static str,
    /// The outputs that `${address.output}` may name.
    pub outputs: &'static [&'static str],
    /// Outputs that every update renews (the ARN of a task definition): whoever refers to them is updated too.
    pub renewed: &'static [&'static str],
    /// Outputs that follow from the physical name, so that a spec may name them of itself before it is made: the ARN of a
    /// bucket in its own policy.
    pub foretold: &'static [&'static str],
    /// The form of physical names.
    pub naming: Naming,
    /// The field within whose value a name is the only one of its kind; empty where that holds for the account and the region.
    pub named_within: &'static str,
    /// True when AWS takes two names for the same that differ in upper and lower case alone.
    pub caseless: bool,
    /// The resource's ARN as `service:` and the start of its resource part: `ec2:subnet/`. Empty if the tagging API does not know it.
    pub arn: &'static str,
    /// Groups of fields. Two live resources cannot be equal in all fields of a group (for IP ranges: overlap), so a replacement
    /// deletes first.
    pub exclusive: &'static [&'static [&'static str]],
    /// True if deleting it loses data.
    pub stateful: bool,
    /// True if modules make it for what they are about, and let it go with that: by itself it is protected only where the file
    /// declares it.
    pub incidental: bool,
    /// True when its name alone says whose it is: it can be neither adopted nor let go.
    pub marked_by_name: bool,
    /// True when AWS refuses to delete it while something uses it.
    pub held: bool,
    /// Kinds whose deletions come before this one's, where no reference says so.
    pub deleted_after: &'static [&'static str],
    /// Typical minutes until a create, update or delete is complete, as far as no spec says more (`Kind::minutes`); 0 = the call
    /// itself is. A create over 0 is waited for.
    pub minutes: Minutes,
    /// The reason why nothing is billed for it; empty for a kind that has a price.
    pub free: &'static str,
    /// The link into the AWS console, with `{region}`, `{id}`, `{name}` and `{arn}`; empty if there is none.
    pub console: &'static str,
}

impl About {
    pub const NEW: About = About {
        doc: "",
        outputs: &["id"],
        renewed: &[],
        foretold: &[],
        naming: Naming::None,
        named_within: "",
        caseless: false,
        arn: "",
        exclusive: &[],
        stateful: false,
        incidental: false,
        marked_by_name: false,
        held: false,
        deleted_after: &[],
        minutes: Minutes::new(0.0, 0.0, 0.0),
        free: "",
        console: "",
    };
}

/// Typical durations in minutes. They are shown; a wait ends only long after them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minutes {
    pub create: f32,
    pub update: f32,
    pub delete: f32,
    /// Minutes that a create or an update may rest on purpose, such as at a hook that waits for somebody. They are no part of the
    /// typical time, and are waited for before anything is called stuck.
    pub held: f32,
}

impl Minutes {
    pub const fn new(create: f32, update: f32, delete: f32) -> Self {
        Minutes { create, update, delete, held: 0.0 }
    }
}

/// Says of which thing AWS allows only one, if it refuses what is wanted, the first, beside the spec of a live resource.
pub type Crowds<S> = fn(&S, &Value) -> Option<&'static str>;

/// Answers the things that a spec has and no other may have as well, each with the field that names it.
pub type Holds<S> = fn(&S) -> Vec<(&'static str, String)>;

/// One top-level field of a spec and what changing it means.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    pub name: &'static str,
    pub on_change: OnChange,
    pub shape: Shape,
    pub compare: Compare,
    /// True for a field that a step of its own sets after the create when it refers to another node, so that two nodes may name
    /// each other.
    pub late: bool,
    /// True where dependents use a part of its value each: all that a change takes away goes after they have let go of it.
    pub lent: bool,
    /// The hold that it has on what it names.
    pub hold: Hold,
    /// True where AWS refuses another value while the resource is on its way.
    pub settled: bool,
    /// True for a field that others set as well: another value than was sent is no failure of what sent it.
    pub shared: bool,
    /// True where one call changes it for several resources, so that they may trade their values.
    pub together: bool,
    /// The interruption that users notice while it changes in place: "restarts, about a minute". Empty for none.
    pub downtime: &'static str,
    /// The form in which AWS answers it, where that masks secrets.
    pub masked: Option<fn(&Value) -> Value>,
}

/// The effect in AWS of another value of a field.
#[derive(Debug, Clone, Copy)]
pub enum OnChange {
    /// It changes in place.
    Update,
    /// The field is create-only: another value means another resource.
    Replace,
    /// It grows in place, and AWS refuses a smaller value.
    Grow,
    /// It is set in place where AWS has none; another value means another resource.
    ReplaceIfSet,
    /// It changes in place where this holds of what is live and what is wanted; else another value means another resource.
    ReplaceUnless(fn(&Value, &Value) -> bool),
}

/// The rule by which a field counts as different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// Always, null included.
    Always,
    /// Only if the file gives it a value: null means "not ours to say", and is neither compared nor sent.
    IfSaid,
    /// As a version, as far as both sides say: `16` is the same as `16.4`.
    Version,
    /// Never: it only orders steps, or is for the create call.
    Never,
}

/// The hold that a field has on the resources that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The resource cannot be without them: AWS refuses to delete them, or it would be of no use.
    Fast,
    /// It can.
    Loose,
    /// Whatever the resource serves goes out through them.
    Way,
    /// They need the resource, not the other way round.
    Serves,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    Value,
    /// A list whose order means nothing.
    Set,
    /// A long JSON document (policy, dashboard body, container definitions), shown as a line diff.
    Document,
}

/// A field that AWS changes in place.
pub const fn update(name: &'static str) -> Field {
    Field {
        name,
        on_change: OnChange::Update,
        shape: Shape::Value,
        compare: Compare::Always,
        late: false,
        lent: false,
        hold: Hold::Fast,
        settled: false,
        shared: false,
        together: false,
        downtime: "",
        masked: None,
    }
}

/// A create-only field: another value means another resource.
pub const fn replace(name: &'static str) -> Field {
    Field { on_change: OnChange::Replace, ..update(name) }
}

impl Field {
    pub const fn set(self) -> Field {
        Field { shape: Shape::Set, ..self }
    }
    pub const fn document(self) -> Field {
        Field { shape: Shape::Document, ..self }
    }
    pub const fn late(self) -> Field {
        Field { late: true, ..self }
    }
    pub const fn unmanaged(self) -> Field {
        Field { compare: Compare::IfSaid, ..self }
    }
    pub const fn order_only(self) -> Field {
        Field { compare: Compare::Never, ..self }
    }
    pub const fn grows(self) -> Field {
        Field { on_change: OnChange::Grow, ..self }
    }
    pub const fn fills(self) -> Field {
        Field { on_change: OnChange::ReplaceIfSet, ..self }
    }
    /// AWS turns it on in place and never off again.
    pub const fn turns_on(self) -> Field {
        self.in_place_if(|live, wanted| live == false && wanted == true)
    }
    /// It changes in place only where this holds of what is live and what is wanted.
    pub const fn in_place_if(self, allowed: fn(&Value, &Value) -> bool) -> Field {
        Field { on_change: OnChange::ReplaceUnless(allowed), ..self }
    }
    /// AWS answers it with its secrets masked, as `shown` does: it is compared, shown and kept in a plan's changes so.
    pub const fn masked(self, shown: fn(&Value) -> Value) -> Field {
        Field { masked: Some(shown), ..self }
    }
    pub const fn version(self) -> Field {
        Field { compare: Compare::Version, ..self }
    }
    /// Dependents use a part of its value each: it grows before they change, and shrinks after that.
    pub const fn lent(self) -> Field {
        Field { lent: true, ..self }
    }
    /// Others set it as well, as autoscaling does.
    pub const fn shared(self) -> Field {
        Field { shared: true, ..self }
    }
    /// AWS refuses another value while the resource is on its way.
    pub const fn settled(self) -> Field {
        Field { settled: true, ..self }
    }
    /// AWS deletes what it names all the same, and the resource itself stays of use.
    pub const fn loose(self) -> Field {
        Field { hold: Hold::Loose, ..self }
    }
    /// AWS deletes what it names all the same, and what is served loses its way out.
    pub const fn way(self) -> Field {
        Field { hold: Hold::Way, ..self }
    }
    /// AWS deletes what it names all the same, and that needs the resource.
    pub const fn serves(self) -> Field {
        Field { hold: Hold::Serves, ..self }
    }
    /// One call changes it for several resources: they may trade their values.
    pub const fn together(self) -> Field {
        Field { together: true, ..self }
    }
    pub const fn downtime(self, text: &'static str) -> Field {
        Field { downtime: text, ..self }
    }
    /// True when another value may mean another resource.
    pub fn fixes(&self) -> bool {
        let fixes = matches!(self.on_change, OnChange::Replace | OnChange::ReplaceIfSet | OnChange::ReplaceUnless(_));
        fixes && self.compare != Compare::Never
    }
    /// True when going from `live` to `wanted`, which differ, takes another resource.
    pub fn replaces(&self, live: &Value, wanted: &Value) -> bool {
        match self.on_change {
            OnChange::Update | OnChange::Grow => false,
            OnChange::Replace => true,
            OnChange::ReplaceIfSet => !live.is_null(),
            OnChange::ReplaceUnless(allowed) => !allowed(live, wanted),
        }
    }
}

/// A kind with its type erased into plain function pointers: what everything generic works on.
#[derive(Debug)]
pub struct Row {
    pub name: &'static str,
    pub about: &'static About,
    pub fields: &'static [Field],
    pub example: fn() -> Value,
    pub schema: fn() -> Schema,
    /// Reads a spec: as it is written, with its defaults filled in, and in its normal form. The error says which field does not fit.
    pub read: fn(&Value) -> Result<[Value; 2], Problem>,
    /// Brings a spec to its normal form; the error says which field does not fit.
    pub normalise: fn(&Value) -> Result<Value, Problem>,
    /// Everything that AWS would refuse in a spec, each problem with the code of its check.
    pub validate: fn(&Value) -> Vec<Problem>,
    /// The codes that `validate` gives, in the order of their numbers.
    pub codes: fn() -> Vec<Code>,
    /// Why AWS refuses a new resource beside a live one, where no group of equal fields says it.
    pub crowds: Option<Crowds<Value>>,
    /// The fields that AWS takes only in a second call, of a live spec and a wanted one.
    pub later: fn(&Value, &Value) -> &'static [&'static str],
    /// Typical durations of a resource of this spec; those of the kind for null.
    pub minutes: fn(&Value) -> Minutes,
    /// The things that it has and no other may have, where no group of equal fields says it.
    pub holds: Option<Holds<Value>>,
    pub foretell: fn(&Scope, &str) -> BTreeMap<String, String>,
    pub usage: &'static [Measure],
}

impl Row {
    pub const fn of<K: Kind>() -> Row {
        Row {
            name: K::NAME,
            about: &K::ABOUT,
            fields: K::FIELDS,
            example: || to_value(&K::example()),
            schema: || schemars::schema_for!(K::Spec),
            read: |spec| {
                let mut spec = from_value::<K::Spec>(spec)?;
                let written = to_value(&spec);
                K::normalise(&mut spec);
                Ok([written, to_value(&spec)])
            },
            normalise: |spec| {
                let mut spec = from_value::<K::Spec>(spec)?;
                K::normalise(&mut spec);
                Ok(to_value(&spec))
            },
            validate: |spec| match from_value::<K::Spec>(spec) {
                Ok(spec) => validate::<K>(&spec),
                Err(problem) => vec![problem.of(codes::UNREADABLE.id)],
            },
            codes: || K::CHECKS.iter().map(Check::code).collect(),
            crowds: match K::CROWDS {
                Some(_) => Some(|wanted, live| K::CROWDS?(&from_value::<K::Spec>(wanted).ok()?, live)),
                None => None,
            },
            later: |live, wanted| match (from_value::<K::Spec>(live), from_value::<K::Spec>(wanted)) {
                (Ok(live), Ok(wanted)) => K::later(&live, &wanted),
                _ => &[],
            },
            minutes: |spec| from_value::<K::Spec>(spec).map_or(K::ABOUT.minutes, |spec| K::minutes(&spec)),
            holds: match K::HOLDS {
                Some(_) => Some(|spec| from_value::<K::Spec>(spec).ok().zip(K::HOLDS).map_or_else(Vec::new, |(spec, holds)| holds(&spec))),
                None => None,
            },
            foretell: K::foretell,
            usage: K::USAGE,
        }
    }
    /// Returns a spec as it may be shown: what AWS masks is masked.
    pub fn shown(&self, spec: &Value) -> Value {
        let mut shown = spec.clone();
        for (name, masked) in self.fields.iter().filter_map(|field| Some((field.name, field.masked?))) {
            shown[name] = masked(&spec[name]);
        }
        shown
    }
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

fn validate<K: Kind>(spec: &K::Spec) -> Vec<Problem> {
    K::CHECKS.iter().flat_map(|check| (check.find)(spec).into_iter().map(|problem| problem.of(check.id))).collect()
}

/// Returns a spec as JSON. Specs are plain data, so this cannot fail but for a map with odd keys, which becomes null.
pub fn to_value<S: Serialize>(spec: &S) -> Value {
    serde_json::to_value(spec).unwrap_or(Value::Null)
}

/// Reads JSON as a spec; the error names the field and what it wants.
pub fn from_value<S: DeserializeOwned>(value: &Value) -> Result<S, Problem> {
    S::deserialize(value).map_err(|error| Problem::new("", error.to_string()))
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
