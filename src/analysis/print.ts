import { calls, columnName, fn, literalSql, quoted, spelled, sqlType } from './duckdb.ts'
import type { Aggregation, Named, Order, Part, Relation, Scalar, Window } from './ir.ts'
import { refuse } from './rules.ts'
import { aggregationScalars, columnsRead, windowScalars } from './walk.ts'

/** Prints IR as DuckDB SQL. Nothing of the researcher's text is in it but literals, quoted. */
export type Printer = Readonly<{
  scalar(s: Scalar): string
  /** A SELECT whose columns are `c<id>`; those not in `wanted` may be left out. */
  relation(r: Relation, wanted: ReadonlySet<number>): string
  alias(): string
  /** WITH clauses of what was printed so far, in order. */
  parts(): string
  tables(): readonly string[]
  /** `table.column` for every column that is read. */
  columns(): readonly string[]
}>

export function makePrinter(workspace: string): Printer {
  let next = 0
  const parts = new Map<number, string>()
  const tables = new Set<string>()
  const columns = new Set<string>()
  const alias = (): string => {
    next += 1
    return quoted(`t${next}`)
  }
  const list = (ids: readonly number[]): string => ids.map(columnName).join(', ')
  const keep = (r: Relation, wanted: ReadonlySet<number>): number[] => {
    const ids = r.columns.map((c) => c.id).filter((id) => wanted.has(id) || id === r.key)
    return ids.length > 0 ? ids : r.columns.slice(0, 1).map((c) => c.id)
  }
  const reading = (wanted: Iterable<number>, scalars: readonly Scalar[]): Set<number> =>
    new Set([...wanted, ...scalars.flatMap(columnsRead)])
  const everything = (r: Relation): Set<number> => new Set(r.columns.map((c) => c.id))

  function scalar(s: Scalar, known?: ReadonlyMap<number, string>): string {
    const go = (x: Scalar): string => scalar(x, known)
    switch (s.op) {
      case 'column':
        return known?.get(s.id) ?? columnName(s.id)
      case 'literal':
        return literalSql(s)
      case 'call': {
        const print = calls[s.name]
        if (print === undefined) throw new Error(`no spelling for ${s.name}`)
        return short(print(...s.args.map(go)), s.at)
      }
      case 'case': {
        const whens = s.whens.map((w) => `WHEN ${go(w.when)} THEN ${go(w.result)}`).join(' ')
        return short(`CASE ${whens} ELSE ${go(s.otherwise)} END`, s.at)
      }
      case 'cast':
        return s.to === 'text' && s.arg.type.kind === 'number'
          ? short(spelled(go(s.arg)), s.at)
          : `TRY_CAST(${go(s.arg)} AS ${sqlType(s.to)})`
      case 'exists':
        return `EXISTS (SELECT 1 FROM ${tied(s)})`
      case 'lookup': {
        const values = new Map(s.aggregates.map((a) => [a.id, aggregate(a.value)]))
        return `(SELECT ${scalar(s.value, values)} FROM ${tied(s)})`
      }
      case 'among':
        return `(${go(s.needle)} IN (${relation(s.input, everything(s.input))}))`
      default:
        throw new Error(`${s.op} cannot be printed`)
    }
  }

  /** `(input) WHERE key = the person outside AND ...`. */
  function tied(s: Scalar & { op: 'exists' | 'lookup' }): string {
    const scalars = [
      ...(s.where ? [s.where] : []),
      ...(s.op === 'lookup' ? s.aggregates.flatMap((a) => aggregationScalars(a.value)) : []),
    ]
    const inside = relation(s.input, reading([], scalars))
    const tie = `${columnName(s.input.key as number)} = ${columnName(s.outer)}`
    return `(${inside}) AS ${alias()} WHERE ${[tie, ...(s.where ? [scalar(s.where)] : [])].join(' AND ')}`
  }

  const order = (o: Order): string =>
    `${scalar(o.by)} ${o.descending ? 'DESC' : 'ASC'} NULLS ${o.nullsFirst ? 'FIRST' : 'LAST'}`

  function aggregate(a: Aggregation): string {
    const arg = a.arg === undefined ? '*' : scalar(a.arg)
    const suffix = a.filter === undefined ? '' : ` FILTER (WHERE ${scalar(a.filter)})`
    switch (a.name) {
      case 'count':
        return `${fn('count', '*')}${suffix}`
      case 'count-distinct':
        return `${fn('count', `DISTINCT ${arg}`)}${suffix}`
      case 'sum':
      case 'avg':
        return added(a.name, a.arg as Scalar, suffix)
      case 'first':
        return `${fn('first', `${arg} ORDER BY ${(a.order ?? []).map(order).join(', ')}`)}${suffix}`
      default:
        return `${fn({ min: 'min', max: 'max', any: 'bool_or', every: 'bool_and', median: 'median' }[a.name], arg)}${suffix}`
    }
  }

  /** Sums are of whole numbers, so that the order of rows cannot change a digit. */
  function added(name: 'sum' | 'avg', arg: Scalar, suffix: string): string {
    const x = scalar(arg)
    const whole = arg.type.kind === 'integer'
    const units = whole ? x : millionths(x)
    const total = `${fn('sum', units)}${suffix}`
    if (name === 'avg')
      return `(CAST(${total} AS DOUBLE) / ${whole ? '' : '1e6 / '}${fn('count', units)}${suffix})`
    return whole ? `TRY_CAST(${total} AS BIGINT)` : `(CAST(${total} AS DOUBLE) / 1e6)`
  }

  function windowSql(w: Window): string {
    const ties = TIED.has(w.name) || w.frame?.unit === 'rows'
    const orders = [...w.order.map(order), ...(ties ? ['"o" ASC'] : [])]
    const parts = [
      `PARTITION BY ${w.partition.map((p) => scalar(p)).join(', ')}`,
      ...(orders.length > 0 ? [`ORDER BY ${orders.join(', ')}`] : []),
      ...(w.frame ? [frameSql(w.frame)] : []),
    ]
    const over = ` OVER (${parts.join(' ')})`
    const arg = w.arg === undefined ? '*' : scalar(w.arg)
    if (w.name === 'sum' || w.name === 'avg') return added(w.name, w.arg as Scalar, over)
    if (w.name === 'count') return `${fn('count', arg)}${over}`
    const args = w.arg === undefined ? [] : w.offset === undefined ? [arg] : [arg, String(w.offset)]
    return `${w.name}(${args.join(', ')})${over}`
  }

  function relation(r: Relation, wanted: ReadonlySet<number>): string {
    const ids = keep(r, wanted)
    const from = (input: Relation, more: readonly Scalar[], base: Iterable<number> = ids): string =>
      `(${relation(input, reading(base, more))}) AS ${alias()}`
    switch (r.op) {
      case 'scan': {
        const t = alias()
        tables.add(r.table)
        const items = r.columns.flatMap((c, i) => {
          if (!ids.includes(c.id)) return []
          const name = r.names[i] as string
          columns.add(`${r.table}.${name}`)
          const cell = `${t}.${quoted(name)}`
          return [
            `${bounded(c.type.kind === 'person' ? cell : `TRY_CAST(${cell} AS ${sqlType(c.type.kind)})`, c.type)} AS ${columnName(c.id)}`,
          ]
        })
        return `SELECT ${items.join(', ')} FROM ${quoted(workspace)}."main".${quoted(r.table)} AS ${t}`
      }
      case 'values': {
        const rows = r.cells.map((row) => `(${row.map((c) => scalar(c)).join(', ')})`)
        return `SELECT ${list(ids)} FROM (VALUES ${rows.join(', ')}) AS ${alias()}(${list(r.columns.map((c) => c.id))})`
      }
      case 'filter':
        return `SELECT ${list(ids)} FROM ${from(r.input, [r.where])} WHERE ${scalar(r.where)}`
      case 'project': {
        const items = r.items.filter((i) => ids.includes(i.id))
        return `SELECT ${items.map(item).join(', ')} FROM ${from(
          r.input,
          items.map((i) => i.value),
          [],
        )}`
      }
      case 'join': {
        const on = r.on === undefined ? [] : [r.on]
        const word = {
          inner: 'INNER JOIN',
          left: 'LEFT JOIN',
          semi: 'SEMI JOIN',
          anti: 'ANTI JOIN',
        }[r.kind]
        const test = r.on === undefined ? 'TRUE' : scalar(r.on)
        return `SELECT ${list(ids)} FROM ${from(r.left, on)} ${word} ${from(r.right, on)} ON ${test}`
      }
      case 'group':
        return groupSql(r, ids, from)
      case 'window': {
        const items = r.items.filter((i) => ids.includes(i.id))
        const kept = ids.filter((id) => !items.some((i) => i.id === id))
        const input = from(
          r.input,
          items.flatMap((i) => windowScalars(i.value)),
          everything(r.input),
        )
        // One ordinal for all windows of this SELECT: rows that are equal in every column are told apart the same way by
        // each, or which of them one window keeps and another looks at would depend on where they lie in the file.
        const all = r.input.columns.map((c) => `${columnName(c.id)} ASC NULLS LAST`).join(', ')
        const key = r.input.key === undefined ? '' : `PARTITION BY ${columnName(r.input.key)} `
        const numbered = `(SELECT *, row_number() OVER (${key}ORDER BY ${all}) AS "o" FROM ${input}) AS ${alias()}`
        return `SELECT ${[...kept.map(columnName), ...items.map((i) => `${windowSql(i.value)} AS ${columnName(i.id)}`)].join(', ')} FROM ${numbered}`
      }
      case 'distinct':
        return `SELECT DISTINCT ${list(r.columns.map((c) => c.id))} FROM ${from(r.input, [], everything(r.input))}`
      case 'set': {
        const side = (s: Relation): string =>
          `SELECT ${s.columns.map((c, i) => `${columnName(c.id)} AS ${columnName(r.columns[i]?.id as number)}`).join(', ')} FROM (${relation(s, everything(s))}) AS ${alias()}`
        return `(${side(r.left)}) ${r.kind.toUpperCase()}${r.all ? ' ALL' : ''} (${side(r.right)})`
      }
      case 'part': {
        named(r.part)
        const { columns: body } = r.part.body
        const items = r.columns.flatMap((c, i) =>
          ids.includes(c.id) ? [`${columnName(body[i]?.id as number)} AS ${columnName(c.id)}`] : [],
        )
        return `SELECT ${items.join(', ')} FROM ${quoted(`w${r.part.id}`)}`
      }
    }
  }

  const item = ({ id, value }: Named<Scalar>): string => `${scalar(value)} AS ${columnName(id)}`

  function groupSql(
    r: Relation & { op: 'group' },
    ids: readonly number[],
    from: (input: Relation, more: readonly Scalar[], base?: Iterable<number>) => string,
  ): string {
    const aggregates = r.aggregates.filter((a) => ids.includes(a.id))
    const reads = aggregates.flatMap((a) => aggregationScalars(a.value))
    const plainKeys = r.keys.every((k) => k.value.op === 'column' && k.value.id === k.id)
    const columnsOfInput = new Set(r.input.columns.map((c) => c.id))
    const needed = [...new Set(reads.flatMap(columnsRead))].filter((id) => columnsOfInput.has(id))
    // Keys become columns first: a literal in GROUP BY would be taken for a position.
    const input = plainKeys
      ? from(r.input, [...reads, ...r.keys.map((k) => k.value)], [])
      : `(SELECT ${[...r.keys.map(item), ...needed.filter((id) => !r.keys.some((k) => k.id === id)).map(columnName)].join(', ')} FROM ${from(r.input, [...reads, ...r.keys.map((k) => k.value)], [])}) AS ${alias()}`
    const keys = r.keys.map((k) => columnName(k.id))
    const shown = [
      ...keys,
      ...aggregates.map((a) => `${aggregate(a.value)} AS ${columnName(a.id)}`),
    ]
    return `SELECT ${shown.join(', ')} FROM ${input}${keys.length > 0 ? ` GROUP BY ${keys.join(', ')}` : ''}`
  }

  function named(part: Part): void {
    if (parts.has(part.id)) return
    const body = relation(part.body, everything(part.body))
    parts.set(part.id, `${quoted(`w${part.id}`)} AS (${body})`)
  }

  return {
    scalar: (s) => scalar(s),
    relation,
    alias,
    parts: () => (parts.size === 0 ? '' : `WITH ${[...parts.values()].join(', ')} `),
    tables: () => [...tables].toSorted(),
    columns: () => [...columns].toSorted(),
  }
}

const TIED: ReadonlySet<string> = new Set([
  'row_number',
  'lag',
  'lead',
  'first_value',
  'last_value',
])

/** What the dictionary promises of whole numbers holds by construction: arithmetic relies on it not to overflow. */
function bounded(cell: string, type: Relation['columns'][number]['type']): string {
  if (type.kind !== 'integer' || type.range === undefined) return cell
  return `CASE WHEN ${cell} BETWEEN ${Math.ceil(type.range.lo)} AND ${Math.floor(type.range.hi)} THEN ${cell} END`
}

/** A number as whole millionths; what does not fit 64 bits, infinities and not-a-number are NULL. */
const millionths = (x: string): string => `TRY_CAST(${fn('round', `${x} * 1e6`)} AS BIGINT)`

/** Some spellings repeat an argument; nested, they double. */
const MOST_TEXT = 64 * 1024
function short(printed: string, at: string): string {
  return printed.length > MOST_TEXT ? refuse('text-too-deep', at) : printed
}

function frameSql({ unit, before, after }: NonNullable<Window['frame']>): string {
  const bound = (n: number | 'all', side: 'PRECEDING' | 'FOLLOWING'): string =>
    n === 'all' ? `UNBOUNDED ${side}` : n === 0 ? 'CURRENT ROW' : `${n} ${side}`
  return `${unit.toUpperCase()} BETWEEN ${bound(before, 'PRECEDING')} AND ${bound(after, 'FOLLOWING')}`
}
