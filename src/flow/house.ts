import type {
  Clock,
  Decide,
  Engine,
  Jail,
  Keys,
  Log,
  Random,
  Scripts,
  Store,
} from '../domain/capabilities.ts'
import type { Dictionary } from '../domain/dataset.ts'
import type { Problem } from '../domain/problem.ts'
import type { LoadView } from '../ingest/view.ts'

/** Everything that a step of the story may use. Built in cli/compose.ts alone. */
export type House = Readonly<{
  store: Store
  log: Log
  decide: Decide
  keys: Keys
  engine: Engine
  jail: Jail
  /** Researchers' scripts; throws `jail-unavailable` where nothing isolates them. */
  scripts: Scripts
  clock: Clock
  random: Random
  dictionary: Dictionary
  views: readonly LoadView[]
  /** Absolute directory that holds snapshots/, workspaces/, quarantine/ and escrow/. */
  directory: string
  /** Key-encryption key of what lies at rest, 32 bytes; absent in development alone. */
  kek?: Uint8Array
  /** Present when no jail isolates the children: said in every answer and log line. */
  insecure: boolean
  launcher: string
  version: string
  policyDigest: string
  /** The runs of this process that are under way; `abort` kills the child. */
  running: Map<string, Readonly<{ permit: string; abort(): void }>>
  /** What comes of a run is written a whole number of these milliseconds after its request, whatever it was. */
  tickMs: number
  /** `fixed`: runs of scripts are published after the longest that they could take. `none` in tests alone. */
  scriptPace: 'fixed' | 'none'
  /** Wakes the runner: there is a queued run. */
  kick(): void
  /** Refusals that the gate has already written to the log, so that the door does not write them twice. */
  recorded: WeakSet<Problem>
}>
