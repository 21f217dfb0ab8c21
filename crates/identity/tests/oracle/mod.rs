//! Who is who, by looking at the whole set of inputs at once: the plain definition that the owners' messages must come
//! to, whatever their order. Written with maps and loops over everything; shares with the router the keys only.

#![allow(dead_code)] // each test file uses its part
#![allow(clippy::unwrap_used)] // a test that panics is a test that fails

use identity::{HashKey, KeyKind, key_of_contact, normal, subject};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use touchpoint::{ConsentState, ContactId, IdentifierKey as Key, IdentifierKind, SubjectId, Timestamp, Touchpoint};

/// (when, by which input, refused): the greatest counts.
type Said = (Timestamp, Key, bool);

/// Where a pointer points at one moment: whom, and what that one said about tracking.
type Point = (Key, Option<Said>);

/// Which subject each input that counts stands at, and whether that is a known one.
pub(crate) fn places(
    inputs: &[Touchpoint],
    hash: &HashKey,
    tracking_default: bool,
) -> BTreeMap<String, (SubjectId, bool)> {
    let mut world = World { hash, tracking_default, inputs: with_copies(counting(inputs)), ..World::empty(hash) };
    world.look();
    let place = |t: &Touchpoint| world.place(t).map(|(home, known)| (t.input.id.to_string(), (home, known)));
    world.inputs.iter().filter_map(place).collect()
}

/// Of the versions of an input the highest, then a void one, then the greater content.
pub(crate) fn counting(inputs: &[Touchpoint]) -> Vec<Touchpoint> {
    let mut best: BTreeMap<&str, &Touchpoint> = BTreeMap::new();
    for input in inputs {
        let rank = |t: &Touchpoint| (t.version, t.void, t.content_hash());
        let have = best.entry(&input.input.id).or_insert(input);
        if rank(input) > rank(have) {
            *have = input;
        }
    }
    best.into_values().filter(|t| !t.void).cloned().collect()
}

struct World<'a> {
    hash: &'a HashKey,
    tracking_default: bool,
    inputs: Vec<Touchpoint>,
    times: Vec<Timestamp>,
    /// (parent, child) -> first claim.
    claims: BTreeMap<(Key, Key), Timestamp>,
    parents: BTreeMap<Key, Key>,
    /// (one, other) -> the last word, said at the first, whether they are two.
    pairs: BTreeMap<(Key, Key), Said>,
    /// Root of a tree -> who took it in.
    takers: BTreeMap<Key, Key>,
    /// What was said by touchpoints whose strongest identifier it is.
    said: BTreeMap<Key, Said>,
    /// pointer -> (time, name), once a day and name.
    seen: BTreeMap<Key, BTreeSet<(Timestamp, Key)>>,
    /// (stronger, weaker) -> first time.
    links: BTreeMap<(Key, Key), Timestamp>,
}

impl<'a> World<'a> {
    fn empty(hash: &'a HashKey) -> Self {
        Self {
            hash,
            tracking_default: false,
            inputs: Vec::new(),
            times: Vec::new(),
            claims: BTreeMap::new(),
            parents: BTreeMap::new(),
            pairs: BTreeMap::new(),
            takers: BTreeMap::new(),
            said: BTreeMap::new(),
            seen: BTreeMap::new(),
            links: BTreeMap::new(),
        }
    }

    fn look(&mut self) {
        for t in self.inputs.clone() {
            let at = t.occurred_at;
            self.times.push(at);
            let (names, mut pointers) = (self.names(&t), self.pointers(&t));
            let paired = self.paired(&t);
            for group in [&names, &self.companies(&t)] {
                for child in group.iter().skip(1).filter(|key| !paired.contains(key)) {
                    let first = self.claims.entry((group[0], *child)).or_insert(at);
                    *first = at.min(*first);
                }
            }
            let apart = t.kind == "unmerged";
            if let Some(strongest) = names.iter().chain(&pointers).chain(&self.companies(&t)).next().copied() {
                for other in paired.iter().filter(|key| **key != strongest) {
                    let said = (at, self.hash.input(&t.input), apart);
                    let last = self.pairs.entry((strongest, *other)).or_insert(said);
                    *last = said.max(*last);
                }
                pointers.retain(|key| *key == strongest || !(apart && paired.contains(key)));
            }
            if let Some(name) = names.first() {
                for pointer in &pointers {
                    self.seen.entry(*pointer).or_default().insert((at, *name));
                }
            } else {
                for weaker in pointers.iter().skip(1) {
                    let first = self.links.entry((pointers[0], *weaker)).or_insert(at);
                    *first = at.min(*first);
                }
            }
            if let Some(strongest) = names.iter().chain(&pointers).next() {
                for consent in t.consent.iter().filter(|consent| consent.purpose == "tracking") {
                    let refused = consent.state == ConsentState::Denied;
                    let said = (consent.at.unwrap_or(at), self.hash.input(&t.input), refused);
                    let last = self.said.entry(*strongest).or_insert(said);
                    *last = said.max(*last);
                }
            }
        }
        // What decides before everything counts where it may be followed and what comes after may not.
        self.times.push(Timestamp::MIN);
        self.times.sort();
        // Of a day only the first.
        for seen in self.seen.values_mut() {
            let day = |at: &Timestamp| at.as_millis().div_euclid(86_400_000);
            let all = seen.clone();
            seen.retain(|(at, name)| !all.iter().any(|(a, n)| n == name && day(a) == day(at) && a < at));
        }
        let apart: BTreeSet<(Key, Key)> =
            self.pairs.keys().copied().filter(|(one, other)| self.are_two(*one, *other)).collect();
        for (pointer, seen) in &mut self.seen {
            seen.retain(|(_, name)| !apart.contains(&(*name, *pointer)));
        }
        self.links.retain(|pair, _| !apart.contains(pair));
        // The earliest claim wins; in a ring the smallest key follows nobody.
        let mut winners: BTreeMap<Key, (Timestamp, Key)> = BTreeMap::new();
        for ((parent, child), at) in self.claims.iter().filter(|((p, c), _)| !self.are_two(*p, *c)) {
            let claim = (*at, *parent);
            let have = winners.entry(*child).or_insert(claim);
            *have = claim.min(*have);
        }
        for (child, (_, parent)) in &winners {
            let mut ring = vec![*child];
            let mut next = Some(*parent);
            while let Some(key) = next.filter(|key| !ring.contains(key)) {
                ring.push(key);
                next = winners.get(&key).map(|(_, parent)| *parent);
            }
            let goes_round = next == Some(*child);
            if !(goes_round && ring.iter().min() == Some(child)) {
                self.parents.insert(*child, *parent);
            }
        }
        // The root of who was taken in follows the taker; in a ring the smallest key follows nobody.
        let all: BTreeSet<Key> = self.pairs.keys().map(|(_, other)| self.tree(*other)).collect();
        let free = all.iter().filter(|root| !winners.contains_key(root));
        let takers: BTreeMap<Key, Key> = free.filter_map(|root| Some((*root, self.taken_in(*root)?.1))).collect();
        for root in takers.keys() {
            let mut ring = vec![*root];
            let next = |of: &Key| takers.get(of).map(|taker| self.tree(*taker));
            while let Some(root) = next(ring.last().unwrap()).filter(|next| !ring.contains(next)) {
                ring.push(root);
            }
            let goes_round = next(ring.last().unwrap()) == Some(*root);
            if !(goes_round && ring.iter().min() == Some(root)) {
                self.takers.insert(*root, takers[root]);
            }
        }
    }

    /// Two were last said to be two.
    fn are_two(&self, one: Key, other: Key) -> bool {
        let last = self.pairs.get(&(one, other)).max(self.pairs.get(&(other, one)));
        last.is_some_and(|(_, _, two)| *two)
    }

    /// The last word of who took in a name or one of those that follow it by claims, but for those of its own tree next to
    /// the way up.
    fn taken_in(&self, name: Key) -> Option<(Said, Key)> {
        let said_here = self.pairs.iter().filter(|((_, taken), _)| *taken == name);
        let last_word = said_here.filter(|((taker, taken), said)| Some(*said) > self.pairs.get(&(*taken, *taker)));
        let own = last_word.filter(|(_, (_, _, two))| !*two).map(|((taker, _), said)| (*said, *taker));
        let children: Vec<Key> = self.parents.iter().filter(|(_, parent)| **parent == name).map(|(c, _)| *c).collect();
        let mut near = children.clone();
        let mut up = Some(name);
        while let Some(key) = up {
            near.push(key);
            up = self.parents.get(&key).copied();
        }
        let below = children.iter().filter_map(|child| self.taken_in(*child));
        own.chain(below).filter(|(_, taker)| !near.contains(taker)).max()
    }

    /// The root by claims.
    fn tree(&self, name: Key) -> Key {
        self.parents.get(&name).map_or(name, |parent| self.tree(*parent))
    }

    /// The root by claims and merges.
    fn root(&self, name: Key) -> Key {
        let root = self.tree(name);
        self.takers.get(&root).map_or(root, |taker| self.root(*taker))
    }

    /// Those of the strongest kind that has several.
    fn paired(&self, t: &Touchpoint) -> Vec<Key> {
        if !matches!(&*t.kind, "merged" | "unmerged" | "account_merged") {
            return Vec::new();
        }
        if t.identifiers.is_empty() {
            let mut records: BTreeSet<Key> = self.companies(t).into_iter().collect();
            records.retain(|key| KeyKind::of(key) == Some(KeyKind::CrmAccount));
            return records.into_iter().filter(|_| t.account.iter().any(|a| a.ids.len() > 1)).collect();
        }
        for kind in IdentifierKind::ALL {
            let mut alike = t.clone();
            alike.identifiers.retain(|identifier| identifier.kind == kind);
            if alike.identifiers.len() > 1 {
                return self.keys(&alike).into_iter().map(|(_, key)| key).collect();
            }
        }
        Vec::new()
    }

    /// A record goes by what it was made from: the first child, the weaker kind first.
    fn candidate(&self, name: Key) -> Key {
        if !KeyKind::of(&name).is_some_and(KeyKind::adopts) {
            return name;
        }
        let children = self.claims.iter().filter(|((p, c), _)| *p == name && self.parents.get(c) == Some(&name));
        let first = children.map(|((_, child), at)| (*at, Reverse(KeyKind::of(child)), *child)).min();
        first.map_or(name, |(_, _, child)| self.candidate(child))
    }

    fn home(&self, name: Key) -> Key {
        self.candidate(self.root(name))
    }

    fn said_in_tree(&self, name: Key) -> Option<Said> {
        let tree = self.said.iter().filter(|(key, _)| {
            KeyKind::of(key).is_some_and(KeyKind::names_person) && self.root(**key) == self.root(name)
        });
        tree.map(|(_, said)| *said).max()
    }

    fn said_of_pointer(&self, pointer: Key) -> Option<Said> {
        let stronger = self.links.keys().filter(|(_, weaker)| *weaker == pointer);
        let told = stronger.filter_map(|(stronger, _)| self.said_of_pointer(*stronger));
        told.chain(self.said.get(&pointer).copied()).max()
    }

    fn allowed(&self, pointer: Key, tracking: Option<Said>) -> bool {
        KeyKind::of(&pointer) != Some(KeyKind::Cookie)
            || tracking.max(self.said_of_pointer(pointer)).map_or(self.tracking_default, |(_, _, refused)| !refused)
    }

    /// The named people a pointer was seen with, at each of the times there are; empty if there is none.
    fn pointing(&self, pointer: Key) -> Vec<Point> {
        let seen = self.seen.get(&pointer).into_iter().flatten();
        let points = seen.map(|(at, name)| (*at, (self.home(*name), self.said_in_tree(*name))));
        let points: Vec<(Timestamp, Point)> = points.filter(|(_, (_, said))| self.allowed(pointer, *said)).collect();
        self.times.iter().filter_map(|time| last_or_first(&points, *time)).collect()
    }

    /// Where a pointer stands at each of the times there are, and whether at known people.
    fn standing(&self, pointer: Key) -> (Vec<Point>, bool) {
        let pointing = self.pointing(pointer);
        if !pointing.is_empty() {
            return (pointing, true);
        }
        let stronger = self.links.iter().filter(|((_, weaker), _)| *weaker == pointer);
        let mut stronger: Vec<_> = stronger.map(|((key, _), at)| (*at, *key, self.standing(*key))).collect();
        stronger.sort_by_key(|(at, key, _)| (*at, *key));
        let weaker = self.links.iter().filter(|((key, _), _)| *key == pointer);
        let mut weaker: Vec<_> = weaker.map(|((_, key), at)| (*at, *key, self.pointing(*key))).collect();
        weaker.sort_by_key(|(at, key, _)| (*at, *key));
        let known = stronger.iter().filter(|(_, _, (_, known))| *known);
        let by_stronger = self.in_turn(pointer, known.map(|(at, _, (points, _))| (*at, points)));
        let by_weaker = self.in_turn(pointer, weaker.iter().map(|(at, _, points)| (*at, points)));
        let anonymous = stronger.iter().filter(|(_, _, (_, known))| !*known);
        let by_anonymous = self.in_turn(pointer, anonymous.map(|(at, _, (points, _))| (*at, points)));
        for (points, known) in [(by_stronger, true), (by_weaker, true), (by_anonymous, false)] {
            if !points.is_empty() {
                return (points, known);
            }
        }
        (self.times.iter().map(|_| (pointer, None)).collect(), false)
    }

    /// Each decides from its time on, the first also before; without what may not be followed.
    fn in_turn<'p>(&self, pointer: Key, parts: impl Iterator<Item = (Timestamp, &'p Vec<Point>)>) -> Vec<Point> {
        let filled = parts.filter_map(|(at, points)| {
            let may: Vec<(Timestamp, Point)> = self
                .times
                .iter()
                .zip(points)
                .filter(|(_, (_, said))| self.allowed(pointer, *said))
                .map(|(time, point)| (*time, *point))
                .collect();
            let all: Vec<Point> = self.times.iter().filter_map(|time| last_or_first(&may, *time)).collect();
            (!all.is_empty()).then_some((at, all))
        });
        let filled: Vec<(Timestamp, Vec<Point>)> = filled.collect();
        let by_turn = self.times.iter().enumerate();
        by_turn.filter_map(|(number, time)| last_or_first(&filled, *time).map(|points| points[number])).collect()
    }

    fn place(&self, t: &Touchpoint) -> Option<(SubjectId, bool)> {
        let (names, pointers, companies) = (self.names(t), self.pointers(t), self.companies(t));
        let strongest = *names.iter().chain(&pointers).chain(&companies).next()?;
        if !KeyKind::of(&strongest).is_some_and(KeyKind::points) {
            return Some((subject(self.home(strongest))?, true));
        }
        let (points, known) = self.standing(strongest);
        let number = self.times.iter().position(|time| *time == t.occurred_at)?;
        Some((subject(points[number].0)?, known))
    }

    fn keys(&self, t: &Touchpoint) -> Vec<(bool, Key)> {
        let of = |i: &touchpoint::Identifier| match KeyKind::of_identifier(i.kind) {
            Some(kind) => Some((false, self.hash.key(kind, &i.value))),
            None => Some((true, key_of_contact(i.value.parse::<ContactId>().ok()?)?)),
        };
        t.identifiers.iter().filter_map(of).collect()
    }

    /// Strongest first. Our own id counts for what it was born from, and adds nothing beside that.
    fn names(&self, t: &Touchpoint) -> Vec<Key> {
        let keys: Vec<(bool, Key)> =
            self.keys(t).into_iter().filter(|(_, key)| KeyKind::of(key).is_some_and(KeyKind::names_person)).collect();
        let own = keys.iter().filter(|(handed, _)| !handed).map(|(_, key)| *key);
        let handed = keys.iter().filter(|(handed, key)| *handed && !keys.contains(&(false, *key)));
        handed.map(|(_, key)| *key).chain(own).collect()
    }

    fn pointers(&self, t: &Touchpoint) -> Vec<Key> {
        let points = |key: &Key| KeyKind::of(key).is_some_and(KeyKind::points);
        let keys: BTreeSet<(Option<KeyKind>, Key)> =
            self.keys(t).into_iter().map(|(_, key)| (KeyKind::of(&key), key)).filter(|(_, key)| points(key)).collect();
        keys.into_iter().map(|(_, key)| key).collect()
    }

    fn companies(&self, t: &Touchpoint) -> Vec<Key> {
        let Some(account) = &t.account else { return Vec::new() };
        let number = account.corporate_number.iter().map(|number| self.hash.key(KeyKind::CorporateNumber, number));
        let ids = account.ids.iter().map(|id| self.hash.key(KeyKind::CrmAccount, id));
        let mut keys: Vec<Key> = number.chain(ids).collect();
        let address = t.identifiers_of(IdentifierKind::Email).find_map(|email| normal::email_domain(email, &[]));
        let domain = account.domain.clone().or_else(|| address.filter(|_| !keys.is_empty()));
        keys.extend(domain.map(|domain| self.hash.key(KeyKind::Domain, &domain)));
        keys
    }
}

/// The last at or before `time`, else the first, of what is in order of time.
fn last_or_first<T: Clone>(line: &[(Timestamp, T)], time: Timestamp) -> Option<T> {
    let before = line.iter().rev().find(|(at, _)| *at <= time);
    before.or_else(|| line.first()).map(|(_, point)| point.clone())
}

/// A touchpoint of a deal stands as copies: at its own person, at those whom any touchpoint of the deal names, else at
/// whom it was converted from; and at the account.
fn with_copies(inputs: Vec<Touchpoint>) -> Vec<Touchpoint> {
    let mut all = Vec::new();
    for t in &inputs {
        let Some(deal) = &t.opportunity else {
            all.push(t.clone());
            continue;
        };
        let mut of_deal: Vec<&Touchpoint> =
            inputs.iter().filter(|o| o.opportunity.as_ref().is_some_and(|other| other.id == deal.id)).collect();
        of_deal.sort_by_key(|o| (o.occurred_at, &o.input));
        let mut copy = |whom: &str, change: &dyn Fn(&mut Touchpoint)| {
            let mut copy = t.clone();
            copy.input.id = format!("{}#{}#{whom}", t.input.id, deal.id).into();
            change(&mut copy);
            all.push(copy);
        };
        if !t.identifiers.is_empty() {
            copy("person", &|_| ());
        }
        let contacts = of_deal.iter().flat_map(|o| &o.opportunity).flat_map(|deal| &deal.contacts);
        let named: BTreeSet<String> = contacts.map(|contact| contact.crm_id.to_string()).collect();
        for crm_id in named.iter().filter(|id| !t.identifiers_of(IdentifierKind::CrmId).any(|own| own == id.as_str())) {
            copy(crm_id, &|c| c.identifiers = vec![touchpoint::Identifier::new(IdentifierKind::CrmId, crm_id)]);
        }
        let from = of_deal.iter().rev().filter(|o| o.kind == "converted");
        let from = from.flat_map(|o| o.identifiers.iter().find(|i| i.kind.names())).next();
        if let Some(from) = from.filter(|_| t.identifiers.is_empty() && named.is_empty()) {
            copy("converted", &|c| c.identifiers = vec![from.clone()]);
        }
        let account = |o: &Touchpoint| {
            let address = o.identifiers_of(IdentifierKind::Email).find_map(|email| normal::email_domain(email, &[]));
            let mut account = o.account.as_deref().cloned();
            if account.is_none() && address.is_some() {
                account = Some(Default::default());
            }
            account.map(|mut account| {
                account.domain = account.domain.or(address);
                account
            })
        };
        let account = account(t).or_else(|| of_deal.iter().rev().find_map(|o| account(o)));
        if let Some(account) = account {
            copy("account", &|c| {
                c.identifiers.clear();
                c.account = Some(Box::new(account.clone()));
            });
        }
    }
    all
}
