import { commentsFor } from '../airlock/visible.ts'
import { charge } from '../disclosure/charge.ts'
import { type Asker, chargesFor } from '../disclosure/compose.ts'
import { thresholdsOf } from '../disclosure/statement.ts'
import { questionKey } from '../disclosure/stream.ts'
import { type OutputState, type Run, type RunState, runTransitions } from '../domain/analysis.ts'
import type { Page, Versioned } from '../domain/capabilities.ts'
import type { Permit } from '../domain/permit.ts'
import type { StatedPurpose } from '../domain/purpose.ts'
import type { Actor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import { alone } from './alone.ts'
import { ownAnalysis } from './analyse.ts'
import { gate, need, type Once } from './gate.ts'
import { assertNotHalted } from './halted.ts'
import type { House } from './house.ts'
import { assertReadable, described, now } from './inputs.ts'
import { type PageOf, pageOptions, values } from './page.ts'
import { type Meter, meterOf, permitNow } from './permit.ts'
import { assertRuntime, proveAsked } from './question.ts'

export type RunBody = Readonly<{ dataset: string; digest: string; purpose: StatedPurpose }>

/**
 * A listed person asks for a run. Purpose of use is judged again, the digest must be the approved one, and the budget is
 * charged from the query text before anything runs, failures included; a canonical repeat costs nothing, but where a person
 * script makes the table each run is charged (question.ts).
 * Answers the queued run; flow/execute.ts does the work. Throws `budget-exhausted` and changes nothing.
 */
export async function requestRun(
  house: House,
  actor: Actor,
  analysisId: string,
  body: RunBody,
  once?: Once,
): Promise<Run> {
  const found = await ownAnalysis(house, actor, analysisId)
  const { value: analysis } = found
  const { value: permit } = await permitNow(house, analysis.permit)
  const id = house.random.id('run')
  const { result } = await gate(house, {
    once,
    actor,
    decision: 'run',
    about: `analysis/${analysisId}`,
    input: {
      step: 'request',
      actor,
      now: now(house),
      permit,
      analysis: described(analysis),
      ...body,
    },
    act: async () => {
      await assertRuntime(house, analysis)
      await assertNotHalted(house, analysis)
      const { proven } = await proveAsked(house, permit, analysis, id)
      const workspace = permit.workspaces[body.dataset] ?? ''
      const key = questionKey(proven, { workspace, variance: analysis.variance })
      // What leaves exactly has no price in rho: two checkers decide it, and its release is charged to the lineage.
      const bounded = permit.conditions.profile === 'standard'
      const rho = bounded ? charge(proven, analysis.variance).rho : 0
      const run: Run = {
        id,
        permit: permit.id,
        analysis: analysisId,
        dataset: body.dataset,
        purpose: body.purpose,
        state: 'queued',
        requestedBy: actor.subject,
        createdAt: now(house),
        charged: bounded && (await house.store.charged(permit.id, key)) ? 0 : rho,
        thresholds: thresholdsOf(proven),
      }
      return {
        change: [
          ...(bounded ? chargesFor(askerOf(permit, body.dataset), key, rho) : []).map((it) =>
            it.charge === permit.id ? { ...it, expected: run.charged } : it,
          ),
          ...(await alone(house, found, body.dataset)),
          { put: 'run', value: run, version: 0 },
        ],
        events: [
          {
            type: 'run-requested',
            about: `run/${id}`,
            facts: {
              analysis: analysisId,
              permit: permit.id,
              dataset: body.dataset,
              purpose: body.purpose,
            },
          },
          {
            type: 'budget-charged',
            about: `permit/${permit.id}`,
            facts: { run: id, rho: run.charged },
          },
        ],
        result: run,
      }
    },
  })
  return result
}

/** The meters that a question over this dataset is charged to: of the permit, its group, and the dataset's lineage. */
export const askerOf = ({ id, conditions }: Permit, dataset: string): Asker => ({
  permit: id,
  budget: conditions.rho,
  datasets: [dataset],
  ...(conditions.group === undefined ? {} : { group: conditions.group }),
})

/** Only who may read the run may cancel it. A queued run ends at once; the child of a running one is killed. */
export async function cancelRun(house: House, actor: Actor, id: string): Promise<Run> {
  const { value, version } = await ownRun(house, actor, id)
  const { value: permit } = await permitNow(house, value.permit)
  const { value: analysis } = await need(house, 'analysis', value.analysis)
  const { result } = await gate(house, {
    actor,
    decision: 'run',
    about: `run/${id}`,
    input: {
      step: 'cancel',
      actor,
      now: now(house),
      purpose: value.purpose,
      permit,
      analysis: described(analysis),
      dataset: value.dataset,
      digest: analysis.digest,
      requestedBy: value.requestedBy,
    },
    act: () => {
      const run = settle(value, 'cancelled')
      return {
        change: [{ put: 'run', value: run, version }],
        events: [{ type: 'run-cancelled', about: `run/${id}`, facts: { permit: run.permit } }],
        result: run,
      }
    },
  })
  house.running.get(id)?.abort()
  return result
}

export async function ownRun(house: House, actor: Actor, id: string): Promise<Versioned<Run>> {
  const found = await need(house, 'run', id)
  const { value: permit } = await permitNow(house, found.value.permit)
  assertReadable(house, actor, { kind: 'run', id, persons: permit.authorisedPersons })
  return found
}

export async function listRuns(
  house: House,
  actor: Actor,
  permitId: string,
  page: PageOf,
): Promise<Page<Run>> {
  await permitNow(house, permitId, actor)
  return values(await house.store.list('run', pageOptions(page, { permit: permitId })))
}

/** How far an output has come; comments where it was returned. */
type Progress = Readonly<{ release: OutputState; comments?: readonly string[] }>
/** The run with the meter of its permit, and how far its outputs have come. */
export type RunView = Omit<Run, 'outputs' | 'thresholds'> &
  Readonly<{ meter: Meter }> &
  Partial<Progress> &
  Readonly<{ outputs?: readonly (Progress & Readonly<{ name: string; output: string }>)[] }>

/**
 * The run as its readers see it. It counts as running until each output has passed the release gate or waits for its
 * checkers, so that `finished` means: `release` says what became of it.
 */
export async function viewRun(house: House, run: Run): Promise<RunView> {
  const { value: permit } = await need(house, 'permit', run.permit)
  const { outputs: named, thresholds: _, ...rest } = run
  const plain = { ...rest, meter: await meterOf(house, permit) }
  if (run.state !== 'finished') return plain
  const progress = async (id: string): Promise<Progress | undefined> => {
    const { value } = await need(house, 'output', id)
    const comments = commentsFor(value)
    if (value.state === 'checked') return undefined
    return { release: value.state, ...(comments.length === 0 ? {} : { comments }) }
  }
  if (named === undefined) {
    const own = run.output === undefined ? undefined : await progress(run.output)
    return own === undefined ? { ...plain, state: 'running' } : { ...plain, ...own }
  }
  const outputs = []
  for (const it of named) {
    const own = await progress(it.output)
    if (own === undefined) return { ...plain, state: 'running' }
    outputs.push({ ...it, ...own })
  }
  return { ...plain, outputs }
}

export const settle = (run: Run, to: RunState): Run => ({
  ...run,
  state: move(runTransitions, run.state, to, 'gateway'),
})
