import { canonicalJson } from '../../domain/digest.ts'
import type { Reads, Script, ScriptLanguage } from '../../domain/script.ts'
import { changedLines } from './lines.ts'
import { blanked, tokens } from './tokens.ts'

/**
 * What an officer reads beside a script before approving it: facts of its text alone. Names and line numbers, never a
 * literal of it, so that the report may stand in an answer and a log.
 */
export type Report = Readonly<{
  /** Libraries that it names, sorted. */
  imports: readonly string[]
  /** Declared tables and `table.column`s that its text mentions, and the declared ones that it never does (66(1)). */
  tables: readonly string[]
  columns: readonly string[]
  unmentioned: readonly string[]
  /** Literals that look like they single somebody out. */
  literals: readonly Readonly<{ line: number; looksLike: LooksLike }>[]
  /** `light`: only the code differs from `base`; `full`: fields, reads or question differ too; `first`: there is no base. */
  amendment: 'first' | 'light' | 'full'
  /** The approved analysis of the same name and permit that it is compared with. */
  base?: string
  /** Lines of this text that the base does not have, from 1. */
  changed: readonly number[]
}>
export type LooksLike = 'long number' | 'uuid' | 'date' | 'email'

/** Most entries of each list of a report; a text that has more is read whole anyway. */
const MOST = 500

/** What of an analysis a report speaks of. */
export type Scripted = Readonly<{ id: string; text: string; reducer?: unknown; script: Script }>

/** Pure and total. `base` is the newest approved analysis of the same name, where there is one. */
export function report(analysis: Scripted, base: Scripted | undefined): Report {
  const { language, text, reads } = analysis.script
  const { tables, columns, unmentioned } = mentioned(language, text, reads)
  return {
    imports: imports(language, text).slice(0, MOST),
    tables,
    columns,
    unmentioned,
    literals: literals(language, text).slice(0, MOST),
    amendment: base === undefined ? 'first' : amendment(analysis, base),
    ...(base === undefined ? {} : { base: base.id }),
    changed: base === undefined ? [] : changedLines(base.script.text, text).slice(0, MOST),
  }
}

/** Everything but the code is the same: the permit, and what was declared, stand as they were approved. */
function amendment(one: Scripted, other: Scripted): 'light' | 'full' {
  const declared = ({ text, reducer, script: { text: _, ...script } }: Scripted): string =>
    canonicalJson({ text, script, ...(reducer === undefined ? {} : { reducer }) })
  return declared(one) === declared(other) ? 'light' : 'full'
}

const IMPORTS: Readonly<Record<ScriptLanguage, readonly RegExp[]>> = {
  python: [
    /^[ \t]*from[ \t]+([\w.]+)[ \t]+import\b/gm,
    /(?:^|[;:])[ \t]*import[ \t]+([\w.]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[\w.]+(?:[ \t]+as[ \t]+\w+)?)*)/gm,
    /(?:__import__|import_module)\s*\(\s*"([\w.]+)/g,
  ],
  r: [
    /\b(?:library|require|requireNamespace|loadNamespace|attachNamespace)\s*\(\s*"?([\w.]+)/g,
    /\b([A-Za-z][\w.]*):::?[A-Za-z.]/g,
  ],
  javascript: [
    /\b(?:import|from)\s*\(?\s*"([^"\n]{1,100})"/g,
    /\brequire\s*\(\s*"([^"\n]{1,100})"/g,
  ],
}

function imports(language: ScriptLanguage, text: string): readonly string[] {
  const code = blanked(language, text, 'comments')
  const names = IMPORTS[language].flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap(([, names = '']) =>
      names.split(',').map((it) => it.trim().split(/\s+as\s+/)[0] ?? ''),
    ),
  )
  return [...new Set(names.filter((it) => /^[\w.:@/-]{1,100}$/.test(it)))].toSorted()
}

function mentioned(language: ScriptLanguage, text: string, reads: Reads) {
  const words = new Set(blanked(language, text, 'comments').match(/[A-Za-z_]\w*/g) ?? [])
  const all = Object.keys(reads).toSorted()
  const pairs = all.flatMap((table) =>
    (reads[table] ?? [])
      .toSorted()
      .map((column) => ({ table, column, name: `${table}.${column}` })),
  )
  const uses = ({ table, column }: { table: string; column: string }): boolean =>
    words.has(table) && words.has(column)
  return {
    tables: all.filter((table) => words.has(table)),
    columns: pairs.filter(uses).map((it) => it.name),
    unmentioned: [
      ...all.filter((table) => !words.has(table)),
      ...pairs.filter((it) => words.has(it.table) && !uses(it)).map((it) => it.name),
    ],
  }
}

/** First match names it. Numbers of seven digits or more: patient numbers, national numbers, telephone numbers. */
const LOOKS: readonly (readonly [LooksLike, RegExp])[] = [
  ['uuid', /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi],
  ['email', /[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}/g],
  [
    'date',
    /\b(?:(?:18|19|20)\d\d[-/.]?(?:0[1-9]|1[0-2])[-/.]?(?:0[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:18|19|20)\d\d)\b/g,
  ],
  ['date', /\b(?:date|datetime|Date|ISOdate)\s*\(\s*(?:18|19|20)\d\d\s*,\s*\d{1,2}\s*,\s*\d{1,2}/g],
  ['long number', /(?:\d[ _-]?){7,}/g],
]

/** In strings, in numbers of the code, and in comments: whoever carries a person's number there carries it. */
function literals(language: ScriptLanguage, text: string): Report['literals'] {
  const found = tokens(language, text).flatMap(({ text: part, line }) => {
    let rest = part
    return LOOKS.flatMap(([looksLike, pattern]) => {
      const hits = [...rest.matchAll(pattern)].map(({ index }) => ({
        line: line + rest.slice(0, index).split('\n').length - 1,
        looksLike,
      }))
      rest = rest.replace(pattern, (it) => it.replace(/[^\n]/g, ' '))
      return hits
    })
  })
  const seen = new Map(found.map((it) => [`${it.line} ${it.looksLike}`, it]))
  return [...seen.values()].toSorted(
    (a, b) => a.line - b.line || a.looksLike.localeCompare(b.looksLike),
  )
}
