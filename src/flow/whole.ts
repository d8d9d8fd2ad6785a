import { join } from 'node:path'
import { findings } from '../disclosure/declared/checks.ts'
import { readAll } from '../disclosure/declared/declared.ts'
import { declaredTable, scriptStatement } from '../disclosure/declared/table.ts'
import { digestOf } from '../domain/digest.ts'
import type { Permit } from '../domain/permit.ts'
import type { WholeScript } from '../domain/script.ts'
import { exportColumns } from '../workspace/export.ts'
import { restrict } from '../workspace/restrict.ts'
import type { Disclosed } from './disclose.ts'
import type { House } from './house.ts'
import { withScratch } from './opened.ts'
import { type Asked, assertRuntime, dictionaryOf } from './question.ts'
import { workspaceFile } from './workspace.ts'

/**
 * Runs a script over the whole workspace (design/disclosure.md, Tier B, review): what it reads is laid out in a scratch
 * directory, removed whatever happens; each declared output comes back with its evidence and the findings on it. Nothing is
 * proven of them: they wait for two checkers. Throws `digest-mismatch` (runtime), `jail-unavailable`, and `run-failed` of
 * rule `output-missing`, `output-undeclared` or `output-shape`.
 */
export async function runWhole(
  house: House,
  source: Readonly<{ permit: Permit; analysis: Asked; dataset: string; signal: AbortSignal }>,
  script: WholeScript,
): Promise<readonly Disclosed[]> {
  const { permit, analysis, dataset, signal } = source
  await assertRuntime(house, analysis)
  const database = workspaceFile(house, permit, dataset)
  const { k } = permit.conditions
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
    const { outputs, log } = await house.scripts.whole({ script, workspace, seed, signal })
    return readAll(script.outputs, outputs).map(({ declared, answer }) => ({
      table: declaredTable(answer, scriptStatement(k)),
      evidence: findings(answer, { k }),
      declared,
      log,
    }))
  })
}
