use super::filter::Filter;
use super::letters::{Letter, Original, channel, letters, originals};
use super::resend::{Again, Sent, send, settle};
use crate::commands::sources::{self, Mapper};
use crate::failure::{Exit, Failure};
use crate::kafka::Cluster;
use crate::output::{out, talk};
use crate::service::NOT_FOUND;
use crate::settings::Settings;
use ingest::{Decoder, ElementHash, RawMeta};
use std::collections::{BTreeMap, BTreeSet};
use touchpoint::{Outcome, Rejection, Timestamp};

/// Sends the records of letters again to where they came from. What would be refused again stays where it is.
///
/// # Errors
/// When there is no such letter, or the cluster does not answer or take a record.
pub(in crate::commands) fn retry(
    settings: &Settings,
    filter: &Filter,
    keys: &[String],
    all: bool,
    dry_run: bool,
) -> Result<Exit, Failure> {
    if keys.is_empty() && filter.is_empty() && !all {
        return Err(Failure::usage("nothing says which letters are meant")
            .next("name them, or a --code, --source, --service, --since or --until, or --all"));
    }
    let cluster = Cluster::connect(&settings.kafka)?;
    let letters = letters(settings, &cluster)?;
    filter.check(settings, letters.values())?;
    if let Some(unknown) = keys.iter().find(|key| !letters.contains_key(*key)) {
        return Err(Failure::findings(format!("no dead letter is called `{unknown}`; nothing was sent"))
            .next("`demand-center dead-letters list` prints them"));
    }
    let is_meant = |letter: &&Letter| {
        letter.settled.is_none() && (keys.is_empty() || keys.contains(&letter.key)) && filter.takes(letter)
    };
    let mut records: BTreeMap<(&str, i32, i64), Vec<&Letter>> = BTreeMap::new();
    for letter in letters.values().filter(is_meant) {
        records.entry(letter.record()).or_default().push(letter);
    }
    let holders: BTreeSet<&str> = records.values().flatten().map(|letter| letter.holder()).collect();
    let originals = originals(settings, &cluster, |key| holders.contains(key))?;
    let mut retry = Retry { settings, decoder: sources::in_force(settings)?, mapper: Mapper::new(settings)?, left: 0 };
    let names: BTreeSet<&str> = records.keys().map(|(topic, ..)| *topic).collect();
    let topics = cluster.topics(&names.into_iter().collect::<Vec<_>>())?;
    let mut ready = Vec::new();
    for ((topic, ..), letters) in records {
        if !topics.contains_key(topic) {
            letters.iter().for_each(|letter| retry.stays(letter, &format!("there is no topic {topic} any more")));
            continue;
        }
        let Some(original) = letters.iter().find_map(|letter| originals.get(letter.holder())) else {
            letters.iter().for_each(|letter| retry.stays(letter, "its record is no longer kept"));
            continue;
        };
        let letters = retry.usable(letters, original)?;
        ready.extend(letters.chunks(LETTERS_A_RECORD).map(|letters| Again { letters: letters.to_vec(), original }));
    }
    let count = |ready: &[Again<'_>]| ready.iter().map(|again| again.letters.len()).sum::<usize>();
    if dry_run {
        let letters = ready.iter().flat_map(|again| &again.letters);
        letters.for_each(|letter| out(&format!("{}: would be sent again\n", letter.key)));
        talk(&format!("{} letters would be sent again, {} would stay; nothing was sent", count(&ready), retry.left));
    } else {
        let Sent { taken, refused } = send(settings, &topics, ready)?;
        settle(settings, &taken)?;
        for (again, why) in &refused {
            again.letters.iter().for_each(|letter| retry.stays(letter, &format!("the broker does not take it: {why}")));
        }
        let (count, records, left) = (count(&taken), taken.len(), retry.left);
        talk(&format!("{count} letters were sent again ({records} records), {left} stay"));
    }
    Ok(if retry.left == 0 { Exit::Done } else { Exit::Findings })
}

/// Letters whose elements are named by the headers of one record, so that these stay small beside it.
const LETTERS_A_RECORD: usize = 1_000;

struct Retry<'a> {
    settings: &'a Settings,
    decoder: Decoder,
    mapper: Mapper,
    /// Letters that stay.
    left: usize,
}

/// What becomes of the elements of a record now.
struct Now {
    refused: BTreeMap<Option<ElementHash>, Rejection>,
    elements: BTreeSet<ElementHash>,
}

impl Retry<'_> {
    /// Says that a letter stays, and why.
    fn stays(&mut self, letter: &Letter, why: &str) {
        self.left += 1;
        out(&format!("{}: stays, {why}\n", letter.key));
    }

    /// The letters of a record that would not be written again.
    fn usable<'a>(&mut self, letters: Vec<&'a Letter>, original: &Original) -> Result<Vec<&'a Letter>, Failure> {
        let Some(now) = self.now(letters[0], original)? else { return Ok(letters) };
        let mut usable = Vec::new();
        for letter in letters {
            match now.still(letter) {
                None => usable.push(letter),
                Some(why) => self.stays(letter, &why),
            }
        }
        Ok(usable)
    }

    /// What becomes of a raw record now, by the settings of this command; `None`: the record is not raw.
    fn now(&mut self, letter: &Letter, original: &Original) -> Result<Option<Now>, Failure> {
        let Some(channel) = channel(self.settings, &letter.topic) else { return Ok(None) };
        let headers: Vec<(&str, &[u8])> =
            original.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let first_came = letter.first_came.as_deref().and_then(|millis| millis.parse().ok());
        let meta = RawMeta {
            topic_channel: Some(channel),
            source: letter.source.as_deref(),
            headers: &headers,
            received_at: Timestamp::from_millis(first_came.unwrap_or_else(|| observe::clock::now().as_millis())),
        };
        let mut now = Now { refused: BTreeMap::new(), elements: BTreeSet::new() };
        for (element, outcome) in self.mapper.map(&self.decoder, &meta, &original.value)?.drain() {
            now.elements.extend(element.hash);
            if let Outcome::Rejected(rejection) = outcome {
                now.refused.entry(element.hash).or_insert(rejection);
            }
        }
        Ok(Some(now))
    }
}

impl Now {
    /// Why what the letter is about would be refused again; `None`: it would not.
    fn still(&self, letter: &Letter) -> Option<String> {
        let whole = self.refused.get(&None);
        let rejection = match (&letter.element, letter.element_hash.as_deref().and_then(ElementHash::parse)) {
            (None, _) => self.refused.values().next(),
            (Some(_), _) if whole.is_some() => whole,
            (Some(_), Some(hash)) if self.elements.contains(&hash) => self.refused.get(&Some(hash)),
            (Some(_), None) => {
                return Some("an earlier version wrote it and does not say which element it is about".to_owned());
            }
            (Some(element), _) => return Some(format!("element {element} {NOT_FOUND}")),
        };
        rejection.map(|rejection| {
            let field = if rejection.field.is_empty() { String::new() } else { format!(" `{}`", rejection.field) };
            format!("{}{field} {}", rejection.code, rejection.message)
        })
    }
}
