//! `playbook list`: what was activated, what is in force, what is to come.

use crate::commands::contents::{Content, changelog, contents, partition_row};
use crate::failure::{Exit, Failure};
use crate::kafka::Cluster;
use crate::output::{Form, out, printed, talk};
use crate::settings::Settings;
use ::engine::version::{Activation, in_force};
use comfy_table::{ContentArrangement, Table, presets};
use playbook::Bundle;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use touchpoint::{Text, Timestamp};

/// Prints every activation in the order in which they were made, and contents that no engine has heard of yet.
///
/// # Errors
/// When the cluster does not answer, or its topics are not there.
pub(in crate::commands) fn list(settings: &Settings, form: Form) -> Result<Exit, Failure> {
    let cluster = Cluster::connect(&settings.kafka)?;
    let contents = contents(settings, &cluster)?;
    let told = activations(settings, &cluster)?;
    let now = Timestamp::from_millis(observe::clock::now().as_millis());
    let lines = lines(&told.activations, &contents, now);
    match form {
        Form::Table if lines.is_empty() => talk("no playbook was ever activated"),
        Form::Table => out(&table(&lines)),
        Form::Json => out(&format!(
            "{:#}\n",
            json!({"now": now.to_string(), "playbooks": lines.iter().map(described).collect::<Vec<_>>()})
        )),
    }
    told.differences.iter().for_each(|difference| talk(&format!("note: {difference}")));
    Ok(if told.differences.is_empty() { Exit::Done } else { Exit::Findings })
}

/// The activations that the engines have heard of.
struct Told {
    activations: Vec<Activation>,
    /// Where partitions do not agree, in words.
    differences: Vec<String>,
}

/// Every partition hears of every activation, in one order; one whose engine stands still has heard of fewer.
fn activations(settings: &Settings, cluster: &Cluster) -> Result<Told, Failure> {
    let reader = changelog(settings, cluster)?;
    let mut of_each: Vec<Vec<Activation>> = Vec::new();
    for partition in 0..reader.partitions() {
        of_each.push(partition_row(&reader, partition)?.map(|row| row.activations).unwrap_or_default());
    }
    let most = of_each.iter().max_by_key(|activations| activations.len()).cloned().unwrap_or_default();
    let behind = of_each.iter().enumerate().filter(|(_, activations)| **activations != most);
    let differences = behind.map(|(partition, activations)| match most.starts_with(activations) {
        true => {
            format!("partition {partition} has heard of {} of {} activations so far", activations.len(), most.len())
        }
        false => format!("partition {partition} has heard of other activations than the rest"),
    });
    let differences = differences.collect();
    Ok(Told { activations: most, differences })
}

/// What becomes of an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    InForce,
    /// Counts from its moment on.
    ToCome,
    /// Counted until another one came into force.
    Former,
    /// Another one was put in its place: nothing is, or will be, scored by it.
    Replaced,
    /// The content is there; no engine has heard of it yet.
    NotHeard,
}

struct Line<'a> {
    hash: &'a Text,
    /// Name and label of the content, where this binary can read it.
    named: Option<(Text, Text)>,
    effective_at: Option<Timestamp>,
    /// When the content was written last: with its last activation.
    written_at: Option<Timestamp>,
    state: State,
}

fn lines<'a>(activations: &'a [Activation], contents: &'a BTreeMap<Text, Content>, now: Timestamp) -> Vec<Line<'a>> {
    let line = |hash: &'a Text, effective_at, state| {
        let content = contents.get(hash);
        let named = content.and_then(|content| Bundle::from_bytes(&content.bytes).ok()?.load().ok());
        Line {
            hash,
            named: named.map(|(model, _)| (model.name, model.label)),
            effective_at,
            written_at: content.and_then(|content| content.written_at),
            state,
        }
    };
    let heard = activations.iter().enumerate();
    let heard = heard.map(|(ix, one)| line(&one.hash, Some(one.effective_at), state(activations, ix, now)));
    let unheard = contents.keys().filter(|hash| activations.iter().all(|one| one.hash != **hash));
    heard.chain(unheard.map(|hash| line(hash, None, State::NotHeard))).collect()
}

fn state(activations: &[Activation], ix: usize, now: Timestamp) -> State {
    let effective_at = activations[ix].effective_at;
    let counts = |at| in_force(activations.iter(), at) == Some(ix);
    match () {
        () if counts(now) => State::InForce,
        () if !counts(effective_at) => State::Replaced,
        () if effective_at > now => State::ToCome,
        () => State::Former,
    }
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::ToCome => "to_come",
            Self::Former => "former",
            Self::Replaced => "replaced",
            Self::NotHeard => "not_heard",
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::InForce => "in force",
            Self::ToCome => "to come",
            Self::Former => "former",
            Self::Replaced => "replaced",
            Self::NotHeard => "not heard of by an engine yet",
        }
    }
}

fn table(lines: &[Line<'_>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["LABEL", "NAME", "HASH", "EFFECTIVE", "WRITTEN", "STATE"]);
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    for line in lines {
        let (name, label) = line.named.as_ref().map_or(("?", "?"), |(name, label)| (name.as_str(), label.as_str()));
        let hash = line.hash.get(..12).unwrap_or(line.hash);
        table.add_row([label, name, hash, &moment(line.effective_at), &moment(line.written_at), line.state.in_words()]);
    }
    printed(&table)
}

fn described(line: &Line<'_>) -> Json {
    let named = line.named.as_ref();
    json!({
        "hash": line.hash,
        "name": named.map(|(name, _)| name),
        "label": named.map(|(_, label)| label),
        "effective_at": line.effective_at.map(|at| at.to_string()),
        "written_at": line.written_at.map(|at| at.to_string()),
        "state": line.state.as_str(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn states(effective: &[i64], now: i64) -> Vec<State> {
        let activation =
            |(n, millis): (usize, &i64)| Activation { hash: Text::new(n.to_string()), effective_at: at(*millis) };
        let activations: Vec<Activation> = effective.iter().enumerate().map(activation).collect();
        (0..activations.len()).map(|ix| state(&activations, ix, at(now))).collect()
    }

    #[test]
    fn of_several_activations_each_has_its_time() {
        use State::{Former, InForce, Replaced, ToCome};
        assert_eq!(states(&[10, 20, 30], 25), [Former, InForce, ToCome]);
        assert_eq!(states(&[10, 20, 20], 25), [Former, Replaced, InForce], "of equals the last");
        assert_eq!(states(&[20, 10], 25), [InForce, Former], "the later moment counts, whichever was said first");
        assert_eq!(states(&[30, 40], 25), [InForce, ToCome], "before the first the first counts");
    }
}
