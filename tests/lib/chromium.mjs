// Debian's Chromium under playwright-core, quiet on a network that is closed.

import { existsSync } from 'node:fs'
import { chromium as engine } from 'playwright-core'

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

/** A headless Chromium; close it. */
export async function chromium() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) throw new Error(`no Chromium at ${executablePath} (apt-get install chromium)`)
  return engine.launch({ executablePath, headless: true, args: process.getuid?.() === 0 ? ['--no-sandbox', ...flags] : flags })
}

/** Walks a page through sign-in by element ids until its address satisfies `arrived`. */
export async function signInPage(page, { email, password }, arrived, { consent = '#allow', look = async () => {} } = {}) {
  for (let steps = 0; steps < 8; steps++) {
    await page.waitForLoadState()
    if (arrived(new URL(page.url()))) return
    const ready = page.locator('#allow, #password, #identifier').first()
    await Promise.race([ready.waitFor({ timeout: 15_000 }), page.waitForURL(arrived, { timeout: 15_000 })])
    if (arrived(new URL(page.url()))) return
    await look(page)
    if (await page.locator('#allow').count()) await press(page, consent)
    else if (await page.locator('#password').count()) {
      await page.fill('#password', password)
      await press(page, '#continue')
    } else {
      await page.fill('#identifier', email)
      await press(page, '#continue')
    }
  }
  if (!arrived(new URL(page.url()))) throw new Error(`never arrived: ${page.url()}`)
}

/** Presses a button that leads to another page, and waits for that page. */
export async function press(page, selector) {
  const moved = page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame(), timeout: 20_000 })
  await page.click(selector)
  await moved
  await page.waitForLoadState()
}
