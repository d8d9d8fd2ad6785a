import { mismatch, oddities, type Shape } from './shape.ts'

/** What one line of NDJSON is. Reasons are fixed words and element paths: never a value. */
export type Verdict =
  | Readonly<{ kind: 'blank' }>
  | Readonly<{ kind: 'bad'; reason: string }>
  | Readonly<{
      kind: 'good'
      id: string
      type: string
      resource: Readonly<Record<string, unknown>>
      notices: readonly string[]
    }>

export type LineRules = Readonly<{
  /** The type that the file promises; undefined for a mixed file. */
  type: string | undefined
  /** Shapes of the elements that are read, by resource type. */
  shapes: Readonly<Record<string, Shape>>
  /** Bundles of deletions: they need no id. */
  deletions?: boolean
}>

/** JSON that nests deeper crashes or stalls readers; no FHIR resource comes near. */
const deepest = 128
const bad = (reason: string): Verdict => ({ kind: 'bad', reason })
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function judge(bytes: Uint8Array, rules: LineRules): Verdict {
  const frame = frameOf(bytes)
  if (frame === 'blank') return { kind: 'blank' }
  if (typeof frame === 'string') return bad(frame)
  let line: string
  try {
    line = utf8.decode(bytes)
  } catch {
    return bad('not UTF-8')
  }
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return bad(
      frame.open > 0 ? 'truncated JSON' : frame.roots > 1 ? 'two values on one line' : 'not JSON',
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return bad('not a JSON object')
  if (keysOf(value) !== frame.keys) return bad('the same key twice in one object')
  if (frame.escapes && !wellFormed(value)) return bad('lone surrogate or control character in text')
  return resource(value as Readonly<Record<string, unknown>>, rules)
}

function resource(value: Readonly<Record<string, unknown>>, rules: LineRules): Verdict {
  const { resourceType: type, id } = value
  if (type === undefined) return bad('resourceType is missing')
  if (typeof type !== 'string') return bad('resourceType is not text')
  if (rules.type !== undefined && type !== rules.type)
    return bad('another resource type than the file says')
  if (rules.deletions === true) return { kind: 'good', id: '', type, resource: value, notices: [] }
  if (id === undefined || id === null) return bad('id is missing')
  if (typeof id !== 'string' || !/^[A-Za-z0-9.-]{1,64}$/.test(id)) return bad('id is not a FHIR id')
  const twice = choiceTwice(value, type)
  if (twice !== undefined) return bad(twice)
  const shape = rules.shapes[type]
  const wrong = shape && mismatch(value, shape, type)
  if (wrong !== undefined) return bad(wrong)
  return {
    kind: 'good',
    id,
    type,
    resource: value,
    notices: shape ? [...oddities(value, shape)] : [],
  }
}

type Frame = Readonly<{
  /** Keys of all objects, counted by the colons outside text. */
  keys: number
  /** Brackets still open at the end. */
  open: number
  /** Values at depth 0. */
  roots: number
  /** Whether a `\u` escape occurs: then text may hold what UTF-8 cannot. */
  escapes: boolean
}>

/** One pass over the bytes, without recursion: safe for any nesting and any garbage. */
function frameOf(bytes: Uint8Array): Frame | 'blank' | string {
  let depth = 0
  let keys = 0
  let roots = 0
  let escapes = false
  let blank = true
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case 0x20:
      case 0x09:
      case 0x0d:
        continue
      case 0x22: // a string, up to its closing quote
        i += 1
        while (i < bytes.length && bytes[i] !== 0x22) {
          if (bytes[i] === 0x5c) {
            i += 1
            if (bytes[i] === 0x75) escapes = true
          }
          i += 1
        }
        if (i >= bytes.length) depth += 1
        break
      case 0x7b:
      case 0x5b:
        if (depth === 0) roots += 1
        depth += 1
        if (depth > deepest) return 'nested too deeply'
        break
      case 0x7d:
      case 0x5d:
        depth -= 1
        break
      case 0x3a:
        keys += 1
        break
    }
    blank = false
  }
  return blank ? 'blank' : { keys, open: depth, roots, escapes }
}

/** How many keys the parsed value has; fewer than were written means that one was written twice. */
function keysOf(value: object): number {
  let count = 0
  const inside: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  if (!Array.isArray(value)) count += inside.length
  for (const v of inside) if (typeof v === 'object' && v !== null) count += keysOf(v)
  return count
}

function wellFormed(value: unknown): boolean {
  if (typeof value === 'string') return !/\p{Surrogate}|[^\P{Cc}\t\n\r\u007f-\u009f]/u.test(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([k, v]) => wellFormed(k) && wellFormed(v))
}

/** Choice elements of the resources that the standard views read: FHIR R4 allows one type of each. */
const choices: Readonly<Record<string, readonly string[]>> = {
  Patient: ['deceased', 'multipleBirth'],
  Condition: ['onset', 'abatement'],
  Observation: ['value', 'effective'],
  MedicationRequest: ['medication', 'reported'],
  MedicationStatement: ['medication', 'effective'],
  Procedure: ['performed'],
  Immunization: ['occurrence'],
  DiagnosticReport: ['effective'],
  AllergyIntolerance: ['onset'],
}

function choiceTwice(value: Readonly<Record<string, unknown>>, type: string): string | undefined {
  const bases = choices[type] ?? []
  const parts =
    type === 'Observation' && Array.isArray(value['component']) ? value['component'] : []
  for (const [where, object] of [
    [type, value] as const,
    ...parts.map((p) => [`${type}.component`, p] as const),
  ])
    for (const base of bases)
      if (typed(object, base) > 1) return `${where}.${base}[x] has two values`
  return undefined
}

const typed = (object: unknown, base: string): number =>
  typeof object !== 'object' || object === null
    ? 0
    : Object.keys(object).filter((k) => {
        const next = k.charCodeAt(base.length)
        return k.startsWith(base) && next >= 65 && next <= 90
      }).length
