import type { Analysis } from '../domain/analysis.ts'
import type { Versioned, Write } from '../domain/capabilities.ts'
import { Problem } from '../domain/problem.ts'
import { need } from './gate.ts'
import type { House } from './house.ts'

/**
 * A script over the whole workspace runs over a dataset once at a time, and again only when nothing of its last run waits for
 * checkers. It has a clock and chooses whether it fails: runs at once, or one after the other, would each say one bit before
 * anybody has looked. Answers what two requests at the same moment cannot both write. Throws `conflict` of rule `whole-waits`.
 */
export async function alone(
  house: House,
  { value: analysis, version }: Versioned<Analysis>,
  dataset: string,
): Promise<readonly Write[]> {
  if (analysis.script?.mode !== 'whole') return []
  const last = async (state: string) =>
    (
      await house.store.list('run', {
        where: { analysis: analysis.id, dataset, state },
        limit: 1,
      })
    ).items[0]?.value
  if ((await last('queued')) !== undefined || (await last('running')) !== undefined) throw waits()
  for (const { output } of (await last('finished'))?.outputs ?? []) {
    const { value } = await need(house, 'output', output)
    if (value.state === 'checked' || value.queue === 'open') throw waits()
  }
  return [{ put: 'analysis', value: analysis, version }]
}

const waits = (): Problem =>
  new Problem('conflict', {
    rule: 'whole-waits',
    place: 'body/dataset',
    reason:
      'A run of this script over this dataset is under way, or its outputs wait for checkers.',
    fix: 'Wait for its end and for the checkers.',
  })
