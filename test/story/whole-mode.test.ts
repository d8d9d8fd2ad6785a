import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, client, settled } from '../../src/cli/client.ts'
import { research } from '../../src/cli/demo/applications.ts'
import { Problem } from '../../src/domain/problem.ts'
import { mintDevToken } from '../../src/identity/dev.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'
import { pythonJail } from '../support/scripts.ts'

/** A script over the whole workspace, from its submission to what two checkers let out. */
const jail = await pythonJail()
let gateway: Gateway
let permit: string
let checkers: readonly Client[]
beforeAll(async () => {
  if (jail === undefined) return
  gateway = await openGateway(['east'])
  permit = await permitted('reviewed')
  checkers = [
    await checker('anna', 'Health Data Access Body'),
    await checker('bert', 'Statistics Office'),
  ]
})
afterAll(() => gateway?.close())

async function checker(subject: string, organisation: string): Promise<Client> {
  const directory = join(gateway.directory, 'keys')
  const who = { role: 'output-checker', subject, organisation, ttl: 3600 } as const
  return client(gateway.url, await mintDevToken({ directory, ...who }))
}

async function permitted(profile: 'standard' | 'reviewed'): Promise<string> {
  const data = { ...research.data, datasets: ['east'] }
  const content = { ...research, tools: ['sql', 'python'], data }
  const { id } = await gateway.by.researcher.post<{ id: string }>('/applications', content)
  const strict = { profile, reviewers: 2, analysisApproval: 'each', rho: 0.5 }
  const { decision } = await gateway.by.officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    { outcome: 'approve', reason: 'Fine.', conditions: strict },
  )
  return decision.permit
}

const SCRIPT = `
import vitrine

patients = vitrine.rows("patient")
vitrine.output_table("sexes", labels=["sex"], values=["persons"], rows=vitrine.summarise(patients, by=["sex"]))
lone = [row for row in patients][:3]
vitrine.output_table("few", labels=["sex"], values=["persons"], rows=vitrine.summarise(lone, by=["sex"]))
every = vitrine.summarise(patients, by=["sex"])
points = [{"series": "all", "x": row["labels"][0], "y": row["values"][0], "persons": row["persons"]} for row in every]
vitrine.output_figure("drawing", x="sex", y="persons of it", points=points)
print("of nobody but checkers")
`
const declared = (name: string, kind = 'table') => ({ name, kind, meaning: 'Persons by sex' })
const script = {
  mode: 'whole',
  language: 'python',
  text: SCRIPT,
  reads: { patient: ['sex'] },
  outputs: [declared('sexes'), declared('few'), declared('drawing', 'figure')],
}
const body = { name: 'Sexes', language: 'sql', script }
const purpose = 'scientific-research'

type Run = Readonly<{
  id: string
  state: string
  charged: number
  outputs?: readonly Readonly<{ name: string; output: string; release: string }>[]
}>
type Analysis = Readonly<{ id: string; state: string; digest: string }>

async function run(sent: object = body): Promise<Run> {
  const analysis = await gateway.by.researcher.post<Analysis>(`/permits/${permit}/analyses`, sent)
  expect(analysis.state).toBe('submitted')
  const { id, digest } = analysis
  await gateway.by.officer.post(`/analyses/${id}/decision`, {
    outcome: 'approve',
    digest,
    reason: 'Read.',
  })
  const asked = await gateway.by.researcher.post<Run>(`/analyses/${id}/runs`, {
    dataset: 'east',
    purpose,
    digest,
  })
  // A run that failed is read all the same.
  await settled(gateway.by.researcher, asked).catch(() => undefined)
  return gateway.by.researcher.get<Run>(`/runs/${asked.id}`)
}
const refusal = (step: Promise<unknown>): Promise<Problem> =>
  step.then(
    () => {
      throw new Error('it was not refused')
    },
    (error: unknown) => {
      if (error instanceof Problem) return error
      throw error
    },
  )

describe.skipIf(jail === undefined)('a script over the whole workspace', () => {
  test('answers what it declared, each output on two votes of its own', async () => {
    const done = await run()
    expect(done).toMatchObject({ state: 'finished', charged: 0 })
    expect(done.outputs?.map((o) => [o.name, o.release])).toEqual([
      ['sexes', 'in-review'],
      ['few', 'in-review'],
      ['drawing', 'in-review'],
    ])
    const output = (name: string) => done.outputs?.find((o) => o.name === name)?.output ?? ''
    const read = (name: string) =>
      gateway.by.researcher.get<{ rows: readonly unknown[][]; statement: { profile: string } }>(
        `/runs/${done.id}/outputs/${name}?purpose=${purpose}`,
      )
    expect((await refusal(read('sexes'))).code).toBe('not-found')

    type Seen = Readonly<{
      digest: string
      log: string
      declared: { name: string }
      rows: readonly unknown[][]
      evidence: readonly { check: string; verdict: string }[]
    }>
    const [anna] = checkers
    const few = await anna?.get<Seen>(`/reviews/${output('few')}`)
    expect(few?.evidence).toContainEqual(
      expect.objectContaining({ check: 'threshold', verdict: 'fail' }),
    )
    const sexes = await anna?.get<Seen>(`/reviews/${output('sexes')}`)
    expect(sexes?.log).toContain('of nobody but checkers')
    expect(sexes?.declared.name).toBe('sexes')

    for (const by of checkers) {
      await by.post(`/reviews/${output('sexes')}/votes`, {
        verdict: 'release',
        comment: 'Looked at.',
        digest: sexes?.digest,
      })
      await by.post(`/reviews/${output('few')}/votes`, {
        verdict: 'withhold',
        comment: 'Three persons.',
        digest: few?.digest,
      })
    }
    const table = await read('sexes')
    expect(table.rows).toEqual(sexes?.rows)
    expect(table.statement.profile).toBe('reviewed')
    expect((await refusal(read('few'))).code).toBe('not-found')

    const drawing = async (
      name: string,
      by: keyof typeof gateway.tokens = 'researcher',
      stated = purpose,
    ) => {
      const at = `${gateway.url}/runs/${done.id}/outputs/${name}/figure?purpose=${stated}`
      const headers = { authorization: `Bearer ${gateway.tokens[by]}` }
      const answer = await fetch(at, { headers })
      return {
        status: answer.status,
        type: answer.headers.get('content-type'),
        text: await answer.text(),
      }
    }
    expect((await drawing('drawing')).status).toBe(404)
    const seen = await anna?.get<Seen>(`/reviews/${output('drawing')}`)
    for (const by of checkers)
      await by.post(`/reviews/${output('drawing')}/votes`, {
        verdict: 'release',
        comment: 'Looked at.',
        digest: seen?.digest,
      })
    const figure = await drawing('drawing')
    expect(figure).toMatchObject({ status: 200, type: expect.stringContaining('image/svg+xml') })
    expect(figure.text).toContain('<title>Persons by sex</title>')
    // A drawing is a delivery: nobody else's, and for no other purpose.
    for (const by of ['officer', 'checker', 'auditor', 'advertiser'] as const)
      expect((await drawing('drawing', by)).text).not.toContain('<svg')
    const advertising = await drawing('drawing', 'researcher', 'advertising')
    expect(advertising.status).toBeGreaterThanOrEqual(400)
    expect(advertising.text).not.toContain('<svg')
    expect((await drawing('few')).text).not.toContain('<svg')
    expect(figure.text.match(/persons\)<\/title>/g)).toHaveLength(seen?.rows.length ?? 0)
    expect(await drawing('sexes')).toMatchObject({
      status: 404,
      text: expect.stringContaining('figure'),
    })
    const said = gateway.exchanges.map((it) => it.body).filter((it) => it.includes('of nobody but'))
    expect(said.every((it) => it.includes('"evidence"') || it.includes('import vitrine'))).toBe(
      true,
    )
  }, 120_000)

  test.each<[string, string, string]>([
    ['nothing', 'output-missing, output/sexes', 'print("of nobody")'],
    [
      'what it did not declare',
      'its outputs are no strict message, or name what was not declared',
      'import vitrine\nprint("of nobody")\nvitrine.output_table("more", labels=[], values=["n"], rows=[])',
    ],
    ['an error with a value in it', 'exit 1', 'raise ValueError("of nobody")'],
    ['an error after a zero byte', 'exit 1', 'print("of nobody\\0")\nraise ValueError("x")'],
    [
      'a label with a zero byte',
      'output-shape, output/sexes',
      `import vitrine\nprint("of nobody")\nrow = {"labels": ["a\\0"], "values": [1], "persons": 9}
for name in ("sexes", "few"): vitrine.output_table(name, labels=["sex"], values=["n"], rows=[row])`,
    ],
  ])(
    'that answers %s fails as a whole, and says why to checkers alone',
    async (_, end, text) => {
      const done = await run({ ...body, script: { ...script, text } })
      expect(done.state).toBe('failed')
      expect(done.outputs).toBeUndefined()
      const log = `/runs/${done.id}/log`
      const [anna] = checkers
      const seen = await anna?.get<{ end: string; log: string }>(log)
      expect(seen?.end).toBe(end)
      expect(seen?.log).toContain('of nobody')
      for (const by of [gateway.by.researcher, gateway.by.officer, gateway.by.auditor])
        expect((await refusal(by.get(log))).code).toBe('wrong-role')
      const colleague = await checker('peer', 'University of Example')
      expect((await refusal(colleague.get(log))).facts.rule).toBe('ehds-55-3-institution')
      expect(await gateway.events()).toContain('transcript-read')

      const { analysis: id } = await gateway.by.researcher.get<{ analysis: string }>(
        `/runs/${done.id}`,
      )
      const { digest } = await gateway.by.researcher.get<Analysis>(`/analyses/${id}`)
      const resume = (by?: Client) =>
        by?.post<Analysis>(`/analyses/${id}/decision`, {
          outcome: 'approve',
          digest,
          reason: 'Go on.',
        })
      const rule = (await refusal(Promise.resolve(resume(colleague)))).facts.rule
      expect(rule).toBe('ehds-55-3-institution')
      expect((await resume(anna))?.state).toBe('approved')
    },
    120_000,
  )

  test('runs once at a time, and not again before checkers have seen what it said', async () => {
    const { researcher, officer } = gateway.by
    const text = `${SCRIPT}# its own`
    const sent = { ...body, script: { ...script, text } }
    const { id, digest } = await researcher.post<Analysis>(`/permits/${permit}/analyses`, sent)
    const approval = { outcome: 'approve', digest, reason: 'Read.' }
    await officer.post(`/analyses/${id}/decision`, approval)
    const ask = () =>
      researcher.post<Run>(`/analyses/${id}/runs`, { dataset: 'east', purpose, digest })
    const asked = await Promise.allSettled([ask(), ask(), ask(), ask()])
    const taken = asked.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
    expect(taken).toHaveLength(1)
    const [first] = taken
    if (first === undefined) throw new Error('no run')
    await settled(researcher, first)
    expect((await refusal(ask())).facts.rule).toBe('whole-waits')
    const { outputs = [] } = await researcher.get<Run>(`/runs/${first.id}`)
    for (const { output } of outputs)
      for (const by of checkers) {
        const seen = await by.get<{ digest: string }>(`/reviews/${output}`)
        const ballot = { verdict: 'release', comment: 'Looked at.', digest: seen.digest }
        await by.post(`/reviews/${output}/votes`, ballot)
      }
    await settled(researcher, await ask())
  }, 120_000)

  test('is refused where two checkers would not see it, and with a question beside it', async () => {
    const other = await permitted('standard')
    const refused = await refusal(gateway.by.researcher.post(`/permits/${other}/analyses`, body))
    expect(refused.facts.rule).toBe('analysis-whole')
    const both = { ...body, text: 'SELECT count(*) AS n FROM patient' }
    const wrong = await refusal(gateway.by.researcher.post(`/permits/${permit}/analyses`, both))
    expect(wrong.code).toBe('invalid-input')
  })
})
