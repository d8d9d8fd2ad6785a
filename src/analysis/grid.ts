import { fn, literalSql, quoted } from './duckdb.ts'
import type { Scalar } from './ir.ts'
import type { Label } from './release.ts'

/**
 * The cells of a released table, numbered: few enough that the cells of one person are the bits of one whole number.
 * Measured (docs/performance.md): bits of a person gathered by ordinal cost a tenth of rows grouped by person and text.
 */
export type Grid = Readonly<{
  size: number
  /** The number of the cell of a row, NULL where a label is outside its domain. */
  index: string
  /** A relation of the cells: `g` their number, `b` their bit, labels `l<i>`. */
  cells: string
}>

/** A BIGINT has 63 bits besides its sign. */
const MOST_BITS = 62

export const labelName = (i: number): string => quoted(`l${i}`)
export const bitOf = (cell: string): string => `(CAST(1 AS BIGINT) << ${cell})`

const literalOf = (value: Scalar, cell: Label['values'][number]): string =>
  literalSql({
    op: 'literal',
    value: cell,
    type: { kind: value.type.kind, nullable: false },
    constant: true,
    at: '',
  })

export const literalsOf = ({ value, values }: Label): string[] =>
  values.map((cell) => literalOf(value, cell))

/** The grid of `labels`, or undefined where there is none or it has too many cells for bits. */
export function gridOf(labels: readonly Label[]): Grid | undefined {
  const sizes = labels.map((l) => l.values.length + (l.value.type.nullable ? 1 : 0))
  const size = sizes.reduce((n, s) => n * s, 1)
  if (labels.length === 0 || size < 1 || size > MOST_BITS) return undefined
  const strides = sizes.map((_, i) => sizes.slice(i + 1).reduce((n, s) => n * s, 1))
  const terms = labels.map((l, i) => `${positionOf(l, labelName(i))} * ${strides[i]}`)
  const spelled = labels.map((l) => [
    ...literalsOf(l),
    ...(l.value.type.nullable ? [literalOf(l.value, null)] : []),
  ])
  const rows = Array.from({ length: size }, (_, g) => {
    const cells = spelled.map((s, i) => s[Math.floor(g / (strides[i] as number)) % s.length])
    return `(${[g, `CAST(${2n ** BigInt(g)} AS BIGINT)`, ...cells].join(', ')})`
  })
  const names = ['"g"', '"b"', ...labels.map((_, i) => labelName(i))]
  return {
    size,
    index: terms.join(' + '),
    cells: `(VALUES ${rows.join(', ')}) AS "grid"(${names.join(', ')})`,
  }
}

/** From 0, in the order of the domain, NULL last. */
function positionOf(label: Label, name: string): string {
  const literals = literalsOf(label)
  const listed =
    literals.length === 0
      ? 'CAST(NULL AS INTEGER)'
      : `${fn('list_position', fn('list_value', ...literals), name)} - 1`
  return label.value.type.nullable
    ? `(CASE WHEN ${name} IS NULL THEN ${literals.length} ELSE ${listed} END)`
    : `(${listed})`
}

/**
 * Which cells of a person are kept where there are more than C: the first C in an order drawn for the person, never by
 * value. Orders are g -> (a g + b) modulo a prime: over all a and b every two cells come in either order equally often,
 * so no cell is favoured. The person's draw is a hash of an ordinal that a key of the permit has permuted.
 */
export type Orders = Readonly<{
  /** The number of the person's order, from `"p"`. */
  draw: string
  /** Place of cell `g` in order `r`. */
  placeOf(r: string, g: string): string
  /** A relation of all orders and cells: `r`, `g`, `b`, and `before`, the bits of the cells that come first. */
  table(grid: Grid, alias: () => string): string
}>

const MOST_ORDERS = 1024

export function ordersOf({ size }: Grid): Orders {
  const prime = primeFrom(Math.max(2, size))
  const slopes = Math.min(prime - 1, Math.max(1, Math.floor(MOST_ORDERS / prime)))
  const slope = (k: string): string => `(1 + ${k} * ${prime - 1} // ${slopes})`
  const placed = (a: string, b: string, g: string): string => `(${a} * ${g} + ${b}) % ${prime}`
  const upTo = (n: number): string =>
    `(VALUES ${Array.from({ length: n }, (_, i) => `(${i})`).join(', ')})`
  return {
    draw: `CAST(${fn('hash', '"p"')} % CAST(${prime * slopes} AS UBIGINT) AS INTEGER)`,
    placeOf: (r, g) => placed(slope(`(${r} // ${prime})`), `(${r} % ${prime})`, g),
    table(grid, alias) {
      const [x, y, one, other] = [alias(), alias(), alias(), alias()]
      const slopeHere = slope(`${x}."k"`)
      const place = (of: string): string => placed(slopeHere, `${y}."k"`, `${of}."g"`)
      const cell = (of: string): string => `(SELECT "g", "b" FROM ${grid.cells}) AS ${of}`
      const bits = `CASE WHEN ${place(other)} < ${place(one)} THEN ${other}."b" ELSE CAST(0 AS BIGINT) END`
      const order = `${x}."k" * ${prime} + ${y}."k"`
      return `(SELECT ${order} AS "r", ${one}."g" AS "g", ${one}."b" AS "b", ${fn('bit_or', bits)} AS "before" FROM ${upTo(slopes)} AS ${x}("k") CROSS JOIN ${upTo(prime)} AS ${y}("k") CROSS JOIN ${cell(one)} CROSS JOIN ${cell(other)} GROUP BY ${order}, ${one}."g", ${one}."b")`
    },
  }
}

function primeFrom(n: number): number {
  const divisors = Array.from({ length: Math.max(0, n - 2) }, (_, i) => i + 2)
  return divisors.some((d) => n % d === 0) ? primeFrom(n + 1) : n
}
