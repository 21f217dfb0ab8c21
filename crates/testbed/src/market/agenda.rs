//! What is to happen, in order of time: acts of people and records on their way.

use super::call::Reason;
use super::noise::Noise;
use super::record::RawEvent;
use super::town::Need;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use touchpoint::Timestamp;

pub(super) enum Job {
    Send(Box<RawEvent>),
    /// A company's need changes.
    Need {
        account: usize,
        need: Need,
    },
    /// Somebody comes to the site; void when `plan` is not their latest.
    Visit {
        person: usize,
        plan: u32,
    },
    Passerby,
    Crawl,
    Student,
    /// What a list from before the time told already.
    HouseList {
        account: usize,
    },
    Enrich {
        person: usize,
    },
    Newsletter {
        number: u32,
    },
    Invitation {
        seminar: usize,
    },
    Session {
        seminar: usize,
    },
    /// The cards of the exhibition.
    CardFile,
    Call {
        person: usize,
        reason: Reason,
        attempt: u8,
    },
    CreateLead {
        person: usize,
    },
    Judge {
        person: usize,
        again: bool,
    },
    Convert {
        person: usize,
    },
    Deal {
        deal: Box<super::deal::Deal>,
    },
}

pub(super) struct Agenda {
    due: BinaryHeap<Due>,
    planned: u64,
    noise: Noise,
}

struct Due {
    at: Timestamp,
    /// What was planned first happens first.
    number: u64,
    job: Job,
}

impl Agenda {
    pub(super) const fn new(noise: Noise) -> Self {
        Self { due: BinaryHeap::new(), planned: 0, noise }
    }

    pub(super) fn plan(&mut self, at: Timestamp, job: Job) {
        self.due.push(Due { at, number: self.planned, job });
        self.planned += 1;
    }

    /// Sends a record on its way, with what may befall it there.
    pub(super) fn send(&mut self, event: RawEvent) {
        let mut noise = std::mem::replace(&mut self.noise, Noise::none());
        noise.deliver(event, &mut |event| self.plan(event.at, Job::Send(Box::new(event))));
        self.noise = noise;
    }

    pub(super) fn next(&mut self) -> Option<(Timestamp, Job)> {
        self.due.pop().map(|due| (due.at, due.job))
    }

    pub(super) fn next_is_arrival(&self) -> bool {
        self.due.peek().is_some_and(|due| matches!(due.job, Job::Send(_)))
    }

    /// When the next thing happens.
    pub(super) fn peek(&self) -> Option<Timestamp> {
        self.due.peek().map(|due| due.at)
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    /// Reversed: the heap gives its greatest, and the earliest is wanted.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}
