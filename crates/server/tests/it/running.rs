//! A server of its own for one test: a folder with a configuration, a process, its log, a way to speak to it.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use countersign_testkit::Browser;
use serde_json::Value as Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The master key that every test server begins with.
pub const MASTER_KEY: &str = "wJ3r8Zq1T5mYc0Nf7LpXbK2dVh9GsA4eUo6RiQtMzEk";

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_countersign");

/// A folder with a configuration, and the server that runs from it. Both are gone afterwards.
pub struct Running {
    pub folder: PathBuf,
    pub port: u16,
    process: Child,
    log: Arc<Mutex<String>>,
}

/// A port that was free a moment ago, below those that the kernel gives to connections: no stranger takes it before
/// the server listens there.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % 100).unwrap() * 100;
    let free = (0..10_000).find_map(|_| {
        let port = 10_000 + own.wrapping_add(NEXT.fetch_add(1, Ordering::SeqCst)) % 10_000;
        TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(port)
    });
    free.expect("a free port")
}

/// An empty folder.
pub fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("countersign-it-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl Running {
    /// Starts with the usual configuration and `rest` at its end.
    pub fn start(name: &str, rest: &str) -> Running {
        let (folder, port) = (folder(name), free_port());
        std::fs::write(folder.join("countersign.toml"), usual(port) + rest).unwrap();
        Running::from(folder, port)
    }

    /// Starts with what the folder holds, and waits until it is ready.
    pub fn from(folder: PathBuf, port: u16) -> Running {
        let key = folder.join("master.key");
        std::fs::write(&key, format!("{MASTER_KEY}\n")).unwrap();
        std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let (process, log, _) = spawn(&folder);
        let running = Running { folder, port, process, log };
        running.logged("ready", 1);
        running
    }

    /// kill -9, as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again with what the folder holds now, and waits until it is ready.
    pub fn again(&mut self) {
        (self.process, self.log, _) = spawn(&self.folder);
        self.logged("ready", 1);
    }

    /// Starts again, and waits until it gives up: its exit code and what it says.
    pub fn refuses(&mut self) -> (Option<i32>, String) {
        let reader;
        (self.process, self.log, reader) = spawn(&self.folder);
        let ended = self.process.wait().unwrap();
        // The last lines may still be on their way through the pipe.
        reader.join().unwrap();
        (ended.code(), self.log())
    }

    /// What the server finds in its master-key file the next time.
    pub fn master_keys(&self, keys: &[&str]) {
        std::fs::write(self.folder.join("master.key"), keys.join("\n")).unwrap();
    }

    /// The configuration as the server will find it the next time.
    pub fn write(&self, text: &str) {
        std::fs::write(self.folder.join("countersign.toml"), text).unwrap();
    }

    /// The same, with the usual beginning.
    pub fn rewrite(&self, rest: &str) {
        self.write(&(usual(self.port) + rest));
    }

    /// SIGHUP, and what the log says from then to the end of the reload.
    pub fn hang_up(&self) -> String {
        // A line of an earlier `apply` may still be on its way, and is not this one's.
        let told =
            |log: &str| log.lines().filter(|it| it.contains("reloaded") && it.contains("SIGHUP")).count();
        let (before, ended) = (self.log().len(), told(&self.log()) + 1);
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
        self.waits("the end of the reload", |log| told(log) >= ended);
        self.log()[before..].to_owned()
    }

    /// Waits until the log holds this so many times.
    pub fn logged(&self, text: &str, times: usize) {
        self.waits(text, |log| log.matches(text).count() >= times);
    }

    fn waits(&self, what: &str, is_there: impl Fn(&str) -> bool) {
        let until = Instant::now() + Duration::from_secs(60);
        while !is_there(&self.log()) {
            assert!(Instant::now() < until, "no {what:?} in the log:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Starts a command of the command line and does not wait for it.
    pub fn program(&self, line: &[&str]) -> Child {
        let config = self.folder.join("countersign.toml");
        let command =
            Command::new(PROGRAM).args(line).arg("--config").arg(config).stdout(Stdio::null()).spawn();
        command.unwrap()
    }

    /// Runs a command of the command line against this installation: exit code, answer, errors.
    pub fn command(&self, line: &[&str]) -> (i32, String, String) {
        let config = self.folder.join("countersign.toml");
        let done = Command::new(PROGRAM).args(line).arg("--config").arg(config).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
    }

    /// The same with `--json`.
    pub fn json(&self, line: &[&str]) -> Json {
        let (_, answer, errors) = self.command(&[line, &["--json"]].concat());
        serde_json::from_str(&answer).unwrap_or_else(|e| panic!("{e}: {answer}{errors}"))
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }

    /// A browser that speaks to this server.
    pub fn browser(&self) -> Browser {
        Browser::new(over_tcp(self.port), &format!("http://localhost:{}", self.port))
    }

    /// Asks for a sign-up or reset mail; known or not, somebody gets one.
    pub async fn ask_for_a_mail(&self, address: &str) {
        let mut browser = self.browser();
        let page = browser.open("/forgot").await;
        let page = browser.press(&page, "continue", &[("identifier", address)]).await;
        assert_eq!(page.status, 200, "{}", page.body);
    }
}

/// The process, its log so far, and the thread that reads the log to its end.
fn spawn(folder: &Path) -> (Child, Arc<Mutex<String>>, JoinHandle<()>) {
    let mut process = Command::new(PROGRAM)
        .args(["serve", "--config"])
        .arg(folder.join("countersign.toml"))
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = Arc::new(Mutex::new(String::new()));
    let (lines, written) = (BufReader::new(process.stderr.take().unwrap()), log.clone());
    let reader = std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            let _ = writeln!(written.lock().unwrap(), "{line}");
        }
    });
    (process, log, reader)
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// How every configuration of these tests begins; five lines.
pub fn usual(port: u16) -> String {
    format!(
        "version = 1\nissuer = \"http://localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\n\
         database = \"sqlite:countersign.db\"\nmaster_key_file = \"master.key\"\n"
    )
}

/// Writes a request and reads the answer: its status and body. The connection stays open.
pub async fn exchange<S>(stream: &mut S, request: &str) -> (u16, String)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    stream.write_all(request.as_bytes()).await.unwrap();
    let (status, _, body) = answer(stream).await;
    (status, String::from_utf8(body).unwrap())
}

/// Status, head lines, body. All our answers say their length.
async fn answer<S: tokio::io::AsyncRead + Unpin>(stream: &mut S) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the connection ended in the head of an answer");
        bytes.extend_from_slice(&buffer[..read]);
    };
    let text = std::str::from_utf8(&bytes[..head]).unwrap().to_owned();
    let status = text[9..12].parse().unwrap();
    let headers: Vec<_> = text.lines().skip(1).filter_map(|line| line.split_once(": ")).collect();
    let length = headers.iter().find(|(name, _)| *name == "content-length");
    let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap());
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the connection ended in the body of an answer");
        body.extend_from_slice(&buffer[..read]);
    }
    let owned = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    (status, owned.collect(), body)
}

/// Every request over a connection of its own.
fn over_tcp(port: u16) -> Router {
    Router::new().fallback(async move |request: Request| {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let mut head = format!("{} {} HTTP/1.1\r\n", parts.method, parts.uri);
        for (name, value) in &parts.headers {
            let _ = write!(head, "{name}: {}\r\n", value.to_str().unwrap());
        }
        let _ = write!(head, "content-length: {}\r\n\r\n", body.len());
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let (status, headers, body) = answer(&mut stream).await;
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        response.body(Body::from(body)).unwrap()
    })
}
