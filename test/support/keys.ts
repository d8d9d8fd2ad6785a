import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { Keys } from '../../src/domain/capabilities.ts'

/** A log key from a fixed seed. */
export function noteKeys(
  name = 'log.vitrine.test',
  seed: Uint8Array = Buffer.alloc(32, 7),
): Pick<Keys, 'signNote' | 'notePublicKey'> {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    signNote: (bytes) => sign(null, bytes, key),
    notePublicKey: () => ({ name, spki }),
  }
}
