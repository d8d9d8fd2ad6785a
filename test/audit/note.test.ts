import { expect, test } from 'vitest'
import { formatCheckpoint, parseCheckpoint } from '../../src/audit/checkpoint.ts'
import {
  formatVerifierKey,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
  type VerifierKey,
  verifierKey,
} from '../../src/audit/note.ts'
import { noteKeys } from '../support/keys.ts'

// The example of golang.org/x/mod/sumdb/note.
const signerKey = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'
const verifier = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const text =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
const signed = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`

const peter = noteKeys('PeterNeumann', Buffer.from(signerKey, 'base64').subarray(1))
const key = parseVerifierKey(verifier) as VerifierKey
const other = verifierKey('log.vitrine.test', noteKeys().notePublicKey().spki)

test('Go s example is signed and keyed byte for byte', () => {
  const { name, spki } = peter.notePublicKey()
  expect(formatVerifierKey(verifierKey(name, spki))).toBe(verifier)
  expect(verifierKey(name, spki)).toEqual(key)
  expect(signNote(text, key, peter.signNote)).toBe(signed)
})

test('it opens, and with a changed letter, signature, name or key it does not', () => {
  expect(openNote(signed, key)).toBe(text)
  expect(openNote(signed.replace('answer', 'Answer'), key)).toBeUndefined()
  expect(openNote(signed.replace('x08go/ZJ', 'x08go/ZK'), key)).toBeUndefined()
  expect(openNote(signed.replace('PeterNeumann', 'EnochRoot'), key)).toBeUndefined()
  expect(openNote(signed, other)).toBeUndefined()
})

test('a second signature is passed over, and a wrong one of the same key spoils the note', () => {
  const line = signNote(text, other, noteKeys().signNote).split('\n').at(-2)
  expect(openNote(`${signed}${line}\n`, key)).toBe(text)
  expect(openNote(`${signed}${line}\n`, other)).toBe(text)
  const own = signed.split('\n').at(-2) ?? ''
  const wrong = own.replace('ZJkuBS9UG', 'AAAAAAAAA')
  expect(openNote(`${signed}${wrong}\n`, key)).toBeUndefined()
})

test.each([
  ['no signature', text],
  ['no empty line', signed.replace('\n\n', '\n')],
  ['no last newline', signed.slice(0, -1)],
  ['a control character', signed.replace('answer', 'ans\u0007wer')],
  ['a carriage return', signed.replaceAll('\n', '\r\n')],
  ['a hyphen for the dash', signed.replace('—', '-')],
  ['a second space', signed.replace('PeterNeumann ', 'PeterNeumann  ')],
  ['base64 without padding', signed.replace('AM=', 'AM')],
  ['an empty line at the end', `${signed}\n`],
  ['too many signatures', signed + `${signed.split('\n').at(-2)}\n`.repeat(100)],
])('a note with %s is not one', (_, note) => {
  expect(parseNote(note)).toBeUndefined()
})

test('a verifier key whose id, type or length is wrong is none', () => {
  for (const bad of [
    verifier.replace('c74f20a3', 'c74f20a4'),
    verifier.replace('+ARpc', '+Ahpc'),
    verifier.slice(0, -4),
    verifier.replace('PeterNeumann', 'Peter Neumann'),
    'x',
  ])
    expect(parseVerifierKey(bad)).toBeUndefined()
  expect(() => verifierKey('a+b', noteKeys().notePublicKey().spki)).toThrow(TypeError)
})

test('a checkpoint is three lines and may have more', () => {
  const root = Buffer.alloc(32, 1)
  const lines = formatCheckpoint({ origin: 'log.vitrine.test', size: 20852163, root })
  expect(lines).toBe(`log.vitrine.test\n20852163\n${root.toString('base64')}\n`)
  expect(parseCheckpoint(lines)).toEqual({ origin: 'log.vitrine.test', size: 20852163, root })
  expect(parseCheckpoint(`${lines}extension\n`)?.size).toBe(20852163)
  for (const bad of [
    '',
    lines.slice(0, -1),
    `${lines}\n`,
    lines.replace('2085', '02085'),
    lines.replace('2085', '-2085'),
    lines.replace('20852163', '9'.repeat(16)),
    lines.replace('AQEB', ''),
    lines.replace('log.vitrine.test', ''),
  ])
    expect(parseCheckpoint(bad)).toBeUndefined()
})
