import { readDefinition, requireShareable, type View } from './definition.ts'
import { literal } from './expression.ts'
import { truth } from './operate.ts'
import { refuse } from './refuse.ts'
import { asList, type Cell, type Rows } from './rows.ts'
import { type Demands, node, type Read, readColumns, reads, settle } from './schema.ts'
import { evaluate, rowsOf } from './select.ts'
import { holds, ident, text } from './sql.ts'
import type { Pass, Scope } from './value.ts'

export type CompileOptions = Readonly<{
  /** SQL expression of the file list for read_ndjson, already quoted: `'a.ndjson'` or `['a', 'b']`. */
  source: string
  /** Bases under which an absolute reference is one of ours: `https://fhir.example/r4`. */
  bases?: readonly string[]
  /** Ask for the rules of ShareableViewDefinition. */
  shareable?: boolean
  /** The FROM item, given the `columns` argument; by default `read_ndjson(source, columns = ...)`. */
  relation?: (columns: string) => string
}>

export type CompiledView = Readonly<{
  sql: string
  /** In order. `type` is the FHIR primitive type; the SQL type is BOOLEAN, BIGINT, DOUBLE or VARCHAR, a list for a collection. */
  columns: readonly Readonly<{ name: string; type: string; collection: boolean }>[]
  resource: string
  name: string | undefined
  /** Every primitive that the SQL reads, for the loader's format checks. */
  reads: readonly Read[]
  /** The `columns` argument of read_ndjson. */
  readColumns: string
}>

/**
 * Compiles a ViewDefinition (SQL on FHIR 2 and 3.0.0-ballot) to one DuckDB SELECT over NDJSON of FHIR R4.
 * Anything it does not understand is a `view-invalid` Problem with the rule's name and a JSON pointer, the column
 * within an expression after a colon; never wrong rows. What only data can break (more than one value in a column
 * that is no collection, a repeat below 64 levels) stops the query with a message that `problemOfMessage` reads.
 */
export function compileView(view: unknown, options: CompileOptions): CompiledView {
  const definition = readDefinition(view)
  if (options.shareable) requireShareable(view, definition)
  const demands: Demands = { raw: new Set(), textual: new Set() }
  for (;;) {
    const before = demands.raw.size + demands.textual.size
    const compiled = onePass(definition, options, demands)
    // What must be read as JSON or as text shows only while compiling; then once more with that knowledge.
    if (demands.raw.size + demands.textual.size === before) return compiled
  }
}

function onePass(view: View, options: CompileOptions, demands: Demands): CompiledView {
  let count = 0
  const pass: Pass = {
    demands,
    nodes: new Map(),
    fresh: (prefix) => `${prefix}${++count}`,
    resource: view.resource,
    bases: options.bases ?? [],
  }
  const root = node('', view.resource, false)
  root.children.set('resourceType', node('/resourceType', 'code', false, 'VARCHAR'))
  const scope: Scope = {
    focus: { type: view.resource, many: false, sql: '', node: root, root: {} },
    rowIndex: 'CAST(0 AS BIGINT)',
    place: '',
    pass,
    constants: new Map(
      view.constants.map((c) => [c.name, { ...literal(c.type, c.text), written: c.text }]),
    ),
  }
  const parts = view.select.map((s) => rowsOf(s, scope))
  const cells = parts.flatMap((p) => p.cells)
  requireUnique(cells)
  const filters = view.where.map((w) => holds(truth(evaluate(w, scope), w.place, w.place)))
  const columns = readColumns(root, demands)
  const from = options.relation?.(columns) ?? `read_ndjson(${options.source}, columns = ${columns})`
  const conditions = [`"resourceType" = ${text(view.resource)}`, ...filters].join(' AND ')
  const sql = statement(parts, `FROM ${from} WHERE ${conditions}`)
  return {
    sql: settle(sql, pass.nodes, demands),
    columns: cells.map(({ name, type, collection }) => ({ name, type, collection })),
    resource: view.resource,
    name: view.name,
    reads: reads(root),
    readColumns: columns,
  }
}

/** "throw Column Already Defined"; without regard to case, as DuckDB's names are. */
function requireUnique(cells: readonly Cell[]): void {
  const seen = new Set<string>()
  for (const { name, place } of cells) {
    const key = name.toLowerCase()
    if (seen.has(key))
      refuse('duplicate-column', place, 'The column name is taken already.', 'Rename the column.')
    seen.add(key)
  }
}

/** One unnest per subquery, never a lateral one: each level unnests one list that the innermost query computed. */
function statement(parts: readonly Rows[], from: string): string {
  const lists = parts.filter((p) => p.kind === 'list')
  const ones = parts.filter((p) => p.kind === 'one').flatMap((p) => p.cells)
  const named = ones.map((c) => `${c.sql} AS ${ident(c.name)}`)
  if (lists.length === 0) return `SELECT ${named.join(', ')} ${from}`
  const computed = lists.map((l, i) =>
    i === 0 ? `unnest(${asList(l)}) AS "_u0"` : `${asList(l)} AS "_l${i}"`,
  )
  const innermost = `SELECT ${[...named, ...computed].join(', ')} ${from}`
  const nested = lists
    .slice(1)
    .reduce(
      (inner, _, i) => `SELECT *, unnest("_l${i + 1}") AS "_u${i + 1}" FROM (${inner})`,
      innermost,
    )
  let u = -1
  const output = parts.flatMap((p) => {
    if (p.kind === 'list') u++
    return p.cells.map((c) =>
      p.kind === 'one' ? ident(c.name) : `"_u${u}".${ident(c.name)} AS ${ident(c.name)}`,
    )
  })
  return `SELECT ${output.join(', ')} FROM (${nested})`
}
