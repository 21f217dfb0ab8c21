//! The fields of what we publish, in the order of `schemas/avro/*.avsc`.

use crate::avro::Reader;
use crate::shape::{Fields, Sink, field_from_json, parsed, read_field, record, word};
use crate::unreadable::Unreadable;
use serde_json::{Map, Value as Json};
use touchpoint::output::{
    AccountFigures, AccountState, Action, ActionStatus, Adjustment, Cause, ContactState, Contribution,
    ContributionGroup, Envelope, FitReading, HandedContact, HandedTo, Handoff, HandoffStatus, Milestone, MoveDirection,
    PlaybookVersion, ReplacedContribution, Review, ReviewKind, ReviewStatus, RoleCoverage, ScoreChange, ScoreMovement,
    ScoreStanding, SegmentChange, SegmentMove, Sentence, StageStanding, StageTransition,
};
use touchpoint::{SubjectId, Text};

record!(StageTransition {
    ..envelope, from, from_since, to, direction, skipped, milestones, recycle_count, missing,
});
record!(ScoreChange {
    ..envelope, score, before_milli, after_milli, added, replaced, removed, adjustments,
});
record!(SegmentChange { ..envelope, segment, change, entered_at, audience });
record!(Action {
    ..envelope, programme, step, status, channel, executor, content, ask, not_before, not_after, withheld_for,
});
record!(Handoff {
    ..envelope, handoff_id, status, handoff, to, informed, contact, contacts, offered_at, first_attempt_due,
    decision_due, held_until,
});
record!(HandedTo { department, team, person, partner });
record!(HandedContact {
    contact_id,
    external_ids,
    person,
    identifiers,
    unit,
    stage,
    scores,
    fit,
    reading,
    top_solution,
    top_issue,
    why,
    answers,
    ask,
    mind,
    refused_for,
    next_content,
});
record!(ContactState {
    contact_id,
    sequence,
    recorded_at,
    known,
    reachable,
    merged_into,
    formerly,
    account_id,
    account_unit,
    stages,
    scores,
    fit,
    milestones,
    recycle_count,
    reading,
    top_solution,
    top_issue,
    tier,
    owner,
    first_source,
    segments,
    next_content,
    next_channel,
    variants,
    programmes,
    answers,
    attributes,
    identifiers,
    person,
    consent,
    playbook,
});
record!(AccountState {
    account_id,
    sequence,
    recorded_at,
    merged_into,
    name,
    corporate_number,
    domains,
    external_ids,
    units,
    stages,
    scores,
    fit,
    milestones,
    contact_count,
    active_contact_count,
    roles,
    tier,
    owner,
    segments,
    attributes,
    playbook,
});
record!(Review {
    review_id,
    status,
    kind,
    reason,
    recorded_at,
    subjects,
    identifier,
    identifier_kind,
    decision,
    decided_by,
});
record!(Envelope {
    event_id, ..subject, sequence, occurred_at, recorded_at, account_id, account_unit, life_cycle, stage, cause, actor,
    reason_code, sentence, sentence_short, corrects, scores, fit, reading, top_solution, top_issue, tier, owner,
    first_source, campaign, external_ids, known, reachable, account, segments, playbook,
});
record!(AccountFigures { score_milli, stage, sequence });
record!(PlaybookVersion { hash, name, label });
record!(Sentence { ja, en });
record!(ScoreMovement { name, before_milli, after_milli, largest });
record!(ContributionGroup { rule, label, count, points_then_milli, points_now_milli, latest_at, example });
record!(Contribution { input, rule, playbook, occurred_at, points_then_milli, points_now_milli });
record!(ReplacedContribution { before, after });
record!(Adjustment { name, points_milli });
record!(FitReading { points_milli, grade });
record!(Milestone { name, first_at, count });
record!(StageStanding { life_cycle, stage, since });
record!(ScoreStanding { name, points_milli });
record!(RoleCoverage { role, contacts });

word!(Cause, Cause::as_str, Cause::ALL);
word!(MoveDirection, MoveDirection::as_str, MoveDirection::ALL);
word!(ActionStatus, ActionStatus::as_str, ActionStatus::ALL);
word!(HandoffStatus, HandoffStatus::as_str, HandoffStatus::ALL);
word!(ReviewStatus, ReviewStatus::as_str, ReviewStatus::ALL);
word!(ReviewKind, ReviewKind::as_str, ReviewKind::ALL);
word!(SegmentMove, SegmentMove::as_str, SegmentMove::ALL);

/// Two fields: `subject_kind` for people, `subject_id`, which says the kind by its first letter.
impl Fields for SubjectId {
    fn write_fields<S: Sink>(&self, sink: &mut S) {
        sink.field("subject_kind");
        sink.text(kind(*self));
        sink.field("subject_id");
        sink.shown(self);
    }

    fn read_fields(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let said: Text = read_field(reader, "subject_kind")?;
        let id = reader.text().and_then(|id| parsed(Some(id))).map_err(|e| e.within("subject_id"))?;
        agreed(id, &said)
    }

    fn fields_from_json(object: &Map<String, Json>) -> Result<Self, Unreadable> {
        let said: Text = field_from_json(object, "subject_kind")?;
        let id = parsed(object.get("subject_id").and_then(Json::as_str)).map_err(|e| e.within("subject_id"))?;
        agreed(id, &said)
    }
}

const fn kind(subject: SubjectId) -> &'static str {
    match subject {
        SubjectId::Contact(_) => "contact",
        SubjectId::Account(_) => "account",
        SubjectId::Team(_) => "team",
    }
}

fn agreed(id: SubjectId, said: &str) -> Result<SubjectId, Unreadable> {
    if kind(id) == said {
        Ok(id)
    } else {
        Err(Unreadable::malformed("is not the kind of the id").within("subject_kind"))
    }
}
