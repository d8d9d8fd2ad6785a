import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Jail } from '../domain/capabilities.ts'
import { Problem } from '../domain/problem.ts'
import type { Config } from './config.ts'

/** An option as --help shows it. */
export type Option = Readonly<{
  type: 'string' | 'boolean'
  help: string
  placeholder?: string
  default?: string
}>

export type Command = Readonly<{
  name: string
  summary: string
  /** Positional arguments as --help shows them, for example `DIR`. */
  positionals?: readonly string[]
  options: Readonly<Record<string, Option>>
  examples?: readonly string[]
  run(context: Context): Promise<number>
}>

export type Context = Readonly<{
  config: Config
  /** A jail that has passed its self-test in this process: for one process that runs several commands. */
  jail?: Jail
  args: readonly string[]
  flags: Readonly<Record<string, string | boolean | undefined>>
  json: boolean
  /** One line to stdout. */
  print(line: string): void
  /** Progress and hints to stderr. */
  note(line: string): void
  /** A bar on stderr when it is a terminal, else nothing. `undefined` ends it. */
  progress(label: string): (fraction: number | undefined, detail?: string) => void
}>

const common: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', help: 'print JSON for machines' },
  help: { type: 'boolean', help: 'show this' },
}

export function parseCommand(command: Command, argv: readonly string[]) {
  const options: ParseArgsOptionsConfig = {}
  for (const [name, option] of Object.entries({ ...command.options, ...common }))
    options[name] = { type: option.type }
  const { values, positionals } = parsed(command, argv, options)
  const most = command.positionals?.length ?? 0
  if (positionals.length > most)
    throw usage(command, `It takes ${most === 0 ? 'no argument' : `${most} at most`}.`)
  return { flags: values as Record<string, string | boolean | undefined>, args: positionals }
}

function parsed(command: Command, argv: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw usage(command, `${(error as Error).message.split('.')[0] ?? 'Unknown option'}.`)
  }
}

const usage = (command: Command, reason: string): Problem =>
  new Problem('usage', { place: command.name, reason, fix: `vitrine ${command.name} --help` })

export function helpOf(command: Command): string {
  const positionals = (command.positionals ?? []).map((it) => ` ${it}`).join('')
  const rows = Object.entries({ ...command.options, ...common }).map(([name, it]) => {
    const left = `  --${name}${it.type === 'string' ? ` ${it.placeholder ?? 'VALUE'}` : ''}`
    return `${left.padEnd(28)} ${it.help}${it.default === undefined ? '' : ` (default ${it.default})`}`
  })
  const examples = command.examples ?? []
  return [
    `vitrine ${command.name}${positionals} [options]`,
    '',
    command.summary,
    '',
    ...rows,
    ...(examples.length === 0 ? [] : ['', 'Examples', ...examples.map((it) => `  ${it}`)]),
  ].join('\n')
}

/** The value of a string option, its default, or `usage` when it is needed and absent. */
export function option(context: Context, command: Command, name: string): string {
  const value = context.flags[name] ?? command.options[name]?.default
  if (typeof value === 'string') return value
  throw usage(command, `--${name} is missing.`)
}

export function positional(context: Context, command: Command, index: number): string {
  const value = context.args[index]
  if (value !== undefined) return value
  throw usage(command, `${command.positionals?.[index] ?? 'An argument'} is missing.`)
}
