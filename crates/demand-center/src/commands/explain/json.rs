//! The explanation for programs; its shape is described in `deploy/playbooks/README.md`. Names are those of the published
//! events: points in thousandths (`..._milli`), moments in UTC.

use ::engine::aggregate::MovedBy;
use ::engine::explain::{ContributionExplained, CriterionExplained, Explanation, ScoreExplained, Standing};
use ::engine::handoffs::HandoffExplained;
use ::engine::missing::{Group, Missing, Need, Way};
use ::engine::programmes::{NextMove, ProgrammeExplained};
use jiff::tz::TimeZone;
use playbook::model::{AttributeOf, EntryBy, Label, Reach};
use serde_json::{Value as Json, json};
use touchpoint::output::Sentence;
use touchpoint::{Timestamp, Value};

pub(super) fn json(explained: &Explanation) -> Json {
    let Explanation {
        contact,
        at,
        zone,
        playbook,
        known,
        standings,
        scores,
        fit,
        reading,
        programmes,
        handoffs,
        left_out,
    } = explained;
    json!({
        "contact_id": contact.to_string(),
        "at": moment(*at),
        "known": known,
        "playbook": {"hash": playbook.hash, "name": playbook.name, "label": playbook.label},
        "stages": standings.iter().map(|one| standing(one, zone)).collect::<Vec<_>>(),
        "scores": scores.iter().map(score).collect::<Vec<_>>(),
        "fit": {
            "points_milli": fit.points_milli,
            "grade": fit.grade,
            "known": fit.known,
            "known_min": fit.known_min,
            "criteria": fit.criteria.iter().map(criterion).collect::<Vec<_>>(),
        },
        "reading": reading.as_ref().map(|reading| json!({
            "name": reading.name,
            "label": label(&reading.label),
            "hypothesis": reading.hypothesis.as_ref().map(label),
            "since": moment(reading.since),
        })),
        "programmes": programmes.iter().map(programme).collect::<Vec<_>>(),
        "handoffs": handoffs.iter().map(handoff).collect::<Vec<_>>(),
        "left_out": left_out.iter().map(|one| json!({
            "source": one.input.source,
            "id": one.input.id,
            "occurred_at": moment(one.occurred_at),
            "channel": one.channel,
            "kind": one.kind,
            "in_burst_of": one.in_burst_of,
        })).collect::<Vec<_>>(),
    })
}

fn handoff(one: &HandoffExplained) -> Json {
    json!({
        "life_cycle": one.life_cycle,
        "name": one.handoff,
        "label": label(&one.label),
        "asked_at": moment(one.asked_at),
        "to": one.to.as_ref().map(|to| json!({
            "department": to.department, "team": to.team, "person": to.person, "partner": to.partner,
        })),
        "handoff_id": one.id.map(|id| id.to_string()),
        "breached_at": one.breached_at.map(moment),
    })
}

fn standing(standing: &Standing, zone: &TimeZone) -> Json {
    json!({
        "life_cycle": standing.life_cycle,
        "stage": standing.stage,
        "label": label(&standing.label),
        "since": moment(standing.since),
        "from": standing.from,
        "moved_by": standing.moved_by.map(moved_by),
        "reason_code": standing.reason,
        "sentence": standing.sentence.as_ref().map(sentence),
        "held_until": standing.held_until.map(moment),
        "returns_at": standing.returns_at.map(moment),
        "missing": standing.missing.as_ref().map(|one| missing(one, zone)),
    })
}

fn programme(one: &ProgrammeExplained) -> Json {
    let next = match &one.next {
        NextMove::Acts { not_before, silent } => {
            json!({"acts": {"not_before": not_before.map(moment), "silent": silent}})
        }
        NextMove::Waits { until, withheld_for } => {
            json!({"waits": {"until": until.map(moment), "withheld_for": withheld_for}})
        }
    };
    json!({
        "name": one.programme,
        "label": label(&one.label),
        "entered_at": moment(one.entered_at),
        "held_out": one.held_out,
        "step": one.step,
        "since": moment(one.since),
        "next": next,
    })
}

fn missing(missing: &Missing, zone: &TimeZone) -> Json {
    let way = |Way { by, need }: &Way| json!({"by": entry_by(*by), "sentence": sentence(&need.in_words(zone)), "needs": needs(need)});
    json!({
        "stage": missing.stage,
        "label": label(&missing.label),
        "sentence": sentence(&missing.told(zone)),
        "ways": missing.ways.iter().map(way).collect::<Vec<_>>(),
    })
}

/// One object with one name: what is needed.
fn needs(need: &Need) -> Json {
    let each = |parts: &[Need]| parts.iter().map(needs).collect::<Vec<_>>();
    match need {
        Need::All(parts) => json!({"all": each(parts)}),
        Need::Any(parts) => json!({"any": each(parts)}),
        Need::Points { score, missing_milli, threshold_milli, .. } => json!({
            "points": {"score": score, "missing_milli": missing_milli, "threshold_milli": threshold_milli},
        }),
        Need::Times { behaviour, more, days, within_millis, .. } => json!({
            "did": {"behaviour": behaviour, (if *days { "more_days" } else { "more_times" }): more, "within_ms": within_millis},
        }),
        Need::Reading { reading, ends, .. } => json!({"reading": {"name": reading, "ends": ends}}),
        Need::Fit { grades, not, now } => json!({"fit": {"grades": grades, "not": not, "now": now}}),
        Need::Known => json!({"known": true}),
        Need::Attribute { of, name, not, .. } => json!({"attribute": {"of": whose(*of), "name": name, "not": not}}),
        Need::Answer { question, not, anew, .. } => json!({"answer": {"question": question, "not": not, "anew": anew}}),
        Need::Touchpoint { labels } => json!({"touchpoint": labels.iter().map(sentence).collect::<Vec<_>>()}),
        Need::OwnTouchpoint => json!({"own_touchpoint": true}),
        Need::In { what, names, not } => {
            let names = names.iter().map(|(name, _)| name).collect::<Vec<_>>();
            match what {
                Group::Segment => json!({"segment": {"one_of": names, "not": not}}),
                Group::Tier => json!({"tier": {"one_of": names, "not": not}}),
                Group::Stage { of, life_cycle } => {
                    json!({"stage": {"of": whose(*of), "life_cycle": life_cycle, "one_of": names, "not": not}})
                }
            }
        }
        Need::Colleagues { more, segment: (segment, _) } => json!({"colleagues": {"more": more, "segment": segment}}),
        Need::Consent { purpose, channel, not, .. } => {
            json!({"consent": {"purpose": purpose, "channel": channel, "not": not}})
        }
        Need::Reachable { by, not } => {
            let by = match by {
                Reach::Email => "email",
                Reach::Call => "call",
            };
            json!({"reachable": {"by": by, "not": not}})
        }
        Need::Handoff { not } => json!({"handoff": {"open": !not}}),
        Need::Close { at_least_milli, apart_milli } => {
            json!({"close": {"at_least_milli": at_least_milli, "apart_milli": apart_milli}})
        }
        Need::Word { of } => json!({"word_of": of}),
        Need::Wait { until } => json!({"until": moment(*until)}),
    }
}

fn score(score: &ScoreExplained) -> Json {
    let adjustments =
        score.adjustments.iter().map(|line| json!({"name": line.name, "points_milli": line.points_milli}));
    json!({
        "name": score.name,
        "label": label(&score.label),
        "points_milli": score.points_milli,
        "contributions": score.contributions.iter().map(contribution).collect::<Vec<_>>(),
        "adjustments": adjustments.collect::<Vec<_>>(),
    })
}

fn contribution(one: &ContributionExplained) -> Json {
    json!({
        "input": {"source": one.input.source, "id": one.input.id},
        "occurred_at": moment(one.occurred_at),
        "rule": one.rule,
        "label": label(&one.label),
        "playbook": one.playbook,
        "points_then_milli": one.points_then_milli,
        "points_now_milli": one.points_now_milli,
        "cut_milli": one.cut_milli,
        "gone_at": one.gone_at.map(moment),
    })
}

fn criterion(one: &CriterionExplained) -> Json {
    let value = match &one.value {
        None => Json::Null,
        Some(Value::Bool(yes)) => json!(yes),
        // All digits, as it was written.
        Some(Value::Number(number)) => serde_json::from_str(&number.to_string()).unwrap_or(Json::Null),
        Some(Value::Text(text)) => json!(text),
        Some(Value::List(texts)) => json!(texts),
    };
    json!({
        "attribute": one.attribute,
        "of": whose(one.of),
        "label": one.label.as_ref().map(label),
        "value": value,
        "points_milli": one.points_milli,
        "key": one.key,
    })
}

fn label(label: &Label) -> Json {
    json!({"ja": label.ja, "en": label.en})
}

fn sentence(sentence: &Sentence) -> Json {
    json!({"ja": sentence.ja, "en": sentence.en})
}

fn moment(at: Timestamp) -> Json {
    json!(at.to_string())
}

const fn whose(of: AttributeOf) -> &'static str {
    match of {
        AttributeOf::Contact => "contact",
        AttributeOf::Account => "account",
    }
}

const fn entry_by(by: EntryBy) -> &'static str {
    match by {
        EntryBy::Score => "score",
        EntryBy::Hand => "hand",
        EntryBy::Person => "person",
        EntryBy::Profile => "profile",
        EntryBy::Association => "association",
        EntryBy::Feedback => "feedback",
    }
}

const fn moved_by(by: MovedBy) -> &'static str {
    match by {
        MovedBy::Birth => "first_touchpoint",
        MovedBy::Score => "score",
        MovedBy::Hand => "hand",
        MovedBy::Person => "person",
        MovedBy::Profile => "profile",
        MovedBy::Association => "association",
        MovedBy::Feedback => "feedback",
        MovedBy::Manual => "manual",
        MovedBy::Exit => "exit",
        MovedBy::Timer => "timer",
    }
}
