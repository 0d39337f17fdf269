// `countersign dev` as the target of the client walks.

import { Browser } from '../lib/browser.mjs'
import { dev, freePort, loopback } from '../lib/server.mjs'

export async function devTarget() {
  const server = await dev()
  const port = await freePort()
  const resources = server.resources.map((one) => (typeof one === 'string' ? one : one.resource ?? one.uri ?? one.id))
  return {
    server,
    issuer: server.issuer,
    user: server.users[0],
    everyClaim: true,
    resources,
    redirect: (client) => loopback(client.redirect_uris[0], port),
    browser: () => new Browser(),
  }
}

/** A private_key_jwt client's key, as the JSON line gives it. */
export function privateJwk(client) {
  const jwk = client.private_jwk ?? client.private_jwks?.keys?.[0]
  if (!jwk) throw new Error(`no private_jwk for ${client.client_id}`)
  return jwk
}
