//! What could not be used: looked at, and sent again when it can be.

mod filter;
mod letters;
mod list;
mod resend;
mod retry;
mod show;

pub(super) use filter::Filter;
pub(super) use list::list;
pub(super) use retry::retry;
pub(super) use show::show;
