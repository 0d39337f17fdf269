// Starts `countersign dev` for one test file: own port, own data folder, own clock.
//
// COUNTERSIGN_BIN names the binary (scripts/test sets it). COUNTERSIGN_LOGS, if set, is a folder that keeps the
// server's log of every file.

import { spawn } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The binary under test. */
export function binary() {
  if (process.env.COUNTERSIGN_BIN) return process.env.COUNTERSIGN_BIN
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')
  const found = ['debug', 'release'].map((profile) => join(target, profile, 'countersign')).find((path) => existsSync(path))
  if (!found) throw new Error('no countersign binary: run `cargo build` or set COUNTERSIGN_BIN')
  return found
}

/** Where the next search for a port begins. Below what the kernel gives to connections: a port found there is not
 * taken by a stranger in the moment before a server listens on it; and each process has its own stretch. */
let next = (process.pid * 100) % 10_000

/** A port of 127.0.0.1 that was free a moment ago, with the next one free as well. */
export async function freePort() {
  const free = (port) =>
    new Promise((resolve) => {
      const probe = createServer()
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
    })
  for (let tries = 0; tries < 5000; tries += 1) {
    const port = 10_000 + next
    next = (next + 2) % 10_000
    if ((await free(port)) && (await free(port + 1))) return port
  }
  throw new Error('no free port between 10000 and 20000')
}

/** Waits until the address answers 200. */
export async function answering(url, child, seconds = 30) {
  for (let waited = 0; waited < seconds * 1000; waited += 50) {
    if (child.exitCode !== null) throw new Error(`ended early (${child.exitCode}) before ${url} answered`)
    try {
      if ((await fetch(url)).ok) return
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} does not answer`)
}

/** Starts a command and resolves with its first line on stdout, parsed as JSON. */
async function launch(command, args, { env, log, seconds = 60 }) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const tail = []
  const sink = log ? createWriteStream(log, { flags: 'a' }) : undefined
  child.stderr.on('data', (data) => {
    sink?.write(data)
    tail.push(data.toString())
    if (tail.length > 50) tail.shift()
  })
  const ready = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready after ${seconds} s\n${tail.join('')}`)), seconds * 1000)
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`ended early (${code ?? signal})\n${tail.join('')}`)))
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(timer)
      try {
        resolve(JSON.parse(line))
      } catch {
        reject(new Error(`the first line is no JSON: ${line}`))
      }
    })
  })
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(patience)
    }
    sink?.end()
  }
  try {
    return { info: await ready, child, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * A running `countersign dev`. Its JSON line is spread into the result, with
 * `mails(to)`, `mail(to)`, `advance("11m")`, `client(method)` and `stop()` beside it.
 */
export async function dev({ args = [], env = {} } = {}) {
  const data = await mkdtemp(join(tmpdir(), 'countersign-test-'))
  const log = process.env.COUNTERSIGN_LOGS && join(process.env.COUNTERSIGN_LOGS, `${basename(process.argv[1] ?? 'dev')}-${process.pid}-${basename(data)}.log`)
  const line = ['dev', '--json', '--fresh', '--port', '0', '--data', join(data, 'data'), ...args]
  const { info, child, stop } = await launch(binary(), line, { env, log })
  const origin = new URL(info.issuer).origin

  /** All mails so far, newest first, to one address if given. */
  async function mails(to) {
    const answer = await fetch(`${info.inbox}.json`)
    if (!answer.ok) throw new Error(`inbox: ${answer.status}`)
    const body = await answer.json()
    const list = (Array.isArray(body) ? body : body.mails).toSorted((one, other) => other.id - one.id)
    return to ? list.filter((mail) => [mail.to].flat().some((one) => one.includes(to))) : list
  }

  return {
    ...info,
    data,
    pid: child.pid,
    origin,
    mails,
    /** Waits for a mail to `to` beyond the `seen` ones already there. */
    async mail(to, seen = 0, seconds = 15) {
      for (let waited = 0; waited < seconds * 1000; waited += 100) {
        const list = await mails(to)
        if (list.length > seen) return list[0]
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      throw new Error(`no mail to ${to} within ${seconds} s`)
    },
    /** Moves the clock of the server and the demo app. */
    async advance(by) {
      const answer = await fetch(`${origin}/dev/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advance: by }),
      })
      if (!answer.ok) throw new Error(`clock: ${answer.status} ${await answer.text()}`)
    },
    /** The public client (first), the confidential one (second), or one by its authentication method. */
    client(which) {
      const [first, second] = info.clients
      if (which === 'public') return first
      if (which === 'confidential') return second
      const found = info.clients.find((one) => one.token_endpoint_auth_method === which || one.client_id === which)
      if (!found) throw new Error(`countersign dev has no client with ${which}`)
      return found
    },
    async stop() {
      await stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** A mail's link (the first one) and its six-digit code, however the inbox lists them. */
export function linkOf(mail) {
  const link = [mail.links ?? mail.link].flat()[0]
  if (!link) throw new Error(`no link in the mail "${mail.subject}"`)
  return typeof link === 'string' ? link : link.href ?? link.url
}

export function codeOf(mail) {
  const code = [mail.codes ?? mail.code].flat()[0]
  if (!code) throw new Error(`no code in the mail "${mail.subject}"`)
  return String(code)
}

/** The registered loopback redirect URI, on the port where the test listens (RFC 8252 7.3). */
export function loopback(uri, port) {
  const url = new URL(uri)
  url.port = String(port)
  return url.href
}
