import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dictionary } from '../domain/dataset.ts'
import { Problem } from '../domain/problem.ts'
import { type StandardView, standardDictionary, standardViews } from '../views/dictionary.ts'
import type { Config } from './config.ts'
import { merged, type OwnView, ownView } from './own-view.ts'

const folderOf = (directory: string): string => join(directory, 'views')

/**
 * The holder's own views below the data directory, by table name, each judged again with the present configuration. Throws
 * `view-invalid`: a view that is no longer allowed stops the gateway, it is not left out.
 */
export async function readOwnViews(
  config: Pick<Config, 'directory' | 'freeText'>,
): Promise<readonly OwnView[]> {
  const folder = folderOf(config.directory)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files = names.filter((it) => it.endsWith('.json')).toSorted()
  return Promise.all(
    files.map(async (file) => {
      const kept = parsed(await readFile(join(folder, file), 'utf8'), file)
      const own = ownView(kept['view'], kept['spec'], config.freeText)
      if (`${own.spec.name}.json` !== file) throw damaged(file)
      return own
    }),
  )
}

/** Keeps a judged view; replaced by one rename. */
export async function keepOwnView(directory: string, own: OwnView): Promise<void> {
  const folder = folderOf(directory)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${own.spec.name}.json`)
  await writeFile(`${file}.part`, JSON.stringify(own, null, 2), { mode: 0o600 })
  await rename(`${file}.part`, file)
}

/** What this gateway's tables are: the standard ones, and the holder's own. */
export async function tablesOf(
  config: Pick<Config, 'directory' | 'freeText'>,
): Promise<Readonly<{ dictionary: Dictionary; views: readonly StandardView[] }>> {
  const standard = { dictionary: standardDictionary, views: standardViews }
  return merged(standard, await readOwnViews(config))
}

function parsed(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch {
    throw damaged(file)
  }
}

const damaged = (file: string): Problem =>
  new Problem('view-invalid', {
    rule: 'view-file',
    place: `views/${file}`,
    reason: 'The file is not one that view add wrote.',
    fix: 'Remove it, and add the view again.',
  })
