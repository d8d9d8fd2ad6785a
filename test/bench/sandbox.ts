import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Jail, Jailed, JailJob } from '../../src/domain/capabilities.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { createPool } from '../../src/sandbox/pool.ts'
import { smallWorkspace } from '../engine/workspace.ts'
import { limits, perl } from '../sandbox/jobs.ts'
import { launchers } from '../sandbox/launchers.ts'

/**
 * `npm run -s bench:sandbox -- --json [--launcher=NAME]`: what isolation costs, in milliseconds. Medians of several runs, the
 * 95th percentile where the name says so.
 */
const PYTHON = '/usr/bin/python3'
const wanted = process.argv.find((a) => a.startsWith('--launcher='))?.slice(11)
const found = launchers().find(({ launcher }) => !wanted || launcher === wanted)
if (!found) throw new Error('no launcher on this machine: apt-get install bubblewrap')
const jail: Jail = found

const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0
const round = (ms: number): number => Math.round(ms * 10) / 10
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}
async function times(n: number, work: () => Promise<unknown>): Promise<readonly number[]> {
  const all: number[] = []
  for (let i = 0; i < n; i++) all.push(await timed(work))
  return all
}
const pause = (ms: number): Promise<void> => new Promise((r) => setTimeout(r, ms))

const honest = (where: Jail) => async (): Promise<void> => {
  const child = where.launch(
    perl(`open(my $o, '>&=3'); my $n = 0; $n += $_ for 1 .. 1000; syswrite $o, $n`),
  )
  child.answers.resume()
  await child.ended
}

/** How much longer a child takes from launch to end than the same child without isolation; interleaved. */
async function overhead(): Promise<number> {
  const [plain, jailed]: [number[], number[]] = [[], []]
  for (let i = 0; i < 30; i++) {
    plain.push(await timed(honest(plainJail())))
    jailed.push(await timed(honest(jail)))
  }
  return quantile(jailed, 0.5) - quantile(plain, 0.5)
}

async function queries(spares: number, rest: number): Promise<number> {
  const engine = createEngine({ jail, memoryMiB: 256, spares })
  const { database } = await smallWorkspace(engine)
  const sql = 'SELECT sex, count(*) FROM "ws"."main"."patient" GROUP BY sex'
  const ask = () => engine.query({ database, sql, check: () => undefined })
  if (spares > 0) await ask()
  const all: number[] = []
  for (let i = 0; i < 7; i++) {
    await pause(rest)
    all.push(await timed(ask))
  }
  await engine.close()
  return quantile(all, 0.5)
}

const python = (code: string, read: readonly string[] = []): JailJob => ({
  runtime: 'python',
  argv: [PYTHON, '-I', '-c', code],
  env: { TZ: 'UTC', LC_ALL: 'C.UTF-8', OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
  read,
  write: [],
  limits: { ...limits, memoryMiB: 1024, descriptors: 128 },
})
const PANDAS = `
import os, numpy as np, pandas as pd
os.write(3, b"ready\\n")
line = os.read(4, 4096).decode().strip()
if line == "frame": r = int(pd.DataFrame({"a": np.arange(100)})["a"].sum())
else: r = sum(float(np.load(os.path.join(line, str(i) + ".npy")).sum()) for i in range(6))
os.write(3, (str(r) + "\\n").encode())
`
type Warm = Readonly<{ jailed: Jailed; ready: Promise<unknown> }>
const warmPandas = (read: readonly string[]) => (): Warm => {
  const jailed = jail.launch(python(PANDAS, read))
  return { jailed, ready: once(jailed.answers, 'data') }
}
async function ask({ jailed, ready }: Warm, request: string): Promise<string> {
  await ready
  jailed.requests.end(`${request}\n`)
  const [answer] = await once(jailed.answers, 'data')
  await jailed.ended
  return String(answer)
}
async function pandas() {
  const cold = await times(5, () => ask(warmPandas([])(), 'frame'))
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-data-in-'))
  const columns = `import numpy as np\nfor i in range(6): np.save("${folder}/" + str(i), np.arange(1000000, dtype="f8"))`
  execFileSync(PYTHON, ['-c', columns])
  const pool = createPool(warmPandas([folder]), 1)
  const warm: number[] = []
  const data: number[] = []
  for (const [request, into] of [
    ...Array(5).fill(['frame', warm]),
    ...Array(5).fill([folder, data]),
  ]) {
    while (pool.metrics().ready === 0) await pause(20)
    into.push(await timed(() => ask(pool.take(), request)))
  }
  await pool.drain()
  return { cold: quantile(cold, 0.5), warm: quantile(warm, 0.5), data: quantile(data, 0.5) }
}

/** From the limit to the end of the whole tree. */
async function kill(): Promise<number> {
  const late = await times(20, () => jail.launch(perl('sleep 60', { wallMs: 150 })).ended)
  return quantile(late, 0.95) - 150
}

/** The 95th percentile of an honest run beside a bomb, over the one of an honest run alone. */
async function beside(): Promise<number> {
  const alone = quantile(await times(40, honest(jail)), 0.95)
  const bombs = [
    '1 while 1',
    'my @a; push @a, "x" x 1048576 while 1',
    'fork while 1',
    `print "x" x 65536 while 1`,
    `my $n = 0; while (1) { open(my $f, '>', "/tmp/" . $n++) }`,
  ]
  let over = false
  const bombing = (async () => {
    for (let i = 0; !over; i++) {
      const code = bombs[i % bombs.length] ?? ''
      const child = jail.launch(perl(code, { wallMs: 300, memoryMiB: 64 }))
      child.answers.resume()
      await child.ended
    }
  })()
  const crowded = quantile(await times(60, honest(jail)), 0.95)
  over = true
  await bombing
  return crowded / alone
}

const snake = await pandas()
const result = {
  launcher: jail.launcher,
  kernel: release(),
  jailOverheadP50Ms: round(await overhead()),
  queryColdMs: round(await queries(0, 0)),
  queryWarmMs: round(await queries(1, 900)),
  pandasColdMs: round(snake.cold),
  pandasWarmMs: round(snake.warm),
  killP95Ms: round(await kill()),
  dataInMs: round(snake.data),
  honestP95Ratio: round(await beside()),
}
console.log(JSON.stringify(result, null, process.argv.includes('--json') ? 0 : 2))
