import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Command, parseCommand } from '../../src/cli/command.ts'
import { readConfig } from '../../src/cli/config.ts'
import { jailHere } from './jail.ts'
import { testDatabase } from './postgres.ts'

export type Shell = Readonly<{
  directory: string
  env: Readonly<Record<string, string>>
  /** What the command printed, and what it noted. Throws the command's Problem. `env` is for this call alone. */
  run(
    command: Command,
    argv: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<Readonly<{ out: string; notes: readonly string[] }>>
  close(): Promise<void>
}>

/** Commands in this process, with a data directory and a database of their own. */
export async function openShell(): Promise<Shell> {
  const directory = await mkdtemp(join(tmpdir(), 'vitrine-cli-'))
  await mkdir(join(directory, 'keys'), { mode: 0o700 }) // a directory that a gateway has used
  const database = await testDatabase()
  const base = { VITRINE_DIR: directory, DATABASE_URL: database.url, VITRINE_LOG_LEVEL: 'silent' }
  return {
    directory,
    env: base,
    run: async (command, argv, env = {}) => {
      const out: string[] = []
      const notes: string[] = []
      const { flags, args } = parseCommand(command, argv)
      const config = readConfig({ ...base, ...env })
      const jail = config.jail === 'auto' ? await jailHere() : undefined
      await command.run({
        config,
        ...(jail === undefined ? {} : { jail }),
        args,
        flags,
        json: flags['json'] === true,
        print: (line) => out.push(line),
        note: (line) => notes.push(line),
        progress: () => () => undefined,
      })
      return { out: out.join('\n'), notes }
    },
    close: async () => {
      await database.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
