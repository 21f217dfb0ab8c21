//! The rows that the engine keeps per partition, their keys and bytes.
//!
//! A key is a table byte, the subject's 16 bytes and, in the ledger, the row's place. A value is a format version and
//! postcard. Retired table bytes and versions are never used again.

use crate::account::{AccountRow, MemberRow};
use crate::aggregate::Aggregate;
use crate::handoffs::{DeskRow, HandoffRow, TeamRow, Waiting, subject_bytes};
use crate::head::Head;
use crate::ledger::{LedgerRow, Place};
use crate::version::Activation;
use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};
use touchpoint::{AccountId, ContactId, EventId, SubjectId, TeamId, Text, Timestamp};

/// The format that this binary writes, and the newest it reads.
pub const FORMAT: u8 = 1;

/// One row of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Partition(PartitionRow),
    /// A row that was taken out to be worked at, and is put back before anybody looks: never stored.
    Lent,
    Head(Box<Head>),
    /// A touchpoint of the ledger's tail: not in a chunk yet.
    Tail(Box<LedgerRow>),
    /// Rows of the ledger that stand together.
    Chunk(Vec<LedgerRow>),
    /// The chunks of a ledger, in order.
    Directory(Directory),
    /// The fold before a chunk's first row, or the tail's: from here a late input is folded again. Apart from the rows,
    /// since a late input changes every later one of these, and none of those.
    Checkpoint(Box<Aggregate>),
    Account(Box<AccountRow>),
    Member(Box<MemberRow>),
    /// A touchpoint about an account or its opportunities.
    AccountTouchpoint(Box<LedgerRow>),
    /// What a desk counts.
    Desk(DeskRow),
    /// A hand-off that is not over.
    Handoff(Box<HandoffRow>),
    Team(Box<TeamRow>),
    /// A hand-off that waits for a member of a team.
    Waiting(Box<Waiting>),
}

/// What the partition as a whole knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionRow {
    /// The largest tick seen.
    pub time: Option<Timestamp>,
    /// Every activation, in the order of the inbox.
    pub activations: Vec<Activation>,
    /// How far the sweep after the last activation has come: the first two bytes of the next contact ids to visit.
    /// `None`: everybody was visited.
    pub sweep: Option<u16>,
    /// How many subjects stand where, as announced; sorted, without zeros.
    pub standing: Vec<Standing>,
}

/// Subjects of the partition that stand at one stage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Standing {
    pub life_cycle: Text,
    pub stage: Text,
    pub members: u64,
}

/// Rows of a chunk when it is made; it may grow to twice that by late inputs and is then cut in two.
pub const CHUNK_ROWS: usize = 64;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    pub chunks: Vec<ChunkRef>,
    /// The last row that left the ledger's horizon: what is earlier comes too late.
    pub forgotten_until: Option<Place>,
}

/// Where a chunk begins: the key that it is stored under keeps the place it was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkRef {
    /// Key of the row and lower bound of its places (the first chunk also takes what is earlier).
    pub start: Place,
    pub last: Place,
    pub rows: u32,
}

/// The key of the partition row.
pub const PARTITION_KEY: &[u8] = b"P";

fn key(table: u8, subject: &[u8; 16], rest: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(17 + rest.len());
    key.push(table);
    key.extend_from_slice(subject);
    key.extend_from_slice(rest);
    key
}

pub fn head_key(contact: ContactId) -> [u8; 17] {
    let mut key = [b'C'; 17];
    key[1..].copy_from_slice(&contact.0);
    key
}

/// The heads of the contacts whose ids begin with these two bytes.
pub fn head_slice(start: u16) -> [u8; 3] {
    let [high, low] = start.to_be_bytes();
    [b'C', high, low]
}

pub fn tail_prefix(contact: ContactId) -> Vec<u8> {
    key(b'T', &contact.0, b"")
}

pub fn tail_key(contact: ContactId, place: &Place) -> Vec<u8> {
    key(b'T', &contact.0, place.as_bytes())
}

pub fn chunk_key(contact: ContactId, start: &Place) -> Vec<u8> {
    key(b'K', &contact.0, start.as_bytes())
}

pub fn directory_key(contact: ContactId) -> Vec<u8> {
    key(b'D', &contact.0, b"")
}

/// Of the fold before the chunk that starts here; `None`: before the tail.
pub fn checkpoint_key(contact: ContactId, start: Option<&Place>) -> Vec<u8> {
    key(b'B', &contact.0, start.map_or(&[], Place::as_bytes))
}

pub fn account_key(account: AccountId) -> Vec<u8> {
    key(b'A', &account.0, b"")
}

/// Of all that ever were members of an account.
pub fn member_prefix(account: AccountId) -> Vec<u8> {
    key(b'M', &account.0, b"")
}

pub fn member_key(account: AccountId, contact: ContactId) -> Vec<u8> {
    key(b'M', &account.0, &contact.0)
}

pub fn account_touchpoint_prefix(account: AccountId) -> Vec<u8> {
    key(b'U', &account.0, b"")
}

pub fn account_touchpoint_key(account: AccountId, place: &Place) -> Vec<u8> {
    key(b'U', &account.0, place.as_bytes())
}

pub fn desk_key(desk: SubjectId) -> Vec<u8> {
    [b"O", subject_bytes(desk).as_slice()].concat()
}

/// Of the hand-offs of a desk.
pub fn handoff_prefix(desk: SubjectId) -> Vec<u8> {
    [b"H", subject_bytes(desk).as_slice()].concat()
}

pub fn handoff_key(desk: SubjectId, handoff: EventId) -> Vec<u8> {
    [b"H", subject_bytes(desk).as_slice(), &handoff.0].concat()
}

/// The hand-off whose row this key is, and its desk.
pub fn handoff_of(handoff_key: &[u8]) -> Option<(SubjectId, EventId)> {
    let [b'H', tag, ids @ ..] = handoff_key else { return None };
    let (desk, handoff) = ids.split_at_checked(16)?;
    let desk = match tag {
        b'a' => SubjectId::Account(AccountId(desk.try_into().ok()?)),
        b'c' => SubjectId::Contact(ContactId(desk.try_into().ok()?)),
        _ => return None,
    };
    Some((desk, EventId(handoff.try_into().ok()?)))
}

pub fn team_key(team: TeamId) -> Vec<u8> {
    key(b'G', &team.0, b"")
}

/// The team whose row this key is.
pub fn team_of(team_key: &[u8]) -> Option<TeamId> {
    match team_key {
        [b'G', id @ ..] => Some(TeamId(id.try_into().ok()?)),
        _ => None,
    }
}

/// Of the hand-offs that wait for a member of a team.
pub fn waiting_prefix(team: TeamId) -> Vec<u8> {
    key(b'W', &team.0, b"")
}

/// Keys stand in the order in which a team takes them: the most urgent first, then the best, then who has waited longest.
pub fn waiting_key(team: TeamId, waiting: &Waiting) -> Vec<u8> {
    let rank = waiting.rank;
    // A number that is the smaller the greater the value is.
    let falling = |value: i64| (!((value as u64) ^ (1 << 63))).to_be_bytes();
    let mut rest = Vec::with_capacity(42);
    rest.extend_from_slice(&(!rank.urgency).to_be_bytes());
    rest.extend_from_slice(&falling(rank.points));
    rest.extend_from_slice(&falling(rank.fit));
    rest.extend_from_slice(&((waiting.asked_at.as_millis() as u64) ^ (1 << 63)).to_be_bytes());
    rest.extend_from_slice(&waiting.handoff.0);
    key(b'W', &team.0, &rest)
}

/// The contact whose head this key is.
pub fn contact_of(head_key: &[u8]) -> Option<ContactId> {
    match head_key {
        [b'C', id @ ..] => Some(ContactId(id.try_into().ok()?)),
        _ => None,
    }
}

/// The account whose row this key is.
pub fn account_of(account_key: &[u8]) -> Option<AccountId> {
    match account_key {
        [b'A', id @ ..] => Some(AccountId(id.try_into().ok()?)),
        _ => None,
    }
}

/// Why bytes are not a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFormatError {
    #[error("row format {found} is newer than this binary's {FORMAT}: run the newer binary")]
    Newer { found: u8 },
    #[error("malformed row of table `{table}`: {what}")]
    Malformed { table: char, what: String },
}

impl Row {
    /// Appends the row's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(FORMAT);
        match self {
            Self::Partition(row) => write(row, out),
            Self::Lent => debug_assert!(false, "a row was not put back"),
            Self::Head(row) => write(row.as_ref(), out),
            Self::Tail(row) | Self::AccountTouchpoint(row) => write(row.as_ref(), out),
            Self::Chunk(rows) => {
                let mut plain = Vec::new();
                write(rows, &mut plain);
                out.extend_from_slice(&lz4_flex::compress_prepend_size(&plain));
            }
            Self::Directory(row) => write(row, out),
            Self::Checkpoint(row) => write(row.as_ref(), out),
            Self::Account(row) => write(row.as_ref(), out),
            Self::Member(row) => write(row.as_ref(), out),
            Self::Desk(row) => write(row, out),
            Self::Handoff(row) => write(row.as_ref(), out),
            Self::Team(row) => write(row.as_ref(), out),
            Self::Waiting(row) => write(row.as_ref(), out),
        }
    }

    /// Reads a row back; the key's first byte tells the table.
    ///
    /// # Errors
    /// When a newer binary wrote it, or the bytes are no such row.
    pub fn decode(key: &[u8], bytes: &[u8]) -> Result<Self, RowFormatError> {
        let table = key.first().copied().unwrap_or(b'?');
        let (&format, bytes) = bytes.split_first().ok_or_else(|| malformed(table, "no bytes"))?;
        if format > FORMAT {
            return Err(RowFormatError::Newer { found: format });
        }
        Ok(match table {
            b'P' => Self::Partition(read(table, bytes)?.0),
            b'C' => Self::Head(Box::new(read(table, bytes)?.0)),
            b'T' => Self::Tail(Box::new(read(table, bytes)?.0)),
            b'K' => {
                let plain = lz4_flex::decompress_size_prepended(bytes).map_err(|e| malformed(table, e))?;
                Self::Chunk(read(table, &plain)?.0)
            }
            b'D' => Self::Directory(read(table, bytes)?.0),
            b'B' => Self::Checkpoint(Box::new(read(table, bytes)?.0)),
            b'A' => Self::Account(Box::new(read(table, bytes)?.0)),
            b'M' => Self::Member(Box::new(read(table, bytes)?.0)),
            b'U' => Self::AccountTouchpoint(Box::new(read(table, bytes)?.0)),
            b'O' => Self::Desk(read(table, bytes)?.0),
            b'H' => Self::Handoff(Box::new(read(table, bytes)?.0)),
            b'G' => Self::Team(Box::new(read(table, bytes)?.0)),
            b'W' => Self::Waiting(Box::new(read(table, bytes)?.0)),
            _ => return Err(malformed(table, "no such table")),
        })
    }

    /// When time alone will change the row's subject.
    pub fn due(&self) -> Option<Timestamp> {
        match self {
            Self::Head(head) => head.due,
            Self::Account(account) if account.waiting => Some(Timestamp::MIN),
            Self::Account(account) => account.due,
            Self::Handoff(handoff) => handoff.due(),
            Self::Team(team) => team.due,
            _ => None,
        }
    }
}

fn malformed(table: u8, what: impl ToString) -> RowFormatError {
    RowFormatError::Malformed { table: char::from(table), what: what.to_string() }
}

fn write<T: Serialize>(value: &T, out: &mut Vec<u8>) {
    let bytes = std::mem::take(out);
    // Writing to memory fails only for types that postcard cannot hold (sequences of unknown length): none here.
    *out = postcard::to_extend(value, bytes).unwrap_or_default();
    debug_assert!(!out.is_empty(), "a row type that postcard cannot hold");
}

/// How many bytes a row of the ledger takes, before compression.
pub(crate) fn encoded_len(row: &LedgerRow) -> usize {
    postcard::serialize_with_flavor(row, Length(0)).unwrap_or_default()
}

/// Counts bytes, a piece at a time.
struct Length(usize);

impl Flavor for Length {
    type Output = usize;

    fn try_push(&mut self, _: u8) -> postcard::Result<()> {
        self.0 += 1;
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0 += bytes.len();
        Ok(())
    }

    fn finalize(self) -> postcard::Result<usize> {
        Ok(self.0)
    }
}

fn read<'a, T: Deserialize<'a>>(table: u8, bytes: &'a [u8]) -> Result<(T, &'a [u8]), RowFormatError> {
    postcard::take_from_bytes(bytes).map_err(|e| malformed(table, e))
}

/// Rows of one partition, as the engine sees them. Implemented over RocksDB by the runtime and over a map in tests.
pub trait Rows {
    type Error;

    /// # Errors
    /// When the store fails; the runtime's affair.
    fn get(&mut self, key: &[u8]) -> Result<Option<&Row>, Self::Error>;
    /// # Errors
    /// As [`Rows::get`].
    fn get_mut(&mut self, key: &[u8]) -> Result<Option<&mut Row>, Self::Error>;
    fn put(&mut self, key: Vec<u8>, row: Row);
    /// As [`Rows::put`], under a key that is known to have no row: what is stored need not be looked at.
    fn put_new(&mut self, key: Vec<u8>, row: Row);
    fn delete(&mut self, key: &[u8]);
    /// All rows under a prefix, in the order of their keys.
    ///
    /// # Errors
    /// As [`Rows::get`].
    fn scan(&mut self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Row)>, Self::Error>;
    /// Takes all rows under a prefix away, in the order of their keys.
    ///
    /// # Errors
    /// As [`Rows::get`].
    fn drain(&mut self, prefix: &[u8]) -> Result<Vec<Row>, Self::Error>;
    /// Keys whose row is due until `until`, in the order of (due, key), at most `most`.
    ///
    /// # Errors
    /// As [`Rows::get`].
    fn due(&mut self, until: Timestamp, most: usize) -> Result<Vec<Vec<u8>>, Self::Error>;
}
