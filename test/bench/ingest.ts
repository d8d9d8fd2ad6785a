import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { evalSqlOnFhir } from '@medplum/core'
import { compileView } from '../../src/views/compile.ts'
import { text } from '../../src/views/sql.ts'
import { observationAt, writeObservations } from './ingest/data.ts'
import { consumed, openEngine } from './ingest/measure.ts'
import { flat, flatByHand, forEach, forEachByHand, oneColumn, twoColumns } from './ingest/views.ts'

/**
 * `npm run -s bench:ingest -- --json`: CPU seconds of compiled views as ratios of one run on its own data: against the
 * cheapest read of the id through read_ndjson, against SQL by hand, against Medplum's evaluator; then peak memory and growth.
 * Rounds alternate and the least of each counts, because other work on the machine only ever adds.
 */
const { values } = parseArgs({
  options: {
    observations: { type: 'string', default: '500000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
})
const [count, rounds, threads] = [Number(values.observations), Number(values.rounds), 2]
const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-ingest-'))
const round3 = (x: number): number => Math.round(1000 * x) / 1000

try {
  const file = join(folder, 'Observation.ndjson')
  await writeObservations(file, count)
  const source = text(file)
  const [flatView, forEachView] = [flat, forEach].map((v) => compileView(v, { source }))
  if (!flatView || !forEachView) throw new Error('no views')
  const names = (v: typeof flatView): string[] => v.columns.map((c) => c.name)
  const statements = {
    oneColumn: consumed(oneColumn(source), ['id']),
    twoColumns: consumed(twoColumns(source), ['id']),
    flat: consumed(flatView.sql, names(flatView)),
    flatByHand: consumed(flatByHand(source), names(flatView)),
    forEach: consumed(forEachView.sql, names(forEachView)),
    forEachByHand: consumed(forEachByHand(source), names(forEachView)),
  }
  const engine = await openEngine(threads, 256)
  const least: Record<string, number> = {}
  const answers: Record<string, string> = {}
  for (let i = 0; i < rounds; i++)
    for (const [name, sql] of Object.entries(statements)) {
      const { seconds, answer } = await engine.cost(sql)
      least[name] = Math.min(least[name] ?? Number.POSITIVE_INFINITY, seconds)
      answers[name] = answer
    }
  engine.close()
  if (answers['flat'] !== answers['flatByHand'] || answers['forEach'] !== answers['forEachByHand'])
    throw new Error('compiled and hand-written SQL answer differently')
  const of = (name: keyof typeof statements): number => least[name] ?? Number.NaN
  const bound = Math.min(of('oneColumn'), of('twoColumns'))

  // The peer evaluates objects that are parsed already: its reading and parsing are not counted.
  const sample = Array.from({ length: Math.min(count, 10_000) }, (_, i) => observationAt(i))
  evalSqlOnFhir(flat as never, sample.slice(0, 500) as never)
  const before = process.cpuUsage()
  evalSqlOnFhir(flat as never, sample as never)
  const { user, system } = process.cpuUsage(before)
  const peer = ((user + system) / 1e6 / sample.length) * count

  const child = (source: string) =>
    JSON.parse(
      execFileSync(process.execPath, [
        join(import.meta.dirname, 'ingest/child.ts'),
        source,
        join(folder, 'out.parquet'),
        String(threads),
      ]).toString(),
    ) as { seconds: number; rows: number; peakRssMiB: number }
  const growth = []
  for (const times of [1, 4, 16]) {
    const part = times === 16 ? file : join(folder, `${times}.ndjson`)
    if (times < 16) await writeObservations(part, Math.round((count * times) / 16))
    growth.push({ times, ...child(part) })
  }
  const [base] = growth
  const report = {
    flat: round3(of('flat') / bound),
    forEach: round3(of('forEach') / bound),
    vsHandwritten: round3(
      Math.max(of('flat') / of('flatByHand'), of('forEach') / of('forEachByHand')),
    ),
    vsMedplum: round3(peer / of('flat')),
    peakRssMiB: Math.max(...growth.map((g) => g.peakRssMiB)),
    threads,
    observations: count,
    megabytes: Math.round(statSync(file).size / 1e6),
    seconds: {
      ...Object.fromEntries(Object.entries(least).map(([k, v]) => [k, round3(v)])),
      medplum: round3(peer),
    },
    vsHandwrittenOf: {
      flat: round3(of('flat') / of('flatByHand')),
      forEach: round3(of('forEach') / of('forEachByHand')),
    },
    growth: growth.map((g) => ({
      times: g.times,
      rows: g.rows,
      cost: round3(g.seconds / (base?.seconds ?? Number.NaN)),
      peakRssMiB: g.peakRssMiB,
    })),
  }
  console.log(values.json ? JSON.stringify(report) : report)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
