import { type Report, report, type Scripted } from '../analysis/scripted/report.ts'
import type { Analysis } from '../domain/analysis.ts'
import type { House } from './house.ts'

/**
 * The static report of an analysis with a script, for the officer: beside the newest earlier approved script of the same
 * permit and name, its diff base. Undefined where there is no script.
 */
export async function reportOf(house: House, analysis: Analysis): Promise<Report | undefined> {
  const own = scripted(analysis)
  if (own === undefined) return undefined
  return report(own, await baseOf(house, analysis))
}

/** The permit's analyses, newest first, a page at a time until one fits. */
async function baseOf(house: House, analysis: Analysis): Promise<Scripted | undefined> {
  const where = { permit: analysis.permit, name: analysis.name, state: 'approved' }
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await house.store.list('analysis', {
      where,
      limit: 100,
      ...(after === undefined ? {} : { after }),
    })
    for (const { value } of page.items) {
      const found = scripted(value)
      const same = found?.script.language === analysis.script?.language
      const earlier = value.id !== analysis.id && value.createdAt <= analysis.createdAt
      if (found !== undefined && same && earlier) return found
    }
    after = page.next
  }
  return undefined
}

function scripted({ id, text, reducer, script }: Analysis): Scripted | undefined {
  return script === undefined
    ? undefined
    : { id, text, script, ...(reducer === undefined ? {} : { reducer }) }
}
