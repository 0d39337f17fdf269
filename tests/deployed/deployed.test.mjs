// A real configuration: TLS by the server itself, and an issuer with a path behind nginx (on PostgreSQL where
// COUNTERSIGN_TEST_POSTGRES names one). Foreign clients live their whole lives there too.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as oidc from 'openid-client'
import { wholeLife } from '../clients/openid_client.mjs'
import { discover, discoverOAuth2 } from '../clients/oauth4webapi_walk.mjs'
import { chromium } from '../lib/chromium.mjs'
import { serve } from '../lib/serve.mjs'

const places = [
  { name: 'TLS by the server', at: 'tls' },
  { name: 'behind nginx, with a path', at: 'proxy', path: '/identity-backend', database: process.env.COUNTERSIGN_TEST_POSTGRES },
]

for (const { name, ...place } of places)
  describe(name, () => {
    let target
    before(async () => {
      target = await serve(place)
    })
    after(() => target?.stop())

    test('a public client lives its whole life', (t) => wholeLife(t, target, target.client('public'), oidc.None(), { confidential: false }))

    test('a confidential client lives its whole life', (t) => {
      const client = target.client('confidential')
      return wholeLife(t, target, client, oidc.ClientSecretBasic(client.client_secret), { confidential: true })
    })

    test('both discovery rules find the issuer, and every address is below it', async () => {
      const [openid, oauth2] = [await discover(target.issuer), await discoverOAuth2(target.issuer)]
      assert.equal(oauth2.issuer, openid.issuer)
      for (const [member, value] of Object.entries(openid))
        if (/(_endpoint|_uri)$/.test(member)) assert.ok(String(value).startsWith(`${target.issuer}/`), `${member}: ${value}`)
    })

    test('cookies are __Host-, Secure and HttpOnly, and HTTPS is remembered', async () => {
      const browser = target.browser()
      await browser.open(`${target.issuer}/account`)
      assert.ok(browser.cookies.length > 0)
      for (const cookie of browser.cookies) {
        assert.match(cookie.name, /^__Host-/)
        assert.ok(cookie.secure && cookie.httpOnly && cookie.path === '/' && cookie.sameSite === 'lax', JSON.stringify(cookie))
      }
      assert.match(browser.page.headers['strict-transport-security'], /max-age=\d{7,}/)
    })

    test('nothing of countersign dev is there', async () => {
      for (const path of ['/dev', '/dev/inbox', '/dev/inbox.json', '/dev/flows']) assert.equal((await fetch(target.issuer + path)).status, 404, path)
      assert.equal((await fetch(`${target.issuer}/dev/clock`, { method: 'POST', body: '{"advance":"1m"}' })).status, 404)
    })

    test('a real browser signs in to the account page', { timeout: 60_000 }, async () => {
      const browser = await chromium()
      try {
        const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
        const complaints = []
        page.on('console', (message) => /Content[- ]Security[- ]Policy/i.test(message.text()) && complaints.push(message.text()))
        await page.goto(`${target.issuer}/account`)
        await page.locator('#identifier').waitFor()
        await page.fill('#identifier', target.user.email)
        await page.click('#continue')
        await page.locator('#password').waitFor()
        await page.fill('#password', target.user.password)
        await page.click('#continue')
        await page.locator('#nav-profile').waitFor()
        assert.ok(page.url().startsWith(`${target.issuer}/account`))
        assert.deepEqual(complaints, [])
      } finally {
        await browser.close()
      }
    })
  })
