// What every page must be, wherever a flow comes by: found nothing by axe-core, fits its window, says who it is,
// breaks no policy of its own.

import { readFileSync } from 'node:fs'

const axe = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8')
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Watches a browser context and judges its pages; `finish()` throws with all that was found. */
export class Judge {
  constructor(browser, options, { only }) {
    this.browser = browser
    this.options = options
    this.only = only
    this.seen = new Set()
    this.faults = []
  }

  /** Complaints of the browser itself. Errors of pages that are not ours do not count. */
  watch(context) {
    context.on('page', (page) => this.#listen(page))
    context.on('weberror', (error) => this.faults.push(`script: ${error.error()}`))
    return context
  }

  #listen(page) {
    page.on('console', (message) => {
      const text = message.text()
      if (/Content[- ]Security[- ]Policy/i.test(text)) this.faults.push(`policy on ${page.url()}: ${text}`)
      else if (message.type() === 'error' && !/status of [45]\d\d/.test(text)) this.faults.push(`console on ${page.url()}: ${text}`)
    })
    page.on('response', (response) => {
      if (response.status() >= 500 && this.#ours(response.url())) this.faults.push(`${response.status()} ${response.url()}`)
    })
  }

  #ours(url) {
    return this.only.some((origin) => url.startsWith(origin))
  }

  /** Judges the page once per address, heading and number of faults shown. */
  async look(page) {
    if (!this.#ours(page.url())) return
    await page.waitForLoadState()
    const heading = (await page.locator('h1').allTextContents()).join('|')
    const key = `${new URL(page.url()).pathname} ${heading} ${await page.locator('.why, .notice').count()}`
    if (this.seen.has(key)) return
    this.seen.add(key)
    const fault = (text) => this.faults.push(`${key}: ${text}`)

    const facts = await page.evaluate(
      '({ wide: document.documentElement.scrollWidth - document.documentElement.clientWidth, title: document.title.trim(), lang: document.documentElement.lang, h1: document.querySelectorAll("h1").length, dead: document.querySelectorAll("main a[href], main button").length })',
    )
    if (facts.wide > 0) fault(`${facts.wide} px too wide`)
    if (!facts.title) fault('no title')
    if (!facts.lang) fault('no language')
    if (facts.h1 !== 1) fault(`${facts.h1} first headings`)

    for (const violation of await this.#axe(page))
      fault(`axe ${violation.id}: ${violation.help} (${violation.nodes.slice(0, 3).join('; ')})`)
  }

  /** With scripts off axe-core looks at a copy: the same markup and styles in a page where scripts run, but not ours. */
  async #axe(page) {
    const look = async (target) => {
      await target.evaluate(axe)
      return target.evaluate(async (tags) => {
        const { violations } = await window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] })
        return violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) => node.target.join(' ')) }))
      }, tags)
    }
    if (this.options.javaScriptEnabled !== false) return look(page)
    const [html, url] = [await page.content(), page.url()]
    const context = await this.browser.newContext({ ...this.options, javaScriptEnabled: true })
    try {
      await context.route('**/*', (route) => {
        const kind = route.request().resourceType()
        if (kind !== 'document') return route.continue()
        const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "script-src 'none'" }
        return route.fulfill({ body: html, headers })
      })
      const copy = await context.newPage()
      await copy.goto(url)
      return await look(copy)
    } finally {
      await context.close()
    }
  }

  finish() {
    if (this.faults.length > 0) throw new Error(`${this.faults.length} faults\n  ${[...new Set(this.faults)].join('\n  ')}`)
  }
}
