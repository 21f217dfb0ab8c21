//! What the pages of the web site are: by prefixes of their URLs.

use super::{AssetIx, PageClassIx, SolutionIx};
use crate::matching::after_scheme;
use touchpoint::Text;

/// URL prefixes -> class and asset. The longest prefix wins.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// Sorted by prefix. A prefix starts with `/` (any host) or with `host/`.
    prefixes: Vec<(Text, Page)>,
    /// The same, to look up: of any host, and of one.
    of_path: Node,
    of_host: Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Page {
    pub class: Option<PageClassIx>,
    pub asset: Option<AssetIx>,
    pub solution: Option<SolutionIx>,
}

impl Pages {
    /// Of prefixes in any order; of equal ones the last counts.
    pub fn new(mut prefixes: Vec<(Text, Page)>) -> Self {
        prefixes.sort_by(|(a, _), (b, _)| a.cmp(b));
        let paths = |(prefix, _): &&(Text, Page)| prefix.starts_with('/');
        let of_path: Vec<_> = prefixes.iter().filter(paths).collect();
        let of_host: Vec<_> = prefixes.iter().filter(|one| !paths(one)).collect();
        let (of_path, of_host) = (Node::of(&of_path, 0), Node::of(&of_host, 0));
        Self { prefixes, of_path, of_host }
    }

    /// Sorted by prefix.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &Page)> {
        self.prefixes.iter().map(|(prefix, page)| (prefix, page))
    }

    /// The page a URL is, by the longest prefix of `host/path` or `/path`. (No prefix has a query or a fragment: what
    /// follows the path need not be cut off.)
    pub fn find(&self, url: &str) -> Option<Page> {
        let rest = after_scheme(url);
        let ends_host = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
        let path = ends_host.and_then(|at| rest.get(at..)).filter(|path| path.starts_with('/')).unwrap_or("/");
        let with_host = if rest.starts_with('/') { None } else { self.of_host.longest(rest) };
        with_host.or_else(|| self.of_path.longest(path))
    }
}

/// A node of a tree of prefixes: what follows its parent's text in all prefixes below it.
#[derive(Clone, Debug, Default)]
struct Node {
    text: Box<[u8]>,
    /// Of the prefix that ends here.
    page: Option<Page>,
    /// By their first byte, ascending.
    next: Vec<(u8, Node)>,
}

impl Node {
    /// Of sorted prefixes that have their first bytes in common.
    fn of(prefixes: &[&(Text, Page)], common: usize) -> Self {
        let ([(first, _), ..], [.., (last, _)]) = (prefixes, prefixes) else { return Self::default() };
        let same = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
        let (here, further): (Vec<&(Text, Page)>, Vec<_>) =
            prefixes.iter().partition(|(prefix, _)| prefix.len() == same);
        let byte = |one: &&(Text, Page)| one.0.as_bytes()[same];
        let next = further.chunk_by(|a, b| byte(a) == byte(b)).map(|below| (byte(&below[0]), Self::of(below, same)));
        Self {
            text: first.as_bytes()[common..same].into(),
            page: here.last().map(|(_, page)| *page),
            next: next.collect(),
        }
    }

    fn longest(&self, text: &str) -> Option<Page> {
        let (mut node, mut rest, mut longest) = (self, text.as_bytes(), None);
        while let Some(below) = rest.strip_prefix(&*node.text) {
            longest = node.page.or(longest);
            let next = below.first().and_then(|byte| node.next.iter().find(|(first, _)| first == byte));
            let Some((_, next)) = next else { break };
            (node, rest) = (next, below);
        }
        longest
    }
}
