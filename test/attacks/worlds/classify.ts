/** A simple attacker: for each thing it may see, the world in which it saw it more often while it was trained. */
export type Sample = Readonly<{ world: number; seen: string }>

/** Right guesses on `tested`. What was seen as often in both worlds, or never, is guessed to be world 0. */
export function guessed(trained: readonly Sample[], tested: readonly Sample[]): number {
  const votes = new Map<string, number>()
  for (const { world, seen } of trained)
    votes.set(seen, (votes.get(seen) ?? 0) + (world === 1 ? 1 : -1))
  return tested.filter(({ world, seen }) => world === ((votes.get(seen) ?? 0) > 0 ? 1 : 0)).length
}

/** Wilson's 95 % interval of an accuracy. */
export function interval(right: number, n: number): [number, number] {
  const z = 1.959963984540054
  const p = right / n
  const centre = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2))
  return [centre - half, centre + half]
}

export type Accuracy = Readonly<{
  accuracy: number
  ci95: readonly [number, number]
  tested: number
  /** Whether every question showed one and the same thing in every trial of both worlds. */
  identical: boolean
}>

/** Trains on the first half of the trials of each world, tests on the rest. Samples are per trial and question. */
export function accuracyOf(trials: readonly (readonly Sample[])[]): Accuracy {
  const half = Math.floor(trials.length / 2)
  const of = (world: number) => trials.filter((it) => it[0]?.world === world)
  const both = [of(0), of(1)]
  const trained = both.flatMap((it) => it.slice(0, Math.ceil(half / 2))).flat()
  const tested = both.flatMap((it) => it.slice(Math.ceil(half / 2))).flat()
  const right = guessed(trained, tested)
  const things = new Set(trials.flat().map((it) => it.seen))
  const questions = new Set(trials.flat().map((it) => it.seen.split('\0')[0]))
  return {
    accuracy: right / tested.length,
    ci95: interval(right, tested.length),
    tested: tested.length,
    identical: things.size === questions.size,
  }
}
