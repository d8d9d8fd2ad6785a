import { isqrt, type Rational } from './rational.ts'

/**
 * Exact discrete Gaussian noise: Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy" (2020),
 * algorithms 1 to 3, in whole numbers only. The step numbers are the paper's.
 */

/** Random bytes, in order. The same bytes give the same noise. */
export type Bytes = (n: number) => Uint8Array
/** A uniform whole number in [0, n). */
export type Uniform = (n: bigint) => bigint

/** Uniform numbers by rejection from a byte stream, read 64 bytes at a time so that replay never depends on the asker. */
export function uniformFrom(bytes: Bytes): Uniform {
  let pool: Uint8Array = new Uint8Array(0)
  let at = 0
  const byte = (): number => {
    if (at === pool.length) {
      pool = bytes(64)
      at = 0
      if (pool.length !== 64) throw new Error('the noise stream is short')
    }
    return pool[at++] as number
  }
  return (n) => {
    if (n <= 1n) return 0n
    const bits = (n - 1n).toString(2).length
    for (;;) {
      let drawn = 0n
      for (let got = 0; got < bits; got += 8) drawn = (drawn << 8n) | BigInt(byte())
      drawn &= (1n << BigInt(bits)) - 1n
      if (drawn < n) return drawn
    }
  }
}

const bernoulli = (p: bigint, q: bigint, uniform: Uniform): boolean => uniform(q) < p

/** Algorithm 1: true with probability exp(-p/q). */
export function bernoulliExp(p: bigint, q: bigint, uniform: Uniform): boolean {
  // 1-9: gamma in [0, 1]
  if (p <= q) {
    let k = 1n // 2
    while (bernoulli(p, q * k, uniform)) k += 1n // 3-5: A <- Bernoulli(gamma / K) until A = 0
    return k % 2n === 1n // 6-9
  }
  // 10-17: gamma > 1
  const whole = p / q
  for (let k = 1n; k <= whole; k += 1n) {
    if (!bernoulliExp(1n, 1n, uniform)) return false // 12-14
  }
  return bernoulliExp(p - whole * q, q, uniform) // 16-17
}

/** Algorithm 2 with s = 1: discrete Laplace of scale t, P(z) proportional to exp(-|z| / t). */
export function discreteLaplace(t: bigint, uniform: Uniform): bigint {
  for (;;) {
    const u = uniform(t) // 3
    if (!bernoulliExp(u, t, uniform)) continue // 4-6
    let v = 0n // 7
    while (bernoulliExp(1n, 1n, uniform)) v += 1n // 8-10
    const y = u + t * v // 11-12: X = U + t V, Y = floor(X / 1)
    const negative = uniform(2n) === 1n // 13
    if (negative && y === 0n) continue // 14-16
    return negative ? -y : y // 17
  }
}

/** Algorithm 3: P(y) proportional to exp(-y^2 / (2 variance)), on the whole numbers. */
export function discreteGaussian(variance: Rational, uniform: Uniform): bigint {
  const { p, q } = variance
  const t = isqrt(p / q) + 1n // 1: t = floor(sigma) + 1
  for (;;) {
    const y = discreteLaplace(t, uniform) // 3
    const size = y < 0n ? -y : y
    // 4: C <- Bernoulli(exp(-(|Y| - sigma^2 / t)^2 / (2 sigma^2))), the exponent over one denominator
    const miss = size * q * t - p
    if (bernoulliExp(miss * miss, 2n * p * q * t * t, uniform)) return y // 5-8
  }
}
