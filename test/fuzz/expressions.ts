import type { Dice } from './dice.ts'
import type { Mutation } from './generate.ts'

/** Random expressions over columns of known kinds. */
export type Kind = 'number' | 'text' | 'date' | 'truth'
export type Column = Readonly<{ name: string; kind: Kind }>

export const tables: Readonly<Record<string, readonly Column[]>> = {
  patient: [
    c('sex', 'text'),
    c('birth_date', 'date'),
    c('birth_year', 'number'),
    c('deceased', 'truth'),
    c('region', 'text'),
  ],
  condition: [
    c('code', 'text'),
    c('onset_date', 'date'),
    c('recorded_date', 'date'),
    c('clinical_status', 'text'),
  ],
  observation: [
    c('code', 'text'),
    c('value', 'number'),
    c('effective_date', 'date'),
    c('status', 'text'),
  ],
  medication_request: [c('code', 'text'), c('authored_date', 'date'), c('status', 'text')],
  encounter: [
    c('encounter_class', 'text'),
    c('start_date', 'date'),
    c('end_date', 'date'),
    c('type_code', 'text'),
  ],
  procedure: [c('code', 'text'), c('performed_date', 'date'), c('status', 'text')],
}
function c(name: string, kind: Kind): Column {
  return { name, kind }
}
const words = [
  'female',
  'I10',
  'E11.9',
  '4548-4',
  'C10AA01',
  'AMB',
  'IMP',
  'final',
  'completed',
  'north-coast',
  't1',
  's3',
]

/** `breaks` says, once per question, that this place is to be broken. */
export function makeExpressions(dice: Dice, breaks: (kind: Mutation) => boolean) {
  const of = (r: readonly Column[], kind: Kind): Column | undefined => {
    const fit = r.filter((x) => x.kind === kind)
    return fit.length === 0 ? undefined : dice.pick(fit)
  }

  function value(kind: Kind, columns: readonly Column[], q = ''): string {
    const column = of(columns, kind)
    const ref = column === undefined ? undefined : `${q}${column.name}`
    const dates = columns.filter((x) => x.kind === 'date').slice(0, 1)
    switch (kind) {
      case 'number':
        return number(ref, columns, q)
      case 'text':
        return ref === undefined
          ? `'${dice.pick(words)}'`
          : dice.pick([
              ref,
              ref,
              `coalesce(${ref}, 'none')`,
              `left(${ref}, 2)`,
              `upper(${ref})`,
              `${ref} || 'x'`,
              `nullif(${ref}, '${dice.pick(words)}')`,
              ...dates.map((d) => `strftime(${q}${d.name}, '${dice.pick(['%Y', '%Y-%m'])}')`),
            ])
      case 'date':
        return ref === undefined
          ? "DATE '2020-06-01'"
          : dice.pick([
              ref,
              ref,
              `${ref} + INTERVAL ${1 + dice.below(9)} MONTHS`,
              `date_trunc('month', ${ref})`,
              `${ref} - ${dice.below(40)}`,
              `least(${ref}, DATE '2021-06-30')`,
              `greatest(DATE '2019-01-31', ${ref})`,
            ])
      case 'truth':
        return truth(columns, q)
    }
  }

  function number(ref: string | undefined, columns: readonly Column[], q: string): string {
    const date = of(columns, 'date')
    const word = of(columns, 'text')
    const key = breaks('key-in-expression') ? [`(${q}person_id % 7)`] : []
    if (key.length > 0) return key[0] as string
    return dice.pick([
      String(dice.below(30)),
      ...(ref === undefined
        ? []
        : [
            ref,
            `clamp(${ref}, 0, 10)`,
            `${ref} * 2 + 1`,
            `round(${ref}, 1)`,
            `abs(${ref} - 5)`,
            `sqrt(${ref})`,
            `ln(${ref} - 6)`,
            `${ref} / (${ref} - 5)`,
            `least(${ref}, 7)`,
          ]),
      ...(date === undefined
        ? []
        : [
            `year(${q}${date.name})`,
            `month(${q}${date.name})`,
            `date_diff('day', ${q}${date.name}, DATE '2021-01-01')`,
            `age_at(${q}${date.name}, DATE '2025-01-01')`,
          ]),
      ...(word === undefined
        ? []
        : [
            `length(${q}${word.name})`,
            `TRY_CAST(${q}${word.name} AS DOUBLE)`,
            `CASE WHEN ${q}${word.name} > 'K' THEN 1 ELSE 0 END`,
          ]),
    ])
  }

  function truth(columns: readonly Column[], q = '', depth = 0): string {
    const kind = dice.pick(columns.map((x) => x.kind))
    const x = value(kind === 'truth' ? 'text' : kind, columns, q)
    const operator = dice.pick(['=', '<>', '<', '>=', 'IS DISTINCT FROM'])
    const plain =
      kind === 'number'
        ? `${x} ${operator} ${dice.below(12)}`
        : kind === 'date'
          ? `${x} ${operator} DATE '${2008 + dice.below(16)}-0${1 + dice.below(9)}-15'`
          : dice.pick([
              `${x} ${operator} '${dice.pick(words)}'`,
              `${x} IN ('${dice.pick(words)}', '${dice.pick(words)}')`,
              `${x} LIKE '%${dice.pick(['1', 'a', 'E'])}%'`,
              `${x} IS NOT NULL`,
            ])
    if (depth > 1 || dice.chance(0.6)) return plain
    return dice.pick([
      `(${plain} OR ${truth(columns, q, depth + 1)})`,
      `NOT (${plain})`,
      `(${plain} AND ${truth(columns, q, depth + 1)})`,
    ])
  }

  return { of, value, truth }
}
