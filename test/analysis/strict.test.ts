import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { toAggregate } from '../../src/analysis/aggregate.ts'
import { checkPlan, prove } from '../../src/analysis/prove.ts'
import type { Cell, Rows } from '../../src/domain/glass.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { specDictionary } from '../spec/dictionary.ts'
import { plainJail } from '../support/plain-jail.ts'
import { proofWith, refusal } from './support.ts'

const engine = createEngine({ jail: plainJail() })
const proof = proofWith(engine)
afterAll(() => engine.close())

const folder = join(import.meta.dirname, '../spec/accepted')
const corpus = readdirSync(folder).map((f) => readFileSync(join(folder, f), 'utf8'))

type Path = readonly (string | number)[]

/** Every place of a tree with every other value it could hold instead. */
function* changes(value: unknown, path: Path = []): Generator<readonly [Path, unknown]> {
  if (Array.isArray(value)) {
    yield [path, [...value, { type: 'EVIL', class: 'EVIL' }]]
    for (const [i, item] of value.entries()) yield* changes(item, [...path, i])
  } else if (typeof value === 'object' && value !== null) {
    yield [[...path, 'evil'], 1]
    for (const [field, item] of Object.entries(value)) yield* changes(item, [...path, field])
  } else if (typeof value === 'boolean') yield [path, !value]
  else if (typeof value === 'string') yield [path, `${value}_evil`]
}

function changed(value: unknown, path: Path, to: unknown): unknown {
  const [head, ...rest] = path
  if (head === undefined) return to
  if (Array.isArray(value)) return value.map((v, i) => (i === head ? changed(v, rest, to) : v))
  const record = value as Record<string, unknown>
  return { ...record, [head]: changed(record[head], rest, to) }
}

/** What may differ without meaning anything: names in the answer, places, and hints that the printing replaces. */
const MEANINGLESS = /^(alias|query_location|is_operator|materialized|class|try_cast)$/

test('nothing in a tree is overlooked', { timeout: 120_000 }, async () => {
  const overlooked: string[] = []
  for (const text of corpus.slice(0, 12)) {
    const ast = await engine.parse(text)
    const honest = prove(ast, specDictionary, { text })
    const tree: unknown = JSON.parse(ast)
    for (const [path, to] of changes(tree)) {
      const last = String(path.at(-1))
      if (MEANINGLESS.test(last)) continue
      const mutant = JSON.stringify(changed(tree, path, to))
      try {
        const made = prove(mutant, specDictionary, { text })
        if (JSON.stringify(made) === JSON.stringify(honest)) overlooked.push(path.join('/'))
      } catch {
        // refused, or not a tree at all
      }
    }
  }
  expect(overlooked).toEqual([])
})

describe('the bound plan', () => {
  const text = 'SELECT sex, count(*) AS n, sum(birth_year) AS y FROM patient GROUP BY sex'
  test.each([
    ['another table', `SELECT count(*) FROM "ws"."main"."condition"`],
    ['a table function', 'SELECT * FROM range(10)'],
    ['a function', `SELECT md5(sex) FROM "ws"."main"."patient"`],
    ['an aggregate', `SELECT string_agg(sex, ',') FROM "ws"."main"."patient"`],
    ['a sort', `SELECT sex FROM "ws"."main"."patient" ORDER BY sex LIMIT 3`],
    ['a sample', `SELECT sex FROM "ws"."main"."patient" USING SAMPLE 3`],
    ['an unnest', 'SELECT unnest([1, 2])'],
    ['nothing', 'SELECT nowhere'],
  ])('refuses %s', async (_, forged) => {
    const proven = await proof(text)
    const plan = await engine.plan(specDictionary, forged)
    expect((await refusal(Promise.resolve().then(() => checkPlan(plan, proven)))).facts.rule).toBe(
      'plan-unexpected',
    )
  })
})

describe('toAggregate', () => {
  const text = 'SELECT sex, count(*) AS n, sum(birth_year) AS y FROM patient GROUP BY sex'
  const columns = ['l0', 's0', 'n0', 's1', 'n1', 's2', 'n2']
  const row: readonly Cell[] = ['female', 3n, 3n, 3n, 3n, 5900n, 3n]
  const rows = (...r: (readonly Cell[])[]): Rows => ({ columns, rows: r }) as unknown as Rows
  test('reads what was promised', async () => {
    const made = toAggregate(rows(row), await proof(text))
    expect(made.cells).toEqual([{ labels: ['female'], sums: [3n, 3n, 5900n], persons: [3, 3, 3] }])
  })
  test.each<readonly [string, Rows]>([
    ['a label outside its domain', rows(['CANARY', ...row.slice(1)])],
    ['a cell twice', rows(row, row)],
    ['a sum its persons cannot reach', rows(row.with(5, 99_000n))],
    ['a negative count', rows(row.with(2, -1n))],
    ['a number instead of a big integer', rows(row.with(1, 3))],
    ['a missing column', { columns: columns.slice(1), rows: [row.slice(1)] } as unknown as Rows],
    ['another order of columns', { columns: columns.toReversed(), rows: [row] } as unknown as Rows],
  ])('refuses %s', async (_, forged) => {
    const proven = await proof(text)
    expect(() => toAggregate(forged, proven)).toThrow('do not fit')
  })
})

describe('the proof', () => {
  test('is the same for spellings that differ in names, space and order of conditions', async () => {
    const a = await proof(
      "SELECT p.sex AS s, count(*) AS n FROM patient p WHERE p.region = 'east-hills' AND p.deceased GROUP BY p.sex",
    )
    const b = await proof(
      "select q.SEX, COUNT(*)\nfrom Patient as q where q.deceased and (q.region) = 'east-hills' group by 1 order by 2",
    )
    expect(b.canonical).toBe(a.canonical)
    const c = await proof(
      "SELECT p.sex AS s, count(*) AS n FROM patient p WHERE p.region = 'east-plain' AND p.deceased GROUP BY p.sex",
    )
    expect(c.canonical).not.toBe(a.canonical)
  })
  test('names the tables and columns that are read, and no others', async () => {
    const proven = await proof(
      "SELECT p.sex, count(*) AS n FROM patient p SEMI JOIN (SELECT * FROM condition) c ON c.person_id = p.person_id AND c.code = 'I10' GROUP BY 1",
    )
    expect(proven.tables).toEqual(['condition', 'patient'])
    expect(proven.columns).toEqual([
      'condition.code',
      'condition.person_id',
      'patient.person_id',
      'patient.sex',
    ])
  })
  test('says what the permit does not grant', async () => {
    const granted = specDictionary
      .filter((t) => t.name === 'patient')
      .map((t) => ({ ...t, columns: t.columns.filter((c) => c.name !== 'region') }))
    const ask = (text: string) => refusal(proof(text, { known: specDictionary }, granted))
    expect((await ask('SELECT count(*) AS n FROM condition')).code).toBe('not-in-permit')
    expect(
      (await ask("SELECT count(*) AS n FROM patient p WHERE p.region = 'x'")).facts,
    ).toMatchObject({ rule: 'column-not-granted', place: '1:43' })
    expect((await ask('SELECT count(*) AS n FROM patient p WHERE p.regio IS NULL')).code).toBe(
      'sql-refused',
    )
  })
  test.each([
    ['one row per person', 'SELECT sex, count(*) AS n FROM patient GROUP BY sex', 1],
    [
      'labels of the person',
      'SELECT p.sex, count(DISTINCT c.person_id) AS n FROM condition c JOIN patient p USING (person_id) GROUP BY p.sex',
      1,
    ],
    ['no label', 'SELECT count(DISTINCT person_id) AS n FROM condition', 1],
    [
      'labels of rows',
      'SELECT code, count(DISTINCT person_id) AS n FROM condition GROUP BY code',
      3,
    ],
    [
      'declared',
      '-- cells: 2\nSELECT code, count(DISTINCT person_id) AS n FROM condition GROUP BY code',
      2,
    ],
    [
      'never more than there are',
      '-- cells: 99\nSELECT encounter_class, count(DISTINCT person_id) AS n FROM encounter GROUP BY 1',
      4,
    ],
    [
      'a label that a public join spreads',
      "SELECT v.x, count(*) AS n FROM patient p JOIN (VALUES (1900, 'a'), (1950, 'b')) AS v(y, x) ON p.birth_year > v.y GROUP BY v.x",
      2,
    ],
  ])('cells per person: %s', async (_, text, cells) => {
    expect((await proof(text)).cellsPerPerson).toBe(cells)
  })
  test('bounds a count of rows by the declared rows', async () => {
    const by = async (text: string) => (await proof(text)).statistics.find((s) => s.kind === 'sum')
    expect(await by('SELECT count(*) AS n FROM encounter')).toMatchObject({ lo: 0, hi: 20 })
    expect(await by('-- rows: 5\nSELECT count(*) AS n FROM encounter')).toMatchObject({
      lo: 0,
      hi: 5,
    })
    expect(await by('SELECT sum(birth_year) AS n FROM patient')).toMatchObject({
      lo: 1900,
      hi: 2030,
    })
  })
  test('asks no statistic twice', async () => {
    const proven = await proof(
      'SELECT sex, count(*) AS n, avg(CASE WHEN deceased THEN 1 ELSE 0 END) AS share, count(*) FILTER (WHERE deceased) AS died FROM patient GROUP BY sex',
    )
    expect(proven.statistics.length).toBe(2)
  })
  test('takes 64-bit literals whole or not at all', async () => {
    expect(
      (await proof('SELECT count(*) AS n FROM patient WHERE birth_year <> 9007199254740991')).sql,
    ).toContain('9007199254740991')
    expect(
      (
        await refusal(
          proof('SELECT count(*) AS n FROM patient WHERE birth_year <> 9007199254740993'),
        )
      ).facts.rule,
    ).toBe('literal-out-of-range')
  })
})
