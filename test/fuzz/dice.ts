/** A seeded source of choices: the same seed gives the same queries everywhere. */
export type Dice = Readonly<{
  below(n: number): number
  pick<T>(items: readonly T[]): T
  chance(share: number): boolean
}>

/** mulberry32 (Tommy Ettinger, public domain): small, fast and good enough to choose test inputs. */
export function makeDice(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (n: number): number => Math.floor(next() * n)
  return {
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    chance: (share) => next() < share,
  }
}
