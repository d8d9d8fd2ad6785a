import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decisionNames } from '../domain/capabilities.ts'
import { digestOf, sha256 } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'

/** policies/policy.json: what the committed wasm was built from. Digests are SHA-256, lower-case hex. */
export type PolicyMetadata = Readonly<{
  /** Version of the OPA that built it. */
  opa: string
  wasm: string
  entrypoints: readonly string[]
  /** Path below policies/ -> digest, of every file that is compiled. */
  sources: Readonly<Record<string, string>>
  /** The access body's figures (policies/data.json); the wasm reads them at every decision. */
  data: Readonly<Record<string, unknown>>
}>

export type PolicyBundle = Readonly<{ wasm: Uint8Array<ArrayBuffer>; metadata: PolicyMetadata }>

export const entrypointOf = (name: string): string => `${name}/decision`

/** What the log calls the policy: changes with any rule and with any figure. */
export const policyDigestOf = (metadata: PolicyMetadata): string =>
  digestOf({ wasm: metadata.wasm, data: metadata.data })

/** The one way this room says that nothing is allowed because nothing can be decided. */
export const unavailable = (rule: string, reason: string, place = 'policies'): Problem =>
  new Problem('policy-unavailable', { rule, reason, place })

/** Reads policy.wasm and policy.json. Throws `policy-unavailable` when either is missing or damaged. */
export async function readPolicy(directory: string | URL): Promise<PolicyBundle> {
  const folder = typeof directory === 'string' ? directory : fileURLToPath(directory)
  const read = async (file: string) => {
    try {
      return await readFile(join(folder, file))
    } catch {
      throw unavailable('policy-missing', `The file ${file} cannot be read.`, file)
    }
  }
  const wasm = new Uint8Array(await read('policy.wasm'))
  const metadata = parseMetadata((await read('policy.json')).toString('utf8'))
  return verified({ wasm, metadata })
}

/** The bundle, once its wasm is the one that the metadata names. Throws `policy-unavailable`. */
export function verified(bundle: PolicyBundle): PolicyBundle {
  if (sha256(bundle.wasm) !== bundle.metadata.wasm)
    throw unavailable('policy-digest', 'policy.wasm is not the file that policy.json names.')
  const missing = decisionNames.filter(
    (name) => !bundle.metadata.entrypoints.includes(entrypointOf(name)),
  )
  if (missing.length > 0)
    throw unavailable('policy-incomplete', `No entrypoint for ${missing.join(', ')}.`)
  return bundle
}

function parseMetadata(text: string): PolicyMetadata {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw unavailable('policy-metadata', 'policy.json is not JSON.', 'policy.json')
  }
  if (!isMetadata(value))
    throw unavailable('policy-metadata', 'policy.json lacks a field.', 'policy.json')
  return value
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isMetadata = (value: unknown): value is PolicyMetadata =>
  isRecord(value) &&
  typeof value['opa'] === 'string' &&
  typeof value['wasm'] === 'string' &&
  Array.isArray(value['entrypoints']) &&
  isRecord(value['sources']) &&
  isRecord(value['data'])
