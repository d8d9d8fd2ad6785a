import { type Dice, makeDice } from './dice.ts'
import { type Column, type Kind, makeExpressions, tables } from './expressions.ts'

/** Random questions over the spec tables. A mutant breaks person-locality in one named way. */
export type Generated = Readonly<{ text: string; mutation?: Mutation }>
export const mutations = [
  'join-on-other',
  'group-without-key',
  'window-without-key',
  'distinct-without-key',
  'uncorrelated-exists',
  'uncorrelated-scalar',
  'limit',
  'union-key-swapped',
  'key-in-expression',
  'cross-join',
] as const
export type Mutation = (typeof mutations)[number]

/** A SELECT that shows person_id first. */
type Rel = Readonly<{ sql: string; columns: readonly Column[] }>

/** One question from its seed; with a mutation, somewhere in it. */
export function generate(seed: number, mutation?: Mutation): Generated {
  const g = makeGenerator(makeDice(seed), mutation)
  for (let tries = 0; ; tries++) {
    const text = g.question()
    // An expression may be drawn and not used; then the text is honest after all.
    const broken =
      g.mutated() && (mutation !== 'key-in-expression' || text.includes('person_id % 7'))
    if (mutation === undefined || broken) return { text, ...(mutation && { mutation }) }
    g.restart()
    if (tries > 200) throw new Error('the mutation found no place')
  }
}

function makeGenerator(dice: Dice, mutation: Mutation | undefined) {
  let next = 0
  let done = false
  const name = (): string => {
    next += 1
    return `n${next}`
  }
  /** Whether to break this place: once per question. */
  const breaks = (kind: Mutation): boolean => {
    if (mutation !== kind || done) return false
    done = true
    return true
  }
  const { of, value, truth } = makeExpressions(dice, breaks)

  function base(): Rel {
    const table = dice.pick(Object.keys(tables))
    const columns = tables[table] as readonly Column[]
    const where = dice.chance(0.6) ? ` WHERE ${condition(columns, 't.')}` : ''
    return {
      sql: `SELECT t.person_id, ${columns.map((x) => `t.${x.name}`).join(', ')} FROM ${table} t${where}`,
      columns,
    }
  }

  /** A row condition, now and then about another table of the same person. */
  function condition(columns: readonly Column[], q: string): string {
    const tied = breaks('uncorrelated-exists') ? '' : `e.person_id = ${q}person_id AND `
    if (tied === '' || dice.chance(0.25)) {
      const table = dice.pick(['condition', 'encounter', 'observation'])
      const inner = tables[table] as readonly Column[]
      const date = of(columns, 'date')
      const crossing =
        date !== undefined && dice.chance(0.4)
          ? ` AND e.${of(inner, 'date')?.name} >= ${q}${date.name}`
          : ''
      return `${dice.pick(['', 'NOT '])}EXISTS (SELECT 1 FROM ${table} e WHERE ${tied}${truth(inner, 'e.')}${crossing})`
    }
    if (breaks('uncorrelated-scalar'))
      return `${value('number', columns, q)} < (SELECT max(birth_year) FROM patient)`
    if (dice.chance(0.15))
      return `(SELECT count(*) FROM encounter e WHERE e.person_id = ${q}person_id) > ${dice.below(4)}`
    if (dice.chance(0.15))
      return `${q}person_id ${dice.pick(['IN', 'NOT IN'])} (SELECT person_id FROM condition WHERE ${truth(tables['condition'] as readonly Column[])})`
    return truth(columns, q)
  }

  function perPerson(depth: number): Rel {
    const from = rel(depth - 1)
    const a = name()
    const label = dice.chance(0.3) ? of(from.columns, 'text') : undefined
    const [x, y] = [name(), name()]
    const when = dice.chance(0.3) ? ` FILTER (WHERE ${truth(from.columns, `${a}.`)})` : ''
    const date = of(from.columns, 'date')
    const n = value('number', from.columns, `${a}.`)
    const made = dice.pick<readonly [string, Kind]>([
      [`count(*)${when}`, 'number'],
      [`sum(${n})${when}`, 'number'],
      [`avg(${n})${when}`, 'number'],
      [`max(${n})`, 'number'],
      [`median(${n})`, 'number'],
      [`count(DISTINCT ${value('text', from.columns, `${a}.`)})`, 'number'],
      [`bool_or(${truth(from.columns, `${a}.`)})`, 'truth'],
      ...(date === undefined
        ? []
        : ([
            [`min(${a}.${date.name})`, 'date'],
            [`arg_max(${n}, ${a}.${date.name})`, 'number'],
          ] as const)),
    ])
    const key = breaks('group-without-key') ? '' : `${a}.person_id`
    const keys = [key, ...(label ? [`${a}.${label.name}`] : [])].filter((k) => k !== '')
    const shown = key === '' ? `min(${a}.person_id) AS person_id` : `${a}.person_id`
    const having = dice.chance(0.15) ? ' HAVING count(*) > 1' : ''
    return {
      sql: `SELECT ${shown}, ${label ? `${a}.${label.name} AS ${y}, ` : ''}${made[0]} AS ${x} FROM (${from.sql}) ${a}${keys.length > 0 ? ` GROUP BY ${keys.join(', ')}` : ''}${having}`,
      columns: [{ name: x, kind: made[1] }, ...(label ? [{ name: y, kind: 'text' as const }] : [])],
    }
  }

  function joined(depth: number): Rel {
    const [left, right] = [rel(depth - 1), rel(depth - 1)]
    const [a, b] = [name(), name()]
    const kind = dice.pick(['JOIN', 'JOIN', 'LEFT JOIN', 'SEMI JOIN', 'ANTI JOIN'])
    const both = !kind.startsWith('SEMI') && !kind.startsWith('ANTI')
    const dates = [of(left.columns, 'date'), of(right.columns, 'date')]
    const more = dice.chance(0.3)
      ? dates[0] && dates[1]
        ? ` AND ${b}.${dates[1].name} >= ${a}.${dates[0].name}`
        : ` AND ${truth(right.columns, `${b}.`)}`
      : ''
    const [x, y] = [
      of(left.columns, 'text') ?? left.columns[0],
      of(right.columns, 'text') ?? right.columns[0],
    ] as [Column, Column]
    const key = breaks('join-on-other')
      ? x.kind === y.kind
        ? `${a}.${x.name} = ${b}.${y.name}`
        : `${truth(left.columns, `${a}.`)}`
      : `${a}.person_id = ${b}.person_id`
    const on = breaks('cross-join') ? 'CROSS JOIN' : undefined
    const comma = kind === 'JOIN' && dice.chance(0.3)
    const renamed = [
      ...left.columns.slice(0, 3).map((k) => ({ k, q: a })),
      ...(both ? right.columns.slice(0, 2).map((k) => ({ k, q: b })) : []),
    ].map((e) => ({ ...e, as: name() }))
    const from = on
      ? `(${left.sql}) ${a} CROSS JOIN (${right.sql}) ${b}`
      : comma
        ? `(${left.sql}) ${a}, (${right.sql}) ${b} WHERE ${key}${more}`
        : `(${left.sql}) ${a} ${kind} (${right.sql}) ${b} ON ${key}${more}`
    const usable = on && !both ? renamed.filter((e) => e.q === a) : renamed
    return {
      sql: `SELECT ${a}.person_id, ${usable.map((e) => `${e.q}.${e.k.name} AS ${e.as}`).join(', ')} FROM ${from}`,
      columns: usable.map((e) => ({ name: e.as, kind: e.k.kind })),
    }
  }

  function windowed(depth: number): Rel {
    const from = rel(depth - 1)
    const a = name()
    const x = name()
    const by = breaks('window-without-key') ? dice.pick(from.columns).name : 'person_id'
    const order = dice.pick(from.columns).name
    const n = value('number', from.columns, `${a}.`)
    const over = `OVER (PARTITION BY ${a}.${by} ORDER BY ${a}.${order}${dice.pick(['', ' DESC'])})`
    const made = dice.pick([
      `row_number() ${over}`,
      `rank() ${over}`,
      `dense_rank() ${over}`,
      `lag(${n}) ${over}`,
      `sum(${n}) ${over}`,
      `max(${n}) OVER (PARTITION BY ${a}.${by})`,
      `first_value(${n}) ${over}`,
      `count(*) OVER (PARTITION BY ${a}.${by} ORDER BY ${a}.${order} ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)`,
    ])
    const qualify = dice.chance(0.4)
      ? ` QUALIFY row_number() OVER (PARTITION BY ${a}.${by} ORDER BY ${a}.${order}) <= ${1 + dice.below(3)}`
      : ''
    return {
      sql: `SELECT ${a}.*, ${made} AS ${x} FROM (${from.sql}) ${a}${qualify}`,
      columns: [...from.columns, { name: x, kind: 'number' }],
    }
  }

  function distinct(depth: number): Rel {
    const from = rel(depth - 1)
    const a = name()
    const kept = from.columns.slice(0, 1 + dice.below(2))
    if (breaks('distinct-without-key'))
      return {
        sql: `SELECT z.person_id, y.* FROM patient z JOIN (SELECT DISTINCT ${kept.map((k) => `${a}.${k.name}`).join(', ')} FROM (${from.sql}) ${a}) y ON true`,
        columns: kept,
      }
    return {
      sql: `SELECT DISTINCT ${a}.person_id, ${kept.map((k) => `${a}.${k.name}`).join(', ')} FROM (${from.sql}) ${a}`,
      columns: kept,
    }
  }

  function combined(depth: number): Rel {
    const [left, right] = [rel(depth - 1), rel(depth - 1)]
    const kind = dice.pick<Kind>(['text', 'date'])
    const [a, b, x] = [name(), name(), name()]
    const operator = dice.pick(['UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT'])
    const second = `${value(kind, right.columns, `${b}.`)}`
    const right2 = breaks('union-key-swapped')
      ? `SELECT ${second}, ${b}.person_id`
      : `SELECT ${b}.person_id, ${second}`
    return {
      sql: `SELECT ${a}.person_id, ${value(kind, left.columns, `${a}.`)} AS ${x} FROM (${left.sql}) ${a} ${operator} ${right2} FROM (${right.sql}) ${b}`,
      columns: [{ name: x, kind }],
    }
  }

  function banded(depth: number): Rel {
    const from = rel(depth - 1)
    const a = name()
    const x = name()
    const n = value('number', from.columns, `${a}.`)
    return {
      sql: `SELECT ${a}.*, v.${x} FROM (${from.sql}) ${a} ${dice.pick(['JOIN', 'LEFT JOIN'])} (VALUES (0, 5, 'low'), (5, 9, 'mid'), (7, 3000, 'high')) AS v(lo, hi, ${x}) ON ${n} >= v.lo AND ${n} < v.hi`,
      columns: [...from.columns, { name: x, kind: 'text' }],
    }
  }

  function limited(r: Rel): Rel {
    return breaks('limit')
      ? { ...r, sql: `SELECT * FROM (${r.sql} LIMIT ${10 + dice.below(20)}) ${name()}` }
      : r
  }

  function rel(depth: number): Rel {
    if (depth <= 0 || dice.chance(0.25)) return limited(base())
    return limited(
      dice.pick([perPerson, perPerson, joined, joined, windowed, distinct, combined, banded])(
        depth,
      ),
    )
  }

  function label(columns: readonly Column[], q: string): string {
    const n = value('number', columns, q)
    return dice.pick([
      `CASE WHEN ${truth(columns, q)} THEN 'a' WHEN ${truth(columns, q)} THEN 'b' ELSE 'c' END`,
      `bucket(${n}, 0, 20, 4)`,
      `${truth(columns, q)}`,
      'p.sex',
      'p.region',
      `month(${value('date', columns, q)})`,
    ])
  }

  function measure(columns: readonly Column[], q: string): string {
    const n = value('number', columns, q)
    const when = dice.chance(0.3) ? ` FILTER (WHERE ${truth(columns, q)})` : ''
    return dice.pick([
      `count(*)${when}`,
      `count(DISTINCT ${q}person_id)${when}`,
      `count(DISTINCT CASE WHEN ${truth(columns, q)} THEN ${q}person_id END)${when}`,
      `round(avg(clamp(${n}, 0, 40))${when}, 1)`,
      `sum(clamp(${n}, 0, 9))${when}`,
      `avg(clamp(${n}, -5, 50))${when}`,
      `100.0 * count(*) FILTER (WHERE ${truth(columns, q)}) / count(*)`,
    ])
  }

  function question(): string {
    next = 0
    const parts = Array.from({ length: dice.below(3) }, () => {
      const r = rel(2)
      return { name: name(), r }
    })
    const main = parts.length > 0 && dice.chance(0.6) ? dice.pick(parts) : undefined
    const inline = main ? main.r : rel(3)
    const from = main ? main.name : `(${inline.sql})`
    const labels = Array.from({ length: dice.below(3) }, () => label(inline.columns, 'x.'))
    const measures = Array.from({ length: 1 + dice.below(3) }, () => measure(inline.columns, 'x.'))
    const list = [
      ...labels.map((l, i) => `${l} AS l${i}`),
      ...measures.map((m, i) => `${m} AS m${i}`),
    ]
    // A bound of an expression that is also a label and a summand.
    const days = `month(${value('date', inline.columns, 'x.')}) - ${1 + dice.below(3)}`
    const closed = dice.chance(0.2)
    if (closed) list.unshift(`${days} AS l`, `sum(${days}) AS m`)
    const where = closed ? ` WHERE ${days} BETWEEN 0 AND ${2 + dice.below(6)}` : ''
    const groups = [...(closed ? [days] : []), ...labels.map((_, i) => i + (closed ? 3 : 1))]
    const having = closed && dice.chance(0.3) ? ` HAVING ${days} <> 3` : ''
    const by = groups.length > 0 ? ` GROUP BY ${groups.join(', ')}${having}` : ''
    const withs =
      parts.length > 0 ? `WITH ${parts.map((p) => `${p.name} AS (${p.r.sql})`).join(', ')} ` : ''
    return `${withs}SELECT ${list.join(', ')} FROM ${from} x JOIN patient p ON p.person_id = x.person_id${where}${by}`
  }

  const restart = (): void => {
    done = false
  }
  return { question, mutated: () => done, restart }
}
