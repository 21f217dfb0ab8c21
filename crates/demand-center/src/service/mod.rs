//! The services: what each crate brings, put together. [`run`] starts any of them in this process.

mod activate;
mod engine;
mod figures;
mod ingest;
mod letters;
mod mappings;
mod parts;
mod playbooks;
mod resolve;
mod retry;
mod reviews;
mod routing;
mod rows;
mod start;
mod tally;
mod upstream;

pub use activate::{ActivateError, activate};
pub(crate) use parts::Forms;
pub(crate) use playbooks::compile;
pub(crate) use retry::NOT_FOUND;
pub use start::{Running, ServiceName, run};
