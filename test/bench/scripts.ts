import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import type { Scripts } from '../../src/domain/capabilities.ts'
import { Problem } from '../../src/domain/problem.ts'
import { type ScriptLanguage, scriptLanguages } from '../../src/domain/script.ts'
import { chooseJail } from '../../src/sandbox/choose.ts'
import { createScripts } from '../../src/sandbox/script/scripts.ts'
import { exportedWorkspace } from '../sandbox/script/workspace.ts'

/**
 * npm run -s bench:scripts -- --json: persons per second of a person function in each language, how that grows with the
 * number of persons (`--full` adds 100,000), and the median time of a small script over the whole workspace from a cold start.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '1000,10000' },
    runs: { type: 'string', default: '5' },
  },
})
const sizes = [...values.sizes.split(',').map(Number), ...(values.full ? [100_000] : [])]

type Per<T> = Record<ScriptLanguage, T | null>
const persons: Readonly<Record<ScriptLanguage, string>> = {
  python: `import numpy as np
def person(records):
    values = np.array([row["value"] for row in records["observation"]])
    return {"mean": float(values.mean())}`,
  r: `person <- function(records) list(mean = mean(records$observation$value))`,
  javascript: `function person(records) {
  const values = records.observation.map((row) => row.value)
  return { mean: values.reduce((sum, value) => sum + value, 0) / values.length }
}`,
}
/** Nothing but what surrounds a person: fork, confinement, the records and the answer; no library. */
const empty: typeof persons = {
  python: 'def person(records): return {"mean": 100}',
  r: 'person <- function(records) list(mean = 100)',
  javascript: 'const person = () => ({ mean: 100 })',
}
const whole: Readonly<Record<ScriptLanguage, string>> = {
  python: `import numpy, vitrine
vitrine.output_table("t", ["sex"], ["persons"], vitrine.summarise(vitrine.rows("patient"), ["sex"]))`,
  r: `vitrine$output_table("t", "sex", "persons", vitrine$summarise(vitrine$table("patient"), "sex"))`,
  javascript: `import * as v from './vitrine.mjs'
v.output_table('t', { labels: ['sex'], values: ['persons'], rows: v.summarise(v.rows('patient'), ['sex']) })`,
}

async function* records(count: number): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) {
    const rows = [0, 1, 2, 3, 4].map((j) => `{"code":"8480-6","value":${100 + ((i + 7 * j) % 60)}}`)
    yield `{"observation":[${rows.join(',')}]}`
  }
}

/** What the language gives, or null where it is not here. Any other failure is one of the bench. */
async function orAbsent<T>(measured: Promise<T>): Promise<T | null> {
  try {
    return await measured
  } catch (error) {
    if (error instanceof Problem && error.code === 'jail-unavailable') return null
    throw error
  }
}

/** Persons per second, start of the runner included. Throws where an answer is not what the function gives. */
async function rate(
  scripts: Scripts,
  language: ScriptLanguage,
  text: string,
  count: number,
): Promise<number> {
  let right = 0
  const domain = { kind: 'range', min: 0, max: 1000, step: 0.01 } as const
  const from = performance.now()
  await scripts.persons({
    script: {
      mode: 'person',
      language,
      text,
      reads: { observation: ['code', 'value'] },
      fields: [{ name: 'mean', type: 'decimal', domain, otherwise: 0 }],
    },
    records: records(count),
    answer: ([mean]) => {
      if (Number(mean) >= 100) right += 1
    },
  })
  if (right < 0.999 * count) throw new Error(`${language}: ${right} of ${count} answers are right`)
  return Math.round((1000 * count) / (performance.now() - from))
}

async function coldMs(scripts: Scripts, language: ScriptLanguage, at: string): Promise<number> {
  const times: number[] = []
  const output = { name: 't', kind: 'table', meaning: 'persons by sex' } as const
  const script = {
    ...({ mode: 'whole', language, text: whole[language] } as const),
    ...{ reads: {}, outputs: [output] },
  }
  for (let i = 0; i < Number(values.runs); i++) {
    const from = performance.now()
    await scripts.whole({ script, workspace: at, seed: 'bench' })
    times.push(performance.now() - from)
  }
  times.sort((a, b) => a - b)
  return Math.round(times[times.length >> 1] ?? 0)
}

async function perLanguage<T>(measure: (language: ScriptLanguage) => Promise<T>): Promise<Per<T>> {
  const found: Per<T> = { python: null, r: null, javascript: null }
  for (const language of scriptLanguages) found[language] = await orAbsent(measure(language))
  return found
}

const { jail, reason } = await chooseJail({ quick: true })
if (jail === undefined) throw new Error(reason)
const scripts = createScripts({ jail })
await scripts.runtimes()
const workspace = await exportedWorkspace('/var/tmp')
const growth = []
for (const count of sizes)
  growth.push({
    persons: count,
    ...(await perLanguage((it) => rate(scripts, it, persons[it], count))),
  })
const emptyPersonsPerSecond = await perLanguage((it) =>
  rate(scripts, it, empty[it], Math.min(10_000, Math.max(...sizes))),
)
const wholeColdMs = await perLanguage((it) => coldMs(scripts, it, workspace))
rmSync(dirname(workspace), { recursive: true })
const { persons: _, ...personsPerSecond } = growth.at(-1) ?? { persons: 0 }
const bound =
  'Persons are evaluated one after another, each in a fork of the runner with the libraries that its script names (JavaScript: ' +
  'in a WebAssembly memory of zeros). What the operating system does for that, copying entries and pages, is most of a person’s ' +
  'time: emptyPersonsPerSecond is what remains of the rate when the function does nothing.'
const launcher = jail.launcher
if (values.json)
  console.log(
    JSON.stringify({
      personsPerSecond,
      growth,
      emptyPersonsPerSecond,
      wholeColdMs,
      launcher,
      bound,
    }),
  )
else {
  for (const { persons: count, ...of } of growth)
    console.log(`${count} persons, per second: ${JSON.stringify(of)}`)
  console.log(`a function that does nothing: ${JSON.stringify(emptyPersonsPerSecond)}`)
  console.log(`a whole script from a cold start, ms: ${JSON.stringify(wholeColdMs)}`)
  console.log(`${launcher}. ${bound}`)
}
