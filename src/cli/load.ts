import { rename, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Problem } from '../domain/problem.ts'
import { type Loaded, type LoadOrder, loadDataset, rehearseLoad, type Watch } from '../flow/load.ts'
import type { Progress } from '../ingest/progress.ts'
import { qualityPage } from '../ingest/quality-page.ts'
import { type Command, type Context, option, positional } from './command.ts'
import { compose } from './compose.ts'
import { serverOptions, serverOrder } from './load-from.ts'

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
    since: {
      type: 'string',
      placeholder: 'DIR,..',
      help: 'later exports on top of it (_since), oldest first',
    },
    ...serverOptions,
    quality: {
      type: 'string',
      placeholder: 'FILE',
      help: 'write the data-quality report, .html or .json: exact figures, for the holder only',
    },
    'dry-run': { type: 'boolean', help: 'say what a load would do, and keep nothing' },
    'insecure-dev': { type: 'boolean', help: 'load without a jail; never in production' },
  },
  examples: [
    'vitrine load ./export --dataset north --holder "North Hospital" --quality north.html',
    'vitrine load ./export --dataset north --since ./march,./april',
    'vitrine load --from https://fhir.example/r4 --dataset north --client-id vitrine --token-url https://fhir.example/token --key key.jwk.json',
  ],
  async run(context) {
    const order = await orderOf(context)
    const quality = qualityFile(context)
    const composed = await compose(context.config, {
      insecureDev: context.flags['insecure-dev'] === true,
      note: context.note,
      ...(context.jail === undefined ? {} : { jail: context.jail }),
      serves: false,
    })
    const bar = context.progress(`load ${order.id}`)
    try {
      const organisation = option(context, load, 'holder')
      const actor = { subject: 'cli', role: 'data-holder', organisation } as const
      const watch = watching(bar)
      const loaded =
        context.flags['dry-run'] === true
          ? { snapshot: undefined, ...(await rehearseLoad(composed.house, actor, order, watch)) }
          : await loadDataset(composed.house, actor, order, watch)
      bar(undefined)
      if (quality !== undefined) await writeQuality(quality, loaded)
      context.print(
        context.json
          ? JSON.stringify({ ...loaded, snapshot: loaded.snapshot?.digest ?? null })
          : told(loaded, loaded.snapshot?.digest),
      )
      return 0
    } finally {
      bar(undefined)
      await composed.close()
    }
  },
}

/** A folder or a server, never both. Throws `usage`. */
async function orderOf(context: Context): Promise<LoadOrder> {
  const { since } = context.flags
  const from = await serverOrder(context)
  if (from !== undefined && context.args.length > 0)
    throw new Problem('usage', {
      place: 'load',
      reason: 'A load comes from a folder or from a server, not from both.',
      fix: 'Leave out DIR or --from.',
    })
  return {
    id: option(context, load, 'dataset'),
    title: option(context, load, 'title'),
    ...(typeof since === 'string' ? { since: since.split(',').map((it) => resolve(it)) } : {}),
    ...(from === undefined ? { directory: resolve(positional(context, load, 0)) } : { from }),
  }
}

function watching(bar: (fraction: number | undefined, detail?: string) => void): Watch {
  let fetched = 0
  return {
    onProgress: (it) => bar(it.done, detail(it)),
    // How large an export will be, no server says: the bar waits at its start.
    onFetch: ({ phase, file, bytes, said }) => {
      if (phase === 'download') fetched = bytes ?? fetched
      bar(0, phase === 'waiting' ? `waiting ${said ?? ''}` : `${file ?? ''} ${mega(fetched)} MB`)
    },
  }
}

/** Asked before the load, so that an hour's work does not end at a wrong name. Throws `usage`. */
function qualityFile(context: Context): string | undefined {
  const file = context.flags['quality']
  if (typeof file !== 'string') return undefined
  if (!/\.(html|json)$/.test(file))
    throw new Problem('usage', { place: '--quality', reason: 'The file ends in .html or .json.' })
  return resolve(file)
}

/** Owner-only, by rename: a file that others could read is replaced, not written into. */
async function writeQuality(file: string, { quality, changed }: Loaded): Promise<void> {
  const text = file.endsWith('.html')
    ? qualityPage(quality, changed)
    : `${JSON.stringify({ ...quality, changed }, null, 2)}\n`
  await writeFile(`${file}.part`, text, { mode: 0o600 })
  await rename(`${file}.part`, file)
}

const told = ({ report, changed }: Loaded, snapshot: string | undefined): string =>
  [
    snapshot === undefined ? 'dry run: nothing was kept' : `snapshot ${snapshot}`,
    `read ${report.read} = accepted ${report.accepted} + quarantined ${report.quarantined} + blank ${report.blank}`,
    `persons ${report.persons}, opted out ${report.optedOut}`,
    ...report.reasons.slice(0, 20).map((it) => `  ${it.file}:${it.line} ${it.reason}`),
    ...(report.reasons.length > 20
      ? [`  and ${report.reasons.length - 20} more; --json shows all`]
      : []),
    ...(changed.length === 0 ? [] : ['changed since the last load']),
    ...changed.map((it) => `  ${it.place} ${it.what}: ${it.before} -> ${it.after}`),
  ].join('\n')

export const detail = ({ phase, bytes, ofBytes, lines }: Progress): string =>
  `${phase} ${mega(bytes)} of ${mega(ofBytes)} MB, ${lines} lines`

const mega = (bytes: number): string => (bytes / 1e6).toFixed(1)
