// npm oauth4webapi against `countersign dev`: in Node, and inside a Chromium page of another origin.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import { chromium, signInPage } from '../lib/chromium.mjs'
import { devTarget, privateKey } from './dev_target.mjs'
import { begin, discover, discoverOAuth2, finish } from './oauth4webapi_walk.mjs'

const insecure = { [oauth.allowInsecureRequests]: true }

describe('oauth4webapi', () => {
  let target
  before(async () => {
    target = await devTarget()
  })
  after(() => target?.server.stop())

  async function walk(named, authentication) {
    const as = await discover(target.issuer)
    const client = { client_id: named.client_id }
    const { url, kept } = await begin(as, client, target.redirect(named))
    const browser = target.browser()
    const until = (to) => to.href.split('?')[0] === kept.redirect_uri
    await browser.open(url.href, { until })
    const answer = await browser.signIn(target.user, { until })
    return finish(as, client, authentication, kept, answer)
  }

  test('both discovery documents name the same server', async () => {
    const [openid, oauth2] = [await discover(target.issuer), await discoverOAuth2(target.issuer)]
    for (const name of ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'revocation_endpoint', 'introspection_endpoint', 'pushed_authorization_request_endpoint'])
      assert.equal(oauth2[name], openid[name], name)
    assert.equal(openid.authorization_response_iss_parameter_supported, true)
    assert.deepEqual(openid.code_challenge_methods_supported, ['S256'])
  })

  test('a public client: sign-in, userinfo, refresh, revocation', async () => {
    const seen = await walk(target.server.client('public'), oauth.None())
    assert.equal(seen.info.email, target.user.email)
    assert.deepEqual(seen.afterRevocation, [400, 401])
  })

  test('a confidential client: sign-in, userinfo, refresh, revocation', async () => {
    const client = target.server.client('confidential')
    const seen = await walk(client, oauth.ClientSecretBasic(client.client_secret))
    assert.equal(seen.info.sub, seen.claims.sub)
    assert.deepEqual(seen.afterRevocation, [400, 401])
  })

  test('private_key_jwt gets service tokens, and the same assertion a second time gets none', async () => {
    const as = await discover(target.issuer)
    const named = target.server.client('private_key_jwt')
    const key = await privateKey(named)
    const client = { client_id: named.client_id }
    const bodies = []
    const spy = { ...insecure, [oauth.customFetch]: (url, init) => (bodies.push(String(init.body)), fetch(url, init)) }
    const response = await oauth.clientCredentialsGrantRequest(as, client, oauth.PrivateKeyJwt(key), {}, spy)
    const tokens = await oauth.processClientCredentialsResponse(as, client, response)
    assert.ok(tokens.access_token)
    const replayed = await fetch(as.token_endpoint, { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: bodies[0] })
    assert.ok([400, 401].includes(replayed.status), String(replayed.status))
    assert.equal((await replayed.json()).error, 'invalid_client')
  })

  test('an assertion is the grant, and a service acts for a person at the next one', async () => {
    const as = await discover(target.issuer)
    const named = target.server.client('private_key_jwt')
    const { key, kid } = await privateKey(named)
    const assertion = await new jose.SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(named.client_id)
      .setSubject(named.client_id)
      .setAudience(as.issuer)
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(key)
    const bearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
    const signer = { client_id: named.client_id }
    const asked = await oauth.genericTokenEndpointRequest(as, signer, oauth.None(), bearer, { assertion }, insecure)
    const own = await oauth.processGenericTokenEndpointResponse(as, signer, asked)
    assert.equal(jose.decodeJwt(own.access_token).sub, named.client_id)

    const app = target.server.client('public')
    const { url, kept } = await begin(as, app, target.redirect(app), { scope: 'openid api:read' })
    const browser = target.browser()
    const until = (to) => to.href.split('?')[0] === kept.redirect_uri
    await browser.open(url.href, { until })
    const parameters = oauth.validateAuthResponse(as, app, await browser.signIn(target.user, { until }), kept.state)
    const code = await oauth.authorizationCodeGrantRequest(as, app, oauth.None(), parameters, kept.redirect_uri, kept.verifier, insecure)
    const seen = await oauth.processAuthorizationCodeResponse(as, app, code, { expectedNonce: kept.nonce })
    const by = (client_id) => [{ client_id }, oauth.ClientSecretBasic(target.server.client(client_id).client_secret)]
    const [service, serviceAuth] = by('demo-service')
    const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
    const subject = { subject_token: seen.access_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }
    const exchanged = await oauth.genericTokenEndpointRequest(as, service, serviceAuth, exchange, subject, insecure)
    const made = await oauth.processGenericTokenEndpointResponse(as, service, exchanged)
    assert.equal(made.issued_token_type, subject.subject_token_type)
    const claims = jose.decodeJwt(made.access_token)
    assert.deepEqual([claims.act, claims.aud], [{ sub: 'demo-service' }, target.resources[1]])

    // RFC 9701: asked for, checked and read by the library.
    const [reader, readerAuth] = by('demo-confidential')
    const signed = await oauth.introspectionRequest(as, reader, readerAuth, made.access_token, { ...insecure, requestJwtResponse: true })
    assert.equal(signed.headers.get('content-type'), 'application/token-introspection+jwt')
    const told = await oauth.processIntrospectionResponse(as, reader, signed)
    await oauth.validateApplicationLevelSignature(as, signed, insecure)
    assert.deepEqual([told.active, told.act, told.sub], [true, { sub: 'demo-service' }, claims.sub])
  })

  test('a page of another origin signs in, refreshes and revokes, by CORS', { timeout: 120_000 }, async () => {
    const { client_id, redirect_uris } = target.server.client('public')
    const callback = new URL(redirect_uris[0]).pathname
    const app = await singlePageApp({ issuer: target.issuer, client_id, callback })
    const browser = await chromium()
    try {
      const page = await (await browser.newContext()).newPage()
      const complaints = []
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      await page.goto(app.url)
      await page.locator('#identifier').waitFor()
      await signInPage(page, target.user, (url) => url.origin === new URL(app.url).origin && url.pathname === callback)
      const seen = JSON.parse(await page.locator('#seen[data-done]').textContent({ timeout: 20_000 }))
      assert.equal(seen.error, undefined, JSON.stringify([seen, complaints]))
      assert.equal(seen.info.email, target.user.email)
      assert.deepEqual(seen.afterRevocation, [400, 401])

      // The same page on an origin that is not the client's may read no answer of the token endpoint.
      const foreign = await page.evaluate(async (endpoint) => {
        try {
          const frame = document.createElement('iframe')
          frame.sandbox = 'allow-scripts'
          frame.srcdoc = `<script>fetch(${JSON.stringify(endpoint)}, { method: 'POST', body: new URLSearchParams({ a: 1 }) }).then(() => 'read', () => 'blocked').then((it) => parent.postMessage(it, '*'))</script>`
          const told = new Promise((resolve) => addEventListener('message', (event) => resolve(event.data), { once: true }))
          document.body.append(frame)
          return await told
        } catch (error) {
          return String(error)
        }
      }, `${target.issuer}/token`)
      assert.equal(foreign, 'blocked')
    } finally {
      await browser.close()
      app.close()
    }
  })
})

/** An app without a server: static files on its own origin, every protocol step inside the page. */
async function singlePageApp({ issuer, client_id, callback }) {
  const library = await readFile(new URL('../node_modules/oauth4webapi/build/index.js', import.meta.url))
  const walk = await readFile(new URL('./oauth4webapi_walk.mjs', import.meta.url))
  const page = `<!doctype html><html lang="en"><title>App</title>
<script type="importmap">{"imports":{"oauth4webapi":"/oauth4webapi.js"}}</script>
<pre id="seen"></pre>
<script type="module">
import * as oauth from 'oauth4webapi'
import { begin, discover, finish } from '/walk.mjs'
const [issuer, client_id] = ${JSON.stringify([issuer, client_id])}
const show = (it) => { const seen = document.querySelector('#seen'); seen.textContent = JSON.stringify(it); seen.dataset.done = '' }
try {
  const as = await discover(issuer)
  const here = new URL(location.href)
  if (here.pathname === ${JSON.stringify(callback)}) {
    const kept = JSON.parse(sessionStorage.kept)
    show(await finish(as, { client_id }, oauth.None(), kept, here))
  } else {
    const { url, kept } = await begin(as, { client_id }, location.origin + ${JSON.stringify(callback)})
    sessionStorage.kept = JSON.stringify(kept)
    location.assign(url)
  }
} catch (error) { show({ error: String(error), cause: String(error.cause ?? '') }) }
</script></html>`
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://app')
    if (pathname === '/favicon.ico') return response.writeHead(204).end()
    const module = { '/oauth4webapi.js': library, '/walk.mjs': walk }[pathname]
    response.writeHead(200, { 'content-type': module ? 'text/javascript' : 'text/html; charset=utf-8' })
    response.end(module ?? page)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }
}
