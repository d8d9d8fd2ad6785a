import type { Scope, Visible } from './context.ts'
import { sameName } from './context.ts'
import type { Column, Relation, Scalar } from './ir.ts'
import { refuse } from './rules.ts'

export function columnOf(relation: Relation, id: number): Column {
  const column = relation.columns.find((c) => c.id === id)
  if (column === undefined) throw new Error('a column is lost')
  return column
}

export const columnScalar = (column: Column, at: string): Scalar => ({
  op: 'column',
  ...column,
  at,
})

/** A full key: never NULL, so rows with the same value belong to the same person. */
export const isKey = (s: Readonly<{ type: Column['type'] }>): boolean =>
  s.type.kind === 'person' && !s.type.nullable

type Found = Readonly<{ column: Scalar; depth: number }>

/** Resolves `name`, `table.name`; further dots are struct fields, which no table has. */
export function resolve(scope: Scope, path: readonly string[], at: string): Found {
  return find(scope, path, at, 0) ?? unknown(scope, path, at)
}

/** Like resolve, but undefined where the name is not a column. */
export function lookUp(scope: Scope, path: readonly string[], at: string): Scalar | undefined {
  const found = find(scope, path, at, 0)
  return found?.depth === 0 ? found.column : undefined
}

function find(scope: Scope, path: readonly string[], at: string, depth: number): Found | undefined {
  const [name = '', alias] = [...path].reverse()
  if (path.length > 2) refuse('column-unknown', at)
  const tables =
    alias === undefined ? scope.tables : scope.tables.filter((t) => sameName(t.alias, alias))
  const hits = tables.flatMap((t) =>
    t.columns.filter(
      (c) => sameName(c.name, name) && (alias !== undefined || c.qualified !== true),
    ),
  )
  const ids = new Set(hits.map((h) => h.id))
  if (ids.size > 1) refuse('column-ambiguous', at)
  const [hit] = hits
  if (hit !== undefined)
    return { column: columnScalar(columnOf(scope.relation, hit.id), at), depth }
  if (tables.some((t) => t.withheld.some((w) => sameName(w, name))))
    refuse('column-not-granted', at)
  if (alias !== undefined && tables.length > 0) return undefined
  return scope.outer === undefined ? undefined : find(scope.outer, path, at, depth + 1)
}

function unknown(scope: Scope, path: readonly string[], at: string): never {
  const name = path.at(-1) ?? ''
  if (path.length === 1 && scope.tables.some((t) => sameName(t.alias, name)))
    refuse('column-unknown', at, {
      reason: 'A whole row is not a value.',
      fix: 'Name the columns.',
    })
  return refuse('column-unknown', at, nearest(scope, name))
}

/** The most alike visible name, where one is close: names are the dictionary's or the researcher's, never data. */
function nearest(scope: Scope, name: string): { fix?: string } {
  const all = scope.tables.flatMap((t) => t.columns.map((c) => c.name))
  const near = all
    .map((n) => ({ n, d: distance(n.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.d - b.d)[0]
  return near !== undefined && near.d <= 2 ? { fix: `Did you mean ${near.n}?` } : {}
}

function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2 || a.length > 60) return 9
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    row = next
  }
  return row.at(-1) ?? 9
}

/** Columns that * shows: each table's, in order. */
export const starred = (
  scope: Scope,
  alias: string | undefined,
  at: string,
): Visible['columns'] => {
  const tables =
    alias === undefined ? scope.tables : scope.tables.filter((t) => sameName(t.alias, alias))
  if (tables.length === 0) refuse('column-unknown', at)
  return tables.flatMap((t) => t.columns.filter((c) => alias !== undefined || c.qualified !== true))
}
