import { createCipheriv, createHmac } from 'node:crypto'

/**
 * Deterministic bytes under a key and a context; the same context gives the same bytes, another context independent
 * ones. The context's own 256-bit key is one block of the KDF in counter mode of NIST SP 800-108r1, section 4.1, with
 * HMAC-SHA-256: HMAC(key, [1] || label || 0x00 || context || [256]). The bytes are the key stream of AES-256 in
 * counter mode (NIST SP 800-38A, section 6.5) from block 0; a key serves one context, so the counter never meets
 * itself. Each call of the answer continues where the one before ended, however the calls are cut.
 */
export function noiseStream(key: Uint8Array, context: string): (n: number) => Uint8Array {
  const cipher = createCipheriv('aes-256-ctr', contextKey(key, context), Buffer.alloc(16))
  return (n) => {
    const bytes = cipher.update(Buffer.alloc(n))
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}

const LABEL = 'vitrine noise v1'

function contextKey(key: Uint8Array, context: string): Buffer {
  return createHmac('sha256', key)
    .update(uint32(1))
    .update(`${LABEL}\0`)
    .update(context, 'utf8')
    .update(uint32(256))
    .digest()
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
