import { afterAll, beforeAll, expect, test } from 'vitest'
import { research } from '../../src/cli/demo/applications.ts'
import { people } from '../../src/cli/demo/people.ts'
import { checkView, ownAnalysis, submitAnalysis } from '../../src/flow/analyse.ts'
import { submitApplication } from '../../src/flow/apply.ts'
import { decideApplication } from '../../src/flow/decide.ts'
import { executeRun } from '../../src/flow/execute.ts'
import { requestRun } from '../../src/flow/run.ts'
import { type Gateway, openGateway } from '../support/gateway.ts'

/** A question brings its own code list: proven, stored, approved and run with it, over a real house. */
let gateway: Gateway
beforeAll(async () => {
  gateway = await openGateway(['east'])
})
afterAll(() => gateway.close())

const { researcher, officer } = people
const text =
  "SELECT sex, count(*) AS persons FROM patient p WHERE EXISTS (SELECT 1 FROM condition c WHERE c.person_id = p.person_id AND c.code IN codelist('common')) GROUP BY sex"
const asked = (codes: readonly string[]) =>
  ({ name: 'Common diagnoses', language: 'sql', text, codelists: { common: codes } }) as const

test('a code list goes from the question to the answer', async () => {
  const { house } = gateway.composed
  const content = { ...research, data: { ...research.data, datasets: ['east'] } }
  const { id } = await submitApplication(house, researcher, content)
  const { decision } = await decideApplication(house, officer, id, {
    outcome: 'approve',
    reason: 'Fine.',
    articles: [],
    conditions: { analysisApproval: 'proven', rho: 0.5 },
  })
  const permit = decision?.permit ?? ''

  const bare = checkView(house, researcher, permit, { text })
  await expect(bare).rejects.toMatchObject({ facts: { rule: 'codelist-unknown' } })

  const one = await submitAnalysis(house, researcher, permit, asked(['I10', 'E1*', 'J*']))
  const other = await submitAnalysis(house, researcher, permit, asked(['I10', 'E1*']))
  expect(one.digest).not.toBe(other.digest)
  expect(one.canonical).not.toBe(other.canonical)
  const kept = await ownAnalysis(house, researcher, one.id)
  expect(kept.value.codelists).toEqual({ common: ['I10', 'E1*', 'J*'] })

  const { digest } = one
  const run = await requestRun(house, researcher, one.id, {
    dataset: 'east',
    digest,
    purpose: 'scientific-research',
  })
  await executeRun(house, run.id)
  expect((await house.store.get('run', run.id))?.value.state).toBe('finished')
})
