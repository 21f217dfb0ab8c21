use super::{Credentials, RegistryError, RegistrySettings};
use base64::Engine as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use ureq::Agent;
use ureq::http::{Request, Response};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig};

const CONTENT_TYPE: &str = "application/vnd.schemaregistry.v1+json";
/// The largest schemas in the field are some hundred KiB.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// The calls, over several base URLs, with credentials that may be renewed.
pub(super) struct Http {
    agent: Agent,
    urls: Vec<String>,
    /// The URL that answered last is asked first.
    preferred: AtomicUsize,
    credentials: Credentials,
    /// The header as last read from the file.
    authorization: Mutex<Option<String>>,
}

impl std::fmt::Debug for Http {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// What a registry that could be reached said.
pub(super) struct Answer {
    pub(super) status: u16,
    path: String,
    body: String,
}

impl Answer {
    /// # Errors
    /// When the status is no success, or the body is not what was asked for.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, RegistryError> {
        if !(200..300).contains(&self.status) {
            return Err(self.refused(self.message()));
        }
        serde_json::from_str(&self.body)
            .map_err(|e| self.refused(format!("{e}; is this address a schema registry's base URL?")))
    }

    /// Whether the registry says that it has no such thing: with a code of its own (40401, 40402, 40403), which a server
    /// at another address does not give.
    pub(super) fn is_absent(&self) -> bool {
        let said = serde_json::from_str::<Json>(&self.body).ok();
        let code = said.as_ref().and_then(|body| body.get("error_code")).and_then(Json::as_i64);
        self.status == 404 && code.is_some_and(|code| code >= 40_400)
    }

    /// The registry's own words, cut to a line.
    pub(super) fn message(&self) -> String {
        let said = serde_json::from_str::<Json>(&self.body).ok();
        let message = said.as_ref().and_then(|body| body.get("message")).and_then(Json::as_str).unwrap_or(&self.body);
        message.chars().take(500).map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    fn refused(&self, message: String) -> RegistryError {
        RegistryError::Refused { path: self.path.clone(), status: self.status, message }
    }
}

impl Http {
    pub(super) fn new(settings: RegistrySettings) -> Result<Self, RegistryError> {
        if settings.urls.is_empty() {
            return Err(RegistryError::Settings("no URL is set".to_owned()));
        }
        let mut urls = settings.urls.clone();
        for url in &mut urls {
            if url.contains('@') {
                return Err(RegistryError::Settings("a URL holds credentials; put them into a file".to_owned()));
            }
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return Err(RegistryError::Settings(format!("{url} does not begin with http:// or https://")));
            }
            url.truncate(url.trim_end_matches('/').len());
        }
        let agent = Agent::config_builder()
            .timeout_global(Some(settings.call_timeout))
            .http_status_as_error(false)
            .user_agent("demand-center")
            .tls_config(tls(&settings)?)
            .build()
            .new_agent();
        let authorization = Mutex::new(authorization(&settings.credentials)?);
        let credentials = settings.credentials;
        Ok(Self { agent, urls, preferred: AtomicUsize::new(0), credentials, authorization })
    }

    pub(super) fn get(&self, path: &str) -> Result<Answer, RegistryError> {
        self.call("GET", path, None)
    }

    pub(super) fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, RegistryError> {
        self.call("POST", path, Some(json(body)?))
    }

    pub(super) fn put(&self, path: &str, body: &impl Serialize) -> Result<Answer, RegistryError> {
        self.call("PUT", path, Some(json(body)?))
    }

    /// Asks each URL until one answers. Every call of the protocol may be repeated: registering twice gives one id.
    fn call(&self, method: &str, path: &str, body: Option<String>) -> Result<Answer, RegistryError> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut tried = Vec::new();
        for step in 0..self.urls.len() {
            let at = (first + step) % self.urls.len();
            let url = &self.urls[at];
            let mut outcome = self.ask(method, url, path, body.as_deref());
            if matches!(outcome, Ok((401 | 403, _))) && self.renew()? {
                outcome = self.ask(method, url, path, body.as_deref());
            }
            match outcome {
                Ok((status @ (401 | 403), _)) => return Err(RegistryError::Unauthorised { url: url.clone(), status }),
                // The server is in trouble or busy: another may not be.
                Ok((status @ (408 | 429 | 500..), _)) => tried.push(format!("{url}: HTTP {status}")),
                Ok((status, body)) => {
                    self.preferred.store(at, Ordering::Relaxed);
                    return Ok(Answer { status, path: path.to_owned(), body });
                }
                Err(error) => tried.push(format!("{url}: {error}")),
            }
        }
        Err(RegistryError::Unreachable { tried: tried.join("; ") })
    }

    fn ask(&self, method: &str, url: &str, path: &str, body: Option<&str>) -> Result<(u16, String), ureq::Error> {
        let mut request = Request::builder().method(method).uri(format!("{url}{path}")).header("Accept", CONTENT_TYPE);
        if let Some(value) = &*self.authorization.lock().unwrap_or_else(PoisonError::into_inner) {
            request = request.header("Authorization", value);
        }
        let mut response: Response<ureq::Body> = match body {
            Some(body) => self.agent.run(request.header("Content-Type", CONTENT_TYPE).body(body)?)?,
            None => self.agent.run(request.body(())?)?,
        };
        let text = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string()?;
        Ok((response.status().as_u16(), text))
    }

    /// Reads the credentials again; true when they changed.
    fn renew(&self) -> Result<bool, RegistryError> {
        let now = authorization(&self.credentials)?;
        let mut held = self.authorization.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *held != now;
        *held = now;
        Ok(changed)
    }
}

/// A path segment: everything but unreserved characters as `%XX`.
pub(super) fn escaped(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn json(body: &impl Serialize) -> Result<String, RegistryError> {
    serde_json::to_string(body).map_err(|e| RegistryError::Settings(format!("a request could not be written: {e}")))
}

fn authorization(credentials: &Credentials) -> Result<Option<String>, RegistryError> {
    Ok(match credentials {
        Credentials::None => None,
        Credentials::Basic { user, password_file } => {
            let pair = format!("{user}:{}", secret(password_file, "a password")?);
            Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
        }
        Credentials::Bearer(file) => {
            let token = secret(file, "a token")?;
            if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(RegistryError::Settings(format!("{} does not hold a token", file.display())));
            }
            Some(format!("Bearer {token}"))
        }
    })
}

/// The content of a file without its last line break.
fn secret(file: &Path, what: &str) -> Result<String, RegistryError> {
    let text = String::from_utf8(read(file)?).unwrap_or_default();
    let secret = text.trim_end_matches(['\n', '\r']);
    if secret.is_empty() {
        return Err(RegistryError::Settings(format!("{} does not hold {what}", file.display())));
    }
    Ok(secret.to_owned())
}

fn tls(settings: &RegistrySettings) -> Result<TlsConfig, RegistryError> {
    let mut tls = TlsConfig::builder();
    if let Some(file) = &settings.ca_file {
        tls = tls.root_certs(RootCerts::new_with_certs(&certificates(file)?));
    }
    if let Some((chain, key)) = &settings.client_certificate {
        let key = PrivateKey::from_pem(&read(key)?).map_err(|e| unusable(key, &e))?;
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&certificates(chain)?, key)));
    }
    Ok(tls.build())
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>, RegistryError> {
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(&read(file)?) {
        if let PemItem::Certificate(certificate) = item.map_err(|e| unusable(file, &e))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(RegistryError::Settings(format!("{} holds no certificate", file.display())));
    }
    Ok(certificates)
}

fn read(file: &Path) -> Result<Vec<u8>, RegistryError> {
    fs::read(file).map_err(|e| unusable(file, &e))
}

fn unusable(file: &Path, error: &dyn std::fmt::Display) -> RegistryError {
    RegistryError::Settings(format!("{}: {error}", file.display()))
}
