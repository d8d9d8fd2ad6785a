import type { Framed } from '../analysis/frame.ts'
import type { Rules } from '../disclosure/protect.ts'
import { type Reduction, reduceModel, reduceParts } from '../disclosure/reduce.ts'
import type { NoiseKey } from '../disclosure/stream.ts'
import type { Aggregate, Protected } from '../domain/glass.ts'
import type { Proven } from '../domain/proven.ts'

/**
 * From a proven frame to what may be checked for release: one engine query for each part, or for each step of a model.
 * How many there are depends on the reducer, and for a model on noised numbers: never on an exact one.
 */
export async function reduced(
  framed: Framed,
  ask: (proven: Proven) => Promise<Aggregate>,
  rules: Rules,
  noise: NoiseKey,
): Promise<Protected> {
  const { proven } = framed
  if (framed.kind === 'model')
    return reduceModel(
      proven,
      framed.reducer,
      (beta) => ask({ ...proven, sql: framed.sqlAt(beta) }),
      rules,
      noise,
    )
  const parts: Reduction[] = []
  for (const part of framed.parts) parts.push({ ...part, aggregate: await ask(part.proven) })
  return reduceParts(proven, parts, rules, noise)
}
