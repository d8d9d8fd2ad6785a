import { type Command, helpOf, parseCommand } from './cli/command.ts'
import { commands } from './cli/commands.ts'
import { readConfig } from './cli/config.ts'
import { progressBar } from './cli/terminal.ts'
import { Problem } from './domain/problem.ts'

/** argv -> command; a Problem becomes one line and its exit code, a bug one line and 70. Never a stack trace. */
export async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json')
  try {
    const found = find(argv)
    if (found === undefined) {
      console.log(overview())
      return argv.length === 0 || argv[0] === '--help' || argv[0] === 'help' ? 0 : unknown(argv[0])
    }
    const { command, rest } = found
    if (rest.includes('--help')) {
      console.log(helpOf(command))
      return 0
    }
    const { flags, args } = parseCommand(command, rest)
    return await command.run({
      config: readConfig(process.env),
      args,
      flags,
      json,
      print: (line) => console.log(line),
      note: (line) => console.error(line),
      progress: progressBar,
    })
  } catch (error) {
    return explain(error, json)
  }
}

/** Command names may have two words: `log verify`. */
function find(argv: readonly string[]): { command: Command; rest: string[] } | undefined {
  for (const words of [2, 1]) {
    const name = argv.slice(0, words).join(' ')
    const command = commands.find((it) => it.name === name)
    if (command !== undefined) return { command, rest: argv.slice(words) }
  }
  return undefined
}

function overview(): string {
  const width = Math.max(...commands.map((it) => it.name.length))
  return [
    'vitrine: data behind glass. Questions go in, protected aggregates come out.',
    '',
    ...commands.map((it) => `  vitrine ${it.name.padEnd(width)}  ${it.summary}`),
    '',
    'Each has --help and --json.',
  ].join('\n')
}

function unknown(word: string | undefined): number {
  const name = (word ?? '').replace(/[^\w-]/g, '?').slice(0, 40)
  return explain(
    new Problem('usage', { reason: `There is no command ${name}.`, fix: 'vitrine --help' }),
    false,
  )
}

function explain(error: unknown, json: boolean): number {
  if (!(error instanceof Problem)) {
    console.error(
      'vitrine: internal error; nothing was released. Set VITRINE_DEBUG=1 to see where.',
    )
    if (process.env['VITRINE_DEBUG'] === '1' && error instanceof Error) console.error(error.stack)
    return 70
  }
  if (json) console.log(JSON.stringify(error))
  else {
    const { rule, place, reason, fix } = error.toJSON()
    console.error(
      [
        `vitrine: ${error.message}`,
        ` [${rule}]`,
        place === undefined ? '' : ` at ${place}`,
        reason === undefined ? '.' : `: ${reason}`,
        ` Fix: ${fix}`,
      ].join(''),
    )
  }
  return error.exit
}
