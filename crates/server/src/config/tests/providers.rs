//! Providers: `[[provider]]`.

use super::*;

#[test]
fn providers_of_every_kind_are_read_with_their_secrets() {
    let config = check(
        r#"
[[provider]]
name = "github"
kind = "github"
client_id = "Iv1.abc"
client_secret_file = "secret"
claim = "github_id"

[[provider]]
name = "work"
kind = "microsoft"
label = "Northwind staff"
tenant = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490"
client_id = "abc"
client_secret_file = "secret"
trust_email = "always"

[[provider]]
name = "old"
kind = "oauth2"
label = "Old system"
client_id = "abc"
token_endpoint_auth_method = "none"
authorization_endpoint = "https://old.test/authorize"
token_endpoint = "https://old.test/token"
userinfo_endpoint = "https://old.test/me"
claims = { subject = "data.id", email = "mail" }
disabled = true

[[client]]
client_id = "app"
token_endpoint_auth_method = "none"
redirect_uris = ["https://a.test/"]
providers = ["work"]
"#,
    )
    .unwrap();
    let [github, work, old] = &config.providers[..] else { panic!("{:?}", config.providers) };
    assert_eq!((github.label.as_str(), github.secret.as_ref().unwrap().expose()), ("GitHub", SECRET));
    assert_eq!((work.label.as_str(), work.kind.as_str()), ("Northwind staff", "microsoft"));
    assert!(old.disabled && old.secret.is_none());
    assert_eq!(config.declared.clients[0].providers.as_deref(), Some(&["work".to_owned()][..]));
    assert_eq!(config.policy.federated.len(), 1);
    assert!(!format!("{config:?}").contains(SECRET));
}

/// Every section that the guide shows is one that the server takes.
#[test]
fn the_guide_to_providers_shows_what_is_taken() {
    let guide = include_str!("../../../../../docs/providers.md");
    let blocks = guide.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let all: String =
        blocks
            .flat_map(str::lines)
            .map(|line| {
                if line.starts_with("client_secret_file") { "client_secret_file = \"secret\"" } else { line }
            })
            .fold(String::new(), |all, line| all + line + "\n");
    let config = check(&all).unwrap();
    let kinds: Vec<_> = config.providers.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(kinds, ["github", "gitlab", "microsoft", "google", "oidc", "oauth2"]);
}

#[test]
fn contradicting_providers_are_refused_with_their_line() {
    let named = "client_id = \"x\"\nclient_secret_file = \"secret\"";
    for (line, member, keys) in [
        (9, "tenant", format!("kind = \"microsoft\"\n{named}\ntenant = \"a b\"")),
        (4, "tenant", format!("kind = \"microsoft\"\n{named}")),
        (6, "kind", format!("kind = \"gitub\"\n{named}")),
        (10, "trust_email", format!("kind = \"github\"\n{named}\n\ntrust_email = \"maybe\"")),
        (4, "client_secret_file", "kind = \"github\"\nclient_id = \"x\"".to_owned()),
    ] {
        let (at, what) = fault(&format!("[[provider]]\nname = \"p\"\n{keys}\n"));
        assert!(what.contains(member), "{keys}: {what}");
        assert_eq!(at, line, "{keys}");
    }
    let twice = format!("[[provider]]\nname = \"p\"\nkind = \"github\"\n{named}\n").repeat(2);
    assert!(fault(&twice).1.contains("another provider"));
    let app = "[[client]]\nclient_id = \"a\"\ntoken_endpoint_auth_method = \"none\"\nredirect_uris = [\"https://a.test/\"]\n";
    assert!(fault(&format!("{app}providers = [\"nowhere\"]\n")).1.contains("nowhere"));
    let inline = "[[provider]]\nname = \"p\"\nkind = \"github\"\nclient_id = \"x\"\nclient_secret = \"x\"\n";
    assert!(check(inline).is_err());
}
