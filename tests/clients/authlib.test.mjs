// PyPI authlib against `countersign dev`: private_key_jwt on an oidc-compat client, and the secrets.
// COUNTERSIGN_PYTHON names an interpreter that has clients/python/requirements.txt (scripts/test makes one).

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { walk } from '../lib/walker.mjs'
import { devTarget } from './dev_target.mjs'

const script = fileURLToPath(new URL('./python/authlib_walk.py', import.meta.url))
const python = process.env.COUNTERSIGN_PYTHON ?? 'python3'

describe('authlib', () => {
  let target
  before(async () => {
    target = await devTarget()
  })
  after(() => target?.server.stop())

  const person = (client, pkce) => {
    const redirect_uri = target.redirect(client)
    return walk(python, [script], { walk: 'person', issuer: target.issuer, client, redirect_uri, pkce }, target)
  }
  const keyed = () => target.server.client('private_key_jwt')
  const secret = (method) => ({ token_endpoint_auth_method: method, ...target.server.client(method === 'client_secret_basic' ? 'confidential' : method) })

  test('private_key_jwt with PKCE: the whole walk', async () => {
    const done = await person(keyed(), true)
    assert.equal(done.email, target.user.email)
  })

  test('private_key_jwt on an oidc-compat client without PKCE', async () => {
    const done = await person(keyed(), false)
    assert.equal(done.email, target.user.email)
  })

  test('private_key_jwt: service tokens', async () => {
    const done = await walk(python, [script], { walk: 'service', issuer: target.issuer, client: keyed() }, target)
    assert.equal(done.token_type, 'Bearer')
    assert.ok(done.expires_in > 0)
  })

  for (const method of ['client_secret_basic', 'client_secret_post'])
    test(`${method}: the whole walk`, async () => {
      const done = await person(secret(method), true)
      assert.equal(done.email, target.user.email)
    })
})
