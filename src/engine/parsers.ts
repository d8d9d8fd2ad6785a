import type { Child } from './child.ts'
import { expectNoFailure, generic } from './failure.ts'
import { makePool, makeTurns, type Pool } from './pool.ts'

const PARSE_MS = 10_000
const PARSES_PER_CHILD = 256

export type Parsers = ((
  request: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>>>) &
  Readonly<{ close(): void }>

/** Parse children hold no data, so one serves many texts; a bad answer only ever reaches the proof, which distrusts it. */
export function makeParsers(start: () => Child, spares: number): Parsers {
  const pool: Pool = makePool(start, spares)
  const turn = makeTurns(2)
  let idle: Readonly<{ child: Child; left: number }>[] = []
  const ask = (request: Readonly<Record<string, unknown>>) =>
    turn(() =>
      generic(async () => {
        const { child, left } = idle.pop() ?? { child: pool.take(), left: PARSES_PER_CHILD }
        const answer = await child.ask(request, { ms: PARSE_MS })
        if (left > 1 && child.alive()) idle.push({ child, left: left - 1 })
        else child.kill()
        return expectNoFailure(answer)
      }),
    )
  return Object.assign(ask, {
    close: () => {
      pool.close()
      for (const { child } of idle) child.kill()
      idle = []
    },
  })
}
