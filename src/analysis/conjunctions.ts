import type { Context } from './context.ts'
import type { Node } from './tree.ts'

/** The parts of a condition that are joined by AND at its top: only there may two keys be equated. */
export function conjunctNodes(node: Node, context: Context): readonly Node[] {
  if (node['type'] !== 'CONJUNCTION_AND') return [node]
  const r = context.read(node)
  const parts = r.children('children')
  r.done()
  return parts.flatMap((p) => conjunctNodes(p, context))
}
