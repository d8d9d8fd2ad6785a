import type { Dice } from '../../../tools/fixtures/random.ts'
import { columnPath, constants, criterion, type Focus, singleOf, type Want, walk } from './paths.ts'
import { isPrimitive, type roots } from './shape.ts'

export type RandomView = Readonly<{
  resource: string
  constant: readonly unknown[]
  where?: readonly Readonly<{ path: string }>[]
  select: readonly RandomSelect[]
}>
export type RandomSelect = Readonly<{
  forEach?: string
  forEachOrNull?: string
  repeat?: readonly string[]
  column?: readonly Readonly<{ name: string; path: string; collection?: boolean; type?: string }>[]
  select?: readonly RandomSelect[]
  unionAll?: readonly RandomSelect[]
}>
type Iteration = Pick<RandomSelect, 'forEach' | 'forEachOrNull' | 'repeat'>
type Names = () => string

function iteration(d: Dice, focus: Focus): { how: Iteration; inner: Focus } {
  const none = { how: {}, inner: focus }
  const kind = d.weighted([25, 35, 35, 5])
  if (kind === 0 || isPrimitive(focus.type)) return none
  if (kind === 3 && focus.type === 'QuestionnaireResponse') {
    const paths = d.pick([['item'], ['item', 'answer.item']])
    return { how: { repeat: paths }, inner: { type: 'QuestionnaireResponse.item', root: false } }
  }
  const to = walk(d, focus, (t) => t.many || d.chance(0.3))
  if (!to) return none
  const inner = { type: to.type, root: false }
  return { how: kind === 1 ? { forEach: to.path } : { forEachOrNull: to.path }, inner }
}

function column(d: Dice, focus: Focus, name: string): NonNullable<RandomSelect['column']>[number] {
  const { path, type, many } = columnPath(d, focus)
  const typed = d.chance(0.3) ? { type } : {}
  if (many && d.chance(0.55)) return { name, path, collection: true, ...typed }
  if (many && d.chance(0.85)) return { name, path: `${path}.first()`, ...typed }
  return d.chance(0.08) ? { name, path, collection: true, ...typed } : { name, path, ...typed }
}

/** Branches with the same columns, some of which iterate, nest or are unions themselves. */
function union(
  d: Dice,
  focus: Focus,
  columns: readonly (readonly [string, Want])[],
  depth: number,
): RandomSelect[] {
  return Array.from({ length: d.integer(1, 3) }, () => {
    const { how, inner } = d.chance(0.6) ? iteration(d, focus) : { how: {}, inner: focus }
    if (depth < 1 && d.chance(0.15))
      return { ...how, unionAll: union(d, inner, columns, depth + 1) }
    const made = columns.map(([name, want]) => ({ name, path: singleOf(d, inner, want) }))
    const [first, ...rest] = made
    if (first && rest.length > 0 && d.chance(0.2))
      return { ...how, column: [first], select: [{ column: rest }] }
    return { ...how, column: made }
  })
}

function select(d: Dice, focus: Focus, depth: number, names: Names): RandomSelect {
  const { how, inner } = d.chance(0.7) ? iteration(d, focus) : { how: {}, inner: focus }
  const many = (p: number, most: number): null[] =>
    d.chance(p) ? Array.from({ length: d.integer(1, most) }, () => null) : []
  const columns = many(0.85, 3).map(() => column(d, inner, names()))
  const nested = depth < 2 ? many(0.35, 2).map(() => select(d, inner, depth + 1, names)) : []
  const wants = many(0.25, 2).map((): readonly [string, Want] => [
    names(),
    d.pick<Want>(['string', 'boolean', 'integer']),
  ])
  const unionAll = wants.length > 0 ? union(d, inner, wants, depth) : []
  return {
    ...how,
    ...(columns.length + nested.length + unionAll.length === 0 || columns.length > 0
      ? { column: columns.length > 0 ? columns : [column(d, inner, names())] }
      : {}),
    ...(nested.length > 0 ? { select: nested } : {}),
    ...(unionAll.length > 0 ? { unionAll } : {}),
  }
}

/** A random view over one of the roots; the same dice, the same view. */
export function generateView(d: Dice, resource: (typeof roots)[number]): RandomView {
  let n = 0
  const names = (): string => `c${++n}`
  const focus = { type: resource, root: true }
  const selects = Array.from({ length: d.integer(1, 2) }, () => select(d, focus, 0, names))
  return {
    resource,
    constant: constants,
    ...(d.chance(0.2) ? { where: [{ path: criterion(d, focus, 0) }] } : {}),
    select: selects,
  }
}
