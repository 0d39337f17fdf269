// RFC 8628 as foreign programs do it: npm's openid-client with its default checks, and the commands of docs/apps.md.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import * as oidc from 'openid-client'
import { devTarget } from './dev_target.mjs'
import { discover } from './openid_client.mjs'

/** What a person does: opens the address, compares the code, signs in, answers. */
async function answer(target, address, code, button) {
  const browser = target.browser()
  await browser.open(address)
  await browser.submit({ code }, 'continue')
  for (let steps = 0; steps < 4 && !browser.has('allow'); steps++) {
    if (browser.has('password')) await browser.submit({ password: target.user.password }, 'continue')
    else await browser.submit({ identifier: target.user.email }, 'continue')
  }
  assert.ok(browser.page.html.includes('Demo television') && browser.page.html.includes(code), browser.where())
  await browser.submit({}, button)
  return browser
}

describe('a device without a browser', () => {
  let target, config
  before(async () => {
    target = await devTarget()
    config = await discover(target, target.server.client('demo-device'), oidc.None())
  })
  after(() => target?.server.stop())

  test('openid-client waits, and has its tokens once somebody allowed it', async () => {
    assert.equal(config.serverMetadata().device_authorization_endpoint, `${target.issuer}/device_authorization`)
    const [resource] = target.resources
    const told = await oidc.initiateDeviceAuthorization(config, { scope: 'openid email offline_access api:read', resource })
    assert.match(told.user_code, /^[A-Z]{4}-[A-Z]{4}$/)
    const polling = oidc.pollDeviceAuthorizationGrant(config, told)
    const browser = await answer(target, told.verification_uri, told.user_code, 'allow')
    assert.equal(browser.page.status, 200)
    const tokens = await polling
    const claims = tokens.claims()
    assert.equal(claims.aud, 'demo-device')
    assert.ok(claims.auth_time > 1.7e9 && claims.acr === '1')
    const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
    assert.equal(info.email, target.user.email)
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token)
    await oidc.tokenRevocation(config, renewed.refresh_token)
    await assert.rejects(oidc.fetchUserInfo(config, renewed.access_token, claims.sub))
    // The account page knows it by its name.
    const again = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' })
    const second = oidc.pollDeviceAuthorizationGrant(config, again)
    await browser.open(again.verification_uri_complete)
    await browser.submit({}, 'continue')
    await browser.submit({}, 'allow')
    await second
    for (const page of ['/account/apps', '/account/sessions']) {
      await browser.open(`${target.issuer}${page}`)
      assert.ok(browser.page.html.includes('Demo television'), page)
    }
  })

  test('openid-client hears that somebody said no', async () => {
    const told = await oidc.initiateDeviceAuthorization(config, { scope: 'openid' })
    const polling = oidc.pollDeviceAuthorizationGrant(config, told)
    const refused = assert.rejects(polling, { error: 'access_denied' })
    await answer(target, told.verification_uri_complete, told.user_code, 'deny')
    await refused
  })

  test('the commands of the documentation work as they stand', async () => {
    const page = readFileSync(new URL('../../docs/apps.md', import.meta.url), 'utf8')
    const block = page.split('## Command lines and televisions')[1].match(/```sh\n([^]*?)```/)[1]
    const commands = block.replaceAll('\\\n', ' ').trim().split('\n')
    assert.equal(commands.length, 2)
    const run = (command, env) => JSON.parse(execFileSync('sh', ['-c', command], { env: { ...process.env, ...env }, encoding: 'utf8' }))
    const told = run(commands[0], { ISSUER: target.issuer })
    const ask = () => run(commands[1], { ISSUER: target.issuer, DEVICE_CODE: told.device_code })
    assert.equal(ask().error, 'authorization_pending')
    await answer(target, told.verification_uri, told.user_code, 'allow')
    const tokens = ask()
    assert.ok(tokens.access_token && tokens.id_token && tokens.refresh_token, JSON.stringify(Object.keys(tokens)))
    assert.equal(ask().error, 'invalid_grant')
  })
})
