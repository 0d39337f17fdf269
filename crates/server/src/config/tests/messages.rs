//! Transports of mails and text messages.

use super::super::messages;
use super::*;

fn sections(config: &Config) -> Vec<&'static str> {
    let mail = config.mail.iter().map(messages::MailSettings::section);
    mail.chain(config.sms.iter().map(messages::SmsSettings::section)).collect()
}

const SENDGRID: &str = "[sendgrid]\napi_key_file = \"secret\"\nfrom = \"Example <a@b.test>\"\n";
const TWILIO: &str =
    "[twilio]\naccount_sid = \"AC1\"\nauth_token_file = \"secret\"\nfrom = \"+15005550006\"\n";

#[test]
fn transports_stand_in_the_order_in_which_they_are_tried() {
    let smtp = "[smtp]\nhost = \"m.test\"\nfrom = \"a@b.test\"\n";
    let second = "[smtp_fallback]\nhost = \"n.test\"\nfrom = \"a@b.test\"\n";
    let webhook = "[mail_webhook]\nurl = \"https://hook.test/x\"\nsecret_file = \"secret\"\n";
    let all = format!("{webhook}{SENDGRID}{second}{smtp}");
    assert_eq!(sections(&check(&all).unwrap()), ["smtp", "smtp_fallback", "sendgrid", "mail_webhook"]);
    let ordered = format!("{smtp}{SENDGRID}[mail]\norder = [\"sendgrid\", \"smtp\"]\n");
    assert_eq!(sections(&check(&ordered).unwrap()), ["sendgrid", "smtp"]);
    let texts = format!("{TWILIO}[sms]\ncountries = [\"+49\", \"+44\"]\ncountry_per_hour = 30\n");
    let config = check(&texts).unwrap();
    assert_eq!(sections(&config), ["twilio"]);
    let policy = &config.policy;
    assert_eq!((policy.texts, policy.countries.len(), policy.country_per_hour), (true, 2, 30));
    assert!(!policy.mails);
}

#[test]
fn transports_that_could_not_send_are_refused_with_their_line() {
    for (text, line, what) in [
        ("[sendgrid]\nfrom = \"a@b.test\"\n", 4, "`api_key_file` is missing"),
        ("[sendgrid]\napi_key_file = \"secret\"\n", 4, "`from` is missing"),
        ("[sendgrid]\napi_key = \"x\"\napi_key_file = \"secret\"\nfrom = \"a@b.test\"\n", 5, "api_key"),
        (&format!("{SENDGRID}url = \"http://api.test/v3\"\n"), 7, "not an https address"),
        (&format!("{SENDGRID}url = \"https://u:p@api.test/v3\"\n"), 7, "not an https address"),
        (&format!("{SENDGRID}[mail]\norder = [\"smtp\"]\n"), 8, "there is no section [smtp]"),
        (&format!("{SENDGRID}[mail]\norder = [\"sendgrid\", \"sendgrid\"]\n"), 8, "twice"),
        ("[mail_webhook]\nsecret_file = \"secret\"\n", 4, "`url` is missing"),
        ("[mail_webhook]\nurl = \"https://hook.test\"\nsecret_file = \"placeholder\"\n", 6, "placeholder"),
        (TWILIO, 4, "to no country"),
        (&format!("{TWILIO}[sms]\ncountries = [\"49\"]\n"), 9, "`countries`"),
        (
            "[sms]\ncountries = [\"+49\"]\n[twilio]\nauth_token_file = \"secret\"\nfrom = \"x\"\n",
            6,
            "`account_sid`",
        ),
    ] {
        let found = check(text).expect_err(text).0;
        let of = |it: &Problem| match &it.place {
            Place::File { line, .. } => *line,
            Place::Environment { variable } => panic!("{variable}"),
        };
        assert!(found.iter().any(|it| of(it) == line && it.what.contains(what)), "{text}: {found:#?}");
    }
    // What is listed may be spoken to in clear: a relay of one's own on this machine.
    let listed =
        format!("{SENDGRID}url = \"http://127.0.0.1:9/v3\"\n[outbound]\nallow = [\"127.0.0.1:9\"]\n");
    assert_eq!(sections(&check(&listed).unwrap()), ["sendgrid"]);
}

#[test]
fn an_app_may_want_confirmed_what_a_message_can_reach() {
    let client = "[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\n";
    let wants = format!("{client}confirm = [\"email\", \"phone\"]\n");
    let found = check(&wants).unwrap_err().0;
    assert!(found.iter().all(|it| it.place.to_string().contains(":8:")), "{found:#?}");
    assert_eq!(found.len(), 2);
    let all = format!("{wants}{SENDGRID}{TWILIO}[sms]\ncountries = [\"+49\"]\n");
    let config = check(&all).unwrap();
    use countersign_core::oauth::client::Channel::{Email, Phone};
    assert_eq!(config.declared.clients[0].confirm, Some(vec![Email, Phone]));
    let neither = check(&format!("{client}confirm = []\n")).unwrap();
    assert_eq!(neither.declared.clients[0].confirm, Some(vec![]));
    assert!(check(&format!("{client}confirm = [\"fax\"]\n")).is_err());
}
