import type { Analysis, Output, Run } from '../domain/analysis.ts'
import { Problem } from '../domain/problem.ts'
import type { Actor } from '../domain/role.ts'
import type { Script } from '../domain/script.ts'
import type { House } from './house.ts'

/** What the policy is told; policies/README.md documents every field. Never a cell, a true count or a script's text. */
export type Input = Readonly<Record<string, unknown>>

/** What exists to be asked for: datasets with their newest snapshot, tables and columns (66(1)). */
export async function catalogueOf(house: House): Promise<Input> {
  const { items } = await house.store.list('dataset', { limit: 1000 })
  const tables = Object.fromEntries(
    house.dictionary.map((table) => [table.name, table.columns.map((column) => column.name)]),
  )
  return {
    datasets: Object.fromEntries(
      items.map(({ value }) => [
        value.id,
        { snapshot: value.snapshots.at(-1)?.digest ?? '', tables },
      ]),
    ),
  }
}

export const now = (house: House): string => house.clock.now().toISOString()

/** An analysis without its text, its code lists and its script's text: the digest stands for them. */
export const described = ({ text: _, codelists: __, script, ...rest }: Analysis): Input =>
  script === undefined ? rest : { ...rest, script: withoutText(script) }

const withoutText = ({ text: _, ...rest }: Script): Input => rest

/** An output without its table: what its statement promises stands for it. */
export const promised = (output: Output): Input => ({
  id: output.id,
  run: output.run,
  permit: output.permit,
  state: output.state,
  digest: output.digest,
  kind: 'table',
  profile: output.table.statement.profile,
  k: output.table.statement.k,
  rounding: output.table.statement.rounding,
  rho: output.table.statement.rho,
})

export const runFacts = (run: Run): Input => run

type Resource = Readonly<{
  kind: 'application' | 'permit' | 'analysis' | 'run' | 'event' | 'meter'
  id: string
  /** Subjects whose own it is. */
  persons: readonly string[]
  /** Organisations that hold the data it is about. */
  holders?: readonly string[]
}>

export const mayRead = (house: House, actor: Actor, resource: Omit<Resource, 'id'>): boolean =>
  house.decide('read', { actor, now: now(house), resource }).allow

/** The policy decides who may read metadata. What is not yours is as invisible as what does not exist. */
export function assertReadable(house: House, actor: Actor, resource: Resource): void {
  const { id, ...asked } = resource
  if (!mayRead(house, actor, asked))
    throw new Problem('not-found', { place: `${resource.kind}/${id}` })
}
