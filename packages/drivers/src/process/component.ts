// What is declared of a component that is run as processes, as plain data: it goes to the agent as JSON. Texts are
// templates: `${port}`, `${instance}`, `${subject}` and `${component}` are filled in for each instance when it starts,
// so that an instance that moves to another port takes everything with it.
import type { Millis } from '@reknit/base';
import type { DetectSpec, Policy, VerifySpec } from '@reknit/recovery';

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2';

export interface ProcessComponent {
  readonly driver: 'process';
  /** Its instances are `NAME-1`, `NAME-2`, … */
  readonly name: string;
  readonly instances: number;
  /** The program and its arguments: no shell looks at them. It must stay in the foreground. */
  readonly command: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Beside the agent's own environment and `PORT`. */
  readonly env: Readonly<Record<string, string>>;
  /** Instance i begins on the i-th; what is left over is where instances can move to. Empty: it serves on none. */
  readonly ports: readonly number[];
  readonly stop: {
    readonly signal: StopSignal;
    /** From the signal to SIGKILL; absent: the agent's own default. */
    readonly graceMs?: Millis;
  };
  readonly log: OutputLog;
  /** Files that it reads at its start, absolute: a change of one is a change of the component. */
  readonly config: readonly string[];
  readonly detect: readonly DetectSpec[];
  readonly verify: VerifySpec;
  readonly policy: Policy;
  /** A process that somebody else started: it is looked at, and never touched. */
  readonly observe?: { readonly pid: number };
}

/** Where an instance's output goes. */
export interface OutputLog {
  /** Absolute; absent: in the agent's directory. */
  readonly file?: string;
  /** A file that is larger is set aside. */
  readonly bytesMax: number;
  /** How many of those set aside are kept: `FILE.1` is the youngest. */
  readonly keep: number;
}

export const LOG_DEFAULTS: OutputLog = { bytesMax: 10 * 1024 * 1024, keep: 3 };

/** The names that templates may use. */
export const VARIABLES = ['port', 'instance', 'subject', 'component'] as const;

export const subjectsOf = ({ name, instances }: Pick<ProcessComponent, 'name' | 'instances'>): readonly string[] =>
  Array.from({ length: instances }, (_, at) => `${name}-${at + 1}`);
