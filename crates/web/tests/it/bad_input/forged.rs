//! A workshop for tokens that must not be taken: twelve kinds, each with its reason.

use countersign_core::secret::{base64url, from_base64url, sha256};
use countersign_jose::{Alg, SigningKey};
use serde_json::{Value, json};

/// Every way to bend a good token. `public` is the key set that the verifier is known to use, `canary` an address
/// that nobody may ever ask.
pub(crate) fn forgeries(good: &str, public: &Value, canary: &str) -> Vec<(&'static str, String)> {
    let token = Taken::apart(good);
    let (header, payload) = (&token.header, &token.payload);
    let mine = SigningKey::generate(Alg::Es256).unwrap();
    let my_jwk = json!(mine.public_jwk());
    let kid = header["kid"].clone();
    let by_me = |header: Value| {
        let input = signing_input(&header, payload);
        format!("{input}.{}", base64url(&mine.sign_raw(input.as_bytes()).unwrap()))
    };
    let mut out = Vec::new();
    let mut put = |what: &'static str, token: String| out.push((what, token));

    // 1. none, in every spelling, with and without the signature.
    for none in ["none", "None", "NONE", "nOnE", ""] {
        let input = signing_input(&with(header, "alg", json!(none)), payload);
        put("none", format!("{input}."));
        put("none, signature kept", format!("{input}.{}", token.signature));
    }
    // 2. HS256 keyed with what everybody knows.
    for key in public["keys"].as_array().unwrap() {
        let pem_like = key.to_string();
        let n =
            from_base64url(key["n"].as_str().or(key["x"].as_str()).unwrap_or_default()).unwrap_or_default();
        for secret in [pem_like.as_bytes(), &n, b"", key["kid"].as_str().unwrap_or_default().as_bytes()] {
            let input = signing_input(&with(header, "alg", json!("HS256")), payload);
            put(
                "HS256 with the public key",
                format!("{input}.{}", base64url(&hmac(secret, input.as_bytes()))),
            );
        }
    }
    // 3. Another family's algorithm on the same key name.
    for alg in ["RS256", "ES256", "PS256", "EdDSA", "RS1", "ES256K", "HS512"] {
        if header["alg"] != alg {
            let input = signing_input(&with(header, "alg", json!(alg)), payload);
            put("algorithm swapped", format!("{input}.{}", token.signature));
        }
    }
    // 4. A key of the forger's, under the good key's name.
    put("foreign key, good kid", by_me(json!({ "alg": "ES256", "typ": header["typ"], "kid": kid })));
    put("foreign key, no kid", by_me(json!({ "alg": "ES256", "typ": header["typ"] })));
    // 5. Games with kid.
    for name in [
        "../../../dev/null",
        "/proc/self/environ",
        "' OR '1'='1",
        "x\u{0}y",
        "\r\nX: y",
        "${jndi:ldap://x}",
        "",
    ] {
        put("kid game", by_me(json!({ "alg": "ES256", "typ": header["typ"], "kid": name })));
    }
    put("kid is no text", by_me(json!({ "alg": "ES256", "kid": ["a"], "typ": header["typ"] })));
    // 6. jwk, 7. jku, 8. x5u, x5c: the token brings its own key.
    let own = json!({ "alg": "ES256", "typ": header["typ"], "kid": mine.kid() });
    put("jwk", by_me(with(&own, "jwk", my_jwk.clone())));
    put("jku", by_me(with(&own, "jku", json!(format!("{canary}/jwks.json")))));
    put("x5u", by_me(with(&own, "x5u", json!(format!("{canary}/cert.pem")))));
    put("x5c", by_me(with(&own, "x5c", json!(["MIIB"]))));
    // 9. crit and what hides behind it.
    for extra in [json!(["b64"]), json!([]), json!(["exp"]), json!("x")] {
        let input = signing_input(&with(header, "crit", extra), payload);
        put("crit", format!("{input}.{}", token.signature));
    }
    let input = signing_input(&with(header, "b64", json!(false)), payload);
    put("b64 false", format!("{input}.{}", token.signature));
    // 10. Good signature, other content.
    let (raw_header, raw_payload) = (base64url(header.to_string().as_bytes()), &token.raw_payload);
    for (name, value) in
        [("sub", json!("u_somebody")), ("exp", json!(9_999_999_999_i64)), ("scope", json!("admin"))]
    {
        let edited = base64url(with(payload, name, value).to_string().as_bytes());
        put("payload edited", format!("{}.{edited}.{}", token.raw_header, token.signature));
    }
    if raw_header != token.raw_header {
        put("header edited", format!("{raw_header}.{raw_payload}.{}", token.signature));
    }
    // 11. The signature itself.
    let signature = from_base64url(&token.signature).unwrap();
    for at in [0, signature.len() / 2, signature.len() - 1] {
        let mut flipped = signature.clone();
        flipped[at] ^= 1;
        put("signature flipped", format!("{}.{raw_payload}.{}", token.raw_header, base64url(&flipped)));
    }
    put("signature cut", good[..good.len() - 4].to_owned());
    put("signature gone", format!("{}.{raw_payload}.", token.raw_header));
    put(
        "signature of zeros",
        format!("{}.{raw_payload}.{}", token.raw_header, base64url(&vec![0; signature.len()])),
    );
    put("signature padded", format!("{good}=="));
    // 12. Form.
    put("two segments", format!("{}.{raw_payload}", token.raw_header));
    put("five segments", format!("{good}.x.y"));
    put("no payload", format!("{}..{}", token.raw_header, token.signature));
    put("dots", ".".repeat(10_000));
    put("empty header", format!(".{raw_payload}.{}", token.signature));
    put("no header object", format!("{}.{raw_payload}.{}", base64url(b"[]"), token.signature));
    put("deep header", format!("{}.{raw_payload}.x", base64url("[".repeat(1_400).as_bytes())));
    let doubled = format!(r#"{{"alg":"none","alg":{}}}"#, header["alg"]);
    put("alg twice", format!("{}.{raw_payload}.{}", base64url(doubled.as_bytes()), token.signature));
    let general = json!({ "payload": raw_payload, "signatures": [{ "protected": token.raw_header, "signature": token.signature }] });
    put("JSON serialization", general.to_string());
    put("long", format!("{good}{}", "A".repeat(30_000)));
    out
}

struct Taken {
    raw_header: String,
    raw_payload: String,
    signature: String,
    header: Value,
    payload: Value,
}

impl Taken {
    fn apart(token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts[..] else { panic!("three parts: {token}") };
        let json = |text: &str| serde_json::from_slice(&from_base64url(text).unwrap()).unwrap();
        Self {
            header: json(header),
            payload: json(payload),
            raw_header: header.to_owned(),
            raw_payload: payload.to_owned(),
            signature: signature.to_owned(),
        }
    }
}

fn with(object: &Value, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[name] = value;
    object
}

fn signing_input(header: &Value, payload: &Value) -> String {
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(payload.to_string().as_bytes()))
}

/// RFC 2104, for the one forger who needs it.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let short = if key.len() > 64 { sha256(key).to_vec() } else { key.to_vec() };
    let pad = |with: u8| (0..64).map(|i| short.get(i).copied().unwrap_or(0) ^ with).collect::<Vec<u8>>();
    let inner = sha256(&[pad(0x36), message.to_vec()].concat());
    sha256(&[pad(0x5c), inner.to_vec()].concat())
}
