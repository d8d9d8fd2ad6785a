import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { access, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf, unavailable } from '../problems.ts'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'
import { identity } from './process.ts'

/**
 * Makes the data folder when there is none, through a temporary name: one that a killed initdb left half made is never
 * taken for a whole one, and of two who begin at once one wins. Text is UTF-8 and sorts by code point.
 */
export async function initialise(
  place: Place,
  programs: Binaries,
  superuser: string,
): Promise<void> {
  const marker = await readFile(join(place.data, 'PG_VERSION'), 'utf8').catch(() => undefined)
  const major = programs.version.split('.')[0] ?? ''
  if (marker !== undefined) {
    if (marker.trim() === major) return
    throw unavailable(
      `The data are of PostgreSQL ${marker.trim()}, the embedded one is ${major}.`,
      'Use the version of Vitrine that wrote them, and move to a PostgreSQL server (DATABASE_URL).',
    )
  }
  const half = `${place.data}.${randomUUID()}`
  const options = ['--encoding=UTF8', '--locale=C', '--auth-local=trust', '--auth-host=reject']
  try {
    await promisify(execFile)(
      programs.initdb,
      ['-D', half, '-U', superuser, '--no-instructions', '--data-checksums', ...options],
      { cwd: place.base, env: { LC_ALL: 'C', TZ: 'UTC' }, ...identity(place.account) },
    )
    await rename(half, place.data)
    await removeHalves(place)
  } catch (error) {
    await rm(half, { recursive: true, force: true })
    const other = await access(join(place.data, 'PG_VERSION')).then(
      () => true,
      () => false,
    )
    if (other) return
    throw unavailable(
      `The embedded PostgreSQL cannot make its files: ${lastLine(error)}`,
      'Run as a user that /etc/passwd knows, or set DATABASE_URL.',
    )
  }
}

/** What killed beginners left. One who is still at it fails, and then finds the data folder. */
async function removeHalves({ base, data }: Place): Promise<void> {
  const halves = (await readdir(base)).filter((name) => name.startsWith(`${basename(data)}.`))
  for (const name of halves) await rm(join(base, name), { recursive: true, force: true })
}

/** What initdb said last; it has seen no data. */
function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  return text.trim().split('\n').at(-1) || codeOf(error) || 'it did not end well'
}
