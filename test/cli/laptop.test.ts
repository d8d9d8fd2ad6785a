import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { main } from '../../src/main.ts'
import { runnable } from '../../src/sandbox/layout.ts'
import { PYTHON } from '../../src/sandbox/script/jobs.ts'
import { R, R_ENVIRONMENT } from '../../src/sandbox/script/whole-jobs.ts'
import { available } from '../support/require.ts'
import { pythonJail } from '../support/scripts.ts'

const folder = mkdtempSync(join(tmpdir(), 'vitrine-laptop-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => vi.restoreAllMocks())
const examples = resolve('sandbox/examples/person')
const sdk = (path: string): string => resolve('sandbox', path)
const jail = await pythonJail()

async function vitrine(...argv: string[]) {
  const [out, err]: [string[], string[]] = [[], []]
  vi.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line))
  vi.spyOn(console, 'error').mockImplementation((line: string) => void err.push(line))
  const exit = await main(argv)
  return { exit, out: out.join('\n'), err: err.join('\n') }
}
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const charlson = join(examples, 'charlson.json')
/** Fewer persons than the package has. */
const few = join(folder, 'few')
beforeAll(() => {
  const program = resolve('tools/fixtures/main.ts')
  execFileSync(process.execPath, [program, '--persons', '500', '--out', few])
})
const small = ['--data', join(few, 'north')]

describe.skipIf(jail === undefined)('try', () => {
  test('a person function over invented persons, protected as it would be', async () => {
    const script = join(examples, 'charlson.py')
    const { exit, out } = await vitrine('try', charlson, '--script', script, ...small, '--json')
    expect(exit).toBe(0)
    const [answer] = JSON.parse(out) as { columns: string[]; rows: number[][]; words: string }[]
    expect(answer?.columns).toEqual(['charlson', 'persons'])
    // Of some 320 invented persons, within five standard deviations of the noise and the rounding.
    const none = answer?.rows.find(([score]) => score === 0)?.[1] ?? 0
    expect(none).toBeGreaterThan(150)
    expect(none).toBeLessThan(350)
    expect(answer?.words).toContain('random noise')
  }, 120_000)

  test('a script over the whole workspace, with what checkers would be told', async () => {
    const study = file(
      'whole.json',
      JSON.stringify({
        ...{ name: 'Few', language: 'sql' },
        script: {
          mode: 'whole',
          reads: { patient: ['sex'] },
          outputs: [{ name: 'few', kind: 'table', meaning: 'Three persons' }],
        },
      }),
    )
    const text = `import vitrine
lone = vitrine.rows("patient")[:3]
vitrine.output_table("few", labels=["sex"], values=["persons"], rows=vitrine.summarise(lone, by=["sex"]))`
    const { exit, out } = await vitrine('try', study, '--script', file('few.py', text), ...small)
    expect(exit).toBe(0)
    expect(out).toMatch(/few:\nsex.*\n.*[\s\S]*fail {2}threshold/)
    const bad = await vitrine(
      'try',
      study,
      '--script',
      file('bad.py', 'raise ValueError("here")'),
      ...small,
    )
    expect(bad.exit).toBe(40)
    expect(bad.err).toContain('ValueError: here')
    expect(bad.err).toContain('[script-without-outputs]')
  }, 120_000)
})

test.each<[string, string[], RegExp]>([
  [
    'data that do not say that they are invented',
    [charlson, '--data', folder],
    /invented data only/,
  ],
  ['a script that is missing', [charlson], /\/script\/text/],
  ['a script in no language', [charlson, '--script', charlson], /language/],
  ['a file that is no submission', [join(folder, 'none.json')], /not be read/],
])('try refuses %s, with a fix', async (_, argv, said) => {
  const { exit, err } = await vitrine('try', ...argv)
  expect(exit).toBeGreaterThan(0)
  expect(err).toMatch(said)
  expect(err).toMatch(/Fix: /)
})

describe('dummy', () => {
  const data = join(folder, 'dummy')
  beforeAll(async () => {
    expect((await vitrine('dummy', data)).exit).toBe(0)
  }, 120_000)

  const reads = { patient: ['sex'], condition: ['code'] }
  const histogram = (scores: readonly number[]): Record<number, number> =>
    Object.fromEntries(
      Object.entries(Object.groupBy(scores, (it) => it)).map(([score, of]) => [
        score,
        of?.length ?? 0,
      ]),
    )
  const said = (program: string, argv: string[], input: string, env = {}) =>
    histogram(
      JSON.parse(
        execFileSync(program, argv, {
          input,
          encoding: 'utf8',
          env: { ...env, VITRINE_DATA: data, LC_ALL: 'C.UTF-8' },
        }),
      ) as number[],
    )
  const inNode = () =>
    said(
      process.execPath,
      ['--input-type=module', '-'],
      `import { readFileSync } from 'node:fs'
import * as vitrine from '${sdk('javascript/vitrine.mjs')}'
globalThis.clamp = vitrine.clamp
const person = (0, eval)(readFileSync('${examples}/charlson.js', 'utf8') + ';person')
console.log(JSON.stringify(vitrine.people(${JSON.stringify(reads)}).map((it) => person(it).charlson)))`,
    )

  test('is every invented person, whom a function meets in JavaScript as in the jail', () => {
    const found = inNode()
    expect(Object.values(found).reduce((a, b) => a + b, 0)).toBeGreaterThan(1000)
    expect(Object.keys(found).length).toBeGreaterThan(2)
  })

  test.skipIf(!available('python', runnable(PYTHON)))('and alike in Python', () => {
    const text = `import sys, json
sys.path[:0] = ['${sdk('python')}', '${examples}']
import vitrine
from charlson import person
print(json.dumps([person(it)["charlson"] for it in vitrine.people(${JSON.stringify(reads)})]))`
    expect(said(PYTHON, ['-B', '-'], text)).toEqual(inNode())
  })

  test.skipIf(!available('r', runnable(R)))('and alike in R', () => {
    const text = `source("${sdk('r/vitrine.R')}")
clamp <- vitrine$clamp
source("${examples}/charlson.R")
scores <- vapply(vitrine$people(list(patient = "sex", condition = "code")), function(it) as.numeric(person(it)[["charlson"]]), 0)
cat("[", paste(scores, collapse = ","), "]")
`
    expect(said(R, ['--vanilla', '--no-echo'], text, R_ENVIRONMENT)).toEqual(inNode())
  })

  test('is not written over what is there', async () => {
    const { exit, err } = await vitrine('dummy', data)
    expect(exit).toBe(2)
    expect(err).toContain('not there yet')
    expect(readFileSync(join(data, 'manifest.json'), 'utf8')).toContain('"patient"')
  })
})
