//! How large a file may be, whatever it is in.

/// Nesting of lists and mappings in one file; the default playbook needs 9.
pub const DEPTH_MAX: usize = 32;
/// Values, lists and mappings in one file: bounds the memory that a file of `[[],[],...]` can take.
pub const NODES_MAX: usize = 100_000;
/// A name that people type and columns hold.
pub const NAME_BYTES_MAX: usize = 128;
/// Mistakes in one report; who has more wants to see the first ones.
pub const MISTAKES_MAX: usize = 200;
