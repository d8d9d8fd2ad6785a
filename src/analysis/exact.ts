import type { Dictionary } from '../domain/dataset.ts'
import type { Proven } from '../domain/proven.ts'
import type { ReducerSpec } from '../domain/reducer.ts'
import { quoted } from './duckdb.ts'
import { frameOf } from './frame.ts'
import { columnNamed, conditionNamed, type Frame, labelNamed } from './frame-columns.ts'
import type { Scalar } from './ir.ts'
import { makePrinter } from './print.ts'
import type { ProveOptions } from './prove.ts'
import { refuse } from './rules.ts'
import { isNumeric } from './scalars.ts'
import { columnsRead } from './walk.ts'

export type ExactSpec = Extract<ReducerSpec, { kind: 'glm' | 'cox' | 'km' }>
/** A frame whose rows an exact model takes: `proven.sql` answers `columns`, one row per person, in no order. */
export type ExactFrame = Readonly<{ proven: Proven; spec: ExactSpec; columns: readonly string[] }>

/**
 * Proves the frame of an exact model (`reviewed` profile): one row per person, and only columns that the model names, each
 * a number, a condition or a label of a closed public domain, because levels become the names of terms. Its rows stay
 * inside. Throws the refusals of proveFrame, and `reducer-needs-standard` for a reducer that is not exact.
 */
export function proveExact(
  ast: string,
  dictionary: Dictionary,
  spec: ReducerSpec,
  options: ProveOptions = {},
): ExactFrame {
  if (spec.kind !== 'glm' && spec.kind !== 'cox' && spec.kind !== 'km')
    return refuse('reducer-needs-standard', '/reducer/kind')
  if (spec.kind !== 'km' && spec.by !== undefined) refuse('reducer-by', '/reducer/by')
  const frame = frameOf(ast, dictionary, options)
  const needed = columnsOf(spec, frame)
  const { relation } = frame.query
  const printer = makePrinter(options.workspace ?? 'ws')
  const reads = new Set([
    ...needed.map((n) => n.value).flatMap(columnsRead),
    relation.key as number,
  ])
  const inside = printer.relation(relation, reads)
  const items = needed.map(({ value }, i) => {
    const printed = printer.scalar(value)
    const shown = value.type.kind === 'date' ? `CAST(${printed} AS VARCHAR)` : printed
    return `${shown} AS ${quoted(`f${i}`)}`
  })
  const sql = `${printer.parts()}SELECT ${items.join(', ')} FROM (${inside}) AS ${printer.alias()}`
  const persons = { id: 'n', kind: 'persons', scale: 1, lo: 0, hi: 1, contributors: 'n' } as const
  const released =
    spec.kind === 'km'
      ? ['series', spec.time, 'survival', 'persons']
      : ['term', 'estimate', 'se', 'persons']
  return {
    spec,
    columns: needed.map((n) => n.name),
    proven: {
      sql,
      personSql: sql,
      canonical: JSON.stringify({ spec: spec.kind, sql }),
      tables: printer.tables(),
      columns: printer.columns(),
      labels: [],
      statistics: [persons],
      cellsPerPerson: 1,
      output: released.map((name) => ({ name, kind: 'value', statistic: 'n' })),
      order: [],
    },
  }
}

type Needed = Readonly<{ name: string; value: Scalar }>

function columnsOf(spec: ExactSpec, frame: Frame): readonly Needed[] {
  const number = (name: string, at: string): Needed => {
    const value = columnNamed(frame, name, at)
    if (!isNumeric(value))
      refuse('reducer-column-type', at, {
        reason: `${name} is no number.`,
        fix: 'Select a number.',
      })
    return { name, value }
  }
  const yes = (name: string, at: string): Needed => ({
    name,
    value: conditionNamed(frame, name, at),
  })
  const term = (name: string, at: string): Needed => {
    const value = columnNamed(frame, name, at)
    return isNumeric(value) || value.type.kind === 'boolean'
      ? { name, value }
      : { name, value: labelNamed(frame, name, at).value }
  }
  const terms = (names: readonly string[]) =>
    names.map((name, i) => term(name, `/reducer/terms/${i}`))
  switch (spec.kind) {
    case 'glm': {
      const outcome = spec.family === 'logistic' ? yes : number
      return [outcome(spec.outcome, '/reducer/outcome'), ...terms(spec.terms)]
    }
    case 'cox':
      return [
        number(spec.time, '/reducer/time'),
        yes(spec.event, '/reducer/event'),
        ...terms(spec.terms),
      ]
    case 'km':
      return [
        ...(spec.by ?? []).map((name, i) => ({
          name,
          value: labelNamed(frame, name, `/reducer/by/${i}`).value,
        })),
        number(spec.time, '/reducer/time'),
        yes(spec.event, '/reducer/event'),
      ]
  }
}
