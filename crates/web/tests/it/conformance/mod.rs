//! The modules of the OpenID Foundation's `oidcc-config-certification` and `oidcc-basic-certification` plans
//! (static client, discovery), each as a test of its name. What the suite checks in every module stands in
//! [`suite`].

mod requests;
mod sign_in;
mod suite;
mod tokens;

pub(crate) use suite::{check_callback, check_keys};

/// Defines tests and the list of their modules, so that no module has a name and no test.
macro_rules! modules {
    ($($(#[$doc:meta])* $name:ident($suite:ident) $body:block)+) => {
        pub(crate) const MODULES: &[&str] = &[$(stringify!($name)),+];
        $($(#[$doc])* #[tokio::test] async fn $name() {
            #[allow(unused_mut, reason = "some modules only look")]
            let mut $suite = crate::conformance::suite::Suite::start("compat").await;
            $body
        })+
    };
}
pub(crate) use modules;

/// The plans, as the suite lists them.
const PLANS: &[&str] = &[
    "oidcc-discovery-endpoint-verification",
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
];

#[test]
fn every_module_of_the_plans_has_its_test() {
    let ours = [requests::MODULES, sign_in::MODULES, tokens::MODULES].concat();
    for module in PLANS {
        assert!(ours.contains(&module.replace('-', "_").as_str()), "{module} has no test");
    }
    assert_eq!(ours.len(), PLANS.len(), "a test is named after no module");
}
