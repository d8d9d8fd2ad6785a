import { createRequire } from 'node:module'
import type { Decide, Decision, DecisionName } from '../domain/capabilities.ts'
import { canonicalJson, sha256 } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'
import {
  entrypointOf,
  type PolicyBundle,
  policyDigestOf,
  readPolicy,
  unavailable,
  verified,
} from './bundle.ts'

// The package declares loadPolicySync for ESM, but exports it to require only (1.10.0).
const { loadPolicySync }: typeof import('@open-policy-agent/opa-wasm') = createRequire(
  import.meta.url,
)('@open-policy-agent/opa-wasm')

/**
 * The policy as a function. Every call gets a fresh instance of the wasm (under a millisecond), so that no decision
 * depends on an earlier one, and is evaluated on the very bytes whose SHA-256 is `inputDigest` (RFC 8785).
 * Rejects with `policy-unavailable` when the bundle is missing a part or a digest differs; the `Decide` throws the
 * same when evaluation fails or answers in another shape, and `invalid-input` when the input is not JSON.
 */
export async function createDecide(bundle: PolicyBundle): Promise<Decide> {
  const { wasm, metadata } = verified(bundle)
  const module = await compile(wasm)
  const policyDigest = policyDigestOf(metadata)
  return (name, input) => {
    const text = canonical(input)
    const answer = evaluate(module, metadata.data, name, text)
    return { name, ...answer, inputDigest: sha256(text), policyDigest }
  }
}

/** Reads and opens the policy of a directory (policies/); `digest` is what the log calls it. */
export async function openPolicy(
  directory: string | URL,
): Promise<Readonly<{ decide: Decide; digest: string }>> {
  const bundle = await readPolicy(directory)
  return { decide: await createDecide(bundle), digest: policyDigestOf(bundle.metadata) }
}

async function compile(wasm: Uint8Array<ArrayBuffer>): Promise<Module> {
  try {
    return await WebAssembly.compile(wasm)
  } catch {
    throw unavailable('policy-wasm', 'policy.wasm cannot be compiled.', 'policy.wasm')
  }
}

function canonical(input: unknown): string {
  try {
    return canonicalJson(input)
  } catch {
    throw new Problem('invalid-input', {
      rule: 'policy-input',
      reason: 'A value cannot be written as JSON, for example half of a surrogate pair in a text.',
    })
  }
}

/** Node has it; TypeScript's libraries declare it for browsers only. */
declare const WebAssembly: Readonly<{ compile(bytes: Uint8Array): Promise<Module> }>
type Module = Parameters<typeof loadPolicySync>[0]

type Answer = Pick<Decision, 'allow' | 'reasons' | 'obligations'>

function evaluate(module: Module, data: object, name: DecisionName, input: string): Answer {
  let result: unknown
  try {
    const policy = loadPolicySync(module)
    policy.setData(data)
    const bytes = new TextEncoder().encode(input)
    result = policy.evaluate(bytes.buffer, entrypointOf(name))
  } catch {
    // What the wasm throws may quote the input.
    throw unavailable('policy-evaluation', 'The evaluation failed.', name)
  }
  const [first] = Array.isArray(result) ? result : []
  const answer: unknown = first?.result
  if (!isAnswer(answer)) throw unavailable('policy-answer', 'The policy gave no decision.', name)
  return { allow: answer.allow, reasons: answer.reasons, obligations: answer.obligations }
}

/** Allows exactly when there is no reason against it; anything else is no decision. */
function isAnswer(value: unknown): value is Answer {
  if (typeof value !== 'object' || value === null) return false
  const { allow, reasons, obligations } = value as Record<string, unknown>
  return (
    Array.isArray(reasons) &&
    reasons.every((it) => typeof it?.rule === 'string' && typeof it?.message === 'string') &&
    allow === (reasons.length === 0) &&
    typeof obligations === 'object' &&
    obligations !== null
  )
}
