import { spawnSync } from 'node:child_process'
import { release } from 'node:os'
import { bubblewrapJail } from '../../src/sandbox/bubblewrap.ts'
import { landlockJail } from '../../src/sandbox/landlock.ts'
import { plainJail } from '../../src/sandbox/plain.ts'
import { probe, summary } from '../../src/sandbox/selftest.ts'
import { archOf } from '../../src/sandbox/syscalls.ts'

/**
 * `npm run -s probes -- --json` tries every probe in each launcher of this machine; `--outside` tries them in a plain
 * process, where most are open, so that they are seen to work; `--launcher=NAME` takes one. Exit code 1 when a probe
 * that must be blocked is open.
 */
const arch = archOf(process.arch)
if (!arch) throw new Error(`no table of system calls for ${process.arch}`)

/**
 * Starts itself again with descriptors left open, for the probe that looks for leaked ones. Node marks the low ones for
 * closing when it starts, up to the first gap, so these lie behind a gap.
 */
function leaky(): never {
  const leak =
    '$^F = 255; my @f; for (1 .. 40) { open my $f, "<", "/etc/passwd"; push @f, $f } close $_ for @f[0 .. 17]; exec @ARGV'
  const self = [process.execPath, ...process.argv.slice(1)]
  const { status } = spawnSync('/usr/bin/perl', ['-e', leak, '--', ...self], {
    stdio: 'inherit',
    env: { ...process.env, VITRINE_PROBES: 'leaky' },
  })
  process.exit(status ?? 1)
}
if (process.env['VITRINE_PROBES'] !== 'leaky') leaky()

const wanted = process.argv.find((a) => a.startsWith('--launcher='))?.slice(11)
const jails = process.argv.includes('--outside')
  ? [plainJail()]
  : [bubblewrapJail(arch), landlockJail(arch)].filter((j) => !wanted || j.launcher === wanted)
const results = []
for (const jail of jails) {
  const began = performance.now()
  const verdicts = await probe(jail)
  const result = summary(jail.launcher, release(), verdicts)
  results.push({ ...result, seconds: Number(((performance.now() - began) / 1000).toFixed(1)) })
}
if (process.argv.includes('--json')) console.log(JSON.stringify(results, null, 2))
else
  for (const { launcher, probes, open, failed, seconds } of results) {
    console.log(
      `${launcher}: ${probes} probes, ${seconds} s, ${failed.length} open that must not be`,
    )
    for (const id of failed) console.log(`  OPEN ${id}`)
    for (const { probe: id, reason } of open) console.log(`  open ${id}: ${reason}`)
  }
const outside = process.argv.includes('--outside')
process.exitCode = !outside && results.some(({ blockedOpen }) => blockedOpen > 0) ? 1 : 0
