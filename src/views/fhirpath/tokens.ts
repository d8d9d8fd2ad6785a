import { inside, type Place, refuse } from '../refuse.ts'

export type Token = Readonly<{
  kind: 'name' | 'string' | 'number' | 'date' | 'time' | 'variable' | 'special' | 'symbol' | 'end'
  /** Names and strings unescaped; numbers and dates as written. */
  text: string
  at: number
  /** A name in backticks is never an operator. */
  quoted?: boolean
}>

const SHAPES: readonly (readonly [Token['kind'] | 'space', RegExp])[] = [
  ['space', /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*|`(?:[^`\\]|\\.)*`/y],
  ['string', /'(?:[^'\\]|\\.)*'/y],
  ['date', /@\d{4}(?:-\d\d(?:-\d\d)?)?(?:T(?:[\d:.]*(?:Z|[+-]\d\d:\d\d)?)?)?/y],
  ['time', /@T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?/y],
  ['number', /\d+(?:\.\d+)?/y],
  ['variable', /%(?:[A-Za-z_][A-Za-z0-9_]*|`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*')/y],
  ['special', /\$[A-Za-z]+/y],
  ['symbol', /<=|>=|!=|!~|[.,()[\]{}+\-*/<>=~|&]/y],
]

const ESCAPES: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', f: '\f' }
const PLAIN = `'"\`\\/`

/** FHIRPath N1 6.2: the escapes of strings and delimited identifiers. */
function unescaped(body: string, at: number, place: Place): string {
  return body.replace(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (_, found: string) => {
    if (found.length === 5) return String.fromCharCode(Number.parseInt(found.slice(1), 16))
    const plain = ESCAPES[found] ?? (PLAIN.includes(found) ? found : undefined)
    return (
      plain ??
      refuse(
        'bad-escape',
        inside(place, at),
        `\\${found} is not an escape of FHIRPath.`,
        "Use \\', \\\\, \\n, \\r, \\t, \\f or \\uXXXX.",
      )
    )
  })
}

function value(kind: Token['kind'], raw: string, at: number, place: Place): string {
  const bare = kind === 'variable' ? raw.slice(1) : raw
  if (/^['`]/.test(bare)) return unescaped(bare.slice(1, -1), at, place)
  return kind === 'date' || kind === 'time' ? bare.slice(1) : bare
}

/** Every character of the text belongs to a token, or the text is refused at its position. */
export function tokens(text: string, place: Place): readonly Token[] {
  const found: Token[] = []
  let at = 0
  while (at < text.length) {
    const start = at
    for (const [kind, shape] of SHAPES) {
      shape.lastIndex = at
      const raw = shape.exec(text)?.[0]
      if (raw === undefined) continue
      if (kind !== 'space')
        found.push({
          kind,
          text: value(kind, raw, at, place),
          at,
          ...(kind === 'name' && raw.startsWith('`') ? { quoted: true } : {}),
        })
      at += raw.length
      break
    }
    if (at === start)
      refuse(
        'fhirpath-syntax',
        inside(place, at),
        'This character does not begin any token of FHIRPath.',
        'Correct the expression at the named column.',
      )
  }
  return [...found, { kind: 'end', text: '', at: text.length }]
}
