import type { Codelists } from '../domain/analysis.ts'
import type { Dictionary, Domain } from '../domain/dataset.ts'
import type { Proven } from '../domain/proven.ts'
import { codelistsOf } from './codelists.ts'
import { type Context, makeContext } from './context.ts'
import { type Printed, printRelease } from './print-release.ts'
import { type Label, type Release, release } from './release.ts'
import { refuse } from './rules.ts'
import { subquery } from './subqueries.ts'
import { checkText, declared, placer } from './text.ts'
import { type Node, open, readTree } from './tree.ts'

export type ProveOptions = Readonly<{
  /** The text that was parsed: gives places their line and column, and holds `-- cells: N` and `-- rows: N`. */
  text?: string
  /** All tables there are; what is missing in `dictionary` is then refused as not granted instead of unknown. */
  known?: Dictionary
  /** The question's own code lists, besides the public ones of lists.ts. */
  codelists?: Codelists
  /** Catalogue under which the workspace is attached. */
  workspace?: string
  /** Cells and rows of one person that a table over many rows may reflect, where the text declares none. */
  cellsPerPerson?: number
  rowsPerPerson?: number
}>

export const DEFAULT_CELLS = 3
export const DEFAULT_ROWS = 20

/**
 * Proves a parsed query person-local and prints it afresh (design/disclosure.md section 1 and 2). `ast` is the answer of
 * Engine.parse, `dictionary` what the permit grants. Depends on these alone, never on a row. Throws a Problem with rule,
 * place (line:column), reason and fix for whatever cannot be proven.
 */
export function prove(ast: string, dictionary: Dictionary, options: ProveOptions = {}): Proven {
  const text = options.text ?? ''
  const { statement, context } = opened(ast, dictionary, options)
  const limits = {
    cells: declared(text, 'cells') ?? options.cellsPerPerson ?? DEFAULT_CELLS,
    rows: declared(text, 'rows') ?? options.rowsPerPerson ?? DEFAULT_ROWS,
  }
  const made = release(statement, context, limits)
  return provenOf(made, printRelease(made, options.workspace ?? 'ws'))
}

/** The one statement of a parsed text, and what it is read against. */
export function opened(
  ast: string,
  dictionary: Dictionary,
  options: ProveOptions,
): Readonly<{ statement: Node; context: Context }> {
  const text = options.text ?? ''
  checkText(text)
  const place = placer(text)
  const context = makeContext({
    dictionary,
    known: options.known ?? dictionary,
    codelists: codelistsOf(options.codelists),
    place,
    subquery,
  })
  return { statement: onlyStatement(readTree(ast), place), context }
}

function onlyStatement(tree: Node, place: (offset: bigint | undefined) => string): Node {
  const r = open(tree, place)
  r.flag('error')
  const [statement, more] = r.children('statements')
  r.done()
  if (statement === undefined || more !== undefined) return refuse('statement-single', '1:1')
  const s = open(statement, place)
  const node = s.child('node')
  s.done()
  return node
}

/** The proof of what was read and printed. `reducer` is what becomes of it, without a name of the researcher. */
export function provenOf(made: Release, printed: Printed, reducer?: unknown): Proven {
  const { statistics, cells, output, order, having, limit } = made
  const plain = statistics.map(({ measure: _, ...statistic }) => statistic)
  return {
    ...printed,
    // The printing is a function of the IR, without a name of the researcher in it.
    canonical: JSON.stringify({ cells, statistics: plain, sql: printed.sql, reducer }),
    labels: made.labels.map((l) => ({ name: l.name, domain: domainOf(l), values: l.values })),
    ...(made.sets && { sets: made.sets }),
    statistics: plain,
    cellsPerPerson: cells,
    output,
    order,
    ...(having.length > 0 && { having }),
    ...(limit !== undefined && { limit }),
  }
}

function domainOf({ value, values }: Label): Domain {
  const { kind } = value.type
  if (kind === 'boolean') return { kind: 'boolean' }
  const sorted = values.map(Number).toSorted((a, b) => a - b)
  const [min = 0, max = 0] = [sorted[0], sorted.at(-1)]
  if (kind === 'integer' || kind === 'number')
    return { kind: 'range', min, max, step: (sorted[1] ?? min + 1) - min }
  const texts = values.map(String).toSorted()
  if (kind === 'date') return { kind: 'dates', min: texts[0] ?? '', max: texts.at(-1) ?? '' }
  return { kind: 'enum', values: values.map(String) }
}

export { checkPlan } from './plan.ts'
