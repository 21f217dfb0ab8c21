use crate::erasure::Because;
use crate::evidence::Statement;
use crate::merge::{Joined, Merge};
use crate::standing::{Standing, Steps};
use serde::{Deserialize, Serialize};
use touchpoint::{Delivered, IdentifierKey, Replaced, Timestamp, Touchpoint};

/// One record of `demand.touchpoints`, to the owner of the identifier whose key is the record's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// A touchpoint asks where it belongs.
    Visit(Box<Visit>),
    /// One owner tells another something.
    Notice(Notice),
}

/// A touchpoint on its way between owners. The two parts can be framed apart: the touchpoint for everybody to read, the
/// routing for the router alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub touchpoint: Touchpoint,
    pub routing: Routing,
}

/// What the router knows of a touchpoint under way, beside the touchpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// Kafka's timestamp of the raw record.
    pub arrived_at: Timestamp,
    pub(crate) leg: Leg,
    /// The earlier version that this one takes the place of.
    pub(crate) replaces: Option<Replaced>,
    /// A copy that an opportunity made for one of its contacts or its account: it does not visit the opportunity again.
    pub(crate) copy: bool,
    pub(crate) hops: u8,
}

/// Where a visiting touchpoint comes from, hence what is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Leg {
    /// From a source.
    Arriving,
    /// From the owner of its input: it is the version that counts.
    Accepted,
    /// From a home that was asked to give it back.
    Returned,
    /// Given back, and asked of the owner of its input: does this version still count? The answer goes to `back`.
    Checking { back: IdentifierKey },
    /// It still counts.
    Checked,
}

/// Something that one owner tells another. Each word is a *register*: the whole present value of one thing between the
/// two, so that the last one heard is the truth, and one that is lost in a change of mind does no harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub(crate) hops: u8,
    pub(crate) word: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Word {
    /// Owner of an input to the owner of a touchpoint: that version no longer counts.
    Withdraw { input: IdentifierKey, replaced: Replaced },
    /// To the strongest identifier of a company: what a touchpoint about a person says of the company. `input` if it can
    /// be revised.
    Companies { at: Timestamp, input: Option<IdentifierKey>, claims: Vec<IdentifierKey> },
    /// To the same: an input says so no longer.
    Forget { input: IdentifierKey },
    /// Parent to child: I claim you, by evidence of that time; `None`: no longer.
    Claim { from: IdentifierKey, at: Option<Timestamp> },
    /// Child to parent.
    Answer { from: IdentifierKey, grant: Grant },
    /// Parent to a child that granted: whose you are.
    Follow { from: IdentifierKey, told: Told },
    /// Name to name: what touchpoints that stand at me last said of the two of us.
    Pair { from: IdentifierKey, said: Option<Statement> },
    /// The root of a tree to the one that took it in: I follow you; `None`: no longer.
    Join { from: IdentifierKey, joined: Option<Joined> },
    /// An erased name to who claims it by what was said before: that is gone.
    Forgotten { from: IdentifierKey, until: Timestamp },
    /// An erased identifier to another: you are erased, too, until this moment. `home`: where the erased one stood.
    Erase { from: IdentifierKey, until: Timestamp, home: IdentifierKey, because: Because },
    /// Identifier to a name at a company: it is called so; whose it is. `None`: no longer.
    Called { from: IdentifierKey, home: Option<IdentifierKey> },
    /// From a person who looked at it: begin anew, you are not shared.
    Release,
    /// Name to pointer: you were seen together on these days; and whose I am.
    Bind { from: IdentifierKey, home: IdentifierKey, tracking: Option<Statement>, days: Vec<DayChange> },
    /// Stronger pointer to weaker: you were seen together, first at this time; `None`: no longer.
    Link { from: IdentifierKey, link: Option<Linked> },
    /// Weaker pointer to stronger: the named people I point at.
    Pointing { from: IdentifierKey, steps: Steps },
}

/// What a child says to who claims it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Grant {
    /// Another claimed me earlier.
    Lost {
        /// Whose I am.
        home: IdentifierKey,
    },
    /// You did first, but you follow me: I am the end of that ring and follow nobody.
    Ring,
    /// I follow you.
    Won {
        /// Whom I would be without you.
        candidate: IdentifierKey,
        /// What my people last said about tracking.
        tracking: Option<Statement>,
        /// Who last took in me, or one of those that follow me.
        merge: Option<Merge>,
    },
}

/// What a parent tells a child, and who took in a tree its root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The contact or account, by the identifier it was born from.
    pub(crate) home: IdentifierKey,
    /// Who follows whom, from the one who follows nobody down to the parent.
    pub(crate) path: Vec<IdentifierKey>,
    /// Those of the path that follow because they were taken in; the others do because they were claimed.
    pub(crate) taken_in: Vec<IdentifierKey>,
    pub(crate) tracking: Option<Statement>,
}

/// The earliest evidence of one UTC day; `None`: there is none any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DayChange {
    pub(crate) day: i64,
    pub(crate) at: Option<Timestamp>,
}

/// What a stronger pointer tells a weaker one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Linked {
    pub(crate) at: Timestamp,
    pub(crate) standing: Standing,
    /// What was said about tracking where the two were seen without a name.
    pub(crate) said: Option<Statement>,
}

impl Told {
    /// The end of the path whose names follow by claims alone.
    pub(crate) fn by_claims(&self) -> &[IdentifierKey] {
        let root = self.path.iter().rposition(|key| self.taken_in.contains(key));
        &self.path[root.unwrap_or(0)..]
    }
}

impl Message {
    /// What a home sends to the owner (`key`) of the identifier that brought a row, when the owner recalled it.
    pub fn returned(row: Delivered) -> (IdentifierKey, Self) {
        let Delivered { touchpoint, via, known: _, account: _, arrived_at, replaces: _ } = row;
        let routing = Routing { arrived_at, leg: Leg::Returned, replaces: None, copy: false, hops: 0 };
        (via, Self::Visit(Box::new(Visit { touchpoint, routing })))
    }

    /// The word of a person who looked at a shared identifier: it is none, and begins anew.
    pub const fn release() -> Self {
        Self::Notice(Notice { hops: 0, word: Word::Release })
    }

    pub(crate) fn hops(&self) -> u8 {
        match self {
            Self::Visit(visit) => visit.routing.hops,
            Self::Notice(notice) => notice.hops,
        }
    }
}

impl Routing {
    pub(crate) fn arriving(arrived_at: Timestamp) -> Self {
        Self { arrived_at, leg: Leg::Arriving, replaces: None, copy: false, hops: 0 }
    }

    /// Straight from a source: no owner has seen it yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.leg == Leg::Arriving && self.hops == 0
    }
}
