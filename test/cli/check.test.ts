import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { main } from '../../src/main.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-check-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => vi.restoreAllMocks())

const file = async (name: string, text: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}
const frame = () =>
  file('frame.sql', "SELECT sex, age_at(birth_date, DATE '2025-12-31') AS age FROM patient")
const check = async (reducer: string, question = frame()) => {
  const out: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line))
  const given = ['--reducer', await file('reducer.json', reducer)]
  const exit = await main(['check', await question, ...given, '--json'])
  return { exit, answer: JSON.parse(out.join('\n')) as Record<string, unknown> }
}

test('a frame and its reducer are proven and priced offline', async () => {
  const { exit, answer } = await check('{"kind": "mean", "value": "age", "by": ["sex"]}')
  expect(exit).toBe(0)
  expect(answer).toMatchObject({
    accepted: true,
    rho: 3 * (1 / 40),
    released: ['sex', 'of', 'estimate', 'lo95', 'hi95', 'persons'],
  })
})

test('a curve pays in delta for each point that one person can tip over the threshold', async () => {
  const times = file(
    'times.sql',
    "SELECT clamp(age_at(birth_date, DATE '2025-12-31'), 0, 60) AS t, sex = 'female' AS dead FROM patient",
  )
  const curve = await check('{"kind": "km", "time": "t", "event": "dead"}', times)
  const delta = ({ answer }: typeof curve): number =>
    (answer['question'] as { delta: number }).delta
  // 61 points at 5 standard deviations of two draws, and not 1.
  expect(delta(curve)).toBeGreaterThan(20 * 1e-6)
  expect(delta(await check('{"kind": "mean", "value": "age"}'))).toBeLessThan(2 * 1e-6)
})

test('a refusal names the place in the reducer', async () => {
  const { exit, answer } = await check('{"kind": "mean", "value": "weight"}')
  expect(exit).toBe(21)
  expect(answer).toMatchObject({
    accepted: false,
    rule: 'reducer-column-unknown',
    place: '/reducer/value',
    fix: 'Select it, or name one of sex, age.',
  })
})

test.each([
  ['{"kind": "mean"}', '--reducer /value'],
  ['{"kind": "median", "value": "age"}', '--reducer /kind'],
  ['{"kind": "count", "more": 1}', '--reducer /'],
  ['no JSON', '--reducer /'],
])('%s is not a reducer', async (text, place) => {
  const { exit, answer } = await check(text)
  expect(exit).toBe(2)
  expect(answer['place']).toBe(place)
  expect(answer['fix']).toBe('docs/sql.md shows each reducer.')
})
