import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { verifyConsistency, verifyInclusion } from '../../src/audit/proof.ts'
import { createTree, type Tree } from '../../src/audit/tree.ts'

const sha256 = (...parts: Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest()
const leafHash = (data: Uint8Array): Buffer => sha256(Buffer.from([0]), data)

/** MTH of RFC 6962 section 2.1 as it stands there. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return leaves[0] as Uint8Array
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return sha256(Buffer.from([1]), mth(leaves.slice(0, k)), mth(leaves.slice(k)))
}

const leavesOf = (n: number): Buffer[] =>
  Array.from({ length: n }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))
function treeOf(leaves: readonly Uint8Array[]): Tree {
  const tree = createTree()
  for (const leaf of leaves) tree.append(leaf)
  return tree
}

test('the roots of the eight leaves that every implementation of RFC 6962 tests with', () => {
  const data = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ]
  const tree = treeOf(data.map((hex) => leafHash(Buffer.from(hex, 'hex'))))
  const hex = (n: number): string => Buffer.from(tree.root(n)).toString('hex')
  expect(hex(0)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(hex(1)).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
  expect(hex(8)).toBe('5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
})

test('the root of every size up to 70 is that of the definition', () => {
  const leaves = leavesOf(70)
  const tree = treeOf(leaves)
  for (let n = 0; n <= 70; n++) expect(tree.root(n)).toEqual(mth(leaves.slice(0, n)))
})

test('every proof of every size up to 40 verifies', () => {
  const leaves = leavesOf(40)
  const tree = treeOf(leaves)
  for (let size = 1; size <= 40; size++)
    for (let index = 0; index < size; index++) {
      const leaf = leaves[index] as Uint8Array
      const [root, root1] = [tree.root(size), tree.root(index + 1)]
      const included = { leaf, index: BigInt(index), size: BigInt(size), root }
      expect(verifyInclusion({ ...included, proof: tree.inclusion(index, size) })).toBe(true)
      const consistent = { size1: BigInt(index + 1), root1, size2: BigInt(size), root2: root }
      const proof = tree.consistency(index + 1, size)
      expect(verifyConsistency({ ...consistent, proof })).toBe(true)
    }
})

test('a proof with one bit, its place, its size or its leaf changed does not verify', () => {
  const leaves = leavesOf(300)
  const tree = treeOf(leaves)
  const cases = fc.integer({ min: 2, max: 300 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      index: fc.nat({ max: size - 1 }),
      at: fc.nat(),
      bit: fc.nat({ max: 255 }),
    }),
  )
  fc.assert(
    fc.property(cases, ({ size, index, at, bit }) => {
      const proof = tree.inclusion(index, size)
      const good = {
        leaf: leaves[index] as Uint8Array,
        index: BigInt(index),
        size: BigInt(size),
        proof,
        root: tree.root(size),
      }
      expect(verifyInclusion(good)).toBe(true)
      const flip = (hash: Uint8Array): Uint8Array =>
        Buffer.from(hash).map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
      const spoiled = proof.map((hash, i) => (i === at % proof.length ? flip(hash) : hash))
      expect(verifyInclusion({ ...good, proof: spoiled })).toBe(false)
      expect(verifyInclusion({ ...good, leaf: flip(good.leaf) })).toBe(false)
      expect(verifyInclusion({ ...good, root: flip(good.root) })).toBe(false)
      expect(verifyInclusion({ ...good, proof: proof.slice(1) })).toBe(false)
      expect(verifyInclusion({ ...good, index: BigInt(index ^ 1) })).toBe(false)
    }),
  )
})
