import type { LoadView } from '../ingest/view.ts'
import { compileView } from '../views/compile.ts'
import type { StandardView } from '../views/dictionary.ts'

/** The compiler's answer as the loader takes it: the rooms do not know each other. */
export function loadView({ table, view }: Pick<StandardView, 'table' | 'view'>): LoadView {
  const { resource, reads } = compileView(view, { source: "''" })
  return {
    name: table,
    resource,
    reads,
    select: (relation, bases) => compileView(view, { source: "''", relation, bases }).sql,
  }
}
