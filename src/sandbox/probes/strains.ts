import { existsSync } from 'node:fs'
import { decodeAnswer } from '../decode.ts'
import { coarse } from '../outcome.ts'
import type { Strain } from './probe.ts'

/** A program that never began proves nothing, so each says this first. */
const STARTED = 'start '
/**
 * Milliseconds after a wall-clock limit within which the child must have ended. Generous, because a busy machine is not an
 * open jail; how fast a limit kills is measured by the benchmark.
 */
const GRACE = 5000
const refused = (answer: string): boolean => {
  try {
    decodeAnswer(answer)
    return false
  } catch {
    return true
  }
}
const say = (text: string): string => `open(my $o, '>&=3'); syswrite $o, ${text};`

/** What a script may do to exhaust the machine. */
const exhaustion: readonly Strain[] = [
  {
    id: 'endless-loop',
    runtime: 'perl',
    code: '1 while 1',
    limits: { cpuSeconds: 1, wallMs: 3000 },
    held: ({ end, ms }) => ['cpu', 'deadline'].includes(end.reason) && ms < 3000 + GRACE,
  },
  {
    id: 'ignore-cpu-signal',
    runtime: 'perl',
    code: '$SIG{XCPU} = "IGNORE"; 1 while 1',
    limits: { cpuSeconds: 1, wallMs: 1500 },
    held: ({ end, ms }) => ['killed', 'deadline'].includes(end.reason) && ms < 1500 + GRACE,
  },
  {
    id: 'sleep',
    runtime: 'perl',
    code: 'sleep 60',
    limits: { wallMs: 400 },
    held: ({ end, ms }) => end.reason === 'deadline' && ms < 400 + GRACE,
  },
  {
    id: 'ignore-signals',
    runtime: 'perl',
    code: '$SIG{$_} = "IGNORE" for qw(TERM INT HUP QUIT); sleep 60',
    limits: { wallMs: 400 },
    held: ({ end, ms }) => end.reason === 'deadline' && ms < 400 + GRACE,
  },
  {
    id: 'memory',
    runtime: 'perl',
    code: `${say('"start "')} my $n = 0; my @a; while (push @a, "x" x 1048576) { $n++; if ($n == 400) { syswrite $o, "got"; exit } }`,
    limits: {},
    held: ({ answer }) => answer === STARTED,
  },
  {
    id: 'shared-memory-map',
    runtime: 'node',
    code: `const n=[];try{for(;;)n.push(new SharedArrayBuffer(64<<20))&&new Uint8Array(n.at(-1)).fill(1)}catch{}; require('fs').writeSync(3,String(n.length))`,
    limits: {},
    held: ({ end, answer }) => end.reason !== 'exit' || Number(answer) < 64,
  },
  {
    id: 'fork',
    runtime: 'perl',
    code: `my $n = 0; for (1 .. 200) { my $p = fork; last unless defined $p; if (!$p) { sleep 5; exit } $n++ } ${say('$n')}`,
    limits: { wallMs: 2000 },
    held: ({ answer }) => answer === '' || Number(answer) < 16,
  },
  {
    id: 'threads',
    runtime: 'node',
    code: `require('fs').writeSync(3,'start ');const {Worker}=require('worker_threads');let n=0;for(let i=0;i<200;i++){try{const w=new Worker('setInterval(()=>0,1000)',{eval:true});w.on('online',()=>{n++;if(n===64){require('fs').writeSync(3,'many');process.exit()}});w.on('error',()=>process.exit(1))}catch{process.exit(1)}}`,
    limits: { wallMs: 4000, memoryMiB: 256, processes: 32 },
    held: ({ answer }) => answer === STARTED,
  },
  {
    id: 'descriptors',
    runtime: 'perl',
    code: `my @f; for (1 .. 1000) { open(my $f, '<', '/dev/null') or last; push @f, $f } ${say('scalar @f')}`,
    limits: {},
    held: ({ answer }) => Number(answer) <= 64,
  },
  {
    id: 'answer-flood',
    runtime: 'perl',
    code: `open(my $o, '>&=3'); syswrite $o, 'y' x 4096 while 1`,
    limits: { answerBytes: 10_000, wallMs: 3000 },
    held: ({ end, answer }) => end.reason === 'answer-too-large' && answer.length <= 10_000,
  },
  {
    id: 'log-flood',
    runtime: 'perl',
    code: `print 'y' x 4096 for 1 .. 2000; print STDERR 'z' x 100000; ${say('"on"')}`,
    limits: { logBytes: 5000 },
    held: ({ answer, log }) => answer === 'on' && log.length <= 5000,
  },
  {
    id: 'daemonise',
    runtime: 'perl',
    code: `my $p = fork; if (defined $p && !$p) { syscall(112) if $^O eq 'linux'; sleep 60; exit } ${say('defined $p ? "forked" : "no"')}`,
    limits: { wallMs: 3000 },
    held: ({ end, answer }) => answer !== 'forked' && end.reason === 'exit',
  },
  {
    id: 'core-dump',
    runtime: 'perl',
    code: `my $l = "\\0" x 16; kill 'SEGV', $$; syscall(${process.arch === 'arm64' ? 261 : 302}, 0, 4, 0, $l); my ($s, $h) = unpack 'QQ', $l; ${say('"$s $h"')}`,
    limits: {},
    held: ({ answer, end }) => answer === '0 0' || end.reason === 'crash',
  },
  {
    id: 'large-file',
    runtime: 'perl',
    code: `$SIG{XFSZ} = 'IGNORE'; my $n = 0; if (open(my $f, '>', '/tmp/.vitrine-file')) { $n += syswrite($f, 'x' x 1048576) || 0 for 1 .. 6; unlink '/tmp/.vitrine-file' } ${say('$n')}`,
    limits: {},
    held: ({ answer }) => Number(answer) <= 4 << 20,
  },
  {
    id: 'regular-expression',
    runtime: 'perl',
    code: `('a' x 40) =~ /^(a|a?)+$b/ for 1; my $s = 'a' x 30; $s =~ /^(?:(a*)*)*\\1b$/; sleep 60`,
    limits: { wallMs: 700 },
    held: ({ end, ms }) => end.reason === 'deadline' && ms < 700 + GRACE,
  },
  {
    id: 'big-integer',
    runtime: 'node',
    code: 'let n=3n; for(;;) n=n*n',
    limits: { wallMs: 700 },
    held: ({ end, ms }) => end.reason !== 'exit' && ms < 700 + GRACE,
  },
]

const PYTHON = '/usr/bin/python3'
/** The same from Python, where it is installed: threads through its own library, a call by the i386 gate. */
const fromPython: readonly Strain[] = [
  {
    id: 'python-threads',
    runtime: 'python',
    code: `
import threading, time, os
os.write(3, b"start ")
n = 0
try:
    for i in range(300):
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start(); n += 1
except Exception: pass
os.write(3, str(n).encode()); os._exit(0)`,
    limits: { wallMs: 3000, processes: 32, memoryMiB: 64 },
    held: ({ answer }) =>
      answer === STARTED || (answer.startsWith(STARTED) && Number(answer.slice(6)) < 64),
  },
  {
    id: 'python-memory',
    runtime: 'python',
    code: 'import os; os.write(3, b"start "); a = bytearray(1 << 30); os.write(3, b"got")',
    limits: {},
    held: ({ answer }) => answer === STARTED,
  },
  {
    id: 'python-subprocess',
    runtime: 'python',
    code: 'import subprocess, os; os.write(3, b"start "); subprocess.run(["/usr/bin/perl", "-e", "1"]); os.write(3, b"got")',
    limits: {},
    held: ({ answer }) => answer === STARTED,
  },
  {
    id: 'python-socket',
    runtime: 'python',
    code: 'import socket, os; os.write(3, b"start "); socket.create_server(("127.0.0.1", 0)); os.write(3, b"got")',
    limits: {},
    held: ({ answer }) => answer === STARTED,
  },
  {
    id: 'int80-call',
    runtime: 'python',
    code: `
import ctypes, mmap, os, platform
os.write(3, b"start ")
if platform.machine() == 'x86_64':
    m = mmap.mmap(-1, 4096, prot=7); m.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")
    f = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))
    r = f()
    if r > 0: os.write(3, b"got")`,
    limits: {},
    held: ({ answer }) => answer === STARTED,
  },
]
/** And from Node: the ways out that a runtime inside Node (Pyodide, webR) has used. */
const fromNode: readonly Strain[] = [
  ['node-child-process', `require('child_process').execFileSync(process.execPath,['-v'])`],
  [
    'node-network',
    `await new Promise((y,n)=>require('net').connect(1,'127.0.0.1').on('error',e=>e.code==='ECONNREFUSED'?y():n(e)))`,
  ],
  [
    'node-listen',
    `await new Promise((y,n)=>require('net').createServer().on('error',n).listen(0,y))`,
  ],
  ['node-passwd', `require('fs').readFileSync('/etc/passwd')`],
  ['node-kill-parent', 'process.kill(process.ppid,0)'],
  ['node-inspector', `require('inspector').open(0);if(!require('inspector').url())throw 1`],
].map(
  ([id = '', code = '']): Strain => ({
    id,
    runtime: 'node',
    code: `const {writeSync}=require('fs');writeSync(3,'start ');(async()=>{${code};writeSync(3,'got')})().catch(()=>process.exit(1))`,
    limits: { wallMs: 5000, memoryMiB: 128, processes: 32 },
    held: ({ answer }) => answer === STARTED,
  }),
)

const answered = (id: string, answer: string): Strain => ({
  id,
  runtime: 'perl',
  code: say(answer),
  limits: {},
  held: (seen) => seen.answer !== '' && refused(seen.answer),
})

/** What a script may hide in what it says and in how it ends. */
const covert: readonly Strain[] = [
  answered('deep-json', `'[' x 100000`),
  answered('not-a-number', `'{"a":NaN}'`),
  answered('infinite-number', `'{"a":1e999}'`),
  answered('duplicate-key', `'{"a":1,"a":2}'`),
  answered('prototype-key', `'{"__proto__":{"a":1}}'`),
  answered('big-integer-answer', `'{"a":12345678901234567890}'`),
  answered('second-message', `'{"a":1}{"b":2}'`),
  answered('invalid-text', `'{"a":"' . chr(255) . '"}'`),
  {
    id: 'key-order',
    runtime: 'perl',
    code: say(`'{"b":1,"a":2}'`),
    limits: {},
    held: ({ answer }) => decodeAnswer(answer).canonical === '{"a":2,"b":1}',
  },
  {
    id: 'low-bits',
    runtime: 'perl',
    code: say(`'{"a":0.30000000000000004}'`),
    limits: {},
    held: ({ answer }) => decodeAnswer(answer, { digits: 6 }).canonical === '{"a":0.3}',
  },
  {
    id: 'exit-code',
    runtime: 'perl',
    code: 'exit 77',
    limits: {},
    held: ({ end }) => JSON.stringify(coarse(end)) === '{"status":"failed"}',
  },
  {
    id: 'death-by-signal',
    runtime: 'perl',
    code: 'sleep 60',
    limits: { wallMs: 300 },
    held: ({ end }) => JSON.stringify(coarse(end)) === '{"status":"failed"}',
  },
  {
    id: 'error-text',
    runtime: 'perl',
    code: 'die "a row value"',
    limits: {},
    held: ({ end }) => !JSON.stringify(coarse(end)).includes('row'),
  },
  {
    id: 'environment',
    runtime: 'perl',
    code: say('join ",", sort grep { !/^(TZ|LC_ALL|PWD|OLDPWD|_)$/ } keys %ENV'),
    limits: {},
    held: ({ answer }) => answer === '',
  },
]

/** Every strain that can run here: those in Python need Debian's python3. */
export const strains = (): readonly Strain[] => [
  ...exhaustion,
  ...(existsSync(PYTHON) ? fromPython : []),
  ...fromNode,
  ...covert,
]
