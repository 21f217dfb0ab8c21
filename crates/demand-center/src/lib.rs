//! The binary's parts: the command line, settings, the topic plan, and one module a command.

pub mod cli;
pub mod commands;
mod default_playbook;
pub mod demo;
pub mod failure;
pub mod kafka;
pub mod output;
mod raw;
pub mod registry;
pub mod runbooks;
pub mod service;
pub mod settings;
pub mod topics;
mod written;
