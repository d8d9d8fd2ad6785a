import { createHash, type Hash } from 'node:crypto'

/** One line of a file, without its newline. Offsets count bytes of the (decompressed) file from 0, numbers from 1. */
export type RawLine = Readonly<{
  number: number
  offset: number
  length: number
  /** Absent for a line above the limit: it went to `overflow` instead of memory. */
  bytes?: Buffer
  sha256?: string
}>

/**
 * Cuts chunks into lines, a batch per chunk. A line above `limit` bytes is never held: its pieces go to `overflow` as they
 * come. A last line without newline counts when it is not empty.
 */
export async function* linesOf(
  source: AsyncIterable<Buffer>,
  limit: number,
  overflow: (piece: Buffer) => void,
): AsyncGenerator<RawLine[]> {
  let number = 0
  let offset = 0
  let held: Buffer[] = []
  let length = 0
  let hash: Hash | undefined

  const add = (piece: Buffer): void => {
    length += piece.length
    if (hash === undefined && length > limit) {
      hash = createHash('sha256')
      for (const earlier of held) spill(earlier)
      held = []
    }
    if (hash === undefined) held.push(piece)
    else spill(piece)
  }
  const spill = (piece: Buffer): void => {
    hash?.update(piece)
    overflow(piece)
  }
  const finish = (newline: number): RawLine => {
    number += 1
    const line: RawLine = {
      number,
      offset,
      length,
      ...(hash === undefined
        ? { bytes: held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held) }
        : { sha256: hash.digest('hex') }),
    }
    offset += length + newline
    held = []
    length = 0
    hash = undefined
    return line
  }

  for await (const chunk of source) {
    const batch: RawLine[] = []
    let from = 0
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      add(chunk.subarray(from, at))
      batch.push(finish(1))
      from = at + 1
    }
    if (from < chunk.length) add(chunk.subarray(from))
    yield batch
  }
  if (length > 0) yield [finish(0)]
}

/** Without a byte order mark (EF BB BF), which JSON forbids and some servers write. */
export const withoutMark = (bytes: Buffer): Buffer =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
