/** Seeded choices: the same seed gives the same views and resources on every machine. */
export type Dice = Readonly<{
  below: (n: number) => number
  chance: (p: number) => boolean
  of: <T>(items: readonly T[]) => T
  times: <T>(most: number, make: (i: number) => T) => T[]
}>

/** mulberry32. */
export function dice(seed: number): Dice {
  let state = seed >>> 0
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number): number => Math.floor(unit() * n)
  return {
    below,
    chance: (p) => unit() < p,
    of: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('nothing to choose from')
      return item
    },
    times: (most, make) => Array.from({ length: below(most + 1) }, (_, i) => make(i)),
  }
}
