//! What happened with an account, in words: one sentence for each kind of event that concerns a person.

use countersign_core::EventKind;
use countersign_core::session::EndReason;

use super::words::{Arg, Text};

/// What a sentence may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The app's name, empty if none is concerned.
    pub app: String,
    /// "Firefox on Linux", empty if not known any more.
    pub browser: String,
    /// A cut address, empty if not known any more.
    pub network: String,
    /// An e-mail address.
    pub address: String,
    /// A provider's name.
    pub provider: String,
    /// An organization's handle.
    pub organization: String,
    /// Why something ended.
    pub reason: Option<EndReason>,
    /// All of them ended.
    pub all: bool,
    /// A proof in a session that was there.
    pub renewed: bool,
    /// The people who run the site did it.
    pub operator: bool,
}

/// The sentence; `None` for what concerns no person.
pub fn sentence(kind: EventKind, about: &About) -> Option<Text> {
    let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
    let plain = Text::plain;
    let app = |id| plain(id).with("app", about.app.as_str());
    Some(match kind {
        EventKind::UserCreated => plain("activity-created"),
        EventKind::UserUpdated if about.operator => plain("activity-updated-operator"),
        EventKind::UserUpdated => plain("activity-updated"),
        EventKind::UserDisabled => plain("activity-disabled"),
        EventKind::UserEnabled => plain("activity-enabled"),
        EventKind::UserDeleted => plain("activity-deleted"),
        EventKind::UserLeaving => plain("activity-leaving"),
        EventKind::UserKept => plain("activity-kept"),
        EventKind::DataExported if about.operator => plain("activity-exported-operator"),
        EventKind::DataExported => plain("activity-exported"),
        EventKind::EmailVerified => plain("activity-email-verified"),
        EventKind::EmailAdded => plain("activity-email-added").with("address", about.address.as_str()),
        EventKind::EmailPrimaryChanged => {
            plain("activity-email-primary").with("address", about.address.as_str())
        }
        EventKind::EmailRemoved => plain("activity-email-removed").with("address", about.address.as_str()),
        EventKind::PasswordChanged => plain("activity-password"),
        EventKind::IdentityLinked => plain("activity-linked").with("name", about.provider.as_str()),
        EventKind::IdentityUnlinked => plain("activity-unlinked").with("name", about.provider.as_str()),
        EventKind::UserMerged => plain("activity-merged"),
        EventKind::SessionStarted => {
            let id = match (about.browser.is_empty(), about.renewed, about.app.is_empty()) {
                (true, ..) => return Some(plain("activity-signed-in-somewhere")),
                (false, true, _) => "activity-renewed",
                (false, false, true) => "activity-signed-in",
                (false, false, false) => "activity-signed-in-to",
            };
            let text = plain(id).with("browser", Arg::agent(&about.browser));
            let text = text.with("network", or_none(&about.network).as_str());
            if id == "activity-signed-in-to" { text.with("app", about.app.as_str()) } else { text }
        }
        EventKind::SessionEnded => match about.reason {
            Some(EndReason::EndedByOperator) => plain("activity-ended-operator"),
            Some(EndReason::Expired) => plain("activity-ended-idle"),
            Some(EndReason::EndedByUser) if about.all => plain("activity-ended-all"),
            Some(EndReason::EndedByUser) => plain("activity-ended-one"),
            Some(EndReason::SignedOut) => plain("activity-signed-out"),
            Some(
                EndReason::Revoked
                | EndReason::CodeReused
                | EndReason::RefreshReused
                | EndReason::PasswordChanged
                | EndReason::Disabled
                | EndReason::Deleted
                | EndReason::ConsentWithdrawn
                | EndReason::MembershipLost
                | EndReason::Disowned,
            )
            | None => plain("activity-ended-safe"),
        },
        EventKind::LogoutRequested => app("activity-app-told"),
        EventKind::SignInRefused => plain("activity-refused"),
        EventKind::GrantCreated => app("activity-granted"),
        EventKind::GrantEnded => app("activity-grant-ended"),
        EventKind::RefreshReused | EventKind::CodeReused => app("activity-reused"),
        EventKind::DeviceDenied => app("activity-device-denied"),
        EventKind::ConsentGiven => app("activity-allowed"),
        EventKind::ConsentWithdrawn => app("activity-withdrawn"),
        EventKind::MailRequested => plain("activity-mail").with("address", or_none(&about.address).as_str()),
        EventKind::SmsRequested => plain("activity-sms"),
        EventKind::PhoneVerified => plain("activity-phone-added"),
        EventKind::PhoneChosen => plain("activity-phone-chosen"),
        EventKind::PhoneRemoved => plain("activity-phone-removed"),
        EventKind::MemberAdded => plain("activity-member").with("name", about.organization.as_str()),
        EventKind::MemberRemoved => plain("activity-member-gone").with("name", about.organization.as_str()),
        EventKind::ClientChanged | EventKind::OrganizationCreated | EventKind::KeysRotated => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::words::Words;
    use crate::view::{Locale, View};

    fn whole() -> About {
        About {
            app: "Planner".into(),
            browser: "Firefox on Linux".into(),
            network: "203.0.113.0/24".into(),
            address: "anna@example.com".into(),
            provider: "GitHub".into(),
            organization: "northwind".into(),
            ..About::default()
        }
    }

    #[test]
    fn every_event_about_a_person_has_a_sentence_in_every_language() {
        let words = Words::default();
        for kind in EventKind::ALL {
            for about in
                [whole(), About { renewed: true, all: true, operator: true, ..whole() }, About::default()]
            {
                let text = sentence(*kind, &about);
                assert_eq!(text.is_some(), kind.concerns_a_person(), "{kind:?}");
                let Some(text) = text else { continue };
                let mut said: Vec<String> = Vec::new();
                for locale in Locale::ALL {
                    let sentence = words.text(locale, &text);
                    assert!(
                        sentence != text.id && !sentence.contains('{'),
                        "{kind:?} {locale:?}: {sentence}"
                    );
                    assert!(!sentence.contains("none"), "{kind:?} {locale:?}: {sentence}");
                    said.push(sentence);
                }
                said.sort_unstable();
                said.dedup();
                assert_eq!(said.len(), Locale::ALL.len(), "{kind:?}: the same in two languages");
            }
        }
        let _ = View::new(None).unwrap();
    }

    #[test]
    fn every_end_of_a_session_has_a_sentence() {
        let words = Words::default();
        for reason in ["revoked", "signed_out", "expired", "ended_by_user", "ended_by_operator", "disowned"] {
            let about = About { reason: EndReason::parse(reason), ..whole() };
            let text = sentence(EventKind::SessionEnded, &about).unwrap();
            assert_ne!(words.text(Locale::En, &text), text.id);
        }
    }

    #[test]
    fn a_profile_that_operators_changed_is_not_told_as_the_persons_own_act() {
        let said = |operator| {
            let text = sentence(EventKind::UserUpdated, &About { operator, ..whole() }).unwrap();
            Words::default().text(Locale::En, &text)
        };
        assert_eq!(said(false), "Profile changed");
        assert_eq!(said(true), "The people who run this site changed your profile");
    }

    #[test]
    fn a_sign_in_says_with_what_and_from_where() {
        let said = |about: &About| {
            Words::default().text(Locale::En, &sentence(EventKind::SessionStarted, about).unwrap())
        };
        let plain = About { app: String::new(), ..whole() };
        assert_eq!(said(&plain), "Signed in with Firefox on Linux, from network 203.0.113.0/24");
        assert_eq!(said(&About { network: String::new(), ..plain }), "Signed in with Firefox on Linux");
        assert_eq!(said(&whole()), "Signed in to Planner with Firefox on Linux, from network 203.0.113.0/24");
    }
}
