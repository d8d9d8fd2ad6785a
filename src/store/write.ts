import { type Kysely, sql } from 'kysely'
import type { Write } from '../domain/capabilities.ts'
import { Problem } from '../domain/problem.ts'
import type { Tables } from './schema.ts'

type Put = Extract<Write, { put: unknown }>
type Charge = Extract<Write, { charge: unknown }>
type Remember = Extract<Write, { remember: unknown }>

/** Hours an answer is remembered; the contract promises 24. */
export const rememberedHours = 48

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Applies a change inside one transaction and answers the rho charged. Locks are taken in one order (entities by kind
 * and id, then meters by name), so that two commits over the same things wait rather than deadlock.
 */
export async function apply(tx: Kysely<Tables>, change: readonly Write[]): Promise<number> {
  const puts = change.filter((w): w is Put => 'put' in w)
  const charges = change.filter((w): w is Charge => 'charge' in w)
  const remembers = change.filter((w): w is Remember => 'remember' in w)
  const sortedPuts = puts.toSorted((a, b) => order(a.put, b.put) || order(a.value.id, b.value.id))
  for (const write of sortedPuts) await put(tx, write)
  let charged = 0
  for (const write of charges.toSorted((a, b) => order(a.charge, b.charge)))
    charged += await charge(tx, write)
  for (const write of remembers) await remember(tx, write)
  return charged
}

/** Optimistic: the version read is the version replaced. */
async function put(tx: Kysely<Tables>, { put: kind, value, version }: Put): Promise<void> {
  const body = sql`${JSON.stringify(value)}::jsonb`
  const written =
    version === 0
      ? await tx
          .insertInto(kind)
          .values({ id: value.id, version: 1, body })
          .onConflict((c) => c.column('id').doNothing())
          .executeTakeFirst()
      : await tx
          .updateTable(kind)
          .set({ version: version + 1, body })
          .where('id', '=', value.id)
          .where('version', '=', version)
          .executeTakeFirst()
  const rows =
    'numUpdatedRows' in written ? written.numUpdatedRows : written.numInsertedOrUpdatedRows
  if (rows !== 1n) throw new Problem('conflict', { place: `${kind}/${value.id}` })
}

/**
 * Adds rho to a meter under its row lock. Sums are decimal (numeric over the shortest text of each number), so ten
 * charges of 0.1 fit a budget of 1 exactly.
 */
async function charge(
  tx: Kysely<Tables>,
  { charge: meter, key, rho, budget, expected }: Charge,
): Promise<number> {
  if (!Number.isFinite(rho) || rho < 0 || !Number.isFinite(budget))
    throw new Problem('invalid-input', {
      rule: 'charge-range',
      reason: 'A charge and its budget are finite, and a charge is not negative.',
    })
  await sql`insert into meter (name, spent) values (${meter}, 0) on conflict do nothing`.execute(tx)
  // The row is re-read once its lock is held; the charges need a statement of their own to see what the lock guarded.
  const { rows } = await sql<{ spent: string; fits: boolean }>`
    select spent, spent + ${rho}::numeric <= ${budget}::numeric as fits
    from meter where name = ${meter} for update`.execute(tx)
  const known = await sql`select 1 from charge where meter = ${meter} and key = ${key}`.execute(tx)
  if (expected !== undefined && expected !== (known.rows.length > 0 ? 0 : rho))
    throw new Problem('conflict', {
      rule: 'charge-raced',
      reason: 'The same question was charged in the meantime.',
    })
  if (known.rows.length > 0) return 0
  const now = rows[0]
  if (now === undefined) throw new Error('the meter vanished')
  if (!now.fits)
    throw new Problem('budget-exhausted', {
      rule: 'budget',
      place: meter,
      budget,
      spent: Number(now.spent),
      asked: rho,
    })
  await sql`insert into charge (meter, key, rho) values (${meter}, ${key}, ${rho}::numeric)`.execute(
    tx,
  )
  await sql`update meter set spent = spent + ${rho}::numeric where name = ${meter}`.execute(tx)
  return rho
}

/** A key that is still remembered means that the same request was answered meanwhile: `conflict`. */
async function remember(tx: Kysely<Tables>, { remember: key, answer }: Remember): Promise<void> {
  const { rows } = await sql`
    insert into remembered (key, answer) values (${key}, ${JSON.stringify(answer ?? null)}::jsonb)
    on conflict (key) do update set answer = excluded.answer, at = now()
    where remembered.at < now() - make_interval(hours => ${rememberedHours}) returning 1`.execute(
    tx,
  )
  if (rows.length === 0)
    throw new Problem('conflict', {
      rule: 'idempotency-key',
      reason: 'The same Idempotency-Key was answered in the meantime.',
      fix: 'Send the same request again to read its answer.',
    })
}

/** Housekeeping at the start: answers too old to be recalled. */
export async function forget(db: Kysely<Tables>): Promise<void> {
  await sql`delete from remembered where at < now() - make_interval(hours => ${rememberedHours})`.execute(
    db,
  )
}
