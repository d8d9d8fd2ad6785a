import { join } from 'node:path'
import { findings } from '../disclosure/declared/checks.ts'
import { readAll } from '../disclosure/declared/declared.ts'
import { declaredTable, scriptStatement } from '../disclosure/declared/table.ts'
import type { Transcript } from '../domain/analysis.ts'
import type { WholeAnswer } from '../domain/capabilities.ts'
import { digestOf } from '../domain/digest.ts'
import { Problem } from '../domain/problem.ts'
import type { WholeScript } from '../domain/script.ts'
import { exportColumns } from '../workspace/export.ts'
import { restrict } from '../workspace/restrict.ts'
import type { Disclosed } from './disclose.ts'
import { withScratch } from './opened.ts'
import { assertRuntime, dictionaryOf } from './question.ts'
import type { Maker, Source } from './scripted.ts'
import { workspaceFile } from './workspace.ts'

/**
 * Runs a script over the whole workspace (design/disclosure.md, Tier B, review): what it reads is laid out in a scratch
 * directory, removed whatever happens; each declared output comes back with its evidence and the findings on it. Nothing is
 * proven of them: they wait for two checkers. A script that fails has printed, and ended, for checkers alone. Throws
 * `digest-mismatch` (runtime) and `jail-unavailable`.
 */
export async function runWhole(
  house: Maker,
  source: Source & Readonly<{ k: number }>,
  script: WholeScript,
): Promise<readonly Disclosed[] | Failed> {
  const { permit, analysis, dataset, signal, k } = source
  await assertRuntime(house, analysis)
  const database = workspaceFile(house, permit, dataset)
  return withScratch(house, database, async (scratch) => {
    const workspace = join(scratch, 'data')
    const dictionary = restrict(dictionaryOf(house, permit), {
      ...permit.data,
      tables: script.reads,
    })
    await exportColumns(house, { database, dictionary, out: workspace, signal })
    const seed = digestOf({
      script,
      runtime: analysis.runtime,
      workspace: permit.workspaces[dataset],
    })
    const { log, ...ended } = await house.scripts.whole({ script, workspace, seed, signal })
    const read = declaredBy(script, ended)
    if ('end' in read) return { end: read.end, log }
    return read.map(({ declared, answer }) => ({
      table: declaredTable(answer, scriptStatement(k)),
      evidence: findings(answer, { k }),
      declared,
      log,
    }))
  })
}

/** How a script without outputs ended, and what it printed: for checkers alone. */
export type Failed = Pick<Transcript, 'end' | 'log'>

function declaredBy(
  script: WholeScript,
  { outputs, end }: Omit<WholeAnswer, 'log'>,
): ReturnType<typeof readAll> | Readonly<{ end: string }> {
  if (outputs === undefined) return { end }
  try {
    return readAll(script.outputs, outputs)
  } catch (error) {
    if (error instanceof Problem) return { end: `${error.facts.rule}, ${error.facts.place}` }
    throw error
  }
}
