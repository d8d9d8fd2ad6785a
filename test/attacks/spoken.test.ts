import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { checkPlan, prove } from '../../src/analysis/prove.ts'
import { charge } from '../../src/disclosure/charge.ts'
import { protect } from '../../src/disclosure/protect.ts'
import type { Dictionary } from '../../src/domain/dataset.ts'
import type { Aggregate } from '../../src/domain/glass.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { buildWorkspace } from '../../src/workspace/build.ts'
import { testNoise } from '../support/noise.ts'
import { scratch, snapshotOf, testPseudonym } from '../support/snapshot.ts'
import { exactCells } from './gateway.ts'
import { attackDictionary, spoken } from './spoken.ts'
import { type Person, randomOf, worldOf } from './world.ts'

/**
 * The bridge from the measured attacks to the product: typed as SQL, proven, run by the real engine over a real
 * workspace, each question amounts to exactly what test/attacks/gateway.ts computes in memory, in both worlds of the
 * target's secret; what the proof refuses it refuses from the text, before any data.
 */
const engine = createEngine({ jail: plainJail(), memoryMiB: 256, spares: 1 })
afterAll(() => engine.close())

type World = Readonly<{ people: readonly Person[]; path: string; dictionary: Dictionary }>
const worlds: World[] = []

async function built(secret: boolean): Promise<World> {
  const people = worldOf(secret, randomOf(11))
  const rows = people
    .map((p) => `('p${p.mark}', ${p.mark}, '${p.sex}', ${p.secret}, ${p.value}, ${p.rows})`)
    .join()
  const all = `(VALUES ${rows}) t(person_id, mark, sex, secret, value, n)`
  const base = scratch()
  const made = await buildWorkspace(
    { engine, keys: { pseudonym: testPseudonym() } },
    {
      permit: 'p',
      snapshot: await snapshotOf({
        patient: `SELECT person_id, mark, sex, secret, value FROM ${all}`,
        visit: `SELECT person_id, 'a' AS kind FROM ${all}, range(1000) r(i) WHERE i < n`,
        opted_out: `SELECT 'nobody' AS person_id`,
      }),
      dictionary: attackDictionary,
      scope: {
        datasets: ['d'],
        tables: { patient: ['mark', 'sex', 'secret', 'value'], visit: ['kind'] },
        period: { from: '1900-01-01', to: '2100-01-01' },
      },
      out: join(base, 'w'),
      escrow: join(base, 'e'),
    },
  )
  return { people, path: made.path, dictionary: made.dictionary }
}

beforeAll(async () => {
  worlds.push(await built(true), await built(false))
})

const proved = async (sql: string): Promise<Proven> => {
  const dictionary = (worlds[0] as World).dictionary
  const proven = prove(await engine.parse(sql), dictionary, { text: sql })
  checkPlan(await engine.plan(dictionary, proven.sql), proven)
  return proven
}

/** Label, then the sum and the persons of the last statistic: the measure that the question is after. */
const essence = (a: Aggregate): string[] =>
  a.cells
    .filter((c) => c.persons.some((n) => n > 0))
    .map((c) => [...c.labels.map(String), c.sums.at(-1), c.persons.at(-1)].join())
    .sort()

describe('the attacks, typed as SQL', () => {
  for (const one of spoken)
    if ('same' in one)
      test(`amounts to what was measured: ${one.what}`, async () => {
        const proven = await proved(one.sql)
        const costs = charge(proven, 100).rho
        const ask = async ({ people, path }: World): Promise<string> => {
          const rows = await engine.query({
            database: path,
            sql: proven.sql,
            check: (plan) => checkPlan(plan, proven),
          })
          const aggregate = toAggregate(rows, proven)
          expect(essence(aggregate)).toEqual(essence(exactCells(one.same, people)))
          const table = protect(
            aggregate,
            proven,
            { profile: 'standard', k: 10, variance: 100, rounding: 5, workspace: path },
            testNoise(),
          )
          for (const c of aggregate.cells)
            if (c.persons.every((n) => n < 10))
              expect(table.rows.some((r) => r[0] === c.labels[0])).toBe(false)
          return table.columns.join()
        }
        const status = await Promise.all(worlds.map(ask))
        // both worlds: the same columns, and the same charge from the text alone
        expect(new Set(status).size).toBe(1)
        expect(charge(proven, 100).rho).toBe(costs)
      })
    else
      test(`is refused from the text: ${one.what}`, async () => {
        const failed = await proved(one.sql).then(
          () => undefined,
          (e: unknown) => e,
        )
        expect(failed).toBeInstanceOf(Problem)
        expect((failed as Problem).facts.rule).toBe(one.refused)
      })
})
