import type { Readable, Writable } from 'node:stream'
import type { Analysis, Output, Run, Transcript } from './analysis.ts'
import type { Application } from './application.ts'
import type { Dictionary, LoadReport, Snapshot } from './dataset.ts'
import type { Event, LoggedEvent } from './event.ts'
import type { Cell, Rows } from './glass.ts'
import type { Permit } from './permit.ts'
import type { Actor } from './role.ts'
import type { PersonScript, ScriptLanguage, WholeScript } from './script.ts'

/** Everything with an effect, as types. Built in cli/compose.ts alone; tests hand in their own. */

export type Clock = Readonly<{ now(): Date }>
export type Random = Readonly<{ bytes(n: number): Uint8Array; id(prefix: string): string }>

/** Where children that meet untrusted input run. One launcher per machine, chosen at start. */
export type Jail = Readonly<{
  launcher: 'bubblewrap' | 'landlock' | 'gvisor' | 'plain'
  /** Only `plain` is not isolated; it is allowed for fixtures, dummy data and --insecure-dev. */
  isolated: boolean
  launch(job: JailJob): Jailed
}>
export type JailJob = Readonly<{
  /** Chooses the seccomp profile and the address-space cap. */
  runtime: 'node-duckdb' | 'node' | 'python' | 'r' | 'perl'
  /** Absolute program and its arguments; nothing is looked up in PATH. */
  argv: readonly string[]
  env: Readonly<Record<string, string>>
  /** Absolute paths visible read-only, beyond the runtime's own. */
  read: readonly string[]
  /** Absolute directories that may be written. Empty for queries. */
  write: readonly string[]
  /**
   * A runner of ours that forks a process per person. It may fork, signal, and set a further filter, and takes all of that
   * from each process it makes before a script runs there.
   */
  zygote?: true
  limits: JailLimits
}>
export type JailLimits = Readonly<{
  wallMs: number
  cpuSeconds: number
  memoryMiB: number
  processes: number
  descriptors: number
  tmpMiB: number
  fileMiB: number
  /** Bytes kept of fd 1 and fd 2 together; more is dropped, the child lives on. */
  logBytes: number
  /** Bytes accepted on fd 3; more kills. */
  answerBytes: number
}>
export type JailEnd = Readonly<{
  reason:
    | 'exit'
    | 'deadline'
    | 'cpu'
    | 'memory'
    | 'answer-too-large'
    | 'tripwire'
    | 'killed'
    | 'crash'
  code: number | null
  signal: string | null
}>
export type Jailed = Readonly<{
  pid: number
  /** fd 4 of the child: the parent's requests, one JSON document per line. */
  requests: Writable
  /** fd 3 of the child: its answers, one JSON document per line. */
  answers: Readable
  /** fd 1 and 2, capped; for reviewers only. */
  log(): string
  /** SIGKILL to the whole tree. */
  kill(reason?: JailEnd['reason']): void
  ended: Promise<JailEnd>
}>

/** DuckDB, always in a child. No method takes a researcher's text except `parse`. */
export type Engine = Readonly<{
  /**
   * DuckDB's own serialisation of the text (json_serialize_sql), parsed in a child without data.
   * Returns the JSON text unread (64-bit numbers). Throws `sql-syntax` with line:column.
   */
  parse(text: string): Promise<string>
  /** The bound plan (json_serialize_plan) of our own printing against empty tables of this dictionary. */
  plan(dictionary: Dictionary, sql: string): Promise<string>
  /**
   * Runs our own printing in a single-use locked child over one workspace file, after `check` has accepted the bound
   * plan of the same text there. Every failure is the one `run-failed`; `died` in facts says the child was killed.
   */
  query(
    job: Readonly<{
      database: string
      sql: string
      check: (planJson: string) => void
      signal?: AbortSignal
      /** The file goes when the answer is there: no child is kept ready for a next question of it. */
      once?: boolean
    }>,
  ): Promise<Rows>
  /**
   * Trusted statements of ours (load, workspace), one child, one transaction per call unless they say otherwise.
   * The child reads `read` and writes below `write`. Answers the rows of each statement.
   */
  script(
    job: Readonly<{
      statements: readonly string[]
      read: readonly string[]
      write: readonly string[]
      memoryMiB?: number
      wallMs?: number
      signal?: AbortSignal
      onProgress?: (done: number, of: number) => void
    }>,
  ): Promise<readonly Rows[]>
  /** Kills every child and the pool. */
  close(): Promise<void>
}>

/** A language that this machine can run scripts in. `digest` names interpreter and packages; manifest and permit carry it. */
export type Runtime = Readonly<{
  language: ScriptLanguage
  version: string
  /** The curated libraries that are installed, by name. */
  packages: Readonly<Record<string, string>>
  digest: string
}>
/** Researchers' scripts, always in a jail of their own. Throws `jail-unavailable` where no launcher isolates. */
export type Scripts = Readonly<{
  runtimes(): Promise<readonly Runtime[]>
  /** The longest that one person takes, milliseconds: the quantum and what surrounds it. Whatever a function does, no more. */
  personMs(language: ScriptLanguage): number
  /** The longest that a script over the whole workspace runs, milliseconds. */
  wholeMs: number
  /**
   * Evaluates the function for each person without memory of the others. `records` gives one line of JSON per person:
   * `{"<table>": [{"<column>": value, ...}, ...], ...}`, without any identifier. `answer` is called once per person, in that
   * order, with the values of the declared fields: typed, inside their domains, `otherwise` where the function failed.
   * Throws `run-failed` (died in facts) when the jail itself ended early.
   */
  persons(
    job: Readonly<{
      script: PersonScript
      records: AsyncIterable<string>
      answer: (values: readonly Cell[]) => void
      signal?: AbortSignal
    }>,
  ): Promise<void>
  /**
   * Runs a script over tables given as a directory (one `.npy` per column, levels files; `workspace` describes it). Answers
   * what it declared, by name, as strict JSON that nobody has checked yet, or nothing where it failed; and for reviewers how
   * it ended and what it printed.
   */
  whole(
    job: Readonly<{ script: WholeScript; workspace: string; seed: string; signal?: AbortSignal }>,
  ): Promise<WholeAnswer>
}>

/** `outputs` is absent where the script failed; `end` and `log` are for reviewers only. */
export type WholeAnswer = Readonly<{
  outputs?: Readonly<Record<string, unknown>>
  end: string
  log: string
}>

/** What OPA answers. `allow` false, or no answer, means no. */
export type Decision = Readonly<{
  name: DecisionName
  allow: boolean
  /** All of them, not only the first. `place` is a JSON pointer into what was asked. */
  reasons: readonly Readonly<{
    rule: string
    article?: string
    place?: string
    message: string
    fix?: string
  }>[]
  obligations: Readonly<Record<string, unknown>>
  inputDigest: string
  policyDigest: string
}>
export const decisionNames = [
  'application',
  'permit',
  'analysis',
  'run',
  'release',
  'load',
  'read',
] as const
export type DecisionName = (typeof decisionNames)[number]
/** Throws `policy-unavailable` when the policy cannot be loaded or evaluated. */
export type Decide = (name: DecisionName, input: Readonly<Record<string, unknown>>) => Decision

/** The entities, each in its own table. `version` 0 means: must not exist yet. */
export type Entities = Readonly<{
  dataset: DatasetRecord
  application: Application
  permit: Permit
  analysis: Analysis
  run: Run
  output: Output
  transcript: Transcript
}>
export type DatasetRecord = Readonly<{
  id: string
  title: string
  holder: string
  /** Every snapshot ever published, newest last. */
  snapshots: readonly Snapshot[]
  report: LoadReport
}>
export type EntityKind = keyof Entities
export type Versioned<T> = Readonly<{ value: T; version: number }>
export type Page<T> = Readonly<{ items: readonly T[]; next?: string }>

export type Write =
  | { [K in EntityKind]: Readonly<{ put: K; value: Entities[K]; version: number }> }[EntityKind]
  /**
   * Charges a meter. The same key on the same meter is a canonical repeat and costs nothing. Throws `budget-exhausted`
   * (facts: place, the meter; budget, spent, asked) and commits nothing when spent + rho would pass the budget. `expected` is the figure that
   * the same change tells elsewhere: when another commit charged the key meanwhile, `conflict` of rule `charge-raced`.
   */
  | Readonly<{ charge: string; key: string; rho: number; budget: number; expected?: number }>
  /** Remembers the answer of an idempotent request (Idempotency-Key), 24 hours at least. */
  | Readonly<{ remember: string; answer: unknown }>

/** The database. `commit` is the only writer, and it does not write without an event. */
export type Store = Readonly<{
  /** One transaction: the change, all or nothing, and its events. Throws `conflict` on a stale version. */
  commit(
    change: readonly Write[],
    events: readonly [Event, ...Event[]],
  ): Promise<Readonly<{ events: readonly LoggedEvent[]; charged: number }>>
  get<K extends EntityKind>(kind: K, id: string): Promise<Versioned<Entities[K]> | undefined>
  /** Newest first, or oldest first where asked; `after` is the `next` of the previous page; `where` matches top-level fields exactly. */
  list<K extends EntityKind>(
    kind: K,
    options?: Readonly<{
      where?: Readonly<Partial<Record<string, string>>>
      order?: 'newest' | 'oldest'
      limit?: number
      after?: string
    }>,
  ): Promise<Page<Versioned<Entities[K]>>>
  spent(meter: string): Promise<number>
  /** Whether this key was charged to this meter before: a canonical repeat. */
  charged(meter: string, key: string): Promise<boolean>
  recall(key: string): Promise<unknown>
  events(
    options?: Readonly<{ about?: string; type?: string; limit?: number; after?: string }>,
  ): Promise<Page<LoggedEvent>>
  close(): Promise<void>
}>

/** A committed event as the log sees it: `leaf` is the leaf hash written with it, `payload` its canonical JSON (RFC 8785). */
export type LogEntry = Readonly<{
  index: number
  id: string
  type: string
  about: string
  at: string
  salt: Uint8Array
  payload: string
  leaf: Uint8Array
}>
/** The order of what was committed: indexes 0, 1, 2, ... without a gap, given in the transaction of the commit. */
export type Sequencing = Readonly<{
  /** How many events the database says were committed. */
  size(): Promise<number>
  /** At most `limit` leaf hashes from index `from` on, ascending. Throws `log-damaged` where an index is missing. */
  leaves(from: number, limit: number): Promise<readonly Uint8Array[]>
  /** At most `limit` entries from index `from` on, ascending, just as they are stored. */
  entries(from: number, limit: number): Promise<readonly LogEntry[]>
  /** One entry by the identifier of its event. */
  entry(event: string): Promise<LogEntry | undefined>
}>

/** The transparency log over the store's events (RFC 6962 tree, signed checkpoint). */
export type Log = Readonly<{
  /** Sequences what was committed and signs; resolves when the event is covered by a checkpoint on disk. */
  receipt(event: string): Promise<Receipt>
  /** The signed note (C2SP checkpoint) that is public now. */
  checkpoint(): Promise<string>
  /** Re-derives the tree from the payloads. Throws `log-damaged` with the first wrong index. */
  verify(): Promise<Readonly<{ size: number; root: string; verified: true }>>
  close(): Promise<void>
}>
export type Receipt = Readonly<{
  event: string
  index: number
  /** Base64 leaf hash, inclusion proof from leaf to root, and the checkpoint it leads to. */
  leaf: string
  proof: readonly string[]
  checkpoint: string
}>

/** Secrets never leave this type: it answers what is computed with them. Throws `key-unavailable`. */
export type Keys = Readonly<{
  /** Deterministic bytes for noise: HMAC-DRBG-like stream keyed by the noise key over this context. */
  noise(context: string): (n: number) => Uint8Array
  /** HMAC-SHA-256 under a key of this permit, escrowed with the access body (66(3)). */
  pseudonym(permit: string, person: string): string
  /** HMAC-SHA-256 for digests of guessable inputs that go to the log. */
  blind(text: string): string
  /** Compact JWS (EdDSA) over the payload, for permits. */
  signJws(payload: Readonly<Record<string, unknown>>, type: string): Promise<string>
  publicJwks(): Promise<Readonly<{ keys: readonly Record<string, unknown>[] }>>
  /** Ed25519 over bytes, for checkpoints; `name` is the log's key name. */
  signNote(bytes: Uint8Array): Uint8Array
  notePublicKey(): Readonly<{ name: string; spki: Uint8Array }>
}>

/** Verifies a bearer token. Throws `token-missing` or `token-invalid`. */
export type Authenticate = (authorization: string | undefined) => Promise<Actor>
