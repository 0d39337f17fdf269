// The Rust crate openidconnect against `countersign dev`.
// COUNTERSIGN_JUDGE names the binary built from clients/rust (scripts/test builds it).

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { walk } from '../lib/walker.mjs'
import { devTarget } from './dev_target.mjs'

describe('openidconnect (Rust)', () => {
  let target
  before(async () => {
    assert.ok(process.env.COUNTERSIGN_JUDGE, 'COUNTERSIGN_JUDGE is set')
    target = await devTarget()
  })
  after(() => target?.server.stop())

  for (const which of ['public', 'confidential', 'client_secret_post'])
    test(`${which}: sign-in, userinfo, refresh, revocation`, async () => {
      const client = target.server.client(which)
      const asked = { issuer: target.issuer, client, redirect_uri: target.redirect(client) }
      const done = await walk(process.env.COUNTERSIGN_JUDGE, [], asked, target)
      assert.equal(done.email, target.user.email)
    })
})
