import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Logger, pino } from 'pino'
import { createLog } from '../audit/log.ts'
import type { Authenticate, Jail, Log, Random } from '../domain/capabilities.ts'
import type { LoggedEvent } from '../domain/event.ts'
import { Problem } from '../domain/problem.ts'
import { gatewayActor } from '../domain/role.ts'
import { checkEngine, createEngine } from '../engine/engine.ts'
import type { House } from '../flow/house.ts'
import { forgetOpened } from '../flow/opened.ts'
import { createRunner } from '../flow/runner.ts'
import { createAuthenticate } from '../identity/authenticate.ts'
import { devIssuer } from '../identity/dev.ts'
import { openKeys } from '../identity/keys.ts'
import { readPolicy } from '../policy/bundle.ts'
import { openPolicy } from '../policy/decide.ts'
import { chooseJail } from '../sandbox/choose.ts'
import { reporting } from '../sandbox/outcome.ts'
import { plainJail } from '../sandbox/plain.ts'
import { createScripts } from '../sandbox/script/scripts.ts'
import { openStore } from '../store/open.ts'
import type { Config } from './config.ts'
import { readKek } from './kek.ts'
import { loadView } from './load-view.ts'
import { tablesOf } from './own-views.ts'

export type Composed = Readonly<{
  house: House
  authenticate: Authenticate
  logger: Logger
  close(): Promise<void>
}>

type Options = Readonly<{
  /** Real data without a jail: never in production, and said in every answer. */
  insecureDev?: boolean
  /** Only invented data will be loaded, so a machine without a jail may serve it. */
  inventedData?: boolean
  /** False for a command beside the gateway: the runs that the gateway is doing are not its to do again. */
  serves?: boolean
  note: (line: string) => void
  /** Runs the probes that take seconds too: for a gateway that will serve for long. */
  fullSelfTest?: boolean
  /** A jail that has passed its self-test in this process already; absent, one is chosen and tested. */
  jail?: Jail
  /** Where log lines go; stderr when absent. */
  sink?: { write(line: string): void }
}>

const root = new URL('../../', import.meta.url)
export const version = (): string =>
  (JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string }).version

export const random: Random = {
  bytes: (n) => randomBytes(n),
  id: (prefix) => `${prefix}-${randomBytes(10).toString('hex')}`,
}
export const clock = { now: () => new Date() }

/** The only place that builds things. Fails closed: no policy, key, store, log or jail means no house. */
export async function compose(config: Config, options: Options): Promise<Composed> {
  const { directory } = config
  await makeRooms(directory)
  const logger = pino(
    { level: config.logLevel, base: null },
    options.sink ?? pino.destination({ dest: 2, sync: true }),
  )
  const tables = await tablesOf(config)
  const kek = await readKek(config.kek)
  if (kek === undefined && options.inventedData !== true)
    options.note('data at rest lie in the clear: set VITRINE_KEK_FILE to seal them.')
  const { jail: chosen, insecure } = await jailOf(config, options)
  const policy = await openPolicy(new URL('policies/', root))
  const keys = await openKeys({ directory: join(directory, 'keys'), create: !config.production })
  const store = await openStore({
    directory: join(directory, 'store'),
    clock,
    random,
    ...(config.databaseUrl === undefined ? {} : { url: config.databaseUrl }),
  })
  const closers: (() => Promise<void>)[] = [() => store.close()]
  // A child that made a system call which no honest run makes was killed; that is an event, whoever asked.
  const jail = reporting(chosen, (it) => {
    const event = {
      type: 'security',
      actor: gatewayActor,
      about: 'jail',
      facts: { ...it, program: basename(it.program) },
    } as const
    void store.commit([], [event]).catch(() => logger.error('a tripwire could not be logged'))
  })
  const close = async (): Promise<void> => {
    for (const it of closers.toReversed()) await it()
  }
  try {
    const log = await createLog({ storage: store, keys, directory: join(directory, 'log') })
    closers.push(() => log.close())
    const engine = createEngine({ jail })
    closers.push(() => engine.close())
    await checkEngine(jail)
    const scripts = createScripts({ jail, quantumMs: config.personMs })
    const runner = createRunner(() => house)
    closers.push(() => runner.close())
    const house: House = {
      store,
      log,
      keys,
      engine,
      jail,
      scripts,
      clock,
      random,
      decide: policy.decide,
      policyDigest: policy.digest,
      dictionary: tables.dictionary,
      views: tables.views.map(loadView),
      directory,
      ...(kek === undefined ? {} : { kek }),
      insecure,
      launcher: jail.launcher,
      version: version(),
      running: new Map(),
      tickMs: config.tickMs,
      scriptPace: config.scriptPace,
      kick: runner.kick,
      recorded: new WeakSet(),
    }
    await store.commit(
      [],
      [
        {
          type: 'service-started',
          actor: gatewayActor,
          about: 'gateway',
          facts: {
            version: house.version,
            launcher: jail.launcher,
            insecure,
            policy: policy.digest,
          },
        },
      ],
    )
    await forgetOpened(house)
    if (options.serves !== false) await runner.recover()
    return { house, logger, authenticate: await authenticateOf(config), close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * The data directory. Under root the embedded PostgreSQL runs as another user that must pass through it, so it may be
 * passed but not listed; every room in it is its owner's alone.
 */
async function makeRooms(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    if (process.getuid?.() === 0) await chmod(directory, 0o711)
    for (const room of ['keys', 'snapshots', 'workspaces', 'escrow', 'log'])
      await mkdir(join(directory, room), { recursive: true, mode: 0o700 })
  } catch {
    throw new Problem('insecure-configuration', {
      place: 'VITRINE_DIR',
      reason: 'The data directory cannot be made or written.',
    })
  }
}

/** The store alone, for commands that only read it: they make nothing where nothing is. */
export async function composeStore(config: Config) {
  requireKept(config)
  return storeOf(config)
}

/** The store alone, for a command that may be a gateway's first: the data directory is made where it is not. */
export async function composeFirst(config: Config) {
  await makeRooms(config.directory)
  return storeOf(config)
}

function requireKept(config: Config): void {
  if (!existsSync(join(config.directory, 'keys')))
    throw new Problem('not-found', {
      place: 'VITRINE_DIR',
      reason: 'No gateway has kept anything in this directory.',
      fix: 'Set VITRINE_DIR to the directory of the gateway.',
    })
}

const storeOf = (config: Config) =>
  openStore({
    directory: join(config.directory, 'store'),
    ...(config.databaseUrl === undefined ? {} : { url: config.databaseUrl }),
  })

/** The log alone, for `log verify`: no engine, no jail, no policy. */
export async function composeLog(
  config: Config,
): Promise<Readonly<{ log: Log; close(): Promise<void> }>> {
  const { directory } = config
  const store = await composeStore(config)
  const log = await openKeys({ directory: join(directory, 'keys'), create: false })
    .then((keys) => createLog({ storage: store, keys, directory: join(directory, 'log') }))
    .catch(async (error: unknown) => {
      await store.close()
      throw error
    })
  return {
    log,
    close: async () => {
      await log.close()
      await store.close()
    },
  }
}

/** What a replay needs: the policy, and one logged event. */
export async function composeReplay(config: Config) {
  const bundle = await readPolicy(new URL('policies/', root))
  const store = await composeStore(config)
  return {
    bundle,
    entry: async (id: string): Promise<LoggedEvent | undefined> => {
      const entry = await store.entry(id)
      return entry === undefined ? undefined : (JSON.parse(entry.payload) as LoggedEvent)
    },
    close: () => store.close(),
  }
}

async function jailOf(
  config: Config,
  options: Options,
): Promise<Readonly<{ jail: Jail; insecure: boolean }>> {
  if (options.jail?.isolated === true) return { jail: options.jail, insecure: false }
  const { jail, reason } = await chooseJail({
    configured: config.jail,
    quick: options.fullSelfTest !== true,
  })
  if (jail?.isolated) return { jail, insecure: false }
  if (config.production) throw new Problem('jail-unavailable', { reason })
  if (options.inventedData !== true && options.insecureDev !== true)
    throw new Problem('jail-unavailable', {
      reason,
      fix: `${reason} For development without one, say --insecure-dev.`,
    })
  options.note(`insecure: no jail isolates the children. ${reason}`)
  return { jail: jail ?? plainJail(), insecure: true }
}

async function authenticateOf(config: Config): Promise<Authenticate> {
  if (config.issuer !== undefined && config.jwksUrl !== undefined)
    return createAuthenticate({
      issuer: config.issuer,
      audience: config.audience,
      jwksUrl: config.jwksUrl,
      production: config.production,
    })
  return createAuthenticate(await devIssuer({ directory: join(config.directory, 'keys') }))
}
