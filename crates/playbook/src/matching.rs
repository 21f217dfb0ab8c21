//! What a [`Pattern`] means: does this touchpoint match? And what a touchpoint is about: page, content asset, solution.
//!
//! On the engine's hot path: nothing here allocates.

use crate::model::{Asset, AssetIx, Milli, Model, Page, Pattern, Points, Rule, SolutionIx, Sort, Test};
use touchpoint::{Decimal, Properties, Text, Touchpoint, Value};

/// What one touchpoint is about. Computed once ([`Model::resolve`]), read by every pattern, limit and score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// What sort of touchpoint it is.
    pub sort: Sort,
    pub page: Option<Page>,
    pub asset: Option<AssetIx>,
    pub solution: Option<SolutionIx>,
}

/// A URL without scheme, query and fragment: `www.example.co.jp/products`.
pub fn address(url: &str) -> &str {
    let rest = after_scheme(url);
    let end = rest.bytes().position(|byte| byte == b'?' || byte == b'#');
    end.and_then(|end| rest.get(..end)).unwrap_or(rest)
}

pub(crate) fn after_scheme(url: &str) -> &str {
    if let Some(rest) = url.strip_prefix("https://") {
        return rest;
    }
    url.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//")).unwrap_or(url)
}

impl Model {
    /// Finds page, asset and solution. The asset is the one that `content` names, else the page's, else, of an event, its
    /// campaign's. The solution is the asset's, else the page's, else the one answered, else the campaign's.
    pub fn resolve(&self, touchpoint: &Touchpoint) -> Resolved {
        let page = touchpoint.properties.get("url").and_then(Value::as_text).and_then(|url| self.pages.find(url));
        let named = touchpoint.content.as_ref().and_then(|name| self.asset_by_name.get(name)).copied();
        let asset = named.or_else(|| page.and_then(|page| page.asset)).or_else(|| self.event_asset(touchpoint));
        let solution = asset
            .and_then(|asset| self.assets.get(usize::from(asset.0)))
            .and_then(|asset| asset.solution)
            .or_else(|| page.and_then(|page| page.solution))
            .or_else(|| touchpoint.answers.get("solution").and_then(|answer| self.answered_solution(answer)))
            .or_else(|| touchpoint.campaign.as_ref().and_then(|name| self.campaign_solutions.get(name)).copied());
        Resolved { sort: Sort::of(&touchpoint.channel, &touchpoint.kind), page, asset, solution }
    }

    /// A click in an invitation is not the seminar.
    fn event_asset(&self, touchpoint: &Touchpoint) -> Option<AssetIx> {
        let campaign = touchpoint.campaign.as_ref().filter(|_| touchpoint.channel == "event")?;
        self.campaign_assets.get(campaign).copied()
    }

    fn answered_solution(&self, answer: &Value) -> Option<SolutionIx> {
        let named = |name: &Text| self.solutions.iter().position(|solution| solution.name == *name);
        let at = match answer {
            Value::Text(name) => named(name),
            Value::List(names) => names.iter().find_map(named),
            Value::Bool(_) | Value::Number(_) => None,
        };
        at.map(|at| SolutionIx(at as u16))
    }
}

impl Pattern {
    /// True when every part that is set holds.
    pub fn matches(&self, model: &Model, touchpoint: &Touchpoint, resolved: &Resolved) -> bool {
        // What is quickly told stands first. Channel and kind are as they should mostly: an index has led here by them.
        self.page_fits(resolved)
            && self.direction.is_none_or(|direction| touchpoint.direction == Some(direction))
            && self.asset_fits(model, resolved)
            && one_of(&self.contents, touchpoint.content.as_ref())
            && one_of(&self.campaigns, touchpoint.campaign.as_ref())
            && one_of(&self.dispositions, touchpoint.disposition.as_ref())
            && touchpoint.disposition.as_ref().is_none_or(|ended| !self.dispositions_not.contains(ended))
            && one_of(&self.reasons, touchpoint.reason.as_ref())
            && all_hold(&self.answers, &touchpoint.answers)
            && all_hold(&self.properties, &touchpoint.properties)
            && one_of(&self.channels, Some(&touchpoint.channel))
            && one_of(&self.kinds, Some(&touchpoint.kind))
    }

    fn page_fits(&self, resolved: &Resolved) -> bool {
        let class = resolved.page.and_then(|page| page.class);
        (self.pages.is_empty() || class.is_some_and(|class| self.pages.contains(&class)))
            && class.is_none_or(|class| !self.pages_not.contains(&class))
    }

    fn asset_fits(&self, model: &Model, resolved: &Resolved) -> bool {
        if self.asset_types.is_empty() && self.tags.is_empty() {
            return true;
        }
        let asset = resolved.asset.and_then(|asset| model.assets.get(usize::from(asset.0)));
        asset.is_some_and(|asset| self.fits(asset))
    }

    /// Has the asset one of the types and one of the tags that are asked for?
    pub(crate) fn fits(&self, asset: &Asset) -> bool {
        one_of(&self.asset_types, Some(&asset.kind))
            && (self.tags.is_empty() || asset.tags.iter().any(|tag| self.tags.contains(tag)))
    }
}

impl Rule {
    /// The points of this touchpoint before limits and caps, for a rule one of whose patterns matches it. `None`: it
    /// says nothing that gives points, and uses up no limit.
    pub fn points_for(&self, model: &Model, touchpoint: &Touchpoint, resolved: &Resolved) -> Option<Milli> {
        match &self.points {
            Points::Fixed(points) => Some(*points),
            // An answer that gives nothing still replaces the points of the former one.
            Points::Answer { question, by_value } => {
                touchpoint.answers.get(question).map(|answer| by_name(by_value, answer).unwrap_or(0))
            }
            Points::Property { name, by_value } => {
                touchpoint.properties.get(name).and_then(|value| by_name(by_value, value))
            }
            Points::Cases(cases) => {
                let case = cases.iter().find(|(pattern, _)| pattern.matches(model, touchpoint, resolved));
                case.map(|(_, points)| *points)
            }
        }
    }
}

impl Test {
    /// Does the test hold for this property, answer or attribute? A list holds `OneOf`, `Prefix`, `Contains` and
    /// `Between` when any of its members does, `NoneOf` when none is named. Text that reads as a number or as
    /// `true`/`false` counts as such, since lists that people hold (CSV) know only text.
    pub fn holds(&self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return matches!(self, Self::Absent) };
        match self {
            Self::OneOf(wanted) => wanted.iter().any(|wanted| same(value, wanted)),
            Self::NoneOf(unwanted) => !unwanted.iter().any(|unwanted| same(value, unwanted)),
            Self::Prefix(prefix) => any_text(value, |text| text.starts_with(prefix.as_str())),
            Self::Contains(part) => any_text(value, |text| text.contains(part.as_str())),
            Self::Between(low, high) => {
                let inside = |n: Decimal| low.is_none_or(|low| n >= low) && high.is_none_or(|high| n <= high);
                match value {
                    Value::Number(number) => inside(*number),
                    Value::Bool(_) => false,
                    Value::Text(_) | Value::List(_) => any_text(value, |text| Decimal::parse(text).is_some_and(inside)),
                }
            }
            Self::Present => true,
            Self::Absent => false,
        }
    }
}

/// An empty list asks for nothing; else the name must be there and be one of them.
fn one_of(wanted: &[Text], name: Option<&Text>) -> bool {
    wanted.is_empty() || name.is_some_and(|name| wanted.contains(name))
}

fn all_hold(tests: &[(Text, Test)], values: &Properties) -> bool {
    tests.iter().all(|(name, test)| test.holds(values.get(name)))
}

/// The points of the first name that the value reads as.
fn by_name(by_value: &[(Text, Milli)], value: &Value) -> Option<Milli> {
    let reads_as = |name: &str| match value {
        Value::Text(text) => text == name,
        Value::List(texts) => texts.iter().any(|text| text == name),
        Value::Bool(flag) => name == if *flag { "true" } else { "false" },
        Value::Number(number) => Decimal::parse(name) == Some(*number),
    };
    by_value.iter().find(|(name, _)| reads_as(name)).map(|(_, points)| *points)
}

fn any_text(value: &Value, test: impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Text(text) => test(text),
        Value::List(texts) => texts.iter().any(|text| test(text)),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn same(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::List(texts), wanted) => texts.iter().any(|text| text_reads_as(text, wanted)),
        (Value::Text(text), wanted) => text_reads_as(text, wanted),
        (value, wanted) => value == wanted,
    }
}

fn text_reads_as(text: &str, wanted: &Value) -> bool {
    match wanted {
        Value::Text(wanted) => text == wanted.as_str(),
        Value::Number(wanted) => Decimal::parse(text) == Some(*wanted),
        Value::Bool(wanted) => text == if *wanted { "true" } else { "false" },
        Value::List(wanted) => wanted.iter().any(|wanted| text == wanted.as_str()),
    }
}
