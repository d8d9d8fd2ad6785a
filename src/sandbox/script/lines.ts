import type { Readable } from 'node:stream'

/**
 * The lines of a stream whose writer is not trusted: of each at most `bytes` are kept, the rest of it is dropped unread, so a
 * flood costs time and no memory. Bytes are read as Latin-1 to find the end of a line and given as UTF-8.
 */
export async function* boundedLines(stream: Readable, bytes: number): AsyncGenerator<string> {
  let kept: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0
    for (;;) {
      const end = chunk.indexOf(10, from)
      const part = chunk.subarray(from, end < 0 ? chunk.length : end)
      if (size < bytes && part.length > 0) kept.push(part.subarray(0, bytes - size))
      size += part.length
      if (end < 0) break
      yield size > bytes ? '' : Buffer.concat(kept).toString('utf8')
      kept = []
      size = 0
      from = end + 1
    }
  }
}
