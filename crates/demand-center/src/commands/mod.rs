//! One module a command.

mod config;
mod contact;
mod contents;
mod dead_letters;
mod explain;
mod import;
mod moment;
mod playbook;
mod reviews;
mod said;
mod schemas;
mod sources;
pub(crate) mod topics;

use crate::cli::{
    Cli, Command, ConfigCommand, ContactCommand, ExplainSubject, ImportArgs, LettersCommand, PlaybookCommand,
    ReviewsCommand, SchemasCommand, SettingsArgs, SourcesCommand, TopicsCommand,
};
use crate::demo::{self, DemoOptions};
use crate::failure::{Exit, Failure};
use crate::service::{self, ServiceName};
use crate::settings::{Loaded, Settings, Sources, nearest};
use clap::CommandFactory;
use dead_letters::Filter;
pub use explain::Language;
use import::Import;
pub use reviews::Decision;

/// Runs the command.
///
/// # Errors
/// What went wrong, with place and next step.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    let load = || load(&cli.settings);
    match cli.command {
        Command::Demo(args) => demo::run(
            &load()?.settings,
            DemoOptions { seed: args.seed, accounts: args.accounts, real_kafka: args.kafka, end: args.end },
        ),
        Command::Ingest { channel } => {
            let settings = load()?.settings;
            declared(&settings, &channel)?;
            service::run(&settings, &[ServiceName::Ingest(channel)])
        }
        Command::Resolve => service::run(&load()?.settings, &[ServiceName::Resolve]),
        Command::Engine => service::run(&load()?.settings, &[ServiceName::Engine]),
        Command::Playbook(PlaybookCommand::Init { dir, name }) => playbook::init(&dir, name.as_deref()),
        Command::Playbook(PlaybookCommand::Diff { former, newer }) => playbook::diff(&former, &newer),
        Command::Playbook(PlaybookCommand::Test { dir, scenarios, junit }) => {
            playbook::test(&load()?.settings, dir.as_deref(), &scenarios, junit.as_deref())
        }
        Command::Playbook(PlaybookCommand::Validate { dir }) => playbook::validate(&load()?.settings, dir.as_deref()),
        Command::Playbook(PlaybookCommand::Activate { dir, effective_at, if_none }) => {
            playbook::activate_from(&load()?.settings, dir.as_deref(), &effective_at, if_none)
        }
        Command::Playbook(PlaybookCommand::List { output }) => playbook::list(&load()?.settings, output),
        Command::Sources(SourcesCommand::List { source, output }) => {
            sources::list(&load()?.settings, source.as_deref(), output)
        }
        Command::Sources(SourcesCommand::Try { source, files, channel, mapping }) => {
            let mapping = mapping.as_deref().map(sources::mapping).transpose()?;
            sources::try_out(&load()?.settings, &source, channel.as_deref(), mapping, &files)
        }
        Command::Sources(SourcesCommand::Test { dir, update }) => {
            sources::test(&load()?.settings, dir.as_deref(), update)
        }
        Command::DeadLetters(LettersCommand::List { filter, all, limit, output }) => {
            dead_letters::list(&load()?.settings, &Filter::of(&filter)?, all, limit, output)
        }
        Command::DeadLetters(LettersCommand::Show { letter, output }) => {
            dead_letters::show(&load()?.settings, &letter, output)
        }
        Command::DeadLetters(LettersCommand::Retry { letters, filter, all, dry_run }) => {
            dead_letters::retry(&load()?.settings, &Filter::of(&filter)?, &letters, all, dry_run)
        }
        Command::Reviews(ReviewsCommand::List { all, output }) => reviews::list(&load()?.settings, all, output),
        Command::Reviews(ReviewsCommand::Decide { review, decision, by }) => {
            reviews::decide(&load()?.settings, &review, decision, &by)
        }
        Command::Contact(ContactCommand::Erase { whom, by }) => contact::erase(&load()?.settings, &whom, &by),
        Command::Import(args) => import_file(&load()?.settings, &args),
        Command::Schemas(SchemasCommand::Check) => schemas::check(&load()?.settings),
        Command::Schemas(SchemasCommand::Register) => schemas::register(&load()?.settings),
        Command::Topics(TopicsCommand::Plan { offline, output }) => topics::plan(&load()?.settings, output, offline),
        Command::Topics(TopicsCommand::Apply) => topics::apply(&load()?.settings),
        Command::Config(ConfigCommand::Show { origin, docs }) => config::show(&load()?, origin, docs),
        Command::Explain(args) => match args.subject {
            None => explain::explain(args.code.as_deref()),
            Some(ExplainSubject::Contact { id, at, lang, output }) => {
                explain::explain_contact(&load()?.settings, &id, at.as_deref(), lang, output)
            }
        },
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "demand-center", &mut script);
            crate::output::out(&String::from_utf8_lossy(&script));
            Ok(Exit::Done)
        }
    }
}

fn import_file(settings: &Settings, args: &ImportArgs) -> Result<Exit, Failure> {
    let mut fields = Vec::new();
    for field in &args.fields {
        let wrong = |what: &str| Failure::usage(format!("`--field {field}` {what}")).next("write --field NAME=VALUE");
        let (name, value) = field.split_once('=').ok_or_else(|| wrong("has no value"))?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || value.is_empty() {
            return Err(wrong(if name.is_empty() { "has no name" } else { "has no value" }));
        }
        if fields.iter().any(|(have, _): &(String, String)| have == name) {
            return Err(wrong(&format!("says `{name}` a second time")));
        }
        fields.push((name.to_owned(), value.to_owned()));
    }
    let import = Import {
        file: &args.file,
        source: &args.source,
        channel: args.channel.as_deref(),
        fields,
        from_line: args.from_line,
        dry_run: args.dry_run,
        form: args.output,
    };
    import::import(settings, &import)
}

/// Holds that there is such a channel: a typo would wait for ever for a topic that nobody writes.
fn declared(settings: &Settings, channel: &str) -> Result<(), Failure> {
    let channels = &settings.ingest.0;
    if channels.contains_key(channel) {
        return Ok(());
    }
    let meant = nearest(channel, channels.keys().map(String::as_str));
    let meant = meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
    Err(Failure::usage(format!("no channel is called `{channel}`"))
        .at("ingest")
        .next(format!("{meant}a new channel is declared by a section [ingest.{channel}] in the settings file, empty or with its default_source")))
}

/// The settings from all their sources.
fn load(args: &SettingsArgs) -> Result<Loaded, Failure> {
    let mut flags = Vec::new();
    if let Some(servers) = &args.bootstrap_servers {
        let key = "kafka.bootstrap_servers".to_owned();
        flags.push(("--bootstrap-servers".to_owned(), key, servers.clone()));
    }
    for set in &args.set {
        let (key, value) = set
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("`--set {set}` has no value")).next("write --set KEY=VALUE"))?;
        flags.push(("--set".to_owned(), key.to_owned(), value.to_owned()));
    }
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Sources { file: args.config.clone(), variables: variables.collect(), flags }.load()?)
}
