// The walk in docs/gateway.md, as it stands there.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { dev } from '../lib/server.mjs'

let server
before(async () => { server = await dev() })
after(() => server?.stop())

test('the commands of docs/gateway.md sign somebody in', async () => {
  const guide = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8')
  const commands = guide.match(/```sh\n([\s\S]*?)```/)[1]
  const { client_secret: SECRET } = server.clients.find((one) => one.client_id === 'demo-gateway')
  const env = { ...process.env, SECRET, ISSUER: server.issuer }
  const { stdout } = await promisify(execFile)('bash', ['-eu', '-c', commands], { env })
  const [first, second, tokens] = stdout.trim().split('\n').map((line) => JSON.parse(line))
  assert.equal(first.error, 'insufficient_authorization')
  assert.deepEqual(first.next, ['password', 'email', 'sign_up'])
  assert.ok(second.authorization_code && second.auth_session !== first.auth_session)
  assert.ok(tokens.access_token && tokens.id_token && tokens.refresh_token, JSON.stringify(tokens))
})
