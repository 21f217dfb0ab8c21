//! What a pointer's owner decides: pure functions of its row.
//!
//! A pointer seen with names points at those, each from when it was seen. One never seen with a name goes by the other
//! pointers it was seen with: it follows a stronger one that points at somebody, else a weaker one that does, else it
//! belongs to the anonymous contact of a stronger one, else to its own. What a pointer tells a stronger one are only the
//! names it was itself seen with, and a weaker one hears where the stronger stands; so nothing goes round.

use crate::evidence::Statement;
use crate::message::Linked;
use crate::row::{Pointer, Weaker};
use crate::standing::{Standing, Step, Steps};
use crate::{KeyKind, Settings};
use touchpoint::IdentifierKey;

/// Contacts change hands of a pointer along time: more often, and it is shared (a kiosk, a family's telephone).
const CHANGES_MAX: usize = 16;
/// Names seen with a pointer: more, and it is shared for ever, and forgets them all.
pub(crate) const NAMES_MAX: usize = 48;
/// Stronger pointers seen with a pointer, without a name: more, and it goes by none.
const STRONGER_MAX: usize = 16;
/// Weaker ones: more, and none goes by it (a made-up number typed into a form by everybody).
const WEAKER_MAX: usize = 32;

/// What follows from a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PointerView {
    /// The named people it was seen with.
    pub(crate) pointing: Steps,
    /// Where its touchpoints belong.
    pub(crate) standing: Standing,
    /// What was said about tracking where it was seen without a name.
    said: Option<Statement>,
    /// Seen with too many: joins nobody.
    pub(crate) shared: bool,
}

impl Pointer {
    pub(crate) fn view(&self, me: IdentifierKey, settings: &Settings) -> PointerView {
        let said = self.stronger.iter().filter_map(|link| link.said).chain(self.statements.latest()).max();
        let cookie = KeyKind::of(&me) == Some(KeyKind::Cookie);
        // A cookie joins by consent: the last that the person or the browser said counts, whichever was later.
        let allowed = |tracking: Option<Statement>| {
            !cookie || tracking.max(said).map_or(settings.tracking_default, |last| !last.refused)
        };
        let mut seen: Vec<(IdentifierKey, Step)> = Vec::new();
        for name in self.names.iter().filter(|name| allowed(name.tracking)) {
            let step = |from| (name.key, Step { from, home: name.home, tracking: name.tracking });
            seen.extend(name.days.iter().copied().map(step));
        }
        // Who was erased had it last, and has it no more: until it is seen with somebody again, it is nobody's.
        let own = self.own(me);
        if !seen.is_empty() {
            let nobody = |from| (IdentifierKey([0; 16]), Step { from, home: own, tracking: None });
            seen.extend(self.gone.ends().map(nobody));
        }
        seen.sort_unstable_by_key(|(name, step)| (step.from, *name));
        let pointing = Steps::of(seen.into_iter().map(|(_, step)| step));
        let shared = self.closed || pointing.changes() > CHANGES_MAX;
        let pointing = if shared { Steps::default() } else { pointing };
        let standing = if !pointing.is_empty() {
            Standing::known(pointing.clone())
        } else if shared {
            Standing::anonymous(Steps::always(own))
        } else {
            self.unnamed(own, allowed)
        };
        PointerView { pointing, standing, said, shared }
    }

    /// Where it stands by the other pointers.
    fn unnamed(&self, own: IdentifierKey, allowed: impl Fn(Option<Statement>) -> bool) -> Standing {
        let mut stronger: Vec<_> = match self.stronger.len() {
            0..=STRONGER_MAX => self.stronger.iter().collect(),
            _ => Vec::new(),
        };
        stronger.sort_unstable_by_key(|link| (link.at, link.key));
        let known = stronger.iter().filter(|link| link.standing.known);
        let known: Vec<_> = known.map(|link| (link.at, link.standing.steps.only(&allowed))).collect();
        if let Some(steps) = in_turn(&known) {
            return Standing::known(steps);
        }
        let together = self.weaker.iter().filter(|link| !self.pairs.apart(link.key));
        let mut weaker: Vec<_> = if self.weaker_shared() { Vec::new() } else { together.collect() };
        weaker.sort_unstable_by_key(|link| (link.evidence.earliest(), link.key));
        let known: Vec<_> =
            weaker.iter().filter_map(|link| Some((link.evidence.earliest()?, link.steps.only(&allowed)))).collect();
        if let Some(steps) = in_turn(&known) {
            return Standing::known(steps);
        }
        let anonymous = stronger.iter().filter(|link| !link.standing.known && allowed(None));
        let anonymous: Vec<_> = anonymous.map(|link| (link.at, link.standing.steps.clone())).collect();
        Standing::anonymous(in_turn(&anonymous).unwrap_or_else(|| Steps::always(own)))
    }

    /// Whose it is by itself.
    pub(crate) fn own(&self, me: IdentifierKey) -> IdentifierKey {
        self.erased.map_or(me, |erased| erased.born)
    }

    pub(crate) fn weaker_shared(&self) -> bool {
        self.weaker.len() > WEAKER_MAX
    }

    /// What a weaker pointer is told; `None` when nothing joins them.
    pub(crate) fn link(&self, weaker: &Weaker, view: &PointerView) -> Option<Linked> {
        let at = weaker.evidence.earliest()?;
        let joins = !view.shared && !self.weaker_shared() && !self.pairs.apart(weaker.key);
        joins.then(|| Linked { at, standing: view.standing.clone(), said: view.said })
    }

    pub(crate) fn weaker(&self, key: IdentifierKey) -> Option<&Weaker> {
        self.weaker.binary_search_by_key(&key, |link| link.key).ok().map(|at| &self.weaker[at])
    }

    /// Takes away everything that an input said; see [`crate::row::Name::withdraw`].
    pub(crate) fn withdraw(&mut self, input: IdentifierKey) {
        self.weaker.iter_mut().for_each(|link| _ = link.evidence.withdraw(input));
        self.pairs.withdraw(input);
        self.statements.withdraw(input);
    }

    /// Holds the row to its limits: of what is too much the latest goes, so that the order of arrival does not show.
    pub(crate) fn trim(&mut self) {
        self.weaker.retain(|link| !link.evidence.is_empty());
        self.pairs.trim();
        // Who is not told of me any more will tell me all anew when it is told again.
        let pairs = &self.pairs;
        self.weaker.iter_mut().filter(|link| pairs.apart(link.key)).for_each(|link| link.steps = Steps::default());
        if self.names.len() > NAMES_MAX {
            self.closed = true;
        }
        if self.closed {
            self.names = Vec::new();
        }
        if self.stronger.len() > STRONGER_MAX + 1
            && let Some(last) = self.stronger.iter().max_by_key(|link| (link.at, link.key)).map(|link| link.key)
        {
            self.stronger.retain(|link| link.key != last);
        }
        if self.weaker.len() > WEAKER_MAX + 1
            && let Some(last) = self.weaker.iter().max_by_key(|link| (link.evidence.earliest(), link.key))
        {
            let last = last.key;
            self.weaker.retain(|link| link.key != last);
        }
    }
}

fn in_turn(parts: &[(touchpoint::Timestamp, Steps)]) -> Option<Steps> {
    let parts: Vec<_> = parts.iter().filter(|(_, steps)| !steps.is_empty()).map(|(at, steps)| (*at, steps)).collect();
    (!parts.is_empty()).then(|| Steps::in_turn(&parts))
}
