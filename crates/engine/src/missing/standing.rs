//! What is missing of where somebody has to stand - segment, tier, stage, colleagues - and of what they have to allow or
//! tell.

use super::{Look, Need};
use crate::dates;
use crate::question::Question;
use crate::signal;
use playbook::model::{AttributeOf, Condition, DateOf, Label, Test};
use touchpoint::Text;

/// What somebody has to be in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Group {
    Segment,
    Tier,
    /// Of this life cycle, of contacts or of accounts.
    Stage {
        of: AttributeOf,
        life_cycle: Text,
    },
}

/// What it is called, for machines and for people.
pub type Named = (Text, Label);

impl Look<'_> {
    pub(super) fn of_standing(&self, condition: &Condition, wanted: bool) -> Option<Need> {
        let (version, aggregate, not) = (self.asked.version, self.asked.aggregate, !wanted);
        let model = &version.model;
        let segment = |ix: &playbook::model::SegmentIx| {
            let segment = &model.segments[usize::from(ix.0)];
            (segment.name.clone(), segment.label.clone())
        };
        Some(match condition {
            Condition::Segment(any) => Need::In { what: Group::Segment, names: any.iter().map(segment).collect(), not },
            Condition::Tier(tiers) => {
                let tiers = tiers.iter().map(|ix| &model.tiers[usize::from(ix.0)]);
                Need::In {
                    what: Group::Tier,
                    names: tiers.map(|one| (one.name.clone(), one.label.clone())).collect(),
                    not,
                }
            }
            // Who stands there already has to wait.
            Condition::Stage { life_cycle, stages, stood_for }
                if not || stood_for.is_none() || self.asked.first(condition, true, self.now).is_none() =>
            {
                self.stage(AttributeOf::Contact, life_cycle, stages, not)
            }
            Condition::AccountStage { life_cycle, stages } => self.stage(AttributeOf::Account, life_cycle, stages, not),
            Condition::Colleagues { at_least, segment: ix } if wanted => {
                let have = signal::colleagues(&aggregate.facts, version.segment_key(*ix), self.asked.is_in(*ix));
                Need::Colleagues { more: at_least.saturating_sub(have), segment: segment(ix) }
            }
            // A day that is known comes or has gone.
            Condition::Date { date, .. } if wanted && dates::date(aggregate, date).is_none() => match date {
                DateOf::Answer(question) => {
                    Need::Answer { question: question.clone(), test: Test::Present, not: false, anew: false }
                }
                DateOf::Attribute(of, name) => Need::Attribute {
                    of: *of,
                    name: name.clone(),
                    label: model.attribute_label(*of, name).cloned(),
                    test: Test::Present,
                    not: false,
                },
            },
            Condition::Consent { purpose, channel, test } => {
                Need::Consent { purpose: purpose.clone(), channel: channel.clone(), test: test.clone(), not }
            }
            Condition::HandoffOpen => Need::Handoff { not },
            Condition::Reachable(by) => Need::Reachable { by: *by, not },
            Condition::Close { at_least, apart, .. } if wanted => {
                Need::Close { at_least_milli: *at_least, apart_milli: *apart }
            }
            _ => return None,
        })
    }

    fn stage(&self, of: AttributeOf, life_cycle: &Text, stages: &[Text], not: bool) -> Need {
        let found = self.asked.version.model.life_cycles.iter().find(|one| one.name == *life_cycle);
        let named = stages.iter().filter_map(|name| Some((name.clone(), found?.stage(name)?.label.clone())));
        Need::In { what: Group::Stage { of, life_cycle: life_cycle.clone() }, names: named.collect(), not }
    }
}
