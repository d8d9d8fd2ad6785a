import { decode } from './note.ts'

/** C2SP tlog-checkpoint: the text of a note that commits a log to its size and root. */
export type Checkpoint = Readonly<{ origin: string; size: number; root: Uint8Array }>

export const formatCheckpoint = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`

/** Answers undefined for what is not well formed. Extension lines are allowed and passed over. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin = '', size = '', root = '', ...rest] = text.split('\n')
  const bytes = decode(root)
  if (rest.length === 0 || rest.slice(0, -1).includes('') || rest.at(-1) !== '') return undefined
  if (origin === '' || !/^(0|[1-9]\d{0,15})$/.test(size) || bytes?.length !== 32) return undefined
  return Number.isSafeInteger(Number(size))
    ? { origin, size: Number(size), root: bytes }
    : undefined
}
