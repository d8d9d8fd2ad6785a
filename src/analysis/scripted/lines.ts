/** Largest table of the longest common subsequence that is worked out; beyond it the middle counts as changed whole. */
const MOST = 4_000_000

/** Numbers, from 1, of the lines of `after` that `before` does not have, by longest common subsequence. Pure and total. */
export function changedLines(before: string, after: string): readonly number[] {
  const [a, b] = [before.split('\n'), after.split('\n')]
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail += 1
  const [from, to] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)]
  const kept = from.length * to.length > MOST ? new Set<number>() : common(from, to)
  return to.flatMap((_, i) => (kept.has(i) ? [] : [head + i + 1]))
}

/** Indexes into `b` of one longest common subsequence. */
function common(a: readonly string[], b: readonly string[]): ReadonlySet<number> {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      lengths[i * width + j] =
        a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const kept = new Set<number>()
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (a[i] === b[j]) {
      kept.add(j)
      i += 1
      j += 1
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1
    else j += 1
  return kept
}
