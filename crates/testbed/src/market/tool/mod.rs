//! The payloads, as each tool documents them; `tests/golden/sources/` holds what ingest makes of every form.

pub(super) mod amazon_connect;
pub(super) mod canonical;
pub(super) mod salesforce;
pub(super) mod segment;
pub(super) mod sendgrid;
pub(super) mod zoom;
