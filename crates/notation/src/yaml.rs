//! YAML text -> a tree in which every value knows its place. The language's subset: no anchors, aliases, tags, and one
//! document a file; a mapping's name stands once.

use crate::limits;
use crate::mistake::{MistakeKind, Notes, Span};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span as YamlSpan};

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    pub what: What,
    /// What to underline: the word itself; for a list or mapping the name that holds it, else its first word.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum What {
    /// `plain`: written without quotes, so that `true`, `5` and nothing at all may mean more than text.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Clone, Debug)]
pub struct Key {
    pub text: String,
    pub span: Span,
}

impl Node {
    /// Nothing after the colon, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.what, What::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// The items of a list; anything else is a list of one.
    pub fn items(&self) -> &[Self] {
        match &self.what {
            What::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    /// What it is, for a sentence.
    pub fn form(&self) -> &'static str {
        match self.what {
            _ if self.is_null() => "nothing",
            What::Scalar { .. } => "a single value",
            What::List(_) => "a list",
            What::Map(_) => "a mapping",
        }
    }
}

/// Reads one file; `None` when it is not readable (noted) or says nothing.
pub fn read(file: u16, text: &str, notes: &mut Notes) -> Option<Node> {
    if note_wide_colons(file, text, notes) {
        return None;
    }
    let mut tree = Tree { file, open: Vec::new(), root: None, nodes: 0 };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => tree.take(event, span, notes)?,
            Err(error) => {
                let start = error.marker().byte_offset().unwrap_or(text.len());
                let span = Span { file, start: start as u32, length: 1 };
                let help = match wide_before(text, start) {
                    Some(wide) => format!("there is a full-width `{wide}` (U+{:04X}) in this line or the one before", wide as u32),
                    None => {
                        "look at the indentation, quotes and brackets of this line and the one before; `: ` follows a name"
                            .to_owned()
                    }
                };
                notes.add(MistakeKind::Yaml, span, format!("this is no YAML: {}", error.info())).help(help);
                return None;
            }
        }
    }
    tree.root
}

/// A name at the beginning of a line with the colon that Japanese keyboards give: YAML would read all of it as a text,
/// and complain somewhere else. True when there was one.
fn note_wide_colons(file: u16, text: &str, notes: &mut Notes) -> bool {
    let mut found = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let name = line.trim_start_matches([' ', '-']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !"_-./".contains(c)).unwrap_or(0);
        if end > 0 && name[end..].starts_with('：') {
            let at = start + (line.len() - name.len()) + end;
            let span = Span { file, start: at as u32, length: '：'.len_utf8() as u32 };
            notes
                .add(MistakeKind::Yaml, span, format!("`{}：` has a full-width colon", &name[..end]))
                .help("write `:` and a space after it");
            found = true;
        }
        start += line.len();
    }
    found
}

/// A sign of YAML as Japanese keyboards give it, or their blank, in the line of a mistake or the one before; not in a
/// comment.
fn wide_before(text: &str, at: usize) -> Option<char> {
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length);
    let lines = text.get(..end)?.rsplit('\n').take(2);
    let code = lines.map(|line| line.split(" #").next().unwrap_or_default());
    code.flat_map(str::chars).find(|c| "：，｛｝［］＃－\u{3000}".contains(*c))
}

/// A tree that grows by the parser's events; its depth is its own stack, not the program's.
struct Tree {
    file: u16,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
}

enum Open {
    List { items: Vec<Node>, span: Span },
    Map { entries: Vec<(Key, Node)>, key: Option<Key>, span: Span },
}

impl Tree {
    /// `None`: noted, and the file is given up.
    fn take(&mut self, event: Event<'_>, at: YamlSpan, notes: &mut Notes) -> Option<()> {
        let span = self.span(&at);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(anchor, tag.is_some(), span, notes)?;
                let what = What::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.place(Node { what, span }, notes)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_extras(anchor, tag.is_some(), span, notes)?;
                self.open(Open::List { items: Vec::new(), span }, span, notes)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_extras(anchor, tag.is_some(), span, notes)?;
                self.open(Open::Map { entries: Vec::new(), key: None, span }, span, notes)?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.open.pop()? {
                    Open::List { items, span } => {
                        let span = items.first().map_or(span, |item| item.span);
                        Node { what: What::List(items), span }
                    }
                    Open::Map { entries, span, .. } => {
                        let span = entries.first().map_or(span, |(key, _)| key.span);
                        Node { what: What::Map(entries), span }
                    }
                };
                self.place(node, notes)?;
            }
            Event::Alias(_) => {
                self.refuse(span, "`*` repeats another part of the file", notes)?;
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                self.refuse(span, "a second document begins in this file", notes)?;
            }
            _ => {}
        }
        Some(())
    }

    fn open(&mut self, open: Open, span: Span, notes: &mut Notes) -> Option<()> {
        if self.open.len() >= limits::DEPTH_MAX {
            let message = format!("nested too deeply: at most {} lists and mappings in each other", limits::DEPTH_MAX);
            notes.add(MistakeKind::TooLarge, span, message);
            return None;
        }
        if let Some(Open::Map { key: None, .. }) = self.open.last() {
            self.refuse(span, "a list or mapping stands where a name is needed", notes)?;
        }
        self.open.push(open);
        Some(())
    }

    fn place(&mut self, mut node: Node, notes: &mut Notes) -> Option<()> {
        self.nodes += 1;
        if self.nodes > limits::NODES_MAX {
            let message = format!("the file is too large: at most {} values", limits::NODES_MAX);
            notes.add(MistakeKind::TooLarge, node.span, message).help("split it over several files");
            return None;
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some(name) => {
                    if !matches!(node.what, What::Scalar { .. }) || node.is_null() {
                        node.span = name.span;
                    }
                    entries.push((name, node));
                }
                None => {
                    let What::Scalar { text, .. } = node.what else { return Some(()) };
                    *key = Some(Key { text, span: node.span });
                }
            },
        }
        Some(())
    }

    fn refuse_extras(&self, anchor: usize, tag: bool, span: Span, notes: &mut Notes) -> Option<()> {
        if anchor != 0 {
            self.refuse(span, "`&` names a part of the file for repetition", notes)?;
        }
        if tag {
            self.refuse(span, "`!` gives the value a type", notes)?;
        }
        Some(())
    }

    fn refuse(&self, span: Span, what: &str, notes: &mut Notes) -> Option<()> {
        notes
            .add(
                MistakeKind::BeyondTheLanguage,
                span,
                format!("{what}; a {} does without this part of YAML", notes.language()),
            )
            .help("write it out: a reader should find everything where it counts");
        None
    }

    fn span(&self, span: &YamlSpan) -> Span {
        let bytes = span.byte_range().unwrap_or(0..0);
        Span { file: self.file, start: bytes.start as u32, length: bytes.len().max(1) as u32 }
    }
}
