import { expect, test } from 'vitest'
import type { Protected, Released, Reviewable, Rows, Table } from '../../src/domain/glass.ts'
import { files, read, roomOf } from './house.ts'

/** Only the room that earns a glass may mint it. */
const MINTERS: Readonly<Record<string, readonly string[]>> = {
  rows: ['engine'],
  aggregate: ['analysis'],
  protected: ['disclosure'],
  released: ['airlock'],
  reviewable: ['airlock'],
  transcript: ['airlock'],
}

const wrong = (file: string, text: string): string[] =>
  [...text.matchAll(/\bmint\s*(?:\.\s*(\w+)|\[|[,;)}])/g)]
    .filter(([, glass = '']) => !(MINTERS[glass] ?? []).includes(roomOf(file)))
    .filter(([whole]) => !/^mint\s*[,}]/.test(whole)) // the import list itself
    .map(([, glass = 'mint']) => `${file} mints ${glass}`)

test('only the room that earns a glass mints it', () => {
  expect(
    files()
      .filter((f) => f !== 'domain/glass.ts')
      .flatMap((f) => wrong(f, read(f))),
  ).toEqual([])
})

test('no room casts to a glass', () => {
  const casts = files()
    .filter((f) => f !== 'domain/glass.ts')
    .filter((f) =>
      /\bas\s+(?:unknown\s+as\s+)?(?:Rows|Aggregate|Protected|Released|Reviewable|SeenTranscript)\b/.test(
        read(f),
      ),
    )
  expect(casts).toEqual([])
})

test('a planted mint is found', () => {
  expect(wrong('flow/run.ts', 'const r = mint.released(t)')).toEqual(['flow/run.ts mints released'])
})

const door = (_: Released): void => undefined
test('the types refuse what is not released', () => {
  const rows = { columns: [], rows: [] } as unknown as Rows
  // @ts-expect-error rows may not leave
  door(rows)
  // @ts-expect-error a plain table may not leave
  door({ columns: [], rows: [] } as Table)
  // @ts-expect-error protected is not yet released
  door({ columns: [], rows: [] } as unknown as Protected)
  // @ts-expect-error what a checker sees is not released
  door({ columns: [], rows: [] } as unknown as Reviewable)
  expect(true).toBe(true)
})
