import { worstCase } from '../../src/disclosure/bounds.ts'
import { type Gateway, standard, type WeakName, weak, weakGateway } from './gateway.ts'
import { type Person, type Random, randomOf, worldOf } from './world.ts'

/** One attacker: asks a gateway about a world and answers a score; above 0 says the target has the secret. */
export type Attack = Readonly<{
  name: string
  /** Knows the secret of every other person in the sets asked; then the accountant's bound is the promise, not 0.15. */
  knowsOthers: boolean
  control: WeakName
  play(gateway: Gateway, people: readonly Person[], random: Random): number
  /** Makes the world where another than the standard one is needed. */
  world?(secret: boolean, random: Random): Person[]
}>

export type Row = Readonly<{
  attack: string
  profile: 'standard'
  /** (accuracy - 1/2) / (1/2) over balanced secrets. */
  advantage: number
  ci95: readonly [number, number]
  /** 2 Phi(mu / 2) - 1 of what the accountant charged for it. */
  bound: number
  targets: number
  control: number
  controlGateway: string
  knowsOthers: boolean
}>

/** Wilson's 95 % interval of an accuracy, as an advantage. */
export function interval(right: number, n: number): [number, number] {
  const z = 1.959963984540054
  const p = right / n
  const centre = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2))
  return [2 * (centre - half) - 1, 2 * (centre + half) - 1]
}

/** Right guesses of balanced secrets from number `from` on, and the most that one play spent. */
export function guesses(
  attack: Attack,
  from: number,
  secrets: number,
  gatewayOf: (i: number) => Gateway,
): { right: number; spent: number } {
  let [right, spent] = [0, 0]
  for (let i = from; i < from + secrets; i += 1) {
    const random = randomOf(i * 7919 + 13)
    const secret = i % 2 === 0
    const people = (attack.world ?? worldOf)(secret, random)
    const gateway = gatewayOf(i)
    const score = attack.play(gateway, people, random)
    const guess = score === 0 ? random() < 0.5 : score > 0
    right += guess === secret ? 1 : 0
    spent = Math.max(spent, gateway.spent())
  }
  return { right, spent }
}

export type Size = Readonly<{
  secrets: number
  controls: number
  budget: number
  variance: number
  /** Add secrets where the interval comes near LIMIT. */
  extend: boolean
}>

/** What an access body may demand of attackers who do not know everybody else. */
export const LIMIT = 0.15

/**
 * Plays one attack against `standard` and against the weakest gateway it defeats. Where the interval comes near LIMIT,
 * four times as many further secrets are added, once, so that the interval is narrow where it matters.
 */
export function measure(attack: Attack, size: Size): Row {
  const gateway = (i: number): Gateway =>
    standard({ budget: size.budget, variance: size.variance, seed: `${attack.name}/${i}` })
  const first = guesses(attack, 0, size.secrets, gateway)
  const near = size.extend && interval(first.right, size.secrets)[1] > 0.8 * LIMIT
  const more = near ? 4 * size.secrets : 0
  const second = guesses(attack, size.secrets, more, gateway)
  const [right, of] = [first.right + second.right, size.secrets + more]
  const control = guesses(attack, 0, size.controls, (i) => weakGateway(attack.control, i))
  return {
    attack: attack.name,
    profile: 'standard',
    advantage: (2 * right) / of - 1,
    ci95: interval(right, of),
    bound: worstCase(Math.max(first.spent, second.spent), size.variance),
    targets: of,
    control: (2 * control.right) / size.controls - 1,
    controlGateway: weak[attack.control].name,
    knowsOthers: attack.knowsOthers,
  }
}
