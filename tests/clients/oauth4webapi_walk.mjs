// The walk of npm's oauth4webapi, with its default checks. Pure web APIs: the same file runs in Node and in a page.

import * as oauth from 'oauth4webapi'

const insecure = { [oauth.allowInsecureRequests]: true }

export async function discover(issuer) {
  const url = new URL(issuer)
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, insecure))
}

/** RFC 8414's path rule finds the same server. */
export async function discoverOAuth2(issuer) {
  const url = new URL(issuer)
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { ...insecure, algorithm: 'oauth2' }))
}

/** What a client keeps while the person is away. */
export async function begin(as, client, redirect_uri, more = {}) {
  const kept = { verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), redirect_uri }
  const url = new URL(as.authorization_endpoint)
  const request = {
    client_id: client.client_id,
    redirect_uri,
    response_type: 'code',
    scope: 'openid email offline_access',
    code_challenge: await oauth.calculatePKCECodeChallenge(kept.verifier),
    code_challenge_method: 'S256',
    state: kept.state,
    nonce: kept.nonce,
    ...more,
  }
  for (const [name, value] of Object.entries(request)) url.searchParams.set(name, value)
  return { url, kept }
}

/** The way back: code, tokens with a checked signature, userinfo, refresh, revocation. Returns what was seen. */
export async function finish(as, client, authentication, kept, answer) {
  const parameters = oauth.validateAuthResponse(as, client, answer, kept.state)
  const response = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters, kept.redirect_uri, kept.verifier, insecure)
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: kept.nonce, requireIdToken: true })
  await oauth.validateApplicationLevelSignature(as, response, insecure)
  const claims = oauth.getValidatedIdTokenClaims(tokens)

  const info = await oauth.processUserInfoResponse(as, client, claims.sub, await oauth.userInfoRequest(as, client, tokens.access_token, insecure))

  const renewed = await oauth.processRefreshTokenResponse(as, client, await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, insecure))

  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, renewed.refresh_token, insecure))
  const dead = await oauth.refreshTokenGrantRequest(as, client, authentication, renewed.refresh_token, insecure)
  const gone = await oauth.userInfoRequest(as, client, renewed.access_token, insecure)
  return { claims, info, tokens, renewed, afterRevocation: [dead.status, gone.status] }
}
