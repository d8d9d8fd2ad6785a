import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { settled } from '../../src/cli/client.ts'
import { research } from '../../src/cli/demo/applications.ts'
import { mintDevToken } from '../../src/identity/dev.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'

let gateway: Gateway
beforeAll(async () => {
  gateway = await openGateway(['east'])
})
afterAll(() => gateway.close())

const content = { ...research, data: { ...research.data, datasets: ['east'] } }
const COUNT = 'SELECT sex, count(*) AS persons FROM patient GROUP BY sex'

type Answer = Readonly<{
  status: number
  headers: Readonly<Record<string, unknown>>
  body: Readonly<Record<string, unknown>>
}>

/** Bytes as an attacker sends them: no client between that would put the address or the body right. */
const send = (
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string | Buffer,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(gateway.url)
    const sent = request({ hostname, port, method, path, headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {},
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const json = (token = gateway.tokens.researcher) => ({
  ...bearer(token),
  'content-type': 'application/json',
})
const apply = (body: string | Buffer, more: Readonly<Record<string, string>> = {}) =>
  send('POST', '/applications', { ...json(), ...more }, body)

async function permitted(
  conditions: object = { analysisApproval: 'proven', rho: 0.5 },
): Promise<string> {
  const { id } = await gateway.by.researcher.post<{ id: string }>('/applications', content)
  const { decision } = await gateway.by.officer.post<{ decision: { permit: string } }>(
    `/applications/${id}/decision`,
    { outcome: 'approve', reason: 'Fine.', conditions },
  )
  return decision.permit
}

type AnalysisView = Readonly<{ id: string; digest: string; check: unknown }>
const submit = (permit: string, text = COUNT): Promise<AnalysisView> =>
  gateway.by.researcher.post(`/permits/${permit}/analyses`, {
    name: 'Count',
    language: 'sql',
    text,
  })
type RunView = Readonly<{ id: string; state: string; charged: number; meter: { spent: number } }>
const ask = ({ id, digest }: AnalysisView): Promise<RunView> =>
  gateway.by.researcher.post(`/analyses/${id}/runs`, {
    dataset: 'east',
    purpose: 'scientific-research',
    digest,
  })

describe('the door', () => {
  test.each([
    '/runs/%E0%A4%A',
    '/%',
    '/runs/%00',
    '/runs/%0aset-cookie',
    `/runs/${'a'.repeat(9000)}`,
  ])('an address that names nothing is not repeated: %.20s', async (path) => {
    const { status, body } = await send('GET', path, bearer(gateway.tokens.researcher))
    expect(status).toBe(404)
    expect(body['place']).toBe('path')
  })
  test('a key that stands twice is refused, however it is written', async () => {
    const twice = `{"title":"first",${JSON.stringify(content).slice(1)}`
    const hidden = `{"t\\u0069tle":"first",${JSON.stringify(content).slice(1)}`
    for (const body of [twice, hidden])
      expect(await apply(body)).toMatchObject({ status: 400, body: { rule: 'duplicate-key' } })
  })
  test('the same key in two objects, and a key in a text, are no repeat', async () => {
    const text = { ...content, title: '{"a":1,"a":2} \\" "title":' }
    expect((await apply(JSON.stringify(text))).status).toBe(201)
  })
  test('a body that is not the gzip, the UTF-8 or the object it should be', async () => {
    const gzip = await apply('garbage', { 'content-encoding': 'gzip' })
    const bytes = await apply(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))
    const deep = await apply(`${'['.repeat(1e5)}${']'.repeat(1e5)}`)
    for (const { status, body } of [gzip, bytes, deep]) {
      expect(status).toBe(400)
      expect(body['type']).toBe('https://vitrine.example/problems/malformed-json')
    }
    expect((await apply('{}', { 'content-type': 'application/json; charset=latin1' })).status).toBe(
      415,
    )
  })
  test.each(['__proto__', 'constructor', 'prototype'])(
    'the key %s is an unknown field',
    async (key) => {
      const body = `{"${key}":{"admin":true},${JSON.stringify(content).slice(1)}`
      expect(await apply(body)).toMatchObject({ status: 422, body: { rule: 'unknown-field' } })
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
    },
  )
  test.each(['a\u0000b', 'half \ud800'])(
    'a text that cannot be stored is refused',
    async (title) => {
      expect((await apply(JSON.stringify({ ...content, title }))).status).toBe(422)
    },
  )
  test('a method that is not taken names those that are; a token that lacks names the scheme', async () => {
    const options = await send('OPTIONS', '/permits')
    expect(options).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    expect((await send('POST', '/openapi.json')).status).toBe(405)
    const none = await send('GET', '/permits')
    expect(none).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
  })
  test('HEAD says no more than GET', async () => {
    expect((await send('HEAD', '/permits')).status).toBe(401)
    expect((await send('HEAD', '/health')).status).toBe(200)
  })
  test('public documents say what they are', async () => {
    const type = async (path: string) => (await send('GET', path)).headers['content-type']
    expect(await type('/.well-known/jwks.json')).toContain('application/json')
    expect(await type('/schemas/permit.json')).toContain('application/schema+json')
    expect(await type('/openapi.json')).toContain('application/json')
  })
})

describe('names that only the answer would refuse', () => {
  test('a subject as identity providers write it', async () => {
    const subject = 'auth0|5f7c8ec7c33c6c004bbafe82'
    const token = await mintDevToken({
      directory: `${gateway.directory}/keys`,
      role: 'data-user',
      subject,
      organisation: 'University of Example',
      ttl: 60,
    })
    const person = { subject, name: 'F. Example', function: 'Analyst' }
    const body = JSON.stringify({ ...content, authorisedPersons: [person] })
    const { status, body: made } = await send('POST', '/applications', json(token), body)
    expect([status, made['applicant']]).toEqual([201, subject])
    const events = await send('GET', '/log/events?limit=1', bearer(gateway.tokens.auditor))
    expect(events.status).toBe(200)
  })
  test('a released column of endless name', async () => {
    const permit = await permitted()
    const text = `SELECT sex, count(*) AS ${'n'.repeat(300)} FROM patient GROUP BY sex`
    const body = JSON.stringify({ name: 'Long', language: 'sql', text })
    expect(await send('POST', `/permits/${permit}/analyses`, json(), body)).toMatchObject({
      status: 422,
      body: { rule: 'column-name-too-long' },
    })
  })
})

describe('at the same time', () => {
  test('one question asked thrice is charged once, and only one run says that it was', async () => {
    const permit = await permitted()
    const analysis = await submit(permit)
    const runs = await Promise.all([ask(analysis), ask(analysis), ask(analysis)])
    expect(runs.filter((it) => it.charged > 0)).toHaveLength(1)
    const spent = runs.reduce((sum, it) => sum + it.charged, 0)
    const view = await gateway.by.researcher.get<RunView>(`/permits/${permit}`)
    expect(view.meter.spent).toBe(spent)
    for (const run of runs) await settled(gateway.by.researcher, run)
  })
})

describe('Idempotency-Key', () => {
  const asked = (path: string, key: string, body: unknown, token?: string): Promise<Answer> =>
    send('POST', path, { ...json(token), 'idempotency-key': key }, JSON.stringify(body))

  test('a retry of every creating step gets the first answer and charges nothing', async () => {
    const first = await asked('/applications', 'k1', content)
    expect(first.status).toBe(201)
    expect((await asked('/applications', 'k1', content)).body).toEqual(first.body)
    expect((await asked('/applications', 'k2', content)).body['id']).not.toBe(first.body['id'])

    const permit = await permitted()
    const script = { name: 'Count', language: 'sql', text: COUNT }
    const analysis = await asked(`/permits/${permit}/analyses`, 'k1', script)
    const again = await asked(`/permits/${permit}/analyses`, 'k1', script)
    expect(again.body).toEqual(analysis.body)

    const { id, digest } = analysis.body
    const run = { dataset: 'east', purpose: 'scientific-research', digest }
    const both = await Promise.all(
      ['r', 'r', 'r'].map((key) => asked(`/analyses/${String(id)}/runs`, key, run)),
    )
    expect(both.map((it) => it.status)).toEqual([202, 202, 202])
    expect(new Set(both.map((it) => it.body['id'])).size).toBe(1)
    const { items } = await gateway.by.researcher.get<{ items: RunView[] }>(
      `/permits/${permit}/runs`,
    )
    expect(items).toHaveLength(1)
    expect(items[0]?.charged).toBe(both[0]?.body['charged'])
    if (items[0] !== undefined) await settled(gateway.by.researcher, items[0])
  })
  test('with another body it is a conflict, and a refusal in the log', async () => {
    await asked('/applications', 'other', content)
    const other = await asked('/applications', 'other', { ...content, title: 'Another' })
    expect(other).toMatchObject({ status: 409, body: { rule: 'idempotency-key-reused' } })
    expect((await gateway.events())[0]).toBe('step-refused')
  })
  test("another person's key is another key", async () => {
    const mine = await asked('/applications', 'same', content)
    const theirs = await asked('/applications', 'same', content, gateway.tokens.advertiser)
    expect(theirs.body['id']).not.toBe(mine.body['id'])
  })
  test('a refused step is not remembered, a key of no form is refused', async () => {
    const forbidden = { ...content, purpose: 'advertising' }
    for (let i = 0; i < 2; i++)
      expect((await asked('/applications', 'no', forbidden)).status).toBe(403)
    expect((await asked('/applications', 'no', content)).status).toBe(201)
    expect(await asked('/applications', 'a b', content)).toMatchObject({
      status: 422,
      body: { place: 'idempotency-key' },
    })
  })
})
