import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { dice } from '../../../tools/fixtures/random.ts'
import { type Comparison, compare } from './compare.ts'
import { generateView, type RandomView } from './generate.ts'
import { generateResources } from './resources.ts'
import { roots } from './shape.ts'

export type Tally = Readonly<{
  views: number
  compared: number
  same: number
  bothStop: number
  known: Readonly<Record<string, number>>
  unexplained: number
}>
export type Odd = Readonly<{
  view: RandomView
  resources: unknown
  comparison: Comparison
  stream: number
}>

/** Compares `views` random views of this seed; `odd` hears of every unexplained difference. */
export async function fuzzViews(
  views: number,
  seed: number,
  odd: (found: Odd) => void,
  from = 0,
): Promise<Tally> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-fuzz-'))
  const known: Record<string, number> = {}
  let [same, bothStop, unexplained] = [0, 0, 0]
  try {
    for (let stream = from; stream < from + views; stream++) {
      const d = dice(seed, stream)
      const root = d.pick(roots)
      const resources = generateResources(d, root, 4)
      const view = generateView(d, root)
      const file = join(folder, `${stream}.ndjson`)
      writeFileSync(file, resources.map((r) => `${JSON.stringify(r)}\n`).join(''))
      const comparison = await compare(connection, view, resources, file)
      rmSync(file, { force: true })
      if (comparison.kind === 'same') same++
      else if (comparison.kind === 'both-stop') bothStop++
      else if (comparison.kind === 'known')
        for (const rule of comparison.rules) known[rule] = (known[rule] ?? 0) + 1
      else {
        unexplained++
        odd({ view, resources, comparison, stream })
      }
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(folder, { recursive: true, force: true })
  }
  return { views, compared: views, same, bothStop, known, unexplained }
}
