// A browser without a screen: cookies, redirects and forms over node:http, with the headers a real one sends.
// It drives the pages by the stable element ids: identifier, password, continue, code, allow, deny, sign-out.

import http from 'node:http'
import https from 'node:https'

export class Browser {
  /** @param {{ca?: string, resolve?: Record<string, string>}} options  `ca`: PEM to trust; `resolve`: host -> address */
  constructor({ ca, resolve = {} } = {}) {
    this.ca = ca
    this.resolve = resolve
    this.cookies = []
    this.page = undefined
  }

  /** Goes to a URL as if typed, or from another site when `from` is given. Stops before any URL that `until` accepts. */
  async open(url, { until = () => false, from } = {}) {
    return this.#travel('GET', new URL(url), undefined, until, from ? 'cross-site' : 'none')
  }

  /** Sends a form of another site (a cross-site POST). */
  async postFrom(origin, url, fields, { until = () => false } = {}) {
    return this.#travel('POST', new URL(url), new URLSearchParams(fields), until, 'cross-site', origin)
  }

  /** Fills the current page's form by element id or name and presses the button with that id (or name=value). */
  async submit(fill, press, { until = () => false } = {}) {
    const form = this.form(press)
    const fields = new URLSearchParams()
    const filled = new Set()
    for (const input of form.inputs) {
      if (!input.name) continue
      const key = [input.id, input.name].find((one) => one && one in fill)
      if (key) {
        fields.append(input.name, fill[key])
        filled.add(key)
      } else if (['checkbox', 'radio'].includes(input.type)) {
        if ('checked' in input) fields.append(input.name, input.value ?? 'on')
      } else fields.append(input.name, input.value ?? '')
    }
    for (const key of Object.keys(fill)) if (!filled.has(key)) throw new Error(`no field ${key} on ${this.where()}`)
    const button = form.buttons.find((one) => matches(one, press))
    if (button?.name) fields.append(button.name, button.value ?? '')
    const action = new URL(button?.formaction ?? form.action ?? this.page.url, this.page.url)
    if ((button?.formmethod ?? form.method ?? 'get').toLowerCase() === 'get') {
      action.search = fields.toString()
      return this.#travel('GET', action, undefined, until, 'same-origin')
    }
    const policy = /no-referrer/.test(this.page.headers['referrer-policy'] ?? '')
    const same = action.origin === new URL(this.page.url).origin
    const origin = policy && !same ? 'null' : new URL(this.page.url).origin
    return this.#travel('POST', action, fields, until, same ? 'same-origin' : 'cross-site', origin)
  }

  /** Does the page have an element with this id? */
  has(id) {
    return new RegExp(`\\sid=["']?${id}["'\\s>]`).test(this.page.html)
  }

  /** The form that holds the button (an id, or "name=value"), else the first form. */
  form(press) {
    const forms = parseForms(this.page.html)
    const found = forms.find((form) => form.buttons.some((button) => matches(button, press)))
    if (!found) throw new Error(`no button ${press} on ${this.where()}`)
    return found
  }

  /** For a failure message: where we are and what the page says. */
  where() {
    const { url, status, html } = this.page
    const text = html.replace(/<(style|script)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim()
    return `${status} ${url.split('?')[0]}: ${text.slice(0, 400)}`
  }

  /** Walks through the sign-in pages until the browser would be sent to `until`; returns that URL. */
  async signIn({ email, password }, { until, consent = 'allow' }) {
    for (let steps = 0; steps < 8; steps++) {
      if (this.page.stopped) return this.page.stopped
      if (this.has('allow')) await this.submit({}, consent, { until })
      else if (this.has('password')) await this.submit({ password }, 'continue', { until })
      else if (this.has('identifier')) await this.submit({ identifier: email }, 'continue', { until })
      else if (parseForms(this.page.html).length === 1 && !this.has('continue')) {
        const [form] = parseForms(this.page.html)
        if (until(new URL(form.action ?? '', this.page.url))) return this.page.url
        throw new Error(`stuck at ${this.where()}`)
      } else throw new Error(`stuck at ${this.where()}`)
    }
    if (this.page.stopped) return this.page.stopped
    throw new Error(`never arrived: ${this.where()}`)
  }

  async #travel(method, url, body, until, site, origin) {
    const trail = []
    for (let hops = 0; hops < 20; hops++) {
      if (until(url)) {
        this.page = { url: url.href, status: 0, html: '', headers: {}, stopped: url, posted: method === 'POST' ? body : undefined }
        return this.page
      }
      const answer = await this.#ask(method, url, body, site, origin)
      trail.push(`${answer.status} ${url.pathname}`)
      this.#keep(url, answer.headers['set-cookie'] ?? [])
      const next = answer.headers.location
      if (answer.status >= 300 && answer.status < 400 && next) {
        const to = new URL(next, url)
        if (![307, 308].includes(answer.status)) [method, body] = ['GET', undefined]
        if (site === 'same-origin' && to.origin !== url.origin) site = 'cross-site'
        url = to
        continue
      }
      this.page = { url: url.href, status: answer.status, html: answer.text, headers: answer.headers, trail }
      return this.page
    }
    throw new Error(`redirected for ever: ${trail.join(' -> ')}`)
  }

  #ask(method, url, body, site, origin) {
    const headers = {
      accept: 'text/html,application/xhtml+xml',
      'accept-language': 'en',
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) countersign-tests',
      'sec-fetch-site': site,
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      host: url.host,
    }
    const cookie = this.#cookiesFor(url, site === 'cross-site' && method === 'POST')
    if (cookie) headers.cookie = cookie
    const payload = body?.toString()
    if (payload !== undefined) {
      headers['content-type'] = 'application/x-www-form-urlencoded'
      headers['content-length'] = Buffer.byteLength(payload)
      if (origin) headers.origin = origin
    }
    const transport = url.protocol === 'https:' ? https : http
    const hostname = this.resolve[url.hostname] ?? url.hostname
    return new Promise((resolve, reject) => {
      const request = transport.request(
        { method, hostname, servername: url.hostname, port: url.port || undefined, path: url.pathname + url.search, headers, ca: this.ca, family: 4 },
        (answer) => {
          const chunks = []
          answer.on('data', (chunk) => chunks.push(chunk))
          answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString() }))
        },
      )
      request.on('error', reject)
      request.end(payload)
    })
  }

  /** Cookies know no port: RFC 6265 8.5. */
  #keep(url, lines) {
    for (const line of lines) {
      const [pair, ...attributes] = line.split(';').map((part) => part.trim())
      const at = pair.indexOf('=')
      const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), host: url.hostname, path: '/', sameSite: 'lax' }
      for (const attribute of attributes) {
        const [key, value = ''] = attribute.split('=')
        if (/^path$/i.test(key)) cookie.path = value
        if (/^secure$/i.test(key)) cookie.secure = true
        if (/^httponly$/i.test(key)) cookie.httpOnly = true
        if (/^samesite$/i.test(key)) cookie.sameSite = value.toLowerCase()
        if (/^max-age$/i.test(key) && Number(value) <= 0) cookie.gone = true
        if (/^expires$/i.test(key) && Date.parse(value) < Date.now() - 366 * 86400e3) cookie.gone = true
      }
      if (cookie.secure && url.protocol !== 'https:') continue
      if (cookie.name.startsWith('__Host-') && !(cookie.secure && cookie.path === '/')) continue
      this.cookies = this.cookies.filter((one) => !(one.name === cookie.name && one.host === cookie.host && one.path === cookie.path))
      if (!cookie.gone) this.cookies.push(cookie)
    }
  }

  #cookiesFor(url, crossSitePost) {
    const under = (path) => path === '/' || url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
    return this.cookies
      .filter((one) => one.host === url.hostname && under(one.path) && (!one.secure || url.protocol === 'https:'))
      .filter((one) => !(crossSitePost && one.sameSite !== 'none'))
      .map((one) => `${one.name}=${one.value}`)
      .join('; ')
  }
}

function matches(button, press) {
  if (!press.includes('=')) return button.id === press
  const [name, value] = press.split('=')
  return button.name === name && button.value === value
}

/** The forms of a page of ours: well-formed, attributes quoted. A control may name its form by `form=`. */
export function parseForms(html) {
  const body = html.replace(/<!--[\s\S]*?-->/g, '')
  const forms = [...body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, inner]) => ({ ...attributes(head), inputs: [], buttons: [], inner }))
  const collect = (text, form) => {
    for (const [, kind, head, rest] of text.matchAll(/<(input|button|textarea|select)\b([^>]*)>([^<]*)/gi)) {
      const control = attributes(head)
      const owner = control.form ? forms.find((one) => one.id === control.form) : form
      if (!owner || 'disabled' in control) continue
      const tag = kind.toLowerCase()
      if (tag === 'button' || ['submit', 'image'].includes(control.type)) {
        if (control.type !== 'button' && control.type !== 'reset') owner.buttons.push(control)
      } else owner.inputs.push(tag === 'textarea' ? { ...control, value: decode(rest) } : control)
    }
  }
  for (const form of forms) collect(form.inner, form)
  collect(body.replace(/<form\b[\s\S]*?<\/form>/gi, ''), undefined)
  return forms
}

function attributes(head) {
  const found = {}
  for (const [, name, , , double, single, bare] of head.matchAll(/([^\s=/>"']+)(=("([^"]*)"|'([^']*)'|([^\s>]+)))?/g))
    found[name.toLowerCase()] = decode(double ?? single ?? bare ?? '')
  return found
}

function decode(text) {
  const names = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name) => {
    if (name[0] !== '#') return names[name] ?? whole
    return String.fromCodePoint(name[1].toLowerCase() === 'x' ? parseInt(name.slice(2), 16) : Number(name.slice(1)))
  })
}
