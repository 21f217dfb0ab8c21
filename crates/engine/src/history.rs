//! The ledger on its rows: append at the end, change anywhere, fold again from the checkpoint before the change.
//!
//! A ledger is a list of chunks and a tail of single rows, each with a checkpoint: the fold before it. In order and new
//! costs one row; a change in the past reads from the chunk that covers it.

use crate::aggregate::Aggregate;
use crate::bursts;
use crate::fold::{Trace, advance, fold_row};
use crate::head::Head;
use crate::ledger::{LedgerRow, Place};
use crate::rows::{self, CHUNK_ROWS, ChunkRef, Directory, Row, Rows};
use crate::version::Versions;
use touchpoint::limits::OWN_SOURCE;
use touchpoint::{Consent, ConsentState, ContactId, Delivered, IdentifierKey, Timestamp, Touchpoint};

/// A change of the ledger: rows to take away and rows to put in, by place.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) remove: Vec<Place>,
    pub(crate) insert: Vec<LedgerRow>,
}

impl Change {
    fn first_place(&self) -> Option<Place> {
        self.remove.iter().cloned().chain(self.insert.iter().map(LedgerRow::place)).min()
    }

    fn touches(&self, mine: impl Fn(&Place) -> bool) -> bool {
        self.remove.iter().any(&mine) || self.insert.iter().any(|row| mine(&row.place()))
    }
}

/// What a refold found beside the head's new state.
#[derive(Debug, Default)]
pub(crate) struct Refolded {
    /// What the rows from the change on gave before and give now.
    pub(crate) before: Trace,
    pub(crate) after: Trace,
    /// The rows that were taken away.
    pub(crate) removed: Vec<LedgerRow>,
}

/// Finds the row at a place; only ever asked for places at or before the head's last.
pub(crate) fn find<R: Rows>(rows: &mut R, contact: ContactId, place: &Place) -> Result<Option<LedgerRow>, R::Error> {
    if let Some(Row::Tail(row)) = rows.get(&rows::tail_key(contact, place))? {
        return Ok(Some(row.as_ref().clone()));
    }
    let directory = directory(rows, contact)?;
    let Some(at) = covering(&directory, place) else { return Ok(None) };
    let chunk = chunk(rows, contact, &directory.chunks[at].start)?;
    Ok(chunk.into_iter().find(|row| row.place() == *place))
}

/// Every row that satisfies `wanted`, from all chunks and the tail.
pub(crate) fn select<R: Rows>(
    rows: &mut R,
    contact: ContactId,
    mut wanted: impl FnMut(&LedgerRow) -> bool,
) -> Result<Vec<Place>, R::Error> {
    let mut places = Vec::new();
    for reference in directory(rows, contact)?.chunks {
        let chunk = chunk(rows, contact, &reference.start)?;
        places.extend(chunk.iter().filter(|row| wanted(row)).map(LedgerRow::place));
    }
    for (_, row) in rows.scan(&rows::tail_prefix(contact))? {
        if let Row::Tail(row) = row
            && wanted(&row)
        {
            places.push(row.place());
        }
    }
    Ok(places)
}

/// The rows of a time, both ends included, in order.
pub(crate) fn between<R: Rows>(
    rows: &mut R,
    contact: ContactId,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<LedgerRow>, R::Error> {
    let is_within = |place: &Place| (from..=until).contains(&place.occurred_at());
    let directory = directory(rows, contact)?;
    let mut found = Vec::new();
    for (at, reference) in directory.chunks.iter().enumerate() {
        // The first chunk takes what is earlier than its start.
        let begins_in_time = at == 0 || reference.start.occurred_at() <= until;
        if begins_in_time && reference.last.occurred_at() >= from {
            found.extend(chunk(rows, contact, &reference.start)?.into_iter().filter(|row| is_within(&row.place())));
        }
    }
    for (_, row) in rows.scan(&rows::tail_prefix(contact))? {
        if let Row::Tail(row) = row
            && is_within(&row.place())
        {
            found.push(*row);
        }
    }
    Ok(found)
}

/// Judges every row anew, as when a playbook version came into force in the past, or the first rows have left. The caller folds
/// them again.
fn judge<R: Rows>(rows: &mut R, versions: &Versions, contact: ContactId) -> Result<(), R::Error> {
    if bursts::reach(versions).is_none() {
        return Ok(());
    }
    let (_, ledger) = whole(rows, contact)?;
    let directory = directory(rows, contact)?;
    for turned in bursts::turned(versions, &ledger) {
        let place = turned.place();
        match covering(&directory, &place) {
            None => rows.put(rows::tail_key(contact, &place), Row::Tail(Box::new(turned))),
            Some(at) => {
                let start = &directory.chunks[at].start;
                let mut chunk = chunk(rows, contact, start)?;
                chunk.iter_mut().filter(|row| row.place() == place).for_each(|row| *row = turned.clone());
                rows.put(rows::chunk_key(contact, start), Row::Chunk(chunk));
            }
        }
    }
    Ok(())
}

/// The whole ledger in order, and the fold before its first row.
pub(crate) fn whole<R: Rows>(rows: &mut R, contact: ContactId) -> Result<(Aggregate, Vec<LedgerRow>), R::Error> {
    let directory = directory(rows, contact)?;
    let start = checkpoint(rows, contact, directory.chunks.first().map(|first| &first.start))?;
    let mut ledger = Vec::new();
    for reference in &directory.chunks {
        ledger.extend(chunk(rows, contact, &reference.start)?);
    }
    for (_, row) in rows.scan(&rows::tail_prefix(contact))? {
        if let Row::Tail(row) = row {
            ledger.push(*row);
        }
    }
    Ok((start, ledger))
}

/// Applies a change to the ledger and folds again from the checkpoint before it; `head.aggregate` is then the fold of
/// the last row (timers after it are the caller's).
pub(crate) fn rewrite<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    contact: ContactId,
    head: &mut Head,
    mut change: Change,
) -> Result<Refolded, R::Error> {
    let mut refolded = Refolded::default();
    let Some(first) = change.first_place() else { return Ok(refolded) };
    let mut directory = directory(rows, contact)?;
    let from = covering(&directory, &first);
    // The checkpoint: of the chunk that covers the change, else of the tail.
    let mut before = checkpoint(rows, contact, from.map(|at| &directory.chunks[at].start))?;
    let mut former = before.clone();
    let folded_until = head.aggregate.at;
    let mut chunk_at = from.unwrap_or(directory.chunks.len());
    while chunk_at < directory.chunks.len() {
        let start = directory.chunks[chunk_at].start.clone();
        let until = directory.chunks.get(chunk_at + 1).map(|next| next.start.clone());
        let old = chunk(rows, contact, &start)?;
        old.iter().for_each(|row| fold_row(versions, &mut former, row, Some(&mut refolded.before)));
        let last = directory.chunks[chunk_at].last.clone();
        // The last chunk takes changes up to its last place; what is later belongs to the tail.
        let mine = |place: &Place| until.as_ref().map_or(*place <= last, |until| place < until);
        if !change.touches(mine) {
            put_checkpoint(rows, contact, Some(&start), &before);
            old.iter().for_each(|row| fold_row(versions, &mut before, row, Some(&mut refolded.after)));
            chunk_at += 1;
            continue;
        }
        let new = merge(old, &mut change, mine, &mut refolded.removed);
        delete_chunk(rows, contact, &start);
        let pieces = cut(new);
        let count = pieces.len();
        let mut references = Vec::with_capacity(count);
        for piece in pieces {
            let first = before.clone();
            piece.iter().for_each(|row| fold_row(versions, &mut before, row, Some(&mut refolded.after)));
            references.push(put_chunk(rows, contact, &first, piece));
        }
        directory.chunks.splice(chunk_at..=chunk_at, references);
        chunk_at += count;
    }
    if from.is_some() {
        put_checkpoint(rows, contact, None, &before);
        put_directory(rows, contact, &directory);
    }
    let tail: Vec<LedgerRow> = rows
        .scan(&rows::tail_prefix(contact))?
        .into_iter()
        .filter_map(|(_, row)| match row {
            Row::Tail(row) => Some(*row),
            _ => None,
        })
        .collect();
    tail.iter().for_each(|row| fold_row(versions, &mut former, row, Some(&mut refolded.before)));
    // Timers had fired after the last row, too; what they gave was there.
    if let Some(until) = folded_until {
        advance(versions, &mut former, until, Some(&mut refolded.before));
    }
    for place in &change.remove {
        rows.delete(&rows::tail_key(contact, place));
    }
    for row in &change.insert {
        rows.put(rows::tail_key(contact, &row.place()), Row::Tail(Box::new(row.clone())));
    }
    let tail = merge(tail, &mut change, |_| true, &mut refolded.removed);
    tail.iter().for_each(|row| fold_row(versions, &mut before, row, Some(&mut refolded.after)));

    head.tail_rows = tail.len() as u32;
    head.chunks = directory.chunks.len() as u32;
    head.rows = head.tail_rows + directory.chunks.iter().map(|chunk| chunk.rows).sum::<u32>();
    head.last = tail.last().map(LedgerRow::place).or_else(|| directory.chunks.last().map(|chunk| chunk.last.clone()));
    head.aggregate = before;
    Ok(refolded)
}

/// Folds the whole ledger anew, as when a playbook version came into force in the past. What left the horizon is not
/// folded again: it is in the fold before the first row, as it stood then.
pub(crate) fn refold<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    contact: ContactId,
    head: &mut Head,
) -> Result<(), R::Error> {
    judge(rows, versions, contact)?;
    let directory = directory(rows, contact)?;
    let mut aggregate = checkpoint(rows, contact, directory.chunks.first().map(|first| &first.start))?;
    refold_from(rows, versions, contact, &directory, &mut aggregate)?;
    head.aggregate = aggregate;
    Ok(())
}

/// Turns the tail into a chunk, or several where its rows are large. The head's fold must be that of the tail's last row.
pub(crate) fn compact<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    contact: ContactId,
    head: &mut Head,
) -> Result<(), R::Error> {
    let mut before = checkpoint(rows, contact, None)?;
    let mut tail = Vec::with_capacity(CHUNK_ROWS);
    for row in rows.drain(&rows::tail_prefix(contact))? {
        if let Row::Tail(row) = row {
            tail.push(*row);
        }
    }
    let mut directory = directory(rows, contact)?;
    let mut pieces = cut(tail).into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let first = before.clone();
        // The last one's fold is the head's own.
        if pieces.peek().is_some() {
            piece.iter().for_each(|row| fold_row(versions, &mut before, row, None));
        }
        directory.chunks.push(put_chunk(rows, contact, &first, piece));
    }
    put_directory(rows, contact, &directory);
    put_checkpoint(rows, contact, None, &head.aggregate);
    head.chunks = directory.chunks.len() as u32;
    head.tail_rows = 0;
    Ok(())
}

/// How many of the ledger's oldest chunks reach back beyond `oldest`, or are too many for a ledger of `most` rows. The
/// last chunk stays: a ledger has at least what was made last.
pub(crate) fn leaving<R: Rows>(
    rows: &mut R,
    contact: ContactId,
    have: u32,
    oldest: &Place,
    most: u32,
) -> Result<usize, R::Error> {
    let directory = directory(rows, contact)?;
    let mut left = have;
    let old = directory.chunks.iter().take_while(|chunk| {
        let leaves = chunk.last < *oldest || left > most;
        left -= chunk.rows;
        leaves
    });
    Ok(old.count().min(directory.chunks.len().saturating_sub(1)))
}

/// Forgets the ledger's oldest chunks, of which there must be more than `count`: what leaves the horizon leaves the
/// scores. Facts (stage, consent, attributes, answers, milestones) stay as they stood.
pub(crate) fn forget<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    contact: ContactId,
    head: &mut Head,
    count: usize,
) -> Result<(), R::Error> {
    let mut directory = directory(rows, contact)?;
    let Some(next) = directory.chunks.get(count) else { return Ok(()) };
    let mut aggregate = checkpoint(rows, contact, Some(&next.start))?;
    for gone in directory.chunks.drain(..count) {
        delete_chunk(rows, contact, &gone.start);
        head.rows -= gone.rows;
        directory.forgotten_until = Some(gone.last);
    }
    // Every contribution so far came from rows that are gone now.
    aggregate.lines.clear();
    aggregate.counters.clear();
    aggregate.memberships.clear();
    aggregate.answers.iter_mut().for_each(|answered| answered.gave.clear());
    aggregate.derived.clear();
    put_directory(rows, contact, &directory);
    judge(rows, versions, contact)?;
    refold_from(rows, versions, contact, &directory, &mut aggregate)?;
    head.chunks = directory.chunks.len() as u32;
    head.aggregate = aggregate;
    Ok(())
}

/// Removes what stands beside the rows of a ledger that has none any more. Where rows have left the horizon, the fold
/// before the first row stays: their facts do, a refusal of mails above all.
pub(crate) fn clear<R: Rows>(rows: &mut R, contact: ContactId, head: &mut Head) -> Result<(), R::Error> {
    let directory = directory(rows, contact)?;
    head.chunks = 0;
    head.last = directory.forgotten_until.filter(|_| !head.erased);
    if head.last.is_some() {
        return Ok(());
    }
    for key in [rows::directory_key(contact), rows::checkpoint_key(contact, None)] {
        if rows.get(&key)?.is_some() {
            rows.delete(&key);
        }
    }
    head.aggregate = Aggregate::default();
    Ok(())
}

/// What was refused by rows that have left the horizon, as one of its own, which came by `via`.
pub(crate) fn refused_before<R: Rows>(
    rows: &mut R,
    contact: ContactId,
    via: IdentifierKey,
) -> Result<Option<Delivered>, R::Error> {
    let Some(until) = forgotten_until(rows, contact)? else { return Ok(None) };
    let base = checkpoint(rows, contact, None)?;
    let refused = base.facts.consent.iter().filter(|consent| consent.state == ConsentState::Denied);
    let consent: Vec<Consent> = refused.cloned().collect();
    let at = until.occurred_at();
    Ok((!consent.is_empty()).then(|| {
        let touchpoint = Touchpoint { consent, ..Touchpoint::new(OWN_SOURCE, "refused", at, "profile", "consent") };
        Delivered { touchpoint, via, known: true, account: None, arrived_at: at, replaces: None }
    }))
}

/// The last row that left the horizon.
pub(crate) fn forgotten_until<R: Rows>(rows: &mut R, contact: ContactId) -> Result<Option<Place>, R::Error> {
    Ok(directory(rows, contact)?.forgotten_until)
}

/// Folds all chunks and the tail on top of `aggregate`, setting the checkpoints on the way.
fn refold_from<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    contact: ContactId,
    directory: &Directory,
    aggregate: &mut Aggregate,
) -> Result<(), R::Error> {
    for reference in &directory.chunks {
        put_checkpoint(rows, contact, Some(&reference.start), aggregate);
        let chunk = chunk(rows, contact, &reference.start)?;
        chunk.iter().for_each(|row| fold_row(versions, aggregate, row, None));
    }
    if !directory.chunks.is_empty() {
        put_checkpoint(rows, contact, None, aggregate);
    }
    for (_, row) in rows.scan(&rows::tail_prefix(contact))? {
        if let Row::Tail(row) = row {
            fold_row(versions, aggregate, &row, None);
        }
    }
    Ok(())
}

/// Puts the change's rows that are `mine` in, takes its removals out; sorted by place.
fn merge(
    old: Vec<LedgerRow>,
    change: &mut Change,
    mine: impl Fn(&Place) -> bool,
    removed: &mut Vec<LedgerRow>,
) -> Vec<LedgerRow> {
    let (gone, mut kept): (Vec<_>, Vec<_>) = old.into_iter().partition(|row| change.remove.contains(&row.place()));
    removed.extend(gone);
    let (inserted, rest) = std::mem::take(&mut change.insert).into_iter().partition(|row| mine(&row.place()));
    change.insert = rest;
    change.remove.retain(|place| !mine(place));
    kept.extend::<Vec<LedgerRow>>(inserted);
    kept.sort_by_cached_key(LedgerRow::place);
    kept
}

/// Rows of a chunk at the most, by their bytes before compression: a row of the store must fit a record.
const CHUNK_BYTES_MAX: usize = 512 * 1024;

/// Rows that have become too many, or are too large, for one chunk become several; none none.
fn cut(mut rows: Vec<LedgerRow>) -> Vec<Vec<LedgerRow>> {
    let mut pieces = Vec::new();
    while rows.len() > 2 * CHUNK_ROWS {
        let rest = rows.split_off(CHUNK_ROWS);
        pieces.extend(cut_by_bytes(std::mem::replace(&mut rows, rest)));
    }
    pieces.extend(cut_by_bytes(rows));
    pieces
}

fn cut_by_bytes(rows: Vec<LedgerRow>) -> Vec<Vec<LedgerRow>> {
    let mut pieces: Vec<Vec<LedgerRow>> = Vec::new();
    let mut room = 0;
    for row in rows {
        let bytes = rows::encoded_len(&row);
        match pieces.last_mut().filter(|_| bytes <= room) {
            Some(piece) => piece.push(row),
            None => {
                pieces.push(vec![row]);
                room = CHUNK_BYTES_MAX;
            }
        }
        room = room.saturating_sub(bytes);
    }
    pieces
}

/// The chunk that a place belongs to: the last that starts at or before it, else the first; `None`: the tail's.
fn covering(directory: &Directory, place: &Place) -> Option<usize> {
    let last = directory.chunks.last()?;
    if *place > last.last {
        return None;
    }
    Some(directory.chunks.partition_point(|chunk| chunk.start <= *place).saturating_sub(1))
}

fn directory<R: Rows>(rows: &mut R, contact: ContactId) -> Result<Directory, R::Error> {
    Ok(match rows.get(&rows::directory_key(contact))? {
        Some(Row::Directory(directory)) => directory.clone(),
        _ => Directory::default(),
    })
}

fn chunk<R: Rows>(rows: &mut R, contact: ContactId, start: &Place) -> Result<Vec<LedgerRow>, R::Error> {
    Ok(match rows.get(&rows::chunk_key(contact, start))? {
        Some(Row::Chunk(chunk)) => chunk.clone(),
        _ => Vec::new(),
    })
}

/// The fold before the chunk that starts here; `None`: before the tail.
fn checkpoint<R: Rows>(rows: &mut R, contact: ContactId, start: Option<&Place>) -> Result<Aggregate, R::Error> {
    Ok(match rows.get(&rows::checkpoint_key(contact, start))? {
        Some(Row::Checkpoint(aggregate)) => aggregate.as_ref().clone(),
        _ => Aggregate::default(),
    })
}

fn put_checkpoint<R: Rows>(rows: &mut R, contact: ContactId, start: Option<&Place>, aggregate: &Aggregate) {
    rows.put(rows::checkpoint_key(contact, start), Row::Checkpoint(Box::new(aggregate.clone())));
}

fn put_directory<R: Rows>(rows: &mut R, contact: ContactId, directory: &Directory) {
    rows.put(rows::directory_key(contact), Row::Directory(directory.clone()));
}

fn put_chunk<R: Rows>(rows: &mut R, contact: ContactId, before: &Aggregate, chunk: Vec<LedgerRow>) -> ChunkRef {
    // A chunk is never empty: `cut` and `compact` see to it.
    let start = chunk[0].place();
    let last = chunk[chunk.len() - 1].place();
    let reference = ChunkRef { start: start.clone(), last, rows: chunk.len() as u32 };
    put_checkpoint(rows, contact, Some(&start), before);
    rows.put(rows::chunk_key(contact, &start), Row::Chunk(chunk));
    reference
}

fn delete_chunk<R: Rows>(rows: &mut R, contact: ContactId, start: &Place) {
    rows.delete(&rows::chunk_key(contact, start));
    rows.delete(&rows::checkpoint_key(contact, Some(start)));
}
