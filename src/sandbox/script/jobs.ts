import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
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

const DAY = 86_400_000
/**
 * A runner is bounded by its persons, each of which is. Its own limit is as far as a timer reaches (2^31 ms): where all
 * persons together could come to it, whether the run ends well could be decided by one.
 */
const RUNNER = 24 * DAY
/** No limit of its own: a person mode answers as much as there are persons, and bounds each one. */
const ENDLESS = Number.MAX_SAFE_INTEGER

/** A runner's whole life; each person has the smaller limits of the header. No folder may be written. */
export const personLimits = (memoryMiB: number): JailLimits => ({
  wallMs: RUNNER,
  cpuSeconds: RUNNER / 1000,
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

/** R's own library, loaded into the zygote for Python, so that R has its fork, its filter and its clocks (r_person.py). */
export const rPersons = (memoryMiB: number): JailJob => ({
  ...pythonPersons(memoryMiB),
  runtime: 'r',
  env: {
    ...ENVIRONMENT,
    R_HOME: '/usr/lib/R',
    LD_LIBRARY_PATH: '/usr/lib/R/lib',
    PATH: '/usr/bin:/bin',
  },
  limits: { ...personLimits(memoryMiB), descriptors: 1024 },
})

/** The packages of QuickJS as WebAssembly. What a runner needs of node_modules, and nothing else there, is shown in the jail. */
export const QUICKJS = [
  'quickjs-emscripten-core',
  '@jitl/quickjs-wasmfile-release-sync',
  '@jitl/quickjs-ffi-types',
] as const

/** The folder of one of these packages, wherever npm has put it. Throws when it is not installed. */
export function quickjsFolder(name: (typeof QUICKJS)[number]): string {
  const entry = createRequire(import.meta.url).resolve(name)
  return entry.slice(0, entry.lastIndexOf(`/${name}/`) + name.length + 1)
}

/** Optimised before it runs, all of it: V8 would compile what was run often anew, and how fast one is would depend on others. */
const ONE_COMPILER = ['--no-liftoff', '--no-wasm-lazy-compilation', '--no-wasm-dynamic-tiering']

/** The runner for JavaScript: two threads of Node, each person in a WebAssembly memory of at most `memoryMiB`. */
export const javascriptPersons = (memoryMiB: number): JailJob => {
  const folder = join(runners(), 'javascript')
  return {
    runtime: 'node',
    argv: [
      ...[realpathSync(process.execPath), `--wasm-max-mem-pages=${16 * Math.ceil(memoryMiB)}`],
      ...ONE_COMPILER,
      ...['--no-addons', join(folder, 'person.mjs')],
      ...QUICKJS.slice(0, 2).map(quickjsFolder), // by their real place, which a link in the jail may not lead to
    ],
    env: ENVIRONMENT,
    read: [folder, ...QUICKJS.map(quickjsFolder)],
    write: [],
    // A worker that is being ended may still hold its memory when the next one starts.
    limits: { ...personLimits(2 * memoryMiB + 256), processes: 32 },
  }
}
