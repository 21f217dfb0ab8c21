//! Nouns for the tests: any noun at all (proptest strategies), and one of each with every field set (for golden files).
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its share")]

pub mod any;
pub mod full;
