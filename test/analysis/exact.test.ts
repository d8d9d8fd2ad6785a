import { afterAll, beforeAll, expect, test } from 'vitest'
import { proveExact } from '../../src/analysis/exact.ts'
import { checkPlan } from '../../src/analysis/prove.ts'
import type { ReducerSpec } from '../../src/domain/reducer.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { specDictionary } from '../spec/dictionary.ts'
import { specWorkspace } from '../spec/workspace.ts'
import { plainJail } from '../support/plain-jail.ts'
import { refusal } from './support.ts'

const engine = createEngine({ jail: plainJail(), threads: 1 })
let database = ''
beforeAll(async () => {
  database = (await specWorkspace(engine)).whole
})
afterAll(() => engine.close())

const FRAME = `SELECT person_id, sex, clamp(2025 - birth_year, 0, 120) AS age, deceased,
  date_diff('day', DATE '2015-01-01', deceased_date) AS days FROM patient`
const prove = async (spec: ReducerSpec, text = FRAME) =>
  proveExact(await engine.parse(text), specDictionary, spec, { text })

test('the rows of a frame, one per person, are those of plain SQL', async () => {
  const { proven, columns } = await prove({
    kind: 'glm',
    family: 'logistic',
    outcome: 'deceased',
    terms: ['age', 'sex'],
  })
  expect(columns).toEqual(['deceased', 'age', 'sex'])
  const rows = await engine.query({
    database,
    sql: proven.sql,
    check: (plan) => checkPlan(plan, proven),
  })
  const [, , plain] = await engine.script({
    statements: [
      `ATTACH '${database}' AS ws (READ_ONLY)`,
      'USE ws',
      'SELECT deceased, 2025 - birth_year, sex FROM patient ORDER BY person_id',
    ],
    read: [database],
    write: [],
  })
  const sorted = (of: typeof rows.rows | undefined) =>
    of?.map((r) => r.map(String).join()).toSorted()
  expect(sorted(rows.rows)).toEqual(sorted(plain?.rows))
})

test.each<[string, ReducerSpec, string, string?]>([
  ['a reducer of noised sums', { kind: 'mean', value: 'age' }, 'reducer-needs-standard'],
  [
    'a group of models',
    { kind: 'cox', by: ['sex'], time: 'days', event: 'deceased', terms: [] },
    'reducer-by',
  ],
  [
    'an outcome that is no condition',
    { kind: 'glm', family: 'logistic', outcome: 'age', terms: [] },
    'reducer-column-type',
  ],
  [
    'a term of free text',
    { kind: 'glm', family: 'gaussian', outcome: 'age', terms: ['code'] },
    'label-open',
    'SELECT person_id, birth_year AS age, (SELECT max(o.unit) FROM observation o WHERE o.person_id = p.person_id) AS code FROM patient p',
  ],
  [
    'rows of visits',
    { kind: 'km', time: 'n', event: 'e' },
    'frame-needs-one-row',
    'SELECT person_id, 1 AS n, true AS e FROM condition',
  ],
  [
    'the key',
    { kind: 'glm', family: 'gaussian', outcome: 'person_id', terms: ['age'] },
    'key-unusable',
  ],
])('%s is refused', async (_, spec, rule, text) => {
  expect((await refusal(prove(spec, text))).facts.rule).toBe(rule)
})
