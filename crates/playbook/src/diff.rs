//! What one version of a playbook says otherwise than another, in words. Comments, the cut into files and the order of
//! entries where order means nothing are no differences.

use crate::bundle::Bundle;
use notation::mistake::{Mistake, Notes};
use notation::yaml::{Key, Node, What};
use std::fmt;

/// One thing that is said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: `rule S05 (Pricing page)`.
    pub about: String,
    /// Where in it, as `points`; empty: the whole of it.
    pub word: String,
    pub change: Change,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Added(String),
    Removed(String),
    Changed {
        from: String,
        to: String,
    },
    /// The same entries in another order, where order means something: this one.
    Order(String),
}

/// All differences between two sound playbooks, in the order of the newer one.
///
/// # Errors
/// The mistakes of the first that cannot be read.
pub fn diff(former: &Bundle, newer: &Bundle) -> Result<Vec<Difference>, Vec<Mistake>> {
    let mut differences = Vec::new();
    compare_sections(&sections(former)?, &sections(newer)?, &mut differences);
    Ok(differences)
}

fn sections(bundle: &Bundle) -> Result<Node, Vec<Mistake>> {
    let mut notes = Notes::of("playbook");
    let sections = crate::load::sections(bundle, &mut notes);
    match sections {
        Some(sections) if !notes.failed() => Ok(sections),
        _ => Err(notes.into_findings()),
    }
}

/// Sections whose entries are named by people, and what one entry is called.
const ENTRIES: [(&str, &str); 24] = [
    ("solutions", "solution"),
    ("issues", "issue"),
    ("campaigns", "campaign"),
    ("pages", "page"),
    ("content", "content"),
    ("scores", "score"),
    ("calendars", "calendar"),
    ("groups", "group"),
    ("behaviours", "behaviour"),
    ("readings", "reading"),
    ("segments", "segment"),
    ("tiers", "tier"),
    ("programmes", "programme"),
    ("steps", "step"),
    ("variants", "page"),
    ("teams", "team"),
    ("answers", "answer"),
    ("handoffs", "hand-off"),
    ("rules", "rule"),
    ("life_cycles", "life cycle"),
    ("reasons", "reason"),
    ("stages", "stage"),
    ("criteria", "criterion"),
    ("questions", "question"),
];
/// Mappings in which what comes first counts first.
const IN_ORDER: [&str; 10] =
    ["rules", "life_cycles", "stages", "grades", "readings", "content", "tiers", "steps", "teams", "handoffs"];
/// The same of lists of words.
const LISTS_IN_ORDER: [&str; 2] = ["channels", "in_order"];

fn compare_sections(former: &Node, newer: &Node, out: &mut Vec<Difference>) {
    let root = Place { about: String::new(), word: String::new(), entry_of: None };
    compare(former, newer, &root, "", out);
}

/// Where the comparison stands.
#[derive(Clone, Debug)]
struct Place {
    about: String,
    word: String,
    /// What an entry at this place is called, when it is a named one.
    entry_of: Option<&'static str>,
}

impl Place {
    fn inner(&self, name: &str, node: &Node) -> Self {
        let entries = ENTRIES.iter().find(|(section, _)| *section == name).map(|(_, one)| *one);
        match self.entry_of {
            Some(one) => {
                let label = label(node).map(|label| format!(" ({label})")).unwrap_or_default();
                let outer = if self.about.is_empty() { String::new() } else { format!("{}, ", self.about) };
                Self { about: format!("{outer}{one} {name}{label}"), word: String::new(), entry_of: None }
            }
            // The section's name is said by its entries.
            None if entries.is_some() => Self { entry_of: entries, ..self.clone() },
            None if self.about.is_empty() => Self { about: name.to_owned(), word: String::new(), entry_of: None },
            None => Self { word: joined(&self.word, name), ..self.clone() },
        }
    }

    fn item(&self, number: usize) -> Self {
        Self { word: joined(&self.word, &(number + 1).to_string()), ..self.clone() }
    }

    fn note(&self, change: Change, out: &mut Vec<Difference>) {
        out.push(Difference { about: self.about.clone(), word: self.word.clone(), change });
    }
}

fn joined(word: &str, name: &str) -> String {
    if word.is_empty() { name.to_owned() } else { format!("{word} {name}") }
}

fn compare(former: &Node, newer: &Node, place: &Place, name: &str, out: &mut Vec<Difference>) {
    match (&former.what, &newer.what) {
        (What::Map(former), What::Map(newer)) => compare_entries(former, newer, place, name, out),
        (What::List(former), What::List(newer)) => compare_items(former, newer, place, name, out),
        // One value and a list of it are the same.
        (What::List(list), _) if list.len() == 1 => compare(&list[0], newer, place, name, out),
        (_, What::List(list)) if list.len() == 1 => compare(former, &list[0], place, name, out),
        _ if shown(former) == shown(newer) => {}
        _ => place.note(Change::Changed { from: shown(former), to: shown(newer) }, out),
    }
}

fn compare_entries(
    former: &[(Key, Node)],
    newer: &[(Key, Node)],
    place: &Place,
    name: &str,
    out: &mut Vec<Difference>,
) {
    let find = |entries: &'_ [(Key, Node)], key: &Key| entries.iter().position(|(have, _)| have.text == key.text);
    for (key, node) in newer {
        let inner = place.inner(&key.text, node);
        match find(former, key) {
            Some(at) => compare(&former[at].1, node, &inner, &key.text, out),
            None => inner.note(Change::Added(shown(node)), out),
        }
    }
    for (key, node) in former.iter().filter(|(key, _)| find(newer, key).is_none()) {
        place.inner(&key.text, node).note(Change::Removed(shown(node)), out);
    }
    if IN_ORDER.contains(&name) {
        let common = |entries: &[(Key, Node)], others: &[(Key, Node)]| {
            let both = entries.iter().filter(|(key, _)| find(others, key).is_some());
            both.map(|(key, _)| key.text.clone()).collect::<Vec<_>>()
        };
        let order = common(newer, former);
        if order != common(former, newer) {
            let place = match (place.entry_of, place.about.is_empty()) {
                (Some(_), true) => Place { about: name.to_owned(), ..place.clone() },
                (Some(_), false) => Place { word: joined(&place.word, name), ..place.clone() },
                (None, _) => place.clone(),
            };
            place.note(Change::Order(order.join(", ")), out);
        }
    }
}

/// Items of the same number are compared one by one; else those that only one of the lists holds are told.
fn compare_items(former: &[Node], newer: &[Node], place: &Place, name: &str, out: &mut Vec<Difference>) {
    let words = former.iter().chain(newer).all(|item| matches!(item.what, What::Scalar { .. }));
    if former.len() == newer.len() && !words {
        for (at, (former, newer)) in former.iter().zip(newer).enumerate() {
            compare(former, newer, &place.item(at), "", out);
        }
        return;
    }
    let mut gone: Vec<String> = former.iter().map(shown).collect();
    let mut come = Vec::new();
    for item in newer.iter().map(shown) {
        match gone.iter().position(|have| *have == item) {
            Some(at) => drop(gone.remove(at)),
            None => come.push(item),
        }
    }
    if come.is_empty() && gone.is_empty() && LISTS_IN_ORDER.contains(&name) {
        let order: Vec<String> = newer.iter().map(shown).collect();
        if order != former.iter().map(shown).collect::<Vec<_>>() {
            place.note(Change::Order(order.join(", ")), out);
        }
    }
    come.into_iter().for_each(|item| place.note(Change::Added(item), out));
    gone.into_iter().for_each(|item| place.note(Change::Removed(item), out));
}

fn label(node: &Node) -> Option<String> {
    let What::Map(entries) = &node.what else { return None };
    let (_, label) = entries.iter().find(|(key, _)| matches!(key.text.as_str(), "label" | "title"))?;
    match &label.what {
        What::Scalar { text, .. } => Some(text.clone()),
        What::Map(languages) => languages.iter().find(|(key, _)| key.text == "en").map(|(_, node)| shown(node)),
        What::List(_) => None,
    }
}

/// A value on one line, as one would write it.
fn shown(node: &Node) -> String {
    match &node.what {
        What::Scalar { text, plain: true } => text.clone(),
        // Quotes make a text of what would be a number or a yes.
        What::Scalar { text, plain: false } if is_plain_text(text) => text.clone(),
        What::Scalar { text, plain: false } => format!("\"{text}\""),
        What::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        What::Map(entries) => {
            let entries = entries.iter().map(|(key, node)| format!("{}: {}", key.text, shown(node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn is_plain_text(text: &str) -> bool {
    !matches!(text, "" | "~" | "null" | "true" | "false") && text.parse::<f64>().is_err()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.about)?;
        if !self.word.is_empty() {
            write!(f, ": {}", self.word)?;
        }
        match &self.change {
            Change::Added(what) => write!(f, ": added {what}"),
            Change::Removed(what) => write!(f, ": removed {what}"),
            Change::Changed { from, to } => write!(f, ": {from} -> {to}"),
            Change::Order(order) => write!(f, ": now in the order {order}"),
        }
    }
}
