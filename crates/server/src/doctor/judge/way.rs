//! Whether what a browser sends to the issuer arrives here as it was sent: the way through names and proxies.

use countersign_web::cookies::{Cookie, Cookies};
use countersign_web::origin::Site;
use countersign_web::probe::Seen;

use super::super::{Finding, State};

/// Written by `doctor` into `X-Forwarded-For`, as anybody could. RFC 5737 keeps it for examples.
pub(in crate::doctor) const FORGED: &str = "192.0.2.77";

/// The requests that were made, and what the server was asked to note of each.
pub(in crate::doctor) struct Walked {
    /// As a browser that comes for the first time.
    pub(in crate::doctor) plain: Visit,
    /// With a forged `X-Forwarded-For`.
    pub(in crate::doctor) forged: Option<Visit>,
    /// With the cookies of the first answer.
    pub(in crate::doctor) again: Option<Visit>,
    /// Of an https issuer on the usual port: to port 80, in clear.
    pub(in crate::doctor) clear: Option<Visit>,
}

/// One request to the issuer.
pub(in crate::doctor) struct Visit {
    pub(in crate::doctor) status: u16,
    pub(in crate::doctor) set_cookie: Vec<String>,
    /// What arrived here; `None`: nothing did, somebody else answered.
    pub(in crate::doctor) seen: Option<Seen>,
}

/// How it should be.
pub(in crate::doctor) struct Expected {
    pub(in crate::doctor) site: Site,
    pub(in crate::doctor) cookies: Cookies,
    /// The path that was asked for.
    pub(in crate::doctor) path: String,
    /// Host and, unless it is the usual one, port.
    pub(in crate::doctor) authority: String,
    /// The server speaks TLS itself.
    pub(in crate::doctor) tls: bool,
    /// The issuer's port is the one that the server listens on.
    pub(in crate::doctor) own_port: bool,
}

pub(in crate::doctor) fn way(walked: &Walked, expected: &Expected) -> Vec<Finding> {
    let Some(seen) = &walked.plain.seen else {
        return vec![Finding::bad(
            "instance",
            State::Fail,
            format!("{} answers {}, but not by this server", expected.site.issuer(), walked.plain.status),
            "apps and browsers reach another server, another node or a cache",
            "see where its name and the proxy lead; where several nodes stand behind one, run this on each",
        )];
    };
    let mut findings = vec![Finding::ok("instance", "the issuer's address leads to this server")];
    let path = path(seen, expected);
    let cookies = match path.state {
        State::Ok => cookies(walked, expected),
        // A page that is not there sets no cookie.
        State::Warn | State::Fail => Vec::new(),
    };
    findings.push(path);
    findings.push(host(seen, expected));
    findings.extend(client(seen, walked.forged.as_ref().and_then(|visit| visit.seen.as_ref()), expected));
    findings.extend(scheme(seen, walked.clear.as_ref(), expected));
    findings.extend(cookies);
    findings
}

fn path(seen: &Seen, expected: &Expected) -> Finding {
    if seen.path == expected.path {
        return Finding::ok("path", format!("{} arrives unchanged", expected.path));
    }
    Finding::bad(
        "path",
        State::Fail,
        format!("{} arrives as {}", expected.path, seen.path),
        "pages, redirects and discovery are not found",
        "let the proxy pass the path unchanged: in nginx, `proxy_pass http://127.0.0.1:8080;` with no slash or path at its end",
    )
}

fn host(seen: &Seen, expected: &Expected) -> Finding {
    const CHECK: &str = "host";
    let said = seen.host.as_deref().unwrap_or_default().to_ascii_lowercase();
    let bare = expected.authority.rsplit_once(':').map_or(expected.authority.as_str(), |(host, _)| host);
    if said == expected.authority || said == bare {
        return Finding::ok(CHECK, format!("{said} arrives"));
    }
    Finding::bad(
        CHECK,
        State::Warn,
        format!("`Host: {}` arrives as `{said}`", expected.authority),
        "the server goes by `issuer` and not by this, but logs and other software behind the proxy are misled",
        "in nginx, `proxy_set_header Host $http_host;`",
    )
}

/// The client's address: who the server thinks is asking.
fn client(seen: &Seen, forged: Option<&Seen>, expected: &Expected) -> Vec<Finding> {
    const CHECK: &str = "client address";
    const ALL_ONE: &str =
        "everybody seems to come from one address, and one person's failed sign-ins slow down all";
    const SAY: &str = "in nginx, `proxy_set_header X-Forwarded-For $remote_addr;`";
    if !is_proxied(seen, expected) {
        return vec![Finding::ok(CHECK, format!("{}, with nothing in between", seen.client))];
    }
    if !seen.trusted {
        return vec![Finding::bad(
            CHECK,
            State::Fail,
            format!("requests come through {}, which is not in `trusted_proxies`", seen.peer),
            ALL_ONE,
            format!("write `trusted_proxies = [\"{}\"]` and run `countersign apply`", seen.peer),
        )];
    }
    let believed = forged.is_some_and(|seen| seen.forwarded_for.last().is_some_and(|last| last == FORGED));
    let wrong = match seen.forwarded_for.last() {
        _ if believed => Some((
            format!("the proxy at {} passes on what anybody writes into X-Forwarded-For", seen.peer),
            "whoever guesses passwords can be at a new address for each guess",
            SAY,
        )),
        None => Some((format!("the proxy at {} does not send X-Forwarded-For", seen.peer), ALL_ONE, SAY)),
        Some(last) if last.parse::<std::net::IpAddr>().is_err() => Some((
            format!("the proxy at {} sends X-Forwarded-For with `{last}`, which is no address", seen.peer),
            ALL_ONE,
            "let it send the bare address, without a port or a name",
        )),
        Some(_) => None,
    };
    match wrong {
        Some((what, why, mend)) => vec![Finding::bad(CHECK, State::Fail, what, why, mend)],
        None => vec![Finding::ok(CHECK, format!("{}, through the proxy at {}", seen.client, seen.peer))],
    }
}

fn is_proxied(seen: &Seen, expected: &Expected) -> bool {
    let told = !seen.forwarded_for.is_empty() || seen.forwarded_proto.is_some() || !seen.between.is_empty();
    told || expected.site.https() && !expected.tls || !expected.own_port
}

fn scheme(seen: &Seen, clear: Option<&Visit>, expected: &Expected) -> Vec<Finding> {
    const CHECK: &str = "scheme";
    const CLEAR: &str = "passwords travel in clear, and browsers drop the Secure cookies of the sign-in";
    let wanted = if expected.site.https() { "https" } else { "http" };
    let mut findings = Vec::new();
    if clear.is_some_and(|visit| visit.seen.is_some()) {
        findings.push(Finding::bad(
            CHECK,
            State::Fail,
            "the issuer is https, and is served in clear on port 80 too",
            CLEAR,
            "let port 80 answer with a redirect to https: in nginx, `return 301 https://$host$request_uri;`",
        ));
    }
    match seen.forwarded_proto.as_deref() {
        Some(said) if said.eq_ignore_ascii_case(wanted) => {}
        Some(said) => findings.push(Finding::bad(
            CHECK,
            State::Fail,
            format!("the issuer is {wanted}, but the proxy says that requests came by {said}"),
            CLEAR,
            "let TLS end at this proxy, or let it pass on what the one before it says: in nginx, `proxy_set_header X-Forwarded-Proto $scheme;` where TLS ends",
        )),
        None if is_proxied(seen, expected) => findings.push(Finding::bad(
            CHECK,
            State::Warn,
            "the proxy does not send X-Forwarded-Proto",
            "whether people came by https cannot be told",
            "in nginx, `proxy_set_header X-Forwarded-Proto $scheme;`",
        )),
        None => {}
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, wanted));
    }
    findings
}

/// The cookie that every sign-in hangs on: set here, taken by the browser, sent back here.
fn cookies(walked: &Walked, expected: &Expected) -> Vec<Finding> {
    const CHECK: &str = "cookies";
    const WHY: &str = "every sign-in ends with \"this browser sent no cookie\"";
    const PASS: &str = "let the proxy pass Set-Cookie and Cookie unchanged; look for proxy_cookie_path, proxy_cookie_domain, proxy_hide_header and caches";
    let cookies = &expected.cookies;
    let name = cookies.name(Cookie::Browser);
    let fail = |what: String| vec![Finding::bad(CHECK, State::Fail, what, WHY, PASS)];
    let begins = format!("{name}=");
    let Some(line) = walked.plain.set_cookie.iter().find(|line| line.starts_with(&begins)) else {
        return fail(format!("{name} is set by the server, but does not reach the browser"));
    };
    let attributes = |line: &str| line.split_once(';').map(|(_, rest)| rest.trim().to_owned());
    let ours = cookies.set(Cookie::Browser, "x", None);
    let ours = ours.as_ref().and_then(|line| attributes(line.to_str().ok()?));
    let theirs = attributes(line);
    if theirs != ours {
        let show = |text: Option<String>| text.unwrap_or_default();
        return fail(format!("{name} is set with `{}` and arrives with `{}`", show(ours), show(theirs)));
    }
    let back = walked.again.as_ref().and_then(|visit| visit.seen.as_ref());
    if !back.is_some_and(|seen| seen.cookies.contains(&name)) {
        return fail(format!("{name} is sent back by the browser, but does not reach the server"));
    }
    vec![Finding::ok(CHECK, format!("{name} goes out and comes back"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(issuer: &str, tls: bool) -> Expected {
        let (site, url) = (Site::new(issuer).unwrap(), url::Url::parse(issuer).unwrap());
        Expected {
            path: site.path("/account"),
            authority: url.authority().to_owned(),
            tls,
            own_port: url.port() == Some(8080),
            cookies: Cookies::new(&site, None),
            site,
        }
    }

    fn seen() -> Seen {
        Seen {
            peer: "127.0.0.1".parse().unwrap(),
            trusted: true,
            client: "203.0.113.9".parse().unwrap(),
            path: "/id/account".to_owned(),
            host: Some("a.test".to_owned()),
            forwarded_for: vec!["203.0.113.9".to_owned()],
            forwarded_proto: Some("https".to_owned()),
            between: Vec::new(),
            cookies: Vec::new(),
        }
    }

    fn visit(seen: Option<Seen>) -> Visit {
        let cookies = Cookies::new(&Site::new("https://a.test/id").unwrap(), None);
        let line = cookies.set(Cookie::Browser, "x", None).unwrap();
        Visit { status: 200, set_cookie: vec![line.to_str().unwrap().to_owned()], seen }
    }

    fn walked(plain: Seen) -> Walked {
        let forged =
            Seen { forwarded_for: vec![FORGED.to_owned(), "203.0.113.9".to_owned()], ..plain.clone() };
        let name = Cookies::new(&Site::new("https://a.test/id").unwrap(), None).name(Cookie::Browser);
        let again = Seen { cookies: vec![name], ..plain.clone() };
        Walked {
            plain: visit(Some(plain)),
            forged: Some(visit(Some(forged))),
            again: Some(visit(Some(again))),
            clear: None,
        }
    }

    /// What is not well.
    fn bad(walked: &Walked) -> Vec<(&'static str, State)> {
        let findings = way(walked, &expected("https://a.test/id", false));
        findings.into_iter().filter(|it| it.state != State::Ok).map(|it| (it.check, it.state)).collect()
    }

    #[test]
    fn a_good_proxy_has_nothing_to_be_told() {
        assert_eq!(bad(&walked(seen())), []);
        let with_port = Seen { host: Some("A.test:443".to_owned()), ..seen() };
        assert_eq!(bad(&walked(with_port)), [("host", State::Warn)]);
    }

    #[test]
    fn each_fault_of_a_proxy_is_told_apart() {
        let none = Vec::new;
        for (seen, found) in [
            (Seen { path: "/account".to_owned(), ..seen() }, ("path", State::Fail)),
            (Seen { path: "//account".to_owned(), ..seen() }, ("path", State::Fail)),
            (Seen { host: Some("127.0.0.1:8080".to_owned()), ..seen() }, ("host", State::Warn)),
            (Seen { host: None, ..seen() }, ("host", State::Warn)),
            (Seen { trusted: false, ..seen() }, ("client address", State::Fail)),
            (Seen { forwarded_for: none(), ..seen() }, ("client address", State::Fail)),
            (Seen { forwarded_for: vec!["1.2.3.4:5".to_owned()], ..seen() }, ("client address", State::Fail)),
            (Seen { forwarded_proto: None, ..seen() }, ("scheme", State::Warn)),
            (Seen { forwarded_proto: Some("http".to_owned()), ..seen() }, ("scheme", State::Fail)),
        ] {
            assert_eq!(bad(&walked(seen.clone())), [found], "{seen:?}");
        }
        let mut open = walked(Seen { forwarded_for: none(), ..seen() });
        let forged = Seen { forwarded_for: vec![FORGED.to_owned()], ..seen() };
        open.forged = Some(visit(Some(forged)));
        assert_eq!(bad(&open), [("client address", State::Fail)]);
        let all = way(&open, &expected("https://a.test/id", false));
        assert!(all.iter().any(|it| it.what.contains("passes on what anybody writes")), "{all:?}");
    }

    #[test]
    fn another_server_at_the_address_is_all_there_is_to_say() {
        let mut walked = walked(seen());
        walked.plain.seen = None;
        assert_eq!(bad(&walked), [("instance", State::Fail)]);
    }

    #[test]
    fn an_https_issuer_in_clear_fails() {
        let mut walked = walked(seen());
        walked.clear = Some(visit(None));
        assert_eq!(bad(&walked), []);
        walked.clear = Some(visit(Some(seen())));
        assert_eq!(bad(&walked), [("scheme", State::Fail)]);
    }

    #[test]
    fn cookies_that_are_taken_changed_or_kept_back_fail() {
        let mut taken = walked(seen());
        taken.plain.set_cookie.clear();
        let mut changed = walked(seen());
        changed.plain.set_cookie = vec![changed.plain.set_cookie[0].replace("Path=/;", "Path=/id/;")];
        let mut bare = walked(seen());
        bare.plain.set_cookie = vec![bare.plain.set_cookie[0].replace("; Secure", "")];
        let mut kept = walked(seen());
        kept.again = Some(visit(Some(seen())));
        for walked in [taken, changed, bare, kept] {
            assert_eq!(bad(&walked), [("cookies", State::Fail)]);
        }
    }

    #[test]
    fn without_a_proxy_none_is_asked_for() {
        let direct = Seen {
            trusted: false,
            client: "127.0.0.1".parse().unwrap(),
            host: Some("localhost:8080".to_owned()),
            path: "/account".to_owned(),
            forwarded_for: Vec::new(),
            forwarded_proto: None,
            ..seen()
        };
        let expected = expected("http://localhost:8080", false);
        for trusted in [false, true] {
            let seen = Seen { trusted, ..direct.clone() };
            assert_eq!(client(&seen, None, &expected)[0].state, State::Ok);
            assert_eq!(scheme(&seen, None, &expected)[0].state, State::Ok);
        }
        let tls = Expected { own_port: true, ..super::tests::expected("https://a.test", true) };
        assert_eq!(client(&direct, None, &tls)[0].state, State::Ok);
    }
}
