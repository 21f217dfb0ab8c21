//! Which rules or behaviours can match a touchpoint.

use super::{PageClassIx, Pattern};
use crate::matching::Resolved;
use std::collections::HashMap;
use touchpoint::{Text, Touchpoint};

/// (channel, kind) -> what looks at such touchpoints, with wildcards resolved at look-up.
#[derive(Clone, Debug)]
pub struct Index<Ix> {
    /// Sorted.
    by_sort: Vec<(Sort, Filed<Ix>)>,
    by_channel: HashMap<Text, Filed<Ix>>,
    by_kind: HashMap<Text, Filed<Ix>>,
    any: Filed<Ix>,
}

/// Channel and kind of a touchpoint as one number: FNV-1a (Fowler, Noll, Vo), 64 bits. Two pairs that share it are looked
/// at together, which the patterns themselves put right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sort(u64);

impl Sort {
    pub(crate) fn of(channel: &str, kind: &str) -> Self {
        let bytes = channel.bytes().chain([0]).chain(kind.bytes());
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
    }
}

/// What looks at touchpoints of one channel and kind.
#[derive(Clone, Debug)]
struct Filed<Ix> {
    /// On whatever page.
    anywhere: Vec<Ix>,
    /// By class of the page: those that ask for it, and those that ask for none.
    on_page: Vec<Vec<Ix>>,
}

impl<Ix: Copy + Ord> Index<Ix> {
    /// Files each under what its patterns name; in the order of the playbook.
    pub fn build<'a>(all: impl Iterator<Item = (Ix, &'a [Pattern])>) -> Self {
        let mut by_pair: HashMap<(Text, Text), Filed<Ix>> = HashMap::new();
        let mut index =
            Self { by_sort: Vec::new(), by_channel: HashMap::new(), by_kind: HashMap::new(), any: Filed::default() };
        for (ix, patterns) in all {
            for pattern in patterns {
                match (pattern.channels.is_empty(), pattern.kinds.is_empty()) {
                    (true, true) => index.any.file(ix, &pattern.pages),
                    (false, true) => {
                        for channel in &pattern.channels {
                            index.by_channel.entry(channel.clone()).or_default().file(ix, &pattern.pages);
                        }
                    }
                    (true, false) => {
                        for kind in &pattern.kinds {
                            index.by_kind.entry(kind.clone()).or_default().file(ix, &pattern.pages);
                        }
                    }
                    (false, false) => {
                        for channel in &pattern.channels {
                            for kind in &pattern.kinds {
                                let pair = (channel.clone(), kind.clone());
                                by_pair.entry(pair).or_default().file(ix, &pattern.pages);
                            }
                        }
                    }
                }
            }
        }
        // The common look-up is one search: those with wildcards are filed under every pair that is named anywhere.
        for ((channel, kind), mut filed) in by_pair {
            let others = index.by_channel.get(&channel).into_iter().chain(index.by_kind.get(&kind));
            others.chain([&index.any]).for_each(|other| filed.join(other));
            let sort = Sort::of(&channel, &kind);
            match index.by_sort.binary_search_by_key(&sort, |(have, _)| *have) {
                Ok(at) => index.by_sort[at].1.join(&filed),
                Err(at) => index.by_sort.insert(at, (sort, filed)),
            }
        }
        index.by_sort.iter_mut().for_each(|(_, filed)| filed.order());
        index
    }

    /// Calls `each` with every one that can match, in the order of the playbook.
    pub fn for_each(&self, touchpoint: &Touchpoint, resolved: &Resolved, mut each: impl FnMut(Ix)) {
        let page = resolved.page.and_then(|page| page.class);
        if let Ok(at) = self.by_sort.binary_search_by_key(&resolved.sort, |(sort, _)| *sort) {
            self.by_sort[at].1.on(page).iter().copied().for_each(each);
            return;
        }
        let mut all: Vec<Ix> = self.any.on(page).to_vec();
        let (channel, kind) = (&touchpoint.channel, &touchpoint.kind);
        let others = self.by_channel.get(channel).into_iter().chain(self.by_kind.get(kind));
        others.for_each(|filed| all.extend(filed.on(page)));
        all.sort_unstable();
        all.dedup();
        all.into_iter().for_each(&mut each);
    }
}

impl<Ix> Default for Filed<Ix> {
    fn default() -> Self {
        Self { anywhere: Vec::new(), on_page: Vec::new() }
    }
}

impl<Ix: Copy + Ord> Filed<Ix> {
    fn file(&mut self, ix: Ix, pages: &[PageClassIx]) {
        if pages.is_empty() {
            self.anywhere.push(ix);
            self.on_page.iter_mut().for_each(|on_page| on_page.push(ix));
        }
        for page in pages {
            self.page(usize::from(page.0)).push(ix);
        }
    }

    fn page(&mut self, page: usize) -> &mut Vec<Ix> {
        while self.on_page.len() <= page {
            self.on_page.push(self.anywhere.clone());
        }
        &mut self.on_page[page]
    }

    fn join(&mut self, other: &Self) {
        for page in 0..other.on_page.len().max(self.on_page.len()) {
            let theirs = other.on_page.get(page).unwrap_or(&other.anywhere);
            self.page(page).extend(theirs);
        }
        self.anywhere.extend(&other.anywhere);
    }

    fn order(&mut self) {
        for all in self.on_page.iter_mut().chain([&mut self.anywhere]) {
            all.sort_unstable();
            all.dedup();
        }
    }

    fn on(&self, page: Option<PageClassIx>) -> &[Ix] {
        page.and_then(|page| self.on_page.get(usize::from(page.0))).unwrap_or(&self.anywhere)
    }
}
