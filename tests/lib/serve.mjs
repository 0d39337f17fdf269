// `countersign serve` with a real configuration, over TLS or behind nginx: what an operator would write.

import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answering, binary, freePort } from './server.mjs'

const SECRET = randomBytes(32).toString('hex')
const PERSON = { email: 'anna@example.com', password: 'four calm otters hum' }

/** The folder of scripts/test's certificate authority: ca.pem, cert.pem, key.pem. */
export function tls() {
  const folder = process.env.COUNTERSIGN_TLS
  if (!folder || !process.env.NODE_EXTRA_CA_CERTS) throw new Error('run by `scripts/test deployed`, which makes a certificate authority first')
  return folder
}

const clients = [
  {
    client_id: 'public',
    token_endpoint_auth_method: 'none',
    redirect_uris: ['http://127.0.0.1/callback'],
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
  },
  {
    client_id: 'confidential',
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: SECRET,
    redirect_uris: ['http://127.0.0.1/callback'],
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
  },
]

/**
 * Starts the server (and nginx before it). `at`: "tls" serves TLS itself; "proxy" listens on plain loopback behind nginx,
 * with the issuer's path `path`. `proxy` changes what a good proxy does: `{ headers, pass, extra, trusted }`. Resolves with a
 * target for the client walks.
 */
export async function serve({ at, path = '', database = 'sqlite:countersign.db', proxy = {} }) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-deployed-'))
  const [port, front] = [await freePort(), at === 'proxy' ? await freePort() : undefined]
  const issuer = `https://localhost:${front ?? port}${path}`
  const secret = async (name, text) => {
    await writeFile(join(folder, name), text)
    await chmod(join(folder, name), 0o600)
  }
  await secret('master.key', randomBytes(32).toString('hex'))
  await secret('secret', SECRET)
  await secret('password', PERSON.password)
  await secret('countersign.toml', configuration({ issuer, port, at, database, trusted: proxy.trusted ?? true }))

  const ended = []
  const start = (command, args, log) => {
    const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const sink = process.env.COUNTERSIGN_LOGS && createWriteStream(join(process.env.COUNTERSIGN_LOGS, `${log}-${port}.log`))
    let tail = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        sink && sink.write(data)
        tail = (tail + data).slice(-4000)
      })
    ended.unshift(
      () =>
        new Promise((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve()
          const patience = setTimeout(() => child.kill('SIGKILL'), 25_000)
          child.once('exit', () => {
            clearTimeout(patience)
            resolve()
          })
          child.kill('SIGTERM')
        }),
    )
    child.tail = () => tail
    return child
  }
  const stop = async () => {
    for (const end of ended) await end()
    await rm(folder, { recursive: true, force: true })
  }

  try {
    const server = start(binary(), ['serve', '--config', join(folder, 'countersign.toml')], `serve-${at}`)
    if (at === 'proxy') {
      await writeFile(join(folder, 'nginx.conf'), nginx({ folder, front, port, path, proxy }))
      start('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], 'nginx')
    }
    // Behind a proxy that is broken on purpose the issuer need not answer.
    const sound = Object.keys(proxy).length === 0
    await answering(sound ? `${issuer}/.well-known/openid-configuration` : `http://127.0.0.1:${port}${path}/health/live`, server).catch((error) => {
      throw new Error(`${error.message}\n${server.tail()}`)
    })
    const { Browser } = await import('./browser.mjs')
    const ca = await readFile(join(tls(), 'ca.pem'), 'utf8')
    const callback = await freePort()
    return {
      issuer,
      user: PERSON,
      client: (id) => clients.find((one) => one.client_id === id),
      redirect: () => `http://127.0.0.1:${callback}/callback`,
      browser: () => new Browser({ ca }),
      folder,
      /** Runs a command of the command line on this installation; resolves with its JSON. */
      command: (...line) =>
        new Promise((resolve, reject) => {
          const args = [...line, '--json', '--config', join(folder, 'countersign.toml')]
          execFile(binary(), args, (error, stdout, stderr) => {
            try {
              resolve(JSON.parse(stdout))
            } catch {
              reject(error ?? new Error(stdout + stderr))
            }
          })
        }),
      pid: server.pid,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function configuration({ issuer, port, at, database, trusted }) {
  const value = (it) => JSON.stringify(it)
  const declared = clients.map((client) => {
    const { client_secret, ...members } = client
    const lines = Object.entries(members).map(([name, it]) => `${name} = ${value(it)}`)
    if (client_secret) lines.push('client_secret_file = "secret"')
    return `[[client]]\n${lines.join('\n')}\nfirst_party = true\nscope = "openid profile email address phone offline_access"\n`
  })
  return [
    'version = 1',
    `issuer = ${value(issuer)}`,
    `listen = "127.0.0.1:${port}"`,
    `database = ${value(database)}`,
    'master_key_file = "master.key"',
    at === 'proxy' && trusted ? 'trusted_proxies = ["127.0.0.1/32"]' : '',
    at === 'tls' ? `[tls]\ncertificate_file = ${value(join(tls(), 'cert.pem'))}\nkey_file = ${value(join(tls(), 'key.pem'))}` : '',
    `[outbound]\nca_file = ${value(join(tls(), 'ca.pem'))}`,
    ...declared,
    `[[user]]\nemail = ${value(PERSON.email)}\nemail_verified = true\npassword_file = "password"\nname = "Anna Example"\n`,
  ].join('\n')
}

/** As in the guide: one host, the provider under a path, RFC 8414's document at the root of the host. */
function nginx({ folder, front, port, path, proxy }) {
  const said = { Host: '$http_host', 'X-Forwarded-For': '$remote_addr', 'X-Forwarded-Proto': '$scheme', ...proxy.headers }
  const headers = Object.entries(said).filter(([, value]) => value !== undefined)
  const forward = `proxy_pass http://127.0.0.1:${port}${proxy.pass ?? ''};
      ${headers.map(([name, value]) => `proxy_set_header ${name} ${value || '""'};`).join('\n      ')}
      ${proxy.extra ?? ''}`
  return `
daemon off;
pid ${folder}/nginx.pid;
worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${front} ssl http2;
    server_name localhost;
    ssl_certificate ${tls()}/cert.pem;
    ssl_certificate_key ${tls()}/key.pem;
    location ${path}/ {
      ${forward}
    }
    location ~ ^/\\.well-known/(oauth-authorization-server|openid-configuration)${path}$ {
      ${forward.replace(`:${port}/;`, `:${port};`)}
    }
    location / { return 404; }
  }
}
`
}
