/** Rounding is post-processing of noised numbers: it costs nothing and hides nothing more. */

/** To the nearest multiple of `base`; base 0 or 1 leaves a whole number as it is. */
export const toBase = (x: number, base: number): number =>
  base > 1 ? Math.round(x / base) * base + 0 : x

/** To the decimals that the question asks for, below 0 to tens and hundreds; as it is where it asks for none. */
export function toDigits(x: number, digits: number | undefined): number {
  if (digits === undefined) return x
  const unit = 10 ** Math.abs(digits)
  return digits < 0
    ? Math.round(x / unit) * unit + 0
    : Number((Math.round(x * unit) / unit).toPrecision(15)) + 0
}

/**
 * To the decimal place of the first digit of the noise's standard deviation: digits past it say nothing. The ends of an
 * interval are rounded outwards, with `floor` and `ceil`, so that it keeps what it promises.
 */
export function toNoise(x: number, sd: number, to: 'round' | 'floor' | 'ceil' = 'round'): number {
  if (!(sd > 0)) return x
  const place = Math.max(Math.floor(Math.log10(sd)), -15)
  if (place >= 0) return Math[to](x / 10 ** place) * 10 ** place + 0
  if (to === 'round') return Number(x.toFixed(-place)) + 0
  return Number((Math[to](x * 10 ** -place) / 10 ** -place).toFixed(-place)) + 0
}
