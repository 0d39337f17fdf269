//! Clients and users, in the configuration or in a file for `apply`.

use countersign_core::oauth::{AccessTokenFormat, ClientAuth, GrantType, Profile, SigningAlg};

use super::*;

#[test]
fn clients_are_read_with_their_registered_names() {
    let config = check(
        r##"
[[client]]
client_id = "web"
client_name = "Web shop"
redirect_uris = ["https://shop.test/cb", "http://127.0.0.1/cb"]
client_secret_file = "secret"
scope = "openid email"
first_party = true
colour = "#2b5d8c"
default_max_age = 3600
[[client]]
client_id = "phone"
application_type = "native"
token_endpoint_auth_method = "none"
redirect_uris = ["com.example.app:/cb"]
profile = "oidc-compat"
id_token_signed_response_alg = "EdDSA"
access_token_format = "opaque"
resources = ["https://api.test"]
[[client]]
client_id = "robot"
token_endpoint_auth_method = "private_key_jwt"
grant_types = ["client_credentials"]
response_types = []
jwks_uri = "https://robot.test/jwks"
scope = "read"
[[resource]]
identifier = "https://api.test"
scope = "read write"
introspection_clients = ["robot"]
"##,
    )
    .unwrap();
    let [web, phone, robot] = config.declared.clients.as_slice() else { panic!() };
    assert!(matches!(&web.auth, ClientAuth::ClientSecretBasic { secrets } if secrets.len() == 1));
    assert_eq!((web.first_party, web.default_max_age), (true, Some(Duration::from_secs(3_600))));
    assert_eq!((phone.profile, phone.id_token_signed_response_alg), (Profile::OidcCompat, SigningAlg::EdDsa));
    assert_eq!((phone.is_public(), phone.access_token), (true, AccessTokenFormat::Opaque));
    assert_eq!(robot.grant_types, [GrantType::ClientCredentials]);
    assert!(matches!(robot.auth, ClientAuth::PrivateKeyJwt { .. }));
    assert_eq!(config.declared.resources[0].introspection_clients[0].as_str(), "robot");
}

#[test]
fn contradicting_clients_are_refused_with_their_line() {
    let sha = "client_secret_sha256 = \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"";
    let back = "redirect_uris = [\"https://a.test/\"]";
    let public = "token_endpoint_auth_method = \"none\"";
    for (line, member, keys) in [
        (8, "client_secret_sha256", vec![back, public, sha]),
        (4, "client_secret_basic", vec![back]),
        (7, "", vec![back, "token_endpoint_auth_method = \"client_secret_post\""]),
        (7, "", vec![back, "token_endpoint_auth_method = \"private_key_jwt\""]),
        (7, "token_endpoint_auth_method", vec![back, "token_endpoint_auth_method = \"client_secret_jwt\""]),
        (8, "jwks_uri", vec![back, sha, "jwks_uri = \"https://a.test/jwks\""]),
        (
            8,
            "jwks",
            vec![
                back,
                "token_endpoint_auth_method = \"private_key_jwt\"",
                "jwks = { keys = [{ kty = \"RSA\", n = \"x\", e = \"AQAB\" }] }",
            ],
        ),
        (7, "grant_types", vec![public, "grant_types = [\"client_credentials\"]"]),
        (7, "grant_types", vec![sha, "grant_types = [\"refresh_token\"]"]),
        (7, "grant_types", vec![back, "grant_types = [\"implicit\", \"authorization_code\"]", sha]),
        (8, "response_types", vec![back, sha, "response_types = [\"token\"]"]),
        (4, "redirect_uris", vec![sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"http://a.test/\"]", sha]),
        (6, "redirect_uris[1]", vec!["redirect_uris = [\"https://a.test/\", \"https://a.test/#x\"]", sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"https://*.a.test/\"]", sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"/cb\"]", sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"javascript:alert(1)\"]", sha]),
        (6, "redirect_uris[0]", vec!["redirect_uris = [\"com.example.app:/cb\"]", sha]),
        (8, "allowed_origins[0]", vec![back, sha, "allowed_origins = [\"https://a.test/\"]"]),
        (8, "allowed_origins[0]", vec![back, sha, "allowed_origins = [\"*\"]"]),
        (8, "profile", vec![back, sha, "profile = \"fapi\""]),
        (8, "id_token_signed_response_alg", vec![back, sha, "id_token_signed_response_alg = \"none\""]),
        (8, "id_token_signed_response_alg", vec![back, sha, "id_token_signed_response_alg = \"HS256\""]),
        (8, "colour", vec![back, sha, "colour = \"red; background: url(x)\""]),
        (8, "resources[0]", vec![back, sha, "resources = [\"https://nowhere.test\"]"]),
        (8, "scope", vec![back, sha, "scope = \"a\\u0000b\""]),
    ] {
        let rest = format!("[[client]]\nclient_id = \"a\"\n{}\n", keys.join("\n"));
        let problems = check(&rest).expect_err(&rest).0;
        let hit = problems
            .iter()
            .find(|p| p.what.contains(member))
            .unwrap_or_else(|| panic!("{rest}: {problems:#?}"));
        let Place::File { line: at, .. } = hit.place else { panic!() };
        assert_eq!(at, line, "{rest}: {problems:#?}");
    }
    let twice = format!("[[client]]\nclient_id = \"a\"\n{back}\n{public}\n").repeat(2);
    assert_eq!(fault(&twice), (9, "`client_id` is written twice".to_owned()));
}

#[test]
fn a_client_speaks_several_languages_and_has_its_logo_from_a_file() {
    let client = "[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\n";
    let mut world = world(&format!(
        "{BASE}{client}\"client_name#de\" = \"Planer\"\n\"tos_uri#nb\" = \"https://a.test/vilkar\"\nlogo_file = \"logo.svg\"\n"
    ));
    world.files.insert(
        "/etc/countersign/logo.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>".to_owned(),
    );
    let config = load(Path::new(FILE), &world).unwrap();
    let client_read = &config.declared.clients[0];
    assert_eq!((client_read.name_in("de"), client_read.name_in("en")), ("Planer", "a"));
    assert_eq!(client_read.terms_in("nb"), Some("https://a.test/vilkar"));
    assert_eq!(client_read.logo.as_ref().unwrap().content_type(), "image/svg+xml");

    let at = BASE.lines().count() + client.lines().count() + 1;
    let fault = |line: &str| fault(&format!("{client}{line}\n"));
    for (line, says) in [
        ("\"client_name#d\" = \"x\"", "unknown field `client_name#d`"),
        ("\"client_name#de\" = \"\"", "1 to 100 characters"),
        ("\"policy_uri#de\" = \"http://a.test/\"", "an https address"),
        ("\"logo_uri#de\" = \"https://a.test/l.png\"", "unknown key `logo_uri#de`"),
        ("logo_file = \"nowhere.png\"", "cannot be read"),
        ("logo_file = \"empty\"", "no PNG, JPEG, GIF, WebP or SVG"),
    ] {
        let (found, what) = fault(line);
        assert!(what.contains(says), "{line}: {what}");
        assert_eq!(found, at, "{line}: {what}");
    }
}

#[test]
fn users_hold_every_standard_claim() {
    let config = check(
        r#"
[[user]]
email = "Anna@Example.com"
email_verified = true
password_file = "secret"
admin = true
name = "Anna Berg"
birthdate = "1990-01-31"
phone_number = "+4930123456"
phone_number_verified = true
address = { locality = "Berlin", country = "DE" }
[[user]]
email = "bo@example.com"
password_hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"#,
    )
    .unwrap();
    let [anna, bo] = config.declared.users.as_slice() else { panic!() };
    assert_eq!((anna.email.as_str(), anna.email_verified, anna.admin), ("Anna@Example.com", true, true));
    assert!(matches!(&anna.password, Some(PasswordSource::Plain(plain)) if plain.expose_secret() == SECRET));
    assert_eq!(anna.claims.address.as_ref().unwrap().locality.as_deref(), Some("Berlin"));
    assert!(matches!(&bo.password, Some(PasswordSource::Hash(_))));
    assert!(!format!("{config:?}").contains(SECRET) && !format!("{config:?}").contains(KEY));
    assert!(fault("[[user]]\nemail = \"a@b.test\\r\\nBcc: c@d.test\"\n").1.contains("`email`"));
    assert!(fault("[[user]]\nemail = \"a@b.test\"\npassword_hash = \"$1$x$y\"\n").1.contains("Argon2id"));
    assert!(fault("[[user]]\nemail = \"a@b.test\"\norganizations = [\"A B\"]\n").1.contains("no handle"));
    assert!(fault("[[organization]]\nhandle = \"A B\"\n").1.contains("no handle"));
    assert!(fault("[[user]]\nemail = \"a@b.test\"\naddress = { town = \"x\" }\n").1.contains("`address`"));
    assert_eq!(fault("[[user]]\nemail = \"a@b.test\"\n[[user]]\nemail = \"A@B.test\"\n").0, 7);
}

#[test]
fn a_claim_that_its_person_could_not_save_is_refused_with_its_line() {
    let user = |line: &str| format!("[[user]]\nemail = \"a@b.test\"\n{line}\n");
    for (line, says) in [
        ("birthdate = \"nope\"", "`birthdate`: not a date"),
        ("birthdate = \"1990-02-30\"", "`birthdate`: not a date"),
        ("zoneinfo = \"x\"", "`zoneinfo`: not a time zone"),
        ("phone_number = \"12\"", "`phone_number`: "),
        ("phone_number = \"030 123456\"", "`phone_number`: "),
        ("website = \"http://x.example\"", "`website`: not an https URL"),
        ("picture = \"javascript:alert(1)\"", "`picture`: not an https URL"),
        ("locale = \"!!\"", "`locale`: not a BCP 47"),
        ("name = \"a\\u0007b\"", "`name`: holds a control character"),
        ("address = { country = \"a\\u0007b\" }", "`address.country`: holds a control character"),
    ] {
        let (at, what) = fault(&user(line));
        assert!(at == 6 && what.contains(says), "{line}: {at}: {what}");
    }
    let kept = "locale = \"de_AT\"\nphone_number = \"+49 30 123456\"\naddress = { street_address = \"Ring 1\\nHof\" }";
    let claims = check(&user(kept)).unwrap().declared.users[0].claims.clone();
    assert_eq!(
        (claims.locale.as_deref(), claims.phone_number.as_deref()),
        (Some("de-AT"), Some("+4930123456"))
    );
    assert_eq!(claims.address.unwrap().street_address.as_deref(), Some("Ring 1\nHof"));
}

#[test]
fn a_resource_that_nobody_declared_is_no_goal_of_an_exchange() {
    let exchange = "[[client]]\nclient_id = \"api\"\nclient_secret_file = \"secret\"\nscope = \"read\"\n\
                    grant_types = [\"urn:ietf:params:oauth:grant-type:token-exchange\"]\nresponse_types = []\n";
    let serves = "[[resource]]\nidentifier = \"https://api.test\"\nscope = \"read\"\nintrospection_clients = [\"api\"]\n";
    let to = |resource: &str| format!("{exchange}exchange_resources = [\"{resource}\"]\n");
    check(&(to("https://api.test") + serves)).unwrap();
    let (line, what) = fault(&(to("https://none.test") + serves));
    assert!(line == 10 && what.contains("exchange_resources[0]"), "{line}: {what}");
    let lone = serves.replace("\"api\"", "");
    let (line, what) = fault(&(to("https://api.test") + &lone));
    assert!(line == 8 && what.contains("grant_types"), "{line}: {what}");
}

#[test]
fn a_scope_that_no_resource_knows_is_doubted_with_its_line_and_taken() {
    let client = "[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\n";
    let config = check(&format!("{client}scope = \"openid account tasks:raed\"\n")).unwrap();
    let doubts: Vec<_> = config.warnings.0.iter().map(|it| (it.place.to_string(), it.what.clone())).collect();
    assert_eq!(doubts, [(format!("{FILE}:8:1"), "`scope`: no [[resource]] knows tasks:raed".to_owned())]);
    let api = "[[resource]]\nidentifier = \"https://api.test\"\nscope = \"tasks:read\"\n";
    let config = check(&format!("{client}scope = \"openid tasks:read\"\n{api}")).unwrap();
    assert!(config.warnings.0.is_empty());
}

#[test]
fn a_file_for_apply_holds_resources_only() {
    let good = world(
        "version = 1\n[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\nresources = [\"https://in.database\"]\n",
    );
    assert_eq!(load_declared(Path::new(FILE), &good).unwrap().clients.len(), 1);
    for text in ["issuer = \"https://a.test\"\n", "[smtp]\nhost = \"m\"\n", "[[client]]\n"] {
        assert!(load_declared(Path::new(FILE), &world(text)).is_err(), "{text}");
    }
}
