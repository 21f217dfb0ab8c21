//! What a company's move tells the world: the same event as a contact's, about the account.

use crate::account::AccountRow;
use crate::aggregate::{Move, Position};
use crate::announce::{cause_of, way};
use crate::hash::event_id_of;
use crate::head::Announced;
use crate::input::Effect;
use crate::teller::{milestones, playbook_version};
use crate::version::{Version, Versions};
use crate::wording::{Both, points_of};
use playbook::model::{ENDED, LifeCycle, Milli};
use touchpoint::output::{AccountFigures, Envelope, ScoreMovement, Sentence, StageTransition};
use touchpoint::{AccountId, SubjectId, Text, Timestamp};

/// Tells where the company stands elsewhere than was last announced.
pub(crate) fn announce(
    versions: &Versions,
    version: &Version,
    account: AccountId,
    row: &mut AccountRow,
    now: Timestamp,
    out: &mut Vec<Effect>,
) {
    for at in 0..row.positions.len() {
        let position = row.positions[at].clone();
        let last = row.announced.iter().position(|have| have.life_cycle == position.life_cycle);
        let from = last.map(|at| row.announced[at].clone());
        let stands_there = from.as_ref().is_some_and(|from| from.stage == position.stage);
        if stands_there || (from.is_none() && position.stage == ENDED) {
            continue;
        }
        let Some(life_cycle) = versions.life_cycle(version, &position.life_cycle) else { continue };
        row.transitions += 1;
        let unmoved = Move::birth(position.since);
        let moved = position.last_move.as_deref().unwrap_or(&unmoved);
        let envelope = envelope(version, account, row, (life_cycle, &position), moved, now);
        let announced = Announced {
            life_cycle: position.life_cycle.clone(),
            stage: position.stage.clone(),
            since: envelope.occurred_at,
            event: envelope.event_id,
            recorded_at: envelope.recorded_at,
        };
        let (direction, skipped) = way(life_cycle, from.as_ref().map(|from| &from.stage), &position.stage);
        out.push(Effect::StageTransition(Box::new(StageTransition {
            from: from.as_ref().map(|from| from.stage.clone()),
            from_since: from.map(|from| from.since),
            to: position.stage.clone(),
            direction,
            skipped,
            milestones: milestones(&position),
            recycle_count: position.recycle_count,
            missing: None,
            envelope,
        })));
        match last {
            Some(at) if position.stage == ENDED => drop(row.announced.remove(at)),
            Some(at) => row.announced[at] = announced,
            None => row.announced.push(announced),
        }
    }
}

fn envelope(
    version: &Version,
    account: AccountId,
    row: &AccountRow,
    (life_cycle, position): (&LifeCycle, &Position),
    moved: &Move,
    now: Timestamp,
) -> Envelope {
    let points = version.model.account_score.map(|_| row.sums.read(now).max(0));
    let scores = points.map(|points| ScoreMovement {
        name: Text::const_new("account"),
        before_milli: points,
        after_milli: points,
        largest: Vec::new(),
    });
    let told = sentence(version, row, (life_cycle, position), points);
    Envelope {
        event_id: event_id_of(&account.0, b"stage", row.transitions),
        subject: SubjectId::Account(account),
        sequence: row.transitions,
        occurred_at: moved.at,
        recorded_at: now.max(moved.at),
        account_id: Some(account),
        account_unit: None,
        life_cycle: Some(life_cycle.name.clone()),
        stage: Some(position.stage.clone()),
        cause: cause_of(moved.by),
        actor: moved.actor.clone(),
        reason_code: moved.reason.clone(),
        sentence_short: Some(told.shortened()),
        sentence: Some(told),
        corrects: None,
        scores: scores.into_iter().collect(),
        fit: None,
        reading: None,
        top_solution: None,
        top_issue: None,
        tier: row.tier_name(version),
        owner: None,
        first_source: None,
        campaign: moved.campaign.clone(),
        external_ids: row.facts.external_ids.clone(),
        known: None,
        reachable: None,
        account: Some(AccountFigures {
            score_milli: points,
            stage: Some(position.stage.clone()),
            sequence: row.sequence,
        }),
        segments: None,
        playbook: playbook_version(version),
    }
}

/// `検討案件化(MQA): アカウントスコア123.4、活動中3名`.
fn sentence(
    version: &Version,
    row: &AccountRow,
    (life_cycle, position): (&LifeCycle, &Position),
    points: Option<Milli>,
) -> Sentence {
    let stage = life_cycle.stage(&position.stage);
    let to = stage.map_or_else(|| Both::new("終了", "Ended"), |stage| Both::of(&stage.label));
    let mut figures = Vec::new();
    if let Some(points) = points {
        let points = points_of(points);
        figures.push(Both::new(format!("アカウントスコア{points}"), format!("account score {points}")));
    }
    for segment in version.model.counted_segments() {
        let count = row.counted_in_all(version.segment_key(segment));
        let label = &version.model.segments[usize::from(segment.0)].label;
        if count > 0 {
            figures.push(Both::new(format!("{}{count}名", label.ja), format!("{} {count}", label.en)));
        }
    }
    let (ja, en): (Vec<_>, Vec<_>) = figures.into_iter().map(|both| (both.ja, both.en)).unzip();
    let (ja, en) = (ja.join("、"), en.join(", "));
    Sentence { ja: format!("{}: {ja}。", to.ja).into(), en: format!("{}: {en}.", to.en).into() }
}
