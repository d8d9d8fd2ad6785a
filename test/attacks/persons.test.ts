import { afterAll, expect, test } from 'vitest'
import { standardDefaults } from '../../src/disclosure/defaults.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { standIn } from '../support/stand-in.ts'
import type { Size } from './measure.ts'
import { personAttacks } from './persons.ts'

/** A small size of the person-mode rows of `npm run attacks`. */
const small: Size = {
  secrets: 400,
  controls: 20,
  budget: standardDefaults.rho,
  variance: standardDefaults.variance,
  extend: false,
}
const engine = createEngine({ jail: plainJail(), memoryMiB: 256 })
afterAll(() => engine.close())

test('no person script passes the bound, every control is defeated', async () => {
  for await (const row of personAttacks({ engine, scripts: standIn() }, small, ['javascript'])) {
    console.log(JSON.stringify(row))
    const slack = row.ci95[1] - row.advantage
    expect.soft(row.ci95[0] - slack, row.attack).toBeLessThanOrEqual(row.bound)
    expect.soft(row.control, row.attack).toBeGreaterThanOrEqual(0.5)
  }
}, 60_000)
