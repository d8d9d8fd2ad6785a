import { resolve } from 'node:path'
import { z } from 'zod'
import { Problem } from '../domain/problem.ts'

const schema = z.object({
  VITRINE_ENV: z.enum(['development', 'production']).default('development'),
  VITRINE_DIR: z.string().min(1).default('data'),
  VITRINE_HOST: z.string().min(1).default('127.0.0.1'),
  VITRINE_PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  VITRINE_ISSUER: z.string().min(1).optional(),
  VITRINE_AUDIENCE: z.string().min(1).default('vitrine'),
  VITRINE_JWKS_URL: z.url().optional(),
  VITRINE_JAIL: z.enum(['auto', 'bubblewrap', 'landlock', 'gvisor', 'plain']).default('auto'),
  VITRINE_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  VITRINE_KEK_FILE: z.string().min(1).optional(),
  VITRINE_KEK_COMMAND: z.string().min(1).optional(),
  VITRINE_ALLOW_FREE_TEXT: z
    .string()
    .regex(/^[a-z0-9_]+\.[a-z0-9_]+(,[a-z0-9_]+\.[a-z0-9_]+)*$/)
    .optional(),
  VITRINE_TICK_MS: z.coerce.number().int().min(10).max(600_000).default(2000),
  VITRINE_PERSON_MS: z.coerce.number().int().min(1).max(10_000).default(50),
  VITRINE_SCRIPT_PACE: z.enum(['fixed', 'none']).default('fixed'),
  DATABASE_URL: z.string().startsWith('postgres').optional(),
})

export type Config = Readonly<{
  production: boolean
  directory: string
  host: string
  port: number
  issuer?: string
  audience: string
  jwksUrl?: string
  jail: 'auto' | 'bubblewrap' | 'landlock' | 'gvisor' | 'plain'
  logLevel: string
  /** Results are published a whole number of these milliseconds after their request. */
  tickMs: number
  /** Wall-clock milliseconds that a person function has for one person. */
  personMs: number
  scriptPace: 'fixed' | 'none'
  databaseUrl?: string
  /** Text columns without a closed list that the holder admits, `table.column`. */
  freeText: readonly string[]
  /** Where the key-encryption key of snapshots and quarantine is; absent in development alone. */
  kek?: Readonly<{ file: string } | { command: string }>
}>

/**
 * Reads the environment once. Throws `insecure-configuration` naming the setting when it is malformed, or when
 * production lacks an issuer, a JWKS, a jail or a key-encryption key.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = schema.safeParse(env)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Problem('insecure-configuration', {
      place: String(issue?.path[0] ?? 'environment'),
      reason: `${issue?.message ?? 'malformed'}.`,
    })
  }
  const it = parsed.data
  const production = it.VITRINE_ENV === 'production'
  const refuse = (place: string, reason: string): never => {
    throw new Problem('insecure-configuration', { place, reason })
  }
  // Half an identity provider would mean development tokens where somebody meant to refuse them.
  if (it.VITRINE_ISSUER !== undefined && it.VITRINE_JWKS_URL === undefined)
    refuse('VITRINE_JWKS_URL', 'VITRINE_ISSUER is set, and its keys are not.')
  if (it.VITRINE_JWKS_URL !== undefined && it.VITRINE_ISSUER === undefined)
    refuse('VITRINE_ISSUER', 'VITRINE_JWKS_URL is set, and its issuer is not.')
  if (production && it.VITRINE_ISSUER === undefined)
    refuse('VITRINE_ISSUER', 'Production needs an identity provider.')
  if (production && it.VITRINE_JWKS_URL === undefined)
    refuse('VITRINE_JWKS_URL', 'Production verifies tokens against a JWKS.')
  if (production && it.VITRINE_JAIL === 'plain')
    refuse('VITRINE_JAIL', 'Production never runs without a jail.')
  if (production && it.VITRINE_SCRIPT_PACE === 'none')
    refuse('VITRINE_SCRIPT_PACE', 'Without a pace, a script says by its duration what it likes.')
  const kek = kekOf(it.VITRINE_KEK_FILE, it.VITRINE_KEK_COMMAND, refuse)
  if (production && kek === undefined)
    refuse(
      'VITRINE_KEK_FILE',
      'Production seals its data at rest; a file or a command gives the key.',
    )
  return {
    production,
    directory: resolve(it.VITRINE_DIR),
    host: it.VITRINE_HOST,
    port: it.VITRINE_PORT,
    audience: it.VITRINE_AUDIENCE,
    jail: it.VITRINE_JAIL,
    logLevel: it.VITRINE_LOG_LEVEL,
    tickMs: it.VITRINE_TICK_MS,
    personMs: it.VITRINE_PERSON_MS,
    scriptPace: it.VITRINE_SCRIPT_PACE,
    ...(it.VITRINE_ISSUER === undefined ? {} : { issuer: it.VITRINE_ISSUER }),
    ...(it.VITRINE_JWKS_URL === undefined ? {} : { jwksUrl: it.VITRINE_JWKS_URL }),
    freeText: it.VITRINE_ALLOW_FREE_TEXT?.split(',') ?? [],
    ...(kek === undefined ? {} : { kek }),
    ...(it.DATABASE_URL === undefined ? {} : { databaseUrl: it.DATABASE_URL }),
  }
}

function kekOf(
  file: string | undefined,
  command: string | undefined,
  refuse: (place: string, reason: string) => never,
): Config['kek'] {
  if (file !== undefined && command !== undefined)
    refuse('VITRINE_KEK_COMMAND', 'The key comes from a file or from a command, not from both.')
  if (file !== undefined) return { file: resolve(file) }
  return command === undefined ? undefined : { command }
}
