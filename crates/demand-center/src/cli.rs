//! The command line, as people type it. What each command does is in [`crate::commands`].

use crate::commands::{Decision, Language};
use crate::output::Form;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Every touchpoint of every contact in one place: who is where in the life cycle, why, and what comes next.
///
/// Each service is a sub-command and runs as a process of its own. stdout is data, stderr is talk.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "demand-center",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "Exit codes: 0 done, 1 findings, 2 usage, 3 unreachable."
)]
pub struct Cli {
    #[command(flatten)]
    pub settings: SettingsArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// Settings: built-in defaults < file < environment < flags.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingsArgs {
    /// Settings file (TOML)
    #[arg(long, global = true, value_name = "FILE", env = "DEMAND_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Brokers to start from; same as --set kafka.bootstrap_servers=HOST:PORT,...
    #[arg(short, long, global = true, value_name = "HOST:PORT,...")]
    pub bootstrap_servers: Option<String>,
    /// One setting, as --set stream.commit_interval=50ms; beats file and environment (DEMAND__STREAM__COMMIT_INTERVAL)
    #[arg(short, long = "set", global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// See it work: a simulated market, all services in this process, no Docker, no JVM
    Demo(DemoArgs),
    /// Service: raw records of a channel become touchpoints
    Ingest {
        /// web, email, call, event, crm, profile, or a declared channel
        channel: String,
    },
    /// Service: whose touchpoint is it?
    Resolve,
    /// Service: scores, stages, timers; what the history means
    Engine,
    /// The marketers' model
    #[command(subcommand)]
    Playbook(PlaybookCommand),
    /// What the tools send, and what becomes of it
    #[command(subcommand)]
    Sources(SourcesCommand),
    /// What could not be used, and why: look at it, and send it again when it can be
    #[command(subcommand)]
    DeadLetters(LettersCommand),
    /// What is left to people: who may be one, which identifiers too many have
    #[command(subcommand)]
    Reviews(ReviewsCommand),
    /// One contact
    #[command(subcommand)]
    Contact(ContactCommand),
    /// Send a list that people hold (CSV, TSV, JSON; as its source reads) to the raw topic of its channel, row by row; sent
    /// again it does not count twice; exit code 1 when a row is rejected
    Import(ImportArgs),
    /// The schemas of what is published
    #[command(subcommand)]
    Schemas(SchemasCommand),
    /// The topics that the system needs
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// The settings in force
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Why: a contact's stage and scores; or what the code of a rejection or fault means, and what to do about it
    Explain(ExplainArgs),
    /// Completions for a shell, to be sourced by it
    Completions { shell: Shell },
}

#[derive(Clone, Copy, Debug, Args)]
pub struct DemoArgs {
    /// The same seed shows the same market
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Companies in the market
    #[arg(long, default_value_t = 300)]
    pub accounts: u32,
    /// Use the broker of the settings (real Kafka) instead of the one in this process
    #[arg(long)]
    pub kafka: bool,
    /// End when the simulated months are over
    #[arg(long)]
    pub end: bool,
}

#[derive(Clone, Debug, Subcommand)]
pub enum PlaybookCommand {
    /// Write a commented playbook to start from, with two scenarios; nothing is overwritten
    Init {
        /// A new folder
        dir: PathBuf,
        /// The playbook's name; default: the folder's
        #[arg(long)]
        name: Option<String>,
    },
    /// Check a playbook without Kafka: all mistakes at once; exit code 1 for mistakes and warnings
    Validate {
        /// Folder of its .yaml files; default: playbook.dir
        dir: Option<PathBuf>,
    },
    /// Play scenarios against a playbook without Kafka: given, when, expected, in virtual time; exit code 1 when one
    /// does not come out as it is written
    Test {
        /// Folder of the playbook's .yaml files; default: playbook.dir
        dir: Option<PathBuf>,
        /// Folders of scenarios, or single files; default: `scenarios` in the playbook's folder
        #[arg(long, value_name = "PATH", num_args = 1..)]
        scenarios: Vec<PathBuf>,
        /// Write a report for a test server (JUnit XML)
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
    },
    /// Say in words what one version says otherwise than another; exit code 1 when it says anything
    Diff {
        /// Folder of the one
        former: PathBuf,
        /// Folder of the other
        newer: PathBuf,
    },
    /// Bring a playbook into force, without restart
    Activate {
        /// Folder of its .yaml files; default: playbook.dir
        dir: Option<PathBuf>,
        /// From when on what occurs is scored by it: `now`, or a time as 2026-04-01T00:00:00+09:00
        #[arg(long, default_value = "now", value_name = "TIME")]
        effective_at: String,
        /// Only when none was ever activated: for a deployment that brings a first one along
        #[arg(long)]
        if_none: bool,
    },
    /// Print what was activated: which is in force, which are to come; exit code 1 when partitions differ
    List {
        #[arg(short, long, value_enum, default_value_t, visible_alias = "format")]
        output: Form,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub enum ExplainSubject {
    /// Why a contact stands where it stands: each score as its contributions, fit, reading, and what is missing for the
    /// next stage
    Contact {
        /// As published: `c` and 26 characters
        id: String,
        /// The moment, `now` or as 2026-04-01T00:00:00+09:00, at or after the last touchpoint; default: that of the engine
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// Default: as LC_ALL, LC_MESSAGES or LANG says, else English
        #[arg(long, value_enum)]
        lang: Option<Language>,
        #[arg(short, long, value_enum, default_value_t, visible_alias = "format")]
        output: Form,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub enum SourcesCommand {
    /// Print every source; of one, what each of its event types becomes
    List {
        /// As in the header `source`
        source: Option<String>,
        #[arg(short, long, value_enum, default_value_t)]
        output: Form,
    },
    /// Map raw records without Kafka: one JSON line for each touchpoint, named drop or rejection; exit code 1 when
    /// something is rejected
    Try {
        /// As in the header `source`; `sources list` prints them
        source: String,
        /// Files with the value of one raw record each; none, or -: stdin
        files: Vec<PathBuf>,
        /// The channel of the raw topic, for sources that do not belong to one
        #[arg(long)]
        channel: Option<String>,
        /// A mapping file that describes the source, in the place of a built-in one
        #[arg(long, value_name = "FILE")]
        mapping: Option<PathBuf>,
    },
    /// Map the samples beside mapping files without Kafka: DIR/SOURCE/CASE.json (or .csv, ...) must become what
    /// CASE.expected.jsonl says; exit code 1 when one does not
    Test {
        /// Folder of mapping files; default: sources.mappings_dir
        dir: Option<PathBuf>,
        /// Write what comes out as what is expected; read it before you keep it
        #[arg(long)]
        update: bool,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub enum LettersCommand {
    /// Print the letters that wait, the latest first
    List {
        #[command(flatten)]
        filter: LetterArgs,
        /// Those that were sent again, too
        #[arg(long)]
        all: bool,
        /// Print at most so many; JSON prints all
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[arg(short, long, value_enum, default_value_t)]
        output: Form,
    },
    /// Print one letter with its record as it came: names and addresses of people
    Show {
        /// As `list` prints it
        letter: String,
        #[arg(short, long, value_enum, default_value_t)]
        output: Form,
    },
    /// Send records again to where they came from; what would be refused again stays; exit code 1 when something stays
    Retry {
        /// As `list` prints them; none: those of the filter
        letters: Vec<String>,
        #[command(flatten)]
        filter: LetterArgs,
        /// All that wait
        #[arg(long)]
        all: bool,
        /// Say what would be sent, and send nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub enum ReviewsCommand {
    /// Print what waits for a decision, the latest first
    List {
        /// What was decided, or needs no decision any more, too
        #[arg(long)]
        all: bool,
        #[arg(short, long, value_enum, default_value_t)]
        output: Form,
    },
    /// Decide one; the last word of a pair counts, so it can be taken back
    Decide {
        /// As `list` prints it
        review: String,
        #[arg(value_enum)]
        decision: Decision,
        /// Who decides: stands with the decision
        #[arg(long, value_name = "NAME")]
        by: String,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub enum ContactCommand {
    /// Forget a person: the history, and what is known to be theirs; cannot be taken back
    Erase {
        /// Our id (c...), or KIND=VALUE: email=..., crm_id=SYSTEM:ID, phone=..., card=..., badge=..., cookie=...
        #[arg(required = true)]
        whom: Vec<String>,
        /// Who says so
        #[arg(long, value_name = "NAME")]
        by: String,
    },
}

#[derive(Clone, Debug, Args)]
pub struct LetterArgs {
    /// DC-1003, or its name invalid_field
    #[arg(long)]
    pub code: Option<String>,
    /// As in the header `source`
    #[arg(long)]
    pub source: Option<String>,
    /// Who refused it: ingest-email, resolve, engine
    #[arg(long)]
    pub service: Option<String>,
    /// Refused at or after this time, or so long ago (24h)
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Refused before this time, or so long ago
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// The list; -: stdin
    pub file: PathBuf,
    /// How it is read: `sources list` prints the names
    #[arg(long)]
    pub source: String,
    /// The channel of the raw topic, for sources that do not belong to one
    #[arg(long)]
    pub channel: Option<String>,
    /// Given to each row that says nothing of it, as --field campaign=expo-2026-10
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub fields: Vec<String>,
    /// Leave out the rows before this line
    #[arg(long, value_name = "LINE", default_value_t = 1)]
    pub from_line: u64,
    /// Say what would become of each row, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// table: the report; json: a line for each row with what becomes of it
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Form,
}

#[derive(Clone, Debug, Subcommand)]
pub enum SchemasCommand {
    /// Compare with the registry; exit code 1 when one is missing or may not follow what is there
    Check,
    /// Register what is missing
    Register,
}

#[derive(Clone, Debug, Subcommand)]
pub enum TopicsCommand {
    /// Print the plan and how the cluster compares; exit code 1 when something is missing or differs
    Plan {
        /// Ask no cluster
        #[arg(long)]
        offline: bool,
        #[arg(short, long, value_enum, default_value_t)]
        output: Form,
    },
    /// Create what is missing; refuse when a topic is there that does not fit
    Apply,
}

#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting with its value, as a settings file
    Show {
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
        /// Say what each setting is for
        #[arg(long)]
        docs: bool,
    },
}

#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ExplainArgs {
    #[command(subcommand)]
    pub subject: Option<ExplainSubject>,
    /// As it stands in a dead letter, a log line or a metric: DC-1003, invalid_field. None: list all codes
    pub code: Option<String>,
}
