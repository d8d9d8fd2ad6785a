import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Jail } from '../../../src/domain/capabilities.ts'
import type { ScriptLanguage } from '../../../src/domain/script.ts'
import { chooseJail } from '../../../src/sandbox/choose.ts'
import { createScripts, personLanguages } from '../../../src/sandbox/script/scripts.ts'
import { exportColumns } from '../../../src/workspace/export.ts'
import { scriptEngine } from '../../support/engine.ts'

/**
 * `npm run -s scripts:repeat -- --repeat 100`: one manifest, run again and again in the jail of this machine. Prints for each
 * language and mode how many different answers there were; one is the promise for scripts that read no clock.
 */
const { values } = parseArgs({
  options: { repeat: { type: 'string', default: '100' } },
})
const repeat = Number(values.repeat)

const person: Readonly<Record<ScriptLanguage, string>> = {
  python:
    'import random\ndef person(r):\n    return {"n": sum(o["v"] for o in r["obs"]) % 97 + random.randint(0, 2)}\n',
  r: 'person <- function(r) list(n = sum(r$obs$v) %% 97 + sample(0:2, 1))\n',
  javascript:
    'function person(r) { return { n: r.obs.reduce((s, o) => s + o.v, 0) % 97 + Math.floor(Math.random() * 3) } }\n',
}
const whole: Readonly<Record<ScriptLanguage, string>> = {
  python:
    'import vitrine, random\nrandom.seed(vitrine.seed)\nrows = vitrine.summarise(vitrine.rows("obs"), by=["k"], of="v")\nvitrine.output_table("t", labels=["k"], values=["persons", "sum", "mean"], rows=rows)\nprint(random.random())\n',
  r: 'source("vitrine.R")\nrows <- vitrine$summarise(vitrine$table("obs"), by = "k", of = "v")\nvitrine$output_table("t", labels = "k", values = c("persons", "sum", "mean"), rows = rows)\n',
  javascript:
    "import * as vitrine from './vitrine.mjs'\nconst rows = vitrine.summarise(vitrine.rows('obs'), ['k'], 'v')\nvitrine.output_table('t', { labels: ['k'], values: ['persons', 'sum', 'mean'], rows })\n",
}

const digest = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex')

async function personOnce(jail: Jail, language: ScriptLanguage): Promise<string> {
  const said: unknown[] = []
  async function* records() {
    for (let i = 0; i < 5; i += 1) yield JSON.stringify({ obs: [{ v: 10 * i }, { v: i }] })
  }
  const field = {
    name: 'n',
    type: 'integer',
    domain: { kind: 'range', min: 0, max: 200, step: 1 },
    otherwise: 0,
  } as const
  const script = {
    mode: 'person',
    language,
    text: person[language],
    reads: { obs: ['v'] },
    fields: [field],
  } as const
  await createScripts({ jail, quantumMs: 20_000 }).persons({
    script,
    records: records(),
    answer: (v) => said.push(v),
  })
  return digest(said)
}

async function tables(folder: string): Promise<string> {
  const engine = scriptEngine()
  const database = join(folder, 'ws.duckdb')
  const statements = [
    `ATTACH '${database}' AS w`,
    "CREATE TABLE w.main.obs AS SELECT (i % 40)::INTEGER AS person_id, 'k' || (i % 3) AS k, (i * 37 % 101)::DOUBLE / 7 AS v FROM range(400) t(i) ORDER BY 1",
  ]
  await engine.script({ statements, read: [], write: [folder] })
  const open = { kind: 'open' } as const
  const columns = [
    { name: 'person_id', type: 'integer', domain: { kind: 'person' }, meaning: 'the person' },
    { name: 'k', type: 'text', domain: open, meaning: 'a label' },
    { name: 'v', type: 'decimal', domain: open, meaning: 'a value' },
  ] as const
  const dictionary = [
    { name: 'obs', meaning: 'rows', rowsPerPerson: { kind: 'many', cap: 99 }, columns },
  ] as const
  await exportColumns({ engine }, { database, dictionary, out: join(folder, 'data') })
  return join(folder, 'data')
}

async function wholeOnce(jail: Jail, language: ScriptLanguage, workspace: string): Promise<string> {
  const outputs = [{ name: 't', kind: 'table', meaning: 'by k' }] as const
  const script = {
    mode: 'whole',
    language,
    text: whole[language],
    reads: { obs: ['k', 'v'] },
    outputs,
  } as const
  return digest(await createScripts({ jail }).whole({ script, workspace, seed: 'one manifest' }))
}

const { jail } = await chooseJail({ configured: 'auto', quick: true })
if (jail?.isolated !== true)
  throw new Error('no jail isolates here; add one with: apt-get install bubblewrap')
const here = (await createScripts({ jail }).runtimes()).map((it) => it.language)
const folder = mkdtempSync(join(tmpdir(), 'vitrine-repeat-'))
const rows = []
try {
  const workspace = await tables(folder)
  for (const language of here)
    for (const mode of ['person', 'whole'] as const) {
      if (mode === 'person' && !personLanguages.includes(language)) continue
      const seen = new Set<string>()
      for (let i = 0; i < repeat; i += 1)
        seen.add(
          mode === 'person'
            ? await personOnce(jail, language)
            : await wholeOnce(jail, language, workspace),
        )
      rows.push({ language, mode, runs: repeat, different: seen.size })
    }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(JSON.stringify(rows))
if (rows.some((row) => row.different !== 1)) process.exitCode = 1
