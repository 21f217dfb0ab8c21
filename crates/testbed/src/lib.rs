//! testbed

pub mod market;
pub mod scenario;
