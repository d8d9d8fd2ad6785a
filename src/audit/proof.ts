import { createHash } from 'node:crypto'

/** Sizes and indexes are 64-bit in proofs (tlog-tiles), hence BigInt here; hashes are 32 bytes. */
export type Inclusion = Readonly<{
  leaf: Uint8Array
  index: bigint
  size: bigint
  proof: readonly Uint8Array[]
  root: Uint8Array
}>
export type Consistency = Readonly<{
  size1: bigint
  root1: Uint8Array
  size2: bigint
  root2: Uint8Array
  proof: readonly Uint8Array[]
}>

/** RFC 6962 section 2.1. The writer has a copy of its own: whoever verifies shares no code with it. */
function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return createHash('sha256').update(interior).update(left).update(right).digest()
}
const interior = Uint8Array.of(1)

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
const hashes = (all: readonly Uint8Array[]): boolean => all.every(({ length }) => length === 32)

/** RFC 9162 section 2.1.3.2 (the algorithm for RFC 6962 trees), its step numbers in the comments. */
export function verifyInclusion({ leaf, index, size, proof, root }: Inclusion): boolean {
  if (!hashes([leaf, root, ...proof])) return false
  // 1.
  if (index < 0n || index >= size) return false
  // 2.
  let fn = index
  let sn = size - 1n
  // 3.
  let r = leaf
  // 4.
  for (const p of proof) {
    // 4.1.
    if (sn === 0n) return false
    // 4.2.
    if ((fn & 1n) === 1n || fn === sn) {
      r = nodeHash(p, r)
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else r = nodeHash(r, p)
    // 4.3.
    fn >>= 1n
    sn >>= 1n
  }
  // 5.
  return sn === 0n && equal(r, root)
}

/**
 * RFC 9162 section 2.1.4.2. An empty first tree is refused: it is consistent with everything and proves nothing. Equal
 * sizes ask for an empty proof and equal roots.
 */
export function verifyConsistency({ size1, root1, size2, root2, proof }: Consistency): boolean {
  if (size1 <= 0n || size2 < size1 || !hashes(proof)) return false
  if (size1 === size2) return proof.length === 0 && equal(root1, root2)
  // 1.
  if (proof.length === 0) return false
  // 2.
  const path = (size1 & (size1 - 1n)) === 0n ? [root1, ...proof] : proof
  // 3.
  let fn = size1 - 1n
  let sn = size2 - 1n
  // 4.
  while ((fn & 1n) === 1n) {
    fn >>= 1n
    sn >>= 1n
  }
  // 5.
  const [first = root1, ...rest] = path
  let fr = first
  let sr = first
  // 6.
  for (const c of rest) {
    // 6.1.
    if (sn === 0n) return false
    // 6.2.
    if ((fn & 1n) === 1n || fn === sn) {
      fr = nodeHash(c, fr)
      sr = nodeHash(c, sr)
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else sr = nodeHash(sr, c)
    // 6.3.
    fn >>= 1n
    sn >>= 1n
  }
  // 7.
  return sn === 0n && equal(fr, root1) && equal(sr, root2)
}
