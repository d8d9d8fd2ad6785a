import type { Cell } from '../../domain/glass.ts'
import type { Field } from '../../domain/script.ts'
import { decodeAnswer, type Json } from '../decode.ts'

/** What one person's answer may be: more is no answer. */
const ANSWER = { bytes: 65_536, depth: 4, values: 4096 } as const

/** The nearest value of the lattice `min + n * step`, in the digits of the step, so that low bits carry nothing. */
function onLattice(value: number, domain: Readonly<{ min: number; step: number }>): number {
  const { min, step } = domain
  const digits = Math.max(places(step), places(min))
  const near = Number((min + Math.round((value - min) / step) * step).toFixed(digits))
  return near === 0 ? 0 : near
}
const places = (n: number): number => {
  const [mantissa = '', exponent = '0'] = String(n).split('e')
  return Math.min(15, Math.max(0, (mantissa.split('.')[1] ?? '').length - Number(exponent)))
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const isDay = (text: string): boolean =>
  DAY.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text

/** The value as the domain has it, or undefined when it is not of the type or outside the domain. Pure. */
export function accept(field: Field, value: Json | undefined): Cell | undefined {
  const { domain, type } = field
  if (value === undefined || value === null || typeof value === 'object') return undefined
  switch (domain.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'enum':
      return domain.values.includes(String(value)) && fits(type, value) ? value : undefined
    case 'dates':
      return typeof value === 'string' && isDay(value) && value >= domain.min && value <= domain.max
        ? value
        : undefined
    case 'range': {
      if (typeof value !== 'number' || !fits(type, value)) return undefined
      if (value < domain.min || value > domain.max) return undefined
      const near = onLattice(value, domain)
      return near > domain.max ? onLattice(near - domain.step, domain) : near
    }
  }
}

const fits = (type: Field['type'], value: Json): boolean => {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'decimal':
      return typeof value === 'number'
    case 'boolean':
      return typeof value === 'boolean'
    case 'text':
    case 'date':
      return typeof value === 'string'
  }
}

/**
 * The values of the declared fields, in their order, from what a child said about one person. Nobody trusts the child: what
 * is not strict JSON, not an object, missing, of another type or outside its domain is the field's `otherwise`. Never throws.
 */
export function valuesOf(fields: readonly Field[], said: string | undefined): readonly Cell[] {
  const answer = objectOf(said)
  return fields.map((field) => accept(field, answer[field.name]) ?? field.otherwise)
}

function objectOf(said: string | undefined): { readonly [key: string]: Json } {
  if (said === undefined || said === '') return {}
  try {
    const { value } = decodeAnswer(said, ANSWER)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
    return value as { readonly [key: string]: Json }
  } catch {
    return {}
  }
}
