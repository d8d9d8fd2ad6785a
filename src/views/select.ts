import type { Column, Path, Select } from './definition.ts'
import { compileExpression } from './expression.ts'
import { kindOf, sqlType } from './model.ts'
import { ambiguous } from './navigate.ts'
import { refuse } from './refuse.ts'
import { repeated } from './repeat.ts'
import { asList, type Cell, cross, fromStructs, iterate, orNullRow, type Rows } from './rows.ts'
import { cast } from './sql.ts'
import { list, plain, type Scope, single, UNKNOWN, type Value } from './value.ts'

export const evaluate = (path: Path, scope: Scope): Value =>
  compileExpression(path.expression, { ...scope, place: path.place })

/** The type of a column: what the path is, which the declared type must match. */
function typeOf(column: Column, value: Value): string {
  const actual = kindOf(value.type)
  const { type } = column
  if (value.type === UNKNOWN && value.nothing)
    return (
      type ??
      refuse('untyped-column', column.place, 'The type of this column is not known.', 'Add type.')
    )
  if (actual === undefined)
    return refuse(
      'column-not-primitive',
      column.place,
      `This path gives ${value.type}, which no single column can hold.`,
      'Select the primitive elements inside.',
    )
  if (type === undefined) return value.type
  const declared = kindOf(type)
  const widens =
    declared === actual ||
    (declared === 'decimal' && actual === 'integer') ||
    (declared === 'dateTime' && actual === 'date')
  if (widens) return type
  return refuse(
    'type-mismatch',
    column.place,
    `The column says ${type}, its path gives ${value.type}.`,
    `Write type: ${value.type}.`,
  )
}

const sameType = (v: Value, type: string): boolean => {
  const kind = kindOf(v.type)
  return v.nothing === undefined && kind !== undefined && sqlType(kind) === type
}

function cell(column: Column, scope: Scope): Cell {
  const raw = evaluate(column.path, scope)
  if (raw.alternatives) return ambiguous(column.path.place)
  const value = plain(raw, scope.pass)
  const type = typeOf(column, value)
  const one = sqlType(kindOf(type) ?? 'text')
  const whole = column.collection ? `${one}[]` : one
  const sql = column.collection ? list(value) : single(value, column.path.place)
  const { expression } = column.path
  return {
    name: column.name,
    type,
    collection: column.collection,
    sqlType: whole,
    place: column.place,
    // The engine computes even a cast that changes nothing.
    sql: sameType(value, one) ? sql : cast(sql, whole),
    ...(expression.kind === 'variable' && expression.name === 'rowIndex' ? { index: true } : {}),
  }
}

/** The specification's processing model: own columns, then nested selects, then unionAll, cross joined in order. */
function body(s: Select, scope: Scope): Rows {
  const own: Rows = { kind: 'one', cells: s.columns.map((c) => cell(c, scope)) }
  const nested = s.select.map((n) => rowsOf(n, scope))
  const union = s.unionAll.length > 0 ? [unionOf(s.unionAll, scope)] : []
  return cross([...(own.cells.length > 0 ? [own] : []), ...nested, ...union])
}

export function rowsOf(s: Select, scope: Scope): Rows {
  const { iterate: how } = s
  if (!how) return body(s, scope)
  if (how.kind === 'repeat') return repeated(how.paths, scope, (inner) => body(s, inner))
  const source = evaluate(how.path, scope)
  if (source.alternatives) return ambiguous(how.path.place)
  const items = source.root ? listOfRoot(source) : list(source)
  const rows = iterate(items, scope.pass, (element, rowIndex) =>
    body(s, {
      ...scope,
      rowIndex,
      focus:
        source.nothing || source.root ? source : { ...bare(source), many: false, sql: element },
    }),
  )
  return how.kind === 'forEach' ? rows : orNullRow(rows, items, scope.pass)
}

const bare = ({ shadow: _, ...value }: Value): Value => value
const listOfRoot = (v: Value): string =>
  v.root?.guard ? `CASE WHEN ${v.root.guard} THEN [1] ELSE [] END` : '[1]'

/** "Each nested selection structure MUST produce the same number of columns with the same names and order". */
function unionOf(branches: readonly Select[], scope: Scope): Rows {
  const parts = branches.map((b) => rowsOf(b, scope))
  const [first] = parts
  if (!first) throw new Error('a union without branches')
  const shape = (r: Rows): string => JSON.stringify(r.cells.map((c) => [c.name, c.sqlType]))
  parts.forEach((part, i) => {
    if (shape(part) !== shape(first))
      refuse(
        'union-columns-differ',
        branches[i]?.place ?? scope.place,
        'The branches of a unionAll have the same columns, in one order, of one type.',
        'Align this branch with the first.',
      )
  })
  if (parts.length === 1) return first
  const lists = parts.map((p) => `coalesce(${asList(p)}, [])`)
  const cells = first.cells.map((c, i) => {
    const { index: _, ...rest } = c
    return parts.every((p) => p.cells[i]?.index) ? c : rest
  })
  return fromStructs(cells, joined(lists), scope.pass)
}
const joined = (lists: readonly string[]): string =>
  lists.reduce((all, next) => `list_concat(${all}, ${next})`)
