import type { Aggregate, Cell, Rows } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'
import { fn, quoted } from './duckdb.ts'

/** Record keys are whole numbers below this; a cell key is their sum modulo it. */
const MODULUS = 2n ** 32n

/**
 * What the `cube` profile needs besides the aggregate: per cell the sum of the record keys of its persons. A record key is
 * a hash of the person's ordinal under `salt` (64 bits, from the noise key), so equal sets of persons have equal sums in
 * every table of one workspace (Fraser and Wooton 2005). Only for a proof that counts persons once: C = 1 and one
 * statistic of persons. Throws a RangeError otherwise.
 */
export function recordKeysSql(proven: Proven, salt: bigint): string {
  const [only, more] = proven.statistics
  if (only?.kind !== 'persons' || more !== undefined || proven.cellsPerPerson !== 1)
    throw new RangeError('record keys belong to a table that counts persons once')
  const labels = proven.labels.map(({ domain }, i) => {
    const name = quoted(`l${i}`)
    return domain.kind === 'dates' ? `CAST(${name} AS VARCHAR) AS ${name}` : name
  })
  const key = `${fn('hash', '"p"', `CAST(${salt} AS UBIGINT)`)} % CAST(${MODULUS} AS UBIGINT)`
  const sum = `CAST(COALESCE(${fn('sum', key)}, 0) AS HUGEINT) AS "k"`
  const names = proven.labels.map((_, i) => quoted(`l${i}`))
  const by = names.length === 0 ? '' : ` GROUP BY ${names.join(', ')}`
  return `SELECT ${[...labels, sum].join(', ')} FROM (${proven.personSql}) AS "q" WHERE "m0" IS NOT NULL${by}`
}

/** The cell keys, aligned with the cells of the aggregate; 0 for a cell without persons. Throws an Error on a misfit. */
export function toCellKeys(rows: Rows, proven: Proven, aggregate: Aggregate): number[] {
  const names = [...proven.labels.map((_, i) => `l${i}`), 'k']
  if (rows.columns.join() !== names.join()) throw misfit()
  const found = new Map(
    rows.rows.map((row) => {
      const sum = row.at(-1)
      if (typeof sum !== 'bigint' || sum < 0n) throw misfit()
      return [keyOf(row.slice(0, -1)), Number(sum % MODULUS)] as const
    }),
  )
  return aggregate.cells.map(({ labels, persons: [n = 0] }) => {
    const key = found.get(keyOf(labels))
    if (key === undefined && n > 0) throw misfit()
    return key ?? 0
  })
}

const keyOf = (labels: readonly Cell[]): string =>
  JSON.stringify(labels.map((l) => (typeof l === 'bigint' ? Number(l) : l)))

const misfit = (): Error => new Error('the record keys do not fit their aggregate')
