import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import type { Authenticate } from '../domain/capabilities.ts'
import { Problem } from '../domain/problem.ts'
import { actorOf, type Claims } from './claims.ts'
import { developmentIssuer, isDevelopmentKey } from './marks.ts'
import { tokenInvalid } from './token.ts'

/** RFC 8725 section 3.1: chosen by us, never by the token. No `none`, nothing symmetric. */
export const algorithms = ['EdDSA', 'ES256', 'RS256']

export type Issuer = Readonly<{
  issuer: string
  audience: string
  /** In production no development issuer, no development key and no unencrypted JWKS is accepted. */
  production?: boolean
  /** Seconds that two clocks may differ, 5 when absent. */
  clockTolerance?: number
  now?: () => Date
}> &
  Claims &
  (Readonly<{ jwks: JSONWebKeySet }> | Readonly<{ jwksUrl: string }>)

const longestToken = 8192

/**
 * Verifies bearer tokens of one issuer (RFC 6750, 7519, 8725): signature by a key of its JWKS, issuer, audience,
 * expiry, subject, one role. Creation throws `insecure-configuration`. A call throws `token-missing`, `token-invalid`
 * with `rule` naming the class and never a part of the token, or `key-unavailable` when the JWKS cannot be fetched.
 */
export function createAuthenticate(options: Issuer): Authenticate {
  const production = options.production === true
  if (production && options.issuer === developmentIssuer)
    throw insecure('issuer', 'Production does not accept the development issuer.')
  const keys =
    'jwks' in options
      ? localKeys(options.jwks, production)
      : remoteKeys(options.jwksUrl, production)
  const key: JWTVerifyGetKey = async (header, token) => {
    if (production && isDevelopmentKey(header)) throw tokenInvalid('development-key')
    return keys(header, token)
  }
  return async (authorization) => {
    const payload = await verify(bearer(authorization), key, options)
    return actorOf(payload, options)
  }
}

function bearer(authorization: string | undefined): string {
  const [, scheme, token] = /^(\S+)(?: +(.*))?$/.exec(authorization ?? '') ?? []
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '')
    throw new Problem('token-missing')
  if (token.length > longestToken) throw tokenInvalid('too-long')
  return token
}

async function verify(token: string, key: JWTVerifyGetKey, options: Issuer): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms,
      issuer: options.issuer,
      audience: options.audience,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: options.clockTolerance ?? 5,
      ...(options.now === undefined ? {} : { currentDate: options.now() }),
    })
    return payload
  } catch (error) {
    if (error instanceof Problem) throw error
    throw tokenInvalid(classOf(error))
  }
}

function classOf(error: unknown): Parameters<typeof tokenInvalid>[0] {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'issuer'
    if (error.claim === 'aud') return 'audience'
    if (error.claim === 'nbf') return 'not-yet-valid'
    return error.claim === 'sub' ? 'subject' : 'claim'
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature'
  if (error instanceof errors.JWKSNoMatchingKey) return 'key'
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'key'
  return 'malformed'
}

function localKeys(jwks: JSONWebKeySet, production: boolean): JWTVerifyGetKey {
  if (production && jwks.keys.some(isDevelopmentKey))
    throw insecure('jwks', 'Production does not accept a development key.')
  return createLocalJWKSet(jwks)
}

const loopback = ['127.0.0.1', '[::1]', 'localhost']

function remoteKeys(address: string, production: boolean): JWTVerifyGetKey {
  const url = URL.parse(address)
  const local = url?.protocol === 'http:' && loopback.includes(url.hostname) && !production
  if (url === null || (url.protocol !== 'https:' && !local))
    throw insecure('jwksUrl', 'The keys of an issuer come over https.')
  const remote = createRemoteJWKSet(url, { timeoutDuration: 5000 })
  return async (header, token) => {
    try {
      return await remote(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error
      if (error instanceof errors.JOSENotSupported) throw error
      throw new Problem('key-unavailable', {
        rule: 'issuer-keys-unreachable',
        place: 'jwksUrl',
        reason: 'The keys of the token issuer cannot be fetched.',
        fix: 'Check that the gateway reaches the issuer.',
      })
    }
  }
}

const insecure = (place: string, reason: string): Problem =>
  new Problem('insecure-configuration', { place, reason })
