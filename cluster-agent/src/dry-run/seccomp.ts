/**
 * Calls that no tool needs and that reach around the monitor or the sandbox. A list of denials and not Docker's list of
 * permissions: under gVisor that one breaks Node, which takes the wrong errno of clone3 for a failure.
 */
const DENIED = [
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'bpf',
  'userfaultfd',
  'perf_event_open',
  'add_key',
  'request_key',
  'keyctl',
  'mount',
  'umount2',
  'move_mount',
  'open_tree',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'mount_setattr',
  'pivot_root',
  'kexec_load',
  'kexec_file_load',
  'init_module',
  'finit_module',
  'delete_module',
  'open_by_handle_at',
];

/** Docker's seccomp profile as JSON. Where the runtime is gVisor it is not applied, and gVisor has none of these calls. */
export const SECCOMP_PROFILE = JSON.stringify({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: DENIED, action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
});
