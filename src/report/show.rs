//! Live resources, as a table.

use super::flat::flat;
use super::paint;
use crate::core::kind::Row;
use crate::core::snapshot::{Live, Snapshot, State};
use serde_json::{Value, json};

/// A line per live resource: address, kind, id, state; with `links` the console's address of it. An id that has no room there stands
/// on a line of its own.
pub fn render(snapshot: &Snapshot, find: &Find<'_>, links: bool, columns: usize) -> String {
    let snapshot = &*flat(snapshot);
    let rows = rows(snapshot, find);
    let width = |pick: &dyn Fn(&Line<'_>) -> usize| rows.iter().map(pick).max().unwrap_or(0);
    let (addresses, kinds) = (width(&|row| paint::width(&row.0)).min(40), width(&|row| paint::width(&row.1)));
    let mut text = format!(
        "{} {}\n",
        paint::strong(&snapshot.scope.owner()),
        paint::calm(&format!("in {}, {}", snapshot.scope.region, snapshot.scope.account))
    );
    for (address, kind, live, row) in &rows {
        let state = match &live.state {
            State::Ready => String::new(),
            State::Changing(word) => format!("  {}", paint::change(word)),
            State::Failed(why) => format!("  {}", paint::bad(why)),
            State::Deleting => format!("  {}", paint::minus("deleting")),
        };
        let name = format!("  {}  {}", paint::pad(address, addresses), paint::calm(&paint::pad(kind, kinds)));
        let line = format!("{name}  {}{state}", live.id);
        text += &match paint::width(&line) <= columns {
            true => line + "\n",
            false => {
                let name = format!("  {}  {}", paint::pad(address, addresses), paint::calm(kind));
                let id = format!("{}{state}", live.id);
                format!("{}\n    {}\n", paint::wrap(&name, columns, 4), paint::wrap(&id, columns, 6))
            }
        };
        let link = row.map(|row| console(row, live, &snapshot.scope.region)).unwrap_or_default();
        if links && !link.is_empty() {
            text += &format!("    {}\n", paint::calm(&link));
        }
    }
    for unread in &snapshot.unread {
        let said = format!("{} {}: {}", paint::bad("unread"), unread.kind, unread.reason);
        let hint = unread.hint.as_ref().map(|hint| format!("  {}: {hint}", paint::strong("hint")));
        for line in [said].into_iter().chain(hint) {
            text += &format!("  {}\n", paint::wrap(&line, columns, 4));
        }
    }
    text + &format!("{}\n", paint::count(rows.len(), "resource"))
}

/// The same for machines.
pub fn to_json(snapshot: &Snapshot, find: &Find<'_>) -> Value {
    let Snapshot { version, scope, resources: _, unread, swept: _ } = snapshot;
    let one = |(address, kind, live, row): &Line<'_>| {
        let Live { id, name, arn, claim: _, state, spec: _, outputs } = live;
        let console = row.map(|row| console(row, live, &scope.region)).unwrap_or_default();
        json!({ "address": address, "kind": kind, "id": id, "name": name, "arn": arn, "state": state, "outputs": outputs, "console": console })
    };
    let resources = rows(snapshot, find).iter().map(one).collect::<Value>();
    json!({ "version": version, "scope": scope, "resources": resources, "unread": unread })
}

type Find<'a> = dyn Fn(&str) -> Option<&'static Row> + 'a;
type Line<'a> = (String, String, &'a Live, Option<&'static Row>);

/// Returns the resources of the stack, in order of address.
fn rows<'a>(snapshot: &'a Snapshot, find: &Find<'_>) -> Vec<Line<'a>> {
    let all = snapshot.resources.iter().flat_map(|(kind, list)| list.iter().map(move |live| (kind, live)));
    let ours = all.filter_map(|(kind, live)| Some((live.claim.as_ref()?.address.to_string(), kind.clone(), live, find(kind))));
    let mut rows = ours.collect::<Vec<_>>();
    rows.sort_by(|a, b| (&a.0, &a.2.id).cmp(&(&b.0, &b.2.id)));
    rows
}

/// Returns the address of its page in the AWS console; empty if the kind has none.
pub fn console(row: &Row, live: &Live, region: &str) -> String {
    let plain = |text: &str| text.chars().flat_map(|letter| encode(letter).chars().collect::<Vec<_>>()).collect::<String>();
    let template = row.about.console.replace("{region}", region);
    template.replace("{id}", &plain(&live.id)).replace("{name}", &plain(&live.name)).replace("{arn}", &plain(&live.arn))
}

fn encode(letter: char) -> String {
    if letter.is_ascii_alphanumeric() || "-_.~:/".contains(letter) {
        letter.to_string()
    } else {
        letter.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
    }
}
