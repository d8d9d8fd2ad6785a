import { mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { DataScope } from '../domain/application.ts'
import type { Engine, Keys } from '../domain/capabilities.ts'
import type { Dictionary, Snapshot } from '../domain/dataset.ts'
import { digestOf } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'
import { escrowLines, type Person, place } from './ordinals.ts'
import { restrict } from './restrict.ts'
import { fileOf, OPTED_OUT, verifyFiles } from './snapshot.ts'
import { contentDigest, doubledPersons, personsPage, tableStatement, text } from './sql.ts'

export type WorkspaceOrder = Readonly<{
  permit: string
  snapshot: Snapshot
  dictionary: Dictionary
  scope: DataScope
  /** Directory of published workspaces; the file is `<digest>.duckdb`. */
  out: string
  /** Directory of the access body's escrow; the file is `<digest>.ndjson`, mode 0600. */
  escrow: string
  /** Article 71(4): opted-out persons stay in. */
  optOutOverride?: boolean
  signal?: AbortSignal
  onProgress?: (done: number, of: number) => void
}>

export type Workspace = Readonly<{
  path: string
  digest: string
  /** What the permit sees; `person_id` is an INTEGER ordinal. */
  dictionary: Dictionary
  persons: number
  rows: Readonly<Record<string, number>>
  escrow: string
}>

type Caps = Readonly<{ engine: Pick<Engine, 'script'>; keys: Pick<Keys, 'pseudonym'> }>

const PAGE = 100_000

async function personsOf({ engine }: Caps, order: WorkspaceOrder): Promise<Person[]> {
  const { snapshot, scope, dictionary } = order
  const hasPatient = dictionary.some((t) => t.name === 'patient')
  if (scope.population && !hasPatient)
    throw new Problem('invalid-input', {
      rule: 'population-needs-patient',
      place: '/population',
      reason: 'the dataset has no patient table, so no population can be drawn',
    })
  const files = {
    ...(hasPatient ? { patient: fileOf(snapshot, 'patient') } : {}),
    tables: Object.keys(scope.tables).map((t) => fileOf(snapshot, t)),
    ...(order.optOutOverride === true ? {} : { optedOut: fileOf(snapshot, OPTED_OUT) }),
  }
  const persons: Person[] = []
  for (;;) {
    const [page] = await engine.script({
      statements: [personsPage(files, scope.population, persons.at(-1)?.person, PAGE)],
      read: [snapshot.path],
      write: [],
      ...(order.signal ? { signal: order.signal } : {}),
    })
    const rows = page?.rows ?? []
    for (const [person, member] of rows)
      persons.push({ person: String(person), member: member === true })
    if (rows.length < PAGE) return persons
  }
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    let batch: string[] = []
    for (const line of lines) {
      if (batch.push(line) < 10_000) continue
      await file.write(batch.join(''))
      batch = []
    }
    await file.write(batch.join(''))
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Durable rename: what has a published name is whole, also after a crash. */
async function publish(from: string, to: string): Promise<void> {
  for (const path of [from, dirname(to)]) {
    const handle = await open(path, 'r')
    await handle.sync().finally(() => handle.close())
  }
  await rename(from, to)
}

/** Builds the tables into `file`, and answers the digest and row count of each. */
async function fill(
  { engine }: Caps,
  order: WorkspaceOrder,
  seen: Dictionary,
  files: Readonly<{ database: string; persons: string }>,
): Promise<{ name: string; sha256: string; rows: number }[]> {
  const { snapshot, scope } = order
  const original = (name: string) =>
    order.dictionary.find((t) => t.name === name) as Dictionary[number]
  const build = seen.map((t) =>
    tableStatement(original(t.name), t.columns, {
      parquet: fileOf(snapshot, t.name),
      persons: files.persons,
      period: scope.period,
    }),
  )
  const single = seen.filter((t) => t.rowsPerPerson.kind === 'one')
  const statements = [
    `ATTACH ${text(files.database)} AS ws`,
    'BEGIN',
    ...build,
    'COMMIT',
    'CHECKPOINT ws',
    ...single.map((t) => doubledPersons(t.name)),
    ...seen.map(contentDigest),
    'DETACH ws',
  ]
  const answers = await engine.script({
    statements,
    read: [snapshot.path, files.persons],
    write: [dirname(files.database)],
    ...(order.signal ? { signal: order.signal } : {}),
    ...(order.onProgress ? { onProgress: order.onProgress } : {}),
  })
  const first = build.length + 4
  single.forEach((t, i) => {
    if (Number(answers[first + i]?.rows[0]?.[0]) !== 0)
      throw new Problem('snapshot-damaged', { rule: 'one-row-per-person', place: t.name })
  })
  return seen.map((t, i) => {
    const [sha256, rows] = answers[first + single.length + i]?.rows[0] ?? []
    if (typeof sha256 !== 'string') throw new Error('no content digest')
    return { name: t.name, sha256, rows: Number(rows) }
  })
}

/**
 * Builds what a permit may see of one snapshot (Articles 66 and 68: nothing else is reachable) and publishes it by
 * rename: the approved tables, columns, period and population; opted-out persons removed unless overridden;
 * `person_id` replaced by ordinals permuted under the permit's key; tables sorted by person; at most `cap` rows per
 * person. The map from ordinal to person goes to the escrow alone. The digest is SHA-256 over permit, snapshot, scope,
 * restricted dictionary and ordered content: the same order again gives the same digest.
 * Throws `invalid-input` (scope), `snapshot-damaged`, and what the engine throws.
 */
export async function buildWorkspace(caps: Caps, order: WorkspaceOrder): Promise<Workspace> {
  const seen = restrict(order.dictionary, order.scope)
  const needed = new Set([
    ...seen.map((t) => t.name),
    ...(order.dictionary.some((t) => t.name === 'patient') ? ['patient'] : []),
    ...(order.optOutOverride === true ? [] : [OPTED_OUT]),
  ])
  await verifyFiles(order.snapshot, [...needed])
  await mkdir(order.out, { recursive: true })
  await mkdir(order.escrow, { recursive: true, mode: 0o700 })
  const building = await mkdtemp(join(resolve(order.out), '.building-'))
  const sealing = await mkdtemp(join(resolve(order.escrow), '.building-'))
  try {
    const placed = place(await personsOf(caps, order), order.permit, caps.keys.pseudonym)
    const persons = join(sealing, 'persons.ndjson')
    await writeLines(persons, escrowLines(placed))
    const database = join(building, 'workspace.duckdb')
    const tables = await fill(caps, order, seen, { database, persons })
    const digest = digestOf({
      permit: order.permit,
      snapshot: order.snapshot.digest,
      scope: order.scope,
      optOutOverride: order.optOutOverride === true,
      dictionary: seen,
      tables,
    })
    const path = join(order.out, `${digest}.duckdb`)
    const escrow = join(order.escrow, `${digest}.ndjson`)
    await publish(persons, escrow)
    await publish(database, path)
    return {
      path,
      digest,
      dictionary: seen,
      persons: placed.length,
      rows: Object.fromEntries(tables.map((t) => [t.name, t.rows])),
      escrow,
    }
  } finally {
    await rm(building, { recursive: true, force: true })
    await rm(sealing, { recursive: true, force: true })
  }
}
