// `countersign doctor` behind nginx: what is wrong with the way from the issuer's address to the server, one fault at a time.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { serve } from '../lib/serve.mjs'

const ways = [
  { name: 'a good proxy', proxy: {}, finds: [] },
  { name: 'the path is cut', proxy: { pass: '/' }, finds: ['fail issuer', 'fail path'] },
  { name: 'no X-Forwarded-For', proxy: { headers: { 'X-Forwarded-For': '' } }, finds: ['fail client address'], says: /does not send X-Forwarded-For/ },
  { name: 'X-Forwarded-For as anybody wrote it', proxy: { headers: { 'X-Forwarded-For': undefined } }, finds: ['fail client address'], says: /passes on what anybody writes/ },
  { name: 'X-Forwarded-For with a port', proxy: { headers: { 'X-Forwarded-For': '$remote_addr:$remote_port' } }, finds: ['fail client address'], says: /no address/ },
  { name: 'no X-Forwarded-Proto', proxy: { headers: { 'X-Forwarded-Proto': undefined } }, finds: ['warn scheme'] },
  { name: 'https that came in clear', proxy: { headers: { 'X-Forwarded-Proto': 'http' } }, finds: ['fail scheme'] },
  { name: 'another Host', proxy: { headers: { Host: 'inside' } }, finds: ['warn host'] },
  { name: 'a proxy that is not listed', proxy: { trusted: false }, finds: ['warn proxy', 'fail client address'] },
  { name: 'a cookie of another path', proxy: { extra: 'proxy_cookie_path / /identity/;' }, finds: ['fail cookies'] },
  { name: 'a cookie kept from the browser', proxy: { extra: 'proxy_hide_header Set-Cookie;' }, finds: ['fail cookies'] },
  { name: 'a cookie kept from the server', proxy: { headers: { Cookie: '' } }, finds: ['fail cookies'] },
  { name: 'another server at the address', proxy: { extra: 'if ($request_uri ~ /account) { return 200 hello; }' }, finds: ['fail instance'] },
]

describe('the way through a proxy', () => {
  for (const { name, proxy, finds, says } of ways)
    test(name, { timeout: 60_000 }, async () => {
      const target = await serve({ at: 'proxy', path: '/identity', proxy })
      try {
        const { findings } = await target.command('doctor')
        // There is no mail server here.
        const told = findings.filter((it) => it.state !== 'ok' && it.check !== 'mail')
        assert.deepEqual(told.map((it) => `${it.state} ${it.check}`), finds, JSON.stringify(told, null, 1))
        for (const it of told) assert.ok(it.why && it.mend, JSON.stringify(it))
        if (says) assert.match(told[0].what, says)
      } finally {
        await target.stop()
      }
    })
})
