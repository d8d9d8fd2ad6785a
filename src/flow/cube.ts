import { toAggregate } from '../analysis/aggregate.ts'
import { checkPlan } from '../analysis/prove.ts'
import { recordKeysSql, toCellKeys } from '../analysis/record-keys.ts'
import { censusDesign, cube } from '../disclosure/cube/cube.ts'
import { sha256 } from '../domain/digest.ts'
import type { Protected } from '../domain/glass.ts'
import type { Lattice, Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Proven } from '../domain/proven.ts'
import { dictionaryOf } from './analyse.ts'
import type { House } from './house.ts'
import { proveText } from './prove.ts'

/** Every question of the lattice counts persons once, so that each has one cell key. Throws `sql-refused` for one that does not. */
export async function assertLattice(
  house: House,
  permit: Pick<Permit, 'data'>,
  lattice: Lattice,
): Promise<void> {
  for (const [i, text] of lattice.questions.entries()) {
    const proven = await proveText(house, text, dictionaryOf(house, permit), house.dictionary)
    const [only, more] = proven.statistics
    const counts = only?.kind === 'persons' && more === undefined && proven.cellsPerPerson === 1
    if (counts && proven.output.every((c) => c.kind !== 'ratio')) continue
    throw new Problem('sql-refused', {
      rule: 'cube-counts-persons-once',
      place: `/conditions/lattice/questions/${i}`,
      reason: 'A question of a cube counts persons, each in one cell, and nothing else.',
      fix: 'Ask for count(DISTINCT person_id) or count(*) over a table with one row per person.',
    })
  }
}

/**
 * The `cube` profile over one workspace: the exact counts, their cell keys by our own printing, and the perturbation of the
 * census design. The salt of the record keys is the dataset's, so that two permits of one cube see the same changes only
 * where they see the same workspace. Throws `refused-by-policy` for a question outside the lattice.
 */
export async function answerCube(
  house: House,
  job: Readonly<{ permit: Permit; proven: Proven; database: string; workspace: string }>,
  signal: AbortSignal,
): Promise<Protected> {
  const { permit, proven, database, workspace } = job
  const { lattice, k } = permit.conditions
  if (lattice === undefined)
    throw new Problem('refused-by-policy', { rule: 'cube-without-lattice', article: '68(10)' })
  const canonical = await Promise.all(
    lattice.questions.map(async (text) =>
      sha256(
        (await proveText(house, text, dictionaryOf(house, permit), house.dictionary)).canonical,
      ),
    ),
  )
  const rows = (sql: string) =>
    house.engine.query({ database, sql, check: (plan) => checkPlan(plan, proven), signal })
  const aggregate = toAggregate(await rows(proven.sql), proven)
  const keys = await rows(recordKeysSql(proven, saltOf(house, workspace)))
  const rules = { name: lattice.name, questions: canonical, design: censusDesign, k }
  return cube(aggregate, toCellKeys(keys, proven, aggregate), proven, rules)
}

const saltOf = (house: House, workspace: string): bigint =>
  house.keys
    .noise(JSON.stringify({ use: 'record-keys', workspace }))(8)
    .reduce((n, byte) => n * 256n + BigInt(byte), 0n)
