import type { Place } from './context.ts'
import type { Scalar } from './ir.ts'
import type { ReadExpression } from './over.ts'
import { condition } from './scalars.ts'
import type { Reader } from './tree.ts'

/**
 * `count(DISTINCT CASE WHEN condition THEN person_id END)` counts as `count(DISTINCT person_id) FILTER (WHERE condition)`
 * does. The key is nobody's value here either: it is carried to the count and compared with nothing. Undefined where the
 * argument is anything else.
 */
export function countedWhen(
  r: Reader,
  place: Place,
  read: ReadExpression,
): Readonly<{ key: Scalar; when: Scalar }> | undefined {
  const [argument, ...more] = r.children('children')
  if (argument?.['type'] !== 'CASE_EXPR' || more.length > 0) return undefined
  const chosen = place.context.read(argument)
  const [only, ...others] = chosen.children('case_checks')
  const otherwise = chosen.child('else_expr')
  if (only === undefined || others.length > 0 || otherwise['type'] !== 'VALUE_CONSTANT')
    return undefined
  const check = place.context.read(only)
  const then = check.child('then_expr')
  if (then['type'] !== 'COLUMN_REF') return undefined
  const [key, none] = [read(then, place), read(otherwise, place)]
  if (key.op !== 'column' || key.type.kind !== 'person' || none.type.kind !== 'null')
    return undefined
  const when = condition(read(check.child('when_expr'), place))
  check.done()
  chosen.done()
  return { key, when }
}
