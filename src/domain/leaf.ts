import { createHash, createHmac } from 'node:crypto'

/** Bytes of salt per event. */
export const saltBytes = 32

/**
 * Leaf hash of an event: SHA-256(0x00 || commitment), RFC 6962 section 2.1, where the commitment (the leaf's data) is
 * HMAC-SHA-256 of the payload's UTF-8 under 32 random bytes. Without the salt the leaf says nothing of a guessable
 * payload, so payload and salt can be erased and the tree stays whole.
 */
export function leafOf(salt: Uint8Array, payload: string): Uint8Array {
  const commitment = createHmac('sha256', salt).update(payload, 'utf8').digest()
  return createHash('sha256').update(Uint8Array.of(0)).update(commitment).digest()
}
