//! Mistakes in hand-offs, routes and teams.

use super::{Case, case};
use playbook::MistakeKind::{self, Empty, Missing, NeverHolds, SaidTwice, UnknownName, WrongForm};

pub(super) fn cases() -> Vec<Case> {
    vec![
        handoff(WrongForm, "a hand-off of one touchpoint", "opens: {touchpoint: {kind: open}}", ""),
        handoff(WrongForm, "a hand-off that rests on another", "opens: {handoff: open}", ""),
        handoff(
            NeverHolds,
            "a hand-off that never stands",
            "opens: {all: [{score: behaviour, at_least: 9}, {score: behaviour, below: 9}]}",
            "",
        ),
        handoff(Missing, "a promise in business time without a calendar", "opens: {known: true}", "first_attempt: 4bh"),
        handoff(WrongForm, "a promise without a day", "opens: {known: true}", "first_attempt: 4h at 12:00"),
        handoff(WrongForm, "a promise of noon", "opens: {known: true}", "decision: noon"),
        handoff(UnknownName, "what follows a breach is no team", "opens: {known: true}", "breach: nxt"),
        handoff(WrongForm, "a warning after too much", "opens: {known: true}", "warn_at: 120%"),
        handoff(UnknownName, "a question that nobody knows", "opens: {known: true}", "ask: timefrme"),
        handoff(UnknownName, "a life cycle that is not there", "opens: {known: true}", "life_cycle: aquisition"),
        handoff(UnknownName, "an entry by something else", "opens: {came_by: {acquisition: hands}}", ""),
        handoff(UnknownName, "from a stage that is not there", "opens: {came_from: {acquisition: recyle}}", ""),
        routes(Missing, "nobody to go to", "[]"),
        routes(Empty, "a route to nobody", "[{when: {known: true}}, {department: sales}]"),
        routes(WrongForm, "a route to two", "[{department: sales, team: east}]"),
        routes(UnknownName, "a route to a team that is not there", "[{team: wset}]"),
        routes(UnknownName, "a route to a department that is not there", "[{department: sale}]"),
        routes(
            UnknownName,
            "a partner in an attribute that is not there",
            "[{partner_in: partnr}, {department: sales}]",
        ),
        routes(NeverHolds, "somebody may go to nobody", "[{department: sales, when: {known: true}}]"),
        routes(NeverHolds, "a route behind one that takes everybody", "[{department: sales}, {department: marketing}]"),
        routes(NeverHolds, "a last route to whoever leads", "[{department: by_coverage}]"),
        handoff(NeverHolds, "a promise of no time", "opens: {known: true}", "first_attempt: 0h"),
        handoff(NeverHolds, "a decision before the first attempt", "opens: {known: true}", "decision: 2h"),
        handoff(NeverHolds, "a team that gathers for longer than is promised", "opens: {known: true}", "gather: 4d"),
        handoff(NeverHolds, "a warning at once", "opens: {known: true}", "warn_at: 0%"),
        handoff(NeverHolds, "a lead that nobody is", "opens: {known: true}", "lead_after: 1d"),
        handoff(
            NeverHolds,
            "one that opens where it does not stand",
            "opens: {all: [{known: true}, {known: false}]}",
            "",
        ),
        case(
            NeverHolds,
            "one that opens at a stage at which it does not stand",
            format!(
                "{ATTEMPT}{}",
                raised(
                    "opens: {all: [{stage: {acquisition: early}}, {known: true}]}, stands: {stage: {acquisition: late}}, first_attempt: 4h, decision: 3d, routes: [{department: sales}]"
                )
            ),
        ),
        case(Missing, "nothing counts as an attempt", raised_to("[{department: sales}]")),
        case(
            MistakeKind::Shadowed,
            "a team behind one that takes everybody",
            format!(
                "{ATTEMPT}teams: {{all: {{label: A, department: sales, members: [emp-1]}}, east: {{label: E, department: sales, members: [emp-2]}}}}\n{}",
                raised_to("[{department: sales}]")
            ),
        ),
        team(Empty, "a team of nobody", "members: []"),
        team(SaidTwice, "a member who is there twice", "members: [emp-1, emp-1]"),
        team(NeverHolds, "a team without room", "members: [emp-1], capacity: 0"),
        case(
            NeverHolds,
            "a team that nothing leads to",
            "teams: {east: {label: E, department: sales, members: [emp-1]}}\n",
        ),
        case(
            WrongForm,
            "a stage that waits for an open hand-off for long",
            "segments: {s: {label: S, when: {handoff: open, for: 3d}}}\n",
        ),
        case(UnknownName, "a hand-off in a state of its own", "segments: {s: {label: S, when: {handoff: lost}}}\n"),
        case(
            WrongForm,
            "a segment by how somebody came",
            "segments: {s: {label: S, when: {came_by: {acquisition: hand}}}}\n",
        ),
    ]
}

/// What counts as an attempt: every playbook with hand-offs says so.
const ATTEMPT: &str =
    "behaviours: {opened: {label: O, when: {channel: email, kind: open}}}\nhanding_over: {attempt: opened}\n";

/// One hand-off.
fn raised(said: &str) -> String {
    format!("handoffs: {{raised: {{label: R, {said}}}}}\n")
}

/// One hand-off of everybody, by these routes.
fn raised_to(routes: &str) -> String {
    raised(&format!(
        "opens: {{known: true}}, stands: {{known: true}}, first_attempt: 4h, decision: 3d, routes: {routes}"
    ))
}

/// One hand-off to a department.
fn handoff(kind: MistakeKind, what: &'static str, opens: &str, more: &str) -> Case {
    let promise = |name: &str| if more.starts_with(name) { String::new() } else { format!("{name}: 3d, ") };
    let promises = format!("{}{}", promise("first_attempt"), promise("decision"));
    let more = if more.is_empty() { String::new() } else { format!(", {more}") };
    let said = format!("{opens}, stands: {{known: true}}, {promises}routes: [{{department: sales}}]{more}");
    case(kind, what, format!("{ATTEMPT}{}", raised(&said)))
}

fn routes(kind: MistakeKind, what: &'static str, routes: &str) -> Case {
    let team = "teams: {east: {label: E, department: sales, members: [emp-1]}}\n";
    case(kind, what, format!("{ATTEMPT}{team}{}", raised_to(routes)))
}

fn team(kind: MistakeKind, what: &'static str, said: &str) -> Case {
    let team = format!("teams: {{east: {{label: E, department: sales, {said}}}}}\n");
    case(kind, what, format!("{team}{ATTEMPT}{}", raised_to("[{team: east}]")))
}
