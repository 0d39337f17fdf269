//! How mails and text messages leave: `[mail]`, its transports, and theirs for `[sms]`.

use std::net::IpAddr;
use std::time::Duration;

use countersign_core::account::Prefix;
use countersign_core::oauth::Client;
use countersign_core::oauth::client::Channel;
use countersign_outbound::guard::Guard;
use countersign_outbound::mail::{MailTransport, Security, SendGridConfig, Sender, Smtp, SmtpConfig};
use countersign_outbound::signed::WebhookConfig;
use countersign_outbound::sms::{SmsTransport, TwilioConfig};
use url::Url;

use super::settings::Settings;
use super::values::Values;

/// One transport of mails, checked.
#[derive(Clone, Debug)]
pub enum MailSettings {
    /// A mail server, by the name of its section.
    Smtp(&'static str, SmtpConfig),
    /// `[sendgrid]`
    SendGrid(SendGridConfig),
    /// `[mail_webhook]`
    Webhook(WebhookConfig),
}

/// One transport of text messages, checked.
#[derive(Clone, Debug)]
pub enum SmsSettings {
    /// `[twilio]`
    Twilio(TwilioConfig),
    /// `[sms_webhook]`
    Webhook(WebhookConfig),
}

impl MailSettings {
    /// The section it stands in.
    pub fn section(&self) -> &'static str {
        match self {
            MailSettings::Smtp(name, _) => name,
            MailSettings::SendGrid(_) => "sendgrid",
            MailSettings::Webhook(_) => "mail_webhook",
        }
    }

    /// Ready to send. HTTP goes by this client.
    pub fn transport(&self, guard: &Guard) -> Result<MailTransport, String> {
        Ok(match self {
            MailSettings::Smtp(name, smtp) => {
                MailTransport::Smtp(name, Smtp::new(smtp.clone()).map_err(|error| error.to_string())?)
            }
            MailSettings::SendGrid(config) => MailTransport::SendGrid(guard.clone(), config.clone()),
            MailSettings::Webhook(config) => MailTransport::Webhook(guard.clone(), config.clone()),
        })
    }

    fn is_same(&self, other: &MailSettings) -> bool {
        match (self, other) {
            (MailSettings::Smtp(name, one), MailSettings::Smtp(other_name, other)) => {
                name == other_name && one.is_same(other)
            }
            (MailSettings::SendGrid(one), MailSettings::SendGrid(other)) => one.is_same(other),
            (MailSettings::Webhook(one), MailSettings::Webhook(other)) => one.is_same(other),
            (MailSettings::Smtp(..) | MailSettings::SendGrid(_) | MailSettings::Webhook(_), _) => false,
        }
    }
}

impl SmsSettings {
    /// The section it stands in.
    pub fn section(&self) -> &'static str {
        match self {
            SmsSettings::Twilio(_) => "twilio",
            SmsSettings::Webhook(_) => "sms_webhook",
        }
    }

    /// Ready to send, by this client.
    pub fn transport(&self, guard: &Guard) -> SmsTransport {
        match self {
            SmsSettings::Twilio(config) => SmsTransport::Twilio(guard.clone(), config.clone()),
            SmsSettings::Webhook(config) => SmsTransport::Webhook(guard.clone(), config.clone()),
        }
    }

    fn is_same(&self, other: &SmsSettings) -> bool {
        match (self, other) {
            (SmsSettings::Twilio(one), SmsSettings::Twilio(other)) => one.is_same(other),
            (SmsSettings::Webhook(one), SmsSettings::Webhook(other)) => one.is_same(other),
            (SmsSettings::Twilio(_) | SmsSettings::Webhook(_), _) => false,
        }
    }
}

/// Which section of a transport changed, in its text or in what its secret files hold.
pub fn changed_mail(old: &[MailSettings], new: &[MailSettings]) -> Vec<&'static str> {
    let differs = |one: &MailSettings, others: &[MailSettings]| !others.iter().any(|it| it.is_same(one));
    let gone = old.iter().filter(|it| differs(it, new));
    gone.chain(new.iter().filter(|it| differs(it, old))).map(MailSettings::section).collect()
}

/// The same for text messages.
pub fn changed_sms(old: &[SmsSettings], new: &[SmsSettings]) -> Vec<&'static str> {
    let differs = |one: &SmsSettings, others: &[SmsSettings]| !others.iter().any(|it| it.is_same(one));
    let gone = old.iter().filter(|it| differs(it, new));
    gone.chain(new.iter().filter(|it| differs(it, old))).map(SmsSettings::section).collect()
}

const MAIL: &[&str] = &["smtp", "smtp_fallback", "sendgrid", "mail_webhook"];
const SMS: &[&str] = &["twilio", "sms_webhook"];

impl Settings<'_> {
    /// The transports of mails, in the order in which they are tried.
    pub(super) fn mail(&mut self, issuer: Option<&(String, Url)>) -> Vec<MailSettings> {
        let order = self.order("mail", MAIL);
        let built = MAIL.iter().filter_map(|name| {
            Some((
                *name,
                match *name {
                    "sendgrid" => self.sendgrid().map(MailSettings::SendGrid),
                    "mail_webhook" => self.webhook("mail_webhook").map(MailSettings::Webhook),
                    name => self.smtp(name, issuer).map(|smtp| MailSettings::Smtp(name, smtp)),
                }?,
            ))
        });
        in_order(&order, built.collect())
    }

    /// The transports of text messages.
    pub(super) fn sms(&mut self) -> Vec<SmsSettings> {
        let order = self.order("sms", SMS);
        let built = SMS.iter().filter_map(|name| {
            Some((
                *name,
                match *name {
                    "twilio" => self.twilio().map(SmsSettings::Twilio),
                    name => self.webhook(name).map(SmsSettings::Webhook),
                }?,
            ))
        });
        in_order(&order, built.collect())
    }

    /// The prefixes that text messages go to.
    pub(super) fn countries(&mut self) -> Vec<Prefix> {
        let Some(sms) = self.section("sms") else { return self.no_countries() };
        let mut all = Vec::new();
        for item in sms.texts("countries").unwrap_or_default() {
            match Prefix::parse(&item.value) {
                Ok(prefix) => all.push(prefix),
                Err(error) => self.problems.add(
                    &item.place,
                    format!("`countries`: {error}"),
                    "text messages go to these countries alone; each costs money",
                    "write what numbers there begin with, like \"+49\"",
                ),
            }
        }
        if all.is_empty() && !sms.has("countries") { self.no_countries() } else { all }
    }

    /// An app may want proved only what a message can be sent to.
    pub(super) fn reachable(&mut self, clients: &[Client], mails: bool, texts: bool) {
        let all = self.document.many.get("client").map(Vec::as_slice).unwrap_or_default();
        for client in clients {
            let values = all.iter().find(|it| it.text("client_id") == Some(client.id.as_str()));
            for channel in client.confirm.iter().flatten() {
                let (there, what) = match channel {
                    Channel::Email => (mails, "an address is to be confirmed, and no mail leaves"),
                    Channel::Phone => (texts, "a phone is to be confirmed, and no text message leaves"),
                };
                if let Some(values) = values.filter(|_| !there) {
                    self.problems.add(
                        values.place("confirm"),
                        format!("`confirm`: {what}"),
                        "nobody would get any further",
                        "configure a transport (docs/messages.md), or take it out of `confirm`",
                    );
                }
            }
        }
    }

    fn no_countries(&mut self) -> Vec<Prefix> {
        if let Some(section) = SMS.iter().find_map(|name| self.section(name)) {
            self.problems.add(
                &section.place,
                "text messages could be sent, but to no country",
                "whoever may have them sent anywhere can have them sent to numbers that earn money by it",
                "write `countries = [\"+49\"]` in [sms], with what the numbers of your people begin with",
            );
        }
        Vec::new()
    }

    /// Those that are configured, in the order that is written, else in that of the list.
    fn order(&mut self, section: &str, known: &[&'static str]) -> Vec<&'static str> {
        let there: Vec<&'static str> =
            known.iter().copied().filter(|name| self.section(name).is_some()).collect();
        let Some(written) = self.section(section).and_then(|values| values.texts("order")) else {
            return there;
        };
        let mut order: Vec<&'static str> = Vec::new();
        for item in written {
            match there.iter().find(|name| **name == item.value) {
                Some(name) if !order.contains(name) => order.push(name),
                Some(_) => self.wrong_order(&item.place, format!("`order` names {} twice", item.value)),
                None => self.wrong_order(&item.place, format!("there is no section [{}]", item.value)),
            }
        }
        for name in there {
            if !order.contains(&name)
                && let Some(values) = self.section(section)
            {
                let place = values.place("order").clone();
                self.wrong_order(&place, format!("`order` leaves out [{name}]"));
            }
        }
        order
    }

    fn wrong_order(&mut self, place: &super::Place, what: String) {
        self.problems.add(
            place,
            what,
            "it says which transport is tried first",
            "name each transport that has a section, once",
        );
    }

    fn smtp(&mut self, name: &str, issuer: Option<&(String, Url)>) -> Option<SmtpConfig> {
        let smtp = self.section(name)?;
        let security = match smtp.text("security") {
            None | Some("starttls") => Some(Security::Starttls),
            Some("tls") => Some(Security::Tls),
            Some("none") => Some(Security::None),
            Some(_) => {
                self.problems.add(
                    smtp.place("security"),
                    "`security` is none of starttls, tls, none",
                    "it decides whether mails travel in clear",
                    "write \"starttls\" (port 587) or \"tls\" (port 465)",
                );
                None
            }
        };
        let host = smtp.text("host");
        if host.is_none() {
            self.missing(smtp, "host", "mails are handed to a mail server", "write its name");
        }
        let from = self.sender(smtp);
        let password = self.secret(smtp, "password", 0);
        let has_password = smtp.has("password_env") || smtp.has("password_file");
        if smtp.has("username") != has_password {
            self.problems.add(
                smtp.place(if has_password { "password_file" } else { "username" }),
                "a user name without a password, or a password without a user name",
                "the mail server asks for both",
                "write `username` and `password_env` or `password_file`, or none of them",
            );
        }
        let login = smtp.text("username").map(str::to_owned).zip(password);
        let extra_roots = self.certificates(smtp, "ca_file").map(String::into_bytes);
        let port = match smtp.number("port") {
            None if security == Some(Security::Tls) => Some(465),
            None => Some(587),
            Some(port) => self.port(smtp, port),
        };
        let hello = smtp.text("hello").or(issuer.and_then(|(_, url)| url.domain())).map(str::to_owned);
        let (host, security) = (host?.to_owned(), security?);
        let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if security == Security::None && !here {
            self.problems.add(
                smtp.place("security"),
                "mail in clear to another machine",
                "sign-in links and codes could be read on the way",
                "write `security = \"starttls\"` or \"tls\"",
            );
        }
        Some(SmtpConfig {
            host,
            port: port?,
            security,
            login,
            from: from?,
            hello,
            extra_roots,
            timeout: Duration::from_secs(20),
        })
    }

    fn sendgrid(&mut self) -> Option<SendGridConfig> {
        let values = self.section("sendgrid")?;
        let url = self.address(values, "url", Some("https://api.sendgrid.com/v3/mail/send"));
        let from = self.sender(values);
        let key = self.needed_secret(values, "api_key", 8);
        Some(SendGridConfig { url: url?, key: key?, from: from? })
    }

    fn twilio(&mut self) -> Option<TwilioConfig> {
        let values = self.section("twilio")?;
        let base = self.address(values, "url", Some("https://api.twilio.com"));
        let token = self.needed_secret(values, "auth_token", 8);
        for (key, mend) in [
            ("account_sid", "write the id of the account, like \"AC..\""),
            ("from", "write a number like \"+15005550006\", a name, or the id of a messaging service"),
        ] {
            if !values.has(key) {
                self.missing(values, key, "the service does not take a message without it", mend);
            }
        }
        let (account, from) = (values.text("account_sid")?.to_owned(), values.text("from")?.to_owned());
        Some(TwilioConfig { base: base?, account, token: token?, from })
    }

    fn webhook(&mut self, name: &str) -> Option<WebhookConfig> {
        let values = self.section(name)?;
        let url = self.address(values, "url", None);
        let secret = self.needed_secret(values, "secret", 24);
        Some(WebhookConfig { url: url?, secret: secret? })
    }

    fn needed_secret(
        &mut self,
        values: &Values,
        name: &str,
        shortest: usize,
    ) -> Option<secrecy::SecretString> {
        let (by_env, by_file) = (format!("{name}_env"), format!("{name}_file"));
        if !values.has(&by_env) && !values.has(&by_file) {
            let mend = format!("write `{by_file}` or `{by_env}`");
            self.missing(values, &by_file, "the other side knows us by it", &mend);
            return None;
        }
        self.secret(values, name, shortest)
    }

    /// An address that the operator names: https, or in clear to what [outbound] allows.
    fn address(&mut self, values: &Values, key: &str, default: Option<&str>) -> Option<Url> {
        let Some(text) = values.text(key).or(default) else {
            self.missing(values, key, "messages are posted there", "write an https address");
            return None;
        };
        let url = Url::parse(text).ok().filter(|url| {
            matches!(url.scheme(), "https" | "http")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        });
        let allowed = |url: &Url| {
            let listed = self.section("outbound").and_then(|it| it.texts("allow")).unwrap_or_default();
            let here = url.host_str().zip(url.port_or_known_default());
            url.scheme() == "https"
                || here.is_some_and(|(host, port)| {
                    listed.iter().any(|it| it.value.eq_ignore_ascii_case(&format!("{host}:{port}")))
                })
        };
        let good = url.filter(allowed);
        if good.is_none() {
            self.problems.add(
                values.place(key),
                format!("`{key}` is not an https address"),
                "sign-in links and codes could be read on the way",
                "write it like \"https://host/path\"; for a host of your own in clear, list it in [outbound] `allow` as host:port",
            );
        }
        good
    }

    fn sender(&mut self, values: &Values) -> Option<Sender> {
        const WHY: &str = "people see who a mail comes from";
        match values.text("from").map(Sender::parse) {
            Some(Ok(sender)) => Some(sender),
            Some(Err(error)) => {
                let mend = "write it like \"Example <no-reply@example.com>\"";
                self.problems.add(values.place("from"), format!("`from`: {error}"), WHY, mend);
                None
            }
            None => {
                self.missing(values, "from", WHY, "write `from = \"Example <no-reply@example.com>\"`");
                None
            }
        }
    }
}

fn in_order<T>(order: &[&str], mut built: Vec<(&'static str, T)>) -> Vec<T> {
    built.sort_by_key(|(name, _)| order.iter().position(|it| it == name).unwrap_or(usize::MAX));
    built.into_iter().map(|(_, it)| it).collect()
}
