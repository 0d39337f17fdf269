// OpenID Connect Back-Channel Logout 1.0, judged from outside: an app on npm's openid-client and jose hears that a session
// has ended, from a `countersign serve` as an operator would configure it.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import * as jose from 'jose'
import * as oidc from 'openid-client'
import { Browser } from '../lib/browser.mjs'
import { answering, binary, freePort } from '../lib/server.mjs'
import { discover, signIn } from './openid_client.mjs'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const PERSON = { email: 'anna@example.com', password: 'four calm otters hum' }

/** The app's half: takes logout tokens as Back-Channel Logout 2.6 says, and keeps what it took. */
async function app() {
  const taken = []
  let check
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (data) => (body += data))
    request.on('end', async () => {
      try {
        assert.equal(request.method, 'POST')
        assert.equal(request.headers['content-type'], 'application/x-www-form-urlencoded')
        taken.push({ at: Date.now(), ...(await check(new URLSearchParams(body).get('logout_token'))) })
        response.writeHead(200, { 'cache-control': 'no-store' }).end()
      } catch (error) {
        taken.push({ error })
        response.writeHead(400).end()
      }
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const heard = async (times) => {
    for (let waited = 0; taken.length < times && waited < 10_000; waited += 20) await new Promise((resolve) => setTimeout(resolve, 20))
    return taken
  }
  return { port: server.address().port, heard, verifyBy: (by) => (check = by), stop: () => server.close() }
}

describe('an app hears that a session has ended', () => {
  let folder, server, target, config, listening
  const client = { client_id: 'planner' }
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-backchannel-'))
    listening = await app()
    const [port, callback] = [await freePort(), await freePort()]
    const issuer = `http://localhost:${port}`
    for (const [name, text] of [
      ['master.key', randomBytes(32).toString('hex')],
      ['password', PERSON.password],
      [
        'countersign.toml',
        `version = 1
issuer = "${issuer}"
listen = "127.0.0.1:${port}"
database = "sqlite:countersign.db"
master_key_file = "master.key"
[outbound]
allow = ["127.0.0.1:${listening.port}"]
[[client]]
client_id = "planner"
token_endpoint_auth_method = "none"
application_type = "native"
redirect_uris = ["http://127.0.0.1/callback"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile email address phone offline_access"
first_party = true
backchannel_logout_uri = "http://127.0.0.1:${listening.port}/out"
[[user]]
email = "${PERSON.email}"
email_verified = true
password_file = "password"
`,
      ],
    ]) {
      await writeFile(join(folder, name), text)
      await chmod(join(folder, name), 0o600)
    }
    server = spawn(binary(), ['serve', '--config', join(folder, 'countersign.toml')], { cwd: folder, stdio: 'ignore' })
    await answering(`${issuer}/.well-known/openid-configuration`, server)
    const redirect = `http://127.0.0.1:${callback}/callback`
    target = { issuer, user: PERSON, redirect: () => redirect, browser: () => new Browser() }
    config = await discover(target, client, oidc.None())
    const keys = jose.createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri))
    listening.verifyBy((token) => jose.jwtVerify(token, keys, { issuer, audience: client.client_id, typ: 'logout+jwt', maxTokenAge: '2m', requiredClaims: ['iat', 'exp', 'jti', 'events'] }))
  })
  after(async () => {
    server?.kill('SIGTERM')
    listening?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  test('discovery says so', () => {
    assert.equal(config.serverMetadata().backchannel_logout_supported, true)
    assert.equal(config.serverMetadata().backchannel_logout_session_supported, true)
  })

  test('from the app itself, and from an operator: a token that verifies, within a second', async () => {
    const command = (...line) => promisify(execFile)(binary(), [...line, '--json', '--config', join(folder, 'countersign.toml')])
    const ends = [
      ({ browser, tokens }) => browser.open(oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token }).href),
      () => command('session', 'end', '--user', PERSON.email),
    ]
    for (const [n, end] of ends.entries()) {
      const life = await signIn(target, config, target.redirect())
      const { sid, sub } = life.tokens.claims()
      await end(life)
      const ended = Date.now()
      const last = (await listening.heard(n + 1))[n]
      assert.ok(last && !last.error, last?.error ?? 'nothing was heard')
      assert.ok(last.at - ended < 1000, `${last.at - ended} ms`)
      assert.equal(last.protectedHeader.alg, 'RS256')
      assert.deepEqual(last.payload.events, { [EVENT]: {} })
      assert.deepEqual([last.payload.sid, last.payload.sub], [sid, sub])
      assert.equal(last.payload.nonce, undefined)
    }
    await new Promise((resolve) => setTimeout(resolve, 1500))
    assert.equal((await listening.heard(2)).length, 2, 'each end is told once')
  })
})
