import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadView } from '../../src/cli/load-view.ts'
import type { Jail } from '../../src/domain/capabilities.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { load } from '../../src/ingest/load.ts'
import { standardDictionary, standardViews } from '../../src/views/dictionary.ts'
import { writeExports } from '../../tools/fixtures/export.ts'
import { loadCapabilities, scratchFolder } from '../support/ingest.ts'

/**
 * A whole load at growing sizes, as JSON lines: seconds by phase, and the peak resident memory of every child (MiB).
 * Two thirds of the bytes lie in files with a bad line, so that most of it is copied.
 */
const { values } = parseArgs({ options: { persons: { type: 'string', default: '50000' } } })
const largest = Number(values.persons)

/** Notes the high-water mark of each child while it lives. */
function watched(jail: Jail, peak: { mib: number }): Jail {
  return {
    ...jail,
    launch(job) {
      const jailed = jail.launch(job)
      const timer = setInterval(() => {
        try {
          const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${jailed.pid}/status`, 'utf8'))?.[1]
          if (kib !== undefined) peak.mib = Math.max(peak.mib, Math.round(Number(kib) / 1024))
        } catch {
          // The child has ended.
        }
      }, 50)
      void jailed.ended.finally(() => clearInterval(timer))
      return jailed
    },
  }
}

for (const persons of [largest / 16, largest / 4, largest].map(Math.round)) {
  const scratch = scratchFolder()
  const peak = { mib: 0 }
  const { jail: plain, clock, random } = loadCapabilities()
  const jail = watched(plain, peak)
  const engine = createEngine({ jail, memoryMiB: 256, spares: 0 })
  await writeExports({ persons, seed: 9, out: scratch.path })
  const started = performance.now()
  const phases: Record<string, number> = {}
  const { report } = await load(
    { engine, jail, clock, random },
    {
      dataset: 'north',
      directory: join(scratch.path, 'north'),
      views: standardViews.map(loadView),
      dictionary: standardDictionary,
      out: join(scratch.path, 'out'),
      onProgress: ({ phase }) => {
        phases[phase] = Math.round(performance.now() - started) / 1000
      },
    },
  )
  const bytes = report.files.reduce(
    (sum, f) => sum + statSync(join(scratch.path, 'north', f.file)).size,
    0,
  )
  console.log(
    JSON.stringify({
      persons: report.persons,
      lines: report.read,
      mib: Math.round(bytes / 1048576),
      seconds: Math.round(performance.now() - started) / 1000,
      endOfPhase: phases,
      peakChildMiB: peak.mib,
      gatewayMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    }),
  )
  await engine.close()
  scratch.remove()
}
