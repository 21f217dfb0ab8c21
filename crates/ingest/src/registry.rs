//! The dispatch table: which sources there are, and what each of their event types becomes. A further tool is one more
//! mapping file in [`FILES`] or, where a file cannot say it, a module in [`CODED`]; the decoders read the same event tables that
//! `sources list` and the documents show, so these cannot lie.

use crate::decoder::Context;
use crate::mapping::Mapping;
use crate::outcomes::Outcomes;
use crate::pieces::Piece;
use crate::suggest;
use serde_json::Value as Json;
use std::sync::LazyLock;
use touchpoint::{DropReason, Rejection, RejectionCode};

/// What a source is, for `sources list` and the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceInfo {
    /// The name in the header `source`.
    pub name: &'static str,
    /// Other names with the same format. A touchpoint's input keeps the name that was used.
    pub aliases: &'static [&'static str],
    /// The built-in channel that it belongs to; `None`: any.
    pub channel: Option<&'static str>,
    /// Where its provider documents the payload.
    pub format: &'static str,
    /// One or two sentences: what it is, what stands for an id, a person, a version.
    pub summary: &'static str,
    pub events: &'static [EventInfo],
}

impl SourceInfo {
    /// All its names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Is this one of them?
    pub fn is_called(&self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }
}

/// What one event type of a source becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventInfo {
    /// As the provider calls it.
    pub event: &'static str,
    /// The first is the rule, the others are its exceptions, told by `note`.
    pub becomes: &'static [Becomes],
    pub note: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// A touchpoint of this kind.
    Kind(&'static str),
    /// Nothing, counted under this name.
    Drop(DropReason),
    /// A touchpoint of a kind that the record itself or a settings table names.
    OwnKind,
}

/// One line of a source's table.
pub(crate) const fn line(event: &'static str, becomes: &'static [Becomes], note: &'static str) -> EventInfo {
    EventInfo { event, becomes, note }
}

/// Decodes one element: adds at least one outcome, or refuses the element.
pub(crate) type Decode = fn(&Context<'_>, &Json, &mut Outcomes) -> Result<(), Rejection>;

/// A source that is written in code: its records nest, or mean something only together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Coded {
    pub(crate) info: SourceInfo,
    /// A field that holds the elements of a batch, beside the plain list that every source may send.
    pub(crate) batch_field: Option<&'static str>,
    pub(crate) decode: Decode,
}

/// One line of the dispatch table.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Coded(Coded),
    Mapped(Box<Mapping>),
}

impl Source {
    pub(crate) const fn info(&self) -> &SourceInfo {
        match self {
            Self::Coded(coded) => &coded.info,
            Self::Mapped(mapping) => &mapping.info,
        }
    }

    /// The elements of a record that is no JSON; `None`: it is to be read as JSON.
    pub(crate) fn pieces(&self, bytes: &[u8]) -> Option<Vec<Piece>> {
        match self {
            Self::Coded(_) => None,
            Self::Mapped(mapping) => mapping.pieces(bytes),
        }
    }
}

const CODED: &[Coded] = &[
    crate::canonical::SOURCE,
    crate::segment::SOURCE,
    crate::sendgrid::SOURCE,
    crate::amazon_connect::SOURCE,
    crate::zoom_webinar::SOURCE,
    crate::salesforce::SOURCE,
];

/// The mapping files that come with the program.
const FILES: &[(&str, &str)] = &[
    ("snowplow.yaml", include_str!("../sources/snowplow.yaml")),
    ("ga4.yaml", include_str!("../sources/ga4.yaml")),
    ("access-log.yaml", include_str!("../sources/access-log.yaml")),
    ("wistia.yaml", include_str!("../sources/wistia.yaml")),
    ("amazon-ses.yaml", include_str!("../sources/amazon-ses.yaml")),
    ("mailgun.yaml", include_str!("../sources/mailgun.yaml")),
    ("postmark.yaml", include_str!("../sources/postmark.yaml")),
    ("brevo.yaml", include_str!("../sources/brevo.yaml")),
    ("mailjet.yaml", include_str!("../sources/mailjet.yaml")),
    ("sparkpost.yaml", include_str!("../sources/sparkpost.yaml")),
    ("twilio.yaml", include_str!("../sources/twilio.yaml")),
    ("zoom-phone.yaml", include_str!("../sources/zoom-phone.yaml")),
    ("zoom-contact-center.yaml", include_str!("../sources/zoom-contact-center.yaml")),
    ("cti.yaml", include_str!("../sources/cti.yaml")),
    ("zoom-events.yaml", include_str!("../sources/zoom-events.yaml")),
    ("eventbrite.yaml", include_str!("../sources/eventbrite.yaml")),
    ("gotowebinar.yaml", include_str!("../sources/gotowebinar.yaml")),
    ("check-in.yaml", include_str!("../sources/check-in.yaml")),
    ("seminar-list.yaml", include_str!("../sources/seminar-list.yaml")),
    ("exhibition-list.yaml", include_str!("../sources/exhibition-list.yaml")),
    ("business-card.yaml", include_str!("../sources/business-card.yaml")),
    ("sansan.yaml", include_str!("../sources/sansan.yaml")),
    ("crm-row.yaml", include_str!("../sources/crm-row.yaml")),
    ("hubspot.yaml", include_str!("../sources/hubspot.yaml")),
    ("dynamics.yaml", include_str!("../sources/dynamics.yaml")),
    ("marketo.yaml", include_str!("../sources/marketo.yaml")),
    ("direct-mail.yaml", include_str!("../sources/direct-mail.yaml")),
    ("store-visit.yaml", include_str!("../sources/store-visit.yaml")),
    ("app.yaml", include_str!("../sources/app.yaml")),
    ("product-usage.yaml", include_str!("../sources/product-usage.yaml")),
    ("zendesk.yaml", include_str!("../sources/zendesk.yaml")),
    ("meta-lead-ads.yaml", include_str!("../sources/meta-lead-ads.yaml")),
    ("linkedin-lead.yaml", include_str!("../sources/linkedin-lead.yaml")),
    ("ad-click.yaml", include_str!("../sources/ad-click.yaml")),
];

static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
    let coded = CODED.iter().map(|coded| Source::Coded(*coded));
    let mapped = FILES.iter().map(|(name, text)| match Mapping::load(name, text) {
        Ok(mapping) => Source::Mapped(Box::new(mapping)),
        Err(mistakes) => unreachable!("{}", notation::mistake::render(&mistakes)),
    });
    coded.chain(mapped).collect()
});

static INFOS: LazyLock<Vec<SourceInfo>> = LazyLock::new(|| SOURCES.iter().map(|source| *source.info()).collect());

/// Every source, in the order of the pipeline's channels.
pub fn sources() -> &'static [SourceInfo] {
    &INFOS
}

/// The built-in source of a name or alias.
pub fn source(name: &str) -> Option<&'static SourceInfo> {
    look_up(&[], name).map(|(_, source)| source.info())
}

/// All names that a header `source` may carry.
pub fn source_names() -> impl Iterator<Item = &'static str> {
    sources().iter().flat_map(SourceInfo::names)
}

/// The name as it stands in the table, with its line: of a company's own sources, else of ours.
pub(crate) fn find<'a>(own: &'a [Source], name: &str) -> Result<(&'static str, &'a Source), Rejection> {
    let names = || known(own).flat_map(SourceInfo::names);
    look_up(own, name).ok_or_else(|| {
        Rejection::new(
            RejectionCode::UnknownSource,
            "source",
            match suggest::nearest(name, names()) {
                Some(near) => format!("no mapping has this name; did you mean `{near}`?"),
                None => "no mapping has this name; `demand-center sources list` prints those that are known".to_owned(),
            },
        )
    })
}

/// The same; `None` for a name that nobody has.
pub(crate) fn look_up<'a>(own: &'a [Source], name: &str) -> Option<(&'static str, &'a Source)> {
    find_in(own, name).or_else(|| find_in(&SOURCES, name))
}

/// A company's own sources, then those of ours that one of their names still leads to.
pub(crate) fn known(own: &[Source]) -> impl Iterator<Item = &SourceInfo> {
    let is_left = |ours: &&SourceInfo| ours.names().any(|name| find_in(own, name).is_none());
    own.iter().map(Source::info).chain(sources().iter().filter(is_left))
}

fn find_in<'a>(sources: &'a [Source], name: &str) -> Option<(&'static str, &'a Source)> {
    sources.iter().find_map(|source| Some((source.info().names().find(|known| *known == name)?, source)))
}

/// The line of an event type. One that the table does not know is refused, not dropped: it may matter, and a dead
/// letter can be retried when the table knows it.
pub(crate) fn event(
    info: &SourceInfo,
    event: &str,
    refuse: impl FnOnce(String) -> Rejection,
) -> Result<&'static EventInfo, Rejection> {
    info.events.iter().find(|line| line.event == event).ok_or_else(|| refuse(unknown_event(info, event)))
}

/// What is wrong with an event type that no line names.
pub(crate) fn unknown_event(info: &SourceInfo, event: &str) -> String {
    match suggest::nearest(event, info.events.iter().map(|line| line.event)) {
        Some(near) => format!("is no event type that `{}` maps; did you mean `{near}`?", info.name),
        None => format!("is no event type that `{}` maps; `ignored_events` in the settings drops it", info.name),
    }
}
