//! "once per asset and day": how often a rule counts, as a sentence.

use crate::model::{AtMost, Limit, Scope, Window};
use crate::units::Points;
use notation::reading::Unit;
use notation::units;
use schemars::{Schema, json_schema};

/// A limit: `once per asset and day`, `3 times per month`, `20 points per month`, `once per message`, `once ever`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LimitText(pub(crate) Limit);

impl Unit for LimitText {
    const NAME: &str = "Limit";

    fn parse(text: &str, _: bool) -> Result<Self, String> {
        sentence(text).map(Self).ok_or_else(|| {
            "expected a limit such as `once per asset and day`, `3 times per month`, `20 points per month`, \
             `once per message` or `once ever` (per asset, message, event, product; day, month, quarter, ever)"
                .to_owned()
        })
    }

    fn unit_schema() -> Schema {
        json_schema!({
            "type": "string",
            "description": "How often it counts: `once per asset and day`, `3 times per month`, `20 points per month`.",
            "pattern": "^(once|[0-9]+ times|[0-9.]+ points) (ever|per (day|month|quarter)|per (asset|message|event|product)( (and|per) (day|month|quarter)| ever)?)$"
        })
    }
}

units!(LimitText);

fn sentence(text: &str) -> Option<Limit> {
    let mut words = text.split_whitespace().peekable();
    let at_most = match words.next()? {
        "once" => AtMost::Times(1),
        number => match words.next()? {
            "times" => AtMost::Times(number.parse().ok().filter(|times| (1..=1_000_000).contains(times))?),
            "points" => {
                AtMost::Points(Points::parse(number, true).ok().map(|points| points.0).filter(|most| *most > 0)?)
            }
            _ => return None,
        },
    };
    let mut limit = Limit { scope: Scope::Rule, window: Window::Ever, at_most };
    if words.peek() == Some(&"per") {
        words.next();
        let word = words.next()?;
        match scope(word) {
            Some(scope) => limit.scope = scope,
            None => {
                limit.window = window(word)?;
                return words.next().is_none().then_some(limit);
            }
        }
    }
    match (words.next(), limit.scope) {
        (None, Scope::Rule) => return None,
        (None, _) | (Some("ever"), _) => {}
        (Some("and" | "per"), _) => limit.window = window(words.next()?)?,
        _ => return None,
    }
    words.next().is_none().then_some(limit)
}

fn scope(word: &str) -> Option<Scope> {
    Some(match word {
        "asset" => Scope::Asset,
        "message" => Scope::Message,
        "event" => Scope::Event,
        "product" => Scope::Product,
        _ => return None,
    })
}

/// A calendar window that recurs; `ever` is said without `per`.
fn window(word: &str) -> Option<Window> {
    Some(match word {
        "day" => Window::Day,
        "month" => Window::Month,
        "quarter" => Window::Quarter,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_read_as_people_mean_it() {
        let limit = |scope, window, at_most| Some(Limit { scope, window, at_most });
        let once = AtMost::Times(1);
        for (text, meant) in [
            ("once per asset and day", limit(Scope::Asset, Window::Day, once)),
            ("once per message", limit(Scope::Message, Window::Ever, once)),
            ("once per product ever", limit(Scope::Product, Window::Ever, once)),
            ("once per event and quarter", limit(Scope::Event, Window::Quarter, once)),
            ("once ever", limit(Scope::Rule, Window::Ever, once)),
            ("once per day", limit(Scope::Rule, Window::Day, once)),
            ("3 times per month", limit(Scope::Rule, Window::Month, AtMost::Times(3))),
            ("20 points per month", limit(Scope::Rule, Window::Month, AtMost::Points(20_000))),
            ("2.5 points per asset and day", limit(Scope::Asset, Window::Day, AtMost::Points(2_500))),
        ] {
            assert_eq!(sentence(text), meant, "{text}");
        }
        for text in [
            "",
            "once",
            "once per",
            "once per year",
            "twice per day",
            "0 times per day",
            "3 per day",
            "-1 points per day",
            "once per day and asset",
            "once per asset and",
            "once per asset and day please",
            "once ever per day",
        ] {
            assert_eq!(sentence(text), None, "{text}");
        }
    }
}
