import {
  evalFhirPathTyped,
  evalSqlOnFhir,
  getTypedPropertyValue,
  type TypedValue,
  toTypedValue,
} from '@medplum/core'
import type { Resource } from '@medplum/fhirtypes'
import type { RandomSelect, RandomView } from './generate.ts'
import type { Generated } from './resources.ts'

/**
 * Where Medplum's evaluator departs from the specification, each with the text that says so. `corrected` is the
 * specification's own pseudocode over Medplum's FHIRPath; a rule that is off leaves Medplum's behaviour.
 */
export const rules = {
  'null-row-columns':
    'Process(S, N) 3: "For each Column c in ValidateColumns(V, []): Bind the column c.name to null in the row r"; ValidateColumns(S, C) 2 and 3 append the columns of S.select and S.unionAll.',
  'row-index':
    'Environment variables: "The %rowIndex environment variable returns the 0-based index of the current element within the collection being iterated"; in the null row "bound to 0".',
  repeat:
    'Process(S, N) 1: "If S.repeat is defined: ... For each child node c in the result: Recursively call traverse(c, false)".',
  'empty-collection':
    'Official tests, fhirpath, "collection": a column with collection: true over nothing is [].',
  'primitive-extension':
    'FHIR R4, JSON representation of primitive elements: an extension of birthDate stands under _birthDate; extension is a required FHIRPath function of a view runner.',
  'extension-of-each':
    'FHIR R4 FHIRPath, extension(url): "Will filter the input collection for items named extension with the given url. This is a syntactical shortcut for .extension.where(url = string)": all items.',
  'quantity-without-value':
    'FHIR R4: Quantity.value has cardinality 0..1; the JSON name valueQuantity alone says the type, so ofType(Quantity) keeps it.',
  'key-of-each-reference':
    'getReferenceKey: "This is invoked on Reference elements"; FHIRPath gives the key of each of several.',
  'key-unresolved':
    'getReferenceKey: "If the implementation does not support the reference type, or is unable to resolve the reference, it MUST return the empty collection".',
  'false-with-extension':
    'FHIR R4: an extension of a primitive does not change its value; the peer makes of false with an extension an object, which it takes for true. No random resource has one, since no words of a path avoid it.',
  'many-values-in-no-row':
    'Ours, not the peer\'s: Process(S, N) 2 throws "Multiple values found but not expected for column" also where a sibling then yields no row; the engine computes a column only where its row exists.',
} as const
export type Rule = keyof typeof rules
export const allRules = Object.keys(rules) as Rule[]

export type Row = Record<string, unknown>
const MANY_VALUES = 'Multiple values found but not expected for column'
const MANY = Symbol(MANY_VALUES)
type Variables = Record<string, TypedValue>
type Focus = Readonly<{ value: TypedValue; index: number }>

/** Medplum itself. Throws what it throws. */
export const peer = (view: RandomView, resources: readonly Generated[]): Row[] =>
  evalSqlOnFhir(view as never, resources as unknown as Resource[])

/** The pseudocode of the specification with these corrections. Throws what Medplum's FHIRPath throws. */
export function corrected(
  view: RandomView,
  resources: readonly Generated[],
  on: ReadonlySet<Rule>,
): Row[] {
  const variables: Variables = {}
  for (const c of view.constant as { name: string }[])
    variables[`%${c.name}`] = getTypedPropertyValue(
      { type: 'ViewDefinitionConstant', value: c },
      'value',
    ) as TypedValue
  return resources.flatMap((resource) => {
    const root = toTypedValue(resource)
    const at = { value: root, index: 0 }
    const kept = (view.where ?? []).every((w) => {
      const [truth, ...more] = evaluate(w.path, at, variables, on)
      return more.length === 0 && truth?.value === true
    })
    const rows = kept ? process(view as unknown as RandomSelect, at, variables, on) : []
    if (rows.some((row) => Object.values(row).includes(MANY))) throw new Error(MANY_VALUES)
    return rows
  })
}

function evaluate(
  path: string,
  { value, index }: Focus,
  variables: Variables,
  on: ReadonlySet<Rule>,
): TypedValue[] {
  const bound = on.has('row-index')
    ? { ...variables, '%rowIndex': { type: 'integer', value: index } }
    : variables
  return evalFhirPathTyped(rewritten(path, on), [value], bound)
}

/** Words for the same thing that Medplum's FHIRPath computes right. */
function rewritten(path: string, on: ReadonlySet<Rule>): string {
  const each = on.has('key-of-each-reference')
  const known = on.has('key-unresolved') ? ".where(reference.matches('^[A-Z][A-Za-z]+/'))" : ''
  const steps: readonly (readonly [Rule | undefined, RegExp, string])[] = [
    ['primitive-extension', /(\w+)((?:\[\d\]|\.first\(\))?)\.extension\(/g, '_$1$2.extension('],
    ['extension-of-each', /\.extension\(('[^']*')\)/g, '.extension.where(url = $1)'],
    ['quantity-without-value', /value\.ofType\(Quantity\)/g, 'valueQuantity'],
    [undefined, /\.(getReferenceKey\(\w*\))/g, each ? `${known}.select($1)` : `${known}.$1`],
  ]
  return steps.reduce(
    (text, [rule, from, to]) =>
      rule === undefined || on.has(rule) ? text.replaceAll(from, to) : text,
    path,
  )
}

function focusesOf(
  s: RandomSelect,
  n: Focus,
  variables: Variables,
  on: ReadonlySet<Rule>,
): Focus[] {
  const indexed = (values: readonly TypedValue[]): Focus[] =>
    values.map((value, index) => ({ value, index }))
  if (s.repeat !== undefined && on.has('repeat')) {
    const below = (from: Focus): TypedValue[] =>
      (s.repeat ?? [])
        .flatMap((path) => evaluate(path, from, variables, on))
        .flatMap((value) => [value, ...below({ value, index: 0 })])
    return indexed(below(n))
  }
  const path = s.forEach ?? s.forEachOrNull
  return path === undefined ? [n] : indexed(evaluate(path, n, variables, on))
}

function process(s: RandomSelect, n: Focus, variables: Variables, on: ReadonlySet<Rule>): Row[] {
  const foci = focusesOf(s, n, variables, on)
  if (foci.length === 0 && s.forEachOrNull !== undefined) return [nullRow(s, on)]
  return foci.flatMap((f) => {
    const columns = (s.column ?? []).map((c) => [{ [c.name]: cell(c, f, variables, on) }])
    const nested = (s.select ?? []).map((inner) => process(inner, f, variables, on))
    const union = s.unionAll ? [s.unionAll.flatMap((u) => process(u, f, variables, on))] : []
    return [...columns, ...nested, ...union].reduce<Row[]>(
      (rows, part) => rows.flatMap((a) => part.map((b) => ({ ...a, ...b }))),
      [{}],
    )
  })
}

function cell(
  c: NonNullable<RandomSelect['column']>[number],
  f: Focus,
  variables: Variables,
  on: ReadonlySet<Rule>,
): unknown {
  const values = evaluate(c.path, f, variables, on).map((v) => v.value)
  if (values.length === 0) return c.collection && on.has('empty-collection') ? [] : null
  if (c.collection) return values
  if (values.length > 1) {
    if (on.has('many-values-in-no-row')) return MANY
    throw new Error(MANY_VALUES)
  }
  return values[0]
}

/** In the null row %rowIndex is 0, and the columns of a union are those of its first branch. */
function nullRow(s: RandomSelect, on: ReadonlySet<Rule>): Row {
  const own = Object.fromEntries(
    (s.column ?? []).map((c) => {
      const index = c.path === '%rowIndex' && on.has('row-index')
      return [c.name, index ? (c.collection ? [0] : 0) : null]
    }),
  )
  if (!on.has('null-row-columns')) return own
  const [branch] = s.unionAll ?? []
  const below = [...(s.select ?? []), ...(branch ? [branch] : [])]
  return Object.assign(own, ...below.map((inner) => nullRow(inner, on)))
}
