import { compileView } from '../../../src/views/compile.ts'
import { text } from '../../../src/views/sql.ts'
import { openEngine, peakRssMiB } from './measure.ts'
import { flat } from './views.ts'

/** A process that turns one file into one table through the flat view and prints its CPU seconds and peak memory. */
const [source = '', out = '', threads = '2', memory = '256'] = process.argv.slice(2)
const engine = await openEngine(Number(threads), Number(memory))
const { sql } = compileView(flat, { source: text(source) })
const { seconds, answer } = await engine.cost(
  `COPY (${sql}) TO ${text(out)} (FORMAT parquet, COMPRESSION zstd)`,
)
engine.close()
console.log(JSON.stringify({ seconds, rows: Number(answer), peakRssMiB: peakRssMiB() }))
