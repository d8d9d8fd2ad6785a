import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

export type Dtype = '<i4' | '<i8' | '<f8' | '|i1'

const BLOCK = 65_536

const widths: Readonly<Record<Dtype, number>> = { '<i4': 4, '<i8': 8, '<f8': 8, '|i1': 1 }
const writers: Readonly<Record<Dtype, (to: Buffer, line: string, at: number) => void>> = {
  '<i4': (to, line, at) => to.writeInt32LE(Number(line), at),
  '<i8': (to, line, at) => to.writeBigInt64LE(BigInt(line), at),
  '<f8': (to, line, at) => to.writeDoubleLE(Number(line), at),
  '|i1': (to, line, at) => to.writeInt8(Number(line), at),
}

/** NumPy's format, version 1.0 (NEP 1): magic, version, header length, a dictionary padded to 64 bytes. */
export function npyHeader(dtype: Dtype, length: number): Buffer {
  const dictionary = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${length},), }`
  const padded = dictionary.padEnd(Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 11)
  const head = Buffer.alloc(10)
  head.write('\x93NUMPY\x01\x00', 'latin1')
  head.writeUInt16LE(padded.length + 1, 8)
  return Buffer.concat([head, Buffer.from(`${padded}\n`, 'latin1')])
}

/** Turns a file of one number per line into `.npy` and removes it. Throws an Error where it does not hold `length` numbers. */
export async function npyFrom(
  csv: string,
  npy: string,
  dtype: Dtype,
  length: number,
): Promise<void> {
  const file = await open(npy, 'wx', 0o600)
  try {
    await file.write(npyHeader(dtype, length))
    if ((await values(csv, file, dtype)) !== length) throw new Error('a column of another length')
  } finally {
    await file.close()
  }
  await rm(csv)
}

async function values(csv: string, file: FileHandle, dtype: Dtype): Promise<number> {
  const [width, put] = [widths[dtype], writers[dtype]]
  const block = Buffer.alloc(BLOCK * width)
  let [count, filled] = [0, 0]
  for await (const line of createInterface({ input: createReadStream(csv), crlfDelay: Infinity })) {
    put(block, line, filled * width)
    count += 1
    filled += 1
    if (filled < BLOCK) continue
    await file.write(block)
    filled = 0
  }
  await file.write(block.subarray(0, filled * width))
  return count
}

/** Turns a file of one JSON text per line into one JSON array and removes it. */
export async function levelsFrom(lines: string, json: string): Promise<void> {
  const levels: unknown[] = []
  for await (const line of createInterface({ input: createReadStream(lines), crlfDelay: Infinity }))
    levels.push(JSON.parse(line))
  await writeFile(json, `${JSON.stringify(levels)}\n`, { flag: 'wx', mode: 0o600 })
  await rm(lines)
}
