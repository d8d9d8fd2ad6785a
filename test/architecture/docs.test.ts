import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { readConfig } from '../../src/cli/config.ts'

const root = resolve(import.meta.dirname, '../..')
const pages = ['README.md', 'SECURITY.md', 'ARCHITECTURE.md', 'GLOSSARY.md', 'docs/privacy.md']
const read = (page: string): string => readFileSync(join(root, page), 'utf8')
const found = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, it]) => it ?? '')

/** As a page names a file: from the root, from beside the page, or a room of src. */
const exists = (page: string, path: string): boolean =>
  [path, join(dirname(page), path), join('src', path)].some((it) => existsSync(join(root, it)))

test.each(pages)('%s names files, scripts and commands that exist', (page) => {
  const text = read(page)
  const paths = [
    ...found(text, /`((?:[\w.-]+\/)+[\w.-]*)`/g),
    ...found(text, /\]\((?!https?:)([^)#]+)\)/g),
  ]
  expect(paths.filter((it) => !exists(page, it))).toEqual([])
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = found(text, /npm run (?:-s )?([\w:]+)/g)
  expect(named.filter((it) => !(it in scripts))).toEqual([])
  const said = found(text, /vitrine -- ((?:(?!--)[a-z]+)(?: [a-z]+)?)/g)
  const known = commands.map((it) => it.name)
  expect(
    said.filter((it) => !known.some((name) => it === name || it.split(' ')[0] === name)),
  ).toEqual([])
})

test('the tests that guard a property exist, and the README lists every setting', () => {
  const guards = found(read('SECURITY.md'), /`(test\/[\w./-]+)`/g)
  expect(guards.length).toBeGreaterThan(20)
  const settings = found(read('src/cli/config.ts'), /^ {2}((?:VITRINE|DATABASE)_\w+):/gm)
  expect(settings.length).toBeGreaterThan(8)
  const readme = read('README.md')
  expect(settings.filter((it) => !readme.includes(`\`${it}\``))).toEqual([])
  expect(readConfig({}).host).toBe('127.0.0.1')
})
