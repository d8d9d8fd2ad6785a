import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { JailJob, JailLimits } from '../../domain/capabilities.ts'

export const PYTHON = '/usr/bin/python3'

/** The folder `sandbox/` of the package, from src/ and from dist/ alike. Throws when the package is not whole. */
export function runners(from: string = import.meta.dirname): string {
  const at = join(from, 'sandbox', 'python', 'zygote.py')
  if (existsSync(at)) return join(from, 'sandbox')
  if (dirname(from) === from) throw new Error('sandbox/python/zygote.py is missing')
  return runners(dirname(from))
}

/** What every interpreter gets and nothing else: fixed locale, time zone, hash seed, one thread. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  PYTHONHASHSEED: '0',
  PYTHONDONTWRITEBYTECODE: '1',
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  NUMEXPR_NUM_THREADS: '1',
}

const HOUR = 3_600_000
/** No limit of its own: a person mode answers as much as there are persons, and bounds each one. */
const ENDLESS = Number.MAX_SAFE_INTEGER

/** A runner's whole life; each person has the smaller limits of the header. No folder may be written. */
export const personLimits = (memoryMiB: number): JailLimits => ({
  wallMs: 12 * HOUR,
  cpuSeconds: (12 * HOUR) / 1000,
  memoryMiB,
  processes: 16,
  descriptors: 64,
  tmpMiB: 0,
  fileMiB: 0,
  logBytes: 16_384,
  answerBytes: ENDLESS,
})

/** The zygote for Python. */
export const pythonPersons = (memoryMiB: number): JailJob => {
  const folder = join(runners(), 'python')
  return {
    runtime: 'python',
    argv: [PYTHON, '-s', '-B', join(folder, 'zygote.py')],
    env: ENVIRONMENT,
    read: [folder],
    write: [],
    zygote: true,
    limits: personLimits(memoryMiB),
  }
}
