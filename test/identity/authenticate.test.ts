import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JSONWebKeySet, type JWTPayload, SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { createAuthenticate } from '../../src/identity/authenticate.ts'
import { developmentIssuer } from '../../src/identity/marks.ts'
import { problemOf } from './problem.ts'

const issuer = 'https://id.example/realms/health'
const audience = 'vitrine'
const claims = { role: 'data-user', organisation: 'University of Example', name: 'Dr A. Lind' }
const pair = (kid: string, alg: 'EdDSA' | 'ES256' | 'RS256') => {
  const { privateKey, publicKey } =
    alg === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, alg, privateKey, publicKey }
}
type Pair = ReturnType<typeof pair>

let keys: Readonly<Record<'EdDSA' | 'ES256' | 'RS256', Pair>>
let jwks: JSONWebKeySet
beforeAll(async () => {
  keys = { EdDSA: pair('ed', 'EdDSA'), ES256: pair('es', 'ES256'), RS256: pair('rs', 'RS256') }
  jwks = { keys: await Promise.all(Object.values(keys).map(publicJwk)) }
})
const publicJwk = async ({ publicKey, kid, alg }: Pair) => ({
  ...(await exportJWK(publicKey)),
  kid,
  alg,
})

type Made = Readonly<{
  with?: Pair
  key?: KeyObject | Uint8Array
  header?: Readonly<Record<string, unknown>>
  payload?: JWTPayload
  issuer?: string
  audience?: string
  subject?: string | null
  expires?: string | null
}>
async function token(made: Made = {}): Promise<string> {
  const by = made.with ?? keys.EdDSA
  const jwt = new SignJWT({ ...claims, ...made.payload })
    .setProtectedHeader({ alg: by.alg, kid: by.kid, typ: 'JWT', ...made.header })
    .setIssuer(made.issuer ?? issuer)
    .setAudience(made.audience ?? audience)
    .setIssuedAt()
  if (made.subject !== null) jwt.setSubject(made.subject ?? 'lind')
  if (made.expires !== null) jwt.setExpirationTime(made.expires ?? '5 min')
  return jwt.sign(made.key ?? by.privateKey)
}
const ask = async (text: string | undefined, options: object = {}) =>
  createAuthenticate({ issuer, audience, jwks, ...options })(text)
const classOf = async (text: string, options: object = {}) => {
  const problem = await problemOf(() => ask(`Bearer ${text}`, options))
  expect(problem.code).toBe('token-invalid')
  for (const part of text.split('.').filter((it) => it.length > 8))
    expect(JSON.stringify(problem)).not.toContain(part)
  return problem.facts.rule
}
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a good token', () => {
  test.each(['EdDSA', 'ES256', 'RS256'] as const)('signed with %s names its actor', async (alg) => {
    expect(await ask(`Bearer ${await token({ with: keys[alg] })}`)).toEqual({
      subject: 'lind',
      role: 'data-user',
      organisation: 'University of Example',
      name: 'Dr A. Lind',
    })
  })

  test('may say its role as a list of one, and elsewhere', async () => {
    const payload = { role: 'none', realm_access: { roles: ['auditor'] }, org: { title: 'Court' } }
    const options = { roleClaim: 'realm_access.roles', organisationClaim: 'org.title' }
    const actor = await ask(`bearer ${await token({ payload })}`, options)
    expect(actor).toMatchObject({ role: 'auditor', organisation: 'Court' })
  })

  test('may be a moment too old for our clock, and no more', async () => {
    const at = (seconds: number) => ({ now: () => new Date(Date.now() + seconds * 1000) })
    const made = await token({ expires: '10 s' })
    expect((await ask(`Bearer ${made}`, at(13))).subject).toBe('lind')
    expect(await classOf(made, at(17))).toBe('token-expired')
  })
})

describe('no token', () => {
  test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic bGluZDpsaW5k', 'lind'])(
    '%s',
    async (it) => {
      expect((await problemOf(() => ask(it))).code).toBe('token-missing')
    },
  )
})

describe('a bad token', () => {
  test('expired', async () => {
    expect(await classOf(await token({ expires: '-1 min' }))).toBe('token-expired')
  })
  test('without an expiry', async () => {
    expect(await classOf(await token({ expires: null }))).toBe('token-claim')
  })
  test('not valid yet', async () => {
    const nbf = Math.floor(Date.now() / 1000) + 600
    expect(await classOf(await token({ payload: { nbf } }))).toBe('token-not-yet-valid')
  })
  test('of a foreign issuer', async () => {
    expect(await classOf(await token({ issuer: 'https://id.example/realms/other' }))).toBe(
      'token-issuer',
    )
  })
  test('of a foreign issuer with its own key', async () => {
    const foreign = pair('foreign', 'EdDSA')
    expect(await classOf(await token({ with: foreign }))).toBe('token-key')
    expect(await classOf(await token({ with: { ...foreign, kid: 'ed' } }))).toBe('token-signature')
  })
  test('with a key of its own in the header', async () => {
    const foreign = pair('ed', 'EdDSA')
    const header = { jwk: await publicJwk(foreign) }
    expect(await classOf(await token({ with: foreign, header }))).toBe('token-signature')
  })
  test('for another service', async () => {
    expect(await classOf(await token({ audience: 'billing' }))).toBe('token-audience')
  })
  test('without a signature: alg none', async () => {
    const [, payload] = (await token()).split('.')
    for (const alg of ['none', 'None', 'NONE'])
      expect(await classOf(`${base64({ alg, typ: 'JWT', kid: 'ed' })}.${payload}.`)).toBe(
        'token-algorithm',
      )
  })
  test('HS256 with the public key as its secret', async () => {
    const [, payload] = (await token()).split('.')
    const secrets = [
      keys.RS256.publicKey.export({ format: 'pem', type: 'spki' }),
      keys.EdDSA.publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(jwks.keys[2]),
    ]
    for (const secret of secrets) {
      const signed = `${base64({ alg: 'HS256', typ: 'JWT', kid: 'rs' })}.${payload}`
      const mac = createHmac('sha256', secret).update(signed).digest('base64url')
      expect(await classOf(`${signed}.${mac}`)).toBe('token-algorithm')
    }
  })
  test('of one key under the algorithm of another', async () => {
    const [header, payload, signature] = (await token({ with: keys.ES256 })).split('.')
    expect(header).toBeDefined()
    const lied = base64({ alg: 'RS256', typ: 'JWT', kid: 'rs' })
    expect(await classOf(`${lied}.${payload}.${signature}`)).toBe('token-signature')
  })
  test('changed by one character', async () => {
    const [header = '', payload = '', signature = ''] = (await token()).split('.')
    const other = base64({
      ...JSON.parse(Buffer.from(payload, 'base64url').toString()),
      role: 'auditor',
    })
    expect(await classOf(`${header}.${other}.${signature}`)).toBe('token-signature')
  })
  test('with a critical extension that nobody knows', async () => {
    const [, payload] = (await token()).split('.')
    const header = base64({ alg: 'EdDSA', kid: 'ed', crit: ['exotic'], exotic: true })
    expect(await classOf(`${header}.${payload}.AAAA`)).toBe('token-malformed')
  })
  test.each(['a', 'a.b', 'a.b.c', 'a.b.c.d.e', '..', '{}.{}.{}'])('malformed: %s', async (it) => {
    expect(await classOf(it)).toBe('token-malformed')
  })
  test('longer than any', async () => {
    expect(await classOf(await token({ payload: { padding: 'x'.repeat(9000) } }))).toBe(
      'token-too-long',
    )
  })
})

describe('a token that does not say who', () => {
  test('no subject', async () => {
    expect(await classOf(await token({ subject: null }))).toBe('token-subject')
  })
  test.each(['', ' ', ' lind', 'li\nnd', 'gateway', 'x'.repeat(256)])(
    'subject "%s"',
    async (subject) => {
      expect(await classOf(await token({ subject }))).toBe('token-subject')
    },
  )
  test('one spelling of an organisation', async () => {
    const spellings = [
      'Universit\u00e4t  Kiel',
      'Universita\u0308t Kiel',
      'Universit\u00e4t\u00a0Ki\u200bel',
    ]
    for (const organisation of spellings)
      expect(await ask(`Bearer ${await token({ payload: { organisation } })}`)).toMatchObject({
        organisation: 'Universit\u00e4t Kiel',
      })
  })
  test.each([undefined, '', ' ', '\u200b', 7, ['University']])(
    'organisation %s',
    async (organisation) => {
      expect(await classOf(await token({ payload: { organisation } }))).toBe('token-organisation')
    },
  )
  test.each([
    [['data-user', 'access-body']],
    [['data-user', 'data-user']],
    [['data-user', 'offline_access']],
    [[]],
    ['administrator'],
    ['gateway'],
    ['toString'],
    ['data-user access-body'],
    [undefined],
    [null],
    [{ role: 'data-user' }],
  ])('role %j', async (role) => {
    expect(await classOf(await token({ payload: { role } }))).toBe('token-role')
  })
  test('a role claim that only the prototype has', async () => {
    expect(await classOf(await token(), { roleClaim: 'constructor.name' })).toBe('token-role')
  })
})

describe('keys fetched from the issuer', () => {
  async function served(answer: () => { status: number; body: string }) {
    let asked = 0
    const server = createServer((_, response) => {
      asked++
      const { status, body } = answer()
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const close = () => new Promise<void>((done) => void server.close(() => done()))
    return { url: `http://127.0.0.1:${port}/jwks`, asked: () => asked, close }
  }

  test('verify, and are fetched once', async () => {
    const { url, asked, close } = await served(() => ({ status: 200, body: JSON.stringify(jwks) }))
    const authenticate = createAuthenticate({ issuer, audience, jwksUrl: url })
    for (let i = 0; i < 3; i++)
      expect((await authenticate(`Bearer ${await token()}`)).subject).toBe('lind')
    const foreign = await token({ with: pair('foreign', 'EdDSA') })
    for (let i = 0; i < 3; i++)
      expect((await problemOf(() => authenticate(`Bearer ${foreign}`))).facts.rule).toBe(
        'token-key',
      )
    expect(asked()).toBe(1)
    await close()
  })

  test('that cannot be had are no fault of the token', async () => {
    for (const answer of [
      { status: 500, body: '' },
      { status: 200, body: 'not json' },
      { status: 200, body: '{}' },
    ]) {
      const { url, close } = await served(() => answer)
      const authenticate = createAuthenticate({ issuer, audience, jwksUrl: url })
      const made = await token()
      const problem = await problemOf(() => authenticate(`Bearer ${made}`))
      expect([problem.code, problem.facts.rule]).toEqual([
        'key-unavailable',
        'issuer-keys-unreachable',
      ])
      await close()
    }
  })
})

describe('production', () => {
  const refused = async (options: object) => {
    const problem = await problemOf(() =>
      createAuthenticate({ issuer, audience, jwks, production: true, ...options }),
    )
    return [problem.code, problem.facts.place]
  }
  test('refuses the development issuer, its keys, and keys over http', async () => {
    const development = { keys: [{ ...jwks.keys[0], kid: 'vitrine-development-x' }] }
    expect(await refused({ issuer: developmentIssuer })).toEqual([
      'insecure-configuration',
      'issuer',
    ])
    expect(await refused({ jwks: development })).toEqual(['insecure-configuration', 'jwks'])
    for (const jwksUrl of ['http://127.0.0.1/jwks', 'http://id.example/jwks', 'file:///jwks', 'x'])
      expect([
        jwksUrl,
        (await problemOf(() => createAuthenticate({ issuer, audience, jwksUrl, production: true })))
          .code,
      ]).toEqual([jwksUrl, 'insecure-configuration'])
  })
  test('outside it, too, keys come over http from this machine only', async () => {
    const act = () => createAuthenticate({ issuer, audience, jwksUrl: 'http://id.example/jwks' })
    expect((await problemOf(act)).code).toBe('insecure-configuration')
  })
  test('refuses a token of a development key that the issuer came to publish', async () => {
    const made = await token({ header: { kid: 'vitrine-development-x' } })
    expect(await classOf(made, { production: true })).toBe('token-development-key')
  })
})
