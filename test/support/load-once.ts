import { load } from '../../src/ingest/load.ts'
import { loadCapabilities, smallDictionary, smallViews } from './ingest.ts'

/** A process that loads once and prints the digest; the resume test kills it. */
const [directory = '', out = ''] = process.argv.slice(2)
const capabilities = loadCapabilities()
const { snapshot } = await load(capabilities, {
  dataset: 'north',
  directory,
  views: smallViews,
  dictionary: smallDictionary,
  out,
  onProgress: ({ phase, done }) => process.stdout.write(`${phase} ${done.toFixed(3)}\n`),
})
await capabilities.engine.close()
process.stdout.write(`digest ${snapshot.digest}\n`)
