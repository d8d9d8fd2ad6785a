import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

export type Engine = Readonly<{
  /** CPU seconds of all threads that one statement takes, and the first cell that it answers. */
  cost: (sql: string) => Promise<Readonly<{ seconds: number; answer: string }>>
  close: () => void
}>

/** The engine as the loader's child sets it. */
export async function openEngine(threads: number, memoryMiB: number): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMiB}MiB`,
    preserve_insertion_order: 'false',
  })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  return {
    cost: async (sql) => {
      const before = process.cpuUsage()
      const reader = await connection.runAndReadAll(sql)
      const { user, system } = process.cpuUsage(before)
      return { seconds: (user + system) / 1e6, answer: String(reader.getRows()[0]?.[0]) }
    },
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}

/** Reads every cell of a query and keeps nothing: the cost of a view without the cost of storing it. */
export const consumed = (sql: string, columns: readonly string[]): string =>
  `SELECT bit_xor(hash(${columns.map((c) => `"${c}"`).join(', ')})) FROM (${sql})`

/** Largest resident set of this process so far, MiB. */
export const peakRssMiB = (): number =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024)
