import type { Scalar } from './ir.ts'
import { refine } from './refine.ts'
import { conjuncts } from './walk.ts'

/**
 * What a WHERE says of expressions, as refine.ts does of columns: after `WHERE year(d) BETWEEN 2019 AND 2023` the
 * expression `year(d)` has five values. Expressions are deterministic and look at one row, so the rows that are left
 * give in the SELECT list what they gave in the WHERE.
 */
export function factsOf(tests: readonly Scalar[]): (s: Scalar) => Scalar {
  const facts = new Map<string, Scalar[]>()
  for (const test of tests.flatMap(conjuncts)) {
    if (test.op !== 'call') continue
    const [subject, ...rest] = test.args
    if (subject === undefined || !derived(subject)) continue
    const about: Scalar = { ...test, args: [standIn(subject), ...rest] }
    facts.set(key(subject), [...(facts.get(key(subject)) ?? []), about])
  }
  return (s) => {
    const known = derived(s) ? facts.get(key(s)) : undefined
    return known === undefined
      ? s
      : { ...s, type: refine({ ...standIn(s), id: STAND_IN }, known).type }
  }
}

const derived = (s: Scalar): boolean => s.op === 'call' || s.op === 'case' || s.op === 'cast'

/** No column has this number. */
const STAND_IN = -1
const standIn = ({ type, constant, at }: Scalar): Scalar => ({
  op: 'column',
  id: STAND_IN,
  type,
  constant,
  at,
})

/** Equal for expressions that compute the same; what the WHERE knows of a column is in its type and does not matter. */
const key = (s: Scalar): string =>
  JSON.stringify(s, (field, value) =>
    field === 'at' || field === 'constant' ? undefined : field === 'type' ? value.kind : value,
  )
