//! What is wrong with a file and what would be right: a place, the word, a sentence, a suggestion.

use crate::limits;
use std::fmt;
use std::sync::Arc;

/// One finding. A mistake keeps what was written from loading; a warning or an advice (see [`MistakeKind::level`]) does
/// not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What the files are in: `playbook`.
    pub language: &'static str,
    pub kind: MistakeKind,
    pub file: Arc<str>,
    /// From 1; 0 when the finding is about all files together.
    pub line: usize,
    /// From 1, in characters; 0 when the finding is about all files together.
    pub column: usize,
    /// Where in the file, in bytes.
    pub offset: usize,
    pub length: usize,
    /// What is wrong, naming the word.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// Another place that has to do with it, as the first of two equal names.
    pub other: Option<Place>,
    text: Arc<str>,
}

/// The same as a [`Mistake`]; the name says that it loads all the same.
pub type Warning = Mistake;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: Arc<str>,
    pub line: usize,
    offset: usize,
    length: usize,
}

macro_rules! mistake_kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal;)+) => {
        /// What sort of finding it is; the name is shown and stays.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MistakeKind { $($(#[doc = $doc])+ $variant,)+ }

        impl MistakeKind {
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// `unknown-name`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

mistake_kinds! {
    /// The text is no YAML.
    Yaml = "yaml";
    /// YAML that the language leaves out: anchors, aliases, tags, several documents in a file.
    BeyondTheLanguage = "beyond-the-language";
    /// Over one of the language's limits.
    TooLarge = "too-large";
    /// A word that means nothing in this place.
    UnknownWord = "unknown-word";
    /// A word that has to be there is not.
    Missing = "missing";
    /// A list where a name stands, points with four decimals, a duration without unit, ...
    WrongForm = "wrong-form";
    /// A section or a name that is there twice.
    SaidTwice = "said-twice";
    /// A score, stage, page class, content, solution, group, reason, attribute, ... that nobody declares.
    UnknownName = "unknown-name";
    /// A rule or condition that no touchpoint and no state can fulfil.
    NeverHolds = "never-holds";
    /// It can have no effect, since an earlier one always comes first.
    Shadowed = "shadowed";
    /// No way leads to the stage.
    Unreachable = "unreachable";
    /// A stage's entry threshold is not above its exit threshold.
    Flapping = "flapping";
    /// Thresholds that must fall do not.
    OutOfOrder = "out-of-order";
    /// Nothing in it, as a life cycle without stages.
    Empty = "empty";
    /// Warning: an overlapping page prefix or pattern that changes nothing.
    Redundant = "redundant";
    /// Warning: a cap or limit cuts the rule's points at the first time.
    CapBelowPoints = "cap-below-points";
    /// Warning: declared and never used.
    Unused = "unused";
    /// Advice: a gap of the content map.
    Gap = "gap";
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// All is well; something could be added.
    Advice,
    /// It loads all the same. Something in it is most likely not meant.
    Warning,
    /// It keeps what was written from loading.
    Mistake,
}

impl MistakeKind {
    pub const fn level(self) -> Level {
        match self {
            Self::Gap => Level::Advice,
            Self::Redundant | Self::CapBelowPoints | Self::Unused => Level::Warning,
            _ => Level::Mistake,
        }
    }
}

impl Mistake {
    /// `playbook::unknown-name`.
    pub fn code(&self) -> String {
        format!("{}::{}", self.language, self.kind.name())
    }
}

/// The findings for people: each with its lines and the word underlined. Plain text, no colours.
pub fn render(mistakes: &[Mistake]) -> String {
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor())
        .with_width(100)
        .with_context_lines(1);
    let mut out = String::new();
    for mistake in mistakes {
        // Writing to a `String` cannot fail.
        let _ = handler.render_report(&mut out, mistake);
        out.push('\n');
    }
    out
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl miette::Diagnostic for Mistake {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code()))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.kind.level() {
            Level::Advice => miette::Severity::Advice,
            Level::Warning => miette::Severity::Warning,
            Level::Mistake => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let elsewhere = self.other.as_ref().filter(|place| place.file != self.file);
        let place = elsewhere.map(|place| format!("the other one: {}, line {}", place.file, place.line));
        match (&self.help, place) {
            (Some(help), Some(place)) => Some(Box::new(format!("{help}\n{place}"))),
            (Some(help), None) => Some(Box::new(help)),
            (None, place) => place.map(|place| Box::new(place) as Box<dyn fmt::Display>),
        }
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        (self.line > 0).then_some(self as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        if self.line == 0 {
            return None;
        }
        let here = miette::LabeledSpan::new_primary_with_span(Some("here".to_owned()), (self.offset, self.length));
        let other = self.other.as_ref().filter(|place| place.file == self.file).map(|place| {
            miette::LabeledSpan::new_with_span(Some("the other one".to_owned()), (place.offset, place.length))
        });
        Some(Box::new(std::iter::once(here).chain(other)))
    }
}

/// The lines around the word, under the file's name.
impl miette::SourceCode for Mistake {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let text: &str = &self.text;
        let found = text.read_span(span, context_lines_before, context_lines_after)?;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.file.to_string(),
            found.data(),
            *found.span(),
            found.line(),
            found.column(),
            found.line_count(),
        )))
    }
}

/// Where something stands: a file (by number) and bytes in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    pub file: u16,
    pub start: u32,
    pub length: u32,
}

/// Collects findings while the files are read and compiled.
#[derive(Debug)]
pub struct Notes {
    language: &'static str,
    /// Name and text of each file.
    files: Vec<(Arc<str>, Arc<str>)>,
    /// One more than are shown.
    found: Vec<Mistake>,
    beyond: usize,
    failed: bool,
    mistaken: Vec<Span>,
}

impl Notes {
    /// Of files in this language.
    pub const fn of(language: &'static str) -> Self {
        Self { language, files: Vec::new(), found: Vec::new(), beyond: 0, failed: false, mistaken: Vec::new() }
    }

    /// Of which files are in.
    pub const fn language(&self) -> &'static str {
        self.language
    }

    pub fn add_file(&mut self, name: &str, text: &str) -> u16 {
        self.files.push((Arc::from(name), Arc::from(text)));
        (self.files.len() - 1) as u16
    }

    /// Notes a finding at a place; the answer takes what goes beyond the sentence.
    pub fn add(&mut self, kind: MistakeKind, span: Span, message: impl Into<String>) -> Noted<'_> {
        if kind.level() == Level::Mistake {
            self.mistaken.push(span);
        }
        let place = self.place(span);
        let text = self.files.get(usize::from(span.file)).map_or_else(|| Arc::from(""), |(_, text)| Arc::clone(text));
        let line_start = text[..place.offset].rfind('\n').map_or(0, |at| at + 1);
        let column = text[line_start..place.offset].chars().count() + 1;
        let Place { file, line, offset, length } = place;
        let message = message.into();
        let language = self.language;
        self.push(Mistake {
            language,
            kind,
            file,
            line,
            column,
            offset,
            length,
            message,
            help: None,
            other: None,
            text,
        })
    }

    /// Notes a finding that has no place, as a section that is nowhere.
    pub fn add_whole(&mut self, kind: MistakeKind, message: impl Into<String>) -> Noted<'_> {
        let (language, file, text) = (self.language, Arc::from(self.language), Arc::from(""));
        let message = message.into();
        self.push(Mistake {
            language,
            kind,
            file,
            line: 0,
            column: 0,
            offset: 0,
            length: 0,
            message,
            help: None,
            other: None,
            text,
        })
    }

    /// True when further findings are counted, not shown: no work need go into them.
    pub fn is_full(&self) -> bool {
        self.found.len() > limits::MISTAKES_MAX
    }

    /// True when one of them is a mistake, shown or not.
    pub fn failed(&self) -> bool {
        self.failed
    }

    /// Where the mistakes are, shown or not.
    pub fn mistaken(&self) -> &[Span] {
        &self.mistaken
    }

    /// In the order of the files and their lines.
    pub fn into_findings(mut self) -> Vec<Mistake> {
        let more = self.beyond;
        if more > 0 {
            self.found.pop();
        }
        self.found
            .sort_by(|a, b| (a.line == 0, &a.file, a.offset, a.kind).cmp(&(b.line == 0, &b.file, b.offset, b.kind)));
        self.found.dedup();
        if more > 0 {
            let message = format!("{more} more findings are not shown (at most {})", limits::MISTAKES_MAX);
            self.add_whole(MistakeKind::TooLarge, message);
        }
        self.found
    }

    fn push(&mut self, mistake: Mistake) -> Noted<'_> {
        self.failed |= mistake.kind.level() == Level::Mistake;
        // The last place is for those that are counted only.
        if self.is_full() {
            self.found.pop();
        }
        self.found.push(mistake);
        self.beyond += usize::from(self.is_full());
        Noted { notes: self }
    }

    fn place(&self, span: Span) -> Place {
        let Some((file, text)) = self.files.get(usize::from(span.file)) else {
            return Place { file: Arc::from(""), line: 0, offset: 0, length: 0 };
        };
        let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let offset = floor(span.start as usize);
        let end = floor((span.start + span.length) as usize).max(offset);
        // One line is underlined, without the blanks at its end.
        let word = text[offset..end].lines().next().unwrap_or("").trim_end();
        let line = text[..offset].bytes().filter(|byte| *byte == b'\n').count() + 1;
        Place { file: Arc::clone(file), line, offset, length: word.len() }
    }
}

/// A finding just noted.
#[derive(Debug)]
pub struct Noted<'a> {
    notes: &'a mut Notes,
}

impl Noted<'_> {
    pub fn help(self, help: impl Into<String>) -> Self {
        if let Some(last) = self.notes.found.last_mut() {
            last.help = Some(help.into());
        }
        self
    }

    pub fn other(self, span: Span) -> Self {
        let place = self.notes.place(span);
        if let Some(last) = self.notes.found.last_mut() {
            last.other = Some(place);
        }
        self
    }
}
