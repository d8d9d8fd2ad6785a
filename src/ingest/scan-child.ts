import { createReadStream, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type ScanJob, scan } from './scan.ts'
import { type TraceJob, trace } from './trace.ts'

/** Program of the jailed reader: one job per line on fd 4, progress and one answer per job on fd 3. */

function answer(document: Readonly<Record<string, unknown>>): void {
  const bytes = Buffer.from(`${JSON.stringify(document)}\n`)
  for (let sent = 0; sent < bytes.length; ) {
    try {
      sent += writeSync(3, bytes, sent)
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

function everyHalfSecond(): (bytes: number) => void {
  let next = 0
  return (bytes) => {
    if (Date.now() < next) return
    next = Date.now() + 500
    answer({ progress: bytes })
  }
}

for await (const text of createInterface({ input: createReadStream('', { fd: 4 }) })) {
  const request = JSON.parse(text) as { scan?: ScanJob; trace?: TraceJob }
  try {
    if (request.scan) answer({ scanned: await scan(request.scan, everyHalfSecond()) })
    else if (request.trace) answer({ traced: await trace(request.trace) })
  } catch (error) {
    process.stderr.write(`${String(error)}\n`)
    answer({ failed: true })
  }
}
