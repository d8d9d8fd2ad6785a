import { fn, quoted } from './duckdb.ts'
import { bitOf, type Grid, labelName, ordersOf } from './grid.ts'
import type { Printer } from './print.ts'
import { carried, gatheredMeasures, labelled, measureName, spreads } from './print-person.ts'
import type { Release } from './release.ts'

/** Nothing but persons is counted: then a person is, for each statistic, a set of cells. */
export const bitsTell = ({ statistics }: Release): boolean =>
  statistics.every(({ measure: m }) => m.kind === 'persons' || m.kind === 'scaled-persons')

/** Where no person can have more cells than are kept, none is chosen. */
const chooses = (release: Release, grid: Grid): boolean =>
  spreads(release) && release.cells < grid.size

const kept = (cells: number, all: string, before: string): string =>
  `${fn('bit_count', `(${all} & ${before})`)} < ${cells}`

/**
 * The aggregate for persons alone. One row per person with the bits of the cells it is in; persons with the same bits
 * and order are one row with their number; then those of each cell are added up.
 */
export function bitLevel(release: Release, rows: string, printer: Printer, grid: Grid): string {
  const { labels, statistics, sets, cells } = release
  const choose = chooses(release, grid)
  const orders = ordersOf(grid)
  const tested = statistics.flatMap(({ measure }, i) =>
    'test' in measure && measure.test !== undefined ? [measureName(i)] : [],
  )
  const bits = `SELECT ${['"p"', `${bitOf(`(${grid.index})`)} AS "b"`, ...tested].join(', ')} FROM (${rows}) AS ${printer.alias()}`
  const gathered = tested.map((m) => `${fn('bit_or', `CASE WHEN ${m} THEN "b" END`)} AS ${m}`)
  const people = `SELECT ${['"p"', `${fn('bit_or', '"b"')} AS "e"`, ...gathered].join(', ')} FROM (${bits}) AS ${printer.alias()} GROUP BY "p"`
  const keys = ['"e"', ...(choose ? ['"r"'] : []), ...tested]
  const drawn = choose
    ? `(SELECT ${['"e"', `${orders.draw} AS "r"`, ...tested].join(', ')} FROM (${people}) AS ${printer.alias()})`
    : `(${people})`
  const alike = `(SELECT ${[...keys, `${fn('count', '*')} AS "w"`].join(', ')} FROM ${drawn} AS ${printer.alias()} GROUP BY ${keys.join(', ')}) AS "x"`
  const within = choose
    ? `${alike} INNER JOIN ${orders.table(grid, printer.alias)} AS "y" ON "y"."r" = "x"."r" AND ("x"."e" & "y"."b") <> 0 AND ${kept(cells, '"x"."e"', '"y"."before"')} INNER JOIN ${grid.cells} ON "grid"."g" = "y"."g"`
    : `${alike} INNER JOIN ${grid.cells} ON ("x"."e" & "grid"."b") <> 0`
  const counted = statistics.flatMap((_, i) => {
    const here = tested.includes(measureName(i))
      ? `CASE WHEN ("x".${measureName(i)} & "grid"."b") <> 0 THEN "x"."w" END`
      : '"x"."w"'
    const persons = `COALESCE(${fn('sum', here)}, 0)`
    return [
      `CAST(${persons} AS HUGEINT) AS ${quoted(`s${i}`)}`,
      `TRY_CAST(${persons} AS BIGINT) AS ${quoted(`n${i}`)}`,
    ]
  })
  const { shown, by } = labelled(labels, sets, 'grid')
  return `SELECT ${[...shown, ...counted].join(', ')} FROM ${within}${by}`
}

/** One row per person and numbered cell, the number turned back into labels: what the person level says, other columns left out. */
export function gridLevel(release: Release, rows: string, printer: Printer, grid: Grid): string {
  const { labels, cells } = release
  const measures = carried(release)
  const numbered = `SELECT ${['"p"', `${grid.index} AS "g"`, ...measures].join(', ')} FROM (${rows}) AS ${printer.alias()}`
  const grouped = `SELECT ${['"p"', '"g"', ...gatheredMeasures(release)].join(', ')} FROM (${numbered}) AS ${printer.alias()} GROUP BY "p", "g"`
  const shown = [
    ...labels.map((_, i) => `"grid".${labelName(i)} AS ${labelName(i)}`),
    ...measures.map((m) => `"k".${m} AS ${m}`),
  ].join(', ')
  const cell = `INNER JOIN ${grid.cells} ON "grid"."g" = "k"."g"`
  if (!chooses(release, grid)) return `SELECT ${shown} FROM (${grouped}) AS "k" ${cell}`
  const orders = ordersOf(grid)
  const all = `SELECT "p", ${fn('bit_or', bitOf('"g"'))} AS "e" FROM "k" GROUP BY "p"`
  const drawn = `SELECT "p", "e", ${orders.draw} AS "r" FROM (${all}) AS ${printer.alias()}`
  return `WITH "k" AS MATERIALIZED (${grouped}) SELECT ${shown} FROM "k" INNER JOIN (${drawn}) AS "x" ON "x"."p" = "k"."p" INNER JOIN ${orders.table(grid, printer.alias)} AS "y" ON "y"."r" = "x"."r" AND "y"."g" = "k"."g" AND ${kept(cells, '"x"."e"', '"y"."before"')} ${cell}`
}
