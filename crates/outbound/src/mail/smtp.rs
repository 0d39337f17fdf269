//! SMTP over lettre: STARTTLS or TLS, in clear only to this machine.

use std::sync::Arc;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use super::{Message, Sender, one_line};
use crate::address::Address;
use crate::carry::NotSent;

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Begins in clear and must turn to TLS before anything else (port 587).
    Starttls,
    /// TLS from the first byte (port 465).
    Tls,
    /// In clear. Only to this machine.
    None,
}

/// Where and how to hand mails over.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// The mail server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The protection of the connection.
    pub security: Security,
    /// User name and password, if the server wants them.
    pub login: Option<(String, SecretString)>,
    /// Who the mails come from.
    pub from: Sender,
    /// The name given in EHLO; the machine's own name without it.
    pub hello: Option<String>,
    /// A PEM bundle of further certificate authorities.
    pub extra_roots: Option<Vec<u8>>,
    /// The limit for each step of the exchange.
    pub timeout: Duration,
}

impl SmtpConfig {
    /// Would mails leave in the same way?
    pub fn is_same(&self, other: &SmtpConfig) -> bool {
        let login = |config: &SmtpConfig| {
            config.login.as_ref().map(|(user, password)| (user.clone(), password.expose_secret().to_owned()))
        };
        let plain = |config: &SmtpConfig| {
            (config.host.clone(), config.port, config.security, config.hello.clone(), config.timeout)
        };
        plain(self) == plain(other)
            && login(self) == login(other)
            && self.from == other.from
            && self.extra_roots == other.extra_roots
    }
}

/// A mail server. Cheap to clone; connections are shared and opened at the first mail.
#[derive(Clone)]
pub struct Smtp {
    config: Arc<SmtpConfig>,
    transport: Arc<OnceCell<AsyncSmtpTransport<Tokio1Executor>>>,
}

impl Smtp {
    /// Takes the settings; refuses to send in clear to another machine.
    pub fn new(config: SmtpConfig) -> Result<Smtp, NotSent> {
        if config.security == Security::None && !is_this_machine(&config.host) {
            return Err(NotSent::Permanent("mail without TLS goes to this machine only".to_owned()));
        }
        Ok(Smtp { config: Arc::new(config), transport: Arc::new(OnceCell::new()) })
    }

    /// Hands one mail over.
    pub async fn send(&self, message: &Message) -> Result<(), NotSent> {
        let (envelope, bytes) = compose(&self.config.from, message)?;
        let Err(error) = self.transport().await?.send_raw(&envelope, &bytes).await else { return Ok(()) };
        // RFC 6531: letters beyond ASCII before the @ go only to servers with SMTPUTF8. Where it is the recipient who
        // has them, the server is as well as before.
        let odd = !message.to.local().is_ascii() && self.config.from.address.local().is_ascii();
        if odd && error.is_client() {
            return self.probe().await.and(Err(no_smtputf8()));
        }
        Err(judge(error))
    }

    /// Connects, greets, turns to TLS and signs in, without sending anything. For `doctor`.
    pub async fn probe(&self) -> Result<(), NotSent> {
        match self.transport().await?.test_connection().await.map_err(judge)? {
            true => Ok(()),
            false => Err(NotSent::Away("the server closed the connection".to_owned())),
        }
    }

    async fn transport(&self) -> Result<&AsyncSmtpTransport<Tokio1Executor>, NotSent> {
        self.transport.get_or_try_init(|| async { connect(&self.config) }).await
    }
}

fn connect(config: &SmtpConfig) -> Result<AsyncSmtpTransport<Tokio1Executor>, NotSent> {
    let tls = match config.security {
        Security::Starttls => Tls::Required(tls_parameters(config)?),
        Security::Tls => Tls::Wrapper(tls_parameters(config)?),
        Security::None => Tls::None,
    };
    let pool = PoolConfig::new().min_idle(0).max_size(4).idle_timeout(Duration::from_secs(30));
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
        .port(config.port)
        .tls(tls)
        .timeout(Some(config.timeout))
        .pool_config(pool);
    if let Some(name) = &config.hello {
        builder = builder.hello_name(ClientId::Domain(name.clone()));
    }
    if let Some((user, password)) = &config.login {
        builder = builder
            .credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()))
            .authentication(vec![Mechanism::Plain, Mechanism::Login]);
    }
    Ok(builder.build())
}

fn tls_parameters(config: &SmtpConfig) -> Result<TlsParameters, NotSent> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(pem) = &config.extra_roots {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(judge)?);
    }
    builder.build_rustls().map_err(judge)
}

/// The mail as it goes over the wire: one recipient in the envelope and in `To`.
fn compose(from: &Sender, message: &Message) -> Result<(Envelope, Vec<u8>), NotSent> {
    let broken = |cause: &dyn std::fmt::Display| NotSent::Permanent(format!("mail not composed: {cause}"));
    let sender = to_lettre(&from.address)?;
    let to = to_lettre(&message.to)?;
    let envelope = Envelope::new(Some(sender.clone()), vec![to.clone()]).map_err(|e| broken(&e))?;
    let builder = lettre::Message::builder()
        .from(Mailbox::new(from.name.as_deref().map(one_line), sender))
        .to(Mailbox::new(None, to))
        .subject(one_line(&message.subject))
        .message_id(Some(format!("<{}@{}>", message_id(&message.id), from.address.domain())))
        // RFC 3834: keeps out-of-office robots from answering.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        ));
    let mail = match &message.html {
        Some(html) => {
            builder.multipart(MultiPart::alternative_plain_html(message.text.clone(), html.clone()))
        }
        None => builder.singlepart(SinglePart::plain(message.text.clone())),
    };
    Ok((envelope, mail.map_err(|e| broken(&e))?.formatted()))
}

fn to_lettre(address: &Address) -> Result<lettre::Address, NotSent> {
    lettre::Address::new(address.local(), address.domain())
        .map_err(|_| NotSent::Permanent("the address is not one that mail servers take".to_owned()))
}

fn message_id(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' }).collect()
}

fn judge(error: smtp::Error) -> NotSent {
    let Some(code) = error.status() else {
        let mut text = "no mail server".to_owned();
        if error.is_timeout() {
            text = "the mail server did not answer in time".to_owned();
        } else if error.is_tls() {
            text = format!("TLS to the mail server failed{}", causes(&error));
        } else if !error.is_response() {
            text = format!("connection to the mail server failed{}", causes(&error));
        }
        return NotSent::Away(text);
    };
    let code = code.to_string();
    match code.as_str() {
        // The server refuses us, not this mail: an operator can mend it before the mail has expired.
        "530" | "534" | "535" | "538" => {
            NotSent::Away(format!("the mail server refused our credentials ({code})"))
        }
        // RFC 6531 3.5: a server behind this one has no SMTPUTF8.
        _ if causes(&error).starts_with(": 5.6.7") => no_smtputf8(),
        _ if error.is_permanent() => NotSent::Permanent(format!("the mail server answered {code}")),
        _ => NotSent::Transient(format!("the mail server answered {code}")),
    }
}

fn no_smtputf8() -> NotSent {
    NotSent::Unfit("the mail server takes no address with letters beyond ASCII".to_owned())
}

/// Causes of a failure below SMTP (name, socket, TLS): these never quote a recipient.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;

    use super::*;

    fn config(port: u16) -> SmtpConfig {
        SmtpConfig {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::None,
            login: None,
            from: Sender::parse("Example <no-reply@example.test>").unwrap(),
            hello: Some("id.example.test".to_owned()),
            extra_roots: None,
            timeout: Duration::from_secs(5),
        }
    }

    fn message() -> Message {
        Message {
            id: "01J8-a".to_owned(),
            to: Address::parse("anna@example.test").unwrap(),
            subject: "Hi\r\nBcc: eve@example.test".to_owned(),
            text: "Your link\r\n.\r\nMAIL FROM:<x@y.test>".to_owned(),
            html: Some("<p>Your link</p>".to_owned()),
        }
    }

    /// A mail server that answers RCPT as told and writes down every line it got.
    async fn sink(rcpt: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
        sink_with("250 sink", rcpt).await
    }

    /// The same, greeting as told.
    async fn sink_with(ehlo: &'static str, rcpt: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let heard = lines.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let heard = heard.clone();
                tokio::spawn(async move {
                    let (read, mut write) = socket.into_split();
                    let mut read = BufReader::new(read).lines();
                    let mut in_data = false;
                    let _ = write.write_all(b"220 sink\r\n").await;
                    while let Ok(Some(line)) = read.next_line().await {
                        heard.lock().unwrap().push(line.clone());
                        let answer = match line.as_str() {
                            "." if in_data => {
                                in_data = false;
                                "250 taken"
                            }
                            _ if in_data => continue,
                            "DATA" => {
                                in_data = true;
                                "354 go on"
                            }
                            l if l.starts_with("EHLO") => ehlo,
                            l if l.starts_with("RCPT") => rcpt,
                            l if l.starts_with("QUIT") => "221 bye",
                            _ => "250 ok",
                        };
                        let _ = write.write_all(format!("{answer}\r\n").as_bytes()).await;
                    }
                });
            }
        });
        (port, lines)
    }

    /// Bound, so that nobody else has its port, and not listening.
    fn closed() -> tokio::net::TcpSocket {
        let closed = tokio::net::TcpSocket::new_v4().unwrap();
        closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        closed
    }

    #[tokio::test]
    async fn one_mail_reaches_one_recipient_and_no_line_of_it_is_a_command() {
        let (port, lines) = sink("250 ok").await;
        Smtp::new(config(port)).unwrap().send(&message()).await.unwrap();
        let lines = lines.lock().unwrap().clone();
        let rcpt: Vec<_> = lines.iter().filter(|l| l.starts_with("RCPT")).collect();
        assert_eq!(rcpt, ["RCPT TO:<anna@example.test>"]);
        assert_eq!(lines.iter().filter(|l| *l == ".").count(), 1, "{lines:#?}");
        assert!(!lines.iter().any(|l| l.to_ascii_lowercase().starts_with("bcc:")), "{lines:#?}");
        assert!(lines.iter().any(|l| l == "Message-ID: <01J8-a@example.test>"), "{lines:#?}");
        assert!(lines.iter().any(|l| l == "Auto-Submitted: auto-generated"));
        assert!(lines.iter().any(|l| l == "EHLO id.example.test"));
    }

    #[tokio::test]
    async fn refusals_are_sorted_by_code_and_never_quote_the_recipient() {
        for (answer, permanent) in [
            ("450 4.2.1 <anna@example.test> busy", false),
            ("550 5.1.1 <anna@example.test> unknown", true),
            ("535 5.7.8 bad credentials", false),
        ] {
            let (port, _) = sink(answer).await;
            let error = Smtp::new(config(port)).unwrap().send(&message()).await.unwrap_err();
            assert_eq!(matches!(error, NotSent::Permanent(_)), permanent, "{answer}");
            assert!(!error.to_string().contains("anna"), "{error}");
        }
    }

    /// One address that a server cannot write to says nothing about the server.
    #[tokio::test]
    async fn an_address_that_the_server_cannot_take_is_no_fault_of_the_server() {
        let umlaut = || Message { to: Address::parse("ünï@example.test").unwrap(), ..message() };
        let (port, lines) = sink("250 ok").await;
        let smtp = Smtp::new(config(port)).unwrap();
        let error = smtp.send(&umlaut()).await.unwrap_err();
        assert!(matches!(error, NotSent::Unfit(_)), "{error:?}");
        assert!(!error.passes() && !error.to_string().contains('ü'), "{error}");
        smtp.send(&message()).await.unwrap();
        assert_eq!(lines.lock().unwrap().iter().filter(|l| l.starts_with("MAIL FROM:<no-reply")).count(), 1);

        // With SMTPUTF8 at this server and not at the one behind it.
        let (port, _) = sink("550 5.6.7 <ünï@example.test> non-ASCII addresses not permitted").await;
        let error = Smtp::new(config(port)).unwrap().send(&message()).await.unwrap_err();
        assert!(matches!(error, NotSent::Unfit(_)), "{error:?}");

        // A server that is not there is away for this one too, and one that cannot take our own address for all.
        let closed = closed();
        let gone = config(closed.local_addr().unwrap().port());
        let error = Smtp::new(gone).unwrap().send(&umlaut()).await.unwrap_err();
        assert!(matches!(error, NotSent::Away(_)), "{error:?}");
        let from = Sender::parse("Example <nö-reply@example.test>").unwrap();
        let (port, _) = sink("250 ok").await;
        let ours = Smtp::new(SmtpConfig { from, ..config(port) }).unwrap();
        assert!(matches!(ours.send(&message()).await, Err(NotSent::Away(_))));
    }

    #[tokio::test]
    async fn an_address_with_an_umlaut_is_written_to_where_the_server_can() {
        let (port, lines) = sink_with("250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8", "250 ok").await;
        let umlaut = Message { to: Address::parse("ünï@example.test").unwrap(), ..message() };
        Smtp::new(config(port)).unwrap().send(&umlaut).await.unwrap();
        assert!(lines.lock().unwrap().iter().any(|l| l == "RCPT TO:<ünï@example.test>"));
    }

    #[tokio::test]
    async fn a_dead_server_is_worth_another_try_and_clear_text_stays_at_home() {
        let closed = closed();
        let port = closed.local_addr().unwrap().port();
        let error = Smtp::new(config(port)).unwrap().probe().await.unwrap_err();
        assert!(matches!(error, NotSent::Away(_)), "{error}");
        let away = SmtpConfig { host: "mail.example.test".to_owned(), ..config(25) };
        assert!(Smtp::new(away).is_err());
    }

    #[tokio::test]
    async fn starttls_is_demanded_not_hoped_for() {
        let (port, lines) = sink("250 ok").await;
        let demanding = SmtpConfig { security: Security::Starttls, ..config(port) };
        assert!(Smtp::new(demanding).unwrap().send(&message()).await.is_err());
        assert!(!lines.lock().unwrap().iter().any(|l| l.starts_with("MAIL")));
    }
}
