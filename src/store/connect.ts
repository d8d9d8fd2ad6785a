import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Tables } from './schema.ts'

/**
 * A pool of connections. Limits in milliseconds: nobody waits longer for a connection, a lock or a statement, so a
 * database that hangs is a refusal and not a silence.
 */
export function connect(url: string): Kysely<Tables> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'vitrine',
    max: 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    lock_timeout: 10_000,
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 30_000,
  })
  // A connection that breaks is noticed by its next query; without listeners, on the pool for idle ones and on each
  // client for those between two statements of a transaction, it would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}
