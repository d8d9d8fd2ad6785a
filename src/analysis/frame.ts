import type { Dictionary } from '../domain/dataset.ts'
import type { Proven, Statistic } from '../domain/proven.ts'
import type { ModelReducer, ReducerSpec, SummedReducer } from '../domain/reducer.ts'
import { bearable } from './burden.ts'
import type { Frame } from './frame-columns.ts'
import { type ModelDraft, modelDraft } from './model.ts'
import { printRelease } from './print-release.ts'
import { opened, type ProveOptions, provenOf } from './prove.ts'
import { type Draft, drafts } from './reducers.ts'
import type { Release } from './release.ts'
import { refuse } from './rules.ts'
import { query } from './select.ts'

export type FramePart = Readonly<{ proven: Proven; reducer: SummedReducer }>

/** A frame and its reducer, proven. `proven` is what is charged and what the policy hears of: everything together. */
export type Framed = Readonly<{ proven: Proven }> &
  (
    | Readonly<{ kind: 'parts'; parts: readonly FramePart[] }>
    | Readonly<{
        kind: 'model'
        reducer: ModelReducer
        /** Our printing that sums the contributions at these coefficients; at zeros it is `proven.sql`. */
        sqlAt(beta: readonly number[]): string
      }>
  )

/**
 * Proves a frame, that is a query with one row per person, and a reducer over it (design/disclosure.md, trusted
 * operators). The reducer's sums are printed by us with the same typing and bounds as a released SELECT. Depends on text,
 * reducer and dictionary alone. Throws a Problem with rule, place (line:column of the text, or a JSON pointer into the
 * reducer), reason and fix.
 */
export function proveFrame(
  ast: string,
  dictionary: Dictionary,
  spec: ReducerSpec,
  options: ProveOptions = {},
): Framed {
  const workspace = options.workspace ?? 'ws'
  const frame = frameOf(ast, dictionary, options)
  if (spec.kind === 'glm' || spec.kind === 'cox')
    return refuse('reducer-needs-reviewed', '/reducer/kind')
  if (spec.kind === 'logistic' || spec.kind === 'poisson')
    return model(modelDraft(spec, frame), workspace)
  const parts = drafts(spec, frame).map((draft): FramePart => {
    const { reducer } = draft
    const release = releaseOf(draft)
    return {
      reducer,
      proven: provenOf(release, printRelease(release, workspace), unnamed(reducer)),
    }
  })
  return { kind: 'parts', parts, proven: together(parts.map((p) => p.proven)) }
}

/** A query with one row per person. Throws `frame-needs-one-row`, `release-about-nobody`, and what its reading throws. */
export function frameOf(ast: string, dictionary: Dictionary, options: ProveOptions): Frame {
  const { statement, context } = opened(ast, dictionary, options)
  const at = context.read(statement).place
  const read = query(statement, context, new Map())
  if (read.relation.key === undefined) refuse('release-about-nobody', at)
  if (read.relation.rows !== 1) refuse('frame-needs-one-row', at)
  bearable(
    read.relation,
    read.relation.columns.map((c) => c.id),
    at,
  )
  return { query: read, context }
}

function model(draft: ModelDraft, workspace: string): Framed {
  const { reducer, at } = draft
  const sqlAt = (beta: readonly number[]) => printRelease(releaseOf(at(beta)), workspace).sql
  const start = releaseOf(at(reducer.terms.map(() => 0)))
  const proven = provenOf(start, printRelease(start, workspace), unnamed(reducer))
  return { kind: 'model', proven, reducer, sqlAt }
}

/** The columns of a reduced table; their values come from the reducer, not from one statistic. */
const releaseOf = ({ relation, labels, statistics, shown }: Omit<Draft, 'reducer'>): Release => {
  const output = [
    ...labels.flatMap(({ name }, label) =>
      shown.labels.includes(label) ? [{ name, kind: 'label', label } as const] : [],
    ),
    ...[...shown.subject, 'estimate', 'lo95', 'hi95', 'persons'].map(
      (name) => ({ name, kind: 'value', statistic: statistics[0]?.id ?? '' }) as const,
    ),
  ]
  const names = output.map((o) => o.name.toLowerCase())
  if (new Set(names).size < names.length)
    refuse('release-duplicate-name', '/reducer', {
      reason: `A label has the name of another column of the result: ${names.join(', ')}.`,
      fix: 'Give it another alias in the frame.',
    })
  return { relation, labels, statistics, cells: 1, output, order: [], having: [] }
}

/** The reducer without names of the researcher: equal questions in other words are the same question. */
const unnamed = (reducer: SummedReducer | ModelReducer): unknown => ({
  ...reducer,
  ...('terms' in reducer && { terms: reducer.terms.length }),
  ...('name' in reducer && { name: '' }),
})

/** Parts that leave as one table, as one proof for the accountant and the policy. */
function together(proofs: readonly Proven[]): Proven {
  const [first, ...more] = proofs
  if (first === undefined) throw new Error('a reducer without a part')
  if (more.length === 0) return first
  const renamed = (s: Statistic, part: number): Statistic => ({
    ...s,
    id: `p${part}.${s.id}`,
    contributors: `p${part}.${s.contributors}`,
  })
  const union = (of: (p: Proven) => readonly string[]): string[] =>
    [...new Set(proofs.flatMap(of))].toSorted()
  return {
    ...first,
    canonical: JSON.stringify(proofs.map((p) => p.canonical)),
    tables: union((p) => p.tables),
    columns: union((p) => p.columns),
    statistics: proofs.flatMap((p, i) => p.statistics.map((s) => renamed(s, i))),
  }
}
