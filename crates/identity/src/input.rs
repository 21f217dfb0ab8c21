//! The owner of an input that can be revised: which version counts, and where it was sent. Everything that is said to
//! others about such an input comes from here, in one order.

use crate::KeyKind;
use crate::keys;
use crate::message::{Leg, Visit, Word};
use crate::out::Counter;
use crate::router::{Misrouted, Turn};
use crate::row::{Input, Place, Rank, Row};
use touchpoint::{IdentifierKey, Replaced, Touchpoint};

impl Turn<'_> {
    pub(crate) fn visit_input(&mut self, row: &mut Option<Row>, visit: Visit) -> Result<bool, Misrouted> {
        let former = match row {
            None => None,
            Some(Row::Input(input)) => Some(&*input),
            Some(_) => return Err(self.misrouted("visit of an input")),
        };
        let rank = rank(&visit.touchpoint);
        match visit.routing.leg {
            Leg::Arriving => {}
            Leg::Checking { back } => {
                // The content is not compared: it is the home's row that comes back, and of two contents of one version
                // at one place the home keeps the greater. So no change of the hash can lose a touchpoint.
                let stands = |former: &Input| {
                    former.rank.version == rank.version
                        && former.place.is_some_and(|place| {
                            place.owner == back && place.occurred_at == visit.touchpoint.occurred_at
                        })
                };
                if former.is_none_or(stands) {
                    self.pass(back, visit, Leg::Checked);
                } else {
                    self.count(Counter::Outdated);
                }
                return Ok(false);
            }
            Leg::Accepted | Leg::Returned | Leg::Checked => return Err(self.misrouted("visit on a later leg")),
        }
        if let Some(former) = former
            && rank <= former.rank
        {
            self.count(if rank == former.rank { Counter::Duplicate } else { Counter::Outdated });
            return Ok(false);
        }
        let former = former.map(|former| (former.rank.version, former.place));
        let place = if rank.void { None } else { self.place_of(&visit) };
        *row = Some(Row::Input(Input { rank, place }));
        self.move_input(former, place, visit);
        Ok(true)
    }

    /// Tells the former place and the present one. First what no longer holds: a company may be spoken of by a person's
    /// touchpoint in one version and be the touchpoint's own place in the other, and then hears both.
    fn move_input(&mut self, former: Option<(i64, Option<Place>)>, place: Option<Place>, mut visit: Visit) {
        let input = self.me;
        let (version, former) = former.map_or((0, None), |(version, place)| (version, place));
        match (former, place) {
            (Some(_), Some(_)) => self.count(Counter::Replaced),
            (Some(_), None) => self.count(Counter::Voided),
            _ => {}
        }
        let company = place.and_then(|place| place.company);
        if let Some(former) = former {
            let Place { owner, occurred_at, company: spoken_of } = former;
            let replaced = Replaced { input: visit.touchpoint.input.clone(), occurred_at, version };
            // At one owner, and mostly at one home, the new version takes the old one's place in one step.
            if place.is_some_and(|place| place.owner == owner) {
                visit.routing.replaces = Some(replaced);
            } else {
                self.tell(owner, Word::Withdraw { input, replaced });
            }
            if let Some(spoken_of) = spoken_of.filter(|spoken_of| company != Some(*spoken_of)) {
                self.tell(spoken_of, Word::Forget { input });
            }
        }
        if let Some(company) = company {
            let mut claims = keys::companies(&visit.touchpoint, self.settings);
            claims.retain(|key| *key != company);
            let at = visit.touchpoint.occurred_at;
            self.tell(company, Word::Companies { at, input: Some(input), claims });
        }
        if let Some(place) = place {
            self.pass(place.owner, visit, Leg::Accepted);
        }
    }

    fn place_of(&self, visit: &Visit) -> Option<Place> {
        let owner = self.router.place(&visit.touchpoint, visit.routing.copy)?;
        // A company's own owner, and an opportunity, read it from the touchpoint.
        let person = KeyKind::of(&owner).is_some_and(|kind| kind.names_person() || kind.points());
        let company = if person { self.company(&visit.touchpoint) } else { None };
        Some(Place { owner, occurred_at: visit.touchpoint.occurred_at, company })
    }

    fn company(&self, touchpoint: &Touchpoint) -> Option<IdentifierKey> {
        match &*keys::companies(touchpoint, self.settings) {
            [strongest, _, ..] => Some(*strongest),
            _ => None,
        }
    }
}

fn rank(touchpoint: &Touchpoint) -> Rank {
    let Touchpoint { version, void, .. } = *touchpoint;
    // A void without a version takes back whatever comes; which words it comes with does not matter.
    let content = if void { 0 } else { touchpoint.content_hash() };
    Rank { version: version.unwrap_or(i64::MAX), void, content }
}
