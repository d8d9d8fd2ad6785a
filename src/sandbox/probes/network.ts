import { type Attempt, attempts } from './probe.ts'

const socket = (family: number, type = 1, protocol = 0): string =>
  `sys(NR(socket), ${family}, ${type}, ${protocol})`

export const networkAttempts: readonly Attempt[] = attempts({
  'tcp-4': socket(2),
  'tcp-6': socket(10),
  'udp-dns': socket(2, 2),
  'udp-6': socket(10, 2),
  'ping-socket': socket(2, 2, 1),
  raw: socket(2, 3, 1),
  packet: socket(17, 3),
  netlink: socket(16, 3),
  vsock: socket(40),
  'unix-stream': socket(1),
  'unix-datagram': socket(1, 2),
  'kernel-crypto': socket(38, 5),
  xdp: socket(44, 3),
  'socket-pair': 'sys(NR(socketpair), 1, 1, 0, $b)',
  'loopback-bind': 'sys(NR(bind), 3, $b, 16)',
  'loopback-connect': 'sys(NR(connect), -1, $b, 16)',
  listen: 'sys(NR(listen), -1, 1)',
  'send-address': 'sys(NR(sendto), -1, $b, 1, 0, $b, 16)',
  'pass-descriptor': 'sys(NR(sendmsg), -1, 0, 0)',
  'receive-descriptor': 'sys(NR(recvmsg), -1, 0, 0)',
  'peer-identity': 'my $l = pack("L", 12); sys(NR(getsockopt), 3, 1, 17, $b, $l)',
  'sysv-memory': 'sys(NR(shmget), 0, 0, 0)',
  'sysv-attach': 'sys(NR(shmat), -1, 0, 0)',
  'sysv-queue': 'sys(NR(msgsnd), -1, 0, 0, 0)',
  'sysv-semaphore': 'sys(NR(semget), 0, -1, 0)',
  'posix-queue': 'sys(NR(mq_open), 0, 0, 0, 0)',
  'leaked-descriptor':
    'grep { my $f; ($_ != fileno($out)) && open($f, "<&=$_") && defined(fcntl($f, 1, 0)) && -f $f } 5 .. 63',
  'read-own-answers':
    'my $r = ""; vec($r, 3, 1) = 1; select(my $s = $r, undef, undef, 0.05) && (sysread($out, my $c, 1) // 0) > 0',
  'reopen-answers': "wr('/proc/self/fd/3') || wr('/dev/fd/3')",
  'record-lock':
    'my $n = fd(DATA); defined($n) && sys(NR(fcntl), $n, 6, pack("ssqql", 0, 0, 0, 0, 0))',
  'open-file-lock':
    'my $n = fd(DATA); defined($n) && sys(NR(fcntl), $n, 37, pack("ssx4qqlx4", 0, 0, 0, 0, 0))',
  flock: 'my $n = fd(DATA); defined($n) && sys(NR(flock), $n, 1)',
  lease: 'my $n = fd(DATA); defined($n) && sys(NR(fcntl), $n, 1024, 0)',
  'notify-directory': 'my $n = fd("/usr/lib"); defined($n) && sys(NR(fcntl), $n, 1026, 1)',
  'signal-owner': 'sys(NR(fcntl), 3, 8, $$)',
})
