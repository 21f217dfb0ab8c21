use super::{Millis, Pattern};
use touchpoint::{Text, Touchpoint, Value};

/// Touchpoints that are a machine's because there are so many at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Burst {
    pub of: Pattern,
    /// The property of which they have different values.
    pub distinct: Text,
    /// Those with one value of this property belong together; `None`: all.
    pub per: Option<Text>,
    /// So many different values ...
    pub at_least: usize,
    /// ... from the first to the last, which is included.
    pub within: Millis,
    /// What belongs to it that was so long before it at the most.
    pub before: Option<(Pattern, Millis)>,
}

impl Burst {
    /// The value by which a touchpoint of the burst is told from others.
    pub fn value<'a>(&self, touchpoint: &'a Touchpoint) -> Option<&'a Value> {
        touchpoint.properties.get(&self.distinct)
    }

    /// What touchpoints have in common that belong together; `None`: this one belongs to none.
    pub fn group<'a>(&self, touchpoint: &'a Touchpoint) -> Option<Option<&'a Value>> {
        self.per.as_ref().map_or(Some(None), |per| touchpoint.properties.get(per).map(Some))
    }

    /// Can touchpoints of this channel and kind have anything to do with it? Most have not.
    pub fn concerns(&self, channel: &Text, kind: &Text) -> bool {
        let fits = |pattern: &Pattern| {
            (pattern.channels.is_empty() || pattern.channels.contains(channel))
                && (pattern.kinds.is_empty() || pattern.kinds.contains(kind))
        };
        fits(&self.of) || self.before.as_ref().is_some_and(|(pattern, _)| fits(pattern))
    }

    /// How far apart two touchpoints may be of which one decides about the other.
    pub fn reach(&self) -> Millis {
        self.within + self.before.as_ref().map_or(0, |(_, before)| *before)
    }
}
