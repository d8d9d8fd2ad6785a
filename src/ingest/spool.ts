import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/** Buffered, synchronous, owner-only files: what the scan child writes. */
type Sink = Readonly<{ write(bytes: Buffer): void; position(): number; close(): void }>

function sink(path: string): Sink {
  const fd = openSync(path, 'w', 0o600)
  let held: Buffer[] = []
  let size = 0
  let position = 0
  const flush = (): void => {
    const all = Buffer.concat(held)
    for (let sent = 0; sent < all.length; ) sent += writeSync(fd, all, sent)
    held = []
    size = 0
  }
  return {
    write(bytes) {
      // A copy: the reader's buffers are views of whole chunks, which a rare line would keep alive.
      held.push(Buffer.from(bytes))
      size += bytes.length
      position += bytes.length
      if (size > 1024 * 1024) flush()
    },
    position: () => position,
    close() {
      flush()
      closeSync(fd)
    },
  }
}

export type Clean = Readonly<{
  line(type: string, bytes: Buffer): void
  /** The first `bytes` of a file whose every line is a good one of this type. */
  copy(type: string, from: string, bytes: number): void
  path(type: string): string
  close(): void
}>

/** Good lines by resource type, in `<prefix>.<Type>.ndjson`. */
export function cleanFiles(prefix: string): Clean {
  const open = new Map<string, Sink>()
  const newline = Buffer.of(10)
  // The type is text of a resource: only letters may become part of a file name.
  const path = (type: string): string =>
    `${prefix}.${/^[A-Za-z]{1,64}$/.test(type) ? type : 'Other'}.ndjson`
  const file = (type: string): Sink => {
    const known = open.get(path(type)) ?? sink(path(type))
    open.set(path(type), known)
    return known
  }
  return {
    path,
    line(type, bytes) {
      file(type).write(bytes)
      file(type).write(newline)
    },
    copy(type, from, bytes) {
      const fd = openSync(from, 'r')
      for (let at = 0; at < bytes; ) {
        const piece = Buffer.alloc(Math.min(1024 * 1024, bytes - at))
        const got = readSync(fd, piece, 0, piece.length, at)
        if (got === 0) throw new Error('the file became shorter')
        file(type).write(piece.subarray(0, got))
        at += got
      }
      closeSync(fd)
    },
    close: () => {
      for (const sink of open.values()) sink.close()
    },
  }
}

export type SetAside = Readonly<{
  line: number
  offset: number
  length: number
  sha256: string
  reason: string
  bytes?: Buffer
}>
export type Quarantine = Readonly<{
  line(entry: SetAside): void
  /** A piece of a line too long to hold; its `line` entry follows. */
  piece(bytes: Buffer): void
  close(): void
}>

/** Raw lines in `<prefix>.raw`, and beside it an index that says which is where and why. */
export function quarantine(prefix: string, name: string): Quarantine {
  let files: { raw: Sink; index: Sink } | undefined
  let start = 0
  const both = () => {
    files ??= { raw: sink(`${prefix}.raw`), index: sink(`${prefix}.index.ndjson`) }
    return files
  }
  return {
    piece: (bytes) => both().raw.write(bytes),
    line({ bytes, ...entry }) {
      const { raw, index } = both()
      if (bytes !== undefined) raw.write(bytes)
      index.write(Buffer.from(`${JSON.stringify({ file: name, ...entry, at: start })}\n`))
      start = raw.position()
    },
    close() {
      files?.raw.close()
      files?.index.close()
    },
  }
}
