//! Mistakes in programmes and in the rules over all of them.

use super::{Case, case};
use playbook::MistakeKind::{Empty, Missing, NeverHolds, UnknownName, WrongForm};

pub(super) fn cases() -> Vec<Case> {
    vec![
        steps(Empty, "a programme without steps", ""),
        steps(Empty, "a step that does nothing", "a: {when: {known: true}}"),
        steps(
            UnknownName,
            "a step that is not there",
            "a: {send: next, wait: 7d, else: seccond}, second: {send: next}",
        ),
        steps(WrongForm, "an else without a wait", "a: {send: next, else: b}, b: {send: next}"),
        steps(WrongForm, "a then without an until", "a: {send: next, wait: 7d, then: b, else: b}, b: {send: next}"),
        steps(WrongForm, "a step that sends and gives a task", "a: {send: next, task: call, to: sales}"),
        steps(Missing, "a task for nobody", "a: {task: call}"),
        steps(UnknownName, "a task for a department that is not there", "a: {task: call, to: sale}"),
        steps(WrongForm, "a message to a department", "a: {send: next, to: sales}"),
        steps(UnknownName, "a message on a channel that is not there", "a: {send: next, channel: emial}"),
        steps(UnknownName, "content that is not there", "a: {send: brochure}"),
        steps(UnknownName, "a question that is not there", "a: {task: call, to: sales, ask: timefrme}"),
        steps(WrongForm, "a step called end", "end: {send: next}"),
        steps(WrongForm, "a circle without a wait", "a: {send: next}, b: {until: {known: true}, then: a}"),
        steps(NeverHolds, "a step that nothing leads to", "a: {send: next, wait: 7d, else: end}, b: {send: next}"),
        steps(WrongForm, "a step that asks for the stage", "a: {until: {did: opened, since: stage}}"),
        steps(WrongForm, "a step of one touchpoint", "a: {until: {touchpoint: {kind: open}}}"),
        steps(Missing, "business time without a calendar", "a: {send: next, wait: 2bd}"),
        case(
            NeverHolds,
            "who comes in would leave",
            "programmes: {w: {label: W, priority: 3, enters: {all: [{known: true}, {score: behaviour, at_least: 9}]}, leaves: {known: true}, steps: {a: {send: next}}}}\n",
        ),
        case(
            NeverHolds,
            "nobody comes in",
            "programmes: {w: {label: W, priority: 3, enters: {all: [{score: behaviour, at_least: 9}, {score: behaviour, below: 9}]}, steps: {a: {send: next}}}}\n",
        ),
        case(
            WrongForm,
            "a priority of twelve",
            "programmes: {w: {label: W, priority: 12, enters: {known: true}, steps: {a: {send: next}}}}\n",
        ),
        case(
            WrongForm,
            "half of a hold-out too many",
            "programmes: {w: {label: W, priority: 3, hold_out: 80%, enters: {known: true}, steps: {a: {send: next}}}}\n",
        ),
        case(
            WrongForm,
            "since a programme that was not entered",
            "programmes: {w: {label: W, priority: 3, enters: {did: opened, since: programme}, steps: {a: {send: next}}}}\n",
        ),
        case(WrongForm, "a limit in words", "sending: {limits: {email: [once a day]}}\n"),
        case(WrongForm, "a limit of none", "sending: {limits: {email: [0 per 7d]}}\n"),
        case(UnknownName, "a limit of a channel that is not there", "sending: {limits: {mail: [1 per 7d]}}\n"),
        case(NeverHolds, "a usual time outside of the hours", "sending: {hours: 08:00-18:00, usual_time: 20:00}\n"),
        case(WrongForm, "a usual time of no hours", "sending: {usual_time: 10:00}\n"),
        case(WrongForm, "no time of day", "sending: {hours: 08:00-18:00, usual_time: noon}\n"),
        case(UnknownName, "a time zone attribute that is not there", "sending: {time_zone: zone}\n"),
        best_hour(WrongForm, "a best hour of no hours", "best_hour: {did: opened, at_least: 5}"),
        best_hour(
            UnknownName,
            "a best hour by a behaviour that is not there",
            "hours: 08:00-18:00, best_hour: {did: openned, at_least: 5}",
        ),
        best_hour(
            WrongForm,
            "a best hour that looks further back than state does",
            "hours: 08:00-18:00, best_hour: {did: opened, at_least: 30}",
        ),
        best_hour(Missing, "a best hour of whatever", "hours: 08:00-18:00, best_hour: {at_least: 5}"),
    ]
}

/// These rules over all programmes, and a behaviour.
fn best_hour(kind: playbook::MistakeKind, what: &'static str, sending: &str) -> Case {
    let behaviours = "behaviours: {opened: {label: O, when: {channel: email, kind: open}}}\n";
    case(kind, what, format!("{behaviours}sending: {{{sending}}}\n"))
}

/// A programme with these steps.
fn steps(kind: playbook::MistakeKind, what: &'static str, steps: &str) -> Case {
    let behaviours = "behaviours: {opened: {label: O, when: {channel: email, kind: open}}}\n";
    let programme =
        format!("programmes: {{w: {{label: W, priority: 3, enters: {{did: opened}}, steps: {{{steps}}}}}}}\n");
    case(kind, what, format!("{behaviours}{programme}"))
}
