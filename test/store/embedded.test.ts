import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { storeChild } from '../support/child.ts'
import { anEvent } from '../support/samples.ts'

const root = process.getuid?.() === 0
const nobody = 65534
const made: string[] = []

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vitrine-embedded-'))
  await chmod(path, 0o755)
  made.push(path)
  return path
}

const serverPid = async (base: string): Promise<number> =>
  Number((await readFile(join(base, 'data/postmaster.pid'), 'utf8')).split('\n')[0])

/** Whether the process runs; one that nobody has reaped yet does not. */
const runs = async (pid: number): Promise<boolean> => {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))
  } catch {
    return false
  }
}

afterEach(async () => {
  for (const path of made.splice(0)) {
    const pid = await serverPid(join(path, 'postgres')).catch(() => 0)
    if (pid > 0 && (await runs(pid))) process.kill(pid, 'SIGKILL')
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
})

test('a cold start answers in less than 6 s, its files are closed to others, and close stops it', async () => {
  const home = await directory()
  const started = performance.now()
  const store = await openStore({ directory: home })
  expect(performance.now() - started).toBeLessThan(6_000)
  const base = join(home, 'postgres')
  expect((await stat(base)).mode & 0o777).toBe(0o700)
  const pid = await serverPid(base)
  expect(await runs(pid)).toBe(true)
  const settings = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'fsync=on')
  expect(settings).toContain('fsync=on')
  await store.close()
  await store.close()
  await expect(serverPid(base)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('two stores share a server, and the last one to close stops it', async () => {
  const home = await directory()
  const [one, two] = await Promise.all([
    openStore({ directory: home }),
    openStore({ directory: home }),
  ])
  await one.commit([], [anEvent()])
  await one.close()
  await two.commit([], [anEvent()])
  expect(await two.size()).toBe(2)
  const pid = await serverPid(join(home, 'postgres'))
  await two.close()
  expect(await runs(pid)).toBe(false)
})

test('a server whose parent was killed is adopted with all that was committed', async () => {
  const home = await directory()
  const child = storeChild([home, '', 'x', 'commit'])
  await child.said('run/x-0-3')
  await child.kill()
  const pid = await serverPid(join(home, 'postgres'))
  expect(await runs(pid)).toBe(true)
  const store = await openStore({ directory: home })
  expect(await serverPid(join(home, 'postgres'))).toBe(pid)
  expect(await store.get('run', 'run/x-0-3')).toBeDefined()
  await store.close()
  expect(await runs(pid)).toBe(false)
})

test('a pid file that names a process of another kind does not keep the server from starting', async () => {
  const home = await directory()
  await (await openStore({ directory: home })).close()
  const base = join(home, 'postgres')
  const owner = await stat(join(base, 'data'))
  const file = join(base, 'data/postmaster.pid')
  await writeFile(file, `${process.pid}\n${join(base, 'data')}\n1\n5432\n..\n\n\nready\n`)
  await chown(file, owner.uid, owner.gid)
  const store = await openStore({ directory: home })
  expect(await serverPid(base)).not.toBe(process.pid)
  await store.close()
})

test('a lost server is store-unavailable, and the next open recovers what was committed', async () => {
  const home = await directory()
  const store = await openStore({ directory: home })
  let committed = 0
  const refusal = async (): Promise<unknown> => {
    for (;;) {
      try {
        await store.commit([], [anEvent()])
        committed += 1
      } catch (error) {
        return error
      }
    }
  }
  await store.commit([], [anEvent()])
  process.kill(await serverPid(join(home, 'postgres')), 'SIGKILL')
  // A connection may outlive its server by a moment, and what it acknowledges is durable all the same.
  expect(await refusal()).toMatchObject({ code: 'store-unavailable' })
  await expect(store.size()).rejects.toMatchObject({ code: 'store-unavailable' })
  await store.close()
  const again = await openStore({ directory: home })
  expect(await again.size()).toBeGreaterThan(committed)
  await again.close()
})

test('a directory too deep for a socket path works', async () => {
  const home = join(await directory(), 'deep'.repeat(30))
  const store = await openStore({ directory: home })
  await store.commit([], [anEvent()])
  expect(await serverPid(join(home, 'postgres'))).toBeGreaterThan(1)
  await store.close()
  await expect(serverPid(join(home, 'postgres'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a directory that cannot be used is store-unavailable', async () => {
  const home = await directory()
  await writeFile(join(home, 'file'), '')
  await expect(openStore({ directory: join(home, 'file', 'store') })).rejects.toMatchObject({
    code: 'store-unavailable',
  })
})

test('a database address where nothing listens is store-unavailable', async () => {
  const url = 'postgresql://nobody:secret@127.0.0.1:1/none'
  const error = await openStore({ url, directory: '/nowhere' }).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'store-unavailable' })
  expect(JSON.stringify(error)).not.toContain('secret')
})

test.runIf(root)('under root the server runs unprivileged, also below a closed home', async () => {
  const closed = await directory()
  await chmod(closed, 0o700)
  const home = join(closed, 'store')
  const store = await openStore({ directory: home })
  const base = (await readFile(join(home, 'postgres.location'), 'utf8')).trim()
  made.push(base)
  expect((await stat(`/proc/${await serverPid(base)}`)).uid).toBe(nobody)
  await store.commit([], [anEvent()])
  await store.close()
  const again = await openStore({ directory: home })
  expect(await again.size()).toBe(1)
  await again.close()
})

test.runIf(root)(
  'an ordinary user starts, is killed, is followed by another, and closes',
  async () => {
    const home = join(await directory(), 'mine')
    await mkdir(home, { mode: 0o700 })
    await chown(home, nobody, nobody)
    const killed = storeChild([home, '', 'x', 'hold'], nobody)
    await killed.said('open')
    await killed.kill()
    const pid = await serverPid(join(home, 'postgres'))
    expect((await stat(`/proc/${pid}`)).uid).toBe(nobody)
    const next = storeChild([home, '', 'x', 'close'], nobody)
    await next.said('closed')
    await next.ended
    expect(await runs(pid)).toBe(false)
    // Root finds the files of an ordinary user, and runs the server as that user.
    const store = await openStore({ directory: home })
    expect(await store.size()).toBe(1)
    await store.close()
  },
)
