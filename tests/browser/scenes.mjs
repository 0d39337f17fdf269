// What people do, one function each. A scene gets a stage: the server, the demo app, a fresh person, pages that are
// judged at every step. Scenes share nothing and run in any order.

import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { chromium, press, signInPage } from '../lib/chromium.mjs'
import { Judge } from '../lib/look.mjs'
import { codeOf, dev, linkOf, loopback } from '../lib/server.mjs'

const PASSWORD = 'four calm otters hum'

/** Starts a server and a browser for one combination of script, size and colour scheme. */
export async function openStage({ js, size, scheme }) {
  const server = await dev()
  const browser = await chromium()
  const app = await callbackApp()
  const options = {
    javaScriptEnabled: js,
    colorScheme: scheme,
    viewport: size === 'phone' ? { width: 360, height: 740 } : { width: 1280, height: 800 },
    hasTouch: size === 'phone',
    reducedMotion: 'reduce',
    locale: 'en-GB',
  }
  const judge = new Judge(browser, options, { only: [server.origin, new URL(server.demo_app).origin] })
  let people = 0
  const contexts = []

  const stage = {
    server,
    app,
    js,
    judge,
    options,
    look: (page) => judge.look(page),
    /** A browser of its own: no cookies, nothing remembered. */
    async newPage() {
      const context = judge.watch(await browser.newContext(options))
      contexts.push(context)
      context.setDefaultTimeout(15_000)
      return context.newPage()
    },
    newPerson: () => ({ email: `person.${++people}@example.com`, password: PASSWORD, name: `Person ${people}` }),
    /** Presses a button and looks at what follows. */
    async press(page, selector) {
      await press(page, selector)
      await judge.look(page)
    },
    /** Types the six digits; where scripts run they send themselves. */
    async enterCode(page, code) {
      if (!js) {
        await page.fill('#code', code)
        return stage.press(page, '#continue')
      }
      const moved = page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame() })
      await page.fill('#code', code)
      await moved
      await judge.look(page)
    },
    /** The demo app's front page, then its sign-in. */
    async begin(page) {
      await page.goto(server.demo_app)
      await judge.look(page)
      await stage.press(page, '#sign-in')
    },
    /** At the demo app, signed in. */
    async arrived(page) {
      await page.waitForURL((url) => url.origin === new URL(server.demo_app).origin)
      await page.locator('#checks').waitFor()
      await judge.look(page)
    },
    async signIn(page, person) {
      await stage.begin(page)
      await stage.finishSignIn(page, person)
    },
    async finishSignIn(page, person) {
      await signInPage(page, person, (url) => url.origin === new URL(server.demo_app).origin, { look: stage.look })
      await stage.arrived(page)
    },
    /** Creates an account through the pages, confirmed by code; ends at the demo app. */
    async signUp(page, person) {
      await stage.startSignUp(page, person)
      await stage.enterCode(page, codeOf(await server.mail(person.email)))
      await stage.arrived(page)
    },
    async startSignUp(page, person) {
      await stage.begin(page)
      await stage.press(page, '#sign-up')
      await page.fill('#identifier', person.email)
      if (await page.locator('#name').count()) await page.fill('#name', person.name)
      await page.fill('#new-password', person.password)
      await stage.press(page, '#continue')
      await page.locator('#code').waitFor()
    },
    async askForLink(page, person) {
      await stage.begin(page)
      const seen = (await server.mails(person.email)).length
      await page.fill('#identifier', person.email)
      await stage.press(page, '#send-link')
      await page.locator('#code').waitFor()
      return server.mail(person.email, seen)
    },
    /** A request of one client of its own, answered at a callback page that only remembers. */
    request(client, more = {}) {
      const redirect_uri = loopback(client.redirect_uris[0], app.port)
      const verifier = randomBytes(32).toString('base64url')
      const query = new URLSearchParams({
        client_id: client.client_id,
        redirect_uri,
        response_type: 'code',
        scope: 'openid email',
        state: randomBytes(8).toString('hex'),
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...more,
      })
      return `${server.issuer}/authorize?${query}`
    },
    /** Every error page says what happened and offers one way on. */
    async wayOn(page) {
      await judge.look(page)
      const way = page.locator('#way-on')
      await way.waitFor()
      await stage.press(page, '#way-on')
    },
    /** Keeps a picture of every open page beside the server's log. */
    async picture(name) {
      const folder = process.env.COUNTERSIGN_LOGS
      if (!folder) return
      const pages = contexts.flatMap((context) => context.pages())
      for (const [at, page] of pages.entries()) {
        const file = `${name.replace(/\W+/g, '-')}-${js ? 'js' : 'plain'}-${size}-${scheme}-${at}.png`
        await page.screenshot({ path: join(folder, file), fullPage: true }).catch(() => {})
      }
    },
    /** Ends what a scene opened. */
    async strike() {
      for (const context of contexts.splice(0)) await context.close()
    },
    async close() {
      await browser.close()
      app.close()
      await server.stop()
    },
  }
  return stage
}

/** An app that remembers what it was called with. */
async function callbackApp() {
  const calls = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const url = new URL(request.url, 'http://app')
      if (url.pathname !== '/favicon.ico') calls.push({ method: request.method, query: url.searchParams, body: new URLSearchParams(body) })
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      response.end('<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,"><h1>App</h1></html>')
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  return { port, calls, close: () => server.close(), here: (url) => url.port === String(port) }
}

export const scenes = {
  async 'signs in, is known the second time, signs out'(stage) {
    const page = await stage.newPage()
    await stage.signIn(page, stage.server.users[0])
    await page.goto(stage.server.demo_app)
    if (await page.locator('#sign-out').count()) await stage.press(page, '#sign-out')
    await page.goto(stage.server.demo_app)
    await page.locator('#sign-in').waitFor()
    await stage.begin(page)
    await page.locator('#identifier').waitFor()
  },

  async 'signs in with a provider by keyboard, links another, and may refuse'(stage) {
    const page = await stage.newPage()
    const enter = async (selector) => {
      const moved = page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame() })
      await page.focus(selector)
      await page.keyboard.press('Enter')
      await moved
      await page.waitForLoadState()
      await stage.look(page)
    }
    // Refused there: every other way in is here.
    await stage.begin(page)
    await enter('#provider-github')
    await enter('#refuse')
    await page.locator('[role=alert]').waitFor()
    await page.locator('#identifier').waitFor()
    assert.ok(!page.url().includes('code='))
    // Kim is new.
    await enter('#provider-github')
    await enter('#person-kim')
    await stage.arrived(page)
    await page.goto(`${stage.server.issuer}/account/linked`)
    await stage.look(page)
    assert.match(await page.locator('main').innerText(), /GitHub[\s\S]*kim/)
    await enter('#link-google')
    await enter('#person-robin')
    await page.locator('[role=status]').waitFor()
    assert.equal(await page.locator('.rows > li').count(), 2)
    // Unlinked again, by its own button.
    await enter('.rows > li:nth-child(2) button')
    assert.equal(await page.locator('.rows > li').count(), 1)
    // Anna has an account with the address that GitLab tells: it is asked about, and her password links the two.
    const other = await stage.newPage()
    await stage.begin(other)
    await stage.press(other, '#provider-gitlab')
    await stage.press(other, '#person-anna')
    const asked = await other.locator('#not-now').count()
    if (asked) {
      await stage.press(other, '#continue')
      await other.fill('#password', stage.server.users[0].password)
      await stage.press(other, '#continue')
    }
    await stage.arrived(other)
    const again = await stage.newPage()
    await stage.begin(again)
    await stage.press(again, '#provider-gitlab')
    await stage.press(again, '#person-anna')
    await stage.arrived(again)
  },

  async 'goes on by itself while the session lives'(stage) {
    const page = await stage.newPage()
    await stage.signIn(page, stage.server.users[0])
    await page.goto(stage.request(stage.server.client('public')))
    await page.waitForURL(stage.app.here)
  },

  async 'a wrong password says so and keeps the address'(stage) {
    const page = await stage.newPage()
    await stage.begin(page)
    await page.fill('#identifier', stage.server.users[0].email)
    await stage.press(page, '#continue')
    await page.fill('#password', 'not the password at all')
    await stage.press(page, '#continue')
    await page.locator('[role=alert]').waitFor()
    assert.ok((await page.content()).includes(stage.server.users[0].email))
    assert.equal(await page.inputValue('#password'), '')
    await page.fill('#password', stage.server.users[0].password)
    await stage.press(page, '#continue')
    await stage.arrived(page)
  },

  async 'what follows the address does not tell whether there is an account'(stage) {
    const texts = []
    for (const email of [stage.server.users[0].email, 'nobody.here@example.com']) {
      const page = await stage.newPage()
      await stage.begin(page)
      await page.fill('#identifier', email)
      await stage.press(page, '#continue')
      texts.push((await page.locator('main').innerText()).replaceAll(email, '[email]'))
      await page.fill('#password', 'not the password at all')
      await stage.press(page, '#continue')
      texts.push((await page.locator('main').innerText()).replaceAll(email, '[email]'))
    }
    assert.deepEqual(texts.slice(0, 2), texts.slice(2))
  },

  async 'signs up and confirms by code'(stage) {
    const page = await stage.newPage()
    await stage.signUp(page, stage.newPerson())
  },

  async 'signs up and confirms by the link in the same browser'(stage) {
    const [page, person] = [await stage.newPage(), stage.newPerson()]
    await stage.startSignUp(page, person)
    const tab = await page.context().newPage()
    await tab.goto(linkOf(await stage.server.mail(person.email)))
    await stage.look(tab)
    await stage.press(tab, '#continue')
    await stage.arrived(tab)
  },

  async 'signs up and confirms by the link on another device'(stage) {
    const [page, person] = [await stage.newPage(), stage.newPerson()]
    await stage.startSignUp(page, person)
    const phone = await stage.newPage()
    await phone.goto(linkOf(await stage.server.mail(person.email)))
    await stage.look(phone)
    await stage.enterCode(page, (await phone.locator('#link-code').innerText()).replace(/\s/g, ''))
    await stage.arrived(page)
  },

  async 'sign-up tells what to mend'(stage) {
    const page = await stage.newPage()
    await stage.begin(page)
    await stage.press(page, '#sign-up')
    await page.fill('#identifier', 'nobody')
    await page.fill('#new-password', 'short')
    await stage.press(page, '#continue')
    await page.locator('[role=alert]').waitFor()
    assert.equal(await page.inputValue('#identifier'), 'nobody')
  },

  async 'a magic link in the same browser finishes with one click'(stage) {
    const page = await stage.newPage()
    const mail = await stage.askForLink(page, stage.server.users[0])
    const tab = await page.context().newPage()
    await tab.goto(linkOf(mail))
    await stage.look(tab)
    await tab.reload()
    await stage.press(tab, '#continue')
    await stage.arrived(tab)
    await tab.goto(linkOf(mail))
    await stage.look(tab)
    assert.equal(await tab.locator('#continue').count(), 0, 'a link works once')
  },

  async 'a magic link on another device shows a code for the first browser'(stage) {
    const page = await stage.newPage()
    const mail = await stage.askForLink(page, stage.server.users[0])
    const phone = await stage.newPage()
    await phone.goto(linkOf(mail))
    await stage.look(phone)
    await stage.enterCode(page, (await phone.locator('#link-code').innerText()).replace(/\s/g, ''))
    await stage.arrived(page)
  },

  async 'a magic link on another device signs in that device only'(stage) {
    const page = await stage.newPage()
    const mail = await stage.askForLink(page, stage.server.users[0])
    const phone = await stage.newPage()
    await phone.goto(linkOf(mail))
    await stage.press(phone, '#continue')
    await phone.goto(`${stage.server.issuer}/account`)
    await stage.look(phone)
    assert.ok((await phone.content()).includes(stage.server.users[0].email))
    await page.goto(`${stage.server.issuer}/account`)
    await page.locator('#identifier').waitFor()
  },

  async 'a forgotten password is replaced, once, and the old one is void'(stage) {
    const [page, person] = [await stage.newPage(), stage.newPerson()]
    await stage.signUp(page, person)
    const other = await stage.newPage()
    await stage.begin(other)
    await other.fill('#identifier', person.email)
    await stage.press(other, '#continue')
    const seen = (await stage.server.mails(person.email)).length
    await stage.press(other, '#forgot')
    await other.fill('#identifier', person.email)
    await stage.press(other, '#continue')
    const link = linkOf(await stage.server.mail(person.email, seen))
    await other.goto(link)
    await stage.look(other)
    if (!(await other.locator('#new-password').count())) await stage.press(other, '#continue')
    const next = 'seven quiet herons land'
    await other.fill('#new-password', next)
    await stage.press(other, '#continue')
    // Everybody else is signed out.
    await page.goto(`${stage.server.issuer}/account`)
    await page.locator('#identifier').waitFor()
    const third = await stage.newPage()
    await third.goto(link)
    await stage.look(third)
    assert.equal(await third.locator('#new-password').count(), 0, 'a reset link works once')
    await stage.signIn(third, { ...person, password: next })
  },

  async 'consent: no sends the app away, yes is remembered'(stage) {
    const client = stage.server.clients.find((one) => one.first_party === false && one.redirect_uris.length > 0)
    assert.ok(client, 'countersign dev has a third-party client')
    const [page, person] = [await stage.newPage(), stage.newPerson()]
    await stage.signUp(page, person)
    await page.goto(stage.request(client))
    await stage.look(page)
    await stage.press(page, '#deny')
    await page.waitForURL(stage.app.here)
    assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied')
    await page.goto(stage.request(client))
    await stage.press(page, '#allow')
    await page.waitForURL(stage.app.here)
    assert.ok(new URL(page.url()).searchParams.get('code'))
    await page.goto(stage.request(client))
    await page.waitForURL(stage.app.here)
    // The account page can take it back.
    await page.goto(`${stage.server.issuer}/account/apps`)
    await stage.look(page)
    while (await page.locator('button[name=do][value=remove]').count()) await stage.press(page, 'button[name=do][value=remove] >> nth=0')
    await page.goto(stage.request(client))
    await page.locator('#allow').waitFor()
  },

  async 'the account page ends other sessions'(stage) {
    const [page, person] = [await stage.newPage(), stage.newPerson()]
    await stage.signUp(page, person)
    const other = await stage.newPage()
    await stage.signIn(other, person)
    await page.goto(`${stage.server.issuer}/account/sessions`)
    await stage.look(page)
    assert.equal(await page.locator('button[name=do][value=end]').count(), 2)
    await stage.press(page, '#end-others')
    await other.goto(`${stage.server.issuer}/account`)
    await other.locator('#identifier').waitFor()
    await page.goto(`${stage.server.issuer}/account`)
    await page.locator('#name').waitFor()
    // Everywhere: this browser too.
    await page.goto(`${stage.server.issuer}/account/sessions`)
    await stage.press(page, '#sign-out-everywhere')
    await page.goto(`${stage.server.issuer}/account`)
    await page.locator('#identifier').waitFor()
  },

  async 'the account page changes the password and the profile'(stage) {
    const [page, person] = [await stage.newPage(), stage.newPerson()]
    await stage.signUp(page, person)
    await page.goto(`${stage.server.issuer}/account`)
    await stage.look(page)
    await page.fill('#name', 'Anna Änderung')
    await stage.press(page, '#continue')
    assert.equal(await page.inputValue('#name'), 'Anna Änderung')
    await page.goto(`${stage.server.issuer}/account/security`)
    await stage.look(page)
    const next = 'nine patient badgers dig'
    await page.fill('#current-password', 'wrong, this one')
    await page.fill('#new-password', next)
    await stage.press(page, '#continue')
    await page.locator('[role=alert]').waitFor()
    await page.fill('#current-password', person.password)
    await page.fill('#new-password', next)
    await stage.press(page, '#continue')
    await page.locator('[role=status]').first().waitFor()
    await page.goto(`${stage.server.issuer}/account`)
    await page.locator('#name').waitFor()
    await stage.signIn(await stage.newPage(), { ...person, password: next })
  },

  async 'signs out from the account page'(stage) {
    const page = await stage.newPage()
    await stage.signIn(page, stage.server.users[0])
    await page.goto(`${stage.server.issuer}/account`)
    await stage.press(page, '#sign-out')
    if (await page.locator('#sign-out').count()) await stage.press(page, '#sign-out')
    await page.goto(`${stage.server.issuer}/account`)
    await page.locator('#identifier').waitFor()
  },

  async 'a device is connected by its code, and another one is not'(stage) {
    const ask = async (path, fields) => {
      const answer = await fetch(`${stage.server.issuer}${path}`, { method: 'POST', body: new URLSearchParams({ client_id: 'demo-device', ...fields }) })
      return answer.json()
    }
    const poll = ({ device_code }) => ask('/token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code })
    const told = await ask('/device_authorization', { scope: 'openid profile' })
    const page = await stage.newPage()
    await page.goto(told.verification_uri)
    await stage.look(page)
    // Nothing typed, then another code, then the right one in the way people type.
    await stage.press(page, '#continue')
    await page.locator('[role=alert]').waitFor()
    await page.fill('#code', 'BBBB-BBBB')
    await stage.press(page, '#continue')
    await page.locator('[role=alert]').waitFor()
    assert.equal(await page.inputValue('#code'), 'BBBB-BBBB')
    await page.fill('#code', told.user_code.toLowerCase().replace('-', ' '))
    await stage.press(page, '#continue')
    await page.fill('#identifier', stage.server.users[0].email)
    await stage.press(page, '#continue')
    await page.fill('#password', stage.server.users[0].password)
    await stage.press(page, '#continue')
    assert.equal(await page.locator('#device-code').innerText(), told.user_code)
    assert.ok(await page.locator('#caution').isVisible())
    assert.equal((await poll(told)).error, 'authorization_pending')
    await stage.press(page, '#allow')
    assert.ok((await page.locator('main').innerText()).includes('You can go back to your device'))
    assert.ok((await poll(told)).access_token)
    // Back: the question is over, and says so.
    await page.goBack()
    if (await page.locator('#allow').count()) await stage.press(page, '#allow')
    await stage.look(page)
    // By the link in a QR code: known here, and still asked; another browser gets nowhere with it.
    const second = await ask('/device_authorization', { scope: 'openid' })
    await page.goto(second.verification_uri_complete)
    assert.equal(await page.inputValue('#code'), second.user_code)
    await stage.press(page, '#continue')
    const stranger = await stage.newPage()
    await stranger.goto(second.verification_uri_complete)
    await stage.press(stranger, '#continue')
    await stranger.locator('[role=alert]').waitFor()
    await stage.press(page, '#deny')
    assert.equal((await poll(second)).error, 'access_denied')
  },

  async 'two tabs: each is its own sign-in, and both end well'(stage) {
    const page = await stage.newPage()
    const tab = await page.context().newPage()
    await page.goto(stage.request(stage.server.client('public'), { state: 'one' }))
    await tab.goto(stage.request(stage.server.client('confidential'), { state: 'two' }))
    const until = (url) => stage.app.here(url)
    await signInPage(tab, stage.server.users[0], until, { look: stage.look })
    assert.equal(new URL(tab.url()).searchParams.get('state'), 'two')
    await signInPage(page, stage.server.users[0], until, { look: stage.look })
    assert.equal(new URL(page.url()).searchParams.get('state'), 'one')
  },

  async 'the back button after arriving ends on a page with a way on'(stage) {
    const page = await stage.newPage()
    await page.goto(stage.request(stage.server.client('public')))
    await signInPage(page, stage.server.users[0], stage.app.here)
    await page.goBack()
    await page.waitForLoadState()
    if (stage.app.here(new URL(page.url()))) return
    if (await page.locator('#password').count()) {
      await page.fill('#password', stage.server.users[0].password)
      await press(page, '#continue')
    }
    await stage.look(page)
    if (!stage.app.here(new URL(page.url()))) {
      assert.ok(await page.locator('#way-on, main a, main button').count(), 'a way on')
      assert.doesNotMatch(await page.locator('main').innerText(), /internal|exception|panic/i)
    }
  },

  async 'a form sent twice ends on the page of the first'(stage) {
    const page = await stage.newPage()
    await page.goto(stage.request(stage.server.client('public')))
    await page.fill('#identifier', stage.server.users[0].email)
    await press(page, '#continue')
    const form = await page.locator('form:has(#password)').evaluate((form) => ({ action: form.action, data: [...new FormData(form)] })).catch(() => undefined)
    await page.fill('#password', stage.server.users[0].password)
    await press(page, '#continue')
    await page.waitForURL(stage.app.here)
    if (!form) return
    const again = await page.context().request.post(form.action, {
      form: { ...Object.fromEntries(form.data), password: stage.server.users[0].password, do: 'continue' },
      headers: { origin: stage.server.origin, 'sec-fetch-site': 'same-origin' },
      maxRedirects: 0,
    })
    assert.ok(again.status() < 500)
    assert.ok(!/[?&]code=/.test(again.headers().location ?? ''), 'no second code for a finished sign-in')
  },

  async 'cookies lost on the way: the page says so and offers the way on'(stage) {
    const page = await stage.newPage()
    await stage.begin(page)
    await page.context().clearCookies()
    await page.fill('#identifier', stage.server.users[0].email)
    await stage.press(page, '#continue')
    if (await page.locator('#password').count()) {
      await page.fill('#password', stage.server.users[0].password)
      await stage.press(page, '#continue')
    }
    await stage.wayOn(page)
    if (await page.locator('#sign-in').count()) await stage.press(page, '#sign-in')
    await stage.finishSignIn(page, stage.server.users[0])
  },

  async 'unknown apps and addresses are shown, never followed'(stage) {
    const page = await stage.newPage()
    const client = stage.server.client('public')
    await page.goto(stage.request({ ...client, client_id: 'nobody-knows-me' }))
    await stage.look(page)
    await page.locator('#error-title').waitFor()
    await page.goto(stage.request(client, { redirect_uri: `http://127.0.0.1:${stage.app.port}/elsewhere` }))
    await stage.look(page)
    await page.locator('#error-title').waitFor()
    assert.equal(new URL(page.url()).origin, stage.server.origin)
    const reference = (await page.locator('#reference').innerText()).split('·')[0].trim()
    await page.goto(`${stage.server.issuer}/dev/flows/${reference}`)
    await stage.look(page)
    assert.match(await page.locator('main').innerText(), /redirect/i)
  },

  async 'form_post carries the answer, with and without scripts'(stage) {
    const page = await stage.newPage()
    const before = stage.app.calls.length
    await page.goto(stage.request(stage.server.client('public'), { response_mode: 'form_post', state: 'posted' }))
    await page.fill('#identifier', stage.server.users[0].email)
    await press(page, '#continue')
    await page.fill('#password', stage.server.users[0].password)
    await press(page, '#continue')
    if (!stage.js) {
      await stage.look(page)
      await press(page, '#continue')
    }
    await page.waitForURL(stage.app.here)
    const call = stage.app.calls.slice(before).find((one) => one.method === 'POST')
    assert.equal(call.body.get('state'), 'posted')
    assert.ok(call.body.get('code'))
    assert.equal([...call.query].length, 0)
  },

  async 'the pages of countersign dev'(stage) {
    const page = await stage.newPage()
    await stage.signIn(page, stage.server.users[0])
    for (const path of ['/dev', '/dev/inbox', '/dev/flows']) {
      await page.goto(stage.server.issuer + path)
      await stage.look(page)
    }
    // Without scripts a browser draws every frame at once, however far down it is: that is not waited for.
    await page.goto(stage.server.issuer + '/dev/screens?lang=ar-XB&app=brand', { waitUntil: stage.js ? 'load' : 'domcontentloaded' })
    assert.ok((await page.locator('iframe').count()) > 100)
    if (stage.js) await stage.look(page)
    await page.goto(stage.server.issuer + '/dev/flows')
    await page.locator('main table a').first().click()
    await page.waitForLoadState()
    await stage.look(page)
    await page.goto(stage.server.demo_app)
    if (await page.locator('#refresh').count()) await stage.press(page, '#refresh')
    await page.locator('#flow').waitFor()
  },

  async 'by keyboard alone'(stage) {
    const page = await stage.newPage()
    await stage.begin(page)
    const { email, password } = stage.server.users[0]
    const enter = async (text) => {
      await page.keyboard.type(text)
      const moved = page.waitForEvent('framenavigated')
      await page.keyboard.press('Enter')
      await moved
      await page.waitForLoadState()
    }
    // The field has the focus, and Enter means Continue.
    await enter(email)
    await page.locator('#password').waitFor()
    await enter(password)
    await stage.arrived(page)
  },

  async 'the first load is small'(stage) {
    const page = await stage.newPage()
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Network.enable')
    let bytes = 0
    cdp.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
    await page.goto(stage.request(stage.server.client('public')), { waitUntil: 'networkidle' })
    await page.locator('#identifier').waitFor()
    assert.ok(bytes > 500 && bytes <= 60_000, `${bytes} bytes`)
  },

  // Last by nature, not by need: it has the whole stage's clock, so it uses none that others are waiting on.
  async 'a flow older than its hour says so and begins anew'(stage) {
    const page = await stage.newPage()
    await stage.begin(page)
    await stage.server.advance('61m')
    await page.fill('#identifier', stage.server.users[0].email)
    await stage.press(page, '#continue')
    if (await page.locator('#password').count()) {
      await page.fill('#password', stage.server.users[0].password)
      await stage.press(page, '#continue')
    }
    await stage.wayOn(page)
    if (await page.locator('#sign-in').count()) await stage.press(page, '#sign-in')
    await stage.finishSignIn(page, stage.server.users[0])
  },

  async 'a link older than its quarter of an hour says so'(stage) {
    const page = await stage.newPage()
    const mail = await stage.askForLink(page, stage.server.users[0])
    await stage.server.advance('16m')
    const tab = await page.context().newPage()
    await tab.goto(linkOf(mail))
    await stage.look(tab)
    if (await tab.locator('#continue').count()) await stage.press(tab, '#continue')
    await tab.locator('#error-title').waitFor()
    assert.ok(await tab.locator('#way-on').count(), 'a way on')
  },
}
