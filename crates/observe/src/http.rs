use crate::{Health, Metrics};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Serves `/metrics`, `/health/live` and `/health/ready` from a thread of its own, so that a busy worker never delays a
/// probe. Stops when dropped.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The page server could not start.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("cannot listen on {address}: {why}")]
    Listen { address: SocketAddr, why: std::io::Error },
    #[error("cannot start the thread that serves {address}: {why}")]
    Thread { address: SocketAddr, why: std::io::Error },
}

#[derive(Clone, Debug)]
struct Pages {
    metrics: Metrics,
    health: Health,
}

impl HttpServer {
    /// Binds `address` (port 0: any free one; see [`Self::address`]) and serves from now on.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub fn start(address: SocketAddr, metrics: Metrics, health: Health) -> Result<Self, HttpError> {
        let listener = TcpListener::bind(address).map_err(|why| HttpError::Listen { address, why })?;
        let address = listener.local_addr().map_err(|why| HttpError::Listen { address, why })?;
        listener.set_nonblocking(true).map_err(|why| HttpError::Listen { address, why })?;
        let failed = |why| HttpError::Thread { address, why };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(failed)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("http".to_owned())
            .spawn(move || {
                let served = runtime.block_on(serve(listener, Pages { metrics, health }, stopped));
                if let Err(error) = served {
                    tracing::error!(%address, %error, "metrics and health are no longer served");
                }
            })
            .map_err(failed)?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        // The receiver is gone only if the thread has already ended.
        let _ = self.stop.take().map(|stop| stop.send(()));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(listener: TcpListener, pages: Pages, stopped: oneshot::Receiver<()>) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(pages);
    // Not gracefully: a client that keeps its connection open must not keep the process.
    tokio::select! {
        served = std::future::IntoFuture::into_future(axum::serve(listener, router)) => served,
        _ = stopped => Ok(()),
    }
}

async fn metrics(State(pages): State<Pages>) -> Response {
    match pages.metrics.page() {
        Ok(page) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response(),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{why}\n")).into_response(),
    }
}

async fn live(State(pages): State<Pages>) -> Response {
    answer("alive", &pages.health.liveness())
}

async fn ready(State(pages): State<Pages>) -> Response {
    answer("ready", &pages.health.readiness())
}

fn answer(well: &str, complaints: &crate::Complaints) -> Response {
    if complaints.is_empty() {
        (StatusCode::OK, format!("{well}\n")).into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, complaints.to_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Build;
    use std::io::{Read, Write};
    use std::net::TcpStream;

    fn get(address: SocketAddr, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }

    #[test]
    fn probes_and_metrics_are_served_and_the_port_is_free_afterwards() {
        let metrics = Metrics::new(Build { version: "1.2.3", commit: "abc" }).unwrap();
        let health = Health::default();
        let server = HttpServer::start("127.0.0.1:0".parse().unwrap(), metrics.clone(), health.clone()).unwrap();
        let address = server.address();
        assert_eq!(get(address, "/health/live"), ("HTTP/1.1 200 OK".to_owned(), "alive\n".to_owned()));
        let unready = "HTTP/1.1 503 Service Unavailable".to_owned();
        assert_eq!(get(address, "/health/ready"), (unready, "starting\n".to_owned()));
        let worker = health.register("engine-0");
        worker.set_assigned(true);
        worker.set_restored(true);
        assert_eq!(get(address, "/health/ready"), ("HTTP/1.1 200 OK".to_owned(), "ready\n".to_owned()));
        let page = get(address, "/metrics").1;
        assert!(page.contains("demand_center_build_info{commit=\"abc\",version=\"1.2.3\"} 1\n"), "{page}");
        assert_eq!(get(address, "/").0, "HTTP/1.1 404 Not Found");

        let taken = HttpServer::start(address, metrics, health).unwrap_err().to_string();
        assert!(taken.starts_with(&format!("cannot listen on {address}: ")), "{taken}");

        // A client that never speaks must not hold the process.
        let silent = TcpStream::connect(address).unwrap();
        drop(server);
        drop(silent);
        assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    }
}
