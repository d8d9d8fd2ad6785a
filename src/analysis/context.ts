import type { Dictionary } from '../domain/dataset.ts'
import type { Codelists } from './functions.ts'
import type { Part, Relation, Scalar } from './ir.ts'
import type { Reader } from './tree.ts'
import { type Node, open } from './tree.ts'

/** What a text is read against. The counter is the only state of a proof. */
export type Context = Readonly<{
  dictionary: Dictionary
  /** All tables there are; what is here and not in `dictionary` is not granted. */
  known: Dictionary
  codelists: Codelists
  read(node: Node): Reader
  fresh(): number
  /** Reads a subquery expression; given here because expressions and queries contain each other. */
  subquery(r: Reader, place: Place): Scalar
}>

export function makeContext(
  options: Readonly<{
    dictionary: Dictionary
    known: Dictionary
    codelists: Codelists
    place: (offset: bigint | undefined) => string
    subquery: Context['subquery']
  }>,
): Context {
  let next = 0
  const { place, ...rest } = options
  return {
    ...rest,
    read: (node) => open(node, place),
    fresh: () => {
      next += 1
      return next
    },
  }
}

/** Names in sight: the tables of FROM, in order, and the query around a subquery. */
export type Scope = Readonly<{
  relation: Relation
  tables: readonly Visible[]
  outer?: Scope
}>
/** One alias of FROM and the columns it shows, by column id. */
export type Visible = Readonly<{
  alias: string
  columns: readonly Readonly<{
    name: string
    id: number /** Only as alias.name. */
    qualified?: boolean
  }>[]
  /** Columns the dictionary has and the permit does not grant. */
  withheld: readonly string[]
}>
/** WITH names in sight. */
export type Parts = ReadonlyMap<string, Readonly<{ part: Part; names: Visible['columns'] }>>

/** DuckDB compares names without case, and so do we. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** Where an expression stands. */
export type Place = Readonly<{
  context: Context
  scope: Scope
  parts: Parts
  /** In the WHERE of a subquery the columns of the query around it may be used. */
  correlated?: boolean
  /** Narrows an expression by what the WHERE of this SELECT says of it. */
  known?: (s: Scalar) => Scalar
  /** Names given in the SELECT list, where a clause may use them. */
  aliases?: (path: readonly string[], at: string) => Scalar | undefined
}>

/** The query inside a subquery or WITH entry. */
export function queryNode(wrapped: Node, context: Context): Node {
  const r = context.read(wrapped)
  const node = r.child('node')
  r.done()
  return node
}
