// The walks of npm's openid-client, with its default checks. Used on `countersign dev`, over TLS and behind nginx.
//
// A target is { issuer, user: {email, password}, redirect(client) -> URI, browser() -> Browser, resource? }.

import assert from 'node:assert/strict'
import * as jose from 'jose'
import * as oidc from 'openid-client'

const SCOPE = 'openid profile email address phone offline_access'

/** Discovers the provider as one client. */
export async function discover(target, { client_id }, authentication, metadata = {}) {
  const insecure = target.issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []
  return oidc.discovery(new URL(target.issuer), client_id, metadata, authentication, { execute: insecure })
}

/** The authorization code walk; returns the tokens, the browser and the parts that later steps need. */
export async function signIn(target, config, redirect_uri, { browser = target.browser(), par = false, scope = SCOPE, ...more } = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const request = {
    redirect_uri,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    ...more,
  }
  const url = par ? await oidc.buildAuthorizationUrlWithPAR(config, request) : oidc.buildAuthorizationUrl(config, request)
  const until = (to) => to.href.split('?')[0] === redirect_uri
  await browser.open(url.href, { until })
  const interacted = !browser.page.stopped
  const answer = interacted ? await browser.signIn(target.user, { until }) : browser.page.stopped
  const checks = { pkceCodeVerifier: verifier, expectedState: request.state, expectedNonce: request.nonce, idTokenExpected: true }
  if (more.max_age !== undefined) checks.maxAge = more.max_age
  const callback = () => (browser.page.posted ? new Request(answer, { method: 'POST', body: browser.page.posted }) : answer)
  const tokens = await oidc.authorizationCodeGrant(config, callback(), checks)
  return { tokens, browser, answer, callback, checks, interacted }
}

/** Every step of one client's life; `t` is node:test's context. */
export async function wholeLife(t, target, client, authentication, { confidential }) {
  const config = await discover(target, client, authentication)
  const redirect = target.redirect(client)
  let life, renewed

  await t.test('signs a person in with PKCE, state, nonce and iss', async () => {
    life = await signIn(target, config, redirect)
    assert.equal(life.interacted, true)
    const claims = life.tokens.claims()
    assert.equal(claims.iss, target.issuer)
    assert.equal(claims.aud, client.client_id)
    assert.ok(claims.sub.length > 8 && claims.auth_time === undefined || claims.auth_time > 0)
    assert.equal(new URL(life.answer).searchParams.get('iss'), target.issuer)
    assert.ok(life.tokens.refresh_token, 'a refresh token')
    assert.equal(life.tokens.token_type, 'bearer')
  })

  await t.test('gives an access token that any RFC 9068 validator takes', async () => {
    const keys = jose.createLocalJWKSet(await (await fetch(config.serverMetadata().jwks_uri)).json())
    const { payload, protectedHeader } = await jose.jwtVerify(life.tokens.access_token, keys, { issuer: target.issuer, typ: 'at+jwt' })
    assert.equal(payload.client_id, client.client_id)
    assert.equal(payload.sub, life.tokens.claims().sub)
    assert.equal(protectedHeader.alg, 'ES256')
    for (const claim of ['aud', 'exp', 'iat', 'jti']) assert.ok(payload[claim], claim)
  })

  await t.test('tells every standard claim at userinfo', async () => {
    const info = await oidc.fetchUserInfo(config, life.tokens.access_token, life.tokens.claims().sub)
    assert.equal(info.email, target.user.email)
    assert.equal(info.email_verified, true)
    if (target.everyClaim) {
      for (const claim of ['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture', 'website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'phone_number'])
        assert.equal(typeof info[claim], 'string', claim)
      assert.equal(typeof info.updated_at, 'number')
      assert.equal(typeof info.phone_number_verified, 'boolean')
      assert.equal(typeof info.address, 'object')
    }
  })

  await t.test('refuses the code a second time, and ends what it gave', async () => {
    const again = await signIn(target, config, redirect, { browser: life.browser })
    assert.equal(again.interacted, false, 'the session is known, nobody is asked')
    await assert.rejects(oidc.authorizationCodeGrant(config, again.callback(), again.checks), { error: 'invalid_grant' })
    await assert.rejects(oidc.refreshTokenGrant(config, again.tokens.refresh_token), { error: 'invalid_grant' })
    await assert.rejects(oidc.fetchUserInfo(config, again.tokens.access_token, again.tokens.claims().sub))
  })

  await t.test('refreshes: a new pair, the same person', async () => {
    renewed = await oidc.refreshTokenGrant(config, life.tokens.refresh_token)
    assert.notEqual(renewed.access_token, life.tokens.access_token)
    assert.notEqual(renewed.refresh_token, life.tokens.refresh_token)
    if (renewed.id_token) assert.equal(renewed.claims().sub, life.tokens.claims().sub)
    const info = await oidc.fetchUserInfo(config, renewed.access_token, life.tokens.claims().sub)
    assert.equal(info.sub, life.tokens.claims().sub)
  })

  await t.test('asks nothing with prompt=none and max_age in time, and asks again with prompt=login', async () => {
    const silent = await signIn(target, config, redirect, { browser: life.browser, prompt: 'none', max_age: 600 })
    assert.equal(silent.interacted, false)
    assert.equal(silent.tokens.claims().sub, life.tokens.claims().sub)
    assert.ok(silent.tokens.claims().auth_time > 1.7e9)
    const fresh = await signIn(target, config, redirect, { browser: life.browser, prompt: 'login' })
    assert.equal(fresh.interacted, true)
  })

  await t.test('answers by form_post', async () => {
    const posted = await signIn(target, config, redirect, { browser: life.browser, response_mode: 'form_post' }).catch((error) => error)
    if (posted instanceof Error) {
      // Without scripts the page waits for its button.
      const { browser } = life
      assert.match(browser.page.html, /<form/, posted.stack)
      const [form] = [browser.form('continue')]
      assert.equal(form.action, redirect)
      assert.ok(form.inputs.find((one) => one.name === 'code')?.value)
      assert.equal(form.inputs.find((one) => one.name === 'iss')?.value, target.issuer)
    }
  })

  if (confidential) {
    await t.test('pushes its request first (RFC 9126)', async () => {
      const pushed = await signIn(target, config, redirect, { browser: life.browser, par: true })
      assert.equal(pushed.tokens.claims().sub, life.tokens.claims().sub)
    })

    await t.test('introspects its own token', async () => {
      const active = await oidc.tokenIntrospection(config, renewed.access_token)
      assert.equal(active.active, true)
      assert.equal(active.client_id, client.client_id)
      const forged = renewed.access_token.replace(/.{6}$/, 'AAAAAA')
      assert.deepEqual(await oidc.tokenIntrospection(config, forged), { active: false })
    })
  }

  await t.test('revokes: the grant has ended everywhere', async () => {
    await oidc.tokenRevocation(config, renewed.refresh_token)
    await assert.rejects(oidc.refreshTokenGrant(config, renewed.refresh_token), { error: 'invalid_grant' })
    await assert.rejects(oidc.fetchUserInfo(config, renewed.access_token, life.tokens.claims().sub))
    if (confidential) assert.equal((await oidc.tokenIntrospection(config, renewed.access_token)).active, false)
  })

  await t.test('signs out by its id_token, and the next prompt=none wants a login', async () => {
    const last = await signIn(target, config, redirect, { browser: life.browser })
    const parameters = { id_token_hint: last.tokens.id_token, state: 'bye' }
    const back = client.post_logout_redirect_uris?.[0]
    if (back) parameters.post_logout_redirect_uri = back
    await life.browser.open(oidc.buildEndSessionUrl(config, parameters).href, { until: (to) => Boolean(back) && to.href.startsWith(back) })
    if (back) assert.equal(life.browser.page.stopped.searchParams.get('state'), 'bye')
    else assert.equal(life.browser.page.status, 200)
    await assert.rejects(signIn(target, config, redirect, { browser: life.browser, prompt: 'none' }), { error: 'login_required' })
  })
}

/** Service tokens: no person, no refresh token, the resource as audience. */
export async function serviceToken(target, client, authentication, parameters = {}) {
  const config = await discover(target, client, authentication)
  const tokens = await oidc.clientCredentialsGrant(config, parameters)
  const keys = jose.createLocalJWKSet(await (await fetch(config.serverMetadata().jwks_uri)).json())
  const { payload } = await jose.jwtVerify(tokens.access_token, keys, { issuer: target.issuer, typ: 'at+jwt' })
  assert.equal(payload.sub, client.client_id)
  assert.equal(tokens.refresh_token, undefined)
  assert.equal(tokens.id_token, undefined)
  if (parameters.resource) assert.ok([payload.aud].flat().includes(parameters.resource))
  return { config, tokens, payload }
}
