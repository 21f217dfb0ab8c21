//! What one touchpoint costs, in order, by the size of the playbook: with everything on, rows in memory.
//! `cargo run --release -p engine --example drawn [TOUCHPOINTS] [CONTACTS] [RULES] [SEGMENTS] [PROGRAMMES]`

#![allow(clippy::print_stdout)] // its purpose

mod playbook;
#[path = "../timed/mod.rs"]
mod timed;

use ::playbook as language;
use engine::input::Input;
use engine::version::Version;
use playbook::{CAMPAIGNS, PAGES, Size, text};
use timed::{Timed, delivered};
use touchpoint::{ContactId, Decimal, Timestamp, Touchpoint, Value};

/// A month of a market: of a hundred touchpoints so many of each kind.
const MIX: [(&str, &str, u64); 12] = [
    ("web", "page_view", 68),
    ("email", "open", 10),
    ("email", "click", 5),
    ("web", "download", 4),
    ("web", "search", 3),
    ("web", "form_submit", 2),
    ("web", "cta_click", 2),
    ("web", "video_view", 2),
    ("event", "registered", 1),
    ("event", "booth_visit", 1),
    ("call", "connected", 1),
    ("email", "delivered", 1),
];

/// The same numbers in every run: splitmix64 (Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*, 2014).
fn draw(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn kind(mut drawn: u64) -> (&'static str, &'static str) {
    for (channel, kind, share) in MIX {
        if drawn < share {
            return (channel, kind);
        }
        drawn -= share;
    }
    ("web", "page_view")
}

fn touchpoint(n: u64, contacts: u64, at: Timestamp) -> (ContactId, Input) {
    let drawn = draw(n);
    let contact = drawn % contacts;
    let (channel, kind) = kind((drawn >> 20) % 100);
    let mut touchpoint = Touchpoint::new("web-jp", format!("4f9d2c{n:010x}"), at, channel, kind);
    let properties = &mut touchpoint.properties;
    let which = drawn >> 40;
    match kind {
        "page_view" => {
            let page = which % PAGES as u64;
            properties.set("url", Value::text(format!("https://www.example.co.jp/page/{page:03}?utm_source=google")));
            properties.set("title", Value::text("Predictive maintenance for factories"));
        }
        "download" | "form_submit" => properties.set("purpose", Value::text(format!("purpose{}", which % 12))),
        "video_view" => properties.set("percent", Value::Number(Decimal::from_micros(which as i64 % 100 * 1_000_000))),
        "search" => properties.set("term", Value::text(format!("word{}", which % 20))),
        "booth_visit" => properties.set("rank", Value::text(["A", "B", "C"][which as usize % 3])),
        "open" | "click" => properties.set("message_id", Value::text(format!("m{}", which % 50))),
        _ => {}
    }
    if channel == "event" || channel == "email" {
        touchpoint.campaign = Some(touchpoint::Text::new(format!("campaign{}", which as usize % CAMPAIGNS)));
    }
    delivered(touchpoint, contact)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut next = |usual| arguments.next().transpose().map(|given| given.unwrap_or(usual));
    let (touchpoints, contacts) = (next(1_000_000)?, next(50_000)?);
    let size = Size { rules: next(200)? as usize, segments: next(40)? as usize, programmes: next(10)? as usize };
    let files = [("drawn.yaml".to_owned(), text(size))];
    let (model, _) = language::load(&files).unwrap_or_else(|mistakes| panic!("{}", language::render(&mistakes)));
    let start = Timestamp::parse("2026-04-01T00:00:00+09:00")?;
    let mut timed = Timed::new(Version::new(model)?, start)?;
    let step = 90 * 86_400_000 / touchpoints.max(1) as i64;
    let took = timed.run(touchpoints, |n| touchpoint(n, contacts, start.plus_millis(n as i64 * step)))?;
    let each = took.as_nanos() / u128::from(touchpoints.max(1));
    println!("{touchpoints} touchpoints of {contacts} contacts, {size:?}: {took:.2?}, {each} ns each");
    println!("{:?}", timed.told);
    Ok(())
}
