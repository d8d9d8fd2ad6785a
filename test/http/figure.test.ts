import { expect, test } from 'vitest'
import type { Cell, Released } from '../../src/domain/glass.ts'
import { drawn } from '../../src/http/figure.ts'

const table = (rows: Cell[][], x = 'year', y = 'mean') =>
  ({ columns: ['series', x, y, 'persons'], rows }) as unknown as Released
const marks = (svg: string) =>
  [...svg.matchAll(/transform="translate\(([\d.-]+) ([\d.-]+)\)"><title>/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ])

test('a point stands where its numbers put it, and says how many persons it is of', () => {
  const svg = drawn(
    table([
      ['a', 2020, 0, 30],
      ['a', 2022, 10, 40],
      ['a', 2021, 5, 50],
    ]),
    'Means',
  )
  expect(marks(svg)).toEqual([
    [90, 380],
    [315, 215],
    [540, 50],
  ])
  expect(svg).toContain('<title>a 2021: 5 (50 persons)</title>')
  for (const tick of ['2020', '2021', '2022', '0', '10']) expect(svg).toContain(`>${tick}</text>`)
  expect(svg).toMatch(/<path d="M90,380L315,215L540,50"/)
})

test('days lie as far apart as they are, names in the order of the table', () => {
  const days = marks(
    drawn(
      table([
        ['a', '2024-01-01', 1, 9],
        ['a', '2024-01-11', 1, 9],
        ['a', '2024-03-01', 1, 9],
      ]),
      't',
    ),
  ).map(([x = 0]) => x)
  expect((days[1] ?? 0) - (days[0] ?? 0)).toBeCloseTo(((days[2] ?? 0) - (days[0] ?? 0)) / 6, 1)
  const names = drawn(
    table([
      ['a', 'female', 1, 9],
      ['a', null, 2, 9],
      ['b', 'male', 3, 9],
    ]),
    't',
  )
  expect(marks(names).map(([x]) => x)).toEqual([90, 315, 540])
  expect(names).toContain('>not known</text>')
})

test('the same table gives the same bytes, and text stays text', () => {
  const odd = table([['<script>"&\u0000\ud800', 1, 2, 3]], `x'`, '</text>')
  const svg = drawn(odd, '<img src=x onerror=alert(1)>')
  expect(drawn(odd, '<img src=x onerror=alert(1)>')).toBe(svg)
  expect(svg).not.toMatch(/<script|<img|[\p{Cs}]/u)
  expect(svg).not.toContain('\u0000')
  expect(svg).toContain('&lt;script&gt;&quot;&amp;')
})

test.each<[string, Cell[][]]>([
  ['no point', []],
  ['one point', [['a', 1, 1, 9]]],
  [
    'equal points',
    [
      ['a', 1, 0, 9],
      ['b', 1, 0, 9],
    ],
  ],
  [
    'far and near',
    [
      ['a', 1e12, -1e-9, 9],
      ['a', -1e12, 1e15, 9],
    ],
  ],
  ['many names', Array.from({ length: 500 }, (_, i): Cell[] => ['a', `n${i}`, i, 9])],
])('%s is drawn', (_, rows) => {
  const svg = drawn(table(rows), 't')
  expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  expect(svg.match(/<text /g)?.length ?? 0).toBeLessThan(40)
})
