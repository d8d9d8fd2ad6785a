import { recordKeysSql, toCellKeys } from '../analysis/record-keys.ts'
import { assertListed, cube } from '../disclosure/cube/cube.ts'
import { censusDesign } from '../disclosure/cube/statement.ts'
import { sha256 } from '../domain/digest.ts'
import type { Aggregate, Protected, Rows } from '../domain/glass.ts'
import type { Lattice, Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Proven } from '../domain/proven.ts'
import type { House } from './house.ts'
import { proveText } from './prove.ts'
import { dictionaryOf } from './question.ts'

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
 * census design. Record keys are salted by the workspace, so equal sets of persons are changed alike in every table of it.
 * Throws `refused-by-policy` for a question outside the lattice.
 */
export async function answerCube(
  house: House,
  job: Readonly<{
    permit: Permit
    proven: Proven
    aggregate: Aggregate
    workspace: string
    ask: (of: Proven) => Promise<Rows>
  }>,
): Promise<Protected> {
  const { permit, proven, aggregate } = job
  const { lattice, k } = permit.conditions
  if (lattice === undefined)
    throw new Problem('refused-by-policy', { rule: 'cube-without-lattice', article: '68(10)' })
  const questions = await latticeDigests(house, permit, lattice)
  const sql = recordKeysSql(proven, saltOf(house, job.workspace))
  const rows = await job.ask({ ...proven, sql })
  const rules = { name: lattice.name, questions, design: censusDesign, k }
  return cube(aggregate, toCellKeys(rows, proven, aggregate), proven, rules)
}

/** Throws `refused-by-policy` for a question outside the lattice, before anything is asked of data. */
export const assertInLattice = async (
  house: House,
  permit: Pick<Permit, 'data'>,
  lattice: Lattice,
  proven: Proven,
): Promise<void> => assertListed(proven, await latticeDigests(house, permit, lattice))

/** SHA-256 of the canonical form of each question, as cube() compares them. */
const latticeDigests = (
  house: House,
  permit: Pick<Permit, 'data'>,
  { questions }: Lattice,
): Promise<string[]> =>
  Promise.all(
    questions.map(async (text) => {
      const dictionary = dictionaryOf(house, permit)
      return sha256((await proveText(house, text, dictionary, house.dictionary)).canonical)
    }),
  )

const saltOf = (house: House, workspace: string): bigint =>
  house.keys
    .noise(JSON.stringify({ use: 'record-keys', workspace }))(8)
    .reduce((n, byte) => n * 256n + BigInt(byte), 0n)
