// npm oidc-provider as an upstream: `countersign serve` signs people in with a provider that we did not write.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import Provider from 'oidc-provider'
import { Browser } from '../lib/browser.mjs'
import { answering, binary, freePort } from '../lib/server.mjs'

const SECRET = randomBytes(24).toString('hex')

/** Who is at the keyboard upstream; `undefined` says no. */
let who = 'kim'

const people = {
  kim: { email: 'kim@example.net', email_verified: true, name: 'Kim Lind' },
  anna: { email: 'anna@example.com', email_verified: true, name: 'Anna Muster' },
  robin: { email: 'robin@example.net', email_verified: false, name: 'Robin Falk' },
}

/** The upstream: its own checks, its own claims, and nobody to click. */
async function upstream(port, clients) {
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients,
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/pick/${interaction.uid}` },
    pkce: { required: () => true },
    findAccount: (_, sub) => ({ accountId: sub, claims: async () => ({ sub, ...people[sub] }) }),
  })
  const callback = provider.callback()
  const server = createServer(async (request, response) => {
    if (!request.url.startsWith('/pick/')) return callback(request, response)
    const { prompt, params, session } = await provider.interactionDetails(request, response)
    if (!who) return provider.interactionFinished(request, response, { error: 'access_denied' })
    if (prompt.name === 'login') return provider.interactionFinished(request, response, { login: { accountId: who } })
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
    grant.addOIDCScope(params.scope)
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

describe('oidc-provider (npm) as an upstream', () => {
  let folder, child, server, issuer, origin
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-upstream-'))
    const [own, other] = [await freePort(), await freePort()]
    ;[issuer, origin] = [`http://localhost:${own}`, `http://127.0.0.1:${other}`]
    const at = (name) => [`${issuer}/login/provider/${name}/callback`]
    server = await upstream(other, [
      { client_id: 'post', client_secret: SECRET, redirect_uris: at('post'), token_endpoint_auth_method: 'client_secret_post' },
      { client_id: 'basic', client_secret: SECRET, redirect_uris: at('basic') },
      { client_id: 'none', redirect_uris: at('none'), token_endpoint_auth_method: 'none' },
    ])
    const section = (name, auth, secret) =>
      `[[provider]]\nname = "${name}"\nkind = "oidc"\nlabel = "Other house, ${name}"\nissuer = "${origin}"\nclient_id = "${name}"\n` +
      `token_endpoint_auth_method = "${auth}"\ntrust_email = "flag"\n${secret ? 'client_secret_file = "secret"\n' : ''}`
    const files = {
      'master.key': randomBytes(32).toString('hex'),
      secret: SECRET,
      password: 'four calm otters hum',
      'countersign.toml': [
        'version = 1',
        `issuer = "${issuer}"`,
        `listen = "127.0.0.1:${own}"`,
        'master_key_file = "master.key"',
        `[outbound]\nallow = ["127.0.0.1:${other}"]`,
        section('post', 'client_secret_post', true),
        section('basic', 'client_secret_basic', true),
        section('none', 'none', false),
        '[[user]]\nemail = "anna@example.com"\nemail_verified = true\npassword_file = "password"\nname = "Anna Example"',
      ].join('\n'),
    }
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text)
      await chmod(join(folder, name), 0o600)
    }
    child = spawn(binary(), ['serve', '--config', join(folder, 'countersign.toml')], { cwd: folder, stdio: 'ignore' })
    await answering(`${issuer}/health/live`, child)
  })
  after(async () => {
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
    }
    server?.closeAllConnections()
    await new Promise((resolve) => (server ? server.close(resolve) : resolve()))
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  /** Presses the button of a provider: through the upstream and back, as far as it goes. */
  async function press(browser, name) {
    await browser.open(`${issuer}/login`)
    const [, href] = browser.page.html.match(new RegExp(`id="provider-${name}" href="([^"]+)"`)) ?? assert.fail(browser.where())
    await browser.open(new URL(href.replaceAll('&amp;', '&'), issuer).href)
  }

  for (const name of ['post', 'basic', 'none'])
    test(`signs somebody in by ${name}`, async () => {
      who = 'kim'
      const browser = new Browser()
      await press(browser, name)
      // The first makes an account; the others find it by its address and ask.
      if (name === 'post') assert.ok(browser.page.url.startsWith(`${issuer}/account`), browser.where())
      else assert.ok(browser.has('not-now'), browser.where())
      const again = new Browser()
      await press(again, 'post')
      assert.match(again.page.html, /kim@example\.net/)
    })

  test('an address that both have proved is linked after the password, and not before', async () => {
    who = 'anna'
    const browser = new Browser()
    await press(browser, 'post')
    assert.ok(browser.has('not-now'), browser.where())
    await browser.submit({}, 'continue')
    await browser.submit({ password: 'four calm otters hum' }, 'continue')
    assert.ok(browser.page.url.startsWith(`${issuer}/account`), browser.where())
    const again = new Browser()
    await press(again, 'post')
    assert.match(again.page.html, /Anna Example/)
  })

  test('an address that is not proved is confirmed first', async () => {
    who = 'robin'
    const browser = new Browser()
    await press(browser, 'basic')
    assert.ok(browser.has('code'), browser.where())
  })

  test('who says no there finds the other ways in here', async () => {
    who = undefined
    const browser = new Browser()
    await press(browser, 'post')
    assert.equal(browser.page.status, 422)
    assert.ok(browser.has('identifier') && browser.has('provider-basic'), browser.where())
    assert.ok(!browser.page.url.includes('code='))
  })
})
