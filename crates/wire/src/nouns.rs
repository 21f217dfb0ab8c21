//! Which fields each noun has on the wire.

mod output;
mod touchpoint;
mod value;
