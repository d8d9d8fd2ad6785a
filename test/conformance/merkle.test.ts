import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { verifyConsistency, verifyInclusion } from '../../src/audit/proof.ts'
import { available } from '../support/require.ts'

/** transparency-dev/merkle testdata, one file per case. 64-bit numbers are read as text before JSON rounds them. */
const root = resolve(import.meta.dirname, '../../../shared/conformance/merkle')
const here = available('shared', existsSync(root))

type Case = Readonly<Record<string, unknown>> & Readonly<{ desc: string; wantErr: boolean }>

const cases = (kind: string): readonly Readonly<{ name: string; of: Case }>[] =>
  readdirSync(join(root, kind), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(root, kind, name), 'utf8')
      return { name, of: JSON.parse(text.replace(/: (\d+)(,?)$/gm, ': "$1"$2')) }
    })

const hash = (value: unknown): Uint8Array => Buffer.from(String(value ?? ''), 'base64')
const proof = (value: unknown): Uint8Array[] => ((value ?? []) as string[]).map(hash)

describe.runIf(here)('official vectors', () => {
  test('98 inclusion proofs', () => {
    const all = cases('inclusion')
    expect(all.length).toBe(98)
    const wrong = all.filter(
      ({ of }) =>
        verifyInclusion({
          leaf: hash(of['leafHash']),
          index: BigInt(String(of['leafIdx'])),
          size: BigInt(String(of['treeSize'])),
          proof: proof(of['proof']),
          root: hash(of['root']),
        }) === of.wantErr,
    )
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  test('98 consistency proofs', () => {
    const all = cases('consistency')
    expect(all.length).toBe(98)
    const wrong = all.filter(
      ({ of }) =>
        verifyConsistency({
          size1: BigInt(String(of['size1'])),
          size2: BigInt(String(of['size2'])),
          root1: hash(of['root1']),
          root2: hash(of['root2']),
          proof: proof(of['proof']),
        }) === of.wantErr,
    )
    expect(wrong.map(({ name }) => name)).toEqual([])
  })
})
