//! Every sentence of the language, and what it becomes.

mod common;

use common::{form, page_view, points, small_model, touchpoint};
use playbook::model::{
    AttributeOf, Condition, DateOf, DateSpan, EntryBy, IssueIx, Issues, Mark, Model, Points, Reach, ScoreIx, SegmentIx,
    Stage, StageIx, Test, TierIx, Wait, Window,
};
use touchpoint::{Decimal, Text, Value};

const DAY: i64 = 86_400_000;

fn text(text: &str) -> Text {
    Text::new(text)
}

fn number(text: &str) -> Option<Decimal> {
    Decimal::parse(text)
}

/// A playbook whose only rule reads like this.
fn rule(rule: &str) -> Model {
    small_model(&format!("groups: {{}}\nrules: {{R1: {{label: Rule, {rule}}}}}\n"))
}

/// A condition as it is compiled.
fn condition(condition: &str) -> Condition {
    let fit = "fit:\n  criteria: {rank: {of: contact, key: true, points: [{is: staff, points: 60}]}}\n  \
               grades: {A: 60, B: 40}\n  lowest: C\n  unknown: U\n  known_at_least: 1\n";
    let stages = "early: {label: E, phase: p, owner: marketing}";
    let exits =
        format!("exits: [{{to: early, when: {condition}}}], entries: [{{by: feedback, when: {{feedback: lost}}}}]");
    let late = "late: {label: L, phase: p, owner: marketing, entries: [{by: feedback, when: {feedback: accepted}}]}";
    let stages = format!("{{{stages}, box: {{label: B, phase: p, owner: marketing, recycle: true, {exits}}}, {late}}}");
    let model = small_model(&format!("life_cycles: {{acquisition: {{label: A, stages: {stages}}}}}\n{fit}"));
    model.life_cycles[0].stages[1].exits[0].when.clone()
}

/// The test of a property.
fn test(written: &str) -> Test {
    rule(&format!("when: {{properties: {{p: {written}}}}}, points: 1")).rules[0].when[0].properties[0].1.clone()
}

fn stage(words: &str) -> Stage {
    let model = small_model(&format!(
        "life_cycles:\n  acquisition:\n    label: {{ja: 獲得, en: Acquisition}}\n    stages:\n      \
         early: {{label: Early, phase: p, owner: marketing}}\n      \
         late: {{label: {{ja: 後期, en: Late}}, phase: generation, owner: inside_sales, {words}}}\n      \
         box: {{label: Box, phase: p, owner: marketing, recycle: true}}\n"
    ));
    model.life_cycles[0].stages[1].clone()
}

#[test]
fn a_label_is_one_text_or_one_for_each_language() {
    let model = small_model("issues: {a: {label: MQL}}\n");
    let solution = &model.solutions[0].label;
    assert_eq!((solution.ja.as_str(), solution.en.as_str()), ("生産計画", "Planning"));
    let rule = &model.rules[0].label;
    assert_eq!((rule.ja.as_str(), rule.en.as_str()), ("Page", "Page"));
}

#[test]
fn the_header_names_the_playbook() {
    let model = small_model("playbook: {name: factory, label: 2026.10, time_zone: Europe/Berlin}\n");
    assert_eq!((model.name.as_str(), model.label.as_str()), ("factory", "2026.10"));
    assert_eq!(model.zone.iana_name(), Some("Europe/Berlin"));
}

#[test]
fn words_of_ones_own_are_known_afterwards() {
    let own = "vocabulary:\n  channels: {fax: [received], web: [quiz]}\n  dispositions: [curious]\n  \
               purposes: [tour]\n  questions: {fleet: [small, large], timeframe: [2y]}\n";
    for when in [
        "{channel: fax, kind: received}",
        "{channel: web, kind: [quiz, page_view]}",
        "{kind: received}",
        "{disposition: curious}",
        "{purpose: [tour, quote]}",
        "{answers: {fleet: large, timeframe: [2y, 3m]}}",
        "{answers: {issue: downtime}}",
        "{channel: call, disposition_not: [curious, no_need]}",
    ] {
        let model = small_model(&format!("{own}rules: {{R1: {{label: R, when: {when}, points: 1, group: browse}}}}\n"));
        assert_eq!(model.rules[0].when.len(), 1, "{when}");
    }
}

#[test]
fn pages_content_and_campaigns_say_what_a_touchpoint_is_about() {
    let model = small_model(
        "pages:\n  /pricing: {class: pricing}\n  /cases: {class: case, content: acme}\n  /p: {solution: planning}\n\
         content:\n  acme: {title: {ja: 事例, en: Acme}, type: case, solution: maintenance, issue: downtime}\n\
         campaigns:\n  expo: {label: Expo, solution: planning}\n  news: {label: News}\n",
    );
    let asset = &model.assets[0];
    assert_eq!((asset.name.as_str(), asset.kind.as_str()), ("acme", "case"));
    assert_eq!(asset.issues, Issues::These(vec![IssueIx(0)]));
    assert_eq!((asset.label.ja.as_str(), asset.solution.map(|solution| solution.0)), ("事例", Some(1)));
    let case = model.resolve(&page_view("/cases/acme"));
    assert_eq!((case.asset.map(|asset| asset.0), case.solution.map(|solution| solution.0)), (Some(0), Some(1)));
    assert_eq!(model.resolve(&page_view("/p/q")).solution.map(|solution| solution.0), Some(0));
    let campaigns: Vec<_> =
        model.campaign_solutions.iter().map(|(name, solution)| (name.as_str(), solution.0)).collect();
    assert_eq!(campaigns, [("expo", 0)]);
}

#[test]
fn own_and_ignored_touchpoints_are_patterns() {
    let model =
        small_model("touchpoints: {own: [{channel: web}, {kind: reply}], ignored: [{properties: {test: true}}]}\n");
    assert_eq!((model.own.len(), model.ignored.len()), (2, 1));
    assert_eq!(model.own[1].kinds, ["reply"]);
    assert_eq!(model.ignored[0].properties, [(text("test"), Test::OneOf(vec![Value::Bool(true)]))]);
}

#[test]
fn a_burst_says_of_what_how_many_are_too_many_at_a_time() {
    let model = small_model(
        "touchpoints: {bursts: [{of: {channel: email, kind: click}, distinct: url, per: message_id, at_least: 3, within: 2s, \
         before: {of: {channel: email, kind: open}, within: 5min}}]}\n",
    );
    let [burst] = model.bursts.as_slice() else { panic!("{:?}", model.bursts) };
    assert_eq!((burst.at_least, burst.within, burst.reach()), (3, 2_000, 302_000));
    assert_eq!((burst.distinct.as_str(), burst.per.as_deref()), ("url", Some("message_id")));
    assert!(burst.concerns(&text("email"), &text("open")) && !burst.concerns(&text("web"), &text("open")));
}

#[test]
fn a_score_stands_for_all_or_once_per_solution() {
    let model = small_model(
        "scores:\n  behaviour: {label: B, half_life: 1w, at_least: -5, at_most: 99.5}\n  \
         interest: {label: {ja: 関心, en: Interest}, half_life: 36h, at_most: 200, per: solution}\n",
    );
    let scores: Vec<_> = model.scores.iter().map(|s| (s.name.as_str(), s.half_life, s.floor, s.ceiling)).collect();
    assert_eq!(
        scores,
        [
            ("behaviour", 7 * DAY, -5_000, 99_500),
            ("interest.planning", 36 * 3_600_000, 0, 200_000),
            ("interest.maintenance", 36 * 3_600_000, 0, 200_000),
        ]
    );
    assert_eq!(model.scores[2].label.ja, "関心(設備保全)");
    assert_eq!(model.scores[2].label.en, "Interest (Maintenance)");
    assert_eq!(model.scores[2].solution.map(|solution| solution.0), Some(1));
}

#[test]
fn a_group_has_a_cap_in_a_calendar_window() {
    for (per, window) in
        [("day", Window::Day), ("month", Window::Month), ("quarter", Window::Quarter), ("ever", Window::Ever)]
    {
        let model = small_model(&format!("groups: {{browse: {{cap: 2.5, per: {per}}}}}\n"));
        assert_eq!((model.groups[0].cap, model.groups[0].window), (2_500, window));
    }
}

#[test]
fn points_are_decimals_of_three_digits() {
    for (written, milli) in [("5", 5_000), ("+5", 5_000), ("-20", -20_000), ("0.125", 125), ("1e1", 10_000)] {
        let model = rule(&format!("when: {{kind: open}}, points: {written}"));
        assert!(matches!(model.rules[0].points, Points::Fixed(points) if points == milli), "{written}");
    }
}

#[test]
fn points_go_by_the_answer_to_a_question() {
    let model = rule("points: {answer: timeframe, values: {3m: 25, 6m: 15}}");
    let mut seen = touchpoint("call", "connected");
    assert_eq!(points(&model, &seen), []);
    for (answer, milli) in [("3m", 25_000), ("6m", 15_000), ("later", 0)] {
        seen.answers.set("timeframe", Value::text(answer));
        assert_eq!(points(&model, &seen), [("R1".to_owned(), milli)], "{answer}");
    }
}

#[test]
fn points_go_by_a_property() {
    let model = rule("when: {kind: booth_visit}, points: {property: rank, values: {A: 20, 2: 10, true: 1}}");
    let mut seen = touchpoint("event", "booth_visit");
    assert_eq!(points(&model, &seen), []);
    let two = Value::Number(number("2.0").expect("2"));
    for (value, milli) in [(Value::text("A"), 20_000), (two, 10_000), (Value::Bool(true), 1_000)] {
        seen.properties.set("rank", value);
        assert_eq!(points(&model, &seen), [("R1".to_owned(), milli)]);
    }
    seen.properties.set("rank", Value::text("Z"));
    assert_eq!(points(&model, &seen), []);
}

#[test]
fn of_several_cases_the_first_counts() {
    let model = rule(
        "points: [{when: {kind: form_submit, purpose: quote}, points: 9}, {when: {channel: web}, points: 1}], \
         limit: once per event",
    );
    assert_eq!(points(&model, &form("quote")), [("R1".to_owned(), 9_000)]);
    assert_eq!(points(&model, &form("demo")), [("R1".to_owned(), 1_000)]);
    assert_eq!(points(&model, &touchpoint("email", "open")), []);
    assert_eq!((model.rules.len(), model.rules[0].limits.len()), (1, 1), "one rule, one limit for all cases");
}

#[test]
fn a_rule_takes_one_pattern_or_several_and_one_limit_or_several() {
    let model = rule("when: [{kind: open}, {kind: click}], points: 1, limit: [once per message, 3 times per month]");
    assert_eq!((model.rules[0].when.len(), model.rules[0].limits.len()), (2, 2));
    let model = rule("when: {kind: [open, click]}, points: 1, limit: once per message");
    assert_eq!((model.rules[0].when.len(), model.rules[0].limits.len()), (1, 1));
}

#[test]
fn a_rule_marks_a_raised_hand_or_a_persons_word() {
    for (word, mark) in [("hand", Mark::Hand), ("person", Mark::Person)] {
        assert_eq!(rule(&format!("when: {{kind: open}}, points: 0, marks: {word}")).rules[0].marks, Some(mark));
    }
}

#[test]
fn the_accounts_score_has_caps_for_its_people() {
    let model = small_model("account_score: {of: behaviour, contact_at_most: 60, anonymous_at_most: 5}\n");
    let account = model.account_score.expect("said");
    assert_eq!((account.of, account.member_cap, account.anonymous_cap), (ScoreIx(0), 60_000, 5_000));
    assert!(small_model("").account_score.is_none());
}

#[test]
fn a_test_is_a_value_a_list_or_a_word() {
    for (written, meant) in [
        ("A", Test::OneOf(vec![Value::text("A")])),
        ("true", Test::OneOf(vec![Value::Bool(true)])),
        ("\"true\"", Test::OneOf(vec![Value::text("true")])),
        (
            "[A, 3, false]",
            Test::OneOf(vec![Value::text("A"), Value::Number(number("3").expect("3")), Value::Bool(false)]),
        ),
        ("{is: [A, B]}", Test::OneOf(vec![Value::text("A"), Value::text("B")])),
        ("{is_not: A}", Test::NoneOf(vec![Value::text("A")])),
        ("{starts_with: ex}", Test::Prefix(text("ex"))),
        ("{contains: 予知}", Test::Contains(text("予知"))),
        ("{at_least: 75}", Test::Between(number("75"), None)),
        ("{at_most: 6}", Test::Between(None, number("6"))),
        ("{above: 75}", Test::Between(number("75.000001"), None)),
        ("{below: 6}", Test::Between(None, number("5.999999"))),
        ("{at_least: 30, below: 100}", Test::Between(number("30"), number("99.999999"))),
        ("{present: true}", Test::Present),
        ("{present: false}", Test::Absent),
    ] {
        assert_eq!(test(written), meant, "{written}");
    }
}

#[test]
fn every_condition_reads_as_it_is_said() {
    let behaviour = ScoreIx(0);
    let contact = |name: &str, test| Condition::Attribute(AttributeOf::Contact, text(name), test);
    let stood = |stages: &[&str], stood_for| Condition::Stage {
        life_cycle: text("acquisition"),
        stages: stages.iter().map(|stage| text(stage)).collect(),
        stood_for,
    };
    let ends = |is| Condition::Date { date: DateOf::Answer(text("contract_end")), is };
    let refused = |channel: Option<&str>| Condition::Consent {
        purpose: text("marketing"),
        channel: channel.map(text),
        test: Test::OneOf(vec![Value::text("denied")]),
    };
    let (known, staff) = (|| Condition::Known, || Test::OneOf(vec![Value::text("staff")]));
    for (written, meant) in [
        ("{score: behaviour, at_least: 60}", Condition::ScoreAtLeast(behaviour, 60_000)),
        ("{score: behaviour, below: 40.5}", Condition::ScoreBelow(behaviour, 40_500)),
        ("{score: interest.maintenance, at_least: 20}", Condition::ScoreAtLeast(ScoreIx(2), 20_000)),
        ("{any_score: interest, at_least: 10}", Condition::AnyScoreAtLeast(vec![ScoreIx(1), ScoreIx(2)], 10_000)),
        ("{fit: [A, B]}", Condition::Fit(vec![text("A"), text("B")])),
        ("{fit: U}", Condition::Fit(vec![text("U")])),
        (
            "{close: interest, at_least: 15, apart: 5}",
            Condition::Close { scores: vec![ScoreIx(1), ScoreIx(2)], at_least: 15_000, apart: 5_000 },
        ),
        ("{stage: {acquisition: [late, box]}}", stood(&["late", "box"], None)),
        ("{stage: {acquisition: late}, for: 90d}", stood(&["late"], Some(Wait::Plain(90 * DAY)))),
        ("{date: {answer: contract_end}, within_next: 180d}", ends(DateSpan::WithinNext(180 * DAY))),
        ("{date: {answer: contract_end}, within_last: 90d}", ends(DateSpan::WithinLast(90 * DAY))),
        ("{date: {answer: contract_end}, past_by: 0d}", ends(DateSpan::PastBy(Wait::Plain(0)))),
        ("{consent: {marketing: denied}, channel: email}", refused(Some("email"))),
        ("{consent: {marketing: denied}}", refused(None)),
        ("{reachable: email}", Condition::Reachable(Reach::Email)),
        ("{reachable: call}", Condition::Reachable(Reach::Call)),
        ("{handoff: open}", Condition::HandoffOpen),
        ("{handoff: breached, for: 10d}", Condition::HandoffBreached { stood_for: Some(Wait::Plain(10 * DAY)) }),
        ("{known: true}", known()),
        ("{known: false}", Condition::Not(Box::new(known()))),
        ("{not: {known: true}}", Condition::Not(Box::new(known()))),
        ("{all: [{known: true}, {return_due: true}]}", Condition::All(vec![known(), Condition::ReturnDue])),
        ("{any: [{known: true}, {return_due: true}]}", Condition::Any(vec![known(), Condition::ReturnDue])),
        ("{contact: {rank: staff}}", contact("rank", staff())),
        (
            "{contact: {rank: staff, nps: {at_least: 9}}}",
            Condition::All(vec![contact("rank", staff()), contact("nps", Test::Between(number("9"), None))]),
        ),
        (
            "{account: {employees: {present: true}}}",
            Condition::Attribute(AttributeOf::Account, text("employees"), Test::Present),
        ),
        ("{answer: {issue: {present: true}}}", Condition::Answer(text("issue"), Test::Present)),
        ("{feedback: lost}", Condition::Feedback { kinds: vec![text("lost")], reasons: vec![] }),
        (
            "{feedback: [lost, rejected], reasons: price}",
            Condition::Feedback { kinds: vec![text("lost"), text("rejected")], reasons: vec![text("price")] },
        ),
        ("{quiet_for: 180d}", Condition::Quiet(180 * DAY)),
        ("{since_last_word: 30d}", Condition::SinceMark(30 * DAY)),
        ("{hold_passed_by: 7d 9h}", Condition::HoldPassed { after: Wait::Plain(7 * DAY + 9 * 3_600_000) }),
        ("{hold_passed_by: 1min30s}", Condition::HoldPassed { after: Wait::Plain(90_000) }),
        ("{return_due: true}", Condition::ReturnDue),
        ("{own_touchpoint: true}", Condition::OwnTouchpoint),
        ("{own_touchpoint: false}", Condition::Not(Box::new(Condition::OwnTouchpoint))),
    ] {
        assert_eq!(condition(written), meant, "{written}");
    }
    let Condition::Touchpoint(patterns) = condition("{touchpoint: {channel: web, purpose: [inquiry, quote]}}") else {
        panic!("a touchpoint")
    };
    assert_eq!((patterns.len(), patterns[0].channels.as_slice()), (1, &[text("web")][..]));
    let Condition::Touchpoint(patterns) = condition("{touchpoint: [{kind: open}, {kind: click}]}") else {
        panic!("a touchpoint")
    };
    assert_eq!(patterns.len(), 2);
}

#[test]
fn a_stage_says_who_owns_it_and_what_it_counts() {
    let late = stage("milestone: MAL, entries: [{by: score, when: {known: true}}]");
    assert_eq!(
        (late.label.ja.as_str(), late.phase.as_str(), late.owner.as_str()),
        ("後期", "generation", "inside_sales")
    );
    assert_eq!(late.milestone.as_deref(), Some("MAL"));
    assert_eq!((late.held, late.out, late.recycle, late.hold), (false, false, false, None));
    let late = stage("people_only: true, hold: 28d, entries: [{by: feedback, when: {feedback: held}}]");
    assert_eq!((late.held, late.hold), (true, Some(Wait::Plain(28 * DAY))));
    assert_eq!(late.returns_after, None);
    let late = stage("recycle: true, returns_after: 180d, entries: [{by: feedback, when: {feedback: lost}}]");
    assert_eq!(late.returns_after, Some(180 * DAY));
    assert!(stage("out: true, entries: [{by: profile, when: {contact: {rank: staff}}}]").out);
}

#[test]
fn a_stage_opens_by_five_things_from_everywhere_or_from_some() {
    for (entry, by) in [
        ("{by: score, when: {score: behaviour, at_least: 8}}", EntryBy::Score),
        ("{by: hand, when: {touchpoint: {kind: chat}}}", EntryBy::Hand),
        ("{by: person, when: {all: [{touchpoint: {disposition: interested}}, {known: true}]}}", EntryBy::Person),
        ("{by: profile, when: {contact: {rank: staff}}}", EntryBy::Profile),
        ("{by: feedback, when: {feedback: accepted}}", EntryBy::Feedback),
    ] {
        let late = stage(&format!("entries: [{entry}]"));
        assert_eq!((late.entries[0].by, late.entries[0].from.is_none()), (by, true), "{entry}");
    }
    let late = stage("entries: [{by: score, from: [early, box], when: {known: true}}]");
    let from: Vec<u16> = late.entries[0].from.iter().flatten().map(|stage| stage.0).collect();
    assert_eq!(from, [0, 2]);
}

#[test]
fn a_stage_ends_where_an_exit_leads() {
    let late = stage(
        "entries: [{by: score, when: {score: behaviour, at_least: 8}}], \
         exits: [{to: box, reason: price, when: {quiet_for: 90d}}, {to: early, when: {score: behaviour, below: 3}}]",
    );
    let exits: Vec<_> = late.exits.iter().map(|exit| (exit.to.0, exit.reason.as_deref())).collect();
    assert_eq!(exits, [(2, Some("price")), (0, None)]);
}

#[test]
fn a_reason_says_where_it_leads_and_when_it_returns() {
    let model = small_model(
        "reasons:\n  price:\n    label: {ja: 価格, en: Price}\n    to: box\n    returns_after: 180d\n    \
         returns_before_date: 60d\n    returns_when: {score: behaviour, at_least: 20}\n    no_score_entry_for: 1w\n  \
         duplicate: {label: Duplicate}\n",
    );
    let price = &model.reasons[usize::from(model.reason_by_code["price"])];
    assert_eq!((price.label.ja.as_str(), price.to.map(|to| to.0)), ("価格", Some(2)));
    assert_eq!((price.returns_after, price.returns_before_until), (Some(180 * DAY), Some(60 * DAY)));
    assert_eq!(price.returns_when, Some(Condition::ScoreAtLeast(ScoreIx(0), 20_000)));
    assert_eq!(price.no_score_entry_for, Some(7 * DAY));
    let duplicate = &model.reasons[usize::from(model.reason_by_code["duplicate"])];
    assert_eq!((duplicate.to, duplicate.returns_after), (None, None));
}

#[test]
fn fit_is_points_by_attribute_and_grades_by_points() {
    let model = small_model(
        "fit:\n  criteria:\n    rank: {of: contact, key: true, points: [{is: [manager, 課長], points: 15}, {is: staff, points: -5}]}\n    \
         employees: {of: account, points: [{is: {at_least: 300}, points: 20}]}\n  \
         grades: {A: 30, B: 15}\n  lowest: C\n  unknown: U\n  known_at_least: 1\n",
    );
    let fit = &model.fit;
    assert_eq!(fit.criteria[0].points[1], (Test::OneOf(vec![Value::text("staff")]), -5_000));
    assert_eq!((fit.criteria[0].key, fit.criteria[1].key), (true, false));
    assert_eq!(
        (fit.criteria[0].of.as_slice(), fit.criteria[1].of.as_slice()),
        (&[AttributeOf::Contact][..], &[AttributeOf::Account][..])
    );
    assert_eq!(fit.grades, [(text("A"), 30_000), (text("B"), 15_000), (text("C"), i64::MIN)]);
    assert_eq!((fit.unknown.as_str(), fit.known_min), ("U", 1));
}

#[test]
fn sections_may_stand_in_any_file_and_an_optional_one_may_be_empty() {
    let model = small_model("issues:\ncontent:\ncampaigns: {}\n# a comment\n");
    assert!(model.assets.is_empty());
    let files = common::small_in_many_files();
    assert!(files.len() > 10, "one file a section");
    let (split, _) = playbook::load(&files).unwrap_or_else(|mistakes| panic!("{}", playbook::render(&mistakes)));
    let whole = small_model("");
    assert_eq!(split.rules.len(), whole.rules.len());
    assert_ne!(split.hash, whole.hash, "other files, another hash");
}

#[test]
fn the_same_files_have_the_same_hash_in_any_order() {
    let mut files = common::default_files();
    let one = playbook::load(&files).expect("sound").0.hash;
    files.reverse();
    assert_eq!(playbook::load(&files).expect("sound").0.hash, one);
    assert_eq!(playbook::Bundle::from_files(files.clone()).hash(), one);
    files[0].1.push_str("# a word more\n");
    assert_ne!(playbook::load(&files).expect("sound").0.hash, one);
}

#[test]
fn a_segment_says_who_comes_and_who_goes() {
    let model = small_model(
        "segments:\n  \
         known: {label: K, when: {known: true}}\n  \
         keen: {label: {ja: 熱心, en: Keen}, when: {all: [{segment: known}, {score: behaviour, at_least: 9}]}, until: {score: behaviour, below: 5}, lasts: 30d, audience: true}\n  \
         late: {label: L, when: {stage: {acquisition: late}}}\n  \
         both: {label: B, when: {segment: [keen, late]}}\n",
    );
    let [known, keen, late, both] = model.segments.as_slice() else { panic!("four segments") };
    assert!(!known.is_left_while_it_holds() && !known.is_audience);
    assert_eq!(
        keen.when,
        Condition::All(vec![Condition::Segment(vec![SegmentIx(0)]), Condition::ScoreAtLeast(ScoreIx(0), 9_000)])
    );
    assert_eq!(
        (keen.until.clone(), keen.lasts, keen.is_audience),
        (Some(Condition::ScoreBelow(ScoreIx(0), 5_000)), Some(30 * DAY), true)
    );
    // What rests on stages is decided after them, also when it does so by another segment.
    assert_eq!([known, keen, late, both].map(|segment| segment.after_stages), [false, false, true, true]);
}

#[test]
fn a_tier_says_who_leads_by_stage_or_phase() {
    let model = small_model(
        "life_cycles:\n  acquisition:\n    label: A\n    stages:\n      \
         early: {label: Early, phase: generation, owner: by_coverage}\n      \
         late: {label: Late, phase: generation, owner: by_coverage, entries: [{by: score, when: {known: true}}]}\n      \
         box: {label: Box, phase: recycle, owner: marketing, recycle: true, entries: [{by: feedback, when: {feedback: lost}}]}\n\
         tiers:\n  \
         big: {label: B, when: {account: {employees: {at_least: 300}}}, coverage: {generation: {lead: marketing, help: [sales, success]}, late: {lead: sales, channels: [call, sales], effort: high}}}\n  \
         other: {label: O, when: {not: {account: {employees: {at_least: 300}}}}}\n\
         segments: {big: {label: B, when: {tier: [big, other]}}}\n",
    );
    let big = &model.tiers[0];
    let lead = |stage| big.coverage_at(StageIx(stage)).map(|coverage| coverage.lead.as_str());
    assert_eq!([lead(0), lead(1), lead(2)], [Some("marketing"), Some("sales"), None]);
    assert_eq!(big.coverage_at(StageIx(0)).map(|coverage| coverage.help.len()), Some(2));
    assert_eq!(model.tiers[1].coverage_at(StageIx(0)), None);
    assert_eq!(model.segments[0].when, Condition::Tier(vec![TierIx(0), TierIx(1)]));
}

#[test]
fn a_life_cycle_may_be_of_some_only() {
    let model = small_model(
        "life_cycles:\n  \
         acquisition: {label: A, stages: {early: {label: E, phase: p, owner: none}, late: {label: L, phase: p, owner: none, entries: [{by: score, when: {known: true}}]}, box: {label: B, phase: p, owner: none, recycle: true, entries: [{by: feedback, when: {feedback: lost}}]}}}\n  \
         expansion: {label: X, while: {stage: {acquisition: late}}, stages: {steady: {label: S, phase: p, owner: none}}}\n",
    );
    let lasts_while = model.life_cycles[1].lasts_while.clone();
    let late = Condition::Stage { life_cycle: text("acquisition"), stages: vec![text("late")], stood_for: None };
    assert_eq!((model.life_cycles[0].lasts_while.clone(), lasts_while), (None, Some(late)));
}
