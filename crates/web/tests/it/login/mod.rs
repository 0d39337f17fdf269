//! Signing people in, from outside.

mod account;
mod activity;
mod bad_input;
pub mod breached;
pub(crate) mod device;
mod emails;
mod leaving;
pub mod links;
mod members;
mod not_me;
mod password;
mod phone;
mod races;
mod same_answer;
mod sign_up;

use axum::http::StatusCode;
use countersign_testkit::{Answer, AuthRequest, Browser, RelyingParty, TestServer, World};

/// The first page of a sign-in to `planner`, in this browser.
pub(crate) async fn first_page(world: &World, browser: &mut Browser) -> (RelyingParty, AuthRequest, Answer) {
    let rp = world.rp("planner");
    let request = rp.request();
    let page = browser.open(&request.path()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    (rp, request, page)
}

/// The link in the newest mail to this address, as a path of ours.
pub(crate) async fn mailed_link(server: &TestServer, to: &str) -> String {
    let mail = server.mail_to(to).await;
    let link = mail.links.first().unwrap_or_else(|| panic!("no link in {}", mail.text)).clone();
    let path = link.strip_prefix("https://id.example").unwrap_or_else(|| panic!("{link} is not ours"));
    path.to_owned()
}

/// Waits for a mail with this in its subject or text: its links as paths of ours, and its codes.
pub(crate) async fn mailed(server: &TestServer, to: &str, what: &str) -> (Vec<String>, Vec<String>) {
    for _ in 0..250 {
        let mail = server.mail_to(to).await;
        if mail.subject.contains(what) || mail.text.contains(what) {
            let ours = |link: &String| link.strip_prefix("https://id.example").map(str::to_owned);
            return (mail.links.iter().filter_map(ours).collect(), mail.codes);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no mail with {what} to {to}: {}", server.mail_to(to).await.text)
}

/// The text of a hidden field of the form with this button.
pub(crate) fn hidden_of(page: &Answer, button: &str, name: &str) -> String {
    let form = page.form_with(button);
    form.fields.into_iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no field {name}")).1
}

/// The text of a hidden field.
pub(crate) fn hidden(page: &Answer, name: &str) -> String {
    let form = page.form_with("continue");
    let field = form.fields.iter().find(|(n, _)| n == name);
    field.unwrap_or_else(|| panic!("no field {name}")).1.clone()
}
