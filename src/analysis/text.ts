import { refuse } from './rules.ts'

const MAX_BYTES = 32 * 1024

/** Controls, formats (bidirectional and zero-width marks), separators, unassigned, and every space but the plain one. */
const HIDDEN = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]|(?! )\p{Zs}/u

/** Refuses a text that is too long or that shows a reader something else than the engine reads. */
export function checkText(text: string): void {
  if (Buffer.byteLength(text, 'utf8') > MAX_BYTES) refuse('text-too-long', '1:1')
  checkCharacters(text)
}

/** Refuses hidden characters, also inside literals and names. */
export function checkCharacters(text: string): void {
  const hidden = HIDDEN.exec(text)
  if (hidden !== null) refuse('text-hidden-character', placeOfIndex(text, hidden.index))
}

function placeOfIndex(text: string, index: number): string {
  const lines = text.slice(0, index).split('\n')
  return `${lines.length}:${(lines.at(-1) ?? '').length + 1}`
}

/** Line:column, both from 1, for the byte offsets of DuckDB's tree; `1:1` where it gives none. */
export function placer(text: string): (offset: bigint | undefined) => string {
  const bytes = Buffer.from(text, 'utf8')
  return (offset) => {
    if (offset === undefined || offset > BigInt(bytes.length)) return '1:1'
    const before = bytes.subarray(0, Number(offset)).toString('utf8')
    return placeOfIndex(before, before.length)
  }
}

/** `-- cells: 3` and `-- rows: 20` anywhere in the text: what one person may contribute, declared by the researcher. */
export function declared(text: string, word: 'cells' | 'rows'): number | undefined {
  const found = new RegExp(`^\\s*--\\s*${word}\\s*:\\s*(\\d{1,6})\\s*$`, 'im').exec(text)?.[1]
  return found === undefined ? undefined : Math.max(1, Number(found))
}
