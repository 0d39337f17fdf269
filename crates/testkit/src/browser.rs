//! A browser without a window: cookies, redirects, forms. It speaks to a router in the same process.

use crate::html::{self, Form};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use countersign_web::peer::PeerAddr;
use std::collections::BTreeMap;
use tower::ServiceExt;
use url::Url;

/// A browser with an empty cookie jar, for one origin of ours.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    origin: Url,
    /// Cookies, by name.
    pub cookies: BTreeMap<String, String>,
    /// Where its requests come from.
    pub ip: std::net::IpAddr,
    /// Headers sent with every request.
    pub headers: HeaderMap,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The address that answered.
    pub url: Url,
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: String,
}

/// An error without the id that leads to its line in the flow trace: no two answers share one.
pub fn without_flow(text: &str) -> String {
    match text.split_once(" (flow ") {
        Some((before, rest)) => {
            let after = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
            format!("{before} (flow){}", after.strip_prefix(')').unwrap_or(after))
        }
        None => text.to_owned(),
    }
}

impl Answer {
    /// The body as JSON; panics if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|e| panic!("not JSON ({e}): {} {}", self.status, self.body))
    }
    /// A header as text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
    /// Where a redirect leads.
    pub fn location(&self) -> Option<Url> {
        self.url.join(self.headers.get(header::LOCATION)?.to_str().ok()?).ok()
    }
    /// The value of a query parameter of where a redirect leads.
    pub fn param(&self, name: &str) -> Option<String> {
        self.location()?.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
    }
    /// Is there an element with this id?
    pub fn has(&self, id: &str) -> bool {
        html::has_id(&self.body, id)
    }
    /// The form that holds the button with this id.
    pub fn form_with(&self, button: &str) -> Form {
        let mut forms = html::forms(&self.body).into_iter();
        let found = forms.find(|f| f.buttons.iter().any(|b| b.id == button));
        found.unwrap_or_else(|| panic!("no button {button} on {}: {}\n{}", self.url, self.status, self.body))
    }
}

impl Browser {
    /// A browser for this router, which lives at this origin.
    pub fn new(router: Router, origin: &str) -> Self {
        let origin = Url::parse(origin).unwrap_or_else(|e| panic!("{origin}: {e}"));
        Self {
            router,
            origin,
            cookies: BTreeMap::new(),
            ip: [203, 0, 113, 7].into(),
            headers: HeaderMap::new(),
        }
    }

    /// Another browser for the same server, with an empty jar.
    pub fn other(&self) -> Self {
        Self { cookies: BTreeMap::new(), ..self.clone() }
    }

    /// A GET, as a person typing or following a link would; redirects are not followed.
    pub async fn get(&mut self, address: &str) -> Answer {
        let url = self.origin.join(address).unwrap_or_else(|e| panic!("{address}: {e}"));
        self.send(
            Request::get(url.as_str()).header("accept", "text/html").body(Body::empty()).unwrap_or_default(),
        )
        .await
    }

    /// A GET that follows redirects as long as they stay with us; the answer is the first page or the
    /// redirect that leaves.
    pub async fn open(&mut self, address: &str) -> Answer {
        let answer = self.get(address).await;
        self.follow(answer).await
    }

    /// Follows redirects as long as they stay with us.
    pub async fn follow(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..10 {
            match answer.location() {
                Some(next) if next.origin() == self.origin.origin() => answer = self.get(next.as_str()).await,
                Some(_) | None => return answer,
            }
        }
        panic!("more than ten redirects, the last to {:?}", answer.location())
    }

    /// Presses a button: posts its form with these fields (by id or by name) filled in, then follows.
    pub async fn press(&mut self, page: &Answer, button: &str, fill: &[(&str, &str)]) -> Answer {
        let answer = self.press_only(page, button, fill).await;
        self.follow(answer).await
    }

    /// Presses a button without following the redirect.
    pub async fn press_only(&mut self, page: &Answer, button: &str, fill: &[(&str, &str)]) -> Answer {
        let form = page.form_with(button);
        let mut fields = form.fields.clone();
        for (field, value) in fill {
            let name = form.ids.get(*field).map_or(*field, String::as_str);
            fields.retain(|(n, _)| n != name);
            fields.push((name.to_owned(), (*value).to_owned()));
        }
        let pressed = form.buttons.iter().find(|b| b.id == button).cloned().unwrap_or_default();
        if !pressed.name.is_empty() {
            fields.push((pressed.name, pressed.value));
        }
        let action = pressed.action.unwrap_or(form.action);
        let url = page.url.join(&action).unwrap_or_else(|e| panic!("{action}: {e}"));
        self.post_from_us(url.as_str(), &fields).await
    }

    /// A form post from one of our own pages.
    pub async fn post_from_us(&mut self, address: &str, fields: &[(String, String)]) -> Answer {
        let url = self.origin.join(address).unwrap_or_else(|e| panic!("{address}: {e}"));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(url.as_str())
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", self.origin.origin().ascii_serialization())
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body));
        self.send(request.unwrap_or_default()).await
    }

    /// Any request, with this browser's cookies and address.
    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let url = self.origin.join(&request.uri().to_string()).unwrap_or_else(|e| panic!("{e}"));
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let mut request = request;
        *request.uri_mut() = path.parse().unwrap_or_default();
        self.go(url, request).await
    }

    /// The same with its path as it stands: a URL library would straighten `//x` and `/./x`.
    pub async fn send_as_is(&mut self, request: Request<Body>) -> Answer {
        self.go(self.origin.clone(), request).await
    }

    async fn go(&mut self, url: Url, mut request: Request<Body>) -> Answer {
        let host = url.authority().to_owned();
        let headers = request.headers_mut();
        for (name, value) in &self.headers {
            headers.entry(name).or_insert(value.clone());
        }
        let host = HeaderValue::from_str(&host).unwrap_or_else(|e| panic!("{e}"));
        headers.entry(header::HOST).or_insert(host);
        if !self.cookies.is_empty() && !headers.contains_key(header::COOKIE) {
            let line = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
            headers.insert(header::COOKIE, HeaderValue::from_str(&line).unwrap_or_else(|e| panic!("{e}")));
        }
        let response = self.raw(request).await;
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            self.keep(line.to_str().unwrap_or_default());
        }
        let bytes = axum::body::to_bytes(body, 1 << 22).await.unwrap_or_else(|e| panic!("{e}"));
        Answer {
            url,
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.into()).unwrap_or_else(|e| panic!("not UTF-8: {e}")),
        }
    }

    /// As a program would: no cookies, no redirects, and the body is not read.
    pub async fn raw(&self, mut request: Request<Body>) -> Response<Body> {
        request.extensions_mut().insert(PeerAddr((self.ip, 40_000).into()));
        self.router.clone().oneshot(request).await.unwrap_or_else(|e| match e {})
    }

    fn keep(&mut self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if attributes.to_ascii_lowercase().contains("max-age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// A program's request: no cookies, no `Accept: text/html`.
    pub async fn call(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut bare = self.other();
        bare.send(request.body(Body::from(body.to_owned())).unwrap_or_else(|e| panic!("{e}"))).await
    }

    /// A form post by a program.
    pub async fn form(&mut self, path: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.call(Method::POST, path, &all, &body).await
    }
}
