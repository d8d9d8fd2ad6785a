import loadHighs from 'highs'

/** A linear program over named columns. Coefficients and bounds are finite. */
export type Program = Readonly<{
  goal: 'minimise' | 'maximise'
  objective: ReadonlyMap<string, number>
  /** Each row sums to `equals`. */
  rows: readonly Readonly<{ terms: ReadonlyMap<string, number>; equals: number }>[]
  bounds: ReadonlyMap<string, Readonly<{ least: number; most: number }>>
  whole: boolean
}>
export type Solution = Readonly<{ goal: number; at: (column: string) => number }>
/** Solves a program; undefined when no point satisfies it. */
export type Solve = (program: Program) => Solution | undefined

const sum = (terms: ReadonlyMap<string, number>): string =>
  [...terms].map(([name, c]) => `${c < 0 ? '-' : '+'} ${Math.abs(c)} ${name}`).join('\n ')

const lpText = ({ goal, objective, rows, bounds, whole }: Program): string =>
  [
    goal === 'minimise' ? 'Minimize' : 'Maximize',
    ` goal: ${sum(objective)}`,
    'Subject To',
    ...rows.map(({ terms, equals }, i) => ` r${i}: ${sum(terms)} = ${equals}`),
    'Bounds',
    ...[...bounds].map(([name, { least, most }]) => ` ${least} <= ${name} <= ${most}`),
    ...(whole ? ['General', ...[...bounds.keys()].map((n) => ` ${n}`)] : []),
    'End',
  ].join('\n')

/** HiGHS as a solver. Throws an Error for any outcome that is neither optimal nor infeasible. */
export async function highs(seconds = 30): Promise<Solve> {
  // typed as CommonJS, shipped as a module: the default export is the loader itself
  const load = loadHighs as unknown as typeof loadHighs.default
  const solver = await load()
  return (program) => {
    const { Status, Columns, ObjectiveValue } = solver.solve(lpText(program), {
      time_limit: seconds,
      output_flag: false,
      random_seed: 1,
      threads: 1,
    })
    if (Status === 'Infeasible') return undefined
    if (Status !== 'Optimal') throw new Error(`the solver answered ${Status}`)
    return {
      goal: ObjectiveValue,
      at: (name) => {
        const column = Columns[name]
        return column && 'Primal' in column ? Number(column.Primal) : 0
      },
    }
  }
}
