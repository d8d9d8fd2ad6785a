/** An exact non-negative fraction p / q, q > 0. Noise is drawn without a single floating-point operation. */
export type Rational = Readonly<{ p: bigint; q: bigint }>

/** The double's exact value as a fraction. Throws a RangeError unless it is finite and positive. */
export function rational(x: number): Rational {
  if (!Number.isFinite(x) || x <= 0) throw new RangeError('a variance is finite and positive')
  let q = 1n
  let scaled = x
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    q *= 2n
  }
  return { p: BigInt(scaled), q }
}

/** Largest r with r * r <= n (Newton). */
export function isqrt(n: bigint): bigint {
  if (n < 2n) return n
  let r = 1n << BigInt((n.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (r + n / r) >> 1n
    if (next >= r) return r
    r = next
  }
}

export const toNumber = ({ p, q }: Rational): number => Number(p) / Number(q)
