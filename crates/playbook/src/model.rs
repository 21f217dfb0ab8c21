//! The compiled playbook: what the engine reads. Indices instead of names, typed conditions, thresholds in thousandths
//! of a point, durations in milliseconds.
//!
//! Points are counted in *milli-points* ([`Milli`]): thousandths of a point, the unit in which scores are read too.

mod behaviours;
mod bursts;
mod business;
mod condition;
mod content;
mod handoffs;
mod index;
mod pages;
mod programmes;
mod segments;
mod stages;
mod variants;

pub use behaviours::{Behaviour, Count, Did, Occurs, Reading};
pub use bursts::Burst;
pub(crate) use business::moment;
pub use business::{Calendar, Wait};
pub use condition::{Condition, DateOf, DateSpan, Reach};
pub use content::{Asset, Expects, Hypothesis, IssueIx, Issues, PEOPLE};
pub use handoffs::{Breach, HandingOver, Handoff, Promise, Route, RouteTo, Team};
pub use index::{Index, Sort};
pub use pages::{Page, Pages};
pub use programmes::{Act, BestHour, Frequency, Goto, Hours, Per, Programme, Sending, Sent, Step};
pub use segments::{Coverage, Segment, Tier};
pub use stages::{
    ENDED, ERASED, Entry, EntryBy, Exit, GONE, LifeCycle, MERGED, Reason, ReturnsBefore, Season, Stage, WITHDRAWN,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use touchpoint::{Decimal, Text, Timestamp, Value};
pub use variants::{Choice, Show, Variants};

/// Thousandths of a point.
pub type Milli = i64;
/// Milliseconds of a duration.
pub type Millis = i64;

/// Index into [`Model::scores`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScoreIx(pub u16);
/// Index into [`Model::rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIx(pub u16);
/// Index into [`Model::groups`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupIx(pub u16);
/// Index into [`Model::solutions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SolutionIx(pub u16);
/// Index into [`Model::behaviours`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BehaviourIx(pub u16);
/// Index into [`Model::readings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadingIx(pub u16);
/// Index into [`Model::segments`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentIx(pub u16);
/// Index into [`Model::tiers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TierIx(pub u16);
/// Index into [`LifeCycle::stages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageIx(pub u16);
/// Index into [`Model::page_classes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageClassIx(pub u16);
/// Index into [`Model::assets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetIx(pub u16);

/// One version of a playbook, ready to run.
#[derive(Clone, Debug)]
pub struct Model {
    /// SHA-256 of the normalised content, in hex: which version it is, everywhere.
    pub hash: Text,
    /// The playbook's name and its label for people, as `default` and `2026.11`.
    pub name: Text,
    pub label: Text,
    /// Calendar windows (day, month, quarter) are cut in this zone.
    pub zone: jiff::tz::TimeZone,
    pub calendars: Vec<Calendar>,
    /// The one of them that business time is counted by.
    pub calendar: Option<usize>,
    /// Where an account's fiscal year ends: a month, 1 to 12.
    pub fiscal_year_end: Option<DateOf>,
    pub solutions: Vec<Solution>,
    /// What contacts may name as theirs, by name.
    pub issues: Vec<(Text, Label)>,
    /// What the attributes that the playbook reads are called, by name.
    pub attributes: Vec<(AttributeOf, Text, Label)>,
    /// Question -> the attribute that its answer sets.
    pub answers: Vec<(Text, AttributeOf, Text)>,
    pub scores: Vec<Score>,
    pub groups: Vec<Group>,
    pub rules: Vec<Rule>,
    pub page_classes: Vec<Text>,
    pub pages: Pages,
    pub assets: Vec<Asset>,
    pub asset_by_name: HashMap<Text, AssetIx>,
    /// Campaign name -> the solution it is about.
    pub campaign_solutions: HashMap<Text, SolutionIx>,
    /// Campaign name -> the content that its events are.
    pub campaign_assets: HashMap<Text, AssetIx>,
    /// What counts as the contact's own touchpoint (they did something), as against ours or a machine's.
    pub own: Vec<Pattern>,
    /// What scores nothing whatever rule matches: machines, internal traffic, tests.
    pub ignored: Vec<Pattern>,
    /// What is ignored, too, since no person does so much at a time.
    pub bursts: Vec<Burst>,
    pub fit: Fit,
    pub life_cycles: Vec<LifeCycle>,
    pub reasons: Vec<Reason>,
    pub reason_by_code: HashMap<Text, u16>,
    pub behaviours: Vec<Behaviour>,
    /// The strongest first.
    pub readings: Vec<Reading>,
    /// One rests on earlier ones only.
    pub segments: Vec<Segment>,
    /// The first that fits counts.
    pub tiers: Vec<Tier>,
    /// (channel, kind) -> the rules that can match, so that cost grows with these and not with all rules.
    pub index: Index<RuleIx>,
    /// The same for behaviours.
    pub behaviour_index: Index<BehaviourIx>,
    pub programmes: Vec<Programme>,
    pub sending: Sending,
    pub teams: Vec<Team>,
    /// The most urgent first.
    pub handoffs: Vec<Handoff>,
    pub handing_over: HandingOver,
    /// What pages show to whom.
    pub variants: Vec<Variants>,
    /// Which score rolls up to the account, and the member's cap.
    pub account_score: Option<AccountScore>,
}

impl Model {
    /// The moment so long after another.
    pub fn after(&self, at: Timestamp, wait: Wait) -> Timestamp {
        wait.after(at, self.business_calendar())
    }

    /// The one that business time is counted by.
    fn business_calendar(&self) -> Option<&Calendar> {
        self.calendars.get(self.calendar?)
    }

    /// Every condition that anything rests on.
    fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let in_stages = self.life_cycles.iter().flat_map(LifeCycle::moves);
        let in_life_cycles = self.life_cycles.iter().filter_map(|life_cycle| life_cycle.lasts_while.as_ref());
        let in_segments = self.segments.iter().flat_map(Segment::conditions);
        let in_rules = self.rules.iter().filter_map(|rule| rule.condition.as_ref());
        let in_content = self.assets.iter().filter_map(|asset| asset.when.as_ref());
        let in_readings = self.readings.iter().map(|reading| &reading.when);
        let in_programmes = self.programmes.iter().flat_map(Programme::conditions);
        let in_others = in_rules.chain(self.returns()).chain(in_content).chain(&self.sending.silent_while);
        let in_variants = self.variants.iter().flat_map(|page| &page.choices).filter_map(|choice| choice.when.as_ref());
        let in_teams = self.teams.iter().filter_map(|team| team.takes.as_ref());
        let in_handoffs = self.handoffs.iter().flat_map(Handoff::conditions).chain(in_teams);
        let in_others = in_others.chain(in_programmes).chain(in_variants).chain(in_handoffs);
        in_stages.chain(in_life_cycles).chain(in_segments).chain(in_readings).chain(in_others)
    }

    /// What brings somebody back from the recycle box before the date, of every reason.
    pub fn returns(&self) -> impl Iterator<Item = &Condition> {
        self.reasons.iter().filter_map(|reason| reason.returns_when.as_ref())
    }

    /// What is counted: of every condition that asks what was done, or was not, and of what looks at when it was done.
    pub(crate) fn counted(&self) -> Vec<Did> {
        let mut counted = Vec::new();
        for condition in self.conditions() {
            condition.for_each_leaf(&mut |leaf| {
                if let Condition::Did(did) | Condition::DidNot(did) = leaf {
                    counted.push(*did);
                }
            });
        }
        let attempt = self.handing_over.attempt.map(Did::ever);
        counted.extend(attempt);
        counted.extend(self.sending.best_hour.map(BestHour::counted));
        counted
    }

    /// Segments whose members the accounts count.
    pub fn counted_segments(&self) -> BTreeSet<SegmentIx> {
        let mut counted = BTreeSet::new();
        self.each_leaf(&mut |leaf| {
            if let Condition::Members { segment, .. } | Condition::Colleagues { segment, .. } = leaf {
                counted.insert(*segment);
            }
        });
        counted
    }

    /// Segments whose members in a unit its contacts hear of, each with the largest number that anybody asks for.
    pub fn signalled_segments(&self) -> BTreeMap<SegmentIx, u32> {
        let mut asked: BTreeMap<SegmentIx, u32> = BTreeMap::new();
        self.each_leaf(&mut |leaf| {
            if let Condition::Colleagues { at_least, segment } = leaf {
                let most = asked.entry(*segment).or_default();
                *most = (*most).max(*at_least);
            }
        });
        asked
    }

    /// Attributes of accounts that anything rests on, sorted.
    pub fn account_attributes(&self) -> BTreeSet<Text> {
        let mut names = BTreeSet::new();
        self.each_leaf(&mut |leaf| {
            if let Condition::Attribute(AttributeOf::Account, name, _) = leaf {
                names.insert(name.clone());
            }
            if let Condition::Date { date: DateOf::Attribute(AttributeOf::Account, name), .. } = leaf {
                names.insert(name.clone());
            }
        });
        for route in self.handoffs.iter().flat_map(|handoff| &handoff.routes) {
            if let RouteTo::Partner(name) | RouteTo::Person(name) = &route.to {
                names.insert(name.clone());
            }
        }
        let of_account = self.fit.criteria.iter().filter(|criterion| criterion.of.contains(&AttributeOf::Account));
        names.extend(of_account.map(|criterion| criterion.attribute.clone()));
        let dates = self.reasons.iter().filter_map(|reason| reason.returns_before.as_ref()).map(|before| &before.date);
        for date in dates.chain(&self.fiscal_year_end) {
            if let DateOf::Attribute(AttributeOf::Account, name) = date {
                names.insert(name.clone());
            }
        }
        names
    }

    /// The attribute that an answer to the question sets.
    pub fn set_by_answer(&self, question: &str) -> Option<(AttributeOf, &Text)> {
        self.answers.iter().find(|(have, ..)| have == question).map(|(_, of, name)| (*of, name))
    }

    fn each_leaf<'a>(&'a self, each: &mut impl FnMut(&'a Condition)) {
        let of_tiers = self.tiers.iter().map(|tier| &tier.when);
        self.conditions().chain(of_tiers).for_each(|condition| condition.for_each_leaf(each));
    }

    /// The reason that goes by this code.
    pub fn reason(&self, code: &Text) -> Option<&Reason> {
        self.reasons.get(usize::from(*self.reason_by_code.get(code)?))
    }

    /// What an attribute is called.
    pub fn attribute_label(&self, of: AttributeOf, name: &str) -> Option<&Label> {
        self.attributes.iter().find(|(have, has_name, _)| *have == of && has_name == name).map(|(_, _, label)| label)
    }
}

/// Japanese and English, as people read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    pub ja: Text,
    pub en: Text,
}

#[derive(Clone, Debug)]
pub struct Solution {
    pub name: Text,
    pub label: Label,
}

/// A score: the sum of its contributions, each decaying with one half-life.
#[derive(Clone, Debug)]
pub struct Score {
    /// `behaviour`, `heat`, `interest.maintenance`.
    pub name: Text,
    pub label: Label,
    pub half_life: Millis,
    /// The value read is at least and at most this; the difference is a named adjustment line.
    pub floor: Milli,
    pub ceiling: Milli,
    /// `Some`: only contributions tagged with this solution count.
    pub solution: Option<SolutionIx>,
}

/// Rules that share a monthly (or other) cap on their positive points.
#[derive(Clone, Debug)]
pub struct Group {
    pub name: Text,
    pub cap: Milli,
    pub window: Window,
}

#[derive(Clone, Debug)]
pub struct Rule {
    /// `S05`.
    pub id: Text,
    pub label: Label,
    /// Any of these; none where a reading gives the points.
    pub when: Vec<Pattern>,
    /// Gives its points when this reading begins, also where a stronger one counts. They are about no solution.
    pub reading: Option<ReadingIx>,
    /// Must hold, too.
    pub condition: Option<Condition>,
    pub points: Points,
    pub limits: Vec<Limit>,
    pub group: Option<GroupIx>,
    /// Raised hand: sets the time that `mql` exits look at.
    pub marks: Option<Mark>,
}

#[derive(Clone, Debug)]
pub enum Points {
    Fixed(Milli),
    /// By the answer to a question; a newer answer replaces the former's points (limit `latest`).
    Answer {
        question: Text,
        by_value: Vec<(Text, Milli)>,
    },
    /// By a property's value, as the rank on a hearing sheet.
    Property {
        name: Text,
        by_value: Vec<(Text, Milli)>,
    },
    /// The first case that matches; the limits count all cases together. The patterns are those of [`Rule::when`].
    Cases(Vec<(Pattern, Milli)>),
}

/// What a matching touchpoint means beside its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The contact raised a hand (inquiry, quote, demo, inbound call, consultation).
    Hand,
    /// A person of ours judged (call disposition, booth rank).
    Person,
}

/// The first `at_most` of a scope and window count, or points up to a sum. What is refused by one limit uses up none; what
/// a group's cap cuts does. Another version goes on counting where it says the same but for the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub scope: Scope,
    pub window: Window,
    pub at_most: AtMost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtMost {
    Times(u32),
    /// Absolute value of points, for negative rules too.
    Points(Milli),
}

/// What a limit is counted per, beside its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The rule as a whole.
    Rule,
    /// The content asset, else the content that is named, else the page's address. Whatever has none is one.
    Asset,
    /// `properties.message_id`, else the content.
    Message,
    /// `properties.event_id`, else the campaign; each start of a series by itself (`properties.starts_at`).
    Event,
    /// The solution the touchpoint is tagged with.
    Product,
}

/// A calendar window in the zone of the version that counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Window {
    Day,
    Month,
    Quarter,
    Ever,
}

/// A typed test on one touchpoint; every part that is set must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// Empty: any.
    pub channels: Vec<Text>,
    /// Empty: any.
    pub kinds: Vec<Text>,
    pub direction: Option<touchpoint::Direction>,
    /// Empty: any. With `pages_not`, a page of none of these classes (a page without a class matches).
    pub pages: Vec<PageClassIx>,
    pub pages_not: Vec<PageClassIx>,
    /// Types of the content asset; empty: any.
    pub asset_types: Vec<Text>,
    /// Words of the content asset, one of them; empty: any.
    pub tags: Vec<Text>,
    pub contents: Vec<Text>,
    pub campaigns: Vec<Text>,
    pub dispositions: Vec<Text>,
    /// A call that ended in none of these ways; one without a disposition matches.
    pub dispositions_not: Vec<Text>,
    pub reasons: Vec<Text>,
    pub answers: Vec<(Text, Test)>,
    pub properties: Vec<(Text, Test)>,
}

/// A test on one property or answer. An absent value fails every test but `Absent`.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    OneOf(Vec<Value>),
    NoneOf(Vec<Value>),
    Prefix(Text),
    Contains(Text),
    /// Inclusive ends.
    Between(Option<Decimal>, Option<Decimal>),
    Present,
    Absent,
}

/// Points from attributes; grade from points.
#[derive(Clone, Debug, Default)]
pub struct Fit {
    pub criteria: Vec<FitCriterion>,
    /// Grade by lowest points, best first: `[("A", 60), ("B", 40), ("C", 20), ("D", i64::MIN)]`.
    pub grades: Vec<(Text, Milli)>,
    /// The grade when fewer than `known_min` of the criteria marked `key` have a value.
    pub unknown: Text,
    pub known_min: usize,
}

#[derive(Clone, Debug)]
pub struct FitCriterion {
    pub attribute: Text,
    /// Whose attribute: the contact's, else the account's; the first that has a value.
    pub of: Vec<AttributeOf>,
    /// First match counts; no match: no points.
    pub points: Vec<(Test, Milli)>,
    /// Counts towards `known_min`.
    pub key: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeOf {
    Contact,
    Account,
}

/// How members' contributions make the account's score.
#[derive(Clone, Copy, Debug)]
pub struct AccountScore {
    /// The contacts' score whose contributions count; its half-life is the account score's.
    pub of: ScoreIx,
    /// A known member counts at most this a month, an anonymous visitor at most that.
    pub member_cap: Milli,
    pub anonymous_cap: Milli,
}
