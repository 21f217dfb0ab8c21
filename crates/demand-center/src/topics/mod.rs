//! The topic plan: every topic of the system, and how a cluster compares with it.

mod compare;
mod plan;
mod print;

pub use compare::{Difference, Standing, compare, require, require_config};
pub use plan::{Cleanup, TopicPlan, TopicSpec, names};
pub use print::{json, table};
