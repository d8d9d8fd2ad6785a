import { join } from 'node:path'
import { type Client, client, settled } from '../../src/cli/client.ts'
import { research } from '../../src/cli/demo/applications.ts'
import type { Receipt } from '../../src/domain/capabilities.ts'
import type { Cell } from '../../src/domain/glass.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { Role } from '../../src/domain/role.ts'
import { mintDevToken } from '../../src/identity/dev.ts'
import { openGateway } from './gateway.ts'

export type RunView = Readonly<{
  id: string
  state: string
  output: string
  release?: string
  comments?: readonly string[]
}>
export type ReviewView = Readonly<{
  output: string
  state: string
  digest: string
  kind: string
  since: string
  due: string
  waited: number
  overdue: boolean
  needed: number
  next: readonly string[]
  votes: readonly Readonly<{ by: string; verdict: string; comment: string; round: number }>[]
}>
export type Seen = Readonly<{
  digest: string
  columns: readonly string[]
  rows: readonly (readonly Cell[])[]
  statement: Readonly<{ profile: string; rho: number }>
  votes: ReviewView['votes']
  evidence: readonly Readonly<{ check: string; verdict: string }>[]
  earlier: readonly Readonly<{ output: string }>[]
}>
export type Page<T> = Readonly<{ items: readonly T[]; next?: string }>

export const BODY = 'Health Data Access Body'
export const UNIVERSITY = 'University of Example'
export const COUNT = 'SELECT sex, count(*) AS persons FROM patient GROUP BY sex'
export const purpose = 'scientific-research'

/** A gateway over one hospital, a reviewed permit, two impartial checkers, and what the journeys do. */
export async function openAirlock() {
  const gateway = await openGateway(['east'])
  const { house } = gateway.composed
  const { officer, researcher } = gateway.by
  const as = async (subject: string, organisation: string, role: Role = 'output-checker') =>
    client(
      gateway.url,
      await mintDevToken({
        directory: join(gateway.directory, 'keys'),
        role,
        subject,
        organisation,
        ttl: 3600,
      }),
    )

  async function permitted(conditions: object = {}): Promise<string> {
    const content = { ...research, data: { ...research.data, datasets: ['east'] } }
    const { id } = await researcher.post<{ id: string }>('/applications', content)
    const reviewed = { profile: 'reviewed', reviewers: 2, analysisApproval: 'each', rho: 1 }
    const { decision } = await officer.post<{ decision: { permit: string } }>(
      `/applications/${id}/decision`,
      {
        outcome: 'approve',
        reason: 'Fine.',
        conditions: { ...reviewed, variance: 100, ...conditions },
      },
    )
    return decision.permit
  }

  /** An approved question, run to where its output waits for its checkers. */
  async function waiting(under?: string, text = COUNT): Promise<RunView> {
    const analysis = await researcher.post<{ id: string; digest: string }>(
      `/permits/${under ?? permit}/analyses`,
      { name: 'Count', language: 'sql', text },
    )
    const { id, digest } = analysis
    await officer.post(`/analyses/${id}/decision`, { outcome: 'approve', digest, reason: 'Fine.' })
    const run = await researcher.post<RunView>(`/analyses/${id}/runs`, {
      dataset: 'east',
      purpose,
      digest,
    })
    await settled(researcher, run)
    return researcher.get<RunView>(`/runs/${run.id}`)
  }

  const inspect = (by: Client, { output }: RunView): Promise<Seen> => by.get(`/reviews/${output}`)
  const digestOf = async ({ output }: RunView): Promise<string> =>
    (await house.store.get('output', output))?.value.digest ?? ''
  const vote = async (
    by: Client,
    run: RunView,
    verdict: string,
    comment = 'Looked at every cell.',
    step: 'votes' | 'consolidation' = 'votes',
  ): Promise<ReviewView> =>
    by.post(`/reviews/${run.output}/${step}`, { verdict, comment, digest: await digestOf(run) })
  const release = async (run: RunView) => (await researcher.get<RunView>(`/runs/${run.id}`)).release
  const read = ({ id }: RunView) =>
    researcher.get<{ rows: unknown; digest: string; receipt: Receipt; statement: { rho: number } }>(
      `/runs/${id}/output?purpose=${purpose}`,
    )

  /** What is stored of an output, and how long the log is: what a refused step may not change but by its refusal. */
  const stored = async ({ output }: RunView) =>
    JSON.stringify(await house.store.get('output', output))
  const lastEvent = async ({ output }: RunView) =>
    (await house.store.events({ about: `output/${output}`, limit: 1 })).items[0]?.type

  const anna = await as('anna', BODY)
  const bert = await as('bert', 'Statistics Office')
  const permit = await permitted()
  return {
    gateway,
    house,
    permit,
    officer,
    researcher,
    anna,
    bert,
    as,
    permitted,
    waiting,
    inspect,
    digestOf,
    vote,
    release,
    read,
    stored,
    lastEvent,
  }
}

export async function problemOf(step: Promise<unknown>): Promise<Problem> {
  const error = await step.then(
    () => undefined,
    (it: unknown) => it,
  )
  if (!(error instanceof Problem)) throw new Error('it was not refused')
  return error
}
