import { standing } from '../airlock/states.ts'
import { type Output, type OutputState, outputTransitions } from '../domain/analysis.ts'
import { Problem } from '../domain/problem.ts'
import type { Verdict } from '../domain/review.ts'
import { gatewayActor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import { gate, need } from './gate.ts'
import type { House } from './house.ts'
import { now, promised } from './inputs.ts'
import { permitNow } from './permit.ts'
import { votesFacts } from './queue.ts'
import { releaseOutput } from './release.ts'

/**
 * Does what the votes on an output come to, if anything: the release gate, withholding, or the return to the researcher.
 * Doing it twice does nothing more, so that a crash between the last vote and this is made good at the next start.
 */
export async function settleReview(house: House, id: string): Promise<void> {
  const { value: output } = await need(house, 'output', id)
  const { review } = output
  if (output.queue !== 'open' || review === undefined) return
  const { value: permit } = await permitNow(house, output.permit)
  const ended = review.kind === 'release' && permit.state !== 'granted'
  const outcome = review.closed?.verdict ?? standing(review)
  if (!ended && (outcome === 'blind' || outcome === 'disagreed')) return
  try {
    // The gate withholds what a permit that has ended would release (63(3)), whatever the votes say.
    if (ended || (outcome === 'release' && review.kind === 'release'))
      await releaseOutput(house, id)
    else if (outcome !== 'blind' && outcome !== 'disagreed') await close(house, id, outcome)
  } catch (error) {
    // Somebody else settled it at the same moment.
    if (!(error instanceof Problem) || error.code !== 'conflict') throw error
  }
}

/**
 * What is decided but not done: after a crash at the next start, and for one permit when it is revoked, whose waiting
 * outputs are withheld.
 */
export async function settleAll(
  house: House,
  where: Readonly<{ permit?: string }> = {},
): Promise<void> {
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await house.store.list('output', {
      where: { ...where, queue: 'open' },
      order: 'oldest',
      limit: 1000,
      ...(after === undefined ? {} : { after }),
    })
    for (const { value } of page.items) await settleReview(house, value.id)
    after = page.next
  }
}

/** A sample that is confirmed stays released; called back it is withheld, as what was never released. */
const STATE: Readonly<Record<Verdict, Readonly<Record<'release' | 'sample', OutputState>>>> = {
  release: { release: 'released', sample: 'released' },
  withhold: { release: 'withheld', sample: 'withheld' },
  return: { release: 'returned', sample: 'withheld' },
}
const EVENT = {
  released: 'review-closed',
  withheld: 'output-withheld',
  returned: 'output-returned',
} as const

async function close(house: House, id: string, verdict: Verdict): Promise<void> {
  const { value: output, version } = await need(house, 'output', id)
  const { value: run } = await need(house, 'run', output.run)
  const { value: permit } = await permitNow(house, output.permit)
  const to = STATE[verdict][output.review?.kind ?? 'release']
  if (to !== 'released' && to !== 'withheld' && to !== 'returned') return
  await gate(house, {
    actor: gatewayActor,
    decision: 'release',
    about: `output/${id}`,
    input: {
      step: to === 'released' ? 'confirm' : to === 'returned' ? 'return' : 'withhold',
      actor: gatewayActor,
      now: now(house),
      permit,
      run,
      ...(await votesFacts(house, output, run)),
      output: promised(output),
    },
    act: () => {
      const { queue: _, ...rest } = output
      const state =
        output.state === to ? to : move(outputTransitions, output.state, to, gatewayActor.role)
      const closed: Output = { ...rest, state }
      return {
        change: [{ put: 'output', value: closed, version }],
        events: [
          {
            type: EVENT[to],
            about: `output/${id}`,
            facts: { digest: output.digest, rule: 'review', kind: output.review?.kind },
          },
        ],
        result: undefined,
      }
    },
  })
}
