import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Snapshot } from '../../src/domain/dataset.ts'
import type { Cell } from '../../src/domain/glass.ts'
import type { Problem } from '../../src/domain/problem.ts'
import { buildWorkspace, type WorkspaceOrder } from '../../src/workspace/build.ts'
import { scriptEngine } from '../support/engine.ts'
import {
  scratch,
  smallDictionary,
  smallTables,
  snapshotOf,
  testPseudonym,
} from '../support/snapshot.ts'

const caps = { engine: scriptEngine(), keys: { pseudonym: testPseudonym() } }
const everything: WorkspaceOrder['scope'] = {
  datasets: ['north'],
  tables: {
    patient: ['sex', 'birth_date'],
    observation: ['effective_date', 'code', 'value'],
  },
  period: { from: '1900-01-01', to: '2099-12-31' },
}
const order = async (change: Partial<WorkspaceOrder> = {}): Promise<WorkspaceOrder> => {
  const base = scratch()
  return {
    permit: 'permit-1',
    snapshot: change.snapshot ?? (await snapshotOf(smallTables)),
    dictionary: smallDictionary,
    scope: everything,
    out: join(base, 'workspaces'),
    escrow: join(base, 'escrow'),
    ...change,
  }
}
const read = async (path: string, sql: string): Promise<readonly (readonly Cell[])[]> => {
  const answers = await scriptEngine().script({
    statements: [`ATTACH '${path}' AS ws (READ_ONLY)`, 'USE ws', sql],
    read: [path],
    write: [],
  })
  return answers[2]?.rows ?? []
}
const problem = (code: string, rule: string) =>
  expect.objectContaining({ code, facts: expect.objectContaining({ rule }) }) as Problem

test('holds what the permit names and nothing else', async () => {
  const made = await buildWorkspace(
    caps,
    await order({ scope: { ...everything, tables: { observation: ['code'] } } }),
  )
  expect(
    await read(
      made.path,
      'SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY 1, 2',
    ),
  ).toEqual([
    ['observation', 'code', 'VARCHAR'],
    ['observation', 'person_id', 'INTEGER'],
  ])
  expect(made.dictionary).toHaveLength(1)
  expect(made.dictionary[0]?.columns.map((c) => c.name)).toEqual(['person_id', 'code'])
  expect(made.dictionary[0]?.timeColumn).toBeUndefined()
  // neither identifiers nor free text of the source are anywhere in the file
  const bytes = readFileSync(made.path).toString('latin1')
  expect(bytes.includes('p199')).toBe(false)
  expect(bytes.includes('free ')).toBe(false)
})

test('opted-out persons are gone, unless overridden', async () => {
  const made = await buildWorkspace(caps, await order())
  expect(made.persons).toBe(195)
  expect(await read(made.path, 'SELECT count(DISTINCT person_id) FROM patient')).toEqual([[195n]])
  const all = await buildWorkspace(caps, await order({ optOutOverride: true }))
  expect(all.persons).toBe(200)
  expect(readFileSync(made.escrow, 'utf8')).not.toContain('"p3"')
  expect(readFileSync(all.escrow, 'utf8')).toContain('"p3"')
})

test('ordinals are a keyed permutation; the map is in the escrow alone, for its owner alone', async () => {
  const snapshot = await snapshotOf(smallTables)
  const [one, two] = [
    await buildWorkspace(caps, await order({ snapshot, optOutOverride: true })),
    await buildWorkspace(caps, await order({ snapshot, optOutOverride: true, permit: 'permit-2' })),
  ]
  const map = (path: string) =>
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as { ordinal: number; pseudonym: string; person: string })
  const [a, b] = [map(one.escrow), map(two.escrow)]
  expect(a.map((p) => p.ordinal)).toEqual([...Array(200).keys()])
  const source = a.map((p) => Number(p.person.slice(1)))
  expect(source).not.toEqual(source.toSorted((x, y) => x - y))
  expect(a.map((p) => p.person)).not.toEqual(b.map((p) => p.person))
  expect(statSync(one.escrow).mode & 0o777).toBe(0o600)
  // the map leads back to the right person
  for (const p of a.slice(0, 20)) {
    const [row] = await read(
      one.path,
      `SELECT CAST(birth_date AS VARCHAR) FROM patient WHERE person_id = ${p.ordinal}`,
    )
    const day = new Date(Date.UTC(1940, 0, 1 + 100 * Number(p.person.slice(1))))
    expect(row?.[0]).toBe(day.toISOString().slice(0, 10))
  }
})

test('tables are sorted by person, capped, and rows without a resolvable person are gone', async () => {
  const made = await buildWorkspace(caps, await order())
  const rows = await read(made.path, 'SELECT person_id FROM observation ORDER BY rowid')
  const ordinals = rows.map((r) => Number(r[0]))
  expect(ordinals).toEqual(ordinals.toSorted((x, y) => x - y))
  expect(
    await read(
      made.path,
      'SELECT max(n), count(*) FROM (SELECT count(*) n FROM observation GROUP BY person_id)',
    ),
    // p0..p4 are out, of the others every eighth has no observation
  ).toEqual([[3n, 171n]])
  expect(made.rows['observation']).toBe(rows.length)
})

test('the cap is blind to values and to other persons', async () => {
  const kept = async (tables: Readonly<Record<string, string>>, where = 'TRUE') => {
    const made = await buildWorkspace(caps, await order({ snapshot: await snapshotOf(tables) }))
    return read(
      made.path,
      `SELECT person_id, effective_date::VARCHAR FROM observation WHERE ${where} ORDER BY rowid`,
    )
  }
  const original = await kept(smallTables)
  // other values, same rows kept
  expect(
    await kept({
      ...smallTables,
      observation: `SELECT * REPLACE (7.0 AS value, 'A' AS code) FROM (${smallTables['observation']})`,
    }),
  ).toEqual(original)
  // one person (p100) without a row: everybody else keeps the same ordinal and the same rows
  const without = await kept({
    ...smallTables,
    observation: `SELECT * FROM (${smallTables['observation']}) WHERE person_id IS DISTINCT FROM 'p100'`,
  })
  const gone = original.filter((r) => !without.some((w) => JSON.stringify(w) === JSON.stringify(r)))
  expect(new Set(gone.map((r) => r[0])).size).toBe(1)
  expect(without.length).toBe(original.length - gone.length)
})

test('a person whose birth date leaves the population moves nobody else', async () => {
  const scope = { ...everything, population: { bornFrom: '1950-01-01', sex: ['female'] } }
  const build = async (patient: string) => {
    const made = await buildWorkspace(
      caps,
      await order({ scope, snapshot: await snapshotOf({ ...smallTables, patient }) }),
    )
    return { made, rows: await read(made.path, 'SELECT * FROM patient ORDER BY 1') }
  }
  const all = await build(smallTables['patient'] as string)
  const moved = await build(
    `SELECT * REPLACE (CASE person_id WHEN 'p100' THEN DATE '1930-01-01' ELSE birth_date END AS birth_date)
     FROM (${smallTables['patient']})`,
  )
  // 1950-01-01 is day 3653: p38 and on, even numbers
  expect(all.made.persons).toBe(81)
  expect(moved.made.persons).toBe(80)
  const left = new Set(moved.rows.map((r) => r.map(String).join()))
  expect(all.rows.filter((r) => !left.has(r.map(String).join()))).toHaveLength(1)
})

test('period, and values outside their declared domain', async () => {
  const made = await buildWorkspace(
    caps,
    await order({
      scope: { ...everything, period: { from: '2020-01-01', to: '2020-12-31' } },
    }),
  )
  expect(
    await read(
      made.path,
      'SELECT count(*) FILTER (effective_date > DATE $$2020-12-31$$), max(value) <= 100 FROM observation',
    ),
  ).toEqual([[0n, true]])
  const all = await buildWorkspace(caps, await order())
  expect(await read(all.path, 'SELECT DISTINCT code FROM observation ORDER BY 1')).toEqual([
    ['A'],
    ['B'],
    [null],
  ])
})

test('the digest is that of permit, snapshot, scope and content; a repeat is the same', async () => {
  const snapshot = await snapshotOf(smallTables)
  const digest = async (change: Partial<WorkspaceOrder> = {}) =>
    (await buildWorkspace(caps, await order({ snapshot, ...change }))).digest
  const first = await digest()
  expect(await digest()).toBe(first)
  const others = [
    await digest({ permit: 'permit-2' }),
    await digest({ optOutOverride: true }),
    await digest({ scope: { ...everything, tables: { patient: ['sex'] } } }),
    await digest({ snapshot: { ...snapshot, digest: 'other' } }),
  ]
  expect(new Set([first, ...others]).size).toBe(5)
  const again = await order({ snapshot })
  await buildWorkspace(caps, again)
  await buildWorkspace(caps, again)
  expect(readdirSync(again.out)).toEqual([`${first}.duckdb`])
  expect(readdirSync(again.escrow)).toEqual([`${first}.ndjson`])
})

test('a damaged snapshot is refused before it is read', async () => {
  const break_ = async (how: (s: Snapshot) => void, change: Partial<Snapshot> = {}) => {
    const snapshot = { ...(await snapshotOf(smallTables)), ...change }
    how(snapshot)
    const o = await order({ snapshot })
    const failed = await buildWorkspace(caps, o).then(
      () => undefined,
      (e: unknown) => e,
    )
    expect(existsSync(o.out) ? readdirSync(o.out) : []).toEqual([])
    return failed
  }
  expect(await break_((s) => appendFileSync(join(s.path, 'observation.parquet'), 'x'))).toEqual(
    problem('snapshot-damaged', 'snapshot-file-changed'),
  )
  // also what only decides who is in: a forged list of opt-outs
  expect(await break_((s) => appendFileSync(join(s.path, 'opted_out.parquet'), 'x'))).toEqual(
    problem('snapshot-damaged', 'snapshot-file-changed'),
  )
  expect(await break_((s) => rmSync(join(s.path, 'patient.parquet')))).toEqual(
    problem('snapshot-damaged', 'snapshot-file-missing'),
  )
  expect(await break_(() => undefined, { tables: {} })).toEqual(
    problem('snapshot-damaged', 'snapshot-table-missing'),
  )
})

test('a table that promises one row per person and breaks it is refused', async () => {
  const snapshot = await snapshotOf({
    ...smallTables,
    patient: `${smallTables['patient']} UNION ALL SELECT 'p77', 'male', DATE '1999-01-01'`,
  })
  const o = await order({ snapshot })
  await expect(buildWorkspace(caps, o)).rejects.toEqual(
    problem('snapshot-damaged', 'one-row-per-person'),
  )
  expect(readdirSync(o.out)).toEqual([])
  expect(readdirSync(o.escrow)).toEqual([])
})

test('a scope that names what does not exist is refused with its place', async () => {
  for (const [tables, rule] of [
    [{ nothing: ['x'] }, 'unknown-table'],
    [{ constructor: ['x'] }, 'unknown-table'],
    [{ patient: ['nothing'] }, 'unknown-column'],
  ] as const)
    await expect(
      buildWorkspace(caps, await order({ scope: { ...everything, tables } })),
    ).rejects.toEqual(problem('invalid-input', rule))
})

test('names and dates are quoted, whatever they contain', async () => {
  const hostile = `x"; DROP TABLE "ws"."main"."patient"; --'`
  const dictionary = smallDictionary.map((t) =>
    t.name === 'patient'
      ? {
          ...t,
          columns: [
            ...t.columns,
            {
              name: hostile,
              type: 'text' as const,
              domain: { kind: 'enum' as const, values: ["it's", hostile] },
              meaning: '',
            },
          ],
        }
      : t,
  )
  const snapshot = await snapshotOf({
    ...smallTables,
    patient: `SELECT *, 'it''s' AS "${hostile.replaceAll('"', '""')}" FROM (${smallTables['patient']})`,
  })
  const made = await buildWorkspace(
    caps,
    await order({ snapshot, dictionary, scope: { ...everything, tables: { patient: [hostile] } } }),
  )
  expect(made.rows['patient']).toBe(195)
})
