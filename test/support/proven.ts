import type { Cell } from '../../src/domain/glass.ts'
import { type Aggregate, mint } from '../../src/domain/glass.ts'
import type { OutputColumn, Proven, Statistic } from '../../src/domain/proven.ts'

/** A proven table of counts, with sums and means where asked, for tests of what follows the proof. */
export function provenTable(
  of: Readonly<{
    canonical: string
    labels?: readonly Readonly<{ name: string; values: readonly Cell[] }>[]
    sums?: readonly Readonly<{ name: string; lo: number; hi: number; scale?: number }>[]
    means?: boolean
    cellsPerPerson?: number
    order?: Proven['order']
    limit?: number
  }>,
): Proven {
  const labels = of.labels ?? []
  const sums = of.sums ?? []
  const persons: Statistic = { id: 'n', kind: 'persons', scale: 1, lo: 0, hi: 1, contributors: 'n' }
  const statistics: Statistic[] = [
    persons,
    ...sums.flatMap(({ name, lo, hi, scale = 1 }): Statistic[] => [
      { id: `${name}.n`, kind: 'persons', scale: 1, lo: 0, hi: 1, contributors: `${name}.n` },
      { id: `${name}.sum`, kind: 'sum', scale, lo, hi, contributors: `${name}.n` },
    ]),
  ]
  const output: OutputColumn[] = [
    ...labels.map(({ name }, label): OutputColumn => ({ name, kind: 'label', label })),
    { name: 'persons', kind: 'value', statistic: 'n' },
    ...sums.map(
      ({ name }): OutputColumn =>
        of.means === true
          ? { name, kind: 'ratio', numerator: `${name}.sum`, denominator: `${name}.n` }
          : { name, kind: 'value', statistic: `${name}.sum` },
    ),
  ]
  return {
    sql: '',
    personSql: '',
    canonical: of.canonical,
    tables: ['patient'],
    columns: [],
    labels: labels.map(({ name, values }) => ({
      name,
      domain: { kind: 'enum', values: values.map(String) },
      values,
    })),
    statistics,
    cellsPerPerson: of.cellsPerPerson ?? 1,
    output,
    order: of.order ?? [],
    ...(of.limit === undefined ? {} : { limit: of.limit }),
  }
}

/** The aggregate of persons given as (labels, lattice values of the sums or null where they do not contribute). */
export function aggregateOf(
  proven: Proven,
  persons: readonly Readonly<{ labels: readonly Cell[]; values?: readonly (number | null)[] }>[],
): Aggregate {
  const cells = new Map<string, { labels: readonly Cell[]; sums: bigint[]; persons: number[] }>()
  for (const { labels, values } of persons) {
    const key = labels.length === 1 ? String(labels[0]) : labels.map(String).join('\u0000')
    let cell = cells.get(key)
    if (cell === undefined) {
      cell = {
        labels,
        sums: proven.statistics.map(() => 0n),
        persons: proven.statistics.map(() => 0),
      }
      cells.set(key, cell)
    }
    const { sums, persons: counts } = cell
    const add = (i: number, value: bigint): void => {
      sums[i] = (sums[i] as bigint) + value
      counts[i] = (counts[i] as number) + 1
    }
    add(0, 1n)
    values?.forEach((value, i) => {
      if (value === null) return
      add(1 + 2 * i, 1n)
      add(2 + 2 * i, BigInt(value))
    })
  }
  return mint.aggregate([...cells.values()])
}
