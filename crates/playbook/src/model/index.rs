//! Which rules can match a touchpoint.

use super::{Rule, RuleIx};
use std::collections::HashMap;
use touchpoint::Text;

/// (channel, kind) -> rules, with wildcards resolved at look-up.
#[derive(Clone, Debug, Default)]
pub struct RuleIndex {
    by_channel_kind: HashMap<(Text, Text), Vec<RuleIx>>,
    by_channel: HashMap<Text, Vec<RuleIx>>,
    by_kind: HashMap<Text, Vec<RuleIx>>,
    any: Vec<RuleIx>,
}

impl RuleIndex {
    /// Files each rule under what its patterns name.
    pub fn build(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            let ix = RuleIx(at as u16);
            for pattern in &rule.when {
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
        // The common look-up is one hash: rules with wildcards are filed under every pair that is named anywhere.
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

    /// Calls `each` with every rule that can match, in the order of the playbook.
    pub fn for_each(&self, channel: &Text, kind: &Text, mut each: impl FnMut(RuleIx)) {
        // `Text` keys cannot be borrowed as a pair of `&str`; clones of short text do not allocate.
        if let Some(rules) = self.by_channel_kind.get(&(channel.clone(), kind.clone())) {
            rules.iter().copied().for_each(each);
            return;
        }
        let mut rules: Vec<RuleIx> = self.any.clone();
        rules.extend(self.by_channel.get(channel).into_iter().flatten());
        rules.extend(self.by_kind.get(kind).into_iter().flatten());
        rules.sort_unstable();
        rules.dedup();
        rules.into_iter().for_each(&mut each);
    }
}

fn push(rules: &mut Vec<RuleIx>, ix: RuleIx) {
    if rules.last() != Some(&ix) {
        rules.push(ix);
    }
}
