import type { LoadView } from '../../src/ingest/view.ts'
import { compileView } from '../../src/views/compile.ts'
import { standardViews } from '../../src/views/dictionary.ts'

/** The compiler's answer as the loader wants it. */
export const loadView = (table: string, view: unknown): LoadView => {
  const { resource, reads } = compileView(view, { source: "''" })
  return {
    name: table,
    resource,
    reads,
    select: (relation, bases) => compileView(view, { source: "''", relation, bases }).sql,
  }
}

export const standardLoadViews = (): readonly LoadView[] =>
  standardViews.map(({ table, view }) => loadView(table, view))
