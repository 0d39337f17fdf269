// Opens every drawn screen in Chromium, under the policy it is served with, takes its picture and lets axe-core judge.
// node screens.mjs FOLDER [--quick]; called by scripts/screens.

import { readFileSync, mkdirSync, statSync } from 'node:fs'
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
  "img-src 'self'; style-src 'self' 'nonce-bm9uY2U'; script-src 'nonce-bm9uY2U'"

const faults = []
/** What each page weighs with all that it loads. */
const weights = new Map()
/** On first sight: page, stylesheet, script, icon and logo. */
const MOST_BYTES = 60_000
const browser = await chromium()
mkdirSync(join(folder, 'pictures'), { recursive: true })

async function look(page, screen, scheme, width) {
  const at = `${screen.name} ${scheme} ${width}`
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
  await page.goto(`${origin}/${screen.name}.html`)
  await fits(page, at)
  if ((await page.evaluate(() => document.getAnimations().length)) > 0) faults.push(`${at}: moves, though less motion was asked for`)
  await page.screenshot({ path: join(folder, 'pictures', `${screen.name}.${scheme}.${width}.png`), fullPage: true })
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }))
  for (const v of violations) faults.push(`${at}: ${v.id}: ${v.help}\n    ${v.nodes.map((n) => `${n.html} ${n.failureSummary.replace(/\s+/g, ' ')}`).join('\n    ')}`)
}

/** Nothing is wider than the window, and no words are cut off where they stand. */
async function fits(page, at) {
  const { overflow, cut } = await page.evaluate(() => {
    const words = [...document.querySelectorAll('body *')].filter((it) => [...it.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    const hides = (it) => ['hidden', 'clip'].includes(getComputedStyle(it).overflowX) && !it.matches('.unseen, .away, .default, .cut')
    const cut = words.filter((it) => hides(it) && (it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1))
    return { overflow: document.documentElement.scrollWidth - innerWidth, cut: cut.map((it) => it.outerHTML.slice(0, 90)) }
  })
  if (overflow > 0) faults.push(`${at}: ${overflow} px wider than the window`)
  for (const it of cut) faults.push(`${at}: words are cut off: ${it}`)
}

/** WCAG 2.2 1.4.10: 1280 pixels at 400 %, or a phone of 640 at 200 %, are 320 wide. */
async function narrow(list) {
  const { context, page } = await open({ viewport: { width: 320, height: 640 } })
  for (const screen of list) {
    await page.goto(`${origin}/${screen.name}.html`)
    await fits(page, `${screen.name} 320`)
  }
  await context.close()
}

/** A context that serves the drawn files, and what was posted in it. */
async function open(options) {
  const context = await browser.newContext(options)
  const posts = []
  await context.route('**/*', async (route) => {
    const request = route.request()
    const path = new URL(request.url()).pathname
    if (request.method() === 'POST') {
      posts.push(Object.fromEntries(new URLSearchParams(request.postData() ?? '')))
      await new Promise((done) => setTimeout(done, 300))
      return route.fulfill({ status: 204, body: '' })
    }
    const type = types[path.split('.').pop()]
    if (!type) return route.fulfill({ status: 404, body: '' })
    const bytes = statSync(join(folder, path)).size
    if (type === types.html) weights.set(path, bytes)
    else for (const [at, weight] of weights) if (request.frame().url().endsWith(at)) weights.set(at, weight + bytes)
    const headers = type === types.html && !path.includes('.mail.') ? { 'content-security-policy': policy } : {}
    return route.fulfill({ body: readFileSync(join(folder, path)), contentType: type, headers })
  })
  const page = await context.newPage()
  page.on('console', (m) => m.type() === 'error' && faults.push(`${page.url()}: ${m.text()}`))
  page.on('pageerror', (e) => faults.push(`${page.url()}: ${e}`))
  return { context, page, posts }
}

async function worker(queue) {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [screens, scheme, width] = next
    const { context, page } = await open({ viewport: { width, height: width === 360 ? 740 : 800 } })
    for (const screen of screens) await look(page, screen, scheme, width)
    await context.close()
  }
}

/** What the pages do when they are used, with and without JavaScript. */
async function manners() {
  const check = (good, words) => good || faults.push(`manners: ${words}`)
  const using = async (name, act, options = {}) => {
    const { context, page, posts } = await open(options)
    await page.goto(`${origin}/${name}.html`, { waitUntil: name.includes('itself') ? 'commit' : 'load' })
    await act(page)
    await page.waitForTimeout(700)
    const shown = await page.locator('.show').count()
    await context.close()
    return { posts, shown }
  }
  const digits = await using('en.confirm_email.plain', (page) => page.locator('#code').pressSequentially('402913'))
  check(digits.posts.length === 1 && digits.posts[0].code === '402913' && digits.posts[0].do === 'continue', 'six digits send themselves once')
  const pasted = await using('en.link_sent.plain', (page) => page.fill('#code', ' 402 913 '))
  check(pasted.posts.length === 1 && pasted.posts[0].do === 'continue', 'a pasted code with spaces sends itself')
  const five = await using('en.confirm_email.plain', (page) => page.locator('#code').pressSequentially('40291'))
  check(five.posts.length === 0, 'five digits wait')
  for (const javaScriptEnabled of [true, false]) {
    const enter = await using('en.password.plain', async (page) => {
      await page.fill('#password', 'correct horse')
      await page.press('#password', 'Enter')
    }, { javaScriptEnabled })
    check(enter.posts.length === 1 && enter.posts[0].do === 'continue' && enter.posts[0].password === 'correct horse' &&
      enter.posts[0].flow && enter.posts[0].csrf, `Enter continues (JavaScript ${javaScriptEnabled})`)
    check(enter.shown === (javaScriptEnabled ? 1 : 0), 'Show is there only where it works')
    const first = await using('en.sign_in.providers', async (page) => {
      await page.fill('#identifier', 'anna@example.com')
      await page.press('#identifier', 'Enter')
    }, { javaScriptEnabled })
    check(first.posts.length === 1 && first.posts[0].do === 'continue' && !first.posts[0].provider, 'Enter is no provider button')
  }
  const twice = await using('en.sign_in.plain', async (page) => {
    await page.fill('#identifier', 'anna@example.com')
    await page.evaluate(() => { for (let i = 0; i < 3; i++) document.getElementById('continue').click() })
  })
  check(twice.posts.length === 1, `a triple click sends once, not ${twice.posts.length} times`)
  const secret = await using('en.password.plain', async (page) => {
    await page.fill('#password', 'x')
    await page.click('.show')
    check(await page.getAttribute('#password', 'type') === 'text', 'Show shows')
    await page.click('#continue')
    check(await page.getAttribute('#password', 'type') === 'password', 'a password leaves as a password')
  })
  check(secret.posts.length === 1, 'Show sends nothing')
  const auto = await using('en.sends_itself', async () => {})
  check(auto.posts.length === 1 && auto.posts[0].state === 'af0ifjsldkj"><script>', 'the answer sends itself')
  const button = await using('en.sends_itself', (page) => page.click('#continue'), { javaScriptEnabled: false })
  check(button.posts.length === 1, 'the answer goes by button without JavaScript')
}

const queue = []
const english = screens.filter((s) => s.locale === 'en')
const others = screens.filter((s) => s.locale !== 'en')
for (const [scheme, width] of flags.includes('--quick') ? once : full) queue.push([english, scheme, width])
if (others.length) queue.push([others, 'light', 360])
const count = queue.reduce((n, [list]) => n + list.length, 0)
await Promise.all([worker(queue), worker(queue)])
await Promise.all([narrow(english), narrow(others.filter((s) => ['de', 'ar-XB'].includes(s.locale)))])
await manners()
for (const [page, bytes] of weights) if (bytes > MOST_BYTES) faults.push(`${page}: ${bytes} bytes on first sight`)
await browser.close()

for (const fault of faults) console.error(fault)
console.log(`${count} pictures in ${join(folder, 'pictures')}, ${faults.length} faults`)
process.exit(faults.length ? 1 : 0)
