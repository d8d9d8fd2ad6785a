import { checkPlan } from '../../analysis/prove.ts'
import { standardDefaults } from '../../disclosure/defaults.ts'
import type { Table } from '../../domain/glass.ts'
import { Problem } from '../../domain/problem.ts'
import type { Evidence } from '../../domain/review.ts'
import { noised } from '../../flow/disclose.ts'
import { type Asked, proveAsked, runtimeOf, tablesOf } from '../../flow/question.ts'
import { withDatabase } from '../../flow/scripted.ts'
import { runWhole } from '../../flow/whole.ts'
import { type Command, type Context, positional } from '../command.ts'
import { table } from '../terminal.ts'
import { dataOption, inventedFolder, type Laptop, withInvented } from './invented.ts'
import { readStudy, type Study } from './study.ts'

type Shown = Table & Readonly<{ name?: string; words?: string; evidence?: Evidence }>

export const tryCommand: Command = {
  name: 'try',
  summary:
    'Run an analysis over invented persons, with the proof, the jail and the protection of the gateway',
  positionals: ['STUDY.json'],
  options: {
    script: { type: 'string', placeholder: 'FILE', help: 'the text of its script: .py, .R, .js' },
    data: dataOption,
  },
  examples: [
    'vitrine try sandbox/examples/person/charlson.json --script sandbox/examples/person/charlson.py',
  ],
  async run(context) {
    const directory = inventedFolder(context.flags['data'])
    const study = await readStudy(positional(context, tryCommand, 0), context.flags['script'])
    const shown = await withInvented(directory, (laptop) => tried(context, laptop, study))
    if (context.json) context.print(JSON.stringify(shown))
    else for (const it of shown) context.print(page(it))
    return 0
  },
}

async function tried(
  context: Context,
  laptop: Laptop,
  { script, text, reducer, codelists, variance = standardDefaults.variance }: Study,
): Promise<readonly Shown[]> {
  const { maker, permit, dataset } = laptop
  const analysis: Asked = {
    text,
    ...(reducer && { reducer }),
    ...(codelists && { codelists }),
    ...(script && { script, runtime: await runtimeOf(maker, script) }),
  }
  const source = { permit, analysis, dataset, signal: new AbortController().signal }
  if (script?.mode === 'whole') {
    const answers = await runWhole(maker, { ...source, k: standardDefaults.k }, script)
    if ('end' in answers) {
      context.note(answers.log)
      throw new Problem('run-failed', {
        rule: 'script-without-outputs',
        reason: `It ended so: ${answers.end}.`,
        fix: 'Over real data you would learn that it failed, and no more; what it printed is above.',
      })
    }
    return answers.map(({ table: { columns, rows }, evidence = [], declared }) => ({
      ...(declared && { name: declared.name }),
      ...{ columns, rows, evidence },
    }))
  }
  const standard = { ...permit, conditions: { profile: 'standard' } } as const
  const question = await proveAsked(maker, standard, analysis)
  const { k, rounding } = standardDefaults
  const rules = { k, rounding, variance, workspace: permit.workspaces[dataset] ?? '' }
  const dictionary = tablesOf(maker, permit, analysis)
  const answer = await withDatabase(maker, source, (database, once) =>
    noised(maker, { dictionary, rules }, question, (of) =>
      maker.engine.query({ database, once, sql: of.sql, check: (plan) => checkPlan(plan, of) }),
    ),
  )
  const { columns, rows, statement } = answer
  return [{ columns, rows, words: statement.words }]
}

const page = ({ name, columns, rows, words, evidence = [] }: Shown): string =>
  [
    ...(name === undefined ? [] : [`${name}:`]),
    table(
      columns,
      rows.map((row) => row.map((it) => (typeof it === 'bigint' ? Number(it) : it))),
    ),
    ...evidence
      .filter((it) => it.verdict !== 'pass')
      .map((it) => `${it.verdict}  ${it.check}  ${it.place}: ${it.reason}`),
    ...(words === undefined ? [] : [words]),
    '',
  ].join('\n')
