//! Providers that people may sign in with.

use super::Kind::{Flag, Table, Text};
use super::{Section, key};

pub(super) const PROVIDER: Section = Section {
    name: "provider",
    many: true,
    about: "A provider that people may sign in with, several of a kind if need be. Register this server there with the redirect URI `ISSUER/login/provider/NAME/callback`. docs/providers.md walks through each kind.",
    keys: &[
        key(
            "name",
            Text,
            "",
            "Small letters, digits and hyphens. It stands in the redirect URI and beside every linked account: never change it.",
        ),
        key("kind", Text, "", "`github`, `gitlab`, `microsoft`, `google`, `oidc` or `oauth2`."),
        key("label", Text, "the kind's own name", "What the button says after \"Continue with\"."),
        key("client_id", Text, "", "Who this server is there."),
        key("client_secret_env", Text, "", "The environment variable that holds the secret."),
        key("client_secret_file", Text, "", "The file that holds the secret."),
        key(
            "token_endpoint_auth_method",
            Text,
            "client_secret_post",
            "`client_secret_post`, `client_secret_basic` or `none`.",
        ),
        key(
            "url",
            Text,
            "the public one",
            "For `github`, `gitlab`, `microsoft` and `google`: the address of one's own installation or of a national cloud.",
        ),
        key(
            "tenant",
            Text,
            "",
            "For `microsoft`: the tenant's id, or `organizations`, `consumers` or `common` for accounts of any.",
        ),
        key(
            "issuer",
            Text,
            "",
            "For `oidc`: the issuer, exactly as it calls itself; the rest is found by discovery. For `oauth2`: a name for who vouches.",
        ),
        key("authorization_endpoint", Text, "", "For `oauth2`: where people are sent."),
        key("token_endpoint", Text, "", "For `oauth2`: where codes are redeemed."),
        key("userinfo_endpoint", Text, "", "For `oauth2`: what tells who somebody is, as JSON."),
        key(
            "claims",
            Table,
            "",
            "For `oauth2`: where in that JSON things stand: `{ subject = \"id\", email = \"email\", email_verified = \"verified\", name = \"name\", username = \"login\" }`. A full stop leads into an object. `subject` must never change or be given anew.",
        ),
        key("scope", Text, "what the kind needs", "What is asked for there."),
        key(
            "trust_email",
            Text,
            "flag; never for oidc and oauth2",
            "`flag`: an address is proved if the provider says so. `always`: all of its addresses are. `never`: people confirm theirs here.",
        ),
        key("sign_up", Flag, "from [sign_in]", "Who comes by it for the first time gets an account."),
        key(
            "claim",
            Text,
            "",
            "The claim in which apps with the scope `profile` are told the person's subject there, such as `github_id`.",
        ),
        key("disabled", Flag, "false", "Switched off: no button, and no answer of it counts."),
    ],
};
