//! Which contact is this? The router of identifiers: every identifier has one row with one writer, its *owner*.
//!
//! The service that runs this does, for each record of `demand.touchpoints`: load the row of the record's key, call
//! [`Router::route`], store the row, send what came out, all in one transaction. Between two partitions messages stay in
//! order; nothing else is known of order. [`Router::first_hop`] gives a touchpoint from a source its key;
//! [`Message::returned`] is what a home sends back when it is asked to.
//!
//! # What it comes to
//!
//! At rest, where a touchpoint stands is a function of the set of inputs, ids of contacts included. `tests/oracle` is
//! that function, written plainly; `tests/convergence.rs` holds the messages to it. In words:
//!
//! - Of the versions of an input the highest counts; of equal ones the void, then the greater content. A void without a
//!   version takes back all. Inputs without a version are immutable: they cannot be taken back.
//! - **Names** (crm id > e-mail; for companies corporate number > CRM account > domain). A touchpoint's first name claims
//!   its others. The earliest claim on a name wins, and the name follows the claimer: names form trees. A tree belongs to
//!   the contact born from its root; but a system's record, which was made from something, goes by the first name it won.
//!   Names that follow each other in a ring are cut at the smallest key. A mailbox of a function (`info@`) neither claims nor
//!   is claimed.
//! - **Merges** (`merge`). A `merged` touchpoint names who remains, then whom it took in; `unmerged` says of two that they
//!   are two. Of a pair the last word counts. Taken in is the whole tree; who remains keeps its id. While two are said to be
//!   two, no claim between them counts.
//! - **Erasure** (`erasure`). What occurred until then and came by an identifier of the erased, or by one known then to be
//!   the same person's, goes and does not come back; who comes later is another contact. It is an act of its moment.
//! - **Reviews** (`namesakes`). Two records that claim one identifier, two people of one name at one company, and what is
//!   shared, are told to people, whose word is a touchpoint like any CRM's.
//! - **Pointers** (card > phone > badge > cookie). A pointer stands at the names it was seen with, by time: the last at or
//!   before, else the first. Of a name, a pointer and a UTC day only the earliest counts. A pointer never seen with a name
//!   goes by the pointers it was seen with: by a stronger one that points at somebody, else by weaker ones that were seen
//!   with names, else it belongs to the anonymous contact of a stronger one, else to its own. A touchpoint stands where its
//!   strongest pointer does.
//! - **Tracking.** A cookie goes by a name, or by another pointer, only if the last statement allows it: of those made by
//!   the person (anywhere in the tree) and those made where the cookie was seen without a name. Without any the setting
//!   decides.
//! - **Shared** is what more than 32 names hang on, what changes people more than 16 times, was seen with more than 48
//!   names, more than 16 stronger or 32 weaker pointers: it joins nobody.
//! - **Deals** give copies of their touchpoints to whom they concern (`opportunity`).
//!
//! # How
//!
//! - A row at a home keeps `via`: its strongest identifier. Only that one's owner delivers it and calls it back; rows go
//!   home, owner, home, never from home to home. So after every change "the row stands where its owner's row says, or is on
//!   the way to that owner".
//! - Owners tell each other *registers*: the present value of one thing between the two. Each message is what differs
//!   between what a row would tell before and after a change; the last word heard is the truth, so neither sequence numbers
//!   nor acknowledgements are needed. A register that is made anew is always told, even when its value is empty: the other
//!   side may still have a former one under way.
//! - What depends on what has no circle: claims on touchpoints; who follows whom on claims; contacts on that; pointers seen
//!   with names on those; pointers without names on those. So it comes to rest.
//!
//! # Where this differs from the first sketch, and why
//!
//! - **A contact id is the key it was born from**, kind included ([`KeyKind`]). As a name of its own, an id handed back by a
//!   CRM would lead to a ghost: the address made contact C; the address joins an older record's contact; the CRM hands back
//!   C, whose row knows nothing of that. As a key it leads to the address's row, which follows. It also tells whether the id
//!   was a visitor's: then it points and does not name, else it would join two people who used one browser.
//! - **The adopted contact is not sticky but the first by claim.** Sticky is decided by arrival: rows rebuilt from the same
//!   inputs would give other ids than those that the CRM keeps.
//! - **A touchpoint does not travel to ask; the claim does**, and the touchpoint waits in the row. A withdrawal finds it in
//!   one place.
//! - **A returned row that can be revised is asked about at its input's owner.** Version 1 is called back; version 2 goes to
//!   another owner; version 1 returns to the first, which has forgotten it, and would stand there as well. Only the input's
//!   owner sees both in one order.
//! - **What an input says of a company comes from the input's owner**, not from the person's: two persons' owners have no
//!   order between them.
//! - **Pointers are linked as pairs, not per touchpoint.** Placing each touchpoint by its own pointers would put a call-back
//!   form at the person whom its cookie knows and the call from the same number at nobody.
//! - **A merge is no mark on the loser that bounces what comes there**, but a word at both: the loser's own tree follows the
//!   winner as a child follows its claimer, so that taking it back is forgetting one word.
//! - **Nothing is remembered of an identifier that was only ever seen alone.** It stands at its own contact; when it is first
//!   bound it recalls from there, at the price of one recall that may find nothing.
//!
//! # Limits
//!
//! Of too much the earliest is kept (claims on a name 64, pointers of a name 256, evidence of revisable inputs 16 a claim or
//! day), which shows only if all that is kept is withdrawn. What is shared, and more than 64 touchpoints of a deal, depend
//! on order only where evidence is withdrawn beyond the limit. Input rows stay as long as the store keeps them. Companies by name
//! and address are not here yet. Where pointers stand by each other alone, an erasure may take more than stood at the erased.
//!
//! A merge into a name of the same tree that is neither above nor next below the one that was taken in hides an earlier merge
//! of that tree into another.
//!
//! Reading order: `router`, `row`, `message`, `name`, `merge`, `pointer`, `erasure`, `namesakes`, then the `*_turn` files.

mod codec;
mod erasure;
mod erasure_turn;
mod evidence;
mod heard;
mod input;
mod key;
mod keys;
mod merge;
mod message;
mod name;
mod name_turn;
mod namesakes;
pub mod normal;
mod opportunity;
mod out;
mod pointer;
mod pointer_turn;
mod router;
mod row;
mod settings;
mod standing;

pub use codec::{CodecError, Coded, FORMAT};
pub use key::{HashKey, KeyKind, key_of_contact, subject};
pub use message::{Message, Notice, Routing, Visit};
pub use out::{Counter, Likeness, Out, Review};
pub use router::{FirstHop, Misrouted, Router};
pub use row::Row;
pub use settings::Settings;
