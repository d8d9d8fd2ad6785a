import { checkPlan } from '../analysis/prove.ts'
import { type Analysis, analysisTransitions, type Run, runTransitions } from '../domain/analysis.ts'
import type { Versioned, Write } from '../domain/capabilities.ts'
import type { Event, EventType } from '../domain/event.ts'
import type { Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import { gatewayActor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import { type Disclosed, disclose } from './disclose.ts'
import { gate, need } from './gate.ts'
import { assertNotHalted } from './halted.ts'
import type { House } from './house.ts'
import { described, now } from './inputs.ts'
import { permitNow } from './permit.ts'
import { proveAsked, tablesOf } from './question.ts'
import { outputOf, releaseOutput } from './release.ts'
import { settle } from './run.ts'
import { withDatabase } from './scripted.ts'
import { onTick, tickOf } from './tick.ts'
import { type Failed, runWhole } from './whole.ts'

/**
 * Does a queued (or, after a crash, running) run to its end: rows behind the glass, aggregate, protected, released.
 * It is told on the next tick after its request (of a script: after its start). Every failure is `failed` and nothing more, whatever it was; a run that
 * was started and has no answer suspends its analysis until an output checker acts: what is proven is total, so only time,
 * memory or a bug ends it, and each of them may depend on the data. Throws only when the store is lost, and then the run waits for the next start.
 */
export async function executeRun(house: House, id: string): Promise<void> {
  const controller = new AbortController()
  const { value: run } = await need(house, 'run', id)
  house.running.set(id, { permit: run.permit, abort: () => controller.abort() })
  let started = false
  try {
    const { value: analysis } = await need(house, 'analysis', run.analysis)
    const { value: permit } = await need(house, 'permit', run.permit)
    const work = async () => {
      const running = await start(house, id)
      started = true
      return { running, answers: await answer(house, running, controller.signal) }
    }
    const tick = await tickOf(house, analysis, permit, run.dataset)
    // A script's tick holds its longest run from its start on: somewhere in a tick, behind other runs, the end would tell.
    const since = analysis.script === undefined ? run.createdAt : now(house)
    const { running, answers } = await onTick(house, since, work, tick)
    // Whether the answer was there already is not told: until its tick a run can be stopped.
    controller.signal.throwIfAborted()
    if ('end' in answers) return await fail(house, id, { suspends: true, ...answers })
    for (const output of await finish(house, running, answers)) await releaseOutput(house, output)
  } catch (error) {
    if (error instanceof Problem && error.code === 'store-unavailable') return
    const { aborted } = controller.signal
    await fail(house, id, { aborted, suspends: started && !aborted })
  } finally {
    house.running.delete(id)
  }
}

/** The policy is asked once more: the permit may have ended since the request. */
async function start(house: House, id: string): Promise<Started> {
  const { value: run, version } = await need(house, 'run', id)
  const { value: permit } = await permitNow(house, run.permit)
  const { value: analysis } = await need(house, 'analysis', run.analysis)
  // What was queued beside the one that died is as little seen as what is asked after it.
  await assertNotHalted(house, analysis)
  const { result } = await gate(house, {
    actor: gatewayActor,
    decision: 'run',
    about: `run/${id}`,
    input: {
      step: 'start',
      actor: gatewayActor,
      now: now(house),
      purpose: run.purpose,
      permit,
      analysis: described(analysis),
      dataset: run.dataset,
      digest: analysis.digest,
      requestedBy: run.requestedBy,
    },
    act: () => {
      // After a crash it is running already; the same question was paid for and gives the same bytes.
      const running: Run =
        run.state === 'running'
          ? run
          : { ...run, state: move(runTransitions, run.state, 'running', 'gateway') }
      return {
        change: [{ put: 'run', value: running, version }],
        events: [{ type: 'run-started', about: `run/${id}`, facts: factsOf(run) }],
        result: { value: running, version: version + 1, permit, analysis },
      }
    },
  })
  return result
}
type Started = Versioned<Run> & Readonly<{ permit: Permit; analysis: Analysis }>

async function answer(
  house: House,
  { value: run, permit, analysis }: Started,
  signal: AbortSignal,
): Promise<readonly Disclosed[] | Failed> {
  const { script } = analysis
  const source = { permit, analysis, dataset: run.dataset, signal }
  if (script?.mode === 'whole')
    return runWhole(house, { ...source, k: permit.conditions.k }, script)
  const question = await proveAsked(house, permit, analysis, run.id)
  const asking = { ...source, dictionary: tablesOf(house, permit, analysis) }
  const disclosed = await withDatabase(house, source, (database, once) =>
    disclose(house, asking, question, (of) =>
      house.engine.query({
        database,
        once,
        sql: of.sql,
        check: (plan) => checkPlan(plan, of),
        signal,
      }),
    ),
  )
  return [disclosed]
}

/** The run is finished with all its outputs or with none. Answers their identifiers. */
async function finish(
  house: House,
  running: Versioned<Run>,
  disclosed: readonly Disclosed[],
): Promise<readonly string[]> {
  const outputs = disclosed.map((it) =>
    outputOf(running.value, it, house.random.id('output'), now(house)),
  )
  const named = outputs.flatMap(({ id, declared }) =>
    declared === undefined ? [] : [{ name: declared.name, output: id }],
  )
  const [only] = outputs
  const run: Run = {
    ...settle(running.value, 'finished'),
    ...(named.length > 0 ? { outputs: named } : only && { output: only.id }),
  }
  await house.store.commit(
    [
      { put: 'run', value: run, version: running.version },
      ...outputs.map((value) => ({ put: 'output', value, version: 0 }) as const),
    ],
    [
      told('run-finished', `run/${run.id}`, factsOf(run)),
      ...outputs.map(({ id, digest }) =>
        told('output-checked', `output/${id}`, { digest, run: run.id }),
      ),
    ],
  )
  return outputs.map((it) => it.id)
}

/** Who else ends the run or suspends the analysis at this moment wins; then the rest is told again. */
async function fail(
  house: House,
  id: string,
  how: Readonly<{ aborted?: boolean; suspends: boolean }> & Partial<Failed>,
  attempts = 5,
): Promise<void> {
  const { value, version } = await need(house, 'run', id)
  if (Object.keys(runTransitions[value.state]).length === 0) return
  const run = settle(value, how.aborted ? 'cancelled' : 'failed')
  const change: Write[] = [{ put: 'run', value: run, version }, ...transcribed(house, run, how)]
  const events: [Event, ...Event[]] = [
    told(how.aborted ? 'run-cancelled' : 'run-failed', `run/${id}`, factsOf(run)),
  ]
  const analysis = how.suspends ? await house.store.get('analysis', value.analysis) : undefined
  if (analysis?.value.state === 'approved') {
    const state = move(analysisTransitions, analysis.value.state, 'suspended', 'gateway')
    change.push({
      put: 'analysis',
      value: { ...analysis.value, state },
      version: analysis.version,
    })
    events.push(told('analysis-suspended', `analysis/${value.analysis}`, { run: id }))
  }
  try {
    await house.store.commit(change, events)
  } catch (lost) {
    if (attempts === 1 || !(lost instanceof Problem) || lost.code !== 'conflict') throw lost
    await fail(house, id, how, attempts - 1)
  }
}

const transcribed = (house: House, run: Run, { end, log }: Partial<Failed>): readonly Write[] =>
  end === undefined || log === undefined
    ? []
    : [
        {
          put: 'transcript',
          version: 0,
          value: {
            ...{ id: run.id, permit: run.permit, analysis: run.analysis },
            ...{ end, log, createdAt: now(house) },
          },
        },
      ]

const factsOf = (run: Run) => ({ permit: run.permit, analysis: run.analysis })

const told = (type: EventType, about: string, facts: Readonly<Record<string, unknown>>): Event => ({
  type,
  actor: gatewayActor,
  about,
  facts,
})
