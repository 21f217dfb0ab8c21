//! What was told of hand-offs.

use super::check::Look;
use super::file::ExpectedHandoff;
use super::play::{Stage, contact};
use touchpoint::Text;
use touchpoint::output::{Handoff, HandoffStatus};

impl ExpectedHandoff {
    /// `offered hand_raised`.
    fn what(&self) -> Result<(String, &str), String> {
        let said = [
            (HandoffStatus::Offered, &self.offered),
            (HandoffStatus::Joined, &self.joined),
            (HandoffStatus::Assigned, &self.assigned),
            (HandoffStatus::Accepted, &self.accepted),
            (HandoffStatus::Held, &self.held),
            (HandoffStatus::Rejected, &self.rejected),
            (HandoffStatus::Reassigned, &self.reassigned),
            (HandoffStatus::Warned, &self.warned),
            (HandoffStatus::Advised, &self.advised),
            (HandoffStatus::Withdrawn, &self.withdrawn),
            (HandoffStatus::Breached, &self.breached),
            (HandoffStatus::Closed, &self.closed),
        ];
        let mut said = said.iter().filter_map(|(status, handoff)| Some((status, handoff.as_deref()?)));
        match (said.next(), said.next()) {
            (Some((status, handoff)), None) => Ok((format!("{} {handoff}", status.as_str()), handoff)),
            _ => Err("say what has happened, as `offered: hand_raised`, one thing at a time".to_owned()),
        }
    }
}

/// Compares with all that was told.
pub(super) fn compare_handoffs(
    stage: &Stage,
    look: &mut Look<'_>,
    expected: &[ExpectedHandoff],
    told: &[&Handoff],
) -> Result<(), String> {
    let wanted = expected.iter().map(ExpectedHandoff::what).collect::<Result<Vec<_>, _>>()?;
    for (_, handoff) in &wanted {
        if !stage.version.model.handoffs.iter().any(|one| one.name == *handoff) {
            return Err(format!("there is no hand-off `{handoff}`"));
        }
    }
    let there: Vec<String> = told.iter().map(|told| format!("{} {}", told.status.as_str(), told.handoff)).collect();
    let all: Vec<&str> = wanted.iter().map(|(what, _)| what.as_str()).collect();
    look.text("handoffs", Some(&all.join(", ")), Some(&there.join(", ")));
    for ((expected, told), (what, _)) in expected.iter().zip(told).zip(&wanted) {
        let text = |name: &str| format!("{name} of `{what}`");
        let or_none = |of: &Option<Text>| of.clone().unwrap_or(Text::const_new("none"));
        look.moment(stage, &text("moment"), expected.at.as_deref(), Some(told.envelope.recorded_at))?;
        if let Some(who) = &expected.who {
            look.same(&text("contact"), Some(contact(Some(who))), Some(told.contact.contact_id));
        }
        look.text(&text("department"), expected.department.as_deref(), Some(&or_none(&told.to.department)));
        look.text(&text("team"), expected.team.as_deref(), Some(&or_none(&told.to.team)));
        look.text(&text("person"), expected.person.as_deref(), Some(&or_none(&told.to.person)));
        look.text(&text("partner"), expected.partner.as_deref(), Some(&or_none(&told.to.partner)));
        look.text(&text("who is told"), expected.informed.as_deref(), Some(&or_none(&told.informed)));
        look.moment(stage, &text("first attempt"), expected.first_attempt.as_deref(), told.first_attempt_due)?;
        look.moment(stage, &text("decision"), expected.decision.as_deref(), told.decision_due)?;
        look.same(&text("contacts"), expected.contacts, Some(told.contacts.len()));
        look.text(&text("reason"), expected.reason.as_deref(), Some(&or_none(&told.envelope.reason_code)));
        for (name, expected, there) in
            [("questions", &expected.ask, &told.contact.ask), ("mind", &expected.mind, &told.contact.mind)]
        {
            if let Some(expected) = expected {
                let there: Vec<&str> = there.iter().map(|word| word.as_str()).collect();
                look.text(&text(name), Some(&expected.join(", ")), Some(&there.join(", ")));
            }
        }
        if let Some(part) = &expected.says {
            let sentence = told.envelope.sentence.as_ref();
            look.part(&text("sentence"), part, &sentence.map_or_else(String::new, |s| format!("{}\n{}", s.ja, s.en)));
        }
    }
    Ok(())
}
