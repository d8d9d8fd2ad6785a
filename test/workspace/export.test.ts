import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Dictionary } from '../../src/domain/dataset.ts'
import { exportColumns } from '../../src/workspace/export.ts'
import { scriptEngine } from '../support/engine.ts'
import { available } from '../support/require.ts'

const column = (name: string, type: Dictionary[number]['columns'][number]['type']) =>
  ({ name, type, domain: { kind: 'open' }, meaning: name }) as const
const dictionary: Dictionary = [
  {
    name: 'odd',
    meaning: 'every kind of column',
    rowsPerPerson: { kind: 'many', cap: 10 },
    columns: [
      { name: 'person_id', type: 'integer', domain: { kind: 'person' }, meaning: 'the person' },
      column('word', 'text'),
      column('whole', 'integer'),
      column('part', 'decimal'),
      column('yes', 'boolean'),
      column('day', 'date'),
    ],
  },
]
const rows = [
  ['0', `'a"b,c'`, '9007199254740993', '0.1', 'TRUE', `DATE '1970-01-02'`],
  ['0', `'two' || chr(10) || 'lines'`, '-1', 'NULL', 'FALSE', `DATE '1969-12-31'`],
  ['2', 'NULL', 'NULL', '-2.5', 'NULL', 'NULL'],
  ['2', `'é😀'`, '0', '1e300', 'TRUE', `DATE '2024-02-29'`],
]

async function exported(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-npy-'))
  const engine = scriptEngine()
  const database = join(folder, 'ws.duckdb')
  await engine.script({
    statements: [
      `ATTACH '${database}' AS w`,
      'CREATE TABLE w.main.odd (person_id INTEGER, word VARCHAR, whole BIGINT, part DOUBLE, yes BOOLEAN, day DATE)',
      ...rows.map((r) => `INSERT INTO w.main.odd VALUES (${r.join(', ')})`),
    ],
    read: [],
    write: [folder],
  })
  await exportColumns({ engine }, { database, dictionary, out: join(folder, 'data') })
  return join(folder, 'data')
}

test('one file per column, levels as JSON, a manifest, and nothing else', async () => {
  const data = await exported()
  const manifest = JSON.parse(readFileSync(join(data, 'manifest.json'), 'utf8'))
  expect(manifest.tables.odd.rows).toBe(4)
  const columns = manifest.tables.odd.columns
  expect(Object.keys(columns)).toEqual(['person', 'word', 'whole', 'part', 'yes', 'day'])
  expect(readdirSync(data).sort()).toEqual(
    [
      'manifest.json',
      'odd.word.levels.json',
      ...Object.values<{ file: string }>(columns).map((c) => c.file),
    ].sort(),
  )
  expect(JSON.parse(readFileSync(join(data, 'odd.word.levels.json'), 'utf8'))).toEqual([
    'a"b,c',
    'two\nlines',
    'é😀',
  ])
})

const python = '/usr/bin/python3'
const numpy =
  existsSync(python) &&
  (() => {
    try {
      execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })()

test.skipIf(!available('python', numpy))('NumPy reads them as they were written', async () => {
  const data = await exported()
  const program = `
import json, sys, numpy as np
out = {}
for c in ["person", "word", "whole", "part", "yes", "day"]:
    a = np.load(sys.argv[1] + "/odd." + c + ".npy")
    out[c] = [str(a.dtype), [str(x) for x in a]]
print(json.dumps(out))`
  const read = JSON.parse(execFileSync(python, ['-c', program, data], { encoding: 'utf8' }))
  expect(read).toEqual({
    person: ['int32', ['0', '0', '2', '2']],
    word: ['int32', ['0', '1', '-1', '2']],
    whole: ['int64', ['9007199254740993', '-1', '-9223372036854775808', '0']],
    part: ['float64', ['0.1', 'nan', '-2.5', '1e+300']],
    yes: ['int8', ['1', '0', '-1', '1']],
    day: ['int32', ['1', '-1', '-2147483648', '19782']],
  })
})
