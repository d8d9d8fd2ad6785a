import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type DecisionName, decisionNames } from '../../src/domain/capabilities.ts'

export const policies = resolve(import.meta.dirname, '../../policies')

export type Json = Readonly<Record<string, unknown>>
export type Patch = Readonly<{ op: 'add' | 'replace' | 'remove'; path: string; value?: unknown }>
export type Case = Readonly<{
  name: string
  from: string
  patch: readonly Patch[]
  allow: boolean
  rules: readonly string[]
  obligations?: Json
}>
type Cases = Readonly<{ inputs: Readonly<Record<string, Json>>; cases: readonly Case[] }>

export const casesOf = (decision: DecisionName): Cases =>
  JSON.parse(readFileSync(join(policies, decision, 'cases.json'), 'utf8'))

/** All cases with their inputs made: what `opa test policies` runs through Rego. */
export const allCases = decisionNames.flatMap((decision) => {
  const { inputs, cases } = casesOf(decision)
  return cases.map((it) => ({ decision, ...it, input: patched(inputs[it.from], it.patch) as Json }))
})

/** The part of JSON Patch (RFC 6902) that the cases use: add, replace and remove, `-` for the end of a list. */
export function patched(document: unknown, patch: readonly Patch[]): unknown {
  return patch.reduce((value, { op, path, value: next }) => {
    if (path === '') return next
    const copy = structuredClone(value)
    const keys = path.slice(1).split('/')
    const last = keys.pop() ?? ''
    const at = keys.reduce((node, key) => (node as Record<string, unknown>)[key], copy)
    if (at === undefined) throw new Error(`no such place: ${path}`)
    if (Array.isArray(at) && op !== 'replace')
      at.splice(
        last === '-' ? at.length : Number(last),
        op === 'remove' ? 1 : 0,
        ...(op === 'add' ? [next] : []),
      )
    else if (op === 'remove') delete (at as Record<string, unknown>)[last]
    else (at as Record<string, unknown>)[last] = next
    return copy
  }, document)
}

/** Pointers to every field and item below. */
export function pointers(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, it]) => [
    `${at}/${key}`,
    ...pointers(it, `${at}/${key}`),
  ])
}
