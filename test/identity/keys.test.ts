import { createCipheriv, createHmac, createPublicKey, verify } from 'node:crypto'
import {
  chmod,
  copyFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keyFiles, openKeys } from '../../src/identity/keys.ts'
import { noiseStream } from '../../src/identity/stream.ts'
import { problemOf } from './problem.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vitrine-keys-'))
})
afterEach(() => rm(directory, { recursive: true }))

const fresh = () => openKeys({ directory, create: true, logName: 'vitrine.example/test' })
const set = (file = '') => join(directory, 'keyset', file)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('a key set', () => {
  test('is made whole, 0600 below 0700, and opens again as it was', async () => {
    const first = await fresh()
    expect((await readdir(set())).sort()).toEqual(Object.values(keyFiles).sort())
    for (const file of Object.values(keyFiles))
      expect((await stat(set(file))).mode & 0o777).toBe(0o600)
    expect((await stat(set())).mode & 0o777).toBe(0o700)
    const again = await openKeys({ directory, create: false })
    expect(hex(again.noise('x')(32))).toBe(hex(first.noise('x')(32)))
    expect(again.pseudonym('p', 'x')).toBe(first.pseudonym('p', 'x'))
    expect(again.blind('x')).toBe(first.blind('x'))
    expect(await again.publicJwks()).toEqual(await first.publicJwks())
    expect(again.notePublicKey()).toEqual(first.notePublicKey())
    expect(again.notePublicKey().name).toBe('vitrine.example/test')
  })

  test('is the same for all who open it at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, fresh))
    expect(new Set(all.map((it) => it.blind('x'))).size).toBe(1)
    expect(await readdir(directory)).toEqual(['keyset'])
    expect((await openKeys({ directory, create: false })).blind('x')).toBe(all[0]?.blind('x'))
  })

  test('is not made where it was not asked for', async () => {
    const problem = await problemOf(() => openKeys({ directory, create: false }))
    expect([problem.code, problem.facts.rule]).toEqual(['key-unavailable', 'key-missing'])
    expect(await readdir(directory)).toEqual([])
  })

  const damages: readonly [string, string, (path: string) => Promise<void>][] = [
    ['missing', 'key-missing', (path) => unlink(path)],
    ['empty', 'key-damaged', (path) => writeFile(path, '')],
    ['cut', 'key-damaged', async (path) => writeFile(path, (await readFile(path)).subarray(0, 60))],
    ['null', 'key-purpose', (path) => writeFile(path, 'null')],
    [
      'one character',
      'key-damaged',
      async (path) => {
        const flip = (_: string, it: string) => `"secret": "${it === 'A' ? 'B' : 'A'}`
        await writeFile(path, (await readFile(path, 'utf8')).replace(/"secret": "(.)/, flip))
      },
    ],
    ['readable by others', 'key-exposed', (path) => chmod(path, 0o644)],
  ]
  test.each(Object.values(keyFiles).flatMap((file) => damages.map((it) => [file, ...it] as const)))(
    '%s %s is %s, also when it might create',
    async (file, _, rule, damage) => {
      await fresh()
      await damage(set(file))
      for (const create of [false, true]) {
        const problem = await problemOf(() => openKeys({ directory, create }))
        expect([problem.code, problem.facts.rule]).toEqual(['key-unavailable', rule])
        expect(problem.facts.place).toBe(file)
      }
    },
  )

  test('with one key in the place of another does not open', async () => {
    await fresh()
    await copyFile(set(keyFiles.blind), set(keyFiles.noise))
    const problem = await problemOf(() => openKeys({ directory, create: false }))
    expect([problem.facts.rule, problem.facts.place]).toEqual(['key-purpose', keyFiles.noise])
  })
})

describe('noise', () => {
  const key = Buffer.alloc(32, 7)

  test('is AES-256-CTR under HMAC([1] || label || 0 || context || [256])', () => {
    const message = Buffer.concat([
      Buffer.from([0, 0, 0, 1]),
      Buffer.from('vitrine noise v1\0cell/1'),
      Buffer.from([0, 0, 1, 0]),
    ])
    const contextKey = createHmac('sha256', key).update(message).digest()
    const cipher = createCipheriv('aes-256-ctr', contextKey, Buffer.alloc(16))
    expect(hex(noiseStream(key, 'cell/1')(1000))).toBe(
      cipher.update(Buffer.alloc(1000)).toString('hex'),
    )
  })

  test('never changes: a value written down', () => {
    expect(hex(noiseStream(key, 'cell/1')(16))).toBe('8ab09ae0f87687a95f1cbeb9cd7217c3')
  })

  test('does not depend on how it is cut', () => {
    const cuts = fc.array(fc.nat(70), { maxLength: 20 })
    fc.assert(
      fc.property(fc.string(), cuts, (context, sizes) => {
        const next = noiseStream(key, context)
        const parts = sizes.map((n) => hex(next(n))).join('')
        const whole = noiseStream(key, context)(sizes.reduce((sum, n) => sum + n, 0))
        expect(parts).toBe(hex(whole))
      }),
    )
  })

  test('differs by context and by key, in about half of its bits', () => {
    const bits = (a: Uint8Array, b: Uint8Array): number =>
      a.reduce((sum, it, i) => sum + (it ^ (b[i] ?? 0)).toString(2).replaceAll('0', '').length, 0)
    const n = 4096
    const one = noiseStream(key, 'a')(n)
    // 32,768 fair bits: mean 16,384, sd 90.5; five sd to either side.
    for (const other of [noiseStream(key, 'b')(n), noiseStream(Buffer.alloc(32, 8), 'a')(n)])
      expect(Math.abs(bits(one, other) - 4 * n)).toBeLessThan(453)
  })

  test('of two streams taken in turns is not mixed', () => {
    const [a, b] = [noiseStream(key, 'a'), noiseStream(key, 'b')]
    const turns = [a(8), b(8), a(8), b(8)].map(hex)
    expect(`${turns[0]}${turns[2]}`).toBe(hex(noiseStream(key, 'a')(16)))
    expect(`${turns[1]}${turns[3]}`).toBe(hex(noiseStream(key, 'b')(16)))
  })
})

describe('pseudonyms and blinded digests', () => {
  test('differ by permit and person, and are 256 bits', async () => {
    const keys = await fresh()
    const all = ['p1', 'p2'].flatMap((p) => ['a', 'b'].map((it) => keys.pseudonym(p, it)))
    expect(new Set([...all, keys.blind('a'), keys.blind('b')]).size).toBe(6)
    for (const it of all) expect(it).toMatch(/^[0-9a-f]{64}$/)
    expect(keys.pseudonym('p', '1x')).not.toBe(keys.pseudonym('p1', 'x'))
  })
})

describe('signatures', () => {
  test('a permit verifies with the published key, and not when it is changed', async () => {
    const keys = await fresh()
    const permit = { id: 'permit-1', purpose: 'education', k: 10 }
    const jws = await keys.signJws(permit, 'vitrine-permit+jwt')
    const jwks = createLocalJWKSet((await keys.publicJwks()) as unknown as JSONWebKeySet)
    const { payload, protectedHeader } = await compactVerify(jws, jwks)
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(permit)
    expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ: 'vitrine-permit+jwt' })
    expect(
      await keys.signJws({ k: 10, purpose: 'education', id: 'permit-1' }, 'vitrine-permit+jwt'),
    ).toBe(jws)
    const [header, , signature] = jws.split('.')
    const changed = Buffer.from(JSON.stringify({ ...permit, k: 1 })).toString('base64url')
    await expect(compactVerify(`${header}.${changed}.${signature}`, jwks)).rejects.toThrow()
    expect(JSON.stringify(await keys.publicJwks())).not.toContain('"d"')
  })

  test('a checkpoint verifies with the note key, which is not the permit key', async () => {
    const keys = await fresh()
    const note = new TextEncoder().encode('vitrine.example/test\n1\nAAAA\n')
    const { spki } = keys.notePublicKey()
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    const signature = keys.signNote(note)
    expect(signature.length).toBe(64)
    expect(verify(null, note, key, signature)).toBe(true)
    expect(verify(null, note.subarray(1), key, signature)).toBe(false)
    const { keys: published } = await keys.publicJwks()
    expect(key.export({ format: 'jwk' }).x).not.toBe(published[0]?.['x'])
  })
})
