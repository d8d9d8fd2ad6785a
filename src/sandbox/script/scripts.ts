import type { Jail, JailJob, Runtime, Scripts } from '../../domain/capabilities.ts'
import { Problem } from '../../domain/problem.ts'
import type { ScriptLanguage } from '../../domain/script.ts'
import { archOf } from '../syscalls.ts'
import { confinement } from './confine.ts'
import { javascriptPersons, pythonPersons, rPersons } from './jobs.ts'
import { evaluatePersons } from './person.ts'
import { adds, findRuntimes, libraries } from './runtimes.ts'
import { runWhole } from './whole.ts'
import { wholeLimits } from './whole-jobs.ts'

/** The runner of person functions, by language. */
const personJobs: Readonly<Partial<Record<ScriptLanguage, (memoryMiB: number) => JailJob>>> = {
  python: (memoryMiB) => pythonPersons(4 * memoryMiB),
  r: (memoryMiB) => rPersons(4 * memoryMiB),
  javascript: javascriptPersons,
}
/**
 * Milliseconds around a person's quantum: fork and death of a child, or a worker that is ended and begun again. Measured of
 * functions that loop or fill their memory, on two busy cores: 12, 13 and 310 on the average.
 */
const AROUND: Readonly<Record<ScriptLanguage, number>> = { python: 20, r: 30, javascript: 400 }
/** Languages in which a person function can be written. */
export const personLanguages = Object.keys(personJobs) as ScriptLanguage[]

const unisolated = (): Problem =>
  new Problem('jail-unavailable', {
    rule: 'jail-not-isolated',
    reason: 'No launcher isolates children on this machine, so no script runs here.',
  })

const missing = (language: ScriptLanguage, here: boolean): Problem =>
  new Problem('jail-unavailable', {
    rule: `runtime-${language}`,
    reason: here
      ? `Person functions are not evaluated in ${language}.`
      : `No runtime for ${language} is installed on this machine.`,
    fix: here ? `Write it in ${personLanguages.join(' or ')}.` : adds[language],
  })

/**
 * Researchers' scripts in the jail: functions of one person's records in `personLanguages`, scripts over the whole workspace
 * in every language that is installed. `quantumMs` is the wall-clock time of one person, `memoryMiB` what one person may
 * hold beyond the libraries. Throws `jail-unavailable`: of rule `jail-not-isolated` where nothing isolates, of rule
 * `runtime-<language>` where the language is not here.
 */
export function createScripts(
  options: Readonly<{ jail: Jail; quantumMs?: number; memoryMiB?: number }>,
): Scripts {
  const { jail, quantumMs = 2000, memoryMiB = 256 } = options
  let found: Promise<readonly Runtime[]> | undefined
  const runtimes = async (): Promise<readonly Runtime[]> => {
    if (!jail.isolated) throw unisolated()
    found ??= findRuntimes()
    return found
  }
  const assertHere = async (language: ScriptLanguage): Promise<void> => {
    if (!(await runtimes()).some((it) => it.language === language)) throw missing(language, false)
  }
  return {
    runtimes,
    personMs: (language) => quantumMs + AROUND[language],
    wholeMs: wholeLimits.wallMs,
    async persons({ script, records, answer, signal }) {
      const { language, text } = script
      await assertHere(language)
      const arch = archOf(process.arch)
      const job = personJobs[language]
      if (job === undefined || arch === undefined) throw missing(language, true)
      const header = {
        language,
        text,
        libraries: libraries[language],
        reads: script.reads,
        seed: 1,
        quantumMs,
        memoryMiB,
        filter: Buffer.from(confinement(arch)).toString('hex'),
      }
      await evaluatePersons(jail, job(memoryMiB), header, { script, records, answer, signal })
    },
    async whole(work) {
      await assertHere(work.script.language)
      return runWhole(jail, work)
    },
  }
}
