import type { Page } from '../domain/capabilities.ts'
import type { LoggedEvent } from '../domain/event.ts'
import type { House } from './house.ts'
import { type PageOf, pageOptions } from './page.ts'

/** An event as auditors read it: without the decision's input and without facts, which stay in the payload. */
export type EventView = Readonly<{
  id: string
  at: string
  type: LoggedEvent['type']
  about: string
  actor: Readonly<{ subject: string; role: LoggedEvent['actor']['role']; organisation: string }>
  decision?: Omit<NonNullable<LoggedEvent['decision']>, 'input'>
}>

export async function listEvents(
  house: House,
  query: PageOf & Readonly<{ about?: string | undefined; type?: string | undefined }>,
): Promise<Page<EventView>> {
  const { limit, ...rest } = pageOptions(query)
  const { items, next } = await house.store.events({
    limit,
    ...('after' in rest ? { after: rest.after } : {}),
    ...(query.about === undefined ? {} : { about: query.about }),
    ...(query.type === undefined ? {} : { type: query.type }),
  })
  return { items: items.map(view), ...(next === undefined ? {} : { next }) }
}

function view({ id, at, type, about, actor, decision }: LoggedEvent): EventView {
  const { subject, role, organisation } = actor
  const seen = { id, at, type, about, actor: { subject, role, organisation } }
  if (decision === undefined) return seen
  const { input: _, ...shown } = decision
  return { ...seen, decision: shown }
}
