import type { ScriptLanguage } from '../../domain/script.ts'

/** A stretch of a script: code, the inside of a string literal, or a comment. `line` is where it begins, from 1. */
export type Token = Readonly<{ kind: 'code' | 'string' | 'comment'; text: string; line: number }>

type Rule = Readonly<{
  kind: 'string' | 'comment'
  open: RegExp
  close: (opened: RegExpExecArray) => string
  /** A backslash keeps the next character from closing. */
  escapes: boolean
}>

const until = (end: string) => (): string => end
const same = ([quote = '']: RegExpExecArray): string => quote
const plain = (open: RegExp): Rule => ({ kind: 'string', open, close: same, escapes: true })
const lineComment = (open: RegExp): Rule => ({
  kind: 'comment',
  open,
  close: until('\n'),
  escapes: false,
})

/** R's raw strings: r"(...)", r"---[...]---" (R 4.0). */
const rawEnd = (opened: RegExpExecArray): string => {
  const [, quote = '', dashes = '', bracket = ''] = opened
  return `${{ '(': ')', '[': ']', '{': '}' }[bracket] ?? ''}${dashes}${quote}`
}

/** In order; all patterns are sticky. */
const rules: Readonly<Record<ScriptLanguage, readonly Rule[]>> = {
  python: [lineComment(/#/y), plain(/"""|'''/y), plain(/["']/y)],
  r: [
    lineComment(/#/y),
    { kind: 'string', open: /[rR](["'])(-*)([([{])/y, close: rawEnd, escapes: false },
    plain(/["'`]/y),
  ],
  javascript: [
    lineComment(/\/\//y),
    { kind: 'comment', open: /\/\*/y, close: until('*/'), escapes: false },
    plain(/["'`]/y),
  ],
}

/**
 * Strings and comments of a script told apart from its code, for a report that people read; no decision hangs on it. A
 * one-line string that its line does not close ends there. Linear in the text; never throws.
 */
export function tokens(language: ScriptLanguage, text: string): readonly Token[] {
  const found: Token[] = []
  let [from, at, line, began] = [0, 0, 1, 1]
  const flush = (): void => {
    if (at > from) found.push({ kind: 'code', text: text.slice(from, at), line: began })
  }
  while (at < text.length) {
    const opened = openedAt(language, text, at)
    if (opened === undefined) {
      if (text[at] === '\n') line += 1
      at += 1
      continue
    }
    flush()
    const inside = at + opened.length
    const end = closing(text, inside, opened)
    const body = text.slice(inside, end)
    found.push({ kind: opened.kind, text: body, line })
    line += body.split('\n').length - 1
    // The end of a line belongs to the code that follows.
    at = Math.min(
      text.length,
      end + (opened.close === '\n' || text[end] === '\n' ? 0 : opened.close.length),
    )
    from = at
    began = line
  }
  flush()
  return found
}

type Opened = Readonly<{ kind: Rule['kind']; length: number; close: string; escapes: boolean }>

function openedAt(language: ScriptLanguage, text: string, at: number): Opened | undefined {
  for (const { kind, open, close, escapes } of rules[language]) {
    open.lastIndex = at
    const match = open.exec(text)
    if (match !== null) return { kind, length: match[0].length, close: close(match), escapes }
  }
  return undefined
}

function closing(text: string, from: number, { close, escapes }: Opened): number {
  const oneLine = close === '"' || close === "'"
  for (let at = from; at < text.length; at += 1) {
    if (escapes && text[at] === '\\') at += 1
    else if (text.startsWith(close, at)) return at
    else if (oneLine && text[at] === '\n') return at
  }
  return text.length
}

/** The text with the inside of comments, or of comments and strings, as blanks: lines stay where they are. */
export function blanked(
  language: ScriptLanguage,
  text: string,
  what: 'comments' | 'comments and strings',
): string {
  const hides = (kind: Token['kind']): boolean =>
    kind === 'comment' || (kind === 'string' && what !== 'comments')
  return tokens(language, text)
    .map((it) => {
      const quote = it.kind === 'string' ? '"' : ''
      return `${quote}${hides(it.kind) ? it.text.replace(/[^\n]/g, ' ') : it.text}${quote}`
    })
    .join('')
}
