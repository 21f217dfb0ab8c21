//! The programmes of the small model: short waits, limits that bite, a circle with a wait.

use super::groups::stood;
use super::small::{SEARCH, VIEW, at_least, did, label, text};
use super::{DAY, HOUR};
use playbook::model::{
    Act, AssetIx, BehaviourIx, BestHour, Condition, Count, Did, Frequency, Goto, Hours, Millis, Per, Programme,
    Sending, Sent, Step, Wait,
};

pub(super) fn programmes(n: u8) -> Vec<Programme> {
    if n == 3 {
        return Vec::new();
    }
    let searched = Condition::Did(Did {
        behaviour: BehaviourIx(SEARCH),
        at_least: Count::Times(1),
        within: None,
        since_stage: true,
    });
    let welcome = Programme {
        priority: 3,
        again_after: Some(2 * DAY),
        hold_out: 20,
        ..programme(
            "welcome",
            did(VIEW, Count::Times(1), Some(2 * DAY)),
            vec![
                Step {
                    until: Some(searched),
                    then: Goto::End,
                    ..step("hello", send(Sent::This(AssetIx(0))), 6 * HOUR, Goto::Step(1))
                },
                Step { is_soon: true, ..step("more", send(Sent::Next), 8 * HOUR, Goto::Step(2)) },
                Step { when: Some(at_least(0, 2)), ..step("guide", task("inside_sales"), 2 * HOUR, Goto::End) },
            ],
        )
    };
    let wake = Programme {
        priority: 1,
        leaves: Some(did(VIEW, Count::Times(1), Some(6 * HOUR))),
        again_after: (n == 1).then_some(DAY),
        ..programme(
            "wake",
            Condition::Quiet(DAY),
            vec![
                step("ask", send(Sent::This(AssetIx(1))), DAY, Goto::Step(1)),
                step("again", send(Sent::Next), DAY, Goto::Step(0)),
            ],
        )
    };
    let confirmed = Programme {
        priority: 0,
        is_transactional: true,
        ..programme(
            "confirmed",
            did(SEARCH, Count::Times(1), Some(HOUR)),
            vec![step("sent", send(Sent::This(AssetIx(2))), HOUR, Goto::End)],
        )
    };
    if n == 0 { vec![welcome, wake, confirmed] } else { vec![wake, welcome] }
}

pub(super) fn sending(n: u8) -> Sending {
    let time = |hour| jiff::civil::Time::constant(hour, 0, 0, 0);
    Sending {
        hours: (n != 1).then(|| Hours { from: time(6), until: time(22), usual: time(10) }),
        best_hour: (n == 2).then_some(BestHour { behaviour: BehaviourIx(VIEW), at_least: 2 }),
        calendar: None,
        time_zone: None,
        limits: vec![
            (
                text("web"),
                vec![Frequency { at_most: 1, per: Per::Day }, Frequency { at_most: 2, per: Per::Span(3 * DAY) }],
            ),
            (text("email"), vec![Frequency { at_most: 1, per: Per::Span(6 * HOUR) }]),
        ],
        waits: Some(Wait::Plain(DAY)),
        silent_while: Some(stood(&["sal"], None)),
    }
}

fn programme(name: &str, enters: Condition, steps: Vec<Step>) -> Programme {
    Programme {
        name: text(name),
        label: label(name),
        priority: 5,
        enters,
        leaves: None,
        again_after: None,
        hold_out: 0,
        is_transactional: false,
        steps,
    }
}

fn step(name: &str, act: Act, wait: Millis, otherwise: Goto) -> Step {
    Step {
        name: text(name),
        at: None,
        when: None,
        act: Some(act),
        is_soon: false,
        wait: Some(Wait::Plain(wait)),
        until: None,
        then: otherwise,
        otherwise,
    }
}

fn send(content: Sent) -> Act {
    Act::Send { content, channel: None }
}

fn task(to: &str) -> Act {
    Act::Task { task: text("call"), to: text(to), ask: vec![text("timeframe")] }
}
