//! Random playbooks, as the YAML that a marketer would write, and random histories for them.
//!
//! A playbook is drawn as a tree of numbers ([`spec`], [`condition`]) so that a counter-example shrinks, and written down as
//! text ([`text`]), which the playbook's own compiler reads. What the compiler refuses is left out.

pub(crate) mod condition;
mod found;
pub(crate) mod history;
pub(crate) mod spec;
pub(crate) mod stages;
pub(crate) mod text;
mod text_of_stages;
pub(crate) mod words;
