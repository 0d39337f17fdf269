// npm openid-client against `countersign dev`: a public client, a confidential one, keys instead of secrets.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as oidc from 'openid-client'
import { devTarget, privateKey } from './dev_target.mjs'
import { discover, serviceToken, signIn, wholeLife } from './openid_client.mjs'

describe('openid-client', () => {
  let target
  before(async () => {
    target = await devTarget()
  })
  after(() => target?.server.stop())

  test('a public client lives its whole life', (t) =>
    wholeLife(t, target, target.server.client('public'), oidc.None(), { confidential: false }))

  test('a confidential client lives its whole life', (t) => {
    const client = target.server.client('confidential')
    return wholeLife(t, target, client, oidc.ClientSecretBasic(client.client_secret), { confidential: true })
  })

  test('client_secret_post lives its whole life', (t) => {
    const client = target.server.client('client_secret_post')
    return wholeLife(t, target, client, oidc.ClientSecretPost(client.client_secret), { confidential: true })
  })

  test('private_key_jwt signs a person in and gets service tokens', async () => {
    const client = target.server.client('private_key_jwt')
    const key = await privateKey(client)
    const config = await discover(target, client, oidc.PrivateKeyJwt(key))
    const { tokens } = await signIn(target, config, target.redirect(client))
    assert.equal(tokens.claims().aud, client.client_id)
    await serviceToken(target, client, oidc.PrivateKeyJwt(key))
  })

  test('a confidential client gets service tokens for a resource', async () => {
    const client = target.server.client('confidential')
    const [resource] = target.resources
    const { config, tokens } = await serviceToken(target, client, oidc.ClientSecretBasic(client.client_secret), { resource })
    await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck))
    await oidc.tokenRevocation(config, tokens.access_token)
    assert.equal((await oidc.tokenIntrospection(config, tokens.access_token)).active, false)
  })

  test('a wrong secret is refused with 401 and a challenge', async () => {
    const client = target.server.client('confidential')
    const config = await discover(target, client, oidc.ClientSecretBasic('not the secret at all'))
    await assert.rejects(oidc.clientCredentialsGrant(config), (error) => error.status === 401 || error.cause?.status === 401 || /401|challenge/i.test(String(error.cause ?? error)))
  })

  test('a third-party app is told no when the person says no', async () => {
    const client = target.server.clients.find((one) => one.first_party === false && one.redirect_uris.length > 0)
    assert.ok(client, 'countersign dev has a third-party client')
    const config = await discover(target, client, client.client_secret ? oidc.ClientSecretBasic(client.client_secret) : oidc.None())
    const redirect_uri = target.redirect(client)
    const verifier = oidc.randomPKCECodeVerifier()
    const state = oidc.randomState()
    const url = oidc.buildAuthorizationUrl(config, { redirect_uri, scope: 'openid email', state, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' })
    const browser = target.browser()
    const until = (to) => to.href.split('?')[0] === redirect_uri
    await browser.open(url.href, { until })
    const answer = await browser.signIn(target.user, { until, consent: 'deny' })
    await assert.rejects(oidc.authorizationCodeGrant(config, answer, { pkceCodeVerifier: verifier, expectedState: state }), { error: 'access_denied' })
  })
})
