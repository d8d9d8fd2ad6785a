import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
} from 'node:crypto'
import { closeSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { Problem } from '../domain/problem.ts'

/**
 * Files at rest: AES-256-GCM over chunks of 1 MiB, in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar 2015): the nonce is
 * the chunk's number and whether it is the last, so that chunks cannot be moved, repeated or cut off. Every file has its
 * own key, derived from the snapshot's key and a random salt, so nonces never meet.
 */
const magic = Buffer.of(0x56, 0x49, 0x54, 0x52, 0x49, 0x4e, 0x45, 0x31) // VITRINE1
const saltBytes = 16
const tagBytes = 16
export const chunkBytes = 1024 * 1024

const fileKey = (key: Uint8Array, salt: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, salt, 'vitrine sealed file', 32))

function nonceOf(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(index, 5, 6)
  nonce[11] = last ? 1 : 0
  return nonce
}

/** Writes `target` as the sealed form of `source` (key of 32 bytes), and waits until it is on disk. */
export function sealFile(source: string, target: string, key: Uint8Array): void {
  const salt = randomBytes(saltBytes)
  const secret = fileKey(key, salt)
  const out = openSync(target, 'w', 0o600)
  try {
    writeSync(out, Buffer.concat([magic, salt]))
    for (const { index, bytes, last } of chunksOf(source, 0, chunkBytes)) {
      const cipher = createCipheriv('aes-256-gcm', secret, nonceOf(index, last))
      writeSync(out, Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]))
    }
    fsyncSync(out)
  } finally {
    closeSync(out)
  }
}

/** Writes `target` as what was sealed. Throws `snapshot-damaged`: a byte differs, the end is missing, or the key is another. */
export function openFile(source: string, target: string, key: Uint8Array): void {
  const place = source.split('/').at(-1) ?? ''
  const damaged = (reason: string): Problem =>
    new Problem('snapshot-damaged', { rule: 'seal', place, reason })
  const head = Buffer.alloc(magic.length + saltBytes)
  const input = openSync(source, 'r')
  const got = readSync(input, head, 0, head.length, 0)
  closeSync(input)
  if (got < head.length || !head.subarray(0, magic.length).equals(magic))
    throw damaged('This is not a sealed file.')
  const secret = fileKey(key, head.subarray(magic.length))
  const out = openSync(target, 'w', 0o600)
  try {
    for (const { index, bytes, last } of chunksOf(source, head.length, chunkBytes + tagBytes)) {
      if (bytes.length < tagBytes) throw damaged('The file ends too early.')
      const decipher = createDecipheriv('aes-256-gcm', secret, nonceOf(index, last))
      decipher.setAuthTag(bytes.subarray(-tagBytes))
      const text = decipher.update(bytes.subarray(0, -tagBytes))
      try {
        decipher.final()
      } catch {
        throw damaged('The seal does not hold: bytes were changed, or the end is missing.')
      }
      writeSync(out, text)
    }
  } catch (error) {
    // What came before the damage is not to be mistaken for the file.
    rmSync(target, { force: true })
    throw error
  } finally {
    closeSync(out)
  }
}

/** Reads ahead by one chunk, to know the last; an empty file is one empty chunk. */
function* chunksOf(
  path: string,
  from: number,
  size: number,
): Generator<Readonly<{ index: number; bytes: Buffer; last: boolean }>> {
  const fd = openSync(path, 'r')
  const read = (at: number): Buffer => {
    const piece = Buffer.alloc(size)
    let got = 0
    for (let n = -1; n !== 0 && got < size; got += n)
      n = readSync(fd, piece, got, size - got, at + got)
    return piece.subarray(0, got)
  }
  try {
    let at = from
    let bytes = read(at)
    for (let index = 0; ; index++) {
      at += bytes.length
      const next = bytes.length < size ? Buffer.alloc(0) : read(at)
      yield { index, bytes, last: next.length === 0 }
      if (next.length === 0) return
      bytes = next
    }
  } finally {
    closeSync(fd)
  }
}

/** A key of one snapshot, locked by the key-encryption key. `kid` says which one, and nothing about it. */
export type WrappedKey = Readonly<{ kid: string; nonce: string; key: string }>

export const kidOf = (kek: Uint8Array): string =>
  createHash('sha256')
    .update(createHmac('sha256', kek).update('vitrine kid').digest())
    .digest('hex')
    .slice(0, 16)

export function wrapKey(kek: Uint8Array, key: Uint8Array): WrappedKey {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', kek, nonce)
  const locked = Buffer.concat([cipher.update(key), cipher.final(), cipher.getAuthTag()])
  return { kid: kidOf(kek), nonce: nonce.toString('base64'), key: locked.toString('base64') }
}

/** Throws `key-unavailable`, naming the key that is needed, when `kek` is another one or the wrapping was changed. */
export function unwrapKey(kek: Uint8Array, wrapped: WrappedKey): Uint8Array {
  const unavailable = (reason: string): Problem =>
    new Problem('key-unavailable', { rule: 'wrong-key', place: wrapped.kid, reason })
  if (kidOf(kek) !== wrapped.kid) throw unavailable('The data are sealed under another key.')
  const locked = Buffer.from(wrapped.key, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', kek, Buffer.from(wrapped.nonce, 'base64'))
  try {
    decipher.setAuthTag(locked.subarray(-tagBytes))
    return Buffer.concat([decipher.update(locked.subarray(0, -tagBytes)), decipher.final()])
  } catch {
    throw unavailable('The wrapped key was changed.')
  }
}
