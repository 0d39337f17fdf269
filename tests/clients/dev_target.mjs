// `countersign dev` as the target of the client walks.

import * as jose from 'jose'
import { Browser } from '../lib/browser.mjs'
import { dev, freePort, loopback } from '../lib/server.mjs'

export async function devTarget() {
  const server = await dev()
  const port = await freePort()
  const { resources } = server
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

/** A private_key_jwt client's key, for node's libraries: they want a CryptoKey and its kid. */
export async function privateKey(client) {
  if (!client.private_key_pem) throw new Error(`no private_key_pem for ${client.client_id}`)
  return { key: await jose.importPKCS8(client.private_key_pem, 'ES256'), kid: client.private_key_kid }
}
