use crate::{Consent, Date, Identifier, IdentifierKind, Opportunity, Properties, Text, Timestamp, Value};
use serde::{Deserialize, Serialize};
use std::hash::{Hash, Hasher};

/// One thing that happened between the company and a contact, an account or an opportunity: the canonical form that
/// every source is mapped to, and that the ledger keeps whole.
///
/// Needed are `input`, `occurred_at`, `channel`, `kind` and one of `identifiers`, `account`, `opportunity`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Touchpoint {
    pub input: InputId,
    /// `None`: immutable. Else of several versions of one input the highest counts.
    pub version: Option<i64>,
    /// Takes the input back; only `input` and `version` matter then.
    pub void: bool,
    pub occurred_at: Timestamp,
    pub channel: Text,
    pub kind: Text,
    pub direction: Option<Direction>,
    /// Strongest kind first, in the source's order within a kind, each once.
    pub identifiers: Vec<Identifier>,
    pub account: Option<Box<AccountRef>>,
    pub opportunity: Option<Box<Opportunity>>,
    pub campaign: Option<Text>,
    pub content: Option<Text>,
    /// The action (ours) that this answers.
    pub action: Option<Text>,
    pub origin: Option<Box<Origin>>,
    pub actor: Option<Box<Actor>>,
    pub disposition: Option<Text>,
    /// Reason code of a rejection, loss, churn.
    pub reason: Option<Text>,
    /// The day until which somebody holds or waits.
    pub until: Option<Date>,
    pub answers: Properties,
    pub properties: Properties,
    pub attributes: Option<Box<AttributeChanges>>,
    pub person: Option<Box<Person>>,
    pub consent: Vec<Consent>,
}

impl Touchpoint {
    /// A touchpoint with only what every one has.
    pub fn new(
        source: impl AsRef<str>,
        id: impl AsRef<str>,
        occurred_at: Timestamp,
        channel: impl AsRef<str>,
        kind: impl AsRef<str>,
    ) -> Self {
        Self {
            input: InputId { source: Text::new(source), id: Text::new(id) },
            version: None,
            void: false,
            occurred_at,
            channel: Text::new(channel),
            kind: Text::new(kind),
            direction: None,
            identifiers: Vec::new(),
            account: None,
            opportunity: None,
            campaign: None,
            content: None,
            action: None,
            origin: None,
            actor: None,
            disposition: None,
            reason: None,
            until: None,
            answers: Properties::new(),
            properties: Properties::new(),
            attributes: None,
            person: None,
            consent: Vec::new(),
        }
    }

    /// Adds an identifier in its place: strongest first, each once.
    pub fn identify(&mut self, identifier: Identifier) {
        if !self.identifiers.contains(&identifier) {
            let at = self.identifiers.partition_point(|have| have.kind <= identifier.kind);
            self.identifiers.insert(at, identifier);
        }
    }

    /// Which of two versions of one input counts: the higher; of equal ones the greater by content, so that the order of
    /// arrival does not show. Unversioned inputs are immutable and rank alike.
    pub fn rank(&self) -> (Option<i64>, u64) {
        (self.version, if self.version.is_some() { self.content_hash() } else { 0 })
    }

    /// A hash of the whole content, the same in every process: FNV-1a (Fowler, Noll, Vo), 64 bits.
    pub fn content_hash(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        self.hash(&mut hash);
        hash.0
    }

    /// What it says of the identifiers it names, beyond that they were seen together.
    pub fn identity_word(&self) -> Option<IdentityWord> {
        match (&*self.channel, &*self.kind) {
            ("crm", "merged") | ("profile", "account_merged") => Some(IdentityWord::One),
            ("crm", "unmerged") => Some(IdentityWord::Two),
            ("crm", "erased") => Some(IdentityWord::Erased),
            _ => None,
        }
    }

    /// The channel on which it refuses marketing without saying so: what a person does to our mails, or says on the phone,
    /// where the tool makes no consent of it.
    pub fn refuses_channel(&self) -> Option<&Text> {
        let by_mail = matches!(self.kind.as_str(), "unsubscribe" | "spam_report") && self.channel == "email";
        let by_phone = self.channel == "call" && self.disposition.as_deref() == Some("do_not_call");
        ((by_mail || by_phone) && self.consent.is_empty()).then_some(&self.channel)
    }

    /// The identifiers of one kind, in the source's order.
    pub fn identifiers_of(&self, kind: IdentifierKind) -> impl Iterator<Item = &str> {
        self.identifiers.iter().filter(move |i| i.kind == kind).map(|i| i.value.as_str())
    }
}

/// What is said of identifiers. Of a pair: of the identifiers of the strongest kind that has several, the first with each
/// other one; where no person is named, of the CRM's ids of companies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityWord {
    /// They are one: the first took in the others.
    One,
    /// They are two.
    Two,
    /// Whom they name is to be forgotten, until then.
    Erased,
}

/// [`std::hash::Hasher`] promises nothing about other processes; this one does, on machines of one byte order.
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Which input it is: what a source calls one of its events. Unique per source; the key of duplicates and versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InputId {
    pub source: Text,
    pub id: Text,
}

/// Who reached out: `In` is the customer, `Out` is us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    In,
    Out,
}

/// What a touchpoint says of the company.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct AccountRef {
    /// CRM account ids, scoped: `salesforce:0015e01`.
    pub ids: Vec<Text>,
    /// 法人番号: 13 digits, the first a check digit.
    pub corporate_number: Option<Text>,
    pub domain: Option<Text>,
    pub name: Option<Text>,
    /// 事業所, 事業部.
    pub unit: Option<Text>,
    /// The switchboard, E.164.
    pub phone: Option<Text>,
}

/// Where the visit came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Origin {
    pub source: Option<Text>,
    pub medium: Option<Text>,
    pub term: Option<Text>,
    pub partner: Option<Text>,
}

/// Who of us did it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Actor {
    pub id: Option<Text>,
    /// `inside_sales`, `sales`, `success`, `marketing`.
    pub role: Option<Text>,
}

/// Attribute changes by the names the playbook declares: `None` clears, absent leaves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct AttributeChanges {
    pub contact: Vec<(Text, Option<Value>)>,
    pub account: Vec<(Text, Option<Value>)>,
}

/// Who it is, as people would write it. Leaves the pipeline in `contacts` and `handoffs` only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Person {
    pub family_name: Option<Text>,
    pub given_name: Option<Text>,
    pub family_kana: Option<Text>,
    pub given_kana: Option<Text>,
    /// The whole name, where the source does not split it.
    pub name: Option<Text>,
    pub company: Option<Text>,
    pub department: Option<Text>,
    pub title: Option<Text>,
    pub phones: Vec<PersonPhone>,
    /// BCP 47.
    pub language: Option<Text>,
}

impl std::fmt::Debug for Person {
    /// Shows nothing: every field is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person(…)")
    }
}

/// A number on a card or in a form, with the kind it says it is (`main`, `direct`, `mobile`, `fax`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PersonPhone {
    pub kind: Text,
    pub number: Text,
}

impl std::fmt::Debug for PersonPhone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:…", self.kind)
    }
}
