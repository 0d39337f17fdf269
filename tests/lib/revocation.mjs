// How soon an end is seen elsewhere: two `countersign serve` on one PostgreSQL behind nginx. People sign out at one node;
// measured is when the other tells it on a stream, when the other's introspection says so, and when the app hears.
//
// As a program it prints the figures as JSON: node tests/lib/revocation.mjs [COUNT]

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Browser } from './browser.mjs'
import { answering, binary, freePort } from './server.mjs'

const SECRET = randomBytes(32).toString('hex')
const PERSON = { email: 'anna@example.com', password: 'four calm otters hum' }
const CALLBACK = 'https://app.example/callback'
const API = 'https://api.example'
const BASIC = (client) => `Basic ${Buffer.from(`${client}:${SECRET}`).toString('base64')}`

/** Both nodes, nginx, and an app that hears of sign-outs. `tls`: folder with ca.pem, cert.pem, key.pem. */
export async function twoNodes({ database, tls }) {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-two-'))
  const name = `two_${process.pid}_${randomBytes(3).toString('hex')}`
  await psql(database, `CREATE SCHEMA ${name}`)
  const url = `${database}${database.includes('?') ? '&' : '?'}options=-c%20search_path%3D${name}&application_name=${name}`
  const ports = { a: await freePort(), b: await freePort(), frontA: await freePort(), frontB: await freePort() }
  const issuer = `https://localhost:${ports.frontA}`
  const app = await hearing()
  const children = []
  const start = (command, args) => {
    const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let tail = ''
    child.stderr.on('data', (data) => (tail = (tail + data).slice(-4000)))
    child.tail = () => tail
    children.unshift(child)
    return child
  }
  const stop = async () => {
    for (const child of children) await ended(child)
    app.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const files = { 'master.key': randomBytes(32).toString('hex'), secret: SECRET, password: PERSON.password }
    for (const node of ['a', 'b']) files[`${node}.toml`] = configuration({ issuer, port: ports[node], url, app })
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(folder, file), text)
      await chmod(join(folder, file), 0o600)
    }
    await writeFile(join(folder, 'nginx.conf'), nginx({ folder, tls, ports }))
    const nodes = []
    // One after the other: the first makes the schema and the keys.
    for (const node of ['a', 'b']) {
      nodes.push(start(binary(), ['serve', '--config', join(folder, `${node}.toml`)]))
      await answering(`http://127.0.0.1:${ports[node]}/health/ready`, nodes.at(-1)).catch((error) => {
        throw new Error(`${error.message}\n${nodes.at(-1).tail()}`)
      })
    }
    start('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'])
    const ca = await readFile(join(tls, 'ca.pem'))
    const at = { a: issuer, b: `https://localhost:${ports.frontB}` }
    const agent = new https.Agent({ keepAlive: true, ca })
    const ask = (node, path, { method = 'GET', headers = {}, form } = {}) => request(agent, at[node], path, { method, headers, form })
    for (let tries = 0; ; tries++) {
      const ready = await ask('b', '/health/ready').catch(() => undefined)
      if (ready?.status === 200) break
      if (tries > 200) throw new Error('nginx does not answer')
      await pause(50)
    }
    return { credentials: (client) => `${client}:${SECRET}`, issuer, app, nodes, ask, stop, ca, at, signIn: () => signIn({ issuer, ca, ask }), stream: (node, options) => stream(at[node], ca, options), cut: () => cutting(database, name) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Ends `count` sessions at node A, one after the other, and says in milliseconds when each was seen. */
export async function measure(two, count) {
  const sessions = []
  while (sessions.length < count) {
    const some = Math.min(4, count - sessions.length)
    sessions.push(...(await Promise.all(Array.from({ length: some }, () => two.signIn()))))
  }
  const stream = two.stream('b')
  await stream.begun
  const seen = { stream: [], introspection: [], logout: [] }
  for (const session of sessions) {
    // From before the request: the commit counts too.
    const began = performance.now()
    const since = async (event) => (await event) - began
    const [told, refused, heard] = await Promise.all([
      since(within(stream.ended(session.sid), `the stream says nothing of ${session.sid}`)),
      since(within(inactive(two, session.access), 'introspection still says active')),
      since(within(two.app.heard(session.sid), 'the app hears nothing')),
      session.signOut(),
    ])
    seen.stream.push(told)
    seen.introspection.push(refused)
    seen.logout.push(heard)
  }
  const foreign = stream.all().filter((sid) => !sessions.some((session) => session.sid === sid))
  if (foreign.length > 0) throw new Error(`${foreign.length} events of nobody's session`)
  stream.close()
  return Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, figures(values)]))
}

function figures(values) {
  const sorted = values.toSorted((one, other) => one - other)
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)]
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) }
}

async function inactive(two, token) {
  for (;;) {
    const answer = await two.ask('b', '/introspect', { method: 'POST', headers: { authorization: BASIC('gateway') }, form: { token } })
    if (JSON.parse(answer.text).active === false) return performance.now()
  }
}

/** A person signs in at node A in a browser of their own; the app gets tokens. */
async function signIn({ issuer, ca, ask }) {
  const browser = new Browser({ ca })
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: 'app',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid read',
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const until = (to) => to.href.startsWith(CALLBACK)
  await browser.open(`${issuer}/authorize?${query}`, { until })
  const answer = browser.page.stopped ?? (await browser.signIn(PERSON, { until }))
  const form = { grant_type: 'authorization_code', code: answer.searchParams.get('code'), redirect_uri: CALLBACK, code_verifier: verifier }
  const reply = await ask('a', '/token', { method: 'POST', headers: { authorization: BASIC('app') }, form })
  const tokens = JSON.parse(reply.text)
  if (reply.status !== 200) throw new Error(`no tokens: ${reply.text}`)
  const { sid } = claims(tokens.id_token)
  const signOut = async () => {
    const page = await browser.open(`${issuer}/logout?${new URLSearchParams({ id_token_hint: tokens.id_token })}`)
    if (page.status !== 200) throw new Error(`not signed out: ${browser.where()}`)
  }
  return { sid, access: tokens.access_token, signOut }
}

const claims = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'))

/** A stream by HTTP/2 (or 1.1), as a gateway would hold it. */
function stream(origin, ca, { protocol = 'h2', heard, authorization = BASIC('gateway') } = {}) {
  const events = []
  const waiting = new Map()
  const seen = new Map()
  let opened, over
  const begun = new Promise((resolve) => (opened = resolve))
  const closed = new Promise((resolve) => (over = resolve))
  let text = ''
  const take = (chunk) => {
    text += chunk
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const event = { at: performance.now() }
      for (const line of text.slice(0, end).split('\n')) {
        const [name, value] = line.split(/: ?(.*)/s)
        event[name] = name === 'data' ? JSON.parse(value) : value
      }
      events.push(event)
      if (event.event === 'ended') {
        seen.set(event.data.sid, event.at)
        waiting.get(event.data.sid)?.(event.at)
      }
      opened(event)
    }
  }
  const headers = { authorization, ...(heard && { 'last-event-id': heard }) }
  let close
  if (protocol === 'h2') {
    const session = http2.connect(origin, { ca })
    const call = session.request({ ':path': '/revocations', ...headers })
    call.setEncoding('utf8')
    call.on('response', (answer) => answer[':status'] !== 200 && opened({ refused: answer[':status'] }))
    call.on('data', take)
    call.on('close', () => over(performance.now()))
    for (const one of [session, call]) one.on('error', () => over(performance.now()))
    close = () => session.destroy()
  } else {
    const call = https.get(`${origin}/revocations`, { ca, headers, agent: false }, (answer) => {
      if (answer.statusCode !== 200) opened({ refused: answer.statusCode })
      answer.setEncoding('utf8')
      answer.on('data', take)
      answer.on('close', () => over(performance.now()))
    })
    call.on('error', () => over(performance.now()))
    close = () => call.destroy()
  }
  return {
    begun,
    closed,
    close,
    events,
    all: () => [...seen.keys()],
    ended: (sid) => new Promise((resolve) => (seen.has(sid) ? resolve(seen.get(sid)) : waiting.set(sid, resolve))),
  }
}

/** The app's half of back-channel logout: says when it first heard of a session. */
async function hearing() {
  const [seen, waiting] = [new Map(), new Map()]
  const server = createServer((request, response) => {
    const at = performance.now()
    let body = ''
    request.on('data', (data) => (body += data))
    request.on('end', () => {
      const { sid } = claims(new URLSearchParams(body).get('logout_token'))
      if (!seen.has(sid)) seen.set(sid, at)
      waiting.get(sid)?.(at)
      response.writeHead(200).end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const heard = (sid) => new Promise((resolve) => (seen.has(sid) ? resolve(seen.get(sid)) : waiting.set(sid, resolve)))
  return { port: server.address().port, heard, stop: () => server.close() }
}

function request(agent, origin, path, { method, headers, form }) {
  const body = form && new URLSearchParams(form).toString()
  const all = { ...headers, ...(body && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }) }
  return new Promise((resolve, reject) => {
    const call = https.request(`${origin}${path}`, { method, headers: all, agent }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk) => (text += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }))
    })
    call.on('error', reject)
    call.end(body)
  })
}

/** Cuts the connections by which the nodes hear each other, again and again, until it is stopped; says how often. */
function cutting(database, name) {
  let [on, cuts] = [true, 0]
  const sql = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '${name}' AND query LIKE '%countersign:%'`
  const work = (async () => {
    while (on) {
      cuts += Number(await psql(database, sql))
      await pause(100)
    }
  })()
  return async () => {
    on = false
    await work
    return cuts
  }
}

function psql(database, sql) {
  const child = spawn('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', sql], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (data) => (out += data))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve(out.trim()) : reject(new Error(`psql: ${code}`))))
  })
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const patience = setTimeout(() => child.kill('SIGKILL'), 25_000)
    child.once('exit', () => {
      clearTimeout(patience)
      resolve()
    })
    child.kill('SIGTERM')
  })
}

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time))

function within(work, complaint) {
  let timer
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(complaint)), 20_000)))
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const configuration = ({ issuer, port, url, app }) => `version = 1
issuer = "${issuer}"
listen = "127.0.0.1:${port}"
database = "${url}"
master_key_file = "master.key"
trusted_proxies = ["127.0.0.1/32"]
[outbound]
allow = ["127.0.0.1:${app.port}"]
[[client]]
client_id = "app"
client_secret_file = "secret"
redirect_uris = ["${CALLBACK}"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid offline_access read"
resources = ["${API}"]
first_party = true
backchannel_logout_uri = "http://127.0.0.1:${app.port}/out"
[[client]]
client_id = "gateway"
client_secret_file = "secret"
grant_types = ["client_credentials"]
scope = "read"
resources = ["${API}"]
[[resource]]
identifier = "${API}"
scope = "read"
introspection_clients = ["gateway"]
[[user]]
email = "${PERSON.email}"
email_verified = true
password_file = "password"
`

/** One front for each node; both are the issuer to who asks. */
const nginx = ({ folder, tls, ports }) => `
daemon off;
pid ${folder}/nginx.pid;
worker_processes 1;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${[
    ['frontA', 'a'],
    ['frontB', 'b'],
  ]
    .map(
      ([front, node]) => `server {
    listen 127.0.0.1:${ports[front]} ssl http2;
    server_name localhost;
    ssl_certificate ${tls}/cert.pem;
    ssl_certificate_key ${tls}/key.pem;
    location / {
      proxy_pass http://127.0.0.1:${ports[node]};
      proxy_set_header Host localhost:${ports.frontA};
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }`,
    )
    .join('\n  ')}
}
`

/** Both runs, as the test and the bench want them: with the nodes hearing each other, and with that connection cut. */
export async function bothRuns({ database, tls, count }) {
  const two = await twoNodes({ database, tls })
  try {
    const hearing = await measure(two, count)
    const stop = two.cut()
    const cut = await measure(two, count)
    return { hearing, cut: { ...cut, cuts: await stop() } }
  } finally {
    await two.stop()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { COUNTERSIGN_TEST_POSTGRES: database, COUNTERSIGN_TLS: tls } = process.env
  console.log(JSON.stringify(await bothRuns({ database, tls, count: Number(process.argv[2] ?? 100) })))
}
