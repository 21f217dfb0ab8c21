//! Traffic of machines, told by the user agent: marked with the property `machine`, never dropped. What a user agent
//! does not tell (a scanner that clicks every link of a mail) follows from the pattern only.

use crate::settings::Settings;
use touchpoint::{Properties, Value};

/// Parts of user agents, in lower case, of programs that say what they are. `bot/` and not `bot`: a maker of
/// telephones is called Cubot. Image proxies of mail providers are none: they load when a person opens.
pub(crate) const AGENTS: &[&str] = &[
    "bot/",
    "bot;",
    "crawler",
    "spider",
    "slurp",
    "headlesschrome",
    "phantomjs",
    "python-requests",
    "python-urllib",
    "go-http-client",
    "okhttp",
    "curl/",
    "wget/",
    "lighthouse",
    "pingdom",
    "uptimerobot",
    "site24x7",
    "barracuda",
    "proofpoint",
    "mimecast",
];

/// The property that marks a machine.
pub(crate) const MACHINE: &str = "machine";
pub(crate) const USER_AGENT: &str = "user_agent";

/// Keeps the user agent and marks a machine's.
pub(crate) fn mark(properties: &mut Properties, settings: &Settings, user_agent: &str) {
    properties.set(USER_AGENT, Value::text(user_agent));
    let lower = user_agent.to_ascii_lowercase();
    if settings.machine_agents.iter().any(|agent| lower.contains(agent.as_str())) {
        properties.set(MACHINE, Value::Bool(true));
    }
}
