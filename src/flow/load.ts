import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DatasetRecord } from '../domain/capabilities.ts'
import type { Snapshot } from '../domain/dataset.ts'
import { Problem } from '../domain/problem.ts'
import type { Actor } from '../domain/role.ts'
import { type FetchRequest, fetchExport } from '../ingest/export/fetch-export.ts'
import { load, rehearse } from '../ingest/load.ts'
import type { Progress } from '../ingest/progress.ts'
import { type Change, changes, type QualityReport } from '../ingest/quality.ts'
import type { FullReport } from '../ingest/report.ts'
import { gate } from './gate.ts'
import type { House } from './house.ts'
import { now } from './inputs.ts'
import { keepQuality, lastQuality } from './quality.ts'

/** What a FHIR server is asked for. */
export type Asked = Omit<FetchRequest, 'into' | 'onProgress' | 'signal'>
/** Where a load's export comes from: a folder, or a FHIR server that is asked for one. */
type Source = Readonly<{ directory: string }> | Readonly<{ from: Asked }>
export type LoadOrder = Source &
  Readonly<{
    id: string
    title: string
    /** Folders of later exports on top, oldest first. */
    since?: readonly string[]
  }>

/** What the data holder learns: exact figures, for nobody else. */
export type Loaded = Readonly<{
  report: FullReport
  quality: QualityReport
  /** Against the last load of this dataset; empty for the first. */
  changed: readonly Change[]
}>
export type Watch = Readonly<{
  onProgress?: (it: Progress) => void
  onFetch?: FetchRequest['onProgress']
}>

/** Where the export of a server lies until it is loaded; an interrupted fetch is taken up there. */
const fetchedInto = (house: House, id: string): string => join(house.directory, 'exports', id)

/** The folder that `act` loads from. What was fetched is removed once `act` has what it needs. */
async function withExport<T>(
  house: House,
  order: LoadOrder,
  watch: Watch,
  act: (directory: string) => Promise<T>,
): Promise<T> {
  if ('directory' in order) return act(order.directory)
  const wait = async (ms: number, signal?: AbortSignal): Promise<void> => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  }
  const { directory } = await fetchExport(
    { clock: house.clock, wait },
    {
      ...order.from,
      into: fetchedInto(house, order.id),
      ...(watch.onFetch === undefined ? {} : { onProgress: watch.onFetch }),
    },
  )
  const answer = await act(directory)
  await rm(directory, { recursive: true, force: true })
  return answer
}

const requestOf = (house: House, order: LoadOrder, directory: string, { onProgress }: Watch) => ({
  dataset: order.id,
  directory,
  views: house.views,
  dictionary: house.dictionary,
  out: join(house.directory, 'snapshots'),
  ...(house.kek === undefined ? {} : { kek: house.kek }),
  ...(order.since === undefined ? {} : { since: order.since }),
  ...(onProgress === undefined ? {} : { onProgress }),
})

/**
 * A data holder loads an export: a new immutable snapshot, or nothing and an event. The previous snapshots stay, because
 * permits pin them. An export that gives the newest snapshot again publishes nothing new. Throws `load-failed`.
 */
export async function loadDataset(
  house: House,
  actor: Actor,
  order: LoadOrder,
  watch: Watch = {},
): Promise<Loaded & Readonly<{ snapshot: Snapshot }>> {
  assertNames(order, actor)
  const known = await house.store.get('dataset', order.id)
  const about = `dataset/${order.id}`
  const passed = await gate(house, {
    actor,
    decision: 'load',
    about,
    input: {
      actor,
      now: now(house),
      dataset: { id: order.id, holder: known?.value.holder ?? actor.organisation },
    },
    act: async () => {
      const before = await lastQuality(house, order.id)
      const { snapshot, report, quality } = await withExport(house, order, watch, (directory) =>
        load(house, requestOf(house, order, directory, watch)),
      )
      const earlier = known?.value.snapshots ?? []
      const again = earlier.at(-1)?.digest === snapshot.digest
      const { quarantine: _, ...figures } = report
      const record: DatasetRecord = {
        id: order.id,
        title: order.title,
        holder: actor.organisation,
        snapshots: again ? earlier : [...earlier, snapshot],
        report: figures,
      }
      return {
        change: [{ put: 'dataset', value: record, version: known?.version ?? 0 }],
        events: [{ type: 'dataset-loaded', about, facts: { snapshot: snapshot.digest, again } }],
        result: { snapshot, report, quality, changed: changedSince(before, quality) },
      }
    },
  })
  await keepQuality(house, passed.result.quality)
  return passed.result
}

const changedSince = (
  before: QualityReport | undefined,
  after: QualityReport,
): readonly Change[] => (before === undefined ? [] : changes(before, after))

/** `--dry-run`: the whole report, and nothing published or kept. */
export async function rehearseLoad(
  house: House,
  actor: Actor,
  order: LoadOrder,
  watch: Watch = {},
): Promise<Loaded> {
  assertNames(order, actor)
  const known = await house.store.get('dataset', order.id)
  const holder = known?.value.holder ?? actor.organisation
  const input = { actor, now: now(house), dataset: { id: order.id, holder } }
  const { allow, reasons } = house.decide('load', input)
  if (!allow)
    throw new Problem('refused-by-policy', { rule: reasons[0]?.rule ?? 'load-default-deny' })
  const before = await lastQuality(house, order.id)
  const { report, quality } = await withExport(house, order, watch, (directory) =>
    rehearse(house, requestOf(house, order, directory, watch)),
  )
  return { report, quality, changed: changedSince(before, quality) }
}

/** What the catalogue will show is checked before it is stored, or no page of it could be answered. */
function assertNames({ id, title }: LoadOrder, { organisation }: Actor): void {
  const wrong = (place: string, reason: string): never => {
    throw new Problem('invalid-input', { rule: 'load-name', place, reason })
  }
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(id))
    wrong('dataset', 'An identifier begins with a-z and has at most 63 of a-z, 0-9 and -.')
  if (!isLine(title)) wrong('title', ONE_LINE)
  if (!isLine(organisation)) wrong('holder', ONE_LINE)
}

const ONE_LINE = 'One line of 1 to 255 characters.'
const isLine = (text: string): boolean =>
  text.trim() !== '' && text.length <= 255 && !/\p{Cc}/u.test(text)
