import { createHash, createHmac } from 'node:crypto'
import type { NoiseKey } from '../../src/disclosure/stream.ts'

/** A noise key for tests: HMAC-SHA-256 of the context in counter mode. */
export const testNoise =
  (secret = 'test noise key'): NoiseKey =>
  (context) => {
    const seed = createHmac('sha256', secret).update(context).digest()
    let counter = 0
    return (n) => {
      const out = new Uint8Array(n)
      for (let at = 0; at < n; at += 32) {
        const block = createHash('sha256').update(seed).update(`${counter}`).digest()
        counter += 1
        out.set(block.subarray(0, Math.min(32, n - at)), at)
      }
      return out
    }
  }

/** Fast deterministic bytes for statistics over many draws (xoshiro128**); not for keys. */
export function fastBytes(seed: number): (n: number) => Uint8Array {
  const s = new Uint32Array(4)
  s.set(new Uint32Array(createHash('sha256').update(`${seed}`).digest().buffer.slice(0, 16)))
  const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k))
  const next = (): number => {
    const [a, b, c, d] = s as unknown as [number, number, number, number]
    const result = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    let [w, x, y, z] = [a, b, c ^ a, d ^ b]
    x ^= y
    w ^= z
    y ^= t
    z = rotl(z, 11)
    s.set([w, x, y, z])
    return result
  }
  return (n) => {
    const out = new Uint8Array(n)
    for (let i = 0; i < n; i += 4) {
      const word = next()
      for (let j = 0; j < 4 && i + j < n; j += 1) out[i + j] = (word >>> (8 * j)) & 255
    }
    return out
  }
}

/** Uniform numbers in [0, 1) from a seed. */
export function uniforms(seed: number): () => number {
  const bytes = fastBytes(seed)
  return () => {
    const b = bytes(4) as unknown as [number, number, number, number]
    return (b[0] * 2 ** 24 + b[1] * 2 ** 16 + b[2] * 2 ** 8 + b[3]) / 2 ** 32
  }
}
