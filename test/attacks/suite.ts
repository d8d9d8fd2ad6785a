import { adaptiveAttack, reconstructionAttack } from './learned.ts'
import { measure, type Row, type Size } from './measure.ts'
import { numberAttacks } from './numbers.ts'
import { setAttacks } from './sets.ts'

/** Every attack, measured one after the other. */
export function* suite(size: Size, only?: string): Generator<Row> {
  const wanted = (name: string): boolean => only === undefined || name.includes(only)
  for (const attack of [...setAttacks, ...numberAttacks])
    if (wanted(attack.name)) yield measure(attack, size)
  if (wanted('linear-reconstruction')) yield reconstructionAttack(size)
  if (wanted('adaptive-random-classifier')) yield adaptiveAttack(size)
}
