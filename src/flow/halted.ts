import type { Analysis } from '../domain/analysis.ts'
import { Problem } from '../domain/problem.ts'
import type { House } from './house.ts'

/**
 * A question in SQL that died may have been brought to the edge of memory or time by everybody together, and tipped over it by
 * one person. Its text is suspended; another text, approved by its proof, would try the same again. So while one waits for a
 * checker, no question of the permit runs that nobody has read. Throws `conflict` of rule `permit-waits`.
 */
export async function assertNotHalted(
  house: House,
  { permit, script }: Pick<Analysis, 'permit' | 'script'>,
): Promise<void> {
  if (script !== undefined) return
  const where = { permit, state: 'suspended' }
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await house.store.list('analysis', {
      where,
      limit: 100,
      ...(after === undefined ? {} : { after }),
    })
    if (page.items.some((it) => it.value.script === undefined))
      throw new Problem('conflict', {
        rule: 'permit-waits',
        place: `permit/${permit}`,
        reason:
          'A run of this permit failed, and no output checker has looked at its analysis yet.',
        fix: 'Wait until an output checker resumes or refuses the suspended analysis.',
      })
    after = page.next
  }
}
