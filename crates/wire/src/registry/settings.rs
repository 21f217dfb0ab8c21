use std::path::PathBuf;
use std::time::Duration;

/// Where the registry is and how to ask it.
#[derive(Clone, Debug)]
pub struct RegistrySettings {
    /// Base URLs of one registry, as `http://registry:8081`; a later one is asked when an earlier one fails.
    pub urls: Vec<String>,
    pub credentials: Credentials,
    /// A PEM file of authorities to trust instead of the public ones.
    pub ca_file: Option<PathBuf>,
    /// PEM files of our certificate chain and key, where the registry asks for one.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// For one call to one URL, from look-up to the last byte.
    pub call_timeout: Duration,
    /// Where schemas are kept between runs.
    pub cache_dir: Option<PathBuf>,
    /// How long an unknown id is believed to be unknown.
    pub unknown_for: Duration,
}

/// Secrets come from files, which may be renewed while we run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    #[default]
    None,
    Basic {
        user: String,
        password_file: PathBuf,
    },
    /// A file with a token.
    Bearer(PathBuf),
}

impl RegistrySettings {
    /// For the given URLs, without credentials or disk.
    pub fn new(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            urls: urls.into_iter().map(Into::into).collect(),
            credentials: Credentials::None,
            ca_file: None,
            client_certificate: None,
            call_timeout: Duration::from_secs(5),
            cache_dir: None,
            unknown_for: Duration::from_secs(60),
        }
    }

    /// The longest that reading one schema can take: every URL, twice for renewed credentials. References come on
    /// top; a waiter that gives up earlier only asks again.
    pub(super) fn longest_call(&self) -> Duration {
        let urls = u32::try_from(self.urls.len()).unwrap_or(u32::MAX);
        self.call_timeout.saturating_mul(urls.saturating_mul(2).saturating_add(1))
    }
}
