import { judge, type LineRules } from './line.ts'
import { linesOf, withoutMark } from './lines.ts'
import { faultOf, open, openDamaged } from './source.ts'
import { longestLine } from './sql.ts'
import { referenceOf } from './subject.ts'

/** Where in a file already scanned certain resources stand. */
export type TraceJob = Readonly<{
  path: string
  type: string
  rules: LineRules
  /** Ids that occur more than once. */
  ids: readonly string[]
  /** Subject references that lead to no Patient. */
  subjects: readonly string[]
}>

export type Traced = Readonly<{
  ids: readonly Readonly<{ line: number; id: string; updated: string }>[]
  subjects: readonly number[]
}>

/** Finds the lines of these ids and these subjects, among the lines that the scan accepts. */
export async function trace(job: TraceJob): Promise<Traced> {
  const ids = new Set(job.ids)
  const subjects = new Set(job.subjects)
  const found: { line: number; id: string; updated: string }[] = []
  const lines: number[] = []
  for await (const batch of linesOf(openAgain(job.path), longestLine, () => undefined))
    for (const { number, bytes } of batch) {
      if (bytes === undefined) continue
      const verdict = judge(number === 1 ? withoutMark(bytes) : bytes, job.rules)
      if (verdict.kind !== 'good' || verdict.type !== job.type) continue
      const { id, resource } = verdict
      if (ids.has(id)) found.push({ line: number, id, updated: updatedOf(resource) })
      const reference = referenceOf(resource)
      if (reference !== undefined && subjects.has(reference)) lines.push(number)
    }
  return { ids: found, subjects: lines }
}

/** What the scan could read of a damaged file, this reads as well. */
async function* openAgain(path: string): AsyncGenerator<Buffer> {
  const gz = path.endsWith('.gz')
  let passed = 0
  try {
    for await (const chunk of open(path, gz)) {
      passed += chunk.length
      yield chunk
    }
  } catch (error) {
    const fault = gz ? faultOf(error) : undefined
    if (fault === undefined) throw error
    let skip = passed
    for await (const chunk of openDamaged(path, fault)) {
      yield chunk.subarray(Math.min(skip, chunk.length))
      skip = Math.max(0, skip - chunk.length)
    }
  }
}

/** `meta.lastUpdated` as milliseconds, so that offsets do not matter; absent sorts first. */
function updatedOf(resource: Readonly<Record<string, unknown>>): string {
  const at = (resource['meta'] as { lastUpdated?: unknown } | undefined)?.lastUpdated
  const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString()
}
