import { createHash } from 'node:crypto'

/** RFC 6962 section 2.1: interior nodes are SHA-256(0x01 || left || right). */
const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  createHash('sha256').update(interior).update(left).update(right).digest()
const interior = Uint8Array.of(1)

/**
 * A Merkle tree of RFC 6962 section 2.1 that grows. It keeps the hash of every complete subtree, 64 bytes per leaf, so
 * roots and proofs of any earlier size are answered from it. Sizes are below 2^53.
 */
export type Tree = Readonly<{
  size(): number
  append(leaf: Uint8Array): void
  /** Hash of the complete subtree of 2^level leaves that is number `index` of its level. */
  node(level: number, index: number): Uint8Array
  root(size: number): Uint8Array
  /** PATH(index, D[size]), from the leaf up. */
  inclusion(index: number, size: number): readonly Uint8Array[]
  /** PROOF(size1, D[size2]). */
  consistency(size1: number, size2: number): readonly Uint8Array[]
}>

export function createTree(): Tree {
  const levels: Uint8Array[][] = [[]]
  const node = (level: number, index: number): Uint8Array => {
    const hash = levels[level]?.[index]
    if (hash === undefined) throw new RangeError(`no node ${level}/${index}`)
    return hash
  }
  return {
    size: () => levels[0]?.length ?? 0,
    append: (leaf) => {
      let hash = leaf
      for (let level = 0; ; level++) {
        levels[level] ??= []
        const row = levels[level] as Uint8Array[]
        row.push(hash)
        if (row.length % 2 === 1) return
        hash = nodeHash(node(level, row.length - 2), hash)
      }
    },
    node,
    root: (size) => (size === 0 ? createHash('sha256').digest() : subtree(node, 0, size)),
    inclusion: (index, size) => path(node, index, 0, size),
    consistency: (size1, size2) => subproof(node, size1, 0, size2, true),
  }
}

type Node = Tree['node']

/** The largest power of two smaller than n, the k of RFC 6962, and its exponent. */
function split(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

const isPower = (n: number): boolean => Number.isInteger(Math.log2(n))

/** MTH(D[from:to]), where `from` is a multiple of the next power of two above the width. */
function subtree(node: Node, from: number, to: number): Uint8Array {
  const width = to - from
  if (isPower(width)) return node(Math.log2(width), from / width)
  const k = split(width)
  return nodeHash(subtree(node, from, from + k), subtree(node, from + k, to))
}

/** PATH(m, D[n]) of section 2.1.1, with m counted from the left of the whole tree. */
function path(node: Node, m: number, from: number, to: number): readonly Uint8Array[] {
  if (to - from <= 1) return []
  const k = from + split(to - from)
  return m < k
    ? [...path(node, m, from, k), subtree(node, k, to)]
    : [...path(node, m, k, to), subtree(node, from, k)]
}

/** SUBPROOF(m, D[n], b) of section 2.1.2. */
function subproof(
  node: Node,
  m: number,
  from: number,
  to: number,
  complete: boolean,
): readonly Uint8Array[] {
  if (m === to) return complete ? [] : [subtree(node, from, to)]
  const k = from + split(to - from)
  return m <= k
    ? [...subproof(node, m, from, k, complete), subtree(node, k, to)]
    : [...subproof(node, m, k, to, false), subtree(node, from, k)]
}
