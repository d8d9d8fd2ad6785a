import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { pipeline } from 'node:stream'
import { constants, createGunzip, createInflateRaw } from 'node:zlib'

/** What is wrong with a compressed file as a whole; the engine would not notice. */
export type GzipFault = 'wrong gzip checksum' | 'truncated gzip' | 'not gzip'

const chunk = 1024 * 1024

/** The bytes of a file. For gzip, zlib checks the CRC and throws at the end; `faultOf` names what it threw. */
export function open(path: string, gz: boolean): AsyncIterable<Buffer> {
  const raw = createReadStream(path, { highWaterMark: chunk })
  return gz ? pipeline(raw, createGunzip({ chunkSize: chunk }), () => undefined) : raw
}

export function faultOf(error: unknown): GzipFault | undefined {
  const { code, message } = error as { code?: string; message?: string }
  if (code === 'Z_BUF_ERROR') return 'truncated gzip'
  if (code !== 'Z_DATA_ERROR') return undefined
  return message === 'incorrect header check' ? 'not gzip' : 'wrong gzip checksum'
}

/** What can still be read of a damaged gzip file: everything up to the fault, its trailer not believed. */
export function openDamaged(path: string, fault: GzipFault): AsyncIterable<Buffer> {
  if (fault === 'truncated gzip') {
    const lenient = createGunzip({ chunkSize: chunk, finishFlush: constants.Z_SYNC_FLUSH })
    return pipeline(createReadStream(path, { highWaterMark: chunk }), lenient, () => undefined)
  }
  const start = headerLength(path)
  const body = createReadStream(path, { highWaterMark: chunk, start })
  return upToFault(pipeline(body, createInflateRaw({ chunkSize: chunk }), () => undefined))
}

async function* upToFault(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* source
  } catch (error) {
    if (faultOf(error) === undefined) throw error
  }
}

/** Bytes before the deflate stream, RFC 1952 section 2.3. */
function headerLength(path: string): number {
  const head = Buffer.alloc(64 * 1024)
  const fd = openSync(path, 'r')
  const length = readSync(fd, head, 0, head.length, 0)
  closeSync(fd)
  const flags = head[3] ?? 0
  let at = 10
  if (flags & 4) at += 2 + head.readUInt16LE(at)
  for (const flag of [8, 16]) if (flags & flag) at = head.subarray(0, length).indexOf(0, at) + 1
  return flags & 2 ? at + 2 : at
}
