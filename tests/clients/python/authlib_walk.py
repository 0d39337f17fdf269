"""PyPI authlib against `countersign dev`, with its default checks.

Started by authlib.test.mjs, which keeps the browser: this side prints one JSON line whenever it wants something
(`{"open": URL}`, `{"done": {...}}`, `{"failed": text}`) and reads the answer (the redirect as the app got it) from stdin.
"""

import json
import sys
import traceback

import httpx
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken, UserInfo
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry


def say(**message):
    print(json.dumps(message), flush=True)


def browse(url):
    say(open=url)
    return json.loads(sys.stdin.readline())["answer"]


def session(issuer, client, redirect_uri, **more):
    meta = httpx.get(f"{issuer}/.well-known/openid-configuration").raise_for_status().json()
    kind = client["token_endpoint_auth_method"]
    if kind == "private_key_jwt":
        key = ECKey.import_key(client["private_key_pem"])
        method = PrivateKeyJWT(meta["token_endpoint"], alg="ES256", headers={"kid": client["private_key_kid"]})
        secret = key
    else:
        method, secret = kind, client.get("client_secret")
    return meta, OAuth2Client(client["client_id"], secret, token_endpoint_auth_method=method, revocation_endpoint_auth_method=method,
                              redirect_uri=redirect_uri, **more)


def check_id_token(meta, client, token, nonce):
    """As authlib's own integrations check it."""
    keys = KeySet.import_key_set(httpx.get(meta["jwks_uri"]).json())
    algorithms = meta["id_token_signing_alg_values_supported"]
    decoded = jwt.decode(token["id_token"], key=keys, registry=JWSRegistry(algorithms=algorithms, strict_check_header=False))
    claims = CodeIDToken(decoded.claims, decoded.header, {"iss": {"values": [meta["issuer"]]}},
                         {"nonce": nonce, "client_id": client["client_id"], "access_token": token["access_token"]})
    claims.validate(leeway=5)
    return claims


def person(issuer, client, redirect_uri, pkce):
    """Sign-in, userinfo, refresh, introspection, revocation."""
    meta, oauth = session(issuer, client, redirect_uri, scope="openid profile email offline_access",
                          **({"code_challenge_method": "S256"} if pkce else {}))
    nonce = "n-0S6_WzA2Mj"
    verifier = {"code_verifier": "correct-horse-battery-staple-correct-horse-battery"} if pkce else {}
    url, state = oauth.create_authorization_url(meta["authorization_endpoint"], nonce=nonce, **verifier)
    answer = browse(url)
    token = oauth.fetch_token(meta["token_endpoint"], authorization_response=answer, state=state, **verifier)
    claims = check_id_token(meta, client, token, nonce)

    info = UserInfo(oauth.get(meta["userinfo_endpoint"]).raise_for_status().json())
    assert info.sub == claims["sub"], "userinfo is about somebody else"

    first = token["access_token"]
    renewed = oauth.refresh_token(meta["token_endpoint"], refresh_token=token["refresh_token"])
    assert renewed["access_token"] != first

    active = oauth.introspect_token(meta["introspection_endpoint"], token=renewed["access_token"]).json()
    assert active["active"] is True, active

    oauth.revoke_token(meta["revocation_endpoint"], token=renewed["refresh_token"]).raise_for_status()
    dead = oauth.introspect_token(meta["introspection_endpoint"], token=renewed["access_token"]).json()
    assert dead == {"active": False}, dead
    return {"email": info.email, "sub": claims["sub"], "scope": token["scope"]}


def service(issuer, client):
    """client_credentials."""
    meta, oauth = session(issuer, client, None)
    token = oauth.fetch_token(meta["token_endpoint"], grant_type="client_credentials")
    assert "refresh_token" not in token and "id_token" not in token, sorted(token)
    return {"token_type": token["token_type"], "expires_in": token["expires_in"]}


def main():
    asked = json.loads(sys.stdin.readline())
    try:
        if asked["walk"] == "person":
            say(done=person(asked["issuer"], asked["client"], asked["redirect_uri"], asked["pkce"]))
        else:
            say(done=service(asked["issuer"], asked["client"]))
    except Exception:  # the caller prints it
        say(failed=traceback.format_exc())


main()
