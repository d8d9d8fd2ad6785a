import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../../src/domain/capabilities.ts'
import { Problem } from '../../src/domain/problem.ts'
import type { Proven } from '../../src/domain/proven.ts'
import { proveText } from '../../src/flow/prove.ts'
import { standardDictionary } from '../../src/views/dictionary.ts'

/** A question of an epidemiologist: its first line says in words what its SQL asks. */
export type Question = Readonly<{ name: string; text: string }>

export function readQuestions(): readonly Question[] {
  const folder = join(import.meta.dirname, 'questions')
  const files = readdirSync(folder).filter((f) => f.endsWith('.sql'))
  return files.toSorted().map((f) => ({
    name: f.replace('.sql', ''),
    text: readFileSync(join(folder, f), 'utf8'),
  }))
}

export type Verdict = Question &
  (
    | Readonly<{ proven: Proven; refusal?: undefined }>
    | Readonly<{
        refusal: Readonly<{ rule: string; place: string; fix: string }>
        proven?: undefined
      }>
  )

/** Proves each question as the gateway does. Throws what is no refusal. */
export async function judge(
  engine: Engine,
  questions: readonly Question[],
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  for (const question of questions)
    try {
      verdicts.push({
        ...question,
        proven: await proveText({ engine }, question.text, standardDictionary),
      })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const { rule, place, fix } = error.toJSON() as Record<string, string>
      verdicts.push({
        ...question,
        refusal: { rule: rule ?? '', place: place ?? '', fix: fix ?? '' },
      })
    }
  return verdicts
}
