use super::{RegistryError, WriterSchema};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// So many schemas no company has.
const SWEPT_FROM: usize = 10_000;

type Landed = Result<Arc<WriterSchema>, RegistryError>;

/// Schemas by id in memory; of those who miss the same one, the first fetches and the others wait.
#[derive(Debug)]
pub(super) struct Flights {
    slots: Mutex<HashMap<u32, Slot>>,
    unknown_for: Duration,
    wait_at_most: Duration,
}

#[derive(Debug)]
enum Slot {
    Known(Arc<WriterSchema>),
    /// Unknown or unusable, since then; believed for a while.
    Refused(RegistryError, Instant),
    Fetching(Arc<Flight>),
}

#[derive(Debug, Default)]
struct Flight {
    landed: Mutex<Option<Landed>>,
    arrived: Condvar,
}

impl Flights {
    pub(super) fn new(unknown_for: Duration, wait_at_most: Duration) -> Self {
        Self { slots: Mutex::default(), unknown_for, wait_at_most }
    }

    pub(super) fn get(&self, id: u32, fetch: impl FnOnce() -> Landed) -> Landed {
        let flight = {
            let mut slots = unpoisoned(self.slots.lock());
            match slots.get(&id) {
                Some(Slot::Known(schema)) => return Ok(Arc::clone(schema)),
                Some(Slot::Refused(error, since)) if since.elapsed() < self.unknown_for => return Err(error.clone()),
                Some(Slot::Fetching(flight)) => {
                    let flight = Arc::clone(flight);
                    drop(slots);
                    return self.wait(&flight);
                }
                Some(Slot::Refused(..)) | None => {
                    let flight = Arc::new(Flight::default());
                    slots.insert(id, Slot::Fetching(Arc::clone(&flight)));
                    flight
                }
            }
        };
        let mut landing = Landing { flights: self, id, flight: &flight, landed: None };
        let landed = fetch();
        landing.landed = Some(landed.clone());
        landed
    }

    fn land(&self, id: u32, flight: &Flight, landed: Landed) {
        let mut slots = unpoisoned(self.slots.lock());
        match &landed {
            Ok(schema) => slots.insert(id, Slot::Known(Arc::clone(schema))),
            Err(error) if error.is_final() => {
                if slots.len() >= SWEPT_FROM {
                    // Bytes that only look like Avro name any id: what is no longer believed need not be kept.
                    slots.retain(|_, slot| !matches!(slot, Slot::Refused(_, at) if at.elapsed() >= self.unknown_for));
                }
                slots.insert(id, Slot::Refused(error.clone(), Instant::now()))
            }
            // The registry was away: the next who needs it asks anew.
            Err(_) => slots.remove(&id),
        };
        drop(slots);
        *unpoisoned(flight.landed.lock()) = Some(landed);
        flight.arrived.notify_all();
    }

    fn wait(&self, flight: &Flight) -> Landed {
        let landed = unpoisoned(flight.landed.lock());
        let (landed, _) = flight
            .arrived
            .wait_timeout_while(landed, self.wait_at_most, |landed| landed.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        landed.clone().unwrap_or_else(|| {
            Err(RegistryError::Unreachable { tried: "another worker asked and got no answer in time".to_owned() })
        })
    }
}

/// Brings the answer to those who wait, also when fetching panicked: else they would wait for ever.
struct Landing<'a> {
    flights: &'a Flights,
    id: u32,
    flight: &'a Flight,
    landed: Option<Landed>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let broken = || Err(RegistryError::Unusable { id: self.id, cause: "reading it broke off".to_owned() });
        let landed = self.landed.take().unwrap_or_else(broken);
        self.flights.land(self.id, self.flight, landed);
    }
}

/// A panic elsewhere leaves these maps whole: every change is one statement.
fn unpoisoned<'a, T>(locked: Result<MutexGuard<'a, T>, PoisonError<MutexGuard<'a, T>>>) -> MutexGuard<'a, T> {
    locked.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_nobody_registered_do_not_fill_memory() {
        let flights = Flights::new(Duration::ZERO, Duration::ZERO);
        for id in 0..3 * SWEPT_FROM as u32 {
            assert!(flights.get(id, || Err(RegistryError::UnknownId { id })).is_err());
        }
        assert!(unpoisoned(flights.slots.lock()).len() <= SWEPT_FROM);
    }
}
