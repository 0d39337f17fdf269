//! nothing secret stands in any record, and nothing hostile breaks a line of the log.

use crate::login::device::{Device, enter};
use crate::login::{first_page, mailed};
use countersign_testkit::relying_party::unique;
use countersign_testkit::world::SECRET;
use countersign_testkit::{Tokens, World};
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
impl Log {
    /// Everything that this thread logs from now on, of this level and above.
    fn take(&self, level: tracing::Level) -> DefaultGuard {
        // With one subscriber alive, `tracing` asks only the thread that first meets a place that logs, and keeps its
        // answer for the process: another test's thread says no for all. With two it asks both.
        static SECOND: OnceLock<Dispatch> = OnceLock::new();
        SECOND.get_or_init(|| Dispatch::new(tracing_subscriber::registry()));
        let lines = tracing_subscriber::fmt().with_max_level(level).with_ansi(false);
        tracing::subscriber::set_default(lines.with_writer(self.clone()).finish())
    }
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("countersign-canaries-{}", unique("folder")));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    /// Every byte that is on the disk.
    fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(&self.0).unwrap().map(|it| it.unwrap().path());
        files.filter(|it| it.is_file()).flat_map(|it| std::fs::read(it).unwrap()).collect()
    }
}
impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    !needle.is_empty() && haystack.windows(needle.len()).any(|it| it == needle.as_bytes())
}

/// The value of a parameter in a link.
fn token_of(link: &str) -> String {
    let url = url::Url::parse(&format!("https://id.example{link}")).unwrap();
    let pairs: Vec<_> = url.query_pairs().map(|(_, v)| v.into_owned()).collect();
    pairs.into_iter().max_by_key(String::len).unwrap_or_else(|| panic!("no secret in {link}"))
}

#[tokio::test]
async fn a_146_no_secret_stands_in_the_database_the_traces_or_the_log() {
    let (log, folder) = (Log::default(), Folder::new());
    let _guard = log.take(tracing::Level::TRACE);
    let world = World::on(&format!("sqlite:{}", folder.0.join("db").display())).await;
    let rp = world.rp("planner");
    let mut secrets: Vec<(&str, String)> = vec![("client secret", SECRET.to_owned())];
    let mut keep = |what: &'static str, secret: &str| secrets.push((what, secret.to_owned()));
    let mut browser = world.server.browser();
    let request = rp.request().with("scope", "openid email offline_access");
    keep("verifier", &request.verifier);

    // Sign up, with a link and digits.
    let first = browser.open(&request.path()).await;
    let sign_up = browser.press(&first, "sign-up", &[]).await;
    let (chosen, later) = ("canary seven tall lanterns", "canary nine wide harbours");
    keep("password", chosen);
    keep("new password", later);
    let typed = [("identifier", "canary@example.com"), ("new-password", chosen)];
    let confirm = browser.press(&sign_up, "continue", &typed).await;
    let (links, codes) = mailed(&world.server, "canary@example.com", "").await;
    keep("confirmation link", &token_of(&links[0]));
    let digits = codes[0].clone();
    let end = browser.press(&confirm, "continue", &[("code", &digits)]).await;
    let code = rp.callback(&end).code().to_owned();
    keep("code", &code);
    let tokens = Tokens::of(&rp.redeem(&code, &request, world.now()).await);
    keep("access token", &tokens.access);
    keep("ID token", tokens.id_token.as_deref().unwrap());
    let refresh = tokens.refresh.clone().unwrap();
    keep("refresh token", &refresh);
    let next = Tokens::of(&rp.refresh(&refresh, world.now()).await);
    keep("rotated refresh token", next.refresh.as_deref().unwrap());
    keep("refreshed access token", &next.access);
    rp.userinfo(&next.access).await;
    rp.post("/introspect", &[("token", &next.access)], world.now()).await;
    for value in browser.cookies.values() {
        keep("cookie", value);
    }

    // A wrong password, a link, a reset.
    let mut other = world.server.browser();
    let (_, _, first) = first_page(&world, &mut other).await;
    let page = other.press(&first, "continue", &[("identifier", "canary@example.com")]).await;
    keep("mistyped password", "canary seven tall lanters");
    other.press(&page, "continue", &[("password", "canary seven tall lanters")]).await;
    other.press(&first, "send-link", &[("identifier", "canary@example.com")]).await;
    let (links, _) = mailed(&world.server, "canary@example.com", "/login/link").await;
    keep("magic link", &token_of(&links[0]));
    let forgot = other.press(&page, "forgot", &[]).await;
    other.press(&forgot, "continue", &[("identifier", "canary@example.com")]).await;
    let (links, _) = mailed(&world.server, "canary@example.com", "/reset").await;
    let link = links.iter().find(|it| it.contains("/reset")).unwrap().clone();
    keep("reset link", &token_of(&link));
    let reset = other.open(&link).await;
    other.press(&reset, "continue", &[("new-password", later)]).await;
    for value in other.cookies.values() {
        keep("cookie after the reset", value);
    }

    // Pushed requests, service tokens, refusals that quote nothing.
    let fields: Vec<(&str, &str)> = request.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let pushed = rp.post("/par", &fields, world.now()).await.json();
    keep("request_uri", pushed["request_uri"].as_str().unwrap().rsplit(':').next().unwrap());
    let service = rp.post("/token", &[("grant_type", "client_credentials")], world.now()).await.json();
    keep("service token", service["access_token"].as_str().unwrap());
    let wrong = unique("wrong secret");
    keep("wrong secret", &wrong);
    let header = countersign_testkit::relying_party::basic("planner", &wrong);
    keep("Basic header", &header["Basic ".len()..]);
    let ask = [("grant_type", "client_credentials")];
    rp.http.clone().form("/token", &[("authorization", &header)], &ask).await;
    rp.refresh(&refresh[..refresh.len() - 2], world.now()).await;
    rp.redeem(&code, &request, world.now()).await;
    let device = Device::of(&world, "television", "openid offline_access").await;
    keep("device code", device.code());
    device.poll(&world).await;
    let mut known = world.browser_of(&world.anna).await;
    known.open(&format!("/device?user_code={}", device.user_code())).await;
    enter(&mut world.server.browser(), "BCDF-BCDF").await;
    let asked = enter(&mut known, device.user_code()).await;
    known.press(&asked, "allow", &[]).await;
    let given = Tokens::of(&device.poll(&world).await);
    keep("device's access token", &given.access);
    keep("device's refresh token", given.refresh.as_deref().unwrap());
    let opaque = world.tokens("opaque", "openid offline_access").await;
    keep("opaque token", &opaque.access);
    world.server.app.trace.written().await;

    let (disk, log) = (folder.bytes(), log.text());
    assert!(disk.len() > 50_000, "there is something to look at: {}", disk.len());
    assert!(
        log.contains("client_secret") && log.contains("code_spent"),
        "the control: refusals are logged: {log}"
    );
    assert!(holds(&disk, "canary@example.com"), "the control: an address stands in the database in clear");
    for (what, secret) in &secrets {
        assert!(secret.len() >= 16, "{what} is too short to be looked for: {secret}");
        assert!(!holds(&disk, secret), "{what} stands in the database file");
        assert!(!log.contains(secret.as_str()), "{what} stands in the log");
        // Not encoded either.
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        assert!(!log.contains(&encoded), "{what} stands in the log, encoded");
        let base64 = countersign_core::secret::base64url(secret.as_bytes());
        assert!(!holds(&disk, &base64), "{what} stands in the database file in base64url");
    }
    let by_itself = log.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == digits);
    assert!(!by_itself, "the digits {digits} stand in the log");
    // 34 bits, never twice by chance in a file of this size.
    let (shown, bare) = (device.user_code(), device.user_code().replace('-', ""));
    for text in [shown, bare.as_str()] {
        assert!(!holds(&disk, text) && !log.contains(text), "the user code {text} stands in a record");
    }
    // DESIGN 9: ids only.
    for personal in ["canary@example.com", "anna@example.com", "203.0.113.7", "+493012345678", "Anna Maria"] {
        assert!(!log.contains(personal), "{personal} stands in the log");
    }
}

/// Line feeds, escapes and markup in what a request names stay inside one line.
#[tokio::test]
async fn a_145_hostile_names_break_no_line_of_the_log() {
    let log = Log::default();
    let _guard = log.take(tracing::Level::INFO);
    let world = World::new().await;
    let before = log.text().len();
    let mut browser = world.server.browser();
    browser.headers.insert("user-agent", "x\u{9}\"} FORGED".parse().unwrap());
    let forged = "planner\r\n2026-01-01 INFO forged line \u{1b}[31mred";
    let request = world.rp("planner").request();
    browser.get(&request.clone().with("client_id", forged).path()).await;
    browser.get(&request.clone().with("redirect_uri", forged).path()).await;
    browser.get(&request.clone().also(forged, "1").also(forged, "2").path()).await;
    browser.get(&request.clone().with("scope", forged).path()).await;
    browser.get(&request.with("login_hint", forged).path()).await;
    browser
        .form("/token", &[], &[("grant_type", forged), ("client_id", forged), ("client_secret", forged)])
        .await;
    browser
        .form("/token", &[("authorization", &countersign_testkit::relying_party::basic(forged, forged))], &[])
        .await;
    let text = log.text();
    assert!(text.len() > before, "something was logged");
    assert!(!text.lines().any(|line| line.starts_with("2026-01-01")), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text}");
}
