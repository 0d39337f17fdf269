//! A browser's part: cookies, redirects, forms; as much as a sign-in needs.

use std::collections::BTreeMap;

use url::form_urlencoded;

use crate::Failure;
use crate::http::{Connection, Reply};
use crate::plan::Plan;

/// What a browser keeps.
#[derive(Default)]
pub(crate) struct Jar(BTreeMap<String, String>);

impl Jar {
    /// The Cookie header's line.
    pub(crate) fn line(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("cookie: {}\r\n", pairs.join("; "))
    }

    pub(crate) fn keep(&mut self, reply: &Reply) {
        for line in reply.headers("set-cookie") {
            if let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) {
                if value.is_empty() {
                    self.0.remove(name);
                } else {
                    self.0.insert(name.to_owned(), value.to_owned());
                }
            }
        }
    }
}

/// Signs in from nothing; returns the redirect to the app.
pub(crate) async fn sign_in(
    plan: &Plan,
    connection: &mut Connection,
    jar: &mut Jar,
    authorize: &str,
    email: &str,
) -> Result<String, Failure> {
    let origin = format!("origin: http://{}\r\nsec-fetch-site: same-origin\r\n", plan.host());
    let mut reply = follow(plan, connection, jar, authorize.to_owned()).await?;
    for _ in 0..6 {
        let page = match reply {
            Step::App(redirect) => return Ok(redirect),
            Step::Page(page) => page,
        };
        let html = page.text();
        let action = attribute(html, "<form method=\"post\"", "action").ok_or_else(|| stuck(&page))?;
        let hidden = |name: &str| attribute(html, &format!("name=\"{name}\""), "value").unwrap_or_default();
        let filled = if html.contains("id=\"password\"") {
            ("password", plan.password.as_str())
        } else if html.contains("id=\"identifier\"") {
            ("identifier", email)
        } else {
            return Err(stuck(&page));
        };
        let fields = form_urlencoded::Serializer::new(String::new())
            .append_pair("flow", &hidden("flow"))
            .append_pair("csrf", &hidden("csrf"))
            .append_pair("do", "continue")
            .append_pair(filled.0, filled.1)
            .finish();
        let headers = format!("{origin}{}", jar.line());
        let answer = connection.post(&action, &headers, &fields).await?;
        jar.keep(&answer);
        reply = onward(plan, connection, jar, answer).await?;
    }
    Err("the sign-in does not end".into())
}

/// A press of the button that would sign in.
pub(crate) struct Ready {
    pub(crate) action: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

/// Walks to the password page and fills it in.
pub(crate) async fn to_the_password(
    plan: &Plan,
    connection: &mut Connection,
    jar: &mut Jar,
    authorize: &str,
    email: &str,
) -> Result<Ready, Failure> {
    let mut reply = follow(plan, connection, jar, authorize.to_owned()).await?;
    for _ in 0..3 {
        let Step::Page(page) = reply else { return Err("signed in without a password".into()) };
        let html = page.text();
        let action = attribute(html, "<form method=\"post\"", "action").ok_or_else(|| stuck(&page))?;
        let hidden = |name: &str| attribute(html, &format!("name=\"{name}\""), "value").unwrap_or_default();
        let there = html.contains("id=\"password\"");
        let filled = if there { ("password", plan.password.as_str()) } else { ("identifier", email) };
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("flow", &hidden("flow"))
            .append_pair("csrf", &hidden("csrf"))
            .append_pair("do", "continue")
            .append_pair(filled.0, filled.1)
            .finish();
        let headers =
            format!("origin: http://{}\r\nsec-fetch-site: same-origin\r\n{}", plan.host(), jar.line());
        if there {
            return Ok(Ready { action, headers, body });
        }
        let answer = connection.post(&action, &headers, &body).await?;
        jar.keep(&answer);
        reply = onward(plan, connection, jar, answer).await?;
    }
    Err("no password page".into())
}

/// Where a walk is.
pub(crate) enum Step {
    /// At a page of the server.
    Page(Reply),
    /// Sent to the app, with the answer in the address.
    App(String),
}

/// Opens a path and follows redirects within the server.
pub(crate) async fn follow(
    plan: &Plan,
    connection: &mut Connection,
    jar: &mut Jar,
    path: String,
) -> Result<Step, Failure> {
    let answer = connection.get(&path, &jar.line()).await?;
    jar.keep(&answer);
    onward(plan, connection, jar, answer).await
}

async fn onward(
    plan: &Plan,
    connection: &mut Connection,
    jar: &mut Jar,
    mut answer: Reply,
) -> Result<Step, Failure> {
    for _ in 0..6 {
        if !(300..400).contains(&answer.status) {
            return Ok(Step::Page(answer));
        }
        let to = answer.header("location").ok_or("a redirect without an address")?.to_owned();
        if to.starts_with(&plan.redirect_uri) {
            return Ok(Step::App(to));
        }
        let path = to.strip_prefix(&format!("http://{}", plan.host())).unwrap_or(&to).to_owned();
        answer = connection.get(&path, &jar.line()).await?;
        jar.keep(&answer);
    }
    Err("redirected for ever".into())
}

/// The value of an attribute of the first tag that holds `mark`.
fn attribute(html: &str, mark: &str, name: &str) -> Option<String> {
    let tag = html.get(html.find(mark)?..)?.split('>').next()?;
    let value = tag.split(&format!("{name}=\"")).nth(1)?.split('"').next()?;
    Some(value.replace("&amp;", "&").replace("&#x2f;", "/").replace("&#x3d;", "=").replace("&quot;", "\""))
}

fn stuck(page: &Reply) -> Failure {
    format!("stuck at {}: {}", page.status, page.text().chars().take(300).collect::<String>()).into()
}

/// One parameter of an address.
pub(crate) fn parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
