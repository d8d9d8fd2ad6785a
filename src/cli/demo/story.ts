import { worstCase } from '../../disclosure/bounds.ts'
import type { Released } from '../../domain/glass.ts'
import { Problem } from '../../domain/problem.ts'
import { type Client, settled } from '../client.ts'
import { table as formatTable } from '../terminal.ts'
import { advertising, exploration, research } from './applications.ts'
import type { Person } from './people.ts'
import { differencing, flood, questions, rowLevel } from './queries.ts'

export type Clients = Readonly<Record<Person | 'anyone', Client>>
export type Table = Pick<Released, 'columns' | 'rows' | 'statement' | 'digest' | 'receipt'>
export type Refusal = Readonly<{ what: string; rule: string; article?: string; reason: string }>
export type Told = Readonly<{
  permit: Readonly<{ id: string; purpose: string; k: number }>
  released: readonly Readonly<{ name: string; dataset: string; table: Table }>[]
  refused: readonly Refusal[]
  differencing: Readonly<{ released: readonly number[]; advantage: number; questions: number }>
  flood: Readonly<{ answered: number }>
}>
type PermitView = Readonly<{
  id: string
  purpose: string
  conditions: Readonly<{ k: number; rho: number }>
  privacy: Readonly<{ words: string; worstCaseAdvantage: number }>
}>
type AnalysisView = Readonly<{ id: string; digest: string; state: string; check?: { rho: number } }>

const purpose = 'scientific-research'

/** The whole story over the real HTTP API. `say` hears each step; every refusal is a Problem of the server. */
export async function tellStory(by: Clients, say: (line: string) => void): Promise<Told> {
  const refused: Refusal[] = []
  const refuse = async (what: string, step: () => Promise<unknown>): Promise<void> => {
    const problem = await refusalOf(step)
    const { rule, reason, ['article']: article } = problem.facts
    const entry = {
      what,
      rule: rule ?? problem.code,
      reason: reason ?? problem.message,
      ...(typeof article === 'string' ? { article } : {}),
    }
    refused.push(entry)
    say(
      `  refused: ${what}  [${entry.rule}]${entry.article ? ` Article ${entry.article}` : ''} ${entry.reason}`,
    )
  }

  say('\nAn advertiser applies.')
  await refuse('an application for advertising', () =>
    by.advertiser.post('/applications', advertising),
  )

  say('\nA university applies; the access body approves with conditions.')
  const permit = await permitFor(by, research, 'each')
  say(`  ${permit.id}: k = ${permit.conditions.k}, budget rho = ${permit.conditions.rho}`)
  say(`  ${permit.privacy.words}`)

  say('\nApproved analyses run behind the glass; only protected tables come out.')
  const released = []
  for (const question of questions()) {
    const analysis = await by.researcher.post<AnalysisView>(`/permits/${permit.id}/analyses`, {
      ...question,
      language: 'sql',
    })
    if (released.length === 0)
      await refuse('a run of a script that nobody approved', () =>
        ask(by.researcher, analysis, 'north'),
      )
    await by.officer.post(`/analyses/${analysis.id}/decision`, {
      outcome: 'approve',
      digest: analysis.digest,
      reason: 'Person-local, bounded, and within the purpose.',
    })
    const table = await ask(by.researcher, analysis, 'north')
    released.push({ name: question.name, dataset: 'north', table })
    say(
      `\n  ${question.name} (north, ${table.rows.length} rows, rho ${table.statement.rho.toFixed(3)})`,
    )
    say(tableText(table))
  }

  say('\nWhat is not an aggregate, or not what was approved, is refused.')
  await refuse('a row-level query', () =>
    by.researcher.post(`/permits/${permit.id}/analyses`, {
      name: 'Rows',
      language: 'sql',
      text: rowLevel,
    }),
  )
  await refuse('a run whose digest differs from the approved one', async () => {
    const { items } = await by.researcher.get<{ items: AnalysisView[] }>(
      `/permits/${permit.id}/analyses`,
    )
    return by.researcher.post(`/analyses/${items[0]?.id}/runs`, {
      dataset: 'north',
      purpose,
      digest: '0'.repeat(64),
    })
  })
  await refuse('a run for another purpose', async () => {
    const { items } = await by.researcher.get<{ items: AnalysisView[] }>(
      `/permits/${permit.id}/analyses`,
    )
    return by.researcher.post(`/analyses/${items[0]?.id}/runs`, {
      dataset: 'north',
      purpose: 'education',
      digest: items[0]?.digest,
    })
  })

  say('\nUnder a second permit somebody subtracts two counts that differ by one birthday.')
  const second = await permitFor(by, exploration, 'proven')
  const pair = await differ(by.researcher, second.id)
  say(
    `  answers ${pair.released.join(' and ')}: the difference is noise. A gateway with a threshold only would have`,
  )
  say(
    `  given both counts exactly, and with them the secret (advantage 1.00). Here two such answers give at most ${pair.advantage.toFixed(2)}.`,
  )

  say('\nThen they ask and ask.')
  let answered = 0
  await refuse('the question that the budget does not cover', async () => {
    for (; answered < 200; answered++)
      await submitAndAsk(by.researcher, second.id, flood(answered), 40)
  })
  say(`  after ${answered} more answers`)

  return {
    permit: { id: permit.id, purpose: permit.purpose, k: permit.conditions.k },
    released,
    refused,
    differencing: pair,
    flood: { answered },
  }
}

async function permitFor(
  by: Clients,
  content: unknown,
  analysisApproval: 'each' | 'proven',
): Promise<PermitView> {
  const filed = await by.researcher.post<{ id: string }>('/applications', content)
  const decided = await by.officer.post<{ decision?: { permit?: string } }>(
    `/applications/${filed.id}/decision`,
    {
      outcome: 'approve',
      reason: 'The criteria of Article 68(1) are met.',
      articles: ['68(1)'],
      conditions: { k: 10, rho: 0.5, variance: 40, analysisApproval },
    },
  )
  return by.researcher.get<PermitView>(`/permits/${decided.decision?.permit}`)
}

async function ask(api: Client, analysis: AnalysisView, dataset: string): Promise<Table> {
  const run = await api.post<{ id: string; state: string }>(`/analyses/${analysis.id}/runs`, {
    dataset,
    purpose,
    digest: analysis.digest,
  })
  await settled(api, run)
  return api.get<Table>(`/runs/${run.id}/output?purpose=${purpose}`)
}

async function submitAndAsk(
  api: Client,
  permit: string,
  text: string,
  variance: number,
): Promise<Table> {
  const analysis = await api.post<AnalysisView>(`/permits/${permit}/analyses`, {
    name: 'Exploration',
    language: 'sql',
    text,
    variance,
  })
  return ask(api, analysis, 'north')
}

async function differ(api: Client, permit: string): Promise<Told['differencing']> {
  const tables: Table[] = []
  for (const text of differencing('1950-06-15'))
    tables.push(await submitAndAsk(api, permit, text, 40))
  const rho = tables.reduce((sum, table) => sum + table.statement.rho, 0)
  return {
    released: tables.map((table) => Number(table.rows[0]?.[0] ?? 0)),
    advantage: worstCase(rho, 40),
    questions: tables.length,
  }
}

async function refusalOf(step: () => Promise<unknown>): Promise<Problem> {
  try {
    await step()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('the step should have been refused')
}

const tableText = (table: Table): string =>
  formatTable(table.columns, table.rows)
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
