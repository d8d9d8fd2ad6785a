import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Jail, JailJob, JailLimits } from '../domain/capabilities.ts'
import { digestOf } from '../domain/digest.ts'
import { PERL } from './bubblewrap.ts'
import { fileAttempts } from './probes/files.ts'
import { kernelAttempts } from './probes/kernel.ts'
import { networkAttempts } from './probes/network.ts'
import { type Attempt, attemptProgram, expression, type Strain } from './probes/probe.ts'
import { strains } from './probes/strains.ts'
import { type Arch, archOf } from './syscalls.ts'

export type SelfTest = Readonly<{
  launcher: Jail['launcher']
  kernel: string
  probes: number
  /** Open and known to do no harm, each with its reason. */
  open: readonly Readonly<{ probe: string; reason: string }>[]
  /** How many that must be blocked are open: 0, or no untrusted input meets this machine. */
  blockedOpen: number
  /** Which. */
  failed: readonly string[]
  /** SHA-256 over launcher, kernel and each verdict; goes into the audit log. */
  digest: string
}>

export type Verdict = Readonly<{ id: string; open: boolean }>

const limits: JailLimits = {
  wallMs: 20_000,
  cpuSeconds: 10,
  memoryMiB: 64,
  processes: 16,
  descriptors: 64,
  tmpMiB: 8,
  fileMiB: 4,
  logBytes: 4096,
  answerBytes: 65_536,
}
const all: readonly Attempt[] = [...fileAttempts, ...kernelAttempts, ...networkAttempts]

const job = (
  runtime: JailJob['runtime'],
  argv: readonly string[],
  read: readonly string[],
  over: Partial<JailLimits> = {},
): JailJob => ({
  runtime,
  argv,
  env: { TZ: 'UTC', LC_ALL: 'C' },
  read,
  write: [],
  limits: { ...limits, ...over },
})

/** Makes attempts [from, to) in one child and goes on after each one that ended it. */
async function attemptRange(
  jail: Jail,
  expressions: readonly string[],
  range: Readonly<{ from: number; to: number }>,
  data: string,
): Promise<readonly boolean[]> {
  const { from, to } = range
  if (from >= to) return []
  const child = jail.launch(
    job('perl', [PERL, '-e', attemptProgram(expressions, from, to)], [data]),
  )
  child.requests.end()
  const lines = (await text(child.answers)).trim().split('\n')
  const end = await child.ended
  const done = lines.filter((line) => / [01]$/.test(line)).map((line) => line.endsWith('1'))
  if (done.length === to - from) return done
  // The child ended within an attempt: by the filter (blocked), or by becoming another program (open).
  const started = lines.at(-1)?.endsWith('?') === true
  if (!started) throw new Error(`the probes do not run in ${jail.launcher}: ${child.log()}`)
  const became = end.reason === 'exit' && end.code === 0
  const rest = { from: from + done.length + 1, to }
  return [...done, became, ...(await attemptRange(jail, expressions, rest, data))]
}

/** A jail for each attempt where one could change the next (no isolation), or as few as it takes. */
function ranges(count: number, each: boolean): readonly Readonly<{ from: number; to: number }>[] {
  const size = each ? 1 : Math.ceil(count / 4)
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => ({
    from: i * size,
    to: Math.min(count, (i + 1) * size),
  }))
}

/** At most `n` at a time. */
async function inTurn<A, B>(
  items: readonly A[],
  n: number,
  work: (item: A) => Promise<B>,
): Promise<B[]> {
  const results: B[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as A)
  }
  await Promise.all(Array.from({ length: n }, worker))
  return results
}

async function makeAttempts(jail: Jail, arch: Arch): Promise<readonly Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-probe-'))
  const [data, outside] = [join(folder, 'data'), join(folder, 'outside')]
  for (const file of [data, outside]) writeFileSync(file, 'canary')
  try {
    const able = all.flatMap((attempt) => {
      const text = expression(attempt, { arch, data, outside })
      return text === undefined ? [] : [{ id: attempt.id, text }]
    })
    const texts = able.map(({ text }) => text)
    const opened = await inTurn(ranges(able.length, !jail.isolated), 4, (range) =>
      attemptRange(jail, texts, range, data),
    )
    return opened.flat().map((open, i) => ({ id: able[i]?.id ?? '', open }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function strainOnce(jail: Jail, strain: Strain): Promise<Verdict> {
  const programs = {
    perl: [PERL, '-e', strain.code],
    node: [process.execPath, '-e', strain.code],
    python: ['/usr/bin/python3', '-I', '-S', '-c', strain.code],
  }
  const began = performance.now()
  const child = jail.launch(job(strain.runtime, programs[strain.runtime], [], strain.limits))
  child.requests.end()
  const answer = await text(child.answers)
  const end = await child.ended
  const ms = performance.now() - began
  return { id: strain.id, open: !strain.held({ end, answer, log: child.log(), ms }) }
}

/** Every verdict, in the order of the list. Throws when the probes themselves cannot run. */
export async function probe(
  jail: Jail,
  options: Readonly<{ quick?: boolean }> = {},
): Promise<readonly Verdict[]> {
  const arch = archOf(process.arch)
  if (!arch) throw new Error(`no table of system calls for ${process.arch}`)
  const attempted = await makeAttempts(jail, arch)
  if (options.quick) return attempted
  return [...attempted, ...(await inTurn(strains(), 3, (strain) => strainOnce(jail, strain)))]
}

const reasonOf = (id: string, launcher: Jail['launcher']): string | undefined =>
  launcher === 'plain' ? undefined : all.find((a) => a.id === id)?.harmless?.[launcher]

/** What the verdicts mean. Pure. */
export function summary(
  launcher: Jail['launcher'],
  kernel: string,
  verdicts: readonly Verdict[],
): SelfTest {
  const open = verdicts.filter((verdict) => verdict.open)
  const failed = open.map(({ id }) => id).filter((id) => reasonOf(id, launcher) === undefined)
  return {
    launcher,
    kernel,
    probes: verdicts.length,
    open: open.flatMap(({ id }) => {
      const reason = reasonOf(id, launcher)
      return reason === undefined ? [] : [{ probe: id, reason }]
    }),
    blockedOpen: failed.length,
    failed,
    digest: digestOf({ launcher, kernel, verdicts: verdicts.map(({ id, open }) => [id, open]) }),
  }
}

/**
 * Runs the probe list in this jail (3-4 s; 1-2 s when `quick`, which leaves out exhaustion and covert channels).
 * `blockedOpen` above 0 means it must not meet untrusted input.
 */
export async function selfTest(
  jail: Jail,
  options: Readonly<{ quick?: boolean }> = {},
): Promise<SelfTest> {
  return summary(jail.launcher, release(), await probe(jail, options))
}
