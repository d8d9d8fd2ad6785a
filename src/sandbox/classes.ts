const words = (text: string): readonly string[] => text.trim().split(/\s+/)

/** Always allowed: computing, own memory, own files, own threads, own clocks. */
export const ALLOWED = words(`
  read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction
  rt_sigprocmask rt_sigreturn pread64 pwrite64 readv writev access pipe select sched_yield mremap
  msync madvise dup dup2 pause nanosleep getitimer alarm setitimer getpid sendfile exit wait4
  waitid uname fsync fdatasync truncate ftruncate getdents getcwd chdir fchdir rename mkdir rmdir
  creat unlink readlink umask gettimeofday getrlimit getrusage times getuid getgid geteuid getegid
  getppid getpgrp getgroups getresuid getresgid capget sigaltstack rt_sigpending
  rt_sigtimedwait rt_sigsuspend sched_getparam sched_getscheduler
  sched_get_priority_max sched_get_priority_min sched_rr_get_interval
  sched_getaffinity arch_prctl gettid readahead time futex getdents64 set_tid_address
  restart_syscall fadvise64 timer_create timer_settime timer_gettime timer_getoverrun timer_delete
  clock_gettime clock_getres clock_nanosleep exit_group epoll_create epoll_create1 epoll_ctl
  epoll_wait epoll_pwait epoll_pwait2 openat openat2 mkdirat newfstatat unlinkat renameat
  renameat2 readlinkat faccessat faccessat2 pselect6 ppoll set_robust_list eventfd eventfd2 dup3
  pipe2 preadv pwritev preadv2 pwritev2 getcpu getrandom execve membarrier mlock mlock2 munlock
  copy_file_range pkey_mprotect pkey_alloc pkey_free statx rseq close_range futex_waitv futex_wake
  futex_wait futex_requeue mseal fallocate timerfd_create timerfd_settime timerfd_gettime signalfd
  signalfd4 sync_file_range getsockname getpeername shutdown
`)

/** No honest run calls these: one call kills the process and is a security event. */
export const TRIPWIRES = words(`
  ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp mount umount2 pivot_root chroot
  fsopen fsconfig fsmount fspick open_tree open_tree_attr move_mount mount_setattr statmount
  listmount bpf keyctl add_key request_key unshare setns userfaultfd perf_event_open kexec_load
  kexec_file_load init_module finit_module delete_module create_module query_module
  get_kernel_syms reboot swapon swapoff iopl ioperm syslog settimeofday clock_settime
  clock_adjtime adjtimex sethostname setdomainname acct quotactl quotactl_fd nfsservctl
  lookup_dcookie name_to_handle_at open_by_handle_at fanotify_init fanotify_mark modify_ldt
  vhangup uselib sysfs _sysctl mknod mknodat process_madvise process_mrelease move_pages
  migrate_pages memfd_secret lsm_set_self_attr
`)

/** Allowed or not by their arguments; see seccomp.ts. Every call in none of the three lists answers ENOSYS. */
export const JUDGED = words(`
  ioctl fcntl clone fork vfork prctl prlimit64 tgkill kill getsockopt socket socketpair personality sysinfo
  sched_setaffinity
`)
