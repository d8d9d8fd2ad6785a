import { countOf, type Gateway, type Question, type Reply } from './gateway.ts'
import type { Attack } from './measure.ts'
import { type Person, type Random, SIZE, worldOf } from './world.ts'

/** Attacks that play sets of persons against each other. All aim at one person's yes or no. */

const bySecret = { name: 'secret', of: (p: Person) => p.secret }
const table = (text: string, where: (p: Person) => boolean): Question => ({
  text,
  where,
  by: bySecret,
})
const among =
  (from: number, to: number) =>
  (p: Person): boolean =>
    p.mark >= from && p.mark < to
const orTarget =
  (where: (p: Person) => boolean) =>
  (p: Person): boolean =>
    p.target || where(p)
/** Persons with the secret minus those without; a cell that is not shown counts as nothing. */
const lean = (r: Reply): number => (countOf(r, true) ?? 0) - (countOf(r, false) ?? 0)
const withSecret = (r: Reply): number => countOf(r, true) ?? 0

/** How many count tables the budget covers; without a budget, as many as are plenty. */
const fits = (g: Gateway, plenty = 20): number => g.fits(1) ?? plenty

const pair = (g: Gateway, people: readonly Person[], i: number, where: (p: Person) => boolean) => {
  const two = g.ask(table(`with target, spelling ${i}`, orTarget(where)), people)
  const one = g.ask(
    table(`without target, spelling ${i}`, (p) => !p.target && where(p)),
    people,
  )
  return lean(two) - lean(one)
}

/** Everybody but the target has a secret the attacker knows: half and half. */
const knownWorld = (secret: boolean, random: Random): Person[] =>
  worldOf(secret, random).map((p) => (p.target ? p : { ...p, secret: p.mark % 2 === 0 }))

export const setAttacks: readonly Attack[] = [
  {
    name: 'direct-small-cell',
    knowsOthers: false,
    control: 'raw',
    play: (g, people) =>
      lean(
        g.ask(
          table('the target alone', (p) => p.target),
          people,
        ),
      ),
  },
  {
    name: 'differencing-pair',
    knowsOthers: false,
    control: 'k',
    play: (g, people) => pair(g, people, 0, () => true),
  },
  {
    name: 'differencing-pair-empty-difference',
    knowsOthers: false,
    control: 'cellKey',
    play(g, people) {
      // equal sets answer equally under a cell key: no difference means no secret
      const has = (i: boolean): Question => ({
        text: `with the secret, ${i ? 'with' : 'without'} the target`,
        where: (p) => p.secret && (i || !p.target),
      })
      const difference =
        (countOf(g.ask(has(true), people)) ?? 0) - (countOf(g.ask(has(false), people)) ?? 0)
      return difference === 0 ? -1 : g.fits(1) === undefined ? 1 : difference - 0.5
    },
  },
  {
    name: 'averaging-by-spellings',
    knowsOthers: false,
    control: 'fresh',
    play(g, people) {
      // every pair is spelled anew until the budget is gone; without a budget, four hundred times
      let sum = 0
      for (let i = 0; i < Math.floor(fits(g, 600) / 2); i += 1)
        sum += pair(g, people, i, () => true)
      return sum
    },
  },
  {
    name: 'averaging-by-repeats',
    knowsOthers: false,
    control: 'fresh',
    play(g, people) {
      let sum = 0
      for (let i = 0; i < (g.fits(1) === undefined ? 300 : 20); i += 1)
        sum += pair(g, people, 0, () => true)
      return sum
    },
  },
  {
    name: 'three-set-complement',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      const [a, b] = [orTarget(among(1, SIZE / 2)), orTarget(among(SIZE / 2, SIZE))]
      let sum = 0
      for (let i = 0; i < Math.floor(fits(g) / 3); i += 1) {
        const [both, left, right] = [
          g.ask(
            table(`A or B ${i}`, (p) => a(p) || b(p)),
            people,
          ),
          g.ask(table(`A ${i}`, a), people),
          g.ask(table(`B ${i}`, b), people),
        ]
        sum += lean(left) + lean(right) - lean(both)
      }
      return sum
    },
  },
  {
    name: 'tracker',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // Denning, Denning, Schwartz 1979: q(C) = q(C or T) + q(C or not T) - q(all)
      const c = (p: Person) => p.target && p.secret
      let sum = 0
      for (let i = 0; i < Math.floor(fits(g) / 3); i += 1) {
        const count = (text: string, where: (p: Person) => boolean): number =>
          countOf(g.ask({ text: `${text} ${i}`, where }, people)) ?? 0
        sum +=
          count('C or T', (p) => c(p) || p.sex === 'f') +
          count('C or not T', (p) => c(p) || p.sex === 'm') -
          count('all', () => true) -
          0.5
      }
      return sum
    },
  },
  {
    name: 'presence-probe-k-1-known',
    knowsOthers: false,
    control: 'k',
    world: knownWorld,
    play(g, people) {
      // nine known members with the secret and perhaps the target: is the cell shown?
      let shown = 0
      for (let i = 0; i < fits(g); i += 1) {
        const members = (p: Person) => p.secret && (p.target || (p.mark > 0 && p.mark <= 18))
        shown +=
          countOf(g.ask({ text: `probe ${i}`, where: members }, people)) === undefined ? 0 : 1
      }
      return shown === 0 ? -1 : 1
    },
  },
  {
    name: 'presence-probe-at-the-effective-threshold',
    knowsOthers: true,
    control: 'k',
    world: knownWorld,
    play(g, people) {
      // as many known members as make the cell appear every other time (9 for the exact threshold)
      let score = 0
      for (let i = 0; i < fits(g, 1); i += 1) {
        const known = 2 * (g.shownFrom - 1)
        const ask = (n: number) =>
          countOf(
            g.ask(
              { text: `edge ${i}/${n}`, where: (p) => p.secret && (p.target || p.mark <= n) },
              people,
            ),
          )
        score += ask(known) === undefined ? -1 : 1
      }
      return score
    },
  },
  {
    name: 'all-others-known',
    knowsOthers: true,
    control: 'k',
    world: knownWorld,
    play(g, people) {
      // the strongest there is: no second set is needed, the whole budget goes to one
      let sum = 0
      for (let i = 0; i < fits(g); i += 1)
        sum +=
          lean(
            g.ask(
              table(`all ${i}`, () => true),
              people,
            ),
          ) + 1
      return sum
    },
  },
  {
    name: 'refresh-by-one-patient',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // the snapshot before and after the target's first record, the same questions of both
      let sum = 0
      for (let i = 0; i < Math.floor(fits(g) / 2); i += 1) {
        const q = table(`refresh ${i}`, () => true)
        sum += lean(g.ask(q, people, 'after')) - lean(g.ask(q, people.slice(1), 'before'))
      }
      return sum
    },
  },
  {
    name: 'colluding-permits-of-one-group',
    knowsOthers: false,
    control: 'k',
    play(g, people) {
      // two workspaces, fresh noise each, one meter: together no more than one
      let sum = 0
      for (let i = 0; i < Math.floor(fits(g) / 4); i += 1) {
        for (const permit of ['permit-1', 'permit-2']) {
          const two = g.ask(
            table(`with ${i}`, () => true),
            people,
            permit,
          )
          const one = g.ask(
            table(`without ${i}`, (p) => !p.target),
            people,
            permit,
          )
          sum += lean(two) - lean(one)
        }
      }
      return sum
    },
  },
  {
    name: 'varying-background',
    knowsOthers: false,
    control: 'k',
    play(g, people, random) {
      // pairs over ever different backgrounds, so that no two questions share a set
      let sum = 0
      for (let i = 0; i < Math.floor(fits(g) / 2); i += 1) {
        const keep = new Set(people.filter((p) => !p.target && random() < 0.8).map((p) => p.mark))
        sum += pair(g, people, i, (p) => keep.has(p.mark))
      }
      return sum
    },
  },
  {
    name: 'order-and-limit',
    knowsOthers: true,
    control: 'k',
    world: knownWorld,
    play(g, people) {
      // known to tie but for the target: who comes first?
      let sum = 0
      for (let i = 0; i < fits(g); i += 1) {
        const first = g.ask(
          { ...table(`top ${i}`, (p) => p.mark !== 1), descending: true, limit: 1 },
          people,
        ).table.rows[0]?.[0]
        sum += first === true ? 1 : first === false ? -1 : 0
      }
      return sum
    },
  },
  {
    name: 'label-encoding',
    knowsOthers: false,
    control: 'raw',
    play(g, people) {
      // the label of one person carries the secret; a shown label would be the answer
      const reply = g.ask(
        {
          text: 'label of the target',
          by: { name: 'l', of: (p) => (p.target ? (p.secret ? 'yes' : 'no') : 'other') },
        },
        people,
      )
      return (
        (countOf(reply, 'yes') === undefined ? 0 : 1) - (countOf(reply, 'no') === undefined ? 0 : 1)
      )
    },
  },
  {
    name: 'rounding-edge',
    knowsOthers: true,
    control: 'round',
    world: knownWorld,
    play(g, people) {
      // known persons are chosen so that the target alone decides between two multiples of five
      let sum = 0
      for (let i = 0; i < fits(g); i += 1) {
        // 97 known with the secret: 97 rounds down to 95, 98 up to 100
        const where = (p: Person) => p.secret && (p.target || p.mark <= 194)
        sum += (countOf(g.ask({ text: `edge ${i}`, where }, people)) ?? 0) - 97.5
      }
      return sum
    },
  },
]

export { bySecret, table, withSecret }
