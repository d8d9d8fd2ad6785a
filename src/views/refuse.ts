import { Problem } from '../domain/problem.ts'

/** A JSON pointer into the ViewDefinition, with `:column` (from 1) inside an expression. */
export type Place = string
export const inside = (place: Place, offset: number): Place => `${place || '/'}:${offset + 1}`

/** The named class of a view that cannot be compiled. Never returns. */
export function refuse(rule: string, place: Place, reason: string, fix: string): never {
  throw new Problem('view-invalid', { rule, place: place || '/', reason, fix })
}

const MARK = 'vitrine-view:'
/** Text that compiled SQL raises when data break a promise of the view; it holds no value of a row. */
export const alarm = (rule: string, place: Place): string => `${MARK}${rule}:${place || '/'}`

const alarms: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  'many-values': [
    'A resource has more than one value where the view promises one.',
    'Set collection: true, unnest with forEach, or take first().',
  ],
  'repeat-too-deep': [
    'A resource nests deeper than 64 levels under a repeat.',
    'Quarantine the resource; FHIR content is never that deep.',
  ],
  'boundary-unknown': [
    'A decimal is too large or too small for its written precision to be known.',
    'Leave the boundary function out, or correct the number at the source.',
  ],
}

/** Turns the engine's message for a failed compiled view into its Problem; undefined for any other message. */
export function problemOfMessage(message: string): Problem | undefined {
  const [, rule = '', place = '/'] =
    new RegExp(`${MARK}([a-z-]+):(/[A-Za-z0-9/:]*)`).exec(message) ?? []
  const text = alarms[rule]
  if (!text) return undefined
  return new Problem('view-invalid', { rule, place, reason: text[0], fix: text[1] })
}
