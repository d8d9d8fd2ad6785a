import type { JailEnd, JailLimits } from '../../domain/capabilities.ts'
import { type Arch, syscall } from '../syscalls.ts'

type Launcher = 'bubblewrap' | 'landlock' | 'gvisor'
/** Why an open probe does no harm, per launcher. A probe without it must be blocked. */
export type Harmless = Readonly<Partial<Record<Launcher, string>>>

/**
 * One thing a script may try. `perl` is an expression that is true when it worked; words like `NR(mount)` become numbers, and
 * `DATA`, `OUTSIDE` the paths of a readable and of a hidden file. Dying by a signal means it was blocked.
 */
export type Attempt = Readonly<{ id: string; perl: string; harmless?: Harmless }>

/** One thing a script may do to the machine, judged by the parent once the child has ended. */
export type Strain = Readonly<{
  id: string
  runtime: 'perl' | 'node' | 'python'
  code: string
  limits: Partial<JailLimits>
  /** True when the limit held. `ms` from launch to end. */
  held(seen: Readonly<{ end: JailEnd; answer: string; log: string; ms: number }>): boolean
}>

/** `id: expression` lines as attempts that every launcher must block. */
export const attempts = (lines: Readonly<Record<string, string>>): readonly Attempt[] =>
  Object.entries(lines).map(([id, perl]) => ({ id, perl }))

/** The expression for one architecture, or undefined where a system call does not exist there. */
export function expression(
  attempt: Attempt,
  at: Readonly<{ arch: Arch; data: string; outside: string }>,
): string | undefined {
  const names = [...attempt.perl.matchAll(/NR\((\w+)\)/g)].map(([, name = '']) => name)
  if (names.some((name) => syscall(name, at.arch) === undefined)) return undefined
  return attempt.perl
    .replaceAll(/NR\((\w+)\)/g, (_, name: string) => String(syscall(name, at.arch)))
    .replaceAll('DATA', `'${at.data}'`)
    .replaceAll('OUTSIDE', `'${at.outside}'`)
}

/**
 * The perl program that makes the attempts from index `from` on and says each verdict on fd 3, one line before and one
 * after, so that the one that ended the process is known. A refusal is EPERM, EACCES, ENOSYS, ENOENT, EROFS or a
 * family not supported; any other answer means the kernel's own code was reached.
 */
export function attemptProgram(expressions: readonly string[], from: number, to: number): string {
  const subs = expressions
    .slice(from, to)
    .map((text) => `sub { ${text} }`)
    .join(',\n')
  return `use strict; no warnings; open(my $out, '>&=3'); $SIG{ALRM} = sub { die }; $SIG{XFSZ} = 'IGNORE';
my %no = map { $_ => 1 } 1, 2, 6, 13, 19, 30, 38, 93, 94, 97;
sub sys { my $r = syscall(shift, @_); return $r != -1 || !$no{$! + 0} }
sub rd { open(my $f, '<', $_[0]) or return 0; return defined sysread($f, my $b, 1) }
my @keep;
sub fd { open(my $f, '<', $_[0]) or return undef; push @keep, $f; return fileno $f }
sub wr { open(my $f, '+<', $_[0]) ? 1 : 0 }
sub mk { open(my $f, '>', $_[0]) or return 0; unlink $_[0]; 1 }
sub ls { opendir(my $d, $_[0]) or return 0; my @e = grep { !/^\\.\\.?$/ } readdir $d; scalar @e }
my $b = "\\0" x 4096; my $i = ${from};
for my $try (${subs}) { syswrite $out, "$i ?\\n"; my $r = eval { alarm 3; $try->() }; alarm 0; syswrite $out, "$i " . ($r ? 1 : 0) . "\\n"; $i++ }`
}
