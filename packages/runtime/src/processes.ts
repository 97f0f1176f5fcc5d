// Child processes, and a look at any process of this machine. Children outlive this process on purpose: whoever starts
// again finds them by pid and start time, which together are never reused.

export interface ProcessIdentity {
  readonly pid: number;
  /** In the kernel's own unit since boot; equal for the same process only. */
  readonly startTime: number;
}

/**
 * 'gone' includes a zombie: dead, whatever `kill -0` says. 'stopped' is SIGSTOP or a tracer. 'blocked' is uninterruptible
 * sleep, also that of a killed process with a thread that cannot end yet: it still holds its files, locks and ports.
 */
export type ProcessState = 'running' | 'stopped' | 'blocked' | 'gone';

export interface ProcessExit {
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Default: this process's own. */
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Both streams are appended to this file. */
  readonly logFile: string;
}

export interface Processes {
  /** The own process. */
  readonly self: ProcessIdentity;
  /** In a session of its own, so that signals to this process's group do not reach it. Throws when it cannot be started. */
  spawn(options: SpawnOptions, onExit: (exit: ProcessExit) => void): ProcessIdentity;
  /** Undefined when no process has this pid. */
  identify(pid: number): ProcessIdentity | undefined;
  state(identity: ProcessIdentity): ProcessState;
  /** Sends to exactly this process, never to a later holder of its pid; false when it is gone. */
  signal(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGINT'): boolean;
  /** For a process that is not this one's child: calls back once it is gone. The returned function ends the watch. */
  watch(identity: ProcessIdentity, onGone: () => void): () => void;
}
