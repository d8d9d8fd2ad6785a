import type { Jail, Runtime, Scripts } from '../../domain/capabilities.ts'
import { Problem } from '../../domain/problem.ts'
import type { ScriptLanguage } from '../../domain/script.ts'
import { archOf } from '../syscalls.ts'
import { confinement } from './confine.ts'
import { pythonPersons } from './jobs.ts'
import { evaluatePersons } from './person.ts'
import { adds, libraries, pythonRuntime } from './runtimes.ts'

const unisolated = (): Problem =>
  new Problem('jail-unavailable', {
    rule: 'jail-not-isolated',
    reason: 'No launcher isolates children on this machine, so no script runs here.',
  })

const missing = (language: ScriptLanguage, mode: 'person' | 'whole'): Problem =>
  new Problem('jail-unavailable', {
    rule: `runtime-${language}`,
    reason: `This gateway does not run ${mode} scripts in ${language}.`,
    fix:
      language === 'python' && mode === 'person'
        ? adds.python
        : 'Write a person function in Python.',
  })

/**
 * Researchers' scripts in the jail. Today: person functions in Python; every other pair of language and mode is refused with
 * `jail-unavailable` of rule `runtime-<language>`, and is not in `runtimes()`. `quantumMs` is the wall-clock time of one
 * person, `memoryMiB` what one person may hold beyond the libraries. Throws `jail-unavailable` where nothing isolates.
 */
export function createScripts(
  options: Readonly<{ jail: Jail; quantumMs?: number; memoryMiB?: number }>,
): Scripts {
  const { jail, quantumMs = 2000, memoryMiB = 256 } = options
  let python: Promise<Runtime | undefined> | undefined
  const found = (): Promise<Runtime | undefined> => {
    python ??= pythonRuntime()
    return python
  }
  return {
    runtimes: async () => {
      if (!jail.isolated) throw unisolated()
      const runtime = await found()
      return runtime === undefined ? [] : [runtime]
    },
    async persons({ script, records, answer, signal }) {
      const arch = archOf(process.arch)
      if (!jail.isolated || arch === undefined) throw unisolated()
      if (script.language !== 'python' || (await found()) === undefined)
        throw missing(script.language, 'person')
      const header = {
        language: script.language,
        text: script.text,
        libraries: libraries.python,
        seed: 1,
        quantumMs,
        memoryMiB,
        filter: Buffer.from(confinement(arch)).toString('hex'),
      }
      const job = pythonPersons(4 * memoryMiB)
      await evaluatePersons(jail, job, header, { script, records, answer, signal })
    },
    whole: async ({ script }) => Promise.reject(missing(script.language, 'whole')),
  }
}
