//! Which rules or behaviours can match a touchpoint.

use super::Pattern;
use std::collections::HashMap;
use touchpoint::Text;

/// (channel, kind) -> what looks at such touchpoints, with wildcards resolved at look-up.
#[derive(Clone, Debug)]
pub struct Index<Ix> {
    by_channel_kind: HashMap<(Text, Text), Vec<Ix>>,
    by_channel: HashMap<Text, Vec<Ix>>,
    by_kind: HashMap<Text, Vec<Ix>>,
    any: Vec<Ix>,
}

impl<Ix: Copy + Ord> Index<Ix> {
    /// Files each under what its patterns name; in the order of the playbook.
    pub fn build<'a>(all: impl Iterator<Item = (Ix, &'a [Pattern])>) -> Self {
        let mut index = Self {
            by_channel_kind: HashMap::new(),
            by_channel: HashMap::new(),
            by_kind: HashMap::new(),
            any: Vec::new(),
        };
        for (ix, patterns) in all {
            for pattern in patterns {
                match (pattern.channels.is_empty(), pattern.kinds.is_empty()) {
                    (true, true) => push(&mut index.any, ix),
                    (false, true) => {
                        for channel in &pattern.channels {
                            push(index.by_channel.entry(channel.clone()).or_default(), ix);
                        }
                    }
                    (true, false) => {
                        for kind in &pattern.kinds {
                            push(index.by_kind.entry(kind.clone()).or_default(), ix);
                        }
                    }
                    (false, false) => {
                        for channel in &pattern.channels {
                            for kind in &pattern.kinds {
                                push(index.by_channel_kind.entry((channel.clone(), kind.clone())).or_default(), ix);
                            }
                        }
                    }
                }
            }
        }
        // The common look-up is one hash: those with wildcards are filed under every pair that is named anywhere.
        let pairs: Vec<(Text, Text)> = index.by_channel_kind.keys().cloned().collect();
        for pair in pairs {
            let mut all = index.by_channel_kind.remove(&pair).unwrap_or_default();
            all.extend(index.by_channel.get(&pair.0).into_iter().flatten());
            all.extend(index.by_kind.get(&pair.1).into_iter().flatten());
            all.extend(&index.any);
            all.sort_unstable();
            all.dedup();
            index.by_channel_kind.insert(pair, all);
        }
        index
    }

    /// Calls `each` with every one that can match, in the order of the playbook.
    pub fn for_each(&self, channel: &Text, kind: &Text, mut each: impl FnMut(Ix)) {
        // `Text` keys cannot be borrowed as a pair of `&str`; clones of short text do not allocate.
        if let Some(all) = self.by_channel_kind.get(&(channel.clone(), kind.clone())) {
            all.iter().copied().for_each(each);
            return;
        }
        let mut all: Vec<Ix> = self.any.clone();
        all.extend(self.by_channel.get(channel).into_iter().flatten());
        all.extend(self.by_kind.get(kind).into_iter().flatten());
        all.sort_unstable();
        all.dedup();
        all.into_iter().for_each(&mut each);
    }
}

fn push<Ix: Copy + PartialEq>(all: &mut Vec<Ix>, ix: Ix) {
    if all.last() != Some(&ix) {
        all.push(ix);
    }
}
