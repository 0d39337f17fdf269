//! draft-ietf-oauth-first-party-apps: the authorization challenge endpoint. A trusted app of the operator asks people
//! itself; everything that is decided about them is decided by the same dispatcher and the same methods as on the pages.

use super::authorize::{ReadHint, signs_in, without_address};
use super::{AuthorizationRequest, AuthorizeRefused, Client, Params};
use crate::login::{Flow, Next};
use crate::secret::from_base64url;
use crate::secret::kind;
use crate::write::{FoundSecret, NewSecret};
use crate::{Ctx, Digest, Plain};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Why the endpoint does not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeRefused {
    /// Draft 9.1: it is for apps that the operator trusts with people's passwords, and says so of.
    #[error("this client is not registered with authorization_challenge")]
    NotAllowed,
    /// Whose tries would be counted?
    #[error("end_user_ip is missing or no address")]
    EndUser,
    /// A step that is none, or that lacks its parameters.
    #[error("the step is none of ours, or lacks a parameter")]
    Step,
    /// Draft 5.2.2.1 `invalid_session`.
    #[error("no auth_session of this client, or one that was used before")]
    Session,
    /// The password or the code was right, and the account is switched off.
    #[error("the account is disabled")]
    Disabled,
    /// The app is for the members of an organization.
    #[error("the person is no member of the organization that the app is for")]
    Outsider,
    /// Draft 5.2.2.1.1 `redirect_to_web`: only a page can ask this.
    #[error("only a page can ask what is to be asked")]
    RedirectToWeb,
    /// The flow had its code.
    #[error("the request was answered before")]
    Finished,
}

impl ChallengeRefused {
    /// The stable name of the check.
    pub const fn check(self) -> &'static str {
        match self {
            Self::NotAllowed => "challenge_allowed",
            Self::EndUser => "end_user",
            Self::Step => "challenge_step",
            Self::Session => "auth_session",
            Self::Disabled => "account_disabled",
            Self::Outsider => "member",
            Self::RedirectToWeb => "redirect_to_web",
            Self::Finished => "flow_finished",
        }
    }
}

/// Draft 9.1: first-party, able to keep a secret, and switched on by the operator for this client.
pub fn allowed(client: &Client) -> Result<(), ChallengeRefused> {
    let yes = client.authorization_challenge && client.first_party && !client.is_public() && !client.disabled;
    if yes { Ok(()) } else { Err(ChallengeRefused::NotAllowed) }
}

/// The person behind the app. Nobody else may say who that is: the caller has authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndUser {
    /// Where they are: tries are counted there, and not where the app is.
    pub ip: IpAddr,
    /// Their program, for the list of devices and for mails.
    pub agent: String,
    /// Their languages, as in Accept-Language.
    pub languages: String,
}

impl EndUser {
    /// `end_user_ip`, `end_user_agent`, `end_user_languages`.
    pub fn parse(params: &Params<'_>) -> Result<Self, ChallengeRefused> {
        let ip = params.one("end_user_ip").and_then(|text| text.parse().ok());
        let line = |name: &str| {
            let text = params.one(name).unwrap_or_default();
            text.chars().filter(|c| c.is_ascii() && !c.is_ascii_control()).take(400).collect()
        };
        Ok(Self {
            ip: ip.ok_or(ChallengeRefused::EndUser)?,
            agent: line("end_user_agent"),
            languages: line("end_user_languages"),
        })
    }
}

/// What the person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<'a> {
    /// Nothing yet: what is wanted?
    Ask,
    /// `username` and `password`.
    Password(&'a str, &'a str),
    /// A sign-in link by mail, whose page shows a code: `username`.
    Email(&'a str),
    /// The digits of a mail: `code`.
    Code(&'a str),
    /// The mail once more.
    Resend,
    /// `username`, `password`, and the members of the profile that are asked for.
    SignUp(&'a str, &'a str),
}

impl<'a> Step<'a> {
    /// By `step`.
    pub fn parse(params: &'a Params<'_>) -> Result<Self, ChallengeRefused> {
        let one = |name: &str| params.one(name).ok_or(ChallengeRefused::Step);
        Ok(match params.one("step") {
            None => Self::Ask,
            Some("password") => Self::Password(one("username")?, one("password")?),
            Some("email") => Self::Email(one("username")?),
            Some("code") => Self::Code(one("code")?),
            Some("resend") => Self::Resend,
            Some("sign_up") => Self::SignUp(one("username")?, one("password")?),
            Some(_) => return Err(ChallengeRefused::Step),
        })
    }
}

/// Draft 5.1: the checks of the authorization endpoint. The answer goes to nobody's address, so none need be sent; at the
/// token endpoint it must be left out then, too (draft 6).
pub fn begin(
    params: &Params<'_>,
    client: &Client,
    read_hint: ReadHint<'_>,
) -> Result<AuthorizationRequest, AuthorizeRefused> {
    signs_in(client).map_err(AuthorizeRefused::Page)?;
    without_address(params, client, read_hint)
}

/// What the dispatcher's word means to an app that asks people itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// Somebody signs in, or up.
    SignIn,
    /// The digits that were mailed.
    Code,
    /// It may have its code.
    Done(crate::login::Approved),
    /// The app hears an error.
    Fail(crate::login::FailReason),
}

/// One arm for each word of the dispatcher.
pub fn wanted(next: Next) -> Result<Wanted, ChallengeRefused> {
    match next {
        Next::Login(_) => Ok(Wanted::SignIn),
        Next::Confirm(_) => Ok(Wanted::Code),
        Next::Done(approved) => Ok(Wanted::Done(approved)),
        Next::Fail(reason) => Ok(Wanted::Fail(reason)),
        Next::Outsider => Err(ChallengeRefused::Outsider),
        // Consent and choice are a person's word to us, not to the app; the others belong to flows of pages.
        Next::ConfirmPhone
        | Next::About
        | Next::Join
        | Next::Consent(_)
        | Next::SelectAccount
        | Next::EnterCode
        | Next::Home => Err(ChallengeRefused::RedirectToWeb),
    }
}

/// Draft 5.3.1: what stands for a browser's cookies. It never leaves in clear, nor lies in the database so: the row is sealed
/// under the handle, which only the app has.
#[derive(Default, Clone, Serialize, Deserialize)]
pub struct Jar {
    /// Binds the flow.
    pub browser: Option<String>,
    /// The session, once there is one.
    pub session: Option<String>,
    /// What this device is known by.
    pub known: Option<String>,
    flow: Option<String>,
}

impl std::fmt::Debug for Jar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Jar(..)")
    }
}

impl Jar {
    /// With the flow as it stands now, or without any.
    pub fn with_flow(mut self, ctx: &Ctx<'_>, flow: Option<&Flow>) -> Self {
        self.flow = flow.map(|flow| flow.seal_whole(ctx));
        self
    }

    /// The flow that waits, if its hour is not over.
    pub fn flow(&self, ctx: &Ctx<'_>, browser: &Digest<kind::Browser>) -> Option<Flow> {
        let sealed = from_base64url(self.flow.as_deref()?)?;
        Flow::open(ctx, Some(browser), &sealed).ok()
    }

    /// A fresh handle for it, good once, for this client.
    pub fn keep(&self, ctx: &Ctx<'_>, client: &Client) -> (Plain<kind::AuthSession>, NewSecret) {
        let handle = Plain::<kind::AuthSession>::mint(ctx);
        let plain = serde_json::to_vec(self).unwrap_or_default();
        let sealed = ctx.vault.seal_under(handle.expose().as_bytes(), &plain);
        let lifetimes = &ctx.policy.lifetimes;
        let life = if self.session.is_some() { lifetimes.session_idle } else { lifetimes.flow };
        let row = NewSecret::of(&handle.digest(ctx), ctx.now, life)
            .client(Some(client.id.clone()))
            .payload(crate::secret::base64url(&sealed));
        (handle, row)
    }

    /// Opens what [`keep`](Self::keep) sealed. Whoever calls has spent the row.
    pub fn open(ctx: &Ctx<'_>, handle: &Plain<kind::AuthSession>, row: &NewSecret) -> Option<Self> {
        let sealed = from_base64url(row.payload.as_str()?)?;
        let plain = ctx.vault.open_under(handle.expose().as_bytes(), &sealed)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Draft 5.3.1: is this a live auth session of this client? A foreign one is unknown, and stays good for its owner.
pub fn usable<'r>(
    found: Option<&'r FoundSecret>,
    client: &Client,
    ctx: &Ctx<'_>,
) -> Result<&'r NewSecret, ChallengeRefused> {
    let row = FoundSecret::usable(found, ctx.now).map_err(|_| ChallengeRefused::Session)?;
    if row.client.as_ref() == Some(&client.id) { Ok(row) } else { Err(ChallengeRefused::Session) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ctx::fixed::Fixed;
    use crate::oauth::sample::basic;
    use crate::time::hours;

    fn gateway() -> Client {
        Client { authorization_challenge: true, ..basic("secret") }
    }

    #[test]
    fn only_a_trusted_client_that_keeps_a_secret_and_is_switched_on_may() {
        assert_eq!(allowed(&gateway()), Ok(()));
        for client in [
            basic("secret"),
            Client { first_party: false, ..gateway() },
            Client { disabled: true, ..gateway() },
            Client { authorization_challenge: true, ..crate::oauth::sample::public() },
        ] {
            assert_eq!(allowed(&client), Err(ChallengeRefused::NotAllowed));
        }
    }

    #[test]
    fn an_auth_session_is_its_clients_opens_with_its_handle_and_ends() {
        let mut fixed = Fixed::new();
        let jar = Jar { session: None, browser: Some("b".into()), ..Jar::default() };
        let (handle, row) = jar.keep(&fixed.ctx(), &gateway());
        assert!(!row.payload.to_string().contains("\"b\""), "sealed");
        let found = FoundSecret { row: row.clone(), spent_at: None };
        assert!(usable(Some(&found), &gateway(), &fixed.ctx()).is_ok());
        assert_eq!(Jar::open(&fixed.ctx(), &handle, &row).unwrap().browser.as_deref(), Some("b"));
        let other = Plain::<kind::AuthSession>::mint(&fixed.ctx());
        assert!(Jar::open(&fixed.ctx(), &other, &row).is_none());
        let foreign = Client { id: crate::ClientId::parse("other").unwrap(), ..gateway() };
        let refused = Err(ChallengeRefused::Session);
        assert_eq!(usable(Some(&found), &foreign, &fixed.ctx()).map(drop), refused);
        assert_eq!(usable(None, &gateway(), &fixed.ctx()).map(drop), refused);
        let spent = FoundSecret { spent_at: Some(fixed.ctx().now), ..found.clone() };
        assert_eq!(usable(Some(&spent), &gateway(), &fixed.ctx()).map(drop), refused);
        fixed.now += hours(2);
        assert_eq!(usable(Some(&found), &gateway(), &fixed.ctx()).map(drop), refused);
    }

    #[test]
    fn steps_and_people_are_parsed_or_refused() {
        let parse = |body: &'static str| Params::parse(body.as_bytes()).unwrap();
        let step = |body: &'static str| Step::parse(&parse(body)).map(|it| format!("{it:?}"));
        assert_eq!(step("").unwrap(), "Ask");
        assert_eq!(step("step=code&code=1").unwrap(), "Code(\"1\")");
        for bad in
            ["step=password&username=a", "step=code", "step=x", "step=email", "step=sign_up&username=a"]
        {
            assert_eq!(step(bad), Err(ChallengeRefused::Step), "{bad}");
        }
        assert_eq!(
            EndUser::parse(&parse("end_user_ip=2001%3Adb8%3A%3A1")).unwrap().ip.to_string(),
            "2001:db8::1"
        );
        for bad in ["", "end_user_ip=", "end_user_ip=host.example", "end_user_ip=1.2.3.4%3A80"] {
            assert_eq!(EndUser::parse(&parse(bad)), Err(ChallengeRefused::EndUser), "{bad}");
        }
        let odd = EndUser::parse(&parse("end_user_ip=1.2.3.4&end_user_agent=a%0D%0AX%3A+b%C3%A9")).unwrap();
        assert_eq!(odd.agent, "aX: b");
    }
}
