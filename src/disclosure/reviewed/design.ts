import type { Cell } from '../../domain/glass.ts'

/** The columns of a model, as numbers: names of terms, and per person one row. */
export type Design = Readonly<{
  terms: readonly string[]
  x: readonly (readonly number[])[]
  /** Rows of the frame that have a value in every column used. */
  used: readonly number[]
}>

const numeric = (cell: Cell): number => Number(cell)

/**
 * Treatment contrasts as R makes them: numbers and booleans as they are, texts as one indicator for each level after the
 * first in code-unit order. Persons with a missing value in any column used are left out (complete cases).
 */
export function designOf(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  spec: Readonly<{ terms: readonly string[]; also: readonly string[] }>,
): Design {
  const at = (name: string): number => {
    const i = columns.indexOf(name)
    if (i < 0) throw new RangeError('a term that the frame does not have')
    return i
  }
  const needed = [...spec.terms, ...spec.also].map(at)
  const used = rows.flatMap((row, i) => (needed.every((c) => row[c] !== null) ? [i] : []))
  const parts = spec.terms.map((name) => {
    const values = used.map((i) => rows[i]?.[at(name)] ?? null)
    if (!values.some((v) => typeof v === 'string'))
      return { names: [name], columns: [values.map(numeric)] }
    const [, ...levels] = [...new Set(values.map(String))].sort()
    return {
      names: levels.map((level) => `${name}=${level}`),
      columns: levels.map((level) => values.map((v) => Number(v === level))),
    }
  })
  const made = parts.flatMap((p) => p.columns)
  return {
    terms: parts.flatMap((p) => p.names),
    x: used.map((_, r) => made.map((column) => column[r] as number)),
    used,
  }
}
