//! What is known of the contact: the latest word counts.

use super::Timeline;
use playbook::model::{AttributeOf, Milli, Model};
use touchpoint::{Text, Timestamp, Value};

impl Timeline<'_> {
    /// A naming identifier was seen.
    pub(crate) fn known(&self) -> bool {
        self.rows.iter().any(|row| row.ledger.known)
    }

    pub(crate) fn first_at(&self) -> Option<Timestamp> {
        self.rows.first().map(|row| row.ledger.touchpoint.occurred_at)
    }

    pub(crate) fn last_own_at(&self) -> Option<Timestamp> {
        self.rows.iter().rev().find(|row| row.own).map(|row| row.ledger.touchpoint.occurred_at)
    }

    /// The latest answer to a question, and when it was given.
    pub(crate) fn answer(&self, question: &str) -> Option<(&Value, Timestamp)> {
        let rows = self.rows.iter().rev().filter(|row| !row.ignored);
        let mut answers = rows.filter_map(|row| {
            let touchpoint = &row.ledger.touchpoint;
            Some((touchpoint.answers.get(question)?, touchpoint.occurred_at))
        });
        answers.next()
    }

    /// The latest value of an attribute, unless it was cleared since.
    pub(crate) fn attribute(&self, of: AttributeOf, name: &str) -> Option<&Value> {
        let mut values = self.rows.iter().rev().flat_map(|row| {
            let touchpoint = &row.ledger.touchpoint;
            let answers = touchpoint.answers.iter().collect::<Vec<_>>().into_iter().rev();
            let answered = answers.filter(move |(question, _)| {
                let sets =
                    |(have, whose, sets): &(Text, AttributeOf, Text)| have == question && *whose == of && sets == name;
                !row.ignored && row.model.answers.iter().any(sets)
            });
            let changes = touchpoint.attributes.as_ref().map_or(&[][..], |changes| match of {
                AttributeOf::Contact => changes.contact.as_slice(),
                AttributeOf::Account => changes.account.as_slice(),
            });
            let changed = changes.iter().rev().filter(|(have, _)| have == name).map(|(_, value)| value.as_ref());
            answered.map(|(_, value)| Some(value)).chain(changed)
        });
        values.next().flatten()
    }

    /// Points and grade of who it is.
    pub(crate) fn fit(&self, model: &Model) -> (Milli, Text) {
        let fit = &model.fit;
        let (mut points, mut known) = (0, 0);
        for criterion in &fit.criteria {
            let mut values = criterion.of.iter().map(|of| self.attribute(*of, &criterion.attribute));
            let Some(value) = values.find_map(|value| value) else { continue };
            known += usize::from(criterion.key);
            let case = criterion.points.iter().find(|(test, _)| test.holds(Some(value)));
            points += case.map_or(0, |(_, points)| *points);
        }
        let grade = fit.grades.iter().find(|(_, lowest)| points >= *lowest).map(|(grade, _)| grade);
        let grade = if known < fit.known_min { None } else { grade };
        (points, grade.unwrap_or(&fit.unknown).clone())
    }
}
