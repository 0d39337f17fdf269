//! The templates that are built in, and every sample of every page.

use super::pages as p;
use super::{Locale, Mail, Page, RenderCtx, RenderedMail, View, ViewError};

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        /// The built-in template of this name.
        pub(super) fn template(name: &str) -> Option<&'static str> {
            match name {
                $($name => Some(include_str!(concat!("../../templates/", $name))),)*
                _ => None,
            }
        }

        /// All names; a test compares them with the folder.
        pub(super) const NAMES: &[&str] = &[$($name),*];
    };
}

templates![
    "_layout.html",
    "_header.html",
    "_footer.html",
    "_account.html",
    "_dev.html",
    "_parts.html",
    "sign_in.html",
    "join_account.html",
    "password.html",
    "sign_up.html",
    "confirm_email.html",
    "confirm_phone.html",
    "phone_code.html",
    "link_sent.html",
    "link_confirm.html",
    "link_elsewhere.html",
    "forgot.html",
    "forgot_sent.html",
    "reset.html",
    "reset_done.html",
    "not_me.html",
    "not_me_done.html",
    "consent.html",
    "device.html",
    "device_confirm.html",
    "select_account.html",
    "outsider.html",
    "keep_account.html",
    "leaving.html",
    "about_you.html",
    "_asked.html",
    "form_post.html",
    "confirm_sign_out.html",
    "signed_out.html",
    "done.html",
    "account_profile.html",
    "account_emails.html",
    "account_phones.html",
    "account_security.html",
    "account_linked.html",
    "account_sessions.html",
    "account_apps.html",
    "account_activity.html",
    "account_data.html",
    "error.html",
    "dev/index.html",
    "dev/inbox.html",
    "dev/inbox_mail.html",
    "dev/flows.html",
    "dev/flow.html",
    "dev/provider.html",
    "dev/screens.html",
    "dev/demo_home.html",
    "dev/demo_signed_in.html",
    "mail/mail.html",
    "mail/mail.txt",
];

/// One screen in one state, drawn.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The page's template.
    pub template: &'static str,
    /// The state's name.
    pub name: &'static str,
    /// Whether the page is English in every language.
    pub english_only: bool,
    /// The page.
    pub html: String,
}

macro_rules! pages {
    ($($page:ty),* $(,)?) => {
        /// Every page in every state.
        pub fn every_page(view: &View, ctx: &RenderCtx<'_>) -> Result<Vec<Sample>, ViewError> {
            let mut all = Vec::new();
            $(draw::<$page>(view, ctx, &mut all)?;)*
            Ok(all)
        }

        /// Every state of every page, not drawn.
        pub fn every_state() -> Vec<State> {
            let mut all = Vec::new();
            $(all.extend(states::<$page>());)*
            all
        }

        /// One page in one state, if there is such.
        pub fn one_page(
            view: &View,
            ctx: &RenderCtx<'_>,
            template: &str,
            state: &str,
        ) -> Result<Option<String>, ViewError> {
            $(if <$page>::TEMPLATE == template {
                let page = <$page>::samples().into_iter().find(|(name, _)| *name == state);
                return page.map(|(_, page)| view.render(&page, ctx)).transpose();
            })*
            Ok(None)
        }
    };
}

pages![
    p::SignIn,
    p::JoinAccount,
    p::Password,
    p::SignUp,
    p::ConfirmEmail,
    p::LinkSent,
    p::LinkConfirm,
    p::LinkElsewhere,
    p::Forgot,
    p::ForgotSent,
    p::Reset,
    p::ResetDone,
    p::NotMe,
    p::NotMeDone,
    p::Consent,
    p::DeviceCode,
    p::DeviceConfirm,
    p::SelectAccount,
    p::Outsider,
    p::KeepAccount,
    p::Leaving,
    p::AboutYou,
    p::FormPost,
    p::ConfirmSignOut,
    p::SignedOut,
    p::Done,
    p::AccountProfile,
    p::AccountEmails,
    p::ConfirmPhone,
    p::PhoneCode,
    p::AccountPhones,
    p::AccountSecurity,
    p::AccountLinked,
    p::AccountSessions,
    p::AccountApps,
    p::AccountActivity,
    p::AccountData,
    p::ErrorPage,
    p::DevIndex,
    p::Inbox,
    p::InboxMail,
    p::DevFlows,
    p::DevFlow,
    p::StubProvider,
    p::DevScreens,
    p::DemoHome,
    p::DemoSignedIn,
];

/// A state of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The page's template.
    pub template: &'static str,
    /// The state's name.
    pub name: &'static str,
    /// Whether the page is English in every language.
    pub english_only: bool,
}

fn states<P: Page>() -> impl Iterator<Item = State> {
    let state = |(name, _)| State { template: P::TEMPLATE, name, english_only: P::ENGLISH_ONLY };
    P::samples().into_iter().map(state)
}

fn draw<P: Page>(view: &View, ctx: &RenderCtx<'_>, all: &mut Vec<Sample>) -> Result<(), ViewError> {
    for (name, page) in P::samples() {
        let html = view.render(&page, ctx)?;
        all.push(Sample { template: P::TEMPLATE, name, english_only: P::ENGLISH_ONLY, html });
    }
    Ok(())
}

/// Every mail in this language.
pub fn every_mail(view: &View, locale: Locale) -> Result<Vec<(&'static str, RenderedMail)>, ViewError> {
    Mail::samples(locale).iter().map(|(name, mail)| Ok((*name, view.mail(mail)?))).collect()
}
