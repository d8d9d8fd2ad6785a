import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Keys, Log, Receipt, Sequencing } from '../domain/capabilities.ts'
import { type Facts, Problem } from '../domain/problem.ts'
import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { coalesced } from './coalesced.ts'
import { writeDurably } from './files.ts'
import { openNote, signNote, type VerifierKey, verifierKey } from './note.ts'
import { firstDifference, newTiles, publishedLeaves, repairTiles, writeTiles } from './tiles.ts'
import { createTree, type Tree } from './tree.ts'
import { auditLog, opens } from './verify.ts'

export type LogOptions = Readonly<{
  /** The committed order: the store, or whoever else keeps it. */
  storage: Sequencing
  keys: Pick<Keys, 'signNote' | 'notePublicKey'>
  /** Holds `checkpoint` and `tile/`, all of it public. One per gateway, apart from the database and its backups. */
  directory: string
  /** Milliseconds until an event that nobody asked a receipt for is covered by a checkpoint; 1,000. */
  tick?: number
}>

const damaged = (rule: string, reason: string, facts: Facts = {}): Problem =>
  new Problem('log-damaged', { rule, reason, ...facts })

/** Leaf hashes read from the database at once. */
const pageSize = 10_000

/**
 * Opens the log of a store. The checkpoint on disk is what the log remembers outside the database: a database that does
 * not hold that very tree (an older backup, a rewritten past) is refused with `log-damaged`.
 */
export async function createLog(options: LogOptions): Promise<Log> {
  const { storage, keys, directory, tick = 1_000 } = options
  const { name, spki } = keys.notePublicKey()
  const key = verifierKey(name, spki)
  const tree = createTree()
  await mkdir(directory, { recursive: true, mode: 0o755 })
  let published = await resume(storage, tree, directory, key)

  /** Takes what was committed into the tree, and publishes a checkpoint over it. */
  const step = async (): Promise<void> => {
    await grow(storage, tree)
    const size = tree.size()
    if (published?.checkpoint.size === size) return
    await writeTiles(directory, tree, newTiles(published?.checkpoint.size ?? 0, size))
    const checkpoint = { origin: name, size, root: tree.root(size) }
    const note = signNote(formatCheckpoint(checkpoint), key, keys.signNote)
    // A second process of the same gateway (vitrine log verify) may have got further; a checkpoint never goes back.
    const found = await readPublished(directory, key)
    if (found === undefined || found.checkpoint.size < size)
      await writeDurably(join(directory, 'checkpoint'), Buffer.from(note))
    published = { checkpoint, note }
  }
  const advance = coalesced(() => writing(step))
  await advance()
  const ticker = setInterval(() => void advance().catch(() => undefined), tick)
  ticker.unref()

  return {
    receipt: async (id) => {
      const entry = await storage.entry(id)
      if (entry === undefined) throw new Problem('not-found', { reason: 'No such event.' })
      if (entry.index >= (published?.checkpoint.size ?? 0)) await advance()
      return receiptOf(tree, published, entry)
    },
    checkpoint: async () => {
      await advance()
      return published?.note ?? ''
    },
    verify: async () => {
      const found = await readPublished(directory, key)
      if (found === undefined) throw damaged('checkpoint', 'The checkpoint is gone.')
      return auditLog(
        storage,
        found.note,
        { name, spki },
        publishedLeaves(directory, found.checkpoint.size),
      )
    },
    close: async () => {
      clearInterval(ticker)
      // Without a database there is nothing to cover; the next start catches up.
      await advance().catch((error: unknown) => {
        if (!(error instanceof Problem && error.code === 'store-unavailable')) throw error
      })
    },
  }
}

type Published = Readonly<{ checkpoint: Checkpoint; note: string }>

/** Loads the tree and holds it against the checkpoint on disk, if there is one. */
async function resume(
  storage: Sequencing,
  tree: Tree,
  directory: string,
  key: VerifierKey,
): Promise<Published | undefined> {
  const published = await readPublished(directory, key)
  await grow(storage, tree)
  if (published === undefined) return undefined
  const { size, root } = published.checkpoint
  if (tree.size() < size)
    throw damaged('behind-checkpoint', 'The database is older than the last checkpoint.', {
      place: `index ${tree.size()}`,
      fix: 'Restore a backup that holds every event up to the checkpoint; a restore must not refill budgets.',
    })
  if (Buffer.compare(tree.root(size), root) !== 0) {
    const index = await firstDifference(directory, tree, size)
    const place = index === undefined ? {} : { place: `index ${index}`, index }
    throw damaged('root', 'The database does not hold the log that was signed.', place)
  }
  await writing(() => repairTiles(directory, tree, size))
  return published
}

async function readPublished(directory: string, key: VerifierKey): Promise<Published | undefined> {
  const note = await readFile(join(directory, 'checkpoint'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw damaged('checkpoint', 'The checkpoint cannot be read.')
  })
  if (note === undefined) return undefined
  const checkpoint = parseCheckpoint(openNote(note, key) ?? '')
  if (checkpoint?.origin !== key.name)
    throw damaged('checkpoint', 'The checkpoint is not one that the key of this log has signed.')
  return { checkpoint, note }
}

/** Appends the leaves that the tree does not have yet. */
async function grow(storage: Sequencing, tree: Tree): Promise<void> {
  const size = await storage.size()
  if (size < tree.size())
    throw damaged('shrunk', 'The database lost events while the log was open.', {
      place: `index ${size}`,
    })
  while (tree.size() < size) {
    const leaves = await storage.leaves(tree.size(), Math.min(pageSize, size - tree.size()))
    if (leaves.length === 0)
      throw damaged('index-missing', 'An entry of the log is missing.', {
        place: `index ${tree.size()}`,
      })
    for (const leaf of leaves) tree.append(leaf)
  }
}

function receiptOf(
  tree: Tree,
  published: Published | undefined,
  entry: NonNullable<Awaited<ReturnType<Sequencing['entry']>>>,
): Receipt {
  const { index, id } = entry
  const size = published?.checkpoint.size ?? 0
  if (index >= size || !opens(entry, tree.node(0, index)))
    throw damaged('payload-changed', 'The event is not the one that was logged.', {
      place: `index ${index}`,
      index,
    })
  const base64 = (hash: Uint8Array): string => Buffer.from(hash).toString('base64')
  return {
    event: id,
    index,
    leaf: base64(tree.node(0, index)),
    proof: tree.inclusion(index, size).map(base64),
    checkpoint: published?.note ?? '',
  }
}

/** A disk that is full or read-only is a refusal: nothing leaves without a receipt. */
async function writing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (error instanceof Problem || !/^E[A-Z]+$/.test(code)) throw error
    throw new Problem('store-unavailable', {
      reason: `The checkpoint cannot be written (${code}).`,
      fix: 'Make room on the disk of the log, or make it writable.',
    })
  }
}
