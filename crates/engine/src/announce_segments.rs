//! Which segments were entered and left since it was last told. Those entered and left in between are not told.

use crate::announce::Because;
use crate::head::{AnnouncedSegment, Head};
use crate::input::Effect;
use crate::segments;
use crate::teller::{EventOf, Teller};
use crate::version::NameKey;
use touchpoint::output::{Cause, SegmentChange, SegmentMove};
use touchpoint::{Text, Timestamp};

impl Teller<'_> {
    /// Tells the difference between the segments of the head's fold and those announced.
    pub(crate) fn segments(&self, head: &mut Head, because: &Because, out: &mut Vec<Effect>) {
        if head.aggregate.segments.is_empty() && head.announced_segments.is_empty() {
            return;
        }
        let mut kept = Vec::new();
        for announced in std::mem::take(&mut head.announced_segments) {
            match segments::is_in(&head.aggregate, NameKey::of(&announced.segment)) {
                true => kept.push(announced),
                false => self.left(head, announced, because, out),
            }
        }
        head.announced_segments = kept;
        for segment in segments::named(&head.aggregate, self.versions, self.version) {
            let Err(place) = head.announced_segments.binary_search_by(|have| have.segment.cmp(&segment)) else {
                continue;
            };
            self.entered(head, place, segment, because, out);
        }
    }

    /// The contact is no more: it is in no segment.
    pub(crate) fn leave_segments(&self, head: &mut Head, because: &Because, out: &mut Vec<Effect>) {
        for announced in std::mem::take(&mut head.announced_segments) {
            self.left(head, announced, because, out);
        }
    }

    fn entered(&self, head: &mut Head, place: usize, segment: Text, because: &Because, out: &mut Vec<Effect>) {
        let since = segments::find(&head.aggregate, NameKey::of(&segment)).map_or(self.at, |have| have.since);
        let mut change = self.change(head, segment.clone(), (SegmentMove::Entered, since), because);
        change.entered_at = Some(change.envelope.occurred_at);
        let announced =
            AnnouncedSegment { segment, since: change.envelope.occurred_at, event: change.envelope.event_id };
        head.announced_segments.insert(place, announced);
        out.push(Effect::SegmentChange(Box::new(change)));
    }

    fn left(&self, head: &mut Head, announced: AnnouncedSegment, because: &Because, out: &mut Vec<Effect>) {
        let AnnouncedSegment { segment, since: entered_at, event } = announced;
        let left = segments::find(&head.aggregate, NameKey::of(&segment)).map(|have| have.since);
        // Who was never in it, as it turns out, has left it now.
        let since = left.filter(|left| *left > entered_at).unwrap_or(self.now);
        let mut change = self.change(head, segment, (SegmentMove::Left, since), because);
        if change.envelope.cause == Cause::Correction {
            change.envelope.corrects = Some(event);
        }
        change.entered_at = Some(entered_at);
        out.push(Effect::SegmentChange(Box::new(change)));
    }

    fn change(
        &self,
        head: &mut Head,
        segment: Text,
        (change, since): (SegmentMove, Timestamp),
        because: &Because,
    ) -> SegmentChange {
        let cause = match because {
            // What time did before the touchpoint came is told with it.
            Because::Input { .. } if since < self.at => Cause::Timer,
            because => because.cause(),
        };
        head.segment_changes += 1;
        let mut envelope = self.envelope(head, EventOf::Segment, head.segment_changes, cause);
        envelope.occurred_at = if cause == Cause::Correction { self.now } else { since };
        envelope.recorded_at = self.now.max(envelope.occurred_at);
        if let Because::Input { campaign } = because {
            envelope.campaign.clone_from(campaign);
        }
        let audience =
            self.versions.segment(self.version, NameKey::of(&segment)).is_some_and(|segment| segment.is_audience);
        SegmentChange { envelope, segment, change, entered_at: None, audience }
    }
}
