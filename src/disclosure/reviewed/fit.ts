import type { Cell } from '../../domain/glass.ts'
import type { ReducerSpec } from '../../domain/reducer.ts'
import type { DeclaredFigure, DeclaredModel } from '../../domain/script.ts'
import type { Declared } from '../declared/declared.ts'
import { designOf } from './design.ts'
import { type Coefficient, exactCox, exactGlm, exactKm, sidesOf } from './models.ts'

export type ExactSpec = Extract<ReducerSpec, { kind: 'glm' | 'cox' | 'km' }>
/** One row per person, as the frame's own printing answers it. It does not leave this room. */
export type Frame = Readonly<{ columns: readonly string[]; rows: readonly (readonly Cell[])[] }>

/**
 * The exact models of the `reviewed` profile over a frame, with the evidence that findings() judges: persons, those on
 * the smaller side of every term and of the outcome, leverage. Throws a RangeError for collinear terms, no convergence, or
 * a column that the frame does not have.
 */
export function fitExact(spec: ExactSpec, frame: Frame, rules: Readonly<{ k: number }>): Declared {
  switch (spec.kind) {
    case 'glm': {
      const design = designOf(frame.columns, frame.rows, {
        terms: spec.terms,
        also: [spec.outcome],
      })
      const y = pick(frame, design.used, spec.outcome)
      const { coefficients, evidence } = exactGlm(
        spec.family,
        design.x.map((row) => [1, ...row]),
        y,
      )
      const value = modelOf(
        ['(Intercept)', ...design.terms],
        coefficients,
        design.x,
        evidence.leverage,
      )
      return {
        kind: 'model',
        value: spec.family === 'logistic' ? { ...value, outcome: sidesOf([y]) } : value,
      }
    }
    case 'cox': {
      const design = designOf(frame.columns, frame.rows, {
        terms: spec.terms,
        also: [spec.time, spec.event],
      })
      const time = pick(frame, design.used, spec.time)
      const event = pick(frame, design.used, spec.event)
      const people = design.x.map((x, i) => ({ time: time[i] as number, event: event[i] === 1, x }))
      const { coefficients, evidence } = exactCox(people)
      const value = modelOf(design.terms, coefficients, design.x, evidence.leverage)
      return { kind: 'model', value: { ...value, outcome: sidesOf([event]) } }
    }
    case 'km':
      return { kind: 'figure', value: kmOf(spec, frame, rules.k) }
  }
}

const pick = (frame: Frame, used: readonly number[], name: string): number[] => {
  const at = frame.columns.indexOf(name)
  if (at < 0) throw new RangeError('a column that the frame does not have')
  return used.map((i) => Number(frame.rows[i]?.[at]))
}

function modelOf(
  names: readonly string[],
  coefficients: readonly Coefficient[],
  x: readonly (readonly number[])[],
  leverage: number,
): DeclaredModel {
  const offset = names.length - (x[0]?.length ?? 0)
  return {
    terms: names.map((term, i) => {
      const { value, se } = coefficients[i] as Coefficient
      const side =
        i < offset ? {} : { persons: sidesOf([x.map((row) => row[i - offset] as number)]) }
      return { term, estimate: value, se, ...side }
    }),
    persons: x.length,
    parameters: names.length,
    leverage,
  }
}

/**
 * Kaplan and Meier's curve by group. A step at every event would say when single persons had theirs, so a point is set
 * only once k events have come since the last one, while k persons are still at risk.
 */
function kmOf(spec: Extract<ExactSpec, { kind: 'km' }>, frame: Frame, k: number): DeclaredFigure {
  const by = spec.by ?? []
  const columns = [...by, spec.time, spec.event].map((name) => frame.columns.indexOf(name))
  if (columns.some((c) => c < 0)) throw new RangeError('a column that the frame does not have')
  const groups = new Map<string, { time: number; event: boolean }[]>()
  for (const row of frame.rows) {
    const cells = columns.map((c) => row[c] ?? null)
    const [time, event] = [cells.at(-2) ?? null, cells.at(-1) ?? null]
    if (time === null || event === null) continue
    const series = cells.slice(0, -2).map(String).join(', ')
    const group = groups.get(series) ?? []
    group.push({ time: Number(time), event: Number(event) === 1 })
    groups.set(series, group)
  }
  return {
    x: spec.time,
    y: 'survival',
    points: [...groups.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([series, people]) => {
        let since = 0
        return exactKm(people).flatMap((step) => {
          since += step.events
          if (since < k || step.atRisk < k) return []
          since = 0
          return [{ series, x: step.time, y: step.survival, persons: step.atRisk }]
        })
      }),
  }
}
