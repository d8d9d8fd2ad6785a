import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { settled } from '../../src/cli/client.ts'
import { advertising, research } from '../../src/cli/demo/applications.ts'
import { Problem } from '../../src/domain/problem.ts'
import { mintDevToken } from '../../src/identity/dev.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await openGateway(['east'])
})
afterAll(() => gateway.close())

const COUNT = 'SELECT sex, count(*) AS persons FROM patient GROUP BY sex'
const content = { ...research, data: { ...research.data, datasets: ['east'] } }

const raw = (path: string, init: RequestInit & { token?: string } = {}): Promise<Response> =>
  fetch(gateway.url + path, {
    ...init,
    headers: {
      ...(init.token === undefined ? {} : { authorization: `Bearer ${init.token}` }),
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(init.headers as Record<string, string> | undefined),
    },
  })

/** A named problem, and an event in the log. */
async function refusedAs(
  code: string,
  response: Promise<Response>,
): Promise<Record<string, string>> {
  const got = await response
  expect(got.headers.get('content-type')).toContain('application/problem+json')
  const body = (await got.json()) as Record<string, string>
  expect(body['type']).toBe(`https://vitrine.example/problems/${code}`)
  expect(body['fix']?.length).toBeGreaterThan(5)
  expect((await gateway.events())[0]).toBe('step-refused')
  return body
}

const post = (path: string, body: unknown, token = gateway.tokens.researcher): Promise<Response> =>
  raw(path, { method: 'POST', token, body: typeof body === 'string' ? body : JSON.stringify(body) })

async function problemOf(step: Promise<unknown>): Promise<Problem> {
  const error = await step.then(
    () => undefined,
    (it: unknown) => it,
  )
  if (!(error instanceof Problem)) throw new Error('it was not refused')
  return error
}

async function permitted(
  over: object = {},
  approval: 'each' | 'proven' = 'each',
  rho = 0.5,
): Promise<string> {
  const { id } = await gateway.by.researcher.post<{ id: string }>('/applications', {
    ...content,
    ...over,
  })
  const decided = await gateway.by.officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    {
      outcome: 'approve',
      reason: 'Fine.',
      conditions: { analysisApproval: approval, rho, variance: 40 },
    },
  )
  return decided.decision.permit
}

type AnalysisView = { id: string; digest: string; state: string }
const submit = (permit: string, text = COUNT): Promise<AnalysisView> =>
  gateway.by.researcher.post(`/permits/${permit}/analyses`, {
    name: 'Count',
    language: 'sql',
    text,
  })

describe('the door', () => {
  test('malformed JSON', () => refusedAs('malformed-json', post('/applications', '{"title":')))
  test('a body that is no object', () => refusedAs('malformed-json', post('/applications', '"x"')))
  test('another media type', () =>
    refusedAs(
      'unsupported-media-type',
      raw('/applications', {
        method: 'POST',
        token: gateway.tokens.researcher,
        body: 'a=1',
        headers: { 'content-type': 'text/plain' },
      }),
    ))
  test('an unknown field', async () => {
    const body = await refusedAs(
      'invalid-input',
      post('/applications', { ...content, colour: 'red' }),
    )
    expect(body).toMatchObject({ rule: 'unknown-field', reason: 'Unknown field: colour.' })
  })
  test('a missing field is named', async () => {
    const { ethics: _, title: __, ...rest } = { ethics: '', ...content }
    const body = await refusedAs('invalid-input', post('/applications', rest))
    expect(body['place']).toBe('body/title')
  })
  test('an oversized body', () =>
    refusedAs('too-large', post('/applications', { ...content, title: 'x'.repeat(300_000) })))
  test('no such address, no such method', async () => {
    await refusedAs('not-found', raw('/nothing'))
    await refusedAs('method-not-allowed', raw('/applications', { method: 'DELETE' }))
  })
  test('a cursor of nobody', () =>
    refusedAs('invalid-input', raw('/permits?after=abc', { token: gateway.tokens.researcher })))
})

describe('who', () => {
  test('no token', () => refusedAs('token-missing', raw('/permits')))
  test('a foreign token', () =>
    refusedAs('token-invalid', raw('/permits', { token: 'e30.e30.AAAA' })))
  test('an expired token', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3600_000 })
    const token = await mintDevToken({
      directory: `${gateway.directory}/keys`,
      role: 'data-user',
      subject: 'lind',
      organisation: 'University of Example',
      ttl: 60,
    })
    vi.useRealTimers()
    await refusedAs('token-invalid', raw('/permits', { token }))
  })
  test('a wrong role', async () => {
    const body = await refusedAs(
      'wrong-role',
      post('/applications', content, gateway.tokens.officer),
    )
    expect(body['needs']).toBe('data-user')
  })
  test('another data user sees nothing of it', async () => {
    const permit = await permitted()
    const { id } = await submit(permit)
    for (const path of [`/permits/${permit}`, `/analyses/${id}`, `/permits/${permit}/runs`])
      await refusedAs('not-found', raw(path, { token: gateway.tokens.advertiser }))
  })
})

describe('law and life cycles', () => {
  test('a forbidden purpose is refused with its article', async () => {
    const body = await refusedAs(
      'refused-by-policy',
      post(
        '/applications',
        {
          ...advertising,
          data: content.data,
        },
        gateway.tokens.advertiser,
      ),
    )
    expect(body['article']).toBe('54(c)')
  })
  test('an unknown dataset', () =>
    refusedAs(
      'refused-by-policy',
      post('/applications', {
        ...content,
        data: { ...content.data, datasets: ['south'] },
      }),
    ))
  test('deciding twice', async () => {
    const { id } = await gateway.by.researcher.post<{ id: string }>('/applications', content)
    const no = { outcome: 'refuse', reason: 'No.' }
    await gateway.by.officer.post(`/applications/${id}/decision`, no)
    await refusedAs(
      'refused-by-policy',
      post(`/applications/${id}/decision`, no, gateway.tokens.officer),
    )
  })
  test('withdrawing what is refused', async () => {
    const { id } = await gateway.by.researcher.post<{ id: string }>('/applications', content)
    await gateway.by.researcher.post(`/applications/${id}/withdrawal`, {})
    await refusedAs('bad-transition', post(`/applications/${id}/withdrawal`, {}))
  })
  test('an approval of other bytes', async () => {
    const { id } = await submit(await permitted())
    await refusedAs(
      'digest-mismatch',
      post(
        `/analyses/${id}/decision`,
        {
          outcome: 'approve',
          digest: 'a'.repeat(64),
          reason: 'Fine.',
        },
        gateway.tokens.officer,
      ),
    )
  })
  test('a run of a script that nobody approved, and of one that differs by a byte', async () => {
    const permit = await permitted()
    const { id, digest } = await submit(permit)
    const run = { dataset: 'east', purpose: 'scientific-research', digest }
    const unapproved = await refusedAs('not-approved', post(`/analyses/${id}/runs`, run))
    expect(unapproved['rule']).toBe('analysis-not-approved')
    await gateway.by.officer.post(`/analyses/${id}/decision`, {
      outcome: 'approve',
      digest,
      reason: 'Fine.',
    })
    const other = await submit(permit, `${COUNT} `)
    expect(other.digest).not.toBe(digest)
    const differs = await refusedAs(
      'digest-mismatch',
      post(`/analyses/${id}/runs`, { ...run, digest: other.digest }),
    )
    expect(differs['rule']).toBe('digest-differs')
  })
  test('another purpose, another dataset', async () => {
    const { id, digest } = await submit(await permitted({}, 'proven'))
    const run = { dataset: 'east', purpose: 'scientific-research', digest }
    await refusedAs(
      'refused-by-policy',
      post(`/analyses/${id}/runs`, { ...run, purpose: 'education' }),
    )
    await refusedAs('not-in-permit', post(`/analyses/${id}/runs`, { ...run, dataset: 'north' }))
  })
  test('a permit revoked between submit and run', async () => {
    const permit = await permitted({}, 'proven')
    const { id, digest } = await submit(permit)
    await gateway.by.officer.post(`/permits/${permit}/revocation`, { reason: 'Misuse.' })
    const body = await refusedAs(
      'permit-not-active',
      post(`/analyses/${id}/runs`, {
        dataset: 'east',
        purpose: 'scientific-research',
        digest,
      }),
    )
    expect(body['rule']).toBe('ehds-63-3-revoked')
  })
})

describe('the same question', () => {
  test('costs once, gives the same bytes, and an exhausted budget changes nothing', async () => {
    const permit = await permitted({}, 'proven', 0.2)
    const ask = async (text: string) => {
      const { id, digest } = await submit(permit, text)
      const run = await gateway.by.researcher.post<{
        id: string
        state: string
        charged: number
        meter: { spent: number }
      }>(`/analyses/${id}/runs`, { dataset: 'east', purpose: 'scientific-research', digest })
      await settled(gateway.by.researcher, run)
      const output = await gateway.by.researcher.get<{ rows: unknown; digest: string }>(
        `/runs/${run.id}/output?purpose=scientific-research`,
      )
      return { run, output }
    }
    const first = await ask(COUNT)
    const again = await ask('select sex,\n count(*) as persons\nfrom patient\ngroup by sex')
    expect(again.output.digest).toBe(first.output.digest)
    expect(first.run.charged).toBeGreaterThan(0)
    expect(again.run.charged).toBe(0)
    expect(again.run.meter.spent).toBe(first.run.meter.spent)
    let asked = 0
    const flood = await problemOf(
      (async () => {
        for (; asked < 50; asked++)
          await ask(
            `SELECT sex, count(*) AS persons FROM patient WHERE birth_date < DATE '${1950 + asked}-01-01' GROUP BY sex`,
          )
      })(),
    )
    expect(flood.code).toBe('budget-exhausted')
    const { meter } = await gateway.by.researcher.get<{ meter: { spent: number; budget: number } }>(
      `/permits/${permit}`,
    )
    expect(meter.spent).toBeLessThanOrEqual(meter.budget + 1e-9)
    expect(asked).toBe(Math.round(meter.budget / first.run.charged) - 1)
  })
})
