use crate::keys::{self, Keys};
use crate::message::{Leg, Message, Notice, Routing, Visit, Word};
use crate::out::{Counter, Out, Review};
use crate::row::Row;
use crate::{KeyKind, Settings, normal, subject};
use touchpoint::{
    Delivered, Delivery, IdentifierKey, IdentifierKind, Rejection, RejectionCode, Replaced, SubjectId, Timestamp,
    Touchpoint,
};

/// No chain of messages that the rules can make is this long; it ends one that a mistake in them could.
const HOPS_MAX: u8 = 200;

/// Decides where touchpoints belong, one message of one owner at a time. Holds settings only: everything remembered
/// stands in the rows.
#[derive(Clone, Debug)]
pub struct Router {
    pub(crate) settings: Settings,
}

/// A touchpoint that came from a source, addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstHop {
    /// The key of the record on `demand.touchpoints`.
    pub key: IdentifierKey,
    pub message: Message,
    /// Identifiers that were none and were left out: no address, a withheld number, an id that we never gave.
    pub ignored: Vec<IdentifierKind>,
}

/// A message is not for this owner: it was put under another key than the router gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a {word} at {at}, which is the key of a {kind}: the record's key is not the one it belongs under; let all services have one hash key (identity.hash_key_file) and one partitioner"
)]
pub struct Misrouted {
    at: IdentifierKey,
    word: &'static str,
    kind: &'static str,
}

impl Router {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Brings a touchpoint's identifiers into their normal form and addresses it. `arrived_at` is the Kafka timestamp of
    /// the raw record.
    ///
    /// # Errors
    /// [`RejectionCode::MissingIdentifier`] when nothing is left to find its place by.
    pub fn first_hop(&self, mut touchpoint: Touchpoint, arrived_at: Timestamp) -> Result<FirstHop, Rejection> {
        let ignored = self.normalise(&mut touchpoint);
        let routing = Routing::arriving(arrived_at);
        let key = self.address(&touchpoint).ok_or_else(|| {
            Rejection::new(
                RejectionCode::MissingIdentifier,
                "identifiers",
                "names no person, company or opportunity that could be found again; send at least one valid \
                 identifier, an account's id, corporate number or domain, or an opportunity's id",
            )
        })?;
        Ok(FirstHop { key, message: Message::Visit(Box::new(Visit { touchpoint, routing })), ignored })
    }

    /// Where a touchpoint goes first: what may be revised to the owner of its input, everything else to its place.
    fn address(&self, touchpoint: &Touchpoint) -> Option<IdentifierKey> {
        let input = || self.settings.hash_key.input(&touchpoint.input);
        if touchpoint.void {
            return Some(input());
        }
        // A version that belongs nowhere would take its predecessor's place with nothing.
        let place = self.place(touchpoint, false)?;
        Some(if touchpoint.version.is_some() { input() } else { place })
    }

    /// Handles one message at the owner of `key`, whose row is `row`; what is to be sent is appended to `out`. True when
    /// the row changed; `None` afterwards means that there is nothing to remember.
    ///
    /// # Errors
    /// [`Misrouted`]; then nothing was changed or sent.
    pub fn route(
        &self,
        key: IdentifierKey,
        row: &mut Option<Row>,
        message: Message,
        out: &mut Vec<Out>,
    ) -> Result<bool, Misrouted> {
        if message.hops() >= HOPS_MAX {
            out.push(Out::TooManyHops { to: key, message });
            return Ok(false);
        }
        let mut turn = Turn { settings: &self.settings, router: self, me: key, hops: message.hops() + 1, out };
        // A sender with another hash key would make somebody else of everybody, and nobody would notice.
        if let Message::Visit(visit) = &message
            && visit.routing.is_fresh()
            && self.address(&visit.touchpoint) != Some(key)
        {
            return Err(turn.misrouted("visit"));
        }
        let kind = KeyKind::of(&key);
        match (kind, message) {
            (Some(kind), Message::Visit(visit)) if kind.names_person() || kind.names_company() => {
                turn.visit_name(row, *visit)
            }
            (Some(kind), Message::Notice(notice)) if kind.names_person() || kind.names_company() => {
                turn.notice_name(row, notice.word)
            }
            (Some(kind), Message::Visit(visit)) if kind.points() => turn.visit_pointer(row, *visit),
            (Some(kind), Message::Notice(notice)) if kind.points() => turn.notice_pointer(row, notice.word),
            (Some(KeyKind::Input), Message::Visit(visit)) => turn.visit_input(row, *visit),
            (Some(KeyKind::Opportunity), Message::Visit(visit)) => turn.visit_opportunity(row, *visit),
            (Some(KeyKind::Opportunity), Message::Notice(notice)) => turn.notice_opportunity(row, notice.word),
            (Some(KeyKind::Namesake), Message::Notice(notice)) => turn.notice_namesakes(row, notice.word),
            (_, Message::Visit(_)) => Err(turn.misrouted("visit")),
            (_, Message::Notice(notice)) => Err(turn.misrouted(notice.word.name())),
        }
    }

    /// The owner that decides where a touchpoint belongs; a copy made by an opportunity does not go there again.
    pub(crate) fn place(&self, touchpoint: &Touchpoint, copy: bool) -> Option<IdentifierKey> {
        match &touchpoint.opportunity {
            Some(opportunity) if !copy => {
                let id = normal::scoped(&opportunity.id)?;
                Some(self.settings.hash_key.key(KeyKind::Opportunity, &id))
            }
            _ => Keys::of(&touchpoint.identifiers, &self.settings)
                .strongest()
                .or_else(|| keys::companies(touchpoint, &self.settings).first().copied()),
        }
    }

    fn normalise(&self, touchpoint: &mut Touchpoint) -> Vec<IdentifierKind> {
        let mut ignored = Vec::new();
        touchpoint.identifiers.retain_mut(|identifier| {
            match normal::identifier(identifier.kind, &identifier.value, &self.settings) {
                Some(value) => {
                    identifier.value = value;
                    true
                }
                None => {
                    ignored.push(identifier.kind);
                    false
                }
            }
        });
        touchpoint.identifiers.sort_by_key(|identifier| identifier.kind);
        let mut at = 0;
        while at < touchpoint.identifiers.len() {
            if touchpoint.identifiers[..at].contains(&touchpoint.identifiers[at]) {
                touchpoint.identifiers.remove(at);
            } else {
                at += 1;
            }
        }
        ignored
    }
}

/// One message being handled at one owner.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) router: &'a Router,
    /// Whose turn it is.
    pub(crate) me: IdentifierKey,
    hops: u8,
    out: &'a mut Vec<Out>,
}

impl Turn<'_> {
    pub(crate) fn tell(&mut self, to: IdentifierKey, word: Word) {
        let message = Message::Notice(Notice { hops: self.hops, word });
        self.out.push(Out::Message { to, message });
    }

    pub(crate) fn pass(&mut self, to: IdentifierKey, mut visit: Visit, leg: Leg) {
        visit.routing.leg = leg;
        visit.routing.hops = self.hops;
        self.out.push(Out::Message { to, message: Message::Visit(Box::new(visit)) });
    }

    /// Sends a touchpoint to its home.
    pub(crate) fn deliver(&mut self, home: IdentifierKey, known: bool, visit: Visit) {
        let Some(to) = subject(home) else { return };
        let Visit { touchpoint, routing } = visit;
        let account = match to {
            SubjectId::Account(account) => Some(account),
            _ => keys::account(&touchpoint, self.settings),
        };
        let Routing { arrived_at, replaces, .. } = routing;
        let delivered = Delivered { touchpoint, via: self.me, known, account, arrived_at, replaces };
        self.out.push(Out::Delivery { to, delivery: Delivery::Touchpoint(Box::new(delivered)) });
    }

    pub(crate) fn withdraw(&mut self, home: IdentifierKey, replaced: Replaced) {
        let Some(to) = subject(home) else { return };
        self.out.push(Out::Delivery { to, delivery: Delivery::Withdraw { via: self.me, replaced } });
    }

    /// Tells a home that what it has by me is to be forgotten.
    pub(crate) fn erase(&mut self, home: IdentifierKey) {
        let Some(to) = subject(home) else { return };
        self.out.push(Out::Delivery { to, delivery: Delivery::Erase { via: self.me } });
    }

    pub(crate) fn recall(&mut self, home: IdentifierKey, from: Timestamp, until: Timestamp) {
        let Some(to) = subject(home) else { return };
        self.out.push(Out::Delivery { to, delivery: Delivery::Recall { via: self.me, from, until } });
        self.count(Counter::Recalled);
    }

    pub(crate) fn review(&mut self, about: Review, open: bool) {
        self.out.push(Out::Review { about, open });
    }

    pub(crate) fn count(&mut self, what: Counter) {
        self.out.push(Out::Counted { what, at: self.me });
    }

    /// A row came back from its home. What can be revised is first asked of its input's owner, since it may have been
    /// replaced while it was under way: nobody else sees both in one order.
    pub(crate) fn came_back(&mut self, visit: Visit) -> Option<Visit> {
        if visit.routing.leg == Leg::Returned && visit.touchpoint.version.is_some() {
            let owner = self.settings.hash_key.input(&visit.touchpoint.input);
            let back = self.me;
            self.pass(owner, visit, Leg::Checking { back });
            return None;
        }
        Some(visit)
    }

    pub(crate) fn misrouted(&self, word: &'static str) -> Misrouted {
        let kind = match KeyKind::of(&self.me) {
            Some(kind) if kind.points() => "pointer",
            Some(KeyKind::Input) => "input",
            Some(KeyKind::Opportunity) => "opportunity",
            Some(KeyKind::Namesake) => "name at a company",
            Some(_) => "name",
            None => "stranger",
        };
        Misrouted { at: self.me, word, kind }
    }
}

impl Word {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Withdraw { .. } => "withdrawal",
            Self::Companies { .. } => "company statement",
            Self::Forget { .. } => "company statement's withdrawal",
            Self::Claim { .. } => "claim",
            Self::Answer { .. } => "answer",
            Self::Follow { .. } => "follow",
            Self::Pair { .. } => "merge",
            Self::Join { .. } => "merged root",
            Self::Forgotten { .. } => "forgotten claim",
            Self::Called { .. } => "name at a company",
            Self::Release => "release",
            Self::Erase { .. } => "erasure",
            Self::Bind { .. } => "binding",
            Self::Link { .. } => "link",
            Self::Pointing { .. } => "pointing",
        }
    }
}
