import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Decision } from '../../src/domain/capabilities.ts'
import { digestOf, sha256 } from '../../src/domain/digest.ts'
import { Problem } from '../../src/domain/problem.ts'
import { type PolicyBundle, policyDigestOf, readPolicy } from '../../src/policy/bundle.ts'
import { createDecide, openPolicy } from '../../src/policy/decide.ts'
import type { LoadInput } from '../../src/policy/inputs.ts'
import { refusal } from '../../src/policy/refusal.ts'
import { replay } from '../../src/policy/replay.ts'
import { casesOf, type Json, policies } from './cases.ts'

const load: LoadInput = {
  actor: { subject: 'hana', role: 'data-holder', organisation: 'Hospital North' },
  now: '2026-03-01T10:00:00.000Z',
  dataset: { id: 'north', holder: 'Hospital North' },
}

async function problemOf(act: () => unknown): Promise<Problem> {
  try {
    await act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

let bundle: PolicyBundle
let folder: string
beforeAll(async () => {
  bundle = await readPolicy(policies)
  folder = await mkdtemp(join(tmpdir(), 'vitrine-policy-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a decision', () => {
  test('names the input and the policy by their digests', async () => {
    const decide = await createDecide(bundle)
    const answer = decide('load', load)
    expect(answer).toEqual({
      name: 'load',
      allow: true,
      reasons: [],
      obligations: {},
      inputDigest: digestOf(load),
      policyDigest: policyDigestOf(bundle.metadata),
    })
    expect((await openPolicy(pathToFileURL(`${policies}/`))).digest).toBe(answer.policyDigest)
  })

  test('does not depend on the one before, nor on its size', async () => {
    const decide = await createDecide(bundle)
    const once = decide('load', load)
    const long = 'x'.repeat(2_000_000)
    expect(decide('load', { ...load, dataset: { id: long, holder: long } }).allow).toBe(false)
    for (let i = 0; i < 50; i++) expect(decide('load', load)).toEqual(once)
  })

  test('reads names in any script as they are', async () => {
    const decide = await createDecide(bundle)
    const holder = 'Νοσοκομείο ✚ 北'
    const actor = { ...load.actor, organisation: holder }
    expect(decide('load', { ...load, actor, dataset: { id: 'north', holder } }).allow).toBe(true)
  })

  test('follows the figures of the access body, and so does the digest', async () => {
    const { inputs } = casesOf('permit')
    const limits = { ...(bundle.metadata.data['limits'] as Json), k: { minimum: 25, default: 25 } }
    const stricter = { ...bundle, metadata: { ...bundle.metadata, data: { limits } } }
    const before = (await createDecide(bundle))('permit', inputs['approve'] as Json)
    const after = (await createDecide(stricter))('permit', inputs['approve'] as Json)
    expect(before.allow).toBe(true)
    expect(after.reasons.map((it) => it.rule)).toEqual(['policy-k'])
    expect(after.reasons[0]?.fix).toBe('Use k of at least 25.')
    expect(after.policyDigest).not.toBe(before.policyDigest)
  })

  test('without figures nothing is granted', async () => {
    const bare = { ...bundle, metadata: { ...bundle.metadata, data: {} } }
    const decide = await createDecide(bare)
    for (const name of ['application', 'permit', 'analysis', 'run', 'release'] as const)
      for (const input of Object.values(casesOf(name).inputs)) {
        const step = String(input['step'])
        const gives = ['submit', 'approve', 'request', 'start', 'release', 'deliver'].includes(step)
        if (gives) expect([name, step, decide(name, input).allow]).toEqual([name, step, false])
      }
  })
})

describe('no policy, no decision', () => {
  const rule = async (act: () => unknown) => {
    const { code, facts } = await problemOf(act)
    expect(code).toBe('policy-unavailable')
    return facts.rule
  }

  test('a missing folder', async () => {
    expect(await rule(() => openPolicy(join(folder, 'nowhere')))).toBe('policy-missing')
  })

  test('a missing wasm', async () => {
    await cp(join(policies, 'policy.json'), join(folder, 'policy.json'))
    expect(await rule(() => openPolicy(folder))).toBe('policy-missing')
  })

  test('metadata that are no metadata', async () => {
    await cp(join(policies, 'policy.wasm'), join(folder, 'policy.wasm'))
    await writeFile(join(folder, 'policy.json'), '{')
    expect(await rule(() => openPolicy(folder))).toBe('policy-metadata')
    await writeFile(join(folder, 'policy.json'), '{"wasm":"00"}')
    expect(await rule(() => openPolicy(folder))).toBe('policy-metadata')
  })

  test('one bit of the wasm', async () => {
    const wasm = Uint8Array.from(bundle.wasm)
    wasm[1000] = (wasm[1000] ?? 0) ^ 1
    expect(await rule(() => createDecide({ ...bundle, wasm }))).toBe('policy-digest')
  })

  test('bytes that are no wasm', async () => {
    const wasm = new Uint8Array([0, 1, 2, 3])
    const metadata = { ...bundle.metadata, wasm: sha256(wasm) }
    expect(await rule(() => createDecide({ wasm, metadata }))).toBe('policy-wasm')
  })

  test('a wasm that is another program', async () => {
    const wasm = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
    const metadata = { ...bundle.metadata, wasm: sha256(wasm) }
    const decide = await createDecide({ wasm, metadata })
    expect(await rule(() => decide('load', load))).toBe('policy-evaluation')
  })

  test('a decision that the metadata do not list', async () => {
    const metadata = { ...bundle.metadata, entrypoints: ['load/decision'] }
    expect(await rule(() => createDecide({ ...bundle, metadata }))).toBe('policy-incomplete')
  })

  test('a decision that the wasm does not have', async () => {
    const decide = await createDecide(bundle)
    expect(await rule(() => decide('everything' as 'load', load))).toBe('policy-evaluation')
  })

  test('an input that is no JSON is refused as input', async () => {
    const decide = await createDecide(bundle)
    for (const value of [Number.NaN, 10n, '\ud800'])
      expect((await problemOf(() => decide('load', { ...load, value }))).code).toBe('invalid-input')
  })
})

describe('replay', () => {
  const logged = (answer: Decision, input: Json) => ({
    name: answer.name,
    allow: answer.allow,
    inputDigest: answer.inputDigest,
    policyDigest: answer.policyDigest,
    input,
    rules: answer.reasons.map((it) => it.rule),
  })

  test('gives the logged answer, allowed or refused', async () => {
    const decide = await createDecide(bundle)
    for (const input of [load, { ...load, dataset: { id: 'north', holder: 'Hospital East' } }]) {
      const event = logged(decide('load', input), input)
      const again = await replay(bundle, event)
      expect(again.differences).toEqual([])
      expect([again.allow, again.rules]).toEqual([event.allow, event.rules])
    }
  })

  test('shows what was changed afterwards', async () => {
    const decide = await createDecide(bundle)
    const input = { ...load, dataset: { id: 'north', holder: 'Hospital East' } }
    const event = logged(decide('load', input), input)
    expect((await replay(bundle, { ...event, allow: true, rules: [] })).differences).toEqual([
      'allow',
      'rules',
    ])
    expect((await replay(bundle, { ...event, input: load })).differences).toEqual([
      'allow',
      'rules',
      'inputDigest',
    ])
  })

  test('refuses to judge by another policy', async () => {
    const decide = await createDecide(bundle)
    const event = { ...logged(decide('load', load), load), policyDigest: sha256('another') }
    expect((await problemOf(() => replay(bundle, event))).facts.rule).toBe('policy-replaced')
  })
})

describe('a refusal as a problem', () => {
  const decided = async (name: 'run' | 'read' | 'application', patch: Json) => {
    const decide = await createDecide(bundle)
    const [input] = Object.values(casesOf(name).inputs)
    return refusal(decide(name, { ...input, ...patch }))
  }

  test('has the code of its rule', async () => {
    expect((await decided('run', { digest: sha256('changed') })).code).toBe('digest-mismatch')
    expect((await decided('run', { now: '2030-01-01T00:00:00.000Z' })).code).toBe(
      'permit-not-active',
    )
    expect((await decided('run', { purpose: 'education' })).code).toBe('refused-by-policy')
  })

  test('names every rule, place, reason and a fix', async () => {
    const { facts } = await decided('run', { purpose: 'education', digest: 'x' })
    expect(facts).toMatchObject({
      rule: 'digest-differs',
      rules: 'ehds-61-1-purpose digest-differs',
      place: '/digest',
      article: '61(1)',
      fix: 'Submit the changed text as a new analysis.',
    })
    expect(facts.reason).toContain('The purpose of use is not the one')
  })

  test('says no more of what may not be read than of what does not exist', async () => {
    const { code, facts } = await decided('read', { resource: { kind: 'run', persons: [] } })
    expect([code, facts]).toEqual(['not-found', { place: 'read' }])
  })
})

test('the committed files name no path of the machine that built them', async () => {
  const wasm = await readFile(join(policies, 'policy.wasm'), 'latin1')
  expect(wasm).not.toMatch(/\/(work|home|tmp|root)\//)
})
