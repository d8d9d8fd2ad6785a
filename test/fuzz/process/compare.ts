import type { DuckDBConnection } from '@duckdb/node-api'
import { bag, execute, type Outcome, plain } from '../../conformance/views-suite.ts'
import type { RandomView } from './generate.ts'
import { allRules, corrected, peer, type Row, type Rule } from './peer.ts'
import type { Generated } from './resources.ts'

/** What an evaluator says: its rows as a bag, or that it stopped. */
type Answer = Readonly<{ rows: string } | { stopped: string }>
/** What is neither rows nor a named refusal is a fault of the compiler. */
type Bug = Readonly<{ bug: string }>
export type Comparison =
  | Readonly<{ kind: 'same' | 'both-stop' }>
  | Readonly<{ kind: 'known'; rules: readonly Rule[] }>
  | Readonly<{ kind: 'unexplained'; ours: Answer | Bug; theirs: Answer }>

const same = (a: Answer, b: Answer): boolean =>
  'rows' in a ? 'rows' in b && a.rows === b.rows : 'stopped' in b

function asked(run: () => readonly Row[]): Answer {
  try {
    return { rows: JSON.stringify(bag(run().map(plain))) }
  } catch (error) {
    return { stopped: error instanceof Error ? error.message : 'unknown' }
  }
}

const answerOf = (outcome: Outcome): Answer =>
  outcome.kind === 'rows'
    ? { rows: JSON.stringify(bag(outcome.rows)) }
    : { stopped: JSON.stringify(outcome.problem.facts) }

/**
 * Ours through the real DuckDB against Medplum. A difference is known only where the specification's pseudocode, with
 * named corrections of the peer, gives exactly our rows; its rules are those without which it would not.
 */
export async function compare(
  connection: DuckDBConnection,
  view: RandomView,
  resources: readonly Generated[],
  file: string,
): Promise<Comparison> {
  const ours = await execute(connection, view, file).then(answerOf, (error: unknown) => ({
    bug: error instanceof Error ? error.message : 'unknown',
  }))
  if ('bug' in ours) return { kind: 'unexplained', ours, theirs: { stopped: 'not asked' } }
  const theirs = asked(() => peer(view, resources))
  if (same(ours, theirs)) return { kind: 'rows' in ours ? 'same' : 'both-stop' }
  const right = [allRules, allRules.filter((r) => r !== 'many-values-in-no-row')].find((on) =>
    same(
      ours,
      asked(() => corrected(view, resources, new Set(on))),
    ),
  )
  if (!right)
    return {
      kind: 'unexplained',
      ours,
      theirs: asked(() => corrected(view, resources, new Set(allRules))),
    }
  const needed = right.filter((rule) => {
    const without = new Set(right.filter((r) => r !== rule))
    return !same(
      ours,
      asked(() => corrected(view, resources, without)),
    )
  })
  return { kind: 'known', rules: needed }
}
