// Opens every drawn screen in Chromium, under the policy it is served with, takes its picture and lets axe-core judge.
// node screens.mjs FOLDER [--quick]; called by scripts/screens.

import { readFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { chromium } from '../lib/chromium.mjs'

const [folder, ...flags] = process.argv.slice(2)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const screens = JSON.parse(readFileSync(join(folder, 'screens.json'), 'utf8'))
const full = [['light', 360], ['light', 1280], ['dark', 360], ['dark', 1280]]
const once = [['light', 360], ['dark', 1280]]
const origin = 'http://screens.test'
const types = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml', html: 'text/html; charset=utf-8' }
const policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https://planner.example; " +
  "img-src 'self' https: data:; style-src 'self' 'nonce-bm9uY2U'; script-src 'nonce-bm9uY2U'"

const faults = []
const browser = await chromium()
mkdirSync(join(folder, 'pictures'), { recursive: true })

async function look(page, screen, scheme, width) {
  const at = `${screen.name} ${scheme} ${width}`
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  await page.goto(`${origin}/${screen.name}.html`)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  if (overflow > 0) faults.push(`${at}: ${overflow} px wider than the window`)
  await page.screenshot({ path: join(folder, 'pictures', `${screen.name}.${scheme}.${width}.png`), fullPage: true })
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }))
  for (const v of violations) faults.push(`${at}: ${v.id}: ${v.help}\n    ${v.nodes.map((n) => `${n.html} ${n.failureSummary.replace(/\s+/g, ' ')}`).join('\n    ')}`)
}

async function worker(queue) {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [screens, scheme, width] = next
    const context = await browser.newContext({ viewport: { width, height: width === 360 ? 740 : 800 } })
    await context.route('**/*', (route) => {
      const path = new URL(route.request().url()).pathname
      const type = types[path.split('.').pop()]
      const mail = path.includes('.mail.')
      if (!type) return route.fulfill({ status: 404, body: '' })
      const headers = type === types.html && !mail ? { 'content-security-policy': policy } : {}
      return route.fulfill({ body: readFileSync(join(folder, path)), contentType: type, headers })
    })
    const page = await context.newPage()
    page.on('console', (m) => m.type() === 'error' && faults.push(`${page.url()}: ${m.text()}`))
    page.on('pageerror', (e) => faults.push(`${page.url()}: ${e}`))
    for (const screen of screens) await look(page, screen, scheme, width)
    await context.close()
  }
}

const queue = []
const english = screens.filter((s) => s.locale === 'en')
const others = screens.filter((s) => s.locale !== 'en')
for (const [scheme, width] of flags.includes('--quick') ? once : full) queue.push([english, scheme, width])
if (others.length) queue.push([others, 'light', 360])
const count = queue.reduce((n, [list]) => n + list.length, 0)
await Promise.all([worker(queue), worker(queue)])
await browser.close()

for (const fault of faults) console.error(fault)
console.log(`${count} pictures in ${join(folder, 'pictures')}, ${faults.length} faults`)
process.exit(faults.length ? 1 : 0)
