import type { Child } from './child.ts'

/** A few children opened before they are needed (start-up is 0.2-0.7 s). Each is taken once. */
export type Pool = Readonly<{ take(): Child; close(): void }>

/** Keeps `size` spare children ready after the first `take`; 0 keeps none. */
export function makePool(start: () => Child, size: number): Pool {
  let spare: Child[] = []
  let closed = false
  const fill = (): void => {
    spare = spare.filter((c) => c.alive())
    while (!closed && spare.length < size) spare.push(start())
  }
  return {
    take() {
      const child = spare.find((c) => c.alive()) ?? start()
      spare = spare.filter((c) => c !== child)
      fill()
      return child
    },
    close() {
      closed = true
      for (const child of spare) child.kill()
      spare = []
    },
  }
}

/** At most `n` at a time; the others wait their turn in order. */
export function makeTurns(n: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = n
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((go) => waiting.push(go))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
