import type { ReducerSpec, Scale, SummedReducer, Units } from '../domain/reducer.ts'
import {
  amountNamed,
  centred,
  columnNamed,
  complete,
  conditionNamed,
  type Frame,
  greaterThanZero,
  gridNamed,
  labelNamed,
  listed,
  numberNamed,
  scaled,
  scaleOf,
  squared,
  staged,
} from './frame-columns.ts'
import type { Relation, Scalar } from './ir.ts'
import type { Stated } from './measures.ts'
import { multiply } from './numeric.ts'
import type { Label } from './release.ts'
import { refuse } from './rules.ts'
import { tally } from './tally.ts'
import type { Range } from './types.ts'

/** What is summed of the frame for one reducer, and which of it names the rows of the result. */
export type Draft = Readonly<{
  relation: Relation
  labels: readonly Label[]
  statistics: readonly Stated[]
  reducer: SummedReducer
  shown: Readonly<{ labels: readonly number[]; subject: readonly string[] }>
}>

type Spec = Exclude<ReducerSpec, { kind: 'glm' | 'cox' | 'logistic' | 'poisson' }>
type Of<K extends Spec['kind']> = Extract<Spec, { kind: K }>

/** Cells of the public grid that one reducer may span: every one is noised, also where nobody is. */
const MOST_CELLS = 50_000
const MOST_TERMS = 12
const LATTICE = 10_000

/** The parts of a reducer; only table 1 has more than one. Throws the refusal of the first rule that is broken. */
export function drafts(spec: Spec, frame: Frame): readonly Draft[] {
  const by = byLabels(spec, frame)
  switch (spec.kind) {
    case 'count':
      return [counted(frame, by, [], (persons) => ({ kind: 'count', persons }))]
    case 'proportion':
      return [proportion(spec, frame, by)]
    case 'rate':
    case 'std_rate':
      return [rate(spec, frame, by)]
    case 'mean':
      return [moments(frame, by, spec.value, '/reducer/value', (m) => ({ kind: 'mean', ...m }))]
    case 'quantile':
      return [quantile(spec, frame, by)]
    case 'table1':
      return table1(spec, frame, by)
    case 'series': {
      const period = labelNamed(frame, spec.period, '/reducer/period')
      return [counted(frame, [...by, period], [], (persons) => ({ kind: 'series', persons }))]
    }
    case 'flow':
      return [flow(spec, frame, by)]
    case 'km':
      return [km(spec, frame, by)]
    case 'linear':
      return [linear(spec, frame, by)]
  }
}

function byLabels(spec: Spec, frame: Frame): readonly Label[] {
  const by = spec.by ?? []
  if (new Set(by.map((n) => n.toLowerCase())).size < by.length)
    invalid('/reducer/by', 'A label stands twice.')
  return by.map((name, i) => labelNamed(frame, name, `/reducer/by/${i}`))
}

const invalid = (at: string, reason: string, fix?: string): never =>
  refuse('reducer-invalid', at, { reason, ...(fix !== undefined && { fix }) })

/** Labels that the reducer uses up come last; they are no columns of the result. */
function draft(
  relation: Relation,
  by: readonly Label[],
  used: readonly Label[],
  statistics: readonly Stated[],
  reducer: SummedReducer,
  subject: readonly string[] = ['of'],
): Draft {
  const labels = [...by, ...used]
  const cells = labels.reduce((n, l) => n * (l.values.length + 1), 1)
  if (cells > MOST_CELLS)
    refuse('labels-too-many', '/reducer', {
      reason: `The labels have ${cells} combinations; a reducer spans at most ${MOST_CELLS}.`,
    })
  return { relation, labels, statistics, reducer, shown: { labels: by.map((_, i) => i), subject } }
}

/** One count table. */
function counted(
  frame: Frame,
  by: readonly Label[],
  used: readonly Label[],
  of: (persons: string) => SummedReducer,
  subject?: readonly string[],
): Draft {
  const t = tally()
  const persons = t.persons()
  return draft(frame.query.relation, by, used, t.statistics(), of(persons), subject)
}

function proportion(spec: Of<'proportion'>, frame: Frame, by: readonly Label[]): Draft {
  const part = conditionNamed(frame, spec.part, '/reducer/part')
  const t = tally()
  const whole = t.persons()
  const reducer = { kind: 'proportion', whole, part: t.persons(part) } as const
  return draft(complete(frame, [part]), by, [], t.statistics(), reducer)
}

function rate(spec: Of<'rate'> | Of<'std_rate'>, frame: Frame, by: readonly Label[]): Draft {
  if (!(spec.per > 0)) invalid('/reducer/per', 'A rate is per a positive time.')
  const events = amountNamed(frame, spec.events, '/reducer/events')
  const time = amountNamed(frame, spec.time, '/reducer/time')
  const t = tally()
  const persons = t.persons()
  const cases = t.persons(greaterThanZero(events))
  const once = events.range.hi <= 1 && events.type.kind === 'integer'
  const ids = {
    persons,
    cases,
    events: once ? cases : t.sum(events, cases),
    time: t.sum(time, persons),
  }
  const relation = complete(frame, [events, time])
  const { per } = spec
  if (spec.kind === 'rate')
    return draft(relation, by, [], t.statistics(), { kind: 'rate', per, ...ids })
  const stratum = labelNamed(frame, spec.stratum, '/reducer/stratum')
  const weights = weightsOf(spec, stratum)
  const reducer = { kind: 'std_rate', per, ...ids, stratum: by.length, weights } as const
  return draft(relation, by, [stratum], t.statistics(), reducer)
}

function weightsOf(spec: Of<'std_rate'>, { values }: Label) {
  const given = spec.weights.map((w) => w.value)
  if (given.length === 0 || new Set(given).size < given.length)
    invalid('/reducer/weights', 'Each stratum has one weight.')
  spec.weights.forEach(({ value, weight }, i) => {
    if (!listed(values, value))
      invalid(
        `/reducer/weights/${i}/value`,
        `${spec.stratum} never has this value.`,
        `Its values are ${values.slice(0, 20).join(', ')}.`,
      )
    if (!(weight > 0)) invalid(`/reducer/weights/${i}/weight`, 'A weight is positive.')
  })
  return spec.weights.map(({ value, weight }) => [value, weight] as const)
}

type Moments = Omit<Extract<SummedReducer, { kind: 'mean' }>, 'kind'>

/** Persons, sum and squares of a value, measured from a public centre: the noise of a sum grows with what is added. */
function moments(
  frame: Frame,
  by: readonly Label[],
  name: string,
  at: string,
  of: (m: Moments) => SummedReducer,
  subject?: readonly string[],
): Draft {
  const value = numberNamed(frame, name, at)
  const { lo, hi } = value.range
  const centre = value.type.kind === 'integer' ? Math.round((lo + hi) / 2) : (lo + hi) / 2
  const moved = centred(value, centre)
  const t = tally()
  const persons = t.persons()
  const sum = t.sum(moved, persons)
  const reducer = of({ persons, sum, squares: t.sum(squared(moved), persons), lo, hi, centre })
  return draft(complete(frame, [value]), by, [], t.statistics(), reducer, subject)
}

function quantile(spec: Of<'quantile'>, frame: Frame, by: readonly Label[]): Draft {
  const grid = gridNamed(frame, spec.value, '/reducer/value')
  const { edges, step } = grid
  if (spec.quantiles.length === 0 || !spec.quantiles.every((q) => q > 0 && q < 1))
    invalid('/reducer/quantiles', 'Quantiles lie between 0 and 1.', 'Ask for [0.25, 0.5, 0.75].')
  const { quantiles } = spec
  const top = (edges.at(-1) ?? 0) + step
  return counted(frame, by, [grid], (persons) => ({
    ...{ kind: 'quantile', persons, bin: by.length, edges, top, quantiles },
  }))
}

const TABLE1 = ['of', 'level', 'measure']

function table1(spec: Of<'table1'>, frame: Frame, by: readonly Label[]): readonly Draft[] {
  if (spec.values.length === 0 || new Set(spec.values).size < spec.values.length)
    invalid('/reducer/values', 'Each column of table 1 stands in it once.')
  return spec.values.map((name, i): Draft => {
    const at = `/reducer/values/${i}`
    const { type } = columnNamed(frame, name, at)
    const isLabel = type.values !== undefined || (type.kind !== 'integer' && type.kind !== 'number')
    if (!isLabel)
      return moments(frame, by, name, at, (m) => ({ kind: 'table1-number', name, ...m }), TABLE1)
    const label = labelNamed(frame, name, at)
    const { values } = label
    const made = (persons: string) =>
      ({ kind: 'table1-label', name, persons, label: by.length, values }) as const
    return counted(frame, by, [label], made, TABLE1)
  })
}

function flow(spec: Of<'flow'>, frame: Frame, by: readonly Label[]): Draft {
  const label = labelNamed(frame, spec.step, '/reducer/step')
  const { steps } = spec
  if (steps.length === 0 || new Set(steps).size < steps.length)
    invalid('/reducer/steps', 'Each step stands once, in order.')
  steps.forEach((step, i) => {
    if (!listed(label.values, step))
      invalid(
        `/reducer/steps/${i}`,
        `${spec.step} never has this value.`,
        `Its values are ${label.values.slice(0, 20).join(', ')}.`,
      )
  })
  return counted(frame, by, [label], (persons) => ({
    kind: 'flow',
    persons,
    step: by.length,
    steps,
  }))
}

function km(spec: Of<'km'>, frame: Frame, by: readonly Label[]): Draft {
  const grid = gridNamed(frame, spec.time, '/reducer/time')
  const value = conditionNamed(frame, spec.event, '/reducer/event')
  const ended: Label = { name: spec.event, value, values: [false, true] }
  const until = grid.edges.map((e) => [e, e + grid.step] as const)
  const interval = by.length
  return counted(frame, by, [grid, ended], (persons) => ({
    ...{ kind: 'km', persons, interval, until, ended: interval + 1, event: true },
  }))
}

export type Term = Readonly<{ value: Scalar; scale: Scale }>

/** The terms of a model on public scales; the column of ones is the first of `units` and of no list. */
export function termsOf(
  spec: Readonly<{ terms: readonly string[] }>,
  frame: Frame,
): Readonly<{ terms: readonly Term[]; units: Units }> {
  const { terms: names } = spec
  if (names.length > MOST_TERMS)
    invalid('/reducer/terms', `A model has at most ${MOST_TERMS} terms.`, 'Ask for fewer.')
  if (new Set(names.map((n) => n.toLowerCase())).size < names.length)
    invalid('/reducer/terms', 'A term stands twice.')
  const terms = names.map((name, i): Term => {
    const at = `/reducer/terms/${i}`
    const { range, ...value } = numberNamed(frame, name, at)
    return { value, scale: scaleOf({ range }, name, at) }
  })
  const none: Scale = { middle: 0, half: 1 }
  return { terms, units: { outcome: none, terms: [none, ...terms.map((t) => t.scale)] } }
}

function linear(spec: Of<'linear'>, frame: Frame, by: readonly Label[]): Draft {
  const { range, ...outcome } = numberNamed(frame, spec.outcome, '/reducer/outcome')
  const { terms, units } = termsOf(spec, frame)
  const scale = scaleOf({ range }, spec.outcome, '/reducer/outcome')
  const ids = [outcome, ...terms].map(() => frame.context.fresh())
  const { relation, columns } = staged(
    complete(frame, [outcome, ...terms.map((t) => t.value)]),
    [scaled(outcome, scale), ...terms.map((t) => scaled(t.value, t.scale))],
    by,
    ids,
  )
  const [y, ...z] = columns as [Scalar, ...Scalar[]]
  const t = tally()
  const persons = t.persons()
  const within: Range = { lo: -LATTICE, hi: LATTICE }
  const sum = (value: Scalar): string => t.onLattice(value, persons, LATTICE, within)
  const square = (v: Scalar): string =>
    t.onLattice(squared(v), persons, LATTICE, { lo: 0, hi: LATTICE })
  const product = (a: Scalar, b: Scalar): string =>
    a === b ? square(a) : sum(multiply(a, b, a.at))
  const xx = [persons, ...z.map(sum), ...z.flatMap((v, i) => z.slice(i).map((w) => product(v, w)))]
  const xy = [sum(y), ...z.map((v) => product(v, y))]
  const yy = square(y)
  return draft(relation, by, [], t.statistics(), {
    kind: 'linear',
    persons,
    terms: ['intercept', ...spec.terms],
    xx,
    xy,
    yy,
    units: { ...units, outcome: scale },
  })
}
