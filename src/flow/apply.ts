import {
  type Application,
  type ApplicationContent,
  applicationTransitions,
} from '../domain/application.ts'
import type { Page, Versioned } from '../domain/capabilities.ts'
import type { Actor } from '../domain/role.ts'
import { move } from '../domain/transition.ts'
import { gate, need } from './gate.ts'
import type { House } from './house.ts'
import { assertReadable, catalogueOf, now } from './inputs.ts'
import { type PageOf, pageOptions, values } from './page.ts'

/** Article 67: a data user applies. What the policy forbids is refused here with its article, and is an event. */
export async function submitApplication(
  house: House,
  actor: Actor,
  content: ApplicationContent,
): Promise<Application> {
  const application: Application = {
    id: house.random.id('app'),
    state: 'submitted',
    content,
    applicant: actor.subject,
    createdAt: house.clock.now().toISOString(),
  }
  const passed = await gate(house, {
    actor,
    decision: 'application',
    about: `application/${application.id}`,
    input: {
      step: 'submit',
      actor,
      now: application.createdAt,
      content,
      catalogue: await catalogueOf(house),
      applicant: actor.subject,
    },
    act: () => ({
      change: [{ put: 'application', value: application, version: 0 }],
      events: [
        {
          type: 'application-submitted',
          about: `application/${application.id}`,
          facts: { purpose: content.purpose, datasets: content.data.datasets },
        },
      ],
      result: application,
    }),
  })
  return passed.result
}

/** The applicant answers a return of the access body with completed content. */
export async function completeApplication(
  house: House,
  actor: Actor,
  id: string,
  content: ApplicationContent,
): Promise<Application> {
  const { value, version } = await ownApplication(house, actor, id)
  const { decision: _, ...rest } = value
  const passed = await gate(house, {
    actor,
    decision: 'application',
    about: `application/${id}`,
    input: {
      step: 'complete',
      actor,
      now: now(house),
      content,
      catalogue: await catalogueOf(house),
      applicant: value.applicant,
    },
    act: () => {
      const state = move(applicationTransitions, value.state, 'submitted', actor.role)
      const result: Application = { ...rest, state, content }
      return {
        change: [{ put: 'application', value: result, version }],
        events: [{ type: 'application-completed', about: `application/${id}` }],
        result,
      }
    },
  })
  return passed.result
}

export async function withdrawApplication(
  house: House,
  actor: Actor,
  id: string,
): Promise<Application> {
  const { value, version } = await ownApplication(house, actor, id)
  const passed = await gate(house, {
    actor,
    decision: 'application',
    about: `application/${id}`,
    input: { step: 'withdraw', actor, now: now(house), applicant: value.applicant },
    act: () => {
      const state = move(applicationTransitions, value.state, 'withdrawn', actor.role)
      const result: Application = { ...value, state }
      return {
        change: [{ put: 'application', value: result, version }],
        events: [{ type: 'application-withdrawn', about: `application/${id}` }],
        result,
      }
    },
  })
  return passed.result
}

/** A data user sees their own; the access body and the auditor see all. */
export async function listApplications(
  house: House,
  actor: Actor,
  page: PageOf,
): Promise<Page<Application>> {
  const where = actor.role === 'data-user' ? { applicant: actor.subject } : {}
  return values(await house.store.list('application', pageOptions(page, where)))
}

export async function ownApplication(
  house: House,
  actor: Actor,
  id: string,
): Promise<Versioned<Application>> {
  const found = await need(house, 'application', id)
  const { applicant } = found.value
  assertReadable(house, actor, { kind: 'application', id, persons: [applicant] })
  return found
}
