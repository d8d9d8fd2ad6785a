import type { Rlimit } from './limits.ts'
import { RLIMIT } from './limits.ts'
import { SELF } from './seccomp.ts'
import { type Arch, syscall } from './syscalls.ts'

/** What the process does to itself before it becomes the program. */
export type Entry = Readonly<{
  arch: Arch
  rlimits: readonly Rlimit[]
  /** The assembled filter. */
  filter: Uint8Array
  /** A private /tmp, bounded in bytes and inodes; needs CAP_SYS_ADMIN in a user namespace, dropped after. */
  tmp?: Readonly<{ bytes: number; inodes: number }>
  /** Landlock rules, only where no mount namespace hides the rest. */
  landlock?: Readonly<{ read: readonly string[]; write: readonly string[] }>
}>

/** Highest Landlock version whose rights are known here; the lowest that covers truncate(2). */
const LANDLOCK = { newest: 7, oldest: 3 } as const

const PROGRAM = `
use strict; my %o; my $self = $$;
while (@ARGV) { my $w = shift; last if $w eq '--'; my ($k, $v) = split /=/, $w, 2; push @{$o{$k}}, $v }
sub try { my $n = shift; my @a = map { /^\\d+$/ ? $_ + 0 : $_ } @_; return syscall($n, @a) }
sub must { my $what = shift; my $r = try(@_); return $r if $r != -1; print STDERR "jail: $what: $!\\n"; exit 125 }
for (@{$o{tmp}}) { my $t = "tmpfs"; my $at = "/tmp"; my $d = "$_,mode=1777";
  must('tmp', MOUNT, $t, $at, $t, 6, $d) }
for (@{$o{limit}}) { my ($r, $s, $h) = split /:/; my $l = pack('QQ', $s, $h); must("limit $r", PRLIMIT64, 0, $r, $l, 0) }
must('close', CLOSE_RANGE, 5, 4294967295, 0);
try(PRCTL, 1, 9, 0, 0, 0) if $o{orphan};
try(PRCTL, 28, 239, 0, 0, 0);
try(PRCTL, 24, $_, 0, 0, 0) for 0 .. 63;
try(PRCTL, 47, 4, 0, 0, 0);
my $header = pack('LL', 0x20080522, 0); my $none = pack('L6', (0) x 6); must('capset', CAPSET, $header, $none);
must('no new privileges', PRCTL, 38, 1, 0, 0, 0);
if ($o{landlock}) {
  my $abi = must('landlock', CREATE, 0, 0, 1);
  if ($abi < OLDEST) { print STDERR "jail: landlock $abi is too old\\n"; exit 125 }
  my $fs = $abi >= 5 ? 0xffff : 0x7fff;
  my $size = $abi >= 6 ? 24 : $abi >= 4 ? 16 : 8;
  my $attr = substr(pack('QQQ', $fs, 3, 3), 0, $size);
  my $set = must('ruleset', CREATE, $attr, $size, 0);
  my $allow = sub { my ($path, $file, $dir) = @_;
    sysopen(my $f, $path, 0x200000) or return;
    my $rule = pack('Ql', (-d $f ? $dir : $file) & $fs, fileno $f);
    must("rule", ADD, $set, 1, $rule, 0) };
  $allow->($_, 5, 13) for @{$o{read}};
  $allow->($_, 0x4006, 0x41be) for @{$o{write}};
  $allow->($_, 0x4006, 0) for qw(/dev/null /dev/zero /dev/full /dev/random /dev/urandom);
  must('restrict', RESTRICT, $set, 0);
}
my $code = pack('H*', $o{filter}[0]); my $mark = pack('L', SELF); my $mine = pack('L', $self);
for (my $i = 4; $i < length $code; $i += 8) { substr($code, $i, 4) = $mine if substr($code, $i, 4) eq $mark }
my $prog = pack('Sx6P', length($code) / 8, $code);
must('filter', SECCOMP, 1, 0, $prog);
{ no warnings; exec { $ARGV[0] } @ARGV }
print STDERR "jail: exec: $!\\n"; exit 126;
`

/**
 * The perl program that locks its own process and becomes the job: private /tmp, limits, no descriptor above 4, no
 * capability, no new privileges, Landlock, then the filter as the last act. It stops with exit code 125 when any step
 * fails, so nothing runs half locked. perl-base alone: no module, system calls by number.
 */
export function enterProgram(arch: Arch): string {
  const numbers: Readonly<Record<string, string>> = {
    MOUNT: 'mount',
    PRLIMIT64: 'prlimit64',
    CLOSE_RANGE: 'close_range',
    PRCTL: 'prctl',
    CAPSET: 'capset',
    CREATE: 'landlock_create_ruleset',
    ADD: 'landlock_add_rule',
    RESTRICT: 'landlock_restrict_self',
    SECCOMP: 'seccomp',
  }
  return Object.entries(numbers)
    .reduce(
      (text, [word, name]) => text.replaceAll(`${word},`, `${syscall(name, arch)},`),
      PROGRAM.replace('SELF', String(SELF)).replace('OLDEST', String(LANDLOCK.oldest)),
    )
    .trim()
}

/** The arguments that follow `perl`: the program, its settings, and the job's own command line. */
export function enterArguments(entry: Entry, argv: readonly string[]): readonly string[] {
  const { tmp, landlock } = entry
  return [
    '-e',
    enterProgram(entry.arch),
    '--',
    ...(tmp ? [`tmp=size=${tmp.bytes},nr_inodes=${tmp.inodes}`] : []),
    ...entry.rlimits.map(({ resource, soft, hard }) => `limit=${RLIMIT[resource]}:${soft}:${hard}`),
    ...(landlock
      ? [
          'landlock=1',
          'orphan=1',
          ...landlock.read.map((path) => `read=${path}`),
          ...landlock.write.map((path) => `write=${path}`),
        ]
      : []),
    `filter=${Buffer.from(entry.filter).toString('hex')}`,
    '--',
    ...argv,
  ]
}
