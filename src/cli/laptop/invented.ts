import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DataScope } from '../../domain/application.ts'
import type { Engine, Jail, Keys, Scripts } from '../../domain/capabilities.ts'
import { Problem } from '../../domain/problem.ts'
import { createEngine } from '../../engine/engine.ts'
import type { Maker } from '../../flow/scripted.ts'
import { openKeys } from '../../identity/keys.ts'
import { load } from '../../ingest/load.ts'
import { chooseJail } from '../../sandbox/choose.ts'
import { plainJail } from '../../sandbox/plain.ts'
import { createScripts } from '../../sandbox/script/scripts.ts'
import { standardDictionary, standardViews } from '../../views/dictionary.ts'
import { buildWorkspace } from '../../workspace/build.ts'
import type { Option } from '../command.ts'
import { clock, random } from '../compose.ts'
import { loadView } from '../load-view.ts'

/** What a folder of invented data holds; without it no row is printed. Real exports do not have it. */
export const INVENTED = 'INVENTED'

const ours = fileURLToPath(new URL('../../../fhir-fixtures/north', import.meta.url))
export const dataOption: Option = {
  type: 'string',
  placeholder: 'DIR',
  help: `folder of FHIR NDJSON that holds a file ${INVENTED}; without it the one of the package`,
}

/** The folder, once it says that it is invented. Throws `insecure-configuration`. */
export function inventedFolder(given: string | boolean | undefined): string {
  const directory = resolve(typeof given === 'string' ? given : ours)
  if ([directory, resolve(directory, '..')].some((it) => existsSync(join(it, INVENTED))))
    return directory
  throw new Problem('insecure-configuration', {
    place: '--data',
    reason: `Rows are shown of invented data only, and ${basename(directory)} does not say that it is.`,
    fix: `Use fhir-fixtures/north, or data made by npm run fixtures.`,
  })
}

/** A workspace of invented persons, and what a run of a permit over it is done with. */
export type Laptop = Readonly<{
  maker: Maker & Readonly<{ keys: Keys }>
  permit: Readonly<{ id: string; data: DataScope; workspaces: Readonly<Record<string, string>> }>
  dataset: string
  /** The DuckDB file. */
  database: string
}>

/**
 * Lends `act` every table of an export of invented persons, loaded and laid out as a permit's workspace is, in a directory
 * of its own that is removed whatever happens. Throws what loading does.
 */
export async function withInvented<T>(
  directory: string,
  act: (laptop: Laptop) => Promise<T>,
): Promise<T> {
  const at = await mkdtemp(join(tmpdir(), 'vitrine-laptop-'))
  // The data are invented, and the text is the caller's own: where nothing isolates, SQL runs all the same, and scripts do not.
  const jail = (await chooseJail({ quick: true })).jail ?? plainJail()
  const engine = createEngine({ jail, spares: 0 })
  try {
    return await act(
      await laptop(directory, at, { jail, engine, scripts: createScripts({ jail }) }),
    )
  } finally {
    await engine.close()
    await rm(at, { recursive: true, force: true })
  }
}

async function laptop(
  directory: string,
  at: string,
  caps: Readonly<{ jail: Jail; engine: Engine; scripts: Scripts }>,
): Promise<Laptop> {
  const { engine, scripts } = caps
  const [dataset, id, dictionary] = ['invented', 'laptop', standardDictionary] as const
  const keys = await openKeys({ directory: join(at, 'keys'), create: true })
  const views = standardViews.map(loadView)
  const { snapshot } = await load(
    { ...caps, clock, random },
    { dataset, directory, views, dictionary, out: join(at, 'snapshots') },
  )
  const tables = Object.fromEntries(
    dictionary.map((table) => [
      table.name,
      table.columns.filter((it) => it.domain.kind !== 'person').map((it) => it.name),
    ]),
  )
  const data = { datasets: [dataset], tables, period: { from: '1800-01-01', to: '2200-01-01' } }
  const { digest, path } = await buildWorkspace(
    { engine, keys },
    {
      ...{ permit: id, snapshot, dictionary, scope: data },
      out: join(at, 'workspaces', id),
      escrow: join(at, 'escrow'),
    },
  )
  const maker = { engine, scripts, dictionary, directory: at, keys }
  return { maker, permit: { id, data, workspaces: { [dataset]: digest } }, dataset, database: path }
}
