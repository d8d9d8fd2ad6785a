import { type Kysely, sql } from 'kysely'
import type { LogEntry, Sequencing } from '../domain/capabilities.ts'
import { Problem } from '../domain/problem.ts'
import { guarded } from './problems.ts'
import type { Tables } from './schema.ts'

type Row = Omit<LogEntry, 'index'> & Readonly<{ seq: string }>

const entryOf = ({ seq, ...rest }: Row): LogEntry => ({ index: Number(seq), ...rest })

/** The order of the commits, for the log. Entries are read as they are: judging them is the log's work. */
export function sequencing(db: Kysely<Tables>): Sequencing {
  return {
    size: () =>
      guarded(async () => {
        const head = await db.selectFrom('log_head').select('size').executeTakeFirst()
        if (head === undefined)
          throw new Problem('log-damaged', { reason: 'The head of the log is gone.' })
        return Number(head.size)
      }),
    leaves: (from, limit) =>
      guarded(async () => {
        const { rows } = await sql<{ seq: string; leaf: Buffer }>`
          select seq, leaf from event where seq >= ${from} order by seq limit ${limit}`.execute(db)
        return rows.map(({ seq, leaf }, i) => {
          if (Number(seq) !== from + i)
            throw new Problem('log-damaged', {
              rule: 'index-missing',
              place: `index ${from + i}`,
              reason: 'An entry of the log is missing.',
            })
          return leaf
        })
      }),
    entries: (from, limit) =>
      guarded(async () => {
        const rows = await entryQuery(db)
          .where('seq', '>=', String(from))
          .orderBy('seq')
          .limit(limit)
          .execute()
        return rows.map(entryOf)
      }),
    entry: (event) =>
      guarded(async () => {
        const row = await entryQuery(db).where('id', '=', event).executeTakeFirst()
        return row && entryOf(row)
      }),
  }
}

const entryQuery = (db: Kysely<Tables>) =>
  db.selectFrom('event').select(['seq', 'id', 'type', 'about', 'at', 'salt', 'payload', 'leaf'])
