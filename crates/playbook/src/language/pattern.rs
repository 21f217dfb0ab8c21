//! A pattern over one touchpoint, and a test on one of its values.

use crate::model::Test;
use crate::units::{Literal, Number, Word};
use notation::mistake::{MistakeKind, Notes};
use notation::reading::{At, Many, Named, Read, Unit};
use notation::section;
use notation::units::YesNo;
use notation::yaml::{Node, What};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use touchpoint::Decimal;

section! {
    /// A touchpoint that fulfils every word said here. A list means "one of them".
    struct PatternText {
        /// web, email, call, event, crm, profile, or one of `vocabulary`.
        channel: Many<At<Word>>,
        /// What happened: page_view, open, connected, ...
        kind: Many<At<Word>>,
        /// in: the customer reached out; out: we did.
        direction: Option<At<Word>>,
        /// The page has one of these classes.
        page: Many<At<Word>>,
        /// The page has none of these classes.
        page_not: Many<At<Word>>,
        /// The content is of one of these types.
        content_type: Many<At<Word>>,
        /// The content has one of these tags.
        tag: Many<At<Word>>,
        /// One of these pieces of content.
        content: Many<At<Word>>,
        /// One of these campaigns.
        campaign: Many<At<Word>>,
        /// How the call ended.
        disposition: Many<At<Word>>,
        /// The call ended in none of these ways, or nothing is said of its end.
        disposition_not: Many<At<Word>>,
        /// One of `reasons`.
        reason: Many<At<Word>>,
        /// What the form was sent for.
        purpose: Many<At<Word>>,
        /// Question -> test on the answer.
        answers: Named<TestText>,
        /// Property -> test on its value.
        properties: Named<TestText>,
    }
}

section! {
    /// A test on a value. Several words must all agree.
    struct TestWords {
        /// One of these.
        is: Many<Literal>,
        /// There, and none of these.
        is_not: Many<Literal>,
        /// Text that starts so.
        starts_with: Option<Word>,
        /// Text that contains this.
        contains: Option<Word>,
        /// A number of at least this.
        at_least: Option<Number>,
        /// A number of at most this.
        at_most: Option<Number>,
        /// A number above this.
        above: Option<Number>,
        /// A number below this.
        below: Option<Number>,
        /// true: there is a value; false: there is none.
        present: Option<YesNo>,
    }
}

/// A value, a list of values, or [`TestWords`].
#[derive(Clone, Debug)]
pub(crate) struct TestText {
    pub(crate) test: Test,
    pub(crate) span: notation::mistake::Span,
}

impl PatternText {
    /// True when it says nothing, and so would match everything.
    pub(crate) fn is_empty(&self) -> bool {
        let lists = [
            &self.channel,
            &self.kind,
            &self.page,
            &self.page_not,
            &self.content_type,
            &self.tag,
            &self.content,
            &self.campaign,
            &self.disposition,
            &self.disposition_not,
            &self.reason,
            &self.purpose,
        ];
        lists.iter().all(|list| list.is_empty())
            && self.direction.is_none()
            && self.answers.is_empty()
            && self.properties.is_empty()
    }
}

impl Read for TestText {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        let test = match &node.what {
            What::Scalar { .. } => Test::OneOf(vec![Literal::read(node, notes)?.0]),
            What::List(_) => Test::OneOf(Many::<Literal>::read(node, notes)?.0.into_iter().map(|one| one.0).collect()),
            What::Map(_) => TestWords::read(node, notes)?.test(notes)?,
        };
        if matches!(&test, Test::OneOf(values) if values.is_empty()) {
            notes.add(MistakeKind::NeverHolds, node.span, "nothing is one of an empty list");
            return None;
        }
        if let Test::Between(Some(low), Some(high)) = test
            && low > high
        {
            notes.add(MistakeKind::NeverHolds, node.span, format!("no number is from {low} to {high}"));
            return None;
        }
        Some(Self { test, span: node.span })
    }
}

impl TestWords {
    fn test(self, notes: &mut Notes) -> Option<Test> {
        let values = |values: Many<Literal>| values.0.into_iter().map(|one| one.0).collect();
        let smallest = Decimal::from_micros(1);
        let next = |n: Number, step: i64| {
            Decimal::from_micros(n.0.as_micros().saturating_add(step.saturating_mul(smallest.as_micros())))
        };
        let low = self.at_least.map(|n| n.0).max(self.above.map(|n| next(n, 1)));
        let high = [self.at_most.map(|n| n.0), self.below.map(|n| next(n, -1))].into_iter().flatten().min();
        let mut tests: Vec<Test> = Vec::new();
        if !self.is.is_empty() {
            tests.push(Test::OneOf(values(self.is)));
        }
        if !self.is_not.is_empty() {
            tests.push(Test::NoneOf(values(self.is_not)));
        }
        tests.extend(self.starts_with.map(|word| Test::Prefix(word.0)));
        tests.extend(self.contains.map(|word| Test::Contains(word.0)));
        if low.is_some() || high.is_some() {
            tests.push(Test::Between(low, high));
        }
        tests.extend(self.present.map(|present| if present.0 { Test::Present } else { Test::Absent }));
        if tests.len() != 1 {
            let message = format!("one test is needed, found {}", tests.len());
            notes
                .add(MistakeKind::WrongForm, self.span, message)
                .help("use one of: is, is_not, starts_with, contains, present, or a range of at_least/above and at_most/below");
            return None;
        }
        tests.pop()
    }
}

impl JsonSchema for TestText {
    fn schema_name() -> Cow<'static, str> {
        "Test".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let literal = Literal::unit_schema();
        json_schema!({
            "description": "A value, a list of which it is one, or a test.",
            "anyOf": [literal, { "type": "array", "items": literal, "minItems": 1 }, generator.subschema_for::<TestWords>()]
        })
    }
}
