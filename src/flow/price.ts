import { combined, meterName } from '../disclosure/compose.ts'
import { exactStatement, spendingOf, statement } from '../disclosure/statement.ts'
import type { Dictionary } from '../domain/dataset.ts'
import type { PrivacyStatement } from '../domain/glass.ts'
import type { Permit } from '../domain/permit.ts'
import type { Proven } from '../domain/proven.ts'
import type { House } from './house.ts'
import { type GroupMeter, groupMeterOf, type Meter, meterOf } from './permit.ts'
import { spentBy } from './spending.ts'

/** What a question costs and which rules it will meet, before anything runs: from texts and meters alone. */
export type Price = Readonly<{
  rho: number
  meter: Meter
  group?: GroupMeter
  /** This question alone. */
  question: PrivacyStatement
  /** All that the permit has asked and this question, as if it were not a repeat. */
  after: PrivacyStatement
  effectiveThreshold: number
}>

export async function priceOf(
  house: House,
  permit: Permit,
  proven: Proven,
  variance: number,
  dictionary: Dictionary,
): Promise<Price> {
  const { k, rounding } = permit.conditions
  const asked = spendingOf(proven, { k, variance, rounding }, dictionary)
  const total = await house.store.spent(meterName.permit(permit.id))
  const { parts } = await spentBy(house, { permit: permit.id }, total)
  const group = await groupMeterOf(house, permit)
  const bounded = permit.conditions.profile === 'standard'
  const question = bounded ? statement(asked) : exactStatement(permit.conditions)
  return {
    rho: bounded ? asked.rho : 0,
    meter: await meterOf(house, permit),
    ...(group === undefined ? {} : { group }),
    question,
    after: bounded ? combined([...parts, asked]) : question,
    effectiveThreshold: question.effectiveThreshold,
  }
}
