//! What a mapping asks of a record before it says something.

use super::path::{Path, Scope};
use crate::fields::scalar;
use serde_json::Value as Json;
use touchpoint::Decimal;

/// All of these hold; none of them holds always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Condition(pub(crate) Vec<Ask>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Of what stands there.
    Of(Path, Vec<Test>),
    /// One of several holds.
    Any(Vec<Condition>),
}

/// Texts are compared as they are written, without case: forms and CSV files send `"404"` and `"True"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    OneOf(Vec<String>),
    Present,
    Absent,
    Prefix(Vec<String>),
    Suffix(Vec<String>),
    Contains(Vec<String>),
    AtLeast(Decimal),
    AtMost(Decimal),
    /// Holds where nothing stands, too.
    Not(Box<Test>),
}

impl Condition {
    pub(crate) fn holds(&self, scope: Scope<'_>) -> bool {
        self.0.iter().all(|ask| match ask {
            Ask::Any(any) => any.iter().any(|one| one.holds(scope)),
            Ask::Of(path, tests) => {
                let found = path.get(scope);
                tests.iter().all(|test| test.holds(found.as_deref()))
            }
        })
    }
}

impl Test {
    /// Of a list one of whose items will do.
    fn holds(&self, found: Option<&Json>) -> bool {
        match (self, found) {
            (Self::Not(test), found) => !test.holds(found),
            (Self::Absent, found) => found.is_none(),
            (_, None) => false,
            (Self::Present, Some(_)) => true,
            (test, Some(Json::Array(items))) => items.iter().any(|item| test.holds_of(item)),
            (test, Some(found)) => test.holds_of(found),
        }
    }

    fn holds_of(&self, found: &Json) -> bool {
        let Some(text) = scalar(found) else { return false };
        let number = || Decimal::parse(&text);
        let any = |wanted: &[String], holds: fn(&str, &str) -> bool| {
            let text = text.to_lowercase();
            wanted.iter().any(|wanted| holds(&text, wanted))
        };
        match self {
            Self::OneOf(wanted) => any(wanted, |text, wanted| text == wanted),
            Self::Prefix(wanted) => any(wanted, |text, wanted| text.starts_with(wanted)),
            Self::Suffix(wanted) => any(wanted, |text, wanted| text.ends_with(wanted)),
            Self::Contains(wanted) => any(wanted, |text, wanted| text.contains(wanted)),
            Self::AtLeast(least) => number().is_some_and(|number| number >= *least),
            Self::AtMost(most) => number().is_some_and(|number| number <= *most),
            Self::Present | Self::Absent | Self::Not(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(test: Test, value: &Json) -> bool {
        let element = json!({ "a": value });
        let condition = Condition(vec![Ask::Of(Path::parse("a").unwrap(), vec![test])]);
        let keys = crate::settings::Keys::default();
        condition.holds(Scope { keys: &keys, nothing: &[], record: &element, element: &element, item: None })
    }

    #[test]
    fn a_test_compares_what_is_written() {
        let one_of = |texts: &[&str]| Test::OneOf(texts.iter().map(|text| (*text).to_owned()).collect());
        assert!(holds(one_of(&["404"]), &json!(404)) && holds(one_of(&["404"]), &json!("404")));
        assert!(holds(one_of(&["true"]), &json!(true)) && holds(one_of(&["true"]), &json!("True")));
        assert!(holds(one_of(&["b"]), &json!(["a", "b"])) && !holds(one_of(&["b"]), &json!({"b": 1})));
        assert!(holds(Test::Suffix(vec![".js".to_owned()]), &json!("/a.js")));
        assert!(!holds(Test::Suffix(vec![".js".to_owned()]), &json!("/next?file=/a.js&x=1")));
        assert!(holds(Test::AtLeast(Decimal::parse("10").unwrap()), &json!("10.5")));
        assert!(
            holds(Test::Absent, &json!(" ")) && holds(Test::Absent, &Json::Null) && holds(Test::Present, &json!(0))
        );
        assert!(holds(Test::Not(Box::new(one_of(&["x"]))), &Json::Null));
    }
}
