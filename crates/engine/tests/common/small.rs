//! The small playbook, in three versions that differ in everything a version may change.

use super::groups::{segments, stood, tiers};
use super::{DAY, HOUR};
use playbook::model::*;
use std::collections::HashMap;
use touchpoint::{Decimal, Text, Value};

pub(crate) fn text(text: &str) -> Text {
    Text::new(text)
}

pub(crate) fn label(name: &str) -> Label {
    Label { ja: text(name), en: text(name) }
}

fn pattern(channel: &str, kind: &str) -> Pattern {
    Pattern { channels: vec![text(channel)], kinds: vec![text(kind)], ..Pattern::default() }
}

fn with_property(mut pattern: Pattern, name: &str, test: Test) -> Pattern {
    pattern.properties.push((text(name), test));
    pattern
}

fn limit(scope: Scope, window: Window, times: u32) -> Limit {
    Limit { scope, window, at_most: AtMost::Times(times) }
}

fn rule(id: &str, when: Vec<Pattern>, points: Points, limits: Vec<Limit>, group: Option<u16>) -> Rule {
    Rule {
        id: text(id),
        label: label(id),
        when,
        reading: None,
        condition: None,
        points,
        limits,
        group: group.map(GroupIx),
        marks: None,
    }
}

fn score(name: &str, half_life: i64, floor: i64, ceiling: i64, solution: Option<u16>) -> Score {
    Score { name: text(name), label: label(name), half_life, floor, ceiling, solution: solution.map(SolutionIx) }
}

pub(crate) fn at_least(score: u16, points: i64) -> Condition {
    Condition::ScoreAtLeast(ScoreIx(score), points * 1_000)
}

pub(crate) fn below(score: u16, points: i64) -> Condition {
    Condition::ScoreBelow(ScoreIx(score), points * 1_000)
}

fn entry(by: EntryBy, from: Option<&[u16]>, when: Condition) -> Entry {
    Entry { by, from: from.map(|from| from.iter().map(|&ix| StageIx(ix)).collect()), when }
}

fn feedback(kinds: &[&str]) -> Entry {
    let kinds = kinds.iter().map(|kind| text(kind)).collect();
    entry(EntryBy::Feedback, None, Condition::Feedback { kinds, reasons: Vec::new() })
}

fn exit(to: u16, when: Condition, reason: Option<&str>) -> Exit {
    Exit { to: StageIx(to), when, reason: reason.map(text) }
}

fn stage(name: &str, entries: Vec<Entry>, exits: Vec<Exit>) -> Stage {
    Stage {
        name: text(name),
        label: label(name),
        phase: text("phase"),
        owner: text("marketing"),
        entries,
        exits,
        milestone: None,
        held: false,
        out: false,
        recycle: false,
        hold: None,
        returns_after: None,
    }
}

fn reason(code: &str, to: Option<u16>, returns_after: Option<i64>) -> Reason {
    Reason {
        code: text(code),
        label: label(code),
        to: to.map(StageIx),
        returns_after,
        returns_before_until: None,
        returns_before: None,
        returns_in_season: None,
        returns_when: None,
        no_score_entry_for: None,
        is_passed_on: false,
    }
}

fn asset(name: &str, solution: Option<u16>, issues: Issues, stages: &[u16], channels: &[&str]) -> Asset {
    Asset {
        name: text(name),
        label: label(name),
        kind: text("article"),
        solution: solution.map(SolutionIx),
        issues,
        stages: stages.iter().map(|&ix| StageIx(ix)).collect(),
        channels: channels.iter().map(|channel| text(channel)).collect(),
        languages: Vec::new(),
        tags: Vec::new(),
        when: None,
        hypothesis: None,
    }
}

pub(crate) const VIEW: u16 = 0;
pub(crate) const SEARCH: u16 = 1;
const FORM: u16 = 2;
const IN_ORDER: u16 = 3;
const HESITATED: u16 = 4;
const CAME_BACK: u16 = 5;

pub(crate) fn did(behaviour: u16, at_least: Count, within: Option<i64>) -> Condition {
    Condition::Did(Did { behaviour: BehaviourIx(behaviour), at_least, within, since_stage: false })
}

fn did_not(behaviour: u16, within: Option<i64>) -> Condition {
    Condition::DidNot(Did { behaviour: BehaviourIx(behaviour), at_least: Count::Times(1), within, since_stage: false })
}

fn behaviours(n: u8) -> Vec<Behaviour> {
    let behaviour =
        |name: &str, occurs| Behaviour { name: text(name), label: label(name), occurs, times_kept: 4, days_kept: 3 };
    let each = |channel, kind| Occurs::Each(vec![pattern(channel, kind)]);
    let steps = [VIEW, SEARCH, VIEW].map(BehaviourIx).to_vec();
    let within = if n == 1 { DAY } else { 2 * DAY };
    // Another version may mean something else by a name, or not know it.
    let form = if n == 2 { "sent" } else { "form" };
    vec![
        behaviour("view", each("web", "page_view")),
        behaviour("search", each("web", "search")),
        behaviour(form, each("web", "form_submit")),
        behaviour("in order", Occurs::InOrder { steps, within }),
        behaviour(
            "hesitated",
            Occurs::Unanswered {
                when: vec![pattern("web", "page_view")],
                by: BehaviourIx(FORM),
                within: if n == 0 { 12 * HOUR } else { DAY },
                before: if n == 0 { 12 * HOUR } else { 0 },
            },
        ),
        behaviour("came back", Occurs::AfterSilence(2 * DAY)),
    ]
}

fn readings(n: u8) -> Vec<Reading> {
    let reading = |name: &str, when| Reading { name: text(name), label: label(name), hypothesis: None, when };
    let comparing =
        Condition::All(vec![did(VIEW, Count::Days(2), Some(3 * DAY)), did(SEARCH, Count::Times(1), Some(DAY))]);
    let ordered = Condition::All(vec![did(IN_ORDER, Count::Times(1), Some(DAY)), did_not(FORM, Some(DAY))]);
    let hesitating =
        Condition::All(vec![did(HESITATED, Count::Times(1), Some(12 * HOUR)), did_not(FORM, Some(6 * HOUR))]);
    let warm = Condition::Any(vec![at_least(1, 3), did(CAME_BACK, Count::Times(1), Some(DAY))]);
    let mut readings = vec![reading("comparing", comparing), reading("ordered", ordered)];
    if n == 2 {
        readings.swap(0, 1);
    }
    readings.push(reading("hesitating", hesitating));
    if n != 1 {
        readings.push(reading("warm", warm));
    }
    readings
}

/// Version `n` (0, 1, 2).
pub(crate) fn model(n: u8) -> Model {
    let later = n > 0;
    let half_life = if n == 1 { 2 * DAY } else { DAY };
    let mut scores = vec![
        score("behaviour", half_life, 0, 30_000, None),
        score("heat", 8 * HOUR, -50_000, 200_000, None),
        score("interest.x", 3 * DAY, 0, 200_000, Some(0)),
    ];
    let mut solutions = vec![Solution { name: text("x"), label: label("x") }];
    if n < 2 {
        scores.push(score("interest.y", 3 * DAY, 0, 200_000, Some(1)));
        solutions.push(Solution { name: text("y"), label: label("y") });
    }
    let interests: Vec<ScoreIx> = (2..scores.len() as u16).map(ScoreIx).collect();
    let groups = vec![
        Group { name: text("browse"), cap: 7_000, window: Window::Day },
        Group { name: text("mail"), cap: 5_000, window: Window::Month },
    ];
    let mut rules = vec![
        rule(
            "view",
            vec![pattern("web", "page_view")],
            Points::Fixed(if later { 3_000 } else { 2_000 }),
            vec![limit(Scope::Asset, Window::Day, 1)],
            Some(0),
        ),
        rule(
            "search",
            vec![pattern("web", "search")],
            Points::Fixed(1_500),
            vec![limit(Scope::Rule, Window::Day, 2)],
            Some(0),
        ),
        rule(
            "open",
            vec![pattern("email", "open")],
            Points::Fixed(1_000),
            vec![limit(Scope::Rule, Window::Month, 3), limit(Scope::Message, Window::Ever, 1)],
            Some(1),
        ),
        rule(
            "click",
            vec![pattern("email", "click")],
            Points::Fixed(3_000),
            vec![limit(Scope::Message, Window::Ever, 1)],
            Some(1),
        ),
        rule(
            "careers",
            vec![with_property(pattern("web", "page_view"), "careers", Test::Present)],
            Points::Fixed(-6_000),
            vec![
                limit(Scope::Rule, Window::Day, 1),
                Limit { scope: Scope::Rule, window: Window::Month, at_most: AtMost::Points(10_000) },
            ],
            None,
        ),
        rule(
            "timeframe",
            vec![Pattern { answers: vec![(text("timeframe"), Test::Present)], ..Pattern::default() }],
            Points::Answer { question: text("timeframe"), by_value: vec![(text("3m"), 8_000), (text("6m"), 4_000)] },
            Vec::new(),
            None,
        ),
        rule(
            "rank",
            vec![pattern("event", "booth_visit")],
            Points::Property {
                name: text("rank"),
                by_value: vec![(text("A"), 6_000), (text("B"), 2_000), (text("C"), 0)],
            },
            vec![limit(Scope::Event, Window::Ever, 1)],
            None,
        ),
        rule(
            "attended",
            vec![pattern("event", "attended")],
            Points::Cases(vec![
                (
                    with_property(pattern("event", "attended"), "percent", Test::Between(Decimal::from_int(50), None)),
                    7_000,
                ),
                (pattern("event", "attended"), 2_500),
            ]),
            vec![limit(Scope::Event, Window::Month, 2)],
            None,
        ),
        rule(
            "no_show",
            vec![pattern("event", "no_show")],
            Points::Fixed(-1_500),
            vec![limit(Scope::Event, Window::Month, 1)],
            None,
        ),
        rule(
            "unsubscribe",
            vec![pattern("email", "unsubscribe")],
            Points::Fixed(-9_000),
            vec![limit(Scope::Rule, Window::Ever, 1)],
            None,
        ),
    ];
    let mut hand = rule(
        "hand",
        vec![pattern("web", "form_submit")],
        Points::Fixed(10_000),
        vec![limit(Scope::Rule, Window::Month, 1)],
        None,
    );
    hand.marks = Some(Mark::Hand);
    rules.push(hand);
    let mut third = rule("third view", vec![pattern("web", "page_view")], Points::Fixed(2_500), Vec::new(), Some(0));
    third.condition = Some(did(VIEW, Count::Times(3), Some(DAY)));
    rules.push(third);
    let mut compares = rule(
        "compares",
        Vec::new(),
        Points::Fixed(2_000),
        vec![limit(Scope::Rule, Window::Month, 2)],
        (n == 0).then_some(0),
    );
    compares.reading = Some(ReadingIx(if n == 2 { 1 } else { 0 }));
    rules.push(compares);
    let mut hesitates = rule("hesitates", Vec::new(), Points::Fixed(1_000), Vec::new(), None);
    hesitates.reading = Some(ReadingIx(2));
    hesitates.condition = Some(did(SEARCH, Count::Times(1), None));
    rules.push(hesitates);
    if n == 2 {
        // A version may forget a rule and order the others anew.
        rules.remove(3);
        rules.swap(0, 4);
    }
    let quiet = if later { 2 * DAY } else { 3 * DAY };
    let milestone = |mut stage: Stage, name: &str| {
        stage.milestone = Some(text(name));
        stage
    };
    let held = |mut stage: Stage, hold: i64| {
        stage.held = true;
        stage.hold = Some(Wait::Plain(hold));
        stage
    };
    let mut recycle = stage("recycle", vec![feedback(&["rejected", "lost"])], Vec::new());
    recycle.recycle = true;
    let competitor = Test::OneOf(vec![Value::text("competitor")]);
    let by_profile = Condition::Attribute(AttributeOf::Contact, text("exclude"), competitor);
    let mut excluded = stage("excluded", vec![entry(EntryBy::Profile, None, by_profile)], Vec::new());
    excluded.out = true;
    let ripe = || Condition::All(vec![at_least(0, 9), at_least(1, 4), Condition::Fit(vec![text("A"), text("U")])]);
    let touched = |pattern: Pattern| Condition::Touchpoint(vec![pattern]);
    let nurturing = if n == 2 { "warm" } else { "nurturing" };
    let acquisition = LifeCycle {
        name: text("acquisition"),
        label: label("acquisition"),
        of: AttributeOf::Contact,
        stages: vec![
            stage("early", Vec::new(), Vec::new()),
            stage(
                "late",
                vec![
                    entry(EntryBy::Score, None, at_least(0, 4)),
                    entry(EntryBy::Score, None, touched(pattern("event", "survey"))),
                ],
                vec![exit(0, below(0, 2), None)],
            ),
            milestone(
                stage(
                    nurturing,
                    vec![
                        entry(
                            EntryBy::Score,
                            None,
                            Condition::All(vec![
                                Condition::Known,
                                Condition::Not(Box::new(Condition::Fit(vec![text("D")]))),
                                Condition::Any(vec![
                                    Condition::Answer(text("issue"), Test::Present),
                                    Condition::AnyScoreAtLeast(interests.clone(), 3_000),
                                ]),
                            ]),
                        ),
                        entry(
                            EntryBy::Score,
                            Some(&[6]),
                            Condition::All(vec![Condition::ReturnDue, Condition::OwnTouchpoint]),
                        ),
                    ],
                    vec![exit(6, Condition::Quiet(quiet), Some("dormant"))],
                ),
                "MAL",
            ),
            milestone(
                stage(
                    "mql",
                    vec![
                        entry(EntryBy::Score, None, ripe()),
                        entry(EntryBy::Score, Some(&[6]), Condition::All(vec![Condition::ReturnDue, ripe()])),
                        entry(EntryBy::Hand, Some(&[0, 1, 2, 6]), touched(pattern("web", "form_submit"))),
                        entry(
                            EntryBy::Person,
                            None,
                            touched(with_property(
                                pattern("event", "booth_visit"),
                                "rank",
                                Test::OneOf(vec![Value::text("A")]),
                            )),
                        ),
                    ],
                    vec![exit(2, Condition::All(vec![below(0, 5), Condition::SinceMark(DAY)]), None)],
                ),
                "MQL",
            ),
            milestone(
                held(
                    stage(
                        "sal",
                        vec![feedback(&["accepted", "held"])],
                        vec![exit(6, Condition::HoldPassed { after: Wait::Plain(9 * HOUR) }, Some("hold_expired"))],
                    ),
                    2 * DAY,
                ),
                "SAL",
            ),
            milestone(held(stage("customer", vec![feedback(&["won"])], Vec::new()), 0), "won"),
            recycle,
            excluded,
        ],
        lasts_while: None,
    };
    let all_interests = interests.clone();
    let expansion = LifeCycle {
        name: text("expansion"),
        label: label("expansion"),
        of: AttributeOf::Contact,
        lasts_while: (n == 0).then(|| {
            let in_first = Condition::Segment(vec![SegmentIx(0)]);
            Condition::Any(vec![stood(&["customer", "mql"], None), in_first, stood(&["recycle"], Some(DAY))])
        }),
        stages: vec![
            stage("steady", Vec::new(), Vec::new()),
            stage(
                "signal",
                vec![
                    entry(EntryBy::Score, None, at_least(1, 3)),
                    entry(EntryBy::Score, None, Condition::Reading(ReadingIx(2))),
                ],
                vec![
                    exit(
                        2,
                        Condition::All(vec![did(VIEW, Count::Times(4), Some(DAY)), did_not(SEARCH, Some(2 * DAY))]),
                        None,
                    ),
                    exit(
                        0,
                        Condition::Not(Box::new(Condition::Any(vec![
                            at_least(1, 2),
                            Condition::Not(Box::new(Condition::SinceMark(DAY))),
                        ]))),
                        None,
                    ),
                    exit(
                        2,
                        Condition::All(vec![
                            Condition::Not(Box::new(Condition::AnyScoreAtLeast(interests, 2_000))),
                            at_least(0, 1),
                        ]),
                        None,
                    ),
                    exit(0, Condition::Not(Box::new(at_least(1, 1))), None),
                ],
            ),
            stage(
                "ready",
                vec![
                    entry(EntryBy::Score, None, at_least(2, 6)),
                    entry(
                        EntryBy::Association,
                        None,
                        Condition::All(vec![
                            Condition::Colleagues { at_least: 1, segment: SegmentIx(0) },
                            Condition::AccountStage { life_cycle: text("company"), stages: vec![text("engaged")] },
                        ]),
                    ),
                    // Time alone opens it.
                    entry(
                        EntryBy::Score,
                        None,
                        Condition::All(vec![Condition::Segment(vec![SegmentIx(1)]), Condition::Quiet(6 * HOUR)]),
                    ),
                ],
                vec![exit(
                    0,
                    Condition::Any(vec![
                        Condition::All(vec![Condition::Quiet(DAY), at_least(0, 1)]),
                        Condition::Quiet(2 * DAY),
                    ]),
                    None,
                )],
            ),
        ],
    };
    let mut gathering = reason("gathering", Some(2), None);
    gathering.no_score_entry_for = Some(2 * DAY);
    let mut later_reason = reason("later", Some(6), Some(4 * DAY));
    later_reason.returns_before_until = Some(DAY);
    let mut no_need = reason("no_need", Some(6), Some(5 * DAY));
    no_need.returns_when = Some(at_least(1, 6));
    let reasons = vec![
        reason("dormant", Some(6), Some(0)),
        reason("hold_expired", Some(6), Some(DAY)),
        reason("not_target", Some(7), None),
        Reason { is_passed_on: true, ..reason("existing_deal", None, None) },
        reason("trust", Some(6), None),
        gathering,
        later_reason,
        no_need,
    ];
    let mut life_cycles = vec![acquisition];
    if n != 1 {
        life_cycles.push(expansion);
        life_cycles.push(super::groups::company(n));
    }
    let assets = [
        asset("a", Some(0), Issues::These(vec![IssueIx(0)]), &[0, 1, 2], &["web", "email"]),
        asset("b", (n < 2).then_some(1), Issues::General, &[0, 1, 2, 3], &["email", "call"]),
        Asset { when: Some(at_least(1, 3)), ..asset("c", None, Issues::All, &[1, 2, 3, 6], &["event"]) },
        asset("d", None, Issues::General, &[2, 3, 4], &["inside_sales", "sales"]),
    ];
    let hash = format!("v{n}");
    let behaviours = behaviours(n);
    Model {
        hash: text(&hash),
        name: text("small"),
        label: text(&hash),
        zone: jiff::tz::TimeZone::get("Asia/Tokyo").expect("bundled"),
        calendars: Vec::new(),
        calendar: None,
        fiscal_year_end: None,
        solutions,
        scores,
        groups,
        index: Index::build((0..).map(RuleIx).zip(rules.iter().map(|rule| rule.when.as_slice()))),
        rules,
        behaviour_index: Index::build((0..).map(BehaviourIx).zip(behaviours.iter().map(Behaviour::patterns))),
        behaviours,
        readings: readings(n),
        segments: segments(n, &all_interests),
        tiers: tiers(n),
        issues: vec![(text("downtime"), label("downtime"))],
        attributes: Vec::new(),
        answers: vec![(text("size"), AttributeOf::Account, text("employees"))],
        page_classes: Vec::new(),
        pages: Pages::default(),
        asset_by_name: assets.iter().enumerate().map(|(at, asset)| (asset.name.clone(), AssetIx(at as u16))).collect(),
        assets: assets.to_vec(),
        campaign_solutions: HashMap::new(),
        campaign_assets: HashMap::new(),
        own: vec![
            Pattern { channels: vec![text("web")], ..Pattern::default() },
            pattern("email", "open"),
            pattern("email", "click"),
            Pattern { channels: vec![text("event")], ..Pattern::default() },
        ],
        bursts: (n < 2).then(|| burst(2 + usize::from(n))).into_iter().collect(),
        ignored: vec![Pattern {
            properties: vec![(text("machine"), Test::OneOf(vec![Value::Bool(true)]))],
            ..Pattern::default()
        }],
        fit: Fit {
            criteria: vec![FitCriterion {
                attribute: text("employees"),
                of: vec![AttributeOf::Contact, AttributeOf::Account],
                points: vec![(Test::Between(Decimal::from_int(300), None), 60_000), (Test::Present, 10_000)],
                key: true,
            }],
            grades: vec![(text("A"), 50_000), (text("D"), i64::MIN)],
            unknown: text("U"),
            known_min: 1,
        },
        reason_by_code: reasons
            .iter()
            .enumerate()
            .map(|(at, r): (usize, &Reason)| (r.code.clone(), at as u16))
            .collect(),
        life_cycles,
        programmes: super::sequences::programmes(n),
        teams: super::handed::teams(n),
        handoffs: super::handed::handoffs(n),
        handing_over: super::handed::handing_over(),
        sending: super::sequences::sending(n),
        variants: Vec::new(),
        reasons,
        account_score: Some(AccountScore { of: ScoreIx(0), member_cap: 9_000, anonymous_cap: 3_000 }),
    }
}

/// So many links of a mail within half an hour, and its opens half an hour before.
fn burst(at_least: usize) -> Burst {
    Burst {
        of: pattern("email", "click"),
        distinct: text("url"),
        per: Some(text("message_id")),
        at_least,
        within: HOUR / 2,
        before: Some((pattern("email", "open"), HOUR / 2)),
    }
}
