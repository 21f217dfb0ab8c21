//! The stage of a company: moved by what its contacts send of themselves, what is said of it, and time, in the order of the
//! inbox. What its contacts send is recorded there, so that the same inbox gives the same stages.

use crate::account::{self, AccountRow};
use crate::account_teller;
use crate::aggregate::{MovedBy, Position};
use crate::condition::{AtHand, CRM};
use crate::dates;
use crate::input::Effect;
use crate::question::{Question, Span};
use crate::rows::{self, Row, Rows};
use crate::stage::{self, Look, Occasion};
use crate::tier;
use crate::version::{NameKey, Version, Versions};
use playbook::model::{AttributeOf, Condition, DateOf, ENDED, SegmentIx};
use touchpoint::{AccountId, Text, Timestamp, Touchpoint};

/// Looks whether the company moves, and tells if it does. `said`: what was just said of it.
///
/// # Errors
/// When the store fails.
pub(crate) fn look<R: Rows>(
    rows: &mut R,
    versions: &Versions,
    account: AccountId,
    now: Timestamp,
    said: Option<&Touchpoint>,
    out: &mut Vec<Effect>,
) -> Result<(), R::Error> {
    let Some((_, version)) = versions.at(now) else { return Ok(()) };
    let has_stages = version.model.life_cycles.iter().any(|life_cycle| life_cycle.of == AttributeOf::Account);
    let Some(Row::Account(row)) = rows.get_mut(&rows::account_key(account))? else { return Ok(()) };
    if !has_stages && row.positions.is_empty() {
        row.due = None;
        return Ok(());
    }
    let mut row = account::load(rows, account)?;
    let resolved = said.map(|touchpoint| version.model.resolve(touchpoint));
    let at_hand = said.zip(resolved.as_ref()).map(|(touchpoint, resolved)| AtHand { touchpoint, resolved, own: false });
    try_move(&mut row, version, now, at_hand);
    row.due = next_timer(&row, version, now);
    account_teller::announce(versions, version, account, &mut row, now, out);
    rows.put(rows::account_key(account), Row::Account(Box::new(row)));
    Ok(())
}

fn try_move(row: &mut AccountRow, version: &Version, now: Timestamp, at_hand: Option<AtHand<'_>>) {
    let occasion = Occasion::of(at_hand);
    for (ix, life_cycle) in version.model.life_cycles.iter().enumerate() {
        if life_cycle.of != AttributeOf::Account {
            continue;
        }
        let at = row.positions.iter().position(|have| have.life_cycle == life_cycle.name);
        let standing = at.filter(|at| row.positions[*at].stage != ENDED);
        let asked = Asked { version, row, at_hand };
        let lasts = life_cycle.lasts_while.as_ref().is_none_or(|lasts_while| asked.holds(lasts_while, now));
        let at = match (lasts, standing) {
            (true, Some(at)) => at,
            (true, None) => stage::begin(&mut row.positions, at, life_cycle, now, occasion),
            (false, Some(at)) => {
                stage::end(&mut row.positions[at], now, occasion);
                continue;
            }
            (false, None) => continue,
        };
        let position = row.positions[at].clone();
        let here = stage::stage_of(life_cycle, &position);
        let asked = Asked { version, row, at_hand };
        let Some(mut decision) = stage::decide(&asked, &position, (ix, here), Look::All, now) else { continue };
        if decision.by == MovedBy::Timer {
            decision.by = MovedBy::Exit;
        }
        stage::carry_out(&mut row.positions[at], version, life_cycle, here, decision, now, at_hand);
        // What people say of a company waits for nothing.
        row.positions[at].awaits_own_touchpoint = false;
    }
}

fn next_timer(row: &AccountRow, version: &Version, from: Timestamp) -> Option<Timestamp> {
    let asked = Asked { version, row, at_hand: None };
    let of_accounts = version.model.life_cycles.iter().enumerate().filter(|(_, one)| one.of == AttributeOf::Account);
    let each = of_accounts.filter_map(|(ix, life_cycle)| {
        let position = row.positions.iter().find(|have| have.life_cycle == life_cycle.name);
        let standing = position.filter(|position| position.stage != ENDED);
        let lasts = life_cycle.lasts_while.as_ref();
        let turns = lasts.and_then(|lasts_while| asked.first(lasts_while, standing.is_none(), from));
        let moves = standing.and_then(|position| stage::next_move(&asked, position, ix, from));
        turns.into_iter().chain(moves).min()
    });
    each.min()
}

/// What a condition is asked about: a company.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) version: &'a Version,
    pub(crate) row: &'a AccountRow,
    pub(crate) at_hand: Option<AtHand<'a>>,
}

impl Question for Asked<'_> {
    fn version(&self) -> &Version {
        self.version
    }

    fn at_hand(&self) -> Option<AtHand<'_>> {
        self.at_hand
    }

    fn span(&self, leaf: &Condition) -> Option<Span> {
        match leaf {
            Condition::Stage { life_cycle, stages, stood_for } => {
                let standing = self.position(life_cycle).filter(|position| stages.contains(&position.stage));
                let since = standing.map(|position| match stood_for {
                    Some(wait) => self.version.model.after(position.since, *wait),
                    None => position.since,
                });
                Some(Span::from(since))
            }
            Condition::Date { date: DateOf::Attribute(AttributeOf::Account, name), is } => {
                Some(dates::span(self.version, self.row.attribute(name), *is))
            }
            _ => None,
        }
    }

    fn leaf_holds(&self, leaf: &Condition, now: Timestamp) -> bool {
        match leaf {
            Condition::AccountScoreAtLeast(least) => self.points(now) >= *least,
            Condition::AccountScoreBelow(below) => self.points(now) < *below,
            Condition::Members { at_least, segment } => self.row.counted_in_all(self.key(*segment)) >= *at_least,
            Condition::Attribute(AttributeOf::Account, name, test) => test.holds(self.row.attribute(name)),
            Condition::Tier(tiers) => {
                tier::tier_of(self.version, &|name| self.row.attribute(name)).is_some_and(|tier| tiers.contains(&tier))
            }
            Condition::Feedback { kinds, reasons } => self.at_hand.is_some_and(|at_hand| {
                let reason = at_hand.touchpoint.reason.as_ref();
                at_hand.touchpoint.channel == CRM
                    && kinds.contains(&at_hand.touchpoint.kind)
                    && (reasons.is_empty() || reason.is_some_and(|reason| reasons.contains(reason)))
            }),
            // Asked of contacts only, or told by a span.
            _ => false,
        }
    }

    fn leaf_first(&self, leaf: &Condition, wanted: bool, from: Timestamp) -> Option<Timestamp> {
        match leaf {
            Condition::AccountScoreBelow(threshold) if wanted => self.row.sums.crossing(from, *threshold),
            Condition::AccountScoreAtLeast(threshold) if !wanted => self.row.sums.crossing(from, *threshold),
            leaf => (self.leaf_holds(leaf, from) == wanted).then_some(from),
        }
    }
}

impl Asked<'_> {
    fn points(&self, now: Timestamp) -> i64 {
        self.row.sums.read(now).max(0)
    }

    fn key(&self, segment: SegmentIx) -> NameKey {
        self.version.segment_key(segment)
    }

    fn position(&self, life_cycle: &Text) -> Option<&Position> {
        self.row.positions.iter().find(|position| position.life_cycle == *life_cycle)
    }
}
