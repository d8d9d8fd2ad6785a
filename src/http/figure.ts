import type { Cell, Released } from '../domain/glass.ts'

/** Size of the drawing and of its plot, in SVG's units. */
const [WIDTH, HEIGHT] = [720, 440]
const PLOT = { left: 70, right: 560, top: 50, bottom: 380 } as const
/** Colours that the colour-blind tell apart (Okabe and Ito 2008); with the marks beside them nobody needs to. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000']
const MARKS = [
  'M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0',
  'M-4,-4h8v8h-8z',
  'M0,-5l5,9h-10z',
  'M0,-5l5,5l-5,5l-5,-5z',
]
const DAY = /^\d{4}-\d{2}-\d{2}$/
const DAY_MS = 86_400_000

type Axis = Readonly<{
  at(value: Cell): number
  ticks: readonly Readonly<{ at: number; text: string }>[]
}>

/**
 * A declared figure as SVG: `series`, x, y and the persons behind each point, as disclosure/declared/table.ts lays them
 * out. Drawn from released bytes and nothing else, the same bytes for the same table; no script, font or address in it.
 */
export function drawn(table: Released, title: string): string {
  const [, xName = '', yName = ''] = table.columns
  const points = table.rows.flatMap(([series = null, x = null, y = null, persons = null]) =>
    typeof y === 'number' ? [{ series: String(series ?? ''), x, y, persons }] : [],
  )
  const xs = axisOf(
    points.map((it) => it.x),
    [PLOT.left + 20, PLOT.right - 20],
  )
  const ys = linear(
    points.map((it) => it.y),
    [PLOT.bottom, PLOT.top],
    String,
  )
  const series = [...Map.groupBy(points, (it) => it.series)]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(PLOT.left, 28, title, 'font-size="16"'),
    ...ys.ticks.flatMap(({ at, text: said }) => [
      `<path d="M${PLOT.left},${n(at)}H${PLOT.right}" stroke="#ddd"/>`,
      text(PLOT.left - 8, at + 4, said, 'text-anchor="end"'),
    ]),
    ...xs.ticks.map(({ at, text: said }) =>
      text(at, PLOT.bottom + 20, said, 'text-anchor="middle"'),
    ),
    `<path d="M${PLOT.left},${PLOT.top}V${PLOT.bottom}H${PLOT.right}" fill="none" stroke="#333"/>`,
    text((PLOT.left + PLOT.right) / 2, HEIGHT - 14, xName, 'text-anchor="middle"'),
    `<g transform="translate(18 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)">${text(0, 0, yName, 'text-anchor="middle"')}</g>`,
    ...series.map(([name, of], i) => line(name, of, i, (it) => [xs.at(it.x), ys.at(it.y)])),
    ...series.map(([name], i) => key(name, i)),
    '</svg>',
  ].join('\n')
}

type Point = Readonly<{ x: Cell; y: number; persons: Cell }>

function line(
  name: string,
  points: readonly Point[],
  i: number,
  place: (it: Point) => readonly [number, number],
): string {
  const at = points
    .map((it) => ({ it, place: place(it) }))
    .toSorted((a, b) => a.place[0] - b.place[0])
  const path = at.map(({ place: [x, y] }) => `${n(x)},${n(y)}`).join('L')
  const marks = at.map(
    ({ it, place: [x, y] }) =>
      `<path d="${MARKS[i % MARKS.length]}" transform="translate(${n(x)} ${n(y)})"><title>${escaped(
        `${name} ${it.x ?? 'not known'}: ${it.y} (${it.persons} persons)`,
      )}</title></path>`,
  )
  const colour = COLOURS[i % COLOURS.length]
  return `<g fill="${colour}"><path d="M${path}" fill="none" stroke="${colour}"/>${marks.join('')}</g>`
}

const key = (name: string, i: number): string => {
  const y = PLOT.top + 10 + 20 * i
  return `<path d="${MARKS[i % MARKS.length]}" transform="translate(580 ${y})" fill="${COLOURS[i % COLOURS.length]}"/>${text(592, y + 4, name)}`
}

/** Numbers and days on a scale, everything else in the order of the table. */
function axisOf(values: readonly Cell[], range: readonly [number, number]): Axis {
  if (values.every((it) => typeof it === 'number')) return linear(values, range, String)
  if (values.every((it) => typeof it === 'string' && DAY.test(it))) {
    const days = (it: Cell): number => Date.parse(String(it)) / DAY_MS
    const { at } = linear(values.map(days), range, String)
    const known = [...new Set(values)].toSorted()
    const every = Math.ceil(known.length / 6)
    return {
      at: (it) => at(days(it)),
      ticks: known
        .filter((_, i) => i % every === 0)
        .map((day) => ({ at: at(days(day)), text: String(day) })),
    }
  }
  const names = [...new Set(values.map((it) => String(it ?? 'not known')))]
  const step = (range[1] - range[0]) / Math.max(1, names.length - 1)
  const at = (it: Cell): number => range[0] + step * names.indexOf(String(it ?? 'not known'))
  const every = Math.ceil(names.length / 12)
  return {
    at,
    ticks: names.filter((_, i) => i % every === 0).map((name) => ({ at: at(name), text: name })),
  }
}

/** A linear scale with at most seven ticks a 1, 2 or 5 apart. */
function linear(
  values: readonly number[],
  [from, to]: readonly [number, number],
  shown: (value: number) => string,
): Axis {
  const [low, high] = [
    Math.min(...values, Number.MAX_VALUE),
    Math.max(...values, -Number.MAX_VALUE),
  ]
  const size = 10 ** Math.floor(Math.log10((high - low) / 6 || 1))
  const step = size * ([1, 2, 5, 10].find((it) => (high - low) / (it * size) <= 6) ?? 10)
  const [first, last] = [
    Math.floor(low / step),
    Math.max(Math.ceil(high / step), Math.floor(low / step) + 1),
  ]
  const at = (it: Cell): number =>
    from + ((Number(it) / step - first) / (last - first)) * (to - from)
  const ticks =
    values.length === 0
      ? []
      : Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
  return {
    at,
    ticks: ticks.map((it) => ({ at: at(it), text: shown(Number(it.toPrecision(12))) })),
  }
}

const n = (value: number): string => String(Math.round(value * 100) / 100)
const text = (x: number, y: number, said: string, more = ''): string =>
  `<text x="${n(x)}" y="${n(y)}" ${more}>${escaped(said.length > 60 ? `${said.slice(0, 59)}…` : said)}</text>`
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** As XML; what XML may not contain is left out. */
const escaped = (said: string): string =>
  said.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '').replace(/[&<>"']/g, (it) => ENTITIES[it] ?? '')
