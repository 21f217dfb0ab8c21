use playbook::model::Label;
use touchpoint::output::Sentence;

/// In which language people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    Ja,
    En,
}

impl Language {
    /// The one that the environment asks for, as POSIX reads it; English where it asks for none of ours.
    pub(super) fn of_environment() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| set(name)).unwrap_or_default();
        if locale == "ja" || locale.starts_with("ja_") { Self::Ja } else { Self::En }
    }

    pub(super) fn of<'a>(self, ja: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }

    pub(super) fn label(self, label: &Label) -> &str {
        self.of(&label.ja, &label.en)
    }

    pub(super) fn sentence(self, sentence: &Sentence) -> &str {
        self.of(&sentence.ja, &sentence.en)
    }
}
