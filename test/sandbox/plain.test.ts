import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import type { JailJob } from '../../src/domain/capabilities.ts'
import { openGroup } from '../../src/sandbox/cgroup.ts'
import { plainCommand, plainJail } from '../../src/sandbox/plain.ts'
import { supervise } from '../../src/sandbox/supervise.ts'
import { node, running } from './jobs.ts'

const jail = plainJail()
const run = (code: string, limits: Partial<JailJob['limits']> = {}) =>
  jail.launch(node(code, limits))

test('answers on fd 3 what is asked on fd 4', async () => {
  const child = run(
    `const s=new (require('net').Socket)({fd:4});let b='';s.on('data',d=>{b+=d}).on('end',()=>require('fs').writeSync(3,b.toUpperCase()))`,
  )
  child.requests.end('"ping"\n')
  expect(await text(child.answers)).toBe('"PING"\n')
  expect(await child.ended).toEqual({ reason: 'exit', code: 0, signal: null })
})

test('the child sees the given environment and nothing else', async () => {
  const child = run(`require('fs').writeSync(3, Object.keys(process.env).sort().join())`)
  child.requests.end()
  expect(await text(child.answers)).toMatch(/^(OLDPWD,)?OPENSSL_CONF,(PWD,)?TZ$/)
})

test('a log flood is kept up to its cap and the child lives on', async () => {
  const child = run(`console.log('x'.repeat(500000)); require('fs').writeSync(3,'done')`, {
    logBytes: 1000,
  })
  expect(await text(child.answers)).toBe('done')
  expect((await child.ended).reason).toBe('exit')
  expect(child.log()).toBe('x'.repeat(1000))
})

test('an answer past its cap kills, and no byte past the cap is passed', async () => {
  const child = run(`for(;;) require('fs').writeSync(3,'y'.repeat(4096))`, { answerBytes: 10_000 })
  expect(await text(child.answers)).toHaveLength(10_000)
  expect((await child.ended).reason).toBe('answer-too-large')
})

test('the deadline kills the whole group', async () => {
  const child = run(
    `const c=require('child_process').spawn('/bin/sleep',['60']);require('fs').writeSync(3,String(c.pid));setInterval(()=>0,1000)`,
    { wallMs: 700 },
  )
  const grandchild = Number(await text(child.answers))
  const end = await child.ended
  expect(end).toMatchObject({ reason: 'deadline', signal: 'SIGKILL' })
  await new Promise((r) => setTimeout(r, 30))
  expect(running(grandchild)).toBe(false)
})

test('processor time is limited', async () => {
  expect((await run('for(;;);', { cpuSeconds: 1 }).ended).reason).toBe('cpu')
})

test('memory past its bound ends the child', async () => {
  const end = await run(`const a=[];for(;;)a.push(Buffer.alloc(8<<20,1))`, { memoryMiB: 128 }).ended
  expect(end.reason).toBe('memory')
})

test('a program that does not exist ends as a crash or a failed exit, and throws nothing', async () => {
  const job = { ...node(''), argv: ['/nonexistent/program'] }
  const end = await jail.launch(job).ended
  expect(end.code).not.toBe(0)
})

test('a launcher that is missing ends as a crash, with its answers closed', async () => {
  const child = supervise({ file: '/nonexistent/bwrap', args: [], env: {}, helpers: 0 }, node(''))
  expect(await text(child.answers)).toBe('')
  expect(await child.ended).toEqual({ reason: 'crash', code: null, signal: null })
})

/** A control group of this machine that may hold processes, whatever controllers it has. */
const group = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find(
  (path) =>
    existsSync(`${path}/cgroup.procs`) &&
    existsSync(`${path}/cgroup.controllers`) &&
    process.getuid?.() === 0,
)
test.skipIf(group === undefined)(
  'a job waits for its control group, and dies with it',
  async () => {
    const own = openGroup(group ?? '', `vitrine-test-${process.pid}`, {})
    const job = node(
      `const c=require('child_process').spawn('/bin/sleep',['60'],{detached:true});require('fs').writeSync(3,String(c.pid)+'\\n');setInterval(()=>0,1000)`,
    )
    const child = supervise(plainCommand(job), job, own)
    const [line] = await once(child.answers, 'data')
    const daemon = Number(line)
    expect(readFileSync(`/proc/${daemon}/cgroup`, 'utf8')).toContain(`vitrine-test-${process.pid}`)
    child.kill('deadline')
    expect((await child.ended).reason).toBe('deadline')
    await new Promise((r) => setTimeout(r, 50))
    expect(running(daemon)).toBe(false)
  },
)
