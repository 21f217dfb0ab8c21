//! What an operator sees of a process: [metrics](catalogue), [logs], [health](Health), the way it ends ([`Lifecycle`]),
//! and the only wall clock ([`clock`]). Knows no domain and no Kafka: callers bring the names.

pub mod catalogue;
pub mod clock;
mod health;
mod http;
mod lifecycle;
pub mod logs;
mod metrics;

pub use catalogue::ServiceMetrics;
pub use health::{COMMIT_AGE_MAX, Complaints, HEARTBEAT_AGE_MAX, Health, Watchdog, WorkerHealth};
pub use http::{HttpError, HttpServer};
pub use lifecycle::{Component, Ending, Lifecycle, Shutdown, SignalError, SignalGuard};
pub use logs::LogFormat;
pub use metrics::{Build, Metrics};
