import { evalSqlOnFhir } from '@medplum/core'
import { bag, type Row } from '../../conformance/views-suite.ts'

export type Answer =
  | Readonly<{ kind: 'rows'; rows: readonly Row[] }>
  | Readonly<{ kind: 'error'; rule: string }>
  /** An error of the engine that no alarm explains: never alike to anything. */
  | Readonly<{ kind: 'bug'; rule: string }>

/** Medplum's evaluator: rows as it gives them, or its error's text. */
export function peer(view: unknown, resources: readonly unknown[]): Answer {
  try {
    type Arguments = Parameters<typeof evalSqlOnFhir>
    const rows = evalSqlOnFhir(view as Arguments[0], resources as Arguments[1])
    return { kind: 'rows', rows: rows as readonly Row[] }
  } catch (error) {
    return { kind: 'error', rule: error instanceof Error ? error.message : 'unknown' }
  }
}

export type Column = Readonly<{ name: string; collection: boolean }>

/**
 * Rows alike as far as the peer can say: a column that it leaves out of a null row is null, and it knows no empty
 * collection, only null. Both departures are pinned in test/views/peer.test.ts.
 */
const alike = (rows: readonly Row[], columns: readonly Column[]): readonly Row[] =>
  rows.map((r) =>
    Object.fromEntries(
      columns.map(({ name, collection }) => {
        const value = r[name] ?? null
        return [name, collection && Array.isArray(value) && value.length === 0 ? null : value]
      }),
    ),
  )

export function same(ours: Answer, theirs: Answer, columns: readonly Column[]): boolean {
  if (ours.kind === 'bug' || theirs.kind === 'bug') return false
  if (ours.kind === 'error' || theirs.kind === 'error') return ours.kind === theirs.kind
  const [a, b] = [bag(alike(ours.rows, columns)), bag(alike(theirs.rows, columns))]
  return a.length === b.length && a.every((row, i) => row === b[i])
}
