//! The default playbook says what its tables say: the lists below are copied from them by hand.

mod common;

use common::{default_model, form, page_view, points, touchpoint};
use playbook::model::{AtMost, Condition, EntryBy, Limit, Mark, Scope, Test, Wait, Window};
use touchpoint::{Decimal, Direction, Text, Touchpoint, Value};

const DAY: i64 = 86_400_000;

fn with(mut touchpoint: Touchpoint, change: impl FnOnce(&mut Touchpoint)) -> Touchpoint {
    change(&mut touchpoint);
    touchpoint
}

fn content(name: &str) -> impl FnOnce(&mut Touchpoint) {
    move |touchpoint| touchpoint.content = Some(Text::new(name))
}

fn percent(percent: i64) -> impl FnOnce(&mut Touchpoint) {
    move |touchpoint| touchpoint.properties.set("percent", Value::Number(Decimal::from_int(percent).expect("small")))
}

fn answer(question: &'static str, answer: &'static str) -> impl FnOnce(&mut Touchpoint) {
    move |touchpoint| touchpoint.answers.set(question, Value::text(answer))
}

fn said(disposition: &str) -> Touchpoint {
    with(touchpoint("call", "connected"), |call| call.disposition = Some(Text::new(disposition)))
}

fn rank(rank: &str) -> Touchpoint {
    with(touchpoint("event", "booth_visit"), |visit| visit.properties.set("rank", Value::text(rank)))
}

#[test]
fn it_loads_without_a_warning() {
    let model = default_model();
    assert_eq!((model.name.as_str(), model.label.as_str()), ("default", "1"));
    assert_eq!(model.zone.iana_name(), Some("Asia/Tokyo"));
    assert_eq!(model.hash.len(), 64);
}

#[test]
fn each_touchpoint_gives_the_points_of_its_row() {
    let model = default_model();
    let page = |path: &str| page_view(&format!("https://www.example.co.jp{path}"));
    let download = |name| with(touchpoint("web", "download"), content(name));
    let rows: Vec<(Touchpoint, &[(&str, i64)])> = vec![
        (page("/about"), &[("S01", 1)]),
        (page("/contact"), &[("S01", 1)]),
        (page("/products/maintenance/mobile"), &[("S02", 2)]),
        (page("/solutions/late-delivery"), &[("S02", 2)]),
        (touchpoint("web", "search"), &[("S03", 2)]),
        (page("/cases/acme"), &[("S04", 3)]),
        (page("/pricing"), &[("S05", 5)]),
        (page("/specs/planning"), &[("S06", 4)]),
        (page("/compare"), &[("S06", 4)]),
        (page("/security/iso27001"), &[("S06", 4)]),
        (with(touchpoint("web", "video_view"), percent(75)), &[("S07", 6)]),
        (with(touchpoint("web", "video_view"), percent(74)), &[]),
        (touchpoint("web", "chat"), &[("S08", 8)]),
        (with(touchpoint("web", "chat"), |chat| chat.properties.set("question", Value::Bool(false))), &[]),
        (download("wp-skill"), &[("S09", 8)]),
        (download("art-stop"), &[("S09", 8)]),
        (with(form("download"), content("wp-skill")), &[("S09", 8)]),
        (download("case-mid"), &[("S10", 10)]),
        (download("compare-m"), &[("S10", 10)]),
        (form("document_request"), &[("S11", 15)]),
        (form("newsletter"), &[("S12", 5)]),
        (form("trial"), &[("S13", 30)]),
        (form("inquiry"), &[("S14", 50)]),
        (form("quote"), &[("S14", 50)]),
        (form("demo"), &[("S14", 50)]),
        (with(touchpoint("call", "voicemail"), |call| call.direction = Some(Direction::In)), &[("S14", 50)]),
        (touchpoint("event", "consultation"), &[("S14", 50)]),
        (touchpoint("email", "open"), &[("S15", 1)]),
        (touchpoint("email", "click"), &[("S16", 3)]),
        (touchpoint("email", "reply"), &[("S17", 15)]),
        (touchpoint("email", "auto_reply"), &[]),
        (touchpoint("email", "unsubscribe"), &[("S18.unsubscribe", -20)]),
        (touchpoint("email", "spam_report"), &[("S18.spam_report", -50)]),
        (touchpoint("event", "registered"), &[("S19", 8)]),
        (touchpoint("event", "attended"), &[("S20", 20)]),
        (with(touchpoint("event", "attended"), percent(50)), &[("S20", 20)]),
        (with(touchpoint("event", "attended"), percent(49)), &[("S20", 10)]),
        (with(touchpoint("event", "on_demand_viewed"), percent(50)), &[("S20", 10)]),
        (with(touchpoint("event", "on_demand_viewed"), percent(49)), &[]),
        (touchpoint("event", "cancelled"), &[("S21", -4)]),
        (touchpoint("event", "no_show"), &[("S21", -4)]),
        (touchpoint("event", "booth_visit"), &[("S22", 5)]),
        (touchpoint("event", "card_scan"), &[("S22", 5)]),
        (rank("A"), &[("S22", 5), ("S23", 20)]),
        (rank("B"), &[("S22", 5), ("S23", 10)]),
        (rank("C"), &[("S22", 5), ("S23", 0)]),
        (touchpoint("event", "survey"), &[("S24", 5)]),
        (touchpoint("call", "connected"), &[("S25.connected", 10)]),
        (touchpoint("call", "no_answer"), &[]),
        (said("interested"), &[("S25.connected", 10), ("S25.interested", 25)]),
        (said("appointment"), &[("S25.connected", 10), ("S25.appointment", 0)]),
        (said("callback"), &[("S25.connected", 10), ("S25.callback", 15)]),
        (said("material_requested"), &[("S25.connected", 10), ("S25.material_requested", 10)]),
        (said("no_need"), &[("S25.connected", 10), ("S25.no_need", -20)]),
        (said("not_interested"), &[("S25.connected", 10), ("S25.no_need", -20)]),
        (touchpoint("direct_mail", "responded"), &[("S26", 10)]),
        (touchpoint("store", "visited"), &[("S26", 10)]),
        (page("/careers/engineer"), &[("S27", -10)]),
        (page("/ir/2026"), &[]),
        (page("/login"), &[]),
        (page("/unsubscribe"), &[]),
        (with(touchpoint("crm", "note"), answer("timeframe", "3m")), &[("S28.timeframe", 25)]),
        (with(touchpoint("crm", "note"), answer("timeframe", "6m")), &[("S28.timeframe", 15)]),
        (with(touchpoint("crm", "note"), answer("timeframe", "12m")), &[("S28.timeframe", 5)]),
        (with(touchpoint("crm", "note"), answer("timeframe", "later")), &[("S28.timeframe", 0)]),
        (with(touchpoint("crm", "note"), answer("budget", "secured")), &[("S28.budget", 15)]),
        (with(touchpoint("crm", "note"), answer("authority", "decision_maker")), &[("S28.authority", 10)]),
        (with(touchpoint("crm", "note"), answer("authority", "approver")), &[("S28.authority", 10)]),
        (with(touchpoint("crm", "note"), answer("authority", "user")), &[("S28.authority", 0)]),
        (with(touchpoint("crm", "note"), answer("need", "stated")), &[("S28.need", 15)]),
        (touchpoint("web", "unheard_of"), &[]),
    ];
    for (seen, expected) in rows {
        let expected: Vec<(String, i64)> = expected.iter().map(|(id, p)| ((*id).to_owned(), p * 1_000)).collect();
        assert_eq!(points(&model, &seen), expected, "{} {} {:?}", seen.channel, seen.kind, seen.properties);
    }
}

#[test]
fn limits_and_groups_are_those_of_the_table() {
    let model = default_model();
    let once = |scope, window| Limit { scope, window, at_most: AtMost::Times(1) };
    let asset_day = || vec![once(Scope::Asset, Window::Day)];
    let per = |window| vec![once(Scope::Rule, window)];
    let event = || vec![once(Scope::Event, Window::Ever)];
    let rows: &[(&str, Vec<Limit>, Option<&str>)] = &[
        ("S01", asset_day(), Some("browse")),
        ("S02", asset_day(), Some("browse")),
        ("S03", per(Window::Day), Some("browse")),
        ("S04", asset_day(), Some("intent")),
        ("S05", per(Window::Day), Some("intent")),
        ("S06", asset_day(), Some("intent")),
        ("S07", vec![once(Scope::Asset, Window::Ever)], Some("intent")),
        ("S08", per(Window::Day), Some("intent")),
        ("S09", vec![once(Scope::Asset, Window::Ever)], Some("content")),
        ("S10", vec![once(Scope::Asset, Window::Ever)], Some("content")),
        ("S11", per(Window::Month), Some("content")),
        ("S12", per(Window::Ever), Some("content")),
        ("S13", vec![once(Scope::Product, Window::Ever)], None),
        ("S14", per(Window::Month), None),
        (
            "S15",
            vec![
                once(Scope::Message, Window::Ever),
                Limit { scope: Scope::Rule, window: Window::Month, at_most: AtMost::Times(3) },
            ],
            Some("email"),
        ),
        ("S16", vec![once(Scope::Message, Window::Ever)], Some("email")),
        ("S17", per(Window::Month), None),
        ("S18.unsubscribe", per(Window::Ever), None),
        ("S18.spam_report", per(Window::Ever), None),
        ("S19", event(), Some("event")),
        ("S20", event(), Some("event")),
        ("S21", event(), Some("event")),
        ("S22", event(), Some("event")),
        ("S23", event(), Some("event")),
        ("S23.judged", vec![], None),
        ("S24", event(), Some("event")),
        ("S25.connected", per(Window::Day), None),
        ("S25.interested", per(Window::Month), None),
        ("S25.appointment", vec![], None),
        ("S25.callback", per(Window::Month), None),
        ("S25.material_requested", per(Window::Month), None),
        ("S25.no_need", per(Window::Month), None),
        ("S26", per(Window::Day), Some("other")),
        (
            "S27",
            vec![
                once(Scope::Rule, Window::Day),
                Limit { scope: Scope::Rule, window: Window::Month, at_most: AtMost::Points(20_000) },
            ],
            None,
        ),
        ("S28.timeframe", vec![], None),
        ("S28.budget", vec![], None),
        ("S28.authority", vec![], None),
        ("S28.need", vec![], None),
        ("P1", per(Window::Month), None),
        ("P2", per(Window::Quarter), None),
        ("P5", vec![], None),
    ];
    assert_eq!(model.rules.len(), rows.len());
    for (rule, (id, limits, group)) in model.rules.iter().zip(rows) {
        let in_group = rule.group.map(|group| model.groups[usize::from(group.0)].name.as_str());
        assert_eq!((rule.id.as_str(), &rule.limits, in_group), (*id, limits, *group));
    }
    let caps: Vec<(&str, i64)> = model.groups.iter().map(|group| (group.name.as_str(), group.cap / 1_000)).collect();
    assert_eq!(caps, [("browse", 10), ("intent", 25), ("content", 40), ("email", 12), ("event", 50), ("other", 20)]);
    assert!(model.groups.iter().all(|group| group.window == Window::Month));
}

#[test]
fn raised_hands_and_peoples_words_are_marked() {
    let model = default_model();
    let marked = |mark| {
        let rules = model.rules.iter().filter(move |rule| rule.marks == Some(mark));
        rules.map(|rule| rule.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(marked(Mark::Hand), ["S14"]);
    assert_eq!(marked(Mark::Person), ["S23.judged", "S25.interested", "S25.appointment"]);
    let soon = with(rank("A"), answer("timeframe", "6m"));
    assert!(points(&model, &soon).iter().any(|(id, _)| id == "S23.judged"));
    let later = with(rank("A"), answer("timeframe", "12m"));
    assert!(!points(&model, &later).iter().any(|(id, _)| id == "S23.judged"));
}

#[test]
fn scores_fade_as_the_page_says() {
    let model = default_model();
    let scores: Vec<_> = model
        .scores
        .iter()
        .map(|score| {
            (score.name.as_str(), score.half_life / DAY, score.floor, score.ceiling, score.solution.map(|s| s.0))
        })
        .collect();
    assert_eq!(
        scores,
        [
            ("behaviour", 60, 0, 200_000, None),
            ("heat", 14, 0, 200_000, None),
            ("interest.planning", 90, 0, 200_000, Some(0)),
            ("interest.maintenance", 90, 0, 200_000, Some(1)),
        ]
    );
    let account = model.account_score.unwrap();
    assert_eq!((account.of.0, account.member_cap, account.anonymous_cap), (0, 60_000, 5_000));
}

#[test]
fn machines_our_own_people_and_tests_are_ignored() {
    let model = default_model();
    let is = |patterns: &[playbook::model::Pattern], seen: &Touchpoint| {
        patterns.iter().any(|pattern| pattern.matches(&model, seen, &model.resolve(seen)))
    };
    for name in ["machine", "internal", "test"] {
        let flagged = with(touchpoint("email", "click"), |click| click.properties.set(name, Value::Bool(true)));
        assert!(is(&model.ignored, &flagged), "{name}");
        let unflagged = with(touchpoint("email", "click"), |click| click.properties.set(name, Value::Bool(false)));
        assert!(!is(&model.ignored, &unflagged), "{name}");
    }
    assert!(is(&model.ignored, &touchpoint("email", "auto_reply")));
    for (channel, kind, own) in [
        ("web", "page_view", true),
        ("email", "click", true),
        ("email", "sent", false),
        ("email", "bounce", false),
        ("email", "unsubscribe", false),
        ("call", "connected", true),
        ("call", "no_answer", false),
        ("event", "attended", true),
        ("event", "invited", false),
        ("event", "no_show", false),
        ("crm", "meeting_held", true),
        ("crm", "lost", false),
        ("profile", "updated", false),
        ("ad", "impression", false),
        ("ad", "click", true),
    ] {
        assert_eq!(is(&model.own, &touchpoint(channel, kind)), own, "{channel} {kind}");
    }
}

#[test]
fn fit_adds_up_to_the_grades_of_the_examples() {
    let model = default_model();
    let fit = &model.fit;
    let grades: Vec<(&str, i64)> = fit.grades.iter().map(|(grade, lowest)| (grade.as_str(), *lowest)).collect();
    assert_eq!(grades, [("A", 60_000), ("B", 40_000), ("C", 20_000), ("D", i64::MIN)]);
    assert_eq!((fit.unknown.as_str(), fit.known_min), ("U", 2));
    let keys: Vec<&str> = fit.criteria.iter().filter(|c| c.key).map(|c| c.attribute.as_str()).collect();
    assert_eq!(keys, ["industry", "employees", "rank", "function"]);
    let points = |attribute: &str, value: Value| {
        let criterion = fit.criteria.iter().find(|criterion| criterion.attribute == attribute).unwrap();
        criterion.points.iter().find(|(test, _)| test.holds(Some(&value))).map_or(0, |(_, points)| points / 1_000)
    };
    let people = |count| Value::Number(Decimal::from_int(count).unwrap());
    for (attribute, value, expected) in [
        ("industry", Value::text("machinery"), 20),
        ("industry", Value::text("食品"), 10),
        ("industry", Value::text("retail"), 0),
        ("employees", people(300), 20),
        ("employees", people(299), 15),
        ("employees", people(100), 15),
        ("employees", people(99), 10),
        ("employees", people(30), 10),
        ("employees", people(29), 0),
        ("rank", Value::text("部長"), 20),
        ("rank", Value::text("課長"), 15),
        ("rank", Value::text("主任"), 8),
        ("rank", Value::text("staff"), 5),
        ("function", Value::text("production"), 20),
        ("function", Value::text("quality"), 10),
        ("region", Value::text("中部"), 10),
        ("named", Value::Bool(true), 20),
        ("named", Value::Bool(false), 0),
        ("private_mail", Value::Bool(true), -10),
    ] {
        assert_eq!(points(attribute, value.clone()), expected, "{attribute} {value:?}");
    }
}

#[test]
fn stages_stand_in_their_order_with_their_owners() {
    let model = default_model();
    let cycle = &model.life_cycles[0];
    let names: Vec<&str> = model.life_cycles.iter().map(|life_cycle| life_cycle.name.as_str()).collect();
    assert_eq!(names, ["acquisition", "expansion", "account"]);
    let stages: Vec<_> = cycle
        .stages
        .iter()
        .map(|s| (s.name.as_str(), s.owner.as_str(), s.milestone.as_deref().unwrap_or(""), s.held, s.recycle, s.out))
        .collect();
    assert_eq!(
        stages,
        [
            ("early", "marketing", "", false, false, false),
            ("late", "marketing", "", false, false, false),
            ("nurturing", "marketing", "MAL", false, false, false),
            ("mql", "by_coverage", "MQL", false, false, false),
            ("sal", "by_coverage", "SAL", true, false, false),
            ("sql", "sales", "SQL", true, false, false),
            ("opportunity", "sales", "opportunity", true, false, false),
            ("customer", "success", "won", true, false, false),
            ("advocate", "success", "", true, false, false),
            ("recycle", "marketing", "", false, true, false),
            ("excluded", "none", "", false, false, true),
        ]
    );
    assert_eq!(cycle.stages[4].hold, Some(Wait::Business { days: 20, millis: 0 }));
}

#[test]
fn exits_lead_back_as_the_table_says() {
    let model = default_model();
    let stages = &model.life_cycles[0].stages;
    let exits: Vec<_> = stages
        .iter()
        .flat_map(|stage| stage.exits.iter().map(move |exit| (stage, exit)))
        .map(|(stage, exit)| {
            let to = stages[usize::from(exit.to.0)].name.as_str();
            (stage.name.as_str(), to, exit.reason.as_deref().unwrap_or(""), exit.when.clone())
        })
        .collect();
    let behaviour = playbook::model::ScoreIx(0);
    let nps = Test::Between(None, Decimal::from_int(6));
    let (association, exits): (Vec<_>, Vec<_>) = exits.into_iter().partition(|(from, ..)| *from == "customer");
    let to: Vec<_> = association.iter().map(|(_, to, reason, _)| (*to, *reason)).collect();
    assert_eq!(to, [("recycle", "churned"), ("nurturing", "no_colleague")]);
    let by_association = Condition::CameBy { life_cycle: Text::new("acquisition"), by: vec![EntryBy::Association] };
    for (.., when) in association {
        let Condition::All(parts) = when else { panic!("{when:?}") };
        assert!(parts.contains(&by_association), "who bought leaves by the word of success alone: {parts:?}");
    }
    assert_eq!(
        exits,
        [
            // Beyond the table: a form without points would open the stage and leave it at once.
            (
                "late",
                "early",
                "",
                Condition::All(vec![Condition::ScoreBelow(behaviour, 3_000), Condition::Quiet(30 * DAY)]),
            ),
            ("nurturing", "recycle", "dormant", Condition::Quiet(180 * DAY)),
            (
                "mql",
                "nurturing",
                "",
                Condition::All(vec![
                    Condition::ScoreBelow(behaviour, 40_000),
                    Condition::SinceMark(30 * DAY),
                    Condition::Not(Box::new(Condition::HandoffOpen)),
                ])
            ),
            (
                "mql",
                "recycle",
                "unattended",
                Condition::HandoffBreached { stood_for: Some(Wait::Business { days: 10, millis: 0 }) },
            ),
            ("sal", "recycle", "hold_expired", Condition::HoldPassed { after: Wait::Business { days: 5, millis: 0 } }),
            (
                "advocate",
                "customer",
                "",
                Condition::Attribute(playbook::model::AttributeOf::Contact, Text::new("nps"), nps)
            ),
        ]
    );
}

#[test]
fn feedback_opens_the_stages_of_sales() {
    let model = default_model();
    let stages = &model.life_cycles[0].stages;
    let mut opened = Vec::new();
    for stage in stages {
        for entry in stage.entries.iter().filter(|entry| entry.by == EntryBy::Feedback) {
            let Condition::Feedback { kinds, reasons } = &entry.when else { panic!("{:?}", entry.when) };
            assert!(reasons.is_empty());
            opened.extend(kinds.iter().map(|kind| (kind.to_string(), stage.name.to_string())));
        }
    }
    let expected = [
        ("accepted", "sal"),
        ("held", "sal"),
        ("meeting_booked", "sal"),
        ("qualified", "sql"),
        ("opportunity_created", "opportunity"),
        ("opportunity_stage", "opportunity"),
        ("won", "customer"),
        ("rejected", "recycle"),
        ("lost", "recycle"),
        ("churned", "recycle"),
    ];
    assert_eq!(opened, expected.map(|(kind, stage)| (kind.to_owned(), stage.to_owned())));
}

#[test]
fn mql_opens_by_score_by_hand_and_by_person() {
    let model = default_model();
    let mql = &model.life_cycles[0].stages[3];
    let by: Vec<EntryBy> = mql.entries.iter().map(|entry| entry.by).collect();
    assert_eq!(by, [EntryBy::Hand, EntryBy::Person, EntryBy::Person, EntryBy::Score, EntryBy::Score]);
    let (behaviour, heat) = (playbook::model::ScoreIx(0), playbook::model::ScoreIx(1));
    let level = |least, grades: [&str; 2]| {
        Condition::All(vec![
            Condition::ScoreAtLeast(behaviour, least),
            Condition::ScoreAtLeast(heat, 20_000),
            Condition::Fit(grades.map(Text::new).to_vec()),
        ])
    };
    assert_eq!(mql.entries[3].when, Condition::Any(vec![level(60_000, ["A", "B"]), level(90_000, ["C", "U"])]));
    assert_eq!(mql.entries[3].from, None, "from every earlier stage");
    let hand = &mql.entries[0];
    let from: Vec<&str> = hand
        .from
        .iter()
        .flatten()
        .map(|stage| model.life_cycles[0].stages[usize::from(stage.0)].name.as_str())
        .collect();
    assert_eq!(from, ["early", "late", "nurturing", "recycle"]);
    // The stage opens by what the rule of the raised hand marks, and by nothing else.
    let Condition::Touchpoint(patterns) = &hand.when else { panic!("{:?}", hand.when) };
    let s14 = model.rules.iter().find(|rule| rule.id == "S14").unwrap();
    assert_eq!(patterns, &s14.when);
}

#[test]
fn reasons_wait_as_the_table_says() {
    let model = default_model();
    let stages = &model.life_cycles[0].stages;
    let rows: Vec<_> = model
        .reasons
        .iter()
        .map(|reason| {
            let to = reason.to.map_or("", |to| stages[usize::from(to.0)].name.as_str());
            let days = |wait: Option<i64>| wait.map(|wait| wait / DAY);
            (
                reason.code.as_str(),
                to,
                days(reason.returns_after),
                days(reason.no_score_entry_for),
                reason.returns_when.is_some(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("not_target", "excluded", None, None, false),
            ("duplicate", "", None, None, false),
            ("existing_deal", "", None, None, false),
            ("wrong_person", "nurturing", None, Some(60), false),
            ("gathering", "nurturing", None, Some(60), false),
            ("no_contact", "recycle", Some(90), None, true),
            ("later", "recycle", Some(180), None, false),
            ("no_need", "recycle", Some(270), None, true),
            ("budget", "recycle", Some(270), None, true),
            ("price", "recycle", Some(180), None, true),
            ("status_quo", "recycle", Some(270), None, true),
            ("competitor", "recycle", Some(540), None, true),
            ("feature", "recycle", Some(365), None, true),
            ("approval", "recycle", Some(270), None, true),
            ("in_house", "recycle", Some(365), None, true),
            ("person_left", "recycle", Some(30), None, false),
            ("cancelled", "recycle", Some(365), None, true),
            ("trust", "recycle", None, None, false),
            ("dormant", "recycle", Some(0), None, false),
            ("unattended", "recycle", Some(0), None, false),
            ("hold_expired", "recycle", Some(30), None, true),
            ("no_colleague", "nurturing", None, None, false),
            ("churned", "recycle", Some(180), None, false),
        ]
    );
    let later = &model.reasons[usize::from(model.reason_by_code["later"])];
    assert_eq!(later.returns_before_until, Some(60 * DAY));
}

#[test]
fn every_page_view_fits_at_most_one_page_rule() {
    let model = default_model();
    for (prefix, _) in model.pages.iter() {
        let given = points(&model, &page_view(&format!("https://www.example.co.jp{prefix}")));
        assert!(given.len() <= 1, "{prefix}: {given:?}");
    }
}
