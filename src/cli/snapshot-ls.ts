import type { Command } from './command.ts'
import { composeStore } from './compose.ts'
import { table } from './terminal.ts'

export const snapshotLs: Command = {
  name: 'snapshot ls',
  summary: 'List the snapshots of every dataset, and the permits that pin them',
  options: {},
  async run(context) {
    const store = await composeStore(context.config)
    try {
      const datasets = await store.list('dataset', { limit: 1000 })
      const permits = await store.list('permit', { where: { state: 'granted' }, limit: 1000 })
      const pinnedBy = (digest: string): string[] =>
        permits.items
          .map((it) => it.value)
          .filter((it) => Object.values(it.snapshots).includes(digest))
          .map((it) => it.id)
      const rows = datasets.items.flatMap(({ value }) =>
        value.snapshots.map((it) => ({
          dataset: value.id,
          snapshot: it.digest,
          loadedAt: it.loadedAt,
          persons: it.persons,
          pinnedBy: pinnedBy(it.digest),
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
