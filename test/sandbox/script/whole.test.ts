import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JailLimits } from '../../../src/domain/capabilities.ts'
import type { ScriptLanguage, WholeScript } from '../../../src/domain/script.ts'
import { plainJail } from '../../../src/sandbox/plain.ts'
import { PYTHON } from '../../../src/sandbox/script/jobs.ts'
import { findRuntimes } from '../../../src/sandbox/script/runtimes.ts'
import { runWhole } from '../../../src/sandbox/script/whole.ts'
import { R } from '../../../src/sandbox/script/whole-jobs.ts'
import { available } from '../../support/require.ts'
import { launchers } from '../launchers.ts'
import { DRAWS, ENDLESS, LOGS, NOT_A_NUMBER, raw, reach, UNDECLARED, type Words } from './words.ts'
import { exportedWorkspace } from './workspace.ts'

const languages: readonly ScriptLanguage[] = [
  ...(available('python', existsSync(PYTHON)) ? (['python'] as const) : []),
  ...(available('r', existsSync(R)) ? (['r'] as const) : []),
  'javascript',
]
const sandbox = join(import.meta.dirname, '../../../sandbox')
const readme = readFileSync(join(sandbox, 'README.md'), 'utf8')
const fences = { python: 'python', r: 'r', javascript: 'javascript' } as const
const example = (language: ScriptLanguage): string =>
  readme.split(`\`\`\`${fences[language]}\n`)[1]?.split('```')[0] ?? ''

const script = (language: ScriptLanguage, text: string, ...names: string[]): WholeScript => ({
  mode: 'whole',
  language,
  text,
  reads: {},
  outputs: names.map((name) => ({ name, kind: 'table', meaning: name })),
})

/** /var/tmp: there a namespace has its private /tmp beside it; over data below /tmp it has none. */
const places = ['/var/tmp', '/tmp'] as const
const workspaces: string[] = []
beforeAll(async () => {
  for (const place of places) workspaces.push(await exportedWorkspace(place))
})
afterAll(() => {
  for (const at of workspaces) rmSync(dirname(at), { recursive: true, force: true })
})

// What a script reaches is tried under each launcher in probes.test.ts; LAUNCHERS=all does so with all of this.
const jails = launchers().slice(0, process.env['LAUNCHERS'] === 'all' ? undefined : 1)
const any = async (
  jail: (typeof jails)[number],
  job: WholeScript,
  over: Partial<JailLimits> = {},
  signal?: AbortSignal,
  at = 0,
) =>
  runWhole(
    jail,
    { script: job, workspace: workspaces[at] ?? '', seed: 'manifest', ...(signal && { signal }) },
    over,
  )
/** A script that has outputs. */
const run = async (...of: Parameters<typeof any>) => {
  const { outputs, log, end } = await any(...of)
  if (outputs === undefined) throw new Error(`${end}: ${log}`)
  return { outputs, log }
}
/** How a script ended that has none. */
const endOf = async (...of: Parameters<typeof any>): Promise<string> => {
  const { outputs, end } = await any(...of)
  expect(outputs).toBeUndefined()
  return end
}

test('each runtime that is here is named with what it is', async () => {
  const found = await findRuntimes()
  expect(found.map(({ language }) => language)).toEqual(languages)
  for (const { version, digest } of found) {
    expect(version).toMatch(/^\d+\.\d+/)
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
  }
})

describe.each(jails)('$launcher', (jail) => {
  test('the example of each language gives the same outputs, in both places of data', async () => {
    const answers = []
    for (const language of languages)
      for (const at of places.keys())
        answers.push(
          await run(
            jail,
            script(language, example(language), 'sexes', 'pressure', 'trend'),
            {},
            undefined,
            at,
          ),
        )
    const [first] = answers
    for (const { outputs } of answers) expect(outputs).toEqual(first?.outputs)
    const sexes = first?.outputs['sexes'] as { rows: unknown[] }
    expect(sexes.rows).toEqual(
      [null, 'a\n\\b', 'fem"ale', 'mále 😀'].map((sex) => ({
        labels: [sex],
        values: [15],
        persons: 15,
      })),
    )
  })

  test.each(languages)('%s reads every kind of column alike', async (language) => {
    const text: Words = {
      python: `import vitrine
rows = [{**row, "person": i} for i, row in enumerate(vitrine.rows("patient"))]
vitrine.output_table("t", ["alive"], ["persons", "sum", "mean"], vitrine.summarise(rows, ["alive"], "visits"))`,
      r: `rows <- vitrine$table("patient")
vitrine$output_table("t", "alive", c("persons", "sum", "mean"), vitrine$summarise(rows, "alive", "visits"))`,
      javascript: `import * as v from './vitrine.mjs'
v.output_table('t', { labels: ['alive'], values: ['persons', 'sum', 'mean'], rows: v.summarise(v.rows('patient'), ['alive'], 'visits') })`,
    }
    const { outputs } = await run(jail, script(language, text[language], 't'))
    const { rows } = outputs['t'] as { rows: { labels: unknown[]; values: number[] }[] }
    const sum = (rest: number): number =>
      [...Array(60).keys()]
        .filter((i) => i % 3 === rest && i % 5 > 0)
        .reduce((total, i) => total + i * 3e9 - 9e10, 0)
    expect(rows.map(({ labels, values }) => [labels[0], values[0], values[1]])).toEqual([
      [null, 16, sum(2)],
      [false, 16, sum(1)],
      [true, 16, sum(0)],
    ])
  })

  test('a total has no label, and no row gives no group, in each language', async () => {
    const text: Words = {
      python: `import vitrine
rows = vitrine.rows("patient")
vitrine.output_table("t", [], ["persons", "sum", "mean"], vitrine.summarise(rows, [], "visits"))
vitrine.output_table("none", ["sex"], ["persons"], vitrine.summarise(vitrine.join([], rows), ["sex"]))`,
      r: `rows <- vitrine$table("patient")
vitrine$output_table("t", c(), c("persons", "sum", "mean"), vitrine$summarise(rows, c(), "visits"))
vitrine$output_table("none", "sex", "persons", vitrine$summarise(vitrine$join(rows[0, ], rows), "sex"))`,
      javascript: `import * as v from './vitrine.mjs'
const rows = v.rows('patient')
v.output_table('t', { labels: [], values: ['persons', 'sum', 'mean'], rows: v.summarise(rows, [], 'visits') })
v.output_table('none', { labels: ['sex'], values: ['persons'], rows: v.summarise(v.join([], rows), ['sex']) })`,
    }
    for (const language of languages) {
      const { outputs } = await run(jail, script(language, text[language], 't', 'none'))
      expect(outputs['none']).toEqual({ labels: ['sex'], values: ['persons'], rows: [] })
      expect(outputs['t']).toMatchObject({
        rows: [{ labels: [], persons: 48, values: [48, 0, 0] }],
      })
    }
  })

  test.each(languages)('two runs of %s give the same bytes', async (language) => {
    const job = script(language, DRAWS[language], 't')
    const [one, two] = [await run(jail, job), await run(jail, job)]
    expect(JSON.stringify(two)).toBe(JSON.stringify(one))
    expect(JSON.stringify(one.outputs)).toMatch(/0\.\d{6}/)
  })

  test.each(languages)(
    '%s: what is no strict, declared, single message fails the run',
    async (language) => {
      const messages = ['{"t":NaN}', '{"t":1,"t":2}', `${'['.repeat(40)}${']'.repeat(40)}`, '{"t":']
      for (const message of language === 'python' ? messages : messages.slice(0, 1))
        expect(await endOf(jail, script(language, raw(message)[language], 't'))).toMatch(/strict/)
      const one = raw('{"t":0.12345678901234567}')[language]
      expect((await run(jail, script(language, one, 't'))).outputs).toEqual({ t: 0.123456789012 })
      const two = raw('{"t":1}', true)[language]
      expect(await endOf(jail, script(language, two, 't'))).toMatch(/strict/)
      const other = script(language, UNDECLARED[language], 'other')
      expect(Object.keys((await run(jail, other)).outputs)).toEqual(['other'])
      for (const text of [NOT_A_NUMBER, UNDECLARED])
        expect(await endOf(jail, script(language, text[language], 't'))).toMatch(
          /^exit [^0]|strict/,
        )
      expect(await endOf(jail, script(language, '][', 't'))).toMatch(/^exit [^0]/)
    },
  )

  test.each(languages)('%s: a message beyond the cap kills', async (language) => {
    const job = script(language, raw('x'.repeat(5000))[language], 't')
    expect(await endOf(jail, job, { answerBytes: 4096 })).toBe('answer-too-large')
  })

  test.each(languages)(
    '%s: an endless loop ends at the limit, and on the signal within a second',
    async (language) => {
      const job = script(language, ENDLESS[language], 't')
      expect(await endOf(jail, job, { wallMs: 400 })).toBe('deadline')
      const abort = new AbortController()
      const running = endOf(jail, job, {}, abort.signal)
      await new Promise((resolve) => setTimeout(resolve, 200))
      const from = performance.now()
      abort.abort()
      expect(await running).toBe('killed')
      expect(performance.now() - from).toBeLessThan(1000)
    },
  )

  test.each(languages)('%s: a flood of log is cut, the run lives', async (language) => {
    const { log, outputs } = await run(jail, script(language, LOGS[language], 't'), {
      logBytes: 2000,
    })
    expect(outputs).toEqual({})
    expect(log).toHaveLength(2000)
  })

  test.each(languages)('%s reaches nothing outside', async (language) => {
    process.env['VITRINE_TEST_SECRET'] = 'secret'
    const outside = join(tmpdir(), `vitrine-outside-${language}`)
    const before = readFileSync(join(workspaces[1] ?? '', 'manifest.json'), 'utf8')
    const job = script(language, reach(language, outside), 't')
    const { outputs } = await run(jail, job, {}, undefined, 1)
    expect(outputs['t']).toMatchObject({ rows: [{ values: [''] }] })
    expect(existsSync(outside)).toBe(false)
    expect(readFileSync(join(workspaces[1] ?? '', 'manifest.json'), 'utf8')).toBe(before)
  })
})

describe('on a laptop', () => {
  const names = { python: 'vitrine.py', r: 'vitrine.R', javascript: 'vitrine.mjs' } as const
  const ends = { python: 'py', r: 'R', javascript: 'mjs' } as const
  const programs = { python: PYTHON, r: '/usr/bin/Rscript', javascript: process.execPath } as const
  test.each(languages)('the example in %s prints what the jail gives', async (language) => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-laptop-'))
    copyFileSync(join(sandbox, language, names[language]), join(folder, names[language]))
    const study = join(folder, `study.${ends[language]}`)
    const at = workspaces[0] ?? ''
    const go = (text: string) => {
      writeFileSync(study, text)
      const env = { ...process.env, LC_ALL: 'C.UTF-8', VITRINE_DATA: at }
      return execFileSync(programs[language], [study], {
        cwd: folder,
        env,
        encoding: 'utf8',
        stdio: 'pipe',
      })
    }
    const printed = JSON.parse(go(example(language)))
    expect(Object.keys(printed)).toEqual(['sexes', 'pressure', 'trend'])
    const [jail] = jails
    if (jail !== undefined) {
      const { outputs } = await run(
        jail,
        script(language, example(language), 'sexes', 'pressure', 'trend'),
      )
      expect(outputs['sexes']).toEqual(printed.sexes)
    }
    const fails = {
      python: 'raise ValueError',
      r: 'stop("no")',
      javascript: 'throw new Error("no")',
    }
    const failing = (): string => go(`${example(language)}\n${fails[language]}\n`)
    expect(failing).toThrow(expect.objectContaining({ stdout: '' }))
    rmSync(folder, { recursive: true })
  })
})

test.each(languages)(
  'the same %s reaches what it tries where nothing isolates',
  async (language) => {
    const outside = join(tmpdir(), `vitrine-outside-plain-${language}`)
    const bare = { ...plainJail(), isolated: true }
    const { outputs } = await run(
      bare,
      script(language, reach(language, outside), 't'),
      {},
      undefined,
      1,
    )
    const said = JSON.stringify(outputs['t'])
    for (const name of ['write', 'data', 'passwd']) expect(said).toContain(name)
    expect(existsSync(outside)).toBe(true)
    rmSync(outside)
  },
)

test('without isolation nothing runs', async () => {
  await expect(any(plainJail(), script('javascript', '', 't'))).rejects.toMatchObject({
    code: 'jail-unavailable',
  })
})

test('nothing is left behind', () => {
  expect(readdirSync(tmpdir()).filter((name) => /^vitrine-whole-\w{6}$/.test(name))).toEqual([])
})
