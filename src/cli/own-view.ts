import { z } from 'zod'
import type { ColumnSpec, TableSpec } from '../domain/dataset.ts'
import { Problem } from '../domain/problem.ts'
import { type CompiledView, compileView } from '../views/compile.ts'
import type { StandardView } from '../views/dictionary.ts'
import { populationColumns } from '../workspace/sql.ts'

/** A view of the data holder's own, and what its table promises. */
export type OwnView = Readonly<{ spec: TableSpec; view: unknown }>

const name = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/)
const meaning = z.string().min(1).max(1000)
const values = z.array(z.string().min(1).max(200)).min(1).max(20_000)
const day = z.iso.date()
const domain = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('person') }),
  z.strictObject({ kind: z.literal('enum'), values }),
  z.strictObject({
    kind: z.literal('codes'),
    system: z.string().min(1),
    values: values.optional(),
  }),
  z.strictObject({
    kind: z.literal('range'),
    min: z.number(),
    max: z.number(),
    step: z.number().positive(),
  }),
  z.strictObject({ kind: z.literal('dates'), min: day, max: day }),
  z.strictObject({ kind: z.literal('boolean') }),
  z.strictObject({ kind: z.literal('open') }),
])
const column = z.strictObject({
  name,
  type: z.enum(['text', 'integer', 'decimal', 'boolean', 'date', 'timestamp']),
  domain,
  meaning,
  unit: z.string().min(1).optional(),
  codeSystem: z.string().min(1).optional(),
})
const table = z.strictObject({
  name,
  meaning,
  rowsPerPerson: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('one') }),
    z.strictObject({ kind: z.literal('many'), cap: z.number().int().min(1).max(10_000) }),
  ]),
  timeColumn: name.optional(),
  columns: z.array(column).min(2).max(200),
})

/** The types that a domain may have; a domain of another type would bound nothing. */
const typesOf: Readonly<Record<ColumnSpec['domain']['kind'], readonly ColumnSpec['type'][]>> = {
  person: ['integer', 'text'],
  enum: ['text'],
  codes: ['text'],
  range: ['integer', 'decimal'],
  dates: ['date', 'timestamp'],
  boolean: ['boolean'],
  open: ['text', 'integer', 'decimal', 'boolean', 'date', 'timestamp'],
}

/** Tables of the loader and of the workspace: a view may not stand in their place. */
const reserved = ['opted_out', 'person', 'persons', 'objection']

/**
 * A view that may stand in the dictionary: it compiles, its columns are those of the entry, each with a domain that fits
 * its type, one hidden person key, closed domains where a column could be a label, and no free text unless `freeText` names
 * it (`table.column`). Throws `view-invalid` with the rule and a place.
 */
export function ownView(view: unknown, entry: unknown, freeText: readonly string[]): OwnView {
  const parsed = table.safeParse(entry)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    refuse(
      'dictionary-entry',
      `/${issue?.path.join('/') ?? ''}`,
      `${issue?.message ?? 'Malformed'}.`,
    )
  }
  const spec = JSON.parse(JSON.stringify(parsed.data)) as TableSpec
  if (reserved.includes(spec.name))
    refuse('reserved-table', '/name', 'The loader has a table of that name.')
  if (spec.name === 'patient') requirePatient(spec)
  requireColumns(spec, compileView(view, { source: "''" }).columns)
  const time = spec.columns.find((it) => it.name === spec.timeColumn)
  if (
    spec.timeColumn !== undefined &&
    (time === undefined || !/^(date|timestamp)$/.test(time.type))
  )
    refuse('time-column', '/timeColumn', 'It names no date or timestamp of the table.')
  for (const [i, it] of spec.columns.entries())
    requireClosed(spec.name, it, `/columns/${i}`, freeText)
  return { spec, view }
}

/** What a permit's population is drawn by. */
function requirePatient({ rowsPerPerson, columns }: TableSpec): void {
  if (rowsPerPerson.kind !== 'one')
    refuse('patient-per-person', '/rowsPerPerson', 'The patient table has one row per person.')
  for (const needed of Object.values(populationColumns))
    if (!columns.some((it) => it.name === needed))
      refuse('patient-population', '/columns', `The patient table has a column ${needed}.`)
}

function requireColumns(spec: TableSpec, made: CompiledView['columns']): void {
  const names = spec.columns.map((it) => it.name)
  const [missing] = made.filter((it) => !names.includes(it.name))
  if (missing !== undefined)
    refuse('column-without-entry', missing.name, 'The dictionary says nothing of this column.')
  for (const [i, it] of spec.columns.entries()) {
    const found = made.find((column) => column.name === it.name)
    if (found === undefined)
      refuse('entry-without-column', `/columns/${i}`, 'The view has no such column.')
    if (found?.collection === true)
      refuse('collection', it.name, 'A column of a table holds one value, not a list.')
    if (names.indexOf(it.name) !== i)
      refuse('duplicate-column', `/columns/${i}`, 'The column is described twice.')
    if ((it.domain.kind === 'person') !== (it.name === 'person_id'))
      refuse('person-key', `/columns/${i}`, 'person_id, and nothing else, has the domain person.')
  }
  if (!names.includes('person_id'))
    refuse('person-key', '/columns', 'A table says whose its rows are: person_id.')
}

function requireClosed(
  table: string,
  { name, type, domain }: ColumnSpec,
  place: string,
  freeText: readonly string[],
): void {
  if (!typesOf[domain.kind].includes(type))
    refuse('domain-type', place, `A domain ${domain.kind} is not one of the type ${type}.`)
  if ((domain.kind === 'range' || domain.kind === 'dates') && domain.min > domain.max)
    refuse('empty-domain', place, 'The domain admits nothing: min is above max.')
  const closed = domain.kind !== 'open' && !(domain.kind === 'codes' && domain.values === undefined)
  if (type === 'text' && !closed && !freeText.includes(`${table}.${name}`))
    refuse(
      'free-text',
      place,
      'A text column has a closed list of values.',
      `List its values, or name ${table}.${name} in VITRINE_ALLOW_FREE_TEXT.`,
    )
}

/** The standard tables with the holder's own in their place or behind them. */
export function merged(
  standard: Readonly<{ dictionary: readonly TableSpec[]; views: readonly StandardView[] }>,
  own: readonly OwnView[],
): Readonly<{ dictionary: readonly TableSpec[]; views: readonly StandardView[] }> {
  const names = new Set(own.map((it) => it.spec.name))
  return {
    dictionary: [
      ...standard.dictionary.map((it) => own.find(({ spec }) => spec.name === it.name)?.spec ?? it),
      ...own
        .map((it) => it.spec)
        .filter((it) => !standard.dictionary.some(({ name }) => name === it.name)),
    ],
    views: [
      ...standard.views.filter((it) => !names.has(it.table)),
      ...own.map(({ spec, view }) => ({ table: spec.name, view })),
    ],
  }
}

function refuse(rule: string, place: string, reason: string, fix?: string): void {
  throw new Problem('view-invalid', {
    rule,
    place,
    reason,
    fix: fix ?? 'Correct the view or its dictionary entry.',
  })
}
