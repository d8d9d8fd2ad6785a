import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { JailJob, JailLimits } from '../../domain/capabilities.ts'
import type { ScriptLanguage } from '../../domain/script.ts'
import { ENVIRONMENT, PYTHON, runners } from './jobs.ts'

/** What a script over the whole workspace may use. */
export const wholeLimits: JailLimits = {
  wallMs: 600_000,
  cpuSeconds: 600,
  memoryMiB: 1024,
  processes: 32,
  descriptors: 64,
  tmpMiB: 64,
  fileMiB: 16,
  logBytes: 65_536,
  answerBytes: 1 << 20,
}

type Of = Readonly<{
  workspace: string
  seed: number
  scratch: string | undefined
  limits: Partial<JailLimits>
}>
type Program = Pick<JailJob, 'runtime' | 'argv' | 'env'> & Readonly<{ descriptors?: number }>

const R_HOME = '/usr/lib/R'
export const R = `${R_HOME}/bin/exec/R`
/** What R's own starting script would say of where it lies. */
export const R_ENVIRONMENT: Readonly<Record<string, string>> = {
  R_HOME,
  R_SHARE_DIR: '/usr/share/R/share',
  R_LIBS_SITE: '/usr/local/lib/R/site-library:/usr/lib/R/site-library',
  LD_LIBRARY_PATH: `${R_HOME}/lib`,
  PATH: '/usr/bin:/bin',
}
/** R opens no descriptor by number, so its input is fd 4 and its output fd 3; what a script prints goes to the log. */
const R_START = 'exec "$@" 0<&4 4<&- 1>&3 3>&-'
const R_FLAGS = ['--no-echo', '--no-restore', '--no-save', '--no-environ', '--no-site-file']

const programs: Readonly<Record<ScriptLanguage, (folder: string, of: Of) => Program>> = {
  python: (folder) => ({
    runtime: 'python',
    argv: [PYTHON, '-s', '-B', join(folder, 'whole.py')],
    env: {},
  }),
  r: (folder, { scratch }) => ({
    runtime: 'r',
    argv: [
      ...['/bin/sh', '-c', R_START, 'sh', R, ...R_FLAGS, '--no-init-file'],
      `--file=${join(folder, 'whole.R')}`,
    ],
    env: {
      ...R_ENVIRONMENT,
      TMPDIR: scratch ?? '/tmp',
      VITRINE_SDK: folder,
    },
    descriptors: 1024,
  }),
  javascript: (folder, { seed }) => ({
    runtime: 'node',
    argv: [
      ...[realpathSync(process.execPath), `--random-seed=${seed}`, '--no-addons'],
      join(folder, 'whole.mjs'),
    ],
    env: {},
  }),
}

/** The job of one script over the whole workspace: its text comes on fd 4, its one message leaves on fd 3. */
export function wholeJob(language: ScriptLanguage, of: Of): JailJob {
  const folder = join(runners(), language)
  const { runtime, argv, env, descriptors } = programs[language](folder, of)
  return {
    runtime,
    argv,
    env: {
      ...ENVIRONMENT,
      ...env,
      VITRINE_DATA: of.workspace,
      VITRINE_SEED: String(of.seed),
      VITRINE_JAIL: '1',
    },
    read: [folder, of.workspace],
    write: of.scratch === undefined ? [] : [of.scratch],
    limits: { ...wholeLimits, ...(descriptors && { descriptors }), ...of.limits },
  }
}
