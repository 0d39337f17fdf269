// A person without a mouse: Tab and Enter alone. At every stop the focus must be seen.

import assert from 'node:assert/strict'

/** Presses Tab until the element has the focus; each stop on the way must show where it is. */
export async function tabTo(page, selector) {
  for (let stops = 0; stops < 80; stops++) {
    const at = await page.evaluate((wanted) => {
      const element = document.activeElement
      if (!element || element === document.body) return { there: false, name: 'the page' }
      const style = getComputedStyle(element)
      const box = element.getBoundingClientRect()
      const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
      return {
        there: element.matches(wanted),
        name: element.id || element.outerHTML.slice(0, 80),
        ring,
        inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        covered: style.visibility !== 'visible' || style.opacity === '0' || box.width < 2,
      }
    }, selector)
    if (at.name !== 'the page') {
      assert.ok(at.ring, `${at.name} does not show that it has the focus on ${page.url()}`)
      assert.ok(at.inside && !at.covered, `${at.name} has the focus where nobody sees it on ${page.url()}`)
    }
    if (at.there) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no way by Tab to ${selector} on ${page.url()}`)
}

/** Enter on an element leads to another page. */
export async function enter(stage, page, selector) {
  await tabTo(page, selector)
  const moved = page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame() })
  await page.keyboard.press('Enter')
  await moved
  await page.waitForLoadState()
  await stage.look(page)
}

export async function type(page, selector, text) {
  await tabTo(page, selector)
  await page.keyboard.type(text)
}

export const scenes = {
  async 'signs up, signs in, consents and governs the account by Tab and Enter alone'(stage) {
    const { codeOf } = await import('../lib/server.mjs')
    const [page, person] = [await stage.newPage(), stage.newPerson()]
    const { issuer, demo_app } = stage.server
    await page.goto(demo_app)
    await enter(stage, page, '#sign-in')
    await enter(stage, page, '#sign-up')
    await type(page, '#identifier', person.email)
    await type(page, '#name', person.name)
    await type(page, '#new-password', person.password)
    await enter(stage, page, '#continue')
    const code = codeOf(await stage.server.mail(person.email))
    await tabTo(page, '#code')
    const moved = page.waitForEvent('framenavigated', { predicate: (frame) => frame === page.mainFrame() })
    await page.keyboard.type(code)
    if (!stage.js) await page.keyboard.press('Enter')
    await moved
    await stage.arrived(page)

    // Somebody else's app asks.
    const client = stage.server.clients.find((one) => one.first_party === false && one.redirect_uris.length > 0)
    await page.goto(stage.request(client))
    await enter(stage, page, '#allow')
    await page.waitForURL(stage.app.here)

    await page.goto(`${issuer}/account`)
    await type(page, '#nickname', 'Tab')
    await enter(stage, page, '#continue')
    assert.equal(await page.inputValue('#nickname'), 'Tab')
    for (const part of ['security', 'sessions', 'apps']) await enter(stage, page, `#nav-${part}`)
    await enter(stage, page, 'button[name=do][value=remove]')
    await enter(stage, page, '#sign-out')

    // In another browser, with a slip on the way: what was wrong is read out, and the field keeps its place.
    const other = await stage.newPage()
    await other.goto(demo_app)
    await enter(stage, other, '#sign-in')
    await type(other, '#identifier', person.email)
    await enter(stage, other, '#continue')
    await type(other, '#password', 'not this one at all')
    await enter(stage, other, '#continue')
    await other.locator('[role=alert]').waitFor()
    await type(other, '#password', person.password)
    await tabTo(other, '#continue')
    await other.keyboard.press('Enter')
    await stage.arrived(other)
  },
}
