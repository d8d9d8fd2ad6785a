import { afterAll, expect, test } from 'vitest'
import { standardDefaults } from '../../src/disclosure/defaults.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { createScripts } from '../../src/sandbox/script/scripts.ts'
import { pythonJail } from '../support/scripts.ts'
import type { Size } from './measure.ts'
import { personAttacks } from './persons.ts'

/** One of the person-mode rows of `npm run attacks`, which plays all of them; what they try is held in test/sandbox/script. */
const small: Size = {
  secrets: 400,
  controls: 20,
  budget: standardDefaults.rho,
  variance: standardDefaults.variance,
  extend: false,
}
const jail = await pythonJail()
const engine = createEngine({ jail: jail ?? plainJail(), memoryMiB: 256 })
afterAll(() => engine.close())

test.skipIf(jail === undefined)(
  'a counter across persons passes no bound, and its control is defeated',
  async () => {
    const scripts = createScripts({ jail: jail ?? plainJail() })
    for await (const row of personAttacks({ engine, scripts }, small, ['python'], 'counter')) {
      const slack = row.ci95[1] - row.advantage
      expect.soft(row.ci95[0] - slack, row.attack).toBeLessThanOrEqual(row.bound)
      expect.soft(row.control, row.attack).toBeGreaterThanOrEqual(0.5)
    }
  },
  240_000,
)
