/** The standard normal distribution, to about 1e-15 in the centre and a relative 1e-12 in the tail. */

const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)

/** P(Z > x) for x >= 0 by the continued fraction (Abramowitz and Stegun 26.2.14). */
function tail(x: number): number {
  let fraction = 0
  for (let n = 200; n > 0; n -= 1) fraction = n / (x + fraction)
  return density(x) / (x + fraction)
}

/** P(Z <= x). */
export function phi(x: number): number {
  if (Math.abs(x) > 3) return x > 0 ? 1 - tail(x) : tail(-x)
  // 26.2.11: 1/2 + density(x) (x + x^3/3 + x^5/15 + ...)
  let term = x
  let sum = x
  for (let n = 3; Math.abs(term) > 1e-18; n += 2) {
    term *= (x * x) / n
    sum += term
  }
  return 0.5 + density(x) * sum
}

/** The x with phi(x) = p, by bisection. Throws a RangeError outside (0, 1). */
export function quantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError('a probability lies in (0, 1)')
  let [low, high] = [-40, 40]
  for (let i = 0; i < 200 && high - low > 1e-14; i += 1) {
    const middle = (low + high) / 2
    if (phi(middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}
