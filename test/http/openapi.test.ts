import { expect, test } from 'vitest'
import { routes } from '../../src/http/app.ts'
import { openapi } from '../../src/http/openapi.ts'

type Operation = Readonly<{
  operationId: string
  parameters: readonly Readonly<{ name: string; in: string; required: boolean }>[]
  responses: Readonly<Record<string, unknown>>
}>
const document = JSON.parse(JSON.stringify(openapi(routes, '0.0.0'))) as {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown> }
}
const text = JSON.stringify(document)

test('every route stands in it, under an identifier of its own', () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, it]) => ({ at: `${method} ${path}`, ...it })),
  )
  const expected = routes.map((it) => `${it.method} ${it.path.replace(/:(\w+)/g, '{$1}')}`)
  expect(operations.map((it) => it.at).toSorted()).toEqual(expected.toSorted())
  const identifiers = operations.map((it) => it.operationId)
  expect(new Set(identifiers).size).toBe(identifiers.length)
  for (const { at, parameters, responses } of operations) {
    const inPath = parameters.filter((it) => it.in === 'path').map((it) => it.name)
    expect(inPath).toEqual([...at.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
    expect(Object.keys(responses)).toContain('default')
  }
})

test('every reference leads to a schema of this document', () => {
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, it]) => it ?? '')
  expect(references.length).toBeGreaterThan(10)
  const names = Object.keys(document.components.schemas).map((it) => `#/components/schemas/${it}`)
  expect(references.filter((it) => !names.includes(it))).toEqual([])
  expect(text).not.toContain('$defs')
})

test('every step that creates takes an Idempotency-Key', () => {
  const taking = routes.filter((it) => it.idempotent === true).map((it) => it.path)
  expect(taking).toEqual([
    '/applications',
    '/permits/:id/analyses',
    '/analyses/:id/runs',
    '/reviews/:id/votes',
    '/reviews/:id/consolidation',
  ])
  const headers = Object.values(document.paths).flatMap((it) =>
    (it['post']?.parameters ?? []).filter(({ name }) => name === 'Idempotency-Key'),
  )
  expect(headers).toHaveLength(5)
})
