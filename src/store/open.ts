import { randomBytes } from 'node:crypto'
import type { Clock, Random, Sequencing, Store } from '../domain/capabilities.ts'
import { append, seal } from './append.ts'
import { connect } from './connect.ts'
import { startEmbedded } from './embedded/server.ts'
import { migrate } from './migrations.ts'
import { guarded, isRace } from './problems.ts'
import { reads } from './read.ts'
import { sequencing } from './sequencing.ts'
import { apply, forget } from './write.ts'

const systemClock: Clock = { now: () => new Date() }
const systemRandom: Random = {
  bytes: (n) => randomBytes(n),
  id: (prefix) => `${prefix}/${randomBytes(12).toString('hex')}`,
}

/** A commit that lost a deadlock is tried again this often before it is a `conflict`. */
const attempts = 4

/**
 * Opens the store: the PostgreSQL at `url`, or else an embedded one whose files and socket are inside `directory`
 * (mode 0700), started, adopted or recovered as needed. Brings the schema up to date. Throws `store-unavailable`.
 *
 * One commit is one SQL transaction, durable when it resolves. An embedded server stops with the last store that is
 * closed; one that outlived a killed process is adopted by the next open.
 */
export async function openStore(
  options: Readonly<{ url?: string; directory: string; clock?: Clock; random?: Random }>,
): Promise<Store & Sequencing> {
  const { directory, clock = systemClock, random = systemRandom } = options
  const server = options.url === undefined ? await startEmbedded(directory) : undefined
  const db = connect(server?.url('postgres') ?? options.url ?? '')
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await db.destroy()
    await server?.release()
  }
  try {
    await guarded(() => migrate(db))
    await guarded(() => forget(db))
  } catch (error) {
    await close()
    throw error
  }
  const read = reads(db)
  return {
    commit: (change, events) =>
      guarded(async () => {
        const sealed = seal(events, clock, random)
        for (let attempt = 1; ; attempt++) {
          try {
            const charged = await db.transaction().execute(async (tx) => {
              const rho = await apply(tx, change)
              await append(tx, sealed)
              return rho
            })
            return { events: sealed.map(({ event }) => event), charged }
          } catch (error) {
            if (attempt === attempts || !isRace(error)) throw error
          }
        }
      }),
    get: (kind, id) => guarded(() => read.get(kind, id)),
    list: (kind, where) => guarded(() => read.list(kind, where)),
    spent: (meter) => guarded(() => read.spent(meter)),
    charged: (meter, key) => guarded(() => read.charged(meter, key)),
    recall: (key) => guarded(() => read.recall(key)),
    events: (where) => guarded(() => read.events(where)),
    ...sequencing(db),
    close: () => (closed ??= close()),
  }
}
