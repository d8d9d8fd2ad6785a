import { expect, test } from 'vitest'
import { worstCase } from '../../src/disclosure/bounds.ts'
import { standardDefaults } from '../../src/disclosure/defaults.ts'
import { standard } from './gateway.ts'
import { guesses, interval, LIMIT, type Size } from './measure.ts'
import { setAttacks } from './sets.ts'
import { suite } from './suite.ts'

/** A small size of `npm run attacks`; the large one prints what docs/privacy.md quotes. */
const small: Size = {
  secrets: 80,
  controls: 50,
  budget: standardDefaults.rho,
  variance: standardDefaults.variance,
  extend: false,
}

test('no attack passes the bound, every control is defeated', () => {
  const rows = [...suite(small)]
  expect(rows.length).toBeGreaterThanOrEqual(20)
  expect(new Set(rows.map((r) => r.attack)).size).toBe(rows.length)
  for (const r of rows) {
    // one interval in forty would lie above by chance: twice its width is allowed here
    const slack = r.ci95[1] - r.advantage
    expect(r.ci95[0] - slack, r.attack).toBeLessThanOrEqual(r.bound)
    if (!r.knowsOthers) expect(r.ci95[0] - slack, r.attack).toBeLessThan(LIMIT)
    expect(r.control, r.attack).toBeGreaterThanOrEqual(0.5)
  }
}, 60_000)

test('a gateway with half the stated noise is found out', () => {
  const attack = setAttacks.find((a) => a.name === 'all-others-known')
  if (!attack) throw new Error('the strongest attack is gone')
  const n = 800
  const { right } = guesses(attack, 0, n, (i) => ({
    // charged as if variance 100, noised with 10
    ...standard({ budget: 0.6, variance: 10, seed: `weak/${i}` }),
  }))
  expect(interval(right, n)[0]).toBeGreaterThan(worstCase(0.06, 100))
})
