import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, type JSONWebKeySet, SignJWT } from 'jose'
import { Problem } from '../domain/problem.ts'
import { type Role, roles } from '../domain/role.ts'
import { createKeyFile, exists, keyFile, readKeyFile } from './keyfile.ts'
import { developmentIssuer, developmentKeyPrefix } from './marks.ts'

export const developmentAudience = 'vitrine'
const purpose = 'development token key'
const longestTtl = 24 * 3600

/** What `createAuthenticate` takes to accept development tokens of this directory. Makes the key where there is none. */
export async function devIssuer(
  options: Readonly<{ directory: string }>,
): Promise<Readonly<{ issuer: string; audience: string; jwks: JSONWebKeySet }>> {
  const { publicKey, kid } = await developmentKey(options.directory)
  const jwk = await exportJWK(publicKey)
  return {
    issuer: developmentIssuer,
    audience: developmentAudience,
    jwks: { keys: [{ ...jwk, kid, alg: 'EdDSA', use: 'sig' }] },
  }
}

/**
 * A bearer token of the local development issuer, valid `ttl` seconds (at most a day). Its issuer and its key are
 * marked as development, which production refuses. Throws `usage`, and `key-unavailable` when the key is damaged.
 */
export async function mintDevToken(
  options: Readonly<{
    directory: string
    role: Role
    subject: string
    organisation: string
    name?: string
    ttl: number
  }>,
): Promise<string> {
  const { role, subject, organisation, name, ttl } = options
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > longestTtl)
    throw new Problem('usage', { place: 'ttl', reason: `From 1 to ${longestTtl} seconds.` })
  if (role === 'gateway' || !roles.includes(role))
    throw new Problem('usage', { place: 'role', reason: 'There is no such role for a person.' })
  const { privateKey, kid } = await developmentKey(options.directory)
  return new SignJWT({ role, organisation, ...(name === undefined ? {} : { name }) })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid })
    .setIssuer(developmentIssuer)
    .setAudience(developmentAudience)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(`${ttl} s`)
    .sign(privateKey)
}

type DevelopmentKey = Readonly<{ privateKey: KeyObject; publicKey: KeyObject; kid: string }>

async function developmentKey(directory: string): Promise<DevelopmentKey> {
  const path = join(directory, 'development-token-key.json')
  if (!(await exists(path))) {
    const { privateKey } = generateKeyPairSync('ed25519')
    await createKeyFile(path, keyFile(purpose, privateKey.export({ format: 'der', type: 'pkcs8' })))
  }
  const { secret } = await readKeyFile(path, purpose)
  const privateKey = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  const thumbprint = await calculateJwkThumbprint(await exportJWK(publicKey))
  return { privateKey, publicKey, kid: `${developmentKeyPrefix}${thumbprint}` }
}
