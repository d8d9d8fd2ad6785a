"""What a child gives up before it meets a script. Through ctypes alone; numbers of x86-64 and arm64."""

import ctypes
import os
import resource

libc = ctypes.CDLL(None, use_errno=True)
libc.getauxval.restype = ctypes.c_ulong
libc.mmap.restype = libc.sbrk.restype = ctypes.c_void_p
libc.sbrk.argtypes = [ctypes.c_ssize_t]
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.madvise.argtypes = libc.msync.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

close_range, prctl = libc.close_range, libc.prctl  # looked up once, and not by every child
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_SET_TSC, PR_TSC_SIGSEGV = 26, 2
AT_SYSINFO_EHDR = 33
MADV_COLLAPSE = 25
PAGE = os.sysconf("SC_PAGESIZE")
MIB = 1024 * 1024


class Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


class Limits:
    """Everything that `lock` needs, made before the fork. The filter is the parent's; its last act admits no other call."""

    def __init__(self, job):
        code = bytes.fromhex(job["filter"])
        self.filter = Program(len(code) // 8, code)
        self.memory = (address_space() + job["memoryMiB"]) * MIB
        if resource.getrlimit(resource.RLIMIT_AS)[1] != resource.RLIM_INFINITY:
            self.memory = min(self.memory, resource.getrlimit(resource.RLIMIT_AS)[1])
        self.seconds = job["quantumMs"] // 1000 + 1


def address_space():
    """MiB of address space that this process has now, found by lowering the limit until a mapping fails; no /proc here."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    low, high = 0, 1 << 16 if hard == resource.RLIM_INFINITY else hard // MIB
    while high - low > 16:
        middle = (low + high) // 2
        resource.setrlimit(resource.RLIMIT_AS, (middle * MIB, hard))
        at = libc.mmap(None, PAGE, 3, 0x22, -1, 0)
        if at == ctypes.c_void_p(-1).value:
            low = middle
        else:
            libc.munmap(ctypes.c_void_p(at), PAGE)
            high = middle
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    return high


def close_all_but(*kept):
    """Every descriptor but these. A description is shared with later children: its flags and offset could be a message."""
    last = -1
    for number in sorted(kept):
        os.closerange(last + 1, number)
        last = number
    close_range(ctypes.c_uint(last + 1), ctypes.c_uint(0xFFFFFFFF), 0)


def lock(limits):
    """Memory, time, no new process; then the filter: computing and writing the answer, no file, no clock. Or death."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    if prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(limits.filter), 0, 0) != 0:
        os._exit(1)


def stay():
    """
    One processor for all persons, any of them. A process can see which one it is on and, by how long it takes, where the
    scheduler puts those after it, and they would stay there.
    """
    here = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {here[int.from_bytes(os.urandom(4), "little") % len(here)]})


def stop_clocks():
    """
    Takes the processor's counter away (x86-64), and the kernel's pages of clock data below the vDSO: zeros there mean "ask by
    system call", which the filter refuses. So no child can see how long the ones before it took. Answers whether both are gone.
    """
    counter = prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0
    end = libc.getauxval(AT_SYSINFO_EHDR)
    at = end
    while special(at - PAGE):
        at -= PAGE
    pages = at < end and libc.mmap(at, end - at, 1, 0x32, -1, 0) == at
    return counter and pages


def together(start):
    """
    Puts the heap, from an earlier end of it on, into huge pages where the kernel can (Linux 6.1): what a fork copies is an entry
    per page, and each child its own. Where it cannot, forks are slower and the answers the same.
    """
    libc.madvise(start & -PAGE, libc.sbrk(0) - (start & -PAGE), MADV_COLLAPSE)


def special(page):
    """Whether this page belongs to a mapping of the kernel's own, which cannot be split; /proc, which would say, is not here."""
    if libc.msync(page, PAGE, 1) != 0:
        return False
    if libc.madvise(page, PAGE, 2) != 0:
        return True
    libc.madvise(page, PAGE, 0)
    return False


class Poll(ctypes.Structure):
    """struct pollfd, kept in one place and the same after each turn."""

    _fields_ = [("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short)]

    def wait(self, fd, ms):
        self.fd, self.events, self.revents = fd, 1, 0
        libc.poll(ctypes.byref(self), 1, ms)
        self.revents = 0
