//! The hand-offs of the small model: short promises, teams with little room.

use super::HOUR;
use super::groups::stood;
use super::small::{SEARCH, VIEW, at_least, did, label, text};
use playbook::model::{
    BehaviourIx, Breach, Condition, Count, HandingOver, Handoff, Promise, Route, RouteTo, ScoreIx, Team, Wait,
};

pub(super) fn handing_over() -> HandingOver {
    HandingOver { attempt: Some(BehaviourIx(VIEW)), best_first: Some(ScoreIx(0)) }
}

pub(super) fn teams(n: u8) -> Vec<Team> {
    let team = |name: &str, members: &[&str], capacity| Team {
        name: text(name),
        label: label(name),
        department: text("inside_sales"),
        takes: None,
        members: members.iter().map(|member| text(member)).collect(),
        capacity,
        lead: Some(text("lead")),
    };
    let mut teams = vec![team("calls", &["a", "b"], Some(1)), team("others", &["c"], None)];
    if n == 2 {
        teams.remove(0);
    }
    teams
}

pub(super) fn handoffs(n: u8) -> Vec<Handoff> {
    if n == 3 {
        return Vec::new();
    }
    let raised = Handoff {
        breach: match n {
            0 => Breach::Next,
            1 => Breach::Team(text("others")),
            _ => Breach::Close,
        },
        is_beyond_capacity: n == 1,
        ..handoff(
            "raised",
            did(SEARCH, Count::Times(1), Some(6 * HOUR)),
            stood(&["early", "late", "nurturing", "warm", "sal"], None),
        )
    };
    let ripe = Handoff { breach: Breach::Close, gather: HOUR, ..handoff("ripe", at_least(0, 9), at_least(0, 3)) };
    if n == 1 { vec![ripe, raised] } else { vec![raised, ripe] }
}

fn handoff(name: &str, opens: Condition, stands: Condition) -> Handoff {
    let route = |to| Route { when: None, to };
    Handoff {
        name: text(name),
        label: label(name),
        life_cycle: text("acquisition"),
        calls: Condition::All(vec![opens.clone(), stands.clone()]),
        opens,
        stands,
        routes: vec![route(RouteTo::Owner), route(RouteTo::Team(0))],
        gather: 0,
        is_beyond_capacity: false,
        first_attempt: Promise::Within(Wait::Plain(2 * HOUR)),
        decision: Promise::Within(Wait::Plain(5 * HOUR)),
        warn_at: Some(50),
        breach: Breach::Stay,
        lead_after: Some(Wait::Plain(HOUR)),
        ask: Vec::new(),
    }
}
