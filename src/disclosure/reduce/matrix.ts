/** Small dense symmetric matrices: models have tens of columns, not thousands. */

export const multiply = (
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
): number[][] =>
  a.map((row) =>
    (b[0] as readonly number[]).map((_, j) =>
      row.reduce((t, v, l) => t + v * ((b[l] as readonly number[])[j] as number), 0),
    ),
  )

/** The lower Cholesky factor; undefined unless the matrix is positive definite. */
export function cholesky(a: readonly (readonly number[])[]): number[][] | undefined {
  const n = a.length
  const l = Array.from({ length: n }, () => new Array<number>(n).fill(0))
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j <= i; j += 1) {
      const [li, lj] = [l[i] as number[], l[j] as number[]]
      let v = (a[i] as readonly number[])[j] as number
      for (let c = 0; c < j; c += 1) v -= (li[c] as number) * (lj[c] as number)
      if (i === j) {
        if (!(v > 1e-12 * Math.abs((a[i] as readonly number[])[i] as number))) return undefined
        li[j] = Math.sqrt(v)
      } else li[j] = v / (lj[j] as number)
    }
  return l
}

/** The inverse of a positive definite matrix; undefined otherwise. */
export function inverse(a: readonly (readonly number[])[]): number[][] | undefined {
  const l = cholesky(a)
  if (!l) return undefined
  const n = a.length
  const columns = Array.from({ length: n }, (_, c) => {
    const y = new Array<number>(n).fill(0)
    for (let i = 0; i < n; i += 1) {
      let v = i === c ? 1 : 0
      for (let j = 0; j < i; j += 1) v -= ((l[i] as number[])[j] as number) * (y[j] as number)
      y[i] = v / ((l[i] as number[])[i] as number)
    }
    for (let i = n - 1; i >= 0; i -= 1) {
      let v = y[i] as number
      for (let j = i + 1; j < n; j += 1) v -= ((l[j] as number[])[i] as number) * (y[j] as number)
      y[i] = v / ((l[i] as number[])[i] as number)
    }
    return y
  })
  return columns
}
