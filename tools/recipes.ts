/** The version of gVisor that `tools/runsc/go.mod` names; it goes into every report. */
export const RUNSC_VERSION = 'v0.0.0-20260905035102-160fafc42237';

/** Docker Engine as Debian packages: unpacked into a folder, never installed. */
export const ENGINE_PACKAGES = ['docker.io', 'containerd', 'runc', 'libdevmapper1.02.1', 'libseccomp2'] as const;

/** What the sandbox's root file system holds besides Node: the tracer, Python and the libraries of all three. */
export const IMAGE_PACKAGES = [
  'libc6',
  'libc-bin',
  'libgcc-s1',
  'libstdc++6',
  'strace',
  'libunwind8',
  'liblzma5',
  'busybox-static',
  'python3-minimal',
  'python3.11',
  'python3.11-minimal',
  'libpython3.11-minimal',
  'libpython3.11-stdlib',
  'zlib1g',
  'libbz2-1.0',
  'libcrypt1',
  'libexpat1',
  'libffi8',
  'libsqlite3-0',
  'libssl3',
  'libuuid1',
  'libncursesw6',
  'libtinfo6',
  'libreadline8',
  'libdb5.3',
  'libnsl2',
  'libtirpc3',
  'libgssapi-krb5-2',
  'libkrb5-3',
  'libk5crypto3',
  'libcom-err2',
  'libkrb5support0',
  'libkeyutils1',
] as const;

/** Folders that must be there because the root file system is read-only, and what is mounted or written over them. */
export const IMAGE_FOLDERS = [
  'tmp',
  'job',
  'run/aegis',
  'proc',
  'sys',
  'dev',
  'etc/ssl',
  'home/skill',
  'root',
  'var/tmp',
] as const;

/** Small files of the root file system. The tool runs as 65532, which owns nothing but its working folder. */
export const IMAGE_FILES: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/skill:/bin/sh\n',
  'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  'etc/os-release': 'NAME="Aegis dry-run"\nID=aegis-dry-run\n',
};

/** Documentation and caches that nothing in a sandbox reads. */
export const IMAGE_LEFT_OUT = [
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/share/bash-completion',
  'usr/lib/x86_64-linux-gnu/gconv',
  'usr/lib/aarch64-linux-gnu/gconv',
  'usr/sbin/iconvconfig',
  'var/cache',
] as const;
