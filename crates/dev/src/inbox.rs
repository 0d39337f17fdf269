//! The inbox: every mail and text message that the server sent, kept in memory and shown with its links and codes.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use countersign_outbound::mail::{Inbox as Receiver, Message};
use countersign_outbound::sms::{SmsInbox as Texts, Text};
use countersign_web::clock::Clock;
use countersign_web::respond::{Show, json, plain};
use countersign_web::view::{Moment, pages};
use countersign_web::{App, Req};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Mails kept; older ones go.
const MOST: usize = 500;

/// Takes mails in place of a mail server.
pub struct Inbox {
    clock: Arc<Clock>,
    mails: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    next: u64,
    mails: VecDeque<Mail>,
}

/// One mail, as `GET /dev/inbox.json` lists it.
#[derive(Debug, Clone, Serialize)]
pub struct Mail {
    /// Counts up from 1.
    pub id: u64,
    /// Seconds since 1970.
    pub at: i64,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// The plain part.
    pub text: String,
    /// Every link in the plain part, in order.
    pub links: Vec<String>,
    /// Every six-digit code in the plain part, in order.
    pub codes: Vec<String>,
    #[serde(skip)]
    html: Option<String>,
}

impl Inbox {
    /// An empty inbox.
    pub fn new(clock: Arc<Clock>) -> Arc<Self> {
        Arc::new(Self { clock, mails: Mutex::default() })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest mail to this address.
    pub fn newest_to(&self, address: &str) -> Option<Mail> {
        self.kept().mails.iter().find(|m| m.to == address).cloned()
    }

    /// All mails that are kept, the newest first.
    pub fn all(&self) -> Vec<Mail> {
        self.kept().mails.iter().cloned().collect()
    }

    fn find(&self, id: u64) -> Option<Mail> {
        self.kept().mails.iter().find(|m| m.id == id).cloned()
    }
}

impl Receiver for Inbox {
    fn put(&self, message: Message) {
        let mut kept = self.kept();
        kept.next += 1;
        let mail = Mail {
            id: kept.next,
            at: self.clock.now().seconds(),
            to: message.to.to_string(),
            subject: message.subject,
            links: links(&message.text),
            codes: codes(&message.text),
            text: message.text,
            html: message.html,
        };
        kept.mails.push_front(mail);
        kept.mails.truncate(MOST);
    }
}

impl Texts for Inbox {
    fn put(&self, text: Text) {
        let mut kept = self.kept();
        kept.next += 1;
        let mail = Mail {
            id: kept.next,
            at: self.clock.now().seconds(),
            to: text.to,
            subject: text.text.lines().next().unwrap_or_default().to_owned(),
            links: links(&text.text),
            codes: codes(&text.text),
            text: text.text,
            html: None,
        };
        kept.mails.push_front(mail);
        kept.mails.truncate(MOST);
    }
}

fn links(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || "<>\"()".contains(c));
    words.filter(|w| w.starts_with("http://") || w.starts_with("https://")).map(str::to_owned).collect()
}

fn codes(text: &str) -> Vec<String> {
    let without_links: Vec<&str> = text.split_whitespace().filter(|w| !w.contains("://")).collect();
    let words = without_links.iter().flat_map(|w| w.split(|c: char| !c.is_ascii_alphanumeric()));
    words.filter(|w| w.len() == 6 && w.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned).collect()
}

/// The inbox's pages and its JSON.
pub fn routes(inbox: Arc<Inbox>) -> Router<Arc<App>> {
    let of = |inbox: &Arc<Inbox>| inbox.clone();
    let (a, b, c) = (of(&inbox), of(&inbox), of(&inbox));
    Router::new()
        .route("/dev/inbox", get(async move |State(app): State<Arc<App>>, req: Req| list(&a, &app, &req)))
        .route("/dev/inbox.json", get(async move || json(StatusCode::OK, &b.kept().mails)))
        .route(
            "/dev/inbox/{id}",
            get(async move |State(app): State<Arc<App>>, req: Req, Path(id): Path<String>| {
                one(&c, &app, &req, &id)
            }),
        )
}

fn row(mail: &Mail, now: i64) -> pages::InboxRow {
    pages::InboxRow {
        href: format!("/dev/inbox/{}", mail.id),
        to: mail.to.clone(),
        subject: mail.subject.clone(),
        at: Moment { at: mail.at, now },
        links: mail.links.clone(),
        codes: mail.codes.clone(),
    }
}

fn list(inbox: &Inbox, app: &App, req: &Req) -> Response {
    let now = req.env.now.seconds();
    let mails = inbox.kept().mails.iter().map(|m| row(m, now)).collect();
    app.page(req, &pages::Inbox { mails }, Show::default())
}

fn one(inbox: &Inbox, app: &App, req: &Req, name: &str) -> Response {
    let (number, html) = name.strip_suffix(".html").map_or((name, false), |n| (n, true));
    let Some(mail) = number.parse().ok().and_then(|id| inbox.find(id)) else {
        return plain(StatusCode::NOT_FOUND, "no such mail");
    };
    if html {
        let mut response = mail.html.unwrap_or_default().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        // A mail is drawn as a mail program would: no script, nothing loaded.
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(
                "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-top-navigation",
            ),
        );
        return response;
    }
    let page = pages::InboxMail {
        mail: row(&mail, req.env.now.seconds()),
        from: "Countersign <no-reply@localhost>".to_owned(),
        html_href: mail.html.is_some().then(|| format!("/dev/inbox/{}.html", mail.id)),
        text: mail.text,
    };
    app.page(req, &page, Show::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_codes_are_found_in_the_plain_part() {
        let text =
            "Your code is 402913.\n\nhttp://localhost:8080/confirm?t=123456\n\nNot 1234567 and not 12345.";
        assert_eq!(links(text), ["http://localhost:8080/confirm?t=123456"]);
        assert_eq!(codes(text), ["402913"]);
    }
}
