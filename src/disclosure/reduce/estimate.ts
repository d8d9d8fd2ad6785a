/** A noised number in its own unit, and the variance of the privacy noise in it. */
export type Noisy = Readonly<{ x: number; v: number }>

/** A value with its 95 % interval; the interval covers sampling and privacy noise together. */
export type Estimate = Readonly<{ value: number; lo: number; hi: number; sd: number }>

/** 97.5 % point of the normal distribution. */
export const Z = 1.959963984540054

export const sumOf = (parts: readonly Noisy[]): Noisy =>
  parts.reduce((a, b) => ({ x: a.x + b.x, v: a.v + b.v }), { x: 0, v: 0 })

/** Value and interval from a variance, cut to where the truth can lie. */
export function estimate(
  value: number,
  variance: number,
  least = -Infinity,
  most = Infinity,
): Estimate {
  const sd = Math.sqrt(Math.max(0, variance))
  const cut = (x: number): number => Math.min(most, Math.max(least, x))
  return { value: cut(value), lo: cut(value - Z * sd), hi: cut(value + Z * sd), sd }
}
