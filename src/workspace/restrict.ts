import type { DataScope } from '../domain/application.ts'
import type { Dictionary, TableSpec } from '../domain/dataset.ts'
import { Problem } from '../domain/problem.ts'

const unknown = (what: string, place: string): Problem =>
  new Problem('invalid-input', {
    rule: `unknown-${what}`,
    place,
    reason: `the dataset has no such ${what}`,
    fix: 'Read the catalogue for its tables and columns.',
  })

function restrictTable(spec: TableSpec, columns: readonly string[], place: string): TableSpec {
  const known = new Set(spec.columns.map((c) => c.name))
  for (const column of columns)
    if (!known.has(column)) throw unknown('column', `${place}/${column}`)
  const { timeColumn, ...rest } = spec
  const key: TableSpec['columns'][number] = {
    name: 'person_id',
    type: 'integer',
    domain: { kind: 'person' },
    meaning: spec.columns.find((c) => c.domain.kind === 'person')?.meaning ?? 'the person',
  }
  return {
    ...rest,
    ...(timeColumn !== undefined && columns.includes(timeColumn) ? { timeColumn } : {}),
    columns: [
      key,
      ...spec.columns.filter((c) => c.domain.kind !== 'person' && columns.includes(c.name)),
    ],
  }
}

/**
 * What a permit sees of a dictionary: the approved tables with the approved columns and always `person_id`, in the
 * dictionary's order. Throws `invalid-input` with the JSON pointer of a table or column that does not exist.
 */
export function restrict(dictionary: Dictionary, scope: DataScope): Dictionary {
  for (const table of Object.keys(scope.tables))
    if (!dictionary.some((t) => t.name === table)) throw unknown('table', `/tables/${table}`)
  return dictionary.flatMap((spec) => {
    const columns = Object.hasOwn(scope.tables, spec.name) ? scope.tables[spec.name] : undefined
    return columns ? [restrictTable(spec, columns, `/tables/${spec.name}`)] : []
  })
}
