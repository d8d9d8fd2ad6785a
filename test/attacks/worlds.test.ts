import { expect, test } from 'vitest'
import { accuracyOf } from './worlds/classify.ts'
import { questions } from './worlds/questions.ts'
import { twoWorlds } from './worlds/suite.ts'

/** A small size of `npm run worlds`. */
test('two neighbouring worlds answer alike in status, shape, refusal, tick and meter; every control is told apart', async () => {
  const { rows, seen } = await twoWorlds({ trials: 2, controls: 12, tickMs: 6000 })
  const first = seen[0]?.[0] ?? []
  const of = (what: string) => first.find((it) => it.what === what)
  expect(first).toHaveLength(questions.length)
  // The questions were really answered, refused from the text, or over the budget.
  expect(of('fan-out')?.tick).toBe('finished on tick 1')
  expect(of('overflow')?.status).toBe('200 201 202 200 200')
  expect(of('refused: the largest value')?.refusal).toContain('release-aggregate')
  expect(of('over the budget')?.refusal).toContain('budget-exhausted')
  expect(JSON.parse(of('repeat')?.meter ?? '[]')).toContain(0)
  for (const it of rows) {
    expect([it.channel, it.accuracy, it.accuracy <= 0.52]).toEqual([it.channel, it.accuracy, true])
    // How well a clock tells two runs apart depends on who else is on the machine: `npm run worlds` asks that.
    if (it.channel === 'tick') continue
    expect([it.channel, it.control, it.control >= 0.75]).toEqual([it.channel, it.control, true])
  }
}, 240_000)

test('the classifier finds what is there', () => {
  const trials = Array.from({ length: 40 }, (_, i) => [
    { world: i % 2, seen: i % 2 === 0 ? 'q\0a' : 'q\0b' },
  ])
  expect(accuracyOf(trials)).toMatchObject({ accuracy: 1, identical: false })
  const same = trials.map(([it]) => [{ world: it?.world ?? 0, seen: 'q\0a' }])
  expect(accuracyOf(same)).toMatchObject({ accuracy: 0.5, identical: true })
})
