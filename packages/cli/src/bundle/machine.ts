// Facts of this machine and of the processes, from the operating system alone: nobody is asked who might be ill.
import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';
import { ownVersion } from '../version.js';

export function versions(): object {
  return {
    reknit: ownVersion(),
    node: process.version,
    v8: process.versions.v8,
    platform: `${os.platform()} ${os.arch()}`,
    kernel: `${os.type()} ${os.release()} ${os.version()}`,
  };
}

/** @param dataDir whose file system is looked at */
export function machineFacts(dataDir: string | undefined): object {
  return {
    at: new Date().toISOString(),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    uptimeSeconds: os.uptime(),
    loadAverage: os.loadavg(),
    processors: os.cpus().map(({ model, speed }) => `${model} ${speed} MHz`),
    memory: { totalBytes: os.totalmem(), freeBytes: os.freemem() },
    pressure: Object.fromEntries(['cpu', 'io', 'memory'].map((what) => [what, read(`/proc/pressure/${what}`)])),
    cgroup: { cpu: read('/sys/fs/cgroup/cpu.max'), memory: read('/sys/fs/cgroup/memory.max') },
    disk: dataDir === undefined ? null : diskOf(dataDir),
  };
}

function diskOf(dataDir: string): object | null {
  try {
    const { bsize, blocks, bavail, files, ffree, type } = statfsSync(dataDir);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, inodes: files, freeInodes: ffree, type };
  } catch {
    return null;
  }
}

/** Never its command line or its environment: both may hold what is nobody's business. */
export function processFacts(pid: number): object | undefined {
  const status = read(`/proc/${pid}/status`);
  if (status === null) return undefined;
  return {
    pid,
    status: status.split('\n'),
    limits: read(`/proc/${pid}/limits`)?.split('\n') ?? null,
    io: read(`/proc/${pid}/io`)?.split('\n') ?? null,
    openFiles: countIn(`/proc/${pid}/fd`),
    wchan: read(`/proc/${pid}/wchan`),
  };
}

function countIn(directory: string): number | null {
  try {
    return readdirSync(directory).length;
  } catch {
    return null;
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
