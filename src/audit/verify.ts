import { createHash, createHmac, createPublicKey, verify } from 'node:crypto'
import type { LogEntry, Sequencing } from '../domain/capabilities.ts'
import { type Facts, Problem } from '../domain/problem.ts'

/**
 * The auditor. It derives everything again from the payloads and shares no code with the writer: the hashes, the tree
 * and the reading of the checkpoint below are its own.
 */
export type Audited = Readonly<{ size: number; root: string; verified: true }>

const damaged = (rule: string, reason: string, facts: Facts = {}): Problem =>
  new Problem('log-damaged', { rule, reason, ...facts })
const at = (index: number): Facts => ({ place: `index ${index}`, index })

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** RFC 6962, section 2.1, over HMAC(salt, payload). */
const leafOf = ({ salt, payload }: Pick<LogEntry, 'salt' | 'payload'>): Buffer =>
  sha256(Buffer.from([0]), createHmac('sha256', salt).update(payload).digest())

/** Whether payload and salt are those of this leaf. */
export const opens = (opening: Pick<LogEntry, 'salt' | 'payload'>, leaf: Uint8Array): boolean =>
  leafOf(opening).equals(leaf)

/** The roots of the perfect subtrees so far, the largest first: enough to know the root of what was seen. */
type Peaks = { height: number; hash: Buffer }[]

function push(peaks: Peaks, leaf: Buffer): void {
  let peak = { height: 0, hash: leaf }
  for (let last = peaks.at(-1); last?.height === peak.height; last = peaks.at(-1)) {
    peaks.pop()
    peak = { height: peak.height + 1, hash: sha256(Buffer.from([1]), last.hash, peak.hash) }
  }
  peaks.push(peak)
}

const rootOf = (peaks: Readonly<Peaks>): Buffer =>
  peaks.length === 0
    ? sha256()
    : peaks
        .map(({ hash }) => hash)
        .reduceRight((right, left) => sha256(Buffer.from([1]), left, right))

/** Size and root that the key has signed. Throws `log-damaged` where the note is not one of this log and key. */
function readCheckpoint(
  note: string,
  { name, spki }: Readonly<{ name: string; spki: Uint8Array }>,
): { size: number; root: Buffer } {
  const refuse = () => damaged('checkpoint', 'The checkpoint is not one that the key has signed.')
  const [body = '', lines = ''] = note.split('\n\n')
  const [origin, size = '', root = ''] = body.split('\n')
  const id = sha256(Buffer.from(`${name}\n\u0001`), spki.subarray(-32)).subarray(0, 4)
  const signature = lines
    .split('\n')
    .filter((line) => line.startsWith(`— ${name} `))
    .map((line) => Buffer.from(line.slice(name.length + 3), 'base64'))
    .find((bytes) => bytes.subarray(0, 4).equals(id))
  if (signature === undefined || origin !== name || !/^\d+$/.test(size)) throw refuse()
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  if (!verify(null, Buffer.from(`${body}\n`), key, signature.subarray(4))) throw refuse()
  return { size: Number(size), root: Buffer.from(root, 'base64') }
}

/** An entry that is what it was when it was written, at the place where it is. */
function check(entry: LogEntry | undefined, index: number): Buffer {
  if (entry?.index !== index)
    throw damaged('index-missing', 'An entry of the log is missing.', at(index))
  const leaf = leafOf(entry)
  if (!leaf.equals(entry.leaf))
    throw damaged('payload-changed', 'A payload is not the one that was logged.', at(index))
  const said: unknown = JSON.parse(entry.payload)
  const { id, type, about, at: time } = (said ?? {}) as Readonly<Record<string, unknown>>
  if (id !== entry.id || type !== entry.type || about !== entry.about || time !== entry.at)
    throw damaged('columns-changed', 'A column contradicts the payload of its entry.', at(index))
  return leaf
}

const pageSize = 2_000

/**
 * Audits the whole log against the signed checkpoint. `published` gives the leaf hash that was published for an index,
 * where it is known: it locates a change that was made to payload and leaf alike. Throws `log-damaged` with the first
 * wrong index.
 */
export async function auditLog(
  storage: Sequencing,
  note: string,
  key: Readonly<{ name: string; spki: Uint8Array }>,
  published: (index: number) => Promise<Uint8Array | undefined>,
): Promise<Audited> {
  const signed = readCheckpoint(note, key)
  const size = await storage.size()
  if (size < signed.size)
    throw damaged(
      'behind-checkpoint',
      'The database is older than the signed checkpoint.',
      at(size),
    )
  const peaks: Peaks = []
  let suspect: number | undefined
  let root = rootOf(peaks)
  for (let index = 0; index < size; ) {
    const entries = await storage.entries(index, Math.min(pageSize, size - index))
    if (entries.length === 0) check(undefined, index)
    for (const entry of entries) {
      const leaf = check(entry, index)
      if (index < signed.size && suspect === undefined) {
        const before = await published(index)
        if (before !== undefined && !leaf.equals(before)) suspect = index
      }
      push(peaks, leaf)
      index += 1
      if (index === signed.size) root = rootOf(peaks)
    }
  }
  if (!root.equals(signed.root))
    throw damaged('root', 'The log is not the one that was signed.', at(suspect ?? 0))
  if (suspect !== undefined)
    throw damaged('tile', 'A published tile is not that of the signed log.', at(suspect))
  await refuseBeyond(storage, size)
  return { size, root: rootOf(peaks).toString('base64'), verified: true }
}

/** Entries that the head of the log does not count. The head is read last, so later commits are not taken for them. */
async function refuseBeyond(storage: Sequencing, size: number): Promise<void> {
  const beyond = await storage.entries(size, pageSize)
  const head = await storage.size()
  const extra = beyond.find(({ index }) => index >= head)
  if (extra !== undefined)
    throw damaged('beyond-head', 'There are entries beyond the head of the log.', at(extra.index))
}
