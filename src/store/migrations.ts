import { type Kysely, sql } from 'kysely'
import { unavailable } from './problems.ts'

/** Forward only. A migration that has been released is never edited; the next one corrects it. */
type Migration = Readonly<{ name: string; statements: readonly string[] }>

const entityTable = (kind: string): readonly string[] => [
  `create table ${kind} (
    id text primary key,
    version integer not null check (version > 0),
    ord bigint generated always as identity unique,
    state text generated always as (body->>'state') stored,
    permit text generated always as (body->>'permit') stored,
    body jsonb not null
  )`,
  `create index ${kind}_state on ${kind} (state, ord)`,
  `create index ${kind}_permit on ${kind} (permit, ord)`,
]

/** The migrations, oldest first; the number of a migration is its place here, from 1. */
export const migrations: readonly Migration[] = [
  {
    name: 'entities, meters, events',
    statements: [
      ...['dataset', 'application', 'permit', 'analysis', 'run', 'output'].flatMap(entityTable),
      'create table meter (name text primary key, spent numeric not null check (spent >= 0))',
      `create table charge (
        meter text not null references meter, key text not null, rho numeric not null check (rho >= 0),
        at timestamptz not null default now(), primary key (meter, key)
      )`,
      `create table remembered (
        key text primary key, answer jsonb not null, at timestamptz not null default now()
      )`,
      'create index remembered_at on remembered (at)',
      `create table log_head (one boolean primary key default true check (one), size bigint not null)`,
      'insert into log_head (size) values (0)',
      `create table event (
        seq bigint primary key, id text not null unique, at text not null, type text not null, about text not null,
        payload text not null, salt bytea not null, leaf bytea not null check (length(leaf) = 32)
      )`,
      'create index event_about on event (about, seq)',
      'create index event_type on event (type, seq)',
    ],
  },
  {
    // A charge does not say which dataset of its permit was asked, so it counts for each: a bound, never too little.
    name: 'lineage of what was charged to permits',
    statements: [
      `create temporary table lineage on commit drop as
        select distinct 'lineage:' || dataset as meter, c.key, c.rho, c.at from permit p
        join charge c on c.meter = p.id,
        lateral jsonb_array_elements_text(p.body->'data'->'datasets') as dataset`,
      `insert into meter (name, spent) select meter, sum(rho) from lineage group by meter`,
      `insert into charge (meter, key, rho, at) select meter, key, rho, at from lineage`,
    ],
  },
  { name: 'what scripts without outputs printed', statements: entityTable('transcript') },
]

/** Key of the advisory lock that lets one gateway migrate at a time. */
const migrating = 0x7669_7472

/**
 * Brings the database to the newest schema, in one transaction under an advisory lock. Throws `store-unavailable` when
 * a newer Vitrine has already been here.
 */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${migrating})`.execute(tx)
    await sql`create table if not exists migration (
      version integer primary key, name text not null, at timestamptz not null default now()
    )`.execute(tx)
    const { rows } = await sql<{
      version: number
    }>`select coalesce(max(version), 0) as version from migration`.execute(tx)
    const done = rows[0]?.version ?? 0
    if (done > migrations.length)
      throw unavailable(
        `The database has schema ${done}, this Vitrine knows ${migrations.length}.`,
        'Run the newer version of Vitrine.',
      )
    for (const [index, { name, statements }] of migrations.entries()) {
      if (index < done) continue
      for (const statement of statements) await sql.raw(statement).execute(tx)
      await sql`insert into migration (version, name) values (${index + 1}, ${name})`.execute(tx)
    }
  })
}
