import { expect, test } from 'vitest'
import { newTiles, tileBytes, tilePath } from '../../src/audit/tiles.ts'
import { createTree } from '../../src/audit/tree.ts'

test('the paths of the specification', () => {
  expect(tilePath({ level: 0, index: 1234067, width: 256 })).toBe('tile/0/x001/x234/067')
  expect(tilePath({ level: 0, index: 273, width: 112 })).toBe('tile/0/273.p/112')
  expect(tilePath({ level: 1, index: 1, width: 17 })).toBe('tile/1/001.p/17')
  expect(tilePath({ level: 2, index: 0, width: 1 })).toBe('tile/2/000.p/1')
  expect(tilePath({ level: 0, index: 1000, width: 256 })).toBe('tile/0/x001/000')
})

test('a tree of 70,000 leaves has the tiles that the specification counts for it', () => {
  const tiles = newTiles(0, 70_000)
  const of = (level: number) => tiles.filter((tile) => tile.level === level)
  expect(of(0).length).toBe(274)
  expect(of(0).at(-1)).toEqual({ level: 0, index: 273, width: 112 })
  expect(of(1)).toEqual([
    { level: 1, index: 0, width: 256 },
    { level: 1, index: 1, width: 17 },
  ])
  expect(of(2)).toEqual([{ level: 2, index: 0, width: 1 }])
  expect(of(3)).toEqual([])
})

test('growing in steps writes every full tile, and the partial one of each size', () => {
  const written = new Set<string>()
  let size = 0
  for (const step of [0, 1, 254, 1, 1, 300, 0, 700, 65_000]) {
    for (const tile of newTiles(size, size + step)) written.add(tilePath(tile))
    size += step
    for (const tile of newTiles(0, size)) expect(written).toContain(tilePath(tile))
  }
})

test('a tile of level 1 holds the roots of the full tiles of level 0', () => {
  const tree = createTree()
  for (let i = 0; i < 600; i++) tree.append(Buffer.alloc(32, i))
  const above = tileBytes(tree, { level: 1, index: 0, width: 2 })
  const part = createTree()
  for (let i = 256; i < 512; i++) part.append(Buffer.alloc(32, i))
  expect(above.subarray(32)).toEqual(Buffer.from(part.root(256)))
})
