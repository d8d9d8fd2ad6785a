import { worstCase } from '../../src/disclosure/bounds.ts'
import { countOf, type Gateway, type Question, standard, weak, weakGateway } from './gateway.ts'
import { interval, type Row, type Size } from './measure.ts'
import { type Person, type Random, randomOf, SIZE, worldOf } from './world.ts'

/** Attacks that learn: a classifier trained on answers about made-up worlds, and linear reconstruction. */

/** Solves (A + ridge I) x = b for symmetric positive A by elimination; A is overwritten. */
export function solve(a: number[][], b: readonly number[], ridge: number): number[] {
  const n = b.length
  const x = [...b]
  for (let i = 0; i < n; i += 1) (a[i] as number[])[i] = ((a[i] as number[])[i] as number) + ridge
  for (let i = 0; i < n; i += 1) {
    const pivot = a[i] as number[]
    for (let j = i + 1; j < n; j += 1) {
      const row = a[j] as number[]
      const f = (row[i] as number) / (pivot[i] as number)
      if (f === 0) continue
      for (let c = i; c < n; c += 1) row[c] = (row[c] as number) - f * (pivot[c] as number)
      x[j] = (x[j] as number) - f * (x[i] as number)
    }
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    const row = a[i] as number[]
    let v = x[i] as number
    for (let c = i + 1; c < n; c += 1) v -= (row[c] as number) * (x[c] as number)
    x[i] = v / (row[i] as number)
  }
  return x
}

/** Least squares with a ridge: the weights w that make rows . w near the targets. */
export function regress(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  ridge: number,
): number[] {
  const n = rows[0]?.length ?? 0
  const gram = Array.from({ length: n }, () => new Array<number>(n).fill(0))
  const right = new Array<number>(n).fill(0)
  rows.forEach((row, r) => {
    for (let i = 0; i < n; i += 1) {
      const v = row[i] as number
      if (v === 0) continue
      right[i] = (right[i] as number) + v * (targets[r] as number)
      const line = gram[i] as number[]
      for (let j = 0; j < n; j += 1) line[j] = (line[j] as number) + v * (row[j] as number)
    }
  })
  return solve(gram, right, ridge)
}

/** Random allowed predicates around the target: a random background, with or without the target. */
function randomQuestions(random: Random, howMany: number): Question[] {
  return Array.from({ length: howMany }, (_, i): Question => {
    const [from, width, target] = [
      (random() * SIZE) / 4,
      (0.5 + random() / 4) * SIZE,
      random() < 0.5,
    ]
    const sex = random() < 0.3 ? (random() < 0.5 ? 'f' : 'm') : undefined
    return {
      text: `random ${i}`,
      where: (p) =>
        p.target
          ? target
          : p.mark >= from && p.mark < from + width && (sex === undefined || p.sex === sex),
      by: { name: 'secret', of: (p) => p.secret },
    }
  })
}

const features = (
  g: Gateway,
  people: readonly Person[],
  questions: readonly Question[],
): number[] => [
  1,
  ...questions.flatMap((q) => {
    const r = g.ask(q, people)
    return [true, false].flatMap((label) => {
      const n = countOf(r, label)
      return n === undefined ? [0, 0] : [n / 50, 1]
    })
  }),
]

/** The adversary draws questions, studies `train` worlds of its own making, then guesses `test` others. */
function adaptive(
  gatewayOf: (i: number) => Gateway,
  sizes: Readonly<{ train: number; test: number; rounds: number; asked: number }>,
): { right: number; of: number; spent: number } {
  let [right, of, spent] = [0, 0, 0]
  for (let round = 0; round < sizes.rounds; round += 1) {
    const questions = randomQuestions(randomOf(round + 1), sizes.asked)
    const play = (i: number) => {
      const secret = i % 2 === 0
      const id = round * 1_000_003 + i
      const gateway = gatewayOf(id)
      const x = features(gateway, worldOf(secret, randomOf(id * 31 + 5)), questions)
      spent = Math.max(spent, gateway.spent())
      return { secret, x }
    }
    const trained = Array.from({ length: sizes.train }, (_, i) => play(i))
    const weights = regress(
      trained.map((t) => t.x),
      trained.map((t) => (t.secret ? 1 : -1)),
      1e-6 * sizes.train,
    )
    for (let i = 0; i < sizes.test; i += 1) {
      const { secret, x } = play(sizes.train + i)
      const score = x.reduce((s, v, j) => s + v * (weights[j] as number), 0)
      right += score > 0 === secret ? 1 : 0
      of += 1
    }
  }
  return { right, of, spent }
}

export function adaptiveAttack({ secrets, controls, budget, variance }: Size): Row {
  const rounds = 2
  const asked = Math.floor(budget * variance + 1e-9)
  const measured = adaptive((i) => standard({ budget, variance, seed: `adaptive/${i}` }), {
    train: Math.ceil(secrets / rounds),
    test: Math.ceil(secrets / rounds),
    rounds,
    asked,
  })
  const control = adaptive((i) => weakGateway('k', i), {
    train: Math.max(400, controls),
    test: controls,
    rounds: 1,
    asked: 20,
  })
  return row('adaptive-random-classifier', measured, variance, control, weak.k.name)
}

/** Dinur and Nissim 2003: everybody's secret from noisy counts over random subsets, by least squares. */
function reconstruct(
  gateway: Gateway,
  people: readonly Person[],
  random: Random,
  asked: number,
): number {
  const rows: number[][] = []
  const answers: number[] = []
  for (let i = 0; i < asked; i += 1) {
    const inside = new Set(people.filter(() => random() < 0.5).map((p) => p.mark))
    const r = gateway.ask(
      {
        text: `subset ${i}`,
        where: (p) => inside.has(p.mark),
        by: { name: 'secret', of: (p) => p.secret },
      },
      people,
    )
    const n = countOf(r, true)
    if (n === undefined) continue
    // centred, so that the ridge pulls towards "even odds"
    rows.push(people.map((p) => (inside.has(p.mark) ? 1 : 0)))
    answers.push(n - inside.size / 2)
  }
  if (rows.length === 0) return people.length / 2
  const guess = regress(rows, answers, 1)
  return people.filter((p, i) => (guess[i] as number) > 0 === p.secret).length
}

export function reconstructionAttack({ secrets, controls, budget, variance }: Size): Row {
  const SMALL = 320
  const many = (worlds: number, gatewayOf: (i: number) => Gateway, asked: number) => {
    let [right, of, spent] = [0, 0, 0]
    for (let i = 0; i < worlds; i += 1) {
      const random = randomOf(i * 97 + 3)
      const people = worldOf(random() < 0.5, random, SMALL)
      const gateway = gatewayOf(i)
      right += reconstruct(gateway, people, random, asked)
      of += people.length
      spent = Math.max(spent, gateway.spent())
    }
    return { right, of, spent }
  }
  const measured = many(
    Math.ceil(secrets / SMALL),
    (i) => standard({ budget, variance, seed: `rec/${i}` }),
    60,
  )
  const control = many(
    Math.max(1, Math.ceil(controls / SMALL)),
    (i) => weakGateway('round', i),
    4 * SMALL,
  )
  return row('linear-reconstruction', measured, variance, control, weak.round.name)
}

const row = (
  attack: string,
  measured: Readonly<{ right: number; of: number; spent: number }>,
  variance: number,
  control: Readonly<{ right: number; of: number }>,
  controlGateway: string,
): Row => ({
  attack,
  profile: 'standard',
  advantage: (2 * measured.right) / measured.of - 1,
  ci95: interval(measured.right, measured.of),
  bound: worstCase(measured.spent, variance),
  targets: measured.of,
  control: (2 * control.right) / control.of - 1,
  controlGateway,
  knowsOthers: false,
})
