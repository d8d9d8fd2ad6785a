import { type Framed, proveFrame } from '../../src/analysis/frame.ts'
import { contribution, type GlmSpec } from '../../src/disclosure/reduce/glm.ts'
import { reduceModel, reduceParts } from '../../src/disclosure/reduce.ts'
import type { NoiseKey } from '../../src/disclosure/stream.ts'
import type { Engine } from '../../src/domain/capabilities.ts'
import { type Aggregate, type Cell, mint, type Table } from '../../src/domain/glass.ts'
import type { Proven } from '../../src/domain/proven.ts'
import type { ReducerSpec, Scale, SummedReducer } from '../../src/domain/reducer.ts'
import { specDictionary } from '../spec/dictionary.ts'

/** Drawn persons of a known truth through proof, accountant, noise and reducer; only the engine's sums are ours here. */
export type Drawn = Readonly<Record<string, Cell>>

/** Gives the columns their types; the values are drawn. */
const frame = `WITH o AS (SELECT person_id, max(value) AS v, count(*) AS n FROM observation GROUP BY person_id)
SELECT p.region, p.deceased AS flag, clamp(o.n, 0, 3) AS events, clamp(o.v, 0, 5) AS time,
       bucket(o.v, 0, 30, 10) AS stratum, clamp(o.n, 30, 150) AS value, bucket(o.v, 0, 100, 5) AS band,
       bucket(o.n, 0, 12, 1) AS year, bucket(o.n, 2010, 2015, 1) AS period, p.deceased AS event,
       CASE WHEN o.n > 2 THEN 'all' WHEN o.n > 1 THEN 'adult' ELSE 'complete' END AS step,
       clamp(o.v, 0, 1) AS x, CASE WHEN o.n > 1 THEN 1 ELSE 0 END AS treated, clamp(o.v, 0, 50) AS outcome,
       clamp(o.n, 0, 6) AS counted
FROM patient p JOIN o ON o.person_id = p.person_id`

export const provenFrame = async (
  engine: Pick<Engine, 'parse'>,
  spec: ReducerSpec,
): Promise<Framed> => proveFrame(await engine.parse(frame), specDictionary, spec, { text: frame })

const number = (p: Drawn, name: string): number => Number(p[name])
const onScale = (p: Drawn, name: string, { middle, half }: Scale): number =>
  (number(p, name) - middle) / half

/** What one person adds to each statistic, in its own unit; absent where nothing. */
function added(
  reducer: SummedReducer,
  spec: ReducerSpec,
  p: Drawn,
): Readonly<Record<string, number>> {
  const s = spec as unknown as Readonly<Record<string, string>>
  switch (reducer.kind) {
    case 'proportion':
      return { [reducer.whole]: 1, ...(p[s['part'] ?? ''] === true && { [reducer.part]: 1 }) }
    case 'rate':
    case 'std_rate': {
      const events = number(p, s['events'] ?? '')
      return {
        [reducer.persons]: 1,
        ...(events > 0 && { [reducer.cases]: 1, [reducer.events]: events }),
        [reducer.time]: number(p, s['time'] ?? ''),
      }
    }
    case 'mean':
    case 'table1-number': {
      const moved =
        number(p, reducer.kind === 'mean' ? (s['value'] ?? '') : reducer.name) - reducer.centre
      return { [reducer.persons]: 1, [reducer.sum]: moved, [reducer.squares]: moved ** 2 }
    }
    case 'linear': {
      const terms = reducer.units.terms
        .slice(1)
        .map((scale, i) => onScale(p, reducer.terms[i + 1] ?? '', scale))
      const z = [1, ...terms]
      const y = onScale(p, s['outcome'] ?? '', reducer.units.outcome)
      const products = z.flatMap((v, i) => z.slice(i).map((w) => v * w))
      return Object.fromEntries([
        ...reducer.xx.map((id, i) => [id, products[i] ?? 0] as const),
        ...reducer.xy.map((id, i) => [id, (z[i] ?? 0) * y] as const),
        [reducer.yy, y * y] as const,
      ])
    }
    default:
      return { [reducer.persons]: 1 }
  }
}

function aggregated(
  proven: Proven,
  persons: readonly Drawn[],
  of: (p: Drawn) => Readonly<Record<string, number>>,
): Aggregate {
  const names = proven.labels.map((l) => l.name)
  const groups = Map.groupBy(persons, (p) => JSON.stringify(names.map((n) => p[n] ?? null)))
  const cells = [...groups].map(([key, group]) => {
    const each = group.map(of)
    const column = (id: string): number[] =>
      each.flatMap((e) => (e[id] === undefined ? [] : [e[id] as number]))
    const values = proven.statistics.map((s) =>
      column(s.id).map((x) => Math.min(s.hi, Math.max(s.lo, Math.round(x * s.scale)))),
    )
    return {
      labels: JSON.parse(key) as Cell[],
      sums: values.map((v) => BigInt(v.reduce((a, b) => a + b, 0))),
      persons: values.map((v) => v.length),
    }
  })
  return mint.aggregate(cells)
}

/** The released table, as rows by column name. */
export async function played(
  framed: Framed,
  spec: ReducerSpec,
  persons: readonly Drawn[],
  rules: Readonly<{ k: number; variance: number; workspace: string }>,
  noise: NoiseKey,
): Promise<readonly Drawn[]> {
  const full = { profile: 'standard', rounding: 1, ...rules } as const
  const records = ({ columns, rows }: Table): readonly Drawn[] =>
    rows.map((row) => Object.fromEntries(columns.map((c, i) => [c, row[i] ?? null])))
  if (framed.kind === 'parts')
    return records(
      reduceParts(
        framed.proven,
        framed.parts.map(({ proven, reducer }) => ({
          proven,
          reducer,
          aggregate: aggregated(proven, persons, (p) => added(reducer, spec, p)),
        })),
        full,
        noise,
      ),
    )
  const { proven, reducer } = framed
  const glm: GlmSpec = { ...reducer, family: reducer.kind, columns: reducer.terms, rho: 1 }
  const outcome = (spec as Readonly<{ outcome: string }>).outcome
  const rows = persons.map((p) => ({
    x: [
      1,
      ...reducer.units.terms
        .slice(1)
        .map((scale, i) => onScale(p, reducer.terms[i + 1] ?? '', scale)),
    ],
    y: Number(p[outcome]),
  }))
  const ask = async (beta: readonly number[]): Promise<Aggregate> => {
    const sums = proven.statistics.map(() => 0n)
    for (const { x, y } of rows) {
      const c = contribution(glm, x, y, beta)
      ;[1n, ...c.score, ...c.information].forEach((v, i) => {
        sums[i] = (sums[i] ?? 0n) + v
      })
    }
    return mint.aggregate([{ labels: [], sums, persons: sums.map(() => rows.length) }])
  }
  return records(await reduceModel(proven, reducer, ask, full, noise))
}
