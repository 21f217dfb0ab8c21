//! Counts that become visible with the transaction. What an aborted one counted comes again with its records.

use prometheus::IntCounter;
use std::collections::HashMap;
use std::hash::Hash;

/// Counters of one metric by what they count.
#[derive(Debug)]
pub(crate) struct Tally<K> {
    counters: HashMap<K, (IntCounter, u64)>,
}

impl<K: Eq + Hash> Tally<K> {
    /// Those whose labels are known from the start: they are shown as 0.
    pub(crate) fn of(counters: impl IntoIterator<Item = (K, IntCounter)>) -> Self {
        Self { counters: counters.into_iter().map(|(what, counter)| (what, (counter, 0))).collect() }
    }

    /// Counts one; `counter` makes the handle where there is none yet.
    pub(crate) fn count(&mut self, what: K, counter: impl FnOnce(&K) -> IntCounter) {
        self.counters.entry(what).or_insert_with_key(|what| (counter(what), 0)).1 += 1;
    }

    /// Shows a counter as 0 before there is anything to count.
    pub(crate) fn show(&mut self, what: K, counter: impl FnOnce(&K) -> IntCounter) {
        self.counters.entry(what).or_insert_with_key(|what| (counter(what), 0));
    }

    pub(crate) fn committed(&mut self) {
        for (counter, uncommitted) in self.counters.values_mut().filter(|(_, uncommitted)| *uncommitted > 0) {
            counter.inc_by(std::mem::take(uncommitted));
        }
    }

    pub(crate) fn aborted(&mut self) {
        self.counters.values_mut().for_each(|(_, uncommitted)| *uncommitted = 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aborted_transaction_counts_nothing() {
        let counter = IntCounter::new("moves", "moves").expect("a name");
        let mut tally = Tally::of([("known", counter.clone())]);
        tally.count("known", |_| unreachable!("it is known"));
        tally.aborted();
        tally.committed();
        assert_eq!(counter.get(), 0);
        tally.count("known", |_| unreachable!("it is known"));
        assert_eq!(counter.get(), 0, "not before the commit");
        tally.committed();
        tally.committed();
        assert_eq!(counter.get(), 1);
    }
}
