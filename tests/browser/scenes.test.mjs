// Every scene with scripts on and off, on a desk and on a phone, in light and in dark.
// COUNTERSIGN_QUICK=1 keeps two of the eight combinations. COUNTERSIGN_SCENE=text keeps scenes whose name has the text.

import { after, afterEach, before, describe, test } from 'node:test'
import { scenes as byKeyboard } from './keyboard.mjs'
import { openStage, scenes } from './scenes.mjs'

const all = [true, false].flatMap((js) => ['desktop', 'phone'].flatMap((size) => ['light', 'dark'].map((scheme) => ({ js, size, scheme }))))
const quick = [all[0], all[7]]
const wanted = process.env.COUNTERSIGN_SCENE ?? ''

// Each combination has a server and a browser of its own: two at a time, on two cores.
describe('scenes', { concurrency: 2 }, () => {
  for (const combination of process.env.COUNTERSIGN_QUICK ? quick : all) {
    const { js, size, scheme } = combination
    // Its scenes one after the other: striking the stage after one would close the other's pages.
    describe(`${js ? 'with' : 'without'} scripts, ${size}, ${scheme}`, { concurrency: 1 }, () => {
      let stage
      before(async () => {
        stage = await openStage(combination)
      })
      afterEach(() => stage?.strike())
      after(() => stage?.close())

      for (const [name, scene] of Object.entries({ ...byKeyboard, ...scenes }).filter(([name]) => name.includes(wanted)))
        test(name, { timeout: 120_000 }, async () => {
          try {
            await scene(stage)
          } catch (error) {
            await stage?.picture(name)
            throw error
          }
        })

      test('axe-core, the policy and the window found nothing on any page', () => stage.judge.finish())
    })
  }
})
