//! The engine: what a contact's history means, and what to tell the world when it changes.
//!
//! Pure: `apply(state, input) -> effects`. The caller brings rows, time (as ticks in the input) and playbook versions,
//! and carries out the effects.
//!
//! Reading order: [`input`] (what comes in and goes out), [`engine`] (one partition), `contact` (one contact's home),
//! [`fold`] (what a ledger means: the one definition), [`bursts`] (which of its rows are a machine's), then its parts `scoring`, `facts`, [`attendance`], `behaviours`,
//! `readings`, `segments`, `stage`, `condition`; `outlook`, with `askers`, `rests` and `turns`, says what need not be asked again;
//! `history` keeps the ledger in chunks, `announce`, `announce_segments` and `teller` say what changed, [`programmes`] and
//! [`handoffs`] do what follows, [`account`] adds up the members, [`account_facts`] reads what is told of the company.
//! [`explain`] answers who asks why, [`missing`] what comes next, [`recommend`] what to give next.

pub mod account;
pub mod account_facts;
mod account_stage;
mod account_teller;
mod agenda;
pub mod aggregate;
mod announce;
mod announce_actions;
mod announce_segments;
mod aside;
mod askers;
pub mod attendance;
mod behaviours;
#[cfg(test)]
mod behaviours_tests;
pub mod bursts;
mod census;
mod condition;
#[cfg(test)]
mod condition_tests;
pub mod consumption;
mod contact;
mod content_map;
mod dates;
pub mod decay;
#[cfg(test)]
mod decay_tests;
pub mod engine;
pub mod explain;
mod facts;
pub mod fit;
pub mod fold;
pub mod handoffs;
mod hash;
pub mod head;
mod history;
pub mod input;
mod largest;
pub mod ledger;
pub mod memory;
pub mod missing;
mod outlook;
mod pieces;
mod places;
pub mod programmes;
mod question;
mod reach;
mod readings;
pub mod recommend;
mod rests;
pub mod returns;
pub mod rows;
mod scoring;
mod segments;
mod sentence;
mod signal;
mod stage;
mod teller;
mod tier;
mod touchpoint_words;
mod turns;
mod variants;
pub mod version;
mod wording;
mod words;
