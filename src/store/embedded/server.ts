import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Problem } from '../../domain/problem.ts'
import { codeOf, unavailable } from '../problems.ts'
import { binaries } from './binaries.ts'
import { initialise } from './initialise.ts'
import { type Place, placeFor, socketFolder } from './place.ts'
import { launch, runningPid, stop } from './process.ts'

/** A running embedded server, held by this process together with whoever else opened it. */
export type EmbeddedServer = Readonly<{
  url(database: string): string
  /** Lets go; the last holder stops the server cleanly. */
  release(): Promise<void>
}>

/** Milliseconds a server may take to answer; a recovery after a crash replays at most 256 MB of log. */
const patience = 60_000
/** A crashed server's last children keep its memory for a moment, and a new one refuses to start beside them. */
const mostLaunches = 10
const launchPause = 300
const superuser = 'vitrine'

/** Advisory lock in the database `postgres`: shared by every holder, so that whoever gets it alone is the last. */
const holding = 0x7669_7473

/**
 * Starts the server of this directory, or adopts the one that runs there already: another process of ours has it open,
 * or a killed one left it behind. One that runs and does not answer is stopped first. Throws `store-unavailable`.
 */
export async function startEmbedded(directory: string): Promise<EmbeddedServer> {
  try {
    const place = await placeFor(directory)
    const socket = await socketFolder(place.base)
    const url = (database: string): string =>
      `postgresql://${superuser}@/${database}?host=${encodeURIComponent(socket.path)}`
    const holder = await hold(place, url('postgres'))
    return { url, release: () => letGo(place, holder).finally(socket.remove) }
  } catch (error) {
    const code = codeOf(error)
    if (!/^E[A-Z]+$/.test(code)) throw error
    throw unavailable(
      `The embedded PostgreSQL cannot be started in its directory (${code}).`,
      'Give the directory to the user who runs this, or set DATABASE_URL.',
    )
  }
}

/** Connects and takes the holder's lock; starts a server when none is there. */
async function hold(place: Place, url: string): Promise<pg.Client> {
  let deadline = Date.now() + patience
  let ended: (() => boolean) | undefined
  for (let launches = 0; ; await sleep(20)) {
    const client = await tryHold(url)
    if (client !== undefined) return client
    const pid = await runningPid(place)
    if (Date.now() > deadline) {
      if (launches > 0 || pid === undefined) throw silent(place)
      await stop(place, 'SIGQUIT')
      deadline += patience
    } else if (pid === undefined && (ended?.() ?? true)) {
      if (launches === mostLaunches) throw silent(place)
      if (launches > 0) await sleep(launchPause)
      const programs = await binaries(place.base, place.account)
      await initialise(place, programs, superuser)
      ended = await launch(place, programs)
      launches += 1
    }
  }
}

const silent = ({ base }: Place): Problem =>
  unavailable(
    'The embedded PostgreSQL does not answer.',
    `Read ${base}/server.log, then start again.`,
  )

async function tryHold(url: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'vitrine-holder',
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('select pg_advisory_lock_shared($1)', [holding])
    return client
  } catch {
    await client.end().catch(() => undefined)
    return undefined
  }
}

/** Milliseconds in which a server sees that a holder was killed: its session holds the lock until then. */
const ghosts = 1_000

/** Whether nobody else has the server open. Asked again for a moment, or a killed holder would leave a server behind. */
async function isLast(holder: pg.Client): Promise<boolean> {
  for (let waited = 0; ; waited += 50) {
    const { rows } = await holder.query('select pg_try_advisory_lock($1) as last', [holding])
    if (rows[0]?.last === true) return true
    if (waited >= ghosts) return false
    await sleep(50)
  }
}

async function letGo(place: Place, holder: pg.Client): Promise<void> {
  try {
    await holder.query('select pg_advisory_unlock_shared($1)', [holding])
    if (await isLast(holder)) await stop(place, 'SIGINT')
  } catch {
    // The server is gone already: there is nothing to stop.
  } finally {
    await holder.end().catch(() => undefined)
  }
}
