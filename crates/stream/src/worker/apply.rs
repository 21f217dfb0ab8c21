//! One record, one tick: call the processor, and make of its answer what it means.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use observe::clock;

use super::partition::{Poison, Slot};
use super::{Interrupt, Sent, Worker};
use crate::config::OUTPUT_BYTES_MAX;
use crate::context::Context;
use crate::dead_letter::{Assembled, DeadLetter};
use crate::fault::Fault;
use crate::open_work::note_work;
use crate::output::{Output, Sink};
use crate::processor::Processor;
use crate::producer::TransactionalProducer;
use crate::record::Record;
use crate::settings::StreamSettings;

impl<P: Processor> Worker<P> {
    /// Applies one record of the input, unless it was applied before or its partition is not ready.
    pub(super) fn apply(&mut self, record: &Record<'_>) -> Result<(), Interrupt> {
        let slot = usize::try_from(record.partition).ok().and_then(|partition| self.slots.get_mut(partition));
        let Some(Slot::Running(owned)) = slot else { return Ok(()) };
        if owned.before_marks.take_if(|before| record.offset >= *before).is_some() {
            // Should a record come from where there were to be marks only, the position goes back to it.
            owned.next = owned.next.min(record.offset);
        }
        // After a seek, records that were fetched before it may still come; the sought ones come as well.
        if record.offset < owned.next {
            return Ok(());
        }
        owned.taken = record.offset + 1;
        owned.last_millis = record.timestamp_millis;
        // Also where it has to wait: who waits has work.
        note_work(&mut self.open_since, &self.health);
        let mut sink = TransactionSink { producer: &mut self.producer, settings: &self.settings, sent: &mut self.sent };
        if let Some(poison) = owned.poisoned.get(&record.offset) {
            sink.dead_letter(&letter(record, poison))?;
        } else {
            let mut context = Context::new(record.partition, &mut owned.store, &mut sink);
            let processor = &mut self.processor;
            let applied = catch_unwind(AssertUnwindSafe(|| processor.apply(&mut context, record)));
            let touched = context.touched();
            match applied {
                Ok(Ok(())) => {}
                Ok(Err(Fault::Poison { code, field, message })) => {
                    let poison = Poison { code, field, message };
                    if touched {
                        owned.poisoned.insert(record.offset, poison);
                        return Err(Interrupt::Redo { code });
                    }
                    self.metrics.service.faults(code).inc();
                    sink.dead_letter(&letter(record, &poison))?;
                }
                Ok(Err(fault)) => return Err(of_partition(fault, record.partition)),
                Err(_) => {
                    let message = format!("processing {record:?} panicked; the panic stands in the service's log");
                    owned.poisoned.insert(record.offset, Poison { code: "panic", field: String::new(), message });
                    return Err(Interrupt::Redo { code: "panic" });
                }
            }
        }
        owned.next = record.offset + 1;
        owned.touched = true;
        self.records += 1;
        Ok(())
    }

    pub(super) fn tick_when_due(&mut self) -> Result<(), Interrupt> {
        if Instant::now() < self.next_tick {
            return Ok(());
        }
        self.next_tick = Instant::now() + self.settings.tick_interval;
        let wall_millis = clock::now().as_millis();
        self.for_each_running(|_| true, "tick", |processor, context| processor.tick(context, wall_millis))
    }

    pub(super) fn before_commit(&mut self) -> Result<(), Interrupt> {
        self.for_each_running(|touched| touched, "before_commit", P::before_commit)
    }

    /// Calls the processor for running partitions, where there is no record to blame for a fault.
    fn for_each_running(
        &mut self,
        which: impl Fn(bool) -> bool,
        what: &str,
        mut call: impl FnMut(&mut P, &mut Context<'_, P::Row>) -> Result<(), Fault>,
    ) -> Result<(), Interrupt> {
        let mut worked = false;
        for (partition, slot) in (0..).zip(&mut self.slots) {
            let Slot::Running(owned) = slot else { continue };
            if !which(owned.touched) {
                continue;
            }
            let mut sink =
                TransactionSink { producer: &mut self.producer, settings: &self.settings, sent: &mut self.sent };
            let mut context = Context::new(partition, &mut owned.store, &mut sink);
            let processor = &mut self.processor;
            let called = catch_unwind(AssertUnwindSafe(|| call(processor, &mut context)));
            let touched = context.touched();
            match called {
                Ok(Ok(())) => {}
                Ok(Err(fault)) => return Err(of_partition(fault, partition)),
                Err(_) => {
                    let message = format!("{what} of partition {partition} panicked; the panic stands in the log");
                    return Err(Interrupt::Fatal { code: "panic", message });
                }
            }
            owned.touched |= touched;
            worked |= touched;
        }
        if worked {
            note_work(&mut self.open_since, &self.health);
        }
        Ok(())
    }
}

/// Sends within the worker's transaction, and counts.
pub(super) struct TransactionSink<'a> {
    pub(super) producer: &'a mut TransactionalProducer,
    pub(super) settings: &'a StreamSettings,
    pub(super) sent: &'a mut Sent,
}

impl Sink for TransactionSink<'_> {
    fn send(&mut self, output: &Output<'_>) -> Result<(), Fault> {
        let topic = self.settings.outputs.name(output.topic);
        let bytes = output.key.map_or(0, <[u8]>::len) + output.value.map_or(0, <[u8]>::len);
        if bytes > OUTPUT_BYTES_MAX {
            let message = format!("a record of {bytes} bytes for {topic}; at most {OUTPUT_BYTES_MAX} are sent");
            return Err(Fault::poison("output_too_large", "", message));
        }
        let Output { partition, key, value, headers, timestamp_millis, .. } = *output;
        self.producer.send(topic, partition, key, value, headers, timestamp_millis)?;
        self.sent.add(bytes);
        if let Some(count) = self.sent.by_topic.get_mut(usize::from(output.topic.0)) {
            *count += 1;
        }
        Ok(())
    }

    fn dead_letter(&mut self, letter: &DeadLetter<'_>) -> Result<(), Fault> {
        let assembled = Assembled::new(letter);
        let headers = assembled.headers(letter, &self.settings.service);
        let (key, value) = (Some(assembled.key.as_bytes()), assembled.value(letter));
        let topic = &self.settings.dead_letters;
        // One that is too large to send stops the service: it may not vanish.
        self.producer.send(topic, None, key, value, &headers, None).map_err(|fault| match fault {
            Fault::Poison { code, message, .. } => Fault::Fatal { code, message },
            fault => fault,
        })?;
        self.sent.add(value.map_or(0, <[u8]>::len));
        self.sent.dead_letters += 1;
        Ok(())
    }
}

impl Sent {
    pub(super) fn add(&mut self, bytes: usize) {
        self.records += 1;
        self.bytes += bytes;
    }

    pub(super) fn clear(&mut self) {
        self.records = 0;
        self.bytes = 0;
        self.by_topic.fill(0);
        self.changelog = 0;
        self.dead_letters = 0;
    }
}

fn letter<'a>(record: &'a Record<'a>, poison: &'a Poison) -> DeadLetter<'a> {
    DeadLetter {
        record,
        element: None,
        element_hash: None,
        value_in: None,
        code: poison.code,
        field: &poison.field,
        message: &poison.message,
    }
}

fn of_partition(fault: Fault, partition: i32) -> Interrupt {
    match fault {
        Fault::Retry { code: "store_corrupt" | "store_foreign", message } => Interrupt::Rebuild { partition, message },
        fault => fault.into(),
    }
}
