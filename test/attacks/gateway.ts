import { effectiveThreshold } from '../../src/disclosure/bounds.ts'
import { charge } from '../../src/disclosure/charge.ts'
import { protect, type Rules } from '../../src/disclosure/protect.ts'
import { questionKey } from '../../src/disclosure/stream.ts'
import { type Aggregate, type Cell, mint, type Table } from '../../src/domain/glass.ts'
import type { Proven, Statistic } from '../../src/domain/proven.ts'
import { testNoise } from '../support/noise.ts'
import { aggregateOf, provenTable } from '../support/proven.ts'
import type { Person } from './world.ts'

/** What an attacker asks. `text` stands for the canonical IR: another text, another question. */
export type Question = Readonly<{
  text: string
  where?: (p: Person) => boolean
  by?: Readonly<{ name: string; of: (p: Person) => Cell }>
  /** Per-person clamped value; null where the person does not contribute. */
  sum?: Readonly<{ lo: number; hi: number; of: (p: Person) => number | null }>
  /** The released measure is the mean of `sum` over its contributors, or over all persons of the cell. */
  mean?: 'contributors' | 'persons'
  /** Asked with so many times the variance, for as many times less of the budget. */
  coarser?: number
  /** Only the measure is asked for, so that no budget goes to a count of all persons. */
  measureOnly?: boolean
  /** The measure in so many spellings within one question, all counted by one contributors statistic. */
  spellings?: number
  /** An expression in it raises for these persons. */
  raises?: (p: Person) => boolean
  descending?: boolean
  limit?: number
}>
export type Reply = Readonly<{ status: 'ok' | 'refused' | 'error'; table: Table }>
export type Gateway = Readonly<{
  ask(question: Question, people: readonly Person[], snapshot?: string): Reply
  /** What the meter shows. */
  spent(): number
  /** Persons from which on a count is shown, as its statement says. */
  shownFrom: number
  /** How many questions of so many statistics the budget covers; undefined where there is none. */
  fits(statistics: number): number | undefined
}>

const nothing: Table = { columns: [], rows: [] }

function provenOf(q: Question): Proven {
  const proven = provenTable({
    canonical: q.text,
    labels: q.by ? [{ name: q.by.name, values: [] }] : [],
    sums: q.sum ? [{ name: 'x', lo: q.sum.lo, hi: q.sum.hi }] : [],
    means: q.mean !== undefined,
    order: q.descending === true ? [{ column: q.by ? 1 : 0, descending: true }] : [],
    ...(q.limit === undefined ? {} : { limit: q.limit }),
  })
  if (q.mean !== 'persons') return proven
  return {
    ...proven,
    output: proven.output.map((c) => (c.kind === 'ratio' ? { ...c, denominator: 'n' } : c)),
  }
}

const exactly = (q: Question, proven: Proven, people: readonly Person[]): Aggregate =>
  aggregateOf(
    proven,
    people.filter(q.where ?? (() => true)).map((p) => ({
      labels: q.by ? [q.by.of(p)] : [],
      ...(q.sum ? { values: [q.sum.of(p)] } : {}),
    })),
  )

/** The same without the count of all persons: two statistics instead of three. */
const slimmed = (proven: Proven, aggregate: Aggregate, spellings = 1): [Proven, Aggregate] => {
  const [, counter, sum] = proven.statistics as [Statistic, Statistic, Statistic]
  const times = Array.from({ length: spellings }, (_, i) => i)
  const spread = <T>(of: readonly T[]): T[] => [of[1] as T, ...times.map(() => of[2] as T)]
  const [label] = proven.output.filter((c) => c.kind === 'label')
  return [
    {
      ...proven,
      statistics: [counter, ...times.map((i) => ({ ...sum, id: `x.${i}` }))],
      output: [
        ...(label ? [label] : []),
        ...times.map((i) => ({ name: `x${i}`, kind: 'value' as const, statistic: `x.${i}` })),
      ],
    },
    mint.aggregate(
      aggregate.cells.map((c) => ({
        labels: c.labels,
        sums: spread(c.sums),
        persons: spread(c.persons),
      })),
    ),
  ]
}

/** The exact cells of a question, as the proof's SQL must answer them. */
export function exactCells(q: Question, people: readonly Person[]): Aggregate {
  const whole = provenOf(q)
  const exact = exactly(q, whole, people)
  return q.measureOnly ? slimmed(whole, exact)[1] : exact
}

/** Vitrine's `standard` profile: the real accountant and the real `protect`. */
export function standard(
  options: Readonly<{ budget: number; variance: number; seed: string }>,
): Gateway {
  const meter = new Map<string, number>()
  const spent = (): number => [...meter.values()].reduce((a, b) => a + b, 0)
  const noise = testNoise('attack')
  return {
    spent,
    shownFrom: effectiveThreshold(10, options.variance),
    fits: (statistics) => Math.floor((options.budget * options.variance) / statistics + 1e-9),
    ask(q, people, snapshot = 's1') {
      const whole = provenOf(q)
      const exact = exactly(q, whole, people)
      const [proven, aggregate] = q.measureOnly
        ? slimmed(whole, exact, q.spellings)
        : [whole, exact]
      const rules: Rules = {
        profile: 'standard',
        k: 10,
        variance: options.variance * (q.coarser ?? 1),
        rounding: 5,
        workspace: `${options.seed}/${snapshot}`,
      }
      const key = questionKey(proven, rules)
      const { rho } = charge(proven, rules.variance)
      if (!meter.has(key) && spent() + rho > options.budget + 1e-9)
        return { status: 'refused', table: nothing }
      meter.set(key, rho)
      return { status: 'ok', table: protect(aggregate, proven, rules, noise) }
    },
  }
}

/** How a weaker gateway turns the exact cells into what it shows. */
type Weak = Readonly<{
  name: string
  /** Of a cell's exact numbers; undefined hides the cell. */
  show(
    cell: Readonly<{
      persons: number
      sum: number
      contributors: number
      rows: number
      keys: number
      ask: number
    }>,
  ): Readonly<{ count: number; scale?: number }> | undefined
  errors?: boolean
  /** What its meter adds for one answer. */
  meter?(cells: number): number
  /** Answers with the number of labels it met, also of those it hides. */
  distinct?: boolean
}>

const hash = (n: number): number => {
  let x = Math.imul(n ^ (n >>> 16), 0x45d9f3b)
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b)
  return ((x ^ (x >>> 16)) >>> 0) / 4294967296
}
const exact = (least: number) => (c: { persons: number }) =>
  c.persons >= least ? { count: c.persons } : undefined
/** A bell of about the given standard deviation from a number in [0, 1). */
const bell = (u: number, sd: number): number =>
  Math.round(sd * Math.sqrt(-2 * Math.log(1 - hash(u * 2 ** 31))) * Math.cos(2 * Math.PI * u))

/** The weakest gateways that the controls defeat, by name. */
export const weak = {
  raw: { name: 'no threshold', show: exact(1) },
  k: { name: 'exact counts from 10 persons on', show: exact(10) },
  round: {
    name: 'redacted up to 7, rounded to 5',
    show: (c) => (c.persons > 7 ? { count: 5 * Math.round(c.persons / 5) } : undefined),
  },
  cellKey: {
    name: 'cell-key noise (equal record sets, equal noise), threshold 10',
    show: (c) => (c.persons >= 10 ? { count: c.persons + bell(hash(c.keys), 1.6) } : undefined),
  },
  fresh: {
    name: 'fresh noise of variance 40 for every request, threshold 10, no budget',
    show: (c) => (c.persons >= 10 ? { count: c.persons + bell(hash(c.ask), 6.3) } : undefined),
  },
  rowsK: {
    name: 'threshold 10 on rows instead of persons',
    show: (c) => (c.rows >= 10 ? { count: c.rows } : undefined),
  },
  denominator: { name: 'exact ratios, threshold on the denominator only', show: exact(10) },
  errors: { name: 'exact counts from 10 on, engine errors shown', show: exact(10), errors: true },
  dataMeter: {
    name: 'meter charges for published cells only',
    show: exact(10),
    meter: (cells) => cells / 40,
  },
  distinct: {
    name: 'exact count(distinct value), threshold 10 on persons',
    show: exact(10),
    distinct: true,
  },
} satisfies Record<string, Weak>
export type WeakName = keyof typeof weak

/** A weak gateway over the same questions. Unlimited: it has no budget. */
export function weakGateway(name: WeakName, seed: number): Gateway {
  const gateway: Weak = weak[name]
  let meter = 0
  let asked = seed
  return {
    spent: () => meter,
    shownFrom: 10,
    fits: () => undefined,
    ask(q, people) {
      const proven = provenOf(q)
      asked += 1
      const asking = asked
      if (gateway.errors === true && q.raises && people.some(q.raises))
        return { status: 'error', table: nothing }
      const inside = people.filter(q.where ?? (() => true))
      const cells = exactly(q, proven, people).cells
      const rows = cells.flatMap((cell, i): Cell[][] => {
        const here = inside.filter((p) => (q.by ? q.by.of(p) : undefined) === cell.labels[0])
        const [persons = 0, contributors = persons] = cell.persons
        const sum = Number(cell.sums[2] ?? 0n)
        const shown = gateway.show({
          persons,
          contributors,
          sum,
          rows: here.reduce((n, p) => n + p.rows, 0),
          keys: here.reduce((n, p) => (n + Math.floor(hash(p.mark + 77) * 2 ** 31)) | 0, seed),
          ask: asking * 1009 + i,
        })
        if (!shown) return []
        const over = q.mean === 'persons' ? persons : contributors
        const measure = q.mean ? sum / over : sum
        return [[...cell.labels, shown.count, ...(q.sum ? [measure] : [])]]
      })
      if (q.descending === true) {
        const at = q.by ? 1 : 0
        rows.sort((a, b) => Number(b[at]) - Number(a[at]))
      }
      meter += gateway.meter?.(rows.length) ?? 0
      const table = { columns: proven.output.map((c) => c.name), rows: rows.slice(0, q.limit) }
      if (gateway.distinct === true)
        return { status: 'ok', table: { columns: ['n'], rows: [[inside.length, cells.length]] } }
      return { status: 'ok', table }
    },
  }
}

/** The count of a cell, or undefined where it is not shown. */
export function countOf({ table }: Reply, label?: Cell): number | undefined {
  if (label === undefined) return table.rows[0] === undefined ? undefined : Number(table.rows[0][0])
  const row = table.rows.find((r) => r[0] === label)
  return row === undefined ? undefined : Number(row[1])
}
/** All values of the only cell, added up. */
export const allOf = ({ table }: Reply): number =>
  (table.rows[0] ?? []).reduce<number>((t, v) => t + Number(v ?? 0), 0)
/** The measure of the only cell. */
export const measureOf = ({ table }: Reply): number | undefined => {
  const cell = table.rows[0]?.at(-1)
  return cell === undefined || cell === null ? undefined : Number(cell)
}
