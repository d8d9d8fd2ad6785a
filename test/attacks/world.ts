/** A made-up population around one target whose quasi-identifiers single them out; the attacker wants `secret`. */
export type Person = Readonly<{
  target: boolean
  /** A number the attacker can pick sets of persons by, as by age, region and visit dates together. */
  mark: number
  sex: 'f' | 'm'
  secret: boolean
  /** A bounded measure, 0 to 100. */
  value: number
  /** Rows of the person in an event table. */
  rows: number
}>

export type Random = () => number

/** A small fast generator (mulberry32): worlds, not keys. */
export function randomOf(seed: number): Random {
  let a = seed | 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export const SIZE = 400

/** The target is person 0; half of the others have the secret, as has the target in half of the worlds. */
export function worldOf(secret: boolean, random: Random, size = SIZE): Person[] {
  const others = Array.from(
    { length: size - 1 },
    (_, i): Person => ({
      target: false,
      mark: i + 1,
      sex: random() < 0.5 ? 'f' : 'm',
      secret: random() < 0.5,
      value: Math.floor(random() * 30),
      rows: 1 + Math.floor(random() * 3),
    }),
  )
  const target: Person = {
    target: true,
    mark: 0,
    sex: 'f',
    secret,
    value: secret ? 100 : 0,
    rows: secret ? 1000 : 1,
  }
  return [target, ...others]
}
