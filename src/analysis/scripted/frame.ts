import type { ColumnSpec, TableSpec } from '../../domain/dataset.ts'
import type { Cell } from '../../domain/glass.ts'
import type { Field } from '../../domain/script.ts'

/** What the table that a person script makes is called in the question asked of it. */
export const FRAME = 'frame'
const KEY = 'person_id'

/** The table `frame` as the dictionary of the proof: one row per person, the hidden key, and the declared fields. */
export const frameTable = (fields: readonly Field[]): TableSpec => ({
  name: FRAME,
  meaning: 'What the person script answers of each person',
  rowsPerPerson: { kind: 'one' },
  columns: [
    { name: KEY, type: 'integer', domain: { kind: 'person' }, meaning: 'the person' },
    ...fields.map(
      ({ name, type, domain }): ColumnSpec => ({ name, type, domain, meaning: 'declared field' }),
    ),
  ],
})

/**
 * A value as the frame may hold it: of the declared type, inside the declared domain, a decimal on its grid; else the
 * declared default. The sandbox promises the same; the proof rests on it, so it is held once more by us, blind to why.
 */
export function conform(field: Field, value: Cell | undefined): Cell {
  return within(field, value) ?? field.otherwise
}

function within({ type, domain }: Field, value: Cell | undefined): Cell | undefined {
  switch (domain.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'enum':
      return typeof value === 'string' && domain.values.includes(value) ? value : undefined
    case 'dates':
      return typeof value === 'string' && isDay(value) && value >= domain.min && value <= domain.max
        ? value
        : undefined
    case 'range': {
      const number = typeof value === 'bigint' ? Number(value) : value
      if (typeof number !== 'number' || !(number >= domain.min && number <= domain.max))
        return undefined
      if (type === 'integer') return Number.isSafeInteger(number) ? number : undefined
      return onGrid(number, domain)
    }
  }
}

/** The nearest point of the declared grid, so that no low bit of a float carries anything. */
function onGrid(
  value: number,
  { min, max, step }: Readonly<{ min: number; max: number; step: number }>,
): number {
  const steps = Math.round((value - min) / step)
  const digits = Math.min(15, Math.max(0, Math.ceil(-Math.log10(step)) + 6))
  const point = Number((min + steps * step).toFixed(digits))
  return Math.min(max, Math.max(min, point))
}

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) &&
  new Date(`${text}T00:00:00Z`).toISOString().slice(0, 10) === text

const DOMAINS: Readonly<Record<Field['type'], readonly Field['domain']['kind'][]>> = {
  text: ['enum'],
  integer: ['range'],
  decimal: ['range'],
  boolean: ['boolean'],
  date: ['dates'],
}
const whole = ({ min, max, step }: Readonly<{ min: number; max: number; step: number }>): boolean =>
  Number.isSafeInteger(min) && Number.isSafeInteger(max) && step === 1

/**
 * Why these fields cannot make a frame: the JSON pointer of the first that cannot, and the reason. A schema has checked
 * the shapes; here is what spans several values.
 */
export function fieldsProblem(
  fields: readonly Field[],
): Readonly<{ place: string; reason: string }> | undefined {
  for (const [i, field] of fields.entries()) {
    const place = `/script/fields/${i}`
    if (field.name === KEY || fields.findIndex((it) => it.name === field.name) !== i)
      return { place: `${place}/name`, reason: 'The name is taken.' }
    const { type, domain } = field
    if (!DOMAINS[type].includes(domain.kind))
      return { place: `${place}/domain`, reason: `A field of type ${type} has another domain.` }
    if (type === 'integer' && domain.kind === 'range' && !whole(domain))
      return {
        place: `${place}/domain`,
        reason: 'Bounds of whole numbers are whole, in steps of 1.',
      }
    if (domain.kind === 'enum' && new Set(domain.values).size !== domain.values.length)
      return { place: `${place}/domain/values`, reason: 'A value stands twice.' }
    if ((domain.kind === 'range' || domain.kind === 'dates') && !(domain.min <= domain.max))
      return { place: `${place}/domain`, reason: 'The domain ends before it begins.' }
    if (field.otherwise !== null && within(field, field.otherwise) !== field.otherwise)
      return { place: `${place}/otherwise`, reason: 'The default is outside the domain.' }
  }
  return undefined
}
