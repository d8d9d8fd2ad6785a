import { closeSync, openSync, writeSync } from 'node:fs'

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
  close(): void
  files(): readonly Readonly<{ type: string; path: string; lines: number }>[]
}>

/** Good lines by resource type, in `<prefix>.<Type>.ndjson`. */
export function cleanFiles(prefix: string): Clean {
  const open = new Map<string, { sink: Sink; path: string; lines: number }>()
  const newline = Buffer.of(10)
  return {
    line(type, bytes) {
      let file = open.get(type)
      if (file === undefined) {
        // The type is text of a resource: only letters may become part of a file name.
        const path = `${prefix}.${/^[A-Za-z]{1,64}$/.test(type) ? type : 'Other'}.ndjson`
        file = { sink: sink(path), path, lines: 0 }
        open.set(type, file)
      }
      file.lines += 1
      file.sink.write(bytes)
      file.sink.write(newline)
    },
    close: () => {
      for (const { sink } of open.values()) sink.close()
    },
    files: () => [...open].map(([type, { path, lines }]) => ({ type, path, lines })),
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
