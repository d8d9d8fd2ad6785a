import { fn, quoted } from './duckdb.ts'
import { type Grid, gridOf, labelName } from './grid.ts'
import type { Measure } from './measures.ts'
import { makePrinter } from './print.ts'
import { bitLevel, bitsTell, gridLevel } from './print-grid.ts'
import { labelled, measureName, personLevel, restricted, rowLevel } from './print-person.ts'
import type { Release } from './release.ts'

/** The two texts of a proof: one row per person and cell, and the exact aggregate over them. */
export type Printed = Readonly<{
  sql: string
  personSql: string
  tables: readonly string[]
  columns: readonly string[]
}>

/**
 * The person level is printed plainly. The aggregate over it is the same relation added up, in the form that the engine
 * answers fastest: bits, numbered cells, or the plain person level itself.
 */
export function printRelease(release: Release, workspace: string): Printed {
  const printer = makePrinter(workspace)
  const one = release.relation.rows === 1
  const grid: Grid | undefined = one ? undefined : gridOf(release.labels)
  const rows = rowLevel(release, printer, one && release.sets !== undefined)
  const people = personLevel(release, rows, printer, grid)
  const released =
    grid === undefined
      ? cellLevel(release, people)
      : bitsTell(release)
        ? bitLevel(release, rows, printer, grid)
        : cellLevel(release, gridLevel(release, rows, printer, grid))
  const parts = printer.parts()
  return {
    sql: `${parts}${released}`,
    personSql: `${parts}${people}`,
    tables: printer.tables(),
    columns: printer.columns(),
  }
}

/** The exact aggregate: labels, then for each statistic its sum `s<i>` (HUGEINT) and its contributing persons `n<i>`. */
function cellLevel({ relation, labels, statistics, sets }: Release, people: string): string {
  const index = new Map(statistics.map((s, i) => [s.id, i]))
  const measures = statistics.flatMap(({ measure }, i) => {
    const [sum, persons] = totals(measure, i, index)
    return [`CAST(${sum} AS HUGEINT) AS ${quoted(`s${i}`)}`, `${persons} AS ${quoted(`n${i}`)}`]
  })
  const only =
    relation.rows === 1 && sets === undefined
      ? restricted(labels, (i) => `"q".${labelName(i)}`)
      : ''
  const { shown, by } = labelled(labels, sets, 'q')
  return `SELECT ${[...shown, ...measures].join(', ')} FROM (${people}) AS "q"${by}${only}`
}

function totals(
  m: Measure,
  i: number,
  index: ReadonlyMap<string, number>,
): readonly [string, string] {
  const there = (when: 'nonzero' | 'present', of: string): string =>
    fn('count', when === 'nonzero' ? `CASE WHEN ${of} <> 0 THEN 1 END` : of)
  const name = measureName(i)
  switch (m.kind) {
    case 'persons':
    case 'scaled-persons':
      return [fn('count', name), fn('count', name)]
    case 'contributors': {
      const of = measureName(index.get(m.of) as number)
      return [there(m.when, of), there(m.when, of)]
    }
    case 'rows':
      return [`COALESCE(${fn('sum', name)}, 0)`, there('nonzero', name)]
    case 'sum':
      return [`COALESCE(${fn('sum', name)}, 0)`, there(m.when, name)]
  }
}
