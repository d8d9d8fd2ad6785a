import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { join } from 'node:path'
import { CompactSign, calculateJwkThumbprint, exportJWK, type JWK } from 'jose'
import type { Keys } from '../domain/capabilities.ts'
import { canonicalJson } from '../domain/digest.ts'
import { createKeySet, exists, keyFile, keyUnavailable, readKeyFile } from './keyfile.ts'
import { noiseStream } from './stream.ts'

/**
 * The files of a key set, each 0600 below DIRECTORY/keyset. The noise key is never rotated while a permit lives.
 * The pseudonym key is what the access body holds in escrow (66(3)): with it, and nothing else, a pseudonym is undone.
 */
export const keyFiles = {
  noise: 'noise.json',
  pseudonym: 'pseudonym-escrow.json',
  blind: 'blind.json',
  permit: 'permit-signing.json',
  log: 'log-signing.json',
} as const
type KeyName = keyof typeof keyFiles

const keyNames = Object.keys(keyFiles) as readonly KeyName[]
const purposeOf = (name: KeyName): string => `${name} key`
const secretBytes = 32

/**
 * Opens the keys of a directory. With `create` a complete set is made where there is none at all; a set of which one
 * file is missing or damaged is never completed, because a new noise key would answer old questions afresh.
 * `logName` is the log's key name (C2SP signed-note), fixed at creation. Throws `key-unavailable`.
 */
export async function openKeys(
  options: Readonly<{ directory: string; create: boolean; logName?: string }>,
): Promise<Keys> {
  const set = join(options.directory, 'keyset')
  if (!(await exists(set))) {
    if (!options.create)
      throw keyUnavailable('key-missing', set, 'There are no keys in the key directory.')
    await createKeySet(set, freshSet(options.logName ?? 'vitrine.example/log'))
  }
  const read = (name: KeyName) => readKeyFile(join(set, keyFiles[name]), purposeOf(name))
  const secret = async (name: KeyName): Promise<Buffer> => {
    const file = await read(name)
    if (file.secret.length !== secretBytes) throw damaged(name)
    return file.secret
  }
  const signing = async (name: KeyName): Promise<KeyObject> => privateKey(name, await read(name))
  const log = await read('log')
  if (log.name === undefined) throw damaged('log')
  return keysOf({
    noise: await secret('noise'),
    pseudonym: await secret('pseudonym'),
    blind: await secret('blind'),
    permit: await signing('permit'),
    log: privateKey('log', log),
    logName: log.name,
  })
}

const damaged = (name: KeyName) =>
  keyUnavailable('key-damaged', keyFiles[name], 'The key file is damaged.')

function privateKey(name: KeyName, { secret }: Readonly<{ secret: Buffer }>): KeyObject {
  try {
    const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' })
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // Falls through: what OpenSSL says of a key is nobody's business.
  }
  throw damaged(name)
}

function freshSet(logName: string) {
  const fresh = (name: KeyName): Uint8Array =>
    name === 'permit' || name === 'log'
      ? generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
      : randomBytes(secretBytes)
  return Object.fromEntries(
    keyNames.map((name) => [
      keyFiles[name],
      keyFile(purposeOf(name), fresh(name), name === 'log' ? logName : undefined),
    ]),
  )
}

type Secrets = Readonly<{
  noise: Buffer
  pseudonym: Buffer
  blind: Buffer
  permit: KeyObject
  log: KeyObject
  logName: string
}>

async function keysOf(secrets: Secrets): Promise<Keys> {
  const jwk: JWK = await exportJWK(createPublicKey(secrets.permit))
  const kid = await calculateJwkThumbprint(jwk)
  const published = { ...jwk, kid, alg: 'EdDSA', use: 'sig' }
  const spki = new Uint8Array(createPublicKey(secrets.log).export({ format: 'der', type: 'spki' }))
  return {
    noise: (context) => noiseStream(secrets.noise, context),
    // A key per permit first, so that what undoes one permit's pseudonyms undoes no other's.
    pseudonym: (permit, person) => hmac(hmac(secrets.pseudonym, permit), person).toString('hex'),
    blind: (text) => hmac(secrets.blind, text).toString('hex'),
    signJws: (payload, type) =>
      new CompactSign(new TextEncoder().encode(canonicalJson(payload)))
        .setProtectedHeader({ alg: 'EdDSA', typ: type, kid })
        .sign(secrets.permit),
    publicJwks: async () => ({ keys: [published] }),
    signNote: (bytes) => new Uint8Array(sign(null, bytes, secrets.log)),
    notePublicKey: () => ({ name: secrets.logName, spki }),
  }
}

const hmac = (key: Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(text, 'utf8').digest()
