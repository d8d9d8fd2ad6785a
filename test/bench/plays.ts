import type { Engine } from '../../src/domain/capabilities.ts'
import type { ReducerSpec } from '../../src/domain/reducer.ts'
import { type Random, randomOf } from '../attacks/world.ts'
import { testNoise } from '../support/noise.ts'
import { type Drawn, played, provenFrame } from '../support/reducers.ts'

/** Reducers over persons of a known truth: how often the released interval holds it. */
type Play = Readonly<{
  spec: ReducerSpec
  variance: number
  draw(random: Random): readonly Drawn[]
  /** The truth of a released row, or of the drawn persons where a reducer speaks of them alone. */
  truth(row: Drawn, persons: readonly Drawn[]): number | undefined
}>

const normal = (r: Random): number =>
  Math.sqrt(-2 * Math.log(1 - r())) * Math.cos(2 * Math.PI * r())
const clamp = (x: number, lo: number, hi: number): number => Math.min(hi, Math.max(lo, x))
const many = (n: number, of: (i: number) => Drawn): Drawn[] =>
  Array.from({ length: n }, (_, i) => of(i))
const poisson = (mean: number, r: Random): number => {
  let [k, p] = [0, Math.exp(-mean)]
  for (let u = r(), below = p; u > below && k < 50; below += p) {
    k += 1
    p *= mean / k
  }
  return k
}
const regions = ['north-coast', 'north-inland', 'east-hills', 'east-plain']
const inRegion = (i: number): string => regions[i % 4] ?? ''
const inside = (persons: readonly Drawn[], row: Drawn, name: string): number =>
  persons.filter((p) => p[name] === row[name]).length

/** Events per person and stratum, over two years each. */
const hazards: Readonly<Record<string, number>> = { 0: 0.05, 10: 0.1, 20: 0.3 }
const exposed = (r: Random): Drawn[] =>
  many(1800, (i) => {
    const stratum = (i % 3) * 10
    return {
      stratum,
      region: inRegion(i),
      time: 2,
      events: Math.min(3, poisson(2 * (hazards[stratum] ?? 0), r)),
    }
  })
const measured = (r: Random): Drawn[] =>
  many(1200, (i) => ({
    region: inRegion(i),
    value: clamp(Math.round(70 + 12 * normal(r)), 30, 150),
    flag: r() < 0.3,
    step: r() < 0.5 ? 'all' : 'adult',
  }))
const coefficient = (row: Drawn, of: Readonly<Record<string, number>>): number | undefined =>
  of[String(row['of'])]
const covariates = (r: Random) => ({ x: Math.round(1000 * r()) / 1000, treated: r() < 0.4 ? 1 : 0 })

const linear = { intercept: 20, x: 10, treated: -5 }
const logistic = { intercept: -1, x: 2, treated: 0.8 }
const rates = { intercept: -1.2, x: 1, treated: 0.5 }
const eta = (b: typeof linear, c: ReturnType<typeof covariates>): number =>
  b.intercept + b.x * c.x + b.treated * c.treated
const terms = ['x', 'treated']

const plays: readonly Play[] = [
  {
    spec: { kind: 'count', by: ['region'] },
    variance: 40,
    draw: (r) => many(400 + Math.floor(200 * r()), (i) => ({ region: inRegion(i) })),
    truth: (row, persons) => inside(persons, row, 'region'),
  },
  {
    spec: { kind: 'proportion', part: 'flag', by: ['region'] },
    variance: 40,
    draw: measured,
    truth: () => 0.3,
  },
  {
    spec: { kind: 'rate', events: 'events', time: 'time', per: 1000, by: ['stratum'] },
    variance: 40,
    draw: exposed,
    truth: (row) => 1000 * (hazards[String(row['stratum'])] ?? 0),
  },
  {
    spec: {
      ...{ kind: 'std_rate', events: 'events', time: 'time', per: 1000, stratum: 'stratum' },
      weights: [3, 2, 1].map((weight, i) => ({ value: 10 * i, weight })),
    },
    variance: 10,
    draw: exposed,
    truth: (row) => (Number(row['of']) === 1 ? (1000 * (3 * 0.05 + 2 * 0.1 + 0.3)) / 6 : undefined),
  },
  {
    spec: { kind: 'mean', value: 'value', by: ['region'] },
    variance: 40,
    draw: measured,
    truth: () => 70,
  },
  {
    spec: { kind: 'quantile', value: 'band', quantiles: [0.25, 0.5, 0.9] },
    variance: 40,
    draw: (r) => many(1500, () => ({ band: 5 * Math.floor(20 * r()) })),
    truth: (row) => 100 * Number(row['of']),
  },
  {
    spec: { kind: 'table1', values: ['value', 'flag', 'step'] },
    variance: 40,
    draw: measured,
    truth: ({ of, level, measure }) => {
      if (of === 'value') return measure === 'mean' ? 70 : Math.sqrt(144 + 1 / 12)
      return of === 'flag' ? (level === true ? 0.3 : 0.7) : 0.5
    },
  },
  {
    spec: { kind: 'series', period: 'period' },
    variance: 40,
    draw: (r) => many(1000, () => ({ period: 2010 + Math.floor(5 * r()) })),
    truth: (row, persons) => inside(persons, row, 'period'),
  },
  {
    spec: { kind: 'flow', step: 'step', steps: ['all', 'adult', 'complete'] },
    variance: 40,
    draw: (r) => many(1200, () => ({ step: r() < 0.2 ? 'all' : r() < 0.3 ? 'adult' : 'complete' })),
    truth: (row, persons) => {
      const steps = ['all', 'adult', 'complete']
      const from = steps.indexOf(String(row['of']))
      return persons.filter((p) => steps.indexOf(String(p['step'])) >= from).length
    },
  },
  {
    spec: { kind: 'km', time: 'year', event: 'event' },
    variance: 40,
    draw: (r) => {
      const hazard = -Math.log(0.95)
      return many(2000, () => {
        const [event, censored] = [-Math.log(1 - r()) / hazard, -Math.log(1 - r()) / hazard]
        const year = Math.min(11, Math.floor(Math.min(event, censored)))
        return { year, event: event <= censored && event < 12 }
      })
    },
    truth: (row) => (Number(row['of']) <= 11 ? 0.95 ** Number(row['of']) : undefined),
  },
  {
    spec: { kind: 'linear', outcome: 'outcome', terms },
    variance: 40,
    draw: (r) =>
      many(2000, () => {
        const c = covariates(r)
        return { ...c, outcome: clamp(eta(linear, c) + 4 * normal(r), 0, 50) }
      }),
    truth: (row) => coefficient(row, linear),
  },
  {
    spec: { kind: 'logistic', outcome: 'flag', terms },
    variance: 40,
    draw: (r) =>
      many(2000, () => {
        const c = covariates(r)
        return { ...c, flag: r() < 1 / (1 + Math.exp(-eta(logistic, c))) }
      }),
    truth: (row) => coefficient(row, logistic),
  },
  {
    spec: { kind: 'poisson', outcome: 'counted', terms },
    variance: 20,
    draw: (r) =>
      many(3000, () => {
        const c = covariates(r)
        return { ...c, counted: Math.min(6, poisson(Math.exp(eta(rates, c)), r)) }
      }),
    truth: (row) => coefficient(row, rates),
  },
]

export type Coverage = Readonly<{
  reducer: string
  variance: number
  repetitions: number
  /** Intervals compared; rows that are not shown have none. */
  intervals: number
  coverage: number
}>

export const reducersPlayed: readonly string[] = plays.map((p) => p.spec.kind)

/** Plays one reducer so often. Every repetition draws other persons and, under another workspace, other noise. */
export async function coverageOf(
  engine: Pick<Engine, 'parse'>,
  kind: string,
  repetitions: number,
): Promise<Coverage> {
  const play = plays.find((p) => p.spec.kind === kind)
  if (play === undefined) throw new Error(`no play of ${kind}`)
  const { spec, variance } = play
  const framed = await provenFrame(engine, spec)
  const random = randomOf(4242)
  const noise = testNoise()
  let [held, intervals] = [0, 0]
  for (let i = 0; i < repetitions; i += 1) {
    const persons = play.draw(random)
    for (const row of await played(
      framed,
      spec,
      persons,
      { k: 10, variance, workspace: `${i}` },
      noise,
    )) {
      const truth = play.truth(row, persons)
      if (truth === undefined) continue
      intervals += 1
      held += Number(row['lo95']) <= truth && truth <= Number(row['hi95']) ? 1 : 0
    }
  }
  return { reducer: kind, variance, repetitions, intervals, coverage: held / intervals }
}
