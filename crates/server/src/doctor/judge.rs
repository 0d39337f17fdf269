//! What to say about what was seen.

pub(super) mod database;
pub(super) mod keys;
pub(super) mod providers;
pub(super) mod way;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde_json::Value as Json;
use url::Url;

use super::look::Probed;
use super::look::way::Blocked;
use super::{Finding, State};
use crate::config::Config;
use crate::failure::Failure;
use crate::words::count;
use countersign_web::view::colour;

/// A file that others must not read, and its mode; `None` if it is not there.
pub(super) struct Mode {
    pub(super) path: PathBuf,
    pub(super) what: &'static str,
    pub(super) mode: Option<u32>,
    /// Others reading it gives them secrets; for the rest, only changing it is bad.
    pub(super) secret: bool,
}

pub(super) fn modes(seen: &[Mode]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for Mode { path, what, mode, secret } in seen {
        let Some(mode) = mode else { continue };
        let bits = if *secret { 0o077 } else { 0o022 };
        if mode & bits != 0 {
            findings.push(Finding::bad(
                "file modes",
                State::Fail,
                format!("{what} {} has mode {:o}", path.display(), mode & 0o777),
                if *secret {
                    "other users of this machine can read it"
                } else {
                    "other users of this machine can change it"
                },
                format!("chmod {} {}", if *secret { "600" } else { "go-w" }, path.display()),
            ));
        }
    }
    if findings.is_empty() {
        let files = seen.iter().filter(|seen| seen.mode.is_some()).count();
        let what = count(files, "file is for its owner only", "files are for their owner only");
        findings.push(Finding::ok("file modes", what));
    }
    findings
}

/// Whether the running server has taken over what the file says.
pub(super) fn drift(path: &std::path::Path, drift: Option<Result<Vec<String>, Failure>>) -> Finding {
    const CHECK: &str = "configuration";
    const LATE: &str = "what is written here is not what is in force";
    match drift {
        None => Finding::ok(CHECK, format!("{} is sound", path.display())),
        Some(Ok(differs)) if differs.is_empty() => {
            Finding::ok(CHECK, format!("{} is sound, and in force", path.display()))
        }
        Some(Ok(differs)) => Finding::bad(
            CHECK,
            State::Warn,
            format!("changed since the running server read it: {}", differs.join(", ")),
            LATE,
            "run `countersign apply`; it names what waits for the next start",
        ),
        Some(Err(failure)) => Finding::bad(
            CHECK,
            State::Warn,
            format!("the running server could not take it over: {}: {}", failure.what, failure.why),
            LATE,
            failure.mend,
        ),
    }
}

/// Nobody was there to note what arrives, or the way is blocked.
pub(super) fn blocked(why: &Blocked) -> Finding {
    let (what, mend) = match why {
        Blocked::NoServer => (
            "no running server could be asked what arrives",
            "start it, and run this on its machine as its user",
        ),
        Blocked::Failed(why) => (why.as_str(), "see the log of the server and of the proxy"),
    };
    Finding::bad("instance", State::Warn, what, "whether proxy and cookies work is seen only so", mend)
}

/// What the operator laid over our pages, and colours of apps that nobody would be shown.
pub(super) fn pages(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(folder) = &config.overrides {
        let what = format!("every page is drawn with {}", folder.display());
        findings.push(Finding::ok("pages", what));
    }
    for client in &config.declared.clients {
        if let Some(colour) = client.colour.as_deref().filter(|it| !colour::readable(it)) {
            findings.push(Finding::bad(
                "pages",
                State::Warn,
                format!("the colour {colour} of {} is too pale", client.id),
                "white text on it, and it as a link on white, could not be read (WCAG 2.2: 4.5:1), so ours stands in",
                "give a darker shade of it",
            ));
        }
    }
    findings
}

/// Whether issuer, TLS, listener and proxies fit together.
pub(super) fn proxies(issuer: &Url, tls: bool, listen: SocketAddr, proxies: usize) -> Finding {
    const CHECK: &str = "proxy";
    let https = issuer.scheme() == "https";
    if https && !tls && proxies == 0 {
        return Finding::bad(
            CHECK,
            State::Warn,
            "the issuer is https, but there is neither [tls] nor `trusted_proxies`",
            "a proxy must be in front; without being listed, everybody seems to come from its address, and one person's failed sign-ins slow down all",
            "list the proxy's address in `trusted_proxies`, or configure [tls]",
        );
    }
    if !https && tls {
        return Finding::bad(
            CHECK,
            State::Fail,
            "the issuer is http, but [tls] is configured",
            "browsers reach the server by https and get cookies and redirects for http",
            "change the issuer to https, or remove [tls]",
        );
    }
    if https && !tls && !listen.ip().is_loopback() {
        return Finding::bad(
            CHECK,
            State::Warn,
            format!("requests in clear are accepted on {listen}"),
            "whoever can reach the port can go around the proxy and its TLS",
            "listen on 127.0.0.1, or see that only the proxy reaches the port",
        );
    }
    Finding::ok(
        CHECK,
        if tls {
            "TLS without a proxy".to_owned()
        } else {
            count(proxies, "trusted proxy", "trusted proxies")
        },
    )
}

pub(super) fn dns(issuer: &Url, found: Result<Vec<IpAddr>, String>) -> Finding {
    const CHECK: &str = "dns";
    let host = issuer.host_str().unwrap_or_default();
    match found {
        Ok(found) if found.is_empty() => {
            Finding::bad(CHECK, State::Fail, format!("{host} has no address"), WHY, MEND)
        }
        Ok(found) => {
            let list: Vec<_> = found.iter().map(IpAddr::to_string).collect();
            Finding::ok(CHECK, format!("{host} is {}", list.join(", ")))
        }
        Err(error) => Finding::bad(CHECK, State::Fail, format!("{host} is not known: {error}"), WHY, MEND),
    }
}

const WHY: &str = "apps and browsers find the server by this name";
const MEND: &str = "make an address record for it, or correct `issuer`";

pub(super) fn mail(probed: Vec<Probed>) -> Vec<Finding> {
    const CHECK: &str = "mail";
    if probed.is_empty() {
        return vec![Finding::bad(
            CHECK,
            State::Warn,
            "no [smtp], [sendgrid] or [mail_webhook] section",
            "no mail leaves: nobody can confirm an address, use a sign-in link or reset a password",
            "configure one of them",
        )];
    }
    transports(CHECK, probed)
}

pub(super) fn sms(probed: Vec<Probed>) -> Vec<Finding> {
    transports("text messages", probed)
}

fn transports(check: &'static str, probed: Vec<Probed>) -> Vec<Finding> {
    let judged = probed.into_iter().map(|(section, result)| match result {
        Ok(()) => Finding::ok(check, format!("[{section}] answers, with TLS and credentials as configured")),
        Err(error) => Finding::bad(
            check,
            State::Fail,
            format!("[{section}]: {error}"),
            "messages go by the next transport; where there is none, they wait and then expire",
            format!("check the address and the credentials in [{section}]"),
        ),
    });
    judged.collect()
}

/// What the issuer's discovery document said.
pub(super) struct Reached {
    pub(super) status: u16,
    pub(super) document: Option<Json>,
    /// The answer's `Date`, in seconds.
    pub(super) date: Option<i64>,
    /// It has Strict-Transport-Security.
    pub(super) hsts: bool,
}

pub(super) fn discovery(issuer: &str, reached: &Result<Reached, String>) -> Finding {
    const CHECK: &str = "issuer";
    let reached = match reached {
        Ok(reached) => reached,
        Err(error) => {
            return Finding::bad(
                CHECK,
                State::Fail,
                format!("{issuer} is not reachable from here: {error}"),
                "apps read the discovery document there",
                "start the server; check DNS, the proxy and its certificate",
            );
        }
    };
    let said = reached.document.as_ref().and_then(|document| document.get("issuer")).and_then(Json::as_str);
    match (reached.status, said) {
        (200, Some(said)) if said == issuer => {
            if issuer.starts_with("https:") && !reached.hsts {
                return Finding::bad(
                    CHECK,
                    State::Warn,
                    "the answer has no Strict-Transport-Security",
                    "the server sends it; something in between takes headers away",
                    "let the proxy pass all headers",
                );
            }
            Finding::ok(CHECK, format!("{issuer} is reachable and says the same"))
        }
        (200, Some(said)) => Finding::bad(
            CHECK,
            State::Fail,
            format!("the discovery document says {said}"),
            "apps compare it with what they were given, byte for byte, and refuse",
            "make `issuer` the address that apps use, or see which other server answers there",
        ),
        (status, _) => Finding::bad(
            CHECK,
            State::Fail,
            format!("{issuer}/.well-known/openid-configuration answers {status} without an issuer"),
            "apps read the discovery document there",
            "let the proxy pass the issuer's path unchanged; contrib/nginx.conf shows how",
        ),
    }
}

/// Both in seconds.
pub(super) fn clock(now: i64, elsewhere: Option<i64>) -> Finding {
    const CHECK: &str = "clock";
    // The first release lies behind us; a machine that thinks otherwise lost its clock.
    const FIRST_RELEASE: i64 = 1_793_491_200;
    let set = "set the clock, and keep it with chrony or systemd-timesyncd";
    let why = "tokens carry times, and apps refuse what was issued in their future or has expired";
    if now < FIRST_RELEASE {
        return Finding::bad(CHECK, State::Fail, "the clock stands years in the past", why, set);
    }
    match elsewhere.map(|elsewhere| (now - elsewhere).abs()) {
        Some(off) if off > 10 => Finding::bad(
            CHECK,
            State::Fail,
            format!("this machine and the issuer's answer differ by {off} s"),
            why,
            set,
        ),
        Some(_) | None => Finding::ok(CHECK, "the clock is plausible"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn secrets_that_others_can_read_fail() {
        let seen = |mode, secret| Mode { path: "/x".into(), what: "the master key", mode, secret };
        assert_eq!(modes(&[seen(Some(0o600), true), seen(None, true)])[0].state, State::Ok);
        assert_eq!(modes(&[seen(Some(0o400), true)])[0].state, State::Ok);
        assert_eq!(modes(&[seen(Some(0o644), false)])[0].state, State::Ok);
        for (mode, secret) in [(0o640, true), (0o604, true), (0o666, false), (0o664, false)] {
            let found = modes(&[seen(Some(0o100_000 | mode), secret)]);
            assert_eq!(found[0].state, State::Fail, "{mode:o}");
            assert!(found[0].mend.starts_with("chmod "));
        }
    }

    #[test]
    fn issuer_tls_and_proxies_must_fit() {
        let local: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let open: SocketAddr = "0.0.0.0:1".parse().unwrap();
        for (issuer, tls, listen, listed, state) in [
            ("https://a.test", false, local, 1, State::Ok),
            ("https://a.test", true, open, 0, State::Ok),
            ("http://localhost:1", false, local, 0, State::Ok),
            ("https://a.test", false, local, 0, State::Warn),
            ("https://a.test", false, open, 1, State::Warn),
            ("http://localhost:1", true, local, 0, State::Fail),
        ] {
            assert_eq!(
                proxies(&url(issuer), tls, listen, listed).state,
                state,
                "{issuer} {tls} {listen} {listed}"
            );
        }
    }

    #[test]
    fn another_issuer_in_the_discovery_document_fails() {
        let reached = |status, issuer: &str, hsts| {
            Ok(Reached { status, document: Some(json!({ "issuer": issuer })), date: None, hsts })
        };
        let ours = "https://a.test/id";
        assert_eq!(discovery(ours, &reached(200, ours, true)).state, State::Ok);
        assert_eq!(discovery(ours, &reached(200, ours, false)).state, State::Warn);
        assert_eq!(discovery(ours, &reached(200, "https://a.test/id/", true)).state, State::Fail);
        assert_eq!(discovery(ours, &reached(404, ours, true)).state, State::Fail);
        assert_eq!(discovery(ours, &Err("refused".to_owned())).state, State::Fail);
    }

    #[test]
    fn clocks_that_differ_fail() {
        let now = 1_795_219_200;
        assert_eq!(clock(now, Some(now - 3)).state, State::Ok);
        assert_eq!(clock(now, None).state, State::Ok);
        assert_eq!(clock(now, Some(now + 60)).state, State::Fail);
        assert_eq!(clock(0, None).state, State::Fail);
    }

    #[test]
    fn names_and_mail_are_judged() {
        assert_eq!(dns(&url("https://a.test"), Ok(vec!["192.0.2.1".parse().unwrap()])).state, State::Ok);
        assert_eq!(dns(&url("https://a.test"), Ok(Vec::new())).state, State::Fail);
        assert_eq!(dns(&url("https://a.test"), Err("x".to_owned())).state, State::Fail);
        let states = |found: Vec<Finding>| found.into_iter().map(|it| it.state).collect::<Vec<_>>();
        assert_eq!(states(mail(Vec::new())), [State::Warn]);
        let two = vec![("smtp", Err("x".to_owned())), ("sendgrid", Ok(()))];
        assert_eq!(states(mail(two)), [State::Fail, State::Ok]);
        assert_eq!(states(sms(Vec::new())), []);
    }
}
