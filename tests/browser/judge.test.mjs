// The judge itself: what it must find on a page that is wrong in every way, and nothing on one that is right.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { chromium } from '../lib/chromium.mjs'
import { Judge } from '../lib/look.mjs'

const wrong = `<!doctype html><html><title></title><h1>One</h1><h1>Two</h1><main><input><p style="color:#aaa;background:#fff">pale</p>
<div style="width:4000px">wide</div><script>document.title = 'blocked'</script></main></html>`
const right = `<!doctype html><html lang="en"><title>Right</title><link rel="icon" href="data:,"><main><h1>Right</h1><label>Name <input autocomplete="name"></label></main></html>`

describe('the judge', () => {
  let browser, server, origin
  before(async () => {
    browser = await chromium()
    server = createServer((request, response) => {
      const policy = request.url === '/wrong' ? "default-src 'none'; style-src 'unsafe-inline'" : "default-src 'none'; img-src data:"
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
      response.end(request.url === '/wrong' ? wrong : right)
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${server.address().port}`
  })
  after(async () => {
    await browser?.close()
    server?.close()
  })

  for (const javaScriptEnabled of [true, false]) {
    const judged = async (path) => {
      const options = { javaScriptEnabled, viewport: { width: 360, height: 740 } }
      const judge = new Judge(browser, options, { only: [origin] })
      const context = judge.watch(await browser.newContext(options))
      const page = await context.newPage()
      await page.goto(origin + path)
      await judge.look(page)
      await context.close()
      return judge
    }

    test(`finds what is wrong ${javaScriptEnabled ? 'with' : 'without'} scripts`, async () => {
      const faults = (await judged('/wrong')).faults.join('\n')
      const expected = ['too wide', 'no title', 'no language', 'first headings', 'axe label', 'axe html-has-lang', 'axe color-contrast']
      if (javaScriptEnabled) expected.push('policy on')
      for (const fault of expected) assert.ok(faults.includes(fault), `${fault} in\n${faults}`)
    })

    test(`finds nothing where nothing is ${javaScriptEnabled ? 'with' : 'without'} scripts`, async () => (await judged('/right')).finish())
  }
})
