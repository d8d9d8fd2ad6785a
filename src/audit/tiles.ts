import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeDurably } from './files.ts'
import type { Tree } from './tree.ts'

/** C2SP tlog-tiles: a file of up to 256 hashes of one level. Level L holds the tree's nodes of height 8 L. */
export type Tile = Readonly<{ level: number; index: number; width: number }>
const full = 256

/** `tile/L/N`, N in groups of three digits, all but the last with an x; a partial tile ends with `.p/W`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const groups = padded.match(/\d{3}/g) ?? []
  const name = groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join('/')
  return `tile/${level}/${name}${width === full ? '' : `.p/${width}`}`
}

/** The tiles that a tree of `to` leaves has and one of `from` leaves has not. */
export function newTiles(from: number, to: number): readonly Tile[] {
  const tiles: Tile[] = []
  for (let level = 0; ; level++) {
    const before = Math.floor(from / full ** level)
    const now = Math.floor(to / full ** level)
    if (now === 0) return tiles
    if (now === before) continue
    for (let index = Math.floor(before / full); index * full < now; index++)
      tiles.push({ level, index, width: Math.min(full, now - index * full) })
  }
}

export function tileBytes(tree: Tree, { level, index, width }: Tile): Uint8Array {
  return Buffer.concat(
    Array.from({ length: width }, (_, i) => tree.node(8 * level, index * full + i)),
  )
}

/** Writes tiles so that they outlive a power cut; a full tile takes the place of its partial ones. */
export async function writeTiles(
  directory: string,
  tree: Tree,
  tiles: readonly Tile[],
): Promise<void> {
  for (const tile of tiles) {
    const path = join(directory, tilePath(tile))
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    await writeDurably(path, tileBytes(tree, tile))
    if (tile.width === full) await rm(`${path}.p`, { recursive: true, force: true })
  }
}

/** The bytes of a tile, or undefined where there is none. */
export const readTile = (directory: string, tile: Tile): Promise<Uint8Array | undefined> =>
  readFile(join(directory, tilePath(tile))).catch(() => undefined)

/** Writes whatever of the tiles of a tree is missing or wrong; the tree itself has been checked before. */
export async function repairTiles(directory: string, tree: Tree, size: number): Promise<void> {
  for (const tile of newTiles(0, size)) {
    const found = await readTile(directory, tile)
    if (found === undefined || Buffer.compare(found, tileBytes(tree, tile)) !== 0)
      await writeTiles(directory, tree, [tile])
  }
}

/** The first index at which the tree differs from the level-0 tiles of a published size, if it does. */
export async function firstDifference(
  directory: string,
  tree: Tree,
  size: number,
): Promise<number | undefined> {
  for (const tile of newTiles(0, size).filter(({ level }) => level === 0)) {
    const found = await readTile(directory, tile)
    for (let i = 0; i < tile.width; i++) {
      const index = tile.index * full + i
      const published = found?.subarray(32 * i, 32 * i + 32)
      if (index < tree.size() && published && Buffer.compare(published, tree.node(0, index)) !== 0)
        return index
    }
  }
  return undefined
}

/** Reads the leaf hashes of a published size, a tile at a time; undefined where a tile is gone. */
export function publishedLeaves(directory: string, size: number) {
  let at = -1
  let bytes: Uint8Array | undefined
  return async (index: number): Promise<Uint8Array | undefined> => {
    const tile = Math.floor(index / full)
    if (tile !== at) {
      at = tile
      const width = Math.min(full, size - tile * full)
      bytes = await readTile(directory, { level: 0, index: tile, width })
    }
    return bytes?.subarray(32 * (index % full), 32 * (index % full) + 32)
  }
}
