import { join } from 'node:path'
import type { DatasetRecord } from '../domain/capabilities.ts'
import type { Snapshot } from '../domain/dataset.ts'
import { Problem } from '../domain/problem.ts'
import type { Actor } from '../domain/role.ts'
import { load, rehearse } from '../ingest/load.ts'
import type { Progress } from '../ingest/progress.ts'
import type { FullReport } from '../ingest/report.ts'
import { gate } from './gate.ts'
import type { House } from './house.ts'
import { now } from './inputs.ts'

export type LoadOrder = Readonly<{ id: string; title: string; directory: string }>

const requestOf = (
  house: House,
  { id, directory }: LoadOrder,
  onProgress: ((it: Progress) => void) | undefined,
) => ({
  dataset: id,
  directory,
  views: house.views,
  dictionary: house.dictionary,
  out: join(house.directory, 'snapshots'),
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
  onProgress?: (it: Progress) => void,
): Promise<Readonly<{ snapshot: Snapshot; report: FullReport }>> {
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
      const { snapshot, report } = await load(house, requestOf(house, order, onProgress))
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
        result: { snapshot, report },
      }
    },
  })
  return passed.result
}

/** `--dry-run`: the whole report, and nothing published or kept. */
export async function rehearseLoad(
  house: House,
  actor: Actor,
  order: LoadOrder,
  onProgress?: (it: Progress) => void,
): Promise<FullReport> {
  assertNames(order, actor)
  const known = await house.store.get('dataset', order.id)
  const holder = known?.value.holder ?? actor.organisation
  const input = { actor, now: now(house), dataset: { id: order.id, holder } }
  const { allow, reasons } = house.decide('load', input)
  if (!allow)
    throw new Problem('refused-by-policy', { rule: reasons[0]?.rule ?? 'load-default-deny' })
  return (await rehearse(house, requestOf(house, order, onProgress))).report
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
