use clap::Parser;
use demand_center::cli::Cli;
use demand_center::{commands, output};
use std::process::ExitCode;

/// One heap that does not fragment under months of small rows.
#[global_allocator]
static HEAP: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // A wrong command line ends here, with clap's own message and exit code 2.
    match commands::run(Cli::parse()) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure);
            failure.exit.into()
        }
    }
}
