import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { Problem } from '../domain/problem.ts'
import type { Config } from './config.ts'

/** How long a key management service may take, milliseconds. */
const patience = 30_000

/**
 * The key-encryption key (32 bytes), or undefined where none is configured. Throws `key-unavailable` when it cannot be
 * had or is malformed, `insecure-configuration` when others may read its file. It is never in a message.
 */
export async function readKek(from: Config['kek']): Promise<Uint8Array | undefined> {
  if (from === undefined) return undefined
  return 'file' in from ? keyInFile(from.file, 'VITRINE_KEK_FILE') : keyFrom(from.command)
}

/** A key in a file of mode 0600 or less. `place` names the setting in a refusal. */
export async function keyInFile(file: string, place: string): Promise<Uint8Array> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) throw unavailable(place, 'The key file cannot be read.')
  if ((found.mode & 0o077) !== 0)
    throw new Problem('insecure-configuration', {
      rule: 'key-file-mode',
      place,
      reason: 'Others may read the key file.',
      fix: 'chmod 600 the key file.',
    })
  const text = await readFile(file, 'utf8').catch(() => {
    throw unavailable(place, 'The key file cannot be read.')
  })
  return decoded(text, place)
}

/** The stdout of the operator's own command; its stderr may hold anything and is dropped. */
async function keyFrom(command: string): Promise<Uint8Array> {
  const place = 'VITRINE_KEK_COMMAND'
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], {
    timeout: patience,
    maxBuffer: 4096,
  }).catch(() => {
    throw unavailable(place, 'The command failed.')
  })
  return decoded(stdout, place)
}

/** 64 hexadecimal digits, or base64 of 32 bytes. */
function decoded(text: string, place: string): Uint8Array {
  const written = text.trim()
  if (/^[0-9a-fA-F]{64}$/.test(written)) return Buffer.from(written, 'hex')
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(written)) return Buffer.from(written, 'base64')
  throw unavailable(place, 'A key is 32 bytes, as 64 hexadecimal digits or in base64.')
}

const unavailable = (place: string, reason: string): Problem =>
  new Problem('key-unavailable', {
    rule: 'key-encryption-key',
    place,
    reason,
    fix: 'Make one: (umask 077; openssl rand -hex 32 > kek.hex).',
  })
