import { allOf, countOf, type Gateway, measureOf, type Question } from './gateway.ts'
import type { Attack } from './measure.ts'
import { type Person, SIZE } from './world.ts'

/** Attacks through values, weights, rows, ratios and the channels beside the answer. */

/** Pairs of such questions: one pair at twice the variance where no pair fits. */
const pairs = (g: Gateway): Readonly<{ howMany: number; coarser: number }> => {
  const howMany = Math.floor(fits(g) / 2)
  return howMany > 0 ? { howMany, coarser: 1 } : { howMany: 1, coarser: 2 }
}

/** How often a question with a sum (three statistics) fits the budget. */
const fits = (g: Gateway): number => g.fits(3) ?? 6

const sumOf = (
  text: string,
  of: (p: Person) => number | null,
  bounds: Readonly<{ lo: number; hi: number }>,
  where: (p: Person) => boolean = () => true,
): Question => ({ text, where, sum: { ...bounds, of } })

export const numberAttacks: readonly Attack[] = [
  {
    name: 'value-encoding',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // the target's value is the largest there is when the secret is true; the rest is known to be small
      let sum = 0
      for (let i = 0; i < fits(g); i += 1)
        sum +=
          (measureOf(
            g.ask(
              sumOf(`encode ${i}`, (p) => (p.target ? (p.secret ? 1000 : 0) : 1), {
                lo: 0,
                hi: 1000,
              }),
              people,
            ),
          ) ?? 0) -
          (SIZE - 1) -
          500
      return sum
    },
  },
  {
    name: 'value-encoding-both-signs',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // the strongest that needs to know nobody: everybody else is the constant 1, so one set and one sum are enough
      const of = (p: Person): number => (p.target ? (p.secret ? 1000 : -1000) : 1)
      let sum = 0
      for (let i = 0; i < (g.fits(2) ?? 6); i += 1) {
        const q = sumOf(`signs ${i}`, of, { lo: -1000, hi: 1000 })
        sum += (measureOf(g.ask({ ...q, measureOnly: true }, people)) ?? 0) - (SIZE - 1)
      }
      return sum
    },
  },
  {
    name: 'many-sums-one-counter',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // the same in many spellings of one question, coarse, so that hardly any budget goes to counting contributors:
      // the strongest there is, and it comes near the bound without knowing anybody else
      const of = (p: Person): number => (p.target ? (p.secret ? 1000 : -1000) : 1)
      const coarser = 4
      const spellings = Math.max(1, (g.fits(1 / coarser) ?? 2) - 1)
      const q = sumOf('spellings', of, { lo: -1000, hi: 1000 })
      const r = g.ask({ ...q, measureOnly: true, spellings, coarser }, people)
      return g.fits(1) === undefined
        ? (measureOf(r) ?? 0) - (SIZE - 1)
        : allOf(r) - (SIZE - 1) * spellings
    },
  },
  {
    name: 'weights-over-one-set',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // one set, two weightings, everything but the target cancels
      let sum = 0
      const { howMany, coarser } = pairs(g)
      for (let i = 0; i < howMany; i += 1) {
        const weigh = (text: string, weight: (p: Person) => number) =>
          measureOf(
            g.ask(
              {
                ...sumOf(`${text} ${i}`, (p) => (p.secret ? weight(p) : 0), { lo: 0, hi: 16 }),
                coarser,
              },
              people,
            ),
          ) ?? 0
        sum +=
          weigh('heavy', (p) => (p.target ? 16 : 1)) - weigh('light', (p) => (p.target ? 0 : 1)) - 8
      }
      return sum
    },
  },
  {
    name: 'dominance',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // the target has most of the sum, or nothing of it
      const few = (p: Person) => p.target || p.mark <= 100
      let sum = 0
      for (let i = 0; i < fits(g); i += 1)
        sum +=
          (measureOf(
            g.ask(
              sumOf(
                `cost ${i}`,
                (p) => (p.target ? p.value * 10 : (p.value / 3) | 0),
                { lo: 0, hi: 1000 },
                few,
              ),
              people,
            ),
          ) ?? 0) - 967
      return sum
    },
  },
  {
    name: 'mean-differencing',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // an intercept-only model is a mean: mean times n with and without the target
      const { howMany, coarser } = pairs(g)
      const total = (text: string, where: (p: Person) => boolean): number => {
        const q: Question = {
          ...sumOf(text, (p) => p.value, { lo: 0, hi: 100 }, where),
          mean: 'contributors',
          coarser,
        }
        const r = g.ask(q, people)
        return (measureOf(r) ?? 0) * (countOf(r) ?? 0)
      }
      let sum = 0
      for (let i = 0; i < howMany; i += 1)
        sum += total(`with ${i}`, () => true) - total(`without ${i}`, (p) => !p.target) - 50
      return sum
    },
  },
  {
    name: 'largest-value-by-tail-counts',
    knowsOthers: false,
    control: 'raw',
    play(g, people) {
      // there is no max; the tail is counted instead, where only the target can be
      let seen = 0
      for (let i = 0; i < (g.fits(1) ?? 20); i += 1)
        seen +=
          countOf(g.ask({ text: `above ${i}`, where: (p) => p.value > 40 + i }, people)) ===
          undefined
            ? 0
            : 1
      return seen > 0 ? 1 : -1
    },
  },
  {
    name: 'row-multiplying-join',
    knowsOthers: false,
    control: 'rowsK',
    play(g, people) {
      // the target alone, joined with their thousand rows
      const q = {
        ...sumOf(
          'rows of the target',
          (p) => Math.min(p.rows, 20),
          { lo: 0, hi: 20 },
          (p) => p.target,
        ),
      }
      return g.ask(q, people).table.rows.length > 0 ? 1 : -1
    },
  },
  {
    name: 'one-person-owns-most-rows',
    knowsOthers: false,
    control: 'rowsK',
    play(g, people) {
      const few = (p: Person) => p.target || p.mark <= 100
      let sum = 0
      for (let i = 0; i < fits(g); i += 1) {
        const r = g.ask(
          sumOf(`events ${i}`, (p) => Math.min(p.rows, 20), { lo: 0, hi: 20 }, few),
          people,
        )
        sum += g.fits(3) !== undefined ? (measureOf(r) ?? 0) - 210.5 : (countOf(r) ?? 0) - 700
      }
      return sum
    },
  },
  {
    name: 'small-numerator-of-a-large-denominator',
    knowsOthers: false,
    control: 'denominator',
    play(g, people) {
      // a proportion over everybody whose numerator is the target alone
      const r = g.ask(
        {
          ...sumOf('share', (p) => (p.target && p.secret ? 1 : null), { lo: 0, hi: 1 }),
          mean: 'persons',
        },
        people,
      )
      return (measureOf(r) ?? 0) > 0 ? 1 : -1
    },
  },
  {
    name: 'count-distinct',
    knowsOthers: false,
    control: 'distinct',
    play(g, people) {
      // the target's value is like no other: does one more value occur?
      const r = g.ask(
        {
          text: 'values',
          by: { name: 'v', of: (p) => (p.target && p.secret ? 'rare' : 'common') },
        },
        people,
      )
      return r.table.columns[0] === 'n'
        ? Number(r.table.rows[0]?.[1]) - 1.5
        : r.table.rows.length - 1.5
    },
  },
  {
    name: 'error-channel',
    knowsOthers: false,
    control: 'errors',
    play(g, people) {
      // raises where the target has the secret; here a raising expression is NULL and nothing else changes
      const r = g.ask({ text: 'raise', raises: (p) => p.target && p.secret }, people)
      return r.status === 'error' ? 1 : -1
    },
  },
  {
    name: 'meter-channel',
    knowsOthers: false,
    control: 'dataMeter',
    play(g, people) {
      // nine known persons and perhaps the target: does the meter move?
      const before = g.spent()
      g.ask({ text: 'meter', where: (p) => (p.target ? p.secret : p.mark <= 9) }, people)
      return g.spent() - before > 0 ? 1 : -1
    },
  },
  {
    name: 'answer-shape-channel',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // only the length of the body is seen
      const r = g.ask({ text: 'shape', where: (p) => (p.target ? p.secret : p.mark <= 9) }, people)
      return JSON.stringify(r.table).length > 33 ? 1 : -1
    },
  },
]
