// Walks a client written in another language: it says which address to open, we drive the pages and hand back the answer.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Runs the command with `asked` as its first input line; resolves with what it reports as done. */
export async function walk(command, args, asked, target, { env = {}, seconds = 120 } = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
  let errors = ''
  child.stderr.on('data', (data) => (errors += data))
  child.stdin.write(`${JSON.stringify(asked)}\n`)
  const browser = target.browser()
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line)
      if (said.done) return said.done
      if (said.failed) throw new Error(said.failed)
      const until = (to) => to.href.split('?')[0] === asked.redirect_uri
      await browser.open(said.open, { until })
      const answer = browser.page.stopped ?? (await browser.signIn(target.user, { until }))
      child.stdin.write(`${JSON.stringify({ answer: answer.href })}\n`)
    }
    throw new Error(`${command} ended early\n${errors}`)
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
  }
}
