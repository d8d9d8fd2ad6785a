import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import type { Jail, JailJob } from '../../src/domain/capabilities.ts'
import { reporting } from '../../src/sandbox/outcome.ts'
import { tree } from '../../src/sandbox/watch.ts'
import { node, perl, python, running } from './jobs.ts'
import { launchers } from './launchers.ts'

const say = (jail: Jail, job: JailJob) => {
  const child = jail.launch(job)
  child.requests.end()
  return text(child.answers)
}
const folder = (): string => mkdtempSync(join(tmpdir(), 'vitrine-jail-'))
const answer = (code: string) => `open(my $o, '>&=3'); syswrite $o, ${code}`

if (launchers().length === 0)
  test('no launcher is here, which is said above', () => expect(launchers()).toEqual([]))

describe.each(launchers().map((jail) => [jail.launcher, jail] as const))('%s', (launcher, jail) => {
  test('answers on fd 3 what is asked on fd 4', async () => {
    const child = jail.launch(
      node(
        `let b='';new (require('net').Socket)({fd:4}).on('data',d=>{b+=d}).on('end',()=>require('fs').writeSync(3,b.toUpperCase()))`,
      ),
    )
    child.requests.end('"ping"\n')
    expect(await text(child.answers)).toBe('"PING"\n')
    expect(await child.ended).toEqual({ reason: 'exit', code: 0, signal: null })
  })

  test('stdin is empty, and no descriptor above 4 is open', async () => {
    const code = `my @o = grep { open(my $f, '<&=', $_) } 5 .. 40; my $n = sysread(STDIN, my $x, 1); ${answer('"@o|$n"')}`
    expect(await say(jail, perl(code))).toBe('|0')
  })

  test('reads what it is given, also through a link, and nothing else', async () => {
    const at = folder()
    writeFileSync(join(at, 'given'), 'data')
    writeFileSync(join(at, 'other'), 'secret')
    symlinkSync(join(at, 'given'), join(at, 'link'))
    const read = `join ',', map { my $t = 'no'; if (open(my $f, '<', "${at}/$_")) { $t = <$f> } $t } qw(given link other)`
    const job = { ...perl(answer(read)), read: [join(at, 'link')] }
    expect(await say(jail, job)).toBe('data,data,no')
  })

  test('writes only where it may', async () => {
    const [at, read] = [folder(), folder()]
    const write = `join ',', map { open(my $f, '>', "$_/new") ? 'yes' : 'no' } '${at}', '${read}', '/usr/lib', '/'`
    const job = { ...perl(answer(write)), read: [read], write: [at] }
    expect(await say(jail, job)).toBe('yes,no,no,no')
    expect(existsSync(join(at, 'new'))).toBe(true)
  })

  test('a folder closed to strangers is still readable by its job', async () => {
    const at = folder()
    mkdirSync(join(at, 'closed'), { mode: 0o700 })
    writeFileSync(join(at, 'closed', 'file'), 'data', { mode: 0o600 })
    const code = `require('fs').writeSync(3, require('fs').readFileSync('${at}/closed/file'))`
    expect(await say(jail, { ...node(code), read: [join(at, 'closed')] })).toBe('data')
  })

  test('has no capability and may not gain one', async () => {
    const code = `my $h = pack('LL', 0x20080522, 0); my $d = "\\0" x 24; syscall(${process.arch === 'arm64' ? 90 : 125}, $h, $d); ${answer('join ",", unpack("L6", $d)')}`
    expect(await say(jail, perl(code))).toBe('0,0,0,0,0,0')
  })

  test('the deadline kills within 50 ms or so, the whole tree', async () => {
    const began = performance.now()
    const child = jail.launch(perl('sleep 60', { wallMs: 500 }))
    await new Promise((r) => setTimeout(r, 300))
    const pids = tree(child.pid)
    expect(pids.length).toBeGreaterThan(launcher === 'bubblewrap' ? 2 : 0)
    expect((await child.ended).reason).toBe('deadline')
    expect(performance.now() - began).toBeLessThan(500 + 200)
    await new Promise((r) => setTimeout(r, 30))
    expect(pids.filter(running)).toEqual([])
  })

  test('processor time, memory and answers end it with their reason', async () => {
    const ends = await Promise.all(
      [
        perl('1 while 1', { cpuSeconds: 1 }),
        node('const a=[];for(;;)a.push(Buffer.alloc(8<<20,1))', { memoryMiB: 64 }),
        perl(`open(my $o, '>&=3'); syswrite $o, 'y' x 4096 while 1`, { answerBytes: 10_000 }),
      ].map((job) => {
        const child = jail.launch(job)
        child.answers.resume()
        return child.ended
      }),
    )
    expect(ends.map(({ reason }) => reason)).toEqual(['cpu', 'memory', 'answer-too-large'])
  })

  test('a tripwire ends it as a security event', async () => {
    const ptrace = process.arch === 'arm64' ? 117 : 101
    expect(await jail.launch(perl(`syscall(${ptrace}, 0, 0, 0, 0)`)).ended).toMatchObject({
      reason: 'tripwire',
      signal: 'SIGSYS',
    })
  })

  test('a tripwire is told to the audit log, an honest end is not', async () => {
    const told: unknown[] = []
    const watched = reporting(jail, (event) => told.push(event))
    const ptrace = process.arch === 'arm64' ? 117 : 101
    await watched.launch(perl('exit 3')).ended
    await watched.launch(perl(`syscall(${ptrace}, 0, 0, 0, 0)`)).ended
    expect(told).toEqual([{ launcher, runtime: 'perl', program: '/usr/bin/perl' }])
  })

  test('threads are counted', async () => {
    const many = `for(let i=0;i<60;i++)new (require('worker_threads').Worker)('setInterval(()=>0,99)',{eval:true}).on('error',()=>0);setInterval(()=>0,99)`
    const end = await jail.launch(node(many, { processes: 24, memoryMiB: 2048, wallMs: 8000 }))
      .ended
    expect(end.reason).not.toBe('deadline')
  })

  test('a gateway that dies takes its children with it', async () => {
    const program = `
      import { ${launcher}Jail } from '${process.cwd()}/src/sandbox/${launcher}.ts'
      import { perl } from '${process.cwd()}/test/sandbox/jobs.ts'
      const child = ${launcher}Jail(process.arch).launch(perl('sleep 60', { wallMs: 60_000 }))
      setTimeout(() => console.log(child.pid), 400)
      setInterval(() => 0, 1000)`
    const gateway = spawn(process.execPath, ['--input-type=module', '-e', program])
    const pid = Number(await new Promise((r) => gateway.stdout.once('data', r)))
    const pids = tree(pid)
    expect(pids.every(running)).toBe(true)
    gateway.kill('SIGKILL')
    await new Promise((r) => setTimeout(r, 200))
    expect(pids.filter(running)).toEqual([])
  })

  test('an answer read slowly arrives whole after the end', async () => {
    const child = jail.launch(perl(answer(`'y' x 90000`)))
    child.requests.end()
    await child.ended
    await new Promise((r) => setTimeout(r, 100))
    expect(await text(child.answers)).toHaveLength(90_000)
  })

  test('a program that cannot start ends with a code and a word in the log', async () => {
    const child = jail.launch({ ...perl(''), argv: ['/nonexistent/program'] })
    expect((await child.ended).code).toBe(126)
    expect(child.log()).toContain('jail: exec')
  })

  test('DuckDB opens a database it may only read', async () => {
    const at = folder()
    const root = process.cwd()
    const program = (body: string): JailJob['argv'] => [
      process.execPath,
      '--input-type=module',
      '-e',
      `import {createRequire} from 'node:module'; import {writeSync} from 'node:fs';
       const {DuckDBInstance}=createRequire('${root}/src/x.js')('@duckdb/node-api');
       const c=await (await DuckDBInstance.create(':memory:')).connect();
       await c.run("SET temp_directory=''; SET memory_limit='200MB'; SET threads=2"); ${body}`,
    ]
    const job = (body: string, write: string[]): JailJob => ({
      ...node('', { memoryMiB: 512, descriptors: 128 }),
      runtime: 'node-duckdb',
      argv: program(body),
      read: [
        join(root, 'src'),
        join(root, 'node_modules'),
        ...(write.length ? [] : [join(at, 'd.db')]),
      ],
      write,
    })
    await say(
      jail,
      job(`await c.run("ATTACH '${at}/d.db' AS d; CREATE TABLE d.t AS SELECT 42 AS a; DETACH d")`, [
        at,
      ]),
    )
    expect(readFileSync(join(at, 'd.db')).subarray(8, 12).toString()).toBe('DUCK')
    const read = `await c.run("ATTACH '${at}/d.db' AS d (READ_ONLY)"); writeSync(3, JSON.stringify((await c.runAndReadAll('SELECT a FROM d.t')).getRows()))`
    expect(await say(jail, job(read, []))).toBe('[[42]]')
  })

  test.skipIf(!existsSync('/usr/bin/python3'))('Python runs without a fork', async () => {
    const code = `
import os, threading
t = threading.Thread(target=lambda: None); t.start(); t.join()
try: os.fork(); r = b"forked"
except PermissionError: r = b"threads only"
os.write(3, r)`
    expect(await say(jail, python(code))).toBe('threads only')
  })

  test.skipIf(!existsSync('/usr/lib/R/bin/exec/R'))('R starts', async () => {
    const [at, tmp] = [folder(), folder()]
    writeFileSync(join(at, 'script.R'), 'cat(sum(1:10), file = stdout())')
    const child = jail.launch({
      ...perl('', { memoryMiB: 512, descriptors: 1024 }),
      runtime: 'r',
      argv: [
        '/usr/lib/R/bin/exec/R',
        ...['--vanilla', '--no-echo', '--no-restore', `--file=${at}/script.R`],
      ],
      env: {
        R_HOME: '/usr/lib/R',
        R_SHARE_DIR: '/usr/share/R/share',
        LD_LIBRARY_PATH: '/usr/lib/R/lib',
        LC_ALL: 'C',
        TZ: 'UTC',
        TMPDIR: tmp,
      },
      read: [at],
      write: [tmp],
    })
    child.answers.resume()
    const end = await child.ended
    expect([child.log(), end]).toEqual(['55', { reason: 'exit', code: 0, signal: null }])
  })
})
