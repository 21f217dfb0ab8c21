//! What patterns, tests, pages and windows mean.

mod common;

use common::{default_model, form, page_view, small_model, touchpoint};
use playbook::model::{Model, Page, PageClassIx, Pages, Test, Window};
use proptest::prelude::*;
use touchpoint::{Decimal, Direction, Text, Timestamp, Touchpoint, Value};

/// Does a pattern written like this match?
fn matches(pattern: &str, seen: &Touchpoint) -> bool {
    let model = small_model(&format!("rules: {{R1: {{label: R, when: {pattern}, points: 1, group: browse}}}}\n"));
    let resolved = model.resolve(seen);
    model.rules[0].when.iter().any(|pattern| pattern.matches(&model, seen, &resolved))
}

#[test]
fn each_word_of_a_pattern_asks_for_one_thing() {
    let mut call = touchpoint("call", "connected");
    call.direction = Some(Direction::In);
    call.disposition = Some(Text::new("interested"));
    call.campaign = Some(Text::new("expo"));
    call.reason = Some(Text::new("price"));
    call.content = Some(Text::new("handbook"));
    call.answers.set("timeframe", Value::text("3m"));
    call.properties.set("duration_s", Value::Number(Decimal::from_int(412).unwrap()));
    for (pattern, expected) in [
        ("{channel: call}", true),
        ("{channel: [web, call]}", true),
        ("{channel: web}", false),
        ("{kind: connected}", true),
        ("{kind: voicemail}", false),
        ("{direction: in}", true),
        ("{direction: out}", false),
        ("{disposition: [interested, appointment]}", true),
        ("{disposition: no_need}", false),
        ("{campaign: expo}", true),
        ("{reason: price}", true),
        ("{content: handbook}", true),
        ("{content_type: white_paper}", true),
        ("{page: pricing}", false),
        ("{answers: {timeframe: 3m}}", true),
        ("{answers: {timeframe: [6m, 12m]}}", false),
        ("{answers: {budget: {present: false}}}", true),
        ("{properties: {duration_s: {at_least: 412}}}", true),
        ("{properties: {duration_s: {above: 412}}}", false),
        ("{channel: call, kind: connected, direction: in, answers: {timeframe: 3m}}", true),
        ("{channel: call, kind: connected, direction: in, answers: {timeframe: 6m}}", false),
    ] {
        assert_eq!(matches(pattern, &call), expected, "{pattern}");
    }
}

#[test]
fn what_a_touchpoint_does_not_say_matches_no_name() {
    let bare = touchpoint("call", "connected");
    for pattern in
        ["{direction: in}", "{disposition: interested}", "{campaign: expo}", "{reason: price}", "{content: handbook}"]
    {
        assert!(!matches(pattern, &bare), "{pattern}");
    }
}

#[test]
fn pages_are_asked_for_and_ruled_out_by_class() {
    let (pricing, other) = (page_view("https://www.example.co.jp/pricing?plan=a#top"), page_view("/about"));
    for (pattern, on_pricing, on_other) in [
        ("{page: pricing}", true, false),
        ("{page: [pricing, case]}", true, false),
        ("{page: case}", false, false),
        ("{page_not: pricing}", false, true),
        ("{page_not: case}", true, true),
    ] {
        assert_eq!((matches(pattern, &pricing), matches(pattern, &other)), (on_pricing, on_other), "{pattern}");
    }
}

#[test]
fn a_purpose_is_a_property_of_the_form() {
    assert!(matches("{kind: form_submit, purpose: [inquiry, quote]}", &form("quote")));
    assert!(!matches("{kind: form_submit, purpose: [inquiry, quote]}", &form("newsletter")));
    assert!(!matches("{kind: form_submit, purpose: quote}", &touchpoint("web", "form_submit")));
}

#[test]
fn tests_hold_for_the_values_that_people_mean() {
    let number = |text| Value::Number(Decimal::parse(text).unwrap());
    let list = |texts: &[&str]| Value::List(texts.iter().map(|text| Text::new(*text)).collect());
    let one_of = |value| Test::OneOf(vec![value]);
    let none_of = |value| Test::NoneOf(vec![value]);
    let between = |low: &str, high: &str| Test::Between(Decimal::parse(low), Decimal::parse(high));
    for (test, value, expected) in [
        (one_of(Value::text("A")), Some(Value::text("A")), true),
        (one_of(Value::text("A")), Some(Value::text("a")), false),
        (one_of(Value::text("A")), Some(list(&["B", "A"])), true),
        (one_of(Value::Bool(true)), Some(Value::Bool(true)), true),
        (one_of(Value::Bool(true)), Some(Value::text("true")), true),
        (one_of(Value::Bool(true)), Some(Value::text("yes")), false),
        (one_of(number("3")), Some(Value::text("3.0")), true),
        (one_of(number("3")), Some(number("4")), false),
        (one_of(Value::text("A")), None, false),
        (none_of(Value::text("A")), Some(Value::text("B")), true),
        (none_of(Value::text("A")), Some(list(&["B", "A"])), false),
        (none_of(Value::text("A")), None, false),
        (Test::Prefix(Text::new("exp")), Some(Value::text("expo-2026")), true),
        (Test::Prefix(Text::new("exp")), Some(Value::text("an expo")), false),
        (Test::Contains(Text::new("予知")), Some(Value::text("設備の予知保全")), true),
        (Test::Contains(Text::new("予知")), None, false),
        (between("300", ""), Some(number("300")), true),
        (between("300", ""), Some(number("299.999999")), false),
        (between("", "6"), Some(Value::text("6")), true),
        (between("1", "6"), Some(Value::text("many")), false),
        (between("1", "6"), Some(Value::Bool(true)), false),
        (between("1", "6"), None, false),
        (Test::Present, Some(Value::text("")), true),
        (Test::Present, None, false),
        (Test::Absent, None, true),
        (Test::Absent, Some(Value::Bool(false)), false),
    ] {
        assert_eq!(test.holds(value.as_ref()), expected, "{test:?} {value:?}");
    }
}

#[test]
fn the_solution_comes_from_content_then_page_then_answer_then_campaign() {
    let model = default_model();
    let solution = |seen: &Touchpoint| {
        model.resolve(seen).solution.map(|solution| model.solutions[usize::from(solution.0)].name.to_string())
    };
    let mut seen = touchpoint("web", "download");
    assert_eq!(solution(&seen), None);
    seen.campaign = Some(Text::new("sem-maint"));
    assert_eq!(solution(&seen).as_deref(), Some("maintenance"));
    seen.answers.set("solution", Value::List(vec![Text::new("else"), Text::new("planning")]));
    assert_eq!(solution(&seen).as_deref(), Some("planning"));
    seen.properties.set("url", Value::text("https://www.example.co.jp/products/maintenance/mobile"));
    assert_eq!(solution(&seen).as_deref(), Some("maintenance"));
    seen.content = Some(Text::new("wp-otd"));
    assert_eq!(solution(&seen).as_deref(), Some("planning"));
    // Content about both says nothing of the solution: the next one does.
    seen.content = Some(Text::new("case-mid"));
    assert_eq!(solution(&seen).as_deref(), Some("maintenance"));
}

#[test]
fn content_is_asked_for_by_its_tags() {
    let roi = "content: {sheet: {title: S, type: sheet, tags: [roi, cost]}, book: {title: B, type: case, tags: roi}, \
               plain: {title: P, type: sheet}}\npages: {/pricing: {class: pricing}, /cases: {class: case, content: book}}\n";
    let matches = |pattern: &str, seen: &Touchpoint| {
        let rules = format!("rules: {{R1: {{label: R, when: {pattern}, points: 1, group: browse}}}}\n");
        let model = small_model(&format!("{roi}{rules}"));
        let resolved = model.resolve(seen);
        model.rules[0].when[0].matches(&model, seen, &resolved)
    };
    let download = |content: &str| {
        let mut seen = touchpoint("web", "download");
        seen.content = Some(Text::new(content));
        seen
    };
    for (pattern, sheet, plain, book) in [
        ("{tag: roi}", true, false, true),
        ("{tag: cost}", true, false, false),
        ("{tag: [cost, roi]}", true, false, true),
        ("{kind: download, tag: roi, content_type: sheet}", true, false, false),
        ("{content_type: sheet}", true, true, false),
    ] {
        let seen = [download("sheet"), download("plain"), page_view("/cases/acme")];
        assert_eq!(seen.map(|seen| matches(pattern, &seen)), [sheet, plain, book], "{pattern}");
    }
    assert!(!matches("{tag: roi}", &download("nobody-knows")));
    assert!(!matches("{tag: roi}", &touchpoint("web", "download")));
}

#[test]
fn the_content_is_what_the_touchpoint_names_else_the_pages() {
    let model = default_model();
    let asset =
        |seen: &Touchpoint| model.resolve(seen).asset.map(|asset| model.assets[usize::from(asset.0)].name.to_string());
    let mut seen = page_view("https://www.example.co.jp/pricing");
    assert_eq!(asset(&seen).as_deref(), Some("price"));
    seen.content = Some(Text::new("nobody-knows"));
    assert_eq!(asset(&seen).as_deref(), Some("price"), "an unknown name leaves the page's");
    seen.content = Some(Text::new("ringi"));
    assert_eq!(asset(&seen).as_deref(), Some("ringi"));
}

#[test]
fn the_content_of_an_event_is_its_campaigns() {
    let model = default_model();
    let asset =
        |seen: &Touchpoint| model.resolve(seen).asset.map(|asset| model.assets[usize::from(asset.0)].name.to_string());
    let mut seen = touchpoint("event", "attended");
    seen.campaign = Some(Text::new("sem-maint"));
    assert_eq!(asset(&seen).as_deref(), Some("sem-maint"));
    seen.content = Some(Text::new("case-mid"));
    assert_eq!(asset(&seen).as_deref(), Some("case-mid"), "what it names counts first");
    let mut clicked = touchpoint("email", "click");
    clicked.campaign = Some(Text::new("sem-maint"));
    assert_eq!(asset(&clicked), None, "an invitation is not the seminar");
}

#[test]
fn a_prefix_with_a_host_is_that_hosts() {
    let page = |class| Page { class: Some(PageClassIx(class)), ..Page::default() };
    let pages = Pages::new(vec![
        (Text::new("/shop"), page(1)),
        (Text::new("/shop/a"), page(2)),
        (Text::new("www.example.co.jp/shop"), page(3)),
    ]);
    let class = |url| pages.find(url).and_then(|page| page.class).map(|class| class.0);
    assert_eq!(class("https://www.example.co.jp/shop/a"), Some(3));
    assert_eq!(class("https://other.example.co.jp/shop/a?x=/shop"), Some(2));
    assert_eq!(class("/shop/b"), Some(1));
    assert_eq!(class("https://other.example.co.jp"), None);
    assert_eq!(class(""), None);
    assert_eq!(class("https://other.example.co.jp/?next=/shop"), None);
}

#[test]
fn windows_are_cut_at_midnight_in_tokyo() {
    let model = default_model();
    let key = |window, text| model.window_key(window, Timestamp::parse(text).unwrap());
    for (window, last, next) in [
        (Window::Day, "2026-06-30T23:59:59.999+09:00", "2026-07-01T00:00:00+09:00"),
        (Window::Month, "2026-06-30T23:59:59.999+09:00", "2026-07-01T00:00:00+09:00"),
        (Window::Quarter, "2026-06-30T23:59:59.999+09:00", "2026-07-01T00:00:00+09:00"),
        (Window::Month, "2025-12-31T23:59:59.999+09:00", "2026-01-01T00:00:00+09:00"),
        (Window::Quarter, "2025-12-31T23:59:59.999+09:00", "2026-01-01T00:00:00+09:00"),
        (Window::Day, "1969-12-31T23:59:59.999+09:00", "1970-01-01T00:00:00+09:00"),
    ] {
        assert_eq!(key(window, last) + 1, key(window, next), "{window:?} {next}");
    }
    assert_eq!(key(Window::Day, "1970-01-01T00:00:00+09:00"), 0);
    assert_eq!(key(Window::Month, "2026-06-01T00:00:00+09:00"), key(Window::Month, "2026-06-30T23:59:59+09:00"));
    assert_eq!(key(Window::Quarter, "2026-04-01T00:00:00+09:00"), key(Window::Quarter, "2026-06-30T23:59:59+09:00"));
    assert_eq!(key(Window::Ever, "1990-01-01T00:00:00Z"), key(Window::Ever, "2090-01-01T00:00:00Z"));
}

#[test]
fn a_day_lasts_23_hours_when_clocks_go_forward() {
    let model = small_model("playbook: {name: small, label: first, time_zone: Europe/Berlin}\n");
    let day = |text| model.window_key(Window::Day, Timestamp::parse(text).unwrap());
    assert_eq!(day("2026-03-29T00:00:00+01:00"), day("2026-03-29T23:59:59+02:00"));
    assert_eq!(day("2026-03-29T00:00:00+01:00") + 1, day("2026-03-30T00:00:00+02:00"));
}

#[test]
fn the_ends_of_time_have_windows_too() {
    let model: Model = default_model();
    for window in [Window::Day, Window::Month, Window::Quarter, Window::Ever] {
        assert!(model.window_key(window, Timestamp::MIN) <= model.window_key(window, Timestamp::MAX));
    }
}

proptest! {
    #[test]
    fn the_longest_prefix_wins(prefixes in prop::collection::btree_set("/[ab/]{0,5}", 0..12), url in "/[ab/]{0,8}") {
        let prefixes: Vec<(Text, Page)> = prefixes
            .into_iter()
            .enumerate()
            .map(|(at, prefix)| (Text::new(prefix), Page { class: Some(PageClassIx(at as u16)), ..Page::default() }))
            .collect();
        let longest = prefixes.iter().filter(|(prefix, _)| url.starts_with(prefix.as_str())).max_by_key(|(prefix, _)| prefix.len());
        let expected = longest.map(|(_, page)| *page);
        prop_assert_eq!(Pages::new(prefixes).find(&url), expected);
    }

    #[test]
    fn windows_never_run_backwards(a in -3_000_000_000_000_i64..3_000_000_000_000, more in 0_i64..100_000_000_000) {
        let model = small_model("");
        for window in [Window::Day, Window::Month, Window::Quarter] {
            let keys = [a, a + more].map(|millis| model.window_key(window, Timestamp::from_millis(millis)));
            prop_assert!(keys[0] <= keys[1]);
        }
    }
}
