import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoadReport } from '../../domain/dataset.ts'
import { Problem } from '../../domain/problem.ts'
import { loadDataset } from '../../flow/load.ts'
import { mintDevToken } from '../../identity/dev.ts'
import { type Client, client, type Fetch } from '../client.ts'
import type { Command, Context } from '../command.ts'
import { type Composed, compose } from '../compose.ts'
import { detail } from '../load.ts'
import { interrupted, listen } from '../serve.ts'
import { type Person, people } from './people.ts'
import { type Clients, type Told, tellStory } from './story.ts'

const fixtures = fileURLToPath(new URL('../../../fhir-fixtures/', import.meta.url))
const hospitals = [
  { id: 'north', title: 'North Hospital (invented)', holder: 'North Hospital' },
  { id: 'east', title: 'East Hospital (invented)', holder: 'East Hospital' },
] as const

/** Invented data keep no secret, and a demo is watched. */
const DEMO_TICK_MS = 100

export type Loaded = Readonly<{ dataset: string; snapshot: string; report: LoadReport }>
export type Demo = Readonly<{
  loads: readonly Loaded[]
  told: Told
  log: Readonly<{ size: number; root: string; verified: true }>
}>

/** The demo's summary, one JSON object. */
export const summary = ({ loads, told, log }: Demo) => ({
  loads: loads.map(({ dataset, snapshot, report }) => ({
    dataset,
    persons: report.persons,
    accepted: report.accepted,
    quarantined: report.quarantined,
    snapshot,
  })),
  permit: told.permit,
  released: told.released.map(({ name, dataset, table }) => ({
    name,
    dataset,
    columns: table.columns,
    rows: table.rows,
    statement: table.statement,
    digest: table.digest,
  })),
  refused: told.refused,
  differencing: told.differencing,
  flood: told.flood,
  log,
})

/** Loads both hospitals and plays the story over HTTP at `url`. Tests hand in a fetch that listens. */
export async function play(
  composed: Composed,
  url: string,
  say: (line: string) => void,
  progress: Context['progress'],
  fetcher?: Fetch,
): Promise<Demo> {
  say('Two hospitals load their FHIR exports.')
  const loads: Loaded[] = []
  for (const { id, title, holder } of hospitals) {
    const bar = progress(`load ${id}`)
    const { snapshot, report } = await loadDataset(
      composed.house,
      { subject: `steward-${id}`, role: 'data-holder', organisation: holder },
      { id, title, directory: join(fixtures, id) },
      { onProgress: (it) => bar(it.done, detail(it)) },
    )
    bar(undefined)
    loads.push({ dataset: id, snapshot: snapshot.digest, report })
    say(
      `  ${id}: ${report.persons} persons, read ${report.read} = accepted ${report.accepted} + quarantined ${report.quarantined} + blank ${report.blank}`,
    )
  }
  const tokens = await mintAll(composed)
  const by = {
    anyone: client(url, undefined, fetcher),
    ...(Object.fromEntries(
      Object.entries(tokens).map(([name, token]) => [name, client(url, token, fetcher)]),
    ) as Record<Person, Client>),
  } satisfies Clients
  const told = await tellStory(by, say)
  const log = await composed.house.log.verify()
  say(`\nThe log verifies: ${log.size} events, root ${log.root}`)
  return { loads, told, log }
}

export async function mintAll(composed: Composed): Promise<Readonly<Record<Person, string>>> {
  const minted = await Promise.all(
    Object.entries(people).map(async ([name, actor]) => [
      name,
      await mintDevToken({
        directory: join(composed.house.directory, 'keys'),
        ...actor,
        ttl: 8 * 3600,
      }),
    ]),
  )
  return Object.fromEntries(minted) as Record<Person, string>
}

export const demo: Command = {
  name: 'demo',
  summary: 'The whole story on invented data: load, apply, decide, run, release, verify',
  options: {
    serve: { type: 'boolean', help: 'keep the server up and print tokens to go on by hand' },
    dir: {
      type: 'string',
      placeholder: 'DIR',
      help: 'data directory (default: a temporary one, removed at the end)',
    },
  },
  examples: ['npm run demo', 'npm run demo -- --serve'],
  async run(context) {
    if (context.config.production)
      throw new Problem('insecure-configuration', {
        place: 'VITRINE_ENV',
        reason: 'The demo lives on development tokens, which production refuses.',
        fix: 'Unset VITRINE_ENV.',
      })
    const chosen = context.flags['dir']
    const directory =
      typeof chosen === 'string' ? resolve(chosen) : await mkdtemp(join(tmpdir(), 'vitrine-demo-'))
    const serveOn = context.flags['serve'] === true
    const composed = await compose(
      { ...context.config, directory, logLevel: 'silent', tickMs: DEMO_TICK_MS },
      { inventedData: true, note: context.note },
    )
    const serving = await listen(composed, {
      host: '127.0.0.1',
      port: serveOn ? context.config.port : 0,
    }).catch(async (error: unknown) => {
      await composed.close()
      throw error
    })
    try {
      const say = context.json ? () => undefined : context.print
      const done = await play(composed, serving.url, say, context.progress)
      if (context.json) context.print(JSON.stringify(summary(done)))
      if (serveOn) {
        context.note(`\nServing ${serving.url}, until interrupted. Tokens of this demo:`)
        for (const [name, token] of Object.entries(await mintAll(composed)))
          context.note(`${name.toUpperCase()}=${token}`)
        context.note(`curl -H "authorization: Bearer $RESEARCHER" ${serving.url}/permits`)
        await interrupted()
      }
      return 0
    } finally {
      await serving.close()
      await composed.close()
      if (typeof chosen !== 'string') await rm(directory, { recursive: true, force: true })
    }
  },
}
