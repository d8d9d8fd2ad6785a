import type { Cell } from '../../domain/glass.ts'
import type { Finding } from '../../domain/review.ts'
import type { DeclaredTable } from '../../domain/script.ts'
import type { Declared } from './declared.ts'

/**
 * The automatic checks of a declared output, with the vocabulary and defaults of SACRO (Smith et al. 2023, "SACRO: Semi-
 * Automated Checking of Research Outputs"; its tool acro). They advise two checkers; none of them is a proof. `place` is a
 * position (`row 3`, `term 2`), never a label or a value.
 */

/** acro's defaults: NK rule with n = 2 and k = 0.9, p% rule with 0.1, ten residual degrees of freedom. */
export const figures = { nk: 0.9, p: 0.1, residualDf: 10 } as const

const keyOf = (labels: readonly Cell[]): string => JSON.stringify(labels)

export function findings(output: Declared, rules: Readonly<{ k: number }>): readonly Finding[] {
  switch (output.kind) {
    case 'table':
      return [...cellsOf(output.value.rows, rules.k), ...classDisclosure(output.value)]
    case 'figure':
      return cellsOf(
        output.value.points.map((p) => ({
          labels: [p.series, p.x],
          values: [p.y],
          persons: p.persons,
        })),
        rules.k,
      )
    case 'model':
      return modelFindings(output.value, rules.k)
  }
}

function cellsOf(rows: DeclaredTable['rows'], k: number): Finding[] {
  return rows.flatMap(({ persons, top }, i): Finding[] => {
    const place = `row ${i + 1}`
    if (persons === 0)
      return [
        {
          check: 'zeros',
          place,
          verdict: 'review',
          reason:
            'Nobody is behind this number; an empty cell says something of everybody in its margin.',
        },
      ]
    const small: Finding[] =
      persons < k
        ? [
            {
              check: 'threshold',
              place,
              verdict: 'fail',
              reason: `Fewer than ${k} persons are behind this number.`,
            },
          ]
        : []
    return [...small, ...(top === undefined ? [] : dominance(top, place))]
  })
}

/** The NK and the p% rule over the two largest shares: the rest must hide the largest from the second. */
function dominance([first, second]: readonly [number, number], place: string): Finding[] {
  const rest = 1 - first - second
  const dominated = first + second > figures.nk || rest < figures.p * first
  return dominated
    ? [
        {
          check: 'dominance',
          place,
          verdict: 'fail',
          reason: 'One or two persons make up nearly all of this number.',
        },
      ]
    : []
}

/** A whole group in one class: among rows that agree on all labels but one, exactly one has persons. */
function classDisclosure({ labels, rows }: DeclaredTable): Finding[] {
  return labels.flatMap((_, l) => {
    const groups = new Map<string, { from: number; filled: number; of: number }>()
    rows.forEach((row, i) => {
      const key = keyOf(row.labels.filter((_, j) => j !== l))
      const group = groups.get(key) ?? { from: i, filled: 0, of: 0 }
      groups.set(key, {
        from: group.from,
        filled: group.filled + Number(row.persons > 0),
        of: group.of + 1,
      })
    })
    return [...groups.values()]
      .filter((g) => g.of > 1 && g.filled === 1)
      .map(
        (g): Finding => ({
          check: 'class-disclosure',
          place: `row ${g.from + 1}`,
          verdict: 'fail',
          reason: `All persons of this group are in one class of label ${l + 1}.`,
        }),
      )
  })
}

function modelFindings(m: Extract<Declared, { kind: 'model' }>['value'], k: number): Finding[] {
  const found: Finding[] = []
  if (m.persons < k)
    found.push({
      check: 'threshold',
      place: 'model',
      verdict: 'fail',
      reason: `Fewer than ${k} persons are behind the model.`,
    })
  if (m.persons - m.parameters < figures.residualDf)
    found.push({
      check: 'residual-df',
      place: 'model',
      verdict: 'fail',
      reason: `Fewer than ${figures.residualDf} residual degrees of freedom.`,
    })
  // Residual degrees of freedom protect nobody by themselves: an indicator of one person comes back exactly at any df.
  if (m.leverage > 1 / k)
    found.push({
      check: 'leverage',
      place: 'model',
      verdict: 'fail',
      reason: `One person's weight in their own fitted value is above 1/${k}.`,
    })
  if (m.outcome !== undefined && m.outcome < k)
    found.push({
      check: 'sides',
      place: 'outcome',
      verdict: 'fail',
      reason: `Fewer than ${k} persons are on one side of the outcome.`,
    })
  m.terms.forEach(({ persons }, i) => {
    if (persons !== undefined && persons < k)
      found.push({
        check: 'sides',
        place: `term ${i + 1}`,
        verdict: 'fail',
        reason: `Fewer than ${k} persons are on one side of this term.`,
      })
  })
  return found
}
