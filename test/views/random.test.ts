import { expect, test } from 'vitest'
import { fuzzViews, type Odd } from '../fuzz/process/run.ts'

/** Ours against the specification's own pseudocode over the peer's FHIRPath: test/fuzz/process. */
test('250 random views: no difference from the peer that no named rule explains', async () => {
  const odd: Odd[] = []
  const tally = await fuzzViews(250, 20_260_102, (found) => odd.push(found))
  expect(odd).toEqual([])
  expect(tally.unexplained).toBe(0)
  expect(tally.same).toBeGreaterThan(75)
  expect(Object.keys(tally.known)).toContain('null-row-columns')
})
