import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Problem } from '../../src/domain/problem.ts'
import { load } from '../../src/ingest/load.ts'
import { chunkBytes, openFile, sealFile, unwrapKey, wrapKey } from '../../src/ingest/seal.ts'
import { isSealed, openSealed, openSnapshot, rotateKey } from '../../src/ingest/vault.ts'
import {
  loadCapabilities,
  scratchFolder,
  smallDictionary,
  smallNorth,
  smallViews,
} from '../support/ingest.ts'

const scratch = scratchFolder()
const capabilities = loadCapabilities()
afterAll(async () => {
  await capabilities.engine.close()
  scratch.remove()
})
const at = (name: string): string => join(scratch.path, name)
const key = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
  return 'nothing was thrown'
}
const noise = (size: number): Buffer => {
  const some = Buffer.from(Uint8Array.from({ length: 251 }, (_, i) => (i * 73 + size) % 256))
  return Buffer.alloc(size, some)
}

describe('a sealed file', () => {
  test.each([0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes])(
    'of %d bytes opens to the same bytes, and shows none of them',
    (size) => {
      const bytes = noise(size)
      writeFileSync(at('plain'), bytes)
      sealFile(at('plain'), at('sealed'), key(1))
      openFile(at('sealed'), at('opened'), key(1))
      expect(readFileSync(at('opened')).equals(bytes)).toBe(true)
      if (size > 100)
        expect(readFileSync(at('sealed')).includes(bytes.subarray(10, 42))).toBe(false)
    },
  )

  const sealed = (): Buffer => {
    writeFileSync(at('plain'), noise(2 * chunkBytes + 7))
    sealFile(at('plain'), at('sealed'), key(1))
    return readFileSync(at('sealed'))
  }
  const opening = () => codeOf(() => openFile(at('sealed'), at('opened'), key(1)))
  const head = 24
  const whole = chunkBytes + 16
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['one bit changed', (b) => b.fill((b[head + 5] ?? 0) ^ 1, head + 5, head + 6)],
    ['the last chunk cut off', (b) => b.subarray(0, head + 2 * whole)],
    ['a byte cut off', (b) => b.subarray(0, -1)],
    [
      'two chunks exchanged',
      (b) =>
        Buffer.concat([
          b.subarray(0, head),
          b.subarray(head + whole, head + 2 * whole),
          b.subarray(head, head + whole),
          b.subarray(head + 2 * whole),
        ]),
    ],
    ['a chunk repeated', (b) => Buffer.concat([b.subarray(0, head + whole), b.subarray(head)])],
    ['another salt', (b) => b.fill(0, 8, 24)],
    ['no header', (b) => b.subarray(8)],
    ['nothing', () => Buffer.alloc(0)],
  ])('with %s does not open', (_, damage) => {
    writeFileSync(at('sealed'), damage(sealed()))
    expect(opening()).toBe('snapshot-damaged')
  })
  test('does not open under another key', () => {
    sealed()
    expect(codeOf(() => openFile(at('sealed'), at('opened'), key(2)))).toBe('snapshot-damaged')
  })
})

test('another key-encryption key, or a changed lock, is a named problem', () => {
  const wrapped = wrapKey(key(1), key(9))
  expect(unwrapKey(key(1), wrapped)).toEqual(Buffer.from(key(9)))
  expect(codeOf(() => unwrapKey(key(2), wrapped))).toBe('key-unavailable')
  expect(codeOf(() => unwrapKey(key(1), { ...wrapped, nonce: 'AAAAAAAAAAAAAAAA' }))).toBe(
    'key-unavailable',
  )
})

describe('a sealed load', async () => {
  const north = await smallNorth(scratch.path)
  const request = {
    dataset: 'north',
    directory: north,
    views: smallViews,
    dictionary: smallDictionary,
  }
  const sealed = await load(capabilities, { ...request, out: at('sealed-out'), kek: key(1) })
  const plain = await load(capabilities, { ...request, out: at('plain-out') })

  test('has the digest of the plain one, and nothing of it in the clear', () => {
    expect(sealed.snapshot.digest).toBe(plain.snapshot.digest)
    expect(isSealed(sealed.snapshot.path)).toBe(true)
    const files = readdirSync(sealed.snapshot.path).toSorted()
    expect(files.filter((f) => !f.endsWith('.sealed'))).toEqual(['key.json', 'manifest.json'])
    for (const folder of [sealed.snapshot.path, sealed.report.quarantine ?? ''])
      for (const file of readdirSync(folder))
        expect(readFileSync(join(folder, file)).includes('north/Patient/'), file).toBe(false)
  })

  test('opens to the same files, also after its key was rotated', async () => {
    const compare = async (kek: Uint8Array, into: string) => {
      await openSnapshot(sealed.snapshot.path, at(into), kek)
      for (const file of readdirSync(plain.snapshot.path))
        expect(
          readFileSync(join(at(into), file)).equals(readFileSync(join(plain.snapshot.path, file))),
          file,
        ).toBe(true)
    }
    await compare(key(1), 'opened-1')
    rotateKey(sealed.snapshot.path, key(1), key(2))
    await compare(key(2), 'opened-2')
    await expect(openSnapshot(sealed.snapshot.path, at('opened-3'), key(1))).rejects.toMatchObject({
      code: 'key-unavailable',
    })
  })

  test('its quarantine opens for the holder', () => {
    const folder = sealed.report.quarantine ?? ''
    openSealed(folder, 'Observation.ndjson.raw', at('raw'), key(1))
    expect(readFileSync(at('raw'), 'utf8')).toContain('"bad-1"')
  })

  test('damage is found', async () => {
    const path = sealed.snapshot.path
    const file = join(path, 'patient.parquet.sealed')
    appendFileSync(file, 'x')
    mkdirSync(at('opened-4'))
    await expect(openSnapshot(path, at('opened-4'), key(2))).rejects.toMatchObject({
      code: 'snapshot-damaged',
    })
    truncateSync(file, 30)
    await expect(openSnapshot(path, at('opened-4'), key(2))).rejects.toMatchObject({
      code: 'snapshot-damaged',
    })
  })
})
