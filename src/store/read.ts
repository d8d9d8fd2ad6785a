import { type Kysely, sql } from 'kysely'
import type { Entities, EntityKind, Page, Store, Versioned } from '../domain/capabilities.ts'
import type { LoggedEvent } from '../domain/event.ts'
import { Problem } from '../domain/problem.ts'
import type { Tables } from './schema.ts'
import { rememberedHours } from './write.ts'

/** Items of a page when the caller names no number, and at most. */
const pageSize = 50
const largestPage = 1000

type Reads = Pick<Store, 'get' | 'list' | 'spent' | 'charged' | 'recall' | 'events'>

/** The reading half of the store. Bodies were typed when they were written and are trusted here. */
export function reads(db: Kysely<Tables>): Reads {
  return {
    get: (kind, id) => get(db, kind, id),
    list: (kind, options = {}) => list(db, kind, options),
    spent: (meter) => spent(db, meter),
    charged: (meter, key) => charged(db, meter, key),
    recall: (key) => recall(db, key),
    events: (options = {}) => events(db, options),
  }
}

async function get<K extends EntityKind>(
  db: Kysely<Tables>,
  kind: K,
  id: string,
): Promise<Versioned<Entities[K]> | undefined> {
  const row = await db
    .selectFrom(kind as EntityKind)
    .select(['version', 'body'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row && { value: row.body as Entities[K], version: row.version }
}

async function list<K extends EntityKind>(
  db: Kysely<Tables>,
  kind: K,
  { where = {}, order = 'newest', limit, after }: NonNullable<Parameters<Store['list']>[1]>,
): Promise<Page<Versioned<Entities[K]>>> {
  const size = sizeOf(limit)
  let query = db.selectFrom(kind as EntityKind).select(['ord', 'version', 'body'])
  for (const [field, value] of Object.entries(where)) {
    if (value === undefined) continue
    query =
      field === 'id' || field === 'state' || field === 'permit'
        ? query.where(field, '=', value)
        : query.where(sql<boolean>`body->${field}::text = to_jsonb(${value}::text)`)
  }
  const [beyond, direction] =
    order === 'oldest' ? (['>', 'asc'] as const) : (['<', 'desc'] as const)
  if (after !== undefined) query = query.where('ord', beyond, cursor(after))
  const rows = await query
    .orderBy('ord', direction)
    .limit(size + 1)
    .execute()
  return page(
    rows,
    size,
    ({ body, version }) => ({ value: body as Entities[K], version }),
    (row) => row.ord,
  )
}

async function spent(db: Kysely<Tables>, meter: string): Promise<number> {
  const row = await db
    .selectFrom('meter')
    .select('spent')
    .where('name', '=', meter)
    .executeTakeFirst()
  return row === undefined ? 0 : Number(row.spent)
}

async function charged(db: Kysely<Tables>, meter: string, key: string): Promise<boolean> {
  const row = await db
    .selectFrom('charge')
    .select('key')
    .where('meter', '=', meter)
    .where('key', '=', key)
    .executeTakeFirst()
  return row !== undefined
}

async function recall(db: Kysely<Tables>, key: string): Promise<unknown> {
  const row = await db
    .selectFrom('remembered')
    .select('answer')
    .where('key', '=', key)
    .where(sql<boolean>`at >= now() - make_interval(hours => ${rememberedHours})`)
    .executeTakeFirst()
  return row?.answer
}

async function events(
  db: Kysely<Tables>,
  { about, type, limit, after }: NonNullable<Parameters<Store['events']>[0]>,
): Promise<Page<LoggedEvent>> {
  const size = sizeOf(limit)
  let query = db.selectFrom('event').select(['seq', 'payload'])
  if (about !== undefined) query = query.where('about', '=', about)
  if (type !== undefined) query = query.where('type', '=', type)
  if (after !== undefined) query = query.where('seq', '<', cursor(after))
  const rows = await query
    .orderBy('seq', 'desc')
    .limit(size + 1)
    .execute()
  return page(
    rows,
    size,
    ({ payload }) => JSON.parse(payload) as LoggedEvent,
    (row) => row.seq,
  )
}

const sizeOf = (limit: number = pageSize): number =>
  Math.min(largestPage, Math.max(1, Math.trunc(limit) || 1))

/** `after` comes back from a client. */
function cursor(after: string): string {
  if (/^\d{1,18}$/.test(after)) return after
  throw new Problem('invalid-input', {
    rule: 'cursor',
    place: 'after',
    reason: 'This is not the `next` of an earlier page.',
  })
}

/** One row more than a page was asked for, to know whether there is a next one. */
function page<R, T>(
  rows: readonly R[],
  size: number,
  item: (row: R) => T,
  place: (row: R) => string,
): Page<T> {
  const shown = rows.slice(0, size)
  const last = shown.at(-1)
  const items = shown.map(item)
  return rows.length > size && last !== undefined ? { items, next: place(last) } : { items }
}
