import { z } from 'zod'
import type { Cell } from '../../domain/glass.ts'
import { Problem } from '../../domain/problem.ts'
import type {
  DeclaredFigure,
  DeclaredModel,
  DeclaredOutput,
  DeclaredTable,
} from '../../domain/script.ts'

/** What a script answered, by kind, once it has its evidence. */
export type Declared =
  | Readonly<{ kind: 'table'; value: DeclaredTable }>
  | Readonly<{ kind: 'model'; value: DeclaredModel }>
  | Readonly<{ kind: 'figure'; value: DeclaredFigure }>

const MOST_ROWS = 1000
/** Of one line: what is not seen is not checked, and no database keeps a zero byte. */
const line = z
  .string()
  .max(100)
  .regex(/^\P{Cc}*$/u)
const cell = z.union([line, z.number(), z.boolean(), z.null()])
const name = line.min(1)
const persons = z.int().min(0)
const share = z.number().min(0).max(1)

const table: z.ZodType<DeclaredTable> = z
  .strictObject({
    labels: z.array(name).max(6),
    values: z.array(name).min(1).max(20),
    rows: z
      .array(
        z.strictObject({
          labels: z.array(cell),
          values: z.array(cell),
          persons,
          top: z.tuple([share, share]).exactOptional(),
        }),
      )
      .max(MOST_ROWS),
  })
  .refine(({ labels, values, rows }) =>
    rows.every((r) => r.labels.length === labels.length && r.values.length === values.length),
  )
  .refine(({ rows }) => new Set(rows.map((r) => JSON.stringify(r.labels))).size === rows.length)

const model: z.ZodType<DeclaredModel> = z.strictObject({
  terms: z
    .array(
      z.strictObject({
        term: name,
        estimate: z.number(),
        se: z.number().min(0),
        persons: persons.exactOptional(),
      }),
    )
    .min(1)
    .max(100),
  persons,
  outcome: persons.exactOptional(),
  parameters: z.int().min(1),
  leverage: share,
})

const figure: z.ZodType<DeclaredFigure> = z.strictObject({
  x: name,
  y: name,
  points: z.array(z.strictObject({ series: line, x: cell, y: z.number(), persons })).max(MOST_ROWS),
})

/**
 * Reads one declared output with its evidence. Throws `run-failed` of rule `output-undeclared` or `output-shape`, naming
 * the output and nothing that is in it.
 */
export function readDeclared(declared: DeclaredOutput, answer: unknown): Declared {
  const place = `output/${declared.name}`
  if (answer === undefined) throw new Problem('run-failed', { rule: 'output-missing', place })
  const read = <T>(schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(answer)
    if (!parsed.success) throw new Problem('run-failed', { rule: 'output-shape', place })
    return parsed.data
  }
  switch (declared.kind) {
    case 'table': {
      const value = read(table)
      return { kind: 'table', value: { ...value, rows: sorted(value.rows, (r) => r.labels) } }
    }
    case 'model': {
      const value = read(model)
      return { kind: 'model', value: { ...value, terms: sorted(value.terms, (t) => [t.term]) } }
    }
    case 'figure': {
      const value = read(figure)
      return {
        kind: 'figure',
        value: { ...value, points: sorted(value.points, (p) => [p.series, p.x]) },
      }
    }
  }
}

/** By what they are about, and never in the script's order: an order of n things says log2(n!) bits. */
function sorted<T>(items: readonly T[], by: (item: T) => readonly Cell[]): T[] {
  return items.toSorted((a, b) => {
    const [x, y] = [by(a), by(b)]
    for (const [i, left] of x.entries()) {
      const right = y[i] ?? null
      if (left === right) continue
      if (typeof left === 'number' && typeof right === 'number') return left - right
      return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1
    }
    return 0
  })
}

/** All declared outputs, and nothing else: what a script answers beyond its declaration fails the run. */
export function readAll(
  outputs: readonly DeclaredOutput[],
  answers: Readonly<Record<string, unknown>>,
): readonly Readonly<{ declared: DeclaredOutput; answer: Declared }>[] {
  const known = new Set(outputs.map((o) => o.name))
  if (Object.keys(answers).some((name) => !known.has(name)))
    throw new Problem('run-failed', { rule: 'output-undeclared', place: 'outputs' })
  return outputs.map((declared) => ({
    declared,
    answer: readDeclared(
      declared,
      Object.hasOwn(answers, declared.name) ? answers[declared.name] : undefined,
    ),
  }))
}
