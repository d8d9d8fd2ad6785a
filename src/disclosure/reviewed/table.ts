import type { Cell } from '../../domain/glass.ts'
import { cellKey } from '../stream.ts'

/** Stands for "all values" of a label in a table with margins. */
export const ALL = Symbol('all')
export type Place = readonly (Cell | typeof ALL)[]

/** A table of counts with every margin, and the sums that tie them: total = the sum of its parts. */
export type Margined = Readonly<{
  places: readonly Place[]
  counts: readonly number[]
  /** Indexes: the first is the total of the others. */
  relations: readonly (readonly number[])[]
}>

const placeKey = (place: Place): string =>
  place.map((p) => (p === ALL ? '*' : `=${cellKey([p])}`)).join()

const product = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>((rows, list) => rows.flatMap((r) => list.map((v) => [...r, v])), [[]])

/** Adds the margins over every label; a combination without anybody is a cell of nobody. */
export function withMargins(
  domains: readonly (readonly Cell[])[],
  cells: readonly Readonly<{ labels: readonly Cell[]; persons: number }>[],
): Margined {
  const places: Place[] = product<Cell | typeof ALL>(domains.map((d) => [...d, ALL]))
  const index = new Map(places.map((p, i) => [placeKey(p), i]))
  const counts = places.map(() => 0)
  for (const { labels, persons } of cells)
    for (const place of product<Cell | typeof ALL>(labels.map((l) => [l, ALL]))) {
      const at = index.get(placeKey(place))
      if (at === undefined) throw new Error('a cell outside the public grid')
      counts[at] = (counts[at] as number) + persons
    }
  const relations = places.flatMap((place, total) =>
    place.flatMap((p, d) => {
      if (p !== ALL) return []
      const parts = (domains[d] ?? []).map((v) =>
        index.get(placeKey(place.map((q, e) => (e === d ? v : q)))),
      )
      return [[total, ...(parts as number[])]]
    }),
  )
  return { places, counts, relations }
}
