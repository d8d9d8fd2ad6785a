import { resolve } from 'node:path'
import { loadDataset, rehearseLoad } from '../flow/load.ts'
import type { Progress } from '../ingest/progress.ts'
import { type Command, option, positional } from './command.ts'
import { compose } from './compose.ts'

export const load: Command = {
  name: 'load',
  summary: 'Load a FHIR bulk export as a new immutable snapshot of a dataset',
  positionals: ['DIR'],
  options: {
    dataset: { type: 'string', placeholder: 'ID', help: 'identifier of the dataset' },
    title: {
      type: 'string',
      placeholder: 'TEXT',
      help: 'title in the catalogue',
      default: 'FHIR export',
    },
    holder: {
      type: 'string',
      placeholder: 'NAME',
      help: 'organisation of the data holder',
      default: 'Data holder',
    },
    'dry-run': { type: 'boolean', help: 'say what a load would do, and keep nothing' },
    'insecure-dev': { type: 'boolean', help: 'load without a jail; never in production' },
  },
  examples: ['vitrine load ./export --dataset north --holder "North Hospital"'],
  async run(context) {
    const directory = resolve(positional(context, load, 0))
    const dataset = option(context, load, 'dataset')
    const composed = await compose(context.config, {
      insecureDev: context.flags['insecure-dev'] === true,
      note: context.note,
      serves: false,
    })
    const bar = context.progress(`load ${dataset}`)
    const told = (it: Progress): void => bar(it.done, detail(it))
    try {
      const organisation = option(context, load, 'holder')
      const actor = { subject: 'cli', role: 'data-holder', organisation } as const
      const order = { id: dataset, title: option(context, load, 'title'), directory }
      const { snapshot, report } =
        context.flags['dry-run'] === true
          ? { snapshot: undefined, report: await rehearseLoad(composed.house, actor, order, told) }
          : await loadDataset(composed.house, actor, order, told)
      bar(undefined)
      if (context.json)
        context.print(JSON.stringify({ snapshot: snapshot?.digest ?? null, report }))
      else
        context.print(
          [
            snapshot === undefined ? 'dry run: nothing was kept' : `snapshot ${snapshot.digest}`,
            `read ${report.read} = accepted ${report.accepted} + quarantined ${report.quarantined} + blank ${report.blank}`,
            `persons ${report.persons}, opted out ${report.optedOut}`,
            ...report.reasons.slice(0, 20).map((it) => `  ${it.file}:${it.line} ${it.reason}`),
            ...(report.reasons.length > 20
              ? [`  and ${report.reasons.length - 20} more; --json shows all`]
              : []),
          ].join('\n'),
        )
      return 0
    } finally {
      bar(undefined)
      await composed.close()
    }
  },
}

export const detail = ({ phase, bytes, ofBytes, lines }: Progress): string =>
  `${phase} ${mega(bytes)} of ${mega(ofBytes)} MB, ${lines} lines`

const mega = (bytes: number): string => (bytes / 1e6).toFixed(1)
