import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadView } from '../../src/cli/load-view.ts'
import type { Cell } from '../../src/domain/glass.ts'
import { load } from '../../src/ingest/load.ts'
import { bubblewrapJail } from '../../src/sandbox/bubblewrap.ts'
import { runnable } from '../../src/sandbox/layout.ts'
import { standardDictionary, standardViews } from '../../src/views/dictionary.ts'
import { human } from '../../tools/fixtures/human.ts'
import { loadCapabilities, scratchFolder } from '../support/ingest.ts'
import { available } from '../support/require.ts'

/** What the fixtures hold; every-view.test.ts has one record of each other kind. */
const exported = [
  'patient',
  'encounter',
  'condition',
  'observation',
  'medication_request',
  'procedure',
]
const fixtures = resolve(import.meta.dirname, '../../fhir-fixtures')
const scratch = scratchFolder()
const capabilities = loadCapabilities()
afterAll(async () => {
  await capabilities.engine.close()
  scratch.remove()
})

const request = (dataset: string, out = 'out') => ({
  dataset,
  directory: join(fixtures, dataset),
  views: standardViews.map(loadView),
  dictionary: standardDictionary,
  out: join(scratch.path, out),
})
const people = (hospital: 'north' | 'east') =>
  Array.from({ length: 2000 }, (_, i) => human(1, i)).filter((h) => h.hospitals.includes(hospital))

describe.each(['north', 'east'] as const)('%s through the standard views', (hospital) => {
  let loaded: Awaited<ReturnType<typeof load>>
  const rows = async (sql: string): Promise<readonly (readonly Cell[])[]> => {
    const [answer] = await capabilities.engine.script({
      statements: [
        sql.replaceAll(
          /(FROM|JOIN) (\w+)/g,
          (_, word: string, t: string) =>
            `${word} read_parquet('${loaded.snapshot.path}/${t}.parquet') AS ${t}`,
        ),
      ],
      read: [loaded.snapshot.path],
      write: [scratch.path],
    })
    return answer?.rows ?? []
  }
  beforeAll(async () => {
    loaded = await load(capabilities, request(hospital))
  })

  test('every table is there, and every column of it', async () => {
    const columns = standardDictionary.map(
      ({ name }) => `SELECT '${name}' AS t, column_name AS c FROM (DESCRIBE SELECT * FROM ${name})`,
    )
    const found = await rows(columns.join(' UNION ALL '))
    for (const { name, columns } of standardDictionary) {
      expect(
        found.filter(([t]) => t === name).map(([, c]) => c),
        name,
      ).toEqual(columns.map((c) => c.name))
      if (exported.includes(name))
        expect(loaded.snapshot.tables[name]?.rows, name).toBeGreaterThan(0)
    }
  })

  test('hypertension by sex is what the generator drew', async () => {
    const expected = ['female', 'male'].map((sex) => [
      sex,
      BigInt(people(hospital).filter((h) => h.sex === sex && h.conditions.includes('I10')).length),
    ])
    expect(
      await rows(
        "SELECT sex, count(DISTINCT condition.person_id) FROM condition JOIN patient USING (person_id) WHERE code = 'I10' GROUP BY sex ORDER BY sex",
      ),
    ).toEqual(expected)
  })

  test('a blood pressure is one row per component', async () => {
    const [both] = await rows(
      "SELECT count(*) FILTER (WHERE code = '8480-6'), count(*) FILTER (WHERE code = '8462-4'), count(*) FILTER (WHERE code = '8480-6' AND (value IS NULL OR unit <> 'mm[Hg]')) FROM observation",
    )
    const panels = readFileSync(join(fixtures, hospital, 'Observation.ndjson'), 'latin1')
      .split('\n')
      .filter((l) => l.includes('"85354-9"') && l.endsWith('}')).length
    expect(both).toEqual([BigInt(panels), BigInt(panels), 0n])
  })

  test('the rare code of the canaries is outside the dictionary, and so in no table', async () => {
    const canary = ['canary-1', 'canary-2'][hospital === 'north' ? 0 : 1]
    expect(
      await rows(
        `SELECT code FROM condition WHERE person_id LIKE '%${canary}' ORDER BY code NULLS LAST`,
      ),
    ).toEqual([['I10'], [null]])
    expect(loaded.report.tables.find((t) => t.table === 'condition')?.outside['code']).toBe(1)
  })
})

const bwrap = available('bwrap', runnable('/usr/bin/bwrap') && runnable('/usr/bin/perl'))
test.skipIf(!bwrap)('the reader works inside bubblewrap, and gives the same snapshot', async () => {
  const jail = bubblewrapJail(process.arch === 'arm64' ? 'arm64' : 'x64')
  const inside = await load({ ...capabilities, jail }, request('north', 'jailed'))
  const outside = await load(capabilities, request('north'))
  expect(inside.snapshot.digest).toBe(outside.snapshot.digest)
})
