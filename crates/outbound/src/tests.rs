//! The transports that speak HTTP, against a server that answers well, badly, late, elsewhere and without end.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use countersign_core::Timestamp;
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use crate::address::Address;
use crate::carry::{Lines, NotSent, Transport};
use crate::guard::Guard;
use crate::mail::{MailTransport, Mailer, Message, SendGridConfig, Sender};
use crate::signed::WebhookConfig;
use crate::sms::{SmsTransport, Text, Texter, TwilioConfig};

/// What the server does with each request.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Status(u16, &'static str),
    Redirect,
    Stall,
    Flood,
}

#[derive(Clone)]
struct Stub {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

async fn stub(answer: Answer) -> Stub {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = heard.clone();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let ears = ears.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                let mut buffer = [0; 4096];
                while !whole(&request) {
                    match socket.read(&mut buffer).await {
                        Ok(0) | Err(_) => return,
                        Ok(read) => request.extend_from_slice(&buffer[..read]),
                    }
                }
                ears.lock().unwrap().push(String::from_utf8(request).unwrap());
                match answer {
                    Answer::Status(status, body) => {
                        let length = body.len();
                        let text = format!(
                            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                        );
                        let _ = socket.write_all(text.as_bytes()).await;
                    }
                    Answer::Redirect => {
                        let text = format!(
                            "HTTP/1.1 307 X\r\nlocation: http://127.0.0.1:{port}/elsewhere\r\ncontent-length: 0\r\n\r\n"
                        );
                        let _ = socket.write_all(text.as_bytes()).await;
                    }
                    Answer::Stall => tokio::time::sleep(Duration::from_secs(60)).await,
                    Answer::Flood => {
                        let _ =
                            socket.write_all(b"HTTP/1.1 200 X\r\ncontent-length: 104857600\r\n\r\n").await;
                        let block = [b'x'; 65_536];
                        for _ in 0..1_600 {
                            if socket.write_all(&block).await.is_err() {
                                return;
                            }
                        }
                    }
                }
            });
        }
    });
    Stub { port, heard }
}

fn whole(request: &[u8]) -> bool {
    let text = std::str::from_utf8(request).unwrap_or_default();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

impl Stub {
    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}{path}", self.port)).unwrap()
    }
    fn guard(&self) -> Guard {
        Guard::builder().allow("127.0.0.1", self.port).timeout(Duration::from_millis(700)).cap(65_536).build()
    }
    fn secret(&self) -> SecretString {
        SecretString::from("KEY-6sQk2pV9")
    }
    fn webhook(&self) -> WebhookConfig {
        WebhookConfig { url: self.url("/hook"), secret: self.secret() }
    }
    fn sendgrid(&self) -> MailTransport {
        let from = Sender::parse("Example <no-reply@example.test>").unwrap();
        let config = SendGridConfig { url: self.url("/v3/mail/send"), key: self.secret(), from };
        MailTransport::SendGrid(self.guard(), config)
    }
    fn twilio(&self, from: &str) -> SmsTransport {
        let config = TwilioConfig {
            base: self.url("/"),
            account: "AC0123".to_owned(),
            token: self.secret(),
            from: from.to_owned(),
        };
        SmsTransport::Twilio(self.guard(), config)
    }
    /// Each kind of transport once.
    async fn each(&self) -> [(&'static str, Result<(), NotSent>); 4] {
        let (sendgrid, twilio) = (self.sendgrid(), self.twilio("+15005550006"));
        let mail = MailTransport::Webhook(self.guard(), self.webhook());
        let sms = SmsTransport::Webhook(self.guard(), self.webhook());
        [
            ("sendgrid", sendgrid.carry(&mail_message(), NOW).await),
            ("mail_webhook", mail.carry(&mail_message(), NOW).await),
            ("twilio", twilio.carry(&text(), NOW).await),
            ("sms_webhook", sms.carry(&text(), NOW).await),
        ]
    }
    fn last(&self) -> (String, String) {
        let heard = self.heard.lock().unwrap();
        let (head, body) = heard.last().unwrap().split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }
    fn visits(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn mail_message() -> Message {
    Message {
        id: "01J8-a".to_owned(),
        to: Address::parse("anna@example.test").unwrap(),
        subject: "Your link\r\nBcc: eve@example.test".to_owned(),
        text: "https://id.test/link?link=SECRET".to_owned(),
        html: Some("<p>SECRET</p>".to_owned()),
    }
}

fn text() -> Text {
    Text { id: "01J8-b".to_owned(), to: "+4915112345678".to_owned(), text: "Your code is 402913".to_owned() }
}

#[tokio::test]
async fn sendgrid_gets_its_shape_a_bearer_key_and_no_tracking() {
    let stub = stub(Answer::Status(202, "")).await;
    stub.sendgrid().carry(&mail_message(), NOW).await.unwrap();
    let (head, body) = stub.last();
    assert!(head.starts_with("POST /v3/mail/send HTTP/1.1"), "{head}");
    assert!(head.to_ascii_lowercase().contains("authorization: bearer key-6sqk2pv9"), "{head}");
    let body: Json = serde_json::from_str(&body).unwrap();
    assert_eq!(body["personalizations"], json!([{ "to": [{ "email": "anna@example.test" }] }]));
    assert_eq!(body["from"], json!({ "email": "no-reply@example.test", "name": "Example" }));
    assert_eq!(body["subject"], "Your link  Bcc: eve@example.test");
    assert_eq!(
        body["content"][0],
        json!({ "type": "text/plain", "value": "https://id.test/link?link=SECRET" })
    );
    assert_eq!(body["content"][1]["type"], "text/html");
    assert_eq!(body["tracking_settings"]["click_tracking"]["enable"], false);
    assert_eq!(body["tracking_settings"]["open_tracking"]["enable"], false);
}

#[tokio::test]
async fn twilio_gets_a_form_with_basic_credentials() {
    let stub = stub(Answer::Status(201, r#"{"sid":"SM1","status":"queued"}"#)).await;
    stub.twilio("+15005550006").carry(&text(), NOW).await.unwrap();
    let (head, body) = stub.last();
    assert!(head.starts_with("POST /2010-04-01/Accounts/AC0123/Messages.json HTTP/1.1"), "{head}");
    assert!(head.contains("application/x-www-form-urlencoded"));
    assert!(head.contains("Basic QUMwMTIzOktFWS02c1FrMnBWOQ=="), "{head}");
    assert_eq!(body, "To=%2B4915112345678&From=%2B15005550006&Body=Your+code+is+402913");
    stub.twilio("MG0123456789abcdef0123456789abcdef").carry(&text(), NOW).await.unwrap();
    assert!(stub.last().1.contains("&MessagingServiceSid=MG0123"));
}

#[tokio::test]
async fn a_webhook_is_signed_over_id_time_and_body() {
    let stub = stub(Answer::Status(204, "")).await;
    MailTransport::Webhook(stub.guard(), stub.webhook()).carry(&mail_message(), NOW).await.unwrap();
    let (head, body) = stub.last();
    let header = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned)).unwrap()
    };
    assert_eq!((header("webhook-id"), header("webhook-timestamp")), ("01J8-a".into(), "1700000000".into()));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"KEY-6sQk2pV9");
    let tag = aws_lc_rs::hmac::sign(&key, format!("01J8-a.1700000000.{body}").as_bytes());
    use base64::Engine as _;
    let expected = base64::engine::general_purpose::STANDARD.encode(tag.as_ref());
    assert_eq!(header("webhook-signature"), format!("v1,{expected}"));
    let body: Json = serde_json::from_str(&body).unwrap();
    assert_eq!((&body["type"], &body["to"]), (&json!("mail"), &json!("anna@example.test")));
    SmsTransport::Webhook(stub.guard(), stub.webhook()).carry(&text(), NOW).await.unwrap();
    let body: Json = serde_json::from_str(&stub.last().1).unwrap();
    assert_eq!(
        (&body["type"], &body["to"], &body["text"]),
        (&json!("sms"), &json!("+4915112345678"), &json!("Your code is 402913"))
    );
}

#[tokio::test]
async fn refusals_are_sorted_by_their_status_and_quote_nobody() {
    const BODY: &str =
        r#"{"code":21211,"message":"+4915112345678 anna@example.test is no good","status":400}"#;
    for (status, permanent) in [
        (400, true),
        (413, true),
        (422, true),
        (401, false),
        (404, false),
        (429, false),
        (500, false),
        (503, false),
    ] {
        let stub = stub(Answer::Status(status, BODY)).await;
        for (name, result) in stub.each().await {
            let error = result.unwrap_err();
            assert_eq!(!error.passes(), permanent, "{name} {status}: {error}");
            let text = error.to_string();
            assert!(text.contains(&status.to_string()), "{name}: {text}");
            assert!(!text.contains("anna") && !text.contains("+49") && !text.contains("KEY"), "{text}");
        }
    }
    let stub = stub(Answer::Status(400, BODY)).await;
    let error = stub.twilio("+15005550006").carry(&text(), NOW).await.unwrap_err();
    assert_eq!(error, NotSent::Permanent("answered 400, code 21211".to_owned()));
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_credentials() {
    let stub = stub(Answer::Redirect).await;
    for (name, result) in stub.each().await {
        assert!(matches!(result, Err(NotSent::Away(_))), "{name}");
    }
    assert_eq!(stub.visits(), 4, "nobody went elsewhere");
}

#[tokio::test]
async fn a_stall_and_a_flood_are_cut_off() {
    for answer in [Answer::Stall, Answer::Flood] {
        let stub = stub(answer).await;
        let begun = Instant::now();
        for (name, result) in stub.each().await {
            assert!(matches!(result, Err(NotSent::Away(_))), "{name} {answer:?}");
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{answer:?}");
    }
}

#[tokio::test]
async fn what_one_interface_does_not_take_the_next_sends() {
    let (bad, good) = (stub(Answer::Status(503, "")).await, stub(Answer::Status(202, "")).await);
    let webhook = MailTransport::Webhook(good.guard(), good.webhook());
    let mailer = Mailer::by(vec![bad.sendgrid(), webhook]);
    assert_eq!(mailer.send(&mail_message(), NOW).await, Ok("mail_webhook"));
    let texter = Texter::by(vec![bad.twilio("x"), SmsTransport::Webhook(good.guard(), good.webhook())]);
    assert_eq!(texter.send(&text(), NOW).await, Ok("sms_webhook"));
}

/// A refusal of the message by who cannot send it leaves it to the next; one that the next would repeat ends it.
#[tokio::test]
async fn what_an_interface_cannot_send_the_next_gets_and_what_nobody_should_send_ends() {
    const NO_REGION: &str = r#"{"code":21408,"status":403}"#;
    const NO_NUMBER: &str = r#"{"code":21211,"status":400}"#;
    const STOP: &str = r#"{"code":21610,"status":400}"#;
    let good = stub(Answer::Status(202, "")).await;
    for (status, body, twilio, sendgrid, webhook) in [
        (400, NO_NUMBER, false, true, false),
        (400, STOP, false, true, false),
        (403, NO_REGION, true, true, true),
        (400, r#"{"code":20001}"#, false, true, false),
        (400, "", false, true, false),
        (413, "", true, true, true),
        (422, "", false, true, false),
    ] {
        let bad = stub(Answer::Status(status, body)).await;
        let mails = |first| Lines::new(vec![first, good.sendgrid()]);
        let texts = |first| Lines::new(vec![first, good.twilio("x")]);
        let hook = MailTransport::Webhook(bad.guard(), bad.webhook());
        for (name, goes_on, result) in [
            ("twilio", twilio, texts(bad.twilio("x")).send(&text(), NOW).await),
            ("sendgrid", sendgrid, mails(bad.sendgrid()).send(&mail_message(), NOW).await),
            ("webhook", webhook, mails(hook).send(&mail_message(), NOW).await),
        ] {
            assert_eq!(result.is_ok(), goes_on, "{name} {status} {body}: {result:?}");
            assert!(goes_on || matches!(result, Err(NotSent::Permanent(_))), "{name} {status}: {result:?}");
        }
    }
    let bad = stub(Answer::Status(403, NO_REGION)).await;
    let region = bad.twilio("x").carry(&text(), NOW).await;
    assert_eq!(region, Err(NotSent::Unfit("answered 403, code 21408".to_owned())), "no rest for it");
}

#[tokio::test]
async fn http_in_clear_reaches_only_what_the_operator_listed() {
    let stub = stub(Answer::Status(202, "")).await;
    let MailTransport::SendGrid(_, config) = stub.sendgrid() else { panic!() };
    let unlisted = MailTransport::SendGrid(Guard::new(), config);
    assert!(unlisted.carry(&mail_message(), NOW).await.is_err());
    assert_eq!(stub.visits(), 0);
}

#[tokio::test]
async fn a_probe_sends_nothing_and_finds_wrong_credentials() {
    let good = stub(Answer::Status(200, "")).await;
    good.sendgrid().probe().await.unwrap();
    let body: Json = serde_json::from_str(&good.last().1).unwrap();
    assert_eq!(body["mail_settings"]["sandbox_mode"]["enable"], true);
    good.twilio("x").probe().await.unwrap();
    assert!(good.last().0.starts_with("GET /2010-04-01/Accounts/AC0123.json"));
    let bad = stub(Answer::Status(401, "")).await;
    assert!(bad.sendgrid().probe().await.is_err() && bad.twilio("x").probe().await.is_err());
}

/// A program that knows only POST is there all the same.
#[tokio::test]
async fn a_probe_of_a_webhook_is_a_get_and_a_refused_method_passes() {
    for (status, is_there) in
        [(200, true), (405, true), (501, true), (404, false), (500, false), (503, false)]
    {
        let stub = stub(Answer::Status(status, "")).await;
        let mail = MailTransport::Webhook(stub.guard(), stub.webhook()).probe().await;
        let sms = SmsTransport::Webhook(stub.guard(), stub.webhook()).probe().await;
        assert_eq!((mail.is_ok(), sms.is_ok()), (is_there, is_there), "{status}");
        let (head, body) = stub.last();
        assert!(head.starts_with("GET /hook HTTP/1.1") && body.is_empty(), "{head}");
    }
}

#[test]
fn a_text_message_does_not_print_itself() {
    assert!(!format!("{:?}", text()).contains("402913") && !format!("{:?}", text()).contains("+49"));
}
