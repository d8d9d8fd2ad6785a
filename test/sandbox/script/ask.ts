import type { Cell } from '../../../src/domain/glass.ts'
import type { PersonScript, ScriptLanguage } from '../../../src/domain/script.ts'
import { createScripts } from '../../../src/sandbox/script/scripts.ts'
import type { launchers } from '../launchers.ts'

type Jail = ReturnType<typeof launchers>[number]
/** One number per person; 7 stands where it is none of the domain. */
type Asking = Readonly<{
  language: ScriptLanguage
  reads: PersonScript['reads']
  step: number
  quantumMs: number
  /** The records of the person at this place in the order. */
  records(i: number): object
}>

/** Runs a person function over so many persons in this jail, and answers what it says of each. */
export async function askPersons(
  jail: Jail,
  text: string,
  persons: number,
  { language, reads, step, quantumMs, records }: Asking,
): Promise<Cell[]> {
  const domain = { kind: 'range', min: 0, max: 1000, step } as const
  const fields = [{ name: 'n', type: 'decimal', domain, otherwise: 7 }] as const
  const said: Cell[] = []
  async function* lines() {
    for (let i = 0; i < persons; i += 1) yield JSON.stringify(records(i))
  }
  await createScripts({ jail, quantumMs }).persons({
    script: { mode: 'person', language, text, reads, fields },
    records: lines(),
    answer: ([value = null]) => said.push(value),
  })
  return said
}
