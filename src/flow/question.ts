import type { Framed } from '../analysis/frame.ts'
import { FRAME, frameTable } from '../analysis/scripted/frame.ts'
import type { Analysis } from '../domain/analysis.ts'
import type { Tool } from '../domain/application.ts'
import type { Engine, Runtime } from '../domain/capabilities.ts'
import type { Dictionary } from '../domain/dataset.ts'
import { digestOf, sha256 } from '../domain/digest.ts'
import type { Conditions, Permit } from '../domain/permit.ts'
import { Problem } from '../domain/problem.ts'
import type { Proven } from '../domain/proven.ts'
import type { PersonScript, Script, WholeScript } from '../domain/script.ts'
import { restrict } from '../workspace/restrict.ts'
import type { House } from './house.ts'
import type { Input } from './inputs.ts'
import { type ProvenQuestion, proveQuestion } from './prove.ts'

/** What is asked, whoever asks it: the question and, where one makes its table, the script. */
export type Asked = Pick<Analysis, 'text' | 'reducer' | 'codelists' | 'script' | 'runtime'>

export const dictionaryOf = (
  house: Pick<House, 'dictionary'>,
  permit: Pick<Permit, 'data'>,
): Dictionary => restrict(house.dictionary, permit.data)

/**
 * The proof of what is asked under a permit. The question of a person script is proven over the table `frame` alone, one
 * row per person by how it is made; its canonical form names script and runtime too, so that meter and noise tell two
 * scripts apart. From text, script and dictionary; never from a row. With `run` the proof is of that run alone: what code
 * answers may change from one time to the next (addresses, time that runs out), and under the same noise the difference of
 * two answers would be exact. So each run of a person script is drawn and charged by itself.
 */
export async function proveAsked(
  house: Readonly<{ engine: Engine; dictionary: Dictionary }>,
  permit: Pick<Permit, 'data'> & Readonly<{ conditions: Pick<Conditions, 'profile'> }>,
  asked: Asked,
  run?: string,
): Promise<ProvenQuestion> {
  const { profile } = permit.conditions
  if (asked.script?.mode === 'whole') return { proven: unproven(asked.script, asked.runtime) }
  const tables = tablesOf(house, permit, asked)
  const script = personScriptOf(asked)
  if (script === undefined) return proveQuestion(house, asked, tables, house.dictionary, profile)
  const made = { script: digestOf(script), runtime: asked.runtime ?? '', ...(run && { run }) }
  return madeBy(made, await proveQuestion(house, asked, tables, tables, profile))
}

/** The tables that the question is asked of: the permit's or, where a person script makes one, `frame` alone. */
export function tablesOf(
  house: Pick<House, 'dictionary'>,
  permit: Pick<Permit, 'data'>,
  asked: Pick<Analysis, 'script'>,
): Dictionary {
  const script = personScriptOf(asked)
  return script === undefined ? dictionaryOf(house, permit) : [frameTable(script.fields)]
}

/** Nothing is proven of a script over the whole workspace: its outputs wait for two checkers, and it has no price in rho. */
const unproven = (script: WholeScript, runtime = ''): Proven => ({
  sql: '',
  personSql: '',
  canonical: JSON.stringify({ script: digestOf(script), runtime }),
  tables: Object.keys(script.reads),
  columns: [],
  labels: [],
  statistics: [],
  cellsPerPerson: 1,
  output: script.outputs.map(({ name }, label) => ({ name, kind: 'label', label })),
  order: [],
})

/** Every part of the proof says which script made its table. */
function madeBy(made: object, { proven, framed, exact }: ProvenQuestion): ProvenQuestion {
  const told = (of: Proven): Proven => ({
    ...of,
    canonical: JSON.stringify({ [FRAME]: of.canonical, ...made }),
  })
  return {
    proven: told(proven),
    ...(framed && { framed: retold(framed, told) }),
    ...(exact && { exact: { ...exact, proven: told(exact.proven) } }),
  }
}

const retold = (framed: Framed, told: (of: Proven) => Proven): Framed =>
  framed.kind === 'model'
    ? { ...framed, proven: told(framed.proven) }
    : {
        ...framed,
        proven: told(framed.proven),
        parts: framed.parts.map((part) => ({ ...part, proven: told(part.proven) })),
      }

/** The digest that an approval binds to: of the text's bytes or, beyond SQL alone, of everything that is approved. */
export const digestOfAsked = ({ text, reducer, codelists, script, runtime }: Asked): string =>
  reducer === undefined && codelists === undefined && script === undefined
    ? sha256(text)
    : digestOf({
        text,
        ...(reducer && { reducer }),
        ...(codelists && { codelists }),
        ...(script && { script, runtime }),
      })

/** Tables and columns that are read: those of the proof or, for a script, those that it declares and is handed. */
export const usesOfAsked = (asked: Asked, proven: Proven): Input => {
  const reads = asked.script?.reads
  if (reads === undefined) return { tables: proven.tables, columns: proven.columns }
  const tables = Object.keys(reads)
  const columns = tables.flatMap((table) =>
    (reads[table] ?? []).map((column) => `${table}.${column}`),
  )
  return { tables, columns }
}

export const personScriptOf = (asked: Pick<Analysis, 'script'>): PersonScript | undefined =>
  asked.script?.mode === 'person' ? asked.script : undefined

/** Digest of the runtime of a script's language on this machine. Throws `jail-unavailable`. */
export async function runtimeOf(house: Pick<House, 'scripts'>, script: Script): Promise<string> {
  const found = (await house.scripts.runtimes()).find((it) => it.language === script.language)
  if (found !== undefined) return found.digest
  throw new Problem('jail-unavailable', {
    rule: 'runtime-missing',
    place: '/script/language',
    reason: `No runtime for ${script.language} is installed on this machine.`,
    fix: 'Read GET /runtimes, or ask the operator to install it.',
  })
}

/**
 * Approved code runs in the runtime that it was approved for, or not at all. Throws `digest-mismatch` where interpreter,
 * packages or SDK have changed since.
 */
export async function assertRuntime(house: Pick<House, 'scripts'>, asked: Asked): Promise<void> {
  if (asked.script === undefined) return
  if ((await runtimeOf(house, asked.script)) === asked.runtime) return
  throw new Problem('digest-mismatch', {
    rule: 'runtime-changed',
    place: '/runtime',
    reason: `The runtime for ${asked.script.language} is not the one that the script was submitted for.`,
    fix: 'Submit the script again as a new analysis.',
  })
}

/** language -> digest of its runtime here, for the script languages among the tools; empty where no jail isolates. */
export async function runtimesOf(
  house: Pick<House, 'scripts'>,
  tools: readonly Tool[],
): Promise<Readonly<Record<string, string>>> {
  if (tools.every((it) => it === 'sql')) return {}
  const { items } = await installed(house)
  const wanted = items.filter((it) => tools.includes(it.language))
  return Object.fromEntries(wanted.map((it) => [it.language, it.digest]))
}

/** What scripts can run in here, and why nothing can where there is nothing. */
export async function installed(
  house: Pick<House, 'scripts'>,
): Promise<Readonly<{ items: readonly Runtime[]; reason?: string }>> {
  try {
    return { items: await house.scripts.runtimes() }
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'jail-unavailable') throw error
    return { items: [], reason: error.facts.reason ?? error.message }
  }
}
