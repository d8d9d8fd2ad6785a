import { grantedPermits, pinning } from '../flow/snapshots.ts'
import type { Command } from './command.ts'
import { existingStore } from './compose.ts'
import { table } from './terminal.ts'

export const snapshotLs: Command = {
  name: 'snapshot ls',
  summary: 'List the snapshots of every dataset, and the permits that pin them',
  options: {},
  async run(context) {
    const store = await existingStore(context.config)
    try {
      const datasets = await store.list('dataset', { limit: 1000 })
      const permits = await grantedPermits(store)
      const rows = datasets.items.flatMap(({ value }) =>
        value.snapshots.map((it) => ({
          dataset: value.id,
          snapshot: it.digest,
          loadedAt: it.loadedAt,
          persons: it.persons,
          pinnedBy: pinning(permits, it.digest),
        })),
      )
      const cells = rows.map((it) => [
        it.dataset,
        it.snapshot.slice(0, 16),
        it.loadedAt,
        it.persons,
        it.pinnedBy.join(' ') || '-',
      ])
      context.print(
        context.json
          ? JSON.stringify(rows)
          : table(['dataset', 'snapshot', 'loaded', 'persons', 'pinned by'], cells),
      )
      return 0
    } finally {
      await store.close()
    }
  },
}
