use super::filter::Filter;
use super::letters::{Letter, Original, channel, letters, originals, topic};
use crate::commands::sources::{self, Mapper};
use crate::failure::{Exit, Failure};
use crate::kafka::{Cluster, NotTaken, Outgoing, Sender};
use crate::output::{out, talk};
use crate::settings::Settings;
use ingest::{Decoder, RawMeta};
use rdkafka::message::{Header, OwnedHeaders};
use std::collections::{BTreeMap, BTreeSet};
use stream::dead_letter::{RETRY_ELEMENTS, RETRY_OF, SETTLED};
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
    let mut ready = Vec::new();
    for letters in records.into_values() {
        let Some(original) = letters.iter().find_map(|letter| originals.get(letter.holder())) else {
            letters.iter().for_each(|letter| out(&format!("{}: its record is no longer kept\n", letter.key)));
            retry.left += letters.len();
            continue;
        };
        let letters = retry.usable(letters, original)?;
        if !letters.is_empty() {
            ready.push(Again { letters, original });
        }
    }
    let count: usize = ready.iter().map(|again| again.letters.len()).sum();
    let (left, number) = (retry.left, ready.len());
    if dry_run {
        talk(&format!("{count} letters would be sent again, {left} would stay; nothing was sent"));
    } else {
        send(settings, &cluster, &ready)?;
        talk(&format!("{count} letters were sent again ({number} records), {left} stay"));
    }
    Ok(if left == 0 { Exit::Done } else { Exit::Findings })
}

struct Retry<'a> {
    settings: &'a Settings,
    decoder: Decoder,
    mapper: Mapper,
    /// Letters that stay.
    left: usize,
}

/// A record that is sent again, for these of its letters.
struct Again<'a> {
    letters: Vec<&'a Letter>,
    original: &'a Original,
}

impl Retry<'_> {
    /// The letters of a record that would not be written again.
    fn usable<'a>(&mut self, letters: Vec<&'a Letter>, original: &Original) -> Result<Vec<&'a Letter>, Failure> {
        let refused = self.refused(letters[0], original)?;
        let mut usable = Vec::new();
        for letter in letters {
            let element = letter.element.as_deref().and_then(|element| element.parse().ok());
            let still = refused.as_ref().and_then(|refused| match element {
                Some(element) => refused.get(&element),
                None => refused.values().next(),
            });
            match still {
                None => {
                    out(&format!("{}: sent again\n", letter.key));
                    usable.push(letter);
                }
                Some(rejection) => {
                    self.left += 1;
                    let field =
                        if rejection.field.is_empty() { String::new() } else { format!(" `{}`", rejection.field) };
                    out(&format!("{}: stays, {}{field} {}\n", letter.key, rejection.code, rejection.message));
                }
            }
        }
        Ok(usable)
    }

    /// What is refused of a raw record now, by the settings of this command; `None`: the record is not raw.
    fn refused(&mut self, letter: &Letter, original: &Original) -> Result<Option<BTreeMap<usize, Rejection>>, Failure> {
        let Some(channel) = channel(self.settings, &letter.topic) else { return Ok(None) };
        let headers: Vec<(&str, &[u8])> =
            original.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let meta = RawMeta {
            topic_channel: Some(channel),
            source: letter.source.as_deref(),
            headers: &headers,
            received_at: Timestamp::from_millis(observe::clock::now().as_millis()),
        };
        let mut refused = BTreeMap::new();
        for (element, outcome) in self.mapper.map(&self.decoder, &meta, &original.value)?.drain() {
            if let Outcome::Rejected(rejection) = outcome {
                refused.entry(element).or_insert(rejection);
            }
        }
        Ok(Some(refused))
    }
}

/// First the records, then the word that their letters are settled: if it stops between, they are sent once more, and what is
/// in them counts once.
fn send(settings: &Settings, cluster: &Cluster, ready: &[Again<'_>]) -> Result<(), Failure> {
    if ready.is_empty() {
        return Ok(());
    }
    let names: BTreeSet<&str> = ready.iter().map(|again| again.letters[0].topic.as_str()).collect();
    let topics = cluster.topics(&names.iter().copied().collect::<Vec<_>>())?;
    if let Some(missing) = names.iter().find(|name| !topics.contains_key(**name)) {
        return Err(Failure::findings(format!("there is no topic {missing} any more; nothing was sent"))
            .next("name the letters of other topics"));
    }
    let sender = Sender::new(&settings.kafka)?;
    let stopped = |failed: NotTaken| {
        Failure::unreachable(format!("the broker does not take a record: {failed}"))
            .next("run it again: what was taken does not count twice")
    };
    for again in ready {
        let letter = again.letters[0];
        let partitions = topics.get(&letter.topic).map_or(0, |topic| topic.partitions);
        let mut record = Outgoing::with_opaque_to(&letter.topic, 0)
            .payload(again.original.value.as_slice())
            .headers(again.headers());
        if let Some(key) = &again.original.key {
            record = record.key(key.as_slice());
        }
        if (0..partitions).contains(&letter.partition) {
            record = record.partition(letter.partition);
        }
        sender.send(record).map_err(stopped)?;
    }
    sender.flush().map_err(stopped)?;
    let letters = topic(settings);
    for letter in ready.iter().flat_map(|again| &again.letters) {
        let settled = OwnedHeaders::new().insert(Header { key: SETTLED, value: Some("retried") });
        let marker = Outgoing::with_opaque_to(&letters, 0).key(letter.key.as_bytes()).headers(settled);
        sender.send(marker).map_err(stopped)?;
    }
    sender.flush().map_err(stopped)
}

impl Again<'_> {
    fn headers(&self) -> OwnedHeaders {
        let mut headers = OwnedHeaders::new();
        for (name, value) in &self.original.headers {
            headers = headers.insert(Header { key: name, value: Some(value.as_slice()) });
        }
        headers = headers.insert(Header { key: RETRY_OF, value: Some(self.letters[0].key.as_bytes()) });
        let elements: Option<Vec<&str>> = self.letters.iter().map(|letter| letter.element.as_deref()).collect();
        match elements {
            Some(elements) => {
                headers.insert(Header { key: RETRY_ELEMENTS, value: Some(elements.join(",").as_bytes()) })
            }
            None => headers,
        }
    }
}
