import type { LoadView } from '../../src/ingest/view.ts'
import { compileView } from '../../src/views/compile.ts'
import { standardViews } from '../../src/views/dictionary.ts'

/** The standard views as the loader takes them. */
export const standardLoadViews = (): readonly LoadView[] =>
  standardViews.map(({ table, view }) => {
    const { resource, reads } = compileView(view, { source: "''" })
    return {
      name: table,
      resource,
      reads,
      select: (relation, bases) => compileView(view, { source: "''", relation, bases }).sql,
    }
  })
