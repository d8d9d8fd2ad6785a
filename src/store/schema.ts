import type { Generated, GeneratedAlways } from 'kysely'
import type { EntityKind } from '../domain/capabilities.ts'

/** bigint and numeric arrive as text: 64-bit indexes and exact budgets survive JavaScript. */
type Wide = string

type EntityTable = {
  id: string
  /** 1 when it was created, one more with each commit. */
  version: number
  /** Order of creation. */
  ord: GeneratedAlways<Wide>
  state: GeneratedAlways<string | null>
  permit: GeneratedAlways<string | null>
  body: unknown
}

export type Tables = Readonly<Record<EntityKind, EntityTable>> &
  Readonly<{
    meter: { name: string; spent: Wide }
    charge: { meter: string; key: string; rho: Wide; at: Generated<Date> }
    remembered: { key: string; answer: unknown; at: Generated<Date> }
    log_head: { one: boolean; size: Wide }
    event: {
      seq: Wide
      id: string
      at: string
      type: string
      about: string
      payload: string
      salt: Buffer
      leaf: Buffer
    }
  }>

export const entityKinds: readonly EntityKind[] = [
  'dataset',
  'application',
  'permit',
  'analysis',
  'run',
  'output',
  'transcript',
]
