import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { articles } from '../../src/domain/articles.ts'
import { decisionNames } from '../../src/domain/capabilities.ts'
import { readPolicy } from '../../src/policy/bundle.ts'
import {
  buildPolicy,
  installedOpa,
  opaVersion,
  policies,
  sourceDigests,
} from '../../tools/policy-build.ts'
import { available } from '../support/require.ts'

const run = promisify(execFile)
const opa = available('opa', (await installedOpa()) === opaVersion)
const rego = readdirSync(policies, { recursive: true, encoding: 'utf8' })
  .filter((it) => it.endsWith('.rego'))
  .sort()
const text = (file: string): string => readFileSync(join(policies, file), 'utf8')

test('policy.json names the sources that are here', async () => {
  const { metadata } = await readPolicy(policies)
  expect(metadata.sources).toEqual(await sourceDigests(policies))
  expect(metadata.data).toEqual(JSON.parse(text('data.json')))
  expect(metadata.opa).toBe(opaVersion)
})

describe.runIf(opa)('with opa', () => {
  test('the committed wasm is rebuilt byte for byte', async () => {
    const committed = await readPolicy(policies)
    const rebuilt = await buildPolicy(policies)
    expect(rebuilt.metadata).toEqual(committed.metadata)
    expect(Buffer.compare(rebuilt.wasm, committed.wasm)).toBe(0)
  })

  test('opa test passes', async () => {
    const { stdout } = await run('opa', ['test', '--timeout', '60s', policies])
    expect(stdout).toMatch(/^PASS: (\d+)\/\1$/m)
  })

  test('the sources are strict and formatted', async () => {
    await run('opa', ['check', '--strict', policies])
    const { stdout } = await run('opa', ['fmt', '--list', policies])
    expect(stdout).toBe('')
  })
})

test('every decision has its folder, its entrypoint, its test and its cases', () => {
  for (const name of decisionNames) {
    expect(text(`${name}/${name}.rego`)).toMatch(/# entrypoint: true\ndecision := /)
    expect(rego).toContain(`${name}/${name}_test.rego`)
    expect(readdirSync(join(policies, name))).toContain('cases.json')
  }
})

test('a package is called like its folder', () => {
  for (const file of rego) {
    const [, declared] = /^package ([\w.]+)$/m.exec(text(file)) ?? []
    const folder = file.split('/').slice(0, -1).join('.')
    expect([file, declared]).toEqual([
      file,
      file.endsWith('_test.rego') ? `${folder}_test` : folder,
    ])
  }
})

test('every article cited is in the one table of articles', () => {
  const cited = rego.flatMap((file) =>
    [...text(file).matchAll(/reason\(\s*"?[\w.-]+"?,\s*"(\d[^"]*)"/g)].map(([, it]) => it),
  )
  expect(cited.length).toBeGreaterThan(40)
  for (const article of cited) expect(Object.keys(articles)).toContain(article)
})

/** `not f(input.x)` and `not input.x in y` are undefined, and so allow, where input.x is absent. */
const unsafeNegation = (line: string): boolean => {
  const code = line.replace(/"[^"]*"/g, '""')
  const [, negated] = /\bnot (.*)$/.exec(code) ?? []
  if (negated === undefined) return false
  const arguable = /\bin\b|==|!=|[<>]/.test(negated)
    ? negated
    : (/[([](.*)/.exec(negated)?.[1] ?? '')
  return /\w\.\w/.test(arguable)
}

test('nothing that may be absent is an argument inside a negation', () => {
  expect(unsafeNegation('reasons contains x if not terms.text(input.reason)')).toBe(true)
  expect(unsafeNegation('\tnot input.step in steps')).toBe(true)
  expect(unsafeNegation('\tnot sees[input.resource.kind]')).toBe(true)
  expect(unsafeNegation('\tnot granted_column(column)')).toBe(false)
  const found = rego
    .filter((it) => !it.endsWith('_test.rego'))
    .flatMap((file) =>
      text(file)
        .split('\n')
        .filter((line) => !line.startsWith('#') && unsafeNegation(line))
        .map((line) => `${file}: ${line.trim()}`),
    )
  expect(found).toEqual([])
})
