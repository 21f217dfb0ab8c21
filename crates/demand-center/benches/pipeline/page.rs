//! A service's page of metrics (Prometheus' text format), as numbers.

use std::time::Instant;

/// What a service said at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) at: Instant,
    /// Name with labels, and value.
    lines: Vec<(String, f64)>,
}

impl Page {
    pub(crate) fn parse(at: Instant, text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let lines = lines.filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        });
        Self { at, lines: lines.collect() }
    }

    /// The sum over all lines of a metric that have this in their labels, as `topic="demand.inbox"`; 0 without one.
    pub(crate) fn sum(&self, metric: &str, label: &str) -> f64 {
        self.lines_of(metric, label).map(|(_, value)| value).sum()
    }

    pub(crate) fn histogram(&self, metric: &str, label: &str) -> Histogram {
        let name = format!("{metric}_bucket");
        let buckets = self.lines_of(&name, label).filter_map(|(name, count)| {
            let (_, bound) = name.split_once("le=\"")?;
            // `+Inf` reads as infinity.
            Some((bound.split('"').next()?.parse().ok()?, count))
        });
        Histogram {
            buckets: buckets.collect(),
            sum: self.sum(&format!("{metric}_sum"), label),
            count: self.sum(&format!("{metric}_count"), label),
        }
    }

    fn lines_of(&self, metric: &str, label: &str) -> impl Iterator<Item = (&str, f64)> {
        self.lines.iter().filter_map(move |(name, value)| {
            let labels = name.strip_prefix(metric)?;
            let same = labels.is_empty() || labels.starts_with('{');
            (same && labels.contains(label)).then_some((name.as_str(), *value))
        })
    }
}

/// Observations, counted in buckets.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    /// Upper bound, and how many lie below it.
    buckets: Vec<(f64, f64)>,
    sum: f64,
    count: f64,
}

impl Histogram {
    /// What was observed since.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let earlier = |bound: f64| {
            let found = before.buckets.iter().find(|(have, _)| have.total_cmp(&bound).is_eq());
            found.map_or(0.0, |(_, count)| *count)
        };
        Self {
            buckets: self.buckets.iter().map(|(bound, count)| (*bound, count - earlier(*bound))).collect(),
            sum: self.sum - before.sum,
            count: self.count - before.count,
        }
    }

    pub(crate) const fn count(&self) -> f64 {
        self.count
    }

    pub(crate) fn mean(&self) -> f64 {
        self.sum / self.count
    }

    /// As Prometheus' `histogram_quantile`: a straight line within the bucket, so that it is no finer than the buckets
    /// are. The last bound for what lies beyond it; not a number where nothing was observed.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let wanted = share * self.count;
        let mut below = (0.0, 0.0);
        for (bound, count) in &self.buckets {
            if *count >= wanted && *count > below.1 {
                if bound.is_infinite() {
                    return below.0;
                }
                return below.0 + (bound - below.0) * (wanted - below.1) / (count - below.1);
            }
            below = (*bound, *count);
        }
        f64::NAN
    }
}
