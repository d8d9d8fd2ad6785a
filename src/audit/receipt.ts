import type { LogEntry, Receipt } from '../domain/capabilities.ts'
import type { LoggedEvent } from '../domain/event.ts'
import { Problem } from '../domain/problem.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { decode, openNote, type VerifierKey } from './note.ts'
import { verifyInclusion } from './proof.ts'
import { opens } from './verify.ts'

const refuse = (rule: string, reason: string): Problem =>
  new Problem('log-damaged', { rule, reason, fix: 'Do not trust this release.' })

/**
 * Checks a receipt offline: the event is the one that the receipt names, its salted hash is the leaf, the leaf is in the
 * tree of the checkpoint, and `key` has signed the checkpoint. Answers the event and where it stands. Throws
 * `log-damaged` with the rule that failed.
 */
export function verifyReceipt(
  receipt: Receipt,
  opening: Pick<LogEntry, 'payload' | 'salt'>,
  key: VerifierKey,
): Readonly<{ event: LoggedEvent; index: number; size: number }> {
  const text = openNote(receipt.checkpoint, key)
  if (text === undefined)
    throw refuse('receipt-signature', 'The checkpoint is not one that the key has signed.')
  const checkpoint = parseCheckpoint(text)
  if (checkpoint === undefined || checkpoint.origin !== key.name)
    throw refuse('receipt-checkpoint', 'The signed note is not a checkpoint of this log.')
  const leaf = decode(receipt.leaf)
  if (leaf === undefined || !opens(opening, leaf))
    throw refuse('receipt-payload', 'The event is not the one that was logged.')
  const event: LoggedEvent = JSON.parse(opening.payload)
  if (event.id !== receipt.event) throw refuse('receipt-event', 'The receipt is for another event.')
  const proof = receipt.proof.map((hash) => decode(hash) ?? Buffer.alloc(0))
  const { index } = receipt
  const included =
    Number.isSafeInteger(index) &&
    verifyInclusion({
      leaf,
      index: BigInt(index),
      size: BigInt(checkpoint.size),
      proof,
      root: checkpoint.root,
    })
  if (!included) throw refuse('receipt-proof', 'The event is not in the signed log.')
  return { event, index, size: checkpoint.size }
}
