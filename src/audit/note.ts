import { createHash, createPublicKey, verify } from 'node:crypto'

/** C2SP signed-note: a text, an empty line, and one line per signature. The only key type here is Ed25519. */
export type VerifierKey = Readonly<{
  name: string
  /** First four bytes of SHA-256(name || 0x0A || 0x01 || key). */
  id: Uint8Array
  /** The 32 raw bytes. */
  key: Uint8Array
}>
export type Note = Readonly<{
  /** With its last newline: what is signed. */
  text: string
  signatures: readonly Readonly<{ name: string; id: Uint8Array; signature: Uint8Array }>[]
}>

const ed25519 = 0x01
/** DER of SubjectPublicKeyInfo for Ed25519 (RFC 8410), up to the key. */
const spkiPrefix = Buffer.of(0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0)
const largestNote = 1_000_000
const mostSignatures = 100

/** Key names are not empty and hold neither white space nor a plus sign. */
const validName = (name: string): boolean => name !== '' && !/[\s+\p{White_Space}]/u.test(name)

/** The verifier key of a name and a key in SubjectPublicKeyInfo. Throws on a name or key that a note cannot have. */
export function verifierKey(name: string, spki: Uint8Array): VerifierKey {
  const prefix = Buffer.from(spki.subarray(0, spkiPrefix.length))
  if (!validName(name) || spki.length !== 44 || !prefix.equals(spkiPrefix))
    throw new TypeError('not a name and an Ed25519 key')
  return keyed(name, spki.subarray(spkiPrefix.length))
}

function keyed(name: string, key: Uint8Array): VerifierKey {
  const id = createHash('sha256')
    .update(`${name}\n`)
    .update(Uint8Array.of(ed25519))
    .update(key)
    .digest()
    .subarray(0, 4)
  return { name, id, key }
}

/** `NAME+ID+BASE64(0x01 || key)`: the one line that whoever verifies has to know. */
export const formatVerifierKey = ({ name, id, key }: VerifierKey): string =>
  `${name}+${Buffer.from(id).toString('hex')}+${Buffer.from([ed25519, ...key]).toString('base64')}`

/** The reverse. Answers undefined for what is not a well-formed key, or whose id is not that of its key. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const [, name = '', id = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? []
  const bytes = decode(encoded)
  if (!validName(name) || bytes?.length !== 33 || bytes[0] !== ed25519) return undefined
  const key = keyed(name, bytes.subarray(1))
  return Buffer.from(key.id).toString('hex') === id ? key : undefined
}

/** Signs with a function that answers an Ed25519 signature (64 bytes) over the text. */
export function signNote(
  text: string,
  key: VerifierKey,
  sign: (bytes: Uint8Array) => Uint8Array,
): string {
  if (!validText(text)) throw new TypeError('the text of a note ends with a newline')
  const signature = sign(Buffer.from(text, 'utf8'))
  return `${text}\n— ${key.name} ${Buffer.concat([key.id, signature]).toString('base64')}\n`
}

/** No control characters but the newline, and a newline at the end. */
const validText = (text: string): boolean =>
  text.endsWith('\n') &&
  Buffer.from(text, 'utf8').toString('utf8') === text &&
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  !/[\u0000-\u0009\u000b-\u001f]/.test(text)

/** Parses a note without judging its signatures. Answers undefined for what is not well formed. */
export function parseNote(note: string): Note | undefined {
  if (note.length > largestNote || !validText(note)) return undefined
  const cut = note.lastIndexOf('\n\n')
  if (cut < 0) return undefined
  const lines = note.slice(cut + 2).split('\n')
  lines.pop()
  if (lines.length === 0 || lines.length > mostSignatures) return undefined
  const signatures = lines.map(parseSignature)
  const whole = signatures.filter((s) => s !== undefined)
  return whole.length === lines.length
    ? { text: note.slice(0, cut + 1), signatures: whole }
    : undefined
}

function parseSignature(line: string): Note['signatures'][number] | undefined {
  const [, name = '', encoded = ''] = /^— (\S+) (\S+)$/u.exec(line) ?? []
  const bytes = decode(encoded)
  if (!validName(name) || bytes === undefined || bytes.length < 5) return undefined
  return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) }
}

/**
 * The text of a note that `key` has signed, or undefined. Signatures of other keys are passed over; a wrong one of
 * this key spoils the note (signed-note, "Verifying").
 */
export function openNote(note: string, key: VerifierKey): string | undefined {
  const parsed = parseNote(note)
  const mine = parsed?.signatures.filter(
    ({ name, id }) => name === key.name && Buffer.from(id).equals(key.id),
  )
  if (parsed === undefined || mine === undefined || mine.length === 0) return undefined
  const publicKey = createPublicKey({
    key: Buffer.concat([spkiPrefix, key.key]),
    format: 'der',
    type: 'spki',
  })
  const text = Buffer.from(parsed.text, 'utf8')
  return mine.every(({ signature }) => verify(null, text, publicKey, signature))
    ? parsed.text
    : undefined
}

/** Canonical base64 with padding only. */
export function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
