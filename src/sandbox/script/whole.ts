import { createHash } from 'node:crypto'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Jail, Jailed, JailJob, JailLimits, WholeAnswer } from '../../domain/capabilities.ts'
import { Problem } from '../../domain/problem.ts'
import type { WholeScript } from '../../domain/script.ts'
import { decodeAnswer } from '../decode.ts'
import { runners } from './jobs.ts'
import { wholeJob } from './whole-jobs.ts'

/** Significant digits that a number of an output keeps: what is below carries data and no finding. */
const DIGITS = 12

/** The seed as a whole number from 1 to 2^31 - 1, which every generator takes. Pure. */
export const seedOf = (seed: string): number =>
  createHash('sha256').update(seed).digest().readUInt32LE(0) & 0x7fffffff || 1

/** All that was said on fd 3; the jail has bounded it. */
async function everything(answers: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of answers) parts.push(part)
  return Buffer.concat(parts)
}

const MALFORMED = 'its outputs are no strict message, or name what was not declared'

/** The declared outputs in one strict message; nothing where it is not one, or names what was not declared. */
export function outputsOf(
  { outputs }: Pick<WholeScript, 'outputs'>,
  message: Uint8Array,
): Readonly<Record<string, unknown>> | undefined {
  const known = new Set(outputs.map(({ name }) => name))
  let value: unknown
  try {
    value = decodeAnswer(message, { digits: DIGITS }).value
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (Object.keys(value).some((name) => !known.has(name))) return undefined
  return value as Readonly<Record<string, unknown>>
}

/** A folder for a runtime that needs one where the launcher gives no private /tmp. */
function folderFor(jail: Jail, workspace: string): string | undefined {
  const hides = jail.launcher === 'bubblewrap' || jail.launcher === 'gvisor'
  // Whatever lies below /tmp, the tables or this package itself, would be hidden by a private one.
  const below = [workspace, runners()].some((path) => realpathSync(path).startsWith('/tmp/'))
  return hides && !below ? undefined : mkdtempSync(join(tmpdir(), 'vitrine-whole-'))
}

async function finish(jailed: Jailed, script: WholeScript): Promise<WholeAnswer> {
  jailed.requests.end(script.text)
  const message = await everything(jailed.answers as AsyncIterable<Buffer>)
  const { reason, code } = await jailed.ended
  // A database keeps no zero byte: a script that prints one would be without a log.
  const log = jailed.log().replaceAll('\0', '\u2400')
  if (reason !== 'exit') return { end: reason, log }
  if (code !== 0) return { end: `exit ${code}`, log }
  const outputs = outputsOf(script, message)
  return outputs === undefined ? { end: MALFORMED, log } : { outputs, end: 'exit 0', log }
}

/**
 * Runs a script over the tables in `workspace` in a jail of its own: nothing of the gateway but the interpreter, the SDK and
 * that folder can be read, and the same text, tables, seed and runtime give the same outputs. Throws `run-failed` where the
 * signal came before its start, and `jail-unavailable` where nothing isolates.
 */
export async function runWhole(
  jail: Jail,
  work: Readonly<{ script: WholeScript; workspace: string; seed: string; signal?: AbortSignal }>,
  limits: Partial<JailLimits> = {},
): Promise<WholeAnswer> {
  const { script, workspace, seed, signal } = work
  if (!jail.isolated) throw new Problem('jail-unavailable', { rule: 'jail-not-isolated' })
  if (signal?.aborted === true) throw new Problem('run-failed', { died: true })
  const scratch = script.language === 'r' ? folderFor(jail, workspace) : undefined
  const job: JailJob = wholeJob(script.language, { workspace, seed: seedOf(seed), scratch, limits })
  const jailed = jail.launch(job)
  const kill = (): void => jailed.kill('killed')
  signal?.addEventListener('abort', kill, { once: true })
  try {
    return await finish(jailed, script)
  } finally {
    kill()
    signal?.removeEventListener('abort', kill)
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true })
  }
}
