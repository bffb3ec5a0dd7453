//! Values made from the JSON Schema of a stack file, by numbers that proptest can make smaller.

use serde_json::{Map, Value};

/// A choice among many, made by numbers that proptest can make smaller.
pub struct Dice {
    numbers: Vec<u32>,
    at: usize,
}

impl Dice {
    pub fn new(numbers: &[u32]) -> Self {
        Dice { numbers: numbers.to_vec(), at: 0 }
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        number as usize % sides.max(1)
    }
    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.roll(items.len())]
    }
    // True one time in so many; never once the numbers have run out.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == 1
    }
}

const NAMES: &[&str] = &["a", "b", "main", "api", "x-1"];

/// Texts that mean something somewhere, and some that mean nothing anywhere.
const TEXTS: &[&str] = &[
    "x",
    "main",
    "api",
    "nginx:1.29",
    "10.0.0.0/16",
    "10.0.1.0/24",
    "203.0.113.0/24",
    "16",
    "17",
    "7.1",
    "db.t4g.micro",
    "cache.t4g.micro",
    "t3.small.search",
    "us-east-1a",
    "us-east-1",
    "a",
    "example.com",
    "ops@example.com",
    "https://example.com",
    "/health",
    "200-399",
    "${database.main.host}",
    "${service.api.url}",
    "${network.vpc.id}",
    "${resource.a.id}",
    "${resource.b.arn}",
    "${secrets.main.arn}",
    "03:00-04:00",
    "sun:04:30-sun:05:30",
    "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012",
    "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    "vpc-0123456789abcdef0",
    "sg-0123456789abcdef0",
    "subnet-0123456789abcdef0",
    "tcp",
    "-1",
    "",
    " ",
    "${",
    "${}",
    "$${x}",
    "${each.key}",
    "${each.value.x}",
    "${count.index}",
    "\u{0}",
    "\u{202e}",
    "ü",
    "日本",
    "\n\n",
    "a.b.c",
    "service.api",
    "database.main",
    "${${database.main.host}",
    "*",
    "{\"a\":1}",
    "s3:*",
    "[",
    "1e400",
    "-0",
];

/// Signs that mean something in the text of a file.
pub const SIGNS: &[&str] = &["\"", "[", "=", "\n", "'''", "${", "]", "#", "\u{0}", "x = 1\n", "\r\n", "{", ",", "\u{feff}", "[[", "."];

pub const NUMBERS: &[i64] = &[
    0,
    1,
    2,
    3,
    5,
    7,
    8,
    14,
    20,
    22,
    30,
    80,
    100,
    256,
    443,
    512,
    1024,
    2048,
    4096,
    5432,
    65_535,
    65_536,
    2_147_483_647,
    4_294_967_295,
    -1,
    i64::MAX,
    i64::MIN,
];

/// A value that the schema allows, mostly; now and then one that it does not.
pub fn value(dice: &mut Dice, root: &Value, schema: &Value, depth: usize) -> Value {
    if dice.once_in(40) || depth > 9 {
        return hostile(dice, 0);
    }
    if let Some(target) = schema["$ref"].as_str().and_then(|name| root.pointer(name.trim_start_matches('#'))) {
        return value(dice, root, target, depth + 1);
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(forms) = schema[word].as_array() {
            let forms = forms.iter().filter(|form| form["type"] != "null").collect::<Vec<_>>();
            let form = dice.pick(&forms);
            return value(dice, root, form, depth + 1);
        }
    }
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[dice.roll(values.len())].clone();
    }
    let named = |name: &str| schema["type"] == name || schema["type"].as_array().is_some_and(|types| types.iter().any(|one| one == name));
    if named("object") || schema["properties"].is_object() {
        return Value::Object(table(dice, root, schema, depth));
    }
    if named("array") {
        let count = [0, 1, 1, 2, 3][dice.roll(5)];
        return (0..count).map(|_| value(dice, root, &schema["items"], depth + 1)).collect();
    }
    if named("integer") {
        let many = if dice.once_in(4) { NUMBERS.len() } else { 18 };
        return NUMBERS[dice.roll(many)].into();
    }
    if named("number") {
        return [0.0, 0.5, 1.0, 70.0, 1e9, -1.0, 1e-9][dice.roll(7)].into();
    }
    if named("boolean") {
        return (dice.roll(2) == 0).into();
    }
    text(dice).into()
}

pub fn text(dice: &mut Dice) -> String {
    let text = TEXTS[dice.roll(TEXTS.len())];
    if dice.once_in(60) { text.repeat(1 + dice.roll(3000)) } else { text.to_owned() }
}

fn table(dice: &mut Dice, root: &Value, schema: &Value, depth: usize) -> Map<String, Value> {
    let mut made = Map::new();
    let properties = schema["properties"].as_object();
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let share = 2 + dice.roll(8);
    for (name, property) in properties.into_iter().flatten() {
        let wanted = if required(name) { !dice.once_in(30) } else { dice.once_in(share) };
        if wanted {
            made.insert(name.clone(), value(dice, root, property, depth + 1));
        }
    }
    if schema["additionalProperties"].is_object() {
        for _ in 0..dice.roll(3) {
            let name = if dice.once_in(10) { text(dice) } else { NAMES[dice.roll(NAMES.len())].to_owned() };
            made.insert(name, value(dice, root, &schema["additionalProperties"], depth + 1));
        }
    }
    if dice.once_in(25) {
        made.insert(
            ["prot", "clas", "x", "for_each", "count", "enabled", "ignore", "", "kind", "imagee"][dice.roll(10)].to_owned(),
            hostile(dice, 0),
        );
    }
    made
}

fn hostile(dice: &mut Dice, depth: usize) -> Value {
    match dice.roll(if depth > 3 { 4 } else { 7 }) {
        0 => NUMBERS[dice.roll(NUMBERS.len())].into(),
        1 => (dice.roll(2) == 0).into(),
        2 => 0.5.into(),
        3 => text(dice).into(),
        4 => (0..dice.roll(4)).map(|_| hostile(dice, depth + 1)).collect(),
        5 => (0..dice.roll(3)).map(|_| (text(dice), hostile(dice, depth + 1))).collect::<Map<_, _>>().into(),
        _ => serde_json::json!({ "x": { "y": [{}] } }),
    }
}

pub fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(without_nulls);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
