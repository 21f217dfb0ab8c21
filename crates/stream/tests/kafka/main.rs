//! The runtime against a real Kafka (its address in `DEMAND_TEST_BOOTSTRAP`) and, where faults must be injected, against
//! the client's own mock brokers.
#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub, reason = "tests")]

mod assignment;
mod counting;
mod faults;
mod harness;
mod kill;
mod lost;
mod made_anew;
mod mock;
mod once;
mod relay;
mod restoring;
mod topics;
mod zombie;
