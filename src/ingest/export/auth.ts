import { randomUUID } from 'node:crypto'
import { importJWK, type JWK, SignJWT } from 'jose'
import { refused, requireTls } from './server.ts'

/** SMART Backend Services: how this product proves to a FHIR server who it is. */
export type BackendClient = Readonly<{
  clientId: string
  tokenUrl: string
  /** Private JWK with `kid` and `alg` RS384 or ES384, registered with the server. */
  key: JWK
  scope: string
}>

/**
 * Access tokens by client_credentials with private_key_jwt (SMART App Launch 2.2, "Backend Services"; RFC 7523): the assertion lives
 * four minutes, the token is used until half a minute before its end. Throws `load-failed` (`not-authorised`).
 */
export function backendTokens(client: BackendClient, now: () => number) {
  requireTls(client.tokenUrl)
  let held: { token: string; until: number } | undefined
  return async (renew: boolean): Promise<string> => {
    if (!renew && held !== undefined && now() < held.until) return held.token
    const response = await fetch(client.tokenUrl, {
      method: 'POST',
      redirect: 'error',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        scope: client.scope,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(client, now()),
      }),
    }).catch(() => undefined)
    const answer = response?.ok
      ? ((await response.json().catch(() => ({}))) as Record<string, unknown>)
      : {}
    const { access_token: token, expires_in: seconds } = answer
    if (typeof token !== 'string')
      throw refused(
        'not-authorised',
        'The server gave no access token.',
        'Check the client id, the registered key and the scope.',
      )
    held = { token, until: now() + (typeof seconds === 'number' ? seconds : 300) * 1000 - 30_000 }
    return token
  }
}

async function assertion({ clientId, tokenUrl, key }: BackendClient, now: number): Promise<string> {
  const alg = key.alg ?? 'ES384'
  const seconds = Math.floor(now / 1000)
  return new SignJWT({})
    .setProtectedHeader({ alg, typ: 'JWT', ...(key.kid !== undefined && { kid: key.kid }) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl)
    .setJti(randomUUID())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + 240)
    .sign(await importJWK(key, alg))
}
