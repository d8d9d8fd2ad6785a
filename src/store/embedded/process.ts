import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from '../problems.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'

/** Settings of the server. Messages are terse and name no statement: a log line never carries a value. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_directories: '..',
  unix_socket_permissions: '0700',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  max_connections: '100',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  max_parallel_workers_per_gather: '0',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_min_messages: 'log',
}

/** Milliseconds a clean stop may take before the server is told to leave at once (which is safe, only slower to start). */
const stopPatience = 15_000

export const identity = (account: Account): { uid?: number; gid?: number } =>
  account.own ? {} : { uid: account.uid, gid: account.gid }

/**
 * Starts the server in a session of its own, so that neither Ctrl-C in a terminal nor the death of this process takes
 * it away in the middle of a write. The environment holds nothing of ours. The answer tells whether it has ended.
 */
export async function launch(place: Place, programs: Binaries): Promise<() => boolean> {
  const log = await open(join(place.base, 'server.log'), 'w', 0o600)
  try {
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(programs.postgres, ['-D', place.data, ...flags], {
      cwd: place.base,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { LC_ALL: 'C', TZ: 'UTC' },
      ...identity(place.account),
    })
    await once(child, 'spawn')
    child.unref()
    return () => child.exitCode !== null || child.signalCode !== null
  } finally {
    await log.close()
  }
}

const pidFile = (place: Place): string => join(place.data, 'postmaster.pid')

async function readPid(place: Place): Promise<number | undefined> {
  const text = await readFile(pidFile(place), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return Number.isInteger(pid) && pid > 1 ? pid : undefined
}

/**
 * The pid of the server of this place, if it runs. PostgreSQL itself sees through a file that names a dead process; one
 * that names a living process of another kind (after a restart of the machine) would keep it from starting and is
 * removed.
 */
export async function runningPid(place: Place): Promise<number | undefined> {
  const pid = await readPid(place)
  if (pid === undefined || !alive(pid)) return undefined
  if (await isServer(pid, place)) return pid
  await rm(pidFile(place), { force: true })
  return undefined
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Where /proc tells, the command line must name the data folder; elsewhere a live pid is believed. */
async function isServer(pid: number, place: Place): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return line?.split('\0').includes(place.data) ?? false
}

/** A process that ends gives its memory back first, its command line with it, and lives on until that is done. */
async function isLeaving(pid: number): Promise<boolean> {
  if ((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)) !== '') return false
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return / [^ZX] /.test(stat.slice(stat.lastIndexOf(')') + 1, stat.lastIndexOf(')') + 4))
}

/** SIGINT is PostgreSQL's fast and clean shutdown, SIGQUIT its immediate one. Resolves when the server has ended. */
export async function stop(place: Place, name: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const pid = await runningPid(place)
  if (pid === undefined) return
  process.kill(pid, name)
  const there = async (): Promise<boolean> =>
    alive(pid) && ((await isServer(pid, place)) || (await isLeaving(pid)))
  for (let waited = 0; await there(); waited += 10) {
    if (waited === stopPatience) process.kill(pid, 'SIGQUIT')
    if (waited >= 2 * stopPatience) return
    await sleep(10)
  }
}
