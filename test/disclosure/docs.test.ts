import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LIMIT, type Row } from '../attacks/measure.ts'

const root = join(import.meta.dirname, '../..')

test('docs/privacy.md is what its command prints', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(root, 'tools/privacy-table.ts'), '--check'],
    { encoding: 'utf8' },
  )
  expect(stderr).toBe('')
  expect(status).toBe(0)
})

test('the measured attacks keep the promises of the page', () => {
  const rows = JSON.parse(
    readFileSync(join(root, 'test/attacks/measured.json'), 'utf8'),
  ) as readonly Row[]
  expect(rows.length).toBeGreaterThanOrEqual(20)
  for (const r of rows) {
    expect(r.targets, r.attack).toBeGreaterThanOrEqual(2000)
    expect(r.advantage, r.attack).toBeLessThanOrEqual(r.bound)
    if (!r.knowsOthers) expect(r.ci95[1], r.attack).toBeLessThanOrEqual(LIMIT)
    expect(r.control, r.attack).toBeGreaterThanOrEqual(0.5)
  }
})
