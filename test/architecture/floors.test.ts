import { expect, test } from 'vitest'
import { files, floorOf, foreign, importsOf, read, roomOf, upward } from './house.ts'

const all = files().map((file) => ({ file, ...importsOf(file, read(file)) }))

test('every arrow points down', () => {
  expect(upward(all.flatMap(({ arrows }) => arrows))).toEqual([])
})

test('every room is on a floor', () => {
  expect(all.map(({ file }) => file).filter((f) => floorOf(roomOf(f)) < 0)).toEqual([])
})

test('a room imports only its own packages', () => {
  expect(all.flatMap(({ file, packages }) => foreign(file, packages))).toEqual([])
})

test('a planted upward, sideways or foreign import is found', () => {
  const planted = importsOf(
    'domain/time.ts',
    "import { gate } from '../flow/gate.ts'\nimport pg from 'pg'\n",
  )
  expect(upward(planted.arrows)).toEqual(['domain/time.ts -> flow/gate.ts'])
  expect(foreign('domain/time.ts', planted.packages)).toEqual(['domain/time.ts -> pg'])
  expect(upward(importsOf('store/a.ts', "export * from '../engine/b.ts'\n").arrows)).toEqual([
    'store/a.ts -> engine/b.ts',
  ])
  expect(
    foreign('flow/run.ts', importsOf('flow/run.ts', "await import('express')").packages),
  ).toEqual(['flow/run.ts -> express'])
})
