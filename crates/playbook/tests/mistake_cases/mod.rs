//! Small playbooks that are wrong in one way each.

mod content;
mod handoffs;
mod programmes;

use playbook::MistakeKind;
use playbook::MistakeKind::{
    BeyondTheLanguage, CapBelowPoints, Empty, Flapping, Missing, NeverHolds, OutOfOrder, Redundant, SaidTwice,
    Shadowed, UnknownName, UnknownWord, Unreachable, Unused, WrongForm, Yaml,
};

/// What is wrong, and sections that are wrong in this way only.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(Yaml, "an unclosed bracket", "groups: {browse: {cap: 10, per: month}\n"),
        case(Yaml, "a tab for indentation", "groups:\n\tbrowse: {cap: 10, per: month}\n"),
        case(BeyondTheLanguage, "an anchor", "groups: {browse: &cap {cap: 10, per: month}}\n"),
        case(BeyondTheLanguage, "a tag", "groups: {browse: {cap: !!int 10, per: month}}\n"),
        case(BeyondTheLanguage, "two documents", "groups: {browse: {cap: 10, per: month}}\n---\nissues: {}\n"),
        case(BeyondTheLanguage, "a list as a name", "groups: {browse: {cap: 10, per: month}, [a]: 1}\n"),
        case(Yaml, "a full-width comma", "groups: {browse: {cap: 10，per: month}, b: {cap: 1\n"),
        case(Yaml, "a full-width blank", "groups:\n  browse:\n\u{3000}\u{3000}cap: 10\n    per: month\n"),
        case(Yaml, "a full-width colon", "groups:\n  browse： {cap: 10, per: month}\n"),
        case(UnknownWord, "a misspelt section", "rulse: {}\n"),
        case(UnknownWord, "a misspelt word", "groups: {browse: {cap: 10, pre: month, per: month}}\n"),
        case(Missing, "a word that must be there", "groups: {browse: {cap: 10}}\n"),
        case(Missing, "a rule without touchpoints", "rules: {R1: {label: Page, points: 1, group: browse}}\n"),
        case(
            Missing,
            "a criterion of nobody",
            "fit:\n  criteria: {rank: {key: true, points: [{is: staff, points: 9}]}}\n  grades: {A: 5}\n  lowest: B\n  unknown: U\n  known_at_least: 1\n",
        ),
        case(WrongForm, "points in words", "groups: {browse: {cap: many, per: month}}\n"),
        case(WrongForm, "four decimals", "groups: {browse: {cap: 0.1234, per: month}}\n"),
        case(WrongForm, "points beyond all reason", "groups: {browse: {cap: 1000000, per: month}}\n"),
        case(WrongForm, "a duration without unit", "reasons: {price: {label: Price, to: box, returns_after: 180}}\n"),
        case(WrongForm, "months or minutes", "reasons: {price: {label: Price, to: box, returns_after: 3m}}\n"),
        case(
            WrongForm,
            "a limit in other words",
            "rules: {R1: {label: P, when: {kind: open}, points: 1, group: browse, limit: twice a day}}\n",
        ),
        case(WrongForm, "a zone that does not exist", "playbook: {name: small, label: first, time_zone: Asia/Tokio}\n"),
        case(WrongForm, "nothing after the colon", "groups: {browse: {cap: , per: month}}\n"),
        case(WrongForm, "a list for a mapping", "groups: [browse]\n"),
        case(WrongForm, "a value for a list", "page_classes: pricing\n"),
        case(
            WrongForm,
            "neither true nor false",
            "life_cycles: {a: {label: A, stages: {s: {label: S, phase: p, owner: none, recycle: \"yes\"}}}}\n",
        ),
        case(
            WrongForm,
            "a count that is none",
            "fit:\n  criteria: {rank: {of: contact, key: true, points: [{is: staff, points: 9}]}}\n  grades: {A: 5}\n  lowest: B\n  unknown: U\n  known_at_least: -1\n",
        ),
        case(WrongForm, "Japanese as a name", "issues: {突発停止: {label: 突発停止}}\n"),
        case(
            WrongForm,
            "a stage that is none",
            "life_cycles: {a: {label: A, stages: {merged: {label: S, phase: p, owner: none}}}}\n",
        ),
        case(
            WrongForm,
            "a whole URL for a prefix",
            "pages: {\"https://www.example.co.jp/pricing\": {class: pricing}, /cases: {class: case}}\n",
        ),
        case(
            WrongForm,
            "two conditions in one",
            "reasons: {price: {label: P, to: box, returns_when: {known: true, fit: A}}}\n",
        ),
        case(
            WrongForm,
            "a score without threshold",
            "reasons: {price: {label: P, to: box, returns_when: {score: behaviour}}}\n",
        ),
        case(
            WrongForm,
            "a threshold without score",
            "reasons: {price: {label: P, to: box, returns_when: {known: true, at_least: 5}}}\n",
        ),
        case(
            WrongForm,
            "any score below",
            "reasons: {price: {label: P, to: box, returns_when: {any_score: interest, below: 5}}}\n",
        ),
        case(
            WrongForm,
            "reasons without feedback",
            "reasons: {price: {label: P, to: box, returns_when: {known: true, reasons: price}}}\n",
        ),
        case(
            UnknownName,
            "an issue that is not declared",
            "reasons: {price: {label: P, to: box, returns_when: {answer: {issue: downtme}}}}\n",
        ),
        case(
            WrongForm,
            "a return from where nobody waits",
            stage("{by: score, when: {known: true}}", "")
                .replace("label: Late\n", "label: Late\n        returns_after: 180d\n"),
        ),
        case(
            WrongForm,
            "two tests in one",
            "reasons: {price: {label: P, to: box, returns_when: {contact: {rank: {is: staff, contains: a}}}}}\n",
        ),
        case(
            WrongForm,
            "points by two things",
            "rules: {R1: {label: P, points: {answer: need, property: rank, values: {stated: 1}}, group: browse}}\n",
        ),
        case(
            WrongForm,
            "cases and when",
            "rules: {R1: {label: P, when: {kind: open}, points: [{when: {kind: open}, points: 1}], group: browse}}\n",
        ),
        case(WrongForm, "a hand without touchpoint", stage("{by: hand, when: {score: behaviour, at_least: 9}}", "")),
        case(
            WrongForm,
            "feedback inside of all",
            stage("{by: feedback, when: {all: [{feedback: won}, {known: true}]}}", ""),
        ),
        case(
            WrongForm,
            "a half-life of nothing",
            "scores: {behaviour: {label: B, half_life: 0d, at_most: 200}, interest: {label: I, half_life: 1d, at_most: 200, per: solution}}\n",
        ),
        case(SaidTwice, "a name", "groups:\n  browse: {cap: 10, per: month}\n  browse: {cap: 20, per: month}\n"),
        case(SaidTwice, "a name in a list", "page_classes: [pricing, case, pricing]\n"),
        case(
            SaidTwice,
            "a grade",
            "fit:\n  criteria: {rank: {of: contact, key: true, points: [{is: staff, points: 9}]}}\n  grades: {A: 5}\n  lowest: A\n  unknown: A\n  known_at_least: 1\n",
        ),
        case(
            UnknownName,
            "a group",
            "rules: {R1: {label: Page, when: {kind: open}, points: 1, group: brows}, R2: {label: P, when: {kind: click}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "a page class",
            "pages: {/pricing: {class: prising}, /cases: {class: case}, /p: {class: pricing}}\n",
        ),
        case(
            UnknownName,
            "a page class in a rule",
            "rules: {R1: {label: Page, when: {page: cases}, points: 1, group: browse}}\n",
        ),
        case(UnknownName, "content", "pages: {/pricing: {class: pricing, content: handbok}, /cases: {class: case}}\n"),
        case(
            UnknownName,
            "a content type",
            "rules: {R1: {label: Page, when: {content_type: whitepaper}, points: 1, group: browse}}\n",
        ),
        case(UnknownName, "a solution", "campaigns: {expo: {label: Expo, solution: maintainance}}\n"),
        case(UnknownName, "an issue", "content: {handbook: {title: Handbook, type: white_paper, issue: downtimes}}\n"),
        case(
            UnknownName,
            "a campaign",
            "rules: {R1: {label: Page, when: {campaign: expo-2026}, points: 1, group: browse}}\n",
        ),
        case(UnknownName, "a channel", "rules: {R1: {label: Page, when: {channel: mail}, points: 1, group: browse}}\n"),
        case(
            UnknownName,
            "a kind",
            "rules: {R1: {label: Page, when: {channel: web, kind: pageview}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "a kind of another channel",
            "rules: {R1: {label: Page, when: {channel: web, kind: connected}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "a disposition",
            "rules: {R1: {label: Page, when: {disposition: interrested}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "a purpose",
            "rules: {R1: {label: Page, when: {purpose: inquiries}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "a reason in a pattern",
            "rules: {R1: {label: Page, when: {reason: prize}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "a direction",
            "rules: {R1: {label: Page, when: {direction: inbound}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "a question",
            "rules: {R1: {label: Page, when: {answers: {timeframes: 3m}}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "an answer",
            "rules: {R1: {label: Page, when: {answers: {timeframe: 4m}}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "an answer that gives points",
            "rules: {R1: {label: Page, points: {answer: budget, values: {secure: 1}}, group: browse}}\n",
        ),
        case(
            UnknownName,
            "a mark",
            "rules: {R1: {label: Page, when: {kind: open}, points: 1, group: browse, marks: hands}}\n",
        ),
        case(UnknownName, "a window", "groups: {browse: {cap: 10, per: months}}\n"),
        case(UnknownName, "a score", stage("{by: score, when: {score: behavior, at_least: 9}}", "")),
        case(UnknownName, "a family of scores", stage("{by: score, when: {any_score: interests, at_least: 9}}", "")),
        case(
            UnknownName,
            "a score per something else",
            "scores: {behaviour: {label: B, half_life: 1d, at_most: 200, per: campaign}}\nlife_cycles: {a: {label: A, stages: {box: {label: S, phase: p, owner: none, recycle: true}}}}\n",
        ),
        case(
            UnknownName,
            "the account's score",
            "account_score: {of: behavior, contact_at_most: 60, anonymous_at_most: 5}\n",
        ),
        case(UnknownName, "an attribute", stage("{by: profile, when: {contact: {ranks: staff}}}", "")),
        case(UnknownName, "an attribute of the other one", stage("{by: profile, when: {account: {rank: staff}}}", "")),
        case(UnknownName, "a grade", stage("{by: score, when: {fit: A}}", "")),
        case(UnknownName, "a feedback", stage("{by: feedback, when: {feedback: accept}}", "")),
        case(UnknownName, "a reason of feedback", stage("{by: feedback, when: {feedback: lost, reasons: prices}}", "")),
        case(UnknownName, "what a stage opens by", stage("{by: scores, when: {score: behaviour, at_least: 9}}", "")),
        case(
            UnknownName,
            "a stage to come from",
            stage("{by: score, from: earlier, when: {score: behaviour, at_least: 9}}", ""),
        ),
        case(
            UnknownName,
            "a stage to go to",
            stage(
                "{by: score, when: {score: behaviour, at_least: 9}}",
                "{to: earlie, when: {score: behaviour, below: 3}}",
            ),
        ),
        case(
            UnknownName,
            "a reason of an exit",
            stage(
                "{by: score, when: {score: behaviour, at_least: 9}}",
                "{to: box, reason: silence, when: {quiet_for: 9d}}",
            ),
        ),
        case(
            UnknownName,
            "a stage of a reason",
            "reasons: {price: {label: Price, to: recycle, returns_after: 180d}}\n",
        ),
        case(
            UnknownName,
            "whose attribute",
            "fit:\n  criteria: {rank: {of: company, key: true, points: [{is: staff, points: 9}]}}\n  grades: {A: 5}\n  lowest: B\n  unknown: U\n  known_at_least: 1\n",
        ),
        case(
            NeverHolds,
            "ignored touchpoints",
            "touchpoints: {ignored: [{properties: {machine: true}}, {channel: web}]}\n",
        ),
        case(
            NeverHolds,
            "a class without page",
            "page_classes: [pricing, case, security]\nrules: {R1: {label: Page, when: {page: security}, points: 1, group: browse}}\n",
        ),
        case(
            NeverHolds,
            "a class asked for and ruled out",
            "rules: {R1: {label: Page, when: {page: case, page_not: [case]}, points: 1, group: browse}}\n",
        ),
        case(
            NeverHolds,
            "content of another type",
            "content: {handbook: {title: H, type: white_paper}, cases: {title: C, type: case}}\nrules: {R1: {label: Page, when: {content: handbook, content_type: case}, points: 1, group: browse}}\n",
        ),
        case(
            NeverHolds,
            "a channel that has none of the kinds",
            "rules: {R1: {label: Page, when: {channel: [web, email], kind: [open, click]}, points: 1, group: browse}}\n",
        ),
        case(
            NeverHolds,
            "a range without numbers",
            "rules: {R1: {label: Page, when: {properties: {percent: {at_least: 80, below: 80}}}, points: 1, group: browse}}\n",
        ),
        case(
            NeverHolds,
            "one of an empty list",
            "rules: {R1: {label: Page, when: {properties: {percent: []}}, points: 1, group: browse}}\n",
        ),
        case(
            NeverHolds,
            "a threshold above the score",
            stage("{by: score, when: {score: behaviour, at_least: 201}}", ""),
        ),
        case(
            NeverHolds,
            "below the score's least",
            stage(
                "{by: score, when: {score: behaviour, at_least: 9}}",
                "{to: early, when: {score: behaviour, below: 0}}",
            ),
        ),
        case(
            NeverHolds,
            "two things at once",
            stage(
                "{by: score, when: {all: [{score: behaviour, at_least: 60}, {any: [{all: [{known: true}, {not: {known: true}}]}, {known: true}]}]}}",
                "",
            ),
        ),
        case(
            NeverHolds,
            "a score between nothing",
            stage("{by: score, when: {all: [{score: behaviour, at_least: 60}, {score: behaviour, below: 60}]}}", ""),
        ),
        case(
            NeverHolds,
            "an end in itself",
            stage("{by: score, when: {score: behaviour, at_least: 9}}", "{to: late, when: {quiet_for: 9d}}"),
        ),
        case(
            NeverHolds,
            "a grade beyond all points",
            "fit:\n  criteria: {rank: {of: contact, key: true, points: [{is: staff, points: 9}]}}\n  grades: {A: 10}\n  lowest: B\n  unknown: U\n  known_at_least: 1\n",
        ),
        case(
            NeverHolds,
            "more known than asked",
            "fit:\n  criteria: {rank: {of: contact, points: [{is: staff, points: 9}]}}\n  grades: {A: 5}\n  lowest: B\n  unknown: U\n  known_at_least: 1\n",
        ),
        case(NeverHolds, "a cap of nothing", "groups: {browse: {cap: 0, per: month}}\n"),
        case(
            Shadowed,
            "a case",
            "rules: {R1: {label: P, points: [{when: {channel: web}, points: 1}, {when: {channel: web, kind: chat}, points: 2}], group: browse}}\n",
        ),
        case(
            Shadowed,
            "a line of fit",
            "fit:\n  criteria: {employees: {of: account, key: true, points: [{is: {at_least: 100}, points: 5}, {is: {at_least: 300}, points: 9}]}}\n  grades: {A: 5}\n  lowest: B\n  unknown: U\n  known_at_least: 1\n",
        ),
        case(
            Shadowed,
            "an entry",
            stage(
                "{by: score, when: {score: behaviour, at_least: 9}}, {by: score, when: {all: [{score: behaviour, at_least: 60}, {known: true}]}}",
                "",
            ),
        ),
        case(
            Shadowed,
            "an exit",
            stage(
                "{by: score, when: {score: behaviour, at_least: 9}}",
                "{to: early, when: {quiet_for: 9d}}, {to: box, when: {quiet_for: 90d}}",
            ),
        ),
        case(Unreachable, "a stage without entry", stage("", "")),
        case(
            Unreachable,
            "a circle of stages",
            "life_cycles:\n  a:\n    label: A\n    stages:\n      early: {label: E, phase: p, owner: none}\n      one: {label: 1, phase: p, owner: none, entries: [{by: score, from: two, when: {known: true}}]}\n      two: {label: 2, phase: p, owner: none, entries: [{by: score, from: one, when: {known: true}}]}\n      box: {label: B, phase: p, owner: none, recycle: true}\n",
        ),
        case(
            Flapping,
            "an entry at its exit",
            stage(
                "{by: score, when: {all: [{known: true}, {score: behaviour, at_least: 8}]}}",
                "{to: early, when: {score: behaviour, below: 8}}",
            ),
        ),
        case(
            OutOfOrder,
            "grades",
            "fit:\n  criteria: {rank: {of: contact, key: true, points: [{is: staff, points: 90}]}}\n  grades: {A: 40, B: 60}\n  lowest: C\n  unknown: U\n  known_at_least: 1\n",
        ),
        case(
            OutOfOrder,
            "a score's range",
            "scores: {behaviour: {label: B, half_life: 1d, at_least: 10, at_most: 5}}\nlife_cycles: {a: {label: A, stages: {box: {label: S, phase: p, owner: none, recycle: true}}}}\n",
        ),
        case(Empty, "a life cycle", "life_cycles: {acquisition: {label: A, stages: {}}}\nreasons: {}\n"),
        case(Empty, "no life cycle", "life_cycles: {}\nreasons: {}\n"),
        case(Empty, "a pattern", "rules: {R1: {label: Page, when: {}, points: 1, group: browse}}\n"),
        case(Empty, "a condition", "reasons: {price: {label: P, to: box, returns_when: {}}}\n"),
        case(Empty, "a list of conditions", "reasons: {price: {label: P, to: box, returns_when: {all: []}}}\n"),
        case(Empty, "a page", "pages: {/pricing: {class: pricing}, /cases: {class: case}, /: {}}\n"),
        case(
            Empty,
            "cases",
            "rules: {R1: {label: P, when: {kind: open}, points: [], group: browse}, R2: {label: P, points: {property: p, values: {}}}}\n",
        ),
        case(Empty, "a score per solution without solutions", "solutions: {}\ncontent: {}\ncampaigns: {}\n"),
        case(
            Redundant,
            "a page within an equal one",
            "pages: {/pricing: {class: pricing}, /pricing/plans: {class: pricing}, /cases: {class: case}}\n",
        ),
        case(
            Redundant,
            "a pattern within another",
            "rules: {R1: {label: P, when: [{channel: web}, {channel: web, kind: chat}], points: 1, group: browse}}\n",
        ),
        case(
            CapBelowPoints,
            "a group's cap",
            "rules: {R1: {label: P, when: {kind: open}, points: 11, group: browse}}\n",
        ),
        case(
            CapBelowPoints,
            "a limit",
            "rules: {R1: {label: P, when: {kind: open}, points: -5, limit: 4 points per month}, R2: {label: P, when: {kind: click}, points: 1, group: browse}}\n",
        ),
        case(Unused, "a group", "groups: {browse: {cap: 10, per: month}, intent: {cap: 10, per: month}}\n"),
        case(Unused, "a page class", "page_classes: [pricing, case, security]\n"),
        case(Unused, "a rule", "rules: {R1: {label: P, when: {kind: open}, points: 0, group: browse}}\n"),
        case(
            Missing,
            "how long to wait for what follows",
            "behaviours: {form: {label: F, when: {kind: form_submit}}, look: {label: L, when: {page: pricing}, not_followed_by: form}}\nreadings: {keen: {label: K, when: {did: look}}}\n",
        ),
        case(
            WrongForm,
            "a behaviour that says two things",
            "behaviours: {look: {label: L, when: {page: pricing}, after_silence: 9d}}\nreadings: {keen: {label: K, when: {did: look}}}\n",
        ),
        case(
            WrongForm,
            "a behaviour made of one that is made of others",
            "behaviours: {look: {label: L, when: {page: pricing}}, twice: {label: T, in_order: [look, look], within: 9d}, more: {label: M, in_order: [twice, look], within: 9d}}\nreadings: {keen: {label: K, when: {did: more}}}\n",
        ),
        case(
            WrongForm,
            "a window where it is not counted",
            "behaviours: {look: {label: L, when: {page: pricing}, within: 9d}}\nreadings: {keen: {label: K, when: {did: look}}}\n",
        ),
        case(
            WrongForm,
            "times without a behaviour",
            "reasons: {price: {label: P, to: box, returns_when: {known: true, times: 2}}}\n",
        ),
        case(
            WrongForm,
            "times and days",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {did: look, times: 2, days: 2}}}\n",
        ),
        case(
            WrongForm,
            "more times than are kept",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {did: look, times: 51}}}\n",
        ),
        case(
            WrongForm,
            "a reading of one touchpoint",
            "readings: {keen: {label: K, when: {touchpoint: {page: pricing}}}}\n",
        ),
        case(
            WrongForm,
            "a reading that rests on another",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {did: look}}, more: {label: M, when: {reading: keen}}}\n",
        ),
        case(
            WrongForm,
            "points for a reading of points",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {all: [{did: look}, {score: behaviour, at_least: 9}]}}}\nrules: {R1: {label: P, reading: keen, points: 1, group: browse}}\n",
        ),
        case(
            WrongForm,
            "points for nothing done",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {any: [{did: look}, {known: true}]}}}\nrules: {R1: {label: P, reading: keen, points: 1, group: browse}}\n",
        ),
        case(
            WrongForm,
            "points for a reading and for touchpoints",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {did: look}}}\nrules: {R1: {label: P, reading: keen, when: {kind: open}, points: 1, group: browse}}\n",
        ),
        case(
            WrongForm,
            "an answer with a limit",
            "rules: {R1: {label: P, points: {answer: budget, values: {secured: 1}}, limit: once per month, group: browse}}\n",
        ),
        case(
            WrongForm,
            "a reading that raises a hand",
            "behaviours: {look: {label: L, when: {kind: page_view}}}\nreadings: {keen: {label: K, when: {did: look}}}\nrules: {R1: {label: P, reading: keen, points: 1, marks: hand, group: browse}}\n",
        ),
        case(
            WrongForm,
            "points for a reading by a touchpoint",
            "behaviours: {look: {label: L, when: {kind: page_view}}}\nreadings: {keen: {label: K, when: {did: look}}}\nrules: {R1: {label: P, reading: keen, points: 1, if: {own_touchpoint: true}, group: browse}}\n",
        ),
        case(
            WrongForm,
            "a return that waits for itself",
            "reasons: {price: {label: P, to: box, returns_after: 9d, returns_when: {return_due: true}}}\n",
        ),
        case(
            WrongForm,
            "a reading counted per asset",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {did: look}}}\nrules: {R1: {label: P, reading: keen, points: 1, limit: once per asset ever, group: browse}}\n",
        ),
        case(
            WrongForm,
            "a rule that asks for a stage's date",
            "rules: {R1: {label: P, when: {kind: open}, if: {return_due: true}, points: 1, group: browse}}\n",
        ),
        case(
            UnknownName,
            "a behaviour",
            "reasons: {price: {label: P, to: box, returns_when: {did: lok}}}\nbehaviours: {look: {label: L, when: {page: pricing}}}\n",
        ),
        case(
            UnknownName,
            "a reading",
            "rules: {R1: {label: P, reading: keene, points: 1, group: browse}}\nbehaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {did: look}}}\n",
        ),
        case(
            NeverHolds,
            "days that do not fit",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {did: look, days: 9, within: 7d}}}\n",
        ),
        case(
            NeverHolds,
            "a behaviour of ignored touchpoints",
            "touchpoints: {ignored: [{page: pricing}]}\nbehaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {did: look}}}\n",
        ),
        case(
            NeverHolds,
            "done and not done",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {all: [{did: look, times: 2}, {not: {did: look}}]}}}\n",
        ),
        case(
            Shadowed,
            "a reading that a wider one stands before",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {did: look}}, keener: {label: L, when: {did: look, times: 3}}}\n",
        ),
        case(Unused, "a behaviour that nothing asks for", "behaviours: {look: {label: L, when: {page: pricing}}}\n"),
        case(
            Missing,
            "business time without a calendar",
            stage("{by: score, when: {score: behaviour, at_least: 9}}", "{to: early, when: {hold_passed_by: 5bd}}"),
        ),
        case(
            UnknownName,
            "a calendar",
            "playbook: {name: small, label: first, time_zone: Asia/Tokyo, calendar: ofice}\ncalendars: {office: {weekdays: [mon, tue], hours: 09:00-18:00}}\n",
        ),
        case(
            UnknownName,
            "a weekday",
            "playbook: {name: small, label: first, time_zone: Asia/Tokyo, calendar: office}\ncalendars: {office: {weekdays: [mom, tue], hours: 09:00-18:00}}\n",
        ),
        case(
            UnknownName,
            "a list of holidays",
            "playbook: {name: small, label: first, time_zone: Asia/Tokyo, calendar: office}\ncalendars: {office: {weekdays: [mon, tue], hours: 09:00-18:00, holidays: japan}}\n",
        ),
        case(
            WrongForm,
            "hours that end before they begin",
            "playbook: {name: small, label: first, time_zone: Asia/Tokyo, calendar: office}\ncalendars: {office: {weekdays: [mon, tue], hours: 18:00-09:00}}\n",
        ),
        case(
            WrongForm,
            "a day of the year that is none",
            "playbook: {name: small, label: first, time_zone: Asia/Tokyo, calendar: office}\ncalendars: {office: {weekdays: [mon, tue], hours: 09:00-18:00, closed: [02-30]}}\n",
        ),
        case(
            WrongForm,
            "a holiday that is no day",
            "playbook: {name: small, label: first, time_zone: Asia/Tokyo, calendar: office}\ncalendars: {office: {weekdays: [mon, tue], hours: 09:00-18:00, holidays: japan}}\nholidays: {japan: {2026-02-29: Leap}}\n",
        ),
        case(
            WrongForm,
            "business weeks",
            stage("{by: score, when: {score: behaviour, at_least: 9}}", "{to: early, when: {hold_passed_by: 2bw}}"),
        ),
        case(
            Missing,
            "an office that never opens",
            "playbook: {name: small, label: first, time_zone: Asia/Tokyo, calendar: office}\ncalendars: {office: {hours: 09:00-18:00}}\n",
        ),
        case(WrongForm, "a date that is none", "reasons: {price: {label: P, to: box, returns_before: {by: 180d}}}\n"),
        case(
            UnknownName,
            "a date of an unknown answer",
            "reasons: {price: {label: P, to: box, returns_before: {answer: contract_ends, by: 180d}}}\n",
        ),
        case(
            Missing,
            "a season without a fiscal year",
            "reasons: {price: {label: P, to: box, returns_in_season: {months_before_fiscal_year: 6}}}\n",
        ),
        case(
            WrongForm,
            "a season of another year",
            "reasons: {price: {label: P, to: box, returns_in_season: {months_before_fiscal_year: 13}}}\n",
        ),
        case(
            UnknownName,
            "since something else",
            "reasons: {price: {label: P, to: box, returns_when: {answer: {budget: planned}, since: quote}}}\n",
        ),
        case(
            WrongForm,
            "since a stage where nobody asks for one",
            "rules: {R1: {label: P, when: {kind: open}, if: {answer: {budget: planned}, since: stage}, points: 1, group: browse}}\n",
        ),
        case(
            WrongForm,
            "since without something done",
            "reasons: {price: {label: P, to: box, returns_when: {known: true, since: stage}}}\n",
        ),
        case(
            WrongForm,
            "days of the year the wrong way round",
            "playbook: {name: small, label: first, time_zone: Asia/Tokyo, calendar: office}\ncalendars: {office: {weekdays: [mon, tue], hours: 09:00-18:00, closed: [08-16..08-10]}}\n",
        ),
        case(
            WrongForm,
            "a reading by the name of none",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {none: {label: K, when: {did: look}}}\n",
        ),
        case(
            WrongForm,
            "what came before where nothing is to follow",
            "behaviours: {look: {label: L, when: {page: pricing}, nor_before: 9d}}\nreadings: {keen: {label: K, when: {did: look}}}\n",
        ),
        case(WrongForm, "full-width digits", "groups: {browse: {cap: １０, per: month}}\n"),
        case(WrongForm, "a full-width duration", "reasons: {price: {label: P, to: box, returns_after: １８０d}}\n"),
        case(UnknownWord, "a full-width colon after a word", "groups: {browse: {cap： 10, per: month}}\n"),
        case(
            UnknownName,
            "a department nobody knows",
            "life_cycles: {a: {label: A, stages: {s: {label: S, phase: p, owner: sale}}}}\n",
        ),
        case(
            UnknownName,
            "coverage of a stage nobody knows",
            "tiers: {big: {label: B, when: {account: {employees: {present: true}}}, coverage: {sooner: {lead: sales}}}}\n",
        ),
        case(
            UnknownName,
            "coverage by a department nobody knows",
            "tiers: {big: {label: B, when: {account: {employees: {present: true}}}, coverage: {late: {lead: sales, help: marketin}}}}\n",
        ),
        case(WrongForm, "a tier by what somebody did", "tiers: {big: {label: B, when: {known: true}}}\n"),
        case(
            Shadowed,
            "a narrower tier after a wider one",
            "tiers: {big: {label: B, when: {account: {employees: {at_least: 100}}}}, bigger: {label: C, when: {account: {employees: {at_least: 300}}}}}\n",
        ),
        case(
            WrongForm,
            "a segment that rests on a later one",
            "segments: {a: {label: A, when: {segment: b}}, b: {label: B, when: {known: true}}}\n",
        ),
        case(WrongForm, "a segment of one touchpoint", "segments: {a: {label: A, when: {touchpoint: {kind: open}}}}\n"),
        case(
            WrongForm,
            "a stage that rests on a segment that rests on stages",
            format!(
                "segments: {{a: {{label: A, when: {{stage: {{acquisition: late}}}}}}}}\n{}",
                stage("{by: score, when: {segment: a}}", "{to: early, when: {quiet_for: 9d}}")
            ),
        ),
        case(
            NeverHolds,
            "a segment that is always empty",
            "segments: {a: {label: A, when: {all: [{score: behaviour, at_least: 9}, {score: behaviour, below: 9}]}}}\n",
        ),
        case(
            NeverHolds,
            "a segment that is left at once",
            "segments: {a: {label: A, when: {score: behaviour, at_least: 9}, until: {score: behaviour, at_least: 5}}}\n",
        ),
        case(
            WrongForm,
            "a first life cycle that is not everybody's",
            "life_cycles: {a: {label: A, while: {known: true}, stages: {s: {label: S, phase: p, owner: none}}}}\n",
        ),
        case(
            WrongForm,
            "a life cycle that rests on a later one",
            "life_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}, t: {label: T, phase: p, owner: none, entries: [{by: score, when: {stage: {b: u}}}]}}}\n  b: {label: B, stages: {u: {label: U, phase: p, owner: none}}}\n",
        ),
        case(
            WrongForm,
            "coverage of a second life cycle",
            "life_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: by_coverage}}}\n  b: {label: B, stages: {u: {label: U, phase: p, owner: by_coverage}}}\n",
        ),
        case(
            UnknownName,
            "a stage of another life cycle",
            "segments: {a: {label: A, when: {stage: {acquisition: [late, won]}}}}\n",
        ),
        case(WrongForm, "a date without a span", "segments: {a: {label: A, when: {date: {answer: contract_end}}}}\n"),
        case(WrongForm, "a span without a date", "segments: {a: {label: A, when: {known: true, within_next: 9d}}}\n"),
        case(
            WrongForm,
            "two dates at once",
            "segments: {a: {label: A, when: {date: {answer: contract_end, contact: nps}, within_next: 9d}}}\n",
        ),
        case(UnknownName, "an unknown way to reach somebody", "segments: {a: {label: A, when: {reachable: fax}}}\n"),
        case(
            WrongForm,
            "close scores without how close",
            "segments: {a: {label: A, when: {close: interest, at_least: 9}}}\n",
        ),
        case(
            WrongForm,
            "a reading by a stage",
            "behaviours: {look: {label: L, when: {page: pricing}}}\nreadings: {keen: {label: K, when: {all: [{did: look}, {stage: {acquisition: late}}]}}}\n",
        ),
        case(
            WrongForm,
            "a company that raises its hand",
            "segments: {k: {label: K, when: {known: true}}}\nlife_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}}}\n  b: {label: B, of: account, stages: {u: {label: U, phase: p, owner: none}, v: {label: V, phase: p, owner: none, entries: [{by: hand, when: {members: 1, in_segment: k}}]}}}\n",
        ),
        case(
            WrongForm,
            "a company asked as a contact is",
            "segments: {k: {label: K, when: {known: true}}}\nlife_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}}}\n  b: {label: B, of: account, stages: {u: {label: U, phase: p, owner: none}, v: {label: V, phase: p, owner: none, entries: [{by: score, when: {known: true}}]}}}\n",
        ),
        case(
            UnknownName,
            "a score that companies do not have",
            "segments: {k: {label: K, when: {known: true}}}\nlife_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}}}\n  b: {label: B, of: account, stages: {u: {label: U, phase: p, owner: none}, v: {label: V, phase: p, owner: none, entries: [{by: score, when: {score: behaviour, at_least: 9}}]}}}\n",
        ),
        case(
            Missing,
            "members without saying which",
            "segments: {k: {label: K, when: {known: true}}}\nlife_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}}}\n  b: {label: B, of: account, stages: {u: {label: U, phase: p, owner: none}, v: {label: V, phase: p, owner: none, entries: [{by: score, when: {members: 2}}]}}}\n",
        ),
        case(
            UnknownName,
            "members of an unknown segment",
            "segments: {k: {label: K, when: {known: true}}}\nlife_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}}}\n  b: {label: B, of: account, stages: {u: {label: U, phase: p, owner: none}, v: {label: V, phase: p, owner: none, entries: [{by: score, when: {members: 2, in_segment: kk}}]}}}\n",
        ),
        case(
            WrongForm,
            "a company by a stage of contacts",
            "segments: {k: {label: K, when: {known: true}}}\nlife_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}}}\n  b: {label: B, of: account, stages: {u: {label: U, phase: p, owner: none}, v: {label: V, phase: p, owner: none, entries: [{by: score, when: {stage: {a: s}}}]}}}\n",
        ),
        case(
            WrongForm,
            "members of a contact",
            "segments: {k: {label: K, when: {known: true}}, m: {label: M, when: {members: 2, in_segment: k}}}\n",
        ),
        case(
            WrongForm,
            "a circle between a company and its contacts",
            "segments: {k: {label: K, when: {account_stage: {b: v}}}}\nlife_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}}}\n  b: {label: B, of: account, stages: {u: {label: U, phase: p, owner: none}, v: {label: V, phase: p, owner: none, entries: [{by: score, when: {members: 2, in_segment: k}}]}}}\n",
        ),
        case(
            WrongForm,
            "colleagues who would hold each other at a stage",
            "segments: {k: {label: K, when: {stage: {a: t}}}}\nlife_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}, t: {label: T, phase: p, owner: none, entries: [{by: association, when: {colleagues: 1, in_segment: k}}]}}}\n",
        ),
        case(
            WrongForm,
            "how somebody came to a stage that is decided later",
            "life_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}, t: {label: T, phase: p, owner: none, entries: [{by: score, when: {known: true}}], exits: [{to: s, when: {came_by: {b: score}}}]}}}\n  b: {label: B, stages: {u: {label: U, phase: p, owner: none}}}\n",
        ),
        case(
            WrongForm,
            "a life cycle of companies asked as one of contacts",
            "segments: {k: {label: K, when: {stage: {b: v}}}}\nlife_cycles:\n  a: {label: A, stages: {s: {label: S, phase: p, owner: none}}}\n  b: {label: B, of: account, stages: {u: {label: U, phase: p, owner: none}, v: {label: V, phase: p, owner: none, entries: [{by: score, when: {members: 1, in_segment: k}}]}}}\n",
        ),
        case(
            WrongForm,
            "a first life cycle of companies",
            "life_cycles: {b: {label: B, of: account, stages: {u: {label: U, phase: p, owner: none}}}}\n",
        ),
        case(
            UnknownName,
            "a life cycle of nobody",
            "life_cycles: {a: {label: A, of: person, stages: {u: {label: U, phase: p, owner: none}}}}\n",
        ),
        case(Unused, "a return without box", "reasons: {price: {label: Price, to: late, returns_after: 180d}}\n"),
    ];
    cases.extend(content::cases());
    cases.extend(programmes::cases());
    cases.extend(handoffs::cases());
    cases
}

pub(crate) struct Case {
    pub(crate) kind: MistakeKind,
    pub(crate) what: &'static str,
    pub(crate) sections: String,
}

fn case(kind: MistakeKind, what: &'static str, sections: impl Into<String>) -> Case {
    Case { kind, what, sections: sections.into() }
}

/// A life cycle whose stage `late` has these entries and exits.
pub(crate) fn stage(entries: &str, exits: &str) -> String {
    format!(
        "life_cycles:\n  acquisition:\n    label: Acquisition\n    stages:\n      \
         early: {{label: Early, phase: p, owner: marketing}}\n      \
         late:\n        label: Late\n        phase: p\n        owner: marketing\n        \
         entries: [{entries}]\n        exits: [{exits}]\n      \
         box: {{label: Box, phase: p, owner: marketing, recycle: true}}\n"
    )
}
